"""What the life of a neighbourhood of the large city is written from, and the tables that it fills."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from demonstration.rules.city import CityPlace
from demonstration.rules.costs import Size
from demonstration.services.copying import Rows
from demonstration.services.replay import moment
from renovation.models import MenuEdition, Neighbourhood

AT_A_DESK = time(15, 20)

SOURCE, PLAN, ITEM = "renovation_fundingsource", "renovation_renovationplan", "renovation_planitem"
SHARE, HOUSEHOLD_SHARE = "renovation_fundingshare", "renovation_householdshare"
NOTICE, OBJECTION = "consent_publicnotice", "consent_objection"
PACKAGE, PACKAGE_ITEM = "renovation_workpackage", "renovation_packageitem"
PACKAGE_EVENT, PROGRESS = "renovation_packageevent", "renovation_progressentry"
REPORT, DEFECT, DEFECT_EVENT = "renovation_sitereport", "renovation_defect", "renovation_defectevent"
ACCEPTANCE, WARRANTY, FILING = "renovation_acceptance", "renovation_warranty", "renovation_completionfiling"
EVALUATION, ANSWER = "renovation_evaluation", "renovation_evaluationanswer"
TRANCHE, AWARD_STEP, ENTRY = "renovation_awardtranche", "renovation_awardstep", "renovation_fundingentry"

TABLES: Mapping[str, str] = {
    SOURCE: "id, created_at, updated_at, version, neighbourhood_id, kind, name, route, floor_weights, document",
    PLAN: "id, created_at, updated_at, version, neighbourhood_id, number, menu_edition_id, state, reason, document, "
    "item_count, total, digest, notice_needed",
    ITEM: "id, created_at, updated_at, version, plan_id, menu_item_id, quantity, unit_price, amount, contractor, note",
    SHARE: "plan_item_id, source_id, weight, planned",
    HOUSEHOLD_SHARE: "plan_id, source_id, household_id, weight, amount",
    NOTICE: "id, created_at, updated_at, version, neighbourhood_id, kind, title, text, survey_id, plan_id, "
    "tree_head_id, place, posted_on, ends_on, posting_photo, posted_by_id, state, closed_at, closed_by_id, "
    "closing_photo, closing_note",
    OBJECTION: "created_at, updated_at, version, notice_id, raised_on, raised_by, text, state, answer, answered_on, "
    "answered_by_id, recorded_by_id",
    PACKAGE: "id, created_at, updated_at, version, neighbourhood_id, number, name, contractor, contract_document, "
    "contract_sum, supervisor, starts_on, ends_on, state",
    PACKAGE_ITEM: "id, package_id, menu_item_id, done_share",
    PACKAGE_EVENT: "package_id, to_state, reason, review_on, at, by_id",
    PROGRESS: "package_item_id, done_share, done_on, note, at, by_id",
    REPORT: "id, neighbourhood_id, package_id, building_id, reporter, reporter_name, reported_on, text, recorded_at, "
    "recorded_by_id",
    DEFECT: "id, created_at, updated_at, version, neighbourhood_id, package_id, menu_item_id, building_id, report_id, "
    "severity, text, contractor, found_on, due_on, after_acceptance, state",
    DEFECT_EVENT: "defect_id, act, done_on, note, at, by_id",
    ACCEPTANCE: "id, package_id, held_on, passed, checklist, attendees, remarks, document, recorded_at, recorded_by_id",
    WARRANTY: "package_id, acceptance_id, menu_item_id, kind, years, starts_on, ends_on, document",
    FILING: "id, neighbourhood_id, filed_on, filed_with, kept_at, document, recorded_at, recorded_by_id",
    EVALUATION: "id, created_at, updated_at, version, neighbourhood_id, number, title, questions, minimum_share, "
    "household_count, opened_at, opened_by_id, closed_at, closed_by_id, result",
    ANSWER: "evaluation_id, client_id, household_id, respondent, scores, note, answered_on, recorded_at, "
    "recorded_by_id",
    TRANCHE: "id, created_at, updated_at, version, source_id, number, amount, state",
    AWARD_STEP: "tranche_id, to_state, document, at, by_id",
    ENTRY: "source_id, step, amount, household_id, menu_item_id, package_id, tranche_id, payer, payer_may_be_named, "
    "document, dated_on, reason, recorded_at, recorded_by_id",
}
"""In the order in which they are filled, each with the columns that are written."""


@dataclass(frozen=True, slots=True)
class Door:
    """A home; its area is unknown only before it was measured."""

    household: int
    building: int
    area: Decimal | None


@dataclass(frozen=True, slots=True)
class Fact:
    """A piece of evidence to come: of a module where `source` names what it is made of, else of a person's document."""

    at: datetime
    kind: str
    facts: Mapping[str, Any]
    by: User
    source: tuple[str, int] | None = None
    document: str = ""

    @property
    def told(self) -> dict[str, Any]:
        if self.source is None:
            return dict(self.facts)
        return {**self.facts, "source": {"resource": self.source[0], "id": self.source[1]}}


@dataclass(slots=True)
class Planned:
    """A plan once it is written: its items' ids, amounts and menu codes, and what each source is to pay."""

    pk: int
    amounts: dict[str, Decimal]
    sources: dict[str, int] = field(default_factory=dict)
    of_sources: dict[str, Decimal] = field(default_factory=dict)
    of_doors: dict[str, list[Decimal]] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        return sum(self.amounts.values(), Decimal(0))


@dataclass(slots=True)
class Lived:
    """A neighbourhood while its life is written. `steps` are the moments at which it reached each stage; `people` who
    acts there, by `community`, `district` and `city`; `item_of` the menu item of each source that pays for one alone.
    """

    row: Neighbourhood
    place: CityPlace
    steps: Mapping[str, datetime]
    today: date
    people: Mapping[str, User]
    edition: MenuEdition
    menu: Mapping[str, int]
    size: Size
    doors: Sequence[Door]
    dice: random.Random
    rows: Rows
    has_unit: bool
    survey: int | None = None
    tree_head: int | None = None
    item_of: dict[int, int] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)

    def reached(self, stage: str) -> bool:
        return stage in self.steps

    def day(self, stage: str, days: int = 0) -> date:
        """So many days after a stage was reached, or before it."""
        return self.steps[stage].date() + timedelta(days=days)

    @property
    def works_until(self) -> date:
        """The day until which anybody worked on site: today, or when the works were suspended."""
        return self.day("suspended") if self.reached("suspended") else self.today

    def has_come(self, day: date) -> bool:
        return day < self.today

    def fresh(self, at: datetime) -> tuple[datetime, datetime, int]:
        """The columns of a row that people may change, made at such a moment."""
        return at, at, 1

    def tell(
        self, at: datetime, kind: str, facts: Mapping[str, Any], by: User, source: tuple[str, int] | None = None
    ) -> None:
        self.facts.append(Fact(at, kind, facts, by, source))

    def by_building(self) -> Iterator[tuple[int, list[int]]]:
        """Each building with the places of its doors in the list."""
        found: dict[int, list[int]] = {}
        for place, door in enumerate(self.doors):
            found.setdefault(door.building, []).append(place)
        yield from found.items()


def document(name: str, day: date, number: int = 1) -> str:
    return f"示范{name}〔{day.year}〕{day.month:02}{day.day:02}{number:02}号（虚构）"


def desk(day: date) -> datetime:
    return moment(day, AT_A_DESK)
