"""The lives of the large city's neighbourhoods: every step with the evidence that it leaned on, every guard met.

The parts of a life (plans, money, works, notices) are written by statements over sets; the guards are asked by the
lifecycle's own rules, so that what is on record would let each step be taken again.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import User
from demonstration.rules.city import SEED
from demonstration.rules.costs import Size
from demonstration.rules.course import BUILT
from demonstration.rules.evidence import Site, evidence_for, under_way
from demonstration.services import city_evaluations, city_money, city_plans, city_works
from demonstration.services.copying import Rows
from demonstration.services.lived import TABLES, Door, Fact, Lived
from renovation.choices import Stage
from renovation.models import Evidence, Household, MenuEdition, StageChange, Stairwell
from renovation.rules.facts import Piece, Registry, Standing
from renovation.rules.lifecycle import BY_A_SURVEY, BY_ITSELF, SUSPENDED, WITHDRAWN, Step, step_to

WITHDRAWN_SINCE = "列入征收补偿范围，退出改造。"
SUSPENDED_SINCE = "连续降雨引发边坡隐患，暂停施工。"
UNITS = ("work_unit", "public_rental")

Timeline = Sequence[tuple[str, Any]]


def homes_of(neighbourhoods: Iterable[int]) -> dict[int, tuple[list[Door], int, bool]]:
    """The homes of each, how many stairwells it has, and whether some of its homes were never sold."""
    doors: dict[int, list[Door]] = defaultdict(list)
    units: set[int] = set()
    rows = Household.objects.filter(neighbourhood__in=neighbourhoods).current().residential().order_by("pk")
    for place, pk, building, area, tenure in rows.values_list(
        "neighbourhood_id", "pk", "building_id", "gross_floor_area", "tenure_type"
    ):
        doors[place].append(Door(pk, building, area))
        if tenure in UNITS:
            units.add(place)
    stairwells: dict[int, int] = defaultdict(int)
    for place in Stairwell.objects.filter(building__neighbourhood__in=neighbourhoods).values_list(
        "building__neighbourhood_id", flat=True
    ):
        stairwells[place] += 1
    return {place: (found, stairwells[place], place in units) for place, found in doors.items()}


def size_of(doors: Sequence[Door], stairwells: int) -> Size:
    area = sum((door.area for door in doors if door.area), Decimal(0))
    return Size(len(doors), len({door.building for door in doors}), stairwells, area)


class CityLives:
    """What is written of a chunk of neighbourhoods, and the people who act in all of them."""

    def __init__(self, edition: MenuEdition, people: Mapping[str, Mapping[str, User]], today: date) -> None:
        self.edition, self.people, self.today = edition, people, today
        self.menu = dict(edition.items.values_list("code", "pk"))
        self.must_do = frozenset(edition.items.filter(mandatory=True).values_list("code", flat=True))
        self.rows = Rows(TABLES)
        self.freezing: list[city_plans.Freezing] = []
        self.tranches: dict[str, list[int]] = defaultdict(list)
        self.evidence: list[Evidence] = []
        self.changes: list[StageChange] = []

    def add(self, life: Lived, timeline: Timeline, figures: Mapping[str, Mapping[str, Any]]) -> None:
        """Write one neighbourhood's life. `figures` are those of the survey's own steps."""
        self._write_parts(life)
        self._write_record(life, timeline, figures)

    def flush(self) -> None:
        """Write what waits. A frozen plan takes nothing more, so it is frozen once its parts are there."""
        self.rows.copy()
        city_plans.freeze(self.freezing)
        city_money.advance(self.tranches)
        Evidence.objects.bulk_create(self.evidence, batch_size=2000)
        StageChange.objects.bulk_create(self.changes, batch_size=2000)
        self.freezing, self.evidence, self.changes = [], [], []
        self.tranches.clear()

    def life_of(self, **about: Any) -> Lived:
        row = about["row"]
        return Lived(
            **about,
            today=self.today,
            people=self.people[row.community_code[:6]],
            edition=self.edition,
            menu=self.menu,
            dice=random.Random(f"{row.code} 一生 {SEED}"),  # noqa: S311 -- chance, not secrecy
            rows=self.rows,
        )

    # --- The parts of a life ---------------------------------------------------------------------------

    def _write_parts(self, life: Lived) -> None:
        if life.reached("consented"):
            self._result_notice(life)
        if life.place.stage == Stage.READY:
            city_plans.write_draft(life, city_works.desk(life.day("ready", 1)))
        if not life.reached("applied"):
            return
        planned, freezing = city_plans.write_plan(life, city_works.desk(life.day("applied", -4)))
        self.freezing.append(freezing)
        if life.reached("planned"):
            city_money.write_promises(life, planned)
            self._plan_notice(life, planned.pk)
        if life.reached("designed"):
            self._works(life, planned)

    def _result_notice(self, life: Lived) -> None:
        """Posted after the survey was closed; where the neighbourhood went on, it was closed in time for that."""
        posted_on = life.day("consented", 2)
        ends_on = posted_on + timedelta(days=8)
        waits = life.place.stage == Stage.CONSENTED and life.dice.random() < 0.3
        closes = not waits and life.has_come(ends_on + timedelta(days=1))
        city_plans.write_notice(
            life,
            "survey_result",
            f"{life.row.name}征询结果公示",
            "三轮入户征询已结束，支持率达到规定比例，现将户数与比例公示。",
            posted_on,
            ends_on=ends_on,
            closed_on=ends_on + timedelta(days=1) if closes else None,
            survey=life.survey,
            objections=1 if waits or life.dice.random() < 0.4 else 0,
        )

    def _plan_notice(self, life: Lived, plan: int) -> None:
        """Settled plans had their notice; of those only in the annual plan, some hang now."""
        settled = life.reached("designed")
        posted_on = life.day("designed", -14) if settled else life.day("planned", 2)
        if not life.has_come(posted_on) or (not settled and life.dice.random() < 0.4):
            return
        ends_on = posted_on + timedelta(days=9)
        closes = settled or (life.has_come(ends_on + timedelta(days=1)) and life.dice.random() < 0.5)
        city_plans.write_notice(
            life,
            "plan",
            f"{life.row.name}改造方案公示",
            "改造方案的项目、造价与各方出资现予公示，分户出资表可在社区查阅。",
            posted_on,
            ends_on=ends_on,
            closed_on=ends_on + timedelta(days=1) if closes else None,
            plan=plan,
            objections=1 if life.dice.random() < 0.5 else 0,
        )

    def _works(self, life: Lived, planned: Any) -> None:
        begun = life.reached("under_works")
        share = Decimal(1) if begun else Decimal(life.dice.randint(30, 98)) / 100
        city_money.write_pledges(life, planned, life.day("designed", 3), share)
        made_on = life.day("under_works", -14) if begun else life.day("designed", 20)
        if not begun and not life.has_come(made_on):
            return
        packages = city_works.write_packages(life, planned, made_on)
        numbers = [package.pk for package in packages]
        for state, tranches in city_money.write_award(life, planned, numbers).items():
            self.tranches[state] += tranches
        if not begun:
            return
        city_money.write_flows(life, planned, numbers)
        city_works.write_site(life, planned, packages)
        self._site_board(life, packages)
        if life.reached("accepted"):
            city_works.write_acceptance(life, packages)
            city_works.write_early_damage(life, packages)
            city_evaluations.write_evaluation(life)

    def _site_board(self, life: Lived, packages: Sequence[city_works.Package]) -> None:
        posted_on, ends_on = life.day("under_works"), max(package.days.ends for package in packages)
        built = any(life.reached(stage) for stage in BUILT)
        names = "、".join(package.contractor for package in packages)
        city_plans.write_notice(
            life,
            "site_board",
            f"{life.row.name}开工公示牌",
            f"施工单位：{names}。施工时段八时至十二时、十四时至十八时。投诉电话见现场公示牌。",
            posted_on,
            ends_on=ends_on,
            closed_on=ends_on + timedelta(days=1) if built else None,
        )

    # --- The record ------------------------------------------------------------------------------------

    def _write_record(self, life: Lived, timeline: Timeline, figures: Mapping[str, Mapping[str, Any]]) -> None:
        """Evidence in the order of time, and each step with its guards as they stood then."""
        facts = self._facts(life, timeline)
        registry = Registry(
            built_year=life.row.built_year,
            buildings=life.size.buildings,
            households=len(life.doors),
            residential=len(life.doors),
        )
        standing: dict[str, Piece] = {}
        here, recorded = "", 0
        for stage, at in timeline:
            while recorded < len(facts) and facts[recorded].at <= at:
                self._record(life, facts[recorded], standing, recorded)
                recorded += 1
            told, by, reason = dict(figures.get(stage, {})), self._mover(life, stage), ""
            if here and stage not in BY_A_SURVEY:
                now = Standing(
                    stage=here,
                    today=timezone.localdate(at),
                    registry=registry,
                    must_do=self.must_do,
                    evidence=standing,
                )
                step = step_to(now, stage)
                if step is None or not step.is_open:
                    raise RuntimeError(f"{life.row}: {here} → {stage}: {step}")  # the plan itself is wrong
                told["guards"] = _guards(step)
            if stage == SUSPENDED:
                reason, told["review_on"] = SUSPENDED_SINCE, (self.today + timedelta(days=20)).isoformat()
            if stage == WITHDRAWN:
                reason = WITHDRAWN_SINCE
            self.changes.append(
                StageChange(
                    neighbourhood=life.row, from_stage=here, to_stage=stage, at=at, by=by, reason=reason, figures=told
                )
            )
            here = stage
        for fact in facts[recorded:]:
            self._record(life, fact, standing, recorded)

    def _facts(self, life: Lived, timeline: Timeline) -> list[Fact]:
        """What modules told, and what people recorded on the day of each step or since the last one."""
        facts = list(life.facts)
        handover_on = life.day("long_term") if life.reached("long_term") else None
        if life.place.stage == Stage.HANDED_OVER:
            handover_on = max(life.day("handed_over", 30), self.today + timedelta(days=life.dice.randint(5, 60)))
        site = Site(must_do=sorted(self.must_do), handover_on=handover_on)
        for stage, at in timeline:
            facts += self._by_hand(life, evidence_for(stage, site, at.date()), at - timedelta(hours=1))
        stage, at = timeline[-1]
        since = min(at + timedelta(days=3), at + (_end_of(self.today, at) - at) / 2)
        facts += self._by_hand(life, under_way(stage, site, since.date()), since)
        return sorted(facts, key=lambda fact: fact.at)

    def _by_hand(self, life: Lived, pieces: Iterable[Any], at: Any) -> list[Fact]:
        people = {"committee": life.people["community"], **life.people}
        return [Fact(at, piece.kind, piece.facts, people[piece.who], document=piece.document) for piece in pieces]

    def _record(self, life: Lived, fact: Fact, standing: dict[str, Piece], number: int) -> None:
        standing[fact.kind] = Piece(number, fact.told)
        by_hand = fact.source is None and fact.document
        self.evidence.append(
            Evidence(
                neighbourhood=life.row,
                kind=fact.kind,
                facts=fact.told,
                document=fact.document,
                dated_on=fact.at.date() if by_hand else None,
                by=fact.by,
                at=fact.at,
            )
        )

    def _mover(self, life: Lived, stage: str) -> User | None:
        if stage in BY_ITSELF:
            return None
        who = {"planned": "city"} | dict.fromkeys(
            ("applied", "designed", "under_works", "works_done", "accepted", SUSPENDED, WITHDRAWN), "district"
        )
        return life.people[who.get(stage, "community")]


def _guards(step: Step) -> list[dict[str, Any]]:
    return [
        {"code": guard.code, "met": guard.met, "overridden": guard.overridden, "figures": dict(guard.figures)}
        for guard in step.guards
    ]


def _end_of(today: date, at: Any) -> Any:
    return at.replace(year=today.year, month=today.month, day=today.day)
