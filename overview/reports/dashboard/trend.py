"""How the figures of a dashboard moved, week by week, off the kept days."""

from typing import Any

from django.db.models import Count, F, Q, Sum

from governance.rules.fees.rates import together
from overview.models import NeighbourhoodDay
from overview.reports.dashboard.items import collected_of
from overview.reports.dashboard.shape import Week
from overview.reports.dashboard.standing import Standings
from overview.reports.dashboard.sums import support_of
from overview.rules.dashboard import PHASES, SMALL_GROUP, ends_of_weeks, rate_of

CONSENTED = ("consented", *PHASES["plan"], *PHASES["build"], *PHASES["run"])
"""Stages that a neighbourhood reaches only by a passed survey."""


def trend_of(view: Standings) -> list[Week]:
    """The last Sundays that were kept, and the day shown. One query."""
    days = ends_of_weeks(view.day)[:-1]
    told = Q(survey__isnull=False, roll__gte=SMALL_GROUP)
    rows = (
        NeighbourhoodDay.objects.filter(view.scope.of_days(), day__in=days)
        .order_by("day")
        .values("day")
        .annotate(
            all_supports=Sum("supports", filter=told, default=0),
            denominator=Sum(F("roll") - F("excluded"), filter=told, default=0),
            consented=Count("pk", filter=Q(stage__in=CONSENTED)),
            under_works=Count("pk", filter=Q(stage="under_works")),
            in_long_term=Count("pk", filter=Q(stage="long_term")),
            all_received=Sum("received"),
            property_due=Sum(F("property_billed") - F("property_reduced")),
            property_paid=Sum("property_settled"),
            parking_due=Sum(F("parking_billed") - F("parking_reduced")),
            parking_paid=Sum("parking_settled"),
        )
    )
    return [*(_week(row) for row in rows), _today(view)]


def _week(row: dict[str, Any]) -> Week:
    return Week(
        day=row["day"],
        support_rate=rate_of(row["all_supports"], row["denominator"]),
        supports=row["all_supports"],
        denominator=row["denominator"],
        consented=row["consented"],
        under_works=row["under_works"],
        in_long_term=row["in_long_term"],
        received=row["all_received"],
        property_rate=rate_of(row["property_paid"], row["property_due"]),
        parking_rate=rate_of(row["parking_paid"], row["parking_due"]),
    )


def _today(view: Standings) -> Week:
    rows = list(view.rows.values())
    support = support_of(view, view.surveyed)
    fees = {kind: together(collected_of(row, kind) for row in rows) for kind in ("property", "parking")}
    return Week(
        day=view.day,
        support_rate=support.support_rate,
        supports=support.supports,
        denominator=support.denominator,
        consented=sum(row.stage in CONSENTED for row in rows),
        under_works=sum(row.stage == "under_works" for row in rows),
        in_long_term=sum(row.stage == "long_term" for row in rows),
        received=sum((row.received for row in rows), start=type(fees["property"].billed)(0)),
        property_rate=rate_of(fees["property"].settled, fees["property"].receivable),
        parking_rate=rate_of(fees["parking"].settled, fees["parking"].receivable),
    )
