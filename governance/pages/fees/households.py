"""Households: found by door or name, and one with its account."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.http import SignedInRequest
from common.keyset import keyset_page
from governance.models import Payment
from governance.pages.fees.places import fee_neighbourhood
from governance.permissions.fees import may_write_fees, sees_debtors
from governance.reports.fees.bills import bill_lines
from governance.reports.fees.channels import providers_here
from governance.reports.fees.households import account_sheets, find_households, spaces_of, standings
from governance.reports.fees.receipts import payments_to_read
from governance.services.fees.accounts import debtor_on
from renovation.models import Household, Neighbourhood


@login_required
def fee_households(request: SignedInRequest, pk: int) -> HttpResponse:
    """The households of a neighbourhood with what they owe; one that alone fits a search is opened at once, to take its
    money with `?pay=1`.
    """
    neighbourhood = fee_neighbourhood(request, pk)
    may, named = may_write_fees(request.user, neighbourhood), sees_debtors(request.user, neighbourhood)
    text = request.GET.get("q", "")[:80]
    page = keyset_page(request, find_households(neighbourhood, text, named=named), key="id")
    if text.strip() and len(page.rows) == 1 and not page.previous_url:
        to_pay = may and request.GET.get("pay")
        return redirect("fee_payment_new" if to_pay else "fee_household", pk, page.rows[0].pk)
    standing = standings(page.rows)
    context = {
        "neighbourhood": neighbourhood,
        "page": page,
        "lines": [(household, standing[household.pk]) for household in page.rows],
        "text": text,
        "pays": bool(request.GET.get("pay")),
        "may": may,
        "named": named,
    }
    return render(request, "governance/fees/households.html", context)


@login_required
def fee_household(request: SignedInRequest, pk: int, household: int) -> HttpResponse:
    """A household's fees as accounts: what is open, and all that happened, for each who owes or owed."""
    neighbourhood = fee_neighbourhood(request, pk)
    found = fee_household_of(neighbourhood, household)
    today = timezone.localdate()
    sheets = account_sheets(found)
    payments = Payment.objects.visible_to(request.user).filter(household=found)
    context: dict[str, Any] = {
        "neighbourhood": neighbourhood,
        "household": found,
        "sheets": sheets,
        "overdue": sum(sheet.overdue(today) for sheet in sheets),
        "outstanding": sum(sheet.outstanding for sheet in sheets),
        "credit": sum(sheet.account.credit for sheet in sheets),
        "owes": debtor_on(found, today),
        "spaces": spaces_of(found, today),
        "last": payments_to_read(payments).order_by("-pk").first(),
        "shown": [(bill, bill_lines(bill)) for sheet in sheets for bill in sheet.open_bills],
        "providers": providers_here(neighbourhood),
        "may": may_write_fees(request.user, neighbourhood),
        "named": sees_debtors(request.user, neighbourhood),
        "today": today,
    }
    return render(request, "governance/fees/household.html", context)


def fee_household_of(neighbourhood: Neighbourhood, pk: int) -> Household:
    rows = Household.objects.filter(neighbourhood=neighbourhood).select_related("building", "stairwell")
    found: Household = get_object_or_404(rows, pk=pk)
    return found
