"""The survey page and what it is made of, as people of each role find it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from accounts.models import HistoryEntry
from consent.models import Survey
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from tests.consent.casts import a_visit, make_doors, make_policy, make_survey
from tests.factories import COMMUNITY, make_household, make_menu_edition, make_user

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
    return re.sub(r"\s+", " ", answer.content.decode()).replace(" <", "<")


def test_the_headline_says_how_many_doors_are_missing(signed_in):
    survey, doors, worker = make_survey()
    record_visits(survey=survey, visits=[a_visit(doors[0]), a_visit(doors[1], "opposes")], by=worker)

    page = body(signed_in().get(f"/surveys/{survey.pk}/"))

    assert 'data-testid="result-verdict" data-verdict="open">9 more doors to pass</span>' in page
    assert 'data-testid="support-rate">10.0%</p>' in page
    assert 'data-testid="visit-rate">20.0%</span>' in page


def test_the_page_costs_the_same_for_more_doors(signed_in, django_assert_max_num_queries):
    survey, doors, worker = make_survey(households=make_doors(buildings=4, doors=6))
    record_visits(survey=survey, visits=[a_visit(door) for door in doors], by=worker)
    client = signed_in()

    with django_assert_max_num_queries(40):
        client.get(f"/surveys/{survey.pk}/")


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.COMMITTEE_MEMBER, Role.DISTRICT_OFFICIAL, Role.AUDITOR])
def test_who_may_not_run_the_survey_is_shown_no_way_to_close_it(signed_in, role):
    survey, _doors, _worker = make_survey()
    territory = {
        Role.GRID_WORKER: f"{COMMUNITY}001",
        Role.COMMITTEE_MEMBER: survey.neighbourhood.code,
        Role.DISTRICT_OFFICIAL: COMMUNITY[:6],
        Role.AUDITOR: COMMUNITY[:4],
    }[role]
    client = signed_in(role, territory)

    page = client.get(f"/surveys/{survey.pk}/")

    assert page.status_code == 200
    assert "survey-close" not in body(page)
    assert client.post(f"/surveys/{survey.pk}/close/", {"reason": "x"}).status_code == 403
    assert Survey.objects.get().is_open


def test_a_survey_of_another_community_is_not_there(signed_in):
    survey, _doors, _worker = make_survey()

    assert signed_in(territory="420503001001").get(f"/surveys/{survey.pk}/").status_code == 404


def test_a_round_with_doors_left_closes_on_a_reason_given_at_its_place(signed_in):
    survey, _doors, _worker = make_survey()
    client = signed_in()

    refused = client.post(f"/surveys/{survey.pk}/close-round/", {"number": 1, "reason": ""})
    taken = client.post(f"/surveys/{survey.pk}/close-round/", {"number": 1, "reason": "住户外出"})

    assert refused.status_code == 409
    assert "10 doors of this round were not visited" in body(refused)
    assert taken["Location"] == f"/surveys/{survey.pk}/"
    assert survey.rounds.get(closed_at=None).number == 2


def test_closing_the_round_that_somebody_closed_first_is_said(signed_in):
    survey, _doors, worker = make_survey()
    close_round(survey=survey, by=worker, reason="x")

    answer = signed_in().post(f"/surveys/{survey.pk}/close-round/", {"number": 1, "reason": "x"})

    assert "This round is already closed." in body(answer)
    assert survey.rounds.get(closed_at=None).number == 2


def test_closing_a_failed_survey_asks_for_both_and_defers(signed_in):
    survey, _doors, _worker = make_survey()
    client = signed_in()
    later = timezone.localdate() + timedelta(days=60)

    no_reason = client.post(f"/surveys/{survey.pk}/close/", {"reason": "", "revisit_on": later})
    no_day = client.post(f"/surveys/{survey.pk}/close/", {"reason": "先看周边", "revisit_on": ""})
    client.post(f"/surveys/{survey.pk}/close/", {"reason": "先看周边", "revisit_on": later})
    page = body(client.get(f"/surveys/{survey.pk}/"))

    assert "Write down why it is closed now" in body(no_reason)
    assert "Give a day after today" in body(no_day)
    assert 'data-verdict="failed">not passed, deferred</span>' in page
    assert "先看周边" in page


def test_what_came_after_closing_does_not_move_the_verdict(signed_in):
    survey, doors, worker = make_survey(households=make_doors(buildings=1, doors=2))
    record_visits(survey=survey, visits=[a_visit(door) for door in doors], by=worker)
    close_survey(survey=survey, by=worker)
    withdrawn = a_visit(doors[0], "opposes", out_of_round=True, note="来电撤回")
    survey.refresh_from_db()
    record_visits(survey=survey, visits=[withdrawn], by=worker)

    page = body(signed_in().get(f"/surveys/{survey.pk}/"))

    assert 'data-verdict="passed">passed</span>' in page
    assert 'data-testid="support-rate">100.0%</p>' in page
    assert "2 of 2 supported when it closed, 1 of 2 do now" in page


def test_doors_open_for_an_official_on_a_stated_reason_which_is_kept(signed_in):
    survey, _doors, _worker = make_survey()
    client = signed_in(Role.DISTRICT_OFFICIAL, COMMUNITY[:6])

    asked = client.get(f"/surveys/{survey.pk}/doors/")
    assert "A reason is needed" in body(asked)
    assert 'data-label="Times visited"' not in body(asked)

    client.post(f"/surveys/{survey.pk}/doors/", {"reason": "信访核查"})
    shown = body(client.get(f"/surveys/{survey.pk}/doors/"))

    assert "10 doors" in shown
    assert 'data-label="Times visited"' in shown
    assert HistoryEntry.objects.get(act="doors_read").details["reason"] == "信访核查"


@pytest.mark.parametrize("role", [Role.PARTY_SECRETARY, Role.PROPERTY_CLERK])
def test_doors_are_shown_to_nobody_without_them_in_the_table(signed_in, role):
    survey, _doors, worker = make_survey()
    close_survey(survey=survey, by=worker, reason="x", revisit_on=timezone.localdate() + timedelta(days=9))
    client = signed_in(role, survey.neighbourhood.code)

    assert client.get(f"/surveys/{survey.pk}/").status_code == 200
    assert client.get(f"/surveys/{survey.pk}/doors/").status_code == 403
    assert client.get(f"/surveys/{survey.pk}/ledger/").status_code == 403


def test_figures_lead_to_the_doors_they_are_made_of(signed_in):
    survey, doors, worker = make_survey()
    record_visits(
        survey=survey,
        visits=[a_visit(doors[0], given="verbal"), a_visit(doors[1], "opposes"), a_visit(doors[2])],
        by=worker,
    )
    client = signed_in()

    assert "1 door" in body(client.get(f"/surveys/{survey.pk}/doors/?stance=supports&counts=no"))
    assert "1 door" in body(client.get(f"/surveys/{survey.pk}/doors/?stance=opposes"))
    assert "7 doors" in body(client.get(f"/surveys/{survey.pk}/doors/?stance=not_visited"))


@pytest.mark.parametrize("query", ["?stance=no-such", "?building=x", "?after=x", "?round=9", "?before=-1"])
def test_a_mended_filter_breaks_nothing(signed_in, query):
    survey, _doors, _worker = make_survey()

    assert signed_in().get(f"/surveys/{survey.pk}/doors/{query}").status_code == 200


def test_the_list_of_surveys_costs_the_same_for_three_as_for_one(signed_in):
    make_policy()
    make_menu_edition()
    client = signed_in()
    worker = make_user()

    def open_one() -> None:
        neighbourhood = make_doors(buildings=1, doors=2)[0].neighbourhood
        open_survey(neighbourhood=neighbourhood, title="征询", closes_on=None, by=worker)

    open_one()
    client.get("/surveys/")
    with CaptureQueriesContext(connection) as one:
        client.get("/surveys/")
    open_one()
    open_one()
    with CaptureQueriesContext(connection) as three:
        client.get("/surveys/")

    assert len(three) == len(one)


def test_a_survey_is_opened_from_the_page(signed_in):
    doors = make_doors()
    make_policy()
    make_menu_edition()
    client = signed_in()
    address = f"/neighbourhoods/{doors[0].neighbourhood_id}/surveys/new/"

    form = client.get(address)
    opened = client.post(address, {"title": "2026 年改造征询", "closes_on": ""})
    again = client.post(address, {"title": "又一次", "closes_on": ""})

    survey = Survey.objects.get()
    assert "10 residential households" in body(form)
    assert opened["Location"] == f"/surveys/{survey.pk}/"
    assert (survey.title, survey.roll_size) == ("2026 年改造征询", 10)
    assert "A survey is open here already" in body(again)


def test_a_household_that_came_later_is_put_on_the_open_roll_with_a_reason(signed_in):
    survey, doors, _worker = make_survey()
    newcomer = make_household(stairwell=doors[0].stairwell, unit_number="601", floor=6)
    client = signed_in()
    address = f"/surveys/{survey.pk}/roll/"

    no_reason = client.post(address, {"change": f"add-{newcomer.pk}", "reason": ""})
    client.post(address, {"change": f"add-{newcomer.pk}", "reason": "漏登"})
    client.post(address, {"change": f"remove-{doors[0].pk}", "reason": "与 102 合并"})
    page = body(client.get(address))

    assert no_reason.status_code == 409
    assert set(survey.doors.on_roll().values_list("household", flat=True)) == {
        newcomer.pk,
        *(door.pk for door in doors[1:]),
    }
    assert "漏登" in page
    assert "与 102 合并" in page


@pytest.mark.parametrize("change", ["add-1", "remove-999999", "add-x", "", "throw-1"])
def test_an_amendment_that_is_no_choice_is_refused(signed_in, change):
    survey, _doors, _worker = make_survey()

    answer = signed_in().post(f"/surveys/{survey.pk}/roll/", {"change": change, "reason": "x"})

    assert answer.status_code == 409
    assert survey.roll_amendments.count() == 0


def test_only_who_runs_the_survey_amends_its_roll(signed_in):
    survey, doors, _worker = make_survey()
    client = signed_in(Role.COMMITTEE_MEMBER, survey.neighbourhood.code)

    assert client.get(f"/surveys/{survey.pk}/roll/").status_code == 200
    answer = client.post(f"/surveys/{survey.pk}/roll/", {"change": f"remove-{doors[0].pk}", "reason": "x"})
    assert answer.status_code == 403


def test_the_signed_file_comes_once_the_survey_is_closed(signed_in):
    survey, doors, worker = make_survey()
    record_visits(survey=survey, visits=[a_visit(doors[0])], by=worker)
    client = signed_in()

    early = client.get(f"/surveys/{survey.pk}/file/", follow=True)
    close_survey(survey=survey, by=worker, reason="x", revisit_on=timezone.localdate() + timedelta(days=9))
    file = client.get(f"/surveys/{survey.pk}/file/")

    assert "Its file can be made once it is closed" in body(early)
    assert file["Content-Type"] == "application/json"
    assert file.json()["survey"]["verdict"] == "failed"
