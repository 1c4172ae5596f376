"""Filters of lists: declared in each app's `api/filters.py`; a parameter that nobody declared is an error."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from common.pagination import PARAMETERS

LARGEST_ID = 2**63 - 1
LONGEST_SEARCH = 100
TRUE_OR_FALSE = [("false", "false"), ("true", "true")]
FIELDS = "fields"
"""The parameter that every answer takes: which members its objects are to have."""


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": LARGEST_ID})
class IdFilter(django_filters.NumberFilter):  # type: ignore[misc]
    """The id of a related row. One that nobody may see matches nothing."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=LARGEST_ID, **kwargs)

    def get_max_validator(self) -> None:
        """The field has its own bounds."""


class CodeFilter(django_filters.CharFilter):  # type: ignore[misc]
    """A division's code: whatever lies in it, since a division's code is the prefix of all that lies in it."""

    def __init__(self, field_name: str = "community_code", **kwargs: Any) -> None:
        super().__init__(field_name=field_name, lookup_expr="startswith", max_length=12, **kwargs)


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """django-filter, and `?search=` over the view's `search_fields`; unknown and repeated parameters are errors."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        refuse_unknown(request, self.known(request, view, queryset))
        queryset = super().filter_queryset(request, queryset, view)
        return self._search(request, queryset, view)

    def known(self, request: Request, view: Any, queryset: QuerySet[Any]) -> set[str]:
        filterset = self.get_filterset_class(view, queryset)
        names = set(filterset.base_filters) if filterset else set()
        if _search_fields(request, view):
            names.add("search")
        return names | PARAMETERS

    def _search(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        fields = _search_fields(request, view)
        text = request.query_params.get("search", "")
        if not fields or not text:
            return queryset
        if "\x00" in text or len(text) > LONGEST_SEARCH:
            raise ValidationError({"search": [_("This cannot be searched for.")]}, code="invalid")
        for word in text.split():
            found = Q()
            for name in fields:
                found |= Q(**{f"{name}__icontains": word})
            queryset = queryset.filter(found)
        return queryset


def _search_fields(request: Request, view: Any) -> tuple[str, ...]:
    """The fields that this caller may search here; a view with a say in it has `search_fields_for`."""
    ask = getattr(view, "search_fields_for", None)
    fields: tuple[str, ...] = ask(request) if ask else getattr(view, "search_fields", ())
    return fields


def refuse_unknown(request: Request, known: set[str] | frozenset[str] = frozenset()) -> None:
    """Raise for query parameters that are not `known`, or given twice. `fields` is known everywhere."""
    request.parameters_were_read = True  # type: ignore[attr-defined]
    faults: dict[str, list[ErrorDetail]] = {}
    for name, values in request.query_params.lists():
        if name not in known and name != FIELDS:
            faults |= _unknown(name)
        elif len(values) > 1:
            faults[name] = [ErrorDetail(_("This parameter is given more than once."), code="repeated_parameter")]
    if faults:
        raise ValidationError(faults)


def refuse_unread(request: Request) -> None:
    """Raise for query parameters where nobody has asked which are known: then none is."""
    if not getattr(request, "parameters_were_read", False):
        refuse_unknown(request)


def unknown_parameter(name: str) -> ValidationError:
    """The fault of a parameter that does not exist here."""
    return ValidationError(_unknown(name))


def _unknown(name: str) -> dict[str, list[ErrorDetail]]:
    return {name: [ErrorDetail(_("There is no such parameter here."), code="unknown_parameter")]}
