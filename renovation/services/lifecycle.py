"""The steps of a neighbourhood's life, and the evidence that its guards lean on (design.md, The lifecycle)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from renovation.choices import Stage
from renovation.errors import GuardsUnmet, NoSuchStep, ReasonNeeded, ReviewDateNeeded
from renovation.models import Evidence, Neighbourhood, StageChange
from renovation.permissions import may_move, reads_support_rate
from renovation.reports.lifecycle import guard_json, must_do_items, standing_of, told_guards
from renovation.rules.lifecycle import BY_ITSELF, destinations, step_to


def add_evidence(
    *,
    neighbourhood: Neighbourhood,
    kind: str,
    facts: Mapping[str, Any],
    by: User | None,
    at: datetime | None = None,
    document: str = "",
    dated_on: date | None = None,
) -> Evidence:
    """Write down a fact that guards read; it replaces the earlier ones of its kind. `facts` must be JSON."""
    made = Evidence.objects.create(
        neighbourhood=neighbourhood,
        kind=kind,
        facts=facts,
        by=by,
        at=at or timezone.now(),
        document=document,
        dated_on=dated_on,
    )
    tell_changes([neighbourhood], fields=["evidence"])
    return made


@transaction.atomic
def move(
    *,
    neighbourhood: Neighbourhood,
    to: str,
    by: User | None,
    reason: str = "",
    review_on: date | None = None,
    at: datetime | None = None,
) -> StageChange:
    """Take a step, if it leads there from here, `by` may take it, and its guards are met now: all asked again under the
    neighbourhood's lock. `by` is None for what comes by itself.

    Raises PermissionDenied, NoSuchStep, ReasonNeeded, ReviewDateNeeded or GuardsUnmet. The change keeps the guards'
    figures as they stood. A handover whose day has come leads on to `long_term` at once.
    """
    locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
    at = at or timezone.now()
    today = timezone.localdate(at)
    names = must_do_items(today)
    standing = standing_of(locked, today, names)
    step = step_to(standing, to)
    if step is None:
        leads = destinations(standing.stage, standing.came_from)
        raise NoSuchStep(
            _("From “%(here)s” no step leads to “%(there)s”: no stage is skipped.")
            % {"here": locked.get_stage_display(), "there": Stage(to).label},
            steps=list(leads),
        )
    if not (to in BY_ITSELF if by is None else may_move(by, locked, step.movers)):
        raise PermissionDenied
    if "reason" in step.needs and not reason.strip():
        raise ReasonNeeded(_("Write down the reason."))
    if "review_on" in step.needs and (review_on is None or review_on <= today):
        raise ReviewDateNeeded(_("Give a day after today on which to look at it again."))
    if step.unmet:
        reads_rate = by is None or reads_support_rate(by, locked)
        unmet = [guard_json(guard) for guard in told_guards(step.unmet, names or {}, reads_rate=reads_rate)]
        raise GuardsUnmet(
            _("This step needs more: %(what)s.") % {"what": _(", ").join(guard["title"] for guard in unmet)},
            unmet_guards=unmet,
        )
    figures: dict[str, Any] = {
        "guards": [
            {"code": guard.code, "met": guard.met, "overridden": guard.overridden, "figures": dict(guard.figures)}
            for guard in step.guards
        ]
    }
    if "review_on" in step.needs and review_on is not None:
        figures["review_on"] = review_on.isoformat()
    change = move_stage(neighbourhood=locked, to=to, by=by, at=at, reason=reason.strip(), figures=figures)
    if to == Stage.HANDED_OVER:
        _go_on_by_itself(locked, at)
    neighbourhood.stage, neighbourhood.stage_since = locked.stage, locked.stage_since
    neighbourhood.version = locked.version
    return change


def begin_long_term(*, at: datetime | None = None) -> int:
    """Move on every neighbourhood whose day of handover has come; returns how many. Run twice, it moves each once."""
    at = at or timezone.now()
    moved = 0
    for neighbourhood in Neighbourhood.objects.filter(stage=Stage.HANDED_OVER).order_by("pk"):
        with transaction.atomic():
            locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
            moved += locked.stage == Stage.HANDED_OVER and _go_on_by_itself(locked, at)
    return moved


def _go_on_by_itself(locked: Neighbourhood, at: datetime) -> bool:
    try:
        move(neighbourhood=locked, to=Stage.LONG_TERM, by=None, at=at)
    except GuardsUnmet:
        return False
    return True


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
