"""Rows of tours, tasks and contests."""

from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from governance.models import (
    Contest,
    ContestEntry,
    ContestScore,
    Finding,
    Inspection,
    TaskEvent,
    UpkeepTask,
)
from renovation.models import Household, Neighbourhood
from tests.works_rows import PHOTO

DAY = date(2026, 9, 1)


def keep_upkeep(neighbourhood: Neighbourhood, household: Household, staff: User) -> dict[str, Any]:
    """Makes a row of each kind, with words that stand nowhere else; their ids by what routes call them."""
    told = {"at": timezone.now(), "by": staff}
    stairwell = household.stairwell
    place = {"building": household.building, "stairwell": stairwell}
    tour = Inspection.objects.create(
        neighbourhood=neighbourhood, title="本小区巡查", held_on=DAY, route="本小区全程", party="本小区楼栋长"
    )
    finding = Finding(inspection=tour, criterion="clear", severity="major", text="本小区堆物", **place, **told)
    finding.photo.save("a.jpg", ContentFile(PHOTO), save=True)
    task = UpkeepTask(
        neighbourhood=neighbourhood,
        origin="inspection",
        finding=finding,
        place="本小区三楼",
        text="本小区清理堆物",
        reporter_name="王业主",
        reporter_phone="13812342071",
        reported_on=DAY,
        **place,
    )
    task.photo.save("b.jpg", ContentFile(PHOTO), save=True)
    step = TaskEvent(task=task, act="opened", done_on=DAY, note="本小区开单", **told)
    step.photo.save("c.jpg", ContentFile(PHOTO), save=True)
    contest = Contest.objects.create(
        neighbourhood=neighbourhood,
        title="本小区评选",
        scope="stairwell",
        starts_on=DAY,
        ends_on=date(2026, 9, 30),
        prize="本小区红旗",
    )
    entry = ContestEntry.objects.create(contest=contest, **place)
    ContestScore.objects.create(entry=entry, criterion="clean", points=9, judge="本小区评委", **told)
    return {
        "inspection": tour.pk,
        "finding": finding.pk,
        "upkeep-task": task.pk,
        "upkeep_task": task.pk,
        "step": step.pk,
        "contest": contest.pk,
        "contest-entry": entry.pk,
        "contest_entry": entry.pk,
    }
