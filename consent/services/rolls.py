"""Amending an open roll: an explicit act with a reason, never a side effect of the roster."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from consent.choices import AmendmentAction
from consent.errors import AlreadyOnRoll, NotOnRoll, ReasonNeeded, SurveyClosed
from consent.models import RollAmendment, RollEntry, Round, Survey
from consent.rules.rounds import next_round
from consent.services import projections
from renovation.models import Household
from renovation.services.lifecycle import set_round_open


@transaction.atomic
def amend_roll(
    *, survey: Survey, household: Household, action: str, reason: str, by: User, at: datetime | None = None
) -> RollAmendment:
    """Add a residential household of the neighbourhood to an open roll, or take one off it.

    One that is added joins the list of the round in hand; where none is open because everybody supported, the next one
    opens for it, as long as there is a next. One that is taken off keeps its visits in the ledger; they
    count for nobody. Raises SurveyClosed, ReasonNeeded, AlreadyOnRoll, NotOnRoll.
    """
    survey = Survey.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=survey.pk)
    at = at or timezone.now()
    # As of a moment, the roll and the ledger must be read together: an amendment is never dated before the last visit.
    if survey.last_recorded_at:
        at = max(at, survey.last_recorded_at)
    if not survey.is_open:
        raise SurveyClosed(_("This survey is already closed; its roll can no longer be amended."))
    if not reason.strip():
        raise ReasonNeeded(_("Write down why the roll is amended."))
    door = RollEntry.objects.filter(survey=survey, household=household).first()
    if action == AmendmentAction.ADD:
        if door is not None and door.on_roll:
            raise AlreadyOnRoll(_("This household is on the roll already."))
        if door is None:
            made = projections.run(projections.FREEZE_ROLL, surveys=[survey.pk], households=[household.pk])
            if not made:
                raise NotOnRoll(
                    _("Only a residential household of this neighbourhood that is not retired can be added.")
                )
            door = RollEntry.objects.get(survey=survey, household=household)
    elif door is None or not door.on_roll:
        raise NotOnRoll(_("This household is not on the roll."))
    door.on_roll = action == AmendmentAction.ADD
    door.save(update_fields=["on_roll"])
    amendment = RollAmendment.objects.create(survey=survey, door=door, action=action, reason=reason, at=at, by=by)
    projections.run(projections.START_STANCES, surveys=[survey.pk], households=[household.pk])
    if action == AmendmentAction.ADD and not survey.has_open_round:
        opened = next_round(survey.rounds.count(), 1)
        if opened is not None:
            Round.objects.create(survey=survey, number=opened, opened_at=at)
            Survey.objects.filter(pk=survey.pk).update(has_open_round=True)
            set_round_open(survey.neighbourhood, True)
    projections.run(projections.LIST_DOORS, surveys=[survey.pk], households=[household.pk])
    projections.run(
        projections.COUNT_ROUNDS,
        projections.DROP_TALLIES,
        projections.COUNT_TALLIES,
        projections.COUNT_ROLL,
        surveys=[survey.pk],
    )
    add_history(survey, f"roll_{action}", by=by, fields=["roll_size"], household=household.pk, reason=reason)
    return amendment
