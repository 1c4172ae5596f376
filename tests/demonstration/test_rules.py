"""The plan of the small city, before anything is filled."""

import re

import pytest

from demonstration.rules.coordinates import MIDDLES, coordinates_of
from demonstration.rules.divisions import CITY, COUNTIES, invented
from demonstration.rules.people import GIVEN_NAMES, PHONE_PREFIX
from demonstration.rules.plans import Block
from demonstration.rules.sign_ins import ALL, SIGN_INS
from demonstration.rules.small_city import INVENTED, NAMED, PLACES


def test_the_city_has_its_13_real_counties():
    assert len(COUNTIES) == 13
    assert all(code.startswith(CITY[0]) and len(code) == 6 for code, _name in COUNTIES)
    assert dict(COUNTIES)["420528"] == "长阳土家族自治县"


def test_invented_divisions_say_so_and_have_codes_that_nobody_has():
    for code, name in invented("420502", 10, 10):
        assert name.startswith("示范")
        assert code[6] == "9"


def test_invented_neighbourhoods_say_so():
    assert {place.name for place in NAMED} == {"嘉明花园", "四合院小区", "白龙岗小区", "宜港小区", "黄龙小区"}
    assert all(place.name.startswith("示范") for place in INVENTED)


def test_places_lie_near_the_town_of_their_county_and_always_the_same():
    for place in PLACES:
        longitude, latitude = coordinates_of(place.community, place.name)
        middle = MIDDLES[place.community[:6]]
        assert (longitude, latitude) == coordinates_of(place.community, place.name)
        assert abs(float(longitude) - middle[0]) < 0.035
        assert abs(float(latitude) - middle[1]) < 0.03
    assert len({coordinates_of(place.community, place.name) for place in PLACES}) == len(PLACES)
    assert set(MIDDLES) == {code for code, _name in COUNTIES}


def test_the_small_city_is_small():
    assert 10 <= len(PLACES) <= 20
    assert 1500 <= sum(place.homes for place in PLACES) <= 2500


def test_a_walk_never_answers_for_more_doors_than_there_are():
    for place in PLACES:
        for asking in place.surveys:
            assert sum(asking.walks[0].outcomes.values()) <= place.homes


def test_people_have_names_and_phones_that_are_nobodys():
    assert len(set(GIVEN_NAMES)) == 60
    assert PHONE_PREFIX.startswith("154")


def test_each_role_has_one_sign_in():
    roles = [sign_in.roles[0][0] for sign_in in SIGN_INS]

    assert [sign_in.username for sign_in in SIGN_INS] == [
        "community",
        "grid",
        "committee",
        "secretary",
        "clerk",
        "district",
        "city",
        "auditor",
        "admin",
    ]
    assert len(set(roles)) == 9
    assert all(re.fullmatch(r"[a-z]+", sign_in.username) for sign_in in ALL)


def test_a_building_without_homes_is_refused():
    with pytest.raises(ValueError, match="homes"):
        Block(0)
