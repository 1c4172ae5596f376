"""What each household is to pay of a residents' source: as a plan would split it now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.errors import DomainError
from renovation.choices import ResidentsRoute
from renovation.errors import AreasUnknown, FloorsUnweighted, NobodyToShare
from renovation.models import FundingShare, FundingSource, Household, RenovationPlan
from renovation.rules.funding import PER_HOUSEHOLD, read_weights
from renovation.rules.shares import split

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Share:
    household: int
    weight: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SharesOfSource:
    """The shares of one source, in yuan, by household in the order of their ids; they add up to `planned`. Where they
    cannot be told, none, and `fault` is the refusal.
    """

    source: FundingSource
    planned: Decimal
    shares: Sequence[Share] = ()
    fault: DomainError | None = None


def planned_of_sources(plan: RenovationPlan) -> dict[int, Decimal]:
    """What each source is to pay under a plan, by its id. One query."""
    rows = (
        FundingShare.objects.filter(plan_item__plan=plan).order_by().values("source").annotate(planned=Sum("planned"))
    )
    return {row["source"]: row["planned"] for row in rows}


def shares_as_split_now(plan: RenovationPlan) -> list[SharesOfSource]:
    """How a plan's residents' sources split among the current residential households, those of one stairwell where the
    source names it. By name of source; two or three queries, whatever their number.
    """
    planned = planned_of_sources(plan)
    sources = [
        source
        for source in FundingSource.objects.filter(pk__in=planned, route__in=PER_HOUSEHOLD).order_by("name")
        if planned[source.pk]
    ]
    if not sources:
        return []
    rows = list(
        Household.objects.filter(neighbourhood=plan.neighbourhood_id)
        .current()
        .residential()
        .order_by("pk")
        .values("pk", "stairwell_id", "floor", "gross_floor_area")
    )
    return [_shares_of(source, planned[source.pk], rows) for source in sources]


def _shares_of(source: FundingSource, planned: Decimal, rows: Sequence[Mapping[str, Any]]) -> SharesOfSource:
    here = [row for row in rows if source.stairwell_id in (None, row["stairwell_id"])]
    try:
        weights = _weights(source, here)
    except DomainError as fault:
        return SharesOfSource(source, planned, fault=fault)
    amounts = split(planned, weights)
    return SharesOfSource(
        source,
        planned,
        [Share(row["pk"], weight, amount) for row, weight, amount in zip(here, weights, amounts, strict=True)],
    )


def _weights(source: FundingSource, rows: Sequence[Mapping[str, Any]]) -> list[Decimal]:
    """Square metres, one for each household, or the agreed weight of its floor. Raises AreasUnknown, FloorsUnweighted
    or NobodyToShare.
    """
    named = {"name": source.name}
    match source.route:
        case ResidentsRoute.BY_AREA:
            unknown = sum(row["gross_floor_area"] is None for row in rows)
            if unknown:
                raise AreasUnknown(
                    ngettext(
                        "“%(name)s” is shared by floor area, and that of %(count)s household is not on record.",
                        "“%(name)s” is shared by floor area, and those of %(count)s households are not on record.",
                        unknown,
                    )
                    % {**named, "count": unknown},
                    source=source.pk,
                    households=unknown,
                )
            weights = [row["gross_floor_area"] for row in rows]
        case ResidentsRoute.BY_WEIGHT:
            of_floors = read_weights(source.floor_weights) or {}
            missing = {row["floor"] for row in rows if row["floor"] not in of_floors}
            if missing:
                raise FloorsUnweighted(
                    _("“%(name)s” is shared by the weight of floors, and some floors have none: %(floors)s.")
                    % {**named, "floors": _floors_text(missing)},
                    source=source.pk,
                    floors=sorted(missing, key=lambda floor: (floor is None, floor or 0)),
                )
            weights = [of_floors[row["floor"]] for row in rows]
        case _:
            weights = [ONE for _row in rows]
    if not any(weights):
        raise NobodyToShare(
            _("“%(name)s” is shared among households, and none of them has a weight above zero.") % named,
            source=source.pk,
        )
    return weights


def _floors_text(floors: set[int | None]) -> str:
    known = [str(floor) for floor in sorted(floor for floor in floors if floor is not None)]
    return _(", ").join([*known, *([_("unknown floor")] if None in floors else [])])
