"""`?fields=`: no more of an object than the caller asks for (docs/api.md).

Serializers run whole and their output is cut down afterwards: some look at what they have written, as masking does, so
what may be seen is the same with and without.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from common.filters import FIELDS, unknown_parameter

KEPT = "id"
"""Said in any case: a row that nobody can name again is of no use."""

_OF_A_PAGE = ("next", "next_after")

PARAMETER: dict[str, Any] = {
    "name": FIELDS,
    "in": "query",
    "required": False,
    "schema": {"type": "string"},
    "description": "Names of members, separated by commas: objects then have these and their `id` only.",
}


class UnknownField(ValidationError):
    """The caller asks for a member that the objects here do not have."""


def asked(request: Request) -> list[str] | None:
    """The names asked for, or None where the whole is. Raises ValidationError for what are no names."""
    text = request.query_params.get(FIELDS)
    if text is None:
        return None
    names = text.split(",")
    if not all(names):
        raise ValidationError({FIELDS: [ErrorDetail(_("Name fields, separated by commas."), code="invalid")]})
    return names


def cut(response: Any, names: Collection[str], names_of_rows: Callable[[], Collection[str] | None]) -> None:
    """Leave in the objects of an answer what is named, and their `id`: in the rows of a list, else in the whole.

    `names_of_rows` is asked where a list is empty; None there lets any name pass. Raises UnknownField, and
    ValidationError where the answer is no JSON object.
    """
    data: Any = response.data if isinstance(response, Response) else None
    is_page = isinstance(data, Mapping) and "results" in data and not data.keys().isdisjoint(_OF_A_PAGE)
    rows: Any = data["results"] if is_page else data if isinstance(data, list) else [data]
    if not all(isinstance(row, Mapping) for row in rows):
        raise unknown_parameter(FIELDS)
    known = {name for row in rows for name in row} if rows else names_of_rows()
    if known is not None and (unknown := [name for name in names if name not in known]):
        says = _("There is no field %(name)s here. There are %(names)s.")
        raise UnknownField(
            {
                FIELDS: [
                    ErrorDetail(says % {"name": name[:80], "names": ", ".join(sorted(known))}, code="unknown_field")
                    for name in unknown[:10]
                ]
            }
        )
    wanted = {KEPT, *names}
    kept = [{name: value for name, value in row.items() if name in wanted} for row in rows]
    if is_page:
        response.data = {**data, "results": kept}
    else:
        response.data = kept if isinstance(data, list) else kept[0]
