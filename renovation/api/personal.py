"""Households and owners, whose personal fields are masked unless the caller may see them, in the registry's views."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.choices import Access
from accounts.http import SignedInApiRequest
from renovation.api.base import RegistryResource
from renovation.permissions import personal_access, personal_reach, reaches, reads_all_personal
from renovation.rules.masking import mask_name, mask_phone
from renovation.services.registry import reveal_personal_fields

MASKS: dict[str, Any] = {
    "head_name": mask_name,
    "name": mask_name,
    "phones": lambda phones: [mask_phone(phone) for phone in phones],
    "remarks": lambda text: "",
}


class PhonesField(serializers.ListField):
    child = serializers.CharField(max_length=20)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=10, **kwargs)


class PersonalOutput(serializers.ModelSerializer):
    """Masks `personal_fields` where the caller's reach does not read them; `masked` says so."""

    masked = serializers.SerializerMethodField(help_text="Whether the personal fields are masked for you.")
    personal_fields: ClassVar[tuple[str, ...]] = ()

    def get_masked(self, thing: Any) -> bool:
        context: Any = self.context
        if "personal_reach" not in context:
            context["personal_reach"] = personal_reach(context["request"].user)
        where = (thing.community_code, thing.neighbourhood_code, getattr(thing, "grid", None))
        return self.is_personal(thing) and not reaches(context["personal_reach"], *where)

    def is_personal(self, thing: Any) -> bool:
        return True

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if shown["masked"]:
            for name in self.personal_fields:
                shown[name] = MASKS[name](shown[name])
        return shown


class RevealInput(serializers.Serializer):
    reason = serializers.CharField(max_length=500, help_text="Why; it is logged.")


class RevealOutput(serializers.Serializer):
    """The personal fields as they are."""

    head_name = serializers.CharField(required=False, help_text="Of a household.")
    name = serializers.CharField(required=False, help_text="Of an owner.")
    phones = serializers.ListField(child=serializers.CharField())
    remarks = serializers.CharField(required=False, help_text="Of a household.")


class PersonalResource(RegistryResource):
    """Adds `reveal/`, and lets callers who read every personal field that they see search by name."""

    personal_search_fields: ClassVar[tuple[str, ...]] = ()

    def search_fields_for(self, request: Request) -> tuple[str, ...]:
        return (*self.search_fields, *(self.personal_search_fields if reads_all_personal(request.user) else ()))

    def may(self, thing: Any) -> bool:
        if self.action == "reveal":
            return personal_access(self.request.user, thing) != Access.NONE
        return super().may(thing)

    @extend_schema(request=RevealInput, responses=RevealOutput)
    @action(detail=True, methods=["post"], keeps_answers=False)
    def reveal(self, request: SignedInApiRequest, pk: str) -> Response:
        """The personal fields of one row, on a reason, which is written into its history."""
        thing = self.get_object()
        reason = self.read_body(RevealInput)["reason"]
        reveal_personal_fields(thing, by=request.user, reason=reason)
        writer: Any = self.serializer_class
        return Response({name: getattr(thing, name) for name in writer.personal_fields})
