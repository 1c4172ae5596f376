"""What the residents of the large city say of the works: answers of most homes, and what they amount to."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from demonstration.rules.stories import MINIMUM_SHARE, QUESTIONS, RATERS, SCORES
from demonstration.services.lived import ANSWER, EVALUATION, Lived, desk
from renovation.choices import Rater
from renovation.rules.evaluations import result_of


def write_evaluation(life: Lived) -> None:
    """What residents say of the works: closed where the neighbourhood went on from there, else still open."""
    dice, rows, by = life.dice, life.rows, life.people["community"]
    opened_on = life.day("accepted", 5)
    if not life.has_come(opened_on):
        return
    closed_on = life.day("evaluated", -2) if life.reached("evaluated") else None
    last_on = closed_on or life.today - timedelta(days=1)
    part = dice.uniform(0.66, 0.92) if closed_on else dice.uniform(0.1, 0.58)
    needed = -(-len(life.doors) * 6 // 10)
    answered = max(int(len(life.doors) * part), needed if closed_on else 0)
    evaluation = rows.next_id(EVALUATION)
    days = max(1, (last_on - opened_on).days)
    sheets: list[tuple[int, str, dict[str, int]]] = []
    chosen = sorted(dice.sample(range(len(life.doors)), answered))
    for number, place in enumerate(chosen):
        on, household = opened_on + timedelta(days=number * days // len(chosen)), life.doors[place].household
        for _ in range(2 if dice.random() < 0.06 else 1):
            rater, scores = dice.choice(RATERS), {question.code: dice.choice(SCORES) for question in QUESTIONS}
            client_id = UUID(int=dice.getrandbits(128), version=4)
            rows.add(ANSWER, evaluation, client_id, household, rater, scores, "", on, desk(on), by.pk)
            sheets.append((household, rater, scores))
    result = result_of(
        QUESTIONS,
        household_count=len(life.doors),
        minimum_share=MINIMUM_SHARE,
        respondents=Rater.values,
        answers=sheets,
    )
    # It asks the homes that stand on the roster by then, and all of them were entered a moment ago.
    _made_at, changed_at, version = life.fresh(desk(closed_on or opened_on))
    rows.add(
        EVALUATION,
        evaluation,
        timezone.now(),
        changed_at,
        version,
        life.row.pk,
        1,
        f"{life.row.name}改造效果居民评价",
        [{"code": question.code, "text": question.text} for question in QUESTIONS],
        MINIMUM_SHARE,
        len(life.doors),
        desk(opened_on),
        by.pk,
        desk(closed_on) if closed_on else None,
        by.pk if closed_on else None,
        result.as_json() if closed_on else None,
    )
    facts = {
        "closed": closed_on is not None,
        "household_count": len(life.doors),
        "respondents": answered,
        "minimum_share": str(MINIMUM_SHARE),
    }
    life.tell(desk(last_on), "evaluation", facts, by, ("evaluations", evaluation))
