"""The supervisor's board as people of each role find it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from consent.models import FieldPhone, PhoneQueue
from consent.services.surveys import close_survey
from consent.services.visits import record_visits
from tests.consent.casts import a_visit, make_doors, make_survey
from tests.factories import COMMUNITY, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client):
    """A function that signs somebody of a role in."""

    def sign_in(role: str = Role.COMMUNITY_STAFF, territory: str = COMMUNITY):
        client.force_login(make_user(role, territory))
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def body(answer) -> str:
    text = re.sub(r"<[^>]*>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", text)


def log(survey, by, *visits):
    answers = record_visits(survey=survey, visits=visits, by=by).answers
    assert {answer.status for answer in answers} == {"recorded"}


def board(survey, query="") -> str:
    return f"/surveys/{survey.pk}/outings/{query}"


def test_the_day_is_told_with_its_outings_and_what_is_left(signed_in):
    survey, doors, _worker = make_survey()
    grid = make_user(Role.COMMITTEE_MEMBER, survey.neighbourhood.code, display_name="周敏")
    now = timezone.now()
    log(survey, grid, a_visit(doors[0], visited_at=now), a_visit(doors[1], "no_answer", visited_at=now))

    answer = signed_in().get(board(survey))

    page = body(answer)
    assert "Today: 2 doors done" in page
    assert "Round 1 in hand, 8 doors left" in page
    clock = timezone.localtime(now).strftime("%H:%M")
    assert f"周敏 Community, Grid worker, Owners' committee 2 1 1 {clock} {clock}" in page.replace("&#x27;", "'")
    assert f'href="/field/surveys/{survey.pk}/?building={doors[0].building_id}"' in answer.content.decode()


def test_another_day_is_looked_at_by_its_date(signed_in):
    survey, doors, worker = make_survey()
    two_days_ago = timezone.now() - timedelta(days=2)
    log(survey, worker, a_visit(doors[0], visited_at=two_days_ago))
    client = signed_in()

    today = body(client.get(board(survey)))
    then = body(client.get(board(survey, f"?day={timezone.localdate(two_days_ago).isoformat()}")))

    assert "nobody has been at the doors" in today
    assert "1 door done" in then


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("tomorrow", "This day has not come yet."),
        ("9999-12-31", "This day has not come yet."),
        ("0001-01-01", "This is too long ago."),
        ("1999-12-31", "This is too long ago."),
        ("2026-02-30", "Enter a valid date."),
        ("x", "Enter a valid date."),
        ("%00", "Enter a valid date."),
    ],
)
def test_a_day_that_is_none_is_said_at_its_place(signed_in, day, says):
    survey, _doors, _worker = make_survey()
    if day == "tomorrow":
        day = (timezone.localdate() + timedelta(days=1)).isoformat()

    answer = signed_in().get(board(survey, f"?day={day}"))

    assert answer.status_code == 400
    assert says in body(answer)
    assert "Today:" in body(answer)


def test_the_earliest_day_can_be_looked_at(signed_in):
    survey, _doors, _worker = make_survey()

    assert signed_in().get(board(survey, "?day=2000-01-01")).status_code == 200


def test_phones_say_what_was_on_them_when_they_were_last_heard_of(signed_in):
    survey, _doors, worker = make_survey()
    phone = FieldPhone.objects.create(phone=uuid4(), user=worker, secret=b"x", name="Android · Chrome")
    PhoneQueue.objects.create(phone=phone, survey=survey, waiting_count=2, refused_count=1, photo_count=4)

    page = body(signed_in().get(board(survey)))

    assert "3 visits still on phones as of when each phone was last heard of" in page
    assert "Android · Chrome" in page
    assert "No phone has taken this survey along yet." not in page


def test_what_is_worth_a_look_names_every_door_with_a_link(signed_in):
    survey, doors, worker = make_survey(households=make_doors(buildings=3, doors=5))
    begins = timezone.now() - timedelta(minutes=5)
    log(survey, worker, *[a_visit(door, visited_at=begins + n * timedelta(seconds=9)) for n, door in enumerate(doors)])

    answer = signed_in().get(board(survey, f"?day={timezone.localdate(begins).isoformat()}"))

    page = body(answer)
    assert "Doors of one person less than 20 seconds apart" in page
    assert "10 doors or more in a row with the same outcome" in page
    assert "forms keyed in from paper at a desk" in page
    assert "9 more doors" in page
    for door in doors:
        # Once as very fast and once as alike.
        assert answer.content.decode().count(f'href="/field/surveys/{survey.pk}/doors/{door.pk}/"') == 2


def test_a_quiet_day_has_nothing_to_look_at(signed_in):
    survey, doors, worker = make_survey()
    log(survey, worker, a_visit(doors[0]))

    page = body(signed_in().get(board(survey)))

    assert "Nothing of this day stands out." in page
    assert "No door of this round was logged by two people." in page
    assert "No phone has taken this survey along yet." in page


def test_who_logged_the_same_door_is_named_with_time_and_answer(signed_in):
    survey, doors, worker = make_survey()
    other = make_user(Role.COMMITTEE_MEMBER, survey.neighbourhood.code, display_name="李四")
    log(survey, worker, a_visit(doors[0]))
    log(survey, other, a_visit(doors[0], "not_yet"))

    page = body(signed_in().get(board(survey)))

    assert "please agree" in page
    assert f"{worker} · Supports · Signed" in page
    assert "李四 · Not yet" in page


def test_a_closed_survey_still_has_its_board_and_leads_to_no_door_sheet(signed_in):
    survey, doors, worker = make_survey()
    now = timezone.now()
    visits = [a_visit(door, visited_at=now - timedelta(seconds=30)) for door in doors[:2]]
    log(survey, worker, *visits)
    close_survey(survey=survey, by=worker, reason="x", revisit_on=timezone.localdate() + timedelta(days=9))

    answer = signed_in().get(board(survey, f"?day={timezone.localdate(visits[0].visited_at).isoformat()}"))

    assert "No round is in hand" in body(answer)
    assert "Very fast" in body(answer)
    assert f"/field/surveys/{survey.pk}" not in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "territory", "status"),
    [
        (Role.GRID_WORKER, f"{COMMUNITY}001", 403),
        (Role.COMMITTEE_MEMBER, f"{COMMUNITY}-001", 403),
        (Role.PARTY_SECRETARY, f"{COMMUNITY}-001", 403),
        (Role.DISTRICT_OFFICIAL, COMMUNITY[:6], 403),
        (Role.AUDITOR, COMMUNITY[:4], 403),
        (Role.PROPERTY_CLERK, f"{COMMUNITY}-001", 404),
        (Role.COMMUNITY_STAFF, "420503001001", 404),
    ],
)
def test_the_board_is_for_who_runs_the_survey(signed_in, role, territory, status):
    survey, _doors, _worker = make_survey()
    client = signed_in(role, territory)

    assert client.get(board(survey)).status_code == status
    link = f'href="/surveys/{survey.pk}/outings/"'
    assert link not in client.get(f"/surveys/{survey.pk}/").content.decode()


def test_the_survey_leads_to_its_board(signed_in):
    survey, _doors, _worker = make_survey()

    assert f'href="/surveys/{survey.pk}/outings/"' in signed_in().get(f"/surveys/{survey.pk}/").content.decode()


def test_who_has_not_signed_in_is_led_to_do_so(client):
    survey, _doors, _worker = make_survey()

    assert "/accounts/login/" in client.get(board(survey))["Location"]


def test_three_outings_cost_what_one_does(signed_in):
    survey, doors, worker = make_survey(households=make_doors(buildings=3, doors=5))
    now = timezone.now()
    log(survey, worker, *[a_visit(door, visited_at=now) for door in doors[:2]])
    client = signed_in()
    client.get(board(survey))
    with CaptureQueriesContext(connection) as one:
        client.get(board(survey))
    for number in (1, 2):
        other = make_user(Role.COMMITTEE_MEMBER, survey.neighbourhood.code)
        log(survey, other, *[a_visit(door, visited_at=now) for door in doors[5 * number : 5 * number + 3]])
        phone = FieldPhone.objects.create(phone=uuid4(), user=other, secret=b"x")
        PhoneQueue.objects.create(phone=phone, survey=survey, waiting_count=1)

    with CaptureQueriesContext(connection) as three:
        page = client.get(board(survey))

    assert body(page).count("Community, Grid worker, Owners") == 3
    assert len(three) == len(one)
