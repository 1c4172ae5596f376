"""What fits a show of hands, when a task is overdue, and how a sign-in sheet is read."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.workshops import SignIn, hands_fit, is_overdue, read_sign_ins

DAY = date(2026, 9, 1)
COUNTS = st.integers(0, 500)


@pytest.mark.parametrize(
    ("outcome", "votes_for", "votes_against", "fits"),
    [
        ("agreed", 13, 12, True),
        ("agreed", 12, 12, False),
        ("agreed", 0, 0, False),
        ("rejected", 12, 12, True),
        ("rejected", 13, 12, False),
        ("rejected", 0, 1, True),
        ("postponed", 13, 12, True),
        ("postponed", 0, 40, True),
        ("agreed", None, None, True),
        ("rejected", None, None, True),
    ],
)
def test_hands(outcome, votes_for, votes_against, fits):
    assert hands_fit(outcome, votes_for, votes_against) is fits


@given(COUNTS, COUNTS)
def test_counted_hands_fit_exactly_one_of_agreed_and_rejected(votes_for, votes_against):
    assert hands_fit("agreed", votes_for, votes_against) is not hands_fit("rejected", votes_for, votes_against)


@given(COUNTS, COUNTS, st.integers(1, 50))
def test_further_hands_for_it_never_undo_an_agreement(votes_for, votes_against, more):
    if hands_fit("agreed", votes_for, votes_against):
        assert hands_fit("agreed", votes_for + more, votes_against)


@pytest.mark.parametrize(
    ("is_open", "today", "overdue"),
    [(True, DAY, False), (True, DAY + timedelta(days=1), True), (False, DAY + timedelta(days=1), False)],
)
def test_a_task_is_overdue_from_the_day_after_its_own(is_open, today, overdue):
    assert is_overdue(is_open, DAY, today) is overdue


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("李芳 3-2-401", SignIn("李芳", ("3", "2", "401"))),
        ("李芳\t3-401", SignIn("李芳", ("3", "401"))),
        ("  李芳  ", SignIn("李芳")),
        ("李芳 ３－２－４０１", SignIn("李芳", ("3", "2", "401"))),
        ("李芳 3—2—401", SignIn("李芳", ("3", "2", "401"))),
        ("Jean-Luc", SignIn("Jean-Luc")),
        ("Anna Jean-Luc", SignIn("Anna Jean-Luc")),
        ("3-2-401", SignIn("3-2-401")),
        ("李芳 3栋-2-401", SignIn("李芳", ("3栋", "2", "401"))),
        ("李芳 1-2-3-4", SignIn("李芳 1-2-3-4")),
        ("李 芳 3-2-401", SignIn("李 芳", ("3", "2", "401"))),
    ],
)
def test_a_line_of_the_sheet(line, read):
    assert read_sign_ins(line) == [read]


def test_empty_lines_are_passed_over_and_a_line_typed_twice_counts_once():
    assert read_sign_ins("\n李芳 3-2-401\n\n 李芳  3-2-401\n王刚\n") == [
        SignIn("李芳", ("3", "2", "401")),
        SignIn("王刚"),
    ]


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_empty_name_or_a_name_twice(text):
    found = read_sign_ins(text)

    assert all(one.name for one in found)
    assert len(set(found)) == len(found)
    assert len(found) <= len(text.splitlines())


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(1, 9), st.integers(101, 999)), max_size=20, unique=True))
def test_what_is_written_is_read_back(doors):
    sheet = "\n".join(f"业主{number} {a}-{b}-{c}" for number, (a, b, c) in enumerate(doors))

    read = [SignIn(f"业主{number}", (str(a), str(b), str(c))) for number, (a, b, c) in enumerate(doors)]
    assert read_sign_ins(sheet) == read
