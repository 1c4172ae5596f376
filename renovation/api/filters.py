"""Filters of the registry's lists. Personal fields are not among them."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from common.as_of import AsOf, InForceOn, is_of_then
from common.filters import CodeFilter, IdFilter
from renovation.choices import (
    DivisionLevel,
    ImportMode,
    ImportStatus,
    MenuCategory,
    Occupancy,
    OwnerKind,
    SpaceOwnership,
    Stage,
    TenureType,
    Use,
)
from renovation.reports.then import neighbourhoods_then


class DivisionFilters(django_filters.FilterSet):
    parent = django_filters.CharFilter("parent__code", max_length=12, label="The parent's code.")
    level = django_filters.ChoiceFilter(choices=DivisionLevel.choices)


class NeighbourhoodFilters(django_filters.FilterSet):
    as_of = AsOf(
        neighbourhoods_then, label="Those registered by this moment, at the `stage` of then; all else is as it is now."
    )
    division = CodeFilter(label="A division's code: whatever lies in it.")
    stage = django_filters.ChoiceFilter(method="by_stage", choices=Stage.choices)
    built_before = django_filters.NumberFilter(
        "built_year", lookup_expr="lt", min_value=1840, max_value=2100, label="Built before this year."
    )

    def by_stage(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(**{"stage_then" if is_of_then(queryset, "stage_then") else "stage": value})


class BuildingFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter()
    grid = django_filters.CharFilter(max_length=15)


class StairwellFilters(django_filters.FilterSet):
    building = IdFilter("building_id")
    neighbourhood = IdFilter("building__neighbourhood_id")


class HouseholdFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    building = IdFilter("building_id")
    stairwell = IdFilter("stairwell_id")
    division = CodeFilter()
    use = django_filters.ChoiceFilter(choices=Use.choices)
    occupancy = django_filters.ChoiceFilter(choices=Occupancy.choices)
    tenure_type = django_filters.ChoiceFilter(choices=TenureType.choices)
    retired = django_filters.ChoiceFilter(
        method="by_retired",
        choices=[("false", "false"), ("true", "true"), ("any", "any")],
        label="Current households if not given.",
    )

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        queryset = super().filter_queryset(queryset)
        return queryset if self.form.cleaned_data.get("retired") else queryset.filter(retired_at=None)

    def by_retired(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset if value == "any" else queryset.filter(retired_at__isnull=value == "false")


class OwnerFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter()
    kind = django_filters.ChoiceFilter(choices=OwnerKind.choices)


class OwnershipFilters(django_filters.FilterSet):
    household = IdFilter("household_id")
    owner = IdFilter("owner_id")
    neighbourhood = IdFilter("household__neighbourhood_id")
    as_of = InForceOn("starts_on", "ends_on", always_begun=True)


class ParkingSpaceFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    household = IdFilter("household_id")
    division = CodeFilter()
    ownership = django_filters.ChoiceFilter(choices=SpaceOwnership.choices)


class MenuItemFilters(django_filters.FilterSet):
    category = django_filters.ChoiceFilter(choices=MenuCategory.choices)
    mandatory = django_filters.ChoiceFilter(
        method="by_mandatory", choices=[("false", "false"), ("true", "true")], label="The must-do items, or the rest."
    )

    as_of = django_filters.DateFilter(
        method="by_day", label="Of the edition in force on this day; of today if not given."
    )

    def filter_queryset(self, queryset: Any) -> QuerySet[Any]:
        filtered: Any = super().filter_queryset(queryset)
        there: QuerySet[Any] = (
            filtered if self.form.cleaned_data.get("as_of") else filtered.of_day(timezone.localdate())
        )
        return there

    def by_day(self, queryset: Any, name: str, value: Any) -> QuerySet[Any]:
        there: QuerySet[Any] = queryset.of_day(value)
        return there

    def by_mandatory(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(mandatory=value == "true")


class RosterImportFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter()
    mode = django_filters.ChoiceFilter(choices=ImportMode.choices)
    status = django_filters.ChoiceFilter(choices=ImportStatus.choices)
