"""A district in which something is behind every figure of the dashboard."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from consent.models import Objection, PublicNotice
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from overview.reports.days import fee_month_of
from renovation.choices import Stage
from renovation.models import AwardTranche, Defect, Household, Neighbourhood, StageChange
from renovation.services.funding import add_source, record_entry
from tests.cast import HERE, THERE
from tests.consent.casts import a_visit, make_doors, make_policy
from tests.consent.vote_casts import make_vote
from tests.factories import make_menu_edition, make_neighbourhood, make_user
from tests.governance.bodies_cast import a_body
from tests.governance.payments_cast import a_bill, pay
from tests.renovation.works_cast import AMOUNTS, Site

DISTRICT = HERE[:6]


class Town:
    """The neighbourhoods by what is the matter with each; `today` is the real one."""

    def __init__(self) -> None:
        self.today = timezone.localdate()
        self.now = timezone.now()
        make_policy()
        make_menu_edition(codes=tuple(AMOUNTS))
        self.staff: User = make_user(Role.COMMUNITY_STAFF, DISTRICT)
        self.near = self.asked("桥边巷", yeses=9)
        self.idle = self.asked("棉纺新村", yeses=3, ago=25)
        self.third = self.asked("铁路二村", yeses=5, rounds=3)
        self.small = self.asked("四户院", doors=4, yeses=2)
        self.fallen = self.closed("机床厂宿舍", yeses=10, ago=45)
        self.withdraw(self.fallen, 2)
        self.fresh = self.closed("刚达标", yeses=10, ago=0)
        self.deferred = self.closed("到期", yeses=2, ago=60, revisit_in=-3)
        self.later = self.closed("以后", yeses=2, ago=0, revisit_in=30)
        self.noticed = self.at("望江里", Stage.DESIGNED, days=3)
        self.notice("方案公示", ends_in=4, objections=2)
        self.notice("已到期公示", ends_in=-2, objections=0)
        self.voting = make_vote(neighbourhood=self.at("东山苑", Stage.PLANNED, days=3), by=self.staff)[0]
        self.site = Site(name="工地", community_code=THERE)
        self.step(self.site.home, "designed", "under_works", self.now)
        self.site.running("B01", starts_on=self.site.day(-20), ends_on=self.site.day(-5))
        self.hazard = self.defect("脚手架松动", "safety")
        self.defect("瓷砖空鼓", "minor")
        self.finished = self.at("已移交", Stage.HANDED_OVER, days=0)
        self.step(self.finished, "evaluated", "handed_over", self.now)
        self.run = {name: self.at(name, Stage.LONG_TERM, days=100) for name in ("收得好", "收不齐", "没账单")}
        self.fees()
        self.money()
        a_body(self.noticed, self.staff, term_ends_on=self.day(30))
        a_body(self.finished, self.staff, term_ends_on=self.day(200))
        self.at("暂停", Stage.SUSPENDED, days=5)
        self.at("刚登记", Stage.REGISTERED, days=0)
        self.locate()

    def locate(self) -> None:
        """Coordinates of all but one, in a row from west to east."""
        places = list(Neighbourhood.objects.exclude(name="刚登记").order_by("pk"))
        for number, place in enumerate(places):
            place.longitude, place.latitude = Decimal("111.28") + number * Decimal("0.002"), Decimal("30.69")
        Neighbourhood.objects.bulk_update(places, ["longitude", "latitude"])

    def day(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def at(self, name: str, stage: str, *, days: int, **fields: Any) -> Neighbourhood:
        """A neighbourhood that has stood at a stage for so many days."""
        since = self.now - timedelta(days=days)
        fields.setdefault("community_code", HERE)
        return make_neighbourhood(name=name, stage=stage, stage_since=since, **fields)

    def asked(self, name: str, *, yeses: int, doors: int = 10, ago: int = 0, rounds: int = 1) -> Neighbourhood:
        """A survey in hand, whose last visits were so many days ago."""
        place = make_neighbourhood(name=name, community_code=HERE)
        self.walk(place, doors, yeses, ago, rounds)
        return place

    def walk(self, place: Neighbourhood, doors: int, yeses: int, ago: int, rounds: int = 1) -> Any:
        homes = make_doors(buildings=1, doors=doors, neighbourhood=place)
        at = self.now - timedelta(days=ago, hours=2)
        survey = open_survey(neighbourhood=place, title="征询", closes_on=None, by=self.staff, at=at)
        visits = [a_visit(home, visited_at=at) for home in homes[:yeses]]
        record_visits(survey=survey, visits=visits, by=self.staff, at=at)
        for _number in range(rounds - 1):
            close_round(survey=survey, by=self.staff, reason="下一轮", at=at)
        return survey

    def closed(self, name: str, *, yeses: int, ago: int, revisit_in: int = 30) -> Neighbourhood:
        """A survey that was closed so many days ago."""
        place = make_neighbourhood(name=name, community_code=HERE)
        survey = self.walk(place, 10, yeses, ago)
        at = self.now - timedelta(days=ago, hours=1)
        close_survey(survey=survey, by=self.staff, reason="先到这里", revisit_on=self.day(revisit_in), at=at)
        place.refresh_from_db()
        return place

    def withdraw(self, place: Neighbourhood, number: int) -> None:
        survey = place.surveys.get()
        homes = Household.objects.filter(neighbourhood=place).order_by("pk")[:number]
        visits = [a_visit(home, "opposes", out_of_round=True, note="改主意") for home in homes]
        record_visits(survey=survey, visits=visits, by=self.staff)

    def notice(self, title: str, *, ends_in: int, objections: int) -> None:
        notice = PublicNotice.objects.create(
            neighbourhood=self.noticed,
            kind="fee_change",
            title=title,
            text="公示",
            place="东门",
            posted_on=self.day(ends_in - 8),
            ends_on=self.day(ends_in),
            posted_by=self.staff,
        )
        for _number in range(objections):
            Objection.objects.create(notice=notice, raised_on=self.today, text="噪声", recorded_by=self.staff)

    def step(self, place: Neighbourhood, came_from: str, to: str, at: datetime) -> None:
        StageChange.objects.create(neighbourhood=place, from_stage=came_from, to_stage=to, at=at)

    def defect(self, text: str, severity: str) -> Defect:
        return Defect.objects.create(
            neighbourhood=self.site.home, severity=severity, text=text, found_on=self.day(-1), due_on=self.day(3)
        )

    def fees(self) -> None:
        """80% and just above of property fees, less of another, and parking paid whole."""
        month = fee_month_of(self.today)
        for name, part, kind in (
            ("收得好", "80.01", "property"),
            ("收不齐", "80.00", "property"),
            ("收得好", "95.00", "parking"),
            ("收不齐", "90.00", "parking"),
        ):
            if kind == "property":
                make_doors(buildings=1, doors=5, neighbourhood=self.run[name])
            home = Household.objects.filter(neighbourhood=self.run[name]).earliest("pk")
            bill = a_bill(home, "100.00", month, kind=kind, at=self.now)
            pay(home, part, paid_at=self.now, at=self.now, bills=[bill.pk])

    def money(self) -> None:
        """A city's part, committed and half received, and an award in one tranche."""
        city = add_source(neighbourhood=self.site.home, kind="municipal", name="市级", by=self.staff)
        for step, amount in (("committed", "500000.00"), ("received", "250000.00"), ("spent", "100000.00")):
            record_entry(
                source=city, step=step, amount=Decimal(amount), document="拨款", dated_on=self.today, by=self.staff
            )
        award = add_source(neighbourhood=self.site.home, kind="award", name="以奖代补", by=self.staff)
        AwardTranche.objects.create(source=award, number=1, amount=Decimal("120000.00"))
