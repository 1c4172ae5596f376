"""The map of the dashboard: neighbourhoods as points where they lie, drawn here and by no map service."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import figures
from overview.charts.points import (
    Laid,
    Room,
    largest_first,
    lay_out,
    letters_wide,
    name_sides,
    radii,
    reaches,
    wedge,
)
from overview.charts.tiles import band_of
from overview.pages.dashboard_charts import (
    BY,
    PHASE_NUMBERS,
    band_keys,
    is_hidden,
    phase_keys,
    told_text,
    way_asked_for,
    ways,
)
from overview.reports.dashboard.shape import Dashboard, MapPoint, Phase
from overview.rules.maps import MOST, are_apart
from overview.templatetags.dashboards import url_of

DESK, PHONE = Room(624, 468, 34, 52), Room(328, 246, 18, 28)
"""The picture in CSS pixels (static/css/dashboard.css), in one shape, so that a place has the same share of both."""

LEAST_RADIUS = 4.5
RADII = ((30, 15.0), (80, 11.0), (MOST, 8.0))
"""The largest point, by how many there are at most."""

DOT = (3.0, 8.0)
"""The smallest and the largest where there are too many to tap."""

SCALE_START = 2

LETTER, LINE = 12.0, 15.0
"""The size of a name and the height of its line, in CSS pixels."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How a point looks: coloured as the tiles are, and filled by quarters; None is empty with a broken rim."""

    kind: str
    value: int
    quarters: int | None
    radius: float

    @property
    def wedge(self) -> str:
        return wedge(self.quarters or 0, self.radius)


@dataclass(frozen=True, slots=True)
class Name:
    """A name beside its point: for the `desk`, the `phone` or `both`, `x` and `y` pixels from the point's middle."""

    shape: str
    side: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class DrawnPoint:
    """A neighbourhood, at `x` and `y` percent of the picture; `reach` is how far around it a tap is meant for it."""

    point: MapPoint
    x: float
    y: float
    url: str
    said: str
    mark: Mark
    reach: float
    names: Sequence[Name]
    phase: str


@dataclass(frozen=True, slots=True)
class Dots:
    """Points of one place that look the same, as one path."""

    kind: str
    value: int
    size: int
    path: str

    @property
    def core(self) -> int:
        """What its rim leaves of it."""
        return self.size - 2


@dataclass(frozen=True, slots=True)
class DrawnPlace:
    """The points of a division below, where there are too many for each to be a link."""

    name: str
    url: str
    said: str
    count: int
    rows_url: str
    dots: Sequence[Dots]


@dataclass(frozen=True, slots=True)
class Key:
    mark: Mark
    words: str


@dataclass(frozen=True, slots=True)
class MapPicture:
    """Either `points` or, of more than can be told apart, `places`."""

    by: str
    name: str
    ways: Sequence[tuple[str, str]]
    points: Sequence[DrawnPoint]
    places: Sequence[DrawnPlace]
    keys: Sequence[Key]
    scale: str
    scale_end: float
    """Where the line of the scale ends, in percent of the picture's width; it begins at SCALE_START."""

    some_larger: bool
    some_hidden: bool


def map_picture(found: Dashboard, asked: str) -> MapPicture | None:
    """None where no coordinates are known."""
    if not found.points:
        return None
    by = way_asked_for(asked)
    laid = lay_out([(float(one.longitude), float(one.latitude)) for one in found.points], DESK)
    is_dense = not are_apart(len(found.points), found.place.level)
    counts = [one.households for one in found.points]
    least, most = DOT if is_dense else (LEAST_RADIUS, next((r for n, r in RADII if len(counts) <= n), RADII[-1][1]))
    sizes = radii(counts, least=least, most=most)
    return MapPicture(
        by=by,
        name=str(BY[by]),
        ways=ways(),
        points=[] if is_dense else _points(found, laid, sizes, by),
        places=_places(found, laid, sizes, by) if is_dense else [],
        keys=_keys(by, found.phases),
        scale=_("%(number)s km") % {"number": f"{laid.scale.kilometres:,g}"},
        scale_end=round(SCALE_START + laid.scale.length / DESK.width * 100, 2),
        some_larger=min(sizes) == least and max(sizes) > least,
        some_hidden=any(is_hidden(one, by) for one in found.points),
    )


