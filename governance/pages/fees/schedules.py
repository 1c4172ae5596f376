"""The prices of a neighbourhood, explained in words: for who keeps them, who reads them, and the committee."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.http import SignedInRequest
from governance.models import FeeSchedule
from governance.pages.fees.charge_forms import WHAT, EndForm, ScheduleForm, what_of
from governance.pages.fees.places import fee_kept_neighbourhood, fee_totals_neighbourhood
from governance.pages.forms import posted, submit
from governance.permissions.fees import may_write_fees, reads_bills
from governance.reports.fees.schedules import schedule_lines
from governance.services.fees.schedules import add_schedule, edit_schedule, end_schedule


@login_required
def fee_schedules(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is charged now, from when something else is, and what was charged before."""
    neighbourhood = fee_totals_neighbourhood(request, pk)
    rows = FeeSchedule.objects.filter(neighbourhood=neighbourhood).order_by("kind", "name", "-valid_from", "id")
    lines = schedule_lines(rows, timezone.localdate())
    context = {
        "neighbourhood": neighbourhood,
        "now": [line for line in lines if line.state == "now"],
        "to_come": [line for line in lines if line.state == "to_come"],
        "past": [line for line in lines if line.state == "past"],
        "may": may_write_fees(request.user, neighbourhood),
        "reads_bills": reads_bills(request.user, neighbourhood),
    }
    return render(request, "governance/fees/schedules.html", context)


@login_required
def fee_schedule_new(request: SignedInRequest, pk: int) -> HttpResponse:
    neighbourhood = fee_kept_neighbourhood(request, pk)
    what = request.GET.get("what", "")
    form = ScheduleForm(posted(request), what=what if what in WHAT else "property")
    made, status = submit(form, add_schedule, neighbourhood=neighbourhood, kind=form.kind, by=request.user)
    if made:
        messages.success(request, _("The price is kept."))
        return redirect("fee_schedules", pk)
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "whats": [(key, words, key == form.what) for key, (_kind, words) in WHAT.items()],
    }
    return render(request, "governance/fees/schedule_new.html", context, status=status)


@login_required
def fee_schedule(request: SignedInRequest, pk: int, schedule: int) -> HttpResponse:
    """One price: what it says, its change until it is billed, and its end."""
    neighbourhood = fee_totals_neighbourhood(request, pk)
    if request.method == "POST":
        neighbourhood = fee_kept_neighbourhood(request, pk)
    rows = FeeSchedule.objects.filter(neighbourhood=neighbourhood).select_related("neighbourhood")
    found: FeeSchedule = get_object_or_404(rows, pk=schedule)
    act = request.POST.get("act", "")
    change = ScheduleForm(posted(request) if act == "change" else None, what=what_of(found), schedule=found)
    end = EndForm(posted(request) if act == "end" else None, initial={"last_day": found.valid_to})
    status = 200
    for form, service, words in (
        (change, edit_schedule, _("The price is changed.")),
        (end, end_schedule, _("The price has its last day.")),
    ):
        if form.is_bound:
            made, status = submit(form, service, schedule=found, by=request.user)
            if made:
                messages.success(request, words)
                return redirect("fee_schedule", pk, found.pk)
    context = {
        "neighbourhood": neighbourhood,
        "line": schedule_lines([found], timezone.localdate())[0],
        "schedule": found,
        "may": may_write_fees(request.user, neighbourhood),
        "change": change,
        "end": end,
    }
    return render(request, "governance/fees/schedule.html", context, status=status)
