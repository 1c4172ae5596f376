"""The neighbourhood that a page about its governance is about."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from accounts.rules.territory import reach_of
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within


def governed_neighbourhood(request: SignedInRequest, pk: int, act: Act = Act.BODIES) -> Neighbourhood:
    """A neighbourhood where the caller does `act` in any way, if only to read totals; else 404."""
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(request.user, act)))
    found: Neighbourhood = get_object_or_404(seen, pk=pk)
    return found


def kept_neighbourhood(request: SignedInRequest, pk: int, act: Act = Act.BODIES) -> Neighbourhood:
    """A neighbourhood where the caller does `act`; 404 where not seen, 403 where only read."""
    neighbourhood = governed_neighbourhood(request, pk, act)
    if not may_write(request.user, act, neighbourhood):
        raise PermissionDenied
    return neighbourhood
