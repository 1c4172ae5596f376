"""Parking: the gate, where a tap lets a vehicle in or out; spaces with whose money they earn; vehicles and passes."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.http import SignedInRequest
from common.errors import DomainError
from common.figures import money_text
from common.keyset import keyset_page
from governance.models import FeeSchedule, ParkingPass, ParkingSession, Vehicle
from governance.pages.fees.parking_forms import EnterForm, LastDayForm, PassForm, PayStayForm, VehicleForm
from governance.pages.fees.places import fee_kept_neighbourhood, fee_neighbourhood
from governance.pages.forms import posted, submit
from governance.permissions.fees import may_write_fees, sees_debtors
from governance.reports.fees.parking import inside_now, spaces_by_ownership, to_pay, vehicles_here
from governance.services.fees.parking import (
    add_vehicle,
    end_pass,
    end_vehicle,
    enter,
    grant_pass,
    leave,
    pay_session,
)
from renovation.models import Neighbourhood, ParkingSpace

UNPAID_SHOWN = 20


@login_required
def fee_parking(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who is inside and what is to be paid at the gate; the spaces. POST lets in (`act` enter), out (leave) or takes
    the money of a stay (pay).
    """
    neighbourhood = fee_neighbourhood(request, pk)
    if request.method == "POST":
        fee_kept_neighbourhood(request, pk)
    act = request.POST.get("act", "")
    form, status = EnterForm(posted(request) if act == "enter" else None), 200
    if form.is_bound:
        made, status = submit(form, enter, neighbourhood=neighbourhood, by=request.user)
        if made:
            session = made[0]
            messages.success(request, _("%(plate)s is inside.") % {"plate": session.plate})
            return redirect("fee_parking", pk)
    elif act in ("leave", "pay"):
        return _at_the_gate(request, neighbourhood, act)
    now = timezone.now()
    unpaid = to_pay(neighbourhood)
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "inside": inside_now(neighbourhood, now),
        "unpaid": unpaid[:UNPAID_SHOWN],
        "unpaid_count": unpaid.count(),
        "methods": PayStayForm().fields["method"].choices,  # type: ignore[attr-defined]
        "spaces": spaces_by_ownership(neighbourhood, timezone.localdate(now)),
        "hourly": FeeSchedule.objects.filter(
            neighbourhood=neighbourhood, basis="per_hour", valid_from__lte=timezone.localdate(now)
        ).order_by("-valid_from")[:1],
        "may": may_write_fees(request.user, neighbourhood),
        "named": sees_debtors(request.user, neighbourhood),
        "now": now,
    }
    return render(request, "governance/fees/parking.html", context, status=status)


@login_required
def fee_vehicles(request: SignedInRequest, pk: int) -> HttpResponse:
    """The vehicles on the list with their passes. POST puts one on it."""
    neighbourhood = fee_neighbourhood(request, pk)
    if request.method == "POST":
        fee_kept_neighbourhood(request, pk)
    form: Any = VehicleForm(posted(request), neighbourhood=neighbourhood)
    made, status = submit(form, add_vehicle, by=request.user)
    if made:
        messages.success(request, _("%(plate)s is on the list.") % {"plate": made.plate})
        return redirect("fee_vehicle", pk, made.pk)
    named = sees_debtors(request.user, neighbourhood)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:12].upper()
    rows = vehicles_here(neighbourhood, timezone.localdate())
    if text and named:
        rows = rows.filter(plate__contains=text)
    context = {
        "neighbourhood": neighbourhood,
        "page": keyset_page(request, rows, key="id"),
        "form": form,
        "text": text,
        "may": may_write_fees(request.user, neighbourhood),
        "named": named,
        "today": timezone.localdate(),
    }
    return render(request, "governance/fees/vehicles.html", context, status=status)


