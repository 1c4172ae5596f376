"""Workshops from planned to held or cancelled, who came, what was decided, the tasks, and how residents were told."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Change, HistoryEntry
from common.photos import PhotoRefused
from consent.errors import AlreadyAttending, HandsDisagree, TaskSettled, WorkshopNotHeld, WorkshopNotPlanned
from consent.models import Announcement, Workshop, WorkshopAttendance, WorkshopDecision
from consent.services.announcements import announce
from consent.services.workshops import (
    add_attendances,
    add_decision,
    amend_task,
    amend_workshop,
    cancel_workshop,
    hold_workshop,
    remove_attendance,
    settle_task,
)
from renovation.errors import DayInFuture, DayOutOfOrder, OtherNeighbourhood
from tests.consent.notice_casts import a_photo, passed_survey, posted
from tests.consent.workshop_casts import days, held, planned, task_of, today
from tests.factories import make_household, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def names(workshop: Workshop) -> list[str]:
    return sorted(workshop.attendances.values_list("name", flat=True))


# --- Planned, held, cancelled ----------------------------------------------------------------------


def test_a_planned_one_is_written_down_with_its_history():
    workshop, by = planned(held_on=today() + days(5))

    workshop.refresh_from_db()
    assert (workshop.state, workshop.summary, workshop.version) == ("planned", "", 1)
    entry = HistoryEntry.objects.get(resource="workshops", object_id=workshop.pk)
    assert (entry.act, entry.by, entry.community_code) == ("workshop_planned", by, workshop.community_code)
    change = Change.objects.get(resource="workshops", object_id=workshop.pk)
    assert (change.action, change.neighbourhood_code) == ("created", workshop.neighbourhood.code)


def test_held_it_has_who_came_and_what_was_decided():
    workshop, by = planned()
    door = make_household(neighbourhood=workshop.neighbourhood)

    hold_workshop(
        workshop=workshop,
        summary=" 议了停车。 ",
        attendances=[
            {"name": "李芳", "role": "resident", "household": door},
            {"name": "赵工", "role": "designer", "household": None},
        ],
        decisions=[{"text": "抽签", "outcome": "agreed", "votes_for": 12, "votes_against": 3}],
        by=by,
    )

    workshop.refresh_from_db()
    assert (workshop.state, workshop.summary, workshop.version) == ("held", "议了停车。", 2)
    assert names(workshop) == ["李芳", "赵工"]
    decision = workshop.decisions.get()
    assert (decision.text, decision.votes_for, decision.votes_against, decision.by) == ("抽签", 12, 3, by)
    entry = HistoryEntry.objects.get(act="workshop_held")
    assert (entry.details["came"], entry.details["decisions"]) == (2, 1)
    assert "李芳" not in str(entry.details)


def test_it_may_have_been_held_on_another_day_but_not_on_one_to_come():
    workshop, by = planned(held_on=today() + days(3))

    with pytest.raises(DayInFuture):
        hold_workshop(workshop=workshop, summary="x", by=by)
    hold_workshop(workshop=workshop, summary="x", held_on=today() - days(1), by=by)

    workshop.refresh_from_db()
    assert (workshop.state, workshop.held_on) == ("held", today() - days(1))


def test_nothing_of_it_stands_where_a_decision_is_refused():
    workshop, by = planned()

    with pytest.raises(HandsDisagree):
        hold_workshop(
            workshop=workshop,
            summary="x",
            attendances=[{"name": "李芳", "role": "resident"}],
            decisions=[{"text": "抽签", "outcome": "agreed", "votes_for": 3, "votes_against": 3}],
            by=by,
        )

    workshop.refresh_from_db()
    assert (workshop.state, names(workshop), workshop.decisions.count()) == ("planned", [], 0)


def test_a_cancelled_one_keeps_the_reason():
    workshop, by = planned()

    cancel_workshop(workshop=workshop, reason="暴雨", by=by)

    workshop.refresh_from_db()
    assert (workshop.state, workshop.summary) == ("cancelled", "暴雨")


@pytest.mark.parametrize("act", ["hold", "cancel", "amend"])
@pytest.mark.parametrize("before", ["held", "cancelled"])
def test_what_is_over_is_neither_held_nor_cancelled_nor_planned_anew(act, before):
    workshop, by = planned()
    if before == "held":
        hold_workshop(workshop=workshop, summary="x", by=by)
    else:
        cancel_workshop(workshop=workshop, reason="x", by=by)

    acts = {
        "hold": lambda: hold_workshop(workshop=workshop, summary="y", by=by),
        "cancel": lambda: cancel_workshop(workshop=workshop, reason="y", by=by),
        "amend": lambda: amend_workshop(workshop=workshop, place="别处", by=by),
    }
    with pytest.raises(WorkshopNotPlanned):
        acts[act]()


def test_the_plan_is_changed_until_it_is_held_and_the_summary_afterwards():
    workshop, by = planned()

    amend_workshop(workshop=workshop, place="活动室", agenda=workshop.agenda, by=by)
    with pytest.raises(WorkshopNotHeld):
        amend_workshop(workshop=workshop, summary="x", by=by)
    hold_workshop(workshop=workshop, summary="x", by=by)
    amend_workshop(workshop=workshop, summary="y", by=by)

    workshop.refresh_from_db()
    assert (workshop.place, workshop.summary, workshop.version) == ("活动室", "y", 4)
    changed = HistoryEntry.objects.filter(act="workshop_amended").order_by("pk").values_list("details", flat=True)
    assert [details["changed"] for details in changed] == [["place"], ["summary"]]


def test_what_is_the_same_as_before_is_no_change():
    workshop, by = planned()

    amend_workshop(workshop=workshop, place=workshop.place, by=by)

    workshop.refresh_from_db()
    assert workshop.version == 1
    assert not HistoryEntry.objects.filter(act="workshop_amended").exists()


# --- Who came --------------------------------------------------------------------------------------


def test_the_same_person_in_the_same_role_for_the_same_home_is_refused_and_nobody_is_added():
    workshop, by = planned()
    home = make_household(neighbourhood=workshop.neighbourhood)
    add_attendances(workshop=workshop, attendances=[{"name": "李芳", "role": "resident", "household": home}], by=by)

    with pytest.raises(AlreadyAttending) as refused:
        add_attendances(
            workshop=workshop,
            attendances=[
                {"name": "王刚", "role": "resident"},
                {"name": "李芳", "role": "resident", "household": home},
            ],
            by=by,
        )
    add_attendances(workshop=workshop, attendances=[{"name": "李芳", "role": "committee"}], by=by)

    assert refused.value.extra == {"name": "李芳"}
    assert names(workshop) == ["李芳", "李芳"]


def test_somebody_twice_in_one_sheet_is_refused():
    workshop, by = planned()

    with pytest.raises(AlreadyAttending):
        add_attendances(workshop=workshop, attendances=[{"name": "李芳", "role": "other"}] * 2, by=by)

    assert names(workshop) == []


def test_a_home_of_another_neighbourhood_is_refused():
    workshop, by = planned()

    with pytest.raises(OtherNeighbourhood):
        add_attendances(
            workshop=workshop,
            attendances=[{"name": "李芳", "role": "resident", "household": make_household()}],
            by=by,
        )


def test_whoever_was_written_down_by_mistake_is_taken_off_and_not_named_in_the_history():
    workshop, by = planned()
    (row,) = add_attendances(workshop=workshop, attendances=[{"name": "李芳", "role": "resident"}], by=by)

    remove_attendance(attendance=row, by=by)
    remove_attendance(attendance=row, by=by)

    assert not WorkshopAttendance.objects.exists()
    entry = HistoryEntry.objects.get(act="attendance_removed")
    assert "李芳" not in str(entry.details)


@pytest.mark.parametrize("write", ["attendance", "decision", "task"])
@pytest.mark.parametrize("state", ["to come", "cancelled"])
def test_nothing_is_told_of_a_meeting_to_come_or_cancelled(write, state):
    workshop, by = planned(held_on=today() + days(30) if state == "to come" else today())
    if state == "cancelled":
        cancel_workshop(workshop=workshop, reason="x", by=by)

    somebody = [{"name": "李芳", "role": "other"}]
    acts = {
        "attendance": lambda: add_attendances(workshop=workshop, attendances=somebody, by=by),
        "decision": lambda: add_decision(workshop=workshop, text="x", outcome="agreed", by=by),
        "task": lambda: task_of(workshop, by),
    }
    with pytest.raises(WorkshopNotHeld):
        acts[write]()


# --- Decisions and tasks ---------------------------------------------------------------------------


def test_a_decision_is_never_changed():
    workshop, by = held()
    decision = add_decision(workshop=workshop, text="抽签", outcome="agreed", by=by)

    with pytest.raises(DatabaseError), transaction.atomic():
        WorkshopDecision.objects.filter(pk=decision.pk).update(outcome="rejected")
    with pytest.raises(DatabaseError), transaction.atomic():
        decision.delete()


def test_a_task_is_given_changed_and_done():
    workshop, by = held()
    task = task_of(workshop, by)

    amend_task(task=task, assignee="李师傅", due_on=today() + days(40), by=by)
    settle_task(task=task, state="done", note="已画", by=by)

    task.refresh_from_db()
    assert (task.assignee, task.due_on) == ("李师傅", today() + days(40))
    assert (task.state, task.done_on, task.note, task.version) == ("done", today(), "已画", 3)
    acts = HistoryEntry.objects.filter(resource="workshop-tasks").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["workshop_task_added", "workshop_task_amended", "workshop_task_settled"]


def test_a_dropped_task_says_why_and_is_not_done():
    workshop, by = held()
    task = task_of(workshop, by)

    settle_task(task=task, state="dropped", note="不再需要", by=by)

    task.refresh_from_db()
    assert (task.state, task.done_on, task.note) == ("dropped", None, "不再需要")


def test_a_settled_task_is_left_alone():
    workshop, by = held()
    task = task_of(workshop, by)
    settle_task(task=task, state="done", by=by)

    with pytest.raises(TaskSettled):
        settle_task(task=task, state="dropped", note="x", by=by)
    with pytest.raises(TaskSettled):
        amend_task(task=task, text="y", by=by)


def test_the_days_of_a_task_follow_the_meeting():
    workshop, by = held()
    on_the_day = task_of(workshop, by, due_on=workshop.held_on)
    before = workshop.held_on - days(1)

    with pytest.raises(DayOutOfOrder):
        task_of(workshop, by, due_on=before)
    with pytest.raises(DayOutOfOrder):
        amend_task(task=on_the_day, due_on=before, by=by)
    with pytest.raises(DayOutOfOrder):
        settle_task(task=on_the_day, state="done", done_on=before, by=by)
    with pytest.raises(DayInFuture):
        settle_task(task=on_the_day, state="done", done_on=today() + days(30), by=by)
    settle_task(task=on_the_day, state="done", done_on=workshop.held_on, by=by)

    on_the_day.refresh_from_db()
    assert on_the_day.done_on == workshop.held_on


# --- How residents were told -----------------------------------------------------------------------


def test_residents_are_told_of_a_workshop_with_a_photo_and_it_stays_as_it_was():
    workshop, by = planned(held_on=today() + days(5))
    at = timezone.now() - timedelta(hours=1)
    told = {"channel": "board", "told_on": timezone.localdate(at), "place": "东门公告栏", "reached": 40}

    made = announce(about=workshop, photo=a_photo(), by=by, at=at, **told)

    made.refresh_from_db()
    assert (made.workshop, made.notice, made.vote, made.neighbourhood) == (workshop, None, None, workshop.neighbourhood)
    assert (made.at, made.by, made.reached) == (at, by, 40)
    assert made.photo.read().startswith(b"\xff\xd8")
    entry = HistoryEntry.objects.get(act="announced")
    assert (entry.details["about"], entry.details["about_id"]) == ("workshops", workshop.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        Announcement.objects.filter(pk=made.pk).update(reached=400)


def test_residents_are_told_of_a_notice():
    survey, by = passed_survey()
    notice = posted(survey, by)

    made = announce(about=notice, channel="group_chat", told_on=today(), place="业主群", by=by)

    assert (made.workshop, made.notice, made.vote) == (None, notice, None)
    assert made.neighbourhood == notice.neighbourhood


def test_nobody_was_told_on_a_day_to_come_nor_is_proved_by_what_is_no_photo():
    workshop, by = planned()
    told = {"about": workshop, "channel": "door", "place": "x", "by": by}
    broken = a_photo()
    broken.file.truncate(20)

    with pytest.raises(DayInFuture):
        announce(told_on=today() + days(30), **told)
    with pytest.raises(PhotoRefused):
        announce(told_on=today(), photo=broken, **told)

    assert not Announcement.objects.exists()


@pytest.mark.parametrize("named", [(), ("workshop", "notice")])
def test_an_announcement_is_of_exactly_one(named):
    survey, by = passed_survey()
    about = {"notice": posted(survey, by), "workshop": planned(survey.neighbourhood, by)[0]}

    with pytest.raises(DatabaseError, match="announcement_of_exactly_one"), transaction.atomic():
        Announcement.objects.create(
            neighbourhood=survey.neighbourhood,
            channel="door",
            told_on=today(),
            place="x",
            at=timezone.now(),
            by=by,
            **{name: about[name] for name in named},
        )


# --- Who sees and keeps what -----------------------------------------------------------------------


def test_the_list_of_a_party_meeting_is_seen_by_who_keeps_its_members():
    workshop, by = held(kind="party_meeting", attendances=[{"name": "党员甲", "role": "party"}])
    other, _by = held(workshop.neighbourhood, by, attendances=[{"name": "李芳", "role": "resident"}])
    code = workshop.neighbourhood.code

    def seen(role: Role, territory: str) -> list[str]:
        rows = WorkshopAttendance.objects.visible_to(make_user(role, territory))
        return sorted(rows.values_list("name", flat=True))

    assert seen(Role.PARTY_SECRETARY, code) == ["党员甲", "李芳"] == seen(Role.COMMUNITY_STAFF, code[:12])
    assert seen(Role.COMMITTEE_MEMBER, code) == ["李芳"] == seen(Role.DISTRICT_OFFICIAL, code[:6])
    assert seen(Role.ADMIN, code[:4]) == [] == seen(Role.COMMUNITY_STAFF, "420503001001")
    assert other.attendances.count() == 1
