from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from renovation.choices import Stage
from renovation.errors import CommunityFull
from renovation.models import Division, Neighbourhood, StageChange

LAST_NUMBER = 999


@transaction.atomic
def register_neighbourhood(
    *, community: Division, name: str, by: User | None, at: datetime | None = None, **fields: Any
) -> Neighbourhood:
    """Register a neighbourhood in a community; its code is the community's and the next number, three digits.

    The community's row is the lock for its numbers. Raises CommunityFull after 999.
    """
    Division.objects.select_for_update().get(pk=community.pk)
    last = Neighbourhood.objects.filter(community=community).order_by("-code").values_list("code", flat=True).first()
    number = int(last[-3:]) + 1 if last else 1
    if number > LAST_NUMBER:
        raise CommunityFull(_("The numbers of this community are used up."))
    at = at or timezone.now()
    neighbourhood = Neighbourhood.objects.create(
        code=f"{community.code}-{number:03}",
        name=name,
        community=community,
        community_code=community.code,
        stage=Stage.REGISTERED,
        stage_since=at,
        **fields,
    )
    StageChange.objects.create(neighbourhood=neighbourhood, from_stage="", to_stage=Stage.REGISTERED, at=at, by=by)
    add_history(neighbourhood, "registered", by=by, action="created", name=name)
    return neighbourhood
