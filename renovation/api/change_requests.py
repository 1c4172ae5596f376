"""Changes asked for after the plan was settled."""

import django_filters
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource, VisibleField
from common.filters import CodeFilter, IdFilter
from renovation.api.base import require_same_neighbourhood
from renovation.api.preconditions import PlannedNeighbourhoodField
from renovation.choices import ChangeRequestState
from renovation.models import ChangeRequest, Neighbourhood, WorkPackage
from renovation.services.works import refuse_change, request_change


class ChangeRequestOutput(serializers.ModelSerializer):
    decided_by = serializers.SerializerMethodField()

    class Meta:
        model = ChangeRequest
        fields = [
            "id",
            "neighbourhood",
            "number",
            "package",
            "requested_by",
            "requested_on",
            "text",
            "document",
            "state",
            "plan",
            "decision",
            "decided_at",
            "decided_by",
            "created_at",
            "updated_at",
        ]

    def get_decided_by(self, change: ChangeRequest) -> str | None:
        return str(change.decided_by) if change.decided_by else None


class ChangeRequestInput(serializers.Serializer):
    neighbourhood = PlannedNeighbourhoodField(queryset=Neighbourhood.objects.all())
    package = VisibleField(queryset=WorkPackage.objects.all(), allow_null=True, required=False, default=None)
    requested_by = serializers.CharField(max_length=80, help_text="Who asks: a contractor, residents, an office.")
    requested_on = serializers.DateField(help_text="Not in the future.")
    text = serializers.CharField(max_length=500, help_text="What is to change, and why.")
    document = serializers.CharField(max_length=120, allow_blank=True, required=False, default="")


class RefuseChangeInput(serializers.Serializer):
    decision = serializers.CharField(max_length=500, help_text="Why it is refused.")


class ChangeRequestFilters(django_filters.FilterSet):
    neighbourhood = IdFilter("neighbourhood_id")
    division = CodeFilter("neighbourhood__community_code")
    package = IdFilter("package_id")
    state = django_filters.ChoiceFilter(choices=ChangeRequestState.choices)


class ChangeRequests(ReadOnlyResource):
    """Changes asked for after the plan was settled. Approved, one has become a revision of the plan, by its freeze."""

    act = Act.PLANS
    queryset = ChangeRequest.objects.select_related("neighbourhood", "decided_by")
    serializer_class = ChangeRequestOutput
    filterset_class = ChangeRequestFilters
    ordering_fields = ("id",)

    @extend_schema(request=ChangeRequestInput, responses={201: ChangeRequestOutput})
    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        """Ask for a change of the settled plan."""
        self.require_write()
        values = self.read_body(ChangeRequestInput)
        self.require_write(values["neighbourhood"])
        require_same_neighbourhood("package", values["package"], values["neighbourhood"].pk)
        made = request_change(by=request.user, **values)
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)

    @extend_schema(request=RefuseChangeInput, responses=ChangeRequestOutput, filters=False)
    @action(detail=True, methods=["post"])
    def refuse(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        """Refuse it, with the reason."""
        change = self.get_object()
        refuse_change(change_request=change, by=request.user, **self.read_body(RefuseChangeInput))
        return self.answer(self.get_queryset().get(pk=change.pk))
