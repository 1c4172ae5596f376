"""Tours with what is seen on them, and tasks from reported to checked."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from accounts.models import Change, HistoryEntry
from common.photos import PhotoRefused
from governance.errors.bodies import BodyEnded
from governance.errors.upkeep import FindingHasTask, InspectionDone, StairwellElsewhere, TaskNotDone, TaskNotOpen
from governance.models import Finding, Inspection, TaskEvent, UpkeepTask
from governance.reports.upkeep import (
    by_criterion,
    count_tasks,
    done_by,
    inspections_of,
    planned_inspections,
    waiting_tasks,
)
from governance.services.upkeep import add_finding, amend_inspection, close_inspection
from governance.services.upkeep_tasks import amend_task, check_task, do_task, drop_task, open_task_of
from renovation.errors import DayInFuture, DayOutOfOrder, OtherNeighbourhood, ReasonNeeded, SecondPersonNeeded
from tests.factories import make_user
from tests.governance.upkeep_cast import DAY, a_body, a_task, a_tour, to_come
from tests.renovation.supervision_cast import a_photo

pytestmark = pytest.mark.django_db
NEXT_DAY = DAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def found(tour, by, **fields) -> Finding:
    fields = {"criterion": "clear", "severity": "minor", "text": "楼道堆物", **fields}
    return add_finding(inspection=tour, by=by, **fields)


def no_text() -> SimpleUploadedFile:
    return SimpleUploadedFile("a.png", b"no picture", "image/png")


# --- Tours -----------------------------------------------------------------------------------------


def test_a_tour_is_planned_and_told(cast, grid_worker):
    body = a_body(cast.home)

    tour = a_tour(cast.home, grid_worker, route="1 号楼至 2 号楼", body=body, party="楼栋长")

    tour.refresh_from_db()
    assert (tour.title, tour.held_on, tour.route, tour.body, tour.party, tour.state) == (
        "十月巡查",
        DAY,
        "1 号楼至 2 号楼",
        body,
        "楼栋长",
        "planned",
    )
    assert HistoryEntry.objects.filter(act="inspection_planned", object_id=tour.pk, by=grid_worker).count() == 1
    assert Change.objects.filter(resource="inspections", object_id=tour.pk, action="created").count() == 1


def test_who_walks_is_a_body_of_the_place_that_still_stands(cast, grid_worker):
    ended = a_body(cast.home, name="旧物业", ended_on=DAY, end_reason="合同到期")

    with pytest.raises(BodyEnded):
        a_tour(cast.home, grid_worker, body=ended)
    with pytest.raises(OtherNeighbourhood):
        a_tour(cast.home, grid_worker, body=a_body(cast.next_door))
    assert not Inspection.objects.exists()


def test_a_tour_is_changed_until_it_is_closed(cast, grid_worker):
    tour = a_tour(cast.home, grid_worker)

    amend_inspection(inspection=tour, by=grid_worker, title="十月巡查", held_on=NEXT_DAY)

    tour.refresh_from_db()
    assert (tour.held_on, tour.version) == (NEXT_DAY, 2)
    assert Change.objects.get(resource="inspections", action="updated").fields == ["held_on"]
    amend_inspection(inspection=tour, by=grid_worker, held_on=NEXT_DAY)
    tour.refresh_from_db()
    assert tour.version == 2
    close_inspection(inspection=tour, by=grid_worker)
    with pytest.raises(InspectionDone):
        amend_inspection(inspection=tour, by=grid_worker, title="x")


def test_a_finding_is_kept_at_its_stairwell_with_its_photo_and_its_task(cast, grid_worker):
    tour, body, stairwell = a_tour(cast.home, grid_worker), a_body(cast.home), cast.doors[0].stairwell

    finding = found(tour, grid_worker, stairwell=stairwell, photo=a_photo(), due_on=NEXT_DAY, body=body)

    finding = Finding.objects.get(pk=finding.pk)
    assert (finding.building, finding.stairwell, finding.by) == (stairwell.building, stairwell, grid_worker)
    assert finding.photo.open("rb").read(3) == b"\xff\xd8\xff"
    assert Path(finding.photo.name).name.isascii()
    task = finding.task
    assert (task.origin, task.text, task.building, task.stairwell, task.reported_on) == (
        "inspection",
        "楼道堆物",
        stairwell.building,
        stairwell,
        DAY,
    )
    assert (task.due_on, task.body, task.is_safety, task.state) == (NEXT_DAY, body, False, "open")
    assert list(task.events.values_list("act", "done_on")) == [("opened", DAY)]


@pytest.mark.parametrize(
    ("severity", "wanted", "tasks"), [("minor", False, 0), ("safety", False, 1), ("major", True, 1)]
)
def test_a_finding_of_safety_always_gets_its_task(cast, grid_worker, severity, wanted, tasks):
    finding = found(a_tour(cast.home, grid_worker), grid_worker, severity=severity, task=wanted)

    assert UpkeepTask.objects.filter(finding=finding).count() == tasks
    assert UpkeepTask.objects.filter(is_safety=True).exists() is (severity == "safety")


def test_what_a_finding_is_refused_for(cast, grid_worker):
    tour, first = a_tour(cast.home, grid_worker), cast.doors[0].stairwell
    other_building = cast.doors[2].building

    with pytest.raises(StairwellElsewhere):
        found(tour, grid_worker, stairwell=first, building=other_building)
    with pytest.raises(OtherNeighbourhood):
        found(tour, grid_worker, building=cast.other_doors[0].building)
    with pytest.raises(DayOutOfOrder):
        found(tour, grid_worker, due_on=DAY - timedelta(days=1))
    with pytest.raises(PhotoRefused):
        found(tour, grid_worker, photo=no_text())
    with pytest.raises(DayInFuture):
        found(a_tour(cast.home, grid_worker, held_on=to_come()), grid_worker)
    close_inspection(inspection=tour, by=grid_worker)
    with pytest.raises(InspectionDone):
        found(tour, grid_worker)
    assert not Finding.objects.exists()
    assert not UpkeepTask.objects.exists()


def test_a_finding_cannot_be_changed_or_taken_back(cast, grid_worker):
    finding = found(a_tour(cast.home, grid_worker), grid_worker)

    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=finding.pk).update(text="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=finding.pk).delete()


def test_a_tour_is_closed_on_its_day_once(cast, grid_worker):
    tour = a_tour(cast.home, grid_worker)
    found(tour, grid_worker)

    close_inspection(inspection=tour, by=grid_worker)

    tour.refresh_from_db()
    assert tour.state == "done"
    assert HistoryEntry.objects.get(act="inspection_done").details == {"findings": 1}
    with pytest.raises(InspectionDone):
        close_inspection(inspection=tour, by=grid_worker)
    with pytest.raises(DayInFuture):
        close_inspection(inspection=a_tour(cast.home, grid_worker, held_on=to_come()), by=grid_worker)


def test_a_finding_becomes_a_task_later_and_only_once(cast, grid_worker):
    finding = found(a_tour(cast.home, grid_worker), grid_worker, task=False)

    task = open_task_of(finding=finding, by=grid_worker, due_on=NEXT_DAY)

    assert (task.finding, task.due_on) == (finding, NEXT_DAY)
    with pytest.raises(FindingHasTask):
        open_task_of(finding=finding, by=grid_worker)


# --- Tasks -----------------------------------------------------------------------------------------


def test_a_repair_is_written_down(cast, community_worker):
    building = cast.doors[0].building

    task = a_task(
        cast.home,
        community_worker,
        building=building,
        place="三楼平台",
        reporter_name="周敏",
        reporter_phone="13812342071",
        photo=a_photo(),
    )

    task.refresh_from_db()
    assert (task.origin, task.building, task.stairwell, task.place, task.state) == (
        "repair",
        building,
        None,
        "三楼平台",
        "open",
    )
    assert (task.reporter_name, task.reporter_phone, bool(task.photo)) == ("周敏", "13812342071", True)
    assert HistoryEntry.objects.get(act="upkeep_task_opened").details == {"origin": "repair"}


def test_what_a_task_is_refused_for(cast, community_worker):
    with pytest.raises(DayInFuture):
        a_task(cast.home, community_worker, reported_on=to_come())
    with pytest.raises(DayOutOfOrder):
        a_task(cast.home, community_worker, due_on=DAY - timedelta(days=1))
    with pytest.raises(OtherNeighbourhood):
        a_task(cast.home, community_worker, stairwell=cast.other_doors[0].stairwell)
    with pytest.raises(BodyEnded):
        a_task(cast.home, community_worker, body=a_body(cast.home, ended_on=DAY, end_reason="到期"))
    assert not UpkeepTask.objects.exists()


def test_a_task_is_given_to_somebody(cast, community_worker):
    task, body = a_task(cast.home, community_worker), a_body(cast.home)

    amend_task(task=task, body=body, due_on=NEXT_DAY, is_safety=True, by=community_worker)

    task.refresh_from_db()
    assert (task.body, task.due_on, task.is_safety, task.version) == (body, NEXT_DAY, True, 2)
    assert list(task.events.order_by("pk").values_list("act", "note")) == [("opened", ""), ("assigned", "宜物物业")]
    amend_task(task=task, body=body, by=community_worker)
    assert task.events.count() == 2
    with pytest.raises(DayOutOfOrder):
        amend_task(task=task, due_on=DAY - timedelta(days=1), by=community_worker)


def test_a_task_is_done_and_checked_by_another(cast, community_worker, grid_worker):
    # Given to somebody today, the doing may still be of the day it was reported.
    task = amend_task(task=a_task(cast.home, community_worker), body=a_body(cast.home), by=community_worker)

    do_task(task=task, done_on=DAY, note="换灯泡", photo=a_photo(), by=grid_worker)

    task.refresh_from_db()
    assert (task.state, task.done_on, task.note) == ("done", DAY, "换灯泡")
    assert done_by(task) == grid_worker.pk
    assert task.events.get(act="done").photo
    with pytest.raises(SecondPersonNeeded):
        check_task(task=task, passed=True, checked_on=NEXT_DAY, by=grid_worker)
    with pytest.raises(DayOutOfOrder):
        check_task(task=task, passed=True, checked_on=DAY - timedelta(days=1), by=community_worker)

    check_task(task=task, passed=True, checked_on=NEXT_DAY, by=community_worker)

    task.refresh_from_db()
    assert (task.state, task.done_on) == ("verified", DAY)
    assert task.events.get(act="verified").by == community_worker
    with pytest.raises(TaskNotDone):
        check_task(task=task, passed=True, checked_on=NEXT_DAY, by=community_worker)


def test_what_is_not_in_order_is_sent_back_with_a_word_and_done_again(cast, community_worker, grid_worker):
    task = do_task(task=a_task(cast.home, community_worker), done_on=DAY, by=grid_worker)

    with pytest.raises(ReasonNeeded):
        check_task(task=task, passed=False, checked_on=NEXT_DAY, note=" ", by=community_worker)
    check_task(task=task, passed=False, checked_on=NEXT_DAY, note="仍不亮", by=community_worker)

    task.refresh_from_db()
    assert (task.state, task.done_on, task.note) == ("open", None, "仍不亮")
    with pytest.raises(DayOutOfOrder):
        do_task(task=task, done_on=DAY, by=community_worker)
    # The second doing is checked by who did not record it, though that person recorded the first.
    do_task(task=task, done_on=NEXT_DAY, by=community_worker)
    assert check_task(task=task, passed=True, checked_on=NEXT_DAY, by=grid_worker).state == "verified"


def test_what_is_done_is_of_a_day_that_has_come_and_only_of_an_open_task(cast, community_worker):
    task = a_task(cast.home, community_worker)

    with pytest.raises(DayInFuture):
        do_task(task=task, done_on=to_come(), by=community_worker)
    with pytest.raises(TaskNotDone):
        check_task(task=task, passed=True, checked_on=DAY, by=community_worker)
    do_task(task=task, done_on=DAY, by=community_worker)
    with pytest.raises(TaskNotOpen):
        do_task(task=task, done_on=DAY, by=community_worker)
    with pytest.raises(TaskNotOpen):
        amend_task(task=task, due_on=NEXT_DAY, by=community_worker)


def test_a_task_is_dropped_with_a_reason(cast, community_worker):
    task = a_task(cast.home, community_worker)

    with pytest.raises(ReasonNeeded):
        drop_task(task=task, reason=" ", by=community_worker)
    drop_task(task=task, reason="重复报修", by=community_worker)

    task.refresh_from_db()
    assert (task.state, task.note, task.done_on) == ("dropped", "重复报修", None)
    with pytest.raises(TaskNotOpen):
        drop_task(task=task, reason="x", by=community_worker)


def test_a_step_of_a_task_cannot_be_changed(cast, community_worker):
    event = a_task(cast.home, community_worker).events.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        TaskEvent.objects.filter(pk=event.pk).update(note="x")


# --- What waits ------------------------------------------------------------------------------------


def test_safety_comes_first_then_what_is_due_first_and_what_has_no_day_last(cast, community_worker):
    def task(text, **fields):
        return a_task(cast.home, community_worker, text=text, **fields)

    task("无期限")
    task("迟", due_on=DAY + timedelta(days=9))
    task("早", due_on=DAY + timedelta(days=2))
    task("安全", is_safety=True)
    a_task(cast.next_door, community_worker)
    do_task(task=task("已做"), done_on=DAY, by=community_worker)

    waiting = waiting_tasks(cast.home, "open", DAY + timedelta(days=3), most=10)

    assert [(one.task.text, one.days_overdue) for one in waiting] == [("安全", 0), ("早", 1), ("迟", 0), ("无期限", 0)]
    counts = count_tasks(cast.home, DAY + timedelta(days=3))
    assert (counts.open, counts.overdue, counts.safety, counts.done, counts.settled) == (4, 1, 1, 1, 0)
    # On the due day itself there is still time.
    assert count_tasks(cast.home, DAY + timedelta(days=2)).overdue == 0


def test_findings_are_counted_by_tour_and_by_goal_word(cast, community_worker, grid_worker):
    tour, earlier = a_tour(cast.home, grid_worker), a_tour(cast.home, grid_worker, held_on=DAY - timedelta(days=100))
    found(tour, grid_worker, criterion="safe", severity="safety")
    found(tour, grid_worker, criterion="safe", task=False)
    done = found(tour, grid_worker, criterion="clean")
    found(earlier, grid_worker, criterion="bright")
    task = do_task(task=done.task, done_on=DAY, by=grid_worker)
    check_task(task=task, passed=True, checked_on=DAY, by=community_worker)

    counted = {(one.title, one.held_on): (one.finding_count, one.waiting_count) for one in inspections_of(cast.home)}
    assert counted == {("十月巡查", DAY): (3, 1), ("十月巡查", earlier.held_on): (1, 1)}
    assert [(one.criterion.value, one.found, one.waiting) for one in by_criterion(cast.home, DAY)] == [
        ("clean", 1, 0),
        ("clear", 0, 0),
        ("bright", 0, 0),
        ("safe", 2, 1),
        ("beautiful", 0, 0),
    ]


def test_planned_tours_say_whether_their_day_has_passed(cast, grid_worker):
    later, sooner = a_tour(cast.home, grid_worker, held_on=NEXT_DAY), a_tour(cast.home, grid_worker)
    close_inspection(inspection=a_tour(cast.home, grid_worker), by=grid_worker)

    assert planned_inspections(cast.home, NEXT_DAY) == [(sooner, True), (later, False)]


def test_nothing_is_written_for_a_neighbourhood_through_another(cast):
    outsider = make_user()
    tour = a_tour(cast.home, outsider)

    with pytest.raises(OtherNeighbourhood):
        found(tour, outsider, body=a_body(cast.next_door))
