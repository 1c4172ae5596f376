"""What was published, in the reader's words: the tables of a disclosure, for the page, its print and its file."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.cells import safe_text
from common.figures import amount_text, full_day_text, mark_text
from governance.choices.bodies import ManagementMode
from governance.choices.fees import CommonPurse, FeeKind, PurseSource
from governance.models import FeeSchedule
from governance.reports.fees.schedules import extra_words, price_words, who_words
from governance.reports.fees.words import month_text, period_text

Cell = Decimal | str | None
"""Yuan, or words; None for what is not told."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of a table as it is shown, under its column."""

    column: Column
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """`foot` is the last row, which sums up the others. `note` is a sentence below it, `head` the place of the column
    that names its rows.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    foot: tuple[Cell, ...] = ()
    note: str = ""
    head: int = 0

    @property
    def shown(self) -> list[list[Shown]]:
        return [self._shown(row) for row in self.rows]

    @property
    def shown_foot(self) -> list[Shown]:
        return self._shown(self.foot)

    def _shown(self, row: tuple[Cell, ...]) -> list[Shown]:
        return [Shown(column, _text(cell)) for column, cell in zip(self.columns, row, strict=False)]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A disclosure to read: facts as pairs of a name and words, then tables."""

    period: str
    cut_off: date | None
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]


def sheet_of(figures: Mapping[str, Any]) -> Sheet:
    """The figures of a disclosure in the language of now. What they do not hold is left out."""
    cut_off = date.fromisoformat(figures["cut_off"]) if figures.get("cut_off") else None
    tables = [_prices(figures.get("prices", ())), _fees(figures.get("fees", ()))]
    tables += [_purse(purse) for purse in figures.get("purses", ())]
    return Sheet(
        period=period_text(figures.get("period", "")),
        cut_off=cut_off,
        facts=tuple(_facts(figures, cut_off)),
        tables=tuple(table for table in tables if table.rows or table.key not in ("prices", "fees")),
    )


def csv_of(sheet: Sheet, heading: str, digest: str) -> str:
    """The sheet as CSV, table below table; amounts are bare numbers. UTF-8 with BOM, or Excel shows mojibake."""
    out = StringIO()
    write = csv.writer(out).writerow
    write([safe_text(heading)])
    for name, words in sheet.facts:
        write([safe_text(name), safe_text(words)])
    write([_("Digest"), digest])
    for table in sheet.tables:
        write([])
        write([safe_text(table.title)])
        write([safe_text(column.name) for column in table.columns])
        for row in (*table.rows, *((table.foot,) if table.foot else ())):
            write([f"{cell:.2f}" if isinstance(cell, Decimal) else safe_text(cell or "") for cell in row])
        if table.note:
            write([safe_text(table.note)])
    return "\ufeff" + out.getvalue()


def _facts(figures: Mapping[str, Any], cut_off: date | None) -> Iterator[tuple[str, str]]:
    if manager := figures.get("manager"):
        mode = str(ManagementMode(manager["mode"]).label)
        yield _("Who manages"), " · ".join(part for part in (manager["name"], mode) if part)
        yield _("Contract or decision"), manager["document"]
        yield _("Fee standard"), manager["fee_standard"]
    if figures.get("period"):
        first, last = (date.fromisoformat(figures[name]) for name in ("starts_on", "ends_on"))
        yield (
            pgettext("of fees", "Period"),
            _("%(from)s to %(to)s") % {"from": full_day_text(first), "to": full_day_text(last)},
        )
    if cut_off:
        yield _("Cut-off date"), full_day_text(cut_off)
    if "received" in figures:
        received = figures["received"]
        yield (
            _("Received in the period, less what went back"),
            _too_few() if received is None else _("%(amount)s yuan") % {"amount": amount_text(Decimal(received))},
        )
    if months := figures.get("open_months"):
        named = _(", ").join(month_text(date.fromisoformat(f"{month}-01")) for month in months)
        yield _("Months whose books are still open"), named


def _too_few() -> str:
    return _("not told: fewer than five households")


