"""The list of neighbourhoods: where each stands, since when, and how large it is."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Act
from overview.sheets.filters import PlaceForm, neighbourhoods_asked
from overview.sheets.frame import Asked, Column, Kind, Row, Sheet

CHUNK = 2_000

COLUMNS = [
    Column("code", _("Code"), width=18),
    Column("name", _("Neighbourhood"), width=22),
    Column("community", _("Community"), width=18),
    Column("built_year", _("Built"), width=8),
    Column("stage", _("Stage"), width=14),
    Column("since", _("In this stage since"), Kind.DATE, width=14),
    Column("households", _("Households"), Kind.COUNT, width=10, sums=True),
    Column("floor_area", _("Floor area (㎡)"), Kind.QUANTITY, width=14, sums=True),
    Column("longitude", _("Longitude"), Kind.DEGREES, width=12),
    Column("latitude", _("Latitude"), Kind.DEGREES, width=12),
]


def rows(asked: Asked) -> Iterator[Row]:
    """One row a neighbourhood, by code. One query, whatever the number."""
    found = neighbourhoods_asked(asked.caller, asked.filters).with_size().select_related("community").order_by("code")
    for row in found.iterator(chunk_size=CHUNK):
        since = timezone.localdate(row.stage_since)
        year = "" if row.built_year is None else str(row.built_year)
        yield (
            *(row.code, row.name, row.community.name, year),
            *(row.get_stage_display(), since, row.household_count, row.floor_area),
            *(row.longitude, row.latitude),
        )


SHEET = Sheet(
    name="neighbourhood-list",
    title=_("List of neighbourhoods"),
    says=_("Every neighbourhood with its stage, its households and its floor area."),
    acts=[Act.REGISTRY],
    columns=COLUMNS,
    rows=rows,
    form=PlaceForm,
    count=lambda asked: neighbourhoods_asked(asked.caller, asked.filters).count(),
)
