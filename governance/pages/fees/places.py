"""The neighbourhood that a page of its fees is about."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.choices import Act
from accounts.http import SignedInRequest
from governance.pages.places import governed_neighbourhood, kept_neighbourhood
from governance.permissions.fees import may_decide_reductions
from governance.querysets.fees import bill_reach
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within


def fee_neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose bills the caller reads; else 404, also where it reads totals only."""
    here = neighbourhoods_within(bill_reach(request.user))
    found: Neighbourhood = get_object_or_404(Neighbourhood.objects.filter(here), pk=pk)
    return found


def fee_totals_neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose prices, rates and disclosures the caller reads; else 404."""
    return governed_neighbourhood(request, pk, Act.FEES)


def fee_kept_neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose book of fees the caller keeps; 404 where not seen, 403 where only read."""
    return kept_neighbourhood(request, pk, Act.FEES)


def reductions_neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose reductions the caller reads; else 404."""
    return governed_neighbourhood(request, pk, Act.FEE_REDUCTIONS)


def reductions_kept_neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood where the caller proposes and decides reductions; 404 where not seen, 403 where only read."""
    neighbourhood = reductions_neighbourhood(request, pk)
    if not may_decide_reductions(request.user, neighbourhood):
        raise PermissionDenied
    return neighbourhood
