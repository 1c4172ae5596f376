"""The neighbourhood that a page is about."""

from django.shortcuts import get_object_or_404

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.rules.territory import reach_of
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within


def planned_neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose plan and life the caller may read; else 404."""
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(request.user, Act.PLANS)))
    found: Neighbourhood = get_object_or_404(seen, pk=pk)
    return found


def supervised_neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose site reports, defects and photos the caller may read; else 404."""
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(request.user, Act.SITE_REPORTS)))
    found: Neighbourhood = get_object_or_404(seen, pk=pk)
    return found


def evaluated_neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose evaluations the caller may read; else 404."""
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(request.user, Act.EVALUATIONS)))
    found: Neighbourhood = get_object_or_404(seen, pk=pk)
    return found
