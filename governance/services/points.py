"""Points of party members: rules from a day on, service that is proposed and approved by another, reversals.

Nothing is overwritten: a mistake in points is taken back by a row of its own, with the reason.
"""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.party import ServiceState
from governance.errors.party import (
    MemberNotServing,
    NothingToReverse,
    OwnService,
    RuleEnded,
    RuleNotInForce,
    RuleSetAlready,
    ServiceDecided,
)
from governance.models import PartyMember, PointEntry, PointRule, ServiceRecord
from governance.reports.party import rules_for
from renovation.errors import DayOutOfOrder, ReasonNeeded, SecondPersonNeeded
from renovation.models import Division, Neighbourhood
from renovation.services.checks import require_day


@transaction.atomic
def set_rule(
    *, division: Division, code: str, name: str, points: int, document: str, valid_from: date, by: User
) -> PointRule:
    """Set what a kind of service is worth in a division from a day on; the rule before it ends the day before.

    Raises RuleSetAlready where the division has a rule of this code from that day or a later one.
    """
    locked = Division.objects.select_for_update().get(pk=division.pk)
    rules = PointRule.objects.select_for_update().filter(division=locked, code=code)
    if rules.filter(valid_from__gte=valid_from).exists():
        raise RuleSetAlready(_("This division has a rule of this code from this day or a later one on already."))
    before = rules.filter(valid_to=None).first() or rules.filter(valid_to__gte=valid_from).first()
    if before is not None:
        before.valid_to = valid_from - timedelta(days=1)
        before.save(update_fields=["valid_to"])
        add_history(before, "point_rule_ended", by=by, fields=["valid_to"], valid_to=before.valid_to.isoformat())
    rule = PointRule.objects.create(
        division=locked, code=code, name=name, points=points, document=document, valid_from=valid_from
    )
    add_history(rule, "point_rule_set", by=by, action="created", code=code, points=points, document=document)
    return rule


@transaction.atomic
def end_rule(*, rule: PointRule, valid_to: date, by: User) -> PointRule:
    """Let a rule hold up to a day. Raises RuleEnded where it has an end already, DayOutOfOrder before it begins."""
    locked = PointRule.objects.select_for_update(of=("self",)).select_related("division").get(pk=rule.pk)
    if locked.valid_to is not None:
        raise RuleEnded(_("This rule has an end already."))
    if valid_to < locked.valid_from:
        raise DayOutOfOrder(_("A rule ends after it begins."))
    locked.valid_to = valid_to
    locked.save(update_fields=["valid_to"])
    add_history(locked, "point_rule_ended", by=by, fields=["valid_to"], valid_to=valid_to.isoformat())
    return locked


@transaction.atomic
def propose_service(
    *, member: PartyMember, rule: PointRule, done_on: date, text: str, by: User, at: datetime | None = None
) -> ServiceRecord:
    """Propose what a member did for the points of a rule; it waits for another person.

    Raises DayInFuture, MemberNotServing, or RuleNotInForce where on that day the rule was not the one that holds here.
    """
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=member.neighbourhood_id)
    locked = PartyMember.objects.select_for_update().get(pk=member.pk)
    locked.neighbourhood = neighbourhood
    require_day(done_on, at or timezone.now())
    if done_on < locked.checked_in_on or (locked.ended_on is not None and done_on > locked.ended_on):
        raise MemberNotServing(_("The member did not serve here on this day."))
    if rule.pk not in {held.pk for held in rules_for(neighbourhood, done_on)}:
        raise RuleNotInForce(_("This rule does not hold here on this day."))
    record = ServiceRecord.objects.create(
        member=locked, rule=rule, done_on=done_on, text=text, points=rule.points, proposed_by=by
    )
    add_history(record, "service_proposed", by=by, action="created")
    return record


@transaction.atomic
def approve_service(*, record: ServiceRecord, by: User, note: str = "", at: datetime | None = None) -> ServiceRecord:
    """Approve a service, which earns its points. Raises ServiceDecided, SecondPersonNeeded (who proposed it does not
    decide on it) or OwnService.
    """
    at = at or timezone.now()
    locked = _lock(record)
    _require_judge(locked, by)
    _decide(locked, ServiceState.APPROVED, note, by, at)
    PointEntry.objects.create(record=locked, points=locked.points, at=at, by=by)
    return locked


@transaction.atomic
def reject_service(*, record: ServiceRecord, reason: str, by: User, at: datetime | None = None) -> ServiceRecord:
    """Reject a service, with the reason. Raises ServiceDecided, SecondPersonNeeded, OwnService or ReasonNeeded."""
    locked = _lock(record)
    _require_judge(locked, by)
    if not reason.strip():
        raise ReasonNeeded(_("Write down why it is rejected."))
    _decide(locked, ServiceState.REJECTED, reason.strip(), by, at or timezone.now())
    return locked


@transaction.atomic
def reverse_points(*, record: ServiceRecord, reason: str, by: User, at: datetime | None = None) -> PointEntry:
    """Take back all points of an approved service, once, with the reason; the record stays as it was decided.

    Raises ReasonNeeded, OwnService, or NothingToReverse where it earned none or they were taken back.
    """
    locked = _lock(record)
    if not reason.strip():
        raise ReasonNeeded(_("Write down why the points are taken back."))
    if locked.member.user_id == by.pk:
        raise OwnService(_("Nobody decides on service of their own."))
    if sum(entry.points for entry in locked.entries.all()) <= 0:
        raise NothingToReverse(_("There are no points to take back."))
    entry = PointEntry.objects.create(
        record=locked, points=-locked.points, reason=reason.strip(), at=at or timezone.now(), by=by
    )
    # The record shows what it earns, so whoever holds a copy has to read it anew.
    locked.save(update_fields=[])
    add_history(locked, "points_reversed", by=by, fields=["points_earned"])
    return entry


def _lock(record: ServiceRecord) -> ServiceRecord:
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=record.member.neighbourhood_id)
    locked = ServiceRecord.objects.select_for_update(of=("self",)).select_related("member").get(pk=record.pk)
    locked.member.neighbourhood = neighbourhood
    return locked


def _require_judge(record: ServiceRecord, by: User) -> None:
    if record.state != ServiceState.PROPOSED:
        raise ServiceDecided(_("This service is decided on already."))
    if record.proposed_by_id == by.pk:
        raise SecondPersonNeeded(_("You proposed this service: somebody else must decide on it."))
    if record.member.user_id == by.pk:
        raise OwnService(_("Nobody decides on service of their own."))


def _decide(record: ServiceRecord, state: ServiceState, decision: str, by: User, at: datetime) -> None:
    record.state, record.decision, record.decided_at, record.decided_by = state, decision, at, by
    record.save(update_fields=["state", "decision", "decided_at", "decided_by"])
    add_history(record, f"service_{state}", by=by, fields=["state"])
