"""When a handover is signed, and when a service may end."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from governance.rules.handover import (
    MAY_SIGN_BESIDES,
    READINESS,
    digest_of,
    is_in_force,
    may_end_on,
    parties_signed,
    still_to_sign,
    unready,
    unsettled,
)
from renovation.rules.guards import SIGNATORIES

DAY = date(2026, 9, 1)
READY = {"taken_over_by": "宜居物业", "fee_covers_it": True, "residents_told_on": "2026-08-31"}

parties = st.sampled_from([*SIGNATORIES, *MAY_SIGN_BESIDES])


def test_a_thing_is_settled_by_being_handed_over_or_explained():
    items = [
        ("keys", True, ""),
        ("meters", False, "表计由水务公司直管"),
        ("drawings", False, "  "),
        ("warranties", False, ""),
    ]

    assert unsettled(items) == ("drawings", "warranties")


def test_nothing_is_unsettled_once_all_is_handed_over():
    assert unsettled([("keys", True, ""), ("drawings", True, "")]) == ()


def test_the_three_must_sign_and_the_builder_need_not():
    assert still_to_sign([]) == ("committee", "manager", "community")
    assert still_to_sign(["manager", "builder"]) == ("committee", "community")
    assert still_to_sign(["community", "manager", "committee"]) == ()


def test_a_signature_below_other_lists_does_not_count():
    rows = [("manager", "old"), ("committee", "now"), ("manager", "older")]

    assert parties_signed(rows, "now") == {"committee"}


@given(st.lists(st.tuples(parties, st.sampled_from(["now", "before"]))), parties)
def test_a_further_signature_never_takes_one_away(rows, party):
    before = parties_signed(rows, "now")

    after = parties_signed([*rows, (party, "now")], "now")

    assert after == before | {party}
    assert set(still_to_sign(after)) == set(still_to_sign(before)) - {party}


def test_the_digest_is_that_of_the_content_and_not_of_its_order_of_writing():
    one = digest_of({"items": [["keys", True]], "day": DAY})
    same = digest_of({"day": DAY, "items": [["keys", True]]})

    assert one == same
    assert len(one) == 64


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_other_lists_have_another_digest(one, other):
    assert (digest_of({"assets": one}) == digest_of({"assets": other})) == (one == other)


def test_who_manages_is_in_force_on_the_first_and_on_the_last_day():
    ends_on = DAY + timedelta(days=30)

    days = [DAY - timedelta(days=1), DAY, ends_on, ends_on + timedelta(days=1)]

    assert [is_in_force(DAY, ends_on, day) for day in days] == [False, True, True, False]
    assert is_in_force(DAY, None, date(2099, 1, 1))


def test_a_service_may_end_once_all_three_points_hold():
    assert unready(READY, DAY) == ()


def test_each_point_is_asked_for_in_its_order():
    assert unready({}, DAY) == READINESS
    assert unready(READY | {"taken_over_by": "  "}, DAY) == ("taken_over_by",)
    assert unready(READY | {"fee_covers_it": False}, DAY) == ("fee_covers_it",)
    assert unready(READY | {"residents_told_on": None}, DAY) == ("residents_told_on",)


def test_residents_are_told_before_the_last_day_and_not_on_it():
    on_the_day = READY | {"residents_told_on": DAY.isoformat()}

    assert unready(on_the_day, DAY) == ("residents_told_on",)
    assert unready(on_the_day, DAY + timedelta(days=1)) == ()


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_putting_the_end_off_never_opens_a_point(told_on, ends_on):
    answers = READY | {"residents_told_on": told_on.isoformat()}

    assert set(unready(answers, ends_on + timedelta(days=30))) <= set(unready(answers, ends_on))


def test_a_service_ends_after_the_day_of_handover_and_not_on_it():
    assert not may_end_on(DAY - timedelta(days=1), DAY)
    assert not may_end_on(DAY, DAY)
    assert may_end_on(DAY + timedelta(days=1), DAY)
    assert may_end_on(DAY, None)
