"""Bodies as tests need them: founded through the services, so that what they push is pushed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import HistoryEntry, User
from common.errors import DomainError
from consent.models import OwnersVote
from governance.models import Body, Management, Membership
from governance.services.bodies import found_body
from governance.services.managements import agree_management
from governance.services.memberships import add_member
from renovation.models import Neighbourhood
from renovation.services.evidence import latest_of

DAY = date(2026, 1, 1)
TERM_ENDS = date(2030, 12, 31)


def a_vote(neighbourhood: Neighbourhood, by: User, **fields: Any) -> OwnersVote:
    """An owners' vote on the election of a committee (matter 3) that passed."""
    now = timezone.now()
    number = neighbourhood.votes.count() + 1
    told = {
        "matter": 3,
        "title": "选举业主委员会",
        "number": number,
        "starts_on": DAY,
        "opened_at": now,
        "opened_by": by,
        "verdict": "passed",
        "closed_at": now,
        "closed_by": by,
        "result": {},
    }
    return OwnersVote.objects.create(neighbourhood=neighbourhood, **{**told, **fields})


def a_body(neighbourhood: Neighbourhood, by: User, kind: str = "owners_committee", **fields: Any) -> Body:
    told: dict[str, Any] = {"name": f"{kind} {neighbourhood.bodies.count() + 1}", "founded_on": DAY}
    if kind in ("owners_committee", "stand_in", "property_company"):
        told |= {"term_starts_on": DAY, "term_ends_on": TERM_ENDS}
    if kind == "property_company":
        told |= {"contract_document": "物合〔2026〕1号"}
    return found_body(neighbourhood=neighbourhood, kind=kind, by=by, **{**told, **fields})


def some_members(body: Body, by: User, count: int, **fields: Any) -> list[Membership]:
    """So many full members, the first of them its head."""
    head = "secretary" if body.kind.startswith("party") else "chair"
    return [
        add_member(
            body=body,
            name=f"成员{body.memberships.count() + 1}",
            role=head if number == 0 else "member",
            by=by,
            **{"starts_on": DAY, **fields},
        )
        for number in range(count)
    ]


def a_management(neighbourhood: Neighbourhood, by: User, **fields: Any) -> Management:
    """Self-management by all residents since DAY, unless said otherwise."""
    told: dict[str, Any] = {
        "mode": "self_management",
        "document": "居议〔2026〕3号",
        "fee_standard": "每户每月 15 元",
        "starts_on": DAY,
    }
    return agree_management(neighbourhood=neighbourhood, by=by, **{**told, **fields})


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def refused(code: str, act: Any, **told: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        act(**told)
    assert caught.value.code == code
    return caught.value


def facts(neighbourhood: Neighbourhood, kind: str) -> dict[str, Any] | None:
    """What stands of a kind, without its source."""
    latest = latest_of(neighbourhood, kind)
    if latest is None or latest.revoked:
        return None
    return {name: value for name, value in latest.facts.items() if name != "source"}


def acts(thing: Any) -> list[str]:
    rows = HistoryEntry.objects.filter(resource=thing.resource, object_id=thing.pk)
    return list(rows.order_by("pk").values_list("act", flat=True))
