"""What the pages of workshops, notices and votes show of how residents were told."""

from typing import Any

from django.urls import reverse

from accounts.models import User
from consent.models import OwnersVote, PublicNotice, Workshop
from consent.permissions import may_announce
from consent.reports.workshops import announcements_of

SUBJECTS: dict[str, Any] = {"workshop": Workshop, "notice": PublicNotice, "vote": OwnersVote}
"""What residents are told of, by the name that the address gives it."""


def announced(caller: User, about: Workshop | PublicNotice | OwnersVote) -> dict[str, Any]:
    """The context of `consent/_announcements.html`: how residents were told, and where who may records it once more.

    One query.
    """
    return {"announcements": announcements_of(about), "announce_url": announce_url(caller, about)}


def announce_url(caller: User, about: Any) -> str:
    if not may_announce(caller, about):
        return ""
    name = next(name for name, model in SUBJECTS.items() if isinstance(about, model))
    return f"{reverse('announcement_new', args=[about.neighbourhood_id])}?{name}={about.pk}"
