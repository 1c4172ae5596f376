"""Whether a visit is taken, and if not, why (api.md, A batch of visits; design.md, The survey)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from consent.rules.rounds import missing_from_party
from consent.rules.stances import ANSWERS

COMMITMENTS = ("self_governance", "convention", "demolition", "contribution", "property_management")
AHEAD_OF_THE_SERVER = timedelta(minutes=5)
"""How far a phone's clock may run ahead."""

WORKS_STARTED = frozenset({"under_works", "works_done", "accepted", "evaluated", "handed_over", "long_term"})
"""Stages in which a change of mind comes too late to be recorded; before them it is taken, also after closing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitInput:
    """A visit as it was sent, its members read and of the right type. `round` names an earlier round, or is None.

    `plan` is the number of the revision of the plan that was shown, None where none was.
    """

    client_id: UUID
    household: int
    outcome: str
    given: str = ""
    respondent: str = ""
    visited_at: datetime
    party: tuple[str, ...] = ()
    commitments: Mapping[str, bool] | None = None
    menu_items: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    note: str = ""
    supersedes: UUID | None = None
    round: int | None = None
    out_of_round: bool = False
    signature: bytes = b""
    plan: int | None = None


@dataclass(frozen=True, slots=True)
class RoundFacts:
    """A round of the survey; `closed_at` is None while it is in hand."""

    number: int
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The visit that a correction names, and whether another one has corrected it already."""

    sequence: int
    round: int | None
    is_superseded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the server knows when it takes a visit.

    `may_log` holds the rounds (None: out of round) whose visits this caller may log at this door; `door_rounds` the
    rounds that list the door. `plans` are the frozen revisions of the neighbourhood's plan, as far as visits name them.
    `corrected` is the visit that this one names, None where there is no such visit.
    """

    now: datetime
    survey_open: bool
    works_started: bool
    rounds: Sequence[RoundFacts]
    on_roll: bool
    door_rounds: Collection[int]
    may_log: Collection[int | None]
    menu: Collection[str]
    plans: Collection[int] = ()
    corrected: Earlier | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a visit is not taken. `figures` fill the words that the edge says it in."""

    code: str
    figures: Mapping[str, object] = field(default_factory=dict)


def round_of(visit: VisitInput, situation: Situation) -> int | Refusal | None:
    """The round that a visit belongs to; None for one out of round.

    The round of the visit that it corrects, else the earlier one that it names if the door was visited before that one
    closed (phones come back late), else the round in hand.
    """
    if visit.supersedes is not None:
        if situation.corrected is None:
            return Refusal("supersedes_unknown")
        if situation.corrected.is_superseded:
            return Refusal("supersedes_unknown", {"why": "corrected_already"})
        return situation.corrected.round
    if visit.out_of_round:
        return None
    in_hand = next((found for found in situation.rounds if found.closed_at is None), None)
    if visit.round is None or (in_hand and visit.round == in_hand.number):
        return in_hand.number if in_hand else Refusal("wrong_round", {"why": "none_open"})
    named = next((found for found in situation.rounds if found.number == visit.round), None)
    if named is None or named.closed_at is None:
        return Refusal("wrong_round", {"why": "not_yet_open", "round": visit.round})
    if visit.visited_at > named.closed_at:
        return Refusal("wrong_round", {"why": "closed_before_visit", "round": visit.round})
    return named.number


def refusals(visit: VisitInput, situation: Situation) -> list[Refusal]:
    """Every reason why this visit cannot be taken; none if it can."""
    if not situation.on_roll:
        return [Refusal("household_not_on_roll")]
    found = _about_content(visit, situation)
    if visit.supersedes is None and visit.out_of_round:
        found += _about_content_out_of_round(visit)
        if situation.works_started:
            found.append(Refusal("survey_closed", {"why": "works_started"}))
        if None not in situation.may_log:
            found.append(Refusal("not_yours", {"why": "out_of_round"}))
        return found
    if not situation.survey_open:
        return [*found, Refusal("survey_closed", {"why": "closed"})]
    number = round_of(visit, situation)
    if isinstance(number, Refusal):
        return [*found, number]
    if number is None:
        found += _about_content_out_of_round(visit)
    if number not in situation.may_log:
        found.append(Refusal("not_yours", {"why": "round" if number else "out_of_round", "round": number}))
    if number is not None:
        if number not in situation.door_rounds:
            found.append(Refusal("wrong_round", {"why": "door_not_listed", "round": number}))
        if absent := missing_from_party(number, visit.party):
            found.append(Refusal("wrong_party", {"round": number, "absent": sorted(absent)}))
    return found


def _about_content(visit: VisitInput, situation: Situation) -> list[Refusal]:
    found = []
    if visit.visited_at > situation.now + AHEAD_OF_THE_SERVER:
        found.append(Refusal("in_the_future"))
    if visit.outcome in ANSWERS and not visit.respondent:
        found.append(Refusal("respondent_missing"))
    if visit.outcome == "supports":
        if not visit.given:
            found.append(Refusal("given_missing"))
        if visit.respondent == "tenant":
            found.append(Refusal("tenant_cannot_support"))
        if visit.commitments is None or set(visit.commitments) != set(COMMITMENTS):
            found.append(Refusal("commitments_missing"))
    if unknown := sorted(set(visit.menu_items) - set(situation.menu)):
        found.append(Refusal("unknown_menu_item", {"items": unknown}))
    if visit.plan is not None and visit.plan not in situation.plans:
        found.append(Refusal("unknown_plan", {"plan": visit.plan}))
    return found


def _about_content_out_of_round(visit: VisitInput) -> list[Refusal]:
    found = []
    if visit.outcome not in ANSWERS:
        found.append(Refusal("malformed", {"why": "out_of_round_needs_an_answer"}))
    if not visit.note.strip():
        found.append(Refusal("malformed", {"why": "out_of_round_needs_a_note"}))
    return found
