"""What a survey amounts to: live from the tallies, past from the ledger, closed as it was fixed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from consent.choices import Commitment, Verdict
from consent.models import RollAmendment, RollEntry, Round, Survey, Tally, Visit, VisitPhoto
from consent.rules.numbers import natural
from consent.rules.results import Count, Figures, counts_of, figures, missing, needed, passes, rate
from consent.rules.stances import CONTACTS, Policy, StanceFacts, VisitFacts

SMALL_GROUP = 5
"""A breakdown of fewer households is hidden from who may not see the doors (workflow.md, Who is shown what)."""


@dataclass(frozen=True)
class RoundResult:
    """One round: doors listed, visited and met; households whose counting answer was given in it.

    `number` is None for what was recorded out of round. `cumulative` adds up the rounds before it.
    """

    number: int | None
    listed: int
    visited: int
    contacted: int
    supports: int
    cumulative: int
    cumulative_rate: Decimal | None
    opened_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class BuildingResult:
    building: int
    number: str
    figures: Figures


@dataclass(frozen=True)
class SurveyResult:
    """The result of a survey at a moment. `verdict` is `open` for as long as the survey is."""

    survey: Survey
    total: Figures
    by_round: Sequence[RoundResult]
    by_building: Sequence[BuildingResult]
    commitments: Mapping[str, int]
    menu_items: Mapping[str, int]
    verdict: str
    as_of: datetime | None = None

    @property
    def passes(self) -> bool:
        return passes(self.total, self.survey.pass_share)

    @property
    def missing(self) -> int:
        return missing(self.total, self.survey.pass_share)

    @property
    def needed(self) -> int:
        return needed(self.total.denominator, self.survey.pass_share)

    def headline(self) -> dict[str, Any]:
        """The figures that decide, as JSON."""
        return {
            "households": self.total.households,
            "excluded": self.total.excluded,
            "visited": self.total.visited,
            "supports": self.total.supports,
            "visit_rate": text(self.total.visit_rate),
            "support_rate": text(self.total.support_rate),
            "pass_share": str(self.survey.pass_share),
            "missing": self.missing,
            "verdict": self.verdict,
        }

    def as_json(self) -> dict[str, Any]:
        """The whole result as api.md gives it, and as it is kept when a survey closes."""
        return {
            **self.headline(),
            "stances": {**self.total.stances, "verbal": self.total.verbal},
            "by_round": [
                {
                    "round": found.number,
                    "listed": found.listed,
                    "visited": found.visited,
                    "contacted": found.contacted,
                    "supports": found.supports,
                    "cumulative_supports": found.cumulative,
                    "support_rate": text(found.cumulative_rate),
                }
                for found in self.by_round
            ],
            "by_building": [
                {
                    "building": found.building,
                    "number": found.number,
                    "households": found.figures.households,
                    "excluded": found.figures.excluded,
                    "visited": found.figures.visited,
                    "supports": found.figures.supports,
                    "support_rate": text(found.figures.support_rate),
                    "stances": {**found.figures.stances, "verbal": found.figures.verbal},
                }
                for found in self.by_building
            ],
            "commitments": {
                name: {
                    "count": self.commitments.get(name, 0),
                    "rate": text(rate(self.commitments.get(name, 0), self.total.households)),
                }
                for name in Commitment.values
            },
            "menu_items": dict(sorted(self.menu_items.items())),
        }


def text(share: Decimal | None) -> str | None:
    return None if share is None else str(share)


def policy_of(survey: Survey) -> Policy:
    """The terms that the survey froze, for the rules."""
    return Policy(survey.pass_share, survey.count_vacant, survey.count_verbal)


def tally_counts(survey: Survey) -> list[Count]:
    """What the tallies of a survey hold, for the rules: one query."""
    return [count_of(tally) for tally in Tally.objects.filter(survey=survey, households__gt=0)]


def count_of(tally: Tally) -> Count:
    """A tally for the rules."""
    stance = StanceFacts(
        value=tally.value,
        counts=tally.counts,
        excluded=tally.excluded,
        contacted=tally.contacted,
        round=tally.round,
    )
    return Count(tally.building_id, stance, tally.households)


def result_of(survey: Survey) -> SurveyResult:
    """The result as it stands now, later withdrawals included: four queries over the projections."""
    counts = tally_counts(survey)
    commitments, menu_items = orders_by_survey([survey.pk])[survey.pk]
    return result_from(survey, counts, commitments, menu_items)


def result_from(
    survey: Survey,
    counts: Sequence[Count],
    commitments: Mapping[str, int],
    menu_items: Mapping[str, int],
    numbers: Mapping[int, str] | None = None,
) -> SurveyResult:
    """The result of now, of what was read for it. `numbers` are those of the buildings by id, else they are read."""
    rounds = list(survey.rounds.all())
    walked = {found.number: (found.listed_count, found.visited_count, found.contacted_count) for found in rounds}
    return _result(survey, counts, rounds, walked, commitments, menu_items, survey.verdict, numbers=numbers)


def result_to_show(survey: Survey) -> SurveyResult:
    """Live while the survey is open, then as it was closed."""
    return result_of(survey) if survey.is_open else result_as_closed(survey)


def result_as_closed(survey: Survey) -> SurveyResult:
    """The result that `close_survey` fixed, read back from the survey's row. Later withdrawals do not move it."""
    kept: dict[str, Any] = survey.result or {}
    times = {found.number: found for found in survey.rounds.all()}
    return SurveyResult(
        survey=survey,
        total=_figures_from(kept),
        by_round=[
            RoundResult(
                row["round"],
                row["listed"],
                row["visited"],
                row["contacted"],
                row["supports"],
                row["cumulative_supports"],
                None if row["support_rate"] is None else Decimal(row["support_rate"]),
                times[row["round"]].opened_at if row["round"] else None,
                times[row["round"]].closed_at if row["round"] else None,
            )
            for row in kept["by_round"]
        ],
        by_building=[BuildingResult(row["building"], row["number"], _figures_from(row)) for row in kept["by_building"]],
        commitments={name: row["count"] for name, row in kept["commitments"].items() if row["count"]},
        menu_items=kept["menu_items"],
        verdict=survey.verdict,
        as_of=survey.closed_at,
    )


