"""Collection rates: of a neighbourhood, or of everything in a division."""

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ApiView, read_query
from accounts.rules.territory import reach_of
from common.filters import LARGEST_ID
from governance.choices.fees import FeeKind
from governance.reports.fees.rates import collection_rate
from governance.rules.fees.periods import Period, parse_period
from governance.rules.fees.rates import TARGETS
from renovation.models import Division, Neighbourhood
from renovation.querysets import neighbourhoods_within

KINDS = [(kind, FeeKind(kind).label) for kind in TARGETS]


class CollectionRateQuery(serializers.Serializer):
    neighbourhood = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    division = serializers.RegexField(
        r"^\d{4}(\d{2}(\d{3}(\d{3})?)?)?\Z",
        required=False,
        help_text="A division's code instead: everything in it, for whoever reads all of it.",
    )
    kind = serializers.ChoiceField(KINDS)
    period = serializers.CharField(max_length=7, help_text="`2026-10`, `2026-Q4`, `2026-H2` or `2026`.")
    cut_off = serializers.DateField(required=False, help_text="The last day whose money counts; today if not given.")

    def validate_period(self, text: str) -> Period:
        try:
            return parse_period(text)
        except ValueError:
            raise serializers.ValidationError(_("This is no period."), code="invalid") from None

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if ("neighbourhood" in values) == ("division" in values):
            raise serializers.ValidationError(
                {"neighbourhood": [_("Give a neighbourhood or a division.")]}, code="invalid"
            )
        return values


class AgedArrearsOutput(serializers.Serializer):
    from_days = serializers.IntegerField()
    to_days = serializers.IntegerField(allow_null=True, help_text="Null for the oldest.")
    bills = serializers.IntegerField()
    amount = serializers.DecimalField(max_digits=16, decimal_places=2)


class CollectionRateOutput(serializers.Serializer):
    billed = serializers.DecimalField(max_digits=16, decimal_places=2)
    reductions = serializers.DecimalField(max_digits=16, decimal_places=2)
    receivable = serializers.DecimalField(max_digits=16, decimal_places=2, help_text="Billed less reductions.")
    settled = serializers.DecimalField(
        max_digits=16, decimal_places=2, help_text="Of the bills of the period, by the cut-off date."
    )
    rate = serializers.CharField(
        allow_null=True, help_text="`settled` / `receivable`, cut to 4 places; null where there is nothing to collect."
    )
    target = serializers.DecimalField(max_digits=3, decimal_places=2)
    above_target = serializers.BooleanField(allow_null=True, help_text="Strictly above, by the exact rate.")
    recovered_arrears = serializers.DecimalField(
        max_digits=16,
        decimal_places=2,
        help_text="What came in from the period's first day to the cut-off date for months before it; not in the rate.",
    )
    cut_off = serializers.DateField()
    arrears = AgedArrearsOutput(many=True, help_text="All overdue bills of this kind on the cut-off date, by days.")


class CollectionRates(ApiView):
    """How much of what was to be collected came in (policy.md, section f). Of several neighbourhoods together the sums
    count, and no percentage is averaged.
    """

    act = Act.FEES

    @extend_schema(
        parameters=[CollectionRateQuery], responses=CollectionRateOutput, operation_id="collection_rates_retrieve"
    )
    def get(self, request: SignedInApiRequest) -> Response:
        query = read_query(request, CollectionRateQuery)
        today: date = timezone.localdate()
        rate = collection_rate(
            neighbourhoods=self._places(query),
            kind=query["kind"],
            period=query["period"],
            cut_off=query.get("cut_off", today),
            today=today,
        )
        return Response(CollectionRateOutput(rate).data, headers={"Cache-Control": "private"})

    def _places(self, query: dict[str, Any]) -> QuerySet[Any]:
        """404 for what the caller does not read, and for a division of which it reads a part only."""
        reach = reach_of(self.request.user, Act.FEES)
        if "neighbourhood" in query:
            rows = Neighbourhood.objects.filter(neighbourhoods_within(reach), pk=query["neighbourhood"])
            if not rows.exists():
                raise NotFound
            return rows
        code = query["division"]
        if not reach.covers(code) or not Division.objects.filter(code=code).exists():
            raise NotFound
        found: QuerySet[Any] = Neighbourhood.objects.in_division(code)
        return found
