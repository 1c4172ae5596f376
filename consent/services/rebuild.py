"""Making the projections of a survey anew from its ledger, and holding them against what is stored (design.md, 3).

Nothing stored is trusted but the roll, the rounds' lists and the visits themselves; whether those are what they were
is `verify_ledger`'s question.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from consent.models import RollEntry, Round, RoundDoor, Stance, Survey, Tally, Visit, VisitPhoto
from consent.reports.results import policy_of
from consent.rules.merkle import Edge
from consent.rules.stances import CONTACTS, NOT_VISITED, StanceFacts, VisitFacts, stance_of
from consent.services import projections

STANCE = ("value", "given", "counts", "excluded", "contacted", "visit_count", "round")


@dataclass(frozen=True, slots=True)
class Difference:
    """A projection that is not what the ledger gives. `key` tells which row of its kind (None: there is only one)."""

    kind: str
    key: object
    stored: object
    found: object


@dataclass(frozen=True, slots=True)
class Projections:
    """All that is remembered of a survey's ledger. Doors, buildings and rounds by id; stances with their visit's id.

    A round's counts are of doors listed, visited and met; a door's walk is whether it was visited and met.
    """

    stances: Mapping[int, tuple[Any, ...]]
    tallies: Mapping[tuple[Any, ...], int]
    walks: Mapping[tuple[int, int], tuple[bool, bool]]
    rounds: Mapping[int, tuple[int, int, int]]
    survey: Mapping[str, Any]

    def differences(self, found: "Projections") -> Iterator[Difference]:
        """Where these, as stored, are not what was found."""
        for kind in ("stances", "tallies", "walks", "rounds", "survey"):
            stored, anew = getattr(self, kind), getattr(found, kind)
            for key in sorted({*stored, *anew}, key=str):
                if stored.get(key) != anew.get(key):
                    yield Difference(kind, key, stored.get(key), anew.get(key))


@transaction.atomic
def rebuild(*, survey: Survey, repair: bool = False) -> list[Difference]:
    """What differs between a survey's projections and its ledger; written right where `repair` says so.

    Appends wait meanwhile. What a trigger protects (the roll's size of a closed survey, a tree that would shrink) is
    reported and stays: it cannot differ unless the triggers were off.
    """
    survey = Survey.objects.select_for_update(of=("self",)).get(pk=survey.pk)
    found = _from_ledger(survey)
    differences = list(_stored(survey).differences(found))
    if differences and repair:
        _write(survey, found)
    return differences


def _from_ledger(survey: Survey) -> Projections:
    policy = policy_of(survey)
    photos = VisitPhoto.objects.filter(visit=OuterRef("pk"))
    rows = (
        Visit.objects.filter(survey=survey)
        .annotate(has_photo=Exists(photos))
        .order_by("sequence")
        .values_list(
            "pk", "door_id", "sequence", "outcome", "visited_at", "given", "round", "supersedes__sequence", "has_note",
            "has_photo", "recorded_at", "leaf_hash",
        )
    )  # fmt: skip
    visits: dict[int, list[VisitFacts]] = defaultdict(list)
    pks: dict[int | None, int | None] = {None: None}
    gone: set[int] = set()
    edge, recorded_at = Edge(), None
    last: datetime | None = None
    for pk, door, sequence, outcome, visited_at, given, number, supersedes, noted, pictured, recorded_at, leaf in rows:
        visits[door].append(
            VisitFacts(sequence, outcome, visited_at, given, number or 0, supersedes, noted or pictured)
        )
        pks[sequence] = pk
        gone |= {supersedes} - {None}
        edge, last = edge.extended([bytes(leaf)]), recorded_at
    superseded = frozenset(gone)
    roll = {door.pk: door for door in RollEntry.objects.filter(survey=survey).only("building_id", "on_roll")}
    stances = {door: stance_of(visits[door], policy, superseded) if door in visits else NOT_VISITED for door in roll}
    walks, rounds = _walks(survey, roll, visits, superseded)
    return Projections(
        stances={door: (*_columns(stance), pks[stance.sequence]) for door, stance in stances.items()},
        tallies=Counter((entry.building_id, *_tally(stances[door])) for door, entry in roll.items() if entry.on_roll),
        walks=walks,
        rounds=rounds,
        survey={
            "roll_size": sum(entry.on_roll for entry in roll.values()),
            "has_open_round": survey.rounds.filter(closed_at=None).exists(),
            "tree_size": edge.size,
            "tree_edge": list(edge.roots),
            "root_hash": edge.root(),
            "last_recorded_at": last,
        },
    )


def _walks(
    survey: Survey, roll: Mapping[int, RollEntry], visits: Mapping[int, list[VisitFacts]], gone: frozenset[int]
) -> tuple[dict[tuple[int, int], tuple[bool, bool]], dict[int, tuple[int, int, int]]]:
    """Which doors of each round's list were visited and met, and how many of those on the roll."""
    numbers = dict(survey.rounds.values_list("pk", "number"))
    walks = {}
    counts = {number: [0, 0, 0] for number in numbers}
    for pk, door in RoundDoor.objects.filter(round__survey=survey).values_list("round_id", "door_id"):
        there = [v for v in visits.get(door, ()) if v.round == numbers[pk] and v.sequence not in gone]
        visited, met = bool(there), any(visit.outcome in CONTACTS for visit in there)
        walks[pk, door] = (visited, met)
        if roll[door].on_roll:
            for position, more in enumerate((True, visited, met)):
                counts[pk][position] += more
    return walks, {pk: (listed, visited, met) for pk, (listed, visited, met) in counts.items()}


def _stored(survey: Survey) -> Projections:
    on_roll = {"survey": survey, "households__gt": 0}
    return Projections(
        stances={
            door: tuple(rest)
            for door, *rest in Stance.objects.filter(door__survey=survey).values_list("door_id", *STANCE, "visit_id")
        },
        tallies={
            tuple(key): households
            for *key, households in Tally.objects.filter(**on_roll).values_list(
                "building_id", "round", "value", "counts", "excluded", "contacted", "households"
            )
        },
        walks={
            (pk, door): (visited, met)
            for pk, door, visited, met in RoundDoor.objects.filter(round__survey=survey).values_list(
                "round_id", "door_id", "visited", "contacted"
            )
        },
        rounds={
            pk: (listed, visited, met)
            for pk, listed, visited, met in survey.rounds.values_list(
                "pk", "listed_count", "visited_count", "contacted_count"
            )
        },
        survey={
            "roll_size": survey.roll_size,
            "has_open_round": survey.has_open_round,
            "tree_size": survey.tree_size,
            "tree_edge": [bytes(root) for root in survey.tree_edge],
            "root_hash": bytes(survey.root_hash),
            "last_recorded_at": survey.last_recorded_at,
        },
    )


def _columns(stance: StanceFacts) -> tuple[Any, ...]:
    return tuple(getattr(stance, name) for name in STANCE)


def _tally(stance: StanceFacts) -> tuple[Any, ...]:
    return (stance.round, stance.value, stance.counts, stance.excluded, stance.contacted)


WALKS = """
UPDATE consent_rounddoor walk SET visited = row.visited, contacted = row.contacted
FROM unnest(%s::bigint[], %s::bigint[], %s::boolean[], %s::boolean[]) AS row(round_id, door_id, visited, contacted)
WHERE walk.round_id = row.round_id AND walk.door_id = row.door_id
  AND (walk.visited, walk.contacted) IS DISTINCT FROM (row.visited, row.contacted)
"""


def _write(survey: Survey, found: Projections) -> None:
    Stance.objects.filter(door__survey=survey).delete()
    Stance.objects.bulk_create(
        Stance(door_id=door, survey=survey, visit_id=visit, **dict(zip(STANCE, stance, strict=True)))
        for door, (*stance, visit) in found.stances.items()
    )
    projections.run(projections.DROP_TALLIES, projections.COUNT_TALLIES, surveys=[survey.pk])
    with connection.cursor() as cursor:
        keys, flags = list(found.walks), list(found.walks.values())
        cursor.execute(
            WALKS, [[key[0] for key in keys], [key[1] for key in keys], *map(list, zip(*flags, strict=True))]
        )
    for pk, (listed, visited, met) in found.rounds.items():
        Round.objects.filter(pk=pk).update(listed_count=listed, visited_count=visited, contacted_count=met)
    right = dict(found.survey)
    if not survey.is_open:
        del right["roll_size"]
    if right["tree_size"] < survey.tree_size:
        right = {name: value for name, value in right.items() if name in ("roll_size", "has_open_round")}
    Survey.objects.filter(pk=survey.pk).update(**right)
