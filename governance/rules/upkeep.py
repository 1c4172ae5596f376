"""From a finding to a task, and a task from opened to checked."""

from datetime import date

STEPS: dict[str, dict[str, str]] = {
    "open": {"assigned": "open", "done": "done", "dropped": "dropped"},
    "done": {"verified": "verified", "sent_back": "open"},
    "verified": {},
    "dropped": {},
}
"""What may be done about a task in each state, and the state that it has then."""


def state_after(state: str, act: str) -> str | None:
    """The state of a task after an act; None where the act is not possible in its state."""
    return STEPS[state].get(act)


def becomes_a_task(severity: str, wanted: bool) -> bool:
    """Whether a finding is followed by a task: one of safety always is, the others where whoever writes it wants so."""
    return wanted or severity == "safety"


def is_second_person(done_by: int | None, caller: int) -> bool:
    """Whether the caller may check what was done: anybody but who recorded the doing."""
    return done_by != caller


def is_tour_overdue(held_on: date, is_done: bool, today: date) -> bool:
    """Whether a tour that should have been held is not closed yet; on its day it still has time."""
    return not is_done and held_on < today
