from collections.abc import Sequence
from typing import Any

from django.db import models

from accounts.models import Change, HistoryEntry, User
from accounts.rules.events import event_of
from common.request_id import request_id


def add_history(
    thing: models.Model,
    act: str,
    *,
    by: User | None,
    action: str | None = "updated",
    fields: Sequence[str] = (),
    **details: Any,
) -> None:
    """Write down what was done to `thing` and that it changed: two inserts, in the caller's transaction; one where
    nothing changed by it (`action` None).

    `thing` names its API resource in `resource` and lies somewhere by `community_code`, `neighbourhood_code`
    and, below a building, `grid`.
    `action` is `created`, `updated` or `deleted`; `details` must be JSON (the figures as they stood).
    """
    resource: str = thing.resource  # type: ignore[attr-defined]
    place = {
        "community_code": getattr(thing, "community_code", ""),
        "neighbourhood_code": getattr(thing, "neighbourhood_code", ""),
    }
    HistoryEntry.objects.create(
        by=by, request_id=request_id.get(), act=act, resource=resource, object_id=thing.pk, details=details, **place
    )
    if action:
        grid = getattr(thing, "grid", None)
        Change.objects.create(
            action=action,
            event=event_of(resource, act),
            resource=resource,
            object_id=thing.pk,
            fields=list(fields),
            grid=grid,
            **place,
        )
