"""Handovers over HTTP, and the assets on their lists."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.filters import CodeFilter, IdFilter
from governance.api.base import GovernedNeighbourhoodField, lock_place_of
from governance.choices.handover import AssetKind, AssetState, HandoverKind, HandoverState, Signatory
from governance.models import Asset, Handover, Management
from governance.permissions.handover import names_signatories
from governance.reports.handover import handovers_to_read, item_lines, party_lines
from governance.rules.handover import still_to_sign
from governance.services.handover import (
    add_asset,
    amend_handover,
    change_asset,
    open_handover,
    remove_asset,
    sign_handover,
)
from renovation.models import Neighbourhood
from renovation.rules.masking import mask_name

MOST_COUNTED = 2**31 - 1
LEAST = Decimal("0.01")


class HandoverItemOutput(serializers.Serializer):
    kind = serializers.ChoiceField(HandoverKind.choices)
    handed = serializers.BooleanField()
    count = serializers.IntegerField(
        allow_null=True, help_text="Of assets and open defects that of their list; once signed, as it was then."
    )
    note = serializers.CharField(help_text="Why it was not handed over, if it was not.")


class HandoverSignatureOutput(serializers.Serializer):
    party = serializers.ChoiceField(Signatory.choices)
    name = serializers.CharField(help_text="Masked for who sees personal fields masked.")
    signed_on = serializers.DateField()
    document = serializers.CharField()
    current = serializers.BooleanField(help_text="Below the lists as they are now; else they were changed since.")


class HandoverOutput(serializers.ModelSerializer):
    asset_count = serializers.IntegerField()
    open_defect_count = serializers.IntegerField(help_text="Defects of the neighbourhood that are not closed today.")
    items = serializers.SerializerMethodField(help_text="All eight, in the order of the handover list.")
    signatures = serializers.SerializerMethodField(help_text="The last one of each party that has signed.")
    still_to_sign = serializers.SerializerMethodField(help_text="Who must sign yet; empty once it is signed.")

    class Meta:
        model = Handover
        fields = [
            "id",
            "neighbourhood",
            "management",
            "handover_on",
            "document",
            "state",
            "signed_at",
            "asset_count",
            "open_defect_count",
            "items",
            "signatures",
            "still_to_sign",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(HandoverItemOutput(many=True))
    def get_items(self, handover: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in HandoverItemOutput(item_lines(handover), many=True).data]

    @extend_schema_field(HandoverSignatureOutput(many=True))
    def get_signatures(self, handover: Any) -> list[dict[str, Any]]:
        named = names_signatories(self.context["request"].user, handover)
        return [
            {
                "party": line.party,
                "name": line.signature.name if named else mask_name(line.signature.name),
                "signed_on": line.signature.signed_on.isoformat(),
                "document": line.signature.document,
                "current": line.is_current,
            }
            for line in party_lines(handover)
            if line.signature is not None
        ]

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(Signatory.choices)))
    def get_still_to_sign(self, handover: Any) -> list[str]:
        return list(still_to_sign(line.party for line in party_lines(handover) if line.is_current))


class HandoverItemInput(serializers.Serializer):
    kind = serializers.ChoiceField(HandoverKind.choices)
    handed = serializers.BooleanField(required=False)
    count = serializers.IntegerField(
        min_value=0,
        max_value=MOST_COUNTED,
        allow_null=True,
        required=False,
        help_text="Of sheets, keys, meters; not of assets and open defects, which are counted here.",
    )
    note = serializers.CharField(max_length=500, allow_blank=True, required=False)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Which one it is must be said also where the handover is changed in part."""
        if "kind" not in values:
            raise ValidationError({"kind": [ErrorDetail(_("This field is required."), "required")]})
        return values


class HandoverInput(serializers.Serializer):
    neighbourhood = GovernedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    management = VisibleField(queryset=Management.objects.all(), help_text="In force on the day of handover.")
    handover_on = serializers.DateField(help_text="The day on which the manager takes over; it may be to come.")
    document = serializers.CharField(max_length=120, allow_blank=True, required=False, default="")