@login_required
def fee_vehicle(request: SignedInRequest, pk: int, vehicle: int) -> HttpResponse:
    """One vehicle: its passes and its last stays. POST grants a pass, ends one, or takes the vehicle off the list."""
    neighbourhood = fee_neighbourhood(request, pk)
    if request.method == "POST":
        fee_kept_neighbourhood(request, pk)
    rows = Vehicle.objects.filter(neighbourhood=neighbourhood)
    found: Vehicle = get_object_or_404(
        rows.select_related("household__building", "household__stairwell", "neighbourhood"), pk=vehicle
    )
    act = request.POST.get("act", "")
    spaces = ParkingSpace.objects.filter(household=found.household_id).order_by("number")
    grant: Any = PassForm(posted(request) if act == "grant" else None, spaces=list(spaces))
    end_car = LastDayForm(posted(request) if act == "end" else None, prefix="car")
    passes = list(ParkingPass.objects.filter(vehicle=found).select_related("space").order_by("-starts_on", "-pk"))
    status = 200
    if grant.is_bound:
        made, status = submit(grant, grant_pass, vehicle=found, by=request.user)
        if made:
            messages.success(request, _("The pass is granted."))
            return redirect("fee_vehicle", pk, vehicle)
    elif end_car.is_bound and end_car.is_valid():
        done = _tried(
            request, lambda: end_vehicle(vehicle=found, ended_on=end_car.cleaned_data["day"], by=request.user)
        )
        if done:
            messages.success(request, _("%(plate)s is off the list.") % {"plate": found.plate})
            return redirect("fee_vehicles", pk)
    elif act == "end_pass":
        last = LastDayForm(request.POST, prefix="pass")
        ending = next((one for one in passes if str(one.pk) == request.POST.get("pass")), None)
        if (
            ending
            and last.is_valid()
            and _tried(
                request, lambda: end_pass(parking_pass=ending, ends_on=last.cleaned_data["day"], by=request.user)
            )
        ):
            messages.success(request, _("The pass ends on that day."))
        return redirect("fee_vehicle", pk, vehicle)
    stays = ParkingSession.objects.filter(neighbourhood=neighbourhood, plate=found.plate)
    context = {
        "neighbourhood": neighbourhood,
        "vehicle": found,
        "passes": passes,
        "grant": grant,
        "end_car": end_car,
        "end_pass": LastDayForm(prefix="pass"),
        "stays": stays.order_by("-entered_at", "pk")[:UNPAID_SHOWN],
        "may": may_write_fees(request.user, neighbourhood) and found.ended_on is None,
        "named": sees_debtors(request.user, neighbourhood),
        "today": timezone.localdate(),
    }
    return render(request, "governance/fees/vehicle.html", context, status=status)


def _at_the_gate(request: SignedInRequest, neighbourhood: Neighbourhood, act: str) -> HttpResponse:
    """A vehicle goes out, or pays: one tap, and what came of it is said."""
    key = request.POST.get("session", "")
    rows = ParkingSession.objects.filter(neighbourhood=neighbourhood)
    session: ParkingSession = get_object_or_404(
        rows, pk=key if key.isascii() and key.isdigit() and len(key) < 19 else 0
    )
    if act == "leave":
        left = _tried(request, lambda: leave(session=session, by=request.user))
        if left:
            said = _("%(plate)s is out: %(amount)s to pay.") if left.bill_id else _("%(plate)s is out: nothing to pay.")
            messages.success(request, said % {"plate": left.plate, "amount": money_text(left.amount)})
    else:
        form = PayStayForm(request.POST)
        paid = form.is_valid() and _tried(
            request, lambda: pay_session(session=session, method=form.cleaned_data["method"], by=request.user)
        )
        if paid:
            messages.success(
                request,
                _("%(plate)s has paid %(amount)s.")
                % {"plate": session.plate, "amount": money_text(paid.payment.amount)},
            )
    return redirect("fee_parking", neighbourhood.pk)


def _tried(request: SignedInRequest, act: Callable[[], Any]) -> Any:
    """What came of an act, or None where it was refused, which is said."""
    try:
        return act()
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return None
