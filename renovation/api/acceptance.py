"""Formal checks of works, the warranties that begin with them, and the filing of the completion."""

from typing import Any

import django_filters
from django.db.models import DateField, Max, OuterRef, QuerySet, Subquery
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from renovation.api.preconditions import PlannedNeighbourhoodField
from renovation.choices import Attendee, WarrantyKind
from renovation.models import Acceptance, CompletionFiling, MenuItem, Neighbourhood, Warranty
from renovation.reports.acceptance import CHECKLIST_WORDS
from renovation.rules.warranties import MOST_YEARS
from renovation.rules.works import CHECKLIST, filing_due_on, filing_state
from renovation.services.acceptance import file_completion


class ChecklistInput(serializers.Serializer):
    """The five conditions of art. 16 of 建设工程质量管理条例, each held or not."""

    def get_fields(self) -> dict[str, Any]:
        return {point: serializers.BooleanField(help_text=str(CHECKLIST_WORDS[point])) for point in CHECKLIST}


class ChecklistOutput(serializers.Serializer):
    """The same as it was recorded; a point of which nothing was said did not hold."""

    def get_fields(self) -> dict[str, Any]:
        return {point: serializers.BooleanField(default=False) for point in CHECKLIST}


class AcceptanceOutput(serializers.ModelSerializer):
    neighbourhood = serializers.IntegerField(source="package.neighbourhood_id")
    checklist = ChecklistOutput()
    attendees = serializers.ListField(child=serializers.ChoiceField(Attendee.choices))
    warranties = serializers.SerializerMethodField(help_text="Their ids.")
    by = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="recorded_at")

    class Meta:
        model = Acceptance
        fields = [
            "id",
            "package",
            "neighbourhood",
            "held_on",
            "passed",
            "checklist",
            "attendees",
            "remarks",
            "document",
            "warranties",
            "by",
            "created_at",
        ]

    def get_warranties(self, acceptance: Acceptance) -> list[int]:
        return sorted(one.pk for one in acceptance.warranties.all())

    def get_by(self, acceptance: Acceptance) -> str | None:
        return str(acceptance.recorded_by) if acceptance.recorded_by else None


class WarrantyInput(serializers.Serializer):
    menu_item = VisibleField(queryset=MenuItem.objects.all())
    kind = serializers.ChoiceField(WarrantyKind.choices)
    years = serializers.IntegerField(
        min_value=1,
        max_value=MOST_YEARS,
        help_text="Years; seasons for heating; the design working life of a structure.",
    )
    document = serializers.CharField(max_length=120, allow_blank=True, required=False, default="")


class AcceptanceInput(serializers.Serializer):
    held_on = serializers.DateField(help_text="Not in the future, nor before the last progress.")
    passed = serializers.BooleanField()
    checklist = ChecklistInput()
    attendees = serializers.ListField(child=serializers.ChoiceField(Attendee.choices), allow_empty=False)
    remarks = serializers.CharField(max_length=1000, allow_blank=True, required=False, default="")
    document = serializers.CharField(max_length=120, help_text="The number of its report.")
    warranties = WarrantyInput(many=True, required=False, default=list, help_text="One at least for each item passed.")


class AcceptanceFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("package__neighbourhood_id")
    division = CodeFilter("package__neighbourhood__community_code")
    package = IdFilter("package_id")
    passed = django_filters.ChoiceFilter(method="by_passed", choices=TRUE_OR_FALSE, label="Those that passed, or not.")

    def by_passed(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(passed=value == "true")


def acceptance_rows(user: Any) -> QuerySet[Acceptance]:
    """The acceptances that the caller sees, with what their output needs."""
    rows: QuerySet[Acceptance] = Acceptance.objects.visible_to(user)
    return rows.select_related("package__neighbourhood", "recorded_by").prefetch_related("warranties").order_by("pk")


class Acceptances(ReadOnlyResource):
    """The formal checks of works, append-only. One is recorded at `work-packages/{id}/acceptances/`."""

    act = Act.PLANS
    queryset = Acceptance.objects.select_related("package__neighbourhood", "recorded_by").prefetch_related("warranties")
    serializer_class = AcceptanceOutput
    filterset_class = AcceptanceFilters
    ordering_fields = ("id",)


class WarrantyOutput(serializers.ModelSerializer):
    neighbourhood = serializers.IntegerField(source="package.neighbourhood_id")
    code = serializers.CharField(source="menu_item.code")
    contractor = serializers.CharField(source="package.contractor")
    created_at = serializers.DateTimeField(source="acceptance.recorded_at")

    class Meta:
        model = Warranty
        fields = [
            "id",
            "neighbourhood",
            "package",
            "acceptance",
            "menu_item",
            "code",
            "contractor",
            "kind",
            "years",
            "starts_on",
            "ends_on",
            "document",
            "created_at",
        ]


class WarrantyFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("package__neighbourhood_id")
    division = CodeFilter("package__neighbourhood__community_code")
    package = IdFilter("package_id")
    kind = django_filters.ChoiceFilter(choices=WarrantyKind.choices)
    ends_before = django_filters.DateFilter("ends_on", lookup_expr="lt", label="Whose last day is before this one.")


class Warranties(ReadOnlyResource):
    """How long each item is under warranty, from the day its acceptance passed: append-only."""

    act = Act.PLANS
    queryset = Warranty.objects.select_related("package", "menu_item", "acceptance")
    serializer_class = WarrantyOutput
    filterset_class = WarrantyFilters
    ordering_fields = ("id",)


class CompletionFilingOutput(serializers.ModelSerializer):
    due_on = serializers.SerializerMethodField(help_text="15 days after the last package passed its acceptance.")
    in_time = serializers.SerializerMethodField()
    by = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="recorded_at")

    class Meta:
        model = CompletionFiling
        fields = [
            "id",
            "neighbourhood",
            "filed_on",
            "filed_with",
            "kept_at",
            "document",
            "due_on",
            "in_time",
            "by",
            "created_at",
        ]

    @extend_schema_field(serializers.DateField())
    def get_due_on(self, filing: Any) -> str:
        return filing_due_on(filing.passed_on).isoformat()

    def get_in_time(self, filing: Any) -> bool:
        return filing_state(filing.passed_on, filing.filed_on, filing.filed_on) == "in_time"

    def get_by(self, filing: CompletionFiling) -> str | None:
        return str(filing.recorded_by) if filing.recorded_by else None


class CompletionFilingInput(serializers.Serializer):
    neighbourhood = PlannedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    filed_on = serializers.DateField(help_text="Not in the future, nor before the last package passed.")
    filed_with = serializers.CharField(max_length=80, help_text="The office that took it.")
    kept_at = serializers.CharField(max_length=120, help_text="Where the file lies.")
    document = serializers.CharField(max_length=120, help_text="The number of its receipt.")


class CompletionFilingFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")


class CompletionFilings(ReadOnlyResource):
    """That completion files were handed in, append-only; due within 15 days of the acceptance."""

    act = Act.PLANS
    queryset = CompletionFiling.objects.all()
    serializer_class = CompletionFilingOutput
    filterset_class = CompletionFilingFilters
    ordering_fields = ("id",)

    def get_queryset(self) -> QuerySet[Any]:
        passed = Acceptance.objects.filter(package__neighbourhood=OuterRef("neighbourhood"), passed=True).order_by()
        latest = passed.values("package__neighbourhood").annotate(day=Max("held_on")).values("day")
        rows = super().get_queryset().select_related("neighbourhood", "recorded_by")
        return rows.annotate(passed_on=Subquery(latest, output_field=DateField()))

    @extend_schema(request=CompletionFilingInput, responses={201: CompletionFilingOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Record that the completion file was handed in, once every package has passed."""
        self.require_write()
        values = self.read_body(CompletionFilingInput)
        self.require_write(values["neighbourhood"])
        made = file_completion(by=request.user, **values)
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)
