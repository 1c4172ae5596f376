"""How much of what was to be collected came in: of a neighbourhood, by period and cut-off date."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.http import SignedInRequest
from governance.choices.fees import FeeKind
from governance.pages.fees.forms import period_choices
from governance.pages.fees.places import fee_totals_neighbourhood
from governance.pages.forms import DayField
from governance.permissions.fees import reads_bills
from governance.reports.fees.rates import CollectionRate, collection_rate, rates_by_period
from governance.reports.fees.words import period_text
from governance.rules.fees.periods import Period, add_months, month_of, parse_period, quarter_of
from governance.rules.fees.rates import TARGETS, is_above_target, rate_cut

SHOWN_BEFORE = 6
"""Periods of the same length before it that are looked at; those without bills are left out."""


@dataclass(frozen=True, slots=True)
class RateCard:
    """A kind of fee on the page: its rate, and the periods before it with theirs."""

    name: str
    rate: CollectionRate
    percent: str
    before: list["PeriodLine"]


@dataclass(frozen=True, slots=True)
class PeriodLine:
    period: Period
    settled: Decimal
    receivable: Decimal
    percent: str
    above: bool | None


class RateForm(forms.Form):
    """The period and the cut-off date. What cannot be read is what the page shows by itself: this quarter, today."""

    period = forms.ChoiceField(label=pgettext_lazy("of fees", "Period"), required=False)
    cut_off = DayField(label=gettext_lazy("Cut-off date"), required=False)

    def __init__(self, data: Any, *, today: date) -> None:
        asked = _period(data.get("period", "")) or quarter_of(today)
        self.today, self.asked, self.until = today, asked, _day(data.get("cut_off", ""), today)
        super().__init__(initial={"period": asked.text, "cut_off": self.until})
        choices = period_choices(today)
        if all(asked.text != text for _name, group in choices for text, _words in group):
            choices.insert(0, (_("Asked for"), [(asked.text, period_text(asked.text))]))
        self.fields["period"].choices = choices  # type: ignore[attr-defined]


@login_required
def fee_rates(request: SignedInRequest, pk: int) -> HttpResponse:
    """The collection rate of each kind with the figures that it is made of; each figure opens its bills."""
    neighbourhood = fee_totals_neighbourhood(request, pk)
    today = timezone.localdate()
    form = RateForm(request.GET, today=today)
    cards = [_card(neighbourhood.pk, kind, form) for kind in TARGETS]
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "period": form.asked,
        "cut_off": form.until,
        "cards": cards,
        "ages": list(zip(*(card.rate.arrears for card in cards), strict=True)),
        "reads_bills": reads_bills(request.user, neighbourhood),
    }
    return render(request, "governance/fees/rates.html", context)


def _card(pk: int, kind: str, form: RateForm) -> RateCard:
    rate = collection_rate(neighbourhoods=[pk], kind=kind, period=form.asked, cut_off=form.until, today=form.today)
    rows = rates_by_period(neighbourhoods=[pk], kind=kind, periods=_before(form.asked), cut_off=form.until)
    before = [
        PeriodLine(
            period=period,
            settled=part.settled,
            receivable=part.receivable,
            percent=percent_text(rate_cut(part.rate)),
            above=is_above_target(part.rate, kind),
        )
        for period, part in rows
        if part.receivable > 0
    ]
    return RateCard(str(FeeKind(kind).label), rate, percent_text(rate.rate), before)


def percent_text(rate: str | None) -> str:
    """83.12%: a rate as it was cut, in percent; "no data" for none."""
    return _("no data") if rate is None else f"{Decimal(rate) * 100:.2f}%"


def _before(period: Period) -> list[Period]:
    """The periods of the same length before it, the latest first."""
    months = len(period.months)
    return [_of_length(add_months(period.first, -months * number), months) for number in range(1, SHOWN_BEFORE + 1)]


def _of_length(first: date, months: int) -> Period:
    if months == 1:
        return month_of(first)
    if months == 3:
        return quarter_of(first)
    if months == 6:
        return parse_period(f"{first.year}-H{1 if first.month < 7 else 2}")
    return parse_period(str(first.year))


def _period(text: str) -> Period | None:
    try:
        found = parse_period(text)
    except ValueError:
        return None
    # The years before it are shown too.
    return found if found.first.year - SHOWN_BEFORE >= 1990 else None


def _day(text: str, today: date) -> date:
    """The cut-off date that is asked for, up to today."""
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        return today
