"""What a day at the doors looks like from a desk: its outings, and the records that somebody may want to look at.

Nothing here says that anybody did wrong. The two patterns have innocent reasons too (forms keyed in at a desk, a
landing where nobody is at home), which the page names beside them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.rules.stances import CONTACTS

TOO_FAST = timedelta(seconds=20)
"""Less than this from one door to the next cannot be walked: to knock, to wait for somebody and to write the answer
down takes longer, also where the next door is across the landing. Exactly this long is not too fast."""

ALIKE = 10
"""So many doors in a row that say the same in every particular are worth a look; fewer happen by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorVisit:
    """A live visit of a round. `recorded_by` is who keyed it in; `counts`, that its door supports because of it.

    `party`, `commitments` (those that were agreed to; None without a yes) and `menu_items` are in a fixed order.
    """

    sequence: int
    door: int
    recorded_by: int
    party: tuple[str, ...]
    visited_at: datetime
    outcome: str
    given: str = ""
    respondent: str = ""
    commitments: tuple[str, ...] | None = None
    menu_items: tuple[str, ...] = ()
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Outing:
    """One person's visits of a day with one party, in the order of the doors. There is at least one."""

    recorded_by: int
    party: tuple[str, ...]
    visits: Sequence[DoorVisit]

    @property
    def doors(self) -> int:
        return len({visit.door for visit in self.visits})

    @property
    def contacts(self) -> int:
        """Doors at which somebody was met."""
        return len({visit.door for visit in self.visits if visit.outcome in CONTACTS})

    @property
    def supports(self) -> int:
        """Doors that support because of what was said on this outing, as things stand now."""
        return len({visit.door for visit in self.visits if visit.counts})

    @property
    def first_at(self) -> datetime:
        return self.visits[0].visited_at

    @property
    def last_at(self) -> datetime:
        return self.visits[-1].visited_at


@dataclass(frozen=True, slots=True)
class Run:
    """Visits of one person, one after the other, that have something to look at in common. There are at least two."""

    visits: Sequence[DoorVisit]

    @property
    def recorded_by(self) -> int:
        return self.visits[0].recorded_by

    @property
    def lasts(self) -> timedelta:
        return self.visits[-1].visited_at - self.visits[0].visited_at


def outings_of(visits: Iterable[DoorVisit]) -> list[Outing]:
    """The outings of a day, the first to leave first: who recorded and with whom tells one from another."""
    found: dict[tuple[int, tuple[str, ...]], list[DoorVisit]] = defaultdict(list)
    for visit in in_order(visits):
        found[visit.recorded_by, visit.party].append(visit)
    return [Outing(*who, walked) for who, walked in found.items()]


def too_fast(visits: Iterable[DoorVisit]) -> list[Run]:
    """The longest runs in which each door follows another one of the same person by less than TOO_FAST, whatever the
    party. The same door again is no next door.
    """
    by_person: dict[int, list[DoorVisit]] = defaultdict(list)
    for visit in in_order(visits):
        by_person[visit.recorded_by].append(visit)
    return [run for walked in by_person.values() for run in _runs(walked, _follows_too_fast, 2)]


def all_alike(outings: Iterable[Outing]) -> list[Run]:
    """The longest runs of ALIKE or more visits in a row of an outing that say the same in every particular."""
    return [run for outing in outings for run in _runs(outing.visits, _says_the_same, ALIKE)]


def in_order(visits: Iterable[DoorVisit]) -> list[DoorVisit]:
    """By the time at the door; what has the same time, as the server took it."""
    return sorted(visits, key=lambda visit: (visit.visited_at, visit.sequence))


def _follows_too_fast(earlier: DoorVisit, later: DoorVisit) -> bool:
    return earlier.door != later.door and later.visited_at - earlier.visited_at < TOO_FAST


def _says_the_same(earlier: DoorVisit, later: DoorVisit) -> bool:
    return _content(earlier) == _content(later)


def _content(visit: DoorVisit) -> tuple[object, ...]:
    return (visit.outcome, visit.given, visit.respondent, visit.commitments, visit.menu_items)


def _runs(visits: Sequence[DoorVisit], belongs: Callable[[DoorVisit, DoorVisit], bool], least: int) -> list[Run]:
    """The stretches of visits each of which belongs to the one before it, where they are `least` or longer."""
    stretches: list[list[DoorVisit]] = []
    for visit in visits:
        if stretches and belongs(stretches[-1][-1], visit):
            stretches[-1].append(visit)
        else:
            stretches.append([visit])
    return [Run(stretch) for stretch in stretches if len(stretch) >= least]
