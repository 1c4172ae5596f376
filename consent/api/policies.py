from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource
from consent.api.filters import ConsentPolicyFilters
from consent.models import ConsentPolicy
from consent.services.policies import set_policy
from renovation.models import Division


class ConsentPolicyOutput(serializers.ModelSerializer):
    division = serializers.CharField(source="division.code")

    class Meta:
        model = ConsentPolicy
        fields = [
            "id",
            "division",
            "pass_share",
            "count_vacant",
            "count_verbal",
            "valid_from",
            "document",
            "created_at",
            "updated_at",
        ]


class ConsentPolicyInput(serializers.Serializer):
    division = serializers.CharField(max_length=12, help_text="A division's code.")
    pass_share = serializers.DecimalField(
        max_digits=5, decimal_places=4, min_value=Decimal("0.0001"), max_value=Decimal(1), help_text="Above 0, up to 1."
    )
    count_vacant = serializers.BooleanField(default=True)
    count_verbal = serializers.BooleanField(default=False)
    valid_from = serializers.DateField()
    document = serializers.CharField(max_length=200, help_text="The document that set it.")

    def validate_division(self, code: str) -> Division:
        division = Division.objects.visible_to(self.context["request"].user).filter(code=code).first()
        if division is None:
            raise ValidationError(
                _("There is no division with this code, or none that you may see."), code="does_not_exist"
            )
        return division


class ConsentPolicies(ReadOnlyResource):
    """What support a division asks for. The one in force is the longest matching division's latest."""

    act = Act.CONSENT_POLICIES
    queryset = ConsentPolicy.objects.all()
    serializer_class = ConsentPolicyOutput
    filterset_class = ConsentPolicyFilters
    ordering_fields = ("id", "valid_from")

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("division")

    @extend_schema(request=ConsentPolicyInput, responses={201: ConsentPolicyOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Set a policy from a day on. Surveys that are open keep the one they opened with."""
        self.require_write()
        values = self.read_body(ConsentPolicyInput)
        self.require_write(values["division"])
        return self.answer(set_policy(by=request.user, **values), status=201)
