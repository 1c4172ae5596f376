"""Where tiles, lines and levels lie: plain numbers."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from overview.charts.lines import LineChart, Point
from overview.charts.points import (
    FINGER,
    POINTER,
    Room,
    largest_first,
    lay_out,
    letters_wide,
    name_sides,
    radii,
    reaches,
    wedge,
)
from overview.charts.tiles import LEAST, Box, band_of, drawn_larger, tile_boxes

CITY = [421, 302, 88, 176, 66, 243, 74, 171, 83, 164, 112, 71, 51]


def area(box: Box) -> float:
    return box.width * box.height / 10_000


def overlap(one: Box, other: Box) -> float:
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return max(0, across) * max(0, down)


@pytest.mark.parametrize(("width", "height"), [(624, 360), (328, 440), (100, 100)])
def test_tiles_fill_the_picture_by_their_households_and_never_lie_over_each_other(width, height):
    boxes = tile_boxes(CITY, width=width, height=height)

    assert sum(area(box) for box in boxes) == pytest.approx(1, abs=0.002)
    assert [area(box) for box in boxes] == pytest.approx([weight / sum(CITY) for weight in CITY], abs=0.001)
    assert all(box.x + box.width <= 100.02 and box.y + box.height <= 100.02 for box in boxes)
    assert all(overlap(one, other) < 1e-6 for one, other in combinations(boxes, 2))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=50))
@example([177, 366, 368])  # rounded sides overlapped by a hundredth
def test_whatever_the_places_they_share_the_whole_picture(weights):
    boxes = tile_boxes(weights, width=624, height=360)

    assert sum(area(box) for box in boxes) == pytest.approx(1, abs=0.01)
    assert all(overlap(one, other) < 1e-6 for one, other in combinations(boxes, 2))
    assert all(box.width > 0 and box.height > 0 for box in boxes)


def test_tiles_come_near_to_squares():
    boxes = tile_boxes(CITY, width=624, height=360)

    sides = [(box.width * 6.24, box.height * 3.6) for box in boxes]
    assert max(max(wide / high, high / wide) for wide, high in sides) < 2.5


def test_a_place_with_next_to_nobody_is_drawn_so_that_it_can_be_read_and_that_is_said():
    boxes = tile_boxes([1000, 500, 1, 0], width=300, height=200)

    assert [area(box) >= LEAST * 0.95 for box in boxes] == [True] * 4
    assert drawn_larger([1000, 500, 1, 0])
    assert not drawn_larger(CITY)


def test_without_households_all_tiles_are_the_same_and_without_places_there_are_none():
    assert {round(area(box), 3) for box in tile_boxes([0, 0, 0, 0], width=200, height=200)} == {0.25}
    assert tile_boxes([], width=200, height=200) == []


def test_a_rate_is_in_the_band_that_it_has_reached():
    rates = [None, Decimal("0.6999"), Decimal("0.70"), Decimal("0.9499"), Decimal("0.95"), Decimal(1)]

    assert [band_of(rate) for rate in rates] == [0, 1, 2, 3, 4, 4]


def line(*values: float | None, mark: float | None = None, is_share: bool = False) -> LineChart:
    first = date(2026, 9, 6)
    points = [Point(first + timedelta(days=7 * week), value) for week, value in enumerate(values)]
    return LineChart(points, mark=mark, is_share=is_share)


def test_a_line_breaks_where_there_was_nothing_to_divide():
    chart = line(80, 85, None, 90, 95, is_share=True)

    assert chart.path.count("M") == 2
    assert chart.path.startswith("M0.0 ")
    assert chart.end == (100.0, chart.y(95))
    assert not line(None, None).has_line


@pytest.mark.parametrize(
    ("values", "mark", "is_share", "span"),
    [
        ((72, 92), 95, True, (60, 100)),
        ((97, 99.5), None, True, (96, 100)),
        ((0, 0), None, False, (0, 2)),
        ((1900, 2022), None, False, (1900, 2100)),
        ((0, 12), None, False, (0, 20)),
    ],
)
def test_levels_are_round_and_hold_the_line_and_its_mark(values, mark, is_share, span):
    chart = line(*values, mark=mark, is_share=is_share)

    assert (chart.low, chart.high) == span
    assert all(0 <= chart.y(value) <= 100 for value in (*values, *([mark] if mark else [])))


def test_a_level_gives_way_to_the_mark_that_would_be_written_over_it():
    assert [level.value for level in line(72, 92, mark=95, is_share=True).levels] == [80, 60]
    assert line(72, 92, mark=95, is_share=True).mark_at == 12.5


def test_the_last_day_is_written_to_the_left_of_its_place():
    assert [(label.at, label.is_last) for label in line(1, 2, 3).labels] == [(0, False), (100, True)]
    assert [label.is_last for label in line(1).labels] == [False]


# --- Points where places lie -------------------------------------------------------------------------

ROOM = Room(624, 468, 34, 52)
AROUND = [(111.2864, 30.6919), (111.4502, 30.3781), (111.6402, 31.0606), (110.7472, 31.3481)]


def inside(x: float, y: float) -> bool:
    return (
        ROOM.margin - 0.01 <= x <= ROOM.width - ROOM.margin + 0.01
        and ROOM.margin - 0.01 <= y <= ROOM.height - ROOM.foot + 0.01
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(-179, 179), st.floats(-89, 89)), min_size=1, max_size=20))
def test_every_point_lies_in_the_room_that_is_kept_for_it(places):
    laid = lay_out(places, ROOM)

    assert all(inside(x, y) for x, y in laid.spots)
    assert 0 < laid.scale.length <= ROOM.width / 4


def test_a_map_is_as_large_as_its_room_and_its_scale_is_the_same_in_both_directions():
    laid = lay_out(AROUND, ROOM)

    (yichang, yidu, yuanan, xingshan), per_km = laid.spots, laid.scale.length / laid.scale.kilometres
    assert max(yidu[1], yichang[1]) - xingshan[1] == pytest.approx(ROOM.height - ROOM.margin - ROOM.foot, abs=0.1)
    assert xingshan[0] < yichang[0] < yidu[0] < yuanan[0]
    for one, other, km in ((yichang, yidu, 38.3), (yichang, yuanan, 53.1), (yidu, xingshan, 127.3)):
        assert ((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5 / per_km == pytest.approx(km, rel=0.01)


def test_a_single_place_lies_in_the_middle_with_a_scale_of_some_hundred_metres():
    laid = lay_out(AROUND[:1], ROOM)

    assert laid.spots == [(312, (34 + 468 - 52) / 2)]
    assert laid.scale.kilometres == 0.2
    assert lay_out([], ROOM).spots == []


def test_areas_are_households_and_small_points_lie_above_large_ones():
    sizes = radii([400, 100, 1, 0], least=4.5, most=15)

    assert sizes == [15, 7.5, 4.5, 4.5]
    assert largest_first([4.5, 15, 7.5, 15]) == [1, 3, 2, 0]
    assert radii([0, 0], least=4.5, most=15) == [4.5, 4.5]


def test_a_tap_is_meant_for_the_nearest_point_and_a_finger_has_room_where_there_is_some():
    found = reaches([(0, 0), (10, 0), (300, 0), (340, 0)], [5, 5, 5, 16])

    assert found == [POINTER, POINTER, 20, 20]
    assert reaches([(5, 5)], [5]) == [FINGER]


def test_a_point_is_filled_from_its_top_clockwise():
    assert wedge(1, 8) == "M0 0V-8A8 8 0 0 1 8 0Z"
    assert wedge(2, 8) == "M0 0V-8A8 8 0 0 1 0 8Z"
    assert wedge(3, 8) == "M0 0V-8A8 8 0 1 1 -8 0Z"
    assert [wedge(0, 8), wedge(4, 8)] == ["", ""]


def test_names_touch_no_point_no_name_and_no_edge():
    spots = [(100.0, 100.0), (118.0, 100.0), (615.0, 100.0), (300.0, 300.0), (301.0, 301.0)]

    sides = name_sides(spots, [10, 5, 5, 5, 5], [60, 30, 40, 30, 5000], room=ROOM, line=15)

    assert sides == ["left", "right", "left", "right", ""]


def test_a_chinese_letter_is_as_wide_as_it_is_high():
    assert letters_wide("嘉明花园") == 4
    assert letters_wide("Orange Court") < 8
