"""What the resources of governance share: the place in which a row lies."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.permissions import SAFE_METHODS

from accounts.choices import Act
from accounts.querysets import within
from accounts.rest import ResourceViewSet, VisibleField
from accounts.rules.territory import reach_of
from renovation.models import Building, Neighbourhood, Stairwell
from renovation.querysets import neighbourhoods_within
from renovation.services.works_base import lock_neighbourhood


class GovernedNeighbourhoodField(VisibleField):
    """A neighbourhood where the caller does `act_asked` in any way; a client needs no more scopes than that."""

    act_asked: ClassVar[Act] = Act.BODIES

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, self.act_asked)
        return Neighbourhood.objects.filter(neighbourhoods_within(reach))


class GovernedBuildingField(VisibleField):
    """A building where the caller does `act_asked` in any way."""

    act_asked: ClassVar[Act] = Act.UPKEEP

    def get_queryset(self) -> QuerySet[Any]:
        return Building.objects.filter(within(reach_of(self.context["request"].user, self.act_asked), grid="grid"))


class GovernedStairwellField(VisibleField):
    """A stairwell where the caller does `act_asked` in any way."""

    act_asked: ClassVar[Act] = Act.UPKEEP

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, self.act_asked)
        here = within(reach, neighbourhood="building__neighbourhood__code", grid="building__grid")
        return Stairwell.objects.filter(here).select_related("building")


def lock_place_of(view: ResourceViewSet, path: str) -> None:
    """The neighbourhood of the row at hand, locked first where it is about to be written, as the services do."""
    if view.request.method in SAFE_METHODS:
        return
    rows = Neighbourhood.objects.filter(pk__in=view.get_queryset().filter(pk=view.kwargs["pk"]).values(path))
    for found in rows:
        lock_neighbourhood(found)
