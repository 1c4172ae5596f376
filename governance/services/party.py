"""Party members on duty: their double check-in, the buildings they answer for, and what they report.

Membership is sensitive: the history, which many read, says what was done and never who a member is.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.party import CheckIn
from governance.errors.party import (
    AreaEnded,
    AreaGivenAlready,
    MemberEnded,
    MemberKnown,
    MemberNotServing,
    NoPartyBody,
    OtherBuilding,
    OwnService,
    PeriodNotBegun,
    PeriodUnreadable,
    WorkUnitNeeded,
)
from governance.models import Body, MemberReport, PartyMember, ResponsibilityArea
from governance.rules.bodies import PARTY
from governance.rules.party import first_day_of, last_day_of
from governance.services.boards import erase_photos
from renovation.errors import DayOutOfOrder
from renovation.models import Building, Neighbourhood, Stairwell
from renovation.services.checks import require_day, require_here


@transaction.atomic
def check_in_member(
    *,
    neighbourhood: Neighbourhood,
    name: str,
    check_in: CheckIn | str,
    checked_in_on: date,
    work_unit: str = "",
    body: Body | None = None,
    phone: str = "",
    user: User | None = None,
    by: User,
    at: datetime | None = None,
) -> PartyMember:
    """Write down that a member reported here for duty, through the work unit or where the member lives.

    Raises DayInFuture, WorkUnitNeeded, OtherNeighbourhood, NoPartyBody or MemberKnown (the same name, work unit and
    phone serve already).
    """
    at = at or timezone.now()
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    require_day(checked_in_on, at)
    told = {"name": name, "check_in": str(check_in), "work_unit": work_unit, "body": body, "phone": phone, "user": user}
    member = PartyMember(neighbourhood=locked, checked_in_on=checked_in_on, **told)
    _require_whole(member)
    member.save()
    add_history(member, "member_checked_in", by=by, action="created", check_in=member.check_in)
    return member


@transaction.atomic
def describe_member(*, member: PartyMember, by: User, **values: Any) -> PartyMember:
    """Write what is known of a serving member anew: name, check_in, work_unit, body, phone or user.

    Raises MemberEnded, WorkUnitNeeded, OtherNeighbourhood, NoPartyBody, MemberKnown, or OwnService for who takes off
    an account of their own, by which they could not decide on their service.
    """
    locked, _neighbourhood = _lock(member)
    _require_serving(locked)
    changed = sorted(name for name, value in values.items() if getattr(locked, name) != value)
    if not changed:
        return locked
    if "user" in changed and locked.user_id == by.pk:
        raise OwnService(_("This is your own account, so that you do not decide on your service: ask somebody else."))
    for name in changed:
        setattr(locked, name, values[name])
    _require_whole(locked)
    locked.save(update_fields=changed)
    add_history(locked, "member_described", by=by, fields=changed)
    return locked


@transaction.atomic
def end_member(*, member: PartyMember, ended_on: date, by: User, at: datetime | None = None) -> PartyMember:
    """The member serves here up to that day; so do the areas that are still open. Raises MemberEnded, DayInFuture, or
    DayOutOfOrder before the check-in or before an area began.
    """
    locked, _neighbourhood = _lock(member)
    _require_serving(locked)
    require_day(ended_on, at or timezone.now())
    areas = list(locked.areas.select_for_update().filter(ends_on=None).order_by("pk"))
    if ended_on < max([locked.checked_in_on, *(area.starts_on for area in areas)]):
        raise DayOutOfOrder(_("This day lies before the check-in, or before an area that was given."))
    for area in areas:
        area.member = locked
        _end(area, ended_on, by)
    locked.ended_on = ended_on
    locked.save(update_fields=["ended_on"])
    add_history(locked, "member_ended", by=by, fields=["ended_on"], ended_on=ended_on.isoformat())
    return locked


@transaction.atomic
def give_area(
    *,
    member: PartyMember,
    building: Building,
    duty: str,
    starts_on: date,
    stairwell: Stairwell | None = None,
    shown_with_consent_on: date | None = None,
    by: User,
    at: datetime | None = None,
) -> ResponsibilityArea:
    """Give a member a building, or one stairwell of it, to answer for.

    Raises MemberEnded, OtherNeighbourhood, OtherBuilding, DayInFuture, DayOutOfOrder (before the check-in) or
    AreaGivenAlready.
    """
    at = at or timezone.now()
    locked, neighbourhood = _lock(member)
    _require_serving(locked)
    require_here(neighbourhood, building)
    if stairwell is not None and stairwell.building_id != building.pk:
        raise OtherBuilding(_("This stairwell belongs to another building."))
    for day in (starts_on, shown_with_consent_on):
        if day is not None:
            require_day(day, at)
    if starts_on < locked.checked_in_on:
        raise DayOutOfOrder(_("Nobody answers for an area before the check-in."))
    if locked.areas.filter(building=building, stairwell=stairwell, ends_on=None).exists():
        raise AreaGivenAlready(_("This member answers for this area already."))
    area = ResponsibilityArea.objects.create(
        member=locked,
        building=building,
        stairwell=stairwell,
        duty=duty,
        starts_on=starts_on,
        shown_with_consent_on=shown_with_consent_on,
    )
    add_history(area, "area_given", by=by, action="created", shown=shown_with_consent_on is not None)
    return area


@transaction.atomic
def show_area(
    *, area: ResponsibilityArea, consents_on: date | None, by: User, at: datetime | None = None
) -> ResponsibilityArea:
    """Write down that the member consents to be shown at the door, since a day; None takes it back, and photos of the
    boards there are erased.

    As it is already: nothing is done. Raises AreaEnded or DayInFuture.
    """
    locked = _lock_area(area)
    if consents_on is not None:
        require_day(consents_on, at or timezone.now())
    if locked.shown_with_consent_on == consents_on:
        return locked
    locked.shown_with_consent_on = consents_on
    locked.save(update_fields=["shown_with_consent_on"])
    if consents_on is None:
        erase_photos(building=locked.building, stairwell=locked.stairwell, by=by)
    act = "area_shown" if consents_on else "area_hidden"
    add_history(locked, act, by=by, fields=["shown_with_consent_on"])
    return locked


@transaction.atomic
def end_area(*, area: ResponsibilityArea, ends_on: date, by: User, at: datetime | None = None) -> ResponsibilityArea:
    """The member answers for it up to that day. Raises AreaEnded, DayInFuture or DayOutOfOrder."""
    locked = _lock_area(area)
    require_day(ends_on, at or timezone.now())
    if ends_on < locked.starts_on:
        raise DayOutOfOrder(_("An area ends after it was given."))
    _end(locked, ends_on, by)
    return locked


@transaction.atomic
def hand_in_report(
    *,
    neighbourhood: Neighbourhood,
    period: str,
    reported_on: date,
    text: str,
    member: PartyMember | None = None,
    work_unit: str = "",
    by: User,
    at: datetime | None = None,
) -> MemberReport:
    """Keep what a member reported for a half-year, or a work unit for a year. The latest of a period counts.

    Raises DayInFuture, OtherNeighbourhood, WorkUnitNeeded (neither or both were named), PeriodUnreadable,
    PeriodNotBegun, or MemberNotServing where the member had left before the period or came after it.
    """
    at = at or timezone.now()
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    require_day(reported_on, at)
    require_here(locked, member)
    if (member is None) == (work_unit == ""):
        raise WorkUnitNeeded(_("A report is a member's or a work unit's: name one of them."))
    first = first_day_of(period, of_member=member is not None)
    if first is None:
        raise PeriodUnreadable(
            _("A member reports for a half-year, as 2026-H1; a work unit for a year, as 2026."), period=period
        )
    if first > reported_on:
        raise PeriodNotBegun(_("This period has not begun yet."))
    if member is not None:
        _require_served(PartyMember.objects.select_for_update().get(pk=member.pk), period)
    report = MemberReport.objects.create(
        neighbourhood=locked,
        member=member,
        work_unit=work_unit,
        period=period,
        reported_on=reported_on,
        text=text,
        at=at,
        by=by,
    )
    add_history(report, "member_reported", by=by, action="created", period=period)
    return report


def _lock(member: PartyMember) -> tuple[PartyMember, Neighbourhood]:
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=member.neighbourhood_id)
    locked = PartyMember.objects.select_for_update().get(pk=member.pk)
    locked.neighbourhood = neighbourhood
    return locked, neighbourhood


def _lock_area(area: ResponsibilityArea) -> ResponsibilityArea:
    member, _neighbourhood = _lock(area.member)
    locked = ResponsibilityArea.objects.select_for_update().get(pk=area.pk)
    locked.member = member
    if locked.ends_on is not None:
        raise AreaEnded(_("This area has ended already."))
    return locked


def _require_serving(member: PartyMember) -> None:
    if member.ended_on is not None:
        raise MemberEnded(_("This member no longer serves here."))


def _require_served(member: PartyMember, period: str) -> None:
    first, last = first_day_of(period, of_member=True), last_day_of(period, of_member=True)
    left = member.ended_on is not None and first is not None and member.ended_on < first
    if left or (last is not None and member.checked_in_on > last):
        raise MemberNotServing(_("The member did not serve here in this period."))


def _require_whole(member: PartyMember) -> None:
    """What holds for a member as it is about to be saved."""
    if member.check_in == CheckIn.UNIT and not member.work_unit:
        raise WorkUnitNeeded(_("Who checks in through the work unit names it."))
    if member.body is not None:
        require_here(member.neighbourhood, member.body)
        if member.body.kind not in PARTY or member.body.ended_on is not None:
            raise NoPartyBody(_("A member belongs to a party branch or group that is in being."))
    twins = PartyMember.objects.filter(
        neighbourhood=member.neighbourhood,
        name=member.name,
        work_unit=member.work_unit,
        phone=member.phone,
        ended_on=None,
    )
    if twins.exclude(pk=member.pk).exists():
        raise MemberKnown(_("A member of this name, work unit and phone serves here already."))


def _end(area: ResponsibilityArea, ends_on: date, by: User) -> None:
    if area.shown_with_consent_on is not None:
        erase_photos(building=area.building, stairwell=area.stairwell, by=by)
    area.ends_on = ends_on
    area.save(update_fields=["ends_on"])
    add_history(area, "area_ended", by=by, fields=["ends_on"], ends_on=ends_on.isoformat())
