"""Collection by period: what was billed, let off and collected in each neighbourhood, its rate, and the old arrears."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.choices import Act
from accounts.rules.territory import reach_of
from common.figures import full_day_text
from governance.choices.fees import FeeKind
from governance.reports.fees.rates import CollectionRate, old_arrears_by_neighbourhood, rates_by_neighbourhood
from governance.reports.fees.words import period_text
from governance.rules.fees.periods import Period, add_months, month_of, parse_period
from governance.rules.fees.rates import TARGETS, Collected
from overview.sheets.filters import PlaceForm
from overview.sheets.frame import Asked, Column, Kind, Row, Sheet, Sums, share_of
from overview.sheets.parts import PLACE, place_of, placed, yes_no
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within

NOTHING = Decimal(0)

COLUMNS = [
    *PLACE,
    Column("kind", gettext_lazy("Fee"), width=12),
    Column("billed", gettext_lazy("Billed, gross (yuan)"), Kind.MONEY, 16, sums=True),
    Column("reductions", gettext_lazy("Let off (yuan)"), Kind.MONEY, 16, sums=True),
    Column("receivable", gettext_lazy("To be collected, net (yuan)"), Kind.MONEY, 18, sums=True),
    Column("settled", gettext_lazy("Collected (yuan)"), Kind.MONEY, 16, sums=True),
    Column("rate", gettext_lazy("Collection rate"), Kind.SHARE, 12),
    Column("target", gettext_lazy("Target: above"), Kind.SHARE, 12),
    Column("above", gettext_lazy("Above the target"), width=12),
    Column("short", gettext_lazy("Short of the target (yuan)"), Kind.MONEY, 16),
    Column("outstanding", gettext_lazy("Of the period not collected (yuan)"), Kind.MONEY, 18, sums=True),
    Column("recovered", gettext_lazy("Old arrears recovered (yuan)"), Kind.MONEY, 18, sums=True),
    Column("arrears", gettext_lazy("Old arrears still owed (yuan)"), Kind.MONEY, 18, sums=True),
]


class CollectionForm(PlaceForm):
    """A place, a period, a kind of fee, and the last day whose money counts."""

    period = forms.CharField(
        label=pgettext_lazy("of fees", "Period"),
        required=False,
        max_length=7,
        help_text=gettext_lazy("2026-10, 2026-Q4, 2026-H2 or 2026; the last whole month if left empty."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Fee"),
        required=False,
        choices=[("", gettext_lazy("Property and parking")), *((kind, FeeKind(kind).label) for kind in TARGETS)],
    )
    cut_off = forms.DateField(label=gettext_lazy("Cut-off date"), required=False)

    def clean_period(self) -> str:
        text: str = self.cleaned_data["period"]
        try:
            return parse_period(text).text if text else ""
        except ValueError:
            raise ValidationError(_("This is no period."), code="invalid") from None


def period_asked(asked: Asked) -> Period:
    """The period that was asked for, else the last whole month."""
    if text := asked.filters.get("period"):
        return parse_period(text)
    return month_of(add_months(timezone.localdate(asked.at), -1))


def cut_off_asked(asked: Asked) -> date:
    return asked.filters.get("cut_off") or timezone.localdate(asked.at)


def rows(asked: Asked) -> Iterator[Row]:
    """One row a neighbourhood and kind of fee where there was something to collect, or is something old to."""
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(asked.caller, Act.FEES)))
    places = list(placed(seen, asked.filters, "").select_related("community").order_by("code"))
    wanted = asked.filters.get("kind")
    span: dict[str, Any] = {"neighbourhoods": [place.pk for place in places], "period": period_asked(asked)}
    for kind in (wanted,) if wanted else TARGETS:
        rates = rates_by_neighbourhood(**span, kind=kind, cut_off=cut_off_asked(asked))
        arrears = old_arrears_by_neighbourhood(**span, kind=kind, cut_off=cut_off_asked(asked))
        for place in places:
            if place.pk in rates or place.pk in arrears:
                rate = rates.get(place.pk) or _nothing(asked, kind)
                yield (*place_of(place), FeeKind(kind).label, *_cells(rate), arrears.get(place.pk, NOTHING))


def _nothing(asked: Asked, kind: str) -> CollectionRate:
    return CollectionRate(kind, period_asked(asked), cut_off_asked(asked), Collected(), NOTHING)


def _cells(found: CollectionRate) -> Sequence[Any]:
    return (
        *(found.billed, found.reductions, found.receivable, found.settled),
        share_of(found.settled, found.receivable),
        found.target,
        "" if found.above_target is None else yes_no(found.above_target),
        *(found.short, found.outstanding, found.recovered_arrears),
    )


def totals(sums: Sums) -> Mapping[str, Any]:
    """The rate of all places together is that of the sums, and never an average; there is one for each type of fee and
    none for both (policy.md, section f).
    """
    return {"rate": share_of(sums["settled"], sums["receivable"])}


def notes(asked: Asked) -> Sequence[str]:
    return [
        _("%(period)s, with the money that came in by %(day)s.")
        % {"period": period_text(period_asked(asked).text), "day": full_day_text(cut_off_asked(asked))},
        _("Collected money is that for the bills of the period: old arrears and prepayments are no part of the rate."),
    ]


SHEET = Sheet(
    name="collection",
    title=gettext_lazy("Collection of fees by period"),
    says=gettext_lazy("Billed, let off, collected and the rate of each neighbourhood in a period, with old arrears."),
    acts=[Act.FEES],
    columns=COLUMNS,
    rows=rows,
    form=CollectionForm,
    totals=totals,
    apart="kind",
    notes=notes,
)
