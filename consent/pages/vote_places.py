"""What the pages about owners' votes share: who may open them, and the reason that officials state for ballots."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.rules.territory import reach_of
from accounts.services.history import add_history
from consent.models import OwnersVote
from consent.permissions import sees_ballots, sees_ballots_on_reason
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within


class BallotReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why you need to see the ballots"), max_length=200)


def voting_neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose owners' votes the caller reads; else 404."""
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(request.user, Act.VOTES)))
    found: Neighbourhood = get_object_or_404(seen.select_related("community"), pk=pk)
    return found


def visible_vote(request: SignedInRequest, pk: int) -> OwnersVote:
    votes = OwnersVote.objects.visible_to(request.user)
    related = ("neighbourhood__community", "stairwell__building", "rules", "opened_by", "closed_by")
    found: OwnersVote = get_object_or_404(votes.select_related(*related), pk=pk)
    return found


def ask_for_reason(request: SignedInRequest, vote: OwnersVote) -> HttpResponse | None:
    """The page that asks why, for who may see how owners voted only on a stated reason; None once it is stated.

    The reason holds for this vote in this session and stands in the history. Who may see no ballot at all is refused.
    """
    if sees_ballots(request.user, vote):
        return None
    if not sees_ballots_on_reason(request.user, vote):
        raise PermissionDenied
    if has_given_reason(request, vote):
        return None
    form = BallotReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        add_history(vote, "ballots_read", by=request.user, action=None, reason=form.cleaned_data["reason"])
        request.session[_reason_key(vote)] = form.cleaned_data["reason"]
        return redirect(request.get_full_path())
    context: dict[str, Any] = {"vote": vote, "neighbourhood": vote.neighbourhood, "form": form}
    return render(request, "consent/votes/reason.html", context, status=400 if form.errors else 200)


def has_given_reason(request: SignedInRequest, vote: OwnersVote) -> bool:
    """Whether a reason for this vote's ballots was stated in this session."""
    return _reason_key(vote) in request.session


def _reason_key(vote: OwnersVote) -> str:
    return f"reason-for-ballots-{vote.pk}"
