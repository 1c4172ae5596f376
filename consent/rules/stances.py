"""What a household's visits say it thinks (design.md, The survey; policy.md, section b)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

ANSWERS = frozenset({"supports", "not_yet", "opposes"})
CONTACTS = ANSWERS | {"declined"}
COUNTS_IN_WRITING = frozenset({"signed", "thumbprint"})


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What of a visit decides. `supersedes` is the sequence of the visit that this one corrects.

    `evidence` is whether a note or a photo backs it up; it matters for vacant homes only. `round` is 0 out of round.
    """

    sequence: int
    outcome: str
    visited_at: datetime
    given: str = ""
    round: int = 0
    supersedes: int | None = None
    evidence: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The consent policy that a survey froze. `pass_share` is above 0 and at most 1."""

    pass_share: Decimal
    count_vacant: bool
    count_verbal: bool


@dataclass(frozen=True, slots=True)
class StanceFacts:
    """A household's stance. `sequence` is the leading visit's, None before the first one.

    `contacted` is whether anybody was ever met; `excluded`, whether the home leaves the denominator of support.
    """

    value: str = "not_visited"
    given: str = ""
    counts: bool = False
    excluded: bool = False
    contacted: bool = False
    visit_count: int = 0
    round: int = 0
    sequence: int | None = None


NOT_VISITED = StanceFacts()


def counts_as_support(outcome: str, given: str, policy: Policy) -> bool:
    """Only a yes counts, and a verbal one only where the policy says so."""
    return outcome == "supports" and (given in COUNTS_IN_WRITING or (given == "verbal" and policy.count_verbal))


def stance_of(visits: Sequence[VisitFacts], policy: Policy, superseded: frozenset[int] = frozenset()) -> StanceFacts:
    """The stance that these visits of one household amount to, in any order.

    Superseded visits are out: those that one of these supersedes, and those in `superseded` (a correction may lie at
    another door). The latest answer leads, by time of visit and then by sequence; without an answer, the latest
    outcome. So a later no-answer does not undo an answer.
    """
    gone = superseded | {visit.supersedes for visit in visits if visit.supersedes is not None}
    live = [visit for visit in visits if visit.sequence not in gone]
    if not live:
        return NOT_VISITED
    leading = max(live, key=lambda visit: (visit.outcome in ANSWERS, visit.visited_at, visit.sequence))
    return StanceFacts(
        value=leading.outcome,
        given=leading.given,
        counts=counts_as_support(leading.outcome, leading.given, policy),
        excluded=leading.outcome == "vacant" and leading.evidence and not policy.count_vacant,
        contacted=any(visit.outcome in CONTACTS for visit in live),
        visit_count=len(live),
        round=leading.round,
        sequence=leading.sequence,
    )
