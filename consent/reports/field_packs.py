"""What a phone takes along to the doors of a survey: everything that the field page shows there without a network."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.models import User
from common.json_format import dumps
from consent.models import RollEntry, Round, RoundDoor, Survey, Visit, VisitPhoto
from consent.permissions import may_log_visits, may_run_survey
from consent.reports.results import tally_counts
from consent.rules.numbers import natural
from consent.rules.results import figures, missing, needed
from consent.rules.rounds import PARTIES
from renovation.models import HouseholdShare, MenuItem, RenovationPlan
from renovation.reports.plans import plan_to_show
from renovation.rules.masking import mask_name, mask_phone

VISITS_A_DOOR = 3
_CATEGORIES = ("basic", "improvement", "upgrade")


def field_pack(survey: Survey, user: User, buildings: Collection[int] = ()) -> dict[str, Any]:
    """The doors that `user` sees, of these buildings or of all, with what is asked at them. Nine queries, and two more
    where there is a plan to show.

    Names and phones are masked, whoever asks. `mark` stands for the content: it is the same as long as nothing that
    the phone shows has changed.
    """
    as_of = timezone.now()
    rounds = list(survey.rounds.all())
    in_hand = next((found for found in rounds if found.closed_at is None), None)
    doors = survey.doors.visible_to(user)
    plan = plan_to_show(survey.neighbourhood)
    content = {
        "survey": {
            "id": survey.pk,
            "title": survey.title,
            "neighbourhood": survey.neighbourhood.name,
            "is_open": survey.is_open,
            "round": in_hand.number if in_hand else None,
            "rounds": [{"number": found.number, "closed_at": found.closed_at} for found in rounds],
            "count_verbal": survey.count_verbal,
            "may_log": [number for number in PARTIES if may_log_visits(user, survey, number)],
            "may_out_of_round": may_log_visits(user, survey, None),
            "is_runner": may_run_survey(user, survey),
            "plans": _plans(plan),
        },
        "figures": _figures(survey),
        "menu": _menu(survey),
        "buildings": buildings_of([survey], doors)[survey.pk],
        "doors": _doors(doors.filter(building__in=buildings) if buildings else doors, in_hand, plan),
    }
    return {"mark": sha256(dumps(content)).hexdigest()[:20], "as_of": as_of, **content}


def buildings_of(surveys: Iterable[Survey], doors: QuerySet[RollEntry]) -> dict[int, list[dict[str, Any]]]:
    """By survey, the buildings of `doors` (those that the caller sees) in the order of their numbers, with how many
    there are on the roll and how many the round in hand still has to visit. Two queries.
    """
    pks = [survey.pk for survey in surveys]
    rows = doors.filter(survey__in=pks, on_roll=True).order_by()
    due = {
        (row["round__survey"], row["door__building"]): row["due"]
        for row in RoundDoor.objects.filter(
            round__survey__in=pks, round__closed_at=None, visited=False, door__in=rows.values("pk")
        )
        .values("round__survey", "door__building")
        .annotate(due=Count("pk"))
    }
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.values("survey", "building", "building__number").annotate(doors=Count("pk")):
        found[row["survey"]].append(
            {
                "id": row["building"],
                "number": row["building__number"],
                "doors": row["doors"],
                "due": due.get((row["survey"], row["building"]), 0),
            }
        )
    for buildings in found.values():
        buildings.sort(key=lambda building: natural(building["number"]))
    return found


def _figures(survey: Survey) -> dict[str, int]:
    total = figures(tally_counts(survey))
    return {
        "roll": total.households,
        "denominator": total.denominator,
        "supports": total.supports,
        "needed": needed(total.denominator, survey.pass_share),
        "missing": missing(total, survey.pass_share),
        "visited": total.visited,
    }


def _menu(survey: Survey) -> list[dict[str, Any]]:
    items = sorted(
        MenuItem.objects.filter(edition=survey.menu_edition_id),
        key=lambda item: (_CATEGORIES.index(item.category), item.code),
    )
    return [
        {
            "code": item.code,
            "name": item.name,
            "category": item.category,
            "category_name": item.get_category_display(),
            "mandatory": item.mandatory,
        }
        for item in items
    ]


def _plans(shown: RenovationPlan | None) -> list[dict[str, Any]]:
    """The revisions up to the one that is shown, which is the last: a paper form may be older than that."""
    if shown is None:
        return []
    frozen = RenovationPlan.objects.frozen().filter(neighbourhood=shown.neighbourhood_id, number__lte=shown.number)
    return list(frozen.order_by("number").values("number", "total", "frozen_at"))


def _shares(plan: RenovationPlan | None, doors: Iterable[RollEntry]) -> dict[int, Decimal]:
    """What each of these households is to pay under the plan, in yuan, of all sources together."""
    if plan is None:
        return {}
    rows = HouseholdShare.objects.filter(plan=plan, household__in=[door.household_id for door in doors])
    return dict(rows.values_list("household").annotate(amount=Sum("amount")).order_by())


def _doors(doors: QuerySet[RollEntry], in_hand: Round | None, plan: RenovationPlan | None) -> list[dict[str, Any]]:
    """The doors in walking order, each with what it is to pay under the plan. Three queries, and one for a plan."""
    rows = list(doors.select_related("building", "stance", "household"))
    rows.sort(
        key=lambda door: (
            natural(door.building.number),
            door.building_id,
            natural(door.stairwell_number),
            natural(door.unit_number),
        )
    )
    walked: dict[int, bool] = {}
    if in_hand is not None:
        walked = dict(RoundDoor.objects.filter(round=in_hand).values_list("door", "visited"))
    visits = _visits([door.pk for door in rows])
    shares = _shares(plan, rows)
    return [
        {
            "household": door.household_id,
            "building": door.building_id,
            "stairwell": door.stairwell_number,
            "floor": door.floor,
            "unit": door.unit_number,
            "area": door.gross_floor_area,
            "occupancy": door.household.occupancy,
            "name": mask_name(door.household.head_name),
            "phones": [mask_phone(phone) for phone in door.household.phones],
            "stance": door.stance.value,
            "given": door.stance.given,
            "counts": door.stance.counts,
            "round": door.stance.round,
            "listed": _listed(walked.get(door.pk)) if in_hand else None,
            "on_roll": door.on_roll,
            "share": shares.get(door.household_id),
            "visits": visits[door.pk],
        }
        for door in rows
    ]


def _listed(visited: bool | None) -> str:
    return "out" if visited is None else "visited" if visited else "due"


def _visits(doors: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Up to three visits a door, latest first. The one that leads is among them, and what stands goes before what was
    corrected: what the door said last must not be pushed out by later visits that met nobody. One query.
    """
    rows = (
        Visit.objects.filter(door__in=doors)
        .annotate(
            is_corrected=Exists(Visit.objects.filter(supersedes=OuterRef("pk"))),
            has_photo=Exists(VisitPhoto.objects.filter(visit=OuterRef("pk"))),
            leads=ExpressionWrapper(Q(pk=F("door__stance__visit")), output_field=BooleanField()),
        )
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=[F("door")],
                order_by=[F("leads").desc(), F("is_corrected").asc(), F("visited_at").desc(), F("sequence").desc()],
            )
        )
        .filter(place__lte=VISITS_A_DOOR)
        .values(
            "door",
            "sequence",
            "client_id",
            "visited_at",
            "round",
            "outcome",
            "given",
            "respondent",
            "reasons",
            "private__note",
            "recorded_by",
            "recorded_by__display_name",
            "recorded_by__username",
            "party",
            "commitments",
            "menu_items",
            "plan__number",
            "has_photo",
            "is_corrected",
        )
    )
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["visited_at"], row["sequence"]), reverse=True):
        found[row["door"]].append(
            {
                "client_id": row["client_id"],
                "visited_at": row["visited_at"],
                "round": row["round"],
                "outcome": row["outcome"],
                "given": row["given"],
                "respondent": row["respondent"],
                "reasons": row["reasons"],
                "note": row["private__note"],
                "by": row["recorded_by"],
                "by_name": row["recorded_by__display_name"] or row["recorded_by__username"],
                "party": row["party"],
                "commitments": row["commitments"],
                "menu_items": row["menu_items"],
                "plan": row["plan__number"],
                "has_photo": row["has_photo"],
                "is_corrected": row["is_corrected"],
            }
        )
    return found
