"""A file that the keeper asked for, and a view that comes to them by mail."""

from typing import Any

from accounts.models import User
from overview.services.exports.asking import queue_export
from overview.services.weekly import save_view, schedule_weekly
from renovation.models import Household, Neighbourhood

SHEET = "neighbourhood-list"


def keep_exports(
    neighbourhood: Neighbourhood, household: Household, staff: User, *, language: str = "zh-hans"
) -> dict[str, Any]:
    if not staff.email:
        staff.email = "keeper@example.cn"
        staff.save(update_fields=["email"])
    filters = {"neighbourhood": neighbourhood.code}
    export = queue_export(subject=SHEET, filters=filters, format="xlsx", by=staff, language=language)
    view = save_view(name=neighbourhood.code, sheet=SHEET, filters=filters, by=staff)
    schedule_weekly(view=view, weekday=1, hour=7, format="xlsx", language=language)
    return {"export": export.pk, "view": view.pk}
