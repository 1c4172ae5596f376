"""Party membership is sensitive: rows that name somebody are for whoever keeps them, all others read totals."""

from datetime import date
from typing import Any, Self

from django.db.models import Q, QuerySet

from accounts.querysets import NO_ROWS
from accounts.rules.territory import divisions_above, reach_of
from governance.querysets.base import NamedQuerySet


class PartyMemberQuerySet(NamedQuerySet):
    act = "party_members"

    def serving(self, day: date) -> Self:
        """Those checked in by that day and not ended before it."""
        return self.filter(checked_in_on__lte=day).filter(Q(ended_on=None) | Q(ended_on__gte=day))


class ResponsibilityAreaQuerySet(NamedQuerySet):
    act = "party_members"
    path = "member__neighbourhood__"

    def on(self, day: date) -> Self:
        """Those begun by that day and not ended before it."""
        return self.filter(starts_on__lte=day).filter(Q(ends_on=None) | Q(ends_on__gte=day))


class MemberReportQuerySet(NamedQuerySet):
    act = "party_members"


class ServiceRecordQuerySet(NamedQuerySet):
    act = "party_points"
    path = "member__neighbourhood__"


class PointEntryQuerySet(NamedQuerySet):
    act = "party_points"
    path = "record__member__neighbourhood__"


class PointRuleQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """The rules of the caller's places, of what lies above them (they bind there) and below. They name nobody."""
        reach = reach_of(caller, "party_points")
        where = NO_ROWS
        for code in (*reach.divisions, *reach.grids, *reach.neighbourhoods):
            where |= Q(division__code__startswith=code) | Q(division__code__in=divisions_above(code))
        return self.filter(where)

    def in_force(self, day: date) -> Self:
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def for_place(self, community_code: str, day: date) -> Self:
        """The rules of a community's divisions that are in force on a day."""
        return self.in_force(day).filter(division__code__in=divisions_above(community_code))
