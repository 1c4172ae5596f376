from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import tag_of_content
from common.json_format import JsonParser
from consent.api.filters import VisitFilters
from consent.api.parts import PartOfSurvey
from consent.choices import Given, Outcome, Party, Reason, Respondent
from consent.models import Visit, VisitPhoto
from consent.permissions import may_log_any_visit
from consent.rules.visit_items import read_visit
from consent.rules.visits import Refusal, VisitInput
from consent.services.photos import add_photo
from consent.services.visit_line import take_visits
from consent.services.visits import VisitAnswer
from consent.words import words_of

LARGEST_BATCH = 500
LARGEST_BODY = 48 * 1024 * 1024
"""Bytes: 500 visits with a signature of 64 KB each, in Base64."""


class BatchParser(JsonParser):
    """A NUL in one visit is that visit's fault: it is answered with the item, and stops no other."""

    refuses_nul = False


class VisitOutput(serializers.ModelSerializer):
    household = serializers.IntegerField(source="door.household_id")
    given = serializers.CharField(allow_blank=True)
    supersedes = serializers.UUIDField(source="supersedes.client_id", default=None, allow_null=True)
    note = serializers.CharField(source="private.note", allow_blank=True)
    has_photo = serializers.BooleanField()
    plan = serializers.IntegerField(
        source="plan.number", default=None, allow_null=True, help_text="The revision of the plan that was shown."
    )
    commitments = serializers.DictField(child=serializers.BooleanField(), allow_null=True)
    private_hash = serializers.SerializerMethodField()
    leaf_hash = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="recorded_at")

    class Meta:
        model = Visit
        fields = [
            "id",
            "sequence",
            "client_id",
            "household",
            "round",
            "out_of_round",
            "outcome",
            "given",
            "respondent",
            "visited_at",
            "recorded_at",
            "recorded_by",
            "party",
            "commitments",
            "menu_items",
            "reasons",
            "note",
            "has_note",
            "has_photo",
            "supersedes",
            "plan",
            "private_hash",
            "leaf_hash",
            "created_at",
        ]

    def get_private_hash(self, visit: Visit) -> str:
        return bytes(visit.private_hash).hex()

    def get_leaf_hash(self, visit: Visit) -> str:
        return bytes(visit.leaf_hash).hex()


class VisitInputFields(serializers.Serializer):
    """For the document only: items are read by `visit_items`, so that one that cannot be read stops no other."""

    client_id = serializers.UUIDField(help_text="Made by the phone, unique for ever.")
    household = serializers.IntegerField()
    outcome = serializers.ChoiceField(Outcome.choices)
    given = serializers.ChoiceField(Given.choices, required=False, allow_null=True, help_text="Required with a yes.")
    respondent = serializers.ChoiceField(
        Respondent.choices, required=False, allow_null=True, help_text="Required with an answer."
    )
    visited_at = serializers.DateTimeField()
    party = serializers.ListField(child=serializers.ChoiceField(Party.choices), required=False)
    commitments = serializers.DictField(child=serializers.BooleanField(), required=False, allow_null=True)
    menu_items = serializers.ListField(child=serializers.CharField(max_length=8), required=False)
    reasons = serializers.ListField(child=serializers.ChoiceField(Reason.choices), required=False)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    supersedes = serializers.UUIDField(required=False, allow_null=True)
    round = serializers.IntegerField(min_value=1, max_value=3, required=False, allow_null=True)
    out_of_round = serializers.BooleanField(required=False)
    signature = serializers.CharField(required=False, allow_null=True, help_text="Data URL of a PNG, at most 64 KB.")
    plan = serializers.IntegerField(
        min_value=1, required=False, allow_null=True, help_text="Number of the revision of the plan that was shown."
    )


class BatchInput(serializers.Serializer):
    visits = VisitInputFields(many=True, help_text="1 to 500.")


