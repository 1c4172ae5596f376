"""What the lifecycle decides from, and what it says: plain values, read by `reports.lifecycle`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Piece:
    """The latest evidence of one kind that stands. `number` grows with each row, so it tells which came later."""

    number: int
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registry:
    """What the registry says of a neighbourhood: current households, and how many lack their area or tenure."""

    built_year: int | None = None
    buildings: int = 0
    households: int = 0
    residential: int = 0
    without_area: int = 0
    without_tenure: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a neighbourhood stands: all that its guards read. `must_do` are the must-do items of the menu in force,
    None where there is no menu; `overridden` the confirmed overrides, as pairs of stage and guard.
    """

    stage: str
    today: date
    came_from: str = ""
    registry: Registry = Registry()
    must_do: frozenset[str] | None = None
    evidence: Mapping[str, Piece] = field(default_factory=dict)
    overridden: frozenset[tuple[str, str]] = frozenset()

    def facts(self, kind: str) -> Mapping[str, Any] | None:
        piece = self.evidence.get(kind)
        return piece.facts if piece else None

    def is_later(self, kind: str, than: str) -> bool:
        """Whether the evidence of `kind` came after that of `than`; both must stand."""
        first, second = self.evidence.get(than), self.evidence.get(kind)
        return first is not None and second is not None and second.number > first.number


@dataclass(frozen=True, slots=True)
class Guard:
    """One thing that a step needs, met or not, with its figures as JSON. `holds` counts a confirmed override."""

    code: str
    met: bool
    figures: Mapping[str, Any]
    may_be_overridden: bool = False
    overridden: bool = False

    @property
    def holds(self) -> bool:
        return self.met or self.overridden
