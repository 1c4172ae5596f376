"""The owners' common money, and what is published of it and of the fees: by the clerk, for everybody."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.http import SignedInRequest
from common.keyset import keyset_page
from governance.choices.fees import CommonPurse, PurseSource
from governance.models import Disclosure, PurseEntry
from governance.pages.fees.forms import MoneyField, ReasonForm
from governance.pages.fees.places import fee_totals_neighbourhood
from governance.pages.forms import DayField, posted, submit
from governance.permissions.fees import may_write_fees
from governance.reports.fees.disclosures import (
    digest_of_figures,
    disclosures_due,
    figures_of,
    latest_of,
    purse_balances,
)
from governance.reports.fees.sheets import csv_of, sheet_of
from governance.reports.fees.words import period_text
from governance.rules.fees.periods import Period, parse_period
from governance.rules.fees.purses import COSTS, SOURCES
from governance.services.fees.disclosures import publish_disclosure
from governance.services.fees.purses import book_entry, reverse_entry


class PublishForm(forms.Form):
    cut_off = DayField(label=gettext_lazy("Cut-off date"))
    posted_at_place = forms.CharField(
        label=gettext_lazy("Where the print hangs"), max_length=120, required=False, strip=True
    )

    @property
    def told(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class EntryForm(forms.Form):
    """An entry of one purse: an amount above 0, which is spent where the source is a cost or `spent` says so."""

    source = forms.ChoiceField(label=pgettext_lazy("purse", "What for"), widget=forms.RadioSelect)
    direction = forms.ChoiceField(
        label=gettext_lazy("Where the money went"),
        widget=forms.RadioSelect,
        choices=[("in", gettext_lazy("It came in")), ("out", gettext_lazy("It was spent"))],
    )
    amount = MoneyField(label=gettext_lazy("Amount, yuan"))
    booked_on = DayField(label=gettext_lazy("Day"))
    document = forms.CharField(label=gettext_lazy("Document number"), max_length=120)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("It is published with the entry: name no resident."),
    )

    def __init__(self, data: Any, *, purse: str, today: date) -> None:
        super().__init__(data, initial={"booked_on": today, "direction": "in"})
        self.purse = purse
        sources = [(source, PurseSource(source).label) for source in SOURCES[purse]]
        self.fields["source"].choices = sources  # type: ignore[attr-defined]

    @property
    def told(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        spent = values.pop("direction") == "out" or values["source"] in COSTS
        return {**values, "purse": self.purse, "amount": -values["amount"] if spent else values["amount"]}


@login_required
def fee_disclosures(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was published of the fees, and which quarters are still to be."""
    neighbourhood = fee_totals_neighbourhood(request, pk)
    rows = Disclosure.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)
    page = keyset_page(request, rows.select_related("by", "corrected_by"), key="id", newest_first=True)
    due = disclosures_due(neighbourhood, timezone.localdate())
    context = {
        "neighbourhood": neighbourhood,
        "page": page,
        "missing": due.missing,
        "last": due.last,
        "balances": [(CommonPurse(purse), left) for purse, left in purse_balances(neighbourhood).items()],
        "may": may_write_fees(request.user, neighbourhood),
    }
    return render(request, "governance/fees/disclosures.html", context)


@login_required
def fee_disclosure_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """What would be published of a period, and publishing it; a period that is published already is corrected."""
    neighbourhood = fee_totals_neighbourhood(request, pk)
    period = _asked(request.GET.get("period", ""))
    today = timezone.localdate()
    cut_off = _day(request.GET.get("cut_off", ""), today)
    may = may_write_fees(request.user, neighbourhood)
    if request.method == "POST" and not may:
        raise PermissionDenied
    latest = latest_of(neighbourhood, period.text)
    form = PublishForm(posted(request), initial={"cut_off": cut_off})
    made, status = submit(
        form, publish_disclosure, neighbourhood=neighbourhood, period=period, corrects=latest, by=request.user
    )
    if made:
        messages.success(request, _("It is published. Print it and hang it up."))
        return redirect("fee_disclosure", pk, made.pk)
    is_over = period.last < today
    figures = (
        figures_of(neighbourhood=neighbourhood, period=period, cut_off=max(cut_off, period.last)) if is_over else {}
    )
    context = {
        "neighbourhood": neighbourhood,
        "period": period,
        "is_over": is_over,
        "latest": latest,
        "is_same": latest is not None and latest.figures == figures,
        "sheet": sheet_of(figures),
        "form": form,
        "may": may,
    }
    return render(request, "governance/fees/disclosure_new.html", context, status=status)


