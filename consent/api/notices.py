"""Public notices and the objections against them (policy.md, section h)."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, NotFound
from rest_framework.parsers import MultiPartParser

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from accounts.rules.territory import reach_of
from common.json_format import JsonParser
from consent.api.filters import NoticeFilters, ObjectionFilters
from consent.api.parts import SurveyedNeighbourhoodField
from consent.choices import NoticeKind
from consent.models import Objection, PublicNotice, Survey, TreeHead
from consent.permissions import may_run_survey
from consent.rules.notices import TERMS, is_over
from consent.services.notices import answer_objection, close_notice, post_notice, raise_objection
from renovation.models import Neighbourhood, RenovationPlan
from renovation.querysets import neighbourhoods_within

PHOTO_HELP = "JPEG, PNG or WebP, at most 12 MB."


class NoticeHeadOutput(serializers.ModelSerializer):
    """The signed head of the survey's ledger that the notice carries, as `surveys/{id}/tree/` gives it."""

    root_hash = serializers.SerializerMethodField()
    signature = serializers.SerializerMethodField()

    class Meta:
        model = TreeHead
        fields = ["size", "root_hash", "timestamp", "key_id", "signature"]

    def get_root_hash(self, head: TreeHead) -> str:
        return bytes(head.root_hash).hex()

    def get_signature(self, head: TreeHead) -> str:
        return bytes(head.signature).hex()


class NoticeOutput(serializers.ModelSerializer):
    tree_head = NoticeHeadOutput(allow_null=True)
    replaced_by = serializers.SerializerMethodField()
    least_days = serializers.SerializerMethodField(help_text="That its kind hangs, the day of posting not counted.")
    is_over = serializers.SerializerMethodField(help_text="Whether its last day has passed.")
    objections = serializers.IntegerField(source="objection_count", help_text="Raised against this notice itself.")
    open_objections = serializers.IntegerField(source="open_count", help_text="Of these, not answered yet.")
    page = serializers.SerializerMethodField(help_text="Where anybody may read it.")
    posting_photo = serializers.SerializerMethodField(help_text="Where its photo is; null where there is none.")
    closing_photo = serializers.SerializerMethodField(help_text="Where its photo is; null where there is none.")

    class Meta:
        model = PublicNotice
        fields = [
            "id",
            "neighbourhood",
            "kind",
            "title",
            "text",
            "survey",
            "plan",
            "tree_head",
            "place",
            "posted_on",
            "ends_on",
            "least_days",
            "is_over",
            "state",
            "replaces",
            "replaced_by",
            "objections",
            "open_objections",
            "posted_by",
            "posting_photo",
            "closed_at",
            "closed_by",
            "closing_note",
            "closing_photo",
            "page",
            "created_at",
            "updated_at",
        ]

    def get_replaced_by(self, notice: PublicNotice) -> int | None:
        later = getattr(notice, "replaced_by", None)
        return later.pk if later else None

    def get_least_days(self, notice: PublicNotice) -> int:
        return TERMS[notice.kind].days

    def get_is_over(self, notice: PublicNotice) -> bool:
        return is_over(notice.ends_on, timezone.localdate())

    def get_page(self, notice: PublicNotice) -> str:
        return reverse("notice_public", args=[notice.pk])

    def get_posting_photo(self, notice: PublicNotice) -> str | None:
        return reverse("notice-posting-photo", args=[notice.pk]) if notice.posting_photo else None

    def get_closing_photo(self, notice: PublicNotice) -> str | None:
        return reverse("notice-closing-photo", args=[notice.pk]) if notice.closing_photo else None


class NoticedPlanField(VisibleField):
    """A revision that the caller may read as a plan, or a frozen one where it reads surveys, which name it."""

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, Act.SURVEYS)
        named = RenovationPlan.objects.frozen().filter(neighbourhoods_within(reach, "neighbourhood__"))
        found: Any = super().get_queryset()
        return found | named


class WordsInput(serializers.Serializer):
    """What a notice says and where it hangs, from when until when."""

    title = serializers.CharField(max_length=120)
    text = serializers.CharField(max_length=4000)
    place = serializers.CharField(max_length=200)
    posted_on = serializers.DateField(help_text="This day is not counted.")
    ends_on = serializers.DateField(help_text="Its last day.")
    survey = VisibleField(queryset=Survey.objects.all(), required=False, allow_null=True, help_text="Of a result.")
    plan = NoticedPlanField(
        queryset=RenovationPlan.objects.all(), required=False, allow_null=True, help_text="The revision, of a plan."
    )
    photo = serializers.FileField(required=False, allow_null=True, help_text=PHOTO_HELP)


class PostNoticeInput(WordsInput):
    neighbourhood = SurveyedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    kind = serializers.ChoiceField(NoticeKind.choices)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        named = {"survey": NoticeKind.SURVEY_RESULT, "plan": NoticeKind.PLAN}
        missing = [name for name, kind in named.items() if values["kind"] == kind and values.get(name) is None]
        if missing:
            words = _("A notice of this kind says what it is about.")
            raise serializers.ValidationError({name: [ErrorDetail(words, code="required")] for name in missing})
        return values


class CloseNoticeInput(serializers.Serializer):
    note = serializers.CharField(max_length=500, allow_blank=True, default="")
    photo = serializers.FileField(required=False, allow_null=True, help_text=PHOTO_HELP)


