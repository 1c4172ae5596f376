from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from accounts.rules.territory import reach_of
from common.as_of import AsOf
from common.filters import IdFilter
from renovation.api.lifecycle import evidence_rows, record_or_revoke, require_document
from renovation.choices import PreconditionParty
from renovation.models import Evidence, Neighbourhood
from renovation.permissions import may_record
from renovation.querysets import neighbourhoods_within
from renovation.reports.fault_words import words_of_fault
from renovation.reports.then import evidence_then
from renovation.rules.evidence import PRECONDITION_KINDS, PRECONDITIONS, Fault


class PreconditionOutput(serializers.ModelSerializer):
    """A confirmation of a precondition, or with `revoked` the end of one."""

    number = serializers.SerializerMethodField()
    party = serializers.SerializerMethodField(help_text="Who confirms it; the fourth needs both of its own.")
    evidence = serializers.SerializerMethodField(help_text="What was seen.")
    urban_management = serializers.SerializerMethodField(help_text="Their document, for the third.")
    by = serializers.SerializerMethodField(help_text="Who confirmed or revoked it.")
    is_current = serializers.BooleanField(help_text="It stands: the latest of its party, and not a revocation.")
    created_at = serializers.DateTimeField(source="at")

    class Meta:
        model = Evidence
        fields = [
            "id",
            "neighbourhood",
            "number",
            "party",
            "evidence",
            "urban_management",
            "document",
            "dated_on",
            "revoked",
            "reason",
            "by",
            "is_current",
            "created_at",
        ]

    def get_number(self, row: Evidence) -> int:
        return PRECONDITION_KINDS[row.kind][0]

    @extend_schema_field(serializers.ChoiceField(PreconditionParty.choices))
    def get_party(self, row: Evidence) -> str:
        return PRECONDITION_KINDS[row.kind][1]

    def get_evidence(self, row: Evidence) -> str:
        return str(row.facts.get("evidence", ""))

    def get_urban_management(self, row: Evidence) -> str:
        return str(row.facts.get("urban_management", ""))

    def get_by(self, row: Evidence) -> str | None:
        return str(row.by) if row.by else None


class PlannedNeighbourhoodField(VisibleField):
    """A neighbourhood whose plan the caller may read; a client needs no more scopes than that."""

    def get_queryset(self) -> QuerySet[Any]:
        return Neighbourhood.objects.filter(neighbourhoods_within(reach_of(self.context["request"].user, Act.PLANS)))


class PreconditionInput(serializers.Serializer):
    """A confirmation; or, with `revoked`, the end of the one that stands, and why."""

    neighbourhood = PlannedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    number = serializers.IntegerField(min_value=1, max_value=len(PRECONDITIONS))
    party = serializers.ChoiceField(
        PreconditionParty.choices,
        required=False,
        help_text="For whom it is confirmed; who may for one party only need not say.",
    )
    evidence = serializers.CharField(max_length=500, required=False, help_text="What was seen.")
    urban_management = serializers.CharField(max_length=500, required=False, help_text="Their document, for the third.")
    document = serializers.CharField(max_length=120, required=False, help_text="Its number.")
    dated_on = serializers.DateField(required=False, help_text="Of the document; not in the future.")
    revoked = serializers.BooleanField(required=False, default=False)
    reason = serializers.CharField(max_length=500, allow_blank=True, required=False, default="")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        require_document(values)
        parties = PRECONDITIONS[values["number"]]
        mine = [party for party, kind in parties.items() if self._may(values["neighbourhood"], kind)]
        party = values.get("party") or (mine[0] if len(mine) == 1 else next(iter(parties)))
        if party not in parties:
            detail = words_of_fault(Fault("party", "not_a_choice", {"choices": sorted(parties)}))
            raise ValidationError({"party": [ErrorDetail(detail, code="not_a_choice")]})
        return values | {"kind": parties[party]}

    def _may(self, neighbourhood: Neighbourhood, kind: str) -> bool:
        return may_record(self.context["request"].user, neighbourhood, kind)


class PreconditionFilters(django_filters.FilterSet):
    as_of = AsOf(evidence_then, label="What was confirmed and revoked by this moment, and stood then.")
    neighbourhood = IdFilter("neighbourhood_id")
    number = django_filters.ChoiceFilter(
        method="by_number", choices=[(str(number), str(number)) for number in PRECONDITIONS]
    )
    current = django_filters.ChoiceFilter(
        method="by_current", choices=[("false", "false"), ("true", "true")], label="Those that stand, or the rest."
    )

    def by_number(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(kind__in=PRECONDITIONS[int(value)].values())

    def by_current(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(is_current=value == "true")


class Preconditions(ReadOnlyResource):
    """The five preconditions of a neighbourhood: every confirmation and revocation, append-only."""

    act = Act.PLANS
    queryset = Evidence.objects.all()
    serializer_class = PreconditionOutput
    filterset_class = PreconditionFilters
    ordering_fields = ("id",)

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return Evidence.objects.none()
        rows: QuerySet[Any] = evidence_rows(self.request.user).filter(kind__in=PRECONDITION_KINDS)
        return rows

    @extend_schema(request=PreconditionInput, responses={201: PreconditionOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Confirm a precondition, or revoke what stands with a reason: by whom policy says, 403 for anybody else."""
        values = self.read_body(PreconditionInput)
        names = ("evidence", "urban_management")
        values["facts"] = {name: values[name] for name in names if name in values}
        made = record_or_revoke(request.user, values["neighbourhood"], values["kind"], values, facts_at="")
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)
