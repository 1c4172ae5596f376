"""Exports over HTTP: a file is asked for, made by a job, and fetched."""

from typing import Any

import django_filters
from django.conf import settings
from django.core.exceptions import ValidationError as FormError
from django.http import FileResponse, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError

from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource
from overview.choices import ExportFormat, ExportState
from overview.models import Export
from overview.services.exports.asking import LONGEST_REASON, queue_export
from overview.services.exports.fetching import open_file
from overview.services.exports.sources import MIME_TYPES, UnknownSubject, file_name_of

LANGUAGES = [code for code, _name in settings.LANGUAGES]


class ExportOutput(serializers.ModelSerializer):
    resource = serializers.CharField(source="subject", help_text="The list, the sheet or the print.")
    status = serializers.ChoiceField(ExportState.choices, source="state")
    rows_total = serializers.IntegerField(
        allow_null=True, help_text="How many there will be, where that is known before."
    )
    url = serializers.SerializerMethodField(
        help_text="Where the file is fetched; null until it is made and once it is gone."
    )
    error = serializers.CharField(help_text="Why it failed: a code.")

    class Meta:
        model = Export
        fields = [
            "id",
            "resource",
            "filters",
            "format",
            "language",
            "status",
            "rows_done",
            "rows_total",
            "url",
            "size",
            "sha256",
            "error",
            "started_at",
            "finished_at",
            "expires_at",
            "created_at",
            "updated_at",
        ]

    def get_url(self, export: Export) -> str | None:
        if not export.has_file():
            return None
        url: str = self.context["request"].build_absolute_uri(f"/api/v1/exports/{export.pk}/file/")
        return url


class ExportInput(serializers.Serializer):
    resource = serializers.CharField(
        max_length=120,
        help_text="A list of this API by its path (`households`, `surveys/17/doors`), or a sheet or print by its name.",
    )
    filters = serializers.DictField(
        required=False,
        help_text="The list's own query parameters, or those of the sheet. An unknown one is an error.",
    )
    format = serializers.ChoiceField(ExportFormat.choices)
    language = serializers.ChoiceField(
        settings.LANGUAGES, required=False, help_text="Of headings and words; without it that of the request."
    )
    reason = serializers.CharField(
        max_length=LONGEST_REASON,
        required=False,
        help_text="Why personal data is to stand in it in full, where you may see it; it is logged. Else it is masked.",
    )


class ExportFilters(django_filters.FilterSet):
    status = django_filters.ChoiceFilter("state", choices=ExportState.choices)
    resource = django_filters.CharFilter("subject", max_length=120)
    format = django_filters.ChoiceFilter(choices=ExportFormat.choices)


class Exports(ReadOnlyResource):
    """Files of any list that you read here, and of the sheets that officials ask for by name. A client sees those whose
    scopes its token has. Personal data is masked unless a reason is given.
    """

    queryset = Export.objects.all()
    bulk = False
    serializer_class = ExportOutput
    filterset_class = ExportFilters
    ordering_fields = ("id",)

    @extend_schema(request=ExportInput, responses={202: ExportOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Queue an export; GET says how far it is, and where its file is fetched for seven days. 400 for what the list
        does not take, 403 `reason_needed` for what is read on a stated reason only, 409 `too_many_exports`.
        """
        values = self.read_body(ExportInput)
        try:
            export = queue_export(
                subject=values["resource"],
                filters=values.get("filters", {}),
                format=values["format"],
                language=values.get("language") or _language(),
                reason=values.get("reason", ""),
                by=request.user,
                scopes=request.user.token_scopes,
            )
        except UnknownSubject:
            words = _("There is no list, sheet or print of this name.")
            raise ValidationError({"resource": [ErrorDetail(words, code="unknown_resource")]}) from None
        except FormError as error:
            raise ValidationError(_at_their_place(error)) from error
        except ValidationError as error:
            raise ValidationError({"filters": error.detail}) from error
        response = self.answer(self.get_queryset().get(pk=export.pk), status=202)
        response["Location"] = f"/api/v1/exports/{export.pk}/"
        return response

    @extend_schema(
        responses={(200, mime.partition(";")[0]): OpenApiResponse(OpenApiTypes.BINARY) for mime in MIME_TYPES.values()},
        filters=False,
    )
    @action(detail=True, pagination_class=None)
    def file(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """The file. 409 `export_not_ready` until it is made, `export_expired` once it is gone."""
        export = self.get_object()
        file = open_file(export=export)
        name = file_name_of(export)
        return FileResponse(file, as_attachment=True, filename=name, content_type=MIME_TYPES[export.format])


def _language() -> str:
    language = translation.get_language()
    return language if language in LANGUAGES else settings.LANGUAGE_CODE


def _at_their_place(error: FormError) -> dict[str, Any]:
    """The faults of a sheet's form as those of the body: its filters lie in `filters`."""
    places: dict[str, Any] = {}
    for name, faults in error.error_dict.items():
        details = [ErrorDetail(" ".join(one.messages), code=one.code or "invalid") for one in faults]
        if name in ("format", "reason"):
            places[name] = details
        else:
            places.setdefault("filters", {})["non_field_errors" if name == "__all__" else name] = details
    return places
