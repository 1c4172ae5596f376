"""The rows that a dashboard is made of: a day as it was kept; or now, as it was kept last and what changed since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from governance.rules.fees.rates import Collected
from overview.models import KeptDay, NeighbourhoodDay
from overview.reports.dashboard.scope import Scope, scope_of
from overview.reports.days import FEES, NOTHING, PARTS, PLACE, end_of, fee_month_of, figures_on
from overview.rules.dashboard import Standing, is_small
from renovation.models import Division, Neighbourhood

# Changes that have no number yet are newer than all that have one. A billing run of a division tells of that alone.
_CHANGED = """
SELECT DISTINCT resource, neighbourhood_code, CASE WHEN neighbourhood_code = '' THEN community_code ELSE '' END
FROM (
    SELECT resource, neighbourhood_code, community_code FROM accounts_change WHERE cursor > %(cursor)s
    UNION ALL
    SELECT resource, neighbourhood_code, community_code FROM accounts_change WHERE cursor IS NULL
) AS change
WHERE neighbourhood_code <> '' OR resource = 'billing-runs'
"""

_PARTS_OF: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("visits", "surveys"), ("surveys",)),
    **dict.fromkeys(("plans", "plan-items", "change-requests"), ("money", "works")),
    **dict.fromkeys(("funding-sources", "funding-commitments", "funding-receipts", "funding-payments"), ("money",)),
    **dict.fromkeys(("award-tranches",), ("money",)),
    **dict.fromkeys(("work-packages", "acceptances"), ("works",)),
    **dict.fromkeys(("bills", "billing-runs", "payments", "payment-reversals", "fee-refunds"), ("fees",)),
    **dict.fromkeys(("fee-statements", "payment-orders", "parking-sessions", "fee-accounts"), ("fees",)),
    **dict.fromkeys(("fee-reductions", "service-withdrawals"), ("fees",)),
    **dict.fromkeys(("households", "roster-imports", "buildings", "stairwells"), ("registry",)),
    **dict.fromkeys(("notices", "objections", "votes", "ballots", "bodies", "memberships", "defects"), ()),
    **dict.fromkeys(("site-reports", "site-photos", "workshops", "party-members", "owners", "neighbourhoods"), ()),
}
"""Which parts of a row a change of each resource may move, besides the stage and where the place lies. A resource that
is not named here may move any.
"""


class DayToCome(Exception):
    """No figures are known of a day to come."""


@dataclass(frozen=True)
class Standings:
    """The rows of one scope at one moment. `until` is the end of a day gone by, None for now."""

    scope: Scope
    day: date
    now: datetime
    until: datetime | None
    rows: Mapping[int, NeighbourhoodDay]

    @property
    def is_past(self) -> bool:
        return self.until is not None

    @property
    def moment(self) -> datetime:
        """What was recorded before it counts."""
        return self.until or self.now

    @cached_property
    def surveyed(self) -> dict[int, Standing]:
        """How the last survey of each neighbourhood stands that has had one."""
        return {
            pk: Standing(pk, row.roll, row.roll - row.excluded, row.supports, row.pass_share)
            for pk, row in self.rows.items()
            if row.survey_id is not None and row.pass_share is not None
        }

    @cached_property
    def stage_days(self) -> dict[int, date]:
        """The day on which each neighbourhood came to its stage, where we are."""
        zone = timezone.get_current_timezone()
        return {pk: row.stage_since.astimezone(zone).date() for pk, row in self.rows.items()}

    @cached_property
    def money(self) -> dict[int, dict[str, tuple[Decimal, ...]]]:
        """Planned, committed, received and spent by kind of source, in yuan, of those that have any."""
        return {
            pk: {kind: tuple(map(Decimal, sums)) for kind, sums in row.money.items()}
            for pk, row in self.rows.items()
            if row.money
        }

    @cached_property
    def collected(self) -> dict[str, dict[int, Collected]]:
        """What came in of the month by kind of fee, of those that were billed anything and may be told of."""
        return {kind: self._collected(kind, year=False) for kind in FEES}

    @cached_property
    def collected_in_year(self) -> dict[str, dict[int, Collected]]:
        """The same of the year so far."""
        return {kind: self._collected(kind, year=True) for kind in FEES}

    @cached_property
    def located(self) -> dict[int, tuple[Decimal, Decimal]]:
        """Longitude and latitude, in degrees, of those whose coordinates are known."""
        return {
            pk: (row.longitude, row.latitude)
            for pk, row in self.rows.items()
            if row.longitude is not None and row.latitude is not None
        }

    def _collected(self, kind: str, *, year: bool) -> dict[int, Collected]:
        found = ((pk, collected_of(row, kind, year=year)) for pk, row in self.rows.items() if pk not in self.few)
        return {pk: collected for pk, collected in found if collected.billed or collected.settled}

    @cached_property
    def hidden(self) -> frozenset[int]:
        """Neighbourhoods of whose survey nothing is told, since it asks too few."""
        return frozenset(pk for pk, row in self.rows.items() if is_small(row.roll))

    @cached_property
    def few(self) -> frozenset[int]:
        """Neighbourhoods of whose fees nothing is told, since too few live there."""
        return frozenset(pk for pk, row in self.rows.items() if is_small(row.households))


def collected_of(row: NeighbourhoodDay, kind: str, *, year: bool = False) -> Collected:
    """What was billed, let off and settled of a kind: of the month, or of the year so far."""
    of = f"{kind}_year" if year else kind
    return Collected(getattr(row, f"{of}_billed"), getattr(row, f"{of}_reduced"), getattr(row, f"{of}_settled"))


def standings_of(scope: Scope, day: date | None, now: datetime | None) -> Standings:
    """The rows of a scope. Of a kept day three queries; of now one more, and ten for the neighbourhoods that have
    changed since the last keeping. A day gone by that was not kept is made on the spot, which takes seconds for a city.

    Raises DayToCome.
    """
    now = now or timezone.now()
    today = timezone.localdate(now)
    day = day or today
    if day > today:
        raise DayToCome
    if day < today:
        return Standings(scope, day, now, end_of(day), _kept_or_made(scope, day))
    return Standings(scope, day, now, None, _now(scope, today))


def neighbourhood_days(
    caller: Any, division: Division | str | None = None, day: date | None = None, now: datetime | None = None
) -> list[NeighbourhoodDay]:
    """The rows, one a neighbourhood in the order of their ids, whose sums the dashboard of the same arguments shows.
    Of a roll that is small (`rules.dashboard.is_small`) no support may be shown.
    """
    return list(standings_of(scope_of(caller, division), day, now).rows.values())


def _kept_or_made(scope: Scope, day: date) -> dict[int, NeighbourhoodDay]:
    if KeptDay.objects.filter(day=day, final=True).exists():
        return _kept(scope, day)
    here = list(Neighbourhood.objects.filter(scope.where("")).values_list("pk", flat=True))
    return _by_place(figures_on(day, here=here, until=end_of(day)))


def _now(scope: Scope, today: date) -> dict[int, NeighbourhoodDay]:
    last = KeptDay.objects.filter(day__lte=today).order_by("-day").first()
    if last is None or fee_month_of(last.day) != fee_month_of(today):
        here = list(Neighbourhood.objects.filter(scope.where("")).values_list("pk", flat=True))
        return _by_place(figures_on(today, here=here))
    rows = _kept(scope, last.day)
    parts = _changed_since(scope, last.cursor)
    for part in PARTS:
        _replace(rows, figures_on(today, here=parts[part], parts=(part,)) if parts[part] else (), PARTS[part])
    if parts["stage"]:
        _replace(rows, figures_on(today, here=parts["stage"], parts=()), PLACE)
    return rows


def _replace(rows: dict[int, NeighbourhoodDay], found: Iterable[NeighbourhoodDay], names: Iterable[str]) -> None:
    """Put these columns of fresh rows over those that were kept; a neighbourhood that was not kept comes whole."""
    for fresh in found:
        kept = rows.setdefault(fresh.neighbourhood_id, fresh)
        for name in names:
            setattr(kept, name, getattr(fresh, name))


def _kept(scope: Scope, day: date) -> dict[int, NeighbourhoodDay]:
    """Two queries: most neighbourhoods collect no fees yet, and their twelve times nothing would be a third of all that
    is read. What was received is in the money by source, too.
    """
    found = NeighbourhoodDay.objects.filter(scope.of_days(), day=day)
    rows = _by_place(found.defer("day", "fee_month", "received", *PARTS["fees"]))
    nothing = {"day": day, "fee_month": fee_month_of(day), **dict.fromkeys(PARTS["fees"], NOTHING)}
    for row in rows.values():
        vars(row).update(nothing)
    for place, *fees in found.with_fees().values_list("neighbourhood_id", *PARTS["fees"]):
        if place in rows:  # else the day was kept anew in between, with one place more
            vars(rows[place]).update(zip(PARTS["fees"], fees, strict=True))
    return rows


def _by_place(rows: Any) -> dict[int, NeighbourhoodDay]:
    """In the order of their ids, which the driver's rows are put into here: cheaper than sorting wide rows there."""
    return {row.neighbourhood_id: row for row in sorted(rows, key=lambda row: row.neighbourhood_id)}


def _changed_since(scope: Scope, cursor: int) -> dict[str, list[int]]:
    """Neighbourhoods by what changed there: each part, and the stage of all of them. At most two queries."""
    with connection.cursor() as database:
        database.execute(_CHANGED, {"cursor": cursor})
        found = database.fetchall()
    changed: dict[str, list[int]] = {"stage": [], **{part: [] for part in PARTS}}
    if not found:
        return changed
    by_code: dict[str, set[str]] = {}
    prefixes: dict[str, set[str]] = {}
    for resource, code, prefix in found:
        moved = by_code.setdefault(code, set()) if code else prefixes.setdefault(prefix, set())
        moved.update(_PARTS_OF.get(resource, PARTS))
    where = Q(code__in=list(by_code))
    for prefix in prefixes:
        where |= Q(community_code__startswith=prefix)
    for pk, code in Neighbourhood.objects.filter(scope.where(""), where).order_by("pk").values_list("pk", "code"):
        changed["stage"].append(pk)
        moved = set(by_code.get(code, ()))
        for prefix, parts in prefixes.items():
            if code.startswith(prefix):
                moved |= parts
        for part in moved:
            changed[part].append(pk)
    return changed
