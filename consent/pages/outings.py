"""The board that the community supervises a survey's doors from."""

from collections.abc import Sequence
from datetime import date, timedelta

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.validators import MinValueValidator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.http import SignedInRequest
from consent.choices import Party
from consent.models import Survey, Visit
from consent.permissions import may_log_any_visit, may_run_survey
from consent.reports.outings import RunRow, board_of
from consent.rules.outings import ALIKE, TOO_FAST

EARLIEST = date(2000, 1, 1)
SHOWN = 6
"""Doors of a run that are named at once; the others unfold."""


class DayForm(forms.Form):
    """The day to look at; left out, it is today."""

    day = forms.DateField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        validators=[MinValueValidator(EARLIEST, _("This is too long ago."))],
    )

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"] or timezone.localdate()
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day has not come yet."))
        return day


@login_required
def survey_outings(request: SignedInRequest, pk: int) -> HttpResponse:
    surveys = Survey.objects.visible_to(request.user).select_related("neighbourhood")
    survey: Survey = get_object_or_404(surveys, pk=pk)
    if not may_run_survey(request.user, survey):
        raise PermissionDenied
    today = timezone.localdate()
    form = DayForm(request.GET or None, initial={"day": today})
    day: date = form.cleaned_data["day"] if form.is_valid() else today
    board = board_of(survey, day, request.user)
    parties = dict(Party.choices)
    last_day = timezone.localdate(survey.last_recorded_at) if survey.last_recorded_at else None
    return render(
        request,
        "consent/outings.html",
        {
            "survey": survey,
            "form": form,
            "board": board,
            "outings": [(row, [parties.get(who, who) for who in row.outing.party]) for row in board.outings],
            "is_today": day == today,
            "day_before": day - timedelta(days=1) if day > EARLIEST else None,
            "day_after": day + timedelta(days=1) if day < today else None,
            "last_day": last_day,
            "last_url": f"?day={last_day.isoformat()}" if last_day and last_day != day else "",
            "walks": survey.is_open and may_log_any_visit(request.user, survey),
            "fast": [_unfolding(row) for row in board.fast],
            "alike": [_unfolding(row) for row in board.alike],
            "too_fast_seconds": int(TOO_FAST.total_seconds()),
            "alike_doors": ALIKE,
            "now": timezone.now(),
        },
        status=400 if form.errors else 200,
    )


def _unfolding(row: RunRow) -> tuple[RunRow, Sequence[Visit], Sequence[Visit]]:
    """The row, the visits that are named at once, and those that unfold."""
    return row, row.visits[:SHOWN], row.visits[SHOWN:]
