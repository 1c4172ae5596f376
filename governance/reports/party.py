"""What is known of party members on duty: figures by neighbourhood, who is still to report, and who answers for what.

What names a member is for whoever keeps members; of points nobody makes a list by name.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.choices import Act
from accounts.models import RoleAssignment, User
from accounts.rules.roles import roles_that_write
from accounts.rules.territory import divisions_above
from consent.rules.numbers import natural
from governance.choices.party import CheckIn, ServiceState
from governance.models import MemberReport, PartyMember, PointEntry, PointRule, ResponsibilityArea, ServiceRecord
from governance.rules.party import PartyFigures, last_day_of, last_ended_period, pick_rules
from renovation.models import Building, Neighbourhood


def rules_for(neighbourhood: Neighbourhood, day: date) -> list[PointRule]:
    """The rules of points that hold in a neighbourhood on a day, by code. One query."""
    rules = PointRule.objects.for_place(neighbourhood.community_code, day).select_related("division")
    return pick_rules(rules)


def figures_of(
    neighbourhoods: QuerySet[Any], today: date, *, with_points: Collection[int] | None = None
) -> dict[int, PartyFigures]:
    """The figures of each of the neighbourhoods, by its id. Services and points are told for those of `with_points`
    alone, by their ids. Six queries, however many there are.
    """
    pks = set(neighbourhoods.order_by().values_list("pk", flat=True))
    shown = pks if with_points is None else pks & set(with_points)
    period = last_ended_period(today, of_member=True)
    here = {"neighbourhood__in": pks}
    members = {
        row["neighbourhood"]: row
        for row in _with_report(PartyMember.objects.filter(**here).serving(today), period)
        .order_by()
        .values("neighbourhood")
        .annotate(
            n=Count("pk"),
            unit=Count("pk", filter=Q(check_in=CheckIn.UNIT)),
            due=Count("pk", filter=Q(is_due=True)),
            reported=Count("pk", filter=Q(is_due=True, has_reported=True)),
        )
    }
    buildings = _counts(Building.objects.filter(**here), "neighbourhood")
    covered = _counts(
        ResponsibilityArea.objects.on(today).filter(member__neighbourhood__in=pks), "member__neighbourhood", "building"
    )
    year = {"done_on__year": today.year}
    services = _counts(
        ServiceRecord.objects.filter(member__neighbourhood__in=shown, state=ServiceState.APPROVED, **year),
        "member__neighbourhood",
    )
    entries = PointEntry.objects.filter(record__member__neighbourhood__in=shown, record__done_on__year=today.year)
    points = dict(
        entries.order_by()
        .values_list("record__member__neighbourhood")
        .annotate(n=Sum("points"))
        .values_list("record__member__neighbourhood", "n")
    )
    none = {"n": 0, "unit": 0, "due": 0, "reported": 0}
    return {
        pk: PartyFigures(
            members=(row := members.get(pk, none))["n"],
            by_unit=row["unit"],
            reported=row["reported"],
            reports_due=row["due"],
            buildings=buildings.get(pk, 0),
            covered_buildings=covered.get(pk, 0),
            services=services.get(pk, 0) if pk in shown else None,
            points=points.get(pk, 0) if pk in shown else None,
        )
        for pk in pks
    }


def _counts(rows: QuerySet[Any], group: str, of: str = "pk") -> dict[int, int]:
    counted = rows.order_by().values(group).annotate(n=Count(of, distinct=of != "pk"))
    return dict(counted.values_list(group, "n"))


def _with_report(members: QuerySet[Any], period: str) -> QuerySet[Any]:
    """Adds `is_due` (the member had checked in when the half-year ended) and `has_reported` of it."""
    last = last_day_of(period, of_member=True)
    reports = MemberReport.objects.filter(member=OuterRef("pk"), period=period)
    return members.annotate(is_due=Q(checked_in_on__lte=last), has_reported=Exists(reports))


def members_to_report(neighbourhood: Neighbourhood, today: date) -> QuerySet[Any]:
    """Those who serve and have not yet reported of the last half-year that is over."""
    period = last_ended_period(today, of_member=True)
    rows = _with_report(PartyMember.objects.filter(neighbourhood=neighbourhood).serving(today), period)
    return rows.filter(is_due=True, has_reported=False).order_by("name", "pk")


def units_to_report(neighbourhood: Neighbourhood, today: date) -> list[str]:
    """The work units of members who serve that have not reported of the last year that is over. Two queries."""
    period = last_ended_period(today, of_member=False)
    last = last_day_of(period, of_member=False)
    rows = PartyMember.objects.filter(neighbourhood=neighbourhood, check_in=CheckIn.UNIT, checked_in_on__lte=last)
    units = set(rows.serving(today).order_by().values_list("work_unit", flat=True))
    told = MemberReport.objects.filter(neighbourhood=neighbourhood, period=period, member=None)
    return sorted(units - set(told.values_list("work_unit", flat=True)))


def members_to_show(neighbourhood: Neighbourhood, today: date) -> QuerySet[Any]:
    """The members of a neighbourhood with what they answer for today. Two queries a page."""
    areas = ResponsibilityArea.objects.on(today).select_related("building", "stairwell").order_by("building__number")
    return (
        PartyMember.objects.filter(neighbourhood=neighbourhood)
        .select_related("body")
        .prefetch_related(Prefetch("areas", areas, to_attr="areas_now"))
    )


@dataclass(frozen=True)
class BuildingAreas:
    """A building and who answers for it or for a stairwell of it, nobody in the worst case."""

    building: Building
    areas: list[ResponsibilityArea]


def areas_by_building(neighbourhood: Neighbourhood, today: date) -> list[BuildingAreas]:
    """Two queries."""
    by_building: dict[int, list[ResponsibilityArea]] = {}
    areas = ResponsibilityArea.objects.on(today).filter(member__neighbourhood=neighbourhood)
    for area in areas.select_related("member", "stairwell").order_by(
        F("stairwell__number").asc(nulls_first=True), "pk"
    ):
        by_building.setdefault(area.building_id, []).append(area)
    buildings = sorted(
        Building.objects.filter(neighbourhood=neighbourhood),
        key=lambda building: (natural(building.number), building.pk),
    )
    return [BuildingAreas(building, by_building.get(building.pk, [])) for building in buildings]


def records_with_points(records: QuerySet[Any]) -> QuerySet[Any]:
    """Adds `points_earned`: what a service earned, less what was taken back; and fetches its entries in order."""
    earned = PointEntry.objects.filter(record=OuterRef("pk")).order_by().values("record").annotate(n=Sum("points"))
    entries = Prefetch("entries", PointEntry.objects.select_related("by").order_by("pk"))
    return records.annotate(points_earned=Coalesce(earned.values("n"), 0)).prefetch_related(entries)


def points_keepers(neighbourhood: Neighbourhood, today: date) -> QuerySet[Any]:
    """The people who decide on service here. One of them may be a member, who then does not on service of their own."""
    here = [neighbourhood.code, *divisions_above(neighbourhood.community_code)]
    roles = RoleAssignment.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=today),
        role__in=roles_that_write(Act.PARTY_POINTS),
        territory__in=here,
        starts_on__lte=today,
    )
    return User.objects.people().filter(pk__in=roles.values("user"), is_active=True).order_by("username")


def points_of(member: PartyMember) -> int:
    """The points that a member has, of all years. One query."""
    total: int = PointEntry.objects.filter(record__member=member).aggregate(n=Coalesce(Sum("points"), 0))["n"]
    return total


def shown_on_board(neighbourhood: Neighbourhood, today: date) -> QuerySet[Any]:
    """Areas whose members consent to be shown at the door."""
    return (
        ResponsibilityArea.objects.on(today)
        .filter(member__neighbourhood=neighbourhood, shown_with_consent_on__lte=today)
        .select_related("member")
        .order_by("pk")
    )
