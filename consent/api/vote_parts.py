"""What the lists below one owners' vote share: its roll, ballots and challenges."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError

from accounts.choices import Act
from accounts.rest import ListResource, VisibleField
from accounts.rules.territory import reach_of
from accounts.services.history import add_history
from consent.api.parts import LONGEST_REASON, PartFilterBackend
from consent.errors import BallotsOnReason
from consent.models import OwnersVote
from consent.permissions import sees_ballots, sees_ballots_on_reason
from renovation.models import Neighbourhood, Stairwell
from renovation.querysets import neighbourhoods_within


class VotingNeighbourhoodField(VisibleField):
    """A neighbourhood whose owners' votes the caller may read; a client needs no more scopes than that."""

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, Act.VOTES)
        return Neighbourhood.objects.filter(neighbourhoods_within(reach))


class VotingStairwellField(VisibleField):
    """A stairwell where the caller may read owners' votes."""

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, Act.VOTES)
        return Stairwell.objects.filter(neighbourhoods_within(reach, "building__neighbourhood__"))


class PartOfVote(ListResource):
    """Rows of one vote, which the route names; 404 where the caller may not see the vote.

    With `by_reason` rows show how owners voted: who sees that only on a stated reason gives one, which is logged.
    """

    by_reason = False
    filter_backends = [PartFilterBackend]

    @cached_property
    def vote(self) -> OwnersVote:
        votes = OwnersVote.objects.visible_to(self.request.user).select_related("neighbourhood")
        found: OwnersVote | None = votes.filter(pk=self.kwargs["vote"]).first()
        if found is None:
            raise NotFound
        return found

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        if not self.by_reason or sees_ballots(self.request.user, self.vote):
            return super().get_queryset().filter(vote=self.vote)
        if not sees_ballots_on_reason(self.request.user, self.vote):
            raise PermissionDenied(_("You may not see the ballots of this vote."))
        log_reason(self.vote, self.request, "ballots_read")
        rows: Any = cast(QuerySet[Any], self.queryset).all()  # type: ignore[arg-type] # DRF says it may be a manager
        return rows.visible_to(self.request.user, on_reason=True).filter(vote=self.vote)


def log_reason(vote: OwnersVote, request: Any, act: str) -> None:
    """Writes down why somebody reads how owners voted. Raises BallotsOnReason where no reason is given."""
    reason = request.query_params.get("reason", "").strip()
    if not reason:
        raise BallotsOnReason(_("Ballots are shown on a stated reason, which is logged. Give one in `reason`."))
    if len(reason) > LONGEST_REASON or "\x00" in reason:
        raise ValidationError({"reason": [_("Give the reason in at most 200 characters.")]}, code="invalid")
    # Every page: that one belongs to a reading already logged is only what the caller says.
    add_history(vote, act, by=request.user, action=None, reason=reason)
