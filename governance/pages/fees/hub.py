"""Where a clerk's day begins: the neighbourhoods whose fees are kept, and what one of them needs today."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.rules.territory import reach_of
from common.keyset import keyset_page
from governance.pages.fees.places import fee_neighbourhood
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within


@login_required
def fees_home(request: SignedInRequest) -> HttpResponse:
    """The neighbourhoods whose fees the caller reads, if only in totals."""
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(request.user, Act.FEES)))
    page = keyset_page(request, seen, key="code")
    return render(request, "governance/fees/home.html", {"page": page})


@login_required
def fees(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a neighbourhood's book needs today."""
    neighbourhood = fee_neighbourhood(request, pk)
    return render(request, "governance/fees/hub.html", {"neighbourhood": neighbourhood})