def _points(found: Dashboard, laid: Laid, sizes: Sequence[float], by: str) -> list[DrawnPoint]:
    """In the order in which they are drawn, so that no small one lies below a large one."""
    narrow = [(x * PHONE.width / DESK.width, y * PHONE.height / DESK.height) for x, y in laid.spots]
    taps = reaches(narrow, sizes)
    lengths = [letters_wide(one.name) * LETTER for one in found.points]
    sides = {
        "desk": name_sides(laid.spots, sizes, lengths, room=DESK, line=LINE),
        "phone": name_sides(narrow, sizes, lengths, room=PHONE, line=LINE),
    }
    phases = {phase.phase: phase.name for phase in found.phases}
    drawn = []
    for place in largest_first(sizes):
        one, (x, y), size = found.points[place], laid.spots[place], sizes[place]
        drawn.append(
            DrawnPoint(
                point=one,
                x=round(x / DESK.width * 100, 2),
                y=round(y / DESK.height * 100, 2),
                url=reverse("neighbourhood", args=[one.pk]),
                said=_said(one, by, phases),
                mark=_mark(one, by, size),
                reach=taps[place],
                names=_names(sides["desk"][place], sides["phone"][place], size),
                phase=phases[one.phase],
            )
        )
    return drawn


def _names(desk: str, phone: str, size: float) -> list[Name]:
    if desk == phone:
        return [_name("both", desk, size)] if desk else []
    return [_name(shape, side, size) for shape, side in (("desk", desk), ("phone", phone)) if side]


def _name(shape: str, side: str, size: float) -> Name:
    away, middle = size + LINE / 4, LETTER * 0.36
    x, y = {
        "right": (away, middle),
        "left": (-away, middle),
        "below": (0, away + LETTER * 0.86),
        "above": (0, -away - LETTER * 0.14),
    }[side]
    return Name(shape, side, round(x, 1), round(y, 1))


def _places(found: Dashboard, laid: Laid, sizes: Sequence[float], by: str) -> list[DrawnPlace]:
    on = found.day.isoformat() if found.is_past else ""
    names = {tile.place.code: tile.place.name for tile in found.tiles}
    inside: dict[str, list[int]] = {}
    for place in largest_first(sizes):
        inside.setdefault(found.points[place].place, []).append(place)
    drawn = []
    for code in sorted(inside):
        alike: dict[tuple[str, int, int], list[str]] = {}
        for place in inside[code]:
            look, (x, y) = _mark(found.points[place], by, sizes[place]), laid.spots[place]
            spot = f"M{x / DESK.width * 100:.1f} {y / DESK.height * 100:.1f}h0"
            alike.setdefault((look.kind, look.value, round(look.radius * 2)), []).append(spot)
        count = len(inside[code])
        said = ngettext("%(place)s: %(shown)s neighbourhood", "%(place)s: %(shown)s neighbourhoods", count)
        name = names.get(code, found.place.name)
        drawn.append(
            DrawnPlace(
                name=name,
                url=url_of("dashboard", code=code, on=on) if code in names else "",
                said=said % {"place": name, "shown": figures.count_text(count)},
                count=count,
                rows_url=url_of("dashboard_rows", "located", code=code, on=on) if code in names else "",
                dots=[Dots(*look, "".join(spots)) for look, spots in alike.items()],
            )
        )
    return drawn


def _mark(one: MapPoint, by: str, radius: float) -> Mark:
    if by == "stage":
        return _of_phase(PHASE_NUMBERS[one.phase], radius)
    return _of_band(band_of(rate_shown(one, by)), radius)


def _of_phase(number: int, radius: float) -> Mark:
    """From the first phase, which is empty, to the last, which is full; those aside are in none."""
    return Mark("phase", number, number - 1 if number < PHASE_NUMBERS["aside"] else None, radius)


def _of_band(band: int, radius: float) -> Mark:
    return Mark("band", band, band or None, radius)


def rate_shown(one: MapPoint, by: str) -> Decimal | None:
    return {"support": one.support_rate, "property": one.property_rate, "parking": one.parking_rate}[by]


def _said(one: MapPoint, by: str, phases: dict[str, str]) -> str:
    """A point in words, as its tooltip and its name for who does not see it."""
    values = {
        "name": one.name,
        "households": ngettext("%(shown)s household", "%(shown)s households", one.households)
        % {"shown": figures.count_text(one.households)},
        "phase": phases[one.phase],
    }
    if by == "stage":
        return _("%(name)s: %(households)s, %(phase)s") % values
    said = told_text(rate_shown(one, by), is_hidden=is_hidden(one, by))
    return _("%(name)s: %(households)s, %(what)s %(figure)s") % {**values, "what": BY[by], "figure": said}


def _keys(by: str, phases: Sequence[Phase]) -> list[Key]:
    make, keys = (_of_phase, phase_keys(phases)) if by == "stage" else (_of_band, band_keys())
    return [Key(make(value, 7.0), words) for _kind, value, words in keys]
