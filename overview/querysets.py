"""Who sees which rows of what is made of several apps."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from accounts.querysets import within
from accounts.rules.roles import SCOPE_AREAS
from accounts.rules.territory import reach_of

NO_FEES = Q(property_year_billed=0, property_year_reduced=0, property_year_settled=0) & Q(
    parking_year_billed=0, parking_year_reduced=0, parking_year_settled=0
)
"""Days on which a neighbourhood has no fees, neither in the year so far nor in the month, which is a part of it."""


class NeighbourhoodDayQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """Days of the neighbourhoods in the places whose dashboard the caller reads."""
        return self.filter(within(replace(reach_of(caller, "overview"), grids=())))

    def with_fees(self) -> Self:
        """Those with any fee. There is an index of them."""
        return self.exclude(NO_FEES)


class CommunityDayQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """Sums of communities all of which the caller reads."""
        reach = reach_of(caller, "overview")
        return self.filter(within(replace(reach, grids=(), neighbourhoods=())))


class KeptDayQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """Which days were kept is known to whoever reads a dashboard somewhere."""
        return self if reach_of(caller, "overview") else self.none()


class ExportQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """One's own and nobody else's, whatever one may see; a client's as far as the scopes of its token go."""
        if not caller.is_authenticated:
            return self.none()
        own = self.filter(by=caller)
        if caller.client is None:
            return own
        scopes = caller.token_scopes if caller.token_scopes is not None else frozenset(caller.client.scopes)
        areas = {area for area in SCOPE_AREAS.values() if scopes & {f"{area}:read", f"{area}:write"}}
        return own.filter(areas__contained_by=sorted(areas))

    def unfinished(self) -> Self:
        return self.filter(state__in=("queued", "running"))

    def kept(self, now: datetime | None = None) -> Self:
        """Those whose file is there to be fetched: by whoever asked, while all that they read it by is in force."""
        return self.filter(self._in_force(now), state="done")

    def outlived(self, now: datetime) -> Self:
        """Those whose file is to be deleted: its time is over, or whoever asked lost a role or a scope since."""
        return self.filter(Q(expires_at__lte=now) | ~self._in_force(now), state="done")

    def _in_force(self, now: datetime | None) -> Q:
        """Both arrays are there for everybody, one of them empty."""
        user, today = self.model._meta.get_field("by").related_model, timezone.localdate(now)
        roles, clients = (user._meta.get_field(name).related_model.objects for name in ("assignments", "api_client"))
        held = roles.filter(
            Q(ends_on=None) | Q(ends_on__gte=today), user=OuterRef("by"), starts_on__lte=today
        ).values_list(Concat("role", Value(" "), "territory"))
        allowed = clients.filter(service_user=OuterRef("by")).values_list(
            Func(Func("scopes", "territory", function="array_append"), function="unnest", output_field=CharField())
        )
        return Q(reach__contained_by=ArraySubquery(held)) | Q(reach__contained_by=ArraySubquery(allowed))


class OwnQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """One's own and nobody else's."""
        return self.filter(user=caller) if caller.is_authenticated else self.none()


class WeeklySheetQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """One's own and nobody else's."""
        return self.filter(view__user=caller) if caller.is_authenticated else self.none()
