"""What if the pass share were another: who would pass, and how many doors it would take elsewhere."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from overview.reports.dashboard.items import Items
from overview.reports.dashboard.rows import names_of, rows_from
from overview.reports.dashboard.scope import scope_of
from overview.reports.dashboard.shape import Row, WhatIf, WhatIfRow
from overview.reports.dashboard.standing import standings_of
from overview.rules.dashboard import Tried, rate_of, try_share
from renovation.models import Division


def what_if(
    caller: Any,
    division: Division | str | None,
    share: Decimal,
    *,
    day: date | None = None,
    size: int | None = None,
    now: datetime | None = None,
) -> WhatIf:
    """The last survey of each neighbourhood at another pass share, above 0 and at most 1; `size` rows at most of those
    that would miss doors. Nothing is changed by it, and surveys of fewer than five households are only counted.

    Raises NoDashboard and DayToCome as the dashboard does.
    """
    scope = scope_of(caller, division)
    view = standings_of(scope, day, now)
    items = Items(view)
    tried = try_share(view.surveyed.values(), share)
    turned = [one for one in tried if one.turns]
    short = [one for one in tried if one.missing_then]
    shown = short if size is None else short[:size]
    places = list(dict.fromkeys(one.standing.place for one in (*turned, *shown)))
    found = [items.place(pk, "asked", None, **items.support(pk)) for pk in places]
    rows = {row.neighbourhood: row for row in rows_from(view, found, names_of(scope, places))}
    return WhatIf(
        place=scope.place,
        as_of=view.moment,
        share=share,
        surveys=len(tried),
        passing_now=sum(one.missing_now == 0 for one in tried),
        passing_then=sum(one.missing_then == 0 for one in tried),
        doors_missing=sum(one.missing_then for one in tried),
        turned=_rows(turned, rows),
        rows=_rows(shown, rows),
        hidden=sum(pk in view.surveyed for pk in view.hidden),
    )


def _rows(tried: Sequence[Tried], rows: dict[int, Row]) -> list[WhatIfRow]:
    return [
        WhatIfRow(
            row=rows[one.standing.place],
            supports=one.standing.supports,
            denominator=one.standing.denominator,
            support_rate=rate_of(one.standing.supports, one.standing.denominator),
            missing_now=one.missing_now,
            missing_then=one.missing_then,
        )
        for one in tried
    ]
