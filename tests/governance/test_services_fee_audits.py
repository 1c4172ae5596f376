"""The nightly audit: it passes over a book that was kept, and finds each way in which one was tampered with."""

import re
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from governance.models import Bill, BilledTally, FeeAudit, SettledTally
from governance.services.fees import audits
from governance.services.fees.audits import CHECK_CODES, audit_fees, verify_audits
from governance.services.fees.billing import keep_run, run_billing
from governance.services.fees.closing import close_month
from governance.services.fees.reversals import reverse_payment
from governance.services.fees.schedules import add_schedule
from governance.services.fees.voiding import reissue_bill
from renovation.models import Household
from tests.cast import Cast
from tests.factories import make_owner, make_ownership
from tests.governance.payments_cast import assert_book_holds, pay

JULY = date(2026, 7, 1)


def at(text: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(f"{text}T12:00"))


@pytest.fixture
def book(cast: Cast, property_clerk: User) -> Cast:
    """A quarter billed by a run, paid in part, with a reversal, a bill issued anew and a closed month."""
    for door in cast.doors:
        door.gross_floor_area = Decimal("86.50")
        door.save(update_fields=["gross_floor_area"])
        make_ownership(household=door, owner=make_owner(neighbourhood=cast.home))
    add_schedule(
        neighbourhood=cast.home,
        kind="property",
        basis="per_m2_month",
        unit_price=Decimal("0.60"),
        valid_from=date(2026, 1, 1),
        document="合同 1",
        by=property_clerk,
    )
    run = keep_run(neighbourhood=cast.home, kind="property", period="2026-Q3", mode="post", by=property_clerk)
    run_billing(run.pk)
    pay(cast.doors[0], "200.00", paid_at=at("2026-08-10"))
    early = pay(cast.doors[1], "100.00", paid_at=at("2026-08-10")).payment
    reverse_payment(payment=early, reason="keyed in twice", by=property_clerk)
    reissue_bill(bill=Bill.objects.get(household=cast.doors[2]), reason="asked for", by=property_clerk)
    close_month(neighbourhood=cast.home, month=JULY, by=property_clerk)
    assert_book_holds()
    return cast


def unguarded(sql: str, *values: Any) -> None:
    """Change rows behind the triggers that refuse it, as somebody with the database's password might."""
    table = re.search(r"governance_\w+", sql)
    assert table
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table[0]} DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        cursor.execute(f"ALTER TABLE {table[0]} ENABLE TRIGGER USER")


def found() -> dict[str, int]:
    return {check["code"]: check["found"] for check in audit_fees().checks if check["found"]}


def test_a_book_that_was_kept_passes_every_check(book: Cast) -> None:
    audit = audit_fees()

    looked_at = {check["code"]: check["looked_at"] for check in audit.checks}
    assert (audit.finding_count, audit.findings) == (0, [])
    assert tuple(looked_at) == CHECK_CODES
    empty = {code for code, rows in looked_at.items() if not rows}
    assert empty == {"late_charges", "refunds"}


