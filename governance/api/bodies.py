"""The 3+X bodies, their members, and who manages (policy.md, section g)."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.as_of import InForceOn
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from consent.models import OwnersVote
from governance.api.base import GovernedNeighbourhoodField, lock_place_of
from governance.choices.bodies import BodyKind
from governance.models import Body
from governance.permissions.bodies import may_keep_body, may_keep_some_body
from governance.reports.bodies import body_rows, concerns_about
from governance.services.bodies import describe_body, end_body, file_body, found_body, renew_body
from renovation.models import Neighbourhood


class ConcernOutput(serializers.Serializer):
    """Something about a body that wants doing."""

    code = serializers.CharField()
    is_urgent = serializers.BooleanField(help_text="Whether it is wrong now, and not only coming.")
    days = serializers.IntegerField(help_text="How many are left, or how many it is late; 0 where it has no day.")
    number = serializers.IntegerField(help_text="How many members there are; 0 where it is not about these.")
    needed = serializers.IntegerField(help_text="How many there should be, likewise.")


class BodyOutput(serializers.ModelSerializer):
    members = serializers.IntegerField(source="member_count", help_text="Full members of today.")
    concerns = serializers.SerializerMethodField(help_text="As of today; none once it has ended.")

    class Meta:
        model = Body
        fields = [
            "id",
            "neighbourhood",
            "kind",
            "name",
            "purpose",
            "founded_on",
            "document",
            "elected_by",
            "filed_on",
            "filed_with",
            "filing_document",
            "term_starts_on",
            "term_ends_on",
            "contract_document",
            "members",
            "concerns",
            "ended_on",
            "end_reason",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(ConcernOutput(many=True))
    def get_concerns(self, body: Body) -> Any:
        return ConcernOutput(concerns_about(body, timezone.localdate()), many=True).data


class TermInput(serializers.Serializer):
    term_starts_on = serializers.DateField()
    term_ends_on = serializers.DateField(help_text="Its last day; of a committee at most five years later.")
    elected_by = VisibleField(
        queryset=OwnersVote.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="Of an owners' committee: a vote on matter 3 that passed.",
    )
    contract_document = serializers.CharField(
        max_length=120, allow_blank=True, required=False, default="", help_text="Of a property company."
    )


class DescribeBodyInput(serializers.Serializer):
    name = serializers.CharField(max_length=80)
    purpose = serializers.CharField(max_length=300, allow_blank=True, required=False, default="")
    document = serializers.CharField(
        max_length=120, allow_blank=True, required=False, default="", help_text="Of its founding."
    )


class FoundBodyInput(DescribeBodyInput, TermInput):
    neighbourhood = GovernedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    kind = serializers.ChoiceField(BodyKind.choices)
    founded_on = serializers.DateField(help_text="Not in the future.")
    term_starts_on = serializers.DateField(
        allow_null=True, required=False, default=None, help_text="If not given, `founded_on`."
    )
    term_ends_on = serializers.DateField(
        allow_null=True,
        required=False,
        default=None,
        help_text="Its last day. A committee needs one, at most five years later, and a company that of its contract.",
    )


class FilingInput(serializers.Serializer):
    filed_on = serializers.DateField(help_text="Not before it was in being, not in the future.")
    filed_with = serializers.CharField(max_length=80)
    filing_document = serializers.CharField(max_length=120, allow_blank=True, required=False, default="")


class EndBodyInput(serializers.Serializer):
    ended_on = serializers.DateField(help_text="Not in the future.")
    reason = serializers.CharField(max_length=300)


class BodyFilters(django_filters.FilterSet):
    as_of = InForceOn("founded_on", "ended_on", label="In being on this day.")
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    kind = django_filters.ChoiceFilter(choices=BodyKind.choices)
    standing = django_filters.ChoiceFilter(
        method="by_standing", choices=TRUE_OR_FALSE, label="Those that stand, or those that ended."
    )
    filed = django_filters.ChoiceFilter(
        method="by_filing", choices=TRUE_OR_FALSE, label="Owners' committees that are filed, or are not."
    )
    ending_by = django_filters.DateFilter(
        method="by_end", label="Standing ones whose term or contract is over by the end of this day."
    )

    def by_standing(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(ended_on__isnull=value == "true")

    def by_filing(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(kind=BodyKind.OWNERS_COMMITTEE, filed_on__isnull=value == "false")

    def by_end(self, queryset: Any, name: str, value: Any) -> QuerySet[Any]:
        ending: QuerySet[Any] = queryset.ending_by(value)
        return ending


class Bodies(ReadOnlyResource):
    """Party branch or group, owners' committee or what stands in for it, property company, self-governing groups."""

    act = Act.BODIES
    queryset = Body.objects.all()
    serializer_class = BodyOutput
    filterset_class = BodyFilters
    ordering_fields = ("id", "founded_on")
    search_fields = ("name",)

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        return rows.with_members().select_related("neighbourhood", "elected_by")

    def get_object(self) -> Any:
        lock_place_of(self, "neighbourhood_id")
        return super().get_object()

    def may(self, thing: Any) -> bool:
        return may_keep_body(self.request.user, thing, thing.kind)

    def etag_extra(self, thing: Any) -> str:
        """Members come without a new version of the body, its concerns by the day, and a court rescinds its vote."""
        stands = thing.elected_by is None or thing.elected_by.stands
        return f"{thing.member_count}.{thing.has_head:d}.{stands:d}.{timezone.localdate():%Y%m%d}"

    @extend_schema(request=FoundBodyInput, responses={201: BodyOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Write down that a body is in being. The party's are for whoever keeps party members.

        409 `committee_stands`, `body_named_already`, `term_needed`, `term_too_long` (with `years`), `contract_needed`,
        `vote_does_not_fit` (with `matter`), `day_in_future`, `day_out_of_order`, `other_neighbourhood`.
        """
        if not may_keep_some_body(request.user):
            raise PermissionDenied
        values = self.read_body(FoundBodyInput)
        if not may_keep_body(request.user, values["neighbourhood"], values["kind"]):
            raise PermissionDenied
        return self._shown(found_body(by=request.user, **values), status=201)

    @extend_schema(request=DescribeBodyInput, responses=BodyOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Write its name, what it does or its document anew. 409 `body_ended`, `body_named_already`."""
        body = self.get_object()
        values = self.read_body(DescribeBodyInput, partial=True)
        return self._shown(describe_body(body=body, by=request.user, **values))

    @extend_schema(request=FilingInput, responses=BodyOutput)
    @action(detail=True, methods=["post"])
    def file(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Write down that an owners' committee was filed; a second time corrects the first.

        409 `nothing_to_file`, `body_ended`, `day_in_future`, `day_out_of_order`.
        """
        body = self.get_object()
        return self._shown(file_body(body=body, by=request.user, **self.read_body(FilingInput)))

    @extend_schema(request=TermInput, responses=BodyOutput)
    @action(detail=True, methods=["post"])
    def renew(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Begin the next term of a committee, which is then filed anew, or the next contract of a company.

        409 `nothing_to_renew`, `body_ended`, `term_too_long` (with `years`), `contract_needed`, `vote_does_not_fit`
        (with `matter`), `day_out_of_order`, `other_neighbourhood`.
        """
        body = self.get_object()
        return self._shown(renew_body(body=body, by=request.user, **self.read_body(TermInput)))

    @extend_schema(request=EndBodyInput, responses=BodyOutput)
    @action(detail=True, methods=["post"])
    def end(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Write down that a body is no more; its members leave with it.

        409 `body_manages`, `body_ended`, `day_in_future`, `day_out_of_order`.
        """
        body = self.get_object()
        return self._shown(end_body(body=body, by=request.user, **self.read_body(EndBodyInput)))

    def _shown(self, body: Body, *, status: int = 200) -> HttpResponseBase:
        return self.answer(body_rows(self.request.user).get(pk=body.pk), status=status)
