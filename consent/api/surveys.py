from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, read_query
from consent.api.filters import SurveyFilters
from consent.api.orders import OrdersOutput, orders_json
from consent.api.parts import SurveyedHouseholdField, SurveyedNeighbourhoodField
from consent.choices import AmendmentAction, Commitment, StanceValue, Verdict
from consent.models import RollAmendment, Round, Survey
from consent.permissions import may_run_survey, reads_only_what_is_published, sees_doors, sees_every_door
from consent.reports.breakdowns import building_rows
from consent.reports.orders import orders_as_of, orders_to_show
from consent.reports.results import SurveyResult, result_as_of, result_to_show, text
from consent.services.rolls import amend_roll
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from renovation.models import Household, Neighbourhood, RenovationPlan
from renovation.reports.plans import plan_to_show


class SurveyOutput(serializers.ModelSerializer):
    round = serializers.SerializerMethodField(help_text="The round in hand, if one is.")

    class Meta:
        model = Survey
        fields = [
            "id",
            "neighbourhood",
            "number",
            "title",
            "ledger",
            "opened_at",
            "closes_on",
            "policy",
            "pass_share",
            "count_vacant",
            "count_verbal",
            "menu_edition",
            "roll_size",
            "round",
            "closed_at",
            "close_reason",
            "revisit_on",
            "verdict",
            "created_at",
            "updated_at",
        ]

    def get_round(self, survey: Survey) -> int | None:
        return next((found.number for found in survey.rounds.all() if found.closed_at is None), None)


class PlanShownOutput(serializers.ModelSerializer):
    """The revision of the plan that is shown at the doors: the last one that was frozen."""

    class Meta:
        model = RenovationPlan
        fields = ["id", "number", "digest", "total"]


class SurveyDetailOutput(SurveyOutput):
    plan = serializers.SerializerMethodField(help_text="The revision of the plan to show, if one was frozen.")

    class Meta(SurveyOutput.Meta):
        fields = [*SurveyOutput.Meta.fields, "plan"]

    @extend_schema_field(PlanShownOutput(allow_null=True))
    def get_plan(self, survey: Survey) -> Any:
        plan = plan_to_show(survey.neighbourhood)
        return PlanShownOutput(plan).data if plan else None


class OpenSurveyInput(serializers.Serializer):
    neighbourhood = SurveyedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    title = serializers.CharField(max_length=120)
    closes_on = serializers.DateField(required=False, allow_null=True, help_text="A plan; nothing closes by itself.")


class CloseRoundInput(serializers.Serializer):
    action = serializers.ChoiceField(["close"])
    reason = serializers.CharField(max_length=500, allow_blank=True, default="", help_text="For doors left unvisited.")


class RoundOutput(serializers.ModelSerializer):
    class Meta:
        model = Round
        fields = [
            "id",
            "number",
            "opened_at",
            "closed_at",
            "close_reason",
            "listed_count",
            "visited_count",
            "contacted_count",
        ]


class CloseSurveyInput(serializers.Serializer):
    reason = serializers.CharField(max_length=500, allow_blank=True, default="")
    revisit_on = serializers.DateField(required=False, allow_null=True, default=None)


class AmendRollInput(serializers.Serializer):
    household = SurveyedHouseholdField(queryset=Household.objects.all())
    action = serializers.ChoiceField(AmendmentAction.choices)
    reason = serializers.CharField(max_length=500)


class RollAmendmentOutput(serializers.ModelSerializer):
    household = serializers.IntegerField(source="door.household_id")
    created_at = serializers.DateTimeField(source="at")

    class Meta:
        model = RollAmendment
        fields = ["id", "household", "action", "reason", "created_at"]


class ResultQuery(serializers.Serializer):
    as_of = serializers.DateTimeField(required=False, help_text="What the server had recorded by then.")


class CountWithRate(serializers.Serializer):
    count = serializers.IntegerField()
    rate = serializers.CharField(allow_null=True, help_text="Of the households on the roll.")


class StanceCounts(serializers.Serializer):
    """Households by stance; `verbal` are those of `supports` that do not count until the form follows."""

    def get_fields(self) -> dict[str, Any]:
        return {name: serializers.IntegerField(required=False) for name in (*StanceValue.values, "verbal")}


