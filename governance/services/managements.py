"""Who manages a neighbourhood for the long term: agreed on, and ended."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from consent.models import OwnersVote
from governance.choices.bodies import BodyKind, ManagementMode
from governance.errors.bodies import BodyDoesNotManage, ManagedAlready
from governance.models import Body, Management
from governance.rules.bodies import MANAGER, SELF_MANAGERS
from governance.services.bodies import require_standing, require_vote
from governance.services.bodies_evidence import push_manager
from renovation.errors import DayOutOfOrder, ReasonNeeded
from renovation.models import Neighbourhood
from renovation.services.checks import require_here


@transaction.atomic
def agree_management(
    *,
    neighbourhood: Neighbourhood,
    mode: str,
    document: str,
    fee_standard: str,
    starts_on: date,
    ends_on: date | None = None,
    body: Body | None = None,
    vote: OwnersVote | None = None,
    by: User,
    at: datetime | None = None,
) -> Management:
    """Write down who manages from a day on, by contract or by the residents' own decision, and what that costs.

    The day may be to come. Raises OtherNeighbourhood, BodyEnded, BodyDoesNotManage, VoteDoesNotFit (a vote of matter 4
    that passed, if one is named), DayOutOfOrder, or ManagedAlready where another management covers some of the days.
    """
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    require_here(locked, body)
    if body is not None:
        body = Body.objects.select_for_update().get(pk=body.pk)
    _require_manager(mode, body)
    require_vote(locked, vote, MANAGER)
    if ends_on is not None and ends_on < starts_on:
        raise DayOutOfOrder(_("A management ends after it begins."))
    others = locked.managements.exclude(ends_on__lt=starts_on)
    if ends_on is not None:
        others = others.filter(starts_on__lte=ends_on)
    if others.exists():
        raise ManagedAlready(_("Somebody manages on some of these days already. End that first."))
    made = Management.objects.create(
        neighbourhood=locked,
        mode=mode,
        body=body,
        vote=vote,
        document=document,
        fee_standard=fee_standard,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    add_history(made, "management_agreed", by=by, action="created", mode=str(mode), starts_on=starts_on.isoformat())
    push_manager(locked, by, at or timezone.now())
    return made


@transaction.atomic
def end_management(
    *, management: Management, ends_on: date, reason: str, by: User, at: datetime | None = None
) -> Management:
    """Let a management end on a day, past or to come, before the day on which it would have ended.

    Raises ReasonNeeded or DayOutOfOrder (before it begins, or later than it was to end).
    """
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=management.neighbourhood_id)
    locked = Management.objects.select_for_update().get(pk=management.pk)
    locked.neighbourhood = neighbourhood
    if not reason.strip():
        raise ReasonNeeded(_("Write down why the management ends."))
    if ends_on < locked.starts_on or (locked.ends_on is not None and ends_on >= locked.ends_on):
        raise DayOutOfOrder(_("A management ends between its first day and the last one agreed."))
    was = locked.ends_on
    locked.ends_on = ends_on
    locked.save(update_fields=["ends_on"])
    add_history(
        locked,
        "management_ended",
        by=by,
        fields=["ends_on"],
        ends_on=ends_on.isoformat(),
        was=was and was.isoformat(),
        reason=reason.strip(),
    )
    push_manager(neighbourhood, by, at or timezone.now())
    return locked


def _require_manager(mode: str, body: Body | None) -> None:
    """A company manages by contract; residents by a body of theirs, or all together."""
    if mode == ManagementMode.COMPANY and (body is None or body.kind != BodyKind.PROPERTY_COMPANY):
        raise BodyDoesNotManage(_("Name the property company that manages."))
    if mode == ManagementMode.SELF_MANAGEMENT and body is not None and body.kind not in SELF_MANAGERS:
        raise BodyDoesNotManage(_("Residents manage by a committee or a group of their own, or all together."))
    if body is not None:
        require_standing(body)
