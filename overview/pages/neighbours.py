"""What the neighbours got: made to be held out at a door, on a phone."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.http import SignedInRequest
from overview.reports.neighbours import neighbours_to_show
from overview.rules.deferred import JUST_FINISHED
from renovation.models import Neighbourhood


@login_required
def neighbours(request: SignedInRequest, pk: int) -> HttpResponse:
    neighbourhood = get_object_or_404(Neighbourhood.objects.visible_to(request.user), pk=pk)
    context = {
        "neighbourhood": neighbourhood,
        "found": neighbours_to_show(request.user, neighbourhood),
        "days": JUST_FINISHED.days,
    }
    return render(request, "overview/neighbours.html", context)
