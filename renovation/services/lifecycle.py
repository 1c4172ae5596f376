"""The steps of a neighbourhood's life, and the evidence that its guards lean on (design.md, The lifecycle)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.history import add_history
from renovation.models import Evidence, Neighbourhood, StageChange


def add_evidence(
    *, neighbourhood: Neighbourhood, kind: str, facts: Mapping[str, Any], by: User | None, at: datetime | None = None
) -> Evidence:
    """Write down a fact that guards read; it replaces the earlier ones of its kind. `facts` must be JSON."""
    return Evidence.objects.create(neighbourhood=neighbourhood, kind=kind, facts=facts, by=by, at=at or timezone.now())


@transaction.atomic
def move_stage(
    *,
    neighbourhood: Neighbourhood,
    to: str,
    by: User | None,
    figures: Mapping[str, Any],
    reason: str = "",
    at: datetime | None = None,
) -> StageChange:
    """Move a neighbourhood whose guards the caller has found met; `figures` are theirs, as they stood."""
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    at = at or timezone.now()
    change = StageChange.objects.create(
        neighbourhood=locked, from_stage=locked.stage, to_stage=to, at=at, by=by, reason=reason, figures=figures
    )
    locked.stage, locked.stage_since = to, at
    locked.save(update_fields=["stage", "stage_since"])
    neighbourhood.stage, neighbourhood.stage_since = locked.stage, locked.stage_since
    neighbourhood.version = locked.version
    add_history(locked, "stage_moved", by=by, fields=["stage"], to=to, reason=reason)
    return change


def set_round_open(neighbourhood: Neighbourhood, is_open: bool) -> None:
    """Take note of whether a survey's round is open here: while it is, the owners' committee may reveal phones.

    Told by the app that runs surveys, in its transaction. The row's version stays: nothing of it that is shown changes.
    """
    Neighbourhood.objects.filter(pk=neighbourhood.pk).update(round_is_open=is_open)
