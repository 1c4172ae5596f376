"""What officials read of a division: `shape` says what it is made of, `items` what is behind each figure."""

from overview.reports.dashboard.items import NoSuchFigure
from overview.reports.dashboard.opened import rows_of
from overview.reports.dashboard.scope import NoDashboard, division_for
from overview.reports.dashboard.standing import DayToCome, neighbourhood_days
from overview.reports.dashboard.tries import what_if
from overview.reports.dashboard.whole import dashboard_of

__all__ = [
    "DayToCome",
    "NoDashboard",
    "NoSuchFigure",
    "dashboard_of",
    "division_for",
    "neighbourhood_days",
    "rows_of",
    "what_if",
]
