"""Money: taken, receipted, reversed, given back; and the day book."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.http import SignedInRequest
from common.figures import money_text
from common.keyset import keyset_page
from governance.choices.fees import PayMethod
from governance.errors.fees import ReferenceReused
from governance.models import FeeAccount, Payment, PaymentReversal, Refund
from governance.pages.fees.forms import PaymentForm, ReasonForm, RefundForm
from governance.pages.fees.households import fee_household_of
from governance.pages.fees.places import fee_kept_neighbourhood, fee_neighbourhood
from governance.pages.forms import posted, submit
from governance.permissions.fees import may_write_fees, sees_debtors
from governance.reports.fees.bills import bill_lines
from governance.reports.fees.books import taken_today
from governance.reports.fees.households import AccountSheet, account_sheets, spaces_of
from governance.reports.fees.receipts import moves_of, payments_to_read, receipt_of
from governance.rules.fees.periods import add_months, last_day
from governance.services.fees.accounts import debtor_on
from governance.services.fees.payments import Recorded, record_payment
from governance.services.fees.refunds import refund_credit
from governance.services.fees.reversals import reverse_payment

SLIP = "80"
SHOWN = 100


@login_required
def fee_payment_new(request: SignedInRequest, pk: int, household: int) -> HttpResponse:
    """Take a household's money: the amount is what is owed already, and the method cash until another is picked."""
    neighbourhood = fee_kept_neighbourhood(request, pk)
    found = fee_household_of(neighbourhood, household)
    today = timezone.localdate()
    sheets = account_sheets(found)
    owes = debtor_on(found, today)
    sheet, others = _whose(sheets, owes, request.POST.get("account") or request.GET.get("account", ""))
    bills = sheet.open_bills if sheet else []
    outstanding = sheet.outstanding if sheet else Decimal(0)
    form = PaymentForm(posted(request), bills=bills, initial={"amount": outstanding or None})
    account = sheet.account if sheet else None
    recorded, status = submit(form, _record, household=found, account=account, by=request.user)
    if recorded:
        if recorded.created:
            messages.success(request, _("%(amount)s taken.") % {"amount": money_text(recorded.payment.amount)})
        else:
            messages.info(request, _("This payment was taken already: here is its receipt."))
        return redirect("fee_receipt", pk, recorded.payment.pk)
    payments = Payment.objects.visible_to(request.user).filter(household=found)
    context = {
        "neighbourhood": neighbourhood,
        "household": found,
        "sheet": sheet,
        "others": others,
        "owes": owes,
        "bills": bills,
        "outstanding": outstanding,
        "shown": [(bill, bill_lines(bill)) for bill in bills],
        "spaces": spaces_of(found, today),
        "form": form,
        "taken": taken_today(neighbourhood, today),
        "last": payments_to_read(payments).order_by("-pk").first(),
        "today": today,
        "zero": Decimal(0),
    }
    return render(request, "governance/fees/payment_new.html", context, status=status)


def _record(*, paid_at: datetime | None, **told: Any) -> Recorded:
    """Record what a form says. Sent twice without a time, it is the first one's, so that it is one payment."""
    try:
        return record_payment(paid_at=paid_at or timezone.now(), **told)
    except ReferenceReused:
        first = Payment.objects.filter(method=told["method"], reference=told["reference"]).first()
        if paid_at is not None or first is None:
            raise
        return record_payment(paid_at=first.paid_at, **told)


def _whose(sheets: list[AccountSheet], owes: Any, wanted: str) -> tuple[AccountSheet | None, list[AccountSheet]]:
    """The sheet that is paid, and the others that owe: the one asked for, that of who owes today (none yet: its account
    is opened by the payment), or the one that owes most.
    """
    by_key = {str(sheet.account.pk): sheet for sheet in sheets}
    current = next((sheet for sheet in sheets if _is_of(sheet, owes)), None)
    owing = [sheet for sheet in sheets if sheet.outstanding]
    if wanted == "current":
        chosen = current
    elif wanted in by_key:
        chosen = by_key[wanted]
    else:
        chosen = current if current and (current.outstanding or not owing) else next(iter(owing), None)
    return chosen, [sheet for sheet in owing if sheet is not chosen]


def _is_of(sheet: AccountSheet, owes: Any) -> bool:
    return (sheet.account.owner_id, sheet.account.liability_id) == (owes.owner, owes.liability)


