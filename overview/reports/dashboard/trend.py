"""How the figures of a dashboard moved, week by week, off the kept days."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from governance.rules.fees.rates import together
from overview.models import CommunityDay, NeighbourhoodDay
from overview.reports.dashboard.shape import Week
from overview.reports.dashboard.standing import Standings
from overview.reports.dashboard.sums import NOTHING, support_of
from overview.rules.dashboard import CONSENTED_AT, SMALL_GROUP, ends_of_weeks, rate_of

_SUMS = (
    *("supports", "denominator", "consented", "under_works", "in_long_term", "received"),
    *("property_due", "property_paid", "parking_due", "parking_paid"),
)


def trend_of(view: Standings) -> list[Week]:
    """The last Sundays that were kept, and the day shown. One query: of the sums of communities, or of the rows
    themselves where single neighbourhoods are shown.
    """
    days = ends_of_weeks(view.day)[:-1]
    rows = _of_neighbourhoods(view, days) if view.scope.reach.neighbourhoods else _of_communities(view, days)
    return [*(_week(row) for row in rows), _today(view)]


def _of_communities(view: Standings, days: Any) -> QuerySet[Any]:
    rows = CommunityDay.objects.filter(view.scope.of_days(), day__in=days).order_by("day").values("day")
    return rows.annotate(**{f"sum_{name}": Sum(name) for name in _SUMS})


def _of_neighbourhoods(view: Standings, days: Any) -> QuerySet[Any]:
    told = Q(roll__gte=SMALL_GROUP)
    with_fees = ~Q(households__range=(1, SMALL_GROUP - 1))
    rows = NeighbourhoodDay.objects.filter(view.scope.of_days(), day__in=days).order_by("day").values("day")
    return rows.annotate(
        sum_supports=Sum("supports", filter=told, default=0),
        sum_denominator=Sum(F("roll") - F("excluded"), filter=told, default=0),
        sum_consented=Count("pk", filter=Q(stage__in=CONSENTED_AT)),
        sum_under_works=Count("pk", filter=Q(stage="under_works")),
        sum_in_long_term=Count("pk", filter=Q(stage="long_term")),
        sum_received=Sum("received"),
        sum_property_due=Sum(F("property_billed") - F("property_reduced"), filter=with_fees, default=NOTHING),
        sum_property_paid=Sum("property_settled", filter=with_fees, default=NOTHING),
        sum_parking_due=Sum(F("parking_billed") - F("parking_reduced"), filter=with_fees, default=NOTHING),
        sum_parking_paid=Sum("parking_settled", filter=with_fees, default=NOTHING),
    )


def _week(row: dict[str, Any]) -> Week:
    found = {name: row[f"sum_{name}"] for name in _SUMS}
    return Week(
        day=row["day"],
        support_rate=rate_of(found["supports"], found["denominator"]),
        supports=found["supports"],
        denominator=found["denominator"],
        consented=found["consented"],
        under_works=found["under_works"],
        in_long_term=found["in_long_term"],
        received=found["received"],
        property_rate=rate_of(found["property_paid"], found["property_due"]),
        parking_rate=rate_of(found["parking_paid"], found["parking_due"]),
    )


def _today(view: Standings) -> Week:
    rows = list(view.rows.values())
    support = support_of(view, view.surveyed)
    fees = {kind: together(found.values()) for kind, found in view.collected.items()}
    return Week(
        day=view.day,
        support_rate=support.support_rate,
        supports=support.supports,
        denominator=support.denominator,
        consented=sum(row.stage in CONSENTED_AT for row in rows),
        under_works=sum(row.stage == "under_works" for row in rows),
        in_long_term=sum(row.stage == "long_term" for row in rows),
        received=sum((part for kinds in view.money.values() for _p, _c, part, _s in kinds.values()), Decimal(0)),
        property_rate=rate_of(fees["property"].settled, fees["property"].receivable),
        parking_rate=rate_of(fees["parking"].settled, fees["parking"].receivable),
    )