def _figures_from(row: Mapping[str, Any]) -> Figures:
    stances = dict(row["stances"])
    verbal = stances.pop("verbal")
    return Figures(row["households"], row["excluded"], row["visited"], row["supports"], verbal, stances)


def result_as_of(survey: Survey, at: datetime) -> SurveyResult:
    """The result of what the server had recorded by a moment, from the ledger alone.

    A pure function of roll, policy and visits, of which `result_of` is the projection.
    """
    roll = roll_as_of(survey, at)
    photos = set(VisitPhoto.objects.filter(survey=survey, recorded_at__lte=at).values_list("visit_id", flat=True))
    visits: dict[int, list[VisitFacts]] = defaultdict(list)
    rows: dict[int, Visit] = {}
    sequence_of = dict(survey.visits.values_list("pk", "sequence"))
    for visit in survey.visits.filter(recorded_at__lte=at).order_by("sequence"):
        rows[visit.sequence] = visit
        supersedes = None if visit.supersedes_id is None else sequence_of[visit.supersedes_id]
        visits[visit.door_id].append(facts_of(visit, supersedes, visit.pk in photos))
    counts = list(counts_of(roll, visits, policy_of(survey)))
    rounds = [found for found in survey.rounds.all() if found.opened_at <= at]
    gone = {visit.supersedes_id for visit in rows.values()}
    walked = {}
    for found in rounds:
        listed = set(found.round_doors.filter(door__in=roll).values_list("door_id", flat=True))
        there = [v for v in rows.values() if v.round == found.number and v.pk not in gone and v.door_id in listed]
        met = {v.door_id for v in there if v.outcome in CONTACTS}
        walked[found.number] = (len(listed), len({v.door_id for v in there}), len(met))
    commitments: dict[str, int] = defaultdict(int)
    menu_items: dict[str, int] = defaultdict(int)
    for count in counts:
        leading = rows.get(count.stance.sequence) if count.stance.sequence is not None else None
        if leading is None or leading.outcome != "supports":
            continue
        for name, agreed in (leading.commitments or {}).items():
            commitments[name] += agreed
        for code in leading.menu_items:
            menu_items[code] += 1
    closed = survey.closed_at is not None and survey.closed_at <= at
    return _result(
        survey, counts, rounds, walked, commitments, menu_items, survey.verdict if closed else Verdict.OPEN, at
    )


def facts_of(visit: Visit, supersedes: int | None, has_photo: bool) -> VisitFacts:
    return VisitFacts(
        sequence=visit.sequence,
        outcome=visit.outcome,
        visited_at=visit.visited_at,
        given=visit.given,
        round=visit.round or 0,
        supersedes=supersedes,
        evidence=visit.has_note or has_photo,
    )


