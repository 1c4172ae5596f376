"""What is behind a figure of a dashboard."""

from datetime import date, datetime
from typing import Any

from overview.reports.dashboard.items import Items
from overview.reports.dashboard.rows import names_of, rows_from
from overview.reports.dashboard.scope import scope_of
from overview.reports.dashboard.shape import Opened
from overview.reports.dashboard.standing import standings_of
from overview.reports.dashboard.words import title_of_key
from renovation.models import Division


def rows_of(
    caller: Any,
    division: Division | str | None,
    day: date | None,
    key: str,
    *,
    start: int = 0,
    size: int | None = None,
    now: datetime | None = None,
) -> Opened:
    """The rows behind the figure `key` of `dashboard_of(caller, division, day)`: `total` is that figure, `rows` those
    from `start` on, `size` at most.

    Raises NoDashboard and DayToCome as the dashboard does, NoSuchFigure for another key.
    """
    view = standings_of(scope_of(caller, division), day, now)
    found = Items(view).of(key)
    shown = found[start:] if size is None else found[start : start + size]
    title = title_of_key(key, {child.code: child.name for child in view.scope.children})
    return Opened(key, title, len(found), rows_from(view, shown, names_of(view.scope, (item.place for item in shown))))
