from typing import Any

from django.http import FileResponse, HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.filters import refuse_unknown
from renovation.api.filters import RosterImportFilters
from renovation.choices import ImportMode
from renovation.models import Neighbourhood, RosterImport, RosterProblem
from renovation.reports.roster_problems import detail_of
from renovation.rules.roster.columns import MAPPABLE
from renovation.services.roster_imports import queue_import, revert_import
from renovation.services.roster_rejects import file_name_of, rejected_rows_workbook

PROBLEMS_SHOWN = 1_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class RosterProblemOutput(serializers.ModelSerializer):
    row = serializers.SerializerMethodField(help_text="As a spreadsheet counts; null is the whole file.")
    column = serializers.CharField(help_text="The column's letter; empty is the whole row.")
    header = serializers.CharField(help_text="The column's name in the file.")
    is_error = serializers.BooleanField(help_text="Whether it keeps the row out; else the row is imported without it.")
    detail = serializers.SerializerMethodField()

    class Meta:
        model = RosterProblem
        fields = ["sheet", "row", "column", "header", "code", "is_error", "detail"]

    def get_row(self, problem: RosterProblem) -> int | None:
        return problem.row or None

    def get_detail(self, problem: RosterProblem) -> str:
        return detail_of(problem)


class RosterColumnOutput(serializers.Serializer):
    sheet = serializers.CharField()
    column = serializers.CharField()
    header = serializers.CharField()
    key = serializers.CharField(help_text="What `mapping` calls it.")
    field = serializers.CharField(allow_null=True, help_text="What it was taken for.")
    fate = serializers.CharField(help_text="used, identity, sensitive, willingness, not_kept or unknown.")


class RosterImportSummary(serializers.ModelSerializer):
    class Meta:
        model = RosterImport
        fields = [
            "id",
            "neighbourhood",
            "file_name",
            "sha256",
            "mode",
            "status",
            "rows_read",
            "created",
            "updated",
            "unchanged",
            "rejected",
            "problem_count",
            "started_at",
            "finished_at",
            "reverted_at",
            "created_at",
            "updated_at",
        ]


class RosterImportOutput(RosterImportSummary):
    problems = serializers.SerializerMethodField(help_text=f"The first {PROBLEMS_SHOWN}; `problems/` lists them all.")
    columns = serializers.SerializerMethodField()
    mapping = serializers.DictField(child=serializers.CharField(), help_text="What columns were taken for by hand.")

    class Meta(RosterImportSummary.Meta):
        fields = [*RosterImportSummary.Meta.fields, "mapping", "columns", "problems"]

    @extend_schema_field(RosterProblemOutput(many=True))
    def get_problems(self, roster_import: RosterImport) -> Any:
        if not roster_import.problem_count:
            return []
        problems = roster_import.problems.order_by("id")[:PROBLEMS_SHOWN]
        return RosterProblemOutput(problems, many=True).data

    @extend_schema_field(RosterColumnOutput(many=True))
    def get_columns(self, roster_import: RosterImport) -> Any:
        return roster_import.columns


class MappingField(serializers.JSONField):
    """An object of column names and fields, as JSON text among the parts of the form."""

    def to_internal_value(self, data: Any) -> dict[str, str]:
        mapping = super().to_internal_value(data)
        known = {field.value for field in MAPPABLE}
        if not isinstance(mapping, dict) or not all(isinstance(key, str) for key in mapping):
            raise serializers.ValidationError(_("This must be an object of column names and fields."), code="malformed")
        if len(mapping) > 200 or any(not isinstance(field, str) or field not in known for field in mapping.values()):
            names = ", ".join(sorted(known))
            raise serializers.ValidationError(
                _("A column can be mapped to %(names)s.") % {"names": names}, code="unknown_field"
            )
        return mapping


class RosterImportInput(serializers.Serializer):
    neighbourhood = VisibleField(queryset=Neighbourhood.objects.all())
    file = serializers.FileField(max_length=255, allow_empty_file=True, help_text="CSV, XLSX or XLS.")
    mode = serializers.ChoiceField(ImportMode.choices)
    mapping = MappingField(
        binary=True,
        required=False,
        help_text='What columns are, beyond their names: `{"列名": "unit_number"}`, as JSON.',
    )


class RosterImports(ReadOnlyResource):
    """Household rosters, read from the files that communities and property systems keep. For those who may import."""

    act = Act.REGISTRY
    queryset = RosterImport.objects.select_related("neighbourhood")
    serializer_class = RosterImportOutput
    filterset_class = RosterImportFilters
    parser_classes = [MultiPartParser]

    def get_serializer_class(self) -> Any:
        return RosterImportSummary if self.action == "list" else RosterImportOutput

    def list(self, request: SignedInApiRequest, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        response: Response = self.get_paginated_response(RosterImportSummary(page, many=True).data)
        response["Cache-Control"] = "private"
        return response

    @extend_schema(request={"multipart/form-data": RosterImportInput}, responses={202: RosterImportOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Keep a file and queue its reading; GET says how it went. `dry_run` lists every problem and writes nothing."""
        self.require_write()
        values = self.read_body(RosterImportInput)
        self.require_write(values["neighbourhood"])
        queued = queue_import(
            neighbourhood=values["neighbourhood"],
            file=values["file"],
            file_name=values["file"].name,
            mode=values["mode"],
            mapping=values.get("mapping"),
            by=request.user,
        )
        response = self.answer(queued, status=202)
        response["Location"] = f"/api/v1/roster-imports/{queued.pk}/"
        return response

    @extend_schema(request=None, responses=RosterImportOutput)
    @action(detail=True, methods=["post"])
    def revert(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Take back what the import wrote, while nothing hangs on it; else 409 `import_in_use` names what does."""
        return self.answer(revert_import(roster_import=self.get_object(), by=request.user))

    @extend_schema(responses=RosterProblemOutput(many=True), filters=False)
    @action(detail=True)
    def problems(self, request: SignedInApiRequest, pk: str) -> Response:
        """Every problem, in the order of the file."""
        refuse_unknown(request, {"cursor", "page_size", "count"})
        page = self.paginate_queryset(self.get_object().problems.all())
        return self.get_paginated_response(RosterProblemOutput(page, many=True).data)

    @extend_schema(responses={(200, XLSX): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, url_path="rejected-rows", pagination_class=None)
    def rejected_rows(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """A workbook of the rows kept out, each with what is wrong, to mend and send again. 404 where there is none."""
        roster_import = self.get_object()
        if not roster_import.rejected:
            raise NotFound
        workbook = rejected_rows_workbook(roster_import)
        name = file_name_of(roster_import)
        return FileResponse(workbook, as_attachment=True, filename=name, content_type=XLSX)
