"""How long a notice hangs, when it is over, and whether it may be closed (policy.md, section h).

Days are calendar days where the site is (Asia/Shanghai). The day of posting is not counted: what was posted on the 1st
for seven days hangs until the end of the 8th.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from renovation.rules.guards import NOTICE_DAYS

LAW = "law"
ELSEWHERE = "elsewhere"
CUSTOM = "custom"
WORKS = "works"


@dataclass(frozen=True, slots=True)
class Term:
    """The least days of a kind, and what they rest on: `law` binds everywhere in the country; `elsewhere` is what other
    cities' regulations ask for, and `custom` what is common: both the city may set otherwise; `works` hangs for as long
    as the works go on.
    """

    days: int
    basis: str


TERMS: Mapping[str, Term] = {
    "meeting": Term(15, LAW),  # Property Management Regulation, art. 14: before the meeting
    "candidates": Term(7, ELSEWHERE),
    "ballots": Term(7, ELSEWHERE),  # Zhoushan
    "survey_result": Term(NOTICE_DAYS, CUSTOM),
    "vote_result": Term(7, ELSEWHERE),  # Zibo, for changes of fees
    "plan": Term(NOTICE_DAYS, CUSTOM),
    "lift": Term(15, ELSEWHERE),  # the former Laiwu area
    "fund_use": Term(5, ELSEWHERE),  # Zibo
    "fee_change": Term(30, ELSEWHERE),  # Zibo, Hangzhou: beforehand, with audit
    "site_board": Term(1, WORKS),
    "acceptance": Term(7, CUSTOM),
    "evaluation": Term(7, CUSTOM),
    "handover": Term(7, CUSTOM),
}
"""By the kinds of `choices.NoticeKind`. Those that the lifecycle waits for take their days from its guards."""


def days_of(posted_on: date, ends_on: date) -> int:
    """The calendar days for which it hangs, the day of posting not counted, the last day counted."""
    return (ends_on - posted_on).days


def is_long_enough(kind: str, posted_on: date, ends_on: date) -> bool:
    """Whether it hangs for the least days of its kind; exactly that is enough."""
    return days_of(posted_on, ends_on) >= TERMS[kind].days


def earliest_end(kind: str, posted_on: date) -> date:
    """The first day that may be its last."""
    return posted_on + timedelta(days=TERMS[kind].days)


def is_over(ends_on: date, today: date) -> bool:
    """Whether its last day has passed; on that day itself it still hangs."""
    return today > ends_on


def days_left(posted_on: date, ends_on: date, today: date) -> int:
    """The days it still has to hang, today included; on the day of posting and before it, all of them."""
    return max(0, min(days_of(posted_on, ends_on), (ends_on - today).days + 1))


def why_not_closed(ends_on: date, today: date, open_objections: int) -> str:
    """Why it may not be closed now, by the refusal's code; empty where it may: over, and no objection open."""
    if not is_over(ends_on, today):
        return "notice_not_over"
    return "objections_open" if open_objections else ""
