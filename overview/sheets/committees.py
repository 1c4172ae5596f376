"""The terms of owners' committees and those who stand in for them: when each ends, and what is to be done."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.choices import Act
from governance.reports.bodies import body_rows, concerns_about, words_of
from governance.rules.bodies import COMMITTEES, RENEWAL_DAYS
from overview.sheets.filters import PlaceForm
from overview.sheets.frame import Asked, Column, Kind, Row, Sheet
from overview.sheets.parts import PLACE, in_chunks, place_of, placed, together, yes_no

COLUMNS = [
    *PLACE,
    Column("stage", gettext_lazy("Stage"), width=14),
    Column("kind", gettext_lazy("Kind"), width=24),
    Column("name", gettext_lazy("Name"), width=28),
    Column("members", gettext_lazy("Members"), Kind.COUNT, 10, sums=True),
    Column("has_head", gettext_lazy("Has a chair"), width=10),
    Column("filed_on", gettext_lazy("Filed on"), Kind.DATE, 12),
    Column("filing_document", gettext_lazy("Filing receipt"), width=22),
    Column("term_starts_on", gettext_lazy("Term from"), Kind.DATE, 12),
    Column("term_ends_on", gettext_lazy("Term until"), Kind.DATE, 12),
    Column("days_left", gettext_lazy("Days left"), Kind.COUNT, 10),
    Column("ends_soon", gettext_lazy("Ends within 90 days (1 or 0)"), Kind.COUNT, 12, sums=True),
    Column("is_over", gettext_lazy("Is over (1 or 0)"), Kind.COUNT, 10, sums=True),
    Column("concerns", gettext_lazy("To be done"), width=44),
]

ALL, ENDING = "", "ending"


class CommitteesForm(PlaceForm):
    """A place, and whether only those that end soon or are over."""

    which = forms.ChoiceField(
        label=pgettext_lazy("committees", "Which"),
        required=False,
        choices=[
            (ALL, gettext_lazy("All that stand")),
            (ENDING, gettext_lazy("Those that end within 90 days or are over")),
        ],
    )


def bodies_asked(asked: Asked) -> Any:
    rows: Any = placed(body_rows(asked.caller), asked.filters).filter(kind__in=COMMITTEES, ended_on=None)
    if asked.filters.get("which") == ENDING:
        rows = rows.filter(term_ends_on__lte=timezone.localdate(asked.at) + timedelta(days=RENEWAL_DAYS))
    return rows


def rows(asked: Asked) -> Iterator[Row]:
    """One row a body, the term that ends first at the top."""
    today = timezone.localdate(asked.at)
    bodies = bodies_asked(asked).select_related("neighbourhood__community", "elected_by")
    for chunk in in_chunks(bodies.order_by("term_ends_on", "neighbourhood__code", "pk")):
        for body in chunk:
            yield _row(body, today)


def _row(body: Any, today: date) -> Row:
    left = (body.term_ends_on - today).days
    return (
        *place_of(body.neighbourhood),
        body.neighbourhood.get_stage_display(),
        *(body.get_kind_display(), body.name, body.member_count, yes_no(body.has_head)),
        *(body.filed_on, body.filing_document, body.term_starts_on, body.term_ends_on),
        *(left, int(0 <= left <= RENEWAL_DAYS), int(left < 0)),
        together(words_of(concern) for concern in concerns_about(body, today)),
    )


SHEET = Sheet(
    name="committee-terms",
    title=gettext_lazy("Terms of committees"),
    says=gettext_lazy("Owners' committees and stand-ins by the end of their term, with what is to be done."),
    acts=[Act.BODIES],
    columns=COLUMNS,
    rows=rows,
    form=CommitteesForm,
    count=lambda asked: bodies_asked(asked).count(),
)
