"""Asking the residents what they think of the works: opening, answers from paper or other systems, closing
(workflow.md, State 13; policy.md, section j).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from renovation.errors import AnswerRefused, EvaluationClosed, EvaluationOpen, NobodyToAsk
from renovation.models import Evaluation, EvaluationAnswer, Household, Neighbourhood
from renovation.reports.evaluation_words import words_of_refusal
from renovation.reports.evaluations import households_asked, households_to_ask, result_now
from renovation.rules.evaluations import (
    EVALUATED_FROM,
    AnswerInput,
    Question,
    Refusal,
    Situation,
    refusals,
)
from renovation.services.evidence import push_evidence
from renovation.services.works_base import lock_neighbourhood, require_stage

SHARE_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class AnswerTaken:
    """What became of one answer: `recorded`, `duplicate` of one recorded earlier, or `rejected` with its refusals."""

    client_id: UUID
    status: str
    answer: EvaluationAnswer | None = None
    refusals: Sequence[Refusal] = ()


@transaction.atomic
def open_evaluation(
    *,
    neighbourhood: Neighbourhood,
    title: str,
    questions: Sequence[Question],
    minimum_share: Decimal,
    by: User,
    at: datetime | None = None,
) -> Evaluation:
    """Ask the homes of a neighbourhood, from acceptance on. How many they are is fixed now.

    `minimum_share` is the share of households, above 0 and up to 1, that must answer for the evaluation to count.
    Raises WrongStage, EvaluationOpen where one is open already, and NobodyToAsk.
    """
    locked = lock_neighbourhood(neighbourhood)
    require_stage(locked, EVALUATED_FROM)
    earlier = Evaluation.objects.filter(neighbourhood=locked)
    if earlier.filter(closed_at=None).exists():
        raise EvaluationOpen(_("An evaluation is open here already. Close it before you open another one."))
    household_count = households_to_ask(locked).current().count()
    if household_count == 0:
        raise NobodyToAsk(_("There is no home on the roster whose household could be asked."))
    at = at or timezone.now()
    evaluation = Evaluation.objects.create(
        neighbourhood=locked,
        number=(earlier.aggregate(last=Max("number"))["last"] or 0) + 1,
        title=title,
        questions=[{"code": question.code, "text": question.text} for question in questions],
        minimum_share=minimum_share.quantize(SHARE_STEP),
        household_count=household_count,
        opened_at=at,
        opened_by=by,
    )
    add_history(
        evaluation,
        "evaluation_opened",
        by=by,
        action="created",
        households=household_count,
        minimum_share=str(evaluation.minimum_share),
    )
    _tell(evaluation, by, at)
    return evaluation


def record_answer(
    *,
    evaluation: Evaluation,
    client_id: UUID,
    household: Household,
    respondent: str,
    scores: Mapping[str, int],
    note: str = "",
    answered_on: date,
    by: User,
    at: datetime | None = None,
) -> EvaluationAnswer:
    """Record one respondent's sheet, once for each `client_id`: the same again gives the answer that is there.

    Raises AnswerRefused with the code of the first thing that stands against it.
    """
    sent = AnswerInput(
        client_id=client_id,
        household=household.pk,
        respondent=respondent,
        scores=scores,
        note=note.strip(),
        answered_on=answered_on,
    )
    (taken,) = record_answers(evaluation=evaluation, answers=[sent], by=by, at=at)
    if taken.answer is None:
        first = taken.refusals[0]
        raise AnswerRefused(words_of_refusal(first), first.code)
    return taken.answer


@transaction.atomic
def record_answers(
    *, evaluation: Evaluation, answers: Sequence[AnswerInput], by: User, at: datetime | None = None
) -> Sequence[AnswerTaken]:
    """Take a batch of answers, in order, each exactly once; what is refused stops no other. The same number of
    statements for one and for many.
    """
    neighbourhood = lock_neighbourhood(evaluation.neighbourhood)
    locked: Evaluation = Evaluation.objects.select_for_update().get(pk=evaluation.pk)
    locked.neighbourhood = neighbourhood
    at = at or timezone.now()
    known = {
        row.client_id: row
        for row in EvaluationAnswer.objects.filter(client_id__in={answer.client_id for answer in answers})
    }
    asked = set(
        households_asked(locked).filter(pk__in={answer.household for answer in answers}).values_list("pk", flat=True)
    )
    codes = {question["code"] for question in locked.questions}
    taken: list[AnswerTaken] = []
    made: list[EvaluationAnswer] = []
    for answer in answers:
        if (earlier := known.get(answer.client_id)) is not None:
            taken.append(_repeated(answer, earlier, locked))
            continue
        situation = Situation(
            is_open=locked.is_open,
            is_asked=answer.household in asked,
            questions=codes,
            opened_on=timezone.localdate(locked.opened_at),
            today=timezone.localdate(at),
        )
        if found := refusals(answer, situation):
            taken.append(AnswerTaken(answer.client_id, "rejected", refusals=found))
            continue
        row = known[answer.client_id] = _row(answer, locked, by, at)
        made.append(row)
        taken.append(AnswerTaken(answer.client_id, "recorded", row))
    if made:
        EvaluationAnswer.objects.bulk_create(made)
        locked.save(update_fields=["updated_at"])
        add_history(locked, "answers_recorded", by=by, fields=["answers"], answers=len(made))
        _tell(locked, by, at)
    return taken


@transaction.atomic
def close_evaluation(*, evaluation: Evaluation, by: User, at: datetime | None = None) -> Evaluation:
    """Fix the result, also where too few have answered: it says so then, and another evaluation may be opened.

    Raises EvaluationClosed when somebody was first.
    """
    neighbourhood = lock_neighbourhood(evaluation.neighbourhood)
    locked: Evaluation = Evaluation.objects.select_for_update().get(pk=evaluation.pk)
    locked.neighbourhood = neighbourhood
    if not locked.is_open:
        raise EvaluationClosed(_("The evaluation is closed and its result is fixed."))
    at = at or timezone.now()
    result = result_now(locked)
    locked.closed_at, locked.closed_by, locked.result = at, by, result.as_json()
    locked.save(update_fields=["closed_at", "closed_by", "result"])
    add_history(
        locked,
        "evaluation_closed",
        by=by,
        fields=["closed_at", "closed_by", "result"],
        households=result.households,
        household_count=result.household_count,
        respondents=result.respondents,
        minimum_met=result.minimum_met,
    )
    _tell(locked, by, at)
    return locked


def _row(answer: AnswerInput, evaluation: Evaluation, by: User, at: datetime) -> EvaluationAnswer:
    return EvaluationAnswer(
        evaluation=evaluation,
        client_id=answer.client_id,
        household_id=answer.household,
        respondent=answer.respondent,
        scores=dict(answer.scores),
        note=answer.note,
        answered_on=answer.answered_on,
        recorded_at=at,
        recorded_by=by,
    )


def _repeated(answer: AnswerInput, earlier: EvaluationAnswer, evaluation: Evaluation) -> AnswerTaken:
    """The first answer again, if it is the same sheet; another one under its id is refused."""
    same = (
        earlier.evaluation_id == evaluation.pk
        and earlier.household_id == answer.household
        and earlier.respondent == answer.respondent
        and earlier.scores == dict(answer.scores)
        and earlier.note == answer.note
        and earlier.answered_on == answer.answered_on
    )
    if same:
        return AnswerTaken(answer.client_id, "duplicate", earlier)
    return AnswerTaken(answer.client_id, "rejected", refusals=[Refusal("client_id_reused")])


def _tell(evaluation: Evaluation, by: User, at: datetime) -> None:
    """What the guards of `evaluated` read; `respondents` there are households, as the guard counts them."""
    answered = EvaluationAnswer.objects.filter(evaluation=evaluation).values("household").distinct().count()
    push_evidence(
        neighbourhood=evaluation.neighbourhood,
        kind="evaluation",
        facts={
            "closed": not evaluation.is_open,
            "household_count": evaluation.household_count,
            "respondents": answered,
            "minimum_share": str(evaluation.minimum_share),
        },
        source=("evaluations", evaluation.pk),
        by=by,
        at=at,
    )
