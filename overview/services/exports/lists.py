"""Any list of the API as rows: the list's own view is asked from inside, page after page, as whoever asked for the
export. So its filters, its scopes and its territory are those of the API, and no list has to be told of exports. What
is personal is masked once more where no reason was given (personal.py). The view is found by its address, as a client
would find it; nothing here imports an edge of another app.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from accounts.models import User
from accounts.rules.roles import SCOPE_AREAS
from common.pagination import LARGEST_PAGE
from overview.services.exports.personal import SAID, masked
from overview.sheets.frame import Column, Kind, Row

API = "/api/v1/"
NOT_EXPORTED = frozenset({"exports", "changes", "webhooks", "webhook-deliveries"})
LONGEST_VALUE = 500
DEGREES_PLACES = 6
"""Decimal places that only coordinates have."""

_NAME = re.compile(r"[a-z]+(-[a-z]+)*(/[0-9]{1,18}/[a-z]+(-[a-z]+)*|/[a-z]+(-[a-z]+)*)?")
_OURS = ("cursor", "page_size", "count", "fields")


class UnknownList(Exception):
    """There is no list of this name in the API."""


class _Inside(HttpRequest):
    """A GET of the API that comes from no network. What it links to stands without a host."""

    def __init__(self, caller: User, path: str, query: Mapping[str, str]) -> None:
        super().__init__()
        self.method = "GET"
        self.path = self.path_info = path
        self.GET = QueryDict(urlencode(query))
        self.META = {"REQUEST_METHOD": "GET", "QUERY_STRING": urlencode(query)}
        self.user = caller
        # DRF's way to say who asks without asking for credentials.
        self._force_auth_user = caller

    def build_absolute_uri(self, location: str | None = None) -> str:
        return location or self.path


@dataclass(frozen=True)
class ApiList:
    """A list with its filters, as far as the caller reads it. `areas` are the areas of the scopes that it takes."""

    name: str
    columns: list[Column]
    areas: list[str]
    total: int
    pages: Callable[[], Iterator[list[Any]]]

    def rows(self) -> Iterator[Row]:
        """The rows as the API says them, by its own names; what is more than a value is written as JSON."""
        columns = [(column.key, column.kind) for column in self.columns]
        for page in self.pages():
            for row in page:
                yield [_value(kind, row.get(key)) for key, kind in columns]


def open_list(name: str, *, caller: User, filters: Mapping[str, Any], reason: str = "") -> ApiList:
    """Open a list and count it. Two queries besides what its view asks.

    Personal fields stand in it masked, also for who reads them one by one, unless there is a `reason`: then as the API
    shows them to the caller. A list that is itself read on a reason gets that one. Raises UnknownList; ValidationError
    where the list does not take the filters; PermissionDenied and NotFound where the API would.
    """
    view_class, actions, initkwargs, kwargs, path = _found(name)
    query = _query(filters)
    if reason and getattr(view_class, "by_reason", False):
        query.setdefault("reason", reason)

    def ask(**more: str) -> tuple[Any, Any]:
        view = view_class(**initkwargs)
        view.action_map = actions
        view.args, view.kwargs = (), kwargs
        view.throttle_classes = []
        request = view.initialize_request(_Inside(caller, path, {**query, **more}), **kwargs)
        view.request = request
        view.headers = {}
        if not reason:
            _name_nobody(view)
        view.initial(request, **kwargs)
        return view, view.list(request, **kwargs).data

    view, data = ask(page_size="1", count="true")
    if not isinstance(data, Mapping) or "results" not in data or "next" not in data:
        raise UnknownList

    def pages() -> Iterator[list[Any]]:
        size = str(LARGEST_PAGE)
        cursor = ""
        while True:
            _view, page = ask(page_size=size, **({"cursor": cursor} if cursor else {}))
            yield page["results"] if reason else [masked(name, row) for row in page["results"]]
            if not page["next"]:
                return
            cursor = parse_qs(urlsplit(page["next"]).query)["cursor"][0]

    act = view.acts.get("list") or view.act
    serializer = view.get_serializer_class()()
    return ApiList(
        name=name,
        columns=[_column(key, field) for key, field in serializer.fields.items() if not field.write_only],
        areas=[SCOPE_AREAS[act]] if act else [],
        total=int(data["count"]),
        pages=pages,
    )


def is_list(name: str) -> bool:
    """Whether the API has a list of this name."""
    try:
        _found(name)
    except UnknownList:
        return False
    return True


def _found(name: str) -> tuple[Any, dict[str, str], dict[str, Any], dict[str, Any], str]:
    if not _NAME.fullmatch(name) or name in NOT_EXPORTED:
        raise UnknownList
    path = f"{API}{name}/"
    try:
        match = resolve(path)
    except Resolver404:
        raise UnknownList from None
    view_class, actions = getattr(match.func, "cls", None), getattr(match.func, "actions", None) or {}
    if view_class is None or actions.get("get") != "list" or "get" not in view_class.http_method_names:
        raise UnknownList
    return view_class, actions, match.func.initkwargs, match.kwargs, path  # type: ignore[attr-defined] # of a viewset


def _query(filters: Mapping[str, Any]) -> dict[str, str]:
    """Filters as the query string has them. Each is one value; the rest of the list's parameters are the export's."""
    faults: dict[str, list[ErrorDetail]] = {}
    query = {}
    for name, value in filters.items():
        if name in _OURS:
            faults[name] = [ErrorDetail(_("There is no such parameter here."), code="unknown_parameter")]
        elif not isinstance(value, str | int | float | bool) or len(str(value)) > LONGEST_VALUE:
            faults[name] = [ErrorDetail(_("This must be one text, number or truth value."), code="invalid")]
        else:
            query[name] = str(value).lower() if isinstance(value, bool) else str(value)
    if faults:
        raise ValidationError(faults)
    return query


def _name_nobody(view: Any) -> None:
    """Have the serializers mask, as for who reads no personal fields."""
    context = view.get_serializer_context
    view.get_serializer_context = lambda: {**context(), **SAID}


def _column(key: str, field: serializers.Field) -> Column:
    kind, width = Kind.TEXT, 16
    if isinstance(field, serializers.DecimalField):
        kind, width = (Kind.DEGREES if field.decimal_places == DEGREES_PLACES else Kind.QUANTITY), 14
    elif isinstance(field, serializers.IntegerField | serializers.PrimaryKeyRelatedField):
        kind, width = Kind.NUMBER, 12
    elif isinstance(field, serializers.DateTimeField):
        kind, width = Kind.MOMENT, 17
    elif isinstance(field, serializers.DateField):
        kind, width = Kind.DATE, 12
    return Column(key, key, kind, width)


def _value(kind: Kind, value: Any) -> Any:
    """What the API says, as a cell."""
    if value is None or value == "":
        return None if kind != Kind.TEXT else ""
    if kind == Kind.TEXT:
        return _text(value)
    if kind == Kind.MOMENT and isinstance(value, str):
        return parse_datetime(value)
    if kind == Kind.DATE and isinstance(value, str):
        return date.fromisoformat(value)
    if kind in (Kind.QUANTITY, Kind.DEGREES):
        return Decimal(str(value))
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return "; ".join(map(str, value))
    if isinstance(value, list | Mapping):
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    return str(value)
