"""Works under supervision, told in one language: for pictures of the pages about them."""

import io
from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, ImageDraw

from accounts.choices import Role
from accounts.models import User
from renovation.models import Defect, MenuItem, Neighbourhood
from renovation.services.site_photos import add_site_photo, publish_photo
from renovation.services.supervision import raise_defect, recheck_defect, rectify_defect, report_from_site
from tests.factories import make_user
from tests.renovation.supervision_cast import a_package, accept

TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {
        "builder": "宜江建设",
        "other": "江北市政",
        "supervisor": "周敏",
        "seen": "三号楼屋面卷材搭接不足，雨前请停工返工。落水口周边已重新收头。",
        "wrong": "屋面卷材搭接只有五厘米",
        "leak": "三单元顶层雨后渗水",
        "kerb": "路缘石松动三处",
        "rail": "单元门口扶手松动",
        "done": "已按十厘米重新铺贴",
        "front": "东侧外墙",
    },
    "en": {
        "builder": "Yijiang Builders",
        "other": "Northbank Roads",
        "supervisor": "Zhou Min",
        "seen": "The roofing felt of building 3 overlaps too little: it must be laid again before the rain.",
        "wrong": "The felt overlaps by five centimetres only",
        "leak": "Water comes in on the top floor after rain",
        "kerb": "Three kerb stones are loose",
        "rail": "The handrail at the door is loose",
        "done": "Laid again with ten centimetres",
        "front": "East front",
    },
}


def a_facade(wall: str, number: int) -> SimpleUploadedFile:
    """A drawn front with windows; like no other by its number."""
    image = Image.new("RGB", (1200, 900), "#a9c4d6")
    draw = ImageDraw.Draw(image)
    draw.rectangle((150, 130, 1050, 900), fill=wall)
    for row in range(5):
        for column in range(6):
            left, top = 200 + column * 142, 180 + row * 135
            draw.rectangle((left, top, left + 84, top + 84), fill="#33475b", outline="#ffffff", width=6)
    draw.rectangle((0, 0, 7 * (number % 150), 8), fill="#223344")
    target = io.BytesIO()
    image.save(target, "JPEG")
    return SimpleUploadedFile("front.jpg", target.getvalue(), "image/jpeg")


def item(code: str) -> MenuItem:
    return MenuItem.objects.get(code=code)


def supervise(neighbourhood: Neighbourhood, worker: User, language: str) -> Defect:
    """Reports, a defect in each state and photos; the open one comes back."""
    told, today = TOLD_IN[language], timezone.localdate()
    colleague = make_user(Role.COMMUNITY_STAFF, neighbourhood.community_code, display_name=told["supervisor"])
    package = a_package(neighbourhood, "B03", "B05", contractor=told["builder"])
    package.name = told["builder"]
    package.save()
    building = neighbourhood.buildings.order_by("number").first()
    report_from_site(
        neighbourhood=neighbourhood,
        report={
            "reporter": "residents_supervisor",
            "reporter_name": told["supervisor"],
            "reported_on": today - timedelta(days=20),
            "text": told["seen"],
            "package": package,
            "building": building,
        },
        photos=[a_facade("#b9a48a", 1), a_facade("#c0b09a", 2)],
        defect={
            "severity": "safety",
            "text": told["wrong"],
            "menu_item": item("B03"),
            "due_on": today - timedelta(days=6),
        },
        by=worker,
    )
    plain: dict[str, Any] = {"reporter": "community", "reported_on": today - timedelta(days=2), "text": told["done"]}
    report_from_site(neighbourhood=neighbourhood, report=plain, photos=[a_facade("#d8c9b0", 3)], by=worker)
    open_one = Defect.objects.get(neighbourhood=neighbourhood)
    for text, code, closed in ((told["kerb"], "B05", False), (told["rail"], "B05", True)):
        found = today - timedelta(days=12)
        defect = raise_defect(
            neighbourhood=neighbourhood,
            severity="minor",
            text=text,
            found_on=found,
            menu_item=item(code),
            building=building,
            by=worker,
        )
        by = colleague if closed else worker
        rectify_defect(defect=defect, done_on=found + timedelta(days=3), note=told["done"], by=by)
        if closed:
            recheck_defect(defect=defect, passed=True, done_on=found + timedelta(days=4), note=told["done"], by=worker)
    show(neighbourhood, worker, language)
    return open_one


def show(neighbourhood: Neighbourhood, worker: User, language: str) -> None:
    """Published photos before and after, and one that is not."""
    told, today = TOLD_IN[language], timezone.localdate()
    number = 10 * neighbourhood.pk
    for code in ("", "B03"):
        for phase, wall in (("before", "#8f7d68"), ("during", "#b5a793"), ("after", "#e9dcc3")):
            number += 1
            photo, _is_new = add_site_photo(
                neighbourhood=neighbourhood,
                phase=phase,
                taken_on=today - timedelta(days=90 if phase == "before" else 5),
                file=a_facade(wall, number),
                caption=told["front"] if code else "",
                menu_item=item(code) if code else None,
                by=worker,
            )
            publish_photo(photo=photo, published=phase != "during", by=worker)


def damage(neighbourhood: Neighbourhood, worker: User, language: str) -> None:
    """Early damage of two contractors, found in two years."""
    told = TOLD_IN[language]
    for contractor, code, year in ((told["builder"], "B03", 2024), (told["other"], "B05", 2025)):
        package = a_package(neighbourhood, code, contractor=contractor)
        package.name = contractor
        package.save()
        accept(package, date(year, 5, 20), by=worker)
        for month, text in ((6, told["leak"]), (9, told["kerb"])):
            raise_defect(
                neighbourhood=neighbourhood,
                severity="major",
                text=text,
                found_on=date(2025 if month == 6 else 2026, month, 1),
                package=package,
                menu_item=item(code),
                by=worker,
            )
