"""The charts of the dashboard: places as tiles, and lines from week to week."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common import figures
from governance.rules.fees.rates import TARGETS
from overview.charts.lines import LineChart, Point
from overview.charts.tiles import BANDS, Box, band_of, drawn_larger, tile_boxes
from overview.reports.dashboard.shape import Dashboard, MapPoint, Money, Phase, Tile, Week
from overview.templatetags.dashboards import url_of

DESK, PHONE = (624, 360), (328, 440)
"""The room of the picture in CSS pixels (static/css/dashboard.css), which decides how near to squares tiles come."""

FEW, MANY = 4, 20

BY = {
    "support": gettext_lazy("Support"),
    "stage": gettext_lazy("Stage"),
    "property": gettext_lazy("Property fee"),
    "parking": gettext_lazy("Parking fee"),
}
"""What tiles, and points on the map, may be coloured by."""

PHASE_NUMBERS = {"mobilise": 1, "consent": 2, "plan": 3, "build": 4, "run": 5, "aside": 6}


@dataclass(frozen=True, slots=True)
class DrawnTile:
    """A place in the picture: what is written in it, how it is filled, and the bar at its foot (a share in percent)."""

    box: Box
    tall_box: Box
    name: str
    url: str
    figure: str
    note: str
    band: int | None
    phase: int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class TilePicture:
    by: str
    ways: Sequence[tuple[str, str]]
    tiles: Sequence[DrawnTile]
    size: str
    keys: Sequence[tuple[str, int, str]]
    """What the fills mean: attribute, its value and the words."""
    left_out: Sequence[str]
    """Places without a neighbourhood, which have no room in the picture."""

    some_larger: bool
    some_hidden: bool


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One figure from week to week; `latest` is what it is now, in words, and `change` since the last Sunday before."""

    name: str
    key: str
    chart: LineChart
    kind: str
    tone: str
    latest: str
    change: str


def way_asked_for(asked: str) -> str:
    """What places are coloured by: support, for what is none of them."""
    return asked if asked in BY else "support"


def ways() -> list[tuple[str, str]]:
    return [(code, str(name)) for code, name in BY.items()]


def tile_picture(found: Dashboard, asked: str) -> TilePicture:
    by = way_asked_for(asked)
    on = found.day.isoformat() if found.is_past else ""
    tiles = [tile for tile in found.tiles if tile.neighbourhoods.count]
    weights = [tile.households for tile in tiles]
    size = "few" if len(tiles) <= FEW else "many" if len(tiles) > MANY else ""
    scale = {"few": 0.62, "": 1.0, "many": 1.5}[size]
    wide = tile_boxes(weights, width=DESK[0], height=DESK[1] * scale)
    tall = tile_boxes(weights, width=PHONE[0], height=PHONE[1] * scale)
    names = {phase.phase: phase.name for phase in found.phases}
    return TilePicture(
        by=by,
        ways=ways(),
        tiles=[
            _drawn(tile, box, tall_box, by, names, on) for tile, box, tall_box in zip(tiles, wide, tall, strict=True)
        ],
        size=size,
        keys=phase_keys(found.phases) if by == "stage" else band_keys(),
        left_out=[tile.place.name for tile in found.tiles if not tile.neighbourhoods.count],
        some_larger=drawn_larger(weights),
        some_hidden=any(is_hidden(tile, by) for tile in tiles),
    )


def _drawn(tile: Tile, box: Box, tall_box: Box, by: str, names: dict[str, str], on: str) -> DrawnTile:
    place = tile.place
    rate = {
        "support": tile.support_rate,
        "property": tile.property_rate,
        "parking": tile.parking_rate,
    }.get(by)
    if by == "stage":
        figure = names.get(tile.phase, "")
        stand = tile.stages.get(tile.phase, 0)
        note = figures.fraction_text(stand, tile.neighbourhoods.count)
        share = stand / tile.neighbourhoods.count * 100 if tile.neighbourhoods.count else None
    else:
        figure = told_text(rate, is_hidden=is_hidden(tile, by))
        note = ngettext("%(shown)s household", "%(shown)s households", tile.households) % {
            "shown": figures.count_text(tile.households)
        }
        share = None if rate is None else float(min(rate, Decimal(1)) * 100)
    return DrawnTile(
        box=box,
        tall_box=tall_box,
        name=place.name,
        url=url_of("dashboard", code=place.code, on=on) if place.level != "neighbourhood" else _neighbourhood(tile),
        figure=figure,
        note=note,
        band=None if by == "stage" else band_of(rate),
        phase=PHASE_NUMBERS.get(tile.phase, 6) if by == "stage" else None,
        share=share,
    )


