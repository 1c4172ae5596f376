"""The deferred neighbourhoods, those to look at again first: what the last survey said, and when to come back."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Act
from overview.reports.deferred import Deferral, deferred_list
from overview.sheets.filters import PlaceForm, neighbourhoods_asked
from overview.sheets.frame import HIDDEN, Asked, Column, Kind, Row, Sheet, Sums, share_of
from overview.sheets.parts import CHUNK, PLACE, place_of
from overview.sheets.surveys import surveys_hidden
from renovation.choices import Stage

COLUMNS = [
    *PLACE,
    Column("since", gettext_lazy("Deferred since"), Kind.DATE, 14),
    Column("supports", gettext_lazy("Households in support"), Kind.COUNT, 10, sums=True),
    Column("denominator", gettext_lazy("Counted for support"), Kind.COUNT, 14, sums=True),
    Column("support_rate", gettext_lazy("Support rate"), Kind.SHARE, 10),
    Column("pass_share", gettext_lazy("Pass mark"), Kind.SHARE, 10),
    Column("missing", gettext_lazy("Doors missing"), Kind.COUNT, 10, sums=True),
    Column("reason", gettext_lazy("Why it was closed"), width=34),
    Column("revisit_on", gettext_lazy("Look again on"), Kind.DATE, 14),
    Column("is_due", gettext_lazy("Due (1 or 0)"), Kind.COUNT, 10, sums=True),
    Column("days_overdue", gettext_lazy("Days overdue"), Kind.COUNT, 10),
    Column("neighbours", gettext_lazy("Neighbours that have just finished"), width=34),
]


def rows(asked: Asked) -> Iterator[Row]:
    """One row a neighbourhood, in the order of the list on the screen."""
    here, today = neighbourhoods_asked(asked.caller, asked.filters), timezone.localdate(asked.at)
    start = 0
    while True:
        found = deferred_list(asked.caller, here, start=start, size=CHUNK, today=today)
        hidden = surveys_hidden(asked.caller, [row.survey for row in found.rows if row.survey is not None])
        for row in found.rows:
            yield _row(row, is_hidden=row.survey is not None and row.survey.pk in hidden)
        start += CHUNK
        if start >= found.total:
            return


def _row(found: Deferral, *, is_hidden: bool) -> Row:
    figures: tuple[Any, ...] = (HIDDEN if is_hidden else None,) * 5
    if not is_hidden and found.figures is not None and found.survey is not None:
        supports, denominator = found.figures.supports, found.figures.denominator
        share = share_of(supports, denominator)
        figures = (supports, denominator, share, found.survey.pass_share, found.figures.missing)
    return (
        *place_of(found.neighbourhood),
        timezone.localdate(found.neighbourhood.stage_since),
        *figures,
        found.reason or "",
        *(found.revisit_on, int(found.is_due), found.days_overdue),
        _(", ").join(_("%(name)s (%(stage)s)") % {"name": near.name, "stage": near.stage} for near in found.neighbours),
    )


def totals(sums: Sums) -> Mapping[str, Any]:
    return {"support_rate": share_of(sums["supports"], sums["denominator"])}


SHEET = Sheet(
    name="deferred-list",
    title=gettext_lazy("Deferred neighbourhoods"),
    says=gettext_lazy("Those whose survey did not pass: what is missing, why, and when to look again."),
    acts=[Act.SURVEYS],
    columns=COLUMNS,
    rows=rows,
    form=PlaceForm,
    totals=totals,
    count=lambda asked: neighbourhoods_asked(asked.caller, asked.filters).filter(stage=Stage.DEFERRED).count(),
)
