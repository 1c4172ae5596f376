"""The end of services that government paid for, over HTTP."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource
from common.filters import CodeFilter, IdFilter
from governance.api.base import GovernedNeighbourhoodField, lock_place_of
from governance.choices.handover import Service, WithdrawalState
from governance.models import ServiceWithdrawal
from governance.rules.handover import READINESS, unready
from governance.services.withdrawals import answer_readiness, plan_withdrawal, postpone_withdrawal, withdraw_service
from renovation.models import Neighbourhood


class ReadinessOutput(serializers.Serializer):
    """The answers; null where none was given yet."""

    taken_over_by = serializers.CharField(allow_null=True)
    fee_covers_it = serializers.BooleanField(allow_null=True)
    residents_told_on = serializers.DateField(allow_null=True)


class ReadinessInput(serializers.Serializer):
    """Points of the check, those that are given; null takes an answer back."""

    taken_over_by = serializers.CharField(
        max_length=120, allow_blank=True, allow_null=True, required=False, help_text="Who goes on with the service."
    )
    fee_covers_it = serializers.BooleanField(allow_null=True, required=False)
    residents_told_on = serializers.DateField(allow_null=True, required=False, help_text="Not in the future.")


class ServiceWithdrawalOutput(serializers.ModelSerializer):
    readiness = serializers.SerializerMethodField()
    unmet = serializers.SerializerMethodField(help_text="The points of the check that do not hold yet.")

    class Meta:
        model = ServiceWithdrawal
        fields = [
            "id",
            "neighbourhood",
            "service",
            "ends_on",
            "state",
            "readiness",
            "unmet",
            "document",
            "reason",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(ReadinessOutput)
    def get_readiness(self, withdrawal: ServiceWithdrawal) -> dict[str, Any]:
        return {point: withdrawal.readiness.get(point) for point in READINESS}

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField([(point, point) for point in READINESS])))
    def get_unmet(self, withdrawal: ServiceWithdrawal) -> list[str]:
        return list(unready(withdrawal.readiness, withdrawal.ends_on))


class ServiceWithdrawalInput(serializers.Serializer):
    neighbourhood = GovernedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    service = serializers.ChoiceField(Service.choices)
    ends_on = serializers.DateField(help_text="After the day of handover.")
    document = serializers.CharField(max_length=120, help_text="The number of the decision.")
    readiness = ReadinessInput(required=False)


class PostponeInput(serializers.Serializer):
    ends_on = serializers.DateField(help_text="Later than before, and than today.")
    reason = serializers.CharField(max_length=500)
    document = serializers.CharField(max_length=120, allow_blank=True, required=False, default="")


class ServiceWithdrawalFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    service = django_filters.ChoiceFilter(choices=Service.choices)
    state = django_filters.ChoiceFilter(choices=WithdrawalState.choices)
    ends_before = django_filters.DateFilter("ends_on", lookup_expr="lt", label="Whose day is before this one.")


class ServiceWithdrawals(ReadOnlyResource):
    """Services that government paid for and that end after handover, each on its day."""

    act = Act.BODIES
    queryset = ServiceWithdrawal.objects.select_related("neighbourhood")
    serializer_class = ServiceWithdrawalOutput
    filterset_class = ServiceWithdrawalFilters
    ordering_fields = ("id", "ends_on")

    def get_object(self) -> Any:
        lock_place_of(self, "neighbourhood_id")
        return super().get_object()

    @extend_schema(request=ServiceWithdrawalInput, responses={201: ServiceWithdrawalOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Plan the end of a service. 409 `not_handed_over`, `ends_too_early` on the day of handover or before it,
        `withdrawal_planned` for a service that has one, `day_in_future`.
        """
        self.require_write()
        values = self.read_body(ServiceWithdrawalInput)
        self.require_write(values["neighbourhood"])
        return self._answer(plan_withdrawal(by=request.user, **values), status=201)

    @extend_schema(request=ReadinessInput, responses=ServiceWithdrawalOutput)
    @action(detail=True, methods=["post"])
    def readiness(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Answer points of the readiness check. 409 `service_withdrawn`, `day_in_future`."""
        withdrawal = self.get_object()
        answers = self.read_body(ReadinessInput)
        return self._answer(answer_readiness(withdrawal=withdrawal, answers=answers, by=request.user))

    @extend_schema(request=PostponeInput, responses=ServiceWithdrawalOutput)
    @action(detail=True, methods=["post"])
    def postpone(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Put the end off to a later day, of which residents are then told anew. 409 `ends_too_early`,
        `service_withdrawn`.
        """
        withdrawal = self.get_object()
        return self._answer(
            postpone_withdrawal(withdrawal=withdrawal, by=request.user, **self.read_body(PostponeInput))
        )

    @extend_schema(request=None, responses=ServiceWithdrawalOutput)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Record that the service has ended, on its day or later. 409 `day_not_come`, `not_ready` with the points that
        are `unmet`, `not_handed_over`, `service_withdrawn`.
        """
        return self._answer(withdraw_service(withdrawal=self.get_object(), by=request.user))

    def _answer(self, withdrawal: ServiceWithdrawal, *, status: int = 200) -> HttpResponseBase:
        found: QuerySet[Any] = self.get_queryset()
        return self.answer(found.get(pk=withdrawal.pk), status=status)
