"""A row of each kind that a neighbourhood keeps of its workshops and meetings."""

from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from consent.models import Announcement, Workshop, WorkshopAttendance, WorkshopDecision, WorkshopTask
from renovation.models import Household, Neighbourhood
from tests.works_rows import PHOTO

DAY = date(2026, 9, 1)


def keep_workshops(neighbourhood: Neighbourhood, household: Household, staff: User) -> dict[str, Any]:
    """Makes the rows, each with words that stand nowhere else, and returns their ids by what routes call them."""
    now = timezone.now()
    workshop = Workshop.objects.create(
        neighbourhood=neighbourhood,
        kind="workshop",
        title="本小区工作坊",
        held_on=DAY,
        place="本小区议事厅",
        convened_by="本小区居民委员会",
        agenda="本小区的停车位怎么画",
        state="held",
        summary="本小区议了停车",
    )
    attendance = WorkshopAttendance.objects.create(
        workshop=workshop, household=household, name="本小区来人", role="resident", at=now
    )
    decision = WorkshopDecision.objects.create(
        workshop=workshop, text="本小区抽签分车位", outcome="agreed", votes_for=12, votes_against=3, at=now, by=staff
    )
    task = WorkshopTask.objects.create(workshop=workshop, text="本小区画线", assignee="本小区施工方", due_on=DAY)
    announcement = Announcement(
        neighbourhood=neighbourhood,
        workshop=workshop,
        channel="board",
        told_on=DAY,
        place="本小区东门公告栏",
        reached=40,
        text="本小区周六议事",
        at=now,
        by=staff,
    )
    announcement.photo.save("本小区告知.png", ContentFile(PHOTO), save=False)
    announcement.save()
    return {
        "workshop": workshop.pk,
        "workshop-attendance": attendance.pk,
        "workshop-decision": decision.pk,
        "workshop-task": task.pk,
        "announcement": announcement.pk,
    }