TAMPERINGS: dict[str, tuple[set[str], str]] = {
    "amount": (
        {"bill_lines", "runs_unedited", "billed_tallies"},
        "UPDATE governance_bill SET amount = amount + 1, state = 'open' WHERE household_id = %s",
    ),
    "price": (
        {"line_prices", "runs_unedited"},
        "UPDATE governance_bill SET lines = jsonb_set(lines, '{0,unit_price}', '\"0.70\"') WHERE household_id = %s",
    ),
    "area": (
        {"line_prices", "areas", "runs_unedited"},
        "UPDATE governance_bill SET lines = jsonb_set(lines, '{0,quantity}', '\"96.50\"') WHERE household_id = %s",
    ),
    "unreadable": (
        {"bill_lines", "runs_unedited"},
        "UPDATE governance_bill SET lines = '{}' WHERE household_id = %s",
    ),
    "settled": (
        {"bill_settled"},
        "UPDATE governance_bill SET settled = settled - 1, state = 'open' WHERE household_id = %s",
    ),
    "credit": (
        {"account_credit"},
        "UPDATE governance_feeaccount SET credit = credit + 1 WHERE household_id = %s",
    ),
    "allocation": (
        {"account_credit", "bill_settled", "settled_tallies"},
        "UPDATE governance_allocation SET amount = amount - 1 WHERE bill_id IN"
        " (SELECT id FROM governance_bill WHERE household_id = %s)",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_tampered_with_is_found(book: Cast, name: str) -> None:
    expected, sql = TAMPERINGS[name]
    pay(book.doors[0], "500.00", paid_at=at("2026-09-10"))
    assert found() == {}

    unguarded(sql, book.doors[0].pk)

    assert expected <= set(found())


def test_a_month_billed_twice_is_found(book: Cast) -> None:
    unguarded(
        "UPDATE governance_bill SET household_id = %s, starts_on = '2026-08-01' WHERE household_id = %s",
        book.doors[0].pk,
        book.doors[1].pk,
    )

    assert "months_once" in found()


def test_a_bill_that_vanished_is_found(book: Cast) -> None:
    unguarded("DELETE FROM governance_bill WHERE household_id = %s", book.doors[3].pk)

    assert {"runs_unedited", "billed_tallies", "closed_months"} <= set(found())


def test_a_bill_issued_by_hand_and_edited_is_found(book: Cast) -> None:
    anew = Bill.objects.get(run=None)

    unguarded("UPDATE governance_bill SET due_on = due_on + 30 WHERE id = %s", anew.pk)

    assert found() == {"bills_unedited": 1}


def test_a_tally_that_drifted_is_found_with_what_it_should_be(book: Cast) -> None:
    BilledTally.objects.update(amount=1)
    SettledTally.objects.all().delete()

    audit = audit_fees()

    rows = {finding["check"]: finding for finding in audit.findings}
    assert rows["billed_tallies"]["neighbourhood"] == book.home.pk
    assert rows["billed_tallies"]["expected"] == "property 2026-07-01 2026-09-30: 4 / 622.80 / 0.00"
    assert rows["settled_tallies"]["is"].endswith(": 0")


def test_a_roll_that_changed_after_posting_is_no_finding(book: Cast) -> None:
    door = Household.objects.get(pk=book.doors[0].pk)
    door.gross_floor_area = "90.00"
    door.save(update_fields=["gross_floor_area"])

    assert found() == {}


def test_chunks_look_at_everything_once(book: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = audit_fees().checks
    monkeypatch.setattr(audits, "CHECKS", tuple(replace(check, chunk=1) for check in audits.CHECKS))

    assert audit_fees().checks == whole


def test_reports_are_signed_chained_and_verified(book: Cast) -> None:
    first, second = audit_fees(), audit_fees()
    assert verify_audits(iter([first, second])) == []
    assert FeeAudit.objects.count() == 2

    unguarded("UPDATE governance_feeaudit SET finding_count = 3 WHERE id = %s", second.pk)
    unguarded("UPDATE governance_feeaudit SET body = replace(body, 'found', 'lost') WHERE id = %s", first.pk)

    wrong = verify_audits(FeeAudit.objects.order_by("pk").iterator())
    assert [line.split(": ")[1] for line in wrong] == ["signature", "content", "content"]


def test_a_report_left_out_is_found(book: Cast) -> None:
    first, _second, third = audit_fees(), audit_fees(), audit_fees()

    assert [line.split(": ")[1] for line in verify_audits(iter([first, third]))] == ["order"]


def test_the_command_tells_every_check_and_fails_on_a_finding(book: Cast) -> None:
    out = StringIO()
    call_command("audit_fees", stdout=out)
    assert len(out.getvalue().splitlines()) == len(CHECK_CODES) + 1

    unguarded("UPDATE governance_feeaccount SET credit = credit + 1 WHERE household_id = %s", book.doors[0].pk)

    with pytest.raises(CommandError):
        call_command("audit_fees", stdout=out)
    call_command("audit_fees", "--verify", stdout=out)
    assert out.getvalue().splitlines()[-1].startswith("2 reports")
