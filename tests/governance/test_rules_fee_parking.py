from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.fees.parking import HERE, DayOfStay, Tariff, price_of_stay, read_plate

NOON = datetime(2026, 11, 28, 12, tzinfo=HERE)
TWO = Tariff(Decimal("2.00"))
moments = st.timedeltas(timedelta(0), timedelta(days=2000)).map(lambda after: datetime(2024, 1, 1, tzinfo=UTC) + after)
stays = st.timedeltas(timedelta(0), timedelta(days=9))
tariffs = st.builds(
    Tariff,
    st.decimals("0.0001", "20", places=4),
    st.integers(0, 180),
    st.none() | st.decimals("0.01", "60", places=2),
)


def total(stay):
    return sum((day.amount for day in stay), Decimal(0))


def test_a_started_hour_is_an_hour():
    assert price_of_stay(NOON, NOON, TWO) == ()
    assert total(price_of_stay(NOON, NOON + timedelta(seconds=1), TWO)) == 2
    assert total(price_of_stay(NOON, NOON + timedelta(hours=1), TWO)) == 2
    assert total(price_of_stay(NOON, NOON + timedelta(hours=1, seconds=1), TWO)) == 4


def test_the_free_minutes_are_free_and_a_longer_stay_is_charged_from_its_entry():
    half_an_hour = Tariff(Decimal("2.00"), free_minutes=30)

    assert price_of_stay(NOON, NOON + timedelta(minutes=30), half_an_hour) == ()
    assert total(price_of_stay(NOON, NOON + timedelta(minutes=30, seconds=1), half_an_hour)) == 2
    assert total(price_of_stay(NOON, NOON + timedelta(minutes=61), half_an_hour)) == 4


def test_no_day_costs_more_than_its_cap():
    capped = Tariff(Decimal("2.00"), daily_cap=Decimal("15.00"))

    stay = price_of_stay(NOON, NOON + timedelta(days=1), capped)

    assert stay == (
        DayOfStay(date(2026, 11, 28), 12, Decimal("15.00"), True),
        DayOfStay(date(2026, 11, 29), 12, Decimal("15.00"), True),
    )


def test_an_hour_belongs_to_the_day_on_which_it_starts():
    late = datetime(2026, 11, 28, 23, 30, tzinfo=HERE)

    assert [(day.day.day, day.hours) for day in price_of_stay(late, late + timedelta(minutes=50), TWO)] == [(28, 1)]
    assert [(day.day.day, day.hours) for day in price_of_stay(late, late + timedelta(minutes=70), TWO)] == [
        (28, 1),
        (29, 1),
    ]


def test_days_are_those_of_china_whatever_the_offset():
    entered = datetime(2026, 11, 28, 15, 30, tzinfo=UTC)  # 23:30 here

    assert [day.day.day for day in price_of_stay(entered, entered + timedelta(hours=2), TWO)] == [28, 29]


@given(moments, stays, tariffs)
def test_days_of_a_stay_add_up_to_its_started_hours(entered, stay, tariff):
    days = price_of_stay(entered, entered + stay, tariff)

    started = 0 if stay <= timedelta(minutes=tariff.free_minutes) else -(-stay // timedelta(hours=1))
    assert sum(day.hours for day in days) == started
    assert [day.day for day in days] == sorted({day.day for day in days})
    assert all(0 < day.hours <= 24 for day in days)
    assert all(day.amount <= (tariff.daily_cap or day.amount) for day in days)
    assert total(days) <= started * tariff.unit_price


@given(moments, stays, stays, tariffs)
def test_a_longer_stay_never_costs_less(entered, stay, more, tariff):
    shorter = total(price_of_stay(entered, entered + stay, tariff))

    assert shorter <= total(price_of_stay(entered, entered + stay + more, tariff))


def test_a_plate_is_kept_without_its_dot_and_in_capitals():
    assert read_plate(" 鄂e·12 345") == "鄂E12345"
    assert read_plate("鄂ED12345") == "鄂ED12345"


@pytest.mark.parametrize("text", ["", "鄂E1", "鄂E12345678901", "鄂E1234_", "<b>12345"])
def test_what_is_no_plate_is_refused(text):
    with pytest.raises(ValueError, match="no number plate"):
        read_plate(text)
