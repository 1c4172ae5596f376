"""What the resources of the registry share: they are read by all and edited by who keeps the registry."""

from typing import Any, ClassVar

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response

from accounts.choices import Act
from accounts.http import SignedInApiRequest
from accounts.rest import ReadOnlyResource
from renovation.services.registry import change_row, create_row, remove_row


class RegistryResource(ReadOnlyResource):
    """Rows below a neighbourhood. `parent` names the field of the row in which a new one lies, for good."""

    act = Act.REGISTRY
    input_serializer_class: ClassVar[type[serializers.Serializer]]
    parent: ClassVar[str] = "neighbourhood"

    def create(self, request: SignedInApiRequest) -> HttpResponseBase:
        self.require_write()
        values = self.read_body(self.input_serializer_class)
        self.require_write(values[self.parent])
        self.complete(values)
        values["community_code"] = values[self.parent].community_code
        made = create_row(self.get_queryset().model, by=request.user, **values)
        return self.answer(self.get_queryset().get(pk=made.pk), status=201)

    def partial_update(self, request: SignedInApiRequest, pk: str) -> HttpResponseBase:
        row = self.get_object()
        values = self.read_body(self.input_serializer_class, instance=row, partial=True)
        if values.pop(self.parent, getattr(row, self.parent)) != getattr(row, self.parent):
            raise fault(self.parent, _("This cannot be changed."), "immutable")
        return self.answer(change_row(row, by=request.user, **values))

    def destroy(self, request: SignedInApiRequest, pk: str) -> Response:
        self.remove(self.get_object())
        return Response(status=204)

    def remove(self, row: Any) -> None:
        remove_row(row, by=self.request.user)

    def complete(self, values: dict[str, Any]) -> None:
        """Adds to the values of a new row what follows from them."""


def fault(name: str, detail: str, code: str) -> ValidationError:
    """One fault of one field."""
    return ValidationError({name: [ErrorDetail(detail, code=code)]})


def require_same_neighbourhood(name: str, thing: Any, neighbourhood_id: int) -> None:
    """A fault at `name` where `thing` lies in another neighbourhood."""
    if thing is not None and thing.neighbourhood_id != neighbourhood_id:
        raise fault(name, _("This lies in another neighbourhood."), "other_neighbourhood")
