"""Single edits of the registry: one row, one transaction, its history row and its change row."""

from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from renovation.errors import InUse, NotOneStairwell
from renovation.models import Building, Household, Stairwell

Row = TypeVar("Row", bound=models.Model)

SIZE = ("building_count", "household_count", "floor_area")
"""What a neighbourhood shows of its buildings and households."""

PERSONAL = frozenset({"head_name", "name", "phones", "remarks"})
"""Fields whose values stay out of the history, which cannot be erased; that they changed is written down."""


@transaction.atomic
def create_row(model: type[Row], *, by: User | None, **values: Any) -> Row:
    """Add a row to the registry. `values` hold its parents and its `community_code`."""
    row = model._default_manager.create(**values)
    add_history(row, "created", by=by, action="created", fields=sorted(values))
    _tell_size(row)
    return row


@transaction.atomic
def change_row(row: Row, *, by: User | None, **values: Any) -> Row:
    """Change a row, which the caller has locked. What stays as it was is not written; nothing new, nothing done."""
    before = {name: getattr(row, name) for name in values}
    changed = sorted(name for name in values if before[name] != values[name])
    if not changed:
        return row
    for name in changed:
        setattr(row, name, values[name])
    row.save(update_fields=changed)
    told = {name: [_plain(before[name]), _plain(values[name])] for name in changed if name not in PERSONAL}
    details: dict[str, Any] = {"changed": told}
    if withheld := [name for name in changed if name in PERSONAL]:
        details["withheld"] = withheld
    add_history(row, "changed", by=by, fields=changed, **details)
    if "gross_floor_area" in changed:
        _tell_size(row)
    return row


@transaction.atomic
def remove_row(row: models.Model, *, by: User | None) -> None:
    """Delete a row. Raises InUse where another row refers to it."""
    key = row.pk
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError as error:
        raise InUse(_("Something else refers to this.")) from error
    row.pk = key
    add_history(row, "removed", by=by, action="deleted")
    _tell_size(row)


@transaction.atomic
def remove_household(household: Household, *, by: User | None) -> None:
    """Delete a household, or retire it where anything refers to it (design.md, The registry)."""
    try:
        remove_row(household, by=by)
    except InUse:
        if household.retired_at is None:
            household.retired_at = timezone.now()
            household.save(update_fields=["retired_at"])
            add_history(household, "retired", by=by, fields=["retired_at"])
            _tell_size(household)


def _tell_size(row: models.Model) -> None:
    """Tell that the neighbourhood's counts and floor area follow this building or household."""
    if isinstance(row, Building):
        tell_changes([row.neighbourhood], fields=SIZE[:1])
    elif isinstance(row, Household):
        tell_changes([row.neighbourhood], fields=SIZE[1:])


def only_stairwell(building: Building, *, by: User | None) -> Stairwell:
    """The stairwell of a building without a marked one; made where there is none yet.

    Raises NotOneStairwell where it has several. Call it in the transaction that goes on to use it.
    """
    Building.objects.select_for_update().get(pk=building.pk)
    stairwells = list(building.stairwells.all()[:2])
    if len(stairwells) > 1:
        raise NotOneStairwell(_("This building has several stairwells: please say which."))
    if stairwells:
        return stairwells[0]
    return create_row(Stairwell, by=by, building=building, community_code=building.community_code)


@transaction.atomic
def reveal_personal_fields(thing: models.Model, *, by: User, reason: str) -> None:
    """Write down that somebody looked at the personal fields of a household or an owner, and why."""
    add_history(thing, "revealed", by=by, action=None, reason=reason)


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    return value if value is None or isinstance(value, bool | int | list) else str(value)
