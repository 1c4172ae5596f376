"""Amending the roll of an open survey: an explicit act, with a reason, that everybody can read later."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.http import SignedInRequest
from common.errors import DomainError
from consent.choices import AmendmentAction
from consent.models import Survey
from consent.permissions import may_run_survey, sees_doors
from consent.rules.numbers import natural
from consent.services.rolls import amend_roll
from renovation.models import Household


class AmendForm(forms.Form):
    """Which household is put on the roll or taken off it: the choice says both."""

    change = forms.ChoiceField(label=gettext_lazy("Household"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea)

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        on_roll = set(survey.doors.on_roll().values_list("household", flat=True))
        households = sorted(
            survey.neighbourhood.households.residential().select_related("building", "stairwell"),
            key=lambda one: (natural(one.building.number), natural(one.stairwell.number), natural(one.unit_number)),
        )
        outside = [one for one in households if one.pk not in on_roll and one.retired_at is None]
        inside = [one for one in households if one.pk in on_roll]
        fields: dict[str, Any] = self.fields
        fields["change"].choices = [
            ("", _("Choose a household")),
            (_("Put on the roll"), [(f"{AmendmentAction.ADD}-{one.pk}", door_name(one)) for one in outside]),
            (_("Take off the roll"), [(f"{AmendmentAction.REMOVE}-{one.pk}", door_name(one)) for one in inside]),
        ]
        self.outside_count = len(outside)

    def amendment(self) -> dict[str, Any]:
        action, _dash, household = self.cleaned_data["change"].partition("-")
        return {
            "action": action,
            "household": Household.objects.get(pk=household),
            "reason": self.cleaned_data["reason"],
        }


def door_name(household: Household) -> str:
    return _("Building %(building)s · Stairwell %(stairwell)s · %(unit)s") % {
        "building": household.building.number,
        "stairwell": household.stairwell.number,
        "unit": household.unit_number,
    }


@login_required
def survey_roll(request: SignedInRequest, pk: int) -> HttpResponse:
    surveys = Survey.objects.visible_to(request.user).select_related("neighbourhood")
    survey: Survey = get_object_or_404(surveys, pk=pk)
    may_amend = survey.is_open and may_run_survey(request.user, survey)
    if not sees_doors(request.user, survey) or (request.method == "POST" and not may_amend):
        raise PermissionDenied
    form = AmendForm(request.POST or None, survey=survey) if may_amend else None
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            amend_roll(survey=survey, by=request.user, **form.amendment())
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The roll is amended; the denominator has moved with it."))
            return redirect("survey_roll", survey.pk)
    amendments = survey.roll_amendments.filter(door__in=survey.doors.visible_to(request.user))
    return render(
        request,
        "consent/roll.html",
        {
            "survey": survey,
            "form": form,
            "amendments": amendments.select_related("door__building", "by").order_by("-pk"),
        },
        status=409 if form is not None and form.errors else 200,
    )
