"""Residents' evaluation of the works: what an answer must be, and what all of them amount to (policy.md, section j).

Respondents and households are kept apart: 95% of 12 answers is not 95% of the households.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

SCORES = (1, 2, 3, 4, 5)
SATISFIED = (4, 5)
SMALL_GROUP = 5
"""Fewer respondents than this are not shown to who may not see the doors: they would be neighbours, not figures."""

EVALUATED_FROM = ("accepted", "evaluated", "handed_over", "long_term")
"""The stages at which residents may be asked: the works are done and accepted."""


@dataclass(frozen=True, slots=True)
class Question:
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerInput:
    """One respondent's sheet, as it was sent. `scores` is question to score; a question left blank is not in it."""

    client_id: UUID
    household: int
    respondent: str
    scores: Mapping[str, int]
    note: str = ""
    answered_on: date


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an answer is not taken. `figures` fill the words that it is said in."""

    code: str
    figures: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the server knows when it takes an answer; days are local ones."""

    is_open: bool
    is_asked: bool
    questions: Collection[str]
    opened_on: date
    today: date


def refusals(answer: AnswerInput, situation: Situation) -> list[Refusal]:
    """Every reason why this answer cannot be taken; none if it can.

    The days of opening and of today themselves are fine. At least one question must be answered.
    """
    if not situation.is_asked:
        return [Refusal("household_not_asked")]
    if not situation.is_open:
        return [Refusal("evaluation_closed")]
    found = []
    if unknown := sorted(set(answer.scores) - set(situation.questions)):
        found.append(Refusal("unknown_question", {"questions": unknown}))
    if not answer.scores:
        found.append(Refusal("scores_missing"))
    if any(score not in SCORES for score in answer.scores.values()):
        found.append(Refusal("score_out_of_range"))
    if answer.answered_on > situation.today:
        found.append(Refusal("day_in_future"))
    elif answer.answered_on < situation.opened_on:
        found.append(Refusal("day_before_opening", {"opened_on": situation.opened_on}))
    return found


# --- What answers amount to ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scores:
    """How often each score from 1 to 5 was given to one question."""

    counts: tuple[int, ...]

    @property
    def respondents(self) -> int:
        return sum(self.counts)

    @property
    def total(self) -> int:
        return sum(score * count for score, count in zip(SCORES, self.counts, strict=True))

    @property
    def mean(self) -> Fraction | None:
        """Exact; of no answers there is none."""
        return Fraction(self.total, self.respondents) if self.respondents else None

    @property
    def satisfied(self) -> int:
        """Who gave 4 or 5."""
        return sum(count for score, count in zip(SCORES, self.counts, strict=True) if score in SATISFIED)

    @property
    def satisfied_share(self) -> Fraction | None:
        return Fraction(self.satisfied, self.respondents) if self.respondents else None


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """The scores of one question, of all and by who answered; None where too few to be shown to the reader."""

    question: Question
    scores: Scores | None
    by_respondent: Mapping[str, Scores | None]


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """`households` have answered of `household_count`, by `respondents` persons in all."""

    household_count: int
    minimum_share: Decimal
    households: int
    respondents: int
    by_respondent: Mapping[str, int]
    questions: Sequence[QuestionResult]

    @property
    def needed(self) -> int:
        return needed(self.minimum_share, self.household_count)

    @property
    def missing(self) -> int:
        """How many more households would have to answer."""
        return max(0, self.needed - self.households)

    @property
    def minimum_met(self) -> bool:
        """Exactly the minimum is enough; where nobody was asked it never is."""
        return self.household_count > 0 and self.missing == 0

    @property
    def response_share(self) -> Fraction | None:
        return Fraction(self.households, self.household_count) if self.household_count else None

    def as_json(self) -> dict[str, Any]:
        """The result as it is fixed at the closing, and as the API shows it. Means are cut to two places, shares to
        four; `total` and `respondents` give the exact ones.
        """
        return {
            "household_count": self.household_count,
            "minimum_share": str(self.minimum_share),
            "needed": self.needed,
            "households": self.households,
            "missing": self.missing,
            "minimum_met": self.minimum_met,
            "response_share": cut_text(self.response_share, 4),
            "respondents": self.respondents,
            "by_respondent": dict(self.by_respondent),
            "questions": [
                {
                    "code": each.question.code,
                    "text": each.question.text,
                    "scores": _scores_json(each.scores),
                    "by_respondent": {who: _scores_json(scores) for who, scores in each.by_respondent.items()},
                }
                for each in self.questions
            ],
        }

    @classmethod
    def from_json(cls, fixed: Mapping[str, Any]) -> "EvaluationResult":
        """The result as it was fixed."""
        return cls(
            household_count=fixed["household_count"],
            minimum_share=Decimal(fixed["minimum_share"]),
            households=fixed["households"],
            respondents=fixed["respondents"],
            by_respondent=dict(fixed["by_respondent"]),
            questions=[
                QuestionResult(
                    Question(each["code"], each["text"]),
                    _scores_of(each["scores"]),
                    {who: _scores_of(scores) for who, scores in each["by_respondent"].items()},
                )
                for each in fixed["questions"]
            ],
        )


