"""Who decides in a neighbourhood: sizes, terms, filing and warnings of the 3+X bodies (policy.md, section g).

Values are those of `choices.bodies`, as text. Days are calendar days; the day from which a period runs is not counted,
and a period of years ends on the same day of its last year (Civil Code 201 and 202).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from renovation.rules.warranties import ends_on as last_day_of_years

PARTY = ("party_branch", "party_group")
COMMITTEES = ("owners_committee", "stand_in")
TERMED = (*COMMITTEES, "property_company")
"""Bodies that stand for a time only: a committee for its term, a company for its contract."""

SELF_MANAGERS = (*COMMITTEES, "self_governing_group")
"""Bodies by which residents may manage themselves."""

OFFICERS = ("chair", "deputy", "secretary")
"""Roles that are held in public: whoever reads bodies reads who holds them, in a party body too."""

HEADS = ("chair", "secretary")
"""Who leads a body; each kind has one of these roles at most."""

ROLES: Mapping[str, tuple[str, ...]] = {
    "party_branch": ("secretary", "deputy", "member"),
    "party_group": ("secretary", "deputy", "member"),
    "owners_committee": ("chair", "deputy", "member", "alternate"),
    "stand_in": ("chair", "deputy", "member", "alternate"),
    "property_company": ("staff",),
    "self_governing_group": ("chair", "deputy", "member"),
}
"""The roles in each kind of body, its head first; a company has staff only."""

FULL_MEMBERS = ("chair", "deputy", "secretary", "member")
"""Roles that make a member; an alternate is none yet, and a company's staff are not its members."""

BRANCH_MEMBERS = 3
LEAST_COMMITTEE, MOST_COMMITTEE = 3, 11
"""Three are for small sites; five and more are usual."""

MOST_YEARS = 5
FILING_DAYS = 30
RENEWAL_DAYS = 90

ELECTION, MANAGER = 3, 4
"""The matters of article 278 by which owners elect their committee, and hire whoever manages."""


@dataclass(frozen=True)
class BodyFacts:
    """What the rules look at: the full members of today, and the body's days."""

    kind: str
    members: int
    has_head: bool
    founded_on: date
    term_starts_on: date | None = None
    term_ends_on: date | None = None
    filed_on: date | None = None


@dataclass(frozen=True)
class Concern:
    """Something about a body that wants doing. `days` is how many are left, or how many it is late; `number` what there
    is and `needed` what there should be. `is_urgent` where it is wrong now, and not only coming.
    """

    code: str
    is_urgent: bool
    days: int = 0
    number: int = 0
    needed: int = 0


def head_of(kind: str) -> str:
    """The role of who leads a body of this kind; empty for a company."""
    first = ROLES[kind][0]
    return first if first in HEADS else ""


def is_term_too_long(kind: str, starts_on: date, ends_on: date) -> bool:
    """Whether a committee would stand for more than five years. A contract may run as long as agreed."""
    return kind in COMMITTEES and ends_on > last_day_of_years(starts_on, MOST_YEARS)


def filing_due_on(founded_on: date, term_starts_on: date | None) -> date:
    """The last day for filing a committee: the thirtieth after it came into being, or after its latest term began."""
    return max(founded_on, term_starts_on or founded_on) + timedelta(days=FILING_DAYS)


def is_whole(kind: str, members: int) -> bool:
    """Whether a body has the members that it takes to be one: a branch three, a group one, an owners' committee an odd
    number from three on, any other one at least.
    """
    if kind == "party_branch":
        return members >= BRANCH_MEMBERS
    if kind == "owners_committee":
        return members >= LEAST_COMMITTEE and members % 2 == 1
    return members > 0


def concerns_of(body: BodyFacts, today: date) -> list[Concern]:
    """What wants doing about a standing body, what is wrong now first."""
    found = [*_about_members(body), *_about_filing(body, today), *_about_term(body, today)]
    return sorted(found, key=lambda concern: not concern.is_urgent)


def _about_members(body: BodyFacts) -> list[Concern]:
    if body.kind == "property_company":
        return []
    if body.members == 0:
        return [Concern("no_members", True)]
    found = []
    if body.kind == "party_branch" and body.members < BRANCH_MEMBERS:
        found.append(Concern("branch_too_small", True, number=body.members, needed=BRANCH_MEMBERS))
    if body.kind == "owners_committee":
        if body.members < LEAST_COMMITTEE:
            found.append(Concern("committee_too_small", True, number=body.members, needed=LEAST_COMMITTEE))
        elif body.members % 2 == 0:
            found.append(Concern("even_number", True, number=body.members))
        if body.members > MOST_COMMITTEE:
            found.append(Concern("committee_too_large", False, number=body.members, needed=MOST_COMMITTEE))
    if not body.has_head:
        found.append(Concern("no_head", False))
    return found


def _about_filing(body: BodyFacts, today: date) -> list[Concern]:
    if body.kind != "owners_committee" or body.filed_on is not None:
        return []
    left = (filing_due_on(body.founded_on, body.term_starts_on) - today).days
    return [Concern("filing_late", True, days=-left) if left < 0 else Concern("not_filed", False, days=left)]


def _about_term(body: BodyFacts, today: date) -> list[Concern]:
    if body.term_ends_on is None:
        return []
    what = "contract" if body.kind == "property_company" else "term"
    left = (body.term_ends_on - today).days
    if left < 0:
        return [Concern(f"{what}_over", True, days=-left)]
    return [Concern(f"{what}_ends_soon", False, days=left)] if left <= RENEWAL_DAYS else []


def days_to_renew(ends_on: date | None, today: date) -> int | None:
    """How many days are left of what ends within 90; None of what ends later, or never, or has ended."""
    left = (ends_on - today).days if ends_on is not None else -1
    return left if 0 <= left <= RENEWAL_DAYS else None


SEATS = ("party", "committee", "manager")
"""The 3 of 3+X: a party branch or group, the owners' committee or its stand-in, and whoever manages."""


def missing_seats(kinds: Collection[str], is_managed: bool) -> list[str]:
    """The seats that are empty, given the kinds of the bodies that stand. Whoever manages fills the third: a company,
    or the residents themselves.
    """
    held = {
        "party": any(kind in PARTY for kind in kinds),
        "committee": any(kind in COMMITTEES for kind in kinds),
        "manager": is_managed,
    }
    return [seat for seat in SEATS if not held[seat]]