def _prices(prices: Any) -> Table:
    rows = []
    for price in prices:
        row = FeeSchedule(
            kind=price["kind"],
            name=price["name"],
            basis=price["basis"],
            unit_price=Decimal(price["unit_price"]),
            uses=price["uses"],
            space_ownerships=price["space_ownerships"],
            free_minutes=price["free_minutes"] or 0,
            daily_cap=Decimal(price["daily_cap"]) if price["daily_cap"] else None,
        )
        words = " ".join((price_words(row), *extra_words(row)))
        since, until = full_day_text(date.fromisoformat(price["valid_from"])), price["valid_to"]
        days = (
            _("%(from)s to %(to)s") % {"from": since, "to": full_day_text(date.fromisoformat(until))}
            if until
            else _("since %(from)s") % {"from": since}
        )
        rows.append((row.name or str(FeeKind(row.kind).label), words, who_words(row), days, price["document"]))
    return Table(
        "prices",
        _("What is charged"),
        (
            Column(pgettext("of a disclosure", "Fee")),
            Column(_("Price")),
            Column(pgettext("of a price", "For")),
            Column(pgettext("of a price", "Days")),
            Column(_("Document")),
        ),
        tuple(rows),
    )


def _fees(fees: Any) -> Table:
    """A column a kind of fee, so that it stands on a narrow sheet too."""
    columns = [_collected(fee) for fee in fees]
    names = (
        _("Billed, yuan"),
        _("Reductions, yuan"),
        _("To be collected, yuan"),
        _("Settled by the cut-off date, yuan"),
        _("Rate"),
        _("Target"),
        _("Recovered of older months, yuan"),
        _("Overdue on the cut-off date, yuan"),
    )
    return Table(
        "fees",
        _("What was collected"),
        (
            Column(pgettext("of a disclosure", "Figure")),
            *(Column(str(FeeKind(fee["kind"]).label), True) for fee in fees),
        ),
        tuple((name, *cells) for name, cells in zip(names, zip(*columns, strict=True), strict=True)) if columns else (),
        note=_("A rate is cut, not rounded. What came in for older months is no part of it."),
    )


def _collected(fee: Mapping[str, Any]) -> tuple[Cell, ...]:
    """The figures of one kind, in the order of the table."""
    target = _("above %(target)s") % {"target": mark_text(Decimal(fee["target"]))}
    if fee["billed"] is None:
        return (_too_few(), None, None, None, None, target, None, None)
    owed = (Decimal(fee["billed"]), Decimal(fee["reductions"]), Decimal(fee["receivable"]))
    if fee["few"]:  # as sheets were published that told what was billed
        return (*owed, _too_few(), None, target, None, None)
    rate = _("no data") if fee["rate"] is None else f"{Decimal(fee['rate']) * 100:.2f}%"
    return (*owed, Decimal(fee["settled"]), rate, target, Decimal(fee["recovered_arrears"]), Decimal(fee["overdue"]))


def _purse(purse: Mapping[str, Any]) -> Table:
    before, opening = purse["published_before"], Decimal(purse["opening"])
    rows: list[tuple[Cell, ...]] = [(None, _("Left before the period"), None, opening)]
    if purse["parking_billed"] is not None:
        rows.append((None, _("Parking on shared land, as billed and paid"), None, Decimal(purse["parking_billed"])))
    for entry in purse["entries"]:
        what = str(PurseSource(entry["source"]).label)
        words = f"{what} · {entry['note']}" if entry["note"] else what
        day = full_day_text(date.fromisoformat(entry["booked_on"]))
        rows.append((day, words, entry["document"], Decimal(entry["amount"])))
    note = ""
    if before is not None and Decimal(before) != opening:
        note = _("Published before as left: %(before)s yuan. What was corrected since makes the difference.") % {
            "before": amount_text(Decimal(before))
        }
    return Table(
        purse["purse"],
        str(CommonPurse(purse["purse"]).label),
        (
            Column(_("Day")),
            Column(pgettext("of a purse", "What for")),
            Column(_("Document")),
            Column(_("Yuan"), True),
        ),
        tuple(rows),
        foot=(None, _("Left at the end of the period"), None, Decimal(purse["closing"])),
        note=note,
        head=1,
    )


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return amount_text(cell) if isinstance(cell, Decimal) else cell
