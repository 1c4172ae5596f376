"""The supervisor's board: a day's outings, what is left, what is stuck on phones, doors that two people logged."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.choices import Role
from consent.models import FieldPhone, HandedVisit, PhoneQueue
from consent.reports.outings import board_of
from consent.rules.outings import ALIKE
from consent.services.rounds import close_round
from consent.services.visits import record_visits
from tests.consent.casts import EVERYBODY, a_visit, make_doors, make_survey
from tests.factories import COMMUNITY, make_user

pytestmark = pytest.mark.django_db

# In Shanghai.
DAY = date(2026, 3, 2)
MIDNIGHT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
NOON = MIDNIGHT + timedelta(hours=12)
LATER = MIDNIGHT + timedelta(days=2)


def log(survey, by, *visits):
    answers = record_visits(survey=survey, visits=visits, by=by).answers
    assert [(answer.status, answer.refusals) for answer in answers] == [("recorded", ())] * len(visits)


def make_phone(user, *, seen, **queue):
    phone = FieldPhone.objects.create(phone=uuid4(), user=user, secret=b"x", name="Android", last_seen_at=seen)
    return PhoneQueue.objects.create(phone=phone, reported_at=seen, **queue)


def test_an_outing_is_who_recorded_with_whom_on_a_day_of_shanghai():
    survey, doors, worker = make_survey()
    other = make_user(Role.COMMITTEE_MEMBER, survey.neighbourhood.code)
    log(
        survey,
        worker,
        a_visit(doors[0], visited_at=MIDNIGHT - timedelta(seconds=1)),
        a_visit(doors[1], visited_at=MIDNIGHT),
        a_visit(doors[2], "declined", visited_at=MIDNIGHT + timedelta(minutes=5)),
        a_visit(doors[3], "no_answer", visited_at=MIDNIGHT + timedelta(hours=24) - timedelta(seconds=1)),
        a_visit(doors[4], visited_at=MIDNIGHT + timedelta(hours=24)),
        a_visit(doors[5], given="verbal", visited_at=NOON, party=("owners_committee",)),
    )
    log(survey, other, a_visit(doors[6], "opposes", visited_at=NOON))

    board = board_of(survey, DAY, worker)

    found = [(row.who, row.outing.party) for row in board.outings]
    figures = [(row.outing.doors, row.outing.contacts, row.outing.supports) for row in board.outings]
    everybody = tuple(sorted(EVERYBODY))
    assert found == [(worker, everybody), (worker, ("owners_committee",)), (other, everybody)]
    # A verbal yes does not count under this policy: nothing is gained by it yet.
    assert figures == [(3, 2, 1), (1, 1, 0), (1, 1, 0)]
    assert board.doors == 5
    assert board_of(survey, DAY - timedelta(days=1), worker).doors == 1
    assert board_of(survey, DAY - timedelta(days=9), worker).outings == []


def test_a_yes_that_was_taken_back_is_no_longer_gained():
    survey, doors, worker = make_survey()
    log(survey, worker, a_visit(doors[0], visited_at=NOON))
    assert board_of(survey, DAY, worker).outings[0].outing.supports == 1

    log(survey, worker, a_visit(doors[0], "opposes", visited_at=LATER))

    assert board_of(survey, DAY, worker).outings[0].outing.supports == 0


def test_what_was_corrected_is_told_as_it_stands_now():
    survey, doors, worker = make_survey()
    wrong = a_visit(doors[0], visited_at=NOON)
    log(survey, worker, wrong, a_visit(doors[1], visited_at=NOON + timedelta(minutes=9)))
    log(survey, worker, a_visit(doors[2], visited_at=NOON, supersedes=wrong.client_id))

    (row,) = board_of(survey, DAY, worker).outings

    walked = {visit.door for visit in row.outing.visits}
    assert walked == set(survey.doors.filter(household__in=doors[1:3]).values_list("pk", flat=True))


def test_what_came_out_of_round_belongs_to_no_outing_and_is_counted():
    survey, doors, worker = make_survey()
    log(survey, worker, a_visit(doors[0], "opposes", visited_at=NOON, out_of_round=True, note="来电"))

    board = board_of(survey, DAY, worker)

    assert (board.outings, board.out_of_round) == ([], 1)


def test_doors_left_stand_by_building_in_walking_order():
    survey, doors, worker = make_survey(households=make_doors(buildings=2, doors=3))
    log(survey, worker, a_visit(doors[0], "no_answer"), a_visit(doors[3]), a_visit(doors[4]), a_visit(doors[5]))

    board = board_of(survey, DAY, worker)

    assert [(row.number, row.listed, row.left) for row in board.buildings] == [("1", 3, 2), ("2", 3, 0)]
    assert (board.round, board.left) == (1, 2)


def test_after_the_last_round_nothing_is_left():
    survey, _doors, worker = make_survey()
    for _number in (1, 2, 3):
        close_round(survey=survey, by=worker, reason="x")

    board = board_of(survey, DAY, worker)

    assert (board.round, board.buildings, board.shared) == (None, [], [])


def test_doors_of_two_people_are_shown_with_both_visits_until_one_is_corrected_away():
    survey, doors, worker = make_survey()
    other = make_user(Role.COMMITTEE_MEMBER, survey.neighbourhood.code)
    mine = [a_visit(doors[0], visited_at=NOON), a_visit(doors[1], visited_at=NOON)]
    theirs = [a_visit(door, "not_yet", visited_at=NOON + timedelta(minutes=15)) for door in (doors[0], doors[2])]
    same = [a_visit(doors[3], "opposes", visited_at=NOON) for _who in range(2)]
    log(survey, worker, *mine, same[0])
    log(survey, other, *theirs, same[1])
    # The same person twice is no second person.
    log(survey, worker, a_visit(doors[1], "no_answer", visited_at=NOON + timedelta(hours=1)))

    shared = board_of(survey, DAY, worker).shared

    assert [[(visit.recorded_by, visit.outcome) for visit in door.visits] for door in shared] == [
        [(worker, "supports"), (other, "not_yet")],
        [(worker, "opposes"), (other, "opposes")],
    ]
    assert [door.agrees for door in shared] == [False, True]

    log(survey, other, a_visit(doors[4], "not_yet", visited_at=NOON, supersedes=theirs[0].client_id))
    assert [door.agrees for door in board_of(survey, DAY, worker).shared] == [True]


def test_what_two_people_logged_in_another_round_is_settled():
    survey, doors, worker = make_survey()
    log(survey, worker, a_visit(doors[0], "not_yet"))
    log(survey, make_user(Role.COMMITTEE_MEMBER, survey.neighbourhood.code), a_visit(doors[0], "opposes"))
    close_round(survey=survey, by=worker, reason="x")

    assert board_of(survey, DAY, worker).shared == []


def test_records_worth_a_look_name_their_doors():
    survey, doors, worker = make_survey(households=make_doors(buildings=3, doors=5))
    log(survey, worker, *[a_visit(door, visited_at=NOON + n * timedelta(seconds=15)) for n, door in enumerate(doors)])

    board = board_of(survey, DAY, worker)

    assert [[visit.door.household_id for visit in row.visits] for row in (*board.fast, *board.alike)] == [
        [door.pk for door in doors]
    ] * 2
    assert len(doors) >= ALIKE
    assert board.fast[0].who == worker


def test_phones_with_something_on_them_come_first_and_the_longest_unseen_of_them():
    survey, _doors, worker = make_survey()
    now = timezone.now()
    seen = {"today": now, "yesterday": now - timedelta(days=1), "long ago": now - timedelta(days=9)}
    people = {name: make_user(Role.GRID_WORKER, f"{COMMUNITY}001", display_name=name) for name in seen}
    make_phone(people["today"], seen=seen["today"], survey=survey, photo_count=1)
    make_phone(people["yesterday"], seen=seen["yesterday"], survey=survey, waiting_count=2, refused_count=1)
    make_phone(people["long ago"], seen=seen["long ago"], survey=survey, taken_at=seen["long ago"])
    make_phone(worker, seen=now, survey=survey)

    board = board_of(survey, DAY, worker)

    assert [str(queue.phone.user) for queue in board.stuck] == ["yesterday", "today"]
    assert [queue.phone.user for queue in board.clear] == [worker, people["long ago"]]
    assert board.waiting == 3
    assert [queue.is_behind for queue in board.stuck] == [False, False]


def test_a_phone_that_was_seen_since_it_said_what_it_holds_is_told_apart():
    survey, _doors, worker = make_survey()
    queue = make_phone(worker, seen=NOON, survey=survey, waiting_count=2)
    queue.reported_at = NOON - timedelta(hours=1, microseconds=1)
    queue.save(update_fields=["reported_at"])

    assert [queue.is_behind for queue in board_of(survey, DAY, worker).stuck] == [True]


def test_visits_handed_over_are_counted_until_they_are_settled():
    survey, doors, worker = make_survey()
    fields = {"outcome": "supports", "visited_at": NOON, "content": b"x", "refusals": ["wrong_round"]}
    door = survey.doors.get(household=doors[0])
    for _number in range(2):
        HandedVisit.objects.create(
            survey=survey, door=door, client_id=uuid4(), handed_by=worker, handed_at=NOON, **fields
        )
    assert board_of(survey, DAY, worker).handed == 2

    settled = {"settled_by": worker, "settled_at": NOON, "settle_reason": "重复"}
    HandedVisit.objects.filter(pk=HandedVisit.objects.first().pk).update(status="set_aside", **settled)

    assert board_of(survey, DAY, worker).handed == 1


def test_three_outings_cost_what_one_does(django_assert_num_queries):
    survey, doors, worker = make_survey(households=make_doors(buildings=3, doors=5))
    log(survey, worker, *[a_visit(door, visited_at=NOON) for door in doors[:2]])
    make_phone(worker, seen=NOON, survey=survey, waiting_count=1)
    asked = make_user()
    board_of(survey, DAY, asked)  # the roles are read once
    with django_assert_num_queries(6):
        assert len(board_of(survey, DAY, asked).outings) == 1
    for number in (1, 2):
        other = make_user(Role.COMMITTEE_MEMBER, survey.neighbourhood.code)
        log(survey, other, *[a_visit(door, visited_at=NOON) for door in doors[5 * number : 5 * number + 3]])
        make_phone(other, seen=NOON, survey=survey, waiting_count=1)

    with django_assert_num_queries(6):
        board = board_of(survey, DAY, asked)

    assert (len(board.outings), len(board.stuck)) == (3, 3)
