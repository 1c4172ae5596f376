"""Random histories of the book against a slow plain one, to the fen; and what is kept against its ledgers."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.choices.fees import AllocationKind
from governance.errors.fees import AlreadyReversed, BillNotOpen, BillVoid, MoreThanCredit, RefundedAlready
from governance.models import Allocation, Bill, FeeAccount, SettledTally
from governance.services.fees.credit import Part, apply_credit_to, move
from governance.services.fees.refunds import refund_credit
from governance.services.fees.reversals import reverse_payment
from governance.services.fees.voiding import void_bill
from tests.factories import make_household, make_ownership
from tests.governance.payments_cast import JULY, NOON, D, a_bill, assert_book_holds, pay, standings

pytestmark = pytest.mark.django_db


class PlainBook:
    """One debtor's book as a person keeps it: every act walks through everything, and nothing is kept but the moves.

    Refusals are None; bills and payments are told by their place in the history.
    """

    def __init__(self) -> None:
        self.bills = []  # [payable, starts_on, void]
        self.payments = []  # [amount, booked_on, reversed]
        self.moves = []  # [payment, bill or None for a refund, amount, day]

    def settled(self, bill):
        return sum((part for _payment, of, part, _day in self.moves if of == bill), D(0))

    def free(self, payment):
        amount, _booked_on, gone = self.payments[payment]
        return D(0) if gone else amount - sum((part for of, _bill, part, _day in self.moves if of == payment), D(0))

    def open_bills(self):
        rows = [(bill[1], number) for number, bill in enumerate(self.bills) if not bill[2]]
        return [number for _day, number in sorted(rows) if self.settled(number) < self.bills[number][0]]

    def credit(self):
        return sum((self.free(payment) for payment in range(len(self.payments))), D(0))

    def give(self, payment, bill):
        part = min(self.free(payment), self.bills[bill][0] - self.settled(bill))
        if part > 0:
            back = [day for _payment, to, came, day in self.moves if to == bill and came < 0]
            self.moves.append((payment, bill, part, max([self.payments[payment][1], self.bills[bill][1], *back])))

    def apply_credit(self):
        oldest = sorted(range(len(self.payments)), key=lambda number: (self.payments[number][1], number))
        for bill in self.open_bills():
            for payment in oldest:
                self.give(payment, bill)

    def post(self, payable, starts_on):
        self.bills.append([payable, starts_on, False])
        self.apply_credit()

    def pay(self, amount, booked_on, named):
        if set(named) - set(self.open_bills()):
            return None
        self.payments.append([amount, booked_on, False])
        for bill in sorted(self.open_bills(), key=lambda number: number not in named):
            self.give(len(self.payments) - 1, bill)
        return True

    def reverse(self, payment, day):
        if self.payments[payment][2] or any(of == payment and bill is None for of, bill, *_rest in self.moves):
            return None
        for bill in range(len(self.bills)):
            rows = [(part, on) for of, to, part, on in self.moves if (of, to) == (payment, bill)]
            if part := sum((part for part, _on in rows), D(0)):
                self.moves.append((payment, bill, -part, max(day, *(on for _part, on in rows))))
        self.payments[payment][2] = True
        self.apply_credit()
        return True

    def void(self, bill):
        if self.bills[bill][2]:
            return None
        for payment in range(len(self.payments)):
            rows = [(part, day) for of, to, part, day in self.moves if (of, to) == (payment, bill)]
            if total := sum((part for part, _day in rows), D(0)):
                self.moves.append((payment, bill, -total, rows[0][1]))
        self.bills[bill][2] = True
        self.apply_credit()
        return True

    def refund(self, amount, day):
        if amount > self.credit():
            return None
        for payment in sorted(range(len(self.payments)), key=lambda number: (self.payments[number][1], number)):
            part = min(amount, self.free(payment))
            if part > 0:
                self.moves.append((payment, None, part, day))
                amount -= part
        return True

    def by_day(self):
        """What counts as settled, by the months of the bill and the day; nothing of void bills."""
        sums = {}
        for _payment, bill, part, day in self.moves:
            if bill is not None and not self.bills[bill][2]:
                key = (self.bills[bill][1], day)
                sums[key] = sums.get(key, D(0)) + part
        return {key: total for key, total in sums.items() if total}


class KeptBook:
    """The same acts through the services."""

    def __init__(self, door) -> None:
        self.door, self.bills, self.payments, self.references = door, [], [], 0

    def post(self, amount, reduction, month):
        # One charge a bill, so that a month may be billed more than once.
        charge = f"charge {len(self.bills)}"
        self.bills.append(a_bill(self.door, amount, month, reduction=reduction, kind="other", charge=charge))

    def pay(self, amount, day, named):
        bills = [self.bills[number].pk for number in named]
        return self._tried(
            BillNotOpen, lambda: self.payments.append(pay(self.door, amount, paid_at=NOON - day, bills=bills))
        )

    def reverse(self, payment):
        of = self.payments[payment].payment
        return self._tried(
            (AlreadyReversed, RefundedAlready), lambda: reverse_payment(payment=of, reason="x", by=None, at=NOON)
        )

    def void(self, bill):
        return self._tried(BillVoid, lambda: void_bill(bill=self.bills[bill], reason="x", by=None, at=NOON))

    def refund(self, amount):
        self.references += 1
        account = FeeAccount.objects.get(household=self.door)
        given = {"method": "bank", "reference": f"B{self.references}", "reason": "x", "by": None, "at": NOON}
        return self._tried(MoreThanCredit, lambda: refund_credit(account=account, amount=amount, **given))

    @staticmethod
    def _tried(refusals, act):
        try:
            act()
        except refusals:
            return None
        return True


fen = st.integers(1, 20000).map(lambda number: Decimal(number) / 100)
months = st.integers(1, 12).map(lambda number: date(2026, number, 1))
index = st.integers(0, 5)
ACTS = st.one_of(
    st.tuples(st.just("post"), fen, st.sampled_from(["0", "0.25", "1"]), months),
    st.tuples(st.just("pay"), fen, st.integers(0, 200), st.sets(index, max_size=2)),
    st.tuples(st.just("reverse"), index),
    st.tuples(st.just("void"), index),
    st.tuples(st.just("refund"), fen),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS, min_size=3, max_size=14))
def test_random_histories_equal_a_plain_book_to_the_fen(acts):
    with transaction.atomic():
        door = make_household()
        make_ownership(household=door)
        plain, kept = PlainBook(), KeptBook(door)
        for act, *values in acts:
            _play(act, values, plain, kept)

        assert_book_holds()
        account = FeeAccount.objects.filter(household=door).first()
        assert (account.credit if account else D(0)) == plain.credit()
        states = [
            "void" if gone else "settled" if plain.settled(n) == due else "open"
            for n, (due, _day, gone) in enumerate(plain.bills)
        ]
        assert standings(*kept.bills) == [(f"{plain.settled(n):.2f}", state) for n, state in enumerate(states)]
        tallies = SettledTally.objects.exclude(amount=0).values_list("starts_on", "day", "amount")
        assert {row[:2]: row[2] for row in tallies} == plain.by_day()
        call_command("rebuild_fees", "--check", stdout=StringIO())
        transaction.set_rollback(True)


def _play(act, values, plain, kept):
    if act == "post":
        amount, share, month = values
        reduction = (amount * D(share)).quantize(D("0.01"))
        kept.post(amount, reduction, month)
        plain.post(amount - reduction, month)
    elif act == "pay":
        amount, days, named = values
        named = {number for number in named if number < len(plain.bills)}
        day = timedelta(days=days)
        assert kept.pay(amount, day, named) == plain.pay(amount, (NOON - day).date(), named)
    elif act == "refund":
        if plain.payments:
            assert kept.refund(*values) == plain.refund(*values, NOON.date())
    elif act == "reverse" and values[0] < len(plain.payments):
        assert kept.reverse(*values) == plain.reverse(*values, NOON.date())
    elif act == "void" and values[0] < len(plain.bills):
        assert kept.void(*values) == plain.void(*values)


def test_credit_of_many_accounts_is_applied_by_the_same_statements(cast, django_assert_num_queries):
    """What a run of a whole city leaves to settle costs as many statements as one household's."""
    accounts = []
    for door in cast.doors[:3]:
        accounts.append(pay(door, "150.00").payment.account_id)
        for month in (JULY, date(2026, 8, 1)):
            bill = a_bill(door, month=month)
            move([Part(bill.allocations.get().payment_id, bill.pk, -bill.settled, JULY)], kind="reversal", at=NOON)

    with transaction.atomic(), django_assert_num_queries(3):
        assert apply_credit_to(accounts, NOON) == 3

    assert list(Bill.objects.order_by("pk").values_list("settled", flat=True)) == [D(100), D(50)] * 3
    assert set(FeeAccount.objects.values_list("credit", flat=True)) == {D(0)}


