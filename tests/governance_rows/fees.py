"""A row of each kind that a neighbourhood keeps of its fees: a book in which every figure adds up."""

import json
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from common.secrets import encrypt
from consent.services.signing import key_id, signing_key
from governance.models import (
    Allocation,
    Bill,
    BilledTally,
    BillingRun,
    Disclosure,
    FeeAccount,
    FeeAudit,
    FeeLiability,
    FeeReduction,
    FeeSchedule,
    MonthClosing,
    ParkingPass,
    ParkingSession,
    Payment,
    PaymentChannel,
    PaymentOrder,
    PaymentReversal,
    ProviderNotice,
    PurseEntry,
    Refund,
    Reminder,
    SettledTally,
    Statement,
    StatementLine,
    Vehicle,
)
from governance.reports.fees.disclosures import digest_of_figures, figures_of
from governance.rules.fees.audits import digest_of, signed_bytes
from governance.rules.fees.periods import parse_period
from renovation.models import Household, Neighbourhood
from tests.works_rows import PHOTO

DAY = date(2026, 1, 1)
SPRING = (date(2026, 4, 1), date(2026, 6, 30))
SUMMER = (date(2026, 7, 1), date(2026, 9, 30))
LEFT = datetime(2026, 9, 12, 12, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
PRICE = Decimal("0.60")
FEN = Decimal("0.01")


def keep_fees(neighbourhood: Neighbourhood, household: Household, staff: User) -> dict[str, Any]:
    """Makes the rows, each with words that stand nowhere else, and returns their ids by what routes call them.

    A quarter is paid and its month closed, what was left was refunded; the next one is open, and asked for. A tenant
    has credit, a payment was reversed, a visitor has not paid, and a transfer waits to be settled by hand.
    """
    schedules = _schedules(neighbourhood)
    accounts, liability = _accounts(neighbourhood, household)
    runs = _bills(neighbourhood, household, staff, schedules["property"], accounts["owner"])
    money = _money(neighbourhood, household, staff, accounts, runs)
    return {
        **money,
        **_parking(neighbourhood, household, staff, schedules["hourly"], accounts["visitors"]),
        **_arrivals(neighbourhood, household, staff, accounts["tenant"]),
        **_reported(neighbourhood, staff),
        "fee-schedule": schedules["property"].pk,
        "fee_schedule": schedules["property"].pk,
        "schedule": schedules["property"].pk,
        "fee-liability": liability.pk,
        "liability": liability.pk,
        "fee-account": accounts["owner"].pk,
        "account": accounts["owner"].pk,
    }


def _schedules(neighbourhood: Neighbourhood) -> dict[str, FeeSchedule]:
    kept = {"neighbourhood": neighbourhood, "valid_from": DAY}
    return {
        "property": FeeSchedule.objects.create(
            kind="property",
            basis="per_m2_month",
            unit_price=PRICE,
            uses=["residential"],
            vacant_share=Decimal("0.600"),
            due_days=15,
            document="本小区物业合同价",
            billed_at=timezone.now(),
            **kept,
        ),
        "hourly": FeeSchedule.objects.create(
            kind="parking",
            basis="per_hour",
            unit_price=2,
            free_minutes=30,
            daily_cap=20,
            document="本小区停车收费公示",
            billed_at=timezone.now(),
            **kept,
        ),
        "other": FeeSchedule.objects.create(
            kind="other",
            name="本小区垃圾清运",
            basis="per_household_month",
            unit_price=5,
            document="本小区清运合同",
            **kept,
        ),
    }


def _accounts(neighbourhood: Neighbourhood, household: Household) -> tuple[dict[str, FeeAccount], FeeLiability]:
    ownership = household.ownerships.filter(ends_on=None).order_by("-is_voter", "owner").first()
    here = {"neighbourhood": neighbourhood}
    liability = FeeLiability.objects.create(
        household=household,
        name="本小区租客",
        phone="13812342071",
        starts_on=date(2026, 10, 1),
        document="本小区租赁约定",
        **here,
    )
    accounts = {
        "owner": FeeAccount.objects.create(
            household=household,
            debtor_kind="owner",
            owner=ownership.owner if ownership else None,
            name="王业主",
            **here,
        ),
        "tenant": FeeAccount.objects.create(
            household=household, debtor_kind="tenant", liability=liability, name="本小区租客", credit=50, **here
        ),
        "visitors": FeeAccount.objects.create(debtor_kind="visitor", **here),
    }
    return accounts, liability


def _bills(
    neighbourhood: Neighbourhood, household: Household, staff: User, schedule: FeeSchedule, account: FeeAccount
) -> dict[str, Any]:
    """One quarter's bill settled, the next one's open; before it, one for the same months that is void."""
    household.refresh_from_db(fields=["gross_floor_area"])
    area = household.gross_floor_area or Decimal("86.50")
    amount = (area * PRICE * 3).quantize(FEN, ROUND_HALF_UP)
    now = timezone.now()
    made: dict[str, Any] = {"amount": amount}

    def run(period: str, mode: str) -> BillingRun:
        posted: BillingRun = BillingRun.objects.create(
            neighbourhood=neighbourhood,
            community_code=neighbourhood.community_code,
            neighbourhood_code=neighbourhood.code,
            kind="property",
            period=period,
            mode=mode,
            status="done",
            bill_count=1,
            total=amount,
            exceptions=[
                {
                    "code": "owner_unknown",
                    "neighbourhood": neighbourhood.pk,
                    "household": household.pk,
                    "charge": "",
                }
            ],
            exception_counts={"owner_unknown": 1},
            by=staff,
            started_at=now,
            finished_at=now,
        )
        return posted

    def bill(period: str, first: date, last: date, **fields: Any) -> Bill:
        line = {
            "schedule": schedule.pk,
            "basis": "per_m2_month",
            "quantity": f"{area:.2f}",
            "unit_price": f"{PRICE}",
            "months": 3,
            "from": f"{first:%Y-%m}",
            "to": f"{last:%Y-%m}",
            "amount": f"{amount}",
            "reduction": "0.00",
        }
        posted: Bill = Bill.objects.create(
            neighbourhood=neighbourhood,
            account=account,
            household=household,
            kind="property",
            period=period,
            starts_on=first,
            ends_on=last,
            due_on=last + timedelta(days=15),
            amount=amount,
            lines=[line],
            created_at=now,
            updated_at=now,
            **fields,
        )
        return posted

    made["dry_run"] = run("2026-Q3", "dry_run")
    spring, made["run"] = run("2026-Q2", "post"), run("2026-Q3", "post")
    made["settled"] = bill("2026-Q2", *SPRING, run=spring, state="settled", settled=amount)
    made["void"] = bill(
        "2026-Q3",
        *SUMMER,
        run=made["run"],
        state="void",
        voided_at=now,
        voided_by=staff,
        void_reason="本小区面积录错",
    )
    made["open"] = bill("2026-Q3", *SUMMER, replaces=made["void"])
    for starts_on, ends_on in (SPRING, SUMMER):
        BilledTally.objects.create(
            neighbourhood=neighbourhood,
            kind="property",
            starts_on=starts_on,
            ends_on=ends_on,
            bill_count=1,
            amount=amount,
        )
    return made


def _money(
    neighbourhood: Neighbourhood,
    household: Household,
    staff: User,
    accounts: dict[str, FeeAccount],
    made: dict[str, Any],
) -> dict[str, Any]:
    """What was paid and given back, a reduction that waits, a closed month and a reminder."""
    now = timezone.now()
    paid_on, owner = date(2026, 6, 10), accounts["owner"]
    amount: Decimal = made["amount"]

    def pay(account: FeeAccount, amount: Decimal, method: str, day: date) -> Payment:
        payment: Payment = Payment.objects.create(
            neighbourhood=neighbourhood,
            account=account,
            household=household,
            amount=amount,
            method=method,
            reference=f"本小区{neighbourhood.pk}-{uuid4().hex[:8]}",
            paid_at=datetime(day.year, day.month, day.day, 10, tzinfo=LEFT.tzinfo),
            booked_on=day,
            note="本小区缴费备注",
            created_at=now,
            by=staff,
        )
        return payment

    def allocate(payment: Payment, amount: Decimal, kind: str, day: date, **to: Any) -> None:
        Allocation.objects.create(payment=payment, amount=amount, kind=kind, booked_on=day, created_at=now, **to)

    payment = pay(owner, amount + Decimal("44.30"), "bank", paid_on)
    allocate(payment, amount, "payment", paid_on, bill=made["settled"])
    SettledTally.objects.create(
        neighbourhood=neighbourhood,
        kind="property",
        starts_on=SPRING[0],
        ends_on=SPRING[1],
        day=paid_on,
        amount=amount,
    )
    refund = Refund.objects.create(
        account=owner,
        neighbourhood=neighbourhood,
        amount=Decimal("44.30"),
        method="bank",
        reference=f"本小区退{neighbourhood.pk}",
        reason="本小区多缴",
        document="本小区退款单",
        booked_on=date(2026, 6, 20),
        created_at=now,
        by=staff,
    )
    allocate(payment, Decimal("44.30"), "refund", date(2026, 6, 20), refund=refund)

    taken_back, wrong_on = pay(owner, Decimal(100), "cash", date(2026, 10, 20)), date(2026, 10, 21)
    allocate(taken_back, Decimal(100), "payment", date(2026, 10, 20), bill=made["open"])
    allocate(taken_back, Decimal(-100), "reversal", wrong_on, bill=made["open"])
    for day, part in ((date(2026, 10, 20), 100), (wrong_on, -100)):
        SettledTally.objects.create(
            neighbourhood=neighbourhood,
            kind="property",
            starts_on=SUMMER[0],
            ends_on=SUMMER[1],
            day=day,
            amount=part,
        )
    reversal = PaymentReversal.objects.create(
        payment=taken_back, reason="本小区记错户", booked_on=wrong_on, created_at=now, by=staff
    )
    pay(accounts["tenant"], Decimal(50), "alipay", date(2026, 10, 25))

    reduction = FeeReduction.objects.create(
        neighbourhood=neighbourhood,
        household=household,
        kind="property",
        reason="hardship",
        share=Decimal("0.500"),
        from_month=date(2027, 1, 1),
        to_month=date(2027, 6, 1),
        text="本小区低保家庭",
        document="本小区低保证明",
        proposed_by=staff,
    )
    closing = MonthClosing.objects.create(
        neighbourhood=neighbourhood,
        month=date(2026, 6, 1),
        totals={
            "bills": {},
            "payments": {"bank": {"count": 1, "amount": f"{payment.amount}"}},
            "reversals": {},
            "refunds": {},
        },
        digest="ab" * 32,
        closed_at=now,
        closed_by=staff,
    )
    reminder = Reminder(
        neighbourhood=neighbourhood,
        account=owner,
        household=household,
        step="visit",
        channel="at_the_door",
        outcome="promised",
        promised_on=date(2026, 11, 30),
        note="本小区月底来缴",
        given_at=datetime(2026, 11, 10, 18, 30, tzinfo=LEFT.tzinfo),
        received=True,
        proof_sha256=sha256(PHOTO).digest(),
        document="本小区催缴单",
        bills=[made["open"].pk],
        amount=amount,
        client_id=uuid4(),
        created_at=now,
        by=staff,
    )
    reminder.proof.save("proof.png", ContentFile(PHOTO), save=False)
    reminder.save()
    return {
        "billing-run": made["run"].pk,
        "run": made["dry_run"].pk,
        "bill": made["open"].pk,
        "payment": payment.pk,
        "payment-reversal": reversal.pk,
        "reversal": reversal.pk,
        "fee-refund": refund.pk,
        "refund": refund.pk,
        "fee-reduction": reduction.pk,
        "fee_reduction": reduction.pk,
        "reduction": reduction.pk,
        "month-closing": closing.pk,
        "closing": closing.pk,
        "reminder": reminder.pk,
    }


def _parking(
    neighbourhood: Neighbourhood, household: Household, staff: User, schedule: FeeSchedule, visitors: FeeAccount
) -> dict[str, Any]:
    """A vehicle with a pass, a visitor who left and has not paid, and one who is inside."""
    now, day = timezone.now(), LEFT.date()
    vehicle = Vehicle.objects.create(neighbourhood=neighbourhood, household=household, plate="鄂E本小区7")
    parking_pass = ParkingPass.objects.create(
        vehicle=vehicle, neighbourhood=neighbourhood, starts_on=date(2026, 10, 1), document="本小区月租协议"
    )
    line = {
        "schedule": schedule.pk,
        "basis": "per_hour",
        "quantity": "3",
        "unit_price": "2.00",
        "months": 1,
        "from": "2026-09",
        "to": "2026-09",
        "day": f"{day}",
        "amount": "6.00",
        "reduction": "0.00",
    }
    bill = Bill.objects.create(
        neighbourhood=neighbourhood,
        account=visitors,
        kind="parking",
        charge="shared_land",
        period="2026-09",
        starts_on=day,
        ends_on=day,
        due_on=day,
        amount=6,
        lines=[line],
        created_at=now,
        updated_at=now,
    )
    BilledTally.objects.create(
        neighbourhood=neighbourhood, kind="parking", starts_on=day, ends_on=day, bill_count=1, amount=6
    )
    session = ParkingSession.objects.create(
        neighbourhood=neighbourhood,
        client_id=uuid4(),
        plate="鄂E本小区9",
        entered_at=LEFT - timedelta(minutes=160),
        left_at=LEFT,
        schedule=schedule,
        amount=6,
        bill=bill,
        by=staff,
    )
    inside = ParkingSession.objects.create(
        neighbourhood=neighbourhood,
        client_id=uuid4(),
        plate="鄂E本小区8",
        entered_at=now - timedelta(hours=1),
        by=staff,
    )
    return {
        "vehicle": vehicle.pk,
        "parking-pass": parking_pass.pk,
        "parking_pass": parking_pass.pk,
        "parking-session": session.pk,
        "session": inside.pk,
    }


def _arrivals(neighbourhood: Neighbourhood, household: Household, staff: User, account: FeeAccount) -> dict[str, Any]:
    """Money by file and by provider: a line to settle by hand, and an order that waits; its notice named another."""
    now = timezone.now()
    told = f"2026-10-08,本小区流水,88.00,王业主,{neighbourhood.code}"
    content = f"交易时间,流水号,收入金额,对方户名,摘要\n{told}\n".encode()
    statement = Statement(
        neighbourhood=neighbourhood,
        source="bank",
        file_name="本小区对账单.csv",
        sha256=sha256(content).hexdigest(),
        line_count=1,
        total=88,
        by=staff,
    )
    statement.file.save("statement.csv", ContentFile(content), save=False)
    statement.save()
    line = StatementLine.objects.create(
        statement=statement,
        row=2,
        reference="本小区流水",
        received_at=datetime(2026, 10, 8, tzinfo=LEFT.tzinfo),
        amount=88,
        payer="王业主",
        remark="本小区物业费",
    )
    channel = PaymentChannel.objects.create(
        neighbourhood=neighbourhood,
        provider="wechat",
        merchant=f"16{neighbourhood.pk:08d}",
        app="wx0123456789abcdef",
        secrets=encrypt(b"{}"),
    )
    order = PaymentOrder.objects.create(
        channel=channel,
        neighbourhood=neighbourhood,
        account=account,
        number=uuid4().hex,
        amount=60,
        pay_url="weixin://wxpay/bizpayurl?pr=本小区",
        expires_at=now + timedelta(hours=2),
        by=staff,
    )
    notice = ProviderNotice.objects.create(
        channel=channel,
        transaction="4200000000000000000000000001",
        order_number="本小区无此单",
        amount=60,
        outcome="unknown_order",
        body_sha256="cd" * 32,
        received_at=now,
    )
    return {
        "fee-statement": statement.pk,
        "statement": statement.pk,
        "fee-statement-line": line.pk,
        "statement_line": line.pk,
        "line": line.pk,
        "payment-channel": channel.pk,
        "channel": channel.pk,
        "provider": "wechat",
        "payment-order": order.pk,
        "order": order.pk,
        "provider_notice": notice.pk,
    }


def _reported(neighbourhood: Neighbourhood, staff: User) -> dict[str, Any]:
    """Common money, what was disclosed of it, and a night's audit that found one thing here."""
    now = timezone.now()
    entry = PurseEntry.objects.create(
        neighbourhood=neighbourhood,
        purse="public_income",
        source="advertising",
        amount=1200,
        booked_on=date(2026, 8, 3),
        document="本小区广告合同",
        note="本小区电梯广告",
        created_at=now,
        by=staff,
    )
    quarter = parse_period("2026-Q3")
    figures = figures_of(neighbourhood=neighbourhood, period=quarter, cut_off=timezone.localdate(now))
    disclosure = Disclosure.objects.create(
        neighbourhood=neighbourhood,
        period=quarter.text,
        starts_on=quarter.first,
        ends_on=quarter.last,
        figures=figures,
        digest=digest_of_figures(figures),
        posted_at_place="本小区东门公告栏",
        published_at=now,
        by=staff,
    )
    checks = [{"code": "bill_lines", "looked_at": 3, "found": 1}]
    findings = [
        {
            "check": "bill_lines",
            "neighbourhood": neighbourhood.pk,
            "resource": "bills",
            "id": Bill.objects.filter(neighbourhood=neighbourhood).order_by("pk")[0].pk,
            "expected": "本小区一张账单",
            "is": "0.00",
        }
    ]
    body = json.dumps({"day": "2026-11-01", "checks": checks, "findings": findings, "previous": None})
    audit = FeeAudit.objects.create(
        day=date(2026, 11, 1),
        checks=checks,
        findings=findings,
        finding_count=1,
        body=body,
        digest=digest_of(body),
        key_id=key_id(),
        signature=signing_key().sign(signed_bytes(body)),
        started_at=now,
        finished_at=now,
    )
    return {
        "purse-entry": entry.pk,
        "purse_entry": entry.pk,
        "purse": entry.purse,
        "fee-disclosure": disclosure.pk,
        "disclosure": disclosure.pk,
        "fee-audit": audit.pk,
        "audit": audit.pk,
    }