class Notices(ReadOnlyResource):
    """What was made public: where and how long it hung, and how its posting and its end are proved."""

    act = Act.SURVEYS
    queryset = PublicNotice.objects.all()
    serializer_class = NoticeOutput
    filterset_class = NoticeFilters
    ordering_fields = ("id", "posted_on", "ends_on")
    search_fields = ("title",)
    parser_classes = [JsonParser, MultiPartParser]

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        return rows.select_related("neighbourhood", "tree_head", "replaced_by").with_objections()

    @extend_schema(
        request={"application/json": PostNoticeInput, "multipart/form-data": PostNoticeInput},
        responses={201: NoticeOutput},
    )
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Record that a notice was posted; that of a result carries the signed head of the survey's ledger.

        409 `notice_too_short` (with `least_days`, `earliest_end`), `notice_too_early`, `notice_hangs`, `survey_open`,
        `survey_superseded`, `plan_is_draft`, `plan_superseded`, `wrong_subject`, `day_in_future`.
        """
        self.require_write()
        values = self.read_body(PostNoticeInput)
        self.require_write(values["neighbourhood"])
        return self._shown(post_notice(**values, by=request.user), status=201)

    @extend_schema(
        request={"application/json": WordsInput, "multipart/form-data": WordsInput}, responses={201: NoticeOutput}
    )
    @action(detail=True, methods=["post"])
    def replace(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Post another content in place of a notice that hangs: its days begin anew, and its objections stay to be
        answered. Without `survey` or `plan` it is about the same as before.

        The refusals of posting, and 409 `notice_closed`, `notice_replaced`.
        """
        notice = self.get_object()
        values = self.read_body(WordsInput)
        values["survey"] = values.get("survey") or notice.survey
        values["plan"] = values.get("plan") or notice.plan
        made = post_notice(
            neighbourhood=notice.neighbourhood, kind=notice.kind, **values, replaces=notice, by=request.user
        )
        return self._shown(made, status=201)

    @extend_schema(
        request={"application/json": CloseNoticeInput, "multipart/form-data": CloseNoticeInput},
        responses=NoticeOutput,
    )
    @action(detail=True, methods=["post"])
    def close(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Close a notice that is over and has no open objection. A plan whose notice it was comes into force.

        409 `notice_not_over` (with `ends_on`), `objections_open` (with `objections`), `notice_closed`,
        `notice_replaced`.
        """
        notice = self.get_object()
        values = self.read_body(CloseNoticeInput)
        return self._shown(close_notice(notice=notice, **values, by=request.user))

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, url_path="posting-photo", pagination_class=None, filter_backends=[])
    def posting_photo(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """The photo of its posting, a JPEG; 404 where there is none."""
        return _photo(self.get_object().posting_photo)

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, url_path="closing-photo", pagination_class=None, filter_backends=[])
    def closing_photo(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """The photo at its end, a JPEG; 404 where there is none."""
        return _photo(self.get_object().closing_photo)

    def _shown(self, notice: PublicNotice, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=notice.pk), status=status)

    def etag_extra(self, thing: Any) -> str:
        """Objections come without a new version of the notice, and its last day passes by itself."""
        return f"{thing.objection_count}.{thing.open_count}.{is_over(thing.ends_on, timezone.localdate()):d}"


def _photo(file: Any) -> FileResponse:
    if not file:
        raise NotFound
    try:
        opened = file.open("rb")
    except FileNotFoundError as lost:
        raise NotFound from lost
    return FileResponse(opened, content_type="image/jpeg", headers={"Cache-Control": "private"})


class ObjectionOutput(serializers.ModelSerializer):
    neighbourhood = serializers.IntegerField(source="notice.neighbourhood_id")
    raised_by = serializers.SerializerMethodField(help_text="For whoever records objections here; empty for others.")

    class Meta:
        model = Objection
        fields = [
            "id",
            "notice",
            "neighbourhood",
            "raised_on",
            "raised_by",
            "text",
            "state",
            "answer",
            "answered_on",
            "answered_by",
            "recorded_by",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(OpenApiTypes.STR)
    def get_raised_by(self, objection: Objection) -> str:
        return objection.raised_by if may_run_survey(self.context["request"].user, objection) else ""


class RaiseObjectionInput(serializers.Serializer):
    notice = VisibleField(queryset=PublicNotice.objects.select_related("neighbourhood"))
    raised_on = serializers.DateField()
    text = serializers.CharField(max_length=1000)
    raised_by = serializers.CharField(
        max_length=80, allow_blank=True, default="", help_text="Shown only to whoever records objections there."
    )


class AnswerObjectionInput(serializers.Serializer):
    answer = serializers.CharField(max_length=1000)
    answered_on = serializers.DateField()


class Objections(ReadOnlyResource):
    """What people hold against a notice, and how they were answered."""

    act = Act.SURVEYS
    queryset = Objection.objects.all()
    serializer_class = ObjectionOutput
    filterset_class = ObjectionFilters
    ordering_fields = ("id", "raised_on")

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("notice__neighbourhood")

    @extend_schema(request=RaiseObjectionInput, responses={201: ObjectionOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Record an objection against a notice that hangs; until it is answered, the notice cannot be closed.

        409 `notice_closed`, `notice_replaced`, `notice_too_early`, `day_in_future`.
        """
        self.require_write()
        values = self.read_body(RaiseObjectionInput)
        self.require_write(values["notice"])
        made = raise_objection(**values, by=request.user)
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)

    @extend_schema(request=AnswerObjectionInput, responses=ObjectionOutput)
    @action(detail=True, methods=["post"], url_path="answer", url_name="answer")
    def answer_it(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Answer an objection, also one against a notice that was replaced since. Its answer stands.

        409 `objection_answered`, `notice_too_early`, `day_in_future`.
        """
        objection = self.get_object()
        values = self.read_body(AnswerObjectionInput)
        made = answer_objection(objection=objection, **values, by=request.user)
        return self.answer(self.get_queryset().get(pk=made.pk))
