"""Butler boards at the stairwells' doors."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.parsers import MultiPartParser

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from governance.api.base import GovernedStairwellField, lock_place_of
from governance.models import NoticeBoard
from governance.permissions.boards import may_keep_board, sees_head
from governance.services.boards import (
    add_board_photo,
    change_board,
    put_up_board,
    take_down_board,
    withdraw_head_consent,
)
from renovation.models import Stairwell
from renovation.rules.masking import mask_name, mask_phone

MASKED = "Masked once it was taken down, unless the caller keeps it."


class NoticeBoardOutput(serializers.ModelSerializer):
    building_head_name = serializers.SerializerMethodField(help_text=MASKED)
    building_head_phone = serializers.SerializerMethodField(help_text=MASKED)
    has_photo = serializers.SerializerMethodField(help_text="Whether there is a photo of it as it hangs.")

    class Meta:
        model = NoticeBoard
        fields = [
            "id",
            "neighbourhood",
            "stairwell",
            "butler_name",
            "butler_phone",
            "building_head_name",
            "building_head_phone",
            "head_consents_on",
            "put_up_on",
            "taken_down_on",
            "has_photo",
            "created_at",
            "updated_at",
        ]

    def get_building_head_name(self, board: NoticeBoard) -> str:
        name = board.building_head_name
        return name if sees_head(self.context["request"].user, board) else mask_name(name)

    def get_building_head_phone(self, board: NoticeBoard) -> str:
        phone = board.building_head_phone
        return phone if sees_head(self.context["request"].user, board) else mask_phone(phone)

    def get_has_photo(self, board: NoticeBoard) -> bool:
        return bool(board.photo)


class ChangeBoardInput(serializers.Serializer):
    butler_name = serializers.CharField(max_length=40)
    butler_phone = serializers.CharField(max_length=20, help_text="A work phone.")
    building_head_name = serializers.CharField(max_length=40, allow_blank=True, required=False, default="")
    building_head_phone = serializers.CharField(max_length=20, allow_blank=True, required=False, default="")
    head_consents_on = serializers.DateField(
        allow_null=True, required=False, default=None, help_text="The day on which the building head consented to this."
    )


class PutUpBoardInput(ChangeBoardInput):
    stairwell = GovernedStairwellField(queryset=Stairwell.objects.all())
    put_up_on = serializers.DateField(help_text="Not in the future.")


class TakeDownInput(serializers.Serializer):
    taken_down_on = serializers.DateField(help_text="Not before it was put up, not in the future.")


class BoardPhotoInput(serializers.Serializer):
    file = serializers.FileField(help_text="JPEG, PNG or WebP, at most 12 MB.")


class NoticeBoardFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    building = IdFilter("stairwell__building_id")
    stairwell = IdFilter("stairwell_id")
    up = django_filters.ChoiceFilter(
        method="by_up", choices=TRUE_OR_FALSE, label="Those that hang, or were taken down."
    )

    def by_up(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(taken_down_on__isnull=value == "true")


class NoticeBoards(ReadOnlyResource):
    """Who the property butler and the building head of a stairwell are. A building head only with consent."""

    act = Act.UPKEEP
    queryset = NoticeBoard.objects.all()
    serializer_class = NoticeBoardOutput
    filterset_class = NoticeBoardFilters

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("neighbourhood", "stairwell__building")

    def get_object(self) -> Any:
        lock_place_of(self, "neighbourhood_id")
        return super().get_object()

    @extend_schema(request=PutUpBoardInput, responses={201: NoticeBoardOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Put up the board of a stairwell. 409 `board_up_already`, `head_consent_needed`, `day_in_future`."""
        self.require_write()
        values = self.read_body(PutUpBoardInput)
        if not may_keep_board(request.user, values["stairwell"]):
            raise PermissionDenied
        return self._shown(put_up_board(by=request.user, **values), status=201)

    @extend_schema(request=ChangeBoardInput, responses=NoticeBoardOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Write a board anew that hangs; an older photo of it goes. 409 `board_taken_down`, `head_consent_needed`,
        `day_in_future`.
        """
        board = self.get_object()
        return self._shown(change_board(board=board, by=request.user, **self.read_body(ChangeBoardInput, partial=True)))

    @extend_schema(request=None, responses=NoticeBoardOutput)
    @action(detail=True, methods=["post"], url_path="withdraw-consent")
    def withdraw_consent(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """The building head no longer wants to be shown: name, phone and the photo of the board are erased."""
        return self._shown(withdraw_head_consent(board=self.get_object(), by=request.user))

    @extend_schema(request=TakeDownInput, responses=NoticeBoardOutput)
    @action(detail=True, methods=["post"], url_path="take-down")
    def take_down(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """The board no longer hangs there. 409 `board_taken_down`, `day_in_future`, `day_out_of_order`."""
        board = self.get_object()
        return self._shown(take_down_board(board=board, by=request.user, **self.read_body(TakeDownInput)))

    @extend_schema(request={"multipart/form-data": BoardPhotoInput}, responses=NoticeBoardOutput)
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    def photo(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Keep a photo of the board as it hangs, in place of an older one. 409 `board_taken_down`."""
        board = self.get_object()
        return self._shown(add_board_photo(board=board, by=request.user, **self.read_body(BoardPhotoInput)))

    def _shown(self, board: NoticeBoard, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=board.pk), status=status)
