"""Residents' evaluation: how many have answered, what they say, and the sheets that community staff enter."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from common.errors import DomainError
from common.figures import count_text
from common.keyset import keyset_page
from renovation.choices import Rater
from renovation.models import Building, Evaluation, EvaluationAnswer, Household, Neighbourhood
from renovation.pages.evaluation_forms import AnswerForm, OpenEvaluationForm
from renovation.pages.places import evaluated_neighbourhood
from renovation.reports.evaluations import (
    answers_by_building,
    evaluation_to_show,
    questions_of,
    result_to_show,
    sees_doors,
)
from renovation.rules.evaluations import EVALUATED_FROM, SCORES, EvaluationResult, Scores, cut_text
from renovation.services.evaluations import close_evaluation, open_evaluation, record_answer

SHEETS_SHOWN = 50


@dataclass(frozen=True)
class ScoresTold:
    """The scores of one question as a page says them; the best first. `is_shown` is False where too few answered."""

    name: str
    scores: Scores | None
    bars: Sequence[tuple[int, int]] = ()
    mean: str = ""

    @property
    def is_shown(self) -> bool:
        return self.scores is not None


@dataclass(frozen=True)
class QuestionTold:
    code: str
    whole: ScoresTold
    groups: Sequence[ScoresTold]


def _told(name: str, scores: Scores | None) -> ScoresTold:
    if scores is None:
        return ScoresTold(name, None)
    bars = sorted(zip(SCORES, scores.counts, strict=True), reverse=True)
    return ScoresTold(name, scores, bars, cut_text(scores.mean, 2) or "")


def questions_told(result: EvaluationResult) -> list[QuestionTold]:
    """Each question with its scores, of all and by who answered."""
    return [
        QuestionTold(
            each.question.code,
            _told(each.question.text, each.scores),
            [_told(str(Rater(who).label), scores) for who, scores in each.by_respondent.items()],
        )
        for each in result.questions
    ]


def heading_of(shown: Evaluation, result: EvaluationResult) -> str:
    """How things stand, and what the reader has to do about it."""
    if shown.is_open and result.missing:
        said = ngettext("%(count)s more household must answer", "%(count)s more households must answer", result.missing)
        return said % {"count": count_text(result.missing)}
    if shown.is_open:
        return _("Enough households have answered")
    if not result.minimum_met:
        return _("Too few households answered")
    said = ngettext(
        "%(count)s household has judged the works", "%(count)s households have judged the works", result.households
    )
    return said % {"count": count_text(result.households)}


@login_required
def evaluation(request: SignedInRequest, pk: int) -> HttpResponse:
    """The evaluation in hand, or the last one. POST opens one, records a sheet, or closes it."""
    neighbourhood = evaluated_neighbourhood(request, pk)
    shown = evaluation_to_show(neighbourhood)
    may = may_write(request.user, Act.EVALUATIONS, neighbourhood)
    if request.method != "POST":
        return _show(request, neighbourhood, shown, may=may)
    if not may:
        raise PermissionDenied
    match request.POST.get("act"):
        case "open":
            return _open(request, neighbourhood, shown)
        case "answer" if shown is not None:
            return _answer(request, neighbourhood, shown)
        case "close" if shown is not None:
            return _close(request, neighbourhood, shown)
        case _:
            raise BadRequest("act")


@login_required
def evaluation_result(request: SignedInRequest, pk: int, evaluation: int) -> HttpResponse:
    """One evaluation of a neighbourhood by itself, also an earlier one."""
    neighbourhood = evaluated_neighbourhood(request, pk)
    shown = get_object_or_404(Evaluation, pk=evaluation, neighbourhood=neighbourhood)
    return _show(request, neighbourhood, shown, may=False)


@login_required
def evaluation_answers(request: SignedInRequest, pk: int, evaluation: int) -> HttpResponse:
    """The sheets behind the figures, the latest first, for who records them; with `building`, those of one."""
    neighbourhood = evaluated_neighbourhood(request, pk)
    shown = get_object_or_404(Evaluation, pk=evaluation, neighbourhood=neighbourhood)
    if not may_write(request.user, Act.EVALUATIONS, neighbourhood):
        raise PermissionDenied
    rows = EvaluationAnswer.objects.visible_to(request.user).filter(evaluation=shown)
    building = _building_of(neighbourhood, request.GET.get("building", ""))
    if building is not None:
        rows = rows.filter(household__building=building)
    page = keyset_page(
        request,
        rows.select_related("household__building", "household__stairwell", "recorded_by"),
        key="id",
        size=SHEETS_SHOWN,
        newest_first=True,
    )
    questions = questions_of(shown)
    context = {
        "neighbourhood": neighbourhood,
        "evaluation": shown,
        "building": building,
        "count": rows.count(),
        "questions": questions,
        "sheets": [(row, [(each, row.scores.get(each.code)) for each in questions]) for row in page.rows],
        "page": page,
    }
    return render(request, "renovation/evaluation_answers.html", context)


def _open(request: SignedInRequest, neighbourhood: Neighbourhood, shown: Evaluation | None) -> HttpResponse:
    form = OpenEvaluationForm(request.POST, neighbourhood=neighbourhood)
    status = 400
    if form.is_valid():
        try:
            made = open_evaluation(
                neighbourhood=neighbourhood,
                title=form.cleaned_data["title"],
                questions=form.cleaned_data["questions"],
                minimum_share=form.minimum_share,
                by=request.user,
            )
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            said = ngettext(
                "The evaluation is open: %(count)s household is asked.",
                "The evaluation is open: %(count)s households are asked.",
                made.household_count,
            )
            messages.success(request, said % {"count": count_text(made.household_count)})
            return redirect("evaluation", neighbourhood.pk)
    return _show(request, neighbourhood, shown, may=True, open_form=form, status=status)


def _answer(request: SignedInRequest, neighbourhood: Neighbourhood, shown: Evaluation) -> HttpResponse:
    form = AnswerForm(request.POST, evaluation=shown)
    status = 400
    if form.is_valid():
        values = form.cleaned_data
        try:
            record_answer(
                evaluation=shown,
                client_id=values["client_id"],
                household=values["household"],
                respondent=values["respondent"],
                scores=form.scores,
                note=values["note"],
                answered_on=values["answered_on"],
                by=request.user,
            )
        except DomainError as refusal:
            form.add_error("answered_on" if refusal.code.startswith("day_") else None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _recorded(values["household"]))
            # The address leads to the field where the next sheet begins, so the browser puts the cursor there.
            same_pile = {"building": values["building"].pk, "on": values["answered_on"].isoformat()}
            return redirect(f"{reverse('evaluation', args=[neighbourhood.pk])}?{urlencode(same_pile)}#id_door")
    return _show(request, neighbourhood, shown, may=True, answer_form=form, status=status)


def _recorded(household: Household) -> str:
    place = {
        "building": household.building.number,
        "stairwell": household.stairwell.number,
        "unit": household.unit_number,
    }
    return _("The sheet of building %(building)s, stairwell %(stairwell)s, %(unit)s is recorded.") % place


def _close(request: SignedInRequest, neighbourhood: Neighbourhood, shown: Evaluation) -> HttpResponse:
    try:
        closed = close_evaluation(evaluation=shown, by=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return _show(request, neighbourhood, shown, may=True, status=refusal.status)
    if closed.result and closed.result["minimum_met"]:
        messages.success(request, _("The evaluation is closed and its result is fixed."))
    else:
        messages.warning(
            request, _("The evaluation is closed with too few answers: it does not count. You can open another one.")
        )
    return redirect("evaluation", neighbourhood.pk)


def _show(
    request: SignedInRequest,
    neighbourhood: Neighbourhood,
    shown: Evaluation | None,
    *,
    may: bool,
    open_form: OpenEvaluationForm | None = None,
    answer_form: AnswerForm | None = None,
    status: int = 200,
) -> HttpResponse:
    may_ask = neighbourhood.stage in EVALUATED_FROM
    earlier = Evaluation.objects.filter(neighbourhood=neighbourhood).order_by("-number")
    context: dict[str, Any] = {
        "neighbourhood": neighbourhood,
        "evaluation": shown,
        "may_write": may_write(request.user, Act.EVALUATIONS, neighbourhood),
        "may_ask": may_ask,
        "others": [other for other in earlier if shown is None or other.pk != shown.pk],
    }
    if shown is not None:
        shown.neighbourhood = neighbourhood
        result = result_to_show(shown, request.user)
        context |= {
            "result": result,
            "questions": questions_told(result),
            "by_respondent": [(Rater(who).label, number) for who, number in result.by_respondent.items()],
            "heading": heading_of(shown, result),
            "buildings": answers_by_building(shown) if sees_doors(request.user, neighbourhood) else [],
        }
    if may and shown is not None and shown.is_open:
        context["answer_form"] = answer_form or AnswerForm(evaluation=shown, initial=_same_pile(request.GET, shown))
    elif may and (may_ask or open_form):
        context["open_form"] = open_form or OpenEvaluationForm(neighbourhood=neighbourhood)
    return render(request, "renovation/evaluation.html", context, status=status)


def _same_pile(query: QueryDict, shown: Evaluation) -> dict[str, Any]:
    """Sheets come in piles: the next one begins with the building and the day of the last."""
    pile: dict[str, Any] = {}
    day = query.get("on", "")
    if (building := _building_of(shown.neighbourhood, query.get("building", ""))) is not None:
        pile["building"] = building.pk
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day):
        pile["answered_on"] = day
    return pile


def _building_of(neighbourhood: Neighbourhood, number: str) -> Building | None:
    """A building of the neighbourhood by the id in an address; None where it names none."""
    if not re.fullmatch(r"[0-9]{1,18}", number):
        return None
    found: Building | None = Building.objects.filter(pk=number, neighbourhood=neighbourhood).first()
    return found
