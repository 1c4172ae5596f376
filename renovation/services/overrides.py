"""Overriding a guard: a district official asks with a reason and a document, a second one confirms (workflow.md)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from renovation.errors import (
    NotOverridable,
    OverrideAskedFor,
    OverrideNotOpen,
    ReasonNeeded,
    SecondPersonNeeded,
)
from renovation.models import GuardOverride, Neighbourhood
from renovation.reports.lifecycle import must_do_items, standing_of
from renovation.rules.lifecycle import may_be_overridden


@transaction.atomic
def request_override(
    *,
    neighbourhood: Neighbourhood,
    to: str,
    guard: str,
    reason: str,
    document: str,
    by: User,
    at: datetime | None = None,
) -> GuardOverride:
    """Ask for an unmet guard of a step from here to be lifted. Nothing is lifted until another official confirms.

    Raises ReasonNeeded; NotOverridable for the two gates, the must-do items and what is not unmet in such a step;
    OverrideAskedFor where it was asked for already.
    """
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    at = at or timezone.now()
    today = timezone.localdate(at)
    if not reason.strip() or not document.strip():
        raise ReasonNeeded(_("An override needs a reason and the number of a document."))
    if GuardOverride.objects.in_force(locked).filter(to_stage=to, guard=guard).exists():
        raise OverrideAskedFor(_("An override of this has been asked for already."))
    if not may_be_overridden(standing_of(locked, today, must_do_items(today)), to, guard):
        raise NotOverridable(
            _("Nobody may override this: it is a gate, a must-do item, an act still to be done, or it is met.")
        )
    made = GuardOverride.objects.create(
        neighbourhood=locked,
        to_stage=to,
        guard=guard,
        reason=reason.strip(),
        document=document.strip(),
        requested_by=by,
        requested_at=at,
    )
    add_history(locked, "override_requested", by=by, action=None, to=to, guard=guard, document=made.document)
    return made


@transaction.atomic
def confirm_override(*, override: GuardOverride, by: User, at: datetime | None = None) -> GuardOverride:
    """Confirm what another official of the district asked for: from now on it counts, for this step from this stage.

    Raises SecondPersonNeeded, or OverrideNotOpen where it was confirmed already or the neighbourhood has moved on.
    """
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=override.neighbourhood_id)
    locked = GuardOverride.objects.get(pk=override.pk)
    if locked.confirmed_at or not GuardOverride.objects.in_force(neighbourhood).filter(pk=locked.pk).exists():
        raise OverrideNotOpen(_("This override was confirmed already, or the neighbourhood has moved on since."))
    if locked.requested_by_id == by.pk:
        raise SecondPersonNeeded(_("A second official must confirm it: whoever asked for it cannot."))
    locked.confirmed_by, locked.confirmed_at = by, at or timezone.now()
    locked.save(update_fields=["confirmed_by", "confirmed_at"])
    add_history(neighbourhood, "override_confirmed", by=by, action=None, to=locked.to_stage, guard=locked.guard)
    return locked
