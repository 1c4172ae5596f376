"""A neighbourhood that is kept up, told in one language: tours, tasks, contests; and the addresses that show it."""

import io
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from accounts.models import User
from governance.models import Body, Contest
from governance.services.bodies import found_body
from governance.services.contests import close_contest, enter_all, open_contest, score_entry
from governance.services.upkeep import add_finding, close_inspection, plan_inspection
from governance.services.upkeep_tasks import check_task, do_task, drop_task, open_task
from renovation.models import Neighbourhood, Stairwell

CRITERIA = ("clean", "clear", "bright", "safe", "beautiful")

TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {
        "group": "楼栋巡查队",
        "held": "十一月第三周巡查",
        "today": "十一月第四周巡查",
        "route": "东门—1 号楼—2 号楼—小花园—西门",
        "walks": "周建国、李秀兰",
        "cable": "一楼楼道里有飞线充电",
        "bikes": "三楼平台堆放两辆旧自行车",
        "lamp": "二楼至三楼声控灯不亮",
        "litter": "垃圾桶旁有散落垃圾",
        "bed": "花坛里有人种菜",
        "pipe": "雨水管在二楼处断开，下雨时浇到门厅",
        "place": "门厅右侧",
        "name": "周敏",
        "note": "已拆除飞线，张贴充电棚位置",
        "again": "请再看一遍五楼",
        "duplicate": "与另一条报修重复",
        "door": "单元门关不严",
        "running": "冬季最美楼道评选",
        "closed": "秋季最美楼道评选",
        "empty": "最美楼栋评选",
        "prize": "流动红旗和楼道绿植",
        "judge": "王评委",
        "second": "陈评委",
    },
    "en": {
        "group": "Stairwell Watch",
        "held": "Third week of November",
        "today": "Fourth week of November",
        "route": "East gate, buildings 1 and 2, the little garden, west gate",
        "walks": "Zhou Jianguo, Li Xiulan",
        "cable": "A cable charges a bicycle in the hall",
        "bikes": "Two old bicycles on the third landing",
        "lamp": "The lamp between the second and third floor is dark",
        "litter": "Litter beside the bins",
        "bed": "Somebody grows vegetables in the flower bed",
        "pipe": "The downpipe is broken at the second floor; rain falls into the hall",
        "place": "right of the hall",
        "name": "Zhou Min",
        "note": "Cable taken away, the way to the charging shed is shown",
        "again": "Please look at the fifth floor again",
        "duplicate": "Reported twice",
        "door": "The stairwell's door does not shut",
        "running": "Best stairwell of winter",
        "closed": "Best stairwell of autumn",
        "empty": "Best building of the year",
        "prize": "The red banner, and plants for the hall",
        "judge": "Ms Wang",
        "second": "Mr Chen",
    },
}


def keep_up(neighbourhood: Neighbourhood, worker: User, second: User, language: str) -> dict[str, str]:
    """Tours, tasks and contests there, kept by `worker` and checked by `second`; the addresses to look at, by name."""
    told, today = TOLD_IN[language], timezone.localdate()
    stairwells = list(
        Stairwell.objects.filter(building__neighbourhood=neighbourhood).select_related("building").order_by("pk")
    )
    group = found_body(
        neighbourhood=neighbourhood,
        kind="self_governing_group",
        name=told["group"],
        founded_on=today - timedelta(days=300),
        by=worker,
    )
    held, walked = _tours(neighbourhood, stairwells, group, worker, second, told)
    here: dict[str, Any] = {"neighbourhood": neighbourhood, "reported_on": today - timedelta(days=12), "by": worker}
    late = open_task(
        origin="repair",
        text=told["pipe"],
        place=told["place"],
        stairwell=stairwells[0],
        reporter_name=told["name"],
        reporter_phone="13812342071",
        body=group,
        due_on=today - timedelta(days=3),
        photo=_photo(5),
        **here,
    )
    waits = open_task(origin="repair", text=told["door"], stairwell=stairwells[-1], body=group, **here)
    do_task(task=waits, done_on=today - timedelta(days=2), note=told["note"], photo=_photo(6), by=second)
    drop_task(task=open_task(origin="other", text=told["lamp"], **here), reason=told["duplicate"], by=worker)
    running, closed, empty = _contests(neighbourhood, worker, told)
    entry = running.entries.order_by("pk").first()
    assert entry is not None
    place = f"/neighbourhoods/{neighbourhood.pk}"
    return {
        "upkeep": f"{place}/upkeep/",
        "upkeep-findings": f"{place}/upkeep/findings/",
        "upkeep-findings-one": f"{place}/upkeep/findings/?criterion=safe&days=90",
        "inspection-new": f"{place}/upkeep/tours/new/",
        "inspection-held": f"{place}/upkeep/tours/{held}/",
        "inspection-walked": f"{place}/upkeep/tours/{walked}/",
        "upkeep-task-new": f"{place}/upkeep/tasks/new/",
        "upkeep-task-late": f"{place}/upkeep/tasks/{late.pk}/",
        "upkeep-task-check": f"{place}/upkeep/tasks/{waits.pk}/",
        "contests": f"{place}/contests/",
        "contest-new": f"{place}/contests/new/",
        "contest-running": f"{place}/contests/{running.pk}/",
        "contest-closed": f"{place}/contests/{closed.pk}/",
        "contest-empty": f"{place}/contests/{empty.pk}/",
        "contest-entry": f"{place}/contests/{running.pk}/entries/{entry.pk}/",
    }


