"""What the resources of upkeep share: who writes them, and how their photos are sent."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse
from django.urls import reverse
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser

from accounts.choices import Act
from accounts.rest import ReadOnlyResource, VisibleField
from common.json_format import JsonParser
from governance.api.base import GovernedBuildingField, GovernedNeighbourhoodField, GovernedStairwellField
from governance.models import Body
from governance.permissions.upkeep import may_keep_upkeep
from renovation.models import Building, Neighbourhood, Stairwell

JPEG = "image/jpeg"
PHOTO_HELP = "JPEG, PNG or WebP, at most 12 MB. Never of persons or the inside of a home."


class UpkeepNeighbourhoodField(GovernedNeighbourhoodField):
    act_asked = Act.UPKEEP


class Upkept(ReadOnlyResource):
    """Rows of the upkeep of a place. A grid worker writes where a building lies in the grid, or in none."""

    act = Act.UPKEEP

    def may(self, thing: Any) -> bool:
        return may_keep_upkeep(self.request.user, place_of(thing))

    def require_keeper(self, thing: Any) -> None:
        """403 unless the caller keeps up the neighbourhood in which `thing` lies, or which it is."""
        if not self.may(thing):
            raise PermissionDenied

    def shown(self, thing: Any, *, status: int = 200) -> Any:
        """The row as it is now, with what its output needs."""
        return self.answer(self.get_queryset().get(pk=thing.pk), status=status)


class TakesPhotos(Upkept):
    parser_classes = [JsonParser, MultiPartParser]


class PlaceInput(serializers.Serializer):
    """Where something is: a stairwell, which says its building; a building; or neither."""

    building = GovernedBuildingField(queryset=Building.objects.all(), allow_null=True, required=False, default=None)
    stairwell = GovernedStairwellField(
        queryset=Stairwell.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="Says its building.",
    )


class DoerInput(serializers.Serializer):
    body = VisibleField(
        queryset=Body.objects.all(), allow_null=True, required=False, default=None, help_text="Who is to do it."
    )
    due_on = serializers.DateField(allow_null=True, required=False, default=None, help_text="By when.")


class PhotoField(serializers.FileField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "allow_null": True, "help_text": PHOTO_HELP, **kwargs})


class SaidField(serializers.BooleanField):
    """Yes or no, as said. What a form leaves out is not said, where DRF would take it for no."""

    default_empty_html = serializers.empty


def photo_address(row: Any, route: str, *args: Any) -> str | None:
    """Where a row's photo is; None where there is none."""
    return reverse(route, args=args or [row.pk]) if row.photo else None


def photo_answer(file: Any) -> FileResponse:
    """The picture, a JPEG; 404 where there is none, or its file is lost."""
    if not file:
        raise NotFound
    try:
        opened = file.open("rb")
    except FileNotFoundError as lost:
        raise NotFound from lost
    return FileResponse(opened, content_type=JPEG, headers={"Cache-Control": "private"})


def place_of(thing: Any) -> Neighbourhood:
    """The neighbourhood in which a row lies, or which it is."""
    while not isinstance(thing, Neighbourhood):
        thing = getattr(thing, thing.lies_in)
    return thing
