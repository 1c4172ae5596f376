"""The board that a survey is supervised from: a day's outings, what is left, what is stuck on phones, what to look at.

The day's visits are found among those of the survey (`visit_sequence_once`): 0.2 ms in the largest survey of 459,000
visits, and 1.2 ms for the doors that two people logged, so no index is kept for either.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from consent.models import HandedVisit, PhoneQueue, RoundDoor, Survey, Visit
from consent.rules.numbers import natural
from consent.rules.outings import DoorVisit, Outing, Run, all_alike, outings_of, too_fast

SAME_CALL = timedelta(hours=1)
"""A phone says what it holds a moment after it is seen, so a shorter while between the two is nothing to mention."""


@dataclass(frozen=True)
class OutingRow:
    """An outing with the names of those who were out."""

    who: User
    outing: Outing


@dataclass(frozen=True)
class RunRow:
    """Records in a row that are worth a look, with their doors, in the order in which they were visited."""

    who: User
    run: Run
    visits: Sequence[Visit]


@dataclass(frozen=True)
class BuildingLeft:
    building: int
    number: str
    listed: int
    left: int


@dataclass(frozen=True)
class SharedDoor:
    """A door that two people or more logged in the round in hand, with the visits that stand, earliest first."""

    visits: Sequence[Visit]

    @property
    def agrees(self) -> bool:
        """Whether they wrote down the same answer; it is still worth a word which record is to stand."""
        return len({(visit.outcome, visit.given) for visit in self.visits}) == 1


@dataclass(frozen=True)
class Board:
    """One day of a survey. `left`, `shared`, the phones and `handed` are of now, whatever the day.

    `out_of_round` are the visits of the day that no outing holds. `stuck` are the queues with something in them, the
    longest unseen first; `clear` the others, the last seen first. `round` is None where none is in hand.
    """

    day: date
    outings: Sequence[OutingRow]
    out_of_round: int
    round: int | None
    buildings: Sequence[BuildingLeft]
    fast: Sequence[RunRow]
    alike: Sequence[RunRow]
    shared: Sequence[SharedDoor]
    stuck: Sequence[PhoneQueue]
    clear: Sequence[PhoneQueue]
    handed: int

    @property
    def doors(self) -> int:
        """Doors done on the day, each once however many outings came to it."""
        return len({visit.door for row in self.outings for visit in row.outing.visits})

    @property
    def left(self) -> int:
        return sum(building.left for building in self.buildings)

    @property
    def waiting(self) -> int:
        """Visits that wait on phones or were refused there, as far as the phones have said."""
        return sum(queue.waiting_count + queue.refused_count for queue in self.stuck)


def board_of(survey: Survey, day: date, caller: User) -> Board:
    """The board of a day (here, by the time at the door), of what `caller` sees. Six queries."""
    seen = survey.visits.visible_to(caller)
    visits = {visit.sequence: visit for visit in _live(seen.filter(_on(day)))}
    walked = [_facts(visit) for visit in visits.values() if visit.round]
    outings = outings_of(walked)
    in_hand = survey.rounds.filter(closed_at=None).first()
    stuck, clear = _queues(survey, caller)

    def rows(runs: Iterable[Run]) -> list[RunRow]:
        found = [(run, [visits[visit.sequence] for visit in run.visits]) for run in runs]
        return [RunRow(of_run[0].recorded_by, run, of_run) for run, of_run in found]

    return Board(
        day=day,
        outings=[OutingRow(visits[outing.visits[0].sequence].recorded_by, outing) for outing in outings],
        out_of_round=len(visits) - len(walked),
        round=in_hand.number if in_hand else None,
        buildings=_left(in_hand.pk, survey, caller) if in_hand else [],
        fast=rows(too_fast(walked)),
        alike=rows(all_alike(outings)),
        shared=_shared(seen, in_hand.number) if in_hand else [],
        stuck=stuck,
        clear=clear,
        handed=handed_waiting(survey, caller),
    )


def handed_waiting(survey: Survey, caller: User) -> int:
    """How many visits of the survey wait to be entered out of round or set aside. One query."""
    waiting: int = HandedVisit.objects.filter(survey=survey).visible_to(caller).waiting().count()
    return waiting


def _on(day: date) -> Q:
    begins = datetime.combine(day, time(), timezone.get_current_timezone())
    return Q(visited_at__gte=begins, visited_at__lt=begins + timedelta(days=1))


def _live(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """Those that no correction has taken the place of, each with what a row says of it."""
    corrected = Exists(Visit.objects.filter(supersedes=OuterRef("pk")))
    return visits.filter(~corrected).select_related("door__building", "door__stance", "recorded_by")


def _facts(visit: Visit) -> DoorVisit:
    return DoorVisit(
        sequence=visit.sequence,
        door=visit.door_id,
        recorded_by=visit.recorded_by_id,
        party=tuple(sorted(visit.party)),
        visited_at=visit.visited_at,
        outcome=visit.outcome,
        given=visit.given,
        respondent=visit.respondent,
        commitments=None
        if visit.commitments is None
        else tuple(sorted(name for name, agreed in visit.commitments.items() if agreed)),
        menu_items=tuple(sorted(visit.menu_items)),
        counts=visit.door.stance.counts and visit.door.stance.visit_id == visit.pk,
    )


def _left(in_hand: int, survey: Survey, caller: User) -> list[BuildingLeft]:
    """The buildings of the round's list in walking order, with the doors that were not visited yet."""
    doors = survey.doors.visible_to(caller).on_roll()
    found = (
        RoundDoor.objects.filter(round=in_hand, door__in=doors)
        .values_list("door__building", "door__building__number")
        .annotate(listed=Count("pk"), left=Count("pk", filter=Q(visited=False)))
    )
    return sorted((BuildingLeft(*row) for row in found), key=lambda row: natural(row.number))


def _shared(seen: QuerySet[Visit], number: int) -> list[SharedDoor]:
    """Doors with visits of different people in this round, those that disagree first."""
    corrected = Exists(Visit.objects.filter(supersedes=OuterRef("pk")))
    others = Visit.objects.filter(~corrected, door=OuterRef("door"), round=number).exclude(
        recorded_by=OuterRef("recorded_by")
    )
    doors: dict[int, list[Visit]] = defaultdict(list)
    for visit in _live(seen.filter(Exists(others), round=number)).order_by("visited_at", "sequence"):
        doors[visit.door_id].append(visit)
    return sorted((SharedDoor(visits) for visits in doors.values()), key=lambda door: (door.agrees, _place(door)))


def _place(shared: SharedDoor) -> tuple[object, ...]:
    door = shared.visits[0].door
    return (natural(door.building.number), natural(door.stairwell_number), natural(door.unit_number), door.pk)


def _queues(survey: Survey, caller: User) -> tuple[Sequence[PhoneQueue], Sequence[PhoneQueue]]:
    """Those with something in them, and the others; `is_behind` where a phone was seen since it said what it holds."""
    behind = Q(phone__last_seen_at__gt=F("reported_at") + SAME_CALL)
    queues = list(
        PhoneQueue.objects.filter(survey=survey)
        .visible_to(caller)
        .select_related("phone__user")
        .annotate(is_behind=ExpressionWrapper(behind, BooleanField()))
        .order_by("phone__last_seen_at", "pk")
    )
    stuck = [one for one in queues if one.waiting_count or one.refused_count or one.photo_count]
    return stuck, [one for one in reversed(queues) if one not in stuck]
