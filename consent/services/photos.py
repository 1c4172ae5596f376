"""Photos of paper forms, as evidence of the visits that were sent before."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from common.photos import read_photo
from consent.choices import Outcome
from consent.errors import SurveyClosed, VisitUnknown
from consent.models import Survey, Visit, VisitPhoto
from consent.rules.visits import WORKS_STARTED
from consent.services import projections
from consent.services.support_rates import push_support_rate


def add_photo(
    *, survey: Survey, client_id: UUID, file: UploadedFile, by: User, at: datetime | None = None
) -> tuple[VisitPhoto, bool]:
    """Keep a photo of the paper form of a visit that was sent before; and whether it is new.

    The same file again changes nothing. Raises VisitUnknown (also for a visit that `by` neither sees nor made),
    PhotoRefused, and SurveyClosed once the works have started.
    """
    sent = read_photo(file)
    digest = sent.digest
    # The committee sees no doors once its rounds are closed; photos of its visits may still be on their way.
    made = Q(recorded_by=by) | Q(handed__handed_by=by)
    visits = Visit.objects.visible_to(by) | Visit.objects.filter(made)
    visit = visits.filter(survey=survey, client_id=client_id).first()
    if visit is None:
        raise VisitUnknown(_("There is no such visit in this survey. Send the visit first."))
    if (known := VisitPhoto.objects.filter(visit=visit, sha256=digest).first()) is not None:
        return known, False
    image = sent.cleaned()
    with transaction.atomic():
        survey = Survey.objects.select_for_update(of=("self",)).select_related("neighbourhood").get(pk=survey.pk)
        if (known := VisitPhoto.objects.filter(visit=visit, sha256=digest).first()) is not None:
            return known, False
        if survey.neighbourhood.stage in WORKS_STARTED:
            raise SurveyClosed(_("The works have started: a photo no longer changes anything."))
        # As of a moment, photos and visits are read together; see rolls.amend_roll.
        now = at or timezone.now()
        if survey.closed_at is not None and now <= survey.closed_at:
            now = survey.closed_at + timedelta(microseconds=1)
        photo = VisitPhoto(
            survey=survey,
            visit=visit,
            sha256=digest,
            recorded_at=max(now, survey.last_recorded_at or now),
            recorded_by=by,
        )
        photo.file.save(f"{visit.client_id}-{digest[:4].hex()}.jpg", ContentFile(image), save=False)
        photo.save()
        if visit.outcome == Outcome.VACANT:  # the photo is the evidence that lets a vacant home leave the denominator
            projections.refresh_stances(survey=survey, doors=[visit.door_id])
            if not survey.is_open:
                push_support_rate(survey=survey, by=by, at=photo.recorded_at)
        add_history(survey, "photo_added", by=by, fields=["photos"], visit=visit.sequence)
    return photo, True
