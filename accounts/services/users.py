from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Role
from accounts.models import RoleAssignment, User
from accounts.services.history import add_history

OPENS_BACK_OFFICE = frozenset({Role.ADMIN, Role.AUDITOR, Role.CITY_OFFICIAL, Role.DISTRICT_OFFICIAL})
"""The roles that the back office is for (pages.md); what each may do there is still the roles table's to say."""


@transaction.atomic
def create_user(
    *,
    username: str,
    password: str | None,
    roles: Iterable[tuple[str, str]] = (),
    display_name: str = "",
    unit: str = "",
    by: User | None = None,
) -> User:
    """Make a user with (role, territory) pairs in force from today. Without a password, nobody signs in as them.

    Raises ValidationError for a name that is taken and for a role or territory that is none.
    """
    user = User(username=username, display_name=display_name, unit=unit)
    user.set_password(password)
    user.full_clean(exclude=["password"])
    user.save()
    add_history(user, "created", by=by, action=None)
    for role, territory in roles:
        give_role(user=user, role=role, territory=territory, by=by)
    return user


@transaction.atomic
def change_user(*, user: User, by: User | None, display_name: str, unit: str, email: str, is_active: bool) -> User:
    """Write down what is known of a person, and whether they may sign in. What stays as it was is not written.

    Raises ValidationError.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    values = {"display_name": display_name, "unit": unit, "email": email, "is_active": is_active}
    before = {name: getattr(locked, name) for name in values}
    changed = {name: [before[name], value] for name, value in values.items() if before[name] != value}
    if changed:
        for name in changed:
            setattr(locked, name, values[name])
        locked.full_clean(exclude=["password"])
        locked.save(update_fields=list(changed))
        add_history(locked, "changed", by=by, action=None, changed=changed)
    return locked


@transaction.atomic
def give_role(
    *,
    user: User,
    role: str,
    territory: str,
    starts_on: date | None = None,
    ends_on: date | None = None,
    by: User | None = None,
) -> RoleAssignment:
    """Give a user a role for a place, from a day (today if not said) to a day. Raises ValidationError."""
    assignment = RoleAssignment(
        user=user, role=role, territory=territory, starts_on=starts_on or timezone.localdate(), ends_on=ends_on
    )
    assignment.full_clean()
    assignment.save()
    if role in OPENS_BACK_OFFICE and not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    user.__dict__.pop("roles_in_force", None)
    add_history(user, "role_given", by=by, action=None, role=role, territory=territory)
    return assignment


@transaction.atomic
def end_role(*, assignment: RoleAssignment, on: date, by: User | None) -> None:
    """Let a role end on a day, which is its last. Raises ValidationError for a day before it began, and where it has an
    end: to move one of long ago would be to give a role without saying so.
    """
    locked = RoleAssignment.objects.select_for_update().get(pk=assignment.pk)
    if on < locked.starts_on:
        raise ValidationError({"ends_on": _("A role cannot end before it begins.")})
    if locked.ends_on is not None:
        raise ValidationError(_("The role has an end; give it anew from the day after."))
    assignment.ends_on = on
    assignment.save(update_fields=["ends_on"])
    add_history(assignment.user, "role_ended", by=by, action=None, role=assignment.role, on=on.isoformat())
