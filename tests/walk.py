"""Every route of the site, and a home with a row of each kind to ask for: for tests that walk all of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from accounts.services.history import add_history
from consent.models import Survey
from consent.services.contests import contest_receipt
from consent.services.handed import hand_visit
from consent.services.phones import QueueReport, note_queues
from consent.services.surveys import open_survey
from consent.services.visits import record_visits
from renovation.models import GuardOverride, Owner, ParkingSpace
from renovation.services.evidence import record_evidence
from renovation.services.roster_imports import queue_import, run_import
from tests.cast import HERE, Cast
from tests.consent.casts import a_visit, make_policy
from tests.factories import (
    make_client,
    make_delivery,
    make_division,
    make_menu_edition,
    make_owner,
    make_ownership,
    make_parking_space,
    make_user,
    make_webhook,
)
from tests.governance_rows import keep_governance
from tests.works_rows import keep_works

# What some addresses need besides.
QUERIES = {
    "fee_disclosure_new": "?period=2026-Q3",
    "print_receipts": "?from_day=2026-01-01&to_day=2026-12-31",
    "collection-rates": f"?division={HERE}&kind=property&period=2026-07",
    "reports-overview": f"?division={HERE}",
    "survey-tree-proof": "?visit=0",
    "survey-tree-consistency": "?from=1",
    "survey-door-list": "?reason=x",
    "survey-visit-list": "?reason=x",
    "survey-tree-export": "?reason=x",
    "vote-tree-proof": "?ballot=0",
    "vote-tree-consistency": "?from=1",
    "vote-voter-list": "?reason=x",
    "vote-ballot-list": "?reason=x",
    "vote-tree-export": "?reason=x",
}

# What `pk` stands for below these.
OWN = {
    "surveys": "survey",
    "neighbourhoods": "neighbourhood",
    "fees": "neighbourhood",
    "plans": "plan",
    "plan-items": "plan-item",
    "funding-sources": "funding-source",
    "funding-receipts": "funding-receipt",
    "funding-commitments": "funding-commitment",
    "funding-payments": "funding-payment",
    "award-tranches": "award-tranche",
    "work-packages": "work-package",
    "change-requests": "change-request",
    "acceptances": "acceptance",
    "warranties": "warranty",
    "completion-filings": "completion-filing",
    "site-reports": "site-report",
    "site-photos": "site-photo",
    "defects": "defect",
    "evaluations": "evaluation",
    "handovers": "handover",
    "handover-assets": "handover-asset",
    "service-withdrawals": "service-withdrawal",
    "notices": "notice",
    "objections": "objection",
    "receipt-contests": "receipt-contest",
    "votes": "vote",
    "procedure-rules": "procedure-rule",
    "workshops": "workshop",
    "workshop-tasks": "workshop-task",
    "announcements": "announcement",
    "bodies": "body",
    "memberships": "membership",
    "managements": "management",
    "conventions": "convention",
    "convention-versions": "convention-version",
    "convention-signatures": "convention-signature",
    "party-members": "party-member",
    "responsibility-areas": "responsibility-area",
    "member-reports": "member-report",
    "point-rules": "point-rule",
    "service-records": "service-record",
    "notice-boards": "notice-board",
    "inspections": "inspection",
    "findings": "finding",
    "upkeep-tasks": "upkeep-task",
    "contests": "contest",
    "contest-entries": "contest-entry",
    "fee-schedules": "fee-schedule",
    "fee-liabilities": "fee-liability",
    "fee-reductions": "fee-reduction",
    "fee-accounts": "fee-account",
    "billing-runs": "billing-run",
    "bills": "bill",
    "month-closings": "month-closing",
    "payments": "payment",
    "payment-reversals": "payment-reversal",
    "fee-refunds": "fee-refund",
    "reminders": "reminder",
    "vehicles": "vehicle",
    "parking-passes": "parking-pass",
    "parking-sessions": "parking-session",
    "fee-statements": "fee-statement",
    "fee-statement-lines": "fee-statement-line",
    "payment-channels": "payment-channel",
    "payment-orders": "payment-order",
    "purse-entries": "purse-entry",
    "fee-disclosures": "fee-disclosure",
    "fee-audits": "fee-audit",
    "exports": "export",
    "webhooks": "webhook",
    "webhook-deliveries": "webhook-delivery",
}


@dataclass
class Home:
    """What lies at home, and who keeps it."""

    cast: Cast
    survey: Survey
    owner: Owner
    space: ParkingSpace
    ids: dict[str, Any]
    keeper: User


# A good row, and a unit that stands twice.
ROSTER = "楼栋,单元,房号,户主姓名,建筑面积\n1,1,301,周敏,86.5\n1,1,401,周敏,86.5\n1,1,401,周敏,86.5\n"


@pytest.fixture
def home(cast: Cast, settings: Any, tmp_path: Path) -> Home:
    settings.MEDIA_ROOT = tmp_path
    make_policy()
    edition = make_menu_edition()
    keeper = make_user(Role.COMMUNITY_STAFF, HERE, username="keeper")
    survey = open_survey(neighbourhood=cast.home, title="本小区征询", closes_on=None, by=keeper)
    note = "屋顶的棚子"
    visits = [a_visit(cast.doors[0], note=note), a_visit(cast.doors[1], "not_yet", note=note)]
    answers = record_visits(survey=survey, visits=visits, by=keeper).answers
    assert [answer.status for answer in answers] == ["recorded", "recorded"]
    too_late = a_visit(cast.doors[1], "not_yet", note=note)
    of_roll = survey.doors.get(household=cast.doors[1])
    handed, _is_new = hand_visit(door=of_roll, visit=too_late, refusals=["wrong_round"], by=keeper)
    note_queues(phone=uuid4(), reports=[QueueReport(survey.pk, waiting=1, refused=0, photos=0)], by=keeper)
    owner = make_owner(neighbourhood=cast.home, name="王业主", phones=["13812342071"])
    ownership = make_ownership(household=cast.doors[0], owner=owner)
    space = make_parking_space(neighbourhood=cast.home, number="京A车位")
    add_history(cast.doors[0], "changed", by=keeper, fields=["floor"])
    roster_import = queue_import(
        neighbourhood=cast.home,
        file=ContentFile(ROSTER.encode()),
        file_name="嘉明花园.csv",
        mode="good_rows",
        by=keeper,
    )
    run_import(roster_import_id=roster_import.pk)
    roster_import.refresh_from_db()
    assert (roster_import.status, roster_import.created > 0, roster_import.rejected > 0) == ("done", True, True)
    precondition = record_evidence(
        neighbourhood=cast.home,
        kind="precondition_1",
        facts={"evidence": "本小区党支部批复"},
        document="备案〔2026〕1号",
        dated_on=timezone.localdate(),
        by=keeper,
    )
    override = GuardOverride.objects.create(
        neighbourhood=cast.home,
        to_stage="organised",
        guard="filing_receipt",
        reason="本小区备案办理中",
        document="x",
        requested_by=keeper,
        requested_at=timezone.now(),
    )
    contest = contest_receipt(visit=survey.visits.get(sequence=0), text="屋顶的棚子", phone="13812342071")
    door = cast.doors[0]
    webhook = make_webhook(client=make_client("registry:read", territory=HERE, name="client at home"))
    ids = {
        "webhook": webhook.pk,
        "webhook-delivery": make_delivery(webhook=webhook, state="delivered").pk,
        "receipt-contest": contest.pk,
        "neighbourhood": cast.home.pk,
        "building": door.building_id,
        "stairwell": door.stairwell_id,
        "household": door.pk,
        "owner": owner.pk,
        "ownership": ownership.pk,
        "parking-space": space.pk,
        "survey": survey.pk,
        "division": make_division(HERE).pk,
        "place": HERE,
        "key": "all",
        "menu-item": edition.items.get(code="B03").pk,
        "consent-policy": survey.policy_id,
        "roster-import": roster_import.pk,
        "number": roster_import.pk,
        "precondition": precondition.pk,
        "override": override.pk,
        "stage": "withdrawn",
        "kind": "precondition_1",
        "guard": "filing_receipt",
        "handed": handed.pk,
        "language": "en",
        **keep_works(cast.home, door, survey, keeper),
        **keep_governance(cast.home, door, keeper),
    }
    return Home(cast=cast, survey=survey, owner=owner, space=space, ids=ids, keeper=keeper)


@dataclass(frozen=True)
class Route:
    """A route as the resolver has it: its name, its address with `{parameters}`, and its view."""

    name: str
    path: str

    @property
    def is_admin(self) -> bool:
        return self.path.startswith("/admin/")

    def address(self, home: Home) -> str:
        """The address of what lies at home. KeyError where nobody has said what a parameter means."""
        first = self.path.removeprefix("/api/v1/").removeprefix("/field/").strip("/").split("/")[0]
        own = OWN.get(first) or self.name.split("-detail")[0]
        own = re.sub(r"-(history|reveal|problems|rejected-rows|revert)$", "", own)

        def value(match: re.Match[str]) -> str:
            return str(home.ids[own if match[1] == "pk" else match[1]])

        return re.sub(r"\{(\w+)\}", value, self.path) + QUERIES.get(self.name, "")


def routes() -> list[Route]:
    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, path)
            else:
                yield Route(pattern.name or "", "/" + _plain(path))

    return list(walk(get_resolver().url_patterns, ""))


def _plain(path: str) -> str:
    path = re.sub(r"\(\?P<(\w+)>(?:[^()\[]|\[[^\]]*\])*\)", r"{\1}", path)
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)
    return path.replace("^", "").replace("$", "").replace(r"\Z", "")
