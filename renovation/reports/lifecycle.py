"""Where a neighbourhood stands, read for the rules of the lifecycle, and its steps in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Q

from renovation.choices import Stage
from renovation.models import Evidence, GuardOverride, MenuEdition, MenuItem, Neighbourhood, StageChange
from renovation.reports.guard_words import detail_of, remedy_of, title_of
from renovation.rules.facts import Guard, Piece, Registry, Standing
from renovation.rules.guards import support_rate
from renovation.rules.lifecycle import SUPPORT_WATCHED_AT, SUSPENDED, Step, steps


@dataclass(frozen=True)
class ToldGuard:
    """A guard in words: its figures as a sentence, and what would meet it."""

    code: str
    title: str
    met: bool
    overridden: bool
    may_be_overridden: bool
    detail: str
    remedy: str
    figures: Mapping[str, Any]

    @property
    def holds(self) -> bool:
        return self.met or self.overridden


@dataclass(frozen=True)
class ToldStep:
    """A step in words, its unmet guards first."""

    to: str
    name: str
    movers: tuple[str, ...]
    needs: tuple[str, ...]
    guards: tuple[ToldGuard, ...]

    @property
    def unmet(self) -> tuple[ToldGuard, ...]:
        return tuple(guard for guard in self.guards if not guard.holds)

    @property
    def is_open(self) -> bool:
        return not self.unmet


def must_do_items(day: date) -> dict[str, str] | None:
    """The must-do items of the menu in force, code to name; None where no menu is. Two queries."""
    edition = MenuEdition.objects.filter(valid_from__lte=day).aggregate(day=Max("valid_from"))["day"]
    if edition is None:
        return None
    items = MenuItem.objects.filter(edition__valid_from=edition, mandatory=True).order_by("code")
    return {item.code: item.name for item in items}


def standing_of(neighbourhood: Neighbourhood, today: date, must_do: Iterable[str] | None) -> Standing:
    """All that the guards read of one neighbourhood. Four queries, one more where it is suspended."""
    pieces = Evidence.objects.filter(neighbourhood=neighbourhood).standing()
    lifted = GuardOverride.objects.in_force(neighbourhood).exclude(confirmed_at=None)
    return Standing(
        stage=neighbourhood.stage,
        today=today,
        came_from=suspended_from(neighbourhood),
        registry=_registry(neighbourhood),
        must_do=None if must_do is None else frozenset(must_do),
        evidence={piece.kind: Piece(piece.pk, piece.facts) for piece in pieces},
        overridden=frozenset(lifted.values_list("to_stage", "guard")),
    )


def suspended_from(neighbourhood: Neighbourhood) -> str:
    """The stage at which a suspended neighbourhood was, else nothing."""
    if neighbourhood.stage != SUSPENDED:
        return ""
    changes = StageChange.objects.filter(neighbourhood=neighbourhood, to_stage=SUSPENDED).order_by("-id")
    return changes.values_list("from_stage", flat=True).first() or ""


def _registry(neighbourhood: Neighbourhood) -> Registry:
    counts = (
        neighbourhood.households.current()
        .order_by()
        .aggregate(
            households=Count("pk"),
            residential=Count("pk", filter=Q(use="residential")),
            without_area=Count("pk", filter=Q(gross_floor_area=None)),
            without_tenure=Count("pk", filter=Q(tenure_type="unknown")),
        )
    )
    return Registry(built_year=neighbourhood.built_year, buildings=neighbourhood.buildings.count(), **counts)


def steps_of(neighbourhood: Neighbourhood, today: date, *, reads_rate: bool = True) -> list[ToldStep]:
    """The steps possible from here, in words. Six queries. Who may not read surveys is not told the rate of now."""
    must_do = must_do_items(today)
    standing = standing_of(neighbourhood, today, must_do)
    return [told_step(step, must_do or {}, reads_rate=reads_rate) for step in steps(standing)]


def fallen_support(neighbourhood: Neighbourhood, today: date) -> ToldGuard | None:
    """The gate of the start of works, where it would not open any more although no step asks for it yet. One query."""
    if neighbourhood.stage not in SUPPORT_WATCHED_AT:
        return None
    pieces = Evidence.objects.filter(neighbourhood=neighbourhood, kind="support_rate").standing()
    evidence = {piece.kind: Piece(piece.pk, piece.facts) for piece in pieces}
    guard = support_rate(Standing(stage=neighbourhood.stage, today=today, evidence=evidence))
    return None if guard.met or not evidence else _told(guard, {}, hidden=False)


def told_step(step: Step, names: Mapping[str, str], *, reads_rate: bool = True) -> ToldStep:
    return ToldStep(
        to=step.to,
        name=str(Stage(step.to).label),
        movers=tuple(sorted(step.movers)),
        needs=step.needs,
        guards=told_guards(step.guards, names, reads_rate=reads_rate),
    )


def told_guards(guards: Iterable[Guard], names: Mapping[str, str], *, reads_rate: bool = True) -> tuple[ToldGuard, ...]:
    """Guards in words. `names` are those of the must-do items by their codes."""
    return tuple(_told(guard, names, hidden=guard.code == "support_rate" and not reads_rate) for guard in guards)


def _told(guard: Guard, names: Mapping[str, str], *, hidden: bool) -> ToldGuard:
    return ToldGuard(
        code=guard.code,
        title=title_of(guard.code),
        met=guard.met,
        overridden=guard.overridden,
        may_be_overridden=guard.may_be_overridden,
        detail="" if hidden else detail_of(guard, names),
        remedy="" if guard.holds or hidden else remedy_of(guard, names),
        figures={} if hidden else guard.figures,
    )


def guard_json(guard: ToldGuard) -> dict[str, Any]:
    """A guard as the API gives it, in the steps and in a refusal."""
    return {
        "code": guard.code,
        "title": guard.title,
        "met": guard.met,
        "overridden": guard.overridden,
        "may_be_overridden": guard.may_be_overridden,
        "detail": guard.detail,
        "remedy": guard.remedy,
        "figures": dict(guard.figures),
    }
