from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.choices.upkeep import FindingSeverity, TaskAct, TaskState
from governance.rules.upkeep import STEPS, becomes_a_task, is_second_person, is_tour_overdue, state_after

DAY = date(2026, 10, 12)


@pytest.mark.parametrize(
    ("state", "act", "after"),
    [
        ("open", "assigned", "open"),
        ("open", "done", "done"),
        ("open", "dropped", "dropped"),
        ("open", "verified", None),
        ("open", "sent_back", None),
        ("done", "verified", "verified"),
        ("done", "sent_back", "open"),
        ("done", "done", None),
        ("done", "dropped", None),
        ("verified", "sent_back", None),
        ("dropped", "done", None),
    ],
)
def test_a_task_goes_from_open_over_done_to_checked(state, act, after):
    assert state_after(state, act) == after


def test_every_state_says_what_may_be_done():
    assert sorted(STEPS) == sorted(TaskState.values)


@given(acts=st.lists(st.sampled_from(TaskAct.values), max_size=20))
def test_nothing_is_checked_that_was_not_done_since_it_was_last_sent_back(acts):
    state, done = "open", False
    for act in acts:
        after = state_after(state, act)
        if after is None:
            continue
        if act == "verified":
            assert done
        done = act == "done" or (done and act != "sent_back")
        state = after

    assert state in TaskState.values


@pytest.mark.parametrize(
    ("severity", "wanted", "becomes"),
    [("minor", False, False), ("minor", True, True), ("major", False, False), ("safety", False, True)],
)
def test_a_finding_of_safety_always_becomes_a_task(severity, wanted, becomes):
    assert severity in FindingSeverity.values
    assert becomes_a_task(severity, wanted) is becomes


def test_who_recorded_the_doing_does_not_check_it():
    assert not is_second_person(7, 7)
    assert is_second_person(7, 8)
    assert is_second_person(None, 8)


@given(day=st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)), is_done=st.booleans())
def test_a_tour_is_overdue_from_the_day_after_it_until_it_is_closed(day, is_done):
    assert not is_tour_overdue(day, is_done, day)
    assert is_tour_overdue(day, is_done, day + timedelta(days=1)) is not is_done