def test_rebuild_tells_what_was_written_beside_the_services_and_mends_it(cast, capsys):
    july = a_bill(cast.doors[0])
    pay(cast.doors[0], "130.00")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE governance_bill SET settled = 99.99, state = 'open'")
        cursor.execute("UPDATE governance_feeaccount SET credit = 31")
        cursor.execute("UPDATE governance_billedtally SET bill_count = 2")
        cursor.execute("UPDATE governance_settledtally SET day = day + 1")

    with pytest.raises(CommandError, match="5 figures differ"):
        call_command("rebuild_fees", "--check")

    assert f"settled of bill {july.pk}: kept 99.99, should be 100.00" in capsys.readouterr().out
    assert standings(july) == [("99.99", "open")]
    call_command("rebuild_fees", "--code", "9")
    assert standings(july) == [("99.99", "open")]
    call_command("rebuild_fees")
    assert standings(july) == [("100.00", "settled")]
    assert_book_holds()
    call_command("rebuild_fees", "--check")
    assert "Every figure is what the ledgers say." in capsys.readouterr().out


def test_a_payment_reversed_before_its_bill_is_void_is_taken_out_of_the_tally_by_its_days(cast):
    july = a_bill(cast.doors[0])
    taken = pay(cast.doors[0])
    reverse_payment(payment=taken.payment, reason="x", by=None, at=NOON + timedelta(days=1))
    pay(cast.doors[0], "40.00")

    void_bill(bill=july, reason="x", by=None, at=NOON)

    assert SettledTally.objects.aggregate(total=Sum("amount"))["total"] == 0
    assert not SettledTally.objects.exclude(amount=0).exists()
    assert Allocation.objects.get(kind=AllocationKind.VOID).amount == D("-40.00")
    assert FeeAccount.objects.get().credit == D("40.00")
