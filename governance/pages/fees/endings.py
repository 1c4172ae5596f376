"""A company leaves: its charges end with a month, and credit is paid back."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.http import SignedInRequest
from common.figures import money_text
from governance.pages.fees.places import fee_kept_neighbourhood
from governance.pages.forms import posted, submit
from governance.reports.fees.endings import beyond, to_refund
from governance.reports.fees.words import month_text
from governance.rules.fees.periods import add_months, last_day, parse_period
from governance.services.fees.endings import end_charges

MONTHS_BACK, MONTHS_AHEAD = 6, 12
MOST_AT_ONCE = 250
"""Bills that are issued anew while somebody waits for the page."""


class EndingForm(forms.Form):
    """The last month that is charged, and why."""

    month = forms.ChoiceField(label=gettext_lazy("Last month that is charged"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = [add_months(today.replace(day=1), number) for number in range(-MONTHS_BACK, MONTHS_AHEAD + 1)]
        self.fields["month"].choices = [(f"{month:%Y-%m}", month_text(month)) for month in months]  # type: ignore[attr-defined]

    @property
    def told(self) -> dict[str, Any]:
        return {
            "last_day": parse_period(self.cleaned_data["month"]).last,
            "reason": self.cleaned_data["reason"],
        }


@login_required
def fee_ending(request: SignedInRequest, pk: int) -> HttpResponse:
    """What ending the charges with a month changes, ending them, and whose credit is to be paid back."""
    neighbourhood = fee_kept_neighbourhood(request, pk)
    today = timezone.localdate()
    asked = _month(request.POST.get("month") or request.GET.get("month", ""), today)
    form = EndingForm(posted(request), today=today, initial={"month": f"{asked:%Y-%m}"})
    ended, status = submit(form, end_charges, neighbourhood=neighbourhood, by=request.user, most=MOST_AT_ONCE)
    if ended and ended.left:
        messages.info(
            request,
            _("%(count)s bills are void; %(left)s are left: end the charges once more.")
            % {"count": ended.voided, "left": ended.left},
        )
        return redirect(f"{request.path}?month={asked:%Y-%m}")
    if ended:
        messages.success(
            request,
            _("The charges end: %(count)s bills are void, and %(amount)s is to be given back.")
            % {"count": ended.voided, "amount": money_text(ended.to_refund)},
        )
        return redirect("fee_ending", pk)
    accounts = to_refund(neighbourhood)
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "month": asked,
        "beyond": beyond(neighbourhood, last_day(asked)),
        "accounts": accounts,
        "credit": sum((account.credit for account in accounts), Decimal(0)),
    }
    return render(request, "governance/fees/ending.html", context, status=status)


def _month(text: str, today: date) -> date:
    """The first day of the month that is asked for; of this one where none can be read."""
    try:
        found = parse_period(text)
    except ValueError:
        return today.replace(day=1)
    return found.first if len(found.months) == 1 else today.replace(day=1)
