"""Amounts in capitals, doors as they are typed, and an account as it is read out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.fees.capitals import LARGEST, capitals
from governance.rules.fees.door_words import DoorWords, read_door
from governance.rules.fees.ledger import Entry, ledger_lines

DIGITS = {sign: number for number, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10", "壹拾元整"),
        ("240.00", "贰佰肆拾元整"),
        ("435.83", "肆佰叁拾伍元捌角叁分"),
        ("1001.05", "壹仟零壹元零伍分"),
        ("10001", "壹万零壹元整"),
        ("1000100.20", "壹佰万零壹佰元贰角整"),
        ("100010000", "壹亿零壹万元整"),
    ],
)
def test_amounts_read_as_bills_of_payment_write_them(amount: str, told: str) -> None:
    assert capitals(Decimal(amount)) == told


@pytest.mark.parametrize("amount", ["-0.01", "0.001", "1000000000000"])
def test_what_no_receipt_bears_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        capitals(Decimal(amount))


def read_back(text: str) -> Decimal:
    """The amount that capitals say, read from the left."""
    total = group = digit = 0
    fen = Decimal(0)
    for sign in text.removesuffix("整"):
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in PLACES:
            group, digit = group + digit * PLACES[sign], 0
        elif sign in ("万", "亿"):
            total, group, digit = total + (group + digit) * (10**4 if sign == "万" else 10**8), 0, 0
        elif sign == "元":
            total, group, digit = total + group + digit, 0, 0
        else:
            fen, digit = fen + Decimal(digit) / (10 if sign == "角" else 100), 0
    return total + fen


@given(st.decimals(min_value=0, max_value=LARGEST, places=2))
def test_capitals_say_the_amount_and_no_zero_twice(amount: Decimal) -> None:
    text = capitals(amount)

    assert read_back(text) == amount
    assert "零零" not in text


@pytest.mark.parametrize(
    ("text", "door"),
    [
        ("5-1-302", DoorWords("5", "1", "302")),
        ("5号楼1单元302室", DoorWords("5", "1", "302")),
        ("5栋302", DoorWords("5", "", "302")),
        (" 302 ", DoorWords("", "", "302")),
        ("白龙岗-5-1-302", DoorWords("5", "1", "302")),
        ("A座12B", DoorWords("A", "", "12B")),
        ("周敏", None),
        ("---", None),
    ],
)
def test_a_door_is_read_as_it_is_typed(text: str, door: DoorWords | None) -> None:
    assert read_door(text) == door


@given(st.text(max_size=40))
def test_any_text_is_a_door_or_a_name(text: str) -> None:
    door = read_door(text)

    assert door is None or door.unit


NOON = datetime(2026, 11, 28, 4, tzinfo=UTC)
entries = st.builds(
    Entry,
    st.integers(0, 50).map(lambda hours: NOON + timedelta(hours=hours)),
    st.sampled_from(["billed", "void", "paid", "reversed", "refunded", "reminded"]),
    st.decimals(-1000, 1000, places=2),
)


@given(st.lists(entries))
def test_the_last_balance_is_the_sum_of_all_changes(found: list[Entry]) -> None:
    lines = ledger_lines(found)

    assert (lines[-1].balance if lines else 0) == sum(entry.change for entry in found)
    assert [line.entry.at for line in lines] == sorted(entry.at for entry in found)


def test_of_one_moment_what_is_billed_comes_before_what_is_paid() -> None:
    paid, billed = Entry(NOON, "paid", Decimal(-5)), Entry(NOON, "billed", Decimal(5))

    assert [line.balance for line in ledger_lines([paid, billed])] == [5, 0]
