"""A book of fees that is kept, told in one language: bills, payments, a reversal, a closed month; and its pages."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from governance.models import Bill
from governance.rules.fees.periods import add_months, last_day
from governance.services.fees.billing import keep_run, run_billing
from governance.services.fees.closing import close_month
from governance.services.fees.payments import record_payment
from governance.services.fees.reversals import reverse_payment
from governance.services.fees.voiding import void_bill
from renovation.models import Household, Neighbourhood

TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {"wrong": "录错户，已重录", "twice": "面积有误，不该收", "note": "代母亲付"},
    "en": {"wrong": "Keyed in for another door", "twice": "The area was wrong", "note": "Paid for the mother"},
}


def bill(neighbourhood: Neighbourhood, doors: Sequence[Household], clerk: User, language: str) -> dict[str, str]:
    """Three months billed where prices stand already, some of it paid, one payment reversed, one bill void, one month
    closed.
    """
    told, today = TOLD_IN[language], timezone.localdate()
    months = [add_months(today.replace(day=1), -number) for number in (3, 2, 1)]
    for month in months:
        _bill(neighbourhood, month, "post", clerk)
    dry = _bill(neighbourhood, today.replace(day=1), "dry_run", clerk)
    posted = Bill.objects.filter(neighbourhood=neighbourhood, state="open").order_by("pk")
    paid = [found for found in posted.filter(household__in=doors[:3]) if found.outstanding]
    money = {"method": "wechat", "paid_at": timezone.now(), "by": clerk}
    kept = record_payment(
        household=paid[0].household,
        account=paid[0].account,
        amount=paid[0].outstanding + Decimal("14.17"),
        reference="4200002461202611240093",
        note=told["note"],
        **money,
    ).payment
    wrong = record_payment(
        household=doors[1], amount=Decimal("60.00"), reference="4200002461202611240094", **money
    ).payment
    reverse_payment(payment=wrong, reason=told["wrong"], by=clerk)
    void = void_bill(bill=posted.filter(household=doors[4])[0], reason=told["twice"], by=clerk)
    close_month(neighbourhood=neighbourhood, month=months[0], by=clerk)
    owing = posted.filter(household=doors[5], state="open")[0]
    fees = f"/fees/{neighbourhood.pk}"
    return {
        "fees": f"{fees}/",
        "fees-home": "/fees/?all=1",
        "fee-households": f"{fees}/households/",
        "fee-households-found": f"{fees}/households/?q=01&pay=1",
        "fee-households-none": f"{fees}/households/?q=999",
        "fee-household": f"{fees}/households/{kept.household_id}/",
        "fee-household-owing": f"{fees}/households/{doors[5].pk}/",
        "fee-payment-new": f"{fees}/households/{doors[5].pk}/pay/",
        "fee-receipt": f"{fees}/payments/{kept.pk}/receipt/",
        "fee-receipt-slip": f"{fees}/payments/{kept.pk}/receipt/?width=80",
        "fee-receipt-reversed": f"{fees}/payments/{wrong.pk}/receipt/",
        "fee-refund": f"{fees}/accounts/{kept.account_id}/refund/",
        "fee-payments": f"{fees}/payments/",
        "fee-payments-day": f"{fees}/payments/?day={today}",
        "fee-bills": f"{fees}/bills/",
        "fee-bills-print": f"{fees}/bills/print/?building={doors[5].building_id}",
        "fee-bill": f"{fees}/bills/{owing.pk}/",
        "fee-bill-void": f"{fees}/bills/{void.pk}/",
        "fee-runs": f"{fees}/runs/",
        "fee-run-dry": f"{fees}/runs/{dry}/",
        "fee-months": f"{fees}/months/",
    }


def nothing_billed(neighbourhood: Neighbourhood) -> dict[str, str]:
    """The same pages where nothing is charged yet."""
    fees = f"/fees/{neighbourhood.pk}"
    pages = {"fees": "", "payments": "payments/", "bills": "bills/", "print": "bills/print/", "runs": "runs/"}
    return {f"fee-none-{name}": f"{fees}/{page}" for name, page in {**pages, "months": "months/"}.items()}


def _bill(neighbourhood: Neighbourhood, month: date, mode: str, clerk: User) -> int:
    """The id of the run; posted, it is as if on the month's last day."""
    at = timezone.make_aware(timezone.datetime.combine(last_day(month), timezone.datetime.min.time()))
    run = keep_run(neighbourhood=neighbourhood, kind="property", period=f"{month:%Y-%m}", mode=mode, by=clerk)
    run_billing(run.pk, at=at if mode == "post" else None)
    return int(run.pk)
