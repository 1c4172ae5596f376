"""The sums of a dashboard: over the rows of its places, and never over rates."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from governance.choices.fees import FeeKind
from governance.rules.fees.periods import last_day
from governance.rules.fees.rates import TARGETS, Collected, is_above_target, short_of_target, together
from overview.models import NeighbourhoodDay
from overview.reports.dashboard.items import Items, added_up
from overview.reports.dashboard.rows import Names, figure
from overview.reports.dashboard.shape import (
    Collection,
    Fees,
    Funnel,
    FunnelRound,
    MapPoint,
    Money,
    MoneyLine,
    Phase,
    Place,
    StageCount,
    Support,
    Tile,
)
from overview.reports.dashboard.standing import Standings, collected_of
from overview.reports.dashboard.words import PHASE_NAMES
from overview.rules.dashboard import PHASE_OF, PHASES, most_common, rate_of
from renovation.choices import FundingKind, Stage

NOTHING = Decimal(0)


def phases_of(items: Items) -> list[Phase]:
    """How many stand at each stage, by phase, the empty ones too. `consented` and `deferred` follow each other."""
    return [
        Phase(
            phase,
            str(PHASE_NAMES[phase]),
            figure(f"phase-{phase}", items.of(f"phase-{phase}")),
            [
                StageCount(stage, str(Stage(stage).label), figure(f"stage-{stage}", items.of(f"stage-{stage}")))
                for stage in stages
            ],
        )
        for phase, stages in PHASES.items()
    ]


def support_of(view: Standings, places: Iterable[int]) -> Support:
    """The last surveys of these neighbourhoods together; small rolls are left out, and only counted."""
    surveyed = [pk for pk in places if pk in view.surveyed]
    rows = [view.rows[pk] for pk in surveyed if pk not in view.hidden]
    return Support(
        neighbourhoods=len(rows),
        households=sum(row.roll for row in rows),
        excluded=sum(row.excluded for row in rows),
        visited=sum(row.visited for row in rows),
        supports=sum(row.supports for row in rows),
        verbal=sum(row.verbal for row in rows),
        hidden=len(surveyed) - len(rows),
    )


def funnel_of(items: Items) -> Funnel:
    """The surveys in hand by round. Support that was given out of round is in the total and in no round."""
    view, asked = items.view, items.of("asked")
    support = support_of(view, (item.place for item in asked))
    rows = [view.rows[item.place] for item in asked if item.place not in view.hidden]
    shares = {row.pass_share for row in rows}
    rounds, cumulative = [], 0
    for number in (1, 2, 3):
        listed, visited, supports = (
            sum(row.rounds[number - 1][part] for row in rows if len(row.rounds) >= number) for part in range(3)
        )
        cumulative += supports
        rounds.append(
            FunnelRound(
                number,
                listed,
                visited,
                supports,
                cumulative,
                rate_of(cumulative, support.denominator),
                figure(f"asked-{number}", items.of(f"asked-{number}")),
            )
        )
    return Funnel(
        figure=figure("asked", asked),
        support=support,
        pass_share=shares.pop() if len(shares) == 1 else None,
        rounds=rounds,
        left=support.denominator - support.supports,
    )


def money_of(items: Items) -> Money:
    """By kind of source, those of which there is anything; and all together."""
    lines = [_line(items, kind) for kind in FundingKind.values]
    return Money([line for line in lines if line.figure.count], _line(items, ""))


def _line(items: Items, kind: str) -> MoneyLine:
    key = f"money-{kind}" if kind else "money"
    found = items.of(key)
    names = ("planned", "committed", "received", "spent")
    planned, committed, received, spent = added_up([[item.facts[name] for name in names] for item in found])
    name = str(FundingKind(kind).label) if kind else ""
    return MoneyLine(kind, name, planned, committed, received, spent, figure(key, found))


def fees_of(items: Items, kind: str) -> Fees:
    """A kind of fee in the last whole month and in the year so far, and who is above its target."""
    rows = items.view.rows.values()
    month = next((row.fee_month for row in rows), items.view.day)
    months = together(items.view.collected[kind].values())
    years = together(items.view.collected_in_year[kind].values())
    sides = {side: figure(f"fees-{kind}-{side}", items.of(f"fees-{kind}-{side}")) for side in ("above", "below")}
    year = month.replace(month=1, day=1)
    return Fees(
        month=_collection(kind, f"{month:%Y-%m}", month, month, months),
        year=_collection(kind, f"{year:%Y}", year, month, years),
        no_data=figure(f"fees-{kind}-no_data", items.of(f"fees-{kind}-no_data")),
        hidden=sum(_has_fees(items.view, pk, kind) for pk in items.view.few),
        **sides,
    )


def _has_fees(view: Standings, pk: int, kind: str) -> bool:
    told = collected_of(view.rows[pk], kind)
    return told.billed > 0 or told.settled > 0


def _collection(kind: str, period: str, first: date, month: date, collected: Collected) -> Collection:
    return Collection(
        kind=kind,
        name=str(FeeKind(kind).label),
        period=period,
        first=first,
        last=last_day(month),
        billed=collected.billed,
        reductions=collected.reductions,
        settled=collected.settled,
        target=TARGETS[kind],
        above_target=is_above_target(collected.rate, kind),
        short=short_of_target(collected, kind),
    )


def tiles_of(items: Items) -> list[Tile]:
    """The divisions below, by their codes; those without neighbourhoods too."""
    return [_tile(items, child) for child in items.view.scope.children]


def _tile(items: Items, child: Place) -> Tile:
    view = items.view
    found = items.of(f"division-{child.code}")
    rows: list[NeighbourhoodDay] = [view.rows[item.place] for item in found]
    stages = dict.fromkeys(PHASES, 0)
    for row in rows:
        stages[PHASE_OF[row.stage]] += 1
    support = support_of(view, (item.place for item in found))
    rates, left_out = {}, False
    for kind in ("property", "parking"):
        left_out |= any(_has_fees(view, item.place, kind) for item in found if item.place in view.few)
        billed = view.collected[kind]
        collected = together(billed[item.place] for item in found if item.place in billed)
        rates[f"{kind}_rate"] = rate_of(collected.settled, collected.receivable)
    return Tile(
        place=child,
        neighbourhoods=figure(f"division-{child.code}", found),
        households=sum(row.households for row in rows),
        phase=most_common([(phase, count) for phase, count in stages.items() if phase != "aside"]),
        stages=stages,
        support_rate=support.support_rate,
        supports=support.supports,
        denominator=support.denominator,
        support_hidden=bool(support.hidden) and not support.neighbourhoods,
        fees_hidden=left_out and set(rates.values()) == {None},
        **rates,
    )


def points_of(view: Standings, names: Names) -> list[MapPoint]:
    """The neighbourhoods whose coordinates are known, by their ids; with their names, as far as `names` has them."""
    return [_point(view, pk, *names.get(pk, ("", ""))[:2]) for pk in view.located]


def _point(view: Standings, pk: int, code: str, name: str) -> MapPoint:
    row, standing = view.rows[pk], view.surveyed.get(pk)
    asks_few = pk in view.hidden
    told = None if asks_few else standing
    child = view.scope.child_of(code if view.scope.neighbourhoods else row.community_code)
    longitude, latitude = view.located[pk]

    def collected(kind: str) -> Decimal | None:
        found = view.collected[kind].get(pk)
        return rate_of(found.settled, found.receivable) if found else None

    return MapPoint(
        pk=pk,
        code=code,
        name=name,
        longitude=longitude,
        latitude=latitude,
        place=child.code if child else "",
        households=row.households,
        phase=PHASE_OF[row.stage],
        support_rate=rate_of(told.supports, told.denominator) if told else None,
        property_rate=collected("property"),
        parking_rate=collected("parking"),
        support_hidden=standing is not None and asks_few,
        fees_hidden=pk in view.few,
    )