class HandoverChange(serializers.Serializer):
    management = VisibleField(queryset=Management.objects.all(), required=False)
    handover_on = serializers.DateField(required=False)
    document = serializers.CharField(max_length=120, allow_blank=True, required=False)
    items = HandoverItemInput(many=True, required=False, allow_empty=False, help_text="Those that change.")

    def validate_items(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({item["kind"] for item in items}) < len(items):
            raise ValidationError([ErrorDetail(_("An item stands here twice."), code="twice")])
        return items


class SignInput(serializers.Serializer):
    party = serializers.ChoiceField(Signatory.choices)
    name = serializers.CharField(max_length=40, help_text="Who signed for the party.")
    signed_on = serializers.DateField(help_text="Not in the future.")
    document = serializers.CharField(max_length=120, allow_blank=True, required=False, default="")


class HandoverFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    management = IdFilter("management_id")
    state = django_filters.ChoiceFilter(choices=HandoverState.choices)


class Handovers(ReadOnlyResource):
    """What passes to whoever manages a place. Signed by committee, manager and community, it changes no more."""

    act = Act.BODIES
    queryset = Handover.objects.all()
    serializer_class = HandoverOutput
    filterset_class = HandoverFilters
    ordering_fields = ("id",)

    def get_queryset(self) -> QuerySet[Any]:
        return handovers_to_read(super().get_queryset())

    def get_object(self) -> Any:
        lock_place_of(self, "neighbourhood_id")
        return super().get_object()

    def etag_extra(self, thing: Any) -> str:
        return f"{thing.open_defect_count}-{len(thing.signatures.all())}"

    @extend_schema(request=HandoverInput, responses={201: HandoverOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Begin a handover. 409 `handover_in_preparation` where one is, `management_not_in_force` on its day,
        `other_neighbourhood`.
        """
        self.require_write()
        values = self.read_body(HandoverInput)
        self.require_write(values["neighbourhood"])
        return self._answer(open_handover(by=request.user, **values), status=201)

    @extend_schema(request=HandoverChange, responses=HandoverOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Change what is given; whoever had signed signs again. 409 `handover_signed` once it is, `counted_here`."""
        handover = self.get_object()
        values = self.read_body(HandoverChange, partial=True)
        if "items" in values:
            values["items"] = {item["kind"]: _without_kind(item) for item in values["items"]}
        return self._answer(amend_handover(handover=handover, by=request.user, **values))

    @extend_schema(request=SignInput, responses=HandoverOutput)
    @action(detail=True, methods=["post"])
    def sign(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Record that a party has signed the lists as they are now. With the last of the three that must, it is signed.

        409 `handover_incomplete` with the kinds that are `missing`, `signed_already`, `handover_signed`, `wrong_stage`
        before the works have passed their acceptance, `management_not_in_force`, `day_in_future`.
        """
        handover = self.get_object()
        sign_handover(handover=handover, by=request.user, **self.read_body(SignInput))
        return self._answer(handover)

    def _answer(self, handover: Handover, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=handover.pk), status=status)


class AssetOutput(serializers.ModelSerializer):
    neighbourhood = serializers.IntegerField(source="handover.neighbourhood_id")

    class Meta:
        model = Asset
        fields = [
            "id",
            "handover",
            "neighbourhood",
            "name",
            "kind",
            "quantity",
            "unit",
            "place",
            "state",
            "taken_by",
            "created_at",
            "updated_at",
        ]


class AssetChange(serializers.Serializer):
    name = serializers.CharField(max_length=80)
    kind = serializers.ChoiceField(AssetKind.choices)
    quantity = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=LEAST)
    unit = serializers.CharField(max_length=20)
    place = serializers.CharField(max_length=120, allow_blank=True, required=False)
    state = serializers.ChoiceField(AssetState.choices, required=False, help_text="`good` if not given.")
    taken_by = serializers.CharField(
        max_length=80, allow_blank=True, required=False, help_text="The utility that takes it over, if one does."
    )


class AssetInput(AssetChange):
    handover = VisibleField(queryset=Handover.objects.select_related("neighbourhood"), help_text="One not signed.")


class AssetFilters(django_filters.FilterSet):
    handover = IdFilter("handover_id")
    neighbourhood = IdFilter("handover__neighbourhood_id")
    division = CodeFilter("handover__neighbourhood__community_code")
    kind = django_filters.ChoiceFilter(choices=AssetKind.choices)
    state = django_filters.ChoiceFilter(choices=AssetState.choices)


class HandoverAssets(ReadOnlyResource):
    """The things on the asset lists of handovers. Those of a signed one stay as they were signed."""

    act = Act.BODIES
    queryset = Asset.objects.select_related("handover__neighbourhood")
    serializer_class = AssetOutput
    filterset_class = AssetFilters
    ordering_fields = ("id",)

    def get_object(self) -> Any:
        lock_place_of(self, "handover__neighbourhood_id")
        return super().get_object()

    @extend_schema(request=AssetInput, responses={201: AssetOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Put a thing on the asset list of a handover. 409 `handover_signed` once it is."""
        self.require_write()
        values = self.read_body(AssetInput)
        self.require_write(values["handover"])
        made = add_asset(by=request.user, **values)
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)

    @extend_schema(request=AssetChange, responses=AssetOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Change a thing on the list. 409 `handover_signed`."""
        asset = self.get_object()
        change_asset(asset=asset, by=request.user, **self.read_body(AssetChange, partial=True))
        return self.answer(self.get_queryset().get(pk=asset.pk))

    def destroy(self, request: SignedInApiRequest, pk: str) -> Response:
        """Take a thing off the list. 409 `handover_signed`."""
        remove_asset(asset=self.get_object(), by=request.user)
        return Response(status=204)


def _without_kind(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "kind"}
