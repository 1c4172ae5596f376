"""What sheets share: the columns that say where a row lies, what a place narrows, and rows a chunk at a time."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.figures import speaks_chinese
from overview.sheets.frame import Column
from renovation.models import Neighbourhood

CHUNK = 500
"""Rows that are read together with what belongs to them: as many more queries for each chunk, and no more memory."""

PLACE = [
    Column("code", _("Code"), width=18),
    Column("neighbourhood", _("Neighbourhood"), width=22),
    Column("community", _("Community"), width=18),
]


def place_of(neighbourhood: Neighbourhood) -> tuple[str, str, str]:
    """The cells of PLACE. Its community must be at hand."""
    return neighbourhood.code, neighbourhood.name, neighbourhood.community.name


def placed(rows: Any, filters: Mapping[str, Any], path: str = "neighbourhood__") -> Any:
    """Those of a queryset's rows that lie where a PlaceForm says. `path` leads to their neighbourhood."""
    if division := filters.get("division"):
        rows = rows.filter(**{f"{path}community_code__startswith": division.code})
    if neighbourhood := filters.get("neighbourhood"):
        rows = rows.filter(**{f"{path}pk": neighbourhood.pk})
    return rows


def in_chunks(rows: Any, size: int = CHUNK) -> Iterator[list[Any]]:
    """The rows of a queryset in lists, off a cursor of the server."""
    found = rows.iterator(chunk_size=size)
    while chunk := list(islice(found, size)):
        yield chunk


def together(sentences: Iterable[str]) -> str:
    """Sentences one after the other; in Chinese no space is between them."""
    return ("" if speaks_chinese() else " ").join(sentences)


def yes_no(holds: bool) -> str:
    return gettext("Yes") if holds else gettext("No")


def yes_only(holds: bool) -> str:
    """Yes, or an empty cell: where the exception is what one looks for."""
    return gettext("Yes") if holds else ""
