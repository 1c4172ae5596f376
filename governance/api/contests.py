"""Contests of the best stairwell and building: what competes, the points of the judges, the result."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.http import SignedInApiRequest
from accounts.rest import VisibleField
from common.filters import CodeFilter, IdFilter
from governance.api.base import lock_place_of
from governance.api.upkeep_parts import PlaceInput, UpkeepNeighbourhoodField, Upkept
from governance.choices.contests import ContestScope, ContestState
from governance.choices.upkeep import Criterion
from governance.models import Contest, ContestEntry, ContestScore
from governance.reports.contests import counting_ids, result_of, scores_of, with_entries
from governance.services.contests import (
    amend_contest,
    close_contest,
    enter_all,
    enter_contest,
    leave_contest,
    open_contest,
    score_entry,
)
from renovation.models import Neighbourhood


class ContestOutput(serializers.ModelSerializer):
    entry_count = serializers.IntegerField(help_text="How many compete.")

    class Meta:
        model = Contest
        fields = [
            "id",
            "neighbourhood",
            "title",
            "scope",
            "starts_on",
            "ends_on",
            "most_points",
            "prize",
            "state",
            "entry_count",
            "created_at",
            "updated_at",
        ]


class ContestChange(serializers.Serializer):
    title = serializers.CharField(max_length=80)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="Not before it begins.")
    prize = serializers.CharField(max_length=200, allow_blank=True, required=False)


class ContestInput(ContestChange):
    neighbourhood = UpkeepNeighbourhoodField(queryset=Neighbourhood.objects.all())
    scope = serializers.ChoiceField(ContestScope.choices)
    most_points = serializers.IntegerField(
        min_value=1, max_value=100, required=False, default=10, help_text="That a judge gives for a goal word."
    )


class ContestFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    scope = django_filters.ChoiceFilter(choices=ContestScope.choices)
    state = django_filters.ChoiceFilter(choices=ContestState.choices)


MARK: dict[str, Any] = {"max_digits": 6, "decimal_places": 2, "allow_null": True}


class MarksOutput(serializers.Serializer):
    """The mean points by goal word, to two places; null where nobody has judged."""

    clean = serializers.DecimalField(**MARK)
    clear = serializers.DecimalField(**MARK)
    bright = serializers.DecimalField(**MARK)
    safe = serializers.DecimalField(**MARK)
    beautiful = serializers.DecimalField(**MARK)


class ContestResultLineOutput(serializers.Serializer):
    entry = serializers.IntegerField(source="entry.pk")
    building = serializers.IntegerField(source="entry.building_id")
    stairwell = serializers.IntegerField(source="entry.stairwell_id", allow_null=True)
    marks = MarksOutput(source="mark_of")
    total = serializers.DecimalField(**MARK, help_text="Once all five are judged.")
    place = serializers.IntegerField(allow_null=True, help_text="Equal totals share one, by the exact figures.")


class ContestResultOutput(serializers.Serializer):
    state = serializers.ChoiceField(ContestState.choices)
    most_points = serializers.IntegerField()
    results = serializers.SerializerMethodField()

    @extend_schema_field(ContestResultLineOutput(many=True))
    def get_results(self, contest: Contest) -> Any:
        return ContestResultLineOutput(result_of(contest), many=True).data


class Contests(Upkept):
    """Contests by the five goal words. What competes is in `contest-entries/`."""

    queryset = Contest.objects.all()
    serializer_class = ContestOutput
    filterset_class = ContestFilters
    ordering_fields = ("id", "starts_on")

    def get_queryset(self) -> QuerySet[Any]:
        return with_entries(super().get_queryset()).select_related("neighbourhood")

    def get_object(self) -> Any:
        lock_place_of(self, "neighbourhood_id")
        return super().get_object()

    @extend_schema(request=ContestInput, responses={201: ContestOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Announce a contest. 409 `day_out_of_order` where it would end before it begins."""
        self.require_write()
        values = self.read_body(ContestInput)
        self.require_keeper(values["neighbourhood"])
        return self.shown(open_contest(by=request.user, **values), status=201)

    @extend_schema(request=ContestChange, responses=ContestOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Change what was announced, until it is closed. 409 `contest_closed`, `day_out_of_order`."""
        contest = self.get_object()
        values = self.read_body(ContestChange, partial=True)
        return self.shown(amend_contest(contest=contest, by=request.user, **values))

    @extend_schema(request=None, responses=ContestOutput)
    @action(detail=True, methods=["post"], url_path="enter-all")
    def enter_all(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Enter every stairwell, or every building, that does not compete yet. 409 `contest_closed`."""
        contest = self.get_object()
        enter_all(contest=contest, by=request.user)
        return self.shown(contest)

    @extend_schema(request=None, responses=ContestOutput)
    @action(detail=True, methods=["post"])
    def close(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Fix the result, on the last day or later. 409 `contest_closed`, `contest_not_over` (with `ends_on`),
        `contest_not_judged` (with the `entries` that lack points).
        """
        return self.shown(close_contest(contest=self.get_object(), by=request.user))

    @extend_schema(responses=ContestResultOutput, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def result(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """How it stands, the best first; final once it is closed."""
        return self.answer(self.get_object(), serializer_class=ContestResultOutput)


class ScoreOutput(serializers.ModelSerializer):
    criterion = serializers.ChoiceField(Criterion.choices)
    counts = serializers.SerializerMethodField(help_text="Whether it is the judge's latest for this goal word.")

    class Meta:
        model = ContestScore
        fields = ["id", "criterion", "points", "judge", "counts", "by", "at"]

    def get_counts(self, score: ContestScore) -> bool:
        return score.pk in self.context["counting"]


class ContestEntryOutput(serializers.ModelSerializer):
    class Meta:
        model = ContestEntry
        fields = ["id", "contest", "building", "stairwell", "created_at"]


class ContestEntryInput(PlaceInput):
    contest = VisibleField(queryset=Contest.objects.select_related("neighbourhood"))


POINTS: dict[str, Any] = {"min_value": 0, "max_value": 100, "required": False}


class PointsInput(serializers.Serializer):
    """Points by goal word; those left out stay as they are."""

    clean = serializers.IntegerField(**POINTS)
    clear = serializers.IntegerField(**POINTS)
    bright = serializers.IntegerField(**POINTS)
    safe = serializers.IntegerField(**POINTS)
    beautiful = serializers.IntegerField(**POINTS)


class ScoreInput(serializers.Serializer):
    judge = serializers.CharField(max_length=40)
    points = PointsInput()


class ContestEntryFilters(django_filters.FilterSet):
    contest = IdFilter("contest_id")
    neighbourhood = IdFilter("contest__neighbourhood_id")
    division = CodeFilter("contest__neighbourhood__community_code")
    building = IdFilter("building_id")
    stairwell = IdFilter("stairwell_id")


class ContestEntries(Upkept):
    """The stairwells or buildings that compete."""

    queryset = ContestEntry.objects.all()
    serializer_class = ContestEntryOutput
    filterset_class = ContestEntryFilters

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("contest__neighbourhood")

    def get_object(self) -> Any:
        lock_place_of(self, "contest__neighbourhood_id")
        return super().get_object()

    @extend_schema(request=ContestEntryInput, responses={201: ContestEntryOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Enter a stairwell or a building. 409 `contest_closed`, `wrong_scope`, `competes_already`,
        `stairwell_elsewhere`, `other_neighbourhood`.
        """
        self.require_write()
        values = self.read_body(ContestEntryInput)
        self.require_keeper(values["contest"])
        return self.shown(enter_contest(by=request.user, **values), status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Take an entry out that was made by mistake. 409 `contest_closed`, `entry_scored`."""
        leave_contest(entry=self.get_object(), by=request.user)
        return HttpResponse(status=204)

    @extend_schema(methods=["get"], responses=ScoreOutput(many=True), filters=False)
    @extend_schema(methods=["post"], request=ScoreInput, responses={201: ScoreOutput(many=True)}, filters=False)
    @action(detail=True, methods=["get", "post"], pagination_class=None, filter_backends=[])
    def scores(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """All points that were given, the latest first. POST gives some more; the latest of a judge counts.

        409 `contest_closed`, `contest_not_begun`, `points_out_of_range` (with `most_points`).
        """
        entry = self.get_object()
        status = 200
        if request.method == "POST":
            score_entry(entry=entry, by=request.user, **self.read_body(ScoreInput))
            status = 201
        return Response(
            ScoreOutput(scores_of(entry), many=True, context={"counting": counting_ids(entry)}).data, status=status
        )
