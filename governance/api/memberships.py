"""Who belongs to a body. Posts are held in public; the plain members of a party body are for who keeps those."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.as_of import InForceOn
from common.filters import TRUE_OR_FALSE, CodeFilter, IdFilter
from governance.api.base import lock_place_of
from governance.choices.bodies import MemberRole
from governance.models import Body, Membership
from governance.permissions.bodies import may_keep_body, may_keep_some_body, sees_phones
from governance.services.memberships import add_member, change_member, end_membership
from renovation.models import Owner


class MembershipOutput(serializers.ModelSerializer):
    neighbourhood = serializers.IntegerField(source="body.neighbourhood_id")
    phone = serializers.SerializerMethodField(help_text="In full for who reads personal fields there, else masked.")

    class Meta:
        model = Membership
        fields = [
            "id",
            "body",
            "neighbourhood",
            "name",
            "role",
            "post",
            "owner",
            "phone",
            "starts_on",
            "ends_on",
            "end_reason",
            "created_at",
            "updated_at",
        ]

    def get_phone(self, membership: Membership) -> str:
        body = membership.body
        seen = sees_phones(self.context["request"].user, body, body.kind)
        return membership.phone if seen else membership.masked_phone


class ChangeMemberInput(serializers.Serializer):
    role = serializers.ChoiceField(MemberRole.choices)
    post = serializers.CharField(max_length=40, allow_blank=True, required=False, default="")
    phone = serializers.CharField(max_length=20, allow_blank=True, required=False, default="")
    owner = VisibleField(
        queryset=Owner.objects.all(),
        allow_null=True,
        required=False,
        default=None,
        help_text="The same person in the register of owners.",
    )


class AddMemberInput(ChangeMemberInput):
    body = VisibleField(queryset=Body.objects.select_related("neighbourhood"))
    name = serializers.CharField(max_length=40)
    starts_on = serializers.DateField(help_text="Not before the body was in being, not in the future.")


class EndMembershipInput(serializers.Serializer):
    ends_on = serializers.DateField(help_text="The last day; not in the future.")
    reason = serializers.CharField(max_length=300)


class MembershipFilters(django_filters.FilterSet):
    as_of = InForceOn("starts_on", "ends_on", label="Members on this day.")
    body = IdFilter("body_id")
    neighbourhood = IdFilter("body__neighbourhood_id")
    division = CodeFilter("body__neighbourhood__community_code")
    role = django_filters.ChoiceFilter(choices=MemberRole.choices)
    owner = IdFilter("owner_id", label="Where an owner belongs.")
    current = django_filters.ChoiceFilter(
        method="by_current", choices=TRUE_OR_FALSE, label="Present members, or those who left."
    )

    def by_current(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(ends_on__isnull=value == "true")


class Memberships(ReadOnlyResource):
    """Members of bodies by name, with their role and their post. One person in two bodies is normal."""

    act = Act.BODIES
    queryset = Membership.objects.all()
    serializer_class = MembershipOutput
    filterset_class = MembershipFilters
    ordering_fields = ("id", "starts_on")
    search_fields = ("name", "post")

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().select_related("body__neighbourhood")

    def get_object(self) -> Any:
        lock_place_of(self, "body__neighbourhood_id")
        return super().get_object()

    def may(self, thing: Any) -> bool:
        return may_keep_body(self.request.user, thing, thing.body.kind)

    @extend_schema(request=AddMemberInput, responses={201: MembershipOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Take somebody into a body.

        409 `role_does_not_fit` (with `roles`), `head_there`, `member_already`, `body_ended`, `day_in_future`,
        `day_out_of_order`, `other_neighbourhood`.
        """
        if not may_keep_some_body(request.user):
            raise PermissionDenied
        values = self.read_body(AddMemberInput)
        if not may_keep_body(request.user, values["body"], values["body"].kind):
            raise PermissionDenied
        return self._shown(add_member(by=request.user, **values), status=201)

    @extend_schema(request=ChangeMemberInput, responses=MembershipOutput)
    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Write role, post, phone or owner anew.

        409 `role_does_not_fit` (with `roles`), `head_there`, `member_already`, `membership_ended`,
        `other_neighbourhood`.
        """
        membership = self.get_object()
        values = self.read_body(ChangeMemberInput, partial=True)
        return self._shown(change_member(membership=membership, by=request.user, **values))

    @extend_schema(request=EndMembershipInput, responses=MembershipOutput)
    @action(detail=True, methods=["post"])
    def end(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Write down that somebody left. 409 `membership_ended`, `day_in_future`, `day_out_of_order`."""
        membership = self.get_object()
        return self._shown(end_membership(membership=membership, by=request.user, **self.read_body(EndMembershipInput)))

    def _shown(self, membership: Membership, *, status: int = 200) -> HttpResponseBase:
        return self.answer(self.get_queryset().get(pk=membership.pk), status=status)