class RoundResultOutput(serializers.Serializer):
    round = serializers.IntegerField(allow_null=True, help_text="Null for what was recorded out of round.")
    listed = serializers.IntegerField()
    visited = serializers.IntegerField()
    contacted = serializers.IntegerField()
    supports = serializers.IntegerField(help_text="Households whose counting answer was given in this round.")
    cumulative_supports = serializers.IntegerField()
    support_rate = serializers.CharField(allow_null=True)


class BuildingResultOutput(serializers.Serializer):
    building = serializers.IntegerField(allow_null=True, help_text="Null where several small buildings stand together.")
    number = serializers.CharField()
    households = serializers.IntegerField(allow_null=True, help_text="Null where too few to be shown to this caller.")
    excluded = serializers.IntegerField(allow_null=True)
    visited = serializers.IntegerField(allow_null=True)
    supports = serializers.IntegerField(allow_null=True)
    support_rate = serializers.CharField(allow_null=True)
    stances = StanceCounts(allow_null=True)


class CommitmentCounts(serializers.Serializer):
    def get_fields(self) -> dict[str, Any]:
        return {name: CountWithRate() for name in Commitment.values}


class ResultOutput(serializers.Serializer):
    """Rates are strings to 4 places, cut and not rounded; null where there is nothing to divide by."""

    households = serializers.IntegerField(help_text="On the roll.")
    excluded = serializers.IntegerField(help_text="Vacant homes that leave the denominator of support.")
    visited = serializers.IntegerField(help_text="Households with a contact.")
    supports = serializers.IntegerField()
    visit_rate = serializers.CharField(allow_null=True)
    support_rate = serializers.CharField(allow_null=True)
    pass_share = serializers.CharField()
    missing = serializers.IntegerField(help_text="Doors still needed to pass.")
    verdict = serializers.ChoiceField(Verdict.choices)
    stances = StanceCounts()
    by_round = RoundResultOutput(many=True)
    by_building = BuildingResultOutput(many=True)
    commitments = CommitmentCounts()
    menu_items = serializers.DictField(child=serializers.IntegerField(), help_text="Orders of each item, by its code.")


