"""Who belongs to a body, in which role, from when to when."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from governance.errors.bodies import HeadThere, MemberAlready, MembershipEnded, RoleDoesNotFit
from governance.models import Body, Membership
from governance.rules.bodies import ROLES, head_of
from governance.services.bodies import lock_body, require_standing
from governance.services.bodies_evidence import push_bodies
from renovation.errors import DayOutOfOrder, ReasonNeeded
from renovation.models import Owner
from renovation.services.checks import require_day, require_here


@transaction.atomic
def add_member(
    *,
    body: Body,
    name: str,
    role: str,
    starts_on: date,
    post: str = "",
    phone: str = "",
    owner: Owner | None = None,
    user: User | None = None,
    by: User,
    at: datetime | None = None,
) -> Membership:
    """Take somebody into a body; that the same person sits in another one, too, is normal.

    Raises BodyEnded, RoleDoesNotFit, HeadThere (a body has one head), MemberAlready, OtherNeighbourhood (the owner),
    DayInFuture, or DayOutOfOrder before the body was in being.
    """
    at = at or timezone.now()
    locked, neighbourhood = lock_body(body)
    require_standing(locked)
    require_here(neighbourhood, owner)
    require_day(starts_on, at)
    if starts_on < locked.founded_on:
        raise DayOutOfOrder(_("Nobody belongs to a body before it is in being."))
    _require_role(locked, role)
    _require_new(locked, name, phone, owner)
    made = Membership.objects.create(
        body=locked, name=name, role=role, post=post, phone=phone, owner=owner, user=user, starts_on=starts_on
    )
    add_history(made, "membership_begun", by=by, action="created", role=str(role), body=locked.pk)
    _tell_body(made)
    push_bodies(neighbourhood, by, at)
    return made


@transaction.atomic
def change_member(*, membership: Membership, by: User, at: datetime | None = None, **changes: Any) -> Membership:
    """Write role, post, phone or owner of a present member anew.

    Raises MembershipEnded, RoleDoesNotFit, HeadThere, MemberAlready or OtherNeighbourhood.
    """
    locked, neighbourhood = _lock(membership)
    changed = {name: value for name, value in changes.items() if getattr(locked, name) != value}
    if not changed:
        return locked
    require_here(neighbourhood, changed.get("owner"))
    if "role" in changed:
        _require_role(locked.body, changed["role"])
    if "phone" in changed or changed.get("owner"):
        phone, owner = changed.get("phone", locked.phone), changed.get("owner", locked.owner)
        _require_new(locked.body, locked.name, phone, owner, but=locked)
    was = {"role": locked.role} if "role" in changed else {}
    for name, value in changed.items():
        setattr(locked, name, value)
    locked.save(update_fields=sorted(changed))
    add_history(locked, "membership_changed", by=by, fields=sorted(changed), was=was)
    _tell_body(locked)
    push_bodies(neighbourhood, by, at or timezone.now())
    return locked


@transaction.atomic
def end_membership(
    *, membership: Membership, ends_on: date, reason: str, by: User, at: datetime | None = None
) -> Membership:
    """Write down that somebody left a body, and why. Raises MembershipEnded, ReasonNeeded, DayInFuture or DayOutOfOrder
    (before the membership began).
    """
    at = at or timezone.now()
    locked, neighbourhood = _lock(membership)
    if not reason.strip():
        raise ReasonNeeded(_("Write down why the membership ends."))
    require_day(ends_on, at)
    if ends_on < locked.starts_on:
        raise DayOutOfOrder(_("A membership ends after it began."))
    locked.ends_on, locked.end_reason = ends_on, reason.strip()
    locked.save(update_fields=["ends_on", "end_reason"])
    add_history(locked, "membership_ended", by=by, fields=["ends_on"], ends_on=ends_on.isoformat())
    _tell_body(locked)
    push_bodies(neighbourhood, by, at)
    return locked


def _tell_body(membership: Membership) -> None:
    """Its members are counted, and what it lacks is said."""
    tell_changes([membership.body], fields=["members", "concerns"])


def _lock(membership: Membership) -> tuple[Membership, Any]:
    body, neighbourhood = lock_body(membership.body)
    locked = Membership.objects.select_for_update().get(pk=membership.pk)
    locked.body = body
    if locked.ends_on is not None:
        raise MembershipEnded(_("This membership has ended already."))
    return locked, neighbourhood


def _require_role(body: Body, role: str) -> None:
    if role not in ROLES[body.kind]:
        raise RoleDoesNotFit(_("There is no such role in a body of this kind."), roles=list(ROLES[body.kind]))
    if role == head_of(body.kind) and body.memberships.current().filter(role=role).exists():
        raise HeadThere(_("Somebody leads this body already. End that membership, or change its role, first."))


def _require_new(body: Body, name: str, phone: str, owner: Owner | None, but: Membership | None = None) -> None:
    """One person belongs to one body once: the same owner does not, nor the same name with the same phone."""
    others = body.memberships.current()
    if but is not None:
        others = others.exclude(pk=but.pk)
    if others.filter(name=name, phone=phone).exists() or (owner and others.filter(owner=owner).exists()):
        raise MemberAlready(_("This person belongs to the body already."))
