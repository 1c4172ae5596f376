"""The log of public notices: what hung where, from when until when, and what was objected."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Act
from consent.choices import NoticeKind, NoticeState
from consent.models import PublicNotice
from consent.rules.notices import days_left, days_of
from overview.sheets.filters import PlaceForm
from overview.sheets.frame import Asked, Column, Kind, Row, Sheet
from overview.sheets.parts import PLACE, in_chunks, place_of, placed, yes_no

COLUMNS = [
    *PLACE,
    Column("kind", gettext_lazy("Kind"), width=20),
    Column("title", gettext_lazy("Title"), width=32),
    Column("place", gettext_lazy("Where it hangs"), width=24),
    Column("posted_on", gettext_lazy("Posted on"), Kind.DATE, 12),
    Column("ends_on", gettext_lazy("Last day"), Kind.DATE, 12),
    Column("days", gettext_lazy("Days"), Kind.COUNT, 8),
    Column("days_left", gettext_lazy("Days left"), Kind.COUNT, 10),
    Column("state", gettext_lazy("State"), width=16),
    Column("closed_on", gettext_lazy("Closed on"), Kind.DATE, 12),
    Column("objections", gettext_lazy("Objections"), Kind.COUNT, 10, sums=True),
    Column("open", gettext_lazy("Not answered yet"), Kind.COUNT, 10, sums=True),
    Column("posting_photo", gettext_lazy("Photo of the posting"), width=12),
    Column("closing_photo", gettext_lazy("Photo at the end"), width=12),
    Column("head", gettext_lazy("Entries of the signed ledger"), Kind.COUNT, 14),
    Column("posted_by", gettext_lazy("Posted by"), width=14),
    Column("remark", gettext_lazy("Remark"), width=30),
]


class NoticesForm(PlaceForm):
    """A place, a kind of notice, its state, and from which day on it was posted."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), required=False, choices=[("", gettext_lazy("All kinds")), *NoticeKind.choices]
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=[("", gettext_lazy("All states")), *NoticeState.choices]
    )
    posted_from = forms.DateField(label=gettext_lazy("Posted from"), required=False)


def notices_asked(asked: Asked) -> Any:
    rows: Any = placed(PublicNotice.objects.visible_to(asked.caller), asked.filters)
    for name, path in (("kind", "kind"), ("state", "state"), ("posted_from", "posted_on__gte")):
        if value := asked.filters.get(name):
            rows = rows.filter(**{path: value})
    return rows


def rows(asked: Asked) -> Iterator[Row]:
    """One row a notice, by the day on which it was posted."""
    today = timezone.localdate(asked.at)
    notices = (
        notices_asked(asked)
        .with_objections()
        .select_related("neighbourhood__community", "posted_by", "tree_head", "replaced_by")
    )
    for chunk in in_chunks(notices.order_by("posted_on", "pk")):
        for notice in chunk:
            hangs = notice.state == NoticeState.POSTED
            yield (
                *place_of(notice.neighbourhood),
                *(notice.get_kind_display(), notice.title, notice.place, notice.posted_on, notice.ends_on),
                days_of(notice.posted_on, notice.ends_on),
                days_left(notice.posted_on, notice.ends_on, today) if hangs else None,
                notice.get_state_display(),
                timezone.localdate(notice.closed_at) if notice.closed_at else None,
                *(notice.objection_count, notice.open_count),
                *(yes_no(bool(notice.posting_photo)), yes_no(bool(notice.closing_photo))),
                notice.tree_head.size if notice.tree_head else None,
                str(notice.posted_by),
                _remark(notice),
            )


def _remark(notice: Any) -> str:
    later = getattr(notice, "replaced_by", None)
    if later is not None:
        return _("Replaced by “%(title)s”.") % {"title": later.title}
    return notice.closing_note


SHEET = Sheet(
    name="notice-log",
    title=gettext_lazy("Log of public notices"),
    says=gettext_lazy("Every notice with its place, its days, its photos and how many objected."),
    acts=[Act.SURVEYS],
    columns=COLUMNS,
    rows=rows,
    form=NoticesForm,
    count=lambda asked: notices_asked(asked).count(),
)
