"""Visits handed over: entered out of round or set aside, by who runs the survey."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from accounts.models import HistoryEntry
from consent.models import HandedVisit, Visit
from consent.services.handed import hand_visit
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from renovation.models import Neighbourhood
from tests.consent.casts import a_visit, make_frozen_plan, make_survey
from tests.factories import COMMUNITY, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client):
    """A function that signs somebody of a role in."""

    def sign_in(role: str = Role.COMMUNITY_STAFF, territory: str = COMMUNITY, **fields):
        client.force_login(make_user(role, territory, **fields))
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def body(answer) -> str:
    text = re.sub(r"<[^>]*>", " ", answer.content.decode()).replace("&#x27;", "'")
    return re.sub(r"\s+", " ", text)


def hand(survey, household, outcome="supports", *, refusals=("wrong_round",), by=None, **fields) -> HandedVisit:
    by = by or make_user(Role.GRID_WORKER, f"{COMMUNITY}001", display_name="王丽")
    visit = a_visit(household, outcome, **{"visited_at": timezone.now() - timedelta(days=2), **fields})
    return hand_visit(door=survey.doors.get(household=household), visit=visit, refusals=refusals, by=by)[0]


def page_of(survey) -> str:
    return f"/surveys/{survey.pk}/handed/"


def settle(client, handed: HandedVisit, act: str, **fields):
    return client.post(page_of(handed.survey), {"handed": handed.pk, "act": act, **fields})


def test_what_waits_says_what_was_said_and_why_it_was_not_taken(signed_in):
    survey, doors, _worker = make_survey()
    handed = hand(
        survey,
        doors[0],
        "not_yet",
        refusals=["wrong_round", "not_yours"],
        reasons=("cost",),
        menu_items=("B03",),
        note="先修排水",
    )

    answer = signed_in().get(page_of(survey))

    page = body(answer)
    assert "1 visit handed over waits" in page
    assert "Building 1 · Stairwell 1 · 101" in page
    assert "Who answered Owner" in page
    assert "Ordered from the menu Item B03" in page
    assert "Concerns Cost" in page
    assert "its round was over, or does not visit this door; it was not the sender's to log" in page
    (prefilled,) = re.findall(r"<textarea[^>]*>\s*([^<]*)</textarea>", answer.content.decode())[:1]
    visited = timezone.localtime(handed.visited_at)
    time = f"{visited.day} {visited:%b %H:%M}"
    assert prefilled.replace("&#x27;", "'") == (
        f"先修排水\nHanded over by 王丽; visited {time}; not taken because its round was over, or does not visit this "
        "door; it was not the sender's to log."
    )


def test_the_five_commitments_that_were_agreed_to_are_named(signed_in):
    survey, doors, _worker = make_survey()
    agreed = {"self_governance": True, "convention": True, "demolition": False, "contribution": False}
    hand(survey, doors[0], commitments={**agreed, "property_management": False}, signature=b"\x89PNG\r\n\x1a\n")

    page = body(signed_in().get(page_of(survey)))

    assert "Commitments agreed to Set up self-governance, Sign the residents' convention" in page
    assert "Signature drawn on the phone" in page


def test_entered_out_of_round_it_is_in_the_ledger_with_the_note_and_the_code_is_said(signed_in):
    survey, doors, _worker = make_survey()
    handed = hand(survey, doors[0])
    client = signed_in()

    answer = settle(client, handed, "enter", note="网格员转交")
    page = body(client.get(answer["Location"]))

    visit = Visit.objects.select_related("private").get()
    assert answer["Location"] == page_of(survey)
    assert (visit.client_id, visit.out_of_round, visit.round) == (handed.client_id, True, None)
    assert visit.private.note == "网格员转交"
    assert f"Entered out of round as no. 0 of the ledger; receipt code {visit.private.receipt_code}." in page
    assert f"out of round, no. 0 of the ledger receipt code {visit.private.receipt_code}" in page
    assert "No visit handed over waits" in page
    assert HistoryEntry.objects.filter(act="handed_visit_entered").count() == 1


def test_set_aside_it_keeps_its_reason_and_is_in_no_ledger(signed_in):
    survey, doors, _worker = make_survey()
    handed = hand(survey, doors[0], "no_answer")
    client = signed_in()

    settle(client, handed, "set_aside", reason="第三轮已再次入户")
    page = body(client.get(page_of(survey)))

    handed.refresh_from_db()
    assert (handed.status, handed.settle_reason) == ("set_aside", "第三轮已再次入户")
    assert "set aside: 第三轮已再次入户" in page
    assert Visit.objects.count() == 0
    assert HistoryEntry.objects.filter(act="handed_visit_set_aside").count() == 1


@pytest.mark.parametrize("outcome", ["no_answer", "declined", "vacant"])
def test_what_is_no_answer_can_only_be_set_aside_and_that_is_said(signed_in, outcome):
    survey, doors, _worker = make_survey()
    handed = hand(survey, doors[0], outcome)
    client = signed_in()

    answer = client.get(page_of(survey))
    pushed = settle(client, handed, "enter", note="x")

    assert 'value="enter"' not in answer.content.decode()
    assert "This one can only be set aside" in body(answer)
    assert pushed.status_code == 409
    assert "Out of round only an answer can be recorded." in body(pushed)
    assert Visit.objects.count() == 0


@pytest.mark.parametrize(("act", "empty"), [("enter", {"note": "  "}), ("set_aside", {"reason": " "}), ("enter", {})])
def test_neither_is_done_without_a_word(signed_in, act, empty):
    survey, doors, _worker = make_survey()
    handed = hand(survey, doors[0])

    answer = settle(signed_in(), handed, act, **empty)

    handed.refresh_from_db()
    assert answer.status_code == 409
    assert "This field is required." in body(answer)
    assert handed.status == "waiting"


def test_what_the_ledger_refuses_is_said_on_the_form_and_goes_on_waiting(signed_in):
    survey, doors, _worker = make_survey()
    handed = hand(survey, doors[0], refusals=["respondent_missing"], respondent="")
    Neighbourhood.objects.update(stage="under_works")

    answer = settle(signed_in(), handed, "enter", note="补录")

    handed.refresh_from_db()
    assert "Say who answered." in body(answer)
    assert "The works have started: an answer no longer changes anything." in body(answer)
    assert "补录" in body(answer)
    assert handed.status == "waiting"


def test_who_comes_second_is_told_so(signed_in):
    survey, doors, _worker = make_survey()
    handed = hand(survey, doors[0])
    client = signed_in()
    settle(client, handed, "enter", note="x")

    answer = settle(client, handed, "set_aside", reason="x")

    assert answer.status_code == 409
    assert "Somebody has settled this visit already." in body(answer)
    assert Visit.objects.count() == 1


def test_after_closing_it_can_still_be_entered(signed_in):
    survey, doors, worker = make_survey()
    handed = hand(survey, doors[0], "opposes", refusals=["survey_closed"])
    close_survey(survey=survey, by=worker, reason="x", revisit_on=timezone.localdate() + timedelta(days=9))
    client = signed_in()

    assert f'href="{page_of(survey)}"' in client.get(f"/surveys/{survey.pk}/").content.decode()
    settle(client, handed, "enter", note="x")

    assert Visit.objects.get().outcome == "opposes"
    assert f'href="{page_of(survey)}"' not in client.get(f"/surveys/{survey.pk}/").content.decode()


def test_the_board_and_the_survey_lead_to_what_waits(signed_in):
    survey, doors, _worker = make_survey()
    hand(survey, doors[0])
    client = signed_in()

    for address in (f"/surveys/{survey.pk}/", f"/surveys/{survey.pk}/outings/"):
        answer = client.get(address)
        assert f'href="{page_of(survey)}"' in answer.content.decode()
        assert "1 visit handed over waits" in body(answer)


@pytest.mark.parametrize("number", ["", "x", "-1", "٣", "9" * 30, "999999"])
def test_a_visit_that_is_none_is_not_found(signed_in, number):
    survey, _doors, _worker = make_survey()

    answer = signed_in().post(page_of(survey), {"handed": number, "act": "enter", "note": "x"})

    assert answer.status_code == 404


def test_an_act_that_is_none_is_refused(signed_in):
    survey, doors, _worker = make_survey()

    assert settle(signed_in(), hand(survey, doors[0]), "burn").status_code == 400


def test_a_visit_of_another_survey_is_not_found_here(signed_in):
    survey, doors, worker = make_survey()
    handed = hand(survey, doors[0])
    close_survey(survey=survey, by=worker, reason="x", revisit_on=timezone.localdate() + timedelta(days=9))
    other = open_survey(neighbourhood=survey.neighbourhood, title="又一次", closes_on=None, by=worker)

    answer = signed_in().post(page_of(other), {"handed": handed.pk, "act": "enter", "note": "x"})

    assert answer.status_code == 404
    assert Visit.objects.count() == 0


@pytest.mark.parametrize(
    ("role", "territory", "status"),
    [
        (Role.GRID_WORKER, f"{COMMUNITY}001", 403),
        (Role.COMMITTEE_MEMBER, f"{COMMUNITY}-001", 403),
        (Role.DISTRICT_OFFICIAL, COMMUNITY[:6], 403),
        (Role.AUDITOR, COMMUNITY[:4], 403),
        (Role.PROPERTY_CLERK, f"{COMMUNITY}-001", 404),
        (Role.COMMUNITY_STAFF, "420503001001", 404),
    ],
)
def test_what_waits_is_for_who_runs_the_survey(signed_in, role, territory, status):
    survey, doors, _worker = make_survey()
    handed = hand(survey, doors[0])
    client = signed_in(role, territory)

    assert client.get(page_of(survey)).status_code == status
    assert settle(client, handed, "set_aside", reason="x").status_code == status
    assert f'href="{page_of(survey)}"' not in client.get(f"/surveys/{survey.pk}/").content.decode()
    handed.refresh_from_db()
    assert handed.status == "waiting"


def test_three_that_wait_and_are_settled_cost_what_one_does(signed_in):
    survey, doors, worker = make_survey()
    record_visits(survey=survey, visits=[a_visit(doors[9])], by=worker)
    client = signed_in()
    settle(client, hand(survey, doors[0], menu_items=("B03",)), "enter", note="x")
    hand(survey, doors[1], menu_items=("B03",))
    client.get(page_of(survey))
    with CaptureQueriesContext(connection) as one:
        client.get(page_of(survey))
    for number in (2, 4):
        settle(client, hand(survey, doors[number]), "enter", note="x")
        hand(survey, doors[number + 1], menu_items=("U11",))
    client.get(page_of(survey))  # what was done is said once

    with CaptureQueriesContext(connection) as three:
        page = client.get(page_of(survey))

    assert "3 visits handed over wait" in body(page)
    assert body(page).count("out of round, no.") == 3
    assert len(three) == len(one)


def test_a_visit_says_which_revision_of_the_plan_was_shown_and_keeps_it(signed_in):
    survey, doors, _worker = make_survey()
    make_frozen_plan(survey.neighbourhood, number=2)
    visit = hand(survey, doors[0], plan=2)
    client = signed_in()

    shown = body(client.get(page_of(survey)))
    client.post(page_of(survey), {"handed": visit.pk, "act": "enter", "note": "paper form"})

    assert "Plan shown revision 2" in shown
    assert Visit.objects.get(client_id=visit.client_id).plan.number == 2
