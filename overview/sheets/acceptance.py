"""Acceptances and warranties: every formal check of a work package, and what is under warranty since, until when."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.choices import Act
from overview.sheets.filters import PlaceForm
from overview.sheets.frame import Asked, Column, Kind, Row, Sheet
from overview.sheets.parts import PLACE, in_chunks, place_of, placed, yes_no
from renovation.choices import Attendee
from renovation.models import Acceptance, CompletionFiling, Warranty

COLUMNS = [
    *PLACE,
    Column("package_number", gettext_lazy("Package"), width=8),
    Column("package", gettext_lazy("Name of the package"), width=24),
    Column("contractor", gettext_lazy("Contractor"), width=24),
    Column("held_on", gettext_lazy("Acceptance held on"), Kind.DATE, 14),
    Column("passed", pgettext_lazy("acceptance", "Passed"), width=10),
    Column("report", gettext_lazy("Report number"), width=22),
    Column("attendees", gettext_lazy("Who took part"), width=32),
    Column("filed_on", gettext_lazy("Completion filed on"), Kind.DATE, 14),
    Column("item", gettext_lazy("Item"), width=8),
    Column("name", gettext_lazy("Name of the item"), width=30),
    Column("kind", gettext_lazy("Kind of work"), width=28),
    Column("years", gettext_lazy("Years of warranty"), Kind.COUNT, 10),
    Column("starts_on", gettext_lazy("Warranty from"), Kind.DATE, 14),
    Column("ends_on", gettext_lazy("Warranty until"), Kind.DATE, 14),
    Column("days_left", gettext_lazy("Days left"), Kind.COUNT, 10),
    Column("letter", gettext_lazy("Warranty letter"), width=22),
    Column("remarks", gettext_lazy("Remark"), width=30),
]


class AcceptanceForm(PlaceForm):
    """A place, and by which day a warranty ends: then only those with one that is still running now."""

    ends_by = forms.DateField(label=gettext_lazy("Warranties that end by"), required=False)


def acceptances_asked(asked: Asked) -> Any:
    rows: Any = placed(Acceptance.objects.visible_to(asked.caller), asked.filters, "package__neighbourhood__")
    if asked.filters.get("ends_by"):
        rows = rows.filter(Exists(_warranties(asked).filter(acceptance=OuterRef("pk"))))
    return rows


def _warranties(asked: Asked) -> Any:
    rows = Warranty.objects.all()
    if ends_by := asked.filters.get("ends_by"):
        rows = rows.filter(ends_on__gte=timezone.localdate(asked.at), ends_on__lte=ends_by)
    return rows


def rows(asked: Asked) -> Iterator[Row]:
    """One row a warranty, by package and day; an acceptance without any has a row of its own."""
    today = timezone.localdate(asked.at)
    acceptances = (
        acceptances_asked(asked)
        .select_related("package__neighbourhood__community")
        .prefetch_related(
            Prefetch(
                "warranties",
                _warranties(asked).select_related("menu_item").order_by("menu_item__code", "kind", "pk"),
            )
        )
    )
    ordered = acceptances.order_by("package__neighbourhood__code", "package__number", "held_on", "pk")
    for chunk in in_chunks(ordered):
        filed = _filed_on({acceptance.package.neighbourhood_id for acceptance in chunk})
        for acceptance in chunk:
            package = acceptance.package
            told = (
                *place_of(package.neighbourhood),
                *(str(package.number), package.name, package.contractor),
                *(acceptance.held_on, yes_no(acceptance.passed), acceptance.document),
                _(", ").join(str(Attendee(one).label) for one in acceptance.attendees),
                filed.get(package.neighbourhood_id),
            )
            for cells in _of_warranties(acceptance, today) or [("", "", "", None, None, None, None, "")]:
                yield (*told, *cells, acceptance.remarks)


def _of_warranties(acceptance: Any, today: Any) -> list[Sequence[Any]]:
    return [
        (
            *(one.menu_item.code, one.menu_item.name, one.get_kind_display(), one.years),
            *(one.starts_on, one.ends_on, (one.ends_on - today).days, one.document),
        )
        for one in acceptance.warranties.all()
    ]


def _filed_on(places: set[int]) -> dict[int, Any]:
    """When the completion of each neighbourhood was filed, at first."""
    filings = CompletionFiling.objects.filter(neighbourhood__in=places).order_by("neighbourhood_id", "filed_on", "pk")
    return dict(filings.distinct("neighbourhood_id").values_list("neighbourhood_id", "filed_on"))


SHEET = Sheet(
    name="acceptance-list",
    title=gettext_lazy("Acceptances and warranties"),
    says=gettext_lazy("Every acceptance of works with its report, and each warranty with its last day."),
    acts=[Act.PLANS],
    columns=COLUMNS,
    rows=rows,
    form=AcceptanceForm,
)
