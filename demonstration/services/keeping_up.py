"""What goes on in the small city besides: workshops, a vote in hand, stairwell texts, tours, contests, boards."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from accounts.models import User
from consent.choices import VoteMatter, WorkshopKind
from consent.services.announcements import announce
from consent.services.votes.opening import open_vote
from consent.services.workshops import add_task, hold_workshop, plan_workshop
from demonstration.rules.bodies import (
    COVENANT,
    FINDINGS,
    POINT_RULES,
    REPAIRS,
    STAIRWELL_RULES,
    WORKSHOP_AGENDA,
    WORKSHOP_DECISIONS,
)
from demonstration.rules.people import PHONE_PREFIX
from demonstration.services.governing import Governing
from demonstration.services.lived import desk
from governance.choices.conventions import ConventionKind
from governance.models import Body, PointRule, UpkeepTask
from governance.services.boards import put_up_board
from governance.services.contests import close_contest, enter_all, open_contest, score_entry
from governance.services.conventions import adopt_version, open_convention
from governance.services.party import check_in_member, give_area, hand_in_report
from governance.services.points import approve_service, propose_service, set_rule
from governance.services.upkeep import add_finding, close_inspection, plan_inspection
from governance.services.upkeep_tasks import check_task, do_task, open_task
from governance.services.withdrawals import plan_withdrawal
from renovation.models import Division, Household, Stairwell

CRITERIA = ("clean", "clear", "bright", "safe", "beautiful")


class KeepingUp:
    """One neighbourhood's everyday: what its story gives it, on the days before the one on which it is looked at."""

    def __init__(self, governing: Governing, people: Mapping[str, User]) -> None:
        self.governing, self.people = governing, people
        self.neighbourhood, self.by, self.today = governing.neighbourhood, governing.by, governing.today
        self.dice = governing.dice

    def go_on(self) -> None:
        """Let happen what this neighbourhood is known for, and what its stage brings."""
        for act in (*NAMED.get(self.neighbourhood.name, ()), *AT_STAGE.get(self.neighbourhood.stage, ())):
            act(self)

    def day(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)

    def stairwells(self) -> list[Stairwell]:
        rows = Stairwell.objects.filter(building__neighbourhood=self.neighbourhood).select_related("building")
        return list(rows.order_by("building_id", "pk"))

    def phone(self) -> str:
        return f"{PHONE_PREFIX}{self.dice.randrange(10**7):07}"

    # --- Before the works ------------------------------------------------------------------------------

    def meet(self) -> None:
        """A workshop that was held, with what follows from it, and one to come."""
        called: dict[str, Any] = {
            "neighbourhood": self.neighbourhood,
            "kind": WorkshopKind.WORKSHOP,
            "place": "院内香樟树下",
            "convened_by": "社区与业主委员会",
            "by": self.by,
        }
        held = plan_workshop(title="院子怎么改", held_on=self.day(24), agenda=WORKSHOP_AGENDA, **called)
        announce(
            about=held,
            channel="group_chat",
            told_on=self.day(28),
            place="小区业主群",
            reached=62,
            by=self.by,
            at=desk(self.day(28)),
        )
        announce(
            about=held, channel="board", told_on=self.day(28), place="院门公告栏", by=self.by, at=desk(self.day(28))
        )
        homes = list(Household.objects.filter(neighbourhood=self.neighbourhood).current().residential()[:6])
        hold_workshop(
            workshop=held,
            summary="三十多位居民到场，围着图纸一项一项说。",
            attendances=[
                *({"name": home.head_name, "role": "resident", "household": home} for home in homes),
                {"name": self.governing.person(), "role": "designer", "household": None},
            ],
            decisions=[
                {"text": text, "outcome": outcome, "votes_for": for_it, "votes_against": against}
                for text, outcome, for_it, against in WORKSHOP_DECISIONS
            ],
            by=self.by,
            at=desk(self.day(23)),
        )
        add_task(
            workshop=held,
            text="把停车位方案图贴到每个单元门口。",
            assignee="示范社区工作人员",
            due_on=self.day(3),
            by=self.by,
            at=desk(self.day(23)),
        )
        add_task(
            workshop=held,
            text="核对车棚权属，答复居民。",
            assignee="业主委员会",
            due_on=self.day(-10),
            by=self.by,
            at=desk(self.day(23)),
        )
        plan_workshop(title="活动室怎么用", held_on=self.day(-9), agenda="开放时间、值班、借用办法。", **called)

    def vote_now(self) -> None:
        """The owners are voting on the management covenant: ballots are out, some are back."""
        announced = self.day(24)
        vote = open_vote(
            neighbourhood=self.neighbourhood,
            matter=VoteMatter.COVENANT,
            title=f"{self.neighbourhood.name}管理规约的表决",
            text=COVENANT,
            announced_on=announced,
            residents_committee_told_on=announced,
            starts_on=self.day(8),
            ends_on=self.day(-12),
            by=self.by,
            at=desk(announced),
        )
        self.governing.cast(vote, self.day(8), self.day(1), back=0.55)

    def serve(self) -> None:
        """Party members report for duty, answer for buildings, and earn points that a second person approves."""
        branch = Body.objects.filter(neighbourhood=self.neighbourhood, kind="party_branch").first()
        buildings = list(self.neighbourhood.buildings.order_by("pk"))
        members = [
            check_in_member(
                neighbourhood=self.neighbourhood,
                name=self.governing.person(),
                check_in="unit" if number % 2 else "residence",
                work_unit="示范供电公司党支部" if number % 2 else "",
                checked_in_on=self.day(150 - number),
                body=branch,
                phone=self.phone(),
                by=self.by,
                at=desk(self.day(150 - number)),
            )
            for number in range(5)
        ]
        for number, (member, building) in enumerate(zip(members, buildings, strict=False)):
            give_area(
                member=member,
                building=building,
                duty="联系住户，收集意见，发现安全隐患及时报告。",
                starts_on=self.day(140),
                shown_with_consent_on=self.day(139) if number % 2 == 0 else None,
                by=self.by,
                at=desk(self.day(139)),
            )
        for member in members[:4]:
            for rule in self._rules():
                record = propose_service(
                    member=member,
                    rule=rule,
                    done_on=self.day(self.dice.randrange(6, 90)),
                    text=rule.name,
                    by=self.people["committee"],
                    at=desk(self.day(5)),
                )
                if self.dice.random() < 0.7:
                    approve_service(record=record, by=self.by, at=desk(self.day(4)))
        half = 1 if self.day(100).month <= 6 else 2
        hand_in_report(
            neighbourhood=self.neighbourhood,
            member=members[0],
            period=f"{self.day(100).year}-H{half}",
            reported_on=self.day(2),
            text="走访四十二户，调解纠纷两起，参加清洁日三次。",
            by=self.by,
            at=desk(self.day(2)),
        )

    def _rules(self) -> list[PointRule]:
        district = Division.objects.get(code=self.neighbourhood.community_code[:6])
        known = {rule.code: rule for rule in PointRule.objects.filter(division=district)}
        return [
            known.get(code)
            or set_rule(
                division=district,
                code=code,
                name=name,
                points=points,
                document="示范积分办法1号（虚构）",
                valid_from=self.day(400),
                by=self.people["district"],
            )
            for code, name, points in POINT_RULES
        ]

    # --- At the stairwell ------------------------------------------------------------------------------

    def hang_boards(self) -> None:
        """A butler board at each stairwell door; building heads stand on it who consented."""
        for number, stairwell in enumerate(self.stairwells()):
            head = number % 3 != 2
            put_up_board(
                stairwell=stairwell,
                butler_name=self.governing.person(),
                butler_phone=self.phone(),
                building_head_name=self.governing.person() if head else "",
                building_head_phone=self.phone() if head else "",
                head_consents_on=self.day(41) if head else None,
                put_up_on=self.day(40),
                by=self.by,
                at=desk(self.day(40)),
            )

    def agree_in_stairwells(self) -> None:
        """Neighbours of some stairwells write down what they agree on, each in words of their own."""
        for number, stairwell in enumerate(self.stairwells()[:4]):
            rules = [STAIRWELL_RULES[(number + turn) % len(STAIRWELL_RULES)] for turn in range(3 + number % 2)]
            convention = open_convention(
                neighbourhood=self.neighbourhood,
                kind=ConventionKind.STAIRWELL,
                title=f"{stairwell.building.number}栋{stairwell.number}单元楼道公约",
                text="\n".join(f"{place}、{rule}" for place, rule in zip("一二三四五", rules, strict=False)),
                stairwell=stairwell,
                by=self.by,
            )
            homes = Household.objects.filter(stairwell=stairwell)
            version = self.governing.gather(convention, homes, self.day(30 - number), 0.9)
            if number < 3:
                adopt_version(version=version, adopted_on=self.day(30 - number), by=self.by, at=desk(self.day(26)))

    def compete(self) -> None:
        """The best building of last quarter was chosen; the best stairwell of this one is being judged."""
        last = open_contest(
            neighbourhood=self.neighbourhood,
            title="最美楼栋评选",
            scope="building",
            starts_on=self.day(120),
            ends_on=self.day(40),
            prize="流动红旗",
            by=self.by,
        )
        enter_all(contest=last, by=self.by)
        self._judge(last, ("社区", "业主委员会", "居民代表"), self.day(41))
        close_contest(contest=last, by=self.by, at=desk(self.day(38)))
        now = open_contest(
            neighbourhood=self.neighbourhood,
            title="最美楼道评选",
            scope="stairwell",
            starts_on=self.day(30),
            ends_on=self.day(-30),
            by=self.by,
        )
        enter_all(contest=now, by=self.by)
        self._judge(now, ("社区",), self.day(3))

    def _judge(self, contest, judges: tuple[str, ...], day: date) -> None:  # type: ignore[no-untyped-def]
        for entry in contest.entries.order_by("pk"):
            for judge in judges:
                points = {criterion: self.dice.randrange(6, 11) for criterion in CRITERIA}
                score_entry(entry=entry, judge=judge, points=points, by=self.by, at=desk(day))

    # --- After the works -------------------------------------------------------------------------------

    def inspect(self) -> None:
        """A tour a month ago whose findings are being set right, and repairs that residents asked for."""
        tour = plan_inspection(
            neighbourhood=self.neighbourhood,
            title="月度巡查",
            held_on=self.day(32),
            route="1栋起，顺时针一圈",
            party="社区、物业、业主委员会",
            by=self.by,
        )
        stairwells = self.stairwells()
        for number, (criterion, severity, text) in enumerate(FINDINGS):
            finding = add_finding(
                inspection=tour,
                criterion=criterion,
                severity=severity,
                text=text,
                stairwell=stairwells[number % len(stairwells)],
                due_on=self.day(20 - 6 * number),
                by=self.by,
                at=desk(self.day(32)),
            )
            if number < 3:
                task = UpkeepTask.objects.get(finding=finding)
                done = do_task(task=task, done_on=self.day(22), by=self.people["committee"], at=desk(self.day(22)))
                if number < 2:
                    check_task(task=done, passed=True, checked_on=self.day(20), by=self.by, at=desk(self.day(20)))
        close_inspection(inspection=tour, by=self.by, at=desk(self.day(31)))
        for number, text in enumerate(REPAIRS):
            open_task(
                neighbourhood=self.neighbourhood,
                origin="repair",
                text=text,
                reported_on=self.day(6 + number),
                stairwell=stairwells[number],
                reporter_name=self.governing.person(),
                reporter_phone=self.phone(),
                due_on=self.day(-3),
                by=self.by,
                at=desk(self.day(6 + number)),
            )

    def wean(self) -> None:
        """The services that government paid for end step by step after the handover."""
        for number, (service, ready) in enumerate((("cleaning", True), ("greening", False))):
            plan_withdrawal(
                neighbourhood=self.neighbourhood,
                service=service,
                ends_on=self.day(-60 * (number + 1)),
                document=f"示范退出方案{number + 1}号（虚构）",
                readiness=(
                    {"taken_over_by": "示范物业服务公司", "fee_covers_it": True, "residents_told_on": self.day(5)}
                    if ready
                    else {}
                ),
                by=self.by,
                at=desk(self.day(4)),
            )


Act = Callable[[KeepingUp], None]

NAMED: Mapping[str, tuple[Act, ...]] = {
    "嘉明花园": (KeepingUp.serve, KeepingUp.vote_now),
    "四合院小区": (KeepingUp.meet, KeepingUp.hang_boards),
    "宜港小区": (KeepingUp.agree_in_stairwells, KeepingUp.compete),
}
AT_STAGE: Mapping[str, tuple[Act, ...]] = {
    "handed_over": (KeepingUp.wean,),
    "long_term": (KeepingUp.wean, KeepingUp.inspect, KeepingUp.hang_boards),
}
