import threading
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.choices import Role
from accounts.models import HistoryEntry
from consent.errors import ClientIdReused, HandedAlreadySettled, ReasonNeeded, VisitRecorded
from consent.models import HandedVisit, RollEntry, Stance, Visit
from consent.rules.visit_items import as_item, read_visit
from consent.services.handed import content_of, enter_handed, hand_visit, set_aside
from consent.services.rounds import close_round
from consent.services.surveys import close_survey
from consent.services.visits import record_visits
from tests.consent.casts import a_visit, make_survey
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n and a line"
WHY = "第一轮结束后才有信号"


def make_late(**fields):
    """A survey in round 2, a visit of round 1 that was made after it closed, its door, and who made it."""
    survey, doors, staff = make_survey()
    close_round(survey=survey, by=staff, reason="雨天")
    member = make_user(Role.COMMITTEE_MEMBER, survey.neighbourhood.code)
    visit = a_visit(doors[0], party=("owners_committee",), round=1, **{"note": "先修排水", **fields})
    refused = record_visits(survey=survey, visits=[visit], by=member).answers[0]
    assert [found.code for found in refused.refusals] == ["wrong_round"]
    return survey, RollEntry.objects.get(survey=survey, household=doors[0]), visit, member, staff


def hand(door, visit, by):
    return hand_visit(door=door, visit=visit, refusals=["wrong_round"], by=by)[0]


def test_a_visit_reads_back_as_it_was_sent():
    whole = a_visit(
        7, menu_items=("B03",), reasons=("cost",), note="先修排水", round=2, signature=PNG, supersedes=uuid4()
    )

    for visit in (whole, a_visit(7, "no_answer"), a_visit(7, "not_yet", out_of_round=True)):
        assert read_visit(as_item(visit)) == visit


def test_what_is_handed_over_waits_encrypted():
    survey, door, visit, member, _staff = make_late(signature=PNG)

    handed, is_new = hand_visit(door=door, visit=visit, refusals=["wrong_round"], by=member)

    assert is_new
    assert (handed.survey, handed.door, handed.client_id) == (survey, door, visit.client_id)
    assert (handed.outcome, handed.visited_at, handed.refusals) == ("supports", visit.visited_at, ["wrong_round"])
    assert (handed.status, handed.handed_by) == ("waiting", member)
    kept = HandedVisit.objects.get()
    assert content_of(kept) == visit
    assert b"PNG" not in bytes(kept.content)
    assert "先修排水".encode() not in bytes(kept.content)
    entry = HistoryEntry.objects.get(act="visit_handed")
    assert (entry.by, entry.object_id, entry.details) == (member, survey.pk, {"client_id": str(visit.client_id)})


def test_the_same_visit_again_changes_nothing_and_another_under_its_id_is_refused():
    _survey, door, visit, member, staff = make_late()
    handed = hand(door, visit, member)

    again, is_new = hand_visit(door=door, visit=visit, refusals=["wrong_round"], by=member)

    assert (again, is_new) == (handed, False)
    for other, by in ((replace(visit, note="别的"), member), (visit, staff)):
        with pytest.raises(ClientIdReused):
            hand(door, other, by)
    assert content_of(HandedVisit.objects.get()) == visit


def test_what_the_ledger_holds_is_not_handed_over():
    survey, door, _late, member, staff = make_late()
    taken = a_visit(door.household_id)
    assert record_visits(survey=survey, visits=[taken], by=staff).answers[0].status == "recorded"

    with pytest.raises(VisitRecorded):
        hand(door, taken, member)

    assert HandedVisit.objects.count() == 0


def test_a_handed_visit_is_entered_out_of_round_under_its_own_id():
    survey, door, visit, member, staff = make_late(signature=PNG)
    handed = hand(door, visit, member)

    answer = enter_handed(handed=handed, by=staff, note="先修排水。由居委会补录")

    recorded = Visit.objects.get()
    assert (answer.status, answer.client_id, recorded.client_id) == ("recorded", visit.client_id, visit.client_id)
    assert (recorded.out_of_round, recorded.round, recorded.recorded_by) == (True, None, staff)
    assert (recorded.visited_at, recorded.party) == (visit.visited_at, ["owners_committee"])
    assert recorded.private.note == "先修排水。由居委会补录"
    assert recorded.private.signature is not None
    handed.refresh_from_db()
    assert (handed.status, handed.visit, handed.settled_by) == ("entered", recorded, staff)
    assert Stance.objects.get(door=door).counts
    entry = HistoryEntry.objects.get(act="handed_visit_entered")
    assert (entry.by, entry.details) == (staff, {"visit": recorded.sequence})
    assert hand_visit(door=door, visit=visit, refusals=["wrong_round"], by=member)[0].status == "entered"
    assert survey.visits.count() == 1


