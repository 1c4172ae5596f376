"""Lists that stay quick at the size of a city: counted up to a limit, and narrowed by what is indexed."""

from datetime import timedelta
from typing import Any, cast

from django.contrib.admin.views.main import ORDER_VAR
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, TextFilter
from unfold.views import ChangeList

from accounts.models import User

ROWS_LISTED = 10_000


def caller(request: HttpRequest) -> User:
    """Who is signed in: the site lets nobody else come this far."""
    return cast(User, request.user)


class BoundedPaginator(Paginator):
    """Counts and lists the first 10,000 rows at most, so that the last page costs little more than the first.

    Whoever looks for a row further down narrows the list; the page says so.
    """

    @cached_property
    def _counted(self) -> int:
        rows = cast(QuerySet[Any], self.object_list)
        return rows.order_by()[: ROWS_LISTED + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self._counted, ROWS_LISTED)

    @property
    def is_cut(self) -> bool:
        return self._counted > ROWS_LISTED


class BoundedChangeList(ChangeList):
    """Offers to show all only where something is left out, and is ordered by nothing but what it may be sorted by."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[str]:
        # Django sorts by whatever column the address names, also a ledger of millions by one that has no index.
        asked = [part for part in self.params.pop(ORDER_VAR, "").split(".") if self._may_be_sorted(part)]
        if asked:
            self.params[ORDER_VAR] = ".".join(asked)
        return cast(list[str], super().get_ordering(request, queryset))

    def _may_be_sorted(self, part: str) -> bool:
        number = part.removeprefix("-")
        columns = dict(enumerate(self.list_display))
        return number.isdecimal() and columns.get(int(number)) in (self.sortable_by or ())

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class TerritoryFilter(TextFilter):
    """Rows of a division, a grid's community or one neighbourhood, by its code."""

    title = _("territory code")
    parameter_name = "place"
    field = "community_code"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        code = (self.value() or "").strip()
        return queryset.filter(**{f"{self.field}__startswith": code[:16]}) if code else queryset


class InForceTodayFilter(DropdownFilter):
    """Rows that hold today, as their queryset's `in_force` says."""

    title = _("in force")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("today", _("In force today"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.in_force(timezone.localdate()) if self.value() == "today" else queryset  # type: ignore[attr-defined]


class SinceFilter(DropdownFilter):
    """Rows of the last days, by the moment that their list names in `since`."""

    title = _("last days")
    parameter_name = "last"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.field = model_admin.since
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("7", _("The last 7 days")), ("30", _("The last 30 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        days = {"7": 7, "30": 30}.get(self.value() or "")
        return queryset.filter(**{f"{self.field}__gte": timezone.now() - timedelta(days=days)}) if days else queryset