def is_hidden(one: Tile | MapPoint, by: str) -> bool:
    """Whether the rate by which places are coloured is left out here, since it would tell of too few households."""
    return {"support": one.support_hidden, "property": one.fees_hidden, "parking": one.fees_hidden}.get(by, False)


def told_text(rate: Decimal | None, *, is_hidden: bool) -> str:
    """A rate; or why there is none, so that what is left out does not read as what is not known."""
    if is_hidden:
        return _("fewer than 5 households")
    return _("no data") if rate is None else f"{figures.cut_share(rate, 1)}%"


def _neighbourhood(tile: Tile) -> str:
    return reverse("neighbourhoods") + f"?search={tile.place.code}"


def band_keys() -> list[tuple[str, int, str]]:
    from_on = [
        ("band", 2 + number, _("from %(share)s") % {"share": figures.mark_text(share)})
        for number, share in enumerate(BANDS)
    ]
    below = ("band", 1, _("below %(share)s") % {"share": figures.mark_text(BANDS[0])})
    return [*reversed(from_on), below, ("band", 0, _("no data"))]


def phase_keys(phases: Sequence[Phase]) -> list[tuple[str, int, str]]:
    return [("phase", PHASE_NUMBERS[phase.phase], phase.name) for phase in phases]


def trend_lines(found: Dashboard) -> list[TrendLine]:
    """The lines from week to week, as far as there are two weeks to compare; none before that."""
    weeks = found.trend
    if len(weeks) < 2:
        return []
    unit = unit_of(found.money)
    mark = found.funnel.pass_share
    lines = [
        _share(_("Support rate"), "support_rate", weeks, mark, "good"),
        _share(_("Property fee collected"), "property_rate", weeks, TARGETS["property"]),
        _share(_("Parking fee collected"), "parking_rate", weeks, TARGETS["parking"]),
        _count(_("Consented or further"), "consented", weeks),
        _count(_("Under works"), "under_works", weeks),
        _received(weeks, unit),
    ]
    return [line for line in lines if line.chart.has_line]


def _share(name: str, key: str, weeks: Sequence[Week], mark: Decimal | None, tone: str = "") -> TrendLine:
    rates: list[Decimal | None] = [getattr(week, key) for week in weeks]
    points = [
        Point(week.day, None if rate is None else float(rate * 100)) for week, rate in zip(weeks, rates, strict=True)
    ]
    chart = LineChart(points, mark=float(mark * 100) if mark is not None else None, is_share=True)
    last, before = rates[-1], rates[-2]
    change = ""
    if last is not None and before is not None:
        change = _since(_("%(number)s points since %(day)s"), _signed((last - before) * 100, 1), weeks[-2])
    latest = _("no data") if last is None else f"{figures.cut_share(last, 1)}%"
    return TrendLine(name, key, chart, "share", tone, latest, change)


def _count(name: str, key: str, weeks: Sequence[Week]) -> TrendLine:
    counts: list[int] = [getattr(week, key) for week in weeks]
    chart = LineChart([Point(week.day, float(number)) for week, number in zip(weeks, counts, strict=True)])
    change = _since(_("%(number)s since %(day)s"), _signed(Decimal(counts[-1] - counts[-2]), 0), weeks[-2])
    return TrendLine(name, key, chart, "count", "", figures.count_text(counts[-1]), change)


def _received(weeks: Sequence[Week], unit: int) -> TrendLine:
    chart = LineChart([Point(week.day, float(week.received / unit)) for week in weeks])
    more = weeks[-1].received - weeks[-2].received
    said = ("+" if more > 0 else "") + figures.in_unit_text(more, unit)
    change = _since(_("%(number)s since %(day)s"), said, weeks[-2])
    return TrendLine(_("Money received"), "received", chart, "count", "", _in_words(weeks[-1].received, unit), change)


def _since(words: str, said: str, before: Week) -> str:
    """By how much a figure has changed since the week before it; nothing where that reads as 0."""
    if not said.strip(f"+{figures.MINUS}0."):
        return ""
    return words % {"number": said, "day": figures.day_text(before.day)}


def _in_words(yuan: Decimal, unit: int) -> str:
    """3,880.00 万元 or ¥38,800.0 thousand: a sum in the unit of the table of money."""
    if unit == 1:
        return figures.money_text(yuan)
    amount = figures.in_unit_text(yuan, unit)
    if unit == 10_000:
        return _("%(amount)s ten thousand yuan") % {"amount": amount}
    return _("¥%(amount)s thousand") % {"amount": amount}


def _signed(number: Decimal, places: int) -> str:
    text = f"{abs(number):,.{places}f}"
    return f"+{text}" if number > 0 else f"{figures.MINUS}{text}" if number < 0 else text


def unit_of(money: Money) -> int:
    """In how many yuan the money of a dashboard is written."""
    return figures.unit_for(max(money.total.planned, money.total.committed))
