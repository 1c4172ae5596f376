"""Opening and closing a survey."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from consent.choices import Verdict
from consent.errors import (
    EmptyRoll,
    NoMenu,
    NoPolicy,
    ReasonNeeded,
    RevisitNeeded,
    SurveyClosed,
    SurveyOpen,
    WrongStage,
)
from consent.models import ConsentPolicy, Round, Survey
from consent.reports.results import SurveyResult, result_of
from consent.rules.merkle import EMPTY_ROOT
from consent.services import projections
from consent.services.signing import publish_head
from renovation.choices import EvidenceKind, Stage
from renovation.models import MenuEdition, Neighbourhood
from renovation.rules.lifecycle import SURVEY_OPENS_FROM
from renovation.services.lifecycle import add_evidence, move_stage, set_round_open

TAKEN_UP_LATE = (Stage.REGISTERED, Stage.ASSESSED, Stage.MOBILISING)
"""Stages from which a survey is opened as well: a city that takes up Gongdi in the middle of its programme registers
neighbourhoods that were assessed and organised long ago. Pages offer it from `SURVEY_OPENS_FROM` only, and the stage
change tells what was passed over."""


@transaction.atomic
def open_survey(
    *, neighbourhood: Neighbourhood, title: str, closes_on: date | None, by: User, at: datetime | None = None
) -> Survey:
    """Open a survey with its first round; freeze its roll (the residential households), policy and menu.

    Raises WrongStage, SurveyOpen, NoPolicy, NoMenu or EmptyRoll. A fresh ledger each time: an earlier survey stays
    readable as it was.
    """
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    at = at or timezone.now()
    day = timezone.localdate(at)
    if Survey.objects.filter(neighbourhood=neighbourhood).open().exists():
        raise SurveyOpen(_("A survey is open here already. Close it before you open another one."))
    if neighbourhood.stage not in (*SURVEY_OPENS_FROM, *TAKEN_UP_LATE):
        raise WrongStage(
            _("A survey can be opened only before the neighbourhood is ready; it is at “%(stage)s”.")
            % {"stage": neighbourhood.get_stage_display()}
        )
    policy = ConsentPolicy.objects.for_place(neighbourhood.community_code, day).first()
    if policy is None:
        raise NoPolicy(_("No consent policy is in force here. The district or the city must enter one first."))
    menu = MenuEdition.objects.filter(valid_from__lte=day).order_by("-valid_from").first()
    if menu is None:
        raise NoMenu(_("No menu of works is in force. The city must load one first."))
    survey = Survey.objects.create(
        neighbourhood=neighbourhood,
        community_code=neighbourhood.community_code,
        number=1 + (Survey.objects.filter(neighbourhood=neighbourhood).count()),
        title=title,
        opened_at=at,
        opened_by=by,
        closes_on=closes_on,
        policy=policy,
        pass_share=policy.pass_share,
        count_vacant=policy.count_vacant,
        count_verbal=policy.count_verbal,
        menu_edition=menu,
        roll_size=0,
        root_hash=EMPTY_ROOT,
    )
    survey.roll_size = projections.run(projections.FREEZE_ROLL, surveys=[survey.pk])
    if not survey.roll_size:
        raise EmptyRoll(_("No residential household is on the roster. Import the roster first."))
    survey.save(update_fields=["roll_size"])
    Round.objects.create(survey=survey, number=1, opened_at=at)
    set_round_open(neighbourhood, True)
    projections.run(
        projections.START_STANCES,
        projections.LIST_DOORS,
        projections.COUNT_ROUNDS,
        projections.COUNT_TALLIES,
        surveys=[survey.pk],
    )
    move_stage(
        neighbourhood=neighbourhood,
        to=Stage.CONSENTING,
        by=by,
        at=at,
        figures={"survey": survey.pk, "households": survey.roll_size, "pass_share": str(survey.pass_share)},
    )
    add_history(
        survey,
        "survey_opened",
        by=by,
        action="created",
        households=survey.roll_size,
        policy=policy.pk,
        pass_share=str(policy.pass_share),
    )
    return survey


@transaction.atomic
def close_survey(
    *, survey: Survey, by: User, reason: str = "", revisit_on: date | None = None, at: datetime | None = None
) -> SurveyResult:
    """Close a survey in any round: fix its result, publish the ledger's head, push the evidence, move the stage.

    A failed one defers the neighbourhood and needs both a reason and a day to look again, after today. Raises
    SurveyClosed when somebody was first, ReasonNeeded or RevisitNeeded.
    """
    survey = Survey.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=survey.pk)
    if not survey.is_open:
        raise SurveyClosed(_("This survey is already closed."))
    # The clock of another server may lag: what was counted is never dated after the closing.
    seen = [
        survey.last_recorded_at,
        survey.roll_amendments.aggregate(last=Max("at"))["last"],
        survey.photos.aggregate(last=Max("recorded_at"))["last"],
    ]
    at = max(at or timezone.now(), survey.opened_at, *filter(None, seen))
    result = result_of(survey)
    passed = result.passes
    if not passed and not reason.strip():
        raise ReasonNeeded(_("The survey has not passed. Write down why it is closed now."))
    if not passed and (revisit_on is None or revisit_on <= timezone.localdate(at)):
        raise RevisitNeeded(_("The survey has not passed. Give a day after today on which to look again."))
    survey.rounds.filter(closed_at=None).update(closed_at=at, closed_by=by, close_reason=reason)
    survey.has_open_round = False
    set_round_open(survey.neighbourhood, False)
    survey.closed_at, survey.closed_by, survey.close_reason = at, by, reason
    survey.revisit_on = None if passed else revisit_on
    survey.verdict = Verdict.PASSED if passed else Verdict.FAILED
    result = result_of(survey)
    survey.result = result.as_json()
    survey.save()
    head = publish_head(survey, at)
    figures = {
        **result.headline(),
        "survey": survey.pk,
        "tree_size": survey.tree_size,
        "root_hash": bytes(head.root_hash).hex(),
    }
    # A late answer to an earlier survey pushes its rate under this lock too (support_rates).
    Neighbourhood.objects.select_for_update().get(pk=survey.neighbourhood_id)
    for kind in (EvidenceKind.SURVEY_RESULT, EvidenceKind.SUPPORT_RATE):
        add_evidence(neighbourhood=survey.neighbourhood, kind=kind, facts=figures, by=by, at=at)
    move_stage(
        neighbourhood=survey.neighbourhood,
        to=Stage.CONSENTED if passed else Stage.DEFERRED,
        by=by,
        at=at,
        reason=reason,
        figures=figures,
    )
    add_history(survey, "survey_closed", by=by, fields=["closed_at", "verdict", "result"], **figures)
    return result
