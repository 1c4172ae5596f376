"""That residents were told of something: by which channel, when, how many, and what proves it."""

from datetime import date, datetime
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from common.photos import read_photo
from consent.models import Announcement, OwnersVote, PublicNotice, Workshop
from renovation.models import Neighbourhood
from renovation.services.checks import require_day

Announced = Workshop | PublicNotice | OwnersVote
"""What residents are told of."""


@transaction.atomic
def announce(
    *,
    about: Announced,
    channel: str,
    told_on: date,
    place: str,
    reached: int | None = None,
    text: str = "",
    photo: UploadedFile | None = None,
    by: User,
    at: datetime | None = None,
) -> Announcement:
    """Record that residents were told of a workshop, a notice or a vote, also that it was cancelled or is over.

    `reached` counts people or doors, as far as anybody counted. Raises DayInFuture or PhotoRefused.
    """
    at = at or timezone.now()
    picture = ContentFile(read_photo(photo).cleaned()) if photo is not None else None
    locked = Neighbourhood.objects.select_for_update().get(pk=about.neighbourhood_id)
    require_day(told_on, at)
    made = Announcement(
        neighbourhood=locked,
        workshop=about if isinstance(about, Workshop) else None,
        notice=about if isinstance(about, PublicNotice) else None,
        vote=about if isinstance(about, OwnersVote) else None,
        channel=channel,
        told_on=told_on,
        place=place.strip(),
        reached=reached,
        text=text.strip(),
        at=at,
        by=by,
    )
    if picture is not None:
        made.photo.save(f"{uuid4()}.jpg", picture, save=False)
    made.save()
    add_history(
        made,
        "announced",
        by=by,
        action="created",
        about=about.resource,
        about_id=about.pk,
        channel=str(channel),
        told_on=told_on.isoformat(),
    )
    if isinstance(about, Workshop):
        tell_changes([about], fields=["announcements"])
    return made
