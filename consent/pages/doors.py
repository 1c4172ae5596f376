"""What every figure of a survey is made of: its doors, and the ledger of its visits."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from accounts.choices import Access
from accounts.http import SignedInRequest
from accounts.services.history import add_history
from common.errors import DomainError
from common.keyset import keyset_page
from consent.choices import Given, Outcome, Party, StanceValue
from consent.models import Survey
from consent.permissions import may_log_any_visit, reads_whole_ledger, sees_doors, sees_doors_on_reason
from consent.rules.numbers import natural
from consent.services.survey_export import survey_file


class DoorFilter(forms.Form):
    """What the doors are narrowed to. A value that is none of the choices narrows nothing."""

    building = forms.ChoiceField(label=_("Building"), required=False)
    stance = forms.ChoiceField(label=_("Answer"), required=False, choices=[("", _("All")), *StanceValue.choices])
    given = forms.ChoiceField(label=_("Given"), required=False, choices=[("", _("All")), *Given.choices])
    counts = forms.ChoiceField(
        label=_("Counts as support"), required=False, choices=[("", _("All")), ("yes", _("Yes")), ("no", _("No"))]
    )
    round = forms.ChoiceField(
        label=_("On the list of round"), required=False, choices=[("", _("All")), ("1", "1"), ("2", "2"), ("3", "3")]
    )

    def __init__(self, *args: Any, buildings: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["building"].choices = [("", _("All")), *buildings]  # type: ignore[attr-defined]

    def apply(self, doors: QuerySet[Any]) -> QuerySet[Any]:
        self.is_valid()
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        if building := wanted.get("building"):
            doors = doors.filter(building=building)
        if stance := wanted.get("stance"):
            doors = doors.filter(stance__value=stance)
        if given := wanted.get("given"):
            doors = doors.filter(stance__given=given)
        if counts := wanted.get("counts"):
            doors = doors.filter(stance__counts=counts == "yes")
        if number := wanted.get("round"):
            doors = doors.listed_in(int(number))  # type: ignore[attr-defined]
        return doors


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why you need to see the doors"), max_length=200)


@login_required
def survey_doors(request: SignedInRequest, pk: int) -> HttpResponse:
    survey = _survey(request, pk)
    if (asked := ask_for_reason(request, survey)) is not None:
        return asked
    seen = survey.doors.visible_to(request.user, on_reason=has_given_reason(request, survey)).on_roll()
    buildings = sorted(
        set(seen.values_list("building_id", "building__number").order_by()), key=lambda pair: natural(pair[1])
    )
    form = DoorFilter(request.GET or None, buildings=buildings)
    doors = form.apply(seen) if form.is_bound else seen
    page = keyset_page(request, doors.select_related("building", "stance__visit"), key="id", size=60)
    return render(
        request,
        "consent/doors.html",
        {
            "survey": survey,
            "form": form,
            "page": page,
            "total": doors.count(),
            "is_narrowed": any(request.GET.values()),
            "walks": survey.is_open and may_log_any_visit(request.user, survey),
        },
    )


@login_required
def survey_ledger(request: SignedInRequest, pk: int) -> HttpResponse:
    survey = _survey(request, pk)
    if (asked := ask_for_reason(request, survey)) is not None:
        return asked
    visits = survey.visits.visible_to(request.user, on_reason=has_given_reason(request, survey))
    page = keyset_page(
        request,
        visits.select_related("door__building", "recorded_by", "supersedes"),
        key="sequence",
        size=100,
    )
    parties = dict(Party.choices)
    for visit in page.rows:
        visit.stood_there = [parties.get(who, who) for who in visit.party]
    return render(
        request,
        "consent/ledger.html",
        {"survey": survey, "page": page, "outcomes": Outcome, "hidden": survey.tree_size - visits.count()},
    )


@login_required
def survey_file_download(request: SignedInRequest, pk: int) -> HttpResponse:
    """The signed file of a closed survey, which anybody can check with docs/ledger.md alone."""
    survey = _survey(request, pk)
    if not reads_whole_ledger(request.user, survey, Access.READ):
        if not reads_whole_ledger(request.user, survey, Access.REASON):
            raise PermissionDenied
        if (asked := ask_for_reason(request, survey)) is not None:
            return asked
    try:
        content = survey_file(survey=survey)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("survey", survey.pk)
    headers = {"Content-Disposition": f'attachment; filename="survey-{survey.pk}.json"', "Cache-Control": "private"}
    return HttpResponse(content, content_type="application/json", headers=headers)


def ask_for_reason(request: SignedInRequest, survey: Survey) -> HttpResponse | None:
    """The page that asks why, for who may see doors only on a stated reason; None once it is stated.

    The reason holds for this survey in this session and stands in the history. Who may see no door at all is refused.
    """
    if sees_doors(request.user, survey):
        return None
    if not sees_doors_on_reason(request.user, survey):
        raise PermissionDenied
    if has_given_reason(request, survey):
        return None
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        add_history(survey, "doors_read", by=request.user, action=None, reason=form.cleaned_data["reason"])
        request.session[_reason_key(survey)] = form.cleaned_data["reason"]
        return redirect(request.get_full_path())
    return render(request, "consent/reason.html", {"survey": survey, "form": form}, status=400 if form.errors else 200)


def _reason_key(survey: Survey) -> str:
    return f"reason-for-doors-{survey.pk}"


def has_given_reason(request: SignedInRequest, survey: Survey) -> bool:
    """Whether a reason for this survey's doors was stated in this session."""
    return _reason_key(survey) in request.session


def _survey(request: SignedInRequest, pk: int) -> Survey:
    surveys = Survey.objects.visible_to(request.user).select_related("neighbourhood")
    survey: Survey = get_object_or_404(surveys, pk=pk)
    return survey
