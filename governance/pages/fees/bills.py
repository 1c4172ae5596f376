"""Bills: the list behind a figure, one bill, and the bills of a building on paper."""

from dataclasses import dataclass, field
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
from common.keyset import keyset_page
from consent.rules.numbers import natural
from governance.choices.fees import BillState
from governance.models import Allocation, Bill
from governance.pages.fees.forms import BillFilter, ReasonForm
from governance.pages.fees.places import fee_kept_neighbourhood, fee_neighbourhood
from governance.pages.forms import posted, submit
from governance.permissions.fees import may_write_fees, sees_debtors
from governance.reports.fees.bills import BillLine, bill_lines
from governance.reports.fees.receipts import manager_of
from governance.services.fees.voiding import reissue_bill, void_bill
from renovation.models import Building, Neighbourhood

PRINTED_AT_ONCE = 400


@dataclass
class Card:
    """The open bills of one debtor, oldest first, each with its lines; `total` is what is to be paid, in yuan."""

    account: Any
    household: Any
    shown: list[tuple[Bill, list[BillLine]]] = field(default_factory=list)
    total: Decimal = Decimal(0)

    def add(self, bill: Bill) -> None:
        self.shown.append((bill, bill_lines(bill)))
        self.total += bill.outstanding


@login_required
def fee_bills(request: SignedInRequest, pk: int) -> HttpResponse:
    """Bills, newest first: narrowed by hand, or to those behind a figure elsewhere."""
    neighbourhood = fee_neighbourhood(request, pk)
    form = BillFilter(request.GET, buildings=_buildings(neighbourhood))
    bills = form.apply(Bill.objects.visible_to(request.user).filter(neighbourhood=neighbourhood))
    page = keyset_page(request, _to_read(bills), key="id", newest_first=True)
    columns = {name: Sum(name) for name in ("amount", "reduction", "settled")}
    found = bills.live().order_by().aggregate(n=Count("pk"), **columns)
    sums = {name: found[name] or Decimal(0) for name in columns}
    sums["open"] = sums["amount"] - sums["reduction"] - sums["settled"]
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "page": page,
        "sums": sums,
        "bill_count": found["n"],
        "period": request.GET.get("period", "")[:7],
        "is_narrowed": any(request.GET.values()),
        "named": sees_debtors(request.user, neighbourhood),
        "today": timezone.localdate(),
    }
    return render(request, "governance/fees/bills.html", context)


@login_required
def fee_bill(request: SignedInRequest, pk: int, bill: int) -> HttpResponse:
    """One bill: how it comes about, what was paid on it; a wrong one is made void, or issued anew."""
    neighbourhood = fee_neighbourhood(request, pk)
    found: Bill = get_object_or_404(
        _to_read(Bill.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)).select_related(
            "account", "household__building", "household__stairwell", "replaces", "replaced_by", "voided_by", "run"
        ),
        pk=bill,
    )
    if request.method == "POST":
        fee_kept_neighbourhood(request, pk)
    act = request.POST.get("act", "")
    void = ReasonForm(posted(request) if act == "void" else None, prefix="void")
    again = ReasonForm(posted(request) if act == "reissue" else None, prefix="again")
    status = 200
    if void.is_bound:
        made, status = submit(void, void_bill, bill=found, by=request.user)
        if made:
            messages.success(request, _("The bill is void. What was paid on it is credit, or settles other bills."))
            return redirect("fee_bill", pk, found.pk)
    if again.is_bound:
        made, status = submit(again, reissue_bill, bill=found, by=request.user)
        if made:
            messages.success(request, _("The bill is issued anew."))
            return redirect("fee_bill", pk, made[0].pk)
    context = {
        "neighbourhood": neighbourhood,
        "bill": found,
        "lines": bill_lines(found),
        "moves": Allocation.objects.filter(bill=found).select_related("payment").order_by("pk"),
        "void": void,
        "again": again,
        "may": found.state != BillState.VOID and may_write_fees(request.user, neighbourhood),
        "named": sees_debtors(request.user, neighbourhood),
        "company": manager_of(neighbourhood, timezone.localdate()),
        "today": timezone.localdate(),
    }
    return render(request, "governance/fees/bill.html", context, status=status)


@login_required
def fee_bills_print(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open bills on paper, a card for each debtor of a building (of all of them, up to a limit), by door."""
    neighbourhood = fee_neighbourhood(request, pk)
    form = BillFilter(request.GET, buildings=_buildings(neighbourhood))
    bills = form.apply(
        Bill.objects.visible_to(request.user).filter(neighbourhood=neighbourhood, household__isnull=False)
    )
    rows = list(_to_read(bills.open()).oldest_first()[: PRINTED_AT_ONCE + 1])
    cards: dict[int, Card] = {}
    for bill in rows[:PRINTED_AT_ONCE]:
        cards.setdefault(bill.account_id, Card(bill.account, bill.household)).add(bill)
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "cards": sorted(cards.values(), key=lambda card: _by_door(card.household)),
        "is_cut": len(rows) > PRINTED_AT_ONCE,
        "named": sees_debtors(request.user, neighbourhood),
        "company": manager_of(neighbourhood, timezone.localdate()),
        "today": timezone.localdate(),
    }
    return render(request, "governance/fees/bills_print.html", context)


def _to_read(bills: Any) -> Any:
    return bills.select_related("account", "household__building", "household__stairwell")


def _by_door(household: Any) -> tuple[Any, ...]:
    return (
        natural(household.building.number),
        natural(household.stairwell.number),
        natural(household.unit_number),
        household.pk,
    )


def _buildings(neighbourhood: Neighbourhood) -> list[tuple[str, str]]:
    rows = Building.objects.filter(neighbourhood=neighbourhood).values_list("pk", "number")
    return [(str(pk), number) for pk, number in sorted(rows, key=lambda row: natural(row[1]))]
