"""Residents' evaluations as they are read: the one in hand, its result, and which households have not answered."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.choices import Access, Act
from accounts.rules.territory import reach_of
from renovation.choices import Rater
from renovation.models import Evaluation, EvaluationAnswer, Household, Neighbourhood
from renovation.querysets import HouseholdQuerySet
from renovation.rules.evaluations import EvaluationResult, Question, result_of, without_small_groups

CITY_DIGITS = 4
"""Of a division's code: those of its city."""


def default_questions() -> list[Question]:
    """What is asked where the city has no questions of its own, in the language of the request."""
    return [
        Question("result", _("How satisfied are you with the result?")),
        Question("quality", _("How good is the quality of the work?")),
        Question("workmen", _("How well did the workmen behave?")),
        Question("dust_and_noise", _("How well were dust and noise kept down?")),
        Question("again", _("Would you decide for it again?")),
    ]


def questions_of(evaluation: Evaluation) -> list[Question]:
    return [Question(each["code"], each["text"]) for each in evaluation.questions]


def evaluation_to_show(neighbourhood: Neighbourhood) -> Evaluation | None:
    """The one that is open, else the last one."""
    found: Evaluation | None = Evaluation.objects.filter(neighbourhood=neighbourhood).order_by("-number").first()
    return found


def last_asked_in_city(neighbourhood: Neighbourhood) -> Evaluation | None:
    """The evaluation that was opened last in the same city: its questions and its minimum are the city's own."""
    city = neighbourhood.community_code[:CITY_DIGITS]
    return (
        Evaluation.objects.filter(neighbourhood__community_code__startswith=city).order_by("-opened_at", "-pk").first()
    )


def households_asked(evaluation: Evaluation) -> QuerySet[Household]:
    """The homes that were there when it opened, also those retired since. `household_count` is how many they were."""
    return households_to_ask(evaluation.neighbourhood).filter(
        Q(retired_at=None) | Q(retired_at__gt=evaluation.created_at), created_at__lte=evaluation.created_at
    )


def households_to_ask(neighbourhood: Neighbourhood) -> HouseholdQuerySet:
    """The homes of a neighbourhood: whoever lives there lives with the works."""
    found: HouseholdQuerySet = Household.objects.filter(neighbourhood=neighbourhood).residential()
    return found


def result_now(evaluation: Evaluation) -> EvaluationResult:
    """What the answers recorded so far amount to. One query."""
    answers = EvaluationAnswer.objects.filter(evaluation=evaluation)
    return result_of(
        questions_of(evaluation),
        household_count=evaluation.household_count,
        minimum_share=evaluation.minimum_share,
        respondents=Rater.values,
        answers=answers.values_list("household_id", "respondent", "scores").iterator(2000),
    )


def result_to_show(evaluation: Evaluation, user: Any) -> EvaluationResult:
    """Live while it is open, then as it was closed; without small groups for who may not see the doors."""
    found = result_now(evaluation) if evaluation.result is None else EvaluationResult.from_json(evaluation.result)
    return found if sees_doors(user, evaluation.neighbourhood) else without_small_groups(found)


def sees_doors(user: Any, neighbourhood: Neighbourhood) -> bool:
    """Whether the user sees every door here, unasked: a role in one grid does not."""
    reach = replace(reach_of(user, Act.DOORS, Access.READ), grids=())
    return reach.covers(neighbourhood.community_code, neighbourhood.code)


@dataclass(frozen=True, slots=True)
class BuildingAnswers:
    """How many homes of a building have answered, of those asked."""

    building: int
    number: str
    asked: int
    answered: int

    @property
    def missing(self) -> int:
        return self.asked - self.answered


def answers_by_building(evaluation: Evaluation) -> Sequence[BuildingAnswers]:
    """In the order of their numbers. Two queries."""
    asked: Counter[tuple[int, str]] = Counter()
    answered: Counter[tuple[int, str]] = Counter()
    done = set(EvaluationAnswer.objects.filter(evaluation=evaluation).values_list("household_id", flat=True))
    for household, building, number in households_asked(evaluation).values_list(
        "pk", "building_id", "building__number"
    ):
        asked[building, number] += 1
        answered[building, number] += household in done
    rows = [BuildingAnswers(*place, count, answered[place]) for place, count in asked.items()]
    return sorted(rows, key=lambda row: _natural(row.number))


def _natural(number: str) -> tuple[int, str]:
    digits = "".join(letter for letter in number if letter.isascii() and letter.isdigit())
    return (int(digits[:15]) if digits else 10**15, number)
