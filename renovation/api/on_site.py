"""What the resources of supervision share: they lie in a neighbourhood; who looks at its works writes them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from accounts.choices import Act
from accounts.rest import ReadOnlyResource, VisibleField
from accounts.rules.territory import reach_of
from renovation.models import Neighbourhood
from renovation.permissions import may_supervise
from renovation.querysets import neighbourhoods_within


class SupervisedNeighbourhoodField(VisibleField):
    """A neighbourhood whose site reports the caller may read; a client needs no more scopes than that."""

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, Act.SITE_REPORTS)
        return Neighbourhood.objects.filter(neighbourhoods_within(reach))


class OnSite(ReadOnlyResource):
    """Rows of the supervision of works. A grid worker writes where a building lies in the grid, or in none."""

    act = Act.SITE_REPORTS

    def may(self, thing: Any) -> bool:
        return may_supervise(self.request.user, thing.neighbourhood)

    def require_supervisor(self, neighbourhood: Neighbourhood) -> None:
        """403 unless the caller reports from the site of this neighbourhood."""
        if not may_supervise(self.request.user, neighbourhood):
            raise PermissionDenied
