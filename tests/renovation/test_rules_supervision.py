from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renovation.rules.supervision import days_overdue, is_after_acceptance

DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("found_on", "accepted_on", "early"),
    [
        (DAY, None, False),
        (DAY, DAY + timedelta(days=1), False),
        (DAY, DAY, False),
        (DAY, DAY - timedelta(days=1), True),
    ],
)
def test_what_is_found_later_than_the_day_of_acceptance_is_early_damage(found_on, accepted_on, early):
    assert is_after_acceptance(found_on, accepted_on) is early


@pytest.mark.parametrize(
    ("due_on", "overdue"),
    [(None, 0), (DAY + timedelta(days=1), 0), (DAY, 0), (DAY - timedelta(days=1), 1), (DAY - timedelta(days=365), 365)],
)
def test_a_defect_is_overdue_from_the_day_after_the_one_on_which_it_was_due(due_on, overdue):
    assert days_overdue(due_on, DAY) == overdue


@given(due_on=st.dates(), today=st.dates())
def test_a_day_later_it_is_overdue_by_one_day_more_once_it_is_due(due_on, today):
    now = days_overdue(due_on, today)

    assert now >= 0
    if due_on <= today < date.max:
        assert days_overdue(due_on, today + timedelta(days=1)) == now + 1
