"""Months of a neighbourhood's book: closed in order, opened again from the last, on a reason."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.http import SignedInRequest
from common.errors import DomainError
from common.keyset import keyset_page
from governance.models import MonthClosing
from governance.pages.fees.forms import ReasonForm
from governance.pages.fees.places import fee_kept_neighbourhood, fee_neighbourhood
from governance.pages.forms import posted, submit
from governance.permissions.fees import may_write_fees
from governance.reports.fees.books import next_to_close
from governance.reports.fees.month_words import total_lines
from governance.services.fees.closing import close_month, reopen_month


@login_required
def fee_months(request: SignedInRequest, pk: int) -> HttpResponse:
    """The months that are closed, with their control totals; the next one to close, and the last one to open again."""
    neighbourhood = fee_neighbourhood(request, pk)
    today = timezone.localdate()
    if request.method == "POST":
        fee_kept_neighbourhood(request, pk)
    closings = MonthClosing.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)
    last = closings.filter(reopened_at=None).order_by("-month").first()
    act, status = request.POST.get("act", ""), 200
    if act == "close":
        try:
            close_month(
                neighbourhood=neighbourhood, month=_month(request.POST.get("month", "")) or today, by=request.user
            )
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The month is closed."))
        return redirect("fee_months", pk)
    form = ReasonForm(posted(request) if act == "reopen" else None)
    if form.is_bound and last:
        made, status = submit(form, reopen_month, closing=last, by=request.user)
        if made:
            messages.success(request, _("The month is open again."))
            return redirect("fee_months", pk)
    page = keyset_page(request, closings.select_related("closed_by", "reopened_by"), key="id", newest_first=True)
    context = {
        "neighbourhood": neighbourhood,
        "month": next_to_close(neighbourhood, today),
        "last": last,
        "form": form,
        "page": page,
        "lines": [(closing, total_lines(closing.totals)) for closing in page.rows],
        "may": may_write_fees(request.user, neighbourhood),
    }
    return render(request, "governance/fees/months.html", context, status=status)


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
