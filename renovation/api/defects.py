"""Defects, from raised to closed; those found after acceptance are early damage."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.http import SignedInApiRequest
from accounts.rest import VisibleField
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from renovation.api.on_site import OnSite, SupervisedNeighbourhoodField
from renovation.choices import DefectAct, DefectState, Severity
from renovation.models import (
    Building,
    Defect,
    DefectEvent,
    MenuItem,
    Neighbourhood,
    SiteReport,
    WorkPackage,
)
from renovation.reports.early_damage import with_years
from renovation.services.supervision import raise_defect, recheck_defect, rectify_defect

YEARS = {"min_value": 1840, "max_value": 2100}


class DefectEventOutput(serializers.ModelSerializer):
    act = serializers.ChoiceField(DefectAct.choices)

    class Meta:
        model = DefectEvent
        fields = ["id", "act", "done_on", "note", "by", "at"]


class DefectOutput(serializers.ModelSerializer):
    item_code = serializers.CharField(
        source="menu_item.code", allow_null=True, default=None, help_text="Of `menu_item`, the same in every edition."
    )
    accepted_on = serializers.DateField(
        allow_null=True, help_text="When its works passed acceptance: the package's, else the neighbourhood's."
    )
    events = DefectEventOutput(many=True)

    class Meta:
        model = Defect
        fields = [
            "id",
            "neighbourhood",
            "package",
            "menu_item",
            "item_code",
            "building",
            "report",
            "severity",
            "text",
            "contractor",
            "found_on",
            "due_on",
            "after_acceptance",
            "accepted_on",
            "state",
            "events",
            "created_at",
            "updated_at",
        ]


class DefectInput(serializers.Serializer):
    neighbourhood = SupervisedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    severity = serializers.ChoiceField(Severity.choices)
    text = serializers.CharField(max_length=1000)
    found_on = serializers.DateField(help_text="Not in the future.")
    due_on = serializers.DateField(
        allow_null=True, required=False, default=None, help_text="By when it is to be rectified."
    )
    package = VisibleField(
        queryset=WorkPackage.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="If not given, the one package that has the item.",
    )
    menu_item = VisibleField(queryset=MenuItem.objects.all(), allow_null=True, required=False, default=None)
    building = VisibleField(queryset=Building.objects.all(), allow_null=True, required=False, default=None)
    report = VisibleField(queryset=SiteReport.objects.all(), allow_null=True, required=False, default=None)


class RectifyInput(serializers.Serializer):
    done_on = serializers.DateField(help_text="Not before it was found, not in the future.")
    note = serializers.CharField(max_length=1000, allow_blank=True, required=False, default="")


class RecheckInput(serializers.Serializer):
    passed = serializers.BooleanField()
    done_on = serializers.DateField(help_text="Not before the rectification, not in the future.")
    note = serializers.CharField(max_length=1000, allow_blank=True, required=False, default="")


class DefectFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    package = IdFilter("package_id")
    building = IdFilter("building_id")
    report = IdFilter("report_id")
    menu_item = IdFilter(method="by_item", label="An item; those with its code in other editions of the menu, too.")
    state = django_filters.ChoiceFilter(choices=DefectState.choices)
    severity = django_filters.ChoiceFilter(choices=Severity.choices)
    contractor = django_filters.CharFilter(max_length=80, label="The contractor's name, exactly.")
    after_acceptance = django_filters.ChoiceFilter(
        method="by_acceptance", choices=TRUE_OR_FALSE, label="Early damage, or the findings of the works."
    )
    found_year = django_filters.NumberFilter("found_on__year", **YEARS)
    accepted_year = django_filters.NumberFilter("accepted_year", **YEARS)

    def by_item(self, queryset: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        return queryset.filter(menu_item__code__in=MenuItem.objects.filter(pk=value).values("code"))

    def by_acceptance(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(after_acceptance=value == "true")


class Defects(OnSite):
    """What is built badly or broken. Found later than the day of acceptance it is early damage."""

    queryset = Defect.objects.all()
    serializer_class = DefectOutput
    filterset_class = DefectFilters

    def get_queryset(self) -> QuerySet[Any]:
        rows = with_years(super().get_queryset())
        return rows.select_related("neighbourhood", "menu_item").prefetch_related("events")

    def etag_extra(self, thing: Any) -> str:
        return thing.accepted_on.isoformat() if thing.accepted_on else ""

    @extend_schema(request=DefectInput, responses={201: DefectOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Raise a defect. 409 `day_in_future`, or `day_out_of_order` where it is due before it was found."""
        self.require_write()
        values = self.read_body(DefectInput)
        self.require_supervisor(values["neighbourhood"])
        made = raise_defect(by=request.user, **values)
        return self._answer(made, status=201)

    @extend_schema(request=RectifyInput, responses=DefectOutput)
    @action(detail=True, methods=["post"])
    def rectify(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Record the rectification of an open defect; else 409 `defect_not_open`."""
        defect = self.get_object()
        return self._answer(rectify_defect(defect=defect, by=request.user, **self.read_body(RectifyInput)))

    @extend_schema(request=RecheckInput, responses=DefectOutput)
    @action(detail=True, methods=["post"])
    def recheck(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Record a recheck: passed, the defect is closed; failed, it is open again. 409 `defect_not_rectified`, and
        `second_person_needed` for who recorded the rectification.
        """
        defect = self.get_object()
        return self._answer(recheck_defect(defect=defect, by=request.user, **self.read_body(RecheckInput)))

    def _answer(self, defect: Defect, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=defect.pk), status=status)