def fee_disclosure(request: HttpRequest, pk: int, disclosure: int) -> HttpResponse:
    """One disclosure, for everybody: readable, printable, and with the digest of what was published."""
    found = _published(request, pk, disclosure)
    context = {
        "neighbourhood": found.neighbourhood,
        "disclosure": found,
        "sheet": sheet_of(found.figures),
        "later": getattr(found, "corrected_by", None),
        "is_intact": digest_of_figures(found.figures) == found.digest,
    }
    return render(request, "governance/fees/disclosure.html", context)


def fee_disclosure_file(request: HttpRequest, pk: int, disclosure: int) -> HttpResponse:
    """The same as CSV."""
    found = _published(request, pk, disclosure)
    heading = _("%(name)s: fees, fund and public income, %(period)s") % {
        "name": found.neighbourhood.name,
        "period": period_text(found.period),
    }
    response = HttpResponse(
        csv_of(sheet_of(found.figures), heading, found.digest), content_type="text/csv; charset=utf-8"
    )
    name = f"{found.neighbourhood.code}-{found.period}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@login_required
def fee_purse(request: SignedInRequest, pk: int, purse: str) -> HttpResponse:
    """A purse entry by entry; the clerk enters what came in or was spent, and takes a wrong entry back."""
    neighbourhood = fee_totals_neighbourhood(request, pk)
    if purse not in SOURCES:
        raise Http404
    may = may_write_fees(request.user, neighbourhood)
    if request.method == "POST" and not may:
        raise PermissionDenied
    act, status = request.POST.get("act", ""), 200
    rows = PurseEntry.objects.visible_to(request.user).filter(neighbourhood=neighbourhood, purse=purse)
    form = EntryForm(posted(request) if act == "book" else None, purse=purse, today=timezone.localdate())
    back = ReasonForm(posted(request) if act == "reverse" else None, prefix="back")
    if form.is_bound:
        made, status = submit(form, book_entry, neighbourhood=neighbourhood, by=request.user)
        if made:
            messages.success(request, _("The entry is booked."))
            return redirect("fee_purse", pk, purse)
    wrong = None
    if back.is_bound:
        wrong = get_object_or_404(rows, pk=_id(request.POST.get("entry", "")))
        made, status = submit(back, reverse_entry, entry=wrong, by=request.user)
        if made:
            messages.success(request, _("The entry is taken back."))
            return redirect("fee_purse", pk, purse)
    page = keyset_page(request, rows.select_related("by", "reversed_by"), key="id", newest_first=True)
    context = {
        "neighbourhood": neighbourhood,
        "purse": CommonPurse(purse),
        "left": purse_balances(neighbourhood)[purse],
        "page": page,
        "form": form,
        "back": back,
        "wrong": wrong,
        "may": may,
    }
    return render(request, "governance/fees/purse.html", context, status=status)


def _published(request: HttpRequest, pk: int, disclosure: int) -> Disclosure:
    rows = Disclosure.objects.visible_to(request.user).filter(neighbourhood=pk)
    found: Disclosure = get_object_or_404(
        rows.select_related("neighbourhood__community__parent__parent", "corrected_by"), pk=disclosure
    )
    return found


def _asked(text: str) -> Period:
    try:
        return parse_period(text)
    except ValueError:
        raise Http404 from None


def _day(text: str, today: date) -> date:
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        return today


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
