"""Degrees laid flat: distances are kept, north is up."""

from math import asin, cos, hypot, radians, sin, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overview.rules.maps import KM_OF_DEGREE, laid_flat, round_length

YICHANG, YIDU, YUANAN = (111.2864, 30.6919), (111.4502, 30.3781), (111.6402, 31.0606)


def on_the_globe(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two places, by the haversine formula."""
    (a, b), (c, d) = (tuple(map(radians, place)) for place in (one, other))
    half = sin((d - b) / 2) ** 2 + cos(b) * cos(d) * sin((c - a) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(half))


def between(one: tuple[float, float], other: tuple[float, float]) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def test_places_lie_to_the_east_and_south_of_the_corner_in_kilometres():
    (west_x, west_y), (east_x, east_y) = laid_flat([(111.0, 30.0), (112.0, 31.0)])

    assert (west_x, east_y) == (0, 0)
    assert west_y == pytest.approx(KM_OF_DEGREE)
    assert east_x == pytest.approx(KM_OF_DEGREE * cos(radians(30.5)))


def test_distances_in_a_city_are_those_on_the_ground():
    flat = laid_flat([YICHANG, YIDU, YUANAN])

    for one, other in ((0, 1), (0, 2), (1, 2)):
        there = on_the_globe((YICHANG, YIDU, YUANAN)[one], (YICHANG, YIDU, YUANAN)[other])
        assert between(flat[one], flat[other]) == pytest.approx(there, rel=0.005)


@settings(deadline=None, max_examples=80)
@given(
    st.floats(-170, 170), st.floats(-60, 60),
    st.lists(st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)), min_size=2, max_size=12),
)  # fmt: skip
def test_wherever_it_is_a_place_further_east_or_north_lies_so(longitude, latitude, steps):
    places = [(longitude + east, latitude + north) for east, north in steps]

    flat = laid_flat(places)

    assert min(x for x, _y in flat) == min(y for _x, y in flat) == 0
    for (one, spot), (other, place) in zip(
        zip(places, flat, strict=True), zip(places[1:], flat[1:], strict=False), strict=False
    ):
        assert (one[0] < other[0]) <= (spot[0] <= place[0])
        assert (one[1] < other[1]) <= (spot[1] >= place[1])
        assert between(spot, place) == pytest.approx(on_the_globe(one, other), rel=0.03, abs=0.01)


def test_no_place_is_laid_nowhere_and_a_single_one_in_the_corner():
    assert laid_flat([]) == []
    assert laid_flat([YICHANG]) == [(0, 0)]


@pytest.mark.parametrize(
    ("longest", "length"), [(0.3, 0.2), (0.5, 0.5), (1, 1), (1.99, 1), (4.9, 2), (5, 5), (37, 20), (99, 50), (100, 100)]
)
def test_a_scale_is_a_round_length_that_has_room(longest, length):
    assert round_length(longest) == pytest.approx(length)
