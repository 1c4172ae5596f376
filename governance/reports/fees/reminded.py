"""What was done about bills: the reminders that named them, and what began their time to sue anew."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from django.utils import timezone

from governance.choices.fees import AllocationKind, ReminderStep
from governance.models import Allocation, Bill, FeeAccount, Reminder
from governance.rules.fees.arrears import time_bar_on


def steps_of(account: FeeAccount, bills: Sequence[Bill]) -> list[Reminder]:
    """The reminders of an account that named one of these bills, or what it was issued anew for; the oldest first."""
    return reminders_of([account.pk], bills)[account.pk]


def reminders_of(accounts: Iterable[int], bills: Sequence[Bill]) -> dict[int, list[Reminder]]:
    """The reminders that named one of these bills, by account, the oldest first. One query, and one for each time that
    bills were issued anew.
    """
    named = sorted({known for ids in _known_as(bills).values() for known in ids})
    found: dict[int, list[Reminder]] = defaultdict(list)
    rows = Reminder.objects.filter(account__in=list(accounts), bills__overlap=named)
    for row in rows.order_by("given_at", "pk"):
        found[row.account_id].append(row)
    return found


def time_bars(bills: Sequence[Bill]) -> dict[int, date]:
    """The last day on which each bill can be sued for, by its id. Two queries, and one for each time that bills were
    issued anew.
    """
    known_as = _known_as(bills)
    interrupted: dict[int, list[date]] = defaultdict(list)
    everyone = {known for ids in known_as.values() for known in ids}
    rows = Reminder.objects.filter(account__in={bill.account_id for bill in bills}, bills__overlap=sorted(everyone))
    for row in rows.only("bills", "given_at", "received", "step"):
        if row.received or row.step == ReminderStep.LEGAL:
            for bill in everyone.intersection(row.bills):
                interrupted[bill].append(timezone.localdate(row.given_at))
    # Credit that was there already is no act of the debtor's: a payment is, on the day on which it was made.
    paid = Allocation.objects.filter(bill__in=everyone, kind=AllocationKind.PAYMENT, payment__reversal=None)
    for bill, paid_at in paid.values_list("bill", "payment__paid_at"):
        interrupted[bill].append(timezone.localdate(paid_at))
    return {
        bill.pk: time_bar_on(bill.due_on, [day for known in known_as[bill.pk] for day in interrupted[known]])
        for bill in bills
    }


def _known_as(bills: Sequence[Bill]) -> dict[int, set[int]]:
    """Each bill with those that it was issued anew for: what was asked for then is asked for now."""
    before = {bill.pk: bill.replaces_id for bill in bills if bill.replaces_id}
    asked = set(before.values())
    while asked:
        rows = Bill.objects.filter(pk__in=asked, replaces__isnull=False).values_list("pk", "replaces_id")
        asked = {earlier for _bill, earlier in rows} - before.keys()
        before.update(rows)
    known: dict[int, set[int]] = {}
    for bill in bills:
        at_hand: int | None = bill.pk
        known[bill.pk] = set()
        while at_hand is not None and at_hand not in known[bill.pk]:
            known[bill.pk].add(at_hand)
            at_hand = before.get(at_hand)
    return known
