"""What the demonstration is made of, as plain values: places, homes, and how their surveys went."""

from collections.abc import Mapping
from dataclasses import dataclass

VERBAL = "verbal"
"""Beside the outcomes of a visit: a yes that was only spoken."""


@dataclass(frozen=True, slots=True)
class Block:
    """A building: `homes` flats, `doors` to a landing on each of `floors`, and shops on the ground."""

    homes: int
    floors: int = 6
    doors: int = 2
    shops: int = 0
    grid: str = ""

    def __post_init__(self) -> None:
        if self.homes < 1 or self.floors < 1 or self.doors < 1:
            raise ValueError("a building has homes, floors and doors")


@dataclass(frozen=True, slots=True)
class Walk:
    """One round: so many doors with each outcome, in an order of chance; the doors behind them get `rest`.

    Without `rest` they stay unvisited, and a round that closes needs a reason. `turns` are the things that go other
    than planned (see `services.replay`), at the end of its last day.
    """

    days: int
    outcomes: Mapping[str, int]
    rest: str = ""
    reason: str = ""
    turns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """One survey. An open one was last walked yesterday; `ended_days_ago` is when a closed one was closed."""

    title: str
    walks: tuple[Walk, ...]
    ended_days_ago: int | None = None
    close_reason: str = ""
    revisit_after_days: int = 0
    later: tuple[str, ...] = ()

    @property
    def days(self) -> int:
        return sum(walk.days for walk in self.walks)


@dataclass(frozen=True, slots=True)
class Place:
    """A neighbourhood, where it stands, and how it came there. `committee` names who walks its first round."""

    name: str
    community: str
    built_year: int
    stage: str
    registered_days_ago: int
    blocks: tuple[Block, ...] = ()
    tenures: tuple[str, ...] = ("commodity",)
    address: str = ""
    surveys: tuple[Asking, ...] = ()
    committee: str = ""
    parking_spaces: int = 0
    stage_days_ago: int = 30

    @property
    def homes(self) -> int:
        return sum(block.homes for block in self.blocks)
