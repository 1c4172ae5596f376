"""The dashboard of a division: the one function that page, API, file and print show."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from overview.reports.dashboard.items import BLOCKED_PARTS, CAME_TO, Items
from overview.reports.dashboard.rows import figure, names_of, rows_from
from overview.reports.dashboard.scope import scope_of
from overview.reports.dashboard.shape import SECTIONS, Changes, Dashboard, Section
from overview.reports.dashboard.standing import Standings, standings_of
from overview.reports.dashboard.sums import fees_of, funnel_of, money_of, phases_of, points_of, support_of, tiles_of
from overview.reports.dashboard.things import Item
from overview.reports.dashboard.trend import trend_of
from overview.reports.days import FEES
from overview.rules.dashboard import last_friday
from overview.rules.maps import are_apart
from renovation.models import Division

FIRST = 6
"""Rows that a section shows at once."""

_PARTS = {"blocked": (*BLOCKED_PARTS, "new"), "works": ("behind", "safety"), "below_target": FEES}


def dashboard_of(
    caller: Any,
    division: Division | str | None = None,
    day: date | None = None,
    now: datetime | None = None,
    *,
    all_names: bool = False,
) -> Dashboard:
    """What the caller reads of a division, or of all of their places where none is given, now or at the end of a day.

    Its cost is that of some thousand kept rows and of what is open, and does not grow with visits or bills: about 20
    statements, and ten for the neighbourhoods that have changed since the last keeping. Points that are too many to be
    told apart have no names unless `all_names` asks for them. Raises NoDashboard for who does not read all of it,
    DayToCome.
    """
    scope = scope_of(caller, division)
    view = standings_of(scope, day, now)
    items = Items(view)
    shown = {name: items.of(name)[:FIRST] for name in SECTIONS}
    named = {item.place for found in shown.values() for item in found}
    if all_names or are_apart(len(view.located), scope.place.level):
        named.update(view.located)
    names = names_of(scope, named)
    return Dashboard(
        place=scope.place,
        above=scope.above,
        day=view.day,
        as_of=view.moment,
        is_past=view.is_past,
        neighbourhoods=figure("all", items.of("all")),
        households=sum(row.households for row in view.rows.values()),
        sections={name: _section(view, items, name, shown[name], names) for name in SECTIONS},
        changes=_changes(view, items),
        phases=phases_of(items),
        support=support_of(view, view.surveyed),
        funnel=funnel_of(items),
        money=money_of(items),
        fees={kind: fees_of(items, kind) for kind in FEES},
        trend=trend_of(view),
        tiles=tiles_of(items),
        points=points_of(view, names),
        located=figure("located", items.of("located")),
        unlocated=figure("unlocated", items.of("unlocated")),
    )


def _section(view: Standings, items: Items, name: str, shown: Sequence[Item], names: Any) -> Section:
    found = items.of(name)
    return Section(
        name=name,
        figure=figure(name, found),
        rows=rows_from(view, shown, names),
        parts={part: figure(f"{name}-{part}", items.of(f"{name}-{part}")) for part in _PARTS.get(name, ())},
        amount=sum((item.facts["amount"] for item in found), Decimal(0)) if name == "awards" else None,
    )


def _changes(view: Standings, items: Items) -> Changes:
    parts = {part: figure(f"changes-{part}", items.of(f"changes-{part}")) for part in ("moved", *CAME_TO)}
    return Changes(since=last_friday(view.day), blocked=figure("blocked-new", items.of("blocked-new")), **parts)
