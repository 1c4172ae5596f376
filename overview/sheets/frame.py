"""What a sheet is: its columns, its rows and its totals. One file of this package makes one sheet; the engine that
writes it as XLSX or CSV (`overview/services/exports/`) knows nothing of what is in it.

A sheet's rows start at `visible_to(asked.caller)` like everything else, whoever runs the job.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.choices import Access, Act
from accounts.models import User
from accounts.rules.territory import reach_of
from overview.sheets.filters import SheetForm

Text = str | Promise

SHARE_PLACES = Decimal("0.0001")


class Kind(StrEnum):
    """How a column is written. What is no figure is a text cell, so that 0302 keeps its zero and a phone its length."""

    TEXT = "text"
    NUMBER = "number"
    """An id or another whole number that nobody adds up: without thousands."""
    COUNT = "count"
    QUANTITY = "quantity"
    """A decimal of any places: areas in square metres, points."""
    DEGREES = "degrees"
    """A coordinate in decimal degrees, to six places."""
    MONEY = "money"
    """Yuan to the fen."""
    SHARE = "share"
    """A part of 1, cut to four places by `share_of`; read as percent."""
    DATE = "date"
    MOMENT = "moment"


class _Hidden:
    """The one value of `HIDDEN`."""

    def __repr__(self) -> str:
        return "HIDDEN"


HIDDEN: Final = _Hidden()
"""What stands for a figure of a group of fewer than five households. It is in no sum of its column: taking the others
from that would tell.
"""


@dataclass(frozen=True)
class Column:
    """A fixed column. `key` names it for good (totals, tests); `width` is in characters of the spreadsheet, of which a
    Chinese one takes two. `sums` puts the sum of the rows into the totals row: COUNT, QUANTITY and MONEY only.
    """

    key: str
    title: Text
    kind: Kind = Kind.TEXT
    width: int = 12
    sums: bool = False


@dataclass(frozen=True)
class Asked:
    """For whom a sheet is made, of what, and as of when. `filters` are the form's cleaned data. `full` says that
    personal fields are to stand in it in full: only where the sheet has any, on a reason that is logged; whether the
    caller may see them is still asked of each row. `language` is active while the rows are made, so gettext answers
    in it.
    """

    caller: User
    filters: Mapping[str, Any]
    language: str
    at: datetime
    full: bool = False


Row = Sequence[Any]
Sums = Mapping[str, Any]


def everywhere(asked: Asked) -> str:
    """What stands in the title for the place: what the filters name, else nothing."""
    place = asked.filters.get("neighbourhood") or asked.filters.get("division")
    return str(place) if place else ""


@dataclass(frozen=True)
class Sheet:
    """A named sheet, for the exports page, the API (`resource` is its name) and the weekly mail.

    `acts` are the rows of the roles table that a caller must be able to read somewhere, all of them, to be offered it.
    `may` is a further question to the caller. `columns` may depend on what is asked (one for each month, say).
    `rows` are read and written one by one: a generator over an iterator of the database keeps the memory flat.
    A row has a value for each column; None is an empty cell, HIDDEN a hidden figure. `totals` gets the sums by column
    key (of the columns with `sums`), and how many rows there were as `rows`; it answers what more to put into the
    totals row, such as a rate, by column key. None: no totals row, unless a column sums. `apart` is the key
    of a column whose values may not be added up together: each has a totals row of its own. `notes` are sentences below
    the title: the policy in force, what a figure divides by. `count` says how many rows there will be, for the
    progress; None where that is not known before. `personal` marks a sheet that has personal fields, masked unless
    `asked.full`; with `needs_reason` the caller gets nothing of what is asked without a reason.
    """

    name: str
    title: Text
    says: Text
    acts: Sequence[Act]
    columns: Sequence[Column] | Callable[[Asked], Sequence[Column]]
    rows: Callable[[Asked], Iterator[Row]]
    form: type[SheetForm] = SheetForm
    totals: Callable[[Sums], Mapping[str, Any]] | None = None
    apart: str = ""
    count: Callable[[Asked], int | None] = field(default=lambda asked: None)
    place: Callable[[Asked], str] = everywhere
    notes: Callable[[Asked], Sequence[str]] = field(default=lambda asked: ())
    may: Callable[[User], bool] = field(default=lambda caller: True)
    personal: bool = False
    needs_reason: Callable[[Asked], bool] = field(default=lambda asked: False)

    def columns_for(self, asked: Asked) -> Sequence[Column]:
        return self.columns(asked) if callable(self.columns) else self.columns

    def is_open_to(self, caller: Any) -> bool:
        """Whether the caller may ask for it at all; what they find in it is what they may see."""
        return _is_open(self, caller)


@dataclass(frozen=True)
class Print:
    """Many sheets of paper as one PDF, made by a job like a sheet: round sheets, bills by the thousand.

    `write` makes the file at the path it is given and answers how many documents are in it; on the way it tells how
    many are done. The rest is as in a Sheet.
    """

    name: str
    title: Text
    says: Text
    acts: Sequence[Act]
    write: Callable[[Asked, Path, Callable[[int], None]], int]
    form: type[SheetForm] = SheetForm
    count: Callable[[Asked], int | None] = field(default=lambda asked: None)
    place: Callable[[Asked], str] = everywhere
    may: Callable[[User], bool] = field(default=lambda caller: True)
    personal: bool = False
    needs_reason: Callable[[Asked], bool] = field(default=lambda asked: False)

    def is_open_to(self, caller: Any) -> bool:
        """Whether the caller may ask for it at all; what they find in it is what they may see."""
        return _is_open(self, caller)


def _is_open(thing: Sheet | Print, caller: Any) -> bool:
    readable = all(reach_of(caller, act, Access.READ, Access.REASON, Access.MASKED) for act in thing.acts)
    return readable and thing.may(caller)


def share_of(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """A share for a SHARE column, cut rather than rounded: 379 of 400 is 0.9475, 2 of 3 is 0.6666. None of nothing."""
    return (Decimal(part) / Decimal(whole)).quantize(SHARE_PLACES, ROUND_DOWN) if whole > 0 else None


NO_DATA: Text = _("no data")
"""What a SHARE column says for None."""
