"""The order of the revisit list, and who has just finished near whom."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from overview.rules.deferred import (
    FINISHED,
    JUST_FINISHED,
    NOBODY,
    Deferred,
    Finished,
    Neighbours,
    has_just_finished,
    is_due,
    neighbours_of,
    place_in_list,
)
from renovation.choices import Stage

TODAY = date(2026, 11, 24)
HERE, SAME_STREET, ELSEWHERE = "420502001001", "420502001002", "420502002001"


def deferred(code: str = "a", revisit_on: date | None = TODAY, community_code: str = HERE) -> Deferred:
    return Deferred(code, community_code, revisit_on)


def finished(code: str = "f", community_code: str = HERE, stage: str = "works_done", days: int = 10) -> Finished:
    return Finished(1, code, f"N{code}", community_code, stage, TODAY - timedelta(days=days))


def test_a_neighbour_has_just_finished_up_to_the_last_day():
    assert has_just_finished(finished(days=JUST_FINISHED.days), TODAY)
    assert not has_just_finished(finished(days=JUST_FINISHED.days + 1), TODAY)
    assert has_just_finished(finished(days=0), TODAY)


def test_every_stage_from_the_end_of_the_works_on_counts_and_none_before():
    assert [stage for stage in Stage if has_just_finished(finished(stage=stage), TODAY)] == list(FINISHED)
    assert not has_just_finished(finished(stage=Stage.UNDER_WORKS), TODAY)


def test_the_community_comes_before_the_street_and_other_streets_do_not_speak():
    street, community, other = finished("s", SAME_STREET), finished("c", HERE, days=90), finished("o", ELSEWHERE)

    assert neighbours_of(deferred(), [street, community, other], TODAY) == Neighbours([community], in_community=True)
    assert neighbours_of(deferred(), [street, other], TODAY) == Neighbours([street], in_community=False)
    assert neighbours_of(deferred(), [other], TODAY) == NOBODY


def test_the_latest_to_finish_is_named_first():
    found = neighbours_of(deferred(), [finished("b", days=20), finished("a", days=20), finished("c", days=3)], TODAY)

    assert [one.code for one in found.finished] == ["c", "a", "b"]


def test_the_day_itself_is_due_and_the_day_before_is_not():
    assert is_due(deferred(revisit_on=TODAY), TODAY)
    assert not is_due(deferred(revisit_on=TODAY + timedelta(days=1)), TODAY)
    assert not is_due(deferred(revisit_on=None), TODAY)


def test_due_ones_come_first_then_those_put_forward_then_the_rest_each_by_the_oldest_day():
    near = Neighbours([finished()], in_community=True)
    rows = [
        (deferred("waits later", TODAY + timedelta(days=50)), NOBODY),
        (deferred("no day", None), NOBODY),
        (deferred("waits", TODAY + timedelta(days=5)), NOBODY),
        (deferred("put forward", TODAY + timedelta(days=99)), near),
        (deferred("put forward, no day", None), near),
        (deferred("due today, put forward", TODAY), near),
        (deferred("overdue", TODAY - timedelta(days=9)), NOBODY),
    ]

    found = sorted(rows, key=lambda row: place_in_list(*row, TODAY))

    assert [one.code for one, _near in found] == [
        "overdue", "due today, put forward", "put forward", "put forward, no day", "waits", "waits later", "no day",
    ]  # fmt: skip


days = st.none() | st.dates(TODAY - timedelta(days=800), TODAY + timedelta(days=800))


@given(st.lists(st.tuples(days, st.booleans()), max_size=12), st.randoms())
def test_the_order_does_not_depend_on_the_order_in_which_they_come(found, random):
    near = Neighbours([finished()], in_community=False)
    rows = [(deferred(f"{n:02}", day), near if has else NOBODY) for n, (day, has) in enumerate(found)]
    mixed = random.sample(rows, len(rows))

    ordered, again = (sorted(some, key=lambda row: place_in_list(*row, TODAY)) for some in (rows, mixed))

    assert ordered == again
    due = [is_due(one, TODAY) for one, _near in ordered]
    assert due == sorted(due, reverse=True)