def needed(minimum_share: Decimal, household_count: int) -> int:
    """How many households must answer: the least number that is the minimum share, and at least one."""
    return max(1, math.ceil(Fraction(minimum_share) * household_count))


def result_of(
    questions: Sequence[Question],
    *,
    household_count: int,
    minimum_share: Decimal,
    respondents: Sequence[str],
    answers: Iterable[tuple[int, str, Mapping[str, int]]],
) -> EvaluationResult:
    """Count answers, each as household, respondent and scores. A household counts once, whoever of it answers;
    `respondents` are the kinds of them, in the order in which they are shown.
    """
    households: set[int] = set()
    persons: Counter[str] = Counter()
    given: Counter[tuple[str, str, int]] = Counter()
    for household, respondent, scores in answers:
        households.add(household)
        persons[respondent] += 1
        given.update((code, respondent, score) for code, score in scores.items())
    return EvaluationResult(
        household_count=household_count,
        minimum_share=minimum_share,
        households=len(households),
        respondents=persons.total(),
        by_respondent={who: persons[who] for who in respondents},
        questions=[
            QuestionResult(
                question,
                Scores(tuple(sum(given[question.code, who, score] for who in respondents) for score in SCORES)),
                {who: Scores(tuple(given[question.code, who, score] for score in SCORES)) for who in respondents},
            )
            for question in questions
        ],
    )


def without_small_groups(result: EvaluationResult) -> EvaluationResult:
    """The result for who may not see the doors: no scores of fewer than five respondents, nor what would give them away
    as the rest of the whole.
    """
    return replace(result, questions=[_guarded(each) for each in result.questions])


def _guarded(found: QuestionResult) -> QuestionResult:
    if found.scores is None or found.scores.respondents < SMALL_GROUP:
        return replace(found, scores=None, by_respondent=dict.fromkeys(found.by_respondent))
    sizes = {who: scores.respondents for who, scores in found.by_respondent.items() if scores and scores.respondents}
    hidden = {who for who, size in sizes.items() if size < SMALL_GROUP}
    # What is hidden together is the whole less what is shown.
    while hidden and sum(sizes[who] for who in hidden) < SMALL_GROUP:
        hidden.add(min(sizes.keys() - hidden, key=lambda who: (sizes[who], who)))
    return replace(
        found,
        by_respondent={who: None if who in hidden else scores for who, scores in found.by_respondent.items()},
    )


def cut_text(number: Fraction | None, places: int) -> str | None:
    """A number to so many places, cut and not rounded: 4.999 reads 4.99. None stays None."""
    if number is None:
        return None
    scaled = math.floor(number * 10**places)
    return f"{scaled // 10**places}.{scaled % 10**places:0{places}d}"


def _scores_json(scores: Scores | None) -> dict[str, Any] | None:
    if scores is None:
        return None
    return {
        "respondents": scores.respondents,
        "distribution": {str(score): count for score, count in zip(SCORES, scores.counts, strict=True)},
        "total": scores.total,
        "mean": cut_text(scores.mean, 2),
        "satisfied": scores.satisfied,
        "satisfied_share": cut_text(scores.satisfied_share, 4),
    }


def _scores_of(fixed: Mapping[str, Any] | None) -> Scores | None:
    return None if fixed is None else Scores(tuple(fixed["distribution"][str(score)] for score in SCORES))
