"""Who pays for the works, and the money committed, received and spent, over HTTP."""

from decimal import Decimal
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.permissions import may_write_somewhere
from accounts.rest import ReadOnlyResource, VisibleField
from accounts.rules.territory import reach_of
from common.as_of import AsOf
from common.filters import CodeFilter, IdFilter
from renovation.api.base import fault
from renovation.api.preconditions import PlannedNeighbourhoodField
from renovation.choices import FundingKind, FundingStep, ResidentsRoute
from renovation.errors import SourceMalformed
from renovation.models import (
    FundingEntry,
    FundingSource,
    Household,
    MenuItem,
    Neighbourhood,
    Stairwell,
    WorkPackage,
)
from renovation.permissions import may_record_money, reads_contributions
from renovation.querysets import neighbourhoods_within
from renovation.reports.money import sources_then, with_sums
from renovation.rules.funding import may_name_payer
from renovation.services.funding import add_source, change_source, record_entry, reverse_entry

SUM_NAMES = ("planned", "committed", "received", "spent")
LEAST = Decimal("0.01")


def _sum(text: str) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=14, decimal_places=2, help_text=text)


class FundingSourceOutput(serializers.ModelSerializer):
    floor_weights = serializers.DictField(
        child=serializers.CharField(), help_text="Floor to agreed weight, for the route `by_weight`."
    )
    planned = _sum("Yuan; its shares of the items of the revision in force.")
    committed = _sum("Yuan; reversals taken off, as in the next two.")
    received = _sum("Yuan.")
    spent = _sum("Yuan.")

    class Meta:
        model = FundingSource
        fields = [
            "id",
            "neighbourhood",
            "kind",
            "name",
            "route",
            "floor_weights",
            "stairwell",
            "document",
            *SUM_NAMES,
            "created_at",
            "updated_at",
        ]


class PlannedStairwellField(VisibleField):
    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, Act.PLANS)
        return Stairwell.objects.filter(neighbourhoods_within(reach, "building__neighbourhood__")).select_related(
            "building"
        )


class FundingSourceChange(serializers.Serializer):
    name = serializers.CharField(max_length=80)
    route = serializers.ChoiceField(
        ResidentsRoute.choices,
        allow_blank=True,
        required=False,
        help_text="How residents raise it: for `residents`, and only then.",
    )
    floor_weights = serializers.DictField(
        child=serializers.CharField(max_length=20),
        required=False,
        help_text="Floor to agreed weight from 0, with at most 4 places: for `by_weight`, and only then.",
    )
    stairwell = PlannedStairwellField(
        queryset=Stairwell.objects.all(),
        allow_null=True,
        required=False,
        help_text="Where only its households pay, as for a lift.",
    )
    document = serializers.CharField(max_length=120, allow_blank=True, required=False, help_text="Its number.")


class FundingSourceInput(FundingSourceChange):
    neighbourhood = PlannedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    kind = serializers.ChoiceField(FundingKind.choices)


class FundingSourceFilters(django_filters.FilterSet):
    as_of = AsOf(sources_then, label="Those there by this moment, with the sums recorded by then.")
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    kind = django_filters.ChoiceFilter(choices=FundingKind.choices)


