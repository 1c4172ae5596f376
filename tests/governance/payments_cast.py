"""Bills as a run posts them, and what must hold of the book after any act."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from governance.models import Allocation, Bill, BilledTally, FeeAccount, Payment, SettledTally
from governance.rules.fees.periods import last_day
from governance.services.fees.accounts import current_account
from governance.services.fees.credit import apply_credit_to, hold_accounts
from governance.services.fees.payments import record_payment
from governance.services.fees.tallies import add_billed

D = Decimal
JULY = date(2026, 7, 1)
NOON = timezone.make_aware(datetime.fromisoformat("2026-11-24T12:00"))
_references = count(1)


@transaction.atomic
def a_bill(household, amount="100.00", month=JULY, *, account=None, reduction="0", kind="property", at=NOON, **fields):
    """The bill of one month, posted, with the credit of its debtor applied to it."""
    account = account or current_account(household, month)
    hold_accounts([account.pk])
    amount, reduction = D(amount), D(reduction)
    bill = Bill.objects.create(
        neighbourhood_id=account.neighbourhood_id,
        account=account,
        household=household,
        kind=kind,
        period=f"{month:%Y-%m}",
        starts_on=month,
        ends_on=last_day(month),
        due_on=last_day(month) + timedelta(days=30),
        amount=amount,
        reduction=reduction,
        state="settled" if amount == reduction else "open",
        lines=fields.pop("lines", []),
        created_at=at,
        updated_at=at,
        **fields,
    )
    add_billed({(bill.neighbourhood_id, kind, bill.starts_on, bill.ends_on): (1, amount, reduction)})
    apply_credit_to([account.pk], at)
    bill.refresh_from_db()
    return bill


def pay(household, amount="100.00", **fields):
    """A payment in cash, at noon on 24 November unless said otherwise."""
    values = {"method": "cash", "reference": f"R{next(_references)}", "paid_at": NOON, "by": None, "at": NOON}
    return record_payment(household=household, amount=D(amount), **{**values, **fields})


def standings(*bills):
    """Settled and state of each bill, as they are kept."""
    rows = {row.pk: row for row in Bill.objects.filter(pk__in=[bill.pk for bill in bills])}
    return [(str(rows[bill.pk].settled), rows[bill.pk].state) for bill in bills]


def assert_book_holds():
    """Every law of the book, recomputed from its ledgers by plain loops."""
    given = list(Allocation.objects.all())
    live = {bill.pk: bill for bill in Bill.objects.exclude(state="void")}
    for payment in Payment.objects.select_related("reversal"):
        of_it = sum((row.amount for row in given if row.payment_id == payment.pk), D(0))
        assert 0 <= of_it <= payment.amount
        assert of_it == 0 or not hasattr(payment, "reversal")
    for bill in Bill.objects.all():
        assert bill.settled == sum((row.amount for row in given if row.bill_id == bill.pk), D(0))
        assert bill.settled <= bill.payable
        if bill.pk in live:  # by any cut-off date, not only by now
            of_it = sorted((row.booked_on, row.amount) for row in given if row.bill_id == bill.pk)
            by_day = {day: sum(part for on, part in of_it if on <= day) for day, _part in of_it}
            assert all(0 <= total <= bill.payable for total in by_day.values())
    for account in FeeAccount.objects.all():
        came = Payment.objects.filter(account=account, reversal=None).aggregate(total=Sum("amount"))["total"] or D(0)
        went = sum((row.amount for row in given if row.payment.account_id == account.pk), D(0))
        assert account.credit == came - went
        owes = any(bill.state == "open" for bill in live.values() if bill.account_id == account.pk)
        assert not (account.credit and owes)
    billed, settled = {}, {}
    for bill in live.values():
        key = (bill.neighbourhood_id, bill.kind, bill.starts_on, bill.ends_on)
        count_, amount, reduction = billed.get(key, (0, D(0), D(0)))
        billed[key] = (count_ + 1, amount + bill.amount, reduction + bill.reduction)
    for row in given:
        if row.bill_id in live:
            bill = live[row.bill_id]
            key = (bill.neighbourhood_id, bill.kind, bill.starts_on, bill.ends_on, row.booked_on)
            settled[key] = settled.get(key, D(0)) + row.amount
    fields = ("neighbourhood_id", "kind", "starts_on", "ends_on")
    kept = BilledTally.objects.exclude(bill_count=0).values_list(*fields, "bill_count", "amount", "reduction")
    assert {row[:4]: row[4:] for row in kept} == billed
    days = SettledTally.objects.exclude(amount=0).values_list(*fields, "day", "amount")
    assert {row[:5]: row[5] for row in days} == {key: total for key, total in settled.items() if total}
