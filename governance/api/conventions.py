"""Management covenant, residents' convention and stairwell conventions, and what their versions say."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.as_of import InForceOn
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from consent.models import OwnersVote
from governance.api.base import GovernedNeighbourhoodField, GovernedStairwellField, lock_place_of
from governance.choices.conventions import ConventionKind, VersionState
from governance.models import Convention, ConventionVersion
from governance.permissions.conventions import sees_totals
from governance.reports.conventions import conventions_to_read, draft_of, signing_of, version_in_force
from governance.services.conventions import (
    adopt_version,
    amend_version,
    draft_version,
    file_version,
    open_convention,
    rename_convention,
    withdraw_version,
)
from renovation.models import Neighbourhood, Stairwell

LONGEST_TEXT = 20_000


class ConventionStairwellField(GovernedStairwellField):
    act_asked = Act.BODIES


class VersionBriefOutput(serializers.ModelSerializer):
    class Meta:
        model = ConventionVersion
        fields = ["id", "number", "state", "adopted_on", "filed_on"]


class ConventionOutput(serializers.ModelSerializer):
    in_force = serializers.SerializerMethodField(help_text="The version adopted last, null where none is in force.")
    draft = serializers.SerializerMethodField(
        help_text="The version being drafted or signed, null where there is none."
    )

    class Meta:
        model = Convention
        fields = ["id", "neighbourhood", "kind", "stairwell", "title", "in_force", "draft", "created_at", "updated_at"]

    @extend_schema_field(VersionBriefOutput(allow_null=True))
    def get_in_force(self, convention: Any) -> Any:
        return _brief(version_in_force(convention))

    @extend_schema_field(VersionBriefOutput(allow_null=True))
    def get_draft(self, convention: Any) -> Any:
        return _brief(draft_of(convention))


def _brief(version: Any) -> Any:
    return None if version is None else VersionBriefOutput(version).data


class VersionTextInput(serializers.Serializer):
    text = serializers.CharField(max_length=LONGEST_TEXT, help_text="Frozen once anybody signed it or it was adopted.")
    needed_share = serializers.DecimalField(
        max_digits=5,
        decimal_places=4,
        min_value=Decimal("0.0001"),
        max_value=Decimal(1),
        allow_null=True,
        required=False,
        default=None,
        help_text="Of the households that must sign; null asks for one signature. A covenant, voted on, has none.",
    )


class ConventionInput(VersionTextInput):
    neighbourhood = GovernedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    kind = serializers.ChoiceField(ConventionKind.choices)
    stairwell = ConventionStairwellField(
        queryset=Stairwell.objects.all(), allow_null=True, required=False, default=None, help_text="Of a stairwell's."
    )
    title = serializers.CharField(max_length=120)


class RenameInput(serializers.Serializer):
    title = serializers.CharField(max_length=120)


class ConventionFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    kind = django_filters.ChoiceFilter(choices=ConventionKind.choices)
    stairwell = IdFilter("stairwell_id")
    in_force = django_filters.ChoiceFilter(
        method="by_force",
        choices=TRUE_OR_FALSE,
        label="Those with a version in force, or without one.",
    )

    def by_force(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        adopted = ConventionVersion.objects.in_force().values("convention")
        return queryset.filter(pk__in=adopted) if value == "true" else queryset.exclude(pk__in=adopted)


class Conventions(ReadOnlyResource):
    """The three texts that are not to be mixed: of owners by vote, of residents and of a stairwell by signatures."""

    act = Act.BODIES
    queryset = Convention.objects.all()
    serializer_class = ConventionOutput
    filterset_class = ConventionFilters
    search_fields = ("title",)

    def get_queryset(self) -> QuerySet[Any]:
        return conventions_to_read(super().get_queryset())

    def get_object(self) -> Any:
        lock_place_of(self, "neighbourhood_id")
        return super().get_object()

    def etag_extra(self, thing: Any) -> str:
        shown = (version_in_force(thing), draft_of(thing))
        return ".".join(f"{one.pk}v{one.version}" for one in shown if one is not None)

    @extend_schema(request=ConventionInput, responses={201: ConventionOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Begin a convention with the draft of its first version. 409 `convention_kept` where there is one,
        `stairwell_does_not_fit`, `other_neighbourhood`, `adopted_by_vote` for a share of a covenant, `same_text`.
        """
        self.require_write()
        values = self.read_body(ConventionInput)
        self.require_write(values["neighbourhood"])
        return self._shown(open_convention(by=request.user, **values), status=201)

    @extend_schema(request=RenameInput, responses=ConventionOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Give it another title."""
        convention = self.get_object()
        values = self.read_body(RenameInput, partial=True)
        if values:
            rename_convention(convention=convention, by=request.user, **values)
        return self._shown(convention)

    def _shown(self, convention: Convention, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=convention.pk), status=status)


class VersionOutput(serializers.ModelSerializer):
    neighbourhood = serializers.IntegerField(source="convention.neighbourhood_id")
    vote_stands = serializers.SerializerMethodField(
        help_text="Whether the decision of the owners that adopted it still stands; null where none did."
    )

    class Meta:
        model = ConventionVersion
        fields = [
            "id",
            "convention",
            "neighbourhood",
            "number",
            "text",
            "digest",
            "needed_share",
            "state",
            "adopted_on",
            "vote",
            "vote_stands",
            "document",
            "filed_on",
            "filed_with",
            "ended_on",
            "end_reason",
            "created_at",
            "updated_at",
        ]

    def get_vote_stands(self, version: ConventionVersion) -> bool | None:
        return None if version.vote is None else version.vote.stands


class VersionInput(VersionTextInput):
    convention = VisibleField(queryset=Convention.objects.select_related("neighbourhood"))


class AdoptInput(serializers.Serializer):
    adopted_on = serializers.DateField(help_text="Not in the future.")
    vote = VisibleField(
        queryset=OwnersVote.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="Of a covenant: a vote on matter 2 that passed.",
    )
    document = serializers.CharField(max_length=120, allow_blank=True, required=False, default="")


class FileInput(serializers.Serializer):
    filed_on = serializers.DateField(help_text="Not before it was adopted, not in the future.")
    filed_with = serializers.CharField(max_length=120)


class WithdrawInput(serializers.Serializer):
    reason = serializers.CharField(max_length=500)


class SigningGroupOutput(serializers.Serializer):
    stairwell = serializers.IntegerField(allow_null=True, help_text="Null for several small ones together.")
    number = serializers.CharField(source="group.number")
    households = serializers.IntegerField(source="group.households")
    signed = serializers.IntegerField(source="group.signed", allow_null=True)


class SigningBuildingOutput(serializers.Serializer):
    building = serializers.IntegerField(allow_null=True, help_text="Null for several small ones together.")
    number = serializers.CharField(source="group.number")
    households = serializers.IntegerField(source="group.households")
    signed = serializers.IntegerField(
        source="group.signed", allow_null=True, help_text="Null where fewer than five are behind it."
    )
    stairwells = SigningGroupOutput(many=True)


class SigningOutput(serializers.Serializer):
    """How far the signing is. Fewer than five households are not told of, unless you see the doors."""

    households = serializers.IntegerField(help_text="Dwellings that the convention is of today.")
    signed = serializers.IntegerField(allow_null=True)
    needed = serializers.IntegerField(help_text="How many must have signed before it is adopted.")
    is_enough = serializers.BooleanField(allow_null=True)
    buildings = SigningBuildingOutput(many=True)


class VersionFilters(django_filters.FilterSet):
    convention = IdFilter("convention_id")
    neighbourhood = IdFilter("convention__neighbourhood_id")
    division = CodeFilter("convention__neighbourhood__community_code")
    kind = django_filters.ChoiceFilter("convention__kind", choices=ConventionKind.choices)
    state = django_filters.ChoiceFilter(choices=VersionState.choices)
    as_of = InForceOn("adopted_on", "ended_on", before_last=True)


class ConventionVersions(ReadOnlyResource):
    """What a convention says, version by version. What was signed or adopted stays word for word."""

    act = Act.BODIES
    queryset = ConventionVersion.objects.select_related("convention__neighbourhood", "vote")
    serializer_class = VersionOutput
    filterset_class = VersionFilters

    def get_object(self) -> Any:
        lock_place_of(self, "convention__neighbourhood_id")
        return super().get_object()

    def etag_extra(self, thing: Any) -> str:
        return "" if thing.vote is None else f"{thing.vote.stands:d}"

    @extend_schema(request=VersionInput, responses={201: VersionOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Draft the next version. 409 `draft_there`, `adopted_by_vote` for a share of a covenant, `same_text`."""
        self.require_write()
        values = self.read_body(VersionInput)
        self.require_write(values["convention"])
        return self._shown(draft_version(by=request.user, **values), status=201)

    @extend_schema(request=VersionTextInput, responses=VersionOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Change a draft that nobody has signed. 409 `not_a_draft`, `text_signed`, `adopted_by_vote`, `same_text`."""
        version = self.get_object()
        values = self.read_body(VersionTextInput, partial=True)
        return self._shown(amend_version(version=version, by=request.user, **values))

    @extend_schema(request=AdoptInput, responses=VersionOutput)
    @action(detail=True, methods=["post"])
    def adopt(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Adopt a draft: a covenant by the owners' vote, the others by their signatures.

        409 `not_a_draft`, `vote_needed`, `vote_does_not_fit` (with `matter`), `too_few_signatures` (with `signed`,
        `households` and `needed`), `day_in_future`, `day_out_of_order`, `other_neighbourhood`.
        """
        version = self.get_object()
        return self._shown(adopt_version(version=version, by=request.user, **self.read_body(AdoptInput)))

    @extend_schema(request=FileInput, responses=VersionOutput)
    @action(detail=True, methods=["post"])
    def file(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Write down with whom the version in force was filed; a second time corrects the first.

        409 `nothing_to_file` for a stairwell's, `not_in_force`, `day_in_future`, `day_out_of_order`.
        """
        version = self.get_object()
        return self._shown(file_version(version=version, by=request.user, **self.read_body(FileInput)))

    @extend_schema(request=WithdrawInput, responses=VersionOutput)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Give up a draft, or repeal the version in force. 409 `version_ended`."""
        version = self.get_object()
        return self._shown(withdraw_version(version=version, by=request.user, **self.read_body(WithdrawInput)))

    @extend_schema(responses=SigningOutput)
    @action(detail=True, methods=["get"])
    def signing(self, request: SignedInApiRequest, pk: str) -> Response:
        """How many households have signed, by building and stairwell; 403 for who reads no signatures at all."""
        version = self.get_object()
        if not sees_totals(request.user, version):
            raise PermissionDenied
        found = signing_of(version, request.user)
        return Response(SigningOutput(found).data, headers={"Cache-Control": "private"})

    def _shown(self, version: ConventionVersion, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=version.pk), status=status)
