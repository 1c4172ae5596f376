"""What the server knows of the phones at the doors: who takes which, and what waits on it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from common.secrets import decrypt, encrypt
from consent.models import FieldPhone, PhoneQueue, Survey

SECRET_LENGTH = 32
"""Bytes: an AES-256 key."""


@dataclass(frozen=True, slots=True)
class QueueReport:
    """What waits on a phone for one survey. `oldest_at` is the time of the oldest visit that waits."""

    survey: int
    waiting: int
    refused: int
    photos: int
    oldest_at: datetime | None = None


def register_phone(*, phone: UUID, by: User, name: str = "", at: datetime | None = None) -> FieldPhone:
    """The row of a browser for one person, made with a secret of its own when they first come together.

    The secret stays as it is for as long as the row does: what was sealed with it must open again.
    """
    now = at or timezone.now()
    found, is_new = FieldPhone.objects.get_or_create(
        phone=phone,
        user=by,
        defaults={
            "secret": encrypt(os.urandom(SECRET_LENGTH)),
            "name": name,
            "first_seen_at": now,
            "last_seen_at": now,
        },
    )
    if not is_new:
        found.name, found.last_seen_at = name or found.name, now
        found.save(update_fields=["name", "last_seen_at"])
    return found


def secret_of(phone: FieldPhone) -> bytes:
    """The key that this person's store on this phone is sealed with: 32 bytes."""
    return decrypt(bytes(phone.secret))


@transaction.atomic
def note_taken(*, phone: UUID, survey: Survey, by: User, at: datetime | None = None) -> PhoneQueue:
    """Note that this phone took the doors of a survey along."""
    now = at or timezone.now()
    owned = register_phone(phone=phone, by=by, at=now)
    queue, _is_new = PhoneQueue.objects.update_or_create(phone=owned, survey=survey, defaults={"taken_at": now})
    return queue


@transaction.atomic
def note_queues(*, phone: UUID, reports: Sequence[QueueReport], by: User, at: datetime | None = None) -> FieldPhone:
    """Note what waits on this phone, all of it: where a survey is not named, nothing waits.

    Surveys that `by` does not see are passed over, unless the phone took them along when it still did: who has lost a
    role may have visits left on the phone, and that is what the community looks for.
    """
    now = at or timezone.now()
    owned = register_phone(phone=phone, by=by, at=now)
    # Two tabs report at once: one after the other.
    FieldPhone.objects.select_for_update().get(pk=owned.pk)
    named = {report.survey: report for report in reports}
    visible = Survey.objects.visible_to(by).filter(pk__in=named).values("pk")
    surveys = Survey.objects.filter(Q(pk__in=visible) | Q(phone_queues__phone=owned)).values_list("pk", flat=True)
    queues = [
        PhoneQueue(
            phone=owned,
            survey_id=pk,
            waiting_count=found.waiting,
            refused_count=found.refused,
            photo_count=found.photos,
            oldest_at=found.oldest_at,
            reported_at=now,
        )
        for pk in sorted(set(surveys))
        for found in [named.get(pk) or QueueReport(pk, 0, 0, 0)]
    ]
    PhoneQueue.objects.bulk_create(
        queues,
        update_conflicts=True,
        unique_fields=["phone", "survey"],
        update_fields=["waiting_count", "refused_count", "photo_count", "oldest_at", "reported_at"],
    )
    return owned
