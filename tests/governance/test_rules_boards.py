"""Who may be named at a stairwell's door."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.boards import consent_carries, head_is_whole

DAY = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("name", "phone", "consents_on", "whole"),
    [
        ("", "", None, True),
        ("王建国", "", DAY, True),
        ("王建国", "13812342071", DAY, True),
        ("王建国", "", None, False),
        ("王建国", "13812342071", None, False),
        ("", "13812342071", DAY, False),
        ("", "13812342071", None, False),
        ("", "", DAY, False),
    ],
)
def test_a_building_head_is_named_with_consent_or_not_at_all(
    name: str, phone: str, consents_on: date | None, whole: bool
) -> None:
    assert head_is_whole(name, phone, consents_on) is whole


@given(st.text(max_size=4), st.text(max_size=4))
def test_without_consent_nothing_of_a_head_is_shown(name: str, phone: str) -> None:
    assert head_is_whole(name, phone, None) is (name == "" and phone == "")


@pytest.mark.parametrize(
    ("consents_on", "before", "carries"),
    [
        (DAY - timedelta(days=1), None, True),
        (DAY - timedelta(days=2), DAY - timedelta(days=1), True),
        (DAY - timedelta(days=1), DAY - timedelta(days=1), False),
        (DAY, DAY, True),
    ],
)
def test_consent_is_to_the_name_that_it_was_given_for(consents_on: date, before: date | None, carries: bool) -> None:
    assert consent_carries(consents_on, before, DAY) is carries
