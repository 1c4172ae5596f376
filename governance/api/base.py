"""What the resources of governance share: the neighbourhood in which a row lies."""

from typing import Any, ClassVar

from django.db.models import QuerySet

from accounts.choices import Act
from accounts.rest import VisibleField
from accounts.rules.territory import reach_of
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within


class GovernedNeighbourhoodField(VisibleField):
    """A neighbourhood where the caller does `act_asked` in any way; a client needs no more scopes than that."""

    act_asked: ClassVar[Act] = Act.BODIES

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, self.act_asked)
        return Neighbourhood.objects.filter(neighbourhoods_within(reach))