@login_required
def fee_receipt(request: SignedInRequest, pk: int, payment: int) -> HttpResponse:
    """A payment's receipt, on A4 or (`?width=80`) on a roll; what became of the money, and its reversal."""
    neighbourhood = fee_neighbourhood(request, pk)
    rows = payments_to_read(Payment.objects.visible_to(request.user).filter(neighbourhood=neighbourhood))
    found: Payment = get_object_or_404(rows, pk=payment)
    if request.method == "POST":
        fee_kept_neighbourhood(request, pk)
    form = ReasonForm(posted(request))
    made, status = submit(form, reverse_payment, payment=found, by=request.user)
    if made:
        messages.success(request, _("The payment is reversed: what it had settled is owed again."))
        return redirect("fee_receipt", pk, found.pk)
    receipt, may = receipt_of(found), may_write_fees(request.user, neighbourhood)
    context = {
        "neighbourhood": neighbourhood,
        "receipt": receipt,
        "payment": found,
        "moves": moves_of(found),
        "form": form,
        "slip": request.GET.get("width") == SLIP,
        "may": may,
        "may_reverse": may and receipt.reversal is None,
        "named": sees_debtors(request.user, neighbourhood),
    }
    return render(request, "governance/fees/receipt.html", context, status=status)


@login_required
def fee_payments(request: SignedInRequest, pk: int) -> HttpResponse:
    """The day book: what came in in a month or on a day, newest first, with its sums by method; and what went back."""
    neighbourhood = fee_neighbourhood(request, pk)
    today = timezone.localdate()
    first, last = _days(request.GET.get("day", ""), request.GET.get("month", ""), today)
    method = request.GET.get("method", "")
    booked = {"booked_on__gte": first, "booked_on__lte": last}
    payments = Payment.objects.visible_to(request.user).filter(neighbourhood=neighbourhood, **booked)
    back = PaymentReversal.objects.visible_to(request.user).filter(payment__neighbourhood=neighbourhood, **booked)
    refunds = Refund.objects.visible_to(request.user).filter(neighbourhood=neighbourhood, **booked)
    shown = payments.filter(method=method) if method in PayMethod.values else payments
    context = {
        "neighbourhood": neighbourhood,
        "page": keyset_page(request, payments_to_read(shown), key="id", newest_first=True),
        "sums": _sums(payments, back, refunds),
        "back": back.select_related(*_doors("payment__household")).order_by("-pk")[:SHOWN],
        "refunds": refunds.select_related("account", *_doors("account__household")).order_by("-pk")[:SHOWN],
        "method": method if method in PayMethod.values else "",
        "methods": PayMethod.choices,
        "first": first,
        "last": last,
        "is_day": first == last,
        "months": [add_months(today.replace(day=1), -number) for number in range(12)],
        "may": may_write_fees(request.user, neighbourhood),
        "named": sees_debtors(request.user, neighbourhood),
        "today": today,
    }
    return render(request, "governance/fees/payments.html", context)


def _doors(path: str) -> tuple[str, str]:
    return f"{path}__building", f"{path}__stairwell"


def _days(day: str, month: str, today: date) -> tuple[date, date]:
    """The day or month that is asked for; this month where neither can be read."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        pass
    else:
        return found, found
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        first = today.replace(day=1)
    return first, last_day(first)


def _sums(payments: Any, back: Any, refunds: Any) -> list[tuple[str, int, Decimal, Decimal, Decimal]]:
    """By method: how many payments, their sum, what was reversed, what was refunded; the last row adds them up. Three
    queries.
    """
    zero = Decimal(0)
    came = {
        row["method"]: row for row in payments.order_by().values("method").annotate(n=Count("pk"), sum=Sum("amount"))
    }
    reversed_ = dict(back.order_by().values_list("payment__method").annotate(sum=Sum("payment__amount")))
    refunded = dict(refunds.order_by().values_list("method").annotate(sum=Sum("amount")))
    rows = []
    for method, name in PayMethod.choices:
        one = came.get(method, {"n": 0, "sum": zero})
        row = (str(name), one["n"], one["sum"], reversed_.get(method, zero), refunded.get(method, zero))
        if any(row[1:]):
            rows.append(row)
    if len(rows) > 1:
        sums = [sum((row[column] for row in rows), zero) for column in (2, 3, 4)]
        rows.append(("", sum(row[1] for row in rows), *sums))
    return rows


@login_required
def fee_refund(request: SignedInRequest, pk: int, account: int) -> HttpResponse:
    """Give credit back to who paid it."""
    neighbourhood = fee_kept_neighbourhood(request, pk)
    rows = FeeAccount.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)
    found: FeeAccount = get_object_or_404(
        rows.select_related("household__building", "household__stairwell"), pk=account
    )
    form = RefundForm(posted(request), initial={"amount": found.credit or None})
    made, status = submit(form, refund_credit, account=found, by=request.user)
    if made:
        messages.success(request, _("%(amount)s given back.") % {"amount": money_text(made.refund.amount)})
        return redirect("fee_household", pk, found.household_id) if found.household_id else redirect("fee_payments", pk)
    context = {"neighbourhood": neighbourhood, "account": found, "form": form}
    return render(request, "governance/fees/refund.html", context, status=status)
