"""The small city's bodies, texts, votes and handovers, through the services that users use."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import User
from consent.choices import BallotChoice, BallotForm, Delivery, VoteMatter
from consent.models import OwnersVote
from consent.rules.ballots import BallotInput
from consent.services.votes.ballots import record_ballots
from consent.services.votes.closing import close_vote
from consent.services.votes.opening import open_vote
from demonstration.rules.bodies import (
    ASSETS,
    BRANCH_ROLES,
    COMMITTEE_ROLES,
    COUNTS,
    ENDING_SOON_DAYS,
    FEE_STANDARD,
    GROUPS,
    RESIDENTS_CONVENTION,
    SELF_MANAGED_FEE,
    TERM_YEARS,
    VOTE_TEXT,
)
from demonstration.rules.people import GIVEN_NAMES, SURNAMES
from demonstration.rules.stories import Story
from demonstration.services.lived import desk
from governance.choices.bodies import BodyKind, ManagementMode
from governance.choices.conventions import ConventionKind, SignatureForm
from governance.choices.handover import HandoverKind, Signatory
from governance.models import Body, Convention, ConventionSignature
from governance.services.bodies import file_body, found_body
from governance.services.conventions import adopt_version, file_version, open_convention
from governance.services.handover import add_asset, amend_handover, open_handover, sign_handover
from governance.services.managements import agree_management
from governance.services.memberships import add_member
from renovation.models import Household, Neighbourhood

KEPT = frozenset(
    {
        "party_organisation",
        "owners_committee",
        "filing_receipt",
        "precondition_2",
        "votes",
        "manager",
        "asset_list",
        "handover",
    }
)
"""Evidence that these modules tell themselves, so that nobody records it by hand here."""

SIGNED_SHARE, AGREED_SHARE = Decimal("0.8000"), 0.86
STREET = "示范街道办事处"
COMPANY = "示范物业服务公司"


class Governing:
    """Who decides in one neighbourhood, and to whom it is handed over."""

    def __init__(self, neighbourhood: Neighbourhood, people: Mapping[str, User], story: Story, today: date) -> None:
        self.neighbourhood, self.by, self.story, self.today = neighbourhood, people["community"], story, today
        self.dice = random.Random(f"{neighbourhood.code} 治理")  # noqa: S311 -- chance, not secrecy
        self.committee: Body
        self.chair = ""

    def person(self) -> str:
        return self.dice.choice(SURNAMES) + self.dice.choice(GIVEN_NAMES)

    def client_id(self) -> UUID:
        return UUID(int=self.dice.getrandbits(128), version=4)

    # --- 3 organised -----------------------------------------------------------------------------------

    def organise(self, day: date) -> None:
        """Party branch, committee and groups come into being, and the committee is filed."""
        name, founded = self.neighbourhood.name, day - timedelta(days=16)
        branch = self._found(
            BodyKind.PARTY_BRANCH, f"{name}党支部", founded, document=f"示范街党工委〔{day.year}〕6号（虚构）"
        )
        self.chair = self._join(branch, BRANCH_ROLES, founded)[0]
        ends = founded.replace(year=founded.year + TERM_YEARS, day=min(founded.day, 28)) - timedelta(days=1)
        if self.story.term_ends_soon:
            ends = self.today + timedelta(days=ENDING_SOON_DAYS)
        self.committee = self._found(
            BodyKind.OWNERS_COMMITTEE,
            f"{name}业主委员会",
            founded,
            document=f"示范选举结果〔{day.year}〕2号（虚构）",
            term_ends_on=ends,
        )
        # The branch secretary chairs the committee, as at 嘉明花园.
        self._join(self.committee, COMMITTEE_ROLES, founded, first=self.chair)
        file_body(
            body=self.committee,
            filed_on=day - timedelta(days=2),
            filed_with=STREET,
            filing_document=f"示范备案〔{day.year}〕11号（虚构）",
            by=self.by,
            at=desk(day - timedelta(days=2)),
        )
        for group, purpose in GROUPS[: self.story.groups]:
            made = self._found(BodyKind.SELF_GOVERNING_GROUP, group, day, purpose=purpose)
            self._join(made, ("chair", "member", "member"), day)

    def _found(self, kind: BodyKind, name: str, day: date, **more: Any) -> Body:
        return found_body(
            neighbourhood=self.neighbourhood, kind=kind, name=name, founded_on=day, by=self.by, at=desk(day), **more
        )

    def _join(self, body: Body, roles: tuple[str, ...], day: date, first: str = "") -> list[str]:
        names = [first or self.person(), *(self.person() for _ in roles[1:])]
        for name, role in zip(names, roles, strict=True):
            add_member(body=body, name=name, role=role, starts_on=day, by=self.by, at=desk(day))
        return names

    # --- 6 ready: the residents' convention ------------------------------------------------------------

    def sign_convention(self, day: date) -> None:
        """Nine homes of ten sign the residents' convention over three weeks; it is adopted and filed."""
        convention = open_convention(
            neighbourhood=self.neighbourhood,
            kind=ConventionKind.RESIDENTS,
            title=f"{self.neighbourhood.name}居民公约",
            text=RESIDENTS_CONVENTION,
            needed_share=SIGNED_SHARE,
            by=self.by,
        )
        version = self.gather(convention, Household.objects.filter(neighbourhood=self.neighbourhood), day, 0.91)
        adopt_version(
            version=version,
            adopted_on=day,
            document=f"示范居民会议纪要〔{day.year}〕4号（虚构）",
            by=self.by,
            at=desk(day),
        )
        version.refresh_from_db()
        file_version(version=version, filed_on=day, filed_with=STREET, by=self.by, at=desk(day))

    def gather(self, convention: Convention, homes, day: date, share: float):  # type: ignore[no-untyped-def]
        """The draft of a convention with the signatures of so many of these homes, as they came in."""
        version = convention.versions.get()
        rows = []
        for home in homes.current().residential().order_by("pk"):
            if self.dice.random() > share:
                continue
            signed = day - timedelta(days=self.dice.randrange(1, 21))
            rows.append(
                ConventionSignature(
                    convention_version=version,
                    household=home,
                    signer=home.head_name,
                    respondent="owner",
                    form=SignatureForm.SIGNED if self.dice.random() < 0.95 else SignatureForm.THUMBPRINT,
                    signed_on=signed,
                    client_id=self.client_id(),
                    at=desk(signed),
                    by=self.by,
                )
            )
        ConventionSignature.objects.bulk_create(sorted(rows, key=lambda row: row.at))
        return version

    # --- 9 designed: the owners' vote ------------------------------------------------------------------

    def vote(self, day: date) -> OwnersVote:
        """The owners decide on the use of the fund: most ballots come back, and most of those agree."""
        opened = day - timedelta(days=40)
        vote = open_vote(
            neighbourhood=self.neighbourhood,
            matter=VoteMatter.FUND_USE,
            title=f"{self.neighbourhood.name}使用维修资金的表决",
            text=VOTE_TEXT,
            needed_by_plan=True,
            announced_on=opened,
            residents_committee_told_on=opened,
            starts_on=opened + timedelta(days=16),
            ends_on=day - timedelta(days=4),
            by=self.by,
            at=desk(opened),
        )
        self.cast(vote, vote.starts_on, day - timedelta(days=4), back=0.87)
        return close_vote(vote=vote, counted_by="计票组三人（示范）", by=self.by, at=desk(day - timedelta(days=3)))

    def cast(self, vote: OwnersVote, first: date, last: date, *, back: float) -> None:
        """Ballots are delivered to all before the first day, and most come back until the last."""
        delivered = desk(first - timedelta(days=6))
        rows = []
        for voter in vote.voters.order_by("pk"):
            returned = self.dice.random() < back
            day = first + timedelta(days=self.dice.randrange(1 + (last - first).days))
            choice = self.dice.random()
            rows.append(
                BallotInput(
                    client_id=self.client_id(),
                    voter=voter.pk,
                    delivered_at=delivered,
                    delivery=Delivery.IN_PERSON,
                    returned_at=desk(day) if returned else None,
                    form=BallotForm.WRITTEN if returned else "",
                    choice=(
                        ""
                        if not returned
                        else BallotChoice.AGREE
                        if choice < AGREED_SHARE
                        else BallotChoice.DISAGREE
                        if choice < 0.95
                        else BallotChoice.ABSTAIN
                    ),
                )
            )
        record_ballots(vote=vote, ballots=rows, by=self.by, at=desk(last))

    # --- 14 handed over --------------------------------------------------------------------------------

    def hand_over(self, day: date, handover_on: date) -> None:
        """A manager is found, the lists are written, and all who must sign them."""
        self_managed = self.story.self_managed
        company = None
        if not self_managed:
            company = self._found(
                BodyKind.PROPERTY_COMPANY,
                COMPANY,
                day - timedelta(days=12),
                term_starts_on=day - timedelta(days=12),
                term_ends_on=handover_on + timedelta(days=3 * 365),
                contract_document=f"示范物业合同〔{day.year}〕3号（虚构）",
            )
        management = agree_management(
            neighbourhood=self.neighbourhood,
            mode=ManagementMode.SELF_MANAGEMENT if self_managed else ManagementMode.COMPANY,
            body=self.committee if self_managed else company,
            document=f"示范管理决议〔{day.year}〕5号（虚构）",
            fee_standard=SELF_MANAGED_FEE if self_managed else FEE_STANDARD,
            starts_on=min(day, handover_on),
            by=self.by,
            at=desk(day - timedelta(days=10)),
        )
        handover = open_handover(
            neighbourhood=self.neighbourhood,
            management=management,
            handover_on=handover_on,
            document=f"示范移交〔{day.year}〕1号（虚构）",
            by=self.by,
            at=desk(day - timedelta(days=9)),
        )
        for name, kind, quantity, unit, place in ASSETS:
            add_asset(
                handover=handover,
                name=name,
                kind=kind,
                quantity=Decimal(quantity),
                unit=unit,
                place=place,
                by=self.by,
                at=desk(day - timedelta(days=8)),
            )
        items = {kind: {"handed": True, "count": COUNTS.get(kind)} for kind in HandoverKind.values}
        for kind in ("asset_list", "open_defects"):
            items[kind].pop("count")
        amend_handover(handover=handover, items=items, by=self.by, at=desk(day - timedelta(days=6)))
        for party in (Signatory.BUILDER, Signatory.COMMITTEE, Signatory.MANAGER, Signatory.COMMUNITY):
            sign_handover(
                handover=handover,
                party=party,
                name=self.person(),
                signed_on=day - timedelta(days=2),
                by=self.by,
                at=desk(day - timedelta(days=2)),
            )
