"""The small city's notices and evaluations, through the services."""

import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from uuid import UUID

from accounts.models import User
from consent.choices import NoticeKind
from consent.models import PublicNotice, Survey
from consent.services.notices import answer_objection, close_notice, post_notice, raise_objection
from demonstration.rules.stories import MINIMUM_SHARE, OBJECTION, QUESTIONS, RATERS, REMARKS, RESULT_OBJECTION, SCORES
from demonstration.services.lived import desk
from renovation.models import Evaluation, Household, Neighbourhood, RenovationPlan
from renovation.rules.evaluations import AnswerInput
from renovation.services.evaluations import close_evaluation, open_evaluation, record_answers

PLACE = "小区公告栏"
LEAST_DAYS = 9


class Posting:
    """What hangs in one neighbourhood, and what its residents say of the works."""

    def __init__(self, neighbourhood: Neighbourhood, people: Mapping[str, User]) -> None:
        self.neighbourhood, self.by = neighbourhood, people["community"]
        self.evaluation: Evaluation

    def result(self, day: date) -> PublicNotice:
        survey = Survey.objects.filter(neighbourhood=self.neighbourhood).exclude(closed_at=None).latest("number")
        text = "三轮入户征询已结束，支持率达到规定比例，现将户数与比例公示。"
        return self._post(NoticeKind.SURVEY_RESULT, "征询结果公示", text, day, survey=survey)

    def plan(self, plan: RenovationPlan, day: date) -> PublicNotice:
        text = "改造方案的项目、造价与各方出资现予公示，分户出资表可在社区查阅。"
        return self._post(NoticeKind.PLAN, "改造方案公示", text, day, plan=plan)

    def board(self, text: str, day: date, days: int) -> PublicNotice:
        return self._post(NoticeKind.SITE_BOARD, "开工公示牌", text, day, days=days)

    def accepted(self, day: date) -> PublicNotice:
        text = "工程已通过验收，竣工结算与保修责任现予公示。"
        return self._post(NoticeKind.ACCEPTANCE, "验收结果公示", text, day)

    def _post(
        self,
        kind: str,
        title: str,
        text: str,
        day: date,
        *,
        days: int = LEAST_DAYS,
        survey: Survey | None = None,
        plan: RenovationPlan | None = None,
    ) -> PublicNotice:
        return post_notice(
            neighbourhood=self.neighbourhood,
            kind=kind,
            title=f"{self.neighbourhood.name}{title}",
            text=text,
            place=PLACE,
            posted_on=day,
            ends_on=day + timedelta(days=days),
            survey=survey,
            plan=plan,
            by=self.by,
            at=desk(day),
        )

    def object_to(self, notice: PublicNotice, text: str, day: date, answer: str = "") -> None:
        """Somebody objects; with `answer`, three days later the community answers."""
        made = raise_objection(notice=notice, raised_on=day, text=text, by=self.by, at=desk(day))
        if answer:
            later = day + timedelta(days=3)
            answer_objection(objection=made, answer=answer, answered_on=later, by=self.by, at=desk(later))

    def close(self, notice: PublicNotice) -> None:
        day = notice.ends_on + timedelta(days=1)
        close_notice(notice=notice, note="公示期满，已拍照存档。", by=self.by, at=desk(day))

    def hang_result(self, day: date, *, open_objection: str = "") -> None:
        """The survey's result, closed after an objection was answered, or still hanging with one left open."""
        notice = self.result(day)
        if open_objection:
            self.object_to(notice, open_objection, day + timedelta(days=4))
            return
        self.object_to(notice, RESULT_OBJECTION[0], day + timedelta(days=2), RESULT_OBJECTION[1])
        self.close(notice)

    def hang_plan(self, plan: RenovationPlan, day: date, *, open_objection: str = "") -> None:
        notice = self.plan(plan, day)
        self.object_to(notice, OBJECTION[0], day + timedelta(days=2), OBJECTION[1])
        if open_objection:
            self.object_to(notice, open_objection, day + timedelta(days=3))
        else:
            self.close(notice)

    # --- What residents say of the works ---------------------------------------------------------------

    def ask(self, day: date) -> None:
        self.evaluation = open_evaluation(
            neighbourhood=self.neighbourhood,
            title=f"{self.neighbourhood.name}改造效果居民评价",
            questions=QUESTIONS,
            minimum_share=MINIMUM_SHARE,
            by=self.by,
            at=desk(day),
        )

    def answer(self, first: date, last: date, share: float) -> None:
        """Such a share of the homes answers, from day to day; here and there two people of one home."""
        dice = random.Random(f"{self.neighbourhood.code} 评价")  # noqa: S311 -- chance, not secrecy
        homes = list(Household.objects.filter(neighbourhood=self.neighbourhood).current().residential().order_by("pk"))
        chosen = sorted(dice.sample(range(len(homes)), int(len(homes) * share)))
        sheets: dict[date, list[AnswerInput]] = {}
        for number, place in enumerate(chosen):
            day = first + timedelta(days=number * (last - first).days // len(chosen))
            for rater in self._raters(dice):
                sheet = AnswerInput(
                    client_id=UUID(int=dice.getrandbits(128), version=4),
                    household=homes[place].pk,
                    respondent=rater,
                    scores={question.code: dice.choice(SCORES) for question in QUESTIONS},
                    note=dice.choice(REMARKS) if dice.random() < 0.12 else "",
                    answered_on=day,
                )
                sheets.setdefault(day, []).append(sheet)
        for day, answers in sheets.items():
            taken = record_answers(evaluation=self.evaluation, answers=answers, by=self.by, at=desk(day))
            if refused := [one for one in taken if one.status != "recorded"]:
                raise RuntimeError(f"{self.neighbourhood}: {refused[0]}")  # the plan itself is wrong

    def _raters(self, dice: random.Random) -> Iterator[str]:
        yield dice.choice(RATERS)
        if dice.random() < 0.06:
            yield "family"

    def close_evaluation(self, day: date) -> None:
        close_evaluation(evaluation=self.evaluation, by=self.by, at=desk(day))
