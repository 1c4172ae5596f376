"""From a caller's reach to rows: the filters that every `visible_to` is made of."""

from typing import Any, Self

from django.contrib.auth.models import UserManager
from django.db.models import Q, QuerySet

from accounts.rules.roles import BELOW_A_BUILDING, RESOURCE_ACTS, SEEN_FROM_BELOW
from accounts.rules.territory import Reach, divisions_above, reach_of

COMMUNITY_LENGTH = 12

NO_ROWS = Q(pk__in=[])


def within(reach: Reach, prefix: str = "", *, neighbourhood: str = "neighbourhood__code", grid: str = "") -> Q:
    """Rows inside `reach`. `prefix` leads to the row that carries `community_code`; `neighbourhood` and `grid` name
    the paths to those codes. Where `grid` is not given, a grid worker sees what belongs to no building of its
    own by the whole community.
    """
    where = NO_ROWS
    for code in reach.divisions:
        # A whole community by equality: its rows then lie together in the index, in the order of their ids.
        how = "community_code" if len(code) == COMMUNITY_LENGTH else "community_code__startswith"
        where |= Q(**{f"{prefix}{how}": code})
    if reach.neighbourhoods:
        where |= Q(**{f"{neighbourhood}__in": reach.neighbourhoods})
    if reach.grids:
        communities = sorted({code[:12] for code in reach.grids})
        there = Q(**{f"{prefix}community_code__in": communities})
        if grid:
            there &= Q(**{f"{grid}__in": ["", *reach.grids]})
        where |= there
    return where


class UserQuerySet(QuerySet[Any]):
    def people(self) -> Self:
        """Those who sign in by themselves; service users of API clients do not."""
        return self.filter(api_client=None)

    def visible_to(self, caller: Any) -> Self:
        """An administrator sees every account, anybody else only their own."""
        if getattr(caller, "is_administrator", False):
            return self
        return self.filter(pk=caller.pk) if caller.is_authenticated else self.none()


class AccountManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's manager, which makes users, with our querysets."""


class ChangeQuerySet(QuerySet[Any]):
    """That something changed: seen by those who may read the thing, wherever it is."""

    def visible_to(self, caller: Any) -> Self:
        where = NO_ROWS
        for act in sorted(set(RESOURCE_ACTS.values())):
            reach = reach_of(caller, act, "read", "masked")
            resources = {resource for resource, needed in RESOURCE_ACTS.items() if needed == act}
            if not reach:
                continue
            here = {"neighbourhood": "neighbourhood_code"}
            where |= Q(resource__in=resources - BELOW_A_BUILDING) & within(reach, **here)
            where |= Q(resource__in=resources & BELOW_A_BUILDING) & within(reach, **here, grid="grid")
            codes = (*reach.divisions, *reach.grids, *reach.neighbourhoods)
            above = sorted({""} | {above for code in codes for above in divisions_above(code)})
            where |= Q(resource__in=resources & SEEN_FROM_BELOW, community_code__in=above)
        return self.filter(where)


class WebhookQuerySet(QuerySet[Any]):
    """A client sees its own, an administrator all, anybody else none."""

    owner = "service_user"

    def visible_to(self, caller: Any) -> Self:
        if getattr(caller, "is_administrator", False):
            return self
        is_client = caller.is_authenticated and caller.client is not None
        return self.filter(**{self.owner: caller.pk}) if is_client else self.none()

    def sending(self) -> Self:
        """Those to which something is sent: neither paused nor of a client that is switched off."""
        return self.filter(state="active", service_user__is_active=True)


class WebhookDeliveryQuerySet(WebhookQuerySet):
    owner = "webhook__service_user"

    def waiting(self) -> Self:
        return self.filter(state="waiting")


class TerritorialQuerySet(QuerySet[Any]):
    """History: seen by those who may read the registry where they happened."""

    def visible_to(self, caller: Any) -> Self:
        reach = reach_of(caller, "registry")
        return self.filter(within(reach, neighbourhood="neighbourhood_code"))