def _result(
    survey: Survey,
    counts: Sequence[Count],
    rounds: Sequence[Round],
    walked: Mapping[int, tuple[int, int, int]],
    commitments: Mapping[str, int],
    menu_items: Mapping[str, int],
    verdict: str,
    as_of: datetime | None = None,
    numbers: Mapping[int, str] | None = None,
) -> SurveyResult:
    total = figures(counts)
    buildings: dict[int, list[Count]] = defaultdict(list)
    for count in counts:
        buildings[count.building].append(count)
    if numbers is None:
        numbers = dict(survey.neighbourhood.buildings.values_list("pk", "number"))
    return SurveyResult(
        survey=survey,
        total=total,
        by_round=list(_by_round(counts, rounds, walked, total)),
        by_building=[
            BuildingResult(building, numbers.get(building, ""), figures(found))
            for building, found in sorted(buildings.items(), key=lambda pair: natural(numbers.get(pair[0], "")))
        ],
        commitments={name: number for name, number in commitments.items() if number},
        menu_items={code: number for code, number in menu_items.items() if number},
        verdict=verdict,
        as_of=as_of,
    )


def _by_round(
    counts: Iterable[Count], rounds: Sequence[Round], walked: Mapping[int, tuple[int, int, int]], total: Figures
) -> Iterable[RoundResult]:
    supports: dict[int, int] = defaultdict(int)
    for count in counts:
        supports[count.stance.round] += count.households * count.stance.counts
    cumulative = 0
    for found in rounds:
        cumulative += supports[found.number]
        listed, visited, contacted = walked[found.number]
        yield RoundResult(
            found.number,
            listed,
            visited,
            contacted,
            supports[found.number],
            cumulative,
            rate(cumulative, total.denominator),
            found.opened_at,
            found.closed_at,
        )
    if supports[0]:
        cumulative += supports[0]
        yield RoundResult(None, 0, 0, 0, supports[0], cumulative, rate(cumulative, total.denominator))


ORDERS = """
SELECT stance.survey_id, 'commitment', commitment.key, count(*)
FROM consent_stance stance JOIN consent_rollentry door ON door.id = stance.door_id AND door.on_roll
JOIN consent_visit visit ON visit.id = stance.visit_id
CROSS JOIN LATERAL jsonb_each(visit.commitments) AS commitment
WHERE stance.survey_id = ANY(%(surveys)s) AND stance.value = 'supports' AND commitment.value = 'true'::jsonb
GROUP BY 1, 3
UNION ALL
SELECT stance.survey_id, 'menu', item, count(*)
FROM consent_stance stance JOIN consent_rollentry door ON door.id = stance.door_id AND door.on_roll
JOIN consent_visit visit ON visit.id = stance.visit_id
CROSS JOIN LATERAL unnest(visit.menu_items) AS item
WHERE stance.survey_id = ANY(%(surveys)s) AND stance.value = 'supports'
GROUP BY 1, 3
"""


def orders_by_survey(surveys: Sequence[int]) -> dict[int, tuple[dict[str, int], dict[str, int]]]:
    """Commitments made and items ordered with the yeses that lead now, by survey: one query over their stances."""
    found: dict[int, dict[str, dict[str, int]]] = {pk: {"commitment": {}, "menu": {}} for pk in surveys}
    with connection.cursor() as cursor:
        cursor.execute(ORDERS, {"surveys": list(surveys)})
        for survey, kind, name, number in cursor.fetchall():
            found[survey][kind][name] = number
    return {pk: (parts["commitment"], parts["menu"]) for pk, parts in found.items()}


def roll_as_of(survey: Survey, at: datetime) -> dict[int, int]:
    """Door to building, for the doors on the roll at a moment: an amendment after it is undone."""
    roll = dict(RollEntry.objects.filter(survey=survey).values_list("pk", "building_id"))
    latest: dict[int, str] = {}
    first_after: dict[int, str] = {}
    for amendment in RollAmendment.objects.filter(survey=survey).order_by("pk"):
        if amendment.at <= at:
            latest[amendment.door_id] = amendment.action
        else:
            first_after.setdefault(amendment.door_id, amendment.action)
    off = {door for door, action in latest.items() if action == "remove"}
    off |= {door for door, action in first_after.items() if action == "add" and door not in latest}
    return {door: building for door, building in roll.items() if door not in off}
