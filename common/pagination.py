"""Lists by key: `(field, id)` after the last row seen, so that the thousandth page costs what the first does."""

import base64
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import orjson
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import BooleanField, F, Field, Func, QuerySet, Value
from django.db.models.constants import LOOKUP_SEP
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

PAGE_SIZE, LARGEST_PAGE = 50, 500
PARAMETERS = frozenset({"cursor", "page_size", "ordering", "count"})

_SEAL = 12


class _RowCompares(Func):
    """`(field, id) > (value, id)` as PostgreSQL reads it, so that one index on both serves order and start."""

    output_field = BooleanField()

    def __init__(self, *expressions: Any, operator: str) -> None:
        super().__init__(*expressions)
        self.operator = operator

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_context: Any) -> tuple[str, tuple[Any, ...]]:
        parts: list[str] = []
        params: list[Any] = []
        for expression in self.source_expressions:
            sql, inner = compiler.compile(expression)
            parts.append(sql)
            params.extend(inner)
        return f"(({parts[0]}, {parts[1]}) {self.operator} ({parts[2]}, {parts[3]}))", tuple(params)


class KeysetPagination(BasePagination):
    """`?cursor=&page_size=&ordering=&count=`. A view names its `ordering_fields`, each indexed with the id and never
    null, and its default `ordering`. One query a page, one more with `?count=true`.
    """

    request: Request
    next_url: str | None = None
    previous_url: str | None = None
    total: int | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        size = _page_size(request)
        name, descending = self._ordering(request, view)
        if _flag(request, "count"):
            self.total = queryset.order_by().count()
        field = _field_of(queryset, name)
        backwards, start = False, None
        if (text := request.query_params.get("cursor")) is not None:
            backwards, start = self._start(text, ordering=f"-{name}" if descending else name, field=field)
        downwards = descending != backwards
        if start is not None:
            queryset = _beyond(queryset, name, field, start, "<" if downwards else ">")
        sign = "-" if downwards else ""
        order = [f"{sign}pk"] if _is_key(queryset, name) else [f"{sign}{name}", f"{sign}pk"]
        rows = list(queryset.order_by(*order)[: size + 1])
        more = len(rows) > size
        rows = rows[:size]
        if backwards:
            rows.reverse()
        if rows:
            ordering = f"-{name}" if descending else name
            if more or backwards:
                self.next_url = self._url(ordering, rows[-1], name, backwards=False)
            if (start is not None and not backwards) or (backwards and more):
                self.previous_url = self._url(ordering, rows[0], name, backwards=True)
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        body = {"next": self.next_url, "previous": self.previous_url, "results": data}
        return Response(body if self.total is None else {"count": self.total, **body})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        url = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": url,
                "previous": url,
                "results": schema,
                "count": {"type": "integer", "description": "With `count=true` only."},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        fields = getattr(view, "ordering_fields", ("id",))
        choices = [f"{sign}{name}" for name in fields for sign in ("", "-")]

        def query(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
            return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}

        return [
            query("cursor", {"type": "string"}, "Taken from `next` or `previous`."),
            query("page_size", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE_SIZE}, ""),
            query("ordering", {"type": "string", "enum": choices}, "`id` breaks ties."),
            query("count", {"type": "boolean", "default": False}, "Adds `count`, the number of all rows."),
        ]

    def _ordering(self, request: Request, view: Any) -> tuple[str, bool]:
        text = str(request.query_params.get("ordering") or getattr(view, "ordering", "id"))
        name = text.removeprefix("-")
        allowed = getattr(view, "ordering_fields", ("id",))
        if name not in allowed:
            raise ValidationError(
                {"ordering": [_("Lists here are ordered by %(names)s.") % {"names": ", ".join(allowed)}]},
                code="unknown_ordering",
            )
        return name, text.startswith("-")

    def _start(self, text: str, *, ordering: str, field: Field[Any, Any]) -> tuple[bool, tuple[Any, int]]:
        """The direction and the row to start beyond. A cursor of another order, or a mended one, is an error."""
        try:
            made_for, backwards, value, key = self._opened(text)
            if made_for != ordering:
                raise ValueError
            return bool(backwards), (field.to_python(value), int(key))
        except (ValueError, TypeError, DjangoValidationError) as error:
            raise _bad_cursor() from error

    def _url(self, ordering: str, row: Any, name: str, *, backwards: bool) -> str:
        value = row
        for step in name.split(LOOKUP_SEP):
            value = getattr(value, step)
        return self._link([ordering, int(backwards), _plain(value), row.pk])

    def _link(self, start: list[Any]) -> str:
        payload = orjson.dumps(start)
        cursor = base64.urlsafe_b64encode(payload + self._seal(payload)).rstrip(b"=").decode()
        kept = [(key, item) for key, items in self.request.query_params.lists() for item in items if key != "cursor"]
        return self.request.build_absolute_uri(f"?{urlencode([*kept, ('cursor', cursor)])}")

    def _opened(self, text: str) -> list[Any]:
        """What a cursor holds. Raises ValueError where we did not make it, or made it for another list."""
        sealed = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        payload, seal = sealed[:-_SEAL], sealed[-_SEAL:]
        if not constant_time_compare(self._seal(payload), seal):
            raise ValueError("This seal is not ours.")
        return list(orjson.loads(payload))

    def _seal(self, payload: bytes) -> bytes:
        """The list's address is sealed in: a cursor of one survey's doors opens no other survey's."""
        sealed = self.request.path.encode() + b"\n" + payload
        return salted_hmac("common.pagination", sealed, algorithm="sha256").digest()[:_SEAL]