class Surveys(ReadOnlyResource):
    """The asking of every household of a neighbourhood, in up to three rounds."""

    act = Act.SURVEYS
    queryset = Survey.objects.all()
    serializer_class = SurveyOutput
    filterset_class = SurveyFilters
    ordering_fields = ("id",)

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("neighbourhood").prefetch_related("rounds")

    @extend_schema(responses=SurveyDetailOutput)
    def retrieve(self, request: SignedInApiRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The survey, and the revision of the plan that is shown at its doors."""
        return self.answer(self.get_object())

    def answer(self, thing: Any, *, status: int = 200, serializer_class: Any = SurveyDetailOutput) -> HttpResponseBase:
        return super().answer(thing, status=status, serializer_class=serializer_class)

    def etag_extra(self, thing: Any) -> str:
        plan = plan_to_show(thing.neighbourhood)
        return str(plan.number) if plan else ""

    @extend_schema(request=OpenSurveyInput, responses={201: SurveyDetailOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Open a survey and freeze its roll, the consent policy and the menu in force."""
        self.require_write()
        values = self.read_body(OpenSurveyInput)
        self.require_write(values["neighbourhood"])
        survey = open_survey(
            neighbourhood=values["neighbourhood"],
            title=values["title"],
            closes_on=values.get("closes_on"),
            by=request.user,
        )
        return self.answer(self.get_queryset().get(pk=survey.pk), status=201)

    @extend_schema(methods=["get"], responses=RoundOutput(many=True), filters=False, operation_id="survey_rounds_list")
    @extend_schema(methods=["post"], request=CloseRoundInput, responses={200: SurveyDetailOutput})
    @action(detail=True, methods=["get", "post"], pagination_class=None, filter_backends=[])
    def rounds(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """GET the rounds so far. POST closes the round in hand and opens the next."""
        survey = self.get_object()
        if request.method == "GET":
            rows = list(RoundOutput(survey.rounds.all(), many=True).data)
            if reads_only_what_is_published(request.user, survey):
                rows = [row | {"close_reason": ""} for row in rows]
            return Response(rows)
        values = self.read_body(CloseRoundInput)
        # The round that was in hand when the survey was read: of two who close it at once, one is refused.
        in_hand = next((found.number for found in survey.rounds.all() if found.closed_at is None), None)
        close_round(survey=survey, by=request.user, number=in_hand, reason=values["reason"])
        return self.answer(self.get_queryset().get(pk=survey.pk))

    @extend_schema(request=CloseSurveyInput, responses=ResultOutput)
    @action(detail=True, methods=["post"])
    def close(self, request: SignedInApiRequest, pk: str) -> Response:
        """Close the survey in any round and fix its result. One that fails needs a reason and a day to look again."""
        survey = self.get_object()
        values = self.read_body(CloseSurveyInput)
        result = close_survey(survey=survey, by=request.user, **values)
        return Response(result_json(result, small_groups=sees_every_door(request.user, survey)))

    @extend_schema(parameters=[OpenApiParameter("as_of", OpenApiTypes.DATETIME)], responses=ResultOutput, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def result(self, request: SignedInApiRequest, pk: str) -> Response:
        """Live while open, then as it was closed; with `as_of`, what the server had recorded by then."""
        survey = self.get_object()
        as_of = self._as_of(survey)
        found = result_to_show(survey) if as_of is None else result_as_of(survey, as_of)
        body = result_json(found, small_groups=sees_every_door(request.user, survey))
        return Response(body, headers={"Cache-Control": "private"})

    @extend_schema(parameters=[OpenApiParameter("as_of", OpenApiTypes.DATETIME)], responses=OrdersOutput, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def orders(self, request: SignedInApiRequest, pk: str) -> Response:
        """What residents ordered, by item and building. Live while open, then as it was closed; or with `as_of`."""
        survey = self.get_object()
        as_of = self._as_of(survey)
        sees = sees_every_door(request.user, survey)
        if as_of is None:
            found = orders_to_show(survey, sees_doors=sees)
        else:
            found = orders_as_of(survey, as_of, sees_doors=sees)
        return Response(orders_json(found), headers={"Cache-Control": "private"})

    @extend_schema(
        methods=["get"], responses=RollAmendmentOutput(many=True), filters=False, operation_id="roll_amendments_list"
    )
    @extend_schema(methods=["post"], request=AmendRollInput, responses={201: RollAmendmentOutput})
    @action(
        detail=True,
        methods=["get", "post"],
        url_path="roll-amendments",
        pagination_class=None,
        filter_backends=[],
    )
    def roll_amendments(self, request: SignedInApiRequest, pk: str) -> Response:
        """GET the amendments. POST adds a household to the open roll or takes one off it, with a reason."""
        survey = self.get_object()
        if request.method == "GET":
            if not sees_doors(request.user, survey):
                raise PermissionDenied
            seen = RollAmendment.objects.filter(survey=survey, door__in=survey.doors.visible_to(request.user))
            return Response(RollAmendmentOutput(seen.select_related("door").order_by("pk"), many=True).data)
        values = self.read_body(AmendRollInput)
        made = amend_roll(survey=survey, by=request.user, **values)
        return Response(RollAmendmentOutput(made).data, status=201)

    def _as_of(self, survey: Survey) -> datetime | None:
        """The moment that the address asks for; who reads only what is published may ask for none."""
        as_of: datetime | None = read_query(self.request, ResultQuery).get("as_of")
        if as_of is not None and reads_only_what_is_published(self.request.user, survey):
            raise PermissionDenied
        return as_of

    def may(self, thing: Any) -> bool:
        return may_run_survey(self.request.user, thing)


def result_json(result: SurveyResult, *, small_groups: bool) -> dict[str, Any]:
    """The result as api.md gives it; small groups are put together or hidden from who may not see all their doors."""
    body = result.as_json()
    if small_groups:
        return body
    rows = []
    for row in building_rows(result.by_building, sees_doors=False):
        found = row.figures
        rows.append(
            {
                "building": row.building,
                "number": row.number,
                "households": found and found.households,
                "excluded": found and found.excluded,
                "visited": found and found.visited,
                "supports": found and found.supports,
                "support_rate": text(found.support_rate) if found else None,
                "stances": {**found.stances, "verbal": found.verbal} if found else None,
            }
        )
    return {**body, "by_building": rows}
