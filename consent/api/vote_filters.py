"""Filters of the lists about owners' votes."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from common.as_of import LatestOn
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from consent.choices import BallotChoice, BallotForm, ChallengeOutcome, Delivery, Verdict, VoteScope

MATTERS = [(str(number), str(number)) for number in range(1, 10)]
ROLL_STATES = [("undelivered", "undelivered"), ("out", "out"), ("returned", "returned")]


class ProcedureRulesFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    as_of = LatestOn("adopted_on", group="neighbourhood", among=Q(vote__rescinded_at=None))


class VoteFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code", label="A division's code: whatever lies in it.")
    stairwell = IdFilter("stairwell_id")
    matter = django_filters.ChoiceFilter(choices=MATTERS)
    scope = django_filters.ChoiceFilter(choices=VoteScope.choices)
    verdict = django_filters.ChoiceFilter(choices=Verdict.choices)
    needed_by_plan = django_filters.ChoiceFilter(
        method="by_needed", choices=TRUE_OR_FALSE, label="The plan of works waits for it."
    )
    cancelled = django_filters.ChoiceFilter(method="by_cancelled", choices=TRUE_OR_FALSE)

    def by_needed(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(needed_by_plan=value == "true")

    def by_cancelled(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(cancelled_at__isnull=value == "false")


class VoterFilters(django_filters.FilterSet):
    owner = IdFilter("owner_id")
    household = IdFilter("parts__household_id", label="Owners of this household.")
    state = django_filters.ChoiceFilter(
        method="by_state",
        choices=ROLL_STATES,
        label="Not delivered yet; delivered and still out; returned.",
    )
    choice = django_filters.ChoiceFilter("state__choice", choices=BallotChoice.choices)

    def by_state(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        voters: Any = queryset
        return voters.in_state(value)


class BallotFilters(django_filters.FilterSet):
    voter = IdFilter("voter_id")
    owner = IdFilter("voter__owner_id")
    choice = django_filters.ChoiceFilter(choices=BallotChoice.choices)
    form = django_filters.ChoiceFilter(choices=BallotForm.choices)
    delivery = django_filters.ChoiceFilter(choices=Delivery.choices)


class ChallengeFilters(django_filters.FilterSet):
    outcome = django_filters.ChoiceFilter(choices=ChallengeOutcome.choices)
