"""The things behind each figure: for every key the list whose length is the figure. Page, API, file and print count and
list by these, so that they cannot differ.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import zip_longest
from typing import Any

from governance.rules.fees.rates import Collected, is_above_target, short_of_target
from overview.models import NeighbourhoodDay
from overview.reports.dashboard import things
from overview.reports.dashboard.standing import Standings
from overview.reports.dashboard.things import Item
from overview.reports.days import FEES
from overview.rules.dashboard import (
    COLLECTING_AT,
    IDLE_DAYS,
    PHASES,
    closest_first,
    is_idle,
    last_friday,
    rate_of,
    support_fell,
)
from renovation.choices import FundingKind, Stage

BLOCKED_PARTS = (
    "notice_objections", "support_fell", "votes_expiring", "guards_failing", "notice_overdue", "survey_idle"
)  # fmt: skip
"""What blocks, the most pressing first."""

CAME_TO = {
    "passed": Stage.CONSENTED,
    "deferred": Stage.DEFERRED,
    "works_begun": Stage.UNDER_WORKS,
    "handed_over": Stage.HANDED_OVER,
}
"""The stage that a part of changes is about: who came to it lately, wherever they stand by now."""

NOT_ON = frozenset({Stage.REGISTERED, Stage.DEFERRED, *PHASES["aside"]})
"""To come to one of these is no move onward."""

NOTHING_BILLED = Collected()
NO_MONEY = (Decimal(0),) * 4


class NoSuchFigure(KeyError):
    """There is no figure of this key."""


class Items:
    """All lists of one dashboard, each made once."""

    def __init__(self, view: Standings) -> None:
        self.view = view
        self._made: dict[str, list[Item]] = {}

    def of(self, key: str) -> list[Item]:
        """What is behind a key, in the order to be read. Raises NoSuchFigure."""
        if key not in self._made:
            name, _dash, rest = key.partition("-")
            make = _LISTS.get(name)
            found = make(self, rest) if make else None
            if found is None:
                raise NoSuchFigure(key)
            # What is recorded of a neighbourhood before its registration is of no figure of that day.
            self._made[key] = [item for item in found if item.place in self.view.rows]
        return self._made[key]

    # --- What is pressing ----------------------------------------------------------------------------

    def blocked(self, part: str) -> list[Item] | None:
        if part == "":
            parts = [self.of(f"blocked-{name}") for name in BLOCKED_PARTS]
            return [item for row in zip_longest(*parts) for item in row if item is not None]
        if part == "new":
            since = last_friday(self.view.day)
            return [item for item in self.of("blocked") if item.since and item.since > since]
        make = {
            "notice_objections": lambda: self._notices("notice_objections"),
            "notice_overdue": lambda: self._notices("notice_overdue"),
            "support_fell": self._fallen,
            "votes_expiring": lambda: things.votes(self.view),
            "guards_failing": lambda: things.waiting(self.view),
            "survey_idle": self._idle,
        }.get(part)
        return _oldest_first(make()) if make else None

    def _notices(self, part: str) -> list[Item]:
        if "" not in self._made:
            self._made[""] = things.notices(self.view)
        return [item for item in self._made[""] if item.part == part]

    def _fallen(self) -> list[Item]:
        view = self.view
        return [
            self.place(pk, "support_fell", row.last_visit_on, **self.support(pk))
            for pk, row in view.rows.items()
            if pk in view.surveyed and support_fell(row.stage, row.survey_verdict, view.surveyed[pk])
        ]

    def _idle(self) -> list[Item]:
        found = []
        for pk, row in self._open_surveys():
            last = row.last_visit_on or self.view.stage_days[pk]
            if is_idle(last, self.view.day):
                since = last + timedelta(days=IDLE_DAYS)
                facts = self.support(pk) | {"days_idle": (self.view.day - last).days, "last_visit_on": last}
                found.append(self.place(pk, "survey_idle", since, **facts))
        return found

    def nearest(self, part: str) -> list[Item] | None:
        if part:
            return None
        standings = closest_first(
            self.view.surveyed[pk] for pk, _row in self._open_surveys() if pk in self.view.surveyed
        )
        return [self.place(one.place, "nearest", None, **self.support(one.place)) for one in standings]

    def works(self, part: str) -> list[Item] | None:
        if part == "":
            return [*self.of("works-safety"), *self.of("works-behind")]
        make = {"behind": things.behind, "safety": things.hazards}.get(part)
        return make(self.view) if make else None

    def awards(self, part: str) -> list[Item] | None:
        return None if part else things.awards(self.view)

    def terms_ending(self, part: str) -> list[Item] | None:
        return None if part else things.terms(self.view)

    def deferred_due(self, part: str) -> list[Item] | None:
        if part:
            return None
        rows = [
            (row.revisit_on, pk)
            for pk, row in self.view.rows.items()
            if row.stage == Stage.DEFERRED and row.revisit_on is not None and row.revisit_on <= self.view.day
        ]
        return [
            self.place(
                pk, "deferred_due", day, revisit_on=day, days_over=(self.view.day - day).days, **self.support(pk)
            )
            for day, pk in sorted(rows)
        ]

    def below_target(self, part: str) -> list[Item] | None:
        if part == "":
            return [item for kind in FEES for item in self.of(f"below_target-{kind}")]
        return self.of(f"fees-{part}-below") if part in FEES else None

    # --- What stands where ---------------------------------------------------------------------------

    def all(self, part: str) -> list[Item] | None:
        return None if part else self.places(self.view.rows)

    def located(self, part: str) -> list[Item] | None:
        return None if part else self.places(self.view.located)

    def unlocated(self, part: str) -> list[Item] | None:
        return None if part else self.places(pk for pk in self.view.rows if pk not in self.view.located)

    def stage(self, stage: str) -> list[Item] | None:
        if stage not in Stage.values:
            return None
        return self.places(pk for pk, row in self.view.rows.items() if row.stage == stage)

    def phase(self, phase: str) -> list[Item] | None:
        stages = PHASES.get(phase)
        return None if stages is None else self.places(pk for pk, r in self.view.rows.items() if r.stage in stages)

    def division(self, code: str) -> list[Item] | None:
        scope = self.view.scope
        if not any(child.code == code for child in scope.children):
            return None
        if code in scope.neighbourhoods:
            return self.places(pk for pk in self.view.rows if pk == scope.neighbourhoods[code])
        return self.places(pk for pk, row in self.view.rows.items() if row.community_code.startswith(code))

    def changes(self, part: str) -> list[Item] | None:
        if part != "moved" and part not in CAME_TO:
            return None
        # Works that are taken up again have neither begun nor moved on.
        found = [(place, to) for place, came_from, to in self._steps if came_from != Stage.SUSPENDED]
        places = dict.fromkeys(
            place for place, to in found if (to == CAME_TO[part] if part in CAME_TO else to not in NOT_ON)
        )
        return self.places(places)

    @cached_property
    def _steps(self) -> list[tuple[int, str, str]]:
        return things.steps(self.view)

    # --- Consent, money, fees ------------------------------------------------------------------------

    def asked(self, part: str) -> list[Item] | None:
        if part not in ("", "1", "2", "3"):
            return None
        if part == "":
            return [self.place(pk, "asked", None, **self.support(pk)) for pk, _row in self._open_surveys()]
        number = int(part)
        return [
            self.place(pk, "asked", None, **(self.support(pk) | self._round(pk, number)))
            for pk, row in self._open_surveys()
            if row.round >= number
        ]

    def _round(self, pk: int, number: int) -> dict[str, Any]:
        """Doors a round was to visit, those visited, and the supports it added: what the funnel sums up."""
        if pk in self.view.hidden:
            return {}
        listed, visited, won = self.view.rows[pk].rounds[number - 1]
        return {"listed": listed, "visited": visited, "won": won}

    def money(self, kind: str) -> list[Item] | None:
        if kind and kind not in FundingKind.values:
            return None
        names = ("planned", "committed", "received", "spent")
        found = [
            self.place(pk, "money", None, **dict(zip(names, sums, strict=True)))
            for pk, by_kind in self.view.money.items()
            if any(sums := by_kind.get(kind, NO_MONEY) if kind else added_up(by_kind.values()))
        ]
        return sorted(found, key=lambda item: (-item.facts["committed"], -item.facts["planned"], item.place))

    def fees(self, part: str) -> list[Item] | None:
        kind, _dash, side = part.partition("-")
        if kind not in FEES or side not in ("", "above", "below", "no_data"):
            return None
        billed, rows = self.view.collected[kind], self.view.rows
        return [
            item
            for above, item in self._collecting[kind]
            if _is_on_side(side, above, item.place in billed, rows[item.place].stage)
        ]

    # --- Parts of the above --------------------------------------------------------------------------

    @cached_property
    def _collecting(self) -> dict[str, list[tuple[bool | None, Item]]]:
        """By kind of fee those that were billed, or stand where fees are collected, and whether they are above their
        target; the furthest below it first.
        """
        return {
            kind: sorted(self._collecting_of(kind), key=lambda pair: (-(pair[1].facts["short"] or 0), pair[1].place))
            for kind in FEES
        }

    def _collecting_of(self, kind: str) -> Iterable[tuple[bool | None, Item]]:
        billed = self.view.collected[kind]
        for pk, row in self.view.rows.items():
            if pk in self.view.few or (pk not in billed and row.stage not in COLLECTING_AT):
                continue
            collected = billed.get(pk, NOTHING_BILLED)
            facts = {
                "kind": kind,
                "month": row.fee_month,
                "billed": collected.billed,
                "reductions": collected.reductions,
                "settled": collected.settled,
                "rate": rate_of(collected.settled, collected.receivable),
                "short": short_of_target(collected, kind),
            }
            yield is_above_target(collected.rate, kind), self.place(pk, "fees", None, **facts)

    def _open_surveys(self) -> Iterable[tuple[int, NeighbourhoodDay]]:
        return ((pk, row) for pk, row in self.view.rows.items() if row.survey_verdict == "open")

    def places(self, pks: Iterable[int]) -> list[Item]:
        days = self.view.stage_days
        return [self.place(pk, "", days[pk]) for pk in pks]

    def place(self, pk: int, part: str, since: date | None, **facts: Any) -> Item:
        return Item("neighbourhood", part, pk, pk, since, facts)

    def support(self, pk: int) -> dict[str, Any]:
        """The figures of a survey, unless so few households are asked that they would tell of one."""
        row = self.view.rows[pk]
        if pk in self.view.hidden or pk not in self.view.surveyed:
            return {"survey": row.survey_id, "hidden": pk in self.view.hidden, "round": row.round}
        standing = self.view.surveyed[pk]
        return {
            "survey": row.survey_id,
            "hidden": False,
            "round": row.round,
            "supports": standing.supports,
            "households": standing.roll,
            "denominator": standing.denominator,
            "visited": row.visited,
            "missing": standing.missing,
            "pass_share": standing.pass_share,
            "support_rate": rate_of(standing.supports, standing.denominator),
        }


_LISTS: Mapping[str, Callable[[Items, str], list[Item] | None]] = {
    "all": Items.all,
    "blocked": Items.blocked,
    "nearest": Items.nearest,
    "works": Items.works,
    "awards": Items.awards,
    "below_target": Items.below_target,
    "deferred_due": Items.deferred_due,
    "terms_ending": Items.terms_ending,
    "changes": Items.changes,
    "phase": Items.phase,
    "located": Items.located,
    "unlocated": Items.unlocated,
    "stage": Items.stage,
    "asked": Items.asked,
    "money": Items.money,
    "fees": Items.fees,
    "division": Items.division,
}


def sums_of(row: NeighbourhoodDay, kind: str = "") -> Sequence[Decimal]:
    """Planned, committed, received and spent of one kind of source, or of all; yuan."""
    chosen = [row.money[kind]] if kind in row.money else [] if kind else list(row.money.values())
    return added_up([tuple(map(Decimal, sums)) for sums in chosen])


def added_up(sums: Iterable[Sequence[Decimal]]) -> Sequence[Decimal]:
    """The four sums of several sources together."""
    return tuple(sum(step, Decimal(0)) for step in zip(NO_MONEY, *sums, strict=True))


def _is_on_side(side: str, above: bool | None, billed: bool, stage: str) -> bool:
    """Whether a neighbourhood is among those billed (no side), above the target, not above it, or without data."""
    if side == "":
        return billed
    if side == "no_data":
        return above is None and stage in COLLECTING_AT
    return above is (side == "above")


def _oldest_first(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: (item.since or date.max, item.pk))