class RefusalOutput(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()


class OtherVisitOutput(serializers.Serializer):
    recorded_by = serializers.CharField(help_text="The name of who recorded it.")
    visited_at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(Outcome.choices)


class AnswerOutput(serializers.Serializer):
    client_id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(["recorded", "duplicate", "rejected"])
    sequence = serializers.IntegerField(allow_null=True)
    leaf_hash = serializers.CharField(allow_null=True)
    receipt_code = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        # As an attribute it would stand in the way of a serializer's own `errors`.
        return {
            **super().get_fields(),
            "errors": RefusalOutput(many=True),
            "others": OtherVisitOutput(
                many=True, help_text="Visits by other people to this door in this round that nobody has corrected."
            ),
        }


class TreeOutput(serializers.Serializer):
    size = serializers.IntegerField()
    root_hash = serializers.CharField()


class BatchOutput(serializers.Serializer):
    results = AnswerOutput(many=True, help_text="In the order sent.")
    tree = TreeOutput()


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("reason", OpenApiTypes.STR, description="Why an official reads doors; it is logged.")
        ],
        operation_id="survey_visits_list",
    )
)
class Visits(PartOfSurvey):
    """The ledger of a survey, in order."""

    act = Act.DOORS
    acts = {"create": Act.SURVEYS}
    queryset = Visit.objects.all()
    serializer_class = VisitOutput
    filterset_class = VisitFilters
    ordering = "sequence"
    ordering_fields = ("sequence",)
    by_reason = True
    parser_classes = [BatchParser]
    max_body_bytes = LARGEST_BODY
    in_one_transaction = False

    def get_queryset(self) -> QuerySet[Any]:
        photos = VisitPhoto.objects.filter(visit=OuterRef("pk"))
        rows = super().get_queryset().select_related("door", "supersedes", "private", "plan")
        return rows.annotate(has_photo=Exists(photos))

    @extend_schema(request=BatchInput, responses={200: BatchOutput}, operation_id="survey_visits_create")
    def create(self, request: SignedInApiRequest, survey: str) -> Response:
        """Take a batch of visits: answered item by item, each recorded exactly once."""
        if not may_log_any_visit(request.user, self.survey):
            raise PermissionDenied
        items = request.data.get("visits") if isinstance(request.data, dict) else None
        if not isinstance(items, list) or not 0 < len(items) <= LARGEST_BATCH:
            raise ValidationError({"visits": [_("Send a list of 1 to 500 visits.")]}, code="invalid")
        read = [read_visit(item) for item in items]
        batch = take_visits(
            survey=self.survey, visits=[visit for visit in read if isinstance(visit, VisitInput)], by=request.user
        )
        taken = iter(batch.answers)
        results = [
            _answer(next(taken)) if isinstance(visit, VisitInput) else _rejected(visit[0], visit[1]) for visit in read
        ]
        return Response({"results": results, "tree": {"size": batch.tree_size, "root_hash": batch.root_hash.hex()}})


def _answer(answer: VisitAnswer) -> dict[str, Any]:
    if answer.status == "rejected":
        return _rejected(str(answer.client_id), answer.refusals)
    return {
        "client_id": str(answer.client_id),
        "status": answer.status,
        "sequence": answer.sequence,
        "leaf_hash": answer.leaf_hash.hex() if answer.leaf_hash else None,
        "receipt_code": answer.receipt_code,
        "errors": [],
        "others": [
            {"recorded_by": other.recorded_by, "visited_at": other.visited_at, "outcome": other.outcome}
            for other in answer.others
        ],
    }


def _rejected(client_id: str | None, refusals: Any) -> dict[str, Any]:
    found: list[Refusal] = list(refusals)
    return {
        "client_id": client_id,
        "status": "rejected",
        "sequence": None,
        "leaf_hash": None,
        "receipt_code": None,
        "errors": [{"code": refusal.code, "detail": words_of(refusal)} for refusal in found],
        "others": [],
    }


class PhotoInput(serializers.Serializer):
    client_id = serializers.UUIDField(help_text="Of a visit sent before.")
    file = serializers.FileField(help_text="JPEG, PNG or WebP, at most 12 MB.")


class PhotoOutput(serializers.Serializer):
    id = serializers.IntegerField()
    client_id = serializers.UUIDField()
    sha256 = serializers.CharField(help_text="Of the file as it was sent.")
    created_at = serializers.DateTimeField()


class Photos(PartOfSurvey):
    """Photos of the paper forms of visits already sent."""

    act = Act.SURVEYS
    queryset = VisitPhoto.objects.none()
    http_method_names = ["post", "options"]
    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": PhotoInput},
        responses={200: PhotoOutput, 201: PhotoOutput},
        operation_id="survey_photos_create",
    )
    def create(self, request: SignedInApiRequest, survey: str) -> Response:
        """Add a photo to a visit: 201, or 200 where this very file is there already."""
        if not may_log_any_visit(request.user, self.survey):
            raise PermissionDenied
        values = self.read_body(PhotoInput)
        client_id: UUID = values["client_id"]
        photo, is_new = add_photo(survey=self.survey, client_id=client_id, file=values["file"], by=request.user)
        body = {
            "id": photo.pk,
            "client_id": client_id,
            "sha256": bytes(photo.sha256).hex(),
            "created_at": photo.recorded_at,
        }
        data = PhotoOutput(body).data
        headers = {"ETag": tag_of_content(data), "Cache-Control": "private"}
        return Response(data, status=201 if is_new else 200, headers=headers)
