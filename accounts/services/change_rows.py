"""Telling `changes/` of several objects at once, and of what an object shows that follows from others.

An act is written down with `add_history`, once. What else it moves is told here: the figures of a parent, a city's
bills. It needs no history: the act's own entry says why.
"""

from collections.abc import Iterable, Sequence

from django.db import models

from accounts.models import Change

TELL_PLACED = """
INSERT INTO accounts_change (at, resource, object_id, action, fields, community_code, neighbourhood_code)
SELECT statement_timestamp(), told.resource, told.id, told.action, told.fields, place.community_code, place.code
FROM ({told}) told JOIN renovation_neighbourhood place ON place.id = told.neighbourhood_id
"""
"""To tell of what a statement finds: rows of `resource`, `id`, `action`, `fields` and `neighbourhood_id`. For what lies
in no building, so in no grid of its own.
"""


def tell_changes(things: Iterable[models.Model], *, fields: Sequence[str] = (), action: str = "updated") -> None:
    """Tell `changes/` of these objects, in the order given and each once: one insert, in the caller's transaction.

    They name their resource and lie somewhere as in `add_history`. `fields` are what they show otherwise now.
    """
    once = {(thing.resource, thing.pk): thing for thing in things}  # type: ignore[attr-defined]
    Change.objects.bulk_create(
        Change(
            resource=resource,
            object_id=pk,
            action=action,
            fields=list(fields),
            community_code=getattr(thing, "community_code", ""),
            neighbourhood_code=getattr(thing, "neighbourhood_code", ""),
            grid=getattr(thing, "grid", None),
        )
        for (resource, pk), thing in once.items()
    )
