"""Services that government paid for: planning their end, the readiness check, and ending them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from common.errors import DomainError
from governance.choices.handover import Service, WithdrawalState
from governance.models import ServiceWithdrawal
from governance.pages.forms import posted, submit
from governance.pages.handover_forms import PostponeForm, ReadinessForm, WithdrawalForm
from governance.pages.places import governed_neighbourhood, kept_neighbourhood
from governance.reports.handover import handover_day, is_handed_over, management_on, withdrawal_line
from governance.services.withdrawals import answer_readiness, plan_withdrawal, postpone_withdrawal, withdraw_service


@login_required
def service_withdrawal_new(request: SignedInRequest, pk: int) -> HttpResponse:
    neighbourhood = kept_neighbourhood(request, pk)
    running = ServiceWithdrawal.objects.filter(neighbourhood=neighbourhood).exclude(state=WithdrawalState.WITHDRAWN)
    taken = set(running.values_list("service", flat=True))
    services = [service for service in Service.values if service not in taken]
    form = WithdrawalForm(posted(request), services=services)
    made, status = submit(form, plan_withdrawal, neighbourhood=neighbourhood, by=request.user)
    if made:
        messages.success(request, _("The end of the service is planned."))
        return redirect("service_withdrawal", pk, made.pk)
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "services": services,
        "handed_over": is_handed_over(neighbourhood),
        "handover_on": handover_day(neighbourhood),
    }
    return render(request, "governance/service_withdrawal_new.html", context, status=status)


@login_required
def service_withdrawal(request: SignedInRequest, pk: int, withdrawal: int) -> HttpResponse:
    """One service: the check, putting its end off, and its end on its day."""
    neighbourhood = governed_neighbourhood(request, pk)
    if request.method == "POST":
        neighbourhood = kept_neighbourhood(request, pk)
    rows = ServiceWithdrawal.objects.filter(neighbourhood=neighbourhood).select_related("neighbourhood")
    found: ServiceWithdrawal = get_object_or_404(rows, pk=withdrawal)
    act = request.POST.get("act", "")
    check = ReadinessForm(posted(request) if act == "check" else None, initial=found.readiness)
    later = PostponeForm(posted(request) if act == "postpone" else None)
    status = 200
    if act == "withdraw":
        try:
            withdraw_service(withdrawal=found, by=request.user)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The service has ended."))
        return redirect("service_withdrawal", pk, found.pk)
    for form, service, words in (
        (check, answer_readiness, _("The check is kept.")),
        (later, postpone_withdrawal, _("The end of the service is put off.")),
    ):
        if form.is_bound:
            made, status = submit(form, service, withdrawal=found, by=request.user)
            if made:
                messages.success(request, words)
                return redirect("service_withdrawal", pk, found.pk)
    line = withdrawal_line(found, timezone.localdate())
    context = {
        "neighbourhood": neighbourhood,
        "line": line,
        "withdrawal": found,
        "may": may_write(request.user, Act.BODIES, neighbourhood) and not line.is_over,
        "check": check,
        "later": later,
        "handed_over": is_handed_over(neighbourhood),
        "management": management_on(neighbourhood, found.ends_on),
    }
    return render(request, "governance/service_withdrawal.html", context, status=status)
