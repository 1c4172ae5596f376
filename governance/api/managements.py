"""Who manages a neighbourhood: a property company under contract, or the residents themselves."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.as_of import InForceOn
from common.filters import CodeFilter, IdFilter
from consent.models import OwnersVote
from governance.api.base import GovernedNeighbourhoodField, lock_place_of
from governance.choices.bodies import ManagementMode
from governance.models import Body, Management
from governance.services.managements import agree_management, end_management
from renovation.models import Neighbourhood


class ManagementOutput(serializers.ModelSerializer):
    class Meta:
        model = Management
        fields = [
            "id",
            "neighbourhood",
            "mode",
            "body",
            "vote",
            "document",
            "fee_standard",
            "starts_on",
            "ends_on",
            "created_at",
            "updated_at",
        ]


class AgreeManagementInput(serializers.Serializer):
    neighbourhood = GovernedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    mode = serializers.ChoiceField(ManagementMode.choices)
    body = VisibleField(
        queryset=Body.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="The property company; or the residents' body that manages, null where all do together.",
    )
    vote = VisibleField(
        queryset=OwnersVote.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="The owners' vote on matter 4 that decided it.",
    )
    document = serializers.CharField(max_length=120, help_text="Number of the contract or the decision.")
    fee_standard = serializers.CharField(max_length=300, help_text="What it costs, in words.")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True, required=False, default=None, help_text="Its last day, if agreed.")


class EndManagementInput(serializers.Serializer):
    ends_on = serializers.DateField(help_text="Its last day, past or to come, before the one agreed.")
    reason = serializers.CharField(max_length=300)


class ManagementFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    mode = django_filters.ChoiceFilter(choices=ManagementMode.choices)
    body = IdFilter("body_id")
    on = django_filters.DateFilter(method="by_day", label="As `as_of`.")
    as_of = InForceOn("starts_on", "ends_on")

    def by_day(self, queryset: Any, name: str, value: Any) -> QuerySet[Any]:
        there: QuerySet[Any] = queryset.on(value)
        return there


class Managements(ReadOnlyResource):
    """Who manages a neighbourhood from when to when, and what that costs. Never two at a time."""

    act = Act.BODIES
    queryset = Management.objects.all()
    serializer_class = ManagementOutput
    filterset_class = ManagementFilters
    ordering_fields = ("id", "starts_on")

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("neighbourhood")

    def get_object(self) -> Any:
        lock_place_of(self, "neighbourhood_id")
        return super().get_object()

    @extend_schema(request=AgreeManagementInput, responses={201: ManagementOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Write down who is to manage, from a day on.

        409 `body_does_not_manage`, `managed_already`, `vote_does_not_fit` (with `matter`), `body_ended`,
        `day_out_of_order`, `other_neighbourhood`.
        """
        self.require_write()
        values = self.read_body(AgreeManagementInput)
        self.require_write(values["neighbourhood"])
        return self.answer(agree_management(by=request.user, **values), status=201)

    @extend_schema(request=EndManagementInput, responses=ManagementOutput)
    @action(detail=True, methods=["post"])
    def end(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Let it end on a day, before the one agreed. 409 `day_out_of_order`."""
        management = self.get_object()
        return self.answer(end_management(management=management, by=request.user, **self.read_body(EndManagementInput)))