def empty_upkeep(neighbourhood: Neighbourhood) -> dict[str, str]:
    """The addresses where nothing is kept up yet."""
    place = f"/neighbourhoods/{neighbourhood.pk}"
    return {"upkeep-empty": f"{place}/upkeep/", "contests-empty": f"{place}/contests/"}


def _tours(
    neighbourhood: Neighbourhood,
    stairwells: list[Stairwell],
    group: Body,
    worker: User,
    second: User,
    told: dict[str, str],
) -> tuple[int, int]:
    """One that was held, and one that is being walked today."""
    today = timezone.localdate()
    planned: dict[str, Any] = {"neighbourhood": neighbourhood, "body": group, "route": told["route"], "by": worker}
    held = plan_inspection(title=told["held"], held_on=today - timedelta(days=7), **planned)
    walked = plan_inspection(title=told["today"], held_on=today, party=told["walks"], **planned)
    due = today + timedelta(days=7)
    seen: dict[str, Any] = {"by": worker, "body": group, "due_on": due}
    cable = add_finding(
        inspection=held,
        criterion="safe",
        severity="safety",
        text=told["cable"],
        stairwell=stairwells[0],
        photo=_photo(1),
        **seen,
    )
    do_task(task=cable.task, done_on=today - timedelta(days=5), note=told["note"], photo=_photo(2), by=worker)
    check_task(task=cable.task, passed=False, checked_on=today - timedelta(days=4), note=told["again"], by=second)
    litter = add_finding(
        inspection=held, criterion="clean", severity="minor", text=told["litter"], photo=_photo(3), by=worker
    )
    do_task(task=litter.task, done_on=today - timedelta(days=6), by=worker)
    check_task(task=litter.task, passed=True, checked_on=today - timedelta(days=6), by=second)
    add_finding(inspection=held, criterion="beautiful", severity="minor", text=told["bed"], task=False, by=worker)
    close_inspection(inspection=held, by=worker)
    add_finding(
        inspection=walked,
        criterion="clear",
        severity="major",
        text=told["bikes"],
        stairwell=stairwells[-1],
        photo=_photo(4),
        **seen,
    )
    add_finding(
        inspection=walked,
        criterion="bright",
        severity="minor",
        text=told["lamp"],
        building=stairwells[0].building,
        **seen,
    )
    return held.pk, walked.pk


def _contests(neighbourhood: Neighbourhood, worker: User, told: dict[str, str]) -> tuple[Contest, Contest, Contest]:
    """One half judged, one closed with a shared place, one without entries."""
    today = timezone.localdate()
    days: dict[str, Any] = {"starts_on": today - timedelta(days=20), "ends_on": today, "prize": told["prize"]}
    opened: dict[str, Any] = {"neighbourhood": neighbourhood, "by": worker, **days}
    running = open_contest(title=told["running"], scope="stairwell", **opened)
    closed = open_contest(title=told["closed"], scope="stairwell", **opened)
    empty = open_contest(title=told["empty"], scope="building", **opened)
    given = [(9, 9, 8, 10, 9), (8, 9, 9, 9, 8), (9, 8, 9, 8, 9), (6, 7, 7, 8, 5)]
    for contest, most in ((running, 2), (closed, None)):
        enter_all(contest=contest, by=worker)
        for entry, points in zip(list(contest.entries.order_by("pk"))[:most], given * 9, strict=False):
            score_entry(entry=entry, judge=told["judge"], points=dict(zip(CRITERIA, points, strict=True)), by=worker)
        first = contest.entries.order_by("pk")[0]
        score_entry(entry=first, judge=told["second"], points={"clean": 8, "bright": 9}, by=worker)
    return running, close_contest(contest=closed, by=worker), empty


def _photo(number: int) -> SimpleUploadedFile:
    """A grey wall with a door in it, no two alike."""
    image = Image.new("RGB", (640, 480), (150 + 9 * number, 146 + 8 * number, 138 + 7 * number))
    draw = ImageDraw.Draw(image)
    draw.rectangle((220, 120 + 10 * number, 400, 480), fill=(88, 80, 72))
    draw.line((0, 430, 640, 430), fill=(110, 106, 100), width=8)
    target = io.BytesIO()
    image.save(target, "PNG")
    return SimpleUploadedFile("photo.png", target.getvalue(), "image/png")
