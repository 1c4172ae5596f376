"""The money of a neighbourhood: who pays, for what, and how much of it is there."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render

from accounts.http import SignedInRequest
from renovation.pages.places import planned_neighbourhood
from renovation.reports.money import money_of


@login_required
def money(request: SignedInRequest, pk: int) -> HttpResponse:
    """Planned, committed, received and spent, by source and by item."""
    neighbourhood = planned_neighbourhood(request, pk)
    return render(request, "renovation/money.html", {"neighbourhood": neighbourhood, "money": money_of(neighbourhood)})
