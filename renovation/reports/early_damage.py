"""Early damage: defects found after acceptance, by item, contractor and year, as the early programmes suffered them.

Items are told apart by their code: editions of the menu have items of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, DateField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, ExtractYear

from renovation.choices import DefectState
from renovation.models import Acceptance, Evidence, MenuItem

ROWS_SHOWN = 30
UNKNOWN = "none"
"""In an address: what nobody wrote down."""


@dataclass(frozen=True)
class Cause:
    """So many defects of one item or of one contractor; `key` is the item's code or the contractor's name, UNKNOWN
    where nobody wrote it down.
    """

    key: str
    name: str
    count: int
    open: int
    neighbourhoods: int


@dataclass(frozen=True)
class YearRow:
    """The defects of what was accepted in a year (None: the day is not known), each with the year of its finding."""

    accepted: int | None
    cells: Sequence[tuple[int, int]]

    @property
    def key(self) -> str:
        return UNKNOWN if self.accepted is None else str(self.accepted)

    @property
    def total(self) -> int:
        return sum(n for _year, n in self.cells)


@dataclass(frozen=True)
class EarlyDamage:
    """Counts of defects found after acceptance. Those by item, by contractor and by year each add up to `total`, with
    what is left out of the two lists as `other_items` and `other_contractors`.
    """

    total: int
    open: int
    neighbourhoods: int
    items: Sequence[Cause]
    other_items: int
    contractors: Sequence[Cause]
    other_contractors: int
    found_years: Sequence[int]
    years: Sequence[YearRow]
    found_totals: Sequence[tuple[int, int]]


def early_defects(defects: QuerySet[Any]) -> QuerySet[Any]:
    """Those found after acceptance, with their years."""
    return with_years(defects.filter(after_acceptance=True))


def with_years(defects: QuerySet[Any]) -> QuerySet[Any]:
    """Adds `accepted_on` (of the package, else of the neighbourhood), `accepted_year` and `found_year`."""
    of_package = Acceptance.objects.filter(package=OuterRef("package"), passed=True).values("held_on")[:1]
    day = Cast(KeyTextTransform("passed_on", "facts"), DateField())
    told = Evidence.objects.filter(neighbourhood=OuterRef("neighbourhood"), kind="acceptance").order_by("-pk")
    of_place = told.values(day=Case(When(revoked=False, facts__passed=True, then=day)))[:1]
    return defects.annotate(
        accepted_on=Coalesce(Subquery(of_package), Subquery(of_place), output_field=DateField())
    ).annotate(accepted_year=ExtractYear("accepted_on"), found_year=ExtractYear("found_on"))


def narrowed(defects: QuerySet[Any], asked: Mapping[str, Any]) -> QuerySet[Any]:
    """`early_defects` narrowed to what is `asked`: `division` (a code), `neighbourhood` (an id), `item` (a code),
    `contractor`, `accepted` and `found` (years); UNKNOWN is what nobody wrote down.
    """
    where = Q()
    if "division" in asked:
        where &= Q(neighbourhood__community_code__startswith=asked["division"])
    if "neighbourhood" in asked:
        where &= Q(neighbourhood=asked["neighbourhood"])
    if "item" in asked:
        where &= Q(menu_item=None) if asked["item"] == UNKNOWN else Q(menu_item__code=asked["item"])
    if "contractor" in asked:
        where &= Q(contractor="" if asked["contractor"] == UNKNOWN else asked["contractor"])
    if "accepted" in asked:
        where &= Q(accepted_on=None) if asked["accepted"] == UNKNOWN else Q(accepted_year=int(asked["accepted"]))
    if "found" in asked:
        where &= Q(found_on__year=asked["found"])
    return defects.filter(where)


def early_damage(defects: QuerySet[Any]) -> EarlyDamage:
    """The counts over `defects`, which `early_defects` made. Five queries, whatever the number."""
    plain = defects.order_by()
    is_open = ~Q(state=DefectState.CLOSED)
    whole = plain.aggregate(
        total=Count("pk"), open=Count("pk", filter=is_open), places=Count("neighbourhood", distinct=True)
    )
    counted = {
        "n": Count("pk"),
        "n_open": Count("pk", filter=is_open),
        "places": Count("neighbourhood", distinct=True),
    }
    by_item = list(plain.values("menu_item__code").annotate(**counted).order_by("-n", "menu_item__code"))
    by_contractor = list(plain.values("contractor").annotate(**counted).order_by("-n", "contractor"))
    names = {
        item.code: item.name
        for item in MenuItem.objects.filter(code__in=[row["menu_item__code"] for row in by_item[:ROWS_SHOWN]]).order_by(
            "edition__valid_from"
        )
    }
    by_year = plain.values("accepted_year", "found_year").annotate(n=Count("pk"))
    cells = {(row["accepted_year"], row["found_year"]): row["n"] for row in by_year}
    found_years = sorted({found for _accepted, found in cells})
    accepted_years = sorted({accepted for accepted, _found in cells}, key=lambda year: (year is None, year or 0))
    return EarlyDamage(
        total=whole["total"],
        open=whole["open"],
        neighbourhoods=whole["places"],
        items=[
            Cause(code, names.get(code, ""), row["n"], row["n_open"], row["places"])
            for row in by_item[:ROWS_SHOWN]
            for code in [row["menu_item__code"] or UNKNOWN]
        ],
        other_items=sum(row["n"] for row in by_item[ROWS_SHOWN:]),
        contractors=[
            Cause(row["contractor"] or UNKNOWN, row["contractor"], row["n"], row["n_open"], row["places"])
            for row in by_contractor[:ROWS_SHOWN]
        ],
        other_contractors=sum(row["n"] for row in by_contractor[ROWS_SHOWN:]),
        found_years=found_years,
        years=[
            YearRow(accepted, [(found, cells.get((accepted, found), 0)) for found in found_years])
            for accepted in accepted_years
        ],
        found_totals=[(year, sum(n for (_a, found), n in cells.items() if found == year)) for year in found_years],
    )
