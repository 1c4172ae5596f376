"""The units of the menu in words."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation

from renovation.reports.units import NAMES, QUANTITIES, quantity_of, unit_name

MENU = Path(__file__).parents[2] / "renovation" / "data" / "menu.csv"


def test_every_unit_of_the_menu_that_comes_along_has_words():
    with MENU.open(encoding="utf-8") as file:
        units = {row["unit"] for row in csv.DictReader(file)}

    assert units == set(NAMES) == set(QUANTITIES)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["1,240 m", "0.5 m²", "1 building", "8 buildings", "46 spaces"]),
        ("zh-hans", ["1,240 米", "0.5 ㎡", "1 栋", "8 栋", "46 个"]),
    ],
)
def test_a_quantity_is_told_with_its_unit_in_the_language_of_the_page(language, told):
    given = [("1240.00", "m"), ("0.50", "m2"), ("1.00", "building"), ("8.00", "building"), ("46.00", "space")]

    with translation.override(language):
        assert [quantity_of(Decimal(quantity), unit) for quantity, unit in given] == told


def test_a_unit_that_only_a_city_knows_stands_as_it_is_written():
    assert (quantity_of(Decimal("3.00"), "延米"), unit_name("延米")) == ("3 延米", "延米")
