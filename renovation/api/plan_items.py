"""The items of plans over HTTP: with what they cost, and who pays for them."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.filters import IdFilter
from renovation.api.base import fault, require_same_neighbourhood
from renovation.api.plans import lock_place
from renovation.choices import MenuCategory
from renovation.models import FundingShare, FundingSource, MenuItem, PlanItem, RenovationPlan
from renovation.services.plans import remove_item, set_item

MOST_PAYERS = 50
LEAST = Decimal("0.01")
LEAST_WEIGHT = Decimal("0.0001")


class PayerOutput(serializers.ModelSerializer):
    """A source that pays for an item: its weight among the payers, and its part of the amount in yuan."""

    class Meta:
        model = FundingShare
        fields = ["source", "weight", "planned"]


class PlanItemOutput(serializers.ModelSerializer):
    code = serializers.CharField(source="menu_item.code")
    category = serializers.ChoiceField(MenuCategory.choices, source="menu_item.category")
    mandatory = serializers.BooleanField(source="menu_item.mandatory", help_text="A must-do item of the menu.")
    unit = serializers.CharField(source="menu_item.unit")
    payers = PayerOutput(source="shares", many=True, help_text="Their parts add up to the amount to the fen.")

    class Meta:
        model = PlanItem
        fields = [
            "id",
            "plan",
            "menu_item",
            "code",
            "category",
            "mandatory",
            "quantity",
            "unit",
            "unit_price",
            "amount",
            "contractor",
            "starts_on",
            "ends_on",
            "note",
            "payers",
            "created_at",
            "updated_at",
        ]


class PayerInput(serializers.Serializer):
    source = VisibleField(queryset=FundingSource.objects.all())  # type: ignore[assignment]
    weight = serializers.DecimalField(
        max_digits=14, decimal_places=4, min_value=LEAST_WEIGHT, help_text="Its proportion to the others."
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """A payer is whole also where the item is changed in part."""
        missing = [name for name in ("source", "weight") if name not in values]
        if missing:
            raise ValidationError({name: [ErrorDetail(_("This field is required."), "required")] for name in missing})
        return values


class PlanItemChange(serializers.Serializer):
    quantity = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=LEAST, help_text="In the unit of the menu."
    )
    unit_price = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=Decimal(0), allow_null=True, required=False, help_text="Yuan."
    )
    contractor = serializers.CharField(max_length=80, allow_blank=True, required=False)
    starts_on = serializers.DateField(allow_null=True, required=False)
    ends_on = serializers.DateField(allow_null=True, required=False)
    note = serializers.CharField(max_length=500, allow_blank=True, required=False, help_text="Where and how.")
    payers = serializers.ListField(
        child=PayerInput(), required=False, max_length=MOST_PAYERS, help_text="All of them; each source once."
    )


class PlanItemInput(PlanItemChange):
    plan = VisibleField(queryset=RenovationPlan.objects.select_related("neighbourhood"), help_text="A draft.")
    menu_item = VisibleField(queryset=MenuItem.objects.all(), help_text="Of the plan's edition of the menu.")


class PlanItemFilters(django_filters.FilterSet):
    plan = IdFilter("plan_id")
    neighbourhood = IdFilter("plan__neighbourhood_id")
    menu_item = IdFilter("menu_item_id")


class PlanItems(ReadOnlyResource):
    """What a plan is made of. Those of a draft can be changed; must-do items cannot be taken out."""

    act = Act.PLANS
    queryset = PlanItem.objects.all()
    serializer_class = PlanItemOutput
    filterset_class = PlanItemFilters
    ordering_fields = ("id",)

    def get_queryset(self) -> QuerySet[Any]:
        shares = Prefetch("shares", queryset=FundingShare.objects.order_by("source_id"))
        return super().get_queryset().select_related("plan__neighbourhood", "menu_item").prefetch_related(shares)

    def get_object(self) -> Any:
        if self.request.method not in ("GET", "HEAD"):
            lock_place(self.get_queryset().filter(pk=self.kwargs["pk"]).values_list("plan__neighbourhood", flat=True))
        return super().get_object()

    @extend_schema(request=PlanItemInput, responses={201: PlanItemOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Put an item into a draft. 409 `item_in_plan` where it is there, `other_edition`, `plan_frozen`."""
        self.require_write()
        values = self.read_body(PlanItemInput)
        plan = values["plan"]
        self.require_write(plan)
        made = set_item(by=request.user, is_new=True, **_readable(values, plan))
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)

    @extend_schema(request=PlanItemInput, responses=PlanItemOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Change an item of a draft; `payers` replaces them all. 409 `plan_frozen` for one of a frozen revision."""
        item = self.get_object()
        values = self.read_body(PlanItemInput, partial=True)
        for name in ("plan", "menu_item"):
            if values.pop(name, getattr(item, name)) != getattr(item, name):
                raise fault(name, _("This cannot be changed."), "immutable")
        kept = ("quantity", "unit_price", "contractor", "starts_on", "ends_on", "note")
        values = {name: getattr(item, name) for name in kept} | values
        set_item(plan=item.plan, menu_item=item.menu_item, by=request.user, **_readable(values, item.plan))
        return self.answer(self.get_queryset().get(pk=item.pk))

    def destroy(self, request: SignedInApiRequest, pk: str) -> Response:
        """Take an item out of a draft. 409 `must_do_item` for one that the assessment found, `plan_frozen`."""
        remove_item(item=self.get_object(), by=request.user)
        return Response(status=204)


def _readable(values: dict[str, Any], plan: RenovationPlan) -> dict[str, Any]:
    """The values with `payers` as weights by source. Faults where the days are the wrong way round, where a source is
    named twice, or lies elsewhere.
    """
    starts_on, ends_on = values.get("starts_on"), values.get("ends_on")
    if starts_on and ends_on and ends_on < starts_on:
        raise fault("ends_on", _("This is before it begins."), "ends_before_it_starts")
    if "payers" not in values:
        return values
    weights: dict[int, Decimal] = {}
    for payer in values["payers"]:
        require_same_neighbourhood("payers", payer["source"], plan.neighbourhood_id)
        if payer["source"].pk in weights:
            raise fault("payers", _("A source is named twice."), "source_twice")
        weights[payer["source"].pk] = payer["weight"]
    return {**values, "payers": weights}
