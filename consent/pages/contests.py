"""Answers that households contest by their receipts: community staff read them and settle each."""

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
from common.keyset import keyset_page
from consent.choices import ContestState
from consent.models import ReceiptContest, Survey
from consent.permissions import may_answer_contests
from consent.reports.contests import correction_of
from consent.services.contests import answer_contest, phone_of

MOST_OPEN = 50
ANSWERED_AT_ONCE = 30


class AnswerForm(forms.Form):
    contest = forms.IntegerField(widget=forms.HiddenInput)
    state = forms.ChoiceField(
        label=gettext_lazy("What came of it"),
        choices=[
            (ContestState.CORRECTED, ContestState.CORRECTED.label),
            (ContestState.STANDS, ContestState.STANDS.label),
        ],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=gettext_lazy("Answer to the household"),
        help_text=gettext_lazy("It stands at the public check, for whoever has the code. Name nobody in it."),
        max_length=1000,
        widget=forms.Textarea,
    )


@login_required
def survey_contests(request: SignedInRequest, pk: int) -> HttpResponse:
    surveys = Survey.objects.visible_to(request.user).select_related("neighbourhood")
    survey: Survey = get_object_or_404(surveys, pk=pk)
    if not may_answer_contests(request.user, survey):
        raise PermissionDenied
    contests = ReceiptContest.objects.visible_to(request.user).filter(survey=survey)
    refused: AnswerForm | None = None
    number = 0
    if request.method == "POST":
        given = request.POST.get("contest", "")
        number = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
        contest: ReceiptContest = get_object_or_404(
            contests.select_related("survey__neighbourhood", "visit"), pk=number
        )
        refused = _form(number, request.POST)
        if refused.is_valid() and _answered(request, contest, refused):
            return redirect("survey_contests", survey.pk)
    doors = contests.select_related("visit__door__building", "answered_by", "correction")
    waiting = list(doors.open().order_by("id")[:MOST_OPEN])
    page = keyset_page(
        request, doors.exclude(state=ContestState.OPEN), key="id", size=ANSWERED_AT_ONCE, newest_first=True
    )
    shown = [
        {
            "contest": found,
            "phone": phone_of(found),
            "correction": correction_of(found),
            "form": refused if refused is not None and found.pk == number else _form(found.pk),
        }
        for found in waiting
    ]
    late = refused if refused is not None and number not in {found.pk for found in waiting} else None
    context: dict[str, Any] = {
        "survey": survey,
        "waiting": shown,
        "waiting_count": contests.open().count(),
        "late": late,
        "page": page,
    }
    return render(request, "consent/contests.html", context, status=409 if refused is not None else 200)


def _answered(request: SignedInRequest, contest: ReceiptContest, form: AnswerForm) -> bool:
    """Settle it as the form says; what stands against it is said on the form."""
    try:
        answer_contest(
            contest=contest, state=form.cleaned_data["state"], answer=form.cleaned_data["answer"], by=request.user
        )
    except DomainError as refusal:
        form.add_error("state" if refusal.code == "not_corrected" else None, str(refusal))
        return False
    messages.success(request, _("The answer stands at the public check now. The phone number is erased."))
    return True


def _form(contest: int, data: Any = None) -> AnswerForm:
    # Several forms stand on one page: each field has an id of its own, or a label points at another one's.
    return AnswerForm(data, initial={"contest": contest}, auto_id=f"contest-{contest}-%s")
