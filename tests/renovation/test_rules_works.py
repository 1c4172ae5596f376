"""The schedule of works, how much of a package is done, and the formal check: edges, and the laws."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renovation.choices import Attendee, PackageState, Severity, Stage
from renovation.rules.works import (
    ATTENDEES_BY_LAW,
    BLOCKING_SEVERITIES,
    BY_ACCEPTANCE,
    BY_HAND,
    CHANGES_ASKED_AT,
    CHECKLIST,
    MOVED_AT,
    PACKAGED_AT,
    UNFINISHED,
    ItemDone,
    WorksDone,
    expected_share,
    filing_due_on,
    filing_state,
    is_behind,
    missing_attendees,
    progress,
    steps_from,
    unmet_points,
    works_done,
)

BEGINS, ENDS = date(2026, 3, 1), date(2026, 3, 10)

days = st.dates(date(2020, 1, 1), date(2040, 1, 1))
shares = st.decimals(0, 1, places=4)
amounts = st.none() | st.decimals(0, 10**8, places=2)
items = st.lists(st.builds(ItemDone, shares, amounts), max_size=8)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 2, 28), Fraction(0)),
        (date(2026, 3, 1), Fraction(0)),
        (date(2026, 3, 2), Fraction(1, 10)),
        (date(2026, 3, 10), Fraction(9, 10)),
        (date(2026, 3, 11), Fraction(1)),
        (date(2027, 1, 1), Fraction(1)),
    ],
)
def test_each_planned_day_does_the_same_part_and_is_expected_when_it_is_over(day, expected):
    assert expected_share(BEGINS, ENDS, day) == expected


def test_a_single_day_is_expected_on_the_next():
    assert expected_share(BEGINS, BEGINS, BEGINS) == 0
    assert expected_share(BEGINS, BEGINS, BEGINS + timedelta(days=1)) == 1


@given(days, st.integers(0, 2000), days, days)
def test_what_is_expected_never_falls_and_stays_within_nothing_and_all(starts_on, length, one, other):
    ends_on = starts_on + timedelta(days=length)
    early, late = sorted((one, other))

    before, after = (expected_share(starts_on, ends_on, day) for day in (early, late))

    assert 0 <= before <= after <= 1
    assert (expected_share(starts_on, ends_on, late) == 1) == (late > ends_on)


@given(st.sampled_from(PackageState.values), shares.map(Fraction), days, st.integers(0, 500), days)
def test_only_what_is_unfinished_is_behind_and_the_whole_only_once_overdue(state, done, starts_on, length, day):
    ends_on = starts_on + timedelta(days=length)

    behind = is_behind(state, done, starts_on, ends_on, day)

    if state not in UNFINISHED or (day <= ends_on and done >= expected_share(starts_on, ends_on, day)):
        assert not behind
    else:
        assert behind


def test_exactly_what_was_expected_is_not_behind():
    day = date(2026, 3, 6)

    assert not is_behind("running", Fraction(1, 2), BEGINS, ENDS, day)
    assert is_behind("running", Fraction(4999, 10000), BEGINS, ENDS, day)


@pytest.mark.parametrize(
    ("state", "behind"),
    [("planned", True), ("running", True), ("suspended", True), ("done", False), ("accepted", False)],
)
def test_after_the_last_planned_day_all_that_is_unfinished_is_behind(state, behind):
    assert is_behind(state, Fraction(1), BEGINS, ENDS, date(2026, 3, 11)) is behind
    assert not is_behind(state, Fraction(1), BEGINS, ENDS, date(2026, 3, 10))


def test_items_weigh_their_amounts():
    done = [ItemDone(Decimal("0.5"), Decimal(300)), ItemDone(Decimal(1), Decimal(100)), ItemDone(Decimal(0), None)]

    assert progress(done) == Fraction(250, 400)


def test_without_amounts_all_items_weigh_the_same_and_those_taken_out_nothing():
    nil = Decimal(0)

    assert progress([ItemDone(Decimal(1), nil), ItemDone(nil, nil)]) == Fraction(1, 2)
    assert progress([ItemDone(nil, None)]) == 1
    assert progress([]) == 1


@given(items)
def test_progress_stays_within_nothing_and_all_and_is_whole_when_every_item_is(done):
    assert 0 <= progress(done) <= 1
    assert progress([ItemDone(Decimal(1), one.amount) for one in done]) == 1


@given(items, st.data())
def test_doing_more_of_an_item_never_lowers_progress(done, data):
    if not done:
        return
    place = data.draw(st.integers(0, len(done) - 1))
    more = data.draw(st.decimals(done[place].done, 1, places=4))
    after = [ItemDone(more, one.amount) if n == place else one for n, one in enumerate(done)]

    assert progress(after) >= progress(done)


def test_what_was_taken_out_of_the_plan_is_changed_and_what_is_in_no_package_is_not_done():
    whole = Decimal(1)

    assert works_done([1, 2, 3], {1: whole, 2: Decimal("0.9999"), 9: whole}) == WorksDone(4, done=1, changed=1)
    assert works_done([], {}) == WorksDone(0, 0, 0)


@given(st.sets(st.integers(1, 9)), st.dictionaries(st.integers(1, 9), shares))
def test_done_and_changed_never_exceed_the_items(planned, done):
    told = works_done(planned, done)

    assert told.done + told.changed <= told.item_count
    assert told.item_count == len(planned | set(done))


def test_people_begin_suspend_and_report_done_and_an_acceptance_does_the_rest():
    assert {state: steps_from(state) for state in PackageState.values} == {
        "planned": ("running",),
        "running": ("done", "suspended"),
        "suspended": ("running",),
        "done": (),
        "accepted": (),
    }
    reached = {to for steps in (*BY_HAND.values(), *BY_ACCEPTANCE.values()) for to in steps}
    assert reached | {"planned"} == set(PackageState.values)


def test_the_words_of_the_rules_are_those_of_the_tables():
    assert {*UNFINISHED} < set(PackageState.values)
    assert {*PACKAGED_AT, *MOVED_AT, *CHANGES_ASKED_AT} < set(Stage.values)
    assert {*ATTENDEES_BY_LAW} < set(Attendee.values)
    assert {*BLOCKING_SEVERITIES} < set(Severity.values)


def test_residents_attend_but_the_law_asks_for_the_four():
    assert missing_attendees(["residents", "surveyor", "builder"]) == ["designer", "supervisor"]
    assert missing_attendees(ATTENDEES_BY_LAW) == []


def test_a_point_of_which_nothing_is_said_does_not_hold():
    assert unmet_points(dict.fromkeys(CHECKLIST, True)) == []
    assert unmet_points({**dict.fromkeys(CHECKLIST, True), "files_complete": False}) == ["files_complete"]
    assert unmet_points({}) == list(CHECKLIST)


PASSED = date(2026, 11, 10)


@pytest.mark.parametrize(
    ("passed_on", "filed_on", "day", "state"),
    [
        (None, None, PASSED, "not_due"),
        (PASSED, None, date(2026, 11, 25), "due"),
        (PASSED, None, date(2026, 11, 26), "late"),
        (PASSED, date(2026, 11, 25), date(2027, 1, 1), "in_time"),
        (PASSED, date(2026, 11, 26), date(2027, 1, 1), "filed_late"),
    ],
)
def test_filing_is_due_within_fifteen_days_the_day_of_passing_not_counted(passed_on, filed_on, day, state):
    assert filing_due_on(PASSED) == date(2026, 11, 25)
    assert filing_state(passed_on, filed_on, day) == state
