"""The owners' common money, and what is published of it and of the fees."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from accounts.rules.territory import reach_of
from common.filters import CodeFilter, IdFilter
from governance.api.fees.base import FeeNeighbourhoodField
from governance.choices.fees import CommonPurse, PurseSource
from governance.models import Disclosure, PurseEntry
from governance.rules.fees.periods import Period, parse_period
from governance.services.fees.disclosures import publish_disclosure
from governance.services.fees.purses import book_entry, reverse_entry
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within


class PurseEntryOutput(serializers.ModelSerializer):
    reversed_by = serializers.SerializerMethodField(help_text="The entry that takes this one back.")

    class Meta:
        model = PurseEntry
        fields = [
            "id",
            "neighbourhood",
            "purse",
            "source",
            "amount",
            "booked_on",
            "document",
            "note",
            "reverses",
            "reversed_by",
            "created_at",
            "by",
        ]

    def get_reversed_by(self, entry: PurseEntry) -> int | None:
        taken_back: PurseEntry | None = getattr(entry, "reversed_by", None)
        return taken_back.pk if taken_back else None


class PurseEntryInput(serializers.Serializer):
    neighbourhood = FeeNeighbourhoodField(queryset=Neighbourhood.objects.all())
    purse = serializers.ChoiceField(CommonPurse.choices)
    source = serializers.ChoiceField(PurseSource.choices)  # type: ignore[assignment] # a field of ours by this name
    amount = serializers.DecimalField(
        max_digits=14, decimal_places=2, help_text="Yuan: above 0 what comes in, below it what is spent."
    )
    booked_on = serializers.DateField(help_text="Not in the future.")
    document = serializers.CharField(max_length=120)
    note = serializers.CharField(
        max_length=200, allow_blank=True, required=False, default="", help_text="It is published with the entry."
    )


class ReverseEntryInput(serializers.Serializer):
    reason = serializers.CharField(max_length=200, help_text="It is published with the entry that takes this one back.")


class PurseEntryFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    purse = django_filters.ChoiceFilter(choices=CommonPurse.choices)
    source = django_filters.ChoiceFilter(choices=PurseSource.choices)
    booked_from = django_filters.DateFilter("booked_on", lookup_expr="gte", label="Booked on this day or later.")
    booked_to = django_filters.DateFilter("booked_on", lookup_expr="lte", label="Booked on this day or before.")


class PurseEntries(ReadOnlyResource):
    """Public income and the maintenance fund, entry by entry. Append-only: a mistake is taken back by another entry.
    Parking that is billed on shared land is not entered: what is published counts it off the bills.
    """

    act = Act.FEES
    queryset = PurseEntry.objects.select_related("neighbourhood", "reversed_by")
    serializer_class = PurseEntryOutput
    filterset_class = PurseEntryFilters

    @extend_schema(request=PurseEntryInput, responses={201: PurseEntryOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Enter what came in or was spent. 409 `wrong_source` with the `sources` of the purse, `wrong_sign`,
        `day_in_future`, `month_closed`.
        """
        self.require_write()
        values = self.read_body(PurseEntryInput)
        self.require_write(values["neighbourhood"])
        entry = book_entry(by=request.user, **values)
        return self.answer(self.get_queryset().get(pk=entry.pk), status=201)

    @extend_schema(request=ReverseEntryInput, responses={201: PurseEntryOutput})
    @action(detail=True, methods=["post"])
    def reverse(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Take an entry back, whole, today: the answer is the entry that does. 409 `entry_reversed`, `month_closed`."""
        entry = self.get_object()
        back = reverse_entry(entry=entry, by=request.user, **self.read_body(ReverseEntryInput))
        return self.answer(self.get_queryset().get(pk=back.pk), status=201)


class DisclosureOutput(serializers.ModelSerializer):
    figures = serializers.DictField(help_text="As they were published: prices, collection, purses. See docs/fees.md.")
    corrected_by = serializers.SerializerMethodField(help_text="The disclosure that corrects this one.")

    class Meta:
        model = Disclosure
        fields = [
            "id",
            "neighbourhood",
            "period",
            "starts_on",
            "ends_on",
            "figures",
            "digest",
            "posted_at_place",
            "corrects",
            "corrected_by",
            "published_at",
            "created_at",
        ]

    created_at = serializers.DateTimeField(source="published_at", read_only=True)

    def get_corrected_by(self, disclosure: Disclosure) -> int | None:
        later: Disclosure | None = getattr(disclosure, "corrected_by", None)
        return later.pk if later else None


class DisclosureInput(serializers.Serializer):
    neighbourhood = FeeNeighbourhoodField(queryset=Neighbourhood.objects.all())
    period = serializers.CharField(max_length=7, help_text="`2026-Q3`, or another period that is over.")
    cut_off = serializers.DateField(required=False, help_text="The last day whose money counts; today if not given.")
    posted_at_place = serializers.CharField(
        max_length=120, allow_blank=True, required=False, default="", help_text="Where the print hangs."
    )
    corrects = VisibleField(
        queryset=Disclosure.objects.all(), required=False, allow_null=True, help_text="The latest one of this period."
    )

    def validate_period(self, text: str) -> Period:
        try:
            return parse_period(text)
        except ValueError:
            raise serializers.ValidationError(_("This is no period."), code="invalid") from None


class DisclosureFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    period = django_filters.CharFilter("period", max_length=7)


class Disclosures(ReadOnlyResource):
    """What was published of the fees, the maintenance fund and public income (Civil Code 943). Here by territory; the
    page of each is open to everybody.
    """

    act = Act.FEES
    queryset = Disclosure.objects.select_related("neighbourhood", "corrected_by")
    serializer_class = DisclosureOutput
    filterset_class = DisclosureFilters

    def get_queryset(self) -> QuerySet[Any]:
        here = neighbourhoods_within(reach_of(self.request.user, Act.FEES), "neighbourhood__")
        return super().get_queryset().filter(here)

    @extend_schema(request=DisclosureInput, responses={201: DisclosureOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Publish a period's figures as they stand. 409 `period_not_over`, `cut_off_out_of_order`, `already_disclosed`
        with the `disclosure`, `not_the_latest` for a correction of another one.
        """
        self.require_write()
        values = self.read_body(DisclosureInput)
        self.require_write(values["neighbourhood"])
        made = publish_disclosure(by=request.user, **values)
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)
