"""Lists on pages, turned by key: the thousandth page costs what the first does."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest


@dataclass(frozen=True)
class KeysetPage:
    """Rows of one page, and the query strings that lead on and back, empty at either end."""

    rows: list[Any]
    previous_url: str
    next_url: str


def keyset_page(
    request: HttpRequest, queryset: QuerySet[Any], *, key: str, size: int = 50, newest_first: bool = False
) -> KeysetPage:
    """The page that `?after=` or `?before=` (a value of `key`, which is unique and never null) asks for, in ascending
    order or, `newest_first`, in descending.

    One query. A value that the field cannot hold reads as the first page.
    """
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    field = queryset.model._meta.get_field(key)
    after, before = (_readable(field, value) for value in (after, before))
    on, back = ("lt", "gt") if newest_first else ("gt", "lt")
    forward, backward = (f"-{key}", key) if newest_first else (key, f"-{key}")
    if before:
        rows = list(queryset.filter(**{f"{key}__{back}": before}).order_by(backward)[: size + 1])
        has_previous, has_next = len(rows) > size, True
        rows = rows[:size][::-1]
    else:
        if after:
            queryset = queryset.filter(**{f"{key}__{on}": after})
        rows = list(queryset.order_by(forward)[: size + 1])
        has_previous, has_next = bool(after), len(rows) > size
        rows = rows[:size]

    def link(name: str, row: Any) -> str:
        kept = {k: v for k, v in request.GET.items() if k not in ("after", "before") and v}
        return f"?{urlencode({**kept, name: getattr(row, field.attname)})}"

    return KeysetPage(
        rows=rows,
        previous_url=link("before", rows[0]) if rows and has_previous else "",
        next_url=link("after", rows[-1]) if rows and has_next else "",
    )


def _readable(field: Any, value: str) -> str:
    """The value if the column can be compared with it, else nothing: a mended address must not break the page."""
    if "\x00" in value:
        return ""
    if "Integer" in field.get_internal_type() or "AutoField" in field.get_internal_type():
        return value if value.isascii() and value.isdigit() and len(value) < 19 else ""
    return value[:100]
