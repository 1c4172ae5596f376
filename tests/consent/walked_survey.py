"""A survey that was opened, walked and closed through the services, for the tests of its ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from accounts.models import User
from consent.models import ConsentPolicy, Survey
from consent.rules.visits import COMMITMENTS, VisitInput
from consent.services.rolls import amend_roll
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import BatchAnswer, record_visits
from renovation.models import Household, MenuEdition, Neighbourhood
from tests import factories

OPENED_AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CLOSED_AT = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
SIGNATURE = b"\x89PNG\r\n\x1a\n a signature"


@dataclass
class Walked:
    survey: Survey
    neighbourhood: Neighbourhood
    households: list[Household]
    staff: User
    at: datetime = OPENED_AT

    def visit(self, door: int, outcome: str, **fields: Any) -> VisitInput:
        """A visit to a door, by its place in `households`, four minutes before the server takes it."""
        answers = {"supports": {"given": "signed", "commitments": dict.fromkeys(COMMITMENTS, True)}}
        if outcome in ("supports", "not_yet", "opposes"):
            fields.setdefault("respondent", "owner")
        defaults: dict[str, Any] = {
            "client_id": uuid4(),
            "household": self.households[door].pk,
            "outcome": outcome,
            "visited_at": self.at + timedelta(minutes=56),
            "party": ("owners_committee",),
            **answers.get(outcome, {}),
        }
        return VisitInput(**{**defaults, **fields})

    def record(self, *visits: VisitInput) -> BatchAnswer:
        """A batch, an hour after the last one; all of it must be taken."""
        self.at += timedelta(hours=1)
        answer = record_visits(survey=self.survey, visits=visits, by=self.staff, at=self.at)
        assert [(found.status, found.refusals) for found in answer.answers] == [("recorded", ())] * len(visits)
        self.survey.refresh_from_db()
        return answer

    def close(self, at: datetime = CLOSED_AT) -> None:
        close_survey(survey=self.survey, by=self.staff, at=at, reason="够了", revisit_on=datetime(2027, 1, 1).date())  # noqa: DTZ001
        self.survey.refresh_from_db()
        self.at = at


def open_walked(doors: int = 6, **policy: Any) -> Walked:
    """A survey in round 1 with so many doors, and one more household that is not on its roll."""
    neighbourhood = factories.make_neighbourhood()
    building = factories.make_building(neighbourhood=neighbourhood)
    households = [factories.make_household(building=building) for _ in range(doors)]
    defaults = {"pass_share": "0.8", "count_vacant": False, "count_verbal": False, "document": "示例1号"}
    ConsentPolicy.objects.update_or_create(
        division=neighbourhood.community, valid_from=OPENED_AT.date(), defaults={**defaults, **policy}
    )
    if not MenuEdition.objects.exists():
        factories.make_menu_edition()
    staff = factories.make_user()
    survey = open_survey(neighbourhood=neighbourhood, title="第一次征询", closes_on=None, by=staff, at=OPENED_AT)
    households.append(factories.make_household(building=building))
    survey.refresh_from_db()
    return Walked(survey, neighbourhood, households, staff)


def walk(walked: Walked) -> None:
    """Nine visits in round 1 that leave four of five doors in favour: corrections, amendments, a vacant home."""
    amend_roll(
        survey=walked.survey, household=walked.households[6], action="add", reason="漏登", by=walked.staff, at=walked.at
    )
    spoken = walked.visit(1, "supports", given="verbal")
    walked.record(
        walked.visit(0, "supports", menu_items=("U11", "B03"), signature=SIGNATURE),
        spoken,
        walked.visit(2, "not_yet", reasons=("cost",), note="问每户出多少钱"),
    )
    walked.record(walked.visit(3, "vacant", note="水表停用"), walked.visit(4, "declined"))
    walked.record(walked.visit(1, "supports", supersedes=spoken.client_id))
    walked.record(walked.visit(2, "supports", given="thumbprint"), walked.visit(6, "supports"))
    walked.record(walked.visit(2, "no_answer"))
    amend_roll(
        survey=walked.survey,
        household=walked.households[5],
        action="remove",
        reason="重复",
        by=walked.staff,
        at=walked.at,
    )
    walked.survey.refresh_from_db()


def withdraw(walked: Walked, doors: Sequence[int] = (0,)) -> None:
    """A change of mind after the closing."""
    for door in doors:
        walked.record(walked.visit(door, "opposes", out_of_round=True, note="担心施工", party=("community",)))
