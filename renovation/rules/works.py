"""Works: the states of a package, how much of it is done, whether it is behind its planned days, and the formal check
at its end (policy.md, section j).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

BY_HAND: Mapping[str, tuple[str, ...]] = {
    "planned": ("running",),
    "running": ("done", "suspended"),
    "suspended": ("running",),
}
"""The steps of a package that people take."""

BY_ACCEPTANCE: Mapping[str, tuple[str, ...]] = {"done": ("accepted", "running")}
"""Where an acceptance leads: on when it passed, back when it failed."""

UNFINISHED = ("planned", "running", "suspended")
"""States in which a package can be behind; what is reported done waits for its acceptance."""

BEFORE_WORKS, AT_WORK, AFTER_WORKS = "designed", "under_works", "works_done"

PACKAGED_AT = (BEFORE_WORKS, AT_WORK)
"""Stages at which works are put in packages: from the plan being settled until all is done."""

BEGUN_AT = (AT_WORK,)
"""Stages at which a package begins and progress is reported."""

MOVED_AT = (AT_WORK, AFTER_WORKS)
"""Stages at which a package is suspended, resumed, reported done and accepted: what failed its acceptance is mended
while the neighbourhood already is at `works_done`."""

CHANGES_ASKED_AT = (BEFORE_WORKS, AT_WORK, "suspended")
"""Stages at which a change of the settled plan is asked for."""

CHECKLIST = ("contents_done", "files_complete", "materials_tested", "quality_signed", "warranty_signed")
"""What must hold for an acceptance to pass: the five conditions of art. 16 of the regulation on construction quality
(建设工程质量管理条例; policy.md, section j), in its order."""

ATTENDEES_BY_LAW = ("builder", "designer", "surveyor", "supervisor")
"""Who takes part in an acceptance by the same article. Residents' representatives attend as well, by custom."""

BLOCKING_SEVERITIES = ("major", "safety")
"""An open defect as grave as this keeps a package from passing."""

FILING_DAYS = 15
"""Days after the acceptance within which it is filed (art. 49; policy.md, section j)."""


def steps_from(state: str) -> tuple[str, ...]:
    """The states to which people move a package from here; where an acceptance leads is not among them."""
    return BY_HAND.get(state, ())


def expected_share(starts_on: date, ends_on: date, day: date) -> Fraction:
    """How much should be done when `day` begins, if each planned day does the same part.

    Nothing on the first day, everything on the day after the last: a package that ends today is not late yet.
    """
    days = (ends_on - starts_on).days + 1
    gone = (day - starts_on).days
    return Fraction(min(max(gone, 0), days), days)


def is_behind(state: str, done: Fraction, starts_on: date, ends_on: date, day: date) -> bool:
    """Whether less is done than should be when `day` begins, or the last planned day has gone by unfinished.

    Exactly what was expected is not behind. A suspension does not move the planned days.
    """
    return state in UNFINISHED and (day > ends_on or done < expected_share(starts_on, ends_on, day))


@dataclass(frozen=True, slots=True)
class ItemDone:
    """How much of an item is done, from 0 to 1, and its amount in yuan; None where the plan in force has it no more."""

    done: Decimal
    amount: Decimal | None


def progress(items: Iterable[ItemDone]) -> Fraction:
    """How much of a package is done, each item weighing its amount in the plan in force.

    An item that was taken out of the plan weighs nothing; where all were, nothing is left to do. Where every amount is
    nil, all items weigh the same.
    """
    counted = [(Fraction(item.done), Fraction(item.amount)) for item in items if item.amount is not None]
    if not counted:
        return Fraction(1)
    total = sum(amount for _done, amount in counted)
    if not total:
        return sum((done for done, _amount in counted), Fraction()) / len(counted)
    return sum((done * amount for done, amount in counted), Fraction()) / total


@dataclass(frozen=True, slots=True)
class WorksDone:
    """What the contractor's report comes to: items of the plan in force with those taken out since, how many of them
    are wholly done, and how many were formally changed (taken out).
    """

    item_count: int
    done: int
    changed: int


def works_done(planned: Collection[int], done_shares: Mapping[int, Decimal]) -> WorksDone:
    """`planned` are the items of the plan in force; `done_shares` what is done of each item in a package."""
    in_plan = set(planned)
    taken_out = set(done_shares) - in_plan
    done = sum(1 for item in in_plan if done_shares.get(item) == 1)
    return WorksDone(item_count=len(in_plan) + len(taken_out), done=done, changed=len(taken_out))


def missing_attendees(attendees: Collection[str]) -> list[str]:
    return [who for who in ATTENDEES_BY_LAW if who not in attendees]


def unmet_points(checklist: Mapping[str, bool]) -> list[str]:
    """The points that do not hold, or of which nothing is said, in the order of the law."""
    return [point for point in CHECKLIST if not checklist.get(point)]


def filing_due_on(passed_on: date) -> date:
    """The last day for filing; the day of the acceptance itself is not counted (Civil Code, art. 201)."""
    return passed_on + timedelta(days=FILING_DAYS)


def filing_state(passed_on: date | None, filed_on: date | None, day: date) -> str:
    """`not_due` before the works have passed, then `due` or `late`; once filed `in_time` or `filed_late`."""
    if passed_on is None:
        return "not_due"
    due_on = filing_due_on(passed_on)
    if filed_on is not None:
        return "in_time" if filed_on <= due_on else "filed_late"
    return "due" if day <= due_on else "late"
