"""The slow and obvious model that the survey's projections must equal: plain dictionaries, every rule spelled out."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction


@dataclass
class ModelVisit:
    sequence: int
    door: int
    outcome: str
    given: str
    visited_at: datetime
    round: int | None
    supersedes: int | None
    has_note: bool


@dataclass
class ModelSurvey:
    """A survey as a list of visits. Nothing is kept but what was said."""

    doors: set[int]
    pass_share: Decimal
    count_vacant: bool
    count_verbal: bool
    visits: list[ModelVisit] = field(default_factory=list)

    def live(self) -> list[ModelVisit]:
        corrected = [visit.supersedes for visit in self.visits]
        return [visit for visit in self.visits if visit.sequence not in corrected]

    def leading(self, door: int) -> ModelVisit | None:
        mine = [visit for visit in self.live() if visit.door == door]
        answers = [visit for visit in mine if visit.outcome in ("supports", "not_yet", "opposes")]
        best = None
        for visit in answers or mine:
            if best is None or (visit.visited_at, visit.sequence) > (best.visited_at, best.sequence):
                best = visit
        return best

    def stance(self, door: int) -> str:
        leading = self.leading(door)
        return leading.outcome if leading else "not_visited"

    def supports(self, door: int) -> bool:
        leading = self.leading(door)
        if leading is None or leading.outcome != "supports":
            return False
        return leading.given != "verbal" or self.count_verbal

    def left_out(self, door: int) -> bool:
        leading = self.leading(door)
        if leading is None or leading.outcome != "vacant" or self.count_vacant:
            return False
        return leading.has_note

    def met(self, door: int) -> bool:
        contacts = ("supports", "not_yet", "opposes", "declined")
        return any(visit.door == door and visit.outcome in contacts for visit in self.live())

    def figures(self) -> dict[str, object]:
        households = len(self.doors)
        excluded = sum(self.left_out(door) for door in self.doors)
        supports = sum(self.supports(door) for door in self.doors)
        visited = sum(self.met(door) for door in self.doors)
        denominator = households - excluded
        missing = 0
        while denominator == 0 or Fraction(supports + missing, denominator) < Fraction(self.pass_share):
            missing += 1
            if denominator == 0:
                break
        return {
            "households": households,
            "excluded": excluded,
            "visited": visited,
            "supports": supports,
            "missing": missing,
            "passes": denominator > 0 and missing == 0,
        }
