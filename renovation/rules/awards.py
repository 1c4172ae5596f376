"""The award in place of subsidy: its tranches go one step at a time (policy.md, section e).

planned -> eligible (handover accepted) -> approved -> paid. There is no other path, and none back.
"""

from collections.abc import Mapping

NEXT_STATE: Mapping[str, str] = {"planned": "eligible", "eligible": "approved", "approved": "paid"}

HANDED_OVER = frozenset({"handed_over", "long_term"})
"""Stages at which handover to management has been accepted, which is a condition for the money."""


def next_state(state: str) -> str | None:
    """The one state that follows, or None where the tranche is paid."""
    return NEXT_STATE.get(state)


def leads_to(state: str, to: str) -> bool:
    """Whether a tranche in `state` goes to `to` by its next step."""
    return NEXT_STATE.get(state) == to


def waits_for_handover(state: str, stage: str) -> bool:
    """Whether only the neighbourhood's `stage` keeps a tranche from becoming eligible."""
    return state == "planned" and stage not in HANDED_OVER
