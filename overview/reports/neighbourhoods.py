"""One neighbourhood at a glance: its buildings, its uses, and the line of its stages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from consent.rules.numbers import natural
from renovation.choices import Stage, Use
from renovation.models import Building, Household, Neighbourhood, StageChange

LINE = (
    Stage.REGISTERED,
    Stage.ASSESSED,
    Stage.MOBILISING,
    Stage.ORGANISED,
    Stage.CONSENTING,
    Stage.CONSENTED,
    Stage.READY,
    Stage.APPLIED,
    Stage.PLANNED,
    Stage.DESIGNED,
    Stage.UNDER_WORKS,
    Stage.WORKS_DONE,
    Stage.ACCEPTED,
    Stage.EVALUATED,
    Stage.HANDED_OVER,
    Stage.LONG_TERM,
)
"""The stages in their order. `deferred` stands where `consented` would; the side states stand aside."""

SIDE_STATES = (Stage.SUSPENDED, Stage.WITHDRAWN)


@dataclass(frozen=True)
class StageOnLine:
    """A stage of the line. `state` is `done`, `now` or `later`; `since` when it was last entered, if it was."""

    code: str
    name: str
    state: str
    since: datetime | None

    @property
    def days(self) -> int:
        """Which day of this stage today is, counting from 1."""
        return (timezone.localdate() - timezone.localdate(self.since)).days + 1 if self.since else 0


def stage_number(stage: str) -> int | None:
    """The place of a stage among the 16, from 1; none for a side state."""
    if stage == Stage.DEFERRED:
        stage = Stage.CONSENTED
    return LINE.index(Stage(stage)) + 1 if stage in LINE else None


def stage_line(neighbourhood: Neighbourhood, changes: Sequence[StageChange]) -> list[StageOnLine]:
    """The line of stages: what is behind, what is now and what is to come. `changes` in the order they were made."""
    entered = {change.to_stage: change.at for change in changes}
    line = [
        Stage.DEFERRED if stage == Stage.CONSENTED and neighbourhood.stage == Stage.DEFERRED else stage
        for stage in LINE
    ]
    if neighbourhood.stage in SIDE_STATES:
        before = next((change.from_stage for change in reversed(changes) if change.to_stage == neighbourhood.stage), "")
        place = line.index(Stage(before)) + 1 if before in line else 0
        line.insert(place, Stage(neighbourhood.stage))
    here = line.index(Stage(neighbourhood.stage))
    found = []
    for place, stage in enumerate(line):
        state = "done" if place < here else "now" if place == here else "later"
        since = neighbourhood.stage_since if place == here else entered.get(stage) if place < here else None
        found.append(StageOnLine(stage.value, str(stage.label), state, since))
    return found


def building_summary(neighbourhood: Neighbourhood) -> list[Building]:
    """The buildings in their order, with `stairwell_count`, `household_count` and `area` (m2, of what is known)."""
    current = Q(households__retired_at=None)
    buildings = neighbourhood.buildings.annotate(
        stairwell_count=Count("stairwells", distinct=True),
        household_count=Count("households", filter=current, distinct=True),
    )
    areas = dict(
        Household.objects.current()
        .filter(neighbourhood=neighbourhood)
        .order_by()
        .values_list("building")
        .annotate(area=Sum("gross_floor_area"))
    )
    rows: list[Any] = sorted(buildings, key=lambda building: natural(building.number))
    for building in rows:
        building.area = areas.get(building.pk)
    return rows


def use_summary(neighbourhood: Neighbourhood) -> list[tuple[str, int]]:
    """How many doors there are of each use, the commonest first."""
    counts = (
        Household.objects.current()
        .filter(neighbourhood=neighbourhood)
        .order_by()
        .values_list("use")
        .annotate(n=Count("pk"))
    )
    return [(str(Use(use).label), number) for use, number in sorted(counts, key=lambda pair: -pair[1])]
