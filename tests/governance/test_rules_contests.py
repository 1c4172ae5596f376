from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.choices.upkeep import Criterion
from governance.rules.contests import CRITERIA, Score, is_within, standings

points = st.integers(0, 10)
score_lists = st.lists(
    st.builds(
        Score,
        entry=st.integers(1, 4),
        criterion=st.sampled_from(CRITERIA),
        judge=st.sampled_from("甲乙"),
        points=points,
    ),
    max_size=60,
)


def judged(entry: int, *given: int, judge: str = "甲") -> list[Score]:
    """The points of a judge for the goal words in their order."""
    return [Score(entry, criterion, judge, some) for criterion, some in zip(CRITERIA, given, strict=False)]


def test_the_goal_words_are_those_of_the_choices_in_the_same_order():
    assert list(CRITERIA) == Criterion.values


def test_a_mark_is_the_mean_of_the_judges_and_the_total_the_sum_of_the_five():
    scores = [*judged(1, 10, 8, 6, 4, 2), *judged(1, 9, 8, 7, 4, 3, judge="乙")]

    [standing] = standings([1], scores)

    assert standing.marks == {
        "clean": Fraction(19, 2),
        "clear": Fraction(8),
        "bright": Fraction(13, 2),
        "safe": Fraction(4),
        "beautiful": Fraction(5, 2),
    }
    assert standing.total == Fraction(61, 2)
    assert standing.place == 1


def test_the_latest_points_of_a_judge_count():
    [standing] = standings([1], [*judged(1, 1, 1, 1, 1, 1), Score(1, "clean", "甲", 9)])

    assert standing.marks["clean"] == 9
    assert standing.total == 13


def test_equal_totals_share_a_place_and_the_next_is_counted_after_them():
    scores = [
        *judged(1, 5, 5, 5, 5, 5),
        *judged(2, 9, 9, 9, 9, 9),
        *judged(3, 9, 8, 10, 9, 9),
        *judged(4, 5, 5, 5, 5, 4),
    ]

    found = standings([1, 2, 3, 4], scores)

    assert [(standing.entry, standing.place) for standing in found] == [(2, 1), (3, 1), (1, 3), (4, 4)]
    assert [standing.is_on_podium for standing in found] == [True, True, True, False]


def test_totals_are_compared_exactly():
    # 13/14 and 25/27 both read 0.93.
    more = [Score(1, "clean", f"judge {number}", int(number < 13)) for number in range(14)]
    less = [Score(2, "clean", f"judge {number}", int(number < 25)) for number in range(27)]
    others = [Score(entry, name, "甲", 0) for entry in (1, 2) for name in CRITERIA[1:]]

    found = standings([2, 1], [*less, *more, *others])

    assert [(standing.entry, standing.total, standing.place) for standing in found] == [
        (1, Fraction(13, 14), 1),
        (2, Fraction(25, 27), 2),
    ]


def test_what_lacks_a_goal_word_has_no_place_and_comes_last():
    found = standings([1, 2, 3], [*judged(1, 10, 10, 10, 10), *judged(3, 0, 0, 0, 0, 0)])

    assert [(standing.entry, standing.place, standing.missing) for standing in found] == [
        (3, 1, ()),
        (1, None, ("beautiful",)),
        (2, None, CRITERIA),
    ]
    assert not found[1].is_on_podium


def test_a_contest_without_entries_has_no_standing():
    assert standings([], []) == []


@pytest.mark.parametrize(("given", "within"), [(-1, False), (0, True), (10, True), (11, False)])
def test_points_go_from_nought_to_the_most(given, within):
    assert is_within(given, 10) is within


@given(scores=score_lists)
def test_a_place_is_one_more_than_how_many_are_better(scores):
    found = standings([1, 2, 3, 4], scores)

    assert sorted(standing.entry for standing in found) == [1, 2, 3, 4]
    for standing in found:
        if standing.total is None:
            assert standing.place is None
        else:
            better = [other for other in found if other.total is not None and other.total > standing.total]
            assert standing.place == len(better) + 1
            assert 0 <= standing.total <= 50


@given(scores=score_lists, later=st.lists(points, min_size=5, max_size=5))
def test_points_given_again_replace_those_of_the_same_judge_and_touch_no_other_entry(scores, later):
    before = {standing.entry: standing.marks for standing in standings([1, 2, 3, 4], scores)}
    again = [score for score in scores if (score.entry, score.judge) != (1, "甲")]

    after = {standing.entry: standing.marks for standing in standings([1, 2, 3, 4], [*scores, *judged(1, *later)])}

    assert {entry: after[entry] for entry in (2, 3, 4)} == {entry: before[entry] for entry in (2, 3, 4)}
    without = {standing.entry: standing.marks for standing in standings([1, 2, 3, 4], [*again, *judged(1, *later)])}
    assert after == without
