"""Who signed a convention, door by door."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.querysets import within
from accounts.rest import ReadOnlyResource, VisibleField
from accounts.rules.territory import reach_of
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from consent.choices import Respondent
from governance.choices.conventions import SignatureForm
from governance.models import ConventionSignature, ConventionVersion
from governance.services.convention_signatures import sign_convention, withdraw_signature
from renovation.models import Household


class SigningHouseholdField(VisibleField):
    """A household whose signature the caller may read; a client needs no more scopes than that."""

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, Act.SIGNATURES, "read", "write")
        return Household.objects.select_related("building", "neighbourhood").filter(
            within(reach, grid="building__grid")
        )


class SignatureOutput(serializers.ModelSerializer):
    stands = serializers.SerializerMethodField(help_text="Whether it is a signature that was not taken back.")
    created_at = serializers.DateTimeField(source="at")

    class Meta:
        model = ConventionSignature
        fields = [
            "id",
            "convention_version",
            "household",
            "signer",
            "respondent",
            "form",
            "signed_on",
            "withdraws",
            "stands",
            "client_id",
            "created_at",
        ]

    def get_stands(self, signature: ConventionSignature) -> bool:
        return signature.withdraws_id is None and getattr(signature, "withdrawn_by", None) is None


class SignatureInput(serializers.Serializer):
    convention_version = VisibleField(
        queryset=ConventionVersion.objects.select_related("convention__neighbourhood"),
        help_text="A draft, or the version in force.",
    )
    household = SigningHouseholdField(queryset=Household.objects.all())
    signer = serializers.CharField(max_length=60)
    respondent = serializers.ChoiceField(Respondent.choices)
    form = serializers.ChoiceField(SignatureForm.choices)
    signed_on = serializers.DateField(help_text="Not in the future.")
    client_id = serializers.UUIDField(help_text="Drawn where it was signed: what is sent twice is kept once.")


class WithdrawSignatureInput(serializers.Serializer):
    signed_on = serializers.DateField(
        required=False, help_text="The day on which it was taken back, not in the future. If not given, today."
    )
    client_id = serializers.UUIDField()


class SignatureFilters(django_filters.FilterSet):
    convention_version = IdFilter("convention_version_id")
    convention = IdFilter("convention_version__convention_id")
    neighbourhood = IdFilter("household__neighbourhood_id")
    division = CodeFilter("household__community_code")
    building = IdFilter("household__building_id")
    stairwell = IdFilter("household__stairwell_id")
    household = IdFilter("household_id")
    stands = django_filters.ChoiceFilter(
        method="by_standing",
        choices=TRUE_OR_FALSE,
        label="Signatures that stand, or those taken back and the rows that took them back.",
    )

    def by_standing(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        found: QuerySet[Any] = queryset.by_standing(value == "true")
        return found


class ConventionSignatures(ReadOnlyResource):
    """Signatures below conventions. Rows are only added: one that is taken back is named by a later one."""

    act = Act.SIGNATURES
    queryset = ConventionSignature.objects.select_related(
        "convention_version__convention__neighbourhood", "household__building", "household__neighbourhood"
    ).select_related("withdrawn_by")
    serializer_class = SignatureOutput
    filterset_class = SignatureFilters

    @extend_schema(request=SignatureInput, responses={201: SignatureOutput, 200: SignatureOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Record that a household signed. 200 with the row that is there where the same was sent before.

        409 `adopted_by_vote` for a covenant, `version_ended`, `household_out_of_scope`, `signed_already`,
        `client_id_reused`, `day_in_future`.
        """
        self.require_write()
        values = self.read_body(SignatureInput)
        self.require_write(values["convention_version"])
        made, is_new = sign_convention(version=values.pop("convention_version"), by=request.user, **values)
        return self._shown(made, status=201 if is_new else 200)

    @extend_schema(request=WithdrawSignatureInput, responses={201: SignatureOutput, 200: SignatureOutput})
    @action(detail=True, methods=["post"])
    def withdraw(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Record that a household took its signature back; answers the row that says so.

        409 `signature_withdrawn`, `version_ended`, `client_id_reused`, `day_in_future`, `day_out_of_order`.
        """
        signature = self.get_object()
        values = self.read_body(WithdrawSignatureInput)
        day = values.pop("signed_on", None) or timezone.localdate()
        made, is_new = withdraw_signature(signature=signature, signed_on=day, by=request.user, **values)
        return self._shown(made, status=201 if is_new else 200)

    def _shown(self, signature: ConventionSignature, *, status: int) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=signature.pk), status=status)