class PositionPagination(KeysetPagination):
    """Pages of a short list made in Python, in an order to which rows are only added at the end."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        rows = list(queryset)
        size, start = _page_size(request), 0
        if _flag(request, "count"):
            self.total = len(rows)
        if (text := request.query_params.get("cursor")) is not None:
            try:
                (start,) = self._opened(text)
            except ValueError as error:
                raise _bad_cursor() from error
        if start + size < len(rows):
            self.next_url = self._link([start + size])
        if start > 0:
            self.previous_url = self._link([max(0, start - size)])
        return rows[start : start + size]


def _field_of(queryset: QuerySet[Any], path: str) -> Field[Any, Any]:
    model: Any = queryset.model
    *steps, last = path.split(LOOKUP_SEP)
    for step in steps:
        model = model._meta.get_field(step).related_model
    field: Field[Any, Any] = model._meta.pk if last == "id" else model._meta.get_field(last)
    return field


def _is_key(queryset: QuerySet[Any], name: str) -> bool:
    return name in ("id", queryset.model._meta.pk.name)


def _beyond(
    queryset: QuerySet[Any], name: str, field: Field[Any, Any], start: tuple[Any, int], operator: str
) -> QuerySet[Any]:
    value, key = start
    if _is_key(queryset, name):
        return queryset.filter(**{"pk__lt" if operator == "<" else "pk__gt": key})
    compared = _RowCompares(F(name), F("pk"), Value(value, output_field=field), Value(key), operator=operator)
    return queryset.filter(compared)


def _bad_cursor() -> ValidationError:
    return ValidationError({"cursor": [_("This cursor does not belong to this list and order.")]}, code="bad_cursor")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _page_size(request: Request) -> int:
    text = request.query_params.get("page_size")
    if text is None:
        return PAGE_SIZE
    if text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= LARGEST_PAGE:
        return int(text)
    raise ValidationError(
        {"page_size": [_("A page has 1 to %(largest)s rows.") % {"largest": LARGEST_PAGE}]}, code="out_of_range"
    )


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name)
    if text not in (None, "true", "false"):
        raise ValidationError({name: [_("This is either true or false.")]}, code="invalid")
    return text == "true"
