"""Photos of places before, during and after the works, and their files."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import MultiPartParser

from accounts.http import SignedInApiRequest
from accounts.rest import VisibleField, matches
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from common.json_format import JsonParser
from renovation.api.on_site import OnSite, SupervisedNeighbourhoodField
from renovation.choices import PhotoPhase
from renovation.models import Defect, MenuItem, Neighbourhood, SitePhoto, SiteReport
from renovation.services.site_photos import add_site_photo, publish_photo

JPEG = "image/jpeg"


class SitePhotoOutput(serializers.ModelSerializer):
    sha256 = serializers.SerializerMethodField(help_text="Of the file as it was sent.")
    created_at = serializers.DateTimeField(source="recorded_at")

    class Meta:
        model = SitePhoto
        fields = [
            "id",
            "neighbourhood",
            "report",
            "defect",
            "menu_item",
            "phase",
            "caption",
            "taken_on",
            "sha256",
            "is_published",
            "created_at",
        ]

    def get_sha256(self, photo: SitePhoto) -> str:
        return bytes(photo.sha256).hex()


class SitePhotoInput(serializers.Serializer):
    neighbourhood = SupervisedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    file = serializers.FileField(
        help_text="JPEG, PNG or WebP, at most 12 MB. Never of persons or the inside of a home."
    )
    phase = serializers.ChoiceField(PhotoPhase.choices)
    taken_on = serializers.DateField(help_text="Not in the future.")
    caption = serializers.CharField(max_length=120, allow_blank=True, required=False, default="")
    menu_item = VisibleField(queryset=MenuItem.objects.all(), allow_null=True, required=False, default=None)
    report = VisibleField(queryset=SiteReport.objects.all(), allow_null=True, required=False, default=None)
    defect = VisibleField(queryset=Defect.objects.all(), allow_null=True, required=False, default=None)


class SitePhotoChange(serializers.Serializer):
    is_published = serializers.BooleanField(help_text="Whether it may be shown at the doors of other neighbourhoods.")


class SitePhotoFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    phase = django_filters.ChoiceFilter(choices=PhotoPhase.choices)
    report = IdFilter("report_id")
    defect = IdFilter("defect_id")
    menu_item = IdFilter("menu_item_id")
    is_published = django_filters.ChoiceFilter(method="by_published", choices=TRUE_OR_FALSE)

    def by_published(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(is_published=value == "true")


class Whatever(DefaultContentNegotiation):
    """A picture is sent as it is, whatever the caller says that it accepts."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class SitePhotos(OnSite):
    """Photos without location: your neighbourhoods' and those that others have published."""

    queryset = SitePhoto.objects.all()
    serializer_class = SitePhotoOutput
    filterset_class = SitePhotoFilters
    parser_classes = [JsonParser, MultiPartParser]
    bulk = False

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("neighbourhood")

    @extend_schema(
        request={"multipart/form-data": SitePhotoInput}, responses={200: SitePhotoOutput, 201: SitePhotoOutput}
    )
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Keep a photo: 201, or 200 where this very file is in the neighbourhood already. What is no photo is refused:
        400 `photo_refused`.
        """
        self.require_write()
        values = self.read_body(SitePhotoInput)
        self.require_supervisor(values["neighbourhood"])
        photo, is_new = add_site_photo(by=request.user, **values)
        return self.answer(photo, status=201 if is_new else 200)

    @extend_schema(request={"application/json": SitePhotoChange}, responses=SitePhotoOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Publish a photo, or withdraw it."""
        photo = self.get_object()
        values = self.read_body(SitePhotoChange)
        return self.answer(publish_photo(photo=photo, published=values["is_published"], by=request.user))

    @extend_schema(responses={(200, JPEG): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[], content_negotiation_class=Whatever)
    def file(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """The picture: a JPEG of at most 1,600 pixels a side; 404 where its file is lost."""
        photo: SitePhoto = self.get_object()
        headers = {"ETag": f'"{bytes(photo.sha256).hex()[:20]}"', "Cache-Control": "private"}
        if matches(request.headers.get("If-None-Match"), headers["ETag"]):
            return HttpResponse(status=304, headers=headers)
        try:
            with photo.file.open("rb") as kept:
                return HttpResponse(kept.read(), content_type=JPEG, headers=headers)
        except FileNotFoundError as lost:
            raise NotFound from lost
