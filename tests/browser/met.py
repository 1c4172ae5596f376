"""Workshops for the tests that look at pages: one that was held with tasks overdue, one to come, one to be recorded."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from consent.models import Workshop
from consent.services.announcements import announce
from consent.services.workshops import add_task, cancel_workshop, hold_workshop, plan_workshop, settle_task
from renovation.models import Household
from tests.consent.notice_casts import a_photo

WORDS = {
    "zh-hans": {
        "held": "停车位怎么画",
        "to_come": "小广场议一议",
        "late": "三栋雨棚协商会",
        "cancelled": "绿化选种",
        "party": "党员大会",
        "place": "东门议事亭",
        "by": "示范社区居委会",
        "agenda": "一、现有车位与车辆\n二、画线方案\n三、谁来管",
        "summary": "到会居民看了三个画线方案，多数选第二个；老人希望单元门前不停车。",
        "resident": "周敏",
        "neighbour": "李强",
        "designer": "赵工",
        "member": "孙党员",
        "agreed": "采用第二个方案，单元门前不停车。",
        "postponed": "夜间访客车位以后再议。",
        "late_task": "把画线方案贴到每个单元",
        "task": "核对各户车辆",
        "done_task": "量出车位尺寸",
        "assignee": "王丽",
        "note": "已量两遍",
        "board": "东门公告栏",
        "group": "嘉明花园业主群",
        "said": "周六上午九点在东门议事亭议停车。",
        "reason": "当天有暴雨预警",
    },
    "en": {
        "held": "How to draw the parking spaces",
        "to_come": "About the little square",
        "late": "The canopy of building 3",
        "cancelled": "Which trees to plant",
        "party": "Meeting of members",
        "place": "Pavilion at the east gate",
        "by": "First Community",
        "agenda": "1. Spaces and cars today\n2. How to draw the lines\n3. Who looks after them",
        "summary": "Residents looked at three drawings; most chose the second. The elderly ask for free doors.",
        "resident": "Zhou Min",
        "neighbour": "Li Qiang",
        "designer": "Ms Zhao",
        "member": "Mr Sun",
        "agreed": "The second drawing, and no car before a stairwell's door.",
        "postponed": "Spaces for visitors at night.",
        "late_task": "Hang the drawing in every stairwell",
        "task": "Count each household's cars",
        "done_task": "Measure the spaces",
        "assignee": "Wang Li",
        "note": "Measured twice",
        "board": "Board at the east gate",
        "group": "Owners of Jiaming Garden",
        "said": "Saturday at nine at the pavilion: parking.",
        "reason": "A storm is forecast",
    },
}


def meet(doors: list[Household], by: User, language: str) -> dict[str, Workshop]:
    """The workshops of the doors' neighbourhood, by what they show."""
    told, home, today = WORDS[language], doors[0].neighbourhood, timezone.localdate()

    def plan(name: str, days: int, kind: str = "workshop") -> Workshop:
        return plan_workshop(
            neighbourhood=home,
            kind=kind,
            title=told[name],
            held_on=today + timedelta(days=days),
            place=told["place"],
            convened_by=told["by"],
            agenda=told["agenda"],
            by=by,
        )

    made = {
        "held": plan("held", -20),
        "to-come": plan("to_come", 30),
        "late": plan("late", -2, "residents_meeting"),
        "cancelled": plan("cancelled", -5, "committee_meeting"),
        "party": plan("party", -8, "party_meeting"),
    }
    held = made["held"]
    for channel, place in (("board", told["board"]), ("group_chat", told["group"])):
        announce(
            about=held,
            channel=channel,
            told_on=today - timedelta(days=21),
            place=place,
            reached=214,
            text=told["said"],
            photo=a_photo() if channel == "board" else None,
            by=by,
        )
    hold_workshop(
        workshop=held,
        summary=told["summary"],
        attendances=[
            {"name": told["resident"], "role": "resident", "household": doors[0]},
            {"name": told["neighbour"], "role": "resident", "household": doors[1]},
            {"name": told["designer"], "role": "designer"},
        ],
        decisions=[
            {"text": told["agreed"], "outcome": "agreed", "votes_for": 21, "votes_against": 4},
            {"text": told["postponed"], "outcome": "postponed"},
        ],
        by=by,
    )
    for text, days in ((told["late_task"], -3), (told["task"], 30), (told["done_task"], -10)):
        task = add_task(workshop=held, text=text, assignee=told["assignee"], due_on=today + timedelta(days=days), by=by)
        if text == told["done_task"]:
            settle_task(task=task, state="done", done_on=today - timedelta(days=12), note=told["note"], by=by)
    cancel_workshop(workshop=made["cancelled"], reason=told["reason"], by=by)
    member = {"name": told["member"], "role": "party"}
    hold_workshop(workshop=made["party"], summary=told["summary"], attendances=[member], by=by)
    return made


def workshop_addresses(made: dict[str, Workshop], empty: int) -> dict[str, str]:
    """Each page of workshops by a short name; `empty` is a neighbourhood without any."""
    home = made["held"].neighbourhood_id
    here, there = f"/neighbourhoods/{home}/workshops/", f"/neighbourhoods/{empty}/workshops/"
    return {
        "workshops": here,
        "workshops-none": there,
        "workshop-new": f"{there}new/",
        **{f"workshop-{name}": f"{here}{workshop.pk}/" for name, workshop in made.items()},
        "workshop-edit": f"{here}{made['to-come'].pk}/edit/",
        "announcement-new": f"/neighbourhoods/{home}/announce/?workshop={made['held'].pk}",
    }
