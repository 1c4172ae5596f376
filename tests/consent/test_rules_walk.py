from hypothesis import given
from hypothesis import strategies as st

from consent.rules.numbers import natural
from consent.rules.walk import DoorPlace, next_door


def place(name: str, household: int = 0) -> DoorPlace:
    building, stairwell, unit = name.split("-")
    return DoorPlace(household or hash(name), natural(building), stairwell, int(unit[:-2]), unit)


def offered(last: str | None, *names: str) -> str | None:
    doors = {place(name): name for name in names}
    found = next_door(doors, place(last) if last else None)
    return doors[found] if found else None


def test_the_next_door_is_on_the_same_floor():
    assert offered("3-2-401", "3-2-301", "3-2-402", "3-1-401", "1-1-101") == "3-2-402"


def test_then_the_nearest_floor_of_the_stairwell_upwards_before_downwards():
    assert offered("3-2-401", "3-2-301", "3-2-501", "3-3-401") == "3-2-501"


def test_then_the_next_stairwell_and_then_the_next_building():
    assert offered("3-2-401", "3-3-101", "3-1-401", "4-1-101") == "3-3-101"
    assert offered("3-2-401", "2-1-101", "10-1-101") == "10-1-101"


def test_without_a_last_door_the_first_one_is_offered():
    assert offered(None, "10-1-101", "2-1-201", "2-1-102") == "2-1-102"


def test_nothing_is_offered_where_nothing_is_open():
    assert offered("3-2-401", "3-2-401") is None


doors = st.builds(
    DoorPlace,
    household=st.integers(1, 50),
    building=st.tuples(st.integers(1, 3), st.just("")),
    stairwell=st.sampled_from("123"),
    floor=st.none() | st.integers(-1, 7),
    unit=st.sampled_from(["101", "102", "门面1"]),
)


@given(st.lists(doors, unique_by=lambda door: door.household), doors)
def test_every_open_door_is_offered_in_the_end(open_doors, last):
    left = [door for door in open_doors if door.household != last.household]

    walked = []
    while (following := next_door(left, last)) is not None:
        walked.append(following)
        left.remove(following)
        last = following

    assert left == []
