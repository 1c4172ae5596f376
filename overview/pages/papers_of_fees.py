"""Bills, receipts and letters about arrears as PDF: little of it at once, much of it by a job."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.http import SignedInRequest
from governance.choices.fees import ReminderStep
from governance.models import Bill, Payment
from governance.querysets.fees import bill_reach
from governance.reports.fees.receipts import payments_to_read, receipt_of
from overview.pages.pdf import DIRECTLY, paper_response, parts_response
from overview.pages.print_jobs import by_a_job
from overview.prints.fee_bundles import (
    BillNoticesForm,
    FeePapersForm,
    LettersForm,
    ReceiptsForm,
    bill_parts,
    bills_asked,
    letter_parts,
    overdue_asked,
    payments_asked,
    receipt_parts,
    setting_for,
)
from overview.prints.fees import Debtor, bill_notices, debtors_of, receipt_slips
from renovation.models import Building, Neighbourhood
from renovation.querysets import neighbourhoods_within


def _here(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose bills the caller reads; else 404, also where it reads totals only."""
    seen = Neighbourhood.objects.filter(neighbourhoods_within(bill_reach(request.user)))
    found: Neighbourhood = get_object_or_404(seen.select_related("community__parent__parent__parent"), pk=pk)
    return found


BACK_TO = {"bill-notices": "fee_bills", "receipt-slips": "fee_payments", "arrears-letters": "fee_arrears"}

AS_IN_LISTS = {"from": "starts_from", "to": "ends_by"}
"""What the lists of fees call a filter, and how the form of a print does."""


def _asked(request: SignedInRequest, form: type[FeePapersForm], neighbourhood: Neighbourhood) -> Any:
    """What the query narrows to, as the lists of fees write it (a building by its id), through the form of the print.
    Raises BadRequest for what cannot be read: a print of more than was meant is worse than none.
    """
    named: dict[str, str] = {AS_IN_LISTS.get(name, name): value for name, value in request.GET.dict().items() if value}
    told = {name: value for name, value in named.items() if name in form.base_fields}
    told["neighbourhood"] = str(neighbourhood.pk)
    if key := told.get("building", ""):
        is_id = key.isascii() and key.isdigit() and len(key) < 19
        told["building"] = get_object_or_404(Building, neighbourhood=neighbourhood, pk=key if is_id else 0).number
    read = form(told, caller=request.user)
    if not read.is_valid():
        raise BadRequest("these filters cannot be read")
    return read


def _job(request: SignedInRequest, name: str, neighbourhood: Neighbourhood, read: Any, count: int) -> HttpResponse:
    kept = {field: value for field, value in read.kept.items() if field != "neighbourhood"}
    back = reverse(BACK_TO[name], args=[neighbourhood.pk])
    return by_a_job(request, name, neighbourhood, filters=kept, count=count, back=back)


# --- Bills ------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def print_bills(request: SignedInRequest, pk: int) -> HttpResponse:
    """The open bills that are narrowed to, a card for each debtor."""
    neighbourhood = _here(request, pk)
    read = _asked(request, BillNoticesForm, neighbourhood)
    bills = bills_asked(request.user, read.cleaned_data)
    debtors = debtors_of(bills)
    if not debtors:
        messages.info(request, _("No open bill fits."))
        return redirect("fee_bills", pk)
    if request.method == "POST" or len(debtors) > DIRECTLY:
        return _job(request, "bill-notices", neighbourhood, read, len(debtors))
    parts = bill_parts(bills, debtors, setting_for(request.user, neighbourhood, "fee_bills"))
    return parts_response("bills", parts, title=_("Notice of fees to pay"), name=f"bills-{neighbourhood.code}")


@login_required
@require_GET
def print_bill(request: SignedInRequest, pk: int, bill: int) -> HttpResponse:
    """One bill on paper, also one that is paid; 404 for visitors', who have no door."""
    neighbourhood = _here(request, pk)
    bills = Bill.objects.visible_to(request.user).filter(neighbourhood=neighbourhood, household__isnull=False).live()
    rows: Any = bills.filter(pk=bill)
    found: Bill = get_object_or_404(rows.select_related("household__building", "household__stairwell"))
    household: Any = found.household
    debtor = Debtor(found.account_id, household.building.number, household.stairwell.number, household.unit_number)
    return paper_response(bill_notices(rows, [debtor], setting_for(request.user, neighbourhood, "fee_bills")))


# --- Receipts ---------------------------------------------------------------------------------------------


@login_required
@require_GET
def print_receipt(request: SignedInRequest, pk: int, payment: int) -> HttpResponse:
    neighbourhood = _here(request, pk)
    rows = payments_to_read(Payment.objects.visible_to(request.user).filter(neighbourhood=neighbourhood))
    found: Payment = get_object_or_404(rows, pk=payment)
    setting = setting_for(request.user, neighbourhood, "fee_payments")
    return paper_response(receipt_slips([receipt_of(found)], setting))


@login_required
@require_http_methods(["GET", "POST"])
def print_receipts(request: SignedInRequest, pk: int) -> HttpResponse:
    """The receipts of `?from_day=` to `?to_day=`, as the day book has them."""
    neighbourhood = _here(request, pk)
    read = _asked(request, ReceiptsForm, neighbourhood)
    payments = payments_asked(request.user, read.cleaned_data)
    count = payments.count()
    if not count:
        messages.info(request, _("No payment fits."))
        return redirect("fee_payments", pk)
    if request.method == "POST" or count > DIRECTLY:
        return _job(request, "receipt-slips", neighbourhood, read, count)
    parts = receipt_parts(payments, setting_for(request.user, neighbourhood, "fee_payments"))
    return parts_response("receipts", parts, title=_("Receipts"), name=f"receipts-{neighbourhood.code}")


# --- Letters ----------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def print_letters(request: SignedInRequest, pk: int) -> HttpResponse:
    """Letters to all who are narrowed to and owe something overdue. That they were given is recorded where they are
    asked for."""
    neighbourhood = _here(request, pk)
    read = _asked(request, LettersForm, neighbourhood)
    bills = overdue_asked(request.user, read.cleaned_data, timezone.localdate())
    debtors = debtors_of(bills)
    if not debtors:
        messages.info(request, _("Nobody is to be written to."))
        return redirect("fee_arrears", pk)
    if request.method == "POST" or len(debtors) > DIRECTLY:
        return _job(request, "arrears-letters", neighbourhood, read, len(debtors))
    step = read.cleaned_data["step"] or ReminderStep.LETTER
    parts = letter_parts(bills, debtors, step, setting_for(request.user, neighbourhood, "fee_arrears"))
    title = str(ReminderStep(step).label)
    return parts_response("letters", parts, title=title, name=f"{step}-{neighbourhood.code}")
