"""A neighbourhood whose works are accepted, its homes, and sheets of theirs."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from accounts.models import User
from renovation.models import Evaluation, Household, Neighbourhood
from renovation.rules.evaluations import AnswerInput, Question
from renovation.services.evaluations import open_evaluation
from tests.factories import make_building, make_household, make_neighbourhood, make_stairwell

OPENED_AT = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)
QUESTIONS = [Question("result", "效果满意吗？"), Question("quality", "质量满意吗？")]


def make_homes(
    number: int = 4, neighbourhood: Neighbourhood | None = None, building: str = "1", **fields: Any
) -> list[Household]:
    """Homes of one building, a floor each, in an accepted neighbourhood."""
    neighbourhood = neighbourhood or make_neighbourhood(stage="accepted")
    stairwell = make_stairwell(building=make_building(neighbourhood=neighbourhood, number=building), number="1")
    return [
        make_household(stairwell=stairwell, unit_number=f"{floor}01", floor=floor, **fields)
        for floor in range(1, number + 1)
    ]


def make_evaluation(neighbourhood: Neighbourhood, by: User, share: str = "0.5", **fields: Any) -> Evaluation:
    made: dict[str, Any] = {
        "title": "效果共评",
        "questions": QUESTIONS,
        "minimum_share": Decimal(share),
        "at": OPENED_AT,
        **fields,
    }
    return open_evaluation(neighbourhood=neighbourhood, by=by, **made)


def a_sheet(household: Household | int, **fields: Any) -> AnswerInput:
    made: dict[str, Any] = {
        "client_id": uuid4(),
        "household": household if isinstance(household, int) else household.pk,
        "respondent": "owner",
        "scores": {"result": 5, "quality": 4},
        "answered_on": DAY,
        **fields,
    }
    return AnswerInput(**made)


def as_item(sheet: AnswerInput) -> dict[str, Any]:
    """The sheet as api.md has it sent."""
    return {
        "client_id": str(sheet.client_id),
        "household": sheet.household,
        "respondent": sheet.respondent,
        "scores": dict(sheet.scores),
        "note": sheet.note,
        "answered_on": sheet.answered_on.isoformat(),
    }
