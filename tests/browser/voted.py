"""Owners' votes for the tests that look at pages: one in hand, one to come, one that passed, one that did not."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from consent.models import OwnersVote
from consent.rules.ballots import BallotInput
from consent.services.votes.ballots import record_ballots
from consent.services.votes.challenges import challenge_vote
from consent.services.votes.closing import cancel_vote, close_vote
from consent.services.votes.opening import open_vote
from consent.services.votes.rules import adopt_rules
from renovation.models import Household
from tests.factories import make_owner, make_ownership

WORDS = {
    "zh-hans": {
        "rules": "业主大会议事规则〔2026〕1号",
        "in_hand": "续筹维修资金",
        "to_come": "选聘物业服务企业",
        "passed": "管理规约",
        "failed": "三号楼架空层改作车棚",
        "off": "门前空地划线收费",
        "text": "是否同意按每平方米五元续筹维修资金，用于屋面防水。",
        "counted": "计票人王丽，监票人李强",
        "grounds": "有两户未收到表决票",
        "reason": "议题写得不清楚",
        "owner": "业主{n}",
        "holder": "赵明",
        "proof": "签收单3号",
    },
    "en": {
        "rules": "Rules of procedure 1 of 2026",
        "in_hand": "Top up the maintenance fund",
        "to_come": "Hire a property company",
        "passed": "Management covenant",
        "failed": "A bicycle shed below building 3",
        "off": "Paid parking before the gate",
        "text": "Shall each owner add five yuan a square metre to the maintenance fund, for the roof?",
        "counted": "Counted by Wang Li, watched by Li Qiang",
        "grounds": "Two owners had no ballot",
        "reason": "The question was not clear",
        "owner": "Owner {n}",
        "holder": "Zhao Ming",
        "proof": "Signed list 3",
    },
}


def vote(doors: list[Household], by: User, language: str) -> dict[str, OwnersVote]:
    """The votes of the doors' neighbourhood, by what they show. Doors without an owner get one of their own."""
    told, home, today = WORDS[language], doors[0].neighbourhood, timezone.localdate()
    for number, door in enumerate(doors, 1):
        if not door.ownerships.exists():
            make_ownership(household=door, owner=make_owner(neighbourhood=home, name=told["owner"].format(n=number)))
    home.households.filter(gross_floor_area=None).update(gross_floor_area="86.50")
    adopt_rules(
        neighbourhood=home,
        adopted_on=today - timedelta(days=200),
        document=told["rules"],
        silent_votes=True,
        proxy_limit=3,
        by=by,
    )

    def opened(name: str, matter: int, starts: int, **fields: Any) -> OwnersVote:
        return open_vote(
            neighbourhood=home,
            matter=matter,
            title=told[name],
            text=told["text"],
            announced_on=today + timedelta(days=min(starts - 15, 0)),
            residents_committee_told_on=today + timedelta(days=min(starts - 15, 0)),
            starts_on=today + timedelta(days=starts),
            ends_on=today + timedelta(days=starts + 14),
            by=by,
            **fields,
        )

    def enter(found: OwnersVote, choices: list[str], **fields: Any) -> None:
        """A choice for each owner of the roll in order, `-` for one whose ballot was delivered and is still out."""
        back = timezone.make_aware(datetime.combine(found.starts_on, time(9)))
        ballots = []
        for voter, choice in zip(found.voters.order_by("pk"), choices, strict=False):
            entry: dict[str, Any] = {"delivered_at": back, "delivery": "door", "proof": told["proof"], **fields}
            if choice != "-":
                entry |= {"choice": choice, "form": "written", "returned_at": back}
            ballots.append(BallotInput(client_id=uuid4(), voter=voter.pk, **entry))
        answers = record_ballots(vote=found, ballots=ballots, by=by).answers
        assert all(answer.status == "recorded" for answer in answers), answers

    size = len(doors)
    passed = opened("passed", 2, -40)
    enter(passed, ["agree"] * passed.voters.count())
    close_vote(vote=passed, counted_by=told["counted"], by=by)
    challenge_vote(vote=passed, raised_on=today, text=told["grounds"], raised_by=told["holder"], by=by)
    failed = opened("failed", 8, -30)
    enter(failed, ["disagree"] * failed.voters.count())
    close_vote(vote=failed, counted_by=told["counted"], by=by)
    off = opened("off", 8, -20)
    cancel_vote(vote=off, reason=told["reason"], by=by)
    in_hand = opened("in_hand", 6, -3, silent_votes=True, needed_by_plan=True)
    enter(in_hand, (["agree", "disagree", "-"] * size)[: max(1, size - 1)])
    made = {"in-hand": in_hand, "to-come": opened("to_come", 4, 30), "passed": passed, "failed": failed, "off": off}
    for found in made.values():
        found.refresh_from_db()
    return made


def vote_addresses(made: dict[str, OwnersVote], empty: int) -> dict[str, str]:
    """Each page of votes by a short name; `empty` is a neighbourhood without any."""
    home, one = made["in-hand"].neighbourhood_id, made["in-hand"].pk
    return {
        "votes": f"/neighbourhoods/{home}/votes/",
        "votes-none": f"/neighbourhoods/{empty}/votes/",
        "vote-new": f"/neighbourhoods/{home}/votes/new/",
        "rules-new": f"/neighbourhoods/{home}/votes/rules/",
        **{f"vote-{name}": f"/votes/{found.pk}/" for name, found in made.items()},
        "vote-sheet": f"/votes/{made['passed'].pk}/result/",
        "vote-roll": f"/votes/{one}/roll/",
        "vote-roll-returned": f"/votes/{one}/roll/?state=returned",
        "vote-ballots": f"/votes/{one}/ballots/",
        "vote-ledger": f"/votes/{one}/ledger/",
    }
