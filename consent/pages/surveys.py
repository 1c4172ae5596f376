"""Surveys: the list of those in hand, and one with its rounds, its result and how it ends."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.choices import Access, Role
from accounts.http import SignedInRequest
from common.errors import DomainError
from common.keyset import keyset_page
from consent.choices import Commitment, Reason, StanceValue
from consent.models import ConsentPolicy, ReceiptContest, RollEntry, Survey, TreeHead
from consent.pages.charts import TrendChart
from consent.permissions import (
    may_answer_contests,
    may_log_any_visit,
    may_run_survey,
    reads_whole_ledger,
    sees_doors,
    sees_doors_on_reason,
    sees_every_door,
)
from consent.reports.breakdowns import building_rows, concerns_of
from consent.reports.headlines import closed_figures, headlines_of
from consent.reports.outings import handed_waiting
from consent.reports.results import SMALL_GROUP, SurveyResult, result_as_closed, result_of
from consent.reports.trend import thin, trend_of
from consent.rules.results import Figures
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from renovation.models import MenuItem, Neighbourhood

AT_THE_DOORS = (Role.COMMUNITY_STAFF, Role.GRID_WORKER, Role.COMMITTEE_MEMBER)
MOST_IN_HAND = 300
LEFT = ("verbal", "not_yet", "opposes", "no_answer", "declined", "vacant", "not_visited")


class CloseRoundForm(forms.Form):
    """`number` is the round that was on the screen: somebody else may have closed it since."""

    number = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Why doors stay unvisited"), required=False, max_length=500, widget=forms.Textarea
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Both forms stand on one page: their fields must not share an id, or a label points at the other one's.
        super().__init__(*args, **{"auto_id": "round_%s", **kwargs})


class CloseSurveyForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why it is closed now"), required=False, max_length=500, widget=forms.Textarea
    )
    revisit_on = forms.DateField(
        label=gettext_lazy("Look again on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class OpenSurveyForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    closes_on = forms.DateField(
        label=gettext_lazy("Planned to end on"),
        help_text=gettext_lazy("A plan for the team; nothing closes by itself."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


@login_required
def survey_list(request: SignedInRequest) -> HttpResponse:
    surveys = Survey.objects.visible_to(request.user).select_related("neighbourhood__community__parent__parent")
    in_hand = headlines_of(surveys.open().order_by("neighbourhood__code")[:MOST_IN_HAND], RollEntry.objects.all())
    page = keyset_page(request, surveys.filter(closed_at__isnull=False), key="id", size=30, newest_first=True)
    return render(
        request,
        "consent/surveys.html",
        {
            "in_hand": in_hand,
            "open_count": surveys.open().count(),
            "page": page,
            "closed": [(survey, closed_figures(survey)) for survey in page.rows],
            "may_log": request.user.has_role(*AT_THE_DOORS),
        },
    )


@login_required
def survey_page(request: SignedInRequest, pk: int) -> HttpResponse:
    return _show(request, _survey(request, pk))


@login_required
@require_POST
def survey_close_round(request: SignedInRequest, pk: int) -> HttpResponse:
    survey = _survey(request, pk)
    if not may_run_survey(request.user, survey):
        raise PermissionDenied
    form = CloseRoundForm(request.POST)
    if form.is_valid():
        try:
            opened = close_round(survey=survey, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error("reason" if refusal.code == "doors_unvisited" else None, str(refusal))
        else:
            if opened is None:
                messages.success(request, _("The round is closed; no further one opens."))
            else:
                messages.success(
                    request,
                    ngettext(
                        "The round is closed. Round %(number)s has begun with %(doors)s door.",
                        "The round is closed. Round %(number)s has begun with %(doors)s doors.",
                        opened.listed_count,
                    )
                    % {"number": opened.number, "doors": opened.listed_count},
                )
            return redirect("survey", survey.pk)
    return _show(request, survey, round_form=form, status=409)


@login_required
@require_POST
def survey_close(request: SignedInRequest, pk: int) -> HttpResponse:
    survey = _survey(request, pk)
    if not may_run_survey(request.user, survey):
        raise PermissionDenied
    form = CloseSurveyForm(request.POST)
    if form.is_valid():
        try:
            close_survey(survey=survey, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            places = {"reason_needed": "reason", "revisit_needed": "revisit_on"}
            form.add_error(places.get(refusal.code), str(refusal))
        else:
            messages.success(request, _("The survey is closed. Its result stands."))
            return redirect("survey", survey.pk)
    return _show(request, survey, close_form=form, status=409)


@login_required
def survey_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open a survey in a neighbourhood (`pk`): what is frozen is said before it is."""
    neighbourhood = get_object_or_404(Neighbourhood.objects.visible_to(request.user), pk=pk)
    if not may_run_survey(request.user, neighbourhood):
        raise PermissionDenied
    number = Survey.objects.filter(neighbourhood=neighbourhood).count() + 1
    title = _("Renovation survey %(year)s") % {"year": timezone.localdate().year}
    form = OpenSurveyForm(request.POST or None, initial={"title": title})
    if request.method == "POST" and form.is_valid():
        try:
            survey = open_survey(neighbourhood=neighbourhood, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The survey is open. Its roll is frozen and round 1 has begun."))
            return redirect("survey", survey.pk)
    return render(
        request,
        "consent/survey_open.html",
        {
            "neighbourhood": neighbourhood,
            "number": number,
            "form": form,
            "households": neighbourhood.households.current().residential().count(),
            "policy": ConsentPolicy.objects.for_place(neighbourhood.community_code, timezone.localdate()).first(),
        },
        status=409 if form.errors else 200,
    )


def _survey(request: SignedInRequest, pk: int) -> Survey:
    surveys = Survey.objects.visible_to(request.user)
    survey: Survey = get_object_or_404(surveys.select_related("neighbourhood__community__parent__parent"), pk=pk)
    return survey


def _shown_result(survey: Survey) -> tuple[SurveyResult, SurveyResult | None]:
    """The result to show, and for a closed survey the one of now where it has moved since."""
    now = result_of(survey)
    if survey.is_open:
        return now, None
    closed = result_as_closed(survey)
    return closed, now if now.total != closed.total else None


def _show(
    request: SignedInRequest,
    survey: Survey,
    *,
    round_form: CloseRoundForm | None = None,
    close_form: CloseSurveyForm | None = None,
    status: int = 200,
) -> HttpResponse:
    result, moved = _shown_result(survey)
    small_groups = sees_every_door(request.user, survey)
    trend = trend_of(survey)
    in_hand = next((found for found in result.by_round if found.number and found.closed_at is None), None)
    walks = in_hand is not None and may_log_any_visit(request.user, survey)
    orders = MenuItem.objects.filter(edition=survey.menu_edition_id, code__in=list(result.menu_items))
    runs = may_run_survey(request.user, survey)
    answers_contests = may_answer_contests(request.user, survey)
    context: dict[str, Any] = {
        "survey": survey,
        "neighbourhood": survey.neighbourhood,
        "result": result,
        "total": result.total,
        "unmet": result.total.households - result.total.visited,
        "moved": moved,
        "in_hand": in_hand,
        "left_in_round": in_hand.listed - in_hand.visited if in_hand else 0,
        "left": _left(result, {} if moved else concerns_of(survey), small_groups=small_groups),
        "left_total": result.total.households - result.total.supports,
        "buildings": [
            (row, _remaining(row.figures)) for row in building_rows(result.by_building, sees_doors=small_groups)
        ],
        "trend": TrendChart(trend, survey.pass_share, result.by_round),
        "trend_days": thin(trend),
        "commitments": [(choice.label, result.commitments.get(choice.value, 0)) for choice in Commitment],
        "orders": sorted(((item, result.menu_items[item.code]) for item in orders), key=lambda pair: -pair[1]),
        "head": TreeHead.objects.filter(survey=survey).order_by("-size").first(),
        "door_links": sees_doors(request.user, survey) or sees_doors_on_reason(request.user, survey),
        "small_groups": small_groups,
        "may_take_file": not survey.is_open
        and any(reads_whole_ledger(request.user, survey, access) for access in (Access.READ, Access.REASON)),
        "amendment_count": survey.roll_amendments.count(),
        "walks": walks,
        "runs": runs,
        "handed_waiting": handed_waiting(survey, request.user) if runs else 0,
        "answers_contests": answers_contests,
        "contested": ReceiptContest.objects.filter(survey=survey).open().count() if answers_contests else 0,
        "may_close": survey.is_open and runs,
        "round_form": round_form or CloseRoundForm(),
        "close_form": close_form or CloseSurveyForm(),
        "now": timezone.now(),
    }
    return render(request, "consent/survey.html", context, status=status)


def _remaining(figures: Figures | None) -> list[tuple[str, int]]:
    """The doors of a building that do not support yet, in few words: verbal 1, not yet 3."""
    if figures is None:
        return []
    names = {
        "verbal": _("verbal"),
        "not_yet": _("not yet"),
        "opposes": _("opposes"),
        "no_answer": _("no answer"),
        "declined": _("declined"),
        "vacant": _("vacant"),
        "not_visited": _("not visited"),
    }
    counts = {**figures.stances, "verbal": figures.verbal}
    return [(name, counts[look]) for look, name in names.items() if counts.get(look)]


def _left(result: SurveyResult, concerns: Mapping[str, Counter[str]], *, small_groups: bool) -> list[dict[str, Any]]:
    """The doors that do not support yet, by stance, with the reasons they gave; none are said of a small group."""
    reasons = dict(Reason.choices)
    counts = {**result.total.stances, "verbal": result.total.verbal}
    names = {**dict(StanceValue.choices), "verbal": _("Verbal yes, form to follow")}
    return [
        {
            "look": look,
            "name": names[look],
            "households": counts[look],
            "reasons": [
                (reasons.get(code, code), number) for code, number in concerns.get(look, Counter()).most_common()
            ]
            if small_groups or counts[look] >= SMALL_GROUP
            else [],
        }
        for look in LEFT
        if counts.get(look)
    ]
