from rest_framework import serializers

from accounts.choices import Act
from accounts.rest import ReadOnlyResource
from renovation.api.filters import DivisionFilters
from renovation.models import Division


class DivisionOutput(serializers.ModelSerializer):
    parent = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True, help_text="Its code.")  # type: ignore[assignment,var-annotated]

    class Meta:
        model = Division
        fields = ["id", "code", "name", "level", "parent", "created_at", "updated_at"]


class Divisions(ReadOnlyResource):
    """The divisions in which the caller works, those above them and those below."""

    act = Act.REGISTRY
    queryset = Division.objects.select_related("parent")
    serializer_class = DivisionOutput
    filterset_class = DivisionFilters
    search_fields = ("name",)
    ordering_fields = ("id", "code")
    ordering = "code"