@pytest.mark.parametrize("note", ["", "  "])
def test_entering_needs_a_note(note):
    _survey, door, visit, member, staff = make_late()
    handed = hand(door, visit, member)

    answer = enter_handed(handed=handed, by=staff, note=note)

    assert [found.figures.get("why") for found in answer.refusals] == ["out_of_round_needs_a_note"]
    assert (HandedVisit.objects.get().status, Visit.objects.count()) == ("waiting", 0)
    assert not HistoryEntry.objects.filter(act="handed_visit_entered").exists()


def test_what_is_no_answer_and_who_is_no_community_staff_are_refused():
    _survey, door, visit, member, staff = make_late(outcome="no_answer", given="", respondent="", commitments=None)
    handed = hand(door, visit, member)

    no_answer = enter_handed(handed=handed, by=staff, note=WHY)
    not_theirs = enter_handed(handed=handed, by=member, note=WHY)

    assert [found.figures.get("why") for found in no_answer.refusals] == ["out_of_round_needs_an_answer"]
    assert "not_yours" in [found.code for found in not_theirs.refusals]
    assert HandedVisit.objects.get().status == "waiting"


def test_after_the_survey_closed_a_correction_is_entered_as_a_visit_of_its_own():
    survey, doors, staff = make_survey()
    door = RollEntry.objects.get(survey=survey, household=doors[0])
    first = a_visit(doors[0], "opposes")
    record_visits(survey=survey, visits=[first], by=staff)
    later = timezone.localdate() + timedelta(days=90)
    close_survey(survey=survey, by=staff, reason="户数不足", revisit_on=later)
    correction = a_visit(doors[0], "not_yet", supersedes=first.client_id, visited_at=first.visited_at)
    refused = record_visits(survey=survey, visits=[correction], by=staff).answers[0]
    assert [found.code for found in refused.refusals] == ["survey_closed"]

    enter_handed(handed=hand(door, correction, staff), by=staff, note=WHY)

    entered = Visit.objects.latest("sequence")
    assert (entered.client_id, entered.supersedes, entered.out_of_round) == (correction.client_id, None, True)
    assert Stance.objects.get(door=door).value == "not_yet"


def test_setting_aside_needs_a_reason_and_keeps_the_visit():
    _survey, door, visit, member, staff = make_late()
    handed = hand(door, visit, member)
    with pytest.raises(ReasonNeeded):
        set_aside(handed=handed, by=staff, reason=" ")

    set_aside(handed=handed, by=staff, reason=" 与第二轮重复 ")

    kept = HandedVisit.objects.get()
    assert (kept.status, kept.settle_reason, kept.settled_by, kept.visit) == ("set_aside", "与第二轮重复", staff, None)
    assert content_of(kept) == visit
    assert HistoryEntry.objects.get(act="handed_visit_set_aside").by == staff


def test_a_visit_is_settled_once():
    _survey, door, visit, member, staff = make_late()
    stale = hand(door, visit, member)
    enter_handed(handed=HandedVisit.objects.get(), by=staff, note=WHY)

    with pytest.raises(HandedAlreadySettled):
        enter_handed(handed=stale, by=staff, note=WHY)
    with pytest.raises(HandedAlreadySettled):
        set_aside(handed=stale, by=staff, reason="重复")

    assert (Visit.objects.count(), HandedVisit.objects.get().status) == (1, "entered")


def test_what_was_sent_after_all_is_not_entered_a_second_time():
    survey, doors, staff = make_survey()
    visit = a_visit(doors[0], note="先修排水")
    handed = hand(RollEntry.objects.get(survey=survey, household=doors[0]), visit, staff)
    assert record_visits(survey=survey, visits=[visit], by=staff).answers[0].status == "recorded"

    with pytest.raises(VisitRecorded):
        enter_handed(handed=handed, by=staff, note=WHY)

    assert set_aside(handed=handed, by=staff, reason="已随手机上传").status == "set_aside"
    assert Visit.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_at_once_a_visit_is_handed_over_once_and_entered_once():
    _survey, door, visit, member, staff = make_late()
    raised: list[BaseException] = []

    def at_once(work):
        def run():
            try:
                work()
            except BaseException as error:
                raised.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    at_once(lambda: hand(door, visit, member))
    handed_over = list(raised)
    at_once(lambda: enter_handed(handed=HandedVisit.objects.get(), by=staff, note=WHY))

    assert handed_over == []
    assert [type(error) for error in raised] == [HandedAlreadySettled] * 3
    assert (HandedVisit.objects.get().status, Visit.objects.count()) == ("entered", 1)
