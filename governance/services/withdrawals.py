"""Services that government paid for end one by one, on days after handover (policy.md, section e)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.handover import Service, WithdrawalState
from governance.errors.handover import (
    DayNotCome,
    EndsTooEarly,
    NotHandedOver,
    NotReadyToWithdraw,
    ServiceWithdrawn,
    WithdrawalPlanned,
)
from governance.models import ServiceWithdrawal
from governance.reports.handover import READINESS_WORDS, handover_day, is_handed_over
from governance.rules.handover import READINESS, may_end_on, unready
from renovation.errors import ReasonNeeded
from renovation.models import Neighbourhood
from renovation.services.checks import require_day
from renovation.services.works_base import lock_neighbourhood


@transaction.atomic
def plan_withdrawal(
    *,
    neighbourhood: Neighbourhood,
    service: str,
    ends_on: date,
    document: str,
    readiness: Mapping[str, Any] | None = None,
    by: User,
    at: datetime | None = None,
) -> ServiceWithdrawal:
    """Plan the day on which a service ends, by which document, with the answers of the check that are known already.

    Raises NotHandedOver, EndsTooEarly (not after the day of handover), WithdrawalPlanned for a service of which one
    runs already, or DayInFuture for residents told on a day to come.
    """
    locked = lock_neighbourhood(neighbourhood)
    at = at or timezone.now()
    if not is_handed_over(locked):
        raise NotHandedOver(_("Services end after handover: the neighbourhood is not handed over yet."))
    _require_later(locked, ends_on)
    rows = ServiceWithdrawal.objects.filter(neighbourhood=locked, service=service)
    if rows.exclude(state=WithdrawalState.WITHDRAWN).exists():
        raise WithdrawalPlanned(
            _("The end of this service is planned already: %(service)s.") % {"service": Service(service).label}
        )
    made = ServiceWithdrawal.objects.create(
        neighbourhood=locked,
        service=service,
        ends_on=ends_on,
        document=document.strip(),
        readiness=_answers({}, readiness or {}, at),
    )
    add_history(made, "withdrawal_planned", by=by, action="created", service=service, ends_on=ends_on.isoformat())
    return made


@transaction.atomic
def answer_readiness(
    *, withdrawal: ServiceWithdrawal, answers: Mapping[str, Any], by: User, at: datetime | None = None
) -> ServiceWithdrawal:
    """Answer points of the check, those that are given: `taken_over_by` a text, `fee_covers_it` true or false,
    `residents_told_on` a day. Raises ServiceWithdrawn or DayInFuture.
    """
    at = at or timezone.now()
    locked, _neighbourhood = _lock(withdrawal)
    now = _answers(locked.readiness, answers, at)
    if now != locked.readiness:
        locked.readiness = now
        locked.save(update_fields=["readiness"])
        add_history(locked, "withdrawal_checked", by=by, fields=["readiness"], **now)
    return locked


@transaction.atomic
def postpone_withdrawal(
    *,
    withdrawal: ServiceWithdrawal,
    ends_on: date,
    reason: str,
    document: str = "",
    by: User,
    at: datetime | None = None,
) -> ServiceWithdrawal:
    """Put the end of a service off to a later day, and say why. Residents, who were told of the earlier one, are to be
    told anew (policy.md, section h: what changes, starts again).

    Raises ServiceWithdrawn, ReasonNeeded, or EndsTooEarly for a day that is not later than the one it had and today.
    """
    at = at or timezone.now()
    locked, _neighbourhood = _lock(withdrawal)
    if not reason.strip():
        raise ReasonNeeded(_("Write down the reason."))
    after = max(locked.ends_on, timezone.localdate(at))
    if ends_on <= after:
        raise EndsTooEarly(_("Put off, it ends on a later day than before."), after=after.isoformat())
    before, locked.ends_on = locked.ends_on, ends_on
    locked.state, locked.reason = WithdrawalState.POSTPONED, reason.strip()
    locked.document = document.strip() or locked.document
    locked.readiness = {point: value for point, value in locked.readiness.items() if point != "residents_told_on"}
    locked.save(update_fields=["ends_on", "state", "reason", "document", "readiness"])
    add_history(
        locked,
        "withdrawal_postponed",
        by=by,
        fields=["ends_on", "state", "reason", "readiness"],
        before=before.isoformat(),
        to=ends_on.isoformat(),
        reason=locked.reason,
    )
    return locked


@transaction.atomic
def withdraw_service(*, withdrawal: ServiceWithdrawal, by: User, at: datetime | None = None) -> ServiceWithdrawal:
    """Record that a service has ended, once its day has come and every point of the check holds.

    Raises ServiceWithdrawn, DayNotCome, NotHandedOver, or NotReadyToWithdraw with the points that do not hold.
    """
    at = at or timezone.now()
    locked, neighbourhood = _lock(withdrawal)
    if not is_handed_over(neighbourhood):
        raise NotHandedOver(_("Services end after handover: the neighbourhood is not handed over yet."))
    if locked.ends_on > timezone.localdate(at):
        raise DayNotCome(_("The day on which this service ends has not come yet."), ends_on=locked.ends_on.isoformat())
    if unmet := unready(locked.readiness, locked.ends_on):
        raise NotReadyToWithdraw(
            _("The service cannot end while this is open: %(what)s.")
            % {"what": _(", ").join(str(READINESS_WORDS[point]) for point in unmet)},
            unmet=list(unmet),
        )
    locked.state = WithdrawalState.WITHDRAWN
    locked.save(update_fields=["state"])
    add_history(locked, "service_withdrawn", by=by, fields=["state"], service=locked.service)
    return locked


def _lock(withdrawal: ServiceWithdrawal) -> tuple[ServiceWithdrawal, Neighbourhood]:
    """Raises ServiceWithdrawn where it has ended: nothing of it changes."""
    neighbourhood = lock_neighbourhood(withdrawal.neighbourhood)
    locked: ServiceWithdrawal = ServiceWithdrawal.objects.select_for_update().get(pk=withdrawal.pk)
    locked.neighbourhood = neighbourhood
    if locked.state == WithdrawalState.WITHDRAWN:
        raise ServiceWithdrawn(_("This service has ended already."))
    return locked, neighbourhood


def _require_later(neighbourhood: Neighbourhood, ends_on: date) -> None:
    day = handover_day(neighbourhood)
    if day is not None and not may_end_on(ends_on, day):
        raise EndsTooEarly(_("A service ends after the day of handover, not on it."), after=day.isoformat())


def _answers(before: Mapping[str, Any], given: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The answers with those that are given, as JSON; an empty one is taken back."""
    told = {point: value for point, value in given.items() if point in READINESS}
    day = told.get("residents_told_on")
    if isinstance(day, date):
        require_day(day, at)
        told["residents_told_on"] = day.isoformat()
    if isinstance(told.get("taken_over_by"), str):
        told["taken_over_by"] = told["taken_over_by"].strip()
    return {point: value for point, value in {**before, **told}.items() if value not in (None, "")}
