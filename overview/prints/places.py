"""What a paper says of the neighbourhood that it is about."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.figures import area_text, count_text
from overview.prints.blocks import Block, Pair, Paper, column, document, facts, forms, paragraphs, table
from overview.prints.typesetting import frame
from renovation.choices import DivisionLevel, Occupancy, TenureType, Use
from renovation.models import Division, Household, Neighbourhood


def place_of(neighbourhood: Neighbourhood) -> str:
    """District, street, community and neighbourhood, for the head of a sheet."""
    names = division_names(neighbourhood)
    above = [
        names[level]
        for level in (DivisionLevel.DISTRICT, DivisionLevel.STREET, DivisionLevel.COMMUNITY)
        if level in names
    ]
    return " · ".join([*above, neighbourhood.name])


def paper_of(
    neighbourhood: Neighbourhood,
    title: str,
    blocks: Sequence[Block],
    name: str,
    *,
    at: datetime,
    address: str,
    lead: str = "",
) -> Paper:
    """A form or a report of one neighbourhood on A4. `address` is where its figures can be checked."""
    around = frame(title=f"{title} · {neighbourhood.name}", place=place_of(neighbourhood), as_of=at, checked_at=address)
    return forms(f"{name}-{neighbourhood.code}", [document(around, title, blocks, lead=lead)])


def nothing_to_print(neighbourhood: Neighbourhood, title: str, *, at: datetime, address: str) -> Paper:
    """What a print is of which nothing fits: a page that says so."""
    return paper_of(
        neighbourhood,
        title,
        [paragraphs([_("Nothing fits: there is nothing to print.")])],
        "nothing",
        at=at,
        address=address,
    )


def door_text(household: Household) -> str:
    """Building 3 · Stairwell 2 · 401."""
    return _("Building %(building)s · Stairwell %(stairwell)s · %(unit)s") % {
        "building": household.building.number,
        "stairwell": household.stairwell.number,
        "unit": household.unit_number,
    }


def division_names(neighbourhood: Neighbourhood) -> dict[str, str]:
    """The names of the divisions above, by their level."""
    names: dict[str, str] = {}
    division: Division | None = neighbourhood.community
    while division is not None:
        names[division.level] = division.name
        division = division.parent
    return names


def basic_facts(neighbourhood: Neighbourhood, buildings: Sequence[Any], **head: str) -> Block:
    """Where it lies, how old and how large it is. One query; `buildings` are those of `building_summary`."""
    names = division_names(neighbourhood)
    counts = (
        Household.objects.current()
        .filter(neighbourhood=neighbourhood)
        .order_by()
        .aggregate(doors=Count("pk"), homes=Count("pk", filter=Q(use=Use.RESIDENTIAL)), area=Sum("gross_floor_area"))
    )
    stairwells = sum(building.stairwell_count for building in buildings)
    year = str(neighbourhood.built_year) if neighbourhood.built_year else None
    rows: list[Sequence[Pair]] = [
        ((_("Neighbourhood"), neighbourhood.name), (_("Code"), neighbourhood.code)),
        (
            (_("District and street"), " · ".join(names[level] for level in ("district", "street") if level in names)),
            (_("Community"), names.get("community")),
        ),
        ((_("Address"), neighbourhood.address or None),),
        ((_("Year built"), year), (_("Households"), _many(counts["homes"]))),
        ((_("Buildings"), _many(len(buildings))), (_("Stairwells"), _many(stairwells))),
        (
            (_("Gross floor area"), _area(counts["area"])),
            (pgettext("of a neighbourhood", "All doors"), _many(counts["doors"])),
        ),
    ]
    if neighbourhood.aliases:
        rows.insert(1, ((_("Other names"), neighbourhood.aliases),))
    return facts(rows, **head)


def buildings_table(buildings: Sequence[Any], **head: str) -> Block:
    """Every building with its floors, stairwells, doors and area, and their sums. No query."""
    rows = [
        [
            building.number,
            count_text(building.floor_count) if building.floor_count else None,
            count_text(building.stairwell_count),
            count_text(building.household_count),
            _area(building.area),
        ]
        for building in buildings
    ]
    foot = [
        _("Total"),
        "",
        count_text(sum(building.stairwell_count for building in buildings)),
        count_text(sum(building.household_count for building in buildings)),
        _area(sum(building.area for building in buildings if building.area)) or "",
    ]
    columns = [
        column(_("Building"), wide=1),
        column(_("Floors"), wide=1, figure=True),
        column(_("Stairwells"), wide=1, figure=True),
        column(pgettext("of a building", "Doors"), wide=1, figure=True),
        column(_("Gross floor area"), wide=2, figure=True),
    ]
    return table(columns, rows, foot=foot if buildings else (), room=6, **head)


def mix_table(neighbourhood: Neighbourhood, **head: str) -> Block:
    """The doors by use, tenure and occupancy, the commonest first. One query."""
    names: dict[str, tuple[str, Any]] = {
        "use": (_("Use"), Use),
        "tenure_type": (_("Tenure"), TenureType),
        "occupancy": (_("Occupancy"), Occupancy),
    }
    counts: dict[str, dict[str, int]] = {name: {} for name in names}
    rows = Household.objects.current().filter(neighbourhood=neighbourhood).order_by()
    for use, tenure, occupancy, number in rows.values_list(*names).annotate(n=Count("pk")):
        for name, value in zip(names, (use, tenure, occupancy), strict=True):
            counts[name][value] = counts[name].get(value, 0) + number
    said: list[Sequence[Pair]] = []
    for name, (label, kinds) in names.items():
        commonest = sorted(counts[name].items(), key=lambda pair: -pair[1])
        words = _(", ").join(f"{kinds(value).label} {count_text(number)}" for value, number in commonest)
        said.append([(label, words or None)])
    return facts(said, **head)


def _many(number: int) -> str | None:
    return count_text(number) if number else None


def _area(area: Decimal | None) -> str | None:
    return area_text(area) if area else None
