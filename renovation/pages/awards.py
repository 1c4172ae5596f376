"""The tranches of an award in place of subsidy, step by step."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from common.errors import DomainError
from renovation.choices import AwardState, FundingKind
from renovation.models import AwardStep, AwardTranche, FundingEntry
from renovation.pages.money import source_of
from renovation.pages.money_forms import AmountField
from renovation.pages.places import planned_neighbourhood
from renovation.rules.awards import next_state, waits_for_handover
from renovation.services.awards import add_tranche, advance_tranche

ACTS = {
    AwardState.ELIGIBLE: gettext_lazy("Declare it eligible"),
    AwardState.APPROVED: gettext_lazy("Approve it"),
    AwardState.PAID: gettext_lazy("Record that it is paid"),
}
"""What is done to a tranche so that it comes into a state."""


class TrancheForm(forms.Form):
    amount = AmountField()


class AdvanceForm(forms.Form):
    """The step that the page showed: where somebody was first, it does not lead there any more."""

    to = forms.ChoiceField(choices=AwardState.choices, widget=forms.HiddenInput)
    document = forms.CharField(label=gettext_lazy("Document number"), max_length=120)


@login_required
def money_tranche_new(request: SignedInRequest, pk: int, source: int) -> HttpResponse:
    """Plan a further tranche of an award."""
    neighbourhood = planned_neighbourhood(request, pk)
    found = source_of(request, neighbourhood, source)
    if found.kind != FundingKind.AWARD:
        raise Http404
    if not may_write(request.user, Act.PLANS, found):
        raise PermissionDenied
    form = TrancheForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            made = add_tranche(source=found, amount=form.cleaned_data["amount"], by=request.user)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Tranche %(number)s is planned.") % {"number": made.number})
            return redirect("money_tranche", pk, made.pk)
    if form.errors and status == 200:
        status = 400
    context = {"neighbourhood": neighbourhood, "source": found, "form": form}
    return render(request, "renovation/money_tranche_new.html", context, status=status)


@login_required
def money_tranche(request: SignedInRequest, pk: int, tranche: int) -> HttpResponse:
    """A tranche with its steps; POST takes the next one, by which document."""
    neighbourhood = planned_neighbourhood(request, pk)
    seen = AwardTranche.objects.visible_to(request.user).filter(source__neighbourhood=neighbourhood)
    found = get_object_or_404(seen.select_related("source__neighbourhood"), pk=tranche)
    may = may_write(request.user, Act.PLANS, found)
    if request.method == "POST" and not may:
        raise PermissionDenied
    following = next_state(found.state)
    form = AdvanceForm(request.POST or None, initial={"to": following})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            advance_tranche(tranche=found, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("The tranche has taken its step."))
            return redirect("money_tranche", pk, found.pk)
    if form.errors and status == 200:
        status = 400
    steps = {step.to_state: step for step in AwardStep.objects.filter(tranche=found).select_related("by")}
    reached = list(AwardState).index(AwardState(found.state))
    context = {
        "neighbourhood": neighbourhood,
        "tranche": found,
        "source": found.source,
        "steps": [
            (state, steps.get(state.value), "done" if place < reached else "now" if place == reached else "later")
            for place, state in enumerate(AwardState)
        ],
        "following": following,
        "act": ACTS[AwardState(following)] if following else "",
        "waits": waits_for_handover(found.state, neighbourhood.stage),
        "receipt": FundingEntry.objects.filter(tranche=found, reverses=None).select_related("reversed_by").first(),
        "form": form if may and following else None,
    }
    return render(request, "renovation/money_tranche.html", context, status=status)
