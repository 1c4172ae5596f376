"""Photos of a place before, during and after the works: kept once, as nothing but a picture, shown when published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.files import File
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.history import add_history
from common.photos import SentPhoto, read_photo
from renovation.choices import PhotoPhase
from renovation.models import Defect, MenuItem, Neighbourhood, SitePhoto, SiteReport
from renovation.services.checks import require_day, require_here


@dataclass(frozen=True, slots=True)
class ReadyPhoto:
    """A photo that has been decoded: its picture alone, and the SHA-256 of the file as it was sent."""

    digest: bytes
    image: bytes


def ready_photos(photos: Sequence[File | ReadyPhoto]) -> list[ReadyPhoto]:
    """Photos decoded, those that are not yet. Raises PhotoRefused.

    Decoding one costs some 200 ms, so this comes before any lock; and before the first is kept, since a file that was
    written stays when a transaction does not.
    """
    return [photo if isinstance(photo, ReadyPhoto) else _ready(read_photo(photo)) for photo in photos]


def _ready(sent: SentPhoto) -> ReadyPhoto:
    return ReadyPhoto(digest=sent.digest, image=sent.cleaned())


def add_site_photo(
    *,
    neighbourhood: Neighbourhood,
    phase: PhotoPhase | str,
    taken_on: date,
    file: File | ReadyPhoto,
    caption: str = "",
    report: SiteReport | None = None,
    defect: Defect | None = None,
    menu_item: MenuItem | None = None,
    by: User,
    at: datetime | None = None,
) -> tuple[SitePhoto, bool]:
    """Keep a photo of the place; and whether it is new. The same file again in this neighbourhood changes nothing.

    Raises PhotoRefused, DayInFuture or OtherNeighbourhood.
    """
    at = at or timezone.now()
    require_day(taken_on, at)
    require_here(neighbourhood, report, defect)
    sent = file if isinstance(file, ReadyPhoto) else read_photo(file)
    if (known := _known(neighbourhood, sent.digest)) is not None:
        return known, False
    ready = sent if isinstance(sent, ReadyPhoto) else _ready(sent)
    with transaction.atomic():
        locked = Neighbourhood.objects.select_for_update().get(pk=neighbourhood.pk)
        if (known := _known(locked, sent.digest)) is not None:
            return known, False
        photo = SitePhoto(
            neighbourhood=locked,
            report=report,
            defect=defect,
            menu_item=menu_item,
            phase=phase,
            caption=caption,
            taken_on=taken_on,
            sha256=sent.digest,
            recorded_at=at,
            recorded_by=by,
        )
        photo.file.save(f"{locked.pk}-{sent.digest[:8].hex()}.jpg", ContentFile(ready.image), save=False)
        photo.save()
        add_history(photo, "site_photo_added", by=by, action="created", phase=str(phase))
    return photo, True


@transaction.atomic
def publish_photo(*, photo: SitePhoto, published: bool, by: User) -> SitePhoto:
    """Let a photo be shown at the doors of other neighbourhoods, or no longer. As it is already: nothing is done."""
    locked = SitePhoto.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=photo.pk)
    if locked.is_published == published:
        return locked
    locked.is_published = published
    locked.save(update_fields=["is_published"])
    act = "site_photo_published" if published else "site_photo_withdrawn"
    add_history(locked, act, by=by, fields=["is_published"])
    return locked


def _known(neighbourhood: Neighbourhood, digest: bytes) -> SitePhoto | None:
    found: SitePhoto | None = SitePhoto.objects.filter(neighbourhood=neighbourhood, sha256=digest).first()
    return found
