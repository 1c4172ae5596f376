"""What tours and tasks refuse alike, and how they keep a photo."""

from typing import Any

from django.core.files.base import ContentFile
from django.db import models
from django.utils.translation import gettext as _

from governance.errors.bodies import BodyEnded
from governance.errors.upkeep import StairwellElsewhere
from governance.models import Body
from renovation.models import Building, Neighbourhood, Stairwell
from renovation.services.checks import require_here
from renovation.services.site_photos import ReadyPhoto


def require_body(neighbourhood: Neighbourhood, body: Body | None) -> None:
    """Raises OtherNeighbourhood, or BodyEnded for one that no longer does anything."""
    require_here(neighbourhood, body)
    if body is not None and body.ended_on is not None:
        raise BodyEnded(_("This body has ended."))


def require_place(
    neighbourhood: Neighbourhood, building: Building | None, stairwell: Stairwell | None
) -> Building | None:
    """The building of a place, which a stairwell names. Raises OtherNeighbourhood or StairwellElsewhere."""
    if stairwell is not None:
        if building is not None and stairwell.building_id != building.pk:
            raise StairwellElsewhere(_("This stairwell is in another building."))
        building = stairwell.building
    require_here(neighbourhood, building)
    return building


def keep_photo(row: models.Model, photos: list[ReadyPhoto]) -> None:
    """Put the one photo, if there is one, into a row that is not saved yet. Its name says nothing of the place."""
    for ready in photos:
        field: Any = row._meta.get_field("photo")
        getattr(row, field.name).save(f"{ready.digest[:12].hex()}.jpg", ContentFile(ready.image), save=False)
