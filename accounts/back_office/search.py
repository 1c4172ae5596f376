"""The search over all lists: rows by what names them for sure, and lists by their names.

Each list says in `found_by` where it looks for words of a certain form: codes, numbers, names of places and people who
work here. Never names or phones of residents, and never more than the caller may see.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

FOUND_OF_EACH = 5
MILLISECONDS = 300
"""For each statement: whoever types waits for all of them."""


def number_of(words: str) -> int | None:
    """The number that the words are, if they are one that a row could have."""
    return int(words) if words.isascii() and words.isdigit() and len(words) < 19 else None


def is_code(words: str) -> bool:
    """Whether the words could be the first digits of a place: a division, a grid, a neighbourhood."""
    return words.isascii() and words.replace("-", "").isdigit()


@dataclass(frozen=True)
class Found:
    title: str
    url: str


@dataclass(frozen=True)
class FoundInList:
    """The rows of one list, and that list searched for the same words."""

    name: str
    rows: list[Found]
    has_more: bool


@dataclass(frozen=True)
class FoundRows:
    """What was found; `is_cut` where the database took too long to look everywhere."""

    lists: list[FoundInList]
    is_cut: bool = False


def search_rows(request: HttpRequest, site: Any, words: str) -> FoundRows:
    """Rows that the caller may see: five of each list that has any, a query for each list that could have some."""
    lists: list[FoundInList] = []
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [MILLISECONDS])
            lists.extend(_found(request, site, words))
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    except OperationalError:
        return FoundRows(lists, is_cut=True)
    return FoundRows(lists)


def _found(request: HttpRequest, site: Any, words: str) -> Iterator[FoundInList]:
    for model, shown in site._registry.items():
        where = shown.found_by(words) if getattr(shown, "found_by", None) else None
        if where is None or not shown.has_view_permission(request):
            continue
        rows = shown.get_queryset(request).filter(where).prefetch_related(None).order_by(*shown.ordering)
        # Without names it would follow every key there is.
        rows = rows.select_related(*shown.found_with) if shown.found_with else rows
        rows = list(rows[: FOUND_OF_EACH + 1])
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        if rows:
            yield FoundInList(
                capfirst(str(model._meta.verbose_name_plural)),
                [Found(shown.found_as(row), reverse(page, args=[row.pk])) for row in rows[:FOUND_OF_EACH]],
                len(rows) > FOUND_OF_EACH,
            )