class FundingSources(ReadOnlyResource):
    """Who pays how much: planned by the revision in force, committed, received and spent, reversals taken off."""

    act = Act.PLANS
    queryset = FundingSource.objects.all()
    serializer_class = FundingSourceOutput
    filterset_class = FundingSourceFilters
    search_fields = ("name",)
    ordering_fields = ("id",)

    def get_queryset(self) -> QuerySet[Any]:
        return with_sums(super().get_queryset()).select_related("neighbourhood")

    def etag_extra(self, thing: Any) -> str:
        return ".".join(str(getattr(thing, name)) for name in SUM_NAMES)

    @extend_schema(request=FundingSourceInput, responses={201: FundingSourceOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Add who pays. 409 `source_exists` where a source of this kind has the name."""
        self.require_write()
        values = self.read_body(FundingSourceInput)
        self.require_write(values["neighbourhood"])
        return self._told(lambda: add_source(by=request.user, **values), status=201)

    @extend_schema(request=FundingSourceChange, responses=FundingSourceOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Change a source; its kind stays, and 409 `source_in_plan` for all but its document, once a frozen plan names
        it.
        """
        # Every writer of money queues on the neighbourhood before anything below it.
        place = FundingSource.objects.visible_to(request.user).filter(pk=pk).values_list("neighbourhood", flat=True)
        Neighbourhood.objects.select_for_update().filter(pk__in=list(place)).first()
        source = self.get_object()
        values = self.read_body(FundingSourceChange, partial=True)
        return self._told(lambda: change_source(source=source, by=request.user, **values))

    def _told(self, act: Any, *, status: int = 200) -> HttpResponseBase:
        """The source as it is after `act`; what is malformed is a fault of its field."""
        try:
            made = act()
        except SourceMalformed as refusal:
            raise fault(refusal.extra["field"], str(refusal), refusal.extra["fault"]) from refusal
        return self.answer(self.get_queryset().get(pk=made.pk), status=status)


class FundingEntryOutput(serializers.ModelSerializer):
    """Money of a source, append-only; a reversal is a row of its own below zero."""

    neighbourhood = serializers.IntegerField(source="source.neighbourhood_id")
    kind = serializers.ChoiceField(FundingKind.choices, source="source.kind")
    payer = serializers.SerializerMethodField(
        help_text="Empty where a person has not agreed to be named and you do not keep contributions."
    )
    reversed_by = serializers.SerializerMethodField(help_text="The entry that takes this one back.")
    by = serializers.SerializerMethodField(help_text="Who recorded it.")
    created_at = serializers.DateTimeField(source="recorded_at")

    class Meta:
        model = FundingEntry
        fields = [
            "id",
            "neighbourhood",
            "source",
            "kind",
            "step",
            "amount",
            "household",
            "menu_item",
            "package",
            "tranche",
            "payer",
            "payer_may_be_named",
            "document",
            "dated_on",
            "reverses",
            "reversed_by",
            "reason",
            "by",
            "created_at",
        ]

    def get_payer(self, entry: FundingEntry) -> str:
        place = entry.source.neighbourhood
        context: dict[str, Any] = self.context  # type: ignore[assignment] # shared by all rows of a list
        known: dict[int, bool] = context.setdefault("reads_contributions", {})
        if place.pk not in known:
            known[place.pk] = reads_contributions(self.context["request"].user, place)
        named = may_name_payer(
            kind=entry.source.kind, agreed=entry.payer_may_be_named, reads_contributions=known[place.pk]
        )
        return entry.payer if named else ""

    def get_reversed_by(self, entry: FundingEntry) -> int | None:
        reversal = getattr(entry, "reversed_by", None)
        return reversal.pk if reversal else None

    def get_by(self, entry: FundingEntry) -> str | None:
        return str(entry.recorded_by) if entry.recorded_by else None


class ContributingHouseholdField(VisibleField):
    """A household where the caller keeps contributions; a client needs no more scopes than that."""

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, Act.CONTRIBUTIONS, "read", "write")
        return Household.objects.filter(neighbourhoods_within(reach, "neighbourhood__"))


class FundingEntryInput(serializers.Serializer):
    source = VisibleField(  # type: ignore[assignment] # a field of this name, not where it reads from
        queryset=FundingSource.objects.select_related("neighbourhood")
    )
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=LEAST, help_text="Yuan.")
    document = serializers.CharField(max_length=120, help_text="Its number.")
    dated_on = serializers.DateField(help_text="Of the document; not in the future.")
    household = ContributingHouseholdField(
        queryset=Household.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="Whose pledge or gift it is: of `residents` and `in_kind`.",
    )
    menu_item = VisibleField(
        queryset=MenuItem.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="The planned item that it is for.",
    )
    package = VisibleField(queryset=WorkPackage.objects.all(), allow_null=True, required=False, default=None)
    payer = serializers.CharField(max_length=80, allow_blank=True, required=False, default="")
    payer_may_be_named = serializers.BooleanField(
        required=False, default=False, help_text="The payer has agreed, apart from anything else, to be named."
    )
    reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")


class ReverseInput(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class FundingEntryFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("source__neighbourhood_id")
    division = CodeFilter("source__neighbourhood__community_code")
    source = IdFilter("source_id")
    kind = django_filters.ChoiceFilter("source__kind", choices=FundingKind.choices)
    household = IdFilter("household_id")
    menu_item = IdFilter("menu_item_id")
    package = IdFilter("package_id")


class FundingEntries(ReadOnlyResource):
    """The entries of one step, append-only. One that names a household is for whoever keeps contributions."""

    act = Act.PLANS
    step: ClassVar[FundingStep]
    queryset = FundingEntry.objects.all()
    serializer_class = FundingEntryOutput
    filterset_class = FundingEntryFilters
    ordering_fields = ("id",)

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset().filter(step=self.step)
        return rows.select_related("source__neighbourhood", "household__building", "recorded_by", "reversed_by")

    def may(self, thing: Any) -> bool:
        return may_record_money(self.request.user, thing.source, thing.step, thing.household)

    @extend_schema(request=FundingEntryInput, responses={201: FundingEntryOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Record money by its document: a household's by whoever keeps contributions, residents' other gifts by them or
        by the district, the rest by the district. 409 `paid_by_tranche` for what an award's tranches bring,
        `amount_too_large` where the source would add up to more than is told.
        """
        if not any(may_write_somewhere(request.user, act) for act in (Act.PLANS, Act.CONTRIBUTIONS)):
            raise PermissionDenied
        values = self.read_body(FundingEntryInput)
        if not may_record_money(request.user, values["source"], self.step, values["household"]):
            raise PermissionDenied
        made = record_entry(step=self.step, by=request.user, **values)
        return self.answer(self._again(made), status=201)

    @extend_schema(request=ReverseInput, responses={201: FundingEntryOutput})
    @action(detail=True, methods=["post"])
    def reverse(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Take an entry back by a row of the same amount below zero, which is the answer; both stay readable."""
        entry = self.get_object()
        made = reverse_entry(entry=entry, by=request.user, **self.read_body(ReverseInput))
        return self.answer(self._again(made), status=201)

    def _again(self, made: FundingEntry) -> FundingEntry:
        found: FundingEntry | None = self.get_queryset().filter(pk=made.pk).first()
        if found is None:
            raise NotFound
        return found


class FundingCommitments(FundingEntries):
    """Money that a payer has promised by a document: pledges, contracts, notices of allotment."""

    step = FundingStep.COMMITTED


class FundingReceipts(FundingEntries):
    """Money that came in; in kind, what was delivered at its agreed value."""

    step = FundingStep.RECEIVED


class FundingPayments(FundingEntries):
    """Money that was spent on the works."""

    step = FundingStep.SPENT
