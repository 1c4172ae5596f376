from fractions import Fraction
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.conventions import (
    SMALL_GROUP,
    Group,
    digest_of,
    is_signed_enough,
    says_the_same,
    shown_groups,
    signatures_needed,
)

SHARES = st.fractions(min_value=Fraction(1, 10_000), max_value=1)


@pytest.mark.parametrize(
    ("signed", "households", "share", "enough"),
    [
        (2, 3, Fraction(2, 3), True),
        (1, 3, Fraction(2, 3), False),
        (67, 101, Fraction(2, 3), False),
        (68, 101, Fraction(2, 3), True),
        (95, 100, Fraction("0.95"), True),
        (94, 100, Fraction("0.95"), False),
        (1, 100, None, True),
        (0, 100, None, False),
        (0, 0, None, False),
        (0, 0, Fraction(1, 2), False),
        (3, 3, Fraction(1), True),
        (2, 3, Fraction(1), False),
    ],
)
def test_exactly_the_share_is_enough_and_nobody_is_never(signed, households, share, enough):
    assert is_signed_enough(signed, households, share) is enough


@given(st.integers(1, 5000), SHARES)
def test_the_number_needed_is_the_smallest_that_reaches_the_share(households, share):
    needed = signatures_needed(households, share)

    assert 1 <= needed <= households
    assert Fraction(needed, households) >= share
    assert needed == 1 or Fraction(needed - 1, households) < share


def test_the_digest_is_of_the_bytes_of_the_text():
    assert digest_of("一、不乱扔垃圾。") == sha256("一、不乱扔垃圾。".encode()).hexdigest()
    assert digest_of("一 ") != digest_of("一")


def test_a_copy_with_other_spaces_is_the_same_text():
    assert says_the_same("一、轻声。\n二、 和气。", "一、轻声。 二、和气。\r\n")
    assert not says_the_same("一、轻声。", "一、轻声！")


def group(key: int, households: int, signed: int) -> Group:
    return Group(key, str(key), households, signed)


def test_small_groups_are_put_together_and_stay_unreadable_from_the_total():
    groups = [group(1, 20, 11), group(2, 5, 4), group(3, 3, 1)]

    shown = shown_groups(groups, sees_doors=False)

    assert [(one.keys, one.number, one.households, one.signed) for one in shown] == [
        ((1,), "1", 20, 11),
        ((3, 2), "", 8, 5),
    ]


def test_five_are_shown_and_four_alone_are_not():
    assert [one.signed for one in shown_groups([group(1, 5, 2)], sees_doors=False)] == [2]
    assert [(one.number, one.signed) for one in shown_groups([group(1, 4, 2)], sees_doors=False)] == [("1", None)]


def test_who_sees_the_doors_sees_every_group():
    assert [one.signed for one in shown_groups([group(1, 20, 11), group(2, 1, 0)], sees_doors=True)] == [11, 0]


@given(
    st.lists(
        st.integers(1, 12).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size))), min_size=1, max_size=9
    )
)
def test_no_few_households_can_be_read_from_what_is_shown(sizes):
    groups = [group(key, households, signed) for key, (households, signed) in enumerate(sizes)]

    shown = shown_groups(groups, sees_doors=False)

    assert sorted(key for one in shown for key in one.keys) == list(range(len(groups)))
    assert sum(one.households for one in shown) == sum(one.households for one in groups)
    told = [one for one in shown if one.signed is not None]
    assert all(one.households >= SMALL_GROUP for one in told)
    assert sum(one.signed or 0 for one in told) == sum(groups[key].signed for one in told for key in one.keys)
    # Whoever knows the total learns of what is hidden only where the total itself is too small to be told.
    if len(told) < len(shown):
        assert sum(one.households for one in groups) < SMALL_GROUP
