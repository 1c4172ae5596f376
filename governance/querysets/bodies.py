from datetime import date
from typing import Any, Self

from django.apps import apps
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.rules.territory import reach_of
from governance.querysets.base import GovernedQuerySet
from governance.rules.bodies import FULL_MEMBERS, HEADS, OFFICERS, PARTY
from renovation.querysets import neighbourhoods_within


class BodyQuerySet(GovernedQuerySet):
    def standing(self) -> Self:
        """Those not ended; their term may be over all the same."""
        return self.filter(ended_on=None)

    def ending_by(self, day: date) -> Self:
        """Standing bodies whose term or contract is over by the end of a day, or was before it."""
        return self.standing().filter(term_ends_on__lte=day)

    def with_members(self) -> Self:
        """Adds `member_count`, its full members of today, and `has_head`: totals, which name nobody."""
        members = apps.get_model("governance", "Membership").objects.current().filter(body=OuterRef("pk")).order_by()
        full = members.filter(role__in=FULL_MEMBERS).values("body").annotate(n=Count("pk"))
        return self.annotate(
            member_count=Coalesce(Subquery(full.values("n")), 0, output_field=IntegerField()),
            has_head=Exists(members.filter(role__in=HEADS)),
        )


class MembershipQuerySet(QuerySet[Any]):
    """People by name. Who holds a post is public; the plain members of a party body are for who keeps party members."""

    path = "body__neighbourhood__"

    def visible_to(self, caller: Any) -> Self:
        bodies = neighbourhoods_within(reach_of(caller, "bodies", "read", "write", "party"), self.path)
        party = neighbourhoods_within(reach_of(caller, "party_members", "read", "write"), self.path)
        return self.filter(bodies & (~Q(body__kind__in=PARTY) | Q(role__in=OFFICERS) | party))

    def current(self) -> Self:
        return self.filter(ends_on=None)


class ManagementQuerySet(GovernedQuerySet):
    def on(self, day: date) -> Self:
        """Begun by that day and not over before it."""
        return self.filter(starts_on__lte=day).filter(Q(ends_on=None) | Q(ends_on__gte=day))

    def latest_first(self) -> Self:
        return self.order_by(F("starts_on").desc(), "-pk")
