"""Fee schedules over HTTP: what is charged, from when, by which document."""

from decimal import Decimal
from typing import Any

import django_filters
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource
from common.as_of import InForceOn
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from governance.api.fees.base import FeeNeighbourhoodField, hold_book_of
from governance.choices.fees import FeeBasis, FeeKind
from governance.models import FeeSchedule
from governance.rules.fees.charges import price_text
from governance.services.fees.schedules import add_schedule, edit_schedule
from renovation.choices import SpaceOwnership, Use
from renovation.models import Neighbourhood

LEAST = Decimal("0.01")
MOST_DAYS, MINUTES_OF_A_DAY = 366, 24 * 60


class FeeScheduleOutput(serializers.ModelSerializer):
    unit_price = serializers.SerializerMethodField(help_text="Yuan per unit of the basis, with 2 to 4 places.")
    billed = serializers.SerializerMethodField(help_text="Once it is, only `valid_to` may be changed.")

    class Meta:
        model = FeeSchedule
        fields = [
            "id",
            "neighbourhood",
            "kind",
            "name",
            "basis",
            "unit_price",
            "uses",
            "space_ownerships",
            "vacant_share",
            "late_charge_daily",
            "due_days",
            "free_minutes",
            "daily_cap",
            "valid_from",
            "valid_to",
            "document",
            "billed",
            "created_at",
            "updated_at",
        ]

    def get_unit_price(self, schedule: FeeSchedule) -> str:
        return price_text(schedule.unit_price)

    def get_billed(self, schedule: FeeSchedule) -> bool:
        return schedule.billed_at is not None


class FeeScheduleChange(serializers.Serializer):
    name = serializers.CharField(
        max_length=40, allow_blank=True, required=False, help_text="Of `other` charges, and of no other."
    )
    basis = serializers.ChoiceField(FeeBasis.choices)
    unit_price = serializers.DecimalField(max_digits=8, decimal_places=4, min_value=Decimal(0), help_text="Yuan.")
    uses = serializers.ListField(
        child=serializers.ChoiceField(Use.choices),
        max_length=len(Use),
        required=False,
        help_text="Of the units that it prices; empty means all. Not of parking.",
    )
    space_ownerships = serializers.ListField(
        child=serializers.ChoiceField(SpaceOwnership.choices),
        max_length=len(SpaceOwnership),
        required=False,
        help_text="Of the parking spaces that it prices; empty means all. Only of parking.",
    )
    vacant_share = serializers.DecimalField(
        max_digits=4,
        decimal_places=3,
        min_value=Decimal(0),
        max_value=Decimal("0.999"),
        allow_null=True,
        required=False,
        help_text="What a vacant home pays by contract; null where vacancy is no reason for a reduction.",
    )
    late_charge_daily = serializers.DecimalField(
        max_digits=6,
        decimal_places=5,
        min_value=Decimal(0),
        max_value=Decimal("0.99999"),
        required=False,
        help_text="Share of what is overdue, a day; 0 unless the contract says so.",
    )
    due_days = serializers.IntegerField(
        min_value=0,
        max_value=MOST_DAYS,
        required=False,
        help_text="To pay in, after the last day of the billed months.",
    )
    free_minutes = serializers.IntegerField(
        min_value=0, max_value=MINUTES_OF_A_DAY, required=False, help_text="Only of `per_hour`."
    )
    daily_cap = serializers.DecimalField(
        max_digits=8, decimal_places=2, min_value=LEAST, allow_null=True, required=False, help_text="The most a day."
    )
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True, required=False, help_text="Its last day.")
    document = serializers.CharField(max_length=120, help_text="Contract or decision that fixes the price.")


class FeeScheduleInput(FeeScheduleChange):
    neighbourhood = FeeNeighbourhoodField(queryset=Neighbourhood.objects.all())
    kind = serializers.ChoiceField(FeeKind.choices)


class FeeScheduleFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    kind = django_filters.ChoiceFilter(choices=FeeKind.choices)
    basis = django_filters.ChoiceFilter(choices=FeeBasis.choices)
    in_force_on = InForceOn("valid_from", "valid_to", label="As `as_of`.")
    as_of = InForceOn("valid_from", "valid_to")
    billed = django_filters.TypedChoiceFilter(
        field_name="billed_at", lookup_expr="isnull", choices=TRUE_OR_FALSE, coerce=lambda text: text == "false"
    )


class FeeSchedules(ReadOnlyResource):
    """Prices of a neighbourhood. Of those that price the same unit in a month, one that names its use (or the space's
    ownership) goes before one for all, then the one valid from the latest day.
    """

    act = Act.FEES
    queryset = FeeSchedule.objects.select_related("neighbourhood")
    serializer_class = FeeScheduleOutput
    filterset_class = FeeScheduleFilters
    ordering_fields = ("id", "valid_from")

    def get_object(self) -> Any:
        hold_book_of(self)
        return super().get_object()

    @extend_schema(request=FeeScheduleInput, responses={201: FeeScheduleOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Write a price down. 409 `schedule_does_not_fit` with the `field` that does not go with the kind or the
        basis, `dates_reversed`, `schedule_twice` where another prices the same from the same day.
        """
        self.require_write()
        values = self.read_body(FeeScheduleInput)
        self.require_write(values["neighbourhood"])
        return self._answer(add_schedule(by=request.user, **values), status=201)

    @extend_schema(request=FeeScheduleChange, responses=FeeScheduleOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Change what is given. Once it is billed only `valid_to`, else 409 `schedule_billed`, also for an end before
        the last billed month.
        """
        schedule = self.get_object()
        values = self.read_body(FeeScheduleChange, partial=True)
        return self._answer(edit_schedule(schedule=schedule, by=request.user, **values))

    def _answer(self, schedule: FeeSchedule, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=schedule.pk), status=status)
