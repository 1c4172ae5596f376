"""A neighbourhood with works, seen by those who supervise them."""

import io
from datetime import date, datetime, time
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts.models import User
from renovation.models import (
    Acceptance,
    Defect,
    DefectEvent,
    MenuItem,
    Neighbourhood,
    PackageItem,
    SitePhoto,
    WorkPackage,
)
from renovation.services.site_photos import add_site_photo, publish_photo
from tests.factories import make_menu_edition

_numbers = count(1)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=timezone.get_current_timezone())


def a_photo(size: tuple[int, int] = (80, 60)) -> SimpleUploadedFile:
    """A photo like no other."""
    target = io.BytesIO()
    number = next(_numbers)
    Image.new("RGB", size, (number % 256, number // 256 % 256, 90)).save(target, "PNG")
    return SimpleUploadedFile("photo.png", target.getvalue(), "image/png")


def an_item(code: str = "B01") -> MenuItem:
    found: MenuItem | None = MenuItem.objects.filter(code=code).first()
    return found or make_menu_edition().items.get(code=code)


def a_package(neighbourhood: Neighbourhood, *codes: str, contractor: str = "宜建公司", **fields: Any) -> WorkPackage:
    number = WorkPackage.objects.filter(neighbourhood=neighbourhood).count() + 1
    package = WorkPackage.objects.create(
        neighbourhood=neighbourhood,
        number=number,
        name=f"标段{number}",
        contractor=contractor,
        contract_document="HT-1",
        starts_on=date(2025, 3, 1),
        ends_on=date(2025, 9, 1),
        **fields,
    )
    for code in codes:
        PackageItem.objects.create(package=package, menu_item=an_item(code))
    return package


def accept(package: WorkPackage, held_on: date, *, passed: bool = True, by: User | None = None) -> Acceptance:
    return Acceptance.objects.create(
        package=package,
        held_on=held_on,
        passed=passed,
        attendees=["builder"],
        document="YS-1",
        recorded_at=noon(held_on),
        recorded_by=by,
    )


def a_defect(neighbourhood: Neighbourhood, **fields: Any) -> Defect:
    """A row as it stands, with the event of being raised; nothing is pushed."""
    by = fields.pop("by", None)
    fields = {"severity": "minor", "text": f"渗水{next(_numbers)}", "found_on": date(2026, 3, 1), **fields}
    defect = Defect.objects.create(neighbourhood=neighbourhood, **fields)
    DefectEvent.objects.create(defect=defect, act="raised", done_on=defect.found_on, at=noon(defect.found_on), by=by)
    return defect


def keep_photo(
    neighbourhood: Neighbourhood, phase: str, *, by: User, published: bool = True, **fields: Any
) -> SitePhoto:
    fields = {"taken_on": date(2026, 3, 1), "file": a_photo(), **fields}
    photo, is_new = add_site_photo(neighbourhood=neighbourhood, phase=phase, by=by, **fields)
    assert is_new
    return publish_photo(photo=photo, published=published, by=by)
