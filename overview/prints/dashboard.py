"""The dashboard on paper: the same figures as the page, on A4 sheets that can be laid on a table."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from common import figures
from common.addresses import site_address
from overview.charts.points import Room, largest_first, lay_out, letters_wide, name_sides, radii
from overview.charts.tiles import BANDS, band_of, tile_boxes
from overview.prints.blocks import Paper
from overview.prints.typesetting import frame
from overview.reports.dashboard.shape import Collection, Dashboard, Fees, FunnelRound, MapPoint, MoneyLine, Row, Tile
from overview.rules.maps import are_apart

WIDE, HIGH = 174, 70
"""Millimetres that the picture of places has on the sheet."""

SHEET = Room(174, 104, 8, 14)
"""The room of the map in millimetres."""

POINT_RADII, DOT_RADII, LETTER = (1.2, 3.4), (0.6, 1.8), 2.6
"""The smallest and the largest point, those of too many to be named, and the size of a name; in millimetres."""

BEFORE_FEES, AFTER_FEES = ("works", "awards"), ("below_target", "deferred_due", "terms_ending")
"""The lists in the order in which they are read; the rates of collection stand between them."""

SHOWN = 4
"""Rows of each of these lists; what is stuck and who is nearest take as many as the page."""


def dashboard_paper(found: Dashboard) -> Paper:
    """The dashboard as a file: its first rows of each section, all stages, places and sources."""
    place = found.place
    title = pgettext("dashboard", "Overview: %(place)s") % {"place": place.name}
    titles = _titles()
    data = {
        "frame": _frame(title, found),
        "title": title,
        "lead": _lead(found),
        "changes": _changes(found),
        "blocked": _list("blocked", titles["blocked"], found),
        "nearest": _nearest(found),
        "before_fees": [_list(name, titles[name], found, SHOWN) for name in BEFORE_FEES if _has(found, name)],
        "after_fees": [_list(name, titles[name], found, SHOWN) for name in AFTER_FEES if _has(found, name)],
        "fees": {
            "title": _("Collection rates"),
            "cards": [card for fees in found.fees.values() for card in (_rate_card(fees.month), _met_card(fees))],
        },
        "rounds": _rounds(found),
        "tiles": _tiles(found),
        "map": _map(found),
        "stages": _stages(found),
        "money": _money(found),
        "note": _(
            "Rates are cut, not rounded. Support is of the roll's households, less homes that are vacant. "
            "A figure about fewer than five households is left out."
        ),
    }
    name = pgettext("dashboard", "Overview")
    return Paper("dashboard", data, f"{name}-{place.name}-{found.day:%Y%m%d}")


def _frame(title: str, found: Dashboard) -> dict[str, Any]:
    """What stands around each sheet. A day gone by is named itself, in its head and in the address in its foot."""
    place = found.place
    address = site_address("dashboard", place.code) if place.code else site_address("dashboard")
    if not found.is_past:
        return frame(title=title, place=place.name, as_of=found.as_of, checked_at=address)
    around = frame(title=title, place=place.name, as_of=found.as_of, checked_at=f"{address}?on={found.day.isoformat()}")
    return around | {"as_of": _("as of %(day)s") % {"day": figures.full_day_text(found.day)}}


def _titles() -> dict[str, str]:
    return {
        "blocked": _("Stuck or overdue"),
        "works": _("Works behind, open hazards"),
        "awards": _("Awards that wait for a handover"),
        "below_target": _("Not above the target, the furthest first"),
        "deferred_due": _("Deferred, due again"),
        "terms_ending": _("Committees that end within 90 days"),
    }


def _lead(found: Dashboard) -> str:
    count = found.neighbourhoods.count
    head = ngettext("%(shown)s neighbourhood", "%(shown)s neighbourhoods", count) % {"shown": figures.count_text(count)}
    homes = ngettext("%(shown)s household", "%(shown)s households", found.households) % {
        "shown": figures.count_text(found.households)
    }
    return f"{head} · {homes}"


def _changes(found: Dashboard) -> dict[str, Any]:
    changes = found.changes
    return {
        "title": _("Since Friday %(day)s") % {"day": figures.day_text(changes.since)},
        "figures": [
            [_("newly stuck"), figures.count_text(changes.blocked.count)],
            [_("went on a stage"), figures.count_text(changes.moved.count)],
            [_("reached the pass mark"), figures.count_text(changes.passed.count)],
            [pgettext("since Friday", "deferred"), figures.count_text(changes.deferred.count)],
            [_("began works"), figures.count_text(changes.works_begun.count)],
            [pgettext("since Friday", "handed over"), figures.count_text(changes.handed_over.count)],
        ],
    }


def _has(found: Dashboard, name: str) -> bool:
    return bool(found.sections[name].figure.count)


def _list(name: str, title: str, found: Dashboard, most: int = 6) -> dict[str, Any]:
    section = found.sections[name]
    rows = section.rows[:most]
    more = section.figure.count - len(rows)
    return {
        "title": title,
        "count": figures.count_text(section.figure.count),
        "rows": [_line(row) for row in rows],
        "more": _("and %(number)s more") % {"number": figures.count_text(more)} if more > 0 else "",
        "none": _("Nothing is stuck.") if name == "blocked" else "",
    }


def _line(row: Row) -> dict[str, str]:
    return {"name": row.name, "where": f"{row.place} · {row.stage_name}", "text": row.text, "act": row.act}


def _nearest(found: Dashboard) -> dict[str, Any]:
    return {
        "title": _("Closest to the pass mark"),
        "count": figures.count_text(found.sections["nearest"].figure.count),
        "head": [_("Neighbourhood"), _("Where"), _("Doors missing"), _("Support / roll"), _("Support rate")],
        "rows": [_near(row) for row in found.sections["nearest"].rows],
    }


def _near(row: Row) -> list[str]:
    facts = row.facts
    if facts.get("hidden"):
        return [row.name, row.place, _("fewer than 5 households"), "–", "–"]
    part, whole = facts["supports"], facts["denominator"]
    rate = figures.rate_text(part, whole, facts["pass_share"])
    return [row.name, row.place, figures.count_text(facts["missing"]), figures.fraction_text(part, whole), rate]


def _rate_card(month: Collection) -> dict[str, Any]:
    if month.rate is None:
        said = _("There is nothing to collect of this month.")
        return {"name": month.name, "figure": _("no data"), "share": None, "mark": None, "note": said}
    amounts = {"settled": figures.money_text(month.settled), "receivable": figures.money_text(month.receivable)}
    return {
        "name": month.name,
        "figure": figures.rate_text(month.settled, month.receivable, month.target),
        "share": float(month.rate),
        "mark": float(month.target),
        "note": _("%(settled)s of %(receivable)s") % amounts,
    }


def _met_card(fees: Fees) -> dict[str, Any]:
    with_data = fees.above.count + fees.below.count
    return {
        "name": _("%(fee)s: neighbourhoods above the target") % {"fee": fees.month.name},
        "figure": figures.fraction_text(fees.above.count, with_data),
        "share": fees.above.count / with_data if with_data else None,
        "mark": None,
        "note": _("target: above %(target)s") % {"target": figures.mark_text(fees.month.target)},
    }


def _rounds(found: Dashboard) -> dict[str, Any]:
    names = (_("Round 1"), _("Round 2"), _("Round 3"))
    funnel = found.funnel
    head = [_("Round"), _("To visit"), _("Visited"), _("Support gained"), _("Support so far")]
    return {
        "title": _("Three rounds"),
        "beside": _("pass mark %(mark)s") % {"mark": figures.mark_text(funnel.pass_share)} if funnel.pass_share else "",
        "head": head,
        "rows": [_round(found, name, one) for name, one in zip(names, funnel.rounds, strict=False)],
        "mark": float(funnel.pass_share) if funnel.pass_share else None,
        "none": "" if funnel.figure.count else _("No survey is open."),
    }


def _round(found: Dashboard, name: str, one: FunnelRound) -> dict[str, Any]:
    counts = [figures.count_text(number) for number in (one.listed, one.visited, one.supports)]
    said = figures.rate_text(one.cumulative, found.funnel.support.denominator, found.funnel.pass_share)
    return {"cells": [name, *counts, said], "share": float(one.support_rate or 0)}


def _tiles(found: Dashboard) -> dict[str, Any]:
    tiles = [tile for tile in found.tiles if tile.neighbourhoods.count]
    boxes = tile_boxes([tile.households for tile in tiles], width=WIDE, height=HIGH)
    drawn = [
        _tile(tile) | {"x": box.x / 100, "y": box.y / 100, "width": box.width / 100, "height": box.height / 100}
        for tile, box in zip(tiles, boxes, strict=True)
    ]
    head = [_("Place"), _("Neighbourhoods"), _("Households"), _("Support rate"), _("Property fee"), _("Parking fee")]
    return {
        "title": _("Place by place"),
        "beside": _("Areas are households, colours the support rate."),
        "tiles": drawn,
        "high": HIGH,
        "head": head,
        "rows": [_place(tile) for tile in tiles],
    }


def _tile(tile: Tile) -> dict[str, Any]:
    rate = tile.support_rate
    return {
        "name": tile.place.name,
        "figure": _rate(rate, is_hidden=tile.support_hidden, none=_("no data")),
        "band": band_of(rate),
    }


def _rate(rate: Decimal | None, *, is_hidden: bool, none: str = "–") -> str:
    if is_hidden:
        return _("fewer than 5")
    return none if rate is None else f"{figures.cut_share(rate, 1)}%"


def _place(tile: Tile) -> list[str]:
    counts = (tile.neighbourhoods.count, tile.households)
    fees = [_rate(rate, is_hidden=tile.fees_hidden) for rate in (tile.property_rate, tile.parking_rate)]
    said = [_rate(tile.support_rate, is_hidden=tile.support_hidden), *fees]
    return [tile.place.name, *(figures.count_text(number) for number in counts), *said]


def _map(found: Dashboard) -> dict[str, Any] | None:
    """Where neighbourhoods lie, coloured as the tiles; None where no coordinates are known."""
    if not found.points:
        return None
    laid = lay_out([(float(one.longitude), float(one.latitude)) for one in found.points], SHEET)
    is_dense = not are_apart(len(found.points), found.place.level)
    least, most = DOT_RADII if is_dense else POINT_RADII
    sizes = radii([one.households for one in found.points], least=least, most=most)
    lengths = [letters_wide(one.name) * LETTER for one in found.points]
    sides = [] if is_dense else name_sides(laid.spots, sizes, lengths, room=SHEET, line=LETTER * 1.25)
    return {
        "title": _("Where they lie"),
        "beside": _("Areas are households, colours the support rate."),
        "points": [
            _map_point(found.points[place], laid.spots[place], sizes[place], sides[place] if sides else "")
            for place in largest_first(sizes)
        ],
        "high": SHEET.height,
        "letter": LETTER,
        "bar": laid.scale.length,
        "scale": _("%(number)s km") % {"number": f"{laid.scale.kilometres:,g}"},
        "north": pgettext("north", "N"),
        "keys": [
            [band_of(share), _("from %(share)s") % {"share": figures.mark_text(share)}] for share in reversed(BANDS)
        ]
        + [[1, _("below %(share)s") % {"share": figures.mark_text(BANDS[0])}], [0, _("no data")]],
        "note": _located(found),
    }


def _map_point(one: MapPoint, spot: tuple[float, float], size: float, side: str) -> dict[str, Any]:
    band = band_of(one.support_rate)
    return {"x": spot[0], "y": spot[1], "r": size, "band": band, "name": one.name if side else "", "side": side}


def _located(found: Dashboard) -> str:
    count = found.neighbourhoods.count
    return ngettext(
        "Coordinates are known of %(located)s of %(all)s neighbourhood.",
        "Coordinates are known of %(located)s of %(all)s neighbourhoods.",
        count,
    ) % {"located": figures.count_text(found.located.count), "all": figures.count_text(count)}


def _stages(found: Dashboard) -> dict[str, Any]:
    most = max((one.figure.count for phase in found.phases for one in phase.stages), default=0) or 1
    return {
        "title": _("Stage by stage"),
        "phases": [
            {
                "name": phase.name,
                "count": figures.count_text(phase.figure.count),
                "stages": [
                    [one.name, one.figure.count / most, figures.count_text(one.figure.count)] for one in phase.stages
                ],
            }
            for phase in found.phases
        ],
        "total": [_("Together"), figures.count_text(found.neighbourhoods.count)],
    }


def _money(found: Dashboard) -> dict[str, Any]:
    money = found.money
    unit = figures.unit_for(max(money.total.planned, money.total.committed))
    units = {1: _("in yuan"), 1_000: _("in thousands of yuan"), 10_000: _("in tens of thousands of yuan")}
    return {
        "title": _("Money by source"),
        "beside": units[unit],
        "head": [
            pgettext("of money", "Source"),
            pgettext("money", "Planned"),
            _("Committed"),
            _("Received"),
            _("Spent"),
            _("Received / committed"),
        ],
        "rows": [_source(line.name, line, unit) for line in money.lines],
        "total": _source(_("Together"), money.total, unit),
    }


def _source(name: str, line: MoneyLine, unit: int) -> Sequence[str]:
    sums = (line.planned, line.committed, line.received, line.spent)
    rate = figures.rate_text(line.received, line.committed)
    return [name, *(figures.in_unit_text(amount, unit) for amount in sums), rate]
