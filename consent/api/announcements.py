"""That residents were told of a workshop, a notice or a vote, with what proves it."""

from typing import Any

import django_filters
from django.http import FileResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, NotFound, PermissionDenied
from rest_framework.parsers import MultiPartParser

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.filters import CodeFilter, IdFilter
from common.json_format import JsonParser
from consent.api.notices import PHOTO_HELP
from consent.choices import Channel
from consent.models import Announcement, OwnersVote, PublicNotice, Workshop
from consent.permissions import may_announce
from consent.services.announcements import announce

SUBJECTS = ("workshop", "notice", "vote")
MOST_REACHED = 1_000_000


class AnnouncementOutput(serializers.ModelSerializer):
    photo = serializers.SerializerMethodField(help_text="Where its photo is; null where there is none.")
    created_at = serializers.DateTimeField(source="at")

    class Meta:
        model = Announcement
        fields = [
            "id",
            "neighbourhood",
            *SUBJECTS,
            "channel",
            "told_on",
            "place",
            "reached",
            "text",
            "photo",
            "by",
            "created_at",
        ]

    def get_photo(self, announcement: Announcement) -> str | None:
        return reverse("announcement-photo", args=[announcement.pk]) if announcement.photo else None


class AnnouncementInput(serializers.Serializer):
    """Names exactly one of `workshop`, `notice` and `vote`."""

    workshop = VisibleField(
        queryset=Workshop.objects.select_related("neighbourhood"), allow_null=True, required=False, default=None
    )
    notice = VisibleField(
        queryset=PublicNotice.objects.select_related("neighbourhood"), allow_null=True, required=False, default=None
    )
    vote = VisibleField(
        queryset=OwnersVote.objects.select_related("neighbourhood"), allow_null=True, required=False, default=None
    )
    channel = serializers.ChoiceField(Channel.choices)
    told_on = serializers.DateField(help_text="Not in the future.")
    place = serializers.CharField(max_length=200, help_text="The board, the group or the doors.")
    reached = serializers.IntegerField(
        min_value=0,
        max_value=MOST_REACHED,
        allow_null=True,
        required=False,
        default=None,
        help_text="People or doors, as far as anybody counted.",
    )
    text = serializers.CharField(max_length=1000, allow_blank=True, required=False, default="")
    photo = serializers.FileField(required=False, allow_null=True, default=None, help_text=PHOTO_HELP)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        named = [name for name in SUBJECTS if values[name] is not None]
        if len(named) != 1:
            words = _("Name what residents were told of: a workshop, a notice or a vote, and one of them only.")
            where = named[1] if named else SUBJECTS[0]
            raise serializers.ValidationError({where: [ErrorDetail(words, code="exactly_one")]})
        about = values[named[0]]
        return {**{name: value for name, value in values.items() if name not in SUBJECTS}, "about": about}


class AnnouncementFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    workshop = IdFilter("workshop_id")
    notice = IdFilter("notice_id")
    vote = IdFilter("vote_id")
    channel = django_filters.ChoiceFilter(choices=Channel.choices)


class Announcements(ReadOnlyResource):
    """How residents were told. An announcement is never changed; telling once more is a further one."""

    act = Act.WORKSHOPS
    queryset = Announcement.objects.all()
    serializer_class = AnnouncementOutput
    filterset_class = AnnouncementFilters
    ordering_fields = ("id", "told_on")
    parser_classes = [JsonParser, MultiPartParser]

    @extend_schema(
        request={"application/json": AnnouncementInput, "multipart/form-data": AnnouncementInput},
        responses={201: AnnouncementOutput},
    )
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Record that residents were told of exactly one workshop, notice or vote. 409 `day_in_future`."""
        self.require_write()
        values = self.read_body(AnnouncementInput)
        if not may_announce(request.user, values["about"]):
            raise PermissionDenied
        return self.answer(announce(by=request.user, **values), status=201)

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def photo(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """The photo that proves it, a JPEG; 404 where there is none."""
        file = self.get_object().photo
        if not file:
            raise NotFound
        try:
            opened = file.open("rb")
        except FileNotFoundError as lost:
            raise NotFound from lost
        return FileResponse(opened, content_type="image/jpeg", headers={"Cache-Control": "private"})
