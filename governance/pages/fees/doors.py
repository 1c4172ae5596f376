"""Visits for arrears, door by door: the building from the front, and the sheet of one door; made for a phone."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.http import SignedInRequest
from common.figures import money_text
from consent.rules.numbers import natural
from governance.choices.fees import VisitOutcome
from governance.pages.fees.arrears_forms import VisitForm
from governance.pages.fees.places import fee_kept_neighbourhood, fee_neighbourhood
from governance.pages.forms import posted, submit
from governance.permissions.fees import debtor_name, may_write_fees, sees_debtors
from governance.reports.fees.arrears import arrears_by_building, overdue_bills
from governance.reports.fees.arrears_doors import LOOKS, ArrearsDoor, doors_of, front_of, may_visit_for
from governance.services.fees.reminders import remind
from renovation.models import Building, Household

SIGNS = [(outcome, LOOKS[outcome], outcome.label) for outcome in VisitOutcome]
"""Each outcome with the sign that it bears on the field page."""


@login_required
@require_GET
def fee_doors(request: SignedInRequest, pk: int) -> HttpResponse:
    """One building from the front (`?building=`, else the first that owes): a tap opens a door that owes."""
    neighbourhood = fee_neighbourhood(request, pk)
    today = timezone.localdate()
    bills = overdue_bills(neighbourhood, today).filter(household__isnull=False)
    lines = sorted(arrears_by_building(bills), key=lambda line: natural(line.number or ""))
    asked = request.GET.get("building", "")
    at_hand = next((line for line in lines if str(line.building) == asked), next(iter(lines), None))
    front = None
    if at_hand is not None and at_hand.building is not None:
        front = front_of(Building.objects.get(pk=at_hand.building), bills, today)
    context = {
        "neighbourhood": neighbourhood,
        "lines": lines,
        "at_hand": at_hand,
        "front": front,
        "following": front.following if front else None,
        "waiting": sum(door.waits for door in front.doors) if front else 0,
        "signs": SIGNS,
        "may": may_write_fees(request.user, neighbourhood),
    }
    return render(request, "governance/fees/doors.html", context)


@login_required
def fee_door(request: SignedInRequest, pk: int, household: int) -> HttpResponse:
    """The sheet of one door. POST records what came of the visit; then comes the next door that waits."""
    neighbourhood = fee_neighbourhood(request, pk)
    if request.method == "POST":
        fee_kept_neighbourhood(request, pk)
    named = sees_debtors(request.user, neighbourhood)
    rows = Household.objects.filter(neighbourhood=neighbourhood).select_related("building", "stairwell")
    found: Household = get_object_or_404(rows, pk=household)
    today = timezone.localdate()
    bills = overdue_bills(neighbourhood, today)
    (door,) = doors_of([found], bills.filter(household=found), today)
    debts = [(debt, _debt_words(debt, named)) for debt in door.debts if may_visit_for(debt, today)]
    form: Any = VisitForm(posted(request), request.FILES or None, debts=debts)
    done, status = submit(form, remind, by=request.user) if debts else (None, 200)
    if done:
        return _to_the_next(request, pk, found)
    context = {
        "neighbourhood": neighbourhood,
        "door": door,
        "household": found,
        "form": form if debts else None,
        "signs": SIGNS,
        "may": may_write_fees(request.user, neighbourhood),
        "named": named,
        "today": today,
    }
    return render(request, "governance/fees/door.html", context, status=status)


def _to_the_next(request: SignedInRequest, pk: int, household: Household) -> HttpResponse:
    messages.success(request, _("%(door)s: the visit is recorded.") % {"door": household.unit_number})
    bills = overdue_bills(household.neighbourhood, timezone.localdate()).filter(household__isnull=False)
    front = front_of(household.building, bills, timezone.localdate())
    following = _after(front.doors, household.pk)
    if following is not None:
        return redirect("fee_door", pk, following.household.pk)
    return redirect(f"{reverse('fee_doors', args=[pk])}?building={household.building_id}")


def _after(doors: Any, household: int) -> ArrearsDoor | None:
    """The next door on the way that waits; past the last one, the first."""
    place = next((place for place, door in enumerate(doors) if door.household.pk == household), -1)
    ahead = [*doors[place + 1 :], *doors[: place + 1]]
    return next((door for door in ahead if door.waits), None)


def _debt_words(debt: Any, named: bool) -> str:
    who = f"{debt.account.get_debtor_kind_display()} {debtor_name(debt.account, named=named)}".strip()
    return f"{who} · {money_text(debt.amount)}"
