"""Outings, and the records that are worth a look: edges exact, and a law for each."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from consent.rules.outings import ALIKE, TOO_FAST, DoorVisit, all_alike, in_order, outings_of, too_fast

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
ONE_TICK = timedelta(microseconds=1)


def at(seconds: float | timedelta, door: int, **fields) -> DoorVisit:
    after = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
    defaults = {"sequence": door, "recorded_by": 1, "party": ("grid",), "outcome": "no_answer"}
    return DoorVisit(door=door, visited_at=NOON + after, **{**defaults, **fields})


def doors_of(runs) -> list[list[int]]:
    return [[visit.door for visit in run.visits] for run in runs]


def test_who_recorded_and_with_whom_tells_outings_apart():
    visits = [at(60, 2), at(0, 1), at(120, 3, recorded_by=2), at(180, 4, party=("community", "grid"))]

    found = outings_of(visits)

    assert [(outing.recorded_by, outing.party, outing.doors) for outing in found] == [
        (1, ("grid",), 2),
        (2, ("grid",), 1),
        (1, ("community", "grid"), 1),
    ]
    assert (found[0].first_at, found[0].last_at) == (NOON, NOON + timedelta(seconds=60))


def test_a_door_visited_twice_is_one_door_and_met_if_it_was_met_once():
    (outing,) = outings_of([at(0, 1), at(60, 1, outcome="declined"), at(120, 2), at(180, 3, outcome="vacant")])

    assert (outing.doors, outing.contacts) == (3, 1)


def test_support_is_gained_where_it_rests_on_the_outing():
    yes = {"outcome": "supports", "given": "signed"}
    (outing,) = outings_of([at(0, 1, **yes, counts=True), at(60, 2, **yes), at(120, 3)])

    assert outing.supports == 1


def test_exactly_twenty_seconds_is_not_too_fast():
    assert too_fast([at(0, 1), at(TOO_FAST, 2)]) == []
    assert doors_of(too_fast([at(0, 1), at(TOO_FAST - ONE_TICK, 2)])) == [[1, 2]]


def test_at_the_same_moment_is_too_fast_and_in_the_order_of_the_ledger():
    assert doors_of(too_fast([at(0, 2), at(0, 1)])) == [[1, 2]]


def test_the_same_door_again_is_no_next_door():
    assert too_fast([at(0, 1), at(5, 1)]) == []


def test_two_people_at_once_are_not_too_fast():
    assert too_fast([at(0, 1), at(1, 2, recorded_by=2)]) == []


def test_a_change_of_the_party_does_not_give_more_time():
    assert doors_of(too_fast([at(0, 1), at(1, 2, party=("community",))])) == [[1, 2]]


def test_a_longer_pause_parts_two_runs():
    runs = too_fast([at(0, 1), at(10, 2), at(25, 3), at(300, 4), at(301, 5)])

    assert doors_of(runs) == [[1, 2, 3], [4, 5]]
    assert [run.lasts for run in runs] == [timedelta(seconds=25), timedelta(seconds=1)]


def alike(number: int, **fields) -> list[DoorVisit]:
    return [at(600 * door, door, **fields) for door in range(number)]


def test_ten_in_a_row_are_alike_and_nine_are_not():
    assert all_alike(outings_of(alike(ALIKE - 1))) == []
    assert doors_of(all_alike(outings_of(alike(ALIKE)))) == [list(range(ALIKE))]


def test_one_particular_that_differs_ends_the_row():
    yes = {"outcome": "supports", "given": "signed", "respondent": "owner", "commitments": ("convention",)}
    for other in (
        {"given": "thumbprint"},
        {"respondent": "family"},
        {"commitments": ()},
        {"menu_items": ("B03",)},
        {"outcome": "not_yet", "given": "", "commitments": None},
    ):
        visits = alike(2 * ALIKE - 2, **yes)
        visits[ALIKE - 1] = at(600 * (ALIKE - 1), ALIKE - 1, **{**yes, **other})

        assert all_alike(outings_of(visits)) == []


def test_another_outing_in_between_does_not_end_the_row():
    others = [at(600 * door + 300, 100 + door, recorded_by=2, outcome="opposes") for door in range(ALIKE - 1)]

    assert doors_of(all_alike(outings_of([*alike(ALIKE), *others]))) == [list(range(ALIKE))]


VISITS = st.lists(
    st.builds(
        at,
        st.integers(0, 400),
        st.integers(1, 6),
        sequence=st.integers(0, 10**6),
        recorded_by=st.integers(1, 3),
        party=st.sampled_from([("grid",), ("community", "grid")]),
        outcome=st.sampled_from(["no_answer", "supports", "declined"]),
        counts=st.booleans(),
    ),
    max_size=60,
    unique_by=lambda visit: visit.sequence,
)


@given(VISITS)
def test_every_visit_lies_in_one_outing(visits):
    walked = [visit for outing in outings_of(visits) for visit in outing.visits]

    assert sorted(walked, key=lambda visit: visit.sequence) == sorted(visits, key=lambda visit: visit.sequence)


@given(VISITS)
def test_an_outing_never_gains_or_meets_more_doors_than_it_did(visits):
    for outing in outings_of(visits):
        assert outing.contacts <= outing.doors <= len(outing.visits)
        assert outing.supports <= outing.doors
        assert outing.first_at <= outing.last_at


@given(VISITS)
def test_what_is_too_fast_is_exactly_the_pairs_of_one_person_that_are(visits):
    pairs = {
        (earlier.sequence, later.sequence)
        for person in (1, 2, 3)
        for earlier, later in pairwise(in_order(visit for visit in visits if visit.recorded_by == person))
        if earlier.door != later.door and later.visited_at - earlier.visited_at < TOO_FAST
    }

    runs = too_fast(visits)

    assert {(one.sequence, two.sequence) for run in runs for one, two in pairwise(run.visits)} == pairs
    assert all(len(run.visits) >= 2 for run in runs)


@given(VISITS, st.randoms())
def test_the_order_in_which_they_came_changes_nothing(visits, dice):
    shuffled = list(visits)
    dice.shuffle(shuffled)

    assert outings_of(shuffled) == outings_of(visits)
    assert too_fast(shuffled) == too_fast(visits)
    assert all_alike(outings_of(shuffled)) == all_alike(outings_of(visits))


@given(VISITS)
def test_a_row_of_alike_is_as_long_as_it_can_be(visits):
    outings = outings_of(visits)
    for run in all_alike(outings):
        (outing,) = [one for one in outings if run.visits[0] in one.visits]
        begins = outing.visits.index(run.visits[0])
        around = [*outing.visits[max(0, begins - 1) : begins], *outing.visits[begins + len(run.visits) :][:1]]

        assert list(outing.visits[begins : begins + len(run.visits)]) == list(run.visits)
        assert len({(visit.outcome, visit.given) for visit in run.visits}) == 1
        assert all(visit.outcome != run.visits[0].outcome for visit in around)
