"""Late charges, where the contract has them (policy.md, section f: off unless agreed): a bill of its own for what was
paid late or is not paid yet.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from governance.choices.fees import BillState, FeeKind
from governance.errors.fees import NoLateCharge, NothingOverdue
from governance.models import Allocation, Bill, FeeAccount, FeeSchedule
from governance.rules.fees.arrears import days_overdue, late_charge, yuan_days
from governance.services.fees.books import hold_books_to_bill, require_open
from governance.services.fees.credit import apply_credit_to, hold_accounts
from governance.services.fees.single_bills import post_bill
from renovation.models import Neighbourhood
from renovation.services.checks import require_day

CHARGE = "late"
"""The `charge` of such a bill, of the kind `other`: it counts in no collection rate of what it is for."""

_ZERO = Decimal(0)


@transaction.atomic
def charge_late(*, bill: Bill, until: date | None = None, by: User | None, at: datetime | None = None) -> Bill | None:
    """Bill the late charge of one bill up to the end of a day, today unless told, less what was charged before; None
    where that leaves nothing.

    Raises NoLateCharge, NothingOverdue, DayInFuture or MonthClosed.
    """
    at = at or timezone.now()
    until = until or timezone.localdate(at)
    require_day(until, at)
    hold_books_to_bill([bill.neighbourhood_id])
    accounts = hold_accounts([bill.account_id])
    bill = Bill.objects.select_for_update(of=("self",), no_key=True).get(pk=bill.pk)
    if bill.late_for_id or bill.state == BillState.VOID or not _daily_shares([bill])[bill.pk]:
        raise NoLateCharge(_("This bill bears no late charge: only what the contract says so of does."))
    if days_overdue(bill.due_on, until) == 0:
        raise NothingOverdue(_("This bill is not overdue on that day."))
    posted = _charge([bill], accounts, until, by, at)
    return posted[0] if posted else None


@transaction.atomic
def charge_late_here(
    *, neighbourhood: Neighbourhood, until: date | None = None, by: User | None, at: datetime | None = None
) -> list[Bill]:
    """Bill the late charges of all bills of a neighbourhood that are overdue and bear them, up to the end of a day.

    Run again for the same day, it bills nothing. Raises DayInFuture or MonthClosed.
    """
    at = at or timezone.now()
    until = until or timezone.localdate(at)
    require_day(until, at)
    hold_books_to_bill([neighbourhood.pk])
    require_open(neighbourhood.pk, until, until)
    bearing = FeeSchedule.objects.filter(neighbourhood=neighbourhood, late_charge_daily__gt=0)
    if not bearing.exists():
        return []
    overdue = Bill.objects.open().filter(neighbourhood=neighbourhood, due_on__lt=until, late_for=None)
    accounts = hold_accounts(overdue.values_list("account", flat=True))
    bills = list(overdue.filter(account__in=accounts).order_by("pk").select_for_update(of=("self",), no_key=True))
    return _charge(bills, accounts, until, by, at)


def _charge(
    bills: list[Bill], accounts: dict[int, FeeAccount], until: date, by: User | None, at: datetime
) -> list[Bill]:
    shares, posted = _daily_shares(bills), []
    moves: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    for pk, day, amount in Allocation.objects.filter(bill__in=bills).values_list("bill", "booked_on", "amount"):
        moves[pk].append((day, amount))
    charged: dict[int, Decimal] = defaultdict(Decimal)
    earlier = Bill.objects.live().filter(late_for__in=bills)
    for pk, amount in earlier.values_list("late_for", "amount"):
        charged[pk] += amount
    for bill in bills:
        share = shares[bill.pk]
        overdue = yuan_days(bill.payable, moves[bill.pk], bill.due_on, until)
        amount = late_charge(overdue, sum(share.values(), Fraction(0)), bill.payable, charged[bill.pk])
        if amount:
            made = post_bill(
                account=accounts[bill.account_id],
                on=until,
                act="late_charge_posted",
                by=by,
                at=at,
                kind=FeeKind.OTHER,
                charge=CHARGE,
                due_on=until,
                amount=amount,
                lines=[_line(bill, share, overdue, amount, until)],
                late_for=bill,
            )
            posted.append(made)
    apply_credit_to({bill.account_id for bill in posted}, at)
    return posted


def _daily_shares(bills: Iterable[Bill]) -> dict[int, dict[int, Fraction]]:
    """The share of each bill that is charged for a day, by the schedule that says so: each line of a bill bears that of
    its own schedule.
    """
    rows = list(bills)
    named = {line["schedule"] for bill in rows for line in bill.lines}
    bearing = FeeSchedule.objects.filter(pk__in=named, late_charge_daily__gt=0)
    daily = dict(bearing.values_list("pk", "late_charge_daily"))
    shares: dict[int, dict[int, Fraction]] = {}
    for bill in rows:
        shares[bill.pk] = defaultdict(Fraction)
        for line in bill.lines:
            if (share := daily.get(line["schedule"])) and bill.payable > 0:
                part = Fraction(line["amount"]) - Fraction(line["reduction"])
                shares[bill.pk][line["schedule"]] += Fraction(share) * part / Fraction(bill.payable)
    return shares


def _line(bill: Bill, share: dict[int, Fraction], overdue: Decimal, amount: Decimal, until: date) -> dict[str, Any]:
    """What a late charge says of itself: yuan times days, at a share a day."""
    daily = sum(share.values(), Fraction(0))
    exact = Decimal(daily.numerator) / Decimal(daily.denominator)
    return {
        "schedule": min(share),
        "basis": "late_charge",
        "quantity": f"{overdue:.2f}",
        "unit_price": f"{exact.quantize(Decimal('0.0000001'), ROUND_HALF_UP).normalize():f}",
        "months": 1,
        "from": f"{bill.due_on:%Y-%m}",
        "to": f"{until:%Y-%m}",
        "days": days_overdue(bill.due_on, until),
        "amount": f"{amount:.2f}",
        "reduction": "0.00",
    }
