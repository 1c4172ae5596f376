"""Work packages with their progress, their states and their formal checks."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter, refuse_unknown
from common.pagination import PositionPagination
from renovation.api.acceptance import AcceptanceInput, AcceptanceOutput, acceptance_rows
from renovation.api.base import fault
from renovation.api.preconditions import PlannedNeighbourhoodField
from renovation.choices import PackageState
from renovation.models import MenuItem, Neighbourhood, PackageEvent, ProgressEntry, WorkPackage
from renovation.reports.works import PackageSheet, behind_schedule, package_sheets, share_json
from renovation.rules.works import BY_HAND
from renovation.services.acceptance import WarrantyTerm, record_acceptance
from renovation.services.works import (
    change_package,
    create_package,
    move_package,
    report_progress,
)

PAGING = frozenset({"cursor", "page_size", "count"})
MOVES = [state for state in PackageState.choices if any(state[0] in steps for steps in BY_HAND.values())]


class PackageItemOutput(serializers.Serializer):
    menu_item = serializers.IntegerField(source="item.menu_item_id")
    code = serializers.CharField(source="item.menu_item.code")
    plan_item = serializers.IntegerField(
        source="plan_item.pk", allow_null=True, default=None, help_text="In the plan in force; null once taken out."
    )
    amount = serializers.DecimalField(
        max_digits=14, decimal_places=2, allow_null=True, help_text="Yuan, in the plan in force."
    )
    done_share = serializers.DecimalField(max_digits=5, decimal_places=4, source="item.done_share")
    done_on = serializers.DateField(allow_null=True, help_text="The day last reported.")


class WorkPackageOutput(serializers.ModelSerializer):
    """Shares are strings to 4 places, cut and not rounded: only what is whole reads 1.0000."""

    done_share = serializers.SerializerMethodField(help_text="Of its items, by their amounts in the plan in force.")
    expected_share = serializers.SerializerMethodField(help_text="What should be done by today.")
    behind = serializers.SerializerMethodField(help_text="Less is done than expected, or the last planned day is over.")
    amount = serializers.SerializerMethodField(help_text="Yuan, of its items in the plan in force.")
    suspended_reason = serializers.SerializerMethodField(help_text="While it is suspended.")
    review_on = serializers.SerializerMethodField(help_text="When a suspended one is looked at again.")
    items = serializers.SerializerMethodField()

    class Meta:
        model = WorkPackage
        fields = [
            "id",
            "neighbourhood",
            "number",
            "name",
            "contractor",
            "contract_document",
            "contract_sum",
            "supervisor",
            "starts_on",
            "ends_on",
            "state",
            "done_share",
            "expected_share",
            "behind",
            "amount",
            "suspended_reason",
            "review_on",
            "items",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(serializers.DecimalField(max_digits=5, decimal_places=4))
    def get_done_share(self, package: Any) -> str:
        return share_json(package.sheet.done)

    @extend_schema_field(serializers.DecimalField(max_digits=5, decimal_places=4))
    def get_expected_share(self, package: Any) -> str:
        return share_json(package.sheet.expected)

    def get_behind(self, package: Any) -> bool:
        return bool(package.sheet.is_behind)

    @extend_schema_field(serializers.DecimalField(max_digits=14, decimal_places=2))
    def get_amount(self, package: Any) -> str:
        return str(package.sheet.amount)

    def get_suspended_reason(self, package: Any) -> str:
        suspension = package.sheet.suspension
        return suspension.reason if suspension else ""

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_review_on(self, package: Any) -> str | None:
        suspension = package.sheet.suspension
        return suspension.review_on.isoformat() if suspension and suspension.review_on else None

    @extend_schema_field(PackageItemOutput(many=True))
    def get_items(self, package: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in PackageItemOutput(package.sheet.items, many=True).data]


class WorkPackageInput(serializers.Serializer):
    neighbourhood = PlannedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    name = serializers.CharField(max_length=80)
    contractor = serializers.CharField(max_length=80)
    contract_document = serializers.CharField(max_length=120, help_text="The contract's number.")
    contract_sum = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=Decimal(0), allow_null=True, required=False
    )
    supervisor = serializers.CharField(max_length=80, allow_blank=True, required=False)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The last planned day.")
    menu_items = VisibleField(
        queryset=MenuItem.objects.all(), many=True, allow_empty=False, help_text="Of the plan in force."
    )


class ItemShareInput(serializers.Serializer):
    menu_item = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    done_share = serializers.DecimalField(max_digits=5, decimal_places=4, min_value=Decimal(0), max_value=Decimal(1))


class ProgressInput(serializers.Serializer):
    done_on = serializers.DateField(help_text="Not in the future.")
    note = serializers.CharField(
        max_length=500, allow_blank=True, required=False, default="", help_text="Where less is done than before, why."
    )
    items = ItemShareInput(many=True, allow_empty=False)

    def validate_items(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({item["menu_item"] for item in items}) < len(items):
            raise ValidationError([ErrorDetail(_("An item stands here twice."), code="twice")])
        return items


class ProgressOutput(serializers.ModelSerializer):
    menu_item = serializers.IntegerField(source="package_item.menu_item_id")
    by = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="at")

    class Meta:
        model = ProgressEntry
        fields = ["id", "menu_item", "done_share", "done_on", "note", "by", "created_at"]

    def get_by(self, entry: ProgressEntry) -> str | None:
        return str(entry.by) if entry.by else None


class PackageMoveInput(serializers.Serializer):
    to = serializers.ChoiceField(MOVES)
    reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")
    review_on = serializers.DateField(
        allow_null=True, required=False, default=None, help_text="When a suspended one is looked at again."
    )


class PackageEventOutput(serializers.ModelSerializer):
    to = serializers.ChoiceField(PackageState.choices, source="to_state")
    by = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="at")

    class Meta:
        model = PackageEvent
        fields = ["id", "to", "reason", "review_on", "by", "created_at"]

    def get_by(self, event: PackageEvent) -> str | None:
        return str(event.by) if event.by else None


class WorkPackageFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    state = django_filters.ChoiceFilter(choices=PackageState.choices)
    behind = django_filters.ChoiceFilter(
        method="by_behind", choices=TRUE_OR_FALSE, label="Those behind schedule today, or the rest."
    )

    def by_behind(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return behind_schedule(queryset, timezone.localdate(), behind=value == "true")


class WorkPackages(ReadOnlyResource):
    """What one contractor builds under one contract: some of the plan's items, with planned days."""

    act = Act.PLANS
    queryset = WorkPackage.objects.select_related("neighbourhood")
    serializer_class = WorkPackageOutput
    filterset_class = WorkPackageFilters
    ordering_fields = ("id",)

    def list(self, request: SignedInApiRequest, *args: Any, **kwargs: Any) -> Response:
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        self._show(page)
        response: Response = self.get_paginated_response(WorkPackageOutput(page, many=True).data)
        response["Cache-Control"] = "private"
        return response

    def answer(self, thing: Any, *, status: int = 200, serializer_class: Any = None) -> HttpResponseBase:
        if isinstance(thing, WorkPackage):
            self._show([thing])
        return super().answer(thing, status=status, serializer_class=serializer_class)

    def etag_extra(self, thing: Any) -> str:
        """What a package shows changes with the day, and with the plan in force."""
        sheet: PackageSheet | None = getattr(thing, "sheet", None)
        if sheet is None:
            return ""
        plan = max((one.plan_item.plan_id for one in sheet.items if one.plan_item), default=0)
        return f"{sheet.day.toordinal()}-{plan}"

    @extend_schema(request=WorkPackageInput, responses={201: WorkPackageOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Put items of the plan in force into a package, from stage `designed` on. Guards then know the contractor."""
        self.require_write()
        values = self.read_body(WorkPackageInput)
        self.require_write(values["neighbourhood"])
        made = create_package(by=request.user, **values)
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)

    @extend_schema(request=WorkPackageInput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Change a package that has not begun; its neighbourhood stays."""
        self._lock_place(pk)
        package = self.get_object()
        values = self.read_body(WorkPackageInput, instance=package, partial=True)
        if values.pop("neighbourhood", package.neighbourhood) != package.neighbourhood:
            raise fault("neighbourhood", _("This cannot be changed."), "immutable")
        change_package(package=package, by=request.user, **values)
        return self.answer(self.get_queryset().get(pk=package.pk))

    @extend_schema(methods=["get"], responses=ProgressOutput(many=True), filters=False, operation_id="progress_list")
    @extend_schema(methods=["post"], request=ProgressInput, responses={201: WorkPackageOutput})
    @action(detail=True, methods=["get", "post"], pagination_class=PositionPagination, filter_backends=[])
    def progress(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """GET all that was reported, in the order in which it was. POST reports how much of items is done on a day."""
        package = self.get_object()
        if request.method == "GET":
            rows = ProgressEntry.objects.filter(package_item__package=package).select_related("package_item", "by")
            return self._listed(request, rows.order_by("pk"), ProgressOutput)
        values = self.read_body(ProgressInput)
        shares = {item["menu_item"]: item["done_share"] for item in values.pop("items")}
        report_progress(package=package, shares=shares, by=request.user, **values)
        return self.answer(self.get_queryset().get(pk=package.pk), status=201)

    @extend_schema(request=PackageMoveInput, responses=WorkPackageOutput, filters=False)
    @action(detail=True, methods=["post"])
    def move(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Begin, suspend with a reason and a day to look again, resume, or report done; an acceptance does the rest."""
        package = self.get_object()
        move_package(package=package, by=request.user, **self.read_body(PackageMoveInput))
        return self.answer(self.get_queryset().get(pk=package.pk))

    @extend_schema(responses=PackageEventOutput(many=True), filters=False, operation_id="package_events_list")
    @action(detail=True, pagination_class=PositionPagination, filter_backends=[])
    def events(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Each state that it came to, oldest first."""
        rows = PackageEvent.objects.filter(package=self.get_object()).select_related("by").order_by("pk")
        return self._listed(request, rows, PackageEventOutput)

    @extend_schema(
        methods=["get"], responses=AcceptanceOutput(many=True), filters=False, operation_id="package_acceptances_list"
    )
    @extend_schema(methods=["post"], request=AcceptanceInput, responses={201: AcceptanceOutput})
    @action(detail=True, methods=["get", "post"], pagination_class=PositionPagination, filter_backends=[])
    def acceptances(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """GET its formal checks. POST records one: passed, with warranties; failed, the package is under way again."""
        package = self.get_object()
        if request.method == "GET":
            return self._listed(request, acceptance_rows(request.user).filter(package=package), AcceptanceOutput)
        values = self.read_body(AcceptanceInput)
        values["warranties"] = [WarrantyTerm(**one) for one in values["warranties"]]
        made = record_acceptance(package=package, by=request.user, **values)
        shown = acceptance_rows(request.user).get(pk=made.pk)
        return self.answer(shown, status=201, serializer_class=AcceptanceOutput)

    def _listed(self, request: SignedInApiRequest, rows: QuerySet[Any], writer: Any) -> Response:
        refuse_unknown(request, PAGING)
        response: Response = self.get_paginated_response(writer(self.paginate_queryset(rows), many=True).data)
        response["Cache-Control"] = "private"
        return response

    def _lock_place(self, pk: str) -> None:
        """The neighbourhood first, then the package: every writer of works locks in this order."""
        place = self.get_queryset().filter(pk=pk).values_list("neighbourhood", flat=True).first()
        if place is None:
            raise NotFound
        Neighbourhood.objects.select_for_update().get(pk=place)

    def _show(self, packages: Sequence[Any]) -> None:
        for package, sheet in zip(packages, package_sheets(packages, timezone.localdate()), strict=True):
            package.sheet = sheet
