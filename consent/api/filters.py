"""Filters of the consent app's lists."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from common.as_of import LatestOn
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from consent.choices import ContestState, NoticeKind, NoticeState, ObjectionState, Outcome, StanceValue, Verdict

ROUNDS = [("1", "1"), ("2", "2"), ("3", "3")]


class ConsentPolicyFilters(django_filters.FilterSet):
    division = django_filters.CharFilter("division__code", max_length=12, label="The division's code, exactly.")
    as_of = LatestOn("valid_from", group="division")


class SurveyFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = django_filters.CharFilter(
        "community_code", lookup_expr="startswith", max_length=12, label="A division's code: whatever lies in it."
    )
    verdict = django_filters.ChoiceFilter(choices=Verdict.choices)
    deferring = django_filters.ChoiceFilter(
        method="by_deferring",
        choices=[("true", "true")],
        label="The surveys for which neighbourhoods are deferred now: of each, the last one that did not pass.",
    )
    revisit_before = django_filters.DateFilter("revisit_on", lookup_expr="lt", label="To look again before this day.")

    def by_deferring(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        surveys: Any = queryset
        return surveys.deferring()


class DoorFilters(django_filters.FilterSet):
    round = django_filters.ChoiceFilter(choices=ROUNDS, method="by_round", label="Doors on the list of this round.")
    building = IdFilter("building_id")
    stance = django_filters.ChoiceFilter("stance__value", choices=StanceValue.choices)
    counts = django_filters.ChoiceFilter(method="by_counts", choices=TRUE_OR_FALSE, label="Counts as support.")

    def by_round(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        doors: Any = queryset
        return doors.listed_in(int(value))

    def by_counts(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(stance__counts=value == "true")


class VisitFilters(django_filters.FilterSet):
    household = IdFilter("door__household_id")
    round = django_filters.ChoiceFilter(choices=ROUNDS)
    outcome = django_filters.ChoiceFilter(choices=Outcome.choices)


class NoticeFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code", label="A division's code: whatever lies in it.")
    kind = django_filters.ChoiceFilter(choices=NoticeKind.choices)
    state = django_filters.ChoiceFilter(choices=NoticeState.choices)
    due = django_filters.ChoiceFilter(
        method="by_due",
        choices=[("true", "true")],
        label="Those that still hang though their last day has passed: to be closed.",
    )

    def by_due(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        notices: Any = queryset
        return notices.due(timezone.localdate())


class ReceiptContestFilters(django_filters.FilterSet):
    survey = IdFilter("survey_id")
    neighbourhood = IdFilter("survey__neighbourhood_id")
    division = CodeFilter("survey__community_code", label="A division's code: whatever lies in it.")
    state = django_filters.ChoiceFilter(choices=ContestState.choices)


class ObjectionFilters(django_filters.FilterSet):
    notice = IdFilter("notice_id")
    neighbourhood = IdFilter("notice__neighbourhood_id")
    state = django_filters.ChoiceFilter(choices=ObjectionState.choices)
