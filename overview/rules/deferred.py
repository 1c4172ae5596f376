"""In which order deferred neighbourhoods are looked at again, and whose neighbours speak for the renovation now
(workflow.md, Movement rules: the revisit list; policy.md, section b: how Huanglong came forward by itself).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from renovation.choices import Stage

JUST_FINISHED = timedelta(days=180)
"""How long a neighbourhood counts as just finished: the end of its works, its acceptance, its residents' evaluation and
its handover follow each other within about half a year, and for so long its neighbours talk of what they see. (ours)
"""

FINISHED = (Stage.WORKS_DONE, Stage.ACCEPTED, Stage.EVALUATED, Stage.HANDED_OVER, Stage.LONG_TERM)
"""The stages from the end of the works on."""

STREET_LENGTH = 9


@dataclass(frozen=True, slots=True)
class Deferred:
    """A deferred neighbourhood by its code: where it lies, and the day on which to look again, if one was written."""

    code: str
    community_code: str
    revisit_on: date | None


@dataclass(frozen=True, slots=True)
class Finished:
    """A neighbourhood that stands at a stage from the end of the works on, since a day."""

    pk: int
    code: str
    name: str
    community_code: str
    stage: str
    since: date


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Those that have just finished near a deferred one: in its community, else in its street."""

    finished: Sequence[Finished]
    in_community: bool


NOBODY = Neighbours((), in_community=False)


def has_just_finished(found: Finished, today: date) -> bool:
    """Whether it reached its stage within `JUST_FINISHED`, the last day included."""
    return found.stage in FINISHED and today - found.since <= JUST_FINISHED


def neighbours_of(deferred: Deferred, finished: Iterable[Finished], today: date) -> Neighbours:
    """Who has just finished in the same community, else in the same street; the latest first."""
    near = [
        found
        for found in finished
        if found.community_code[:STREET_LENGTH] == deferred.community_code[:STREET_LENGTH]
        and has_just_finished(found, today)
    ]
    if not near:
        return NOBODY
    same = [found for found in near if found.community_code == deferred.community_code]
    return Neighbours(
        sorted(same or near, key=lambda found: (-found.since.toordinal(), found.code)), in_community=bool(same)
    )


def is_due(deferred: Deferred, today: date) -> bool:
    """Whether the day to look again has come."""
    return deferred.revisit_on is not None and deferred.revisit_on <= today


def place_in_list(deferred: Deferred, neighbours: Neighbours, today: date) -> tuple[int, date, str]:
    """The sort key: due and overdue first, then those whose neighbours have just finished, then the rest; within each,
    the oldest day first. What has no day stands behind what has one.
    """
    rank = 0 if is_due(deferred, today) else 1 if neighbours.finished else 2
    return rank, deferred.revisit_on or date.max, deferred.code
