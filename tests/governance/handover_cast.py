"""A neighbourhood whose works have passed, with a manager to whom it can be handed."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from governance.choices.handover import HandoverKind
from governance.models import Handover, Management, ServiceWithdrawal
from governance.services.handover import add_asset, amend_handover, open_handover, sign_handover
from governance.services.withdrawals import plan_withdrawal
from renovation.models import Evidence, Neighbourhood

START = date(2026, 1, 1)
SIGNERS = {"committee": "周敏", "manager": "赵经理", "community": "钱社工"}


def today() -> date:
    """Asked for inside a test: a run may cross midnight."""
    return timezone.localdate()


def later(days: int = 30) -> date:
    return today() + timedelta(days=days)


def at_stage(neighbourhood: Neighbourhood, stage: str = "evaluated") -> Neighbourhood:
    neighbourhood.stage = stage
    neighbourhood.save(update_fields=["stage"])
    return neighbourhood


def a_management(neighbourhood: Neighbourhood, **fields: Any) -> Management:
    told = {"mode": "self_management", "document": "ZG-1", "fee_standard": "0.6 元/㎡·月", "starts_on": START, **fields}
    return Management.objects.create(neighbourhood=neighbourhood, **told)


def a_handover(neighbourhood: Neighbourhood, by: User, handover_on: date | None = None, **fields: Any) -> Handover:
    """In preparation, with empty lists."""
    management = fields.pop("management", None) or a_management(neighbourhood)
    return open_handover(
        neighbourhood=neighbourhood, management=management, handover_on=handover_on or later(), by=by, **fields
    )


def an_asset(handover: Handover, by: User, **fields: Any) -> Any:
    told = {"name": "水泵", "kind": "equipment", "quantity": 2, "unit": "台", **fields}
    return add_asset(handover=handover, by=by, **told)


def complete(handover: Handover, by: User) -> Handover:
    """With an asset, and every thing handed over."""
    an_asset(handover, by)
    return amend_handover(handover=handover, items={kind: {"handed": True} for kind in HandoverKind.values}, by=by)


def sign(handover: Handover, party: str, by: User, **fields: Any) -> Any:
    told = {"name": SIGNERS.get(party, "孙建造"), "signed_on": today(), **fields}
    return sign_handover(handover=handover, party=party, by=by, **told)


def a_signed_handover(neighbourhood: Neighbourhood, by: User, handover_on: date | None = None) -> Handover:
    at_stage(neighbourhood)
    handover = complete(a_handover(neighbourhood, by, handover_on), by)
    for party in SIGNERS:
        sign(handover, party, by)
    handover.refresh_from_db()
    return handover


def handed_over(neighbourhood: Neighbourhood, by: User, handover_on: date | None = None) -> Handover:
    """Signed, and the neighbourhood moved on: services may end."""
    handover = a_signed_handover(neighbourhood, by, handover_on)
    at_stage(neighbourhood, "handed_over")
    return handover


def a_withdrawal(neighbourhood: Neighbourhood, by: User, ends_on: date | None = None, **fields: Any) -> Any:
    told = {"service": "cleaning", "document": "撤-1", "ends_on": ends_on or later(60), **fields}
    made: ServiceWithdrawal = plan_withdrawal(neighbourhood=neighbourhood, by=by, **told)
    return made


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=timezone.get_current_timezone())


def told_of(neighbourhood: Neighbourhood, kind: str) -> dict[str, Any]:
    """What the guards are told now, without its source; empty where nothing is."""
    latest = Evidence.objects.filter(neighbourhood=neighbourhood, kind=kind).order_by("-pk").first()
    if latest is None or latest.revoked:
        return {}
    return {name: value for name, value in latest.facts.items() if name != "source"}
