"""A bill that is wrong: void, on a reason, or issued anew from the roll of today. What settled it becomes credit, which
settles what is open then.
"""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.fees import BillState
from governance.errors.fees import BillVoid, NotFromTheRoll, NothingToIssue
from governance.models import Bill, FeeAccount
from governance.rules.fees.periods import last_day
from governance.services.fees.books import hold_book_alone, require_open
from governance.services.fees.credit import apply_credit_to, free_bill, hold_accounts
from governance.services.fees.digests import bill_digest
from governance.services.fees.posting import post_staged, stage_bills
from governance.services.fees.tallies import add_billed
from renovation.errors import ReasonNeeded


@transaction.atomic
def void_bill(*, bill: Bill, reason: str, by: User | None, at: datetime | None = None) -> Bill:
    """Make a bill void, and the late charges on it. Raises ReasonNeeded, BillVoid, or MonthClosed."""
    at = at or timezone.now()
    voided = _void(bill, reason, by, at)
    apply_credit_to([voided.account_id], at)
    return voided


@transaction.atomic
def reissue_bill(
    *, bill: Bill, reason: str, by: User | None, at: datetime | None = None, until: date | None = None
) -> list[Bill]:
    """Make a bill void and bill its months anew, as the roll and the schedules say them now: those up to the month of
    `until`, where it is given. One bill a debtor, the first of which bears what it replaces; none where no month is
    left.

    Raises ReasonNeeded, BillVoid, MonthClosed, NotFromTheRoll for a visitor's bill or a late charge, or NothingToIssue
    with the `codes` of why, where months are left and nothing can be billed for them: such a bill is void, not issued
    anew.
    """
    at = at or timezone.now()
    if bill.household_id is None or bill.late_for_id is not None:
        raise NotFromTheRoll(_("This bill is not made from the roll: it can be void, and not be issued anew."))
    voided = _void(bill, reason, by, at)
    last = voided.ends_on if until is None else min(voided.ends_on, last_day(until))
    issued: list[Bill] = []
    if last >= voided.starts_on:
        issued = _issue(voided, last, by, at)
    apply_credit_to(sorted({voided.account_id, *(one.account_id for one in issued)}), at)
    for one in issued:
        one.refresh_from_db()
    return issued


def _issue(voided: Bill, last: date, by: User | None, at: datetime) -> list[Bill]:
    staged = stage_bills(
        [voided.neighbourhood_id],
        kind=voided.kind,
        first=voided.starts_on,
        last=last,
        household_id=voided.household_id,
        charge=voided.charge,
    )
    if not staged.bill_count:
        raise NothingToIssue(
            _("Nothing can be billed for these months now. Make the bill void instead."), codes=sorted(staged.counts)
        )
    post_staged(run_id=None, kind=voided.kind, period=voided.period, at=at, replaces=voided.pk, apply_credit=False)
    anew = Bill.objects.live().filter(household=voided.household_id, kind=voided.kind, charge=voided.charge)
    issued = list(anew.filter(late_for=None, starts_on__gte=voided.starts_on, ends_on__lte=last).oldest_first())
    for one in issued:
        # That it is there was told when it was posted.
        add_history(one, "bill_issued_anew", by=by, action=None, for_bill=voided.pk, sha256=bill_digest(one.pk))
    return issued


def _void(bill: Bill, reason: str, by: User | None, at: datetime) -> Bill:
    if not reason.strip():
        raise ReasonNeeded(_("Write down the reason."))
    hold_book_alone(bill.neighbourhood_id)
    # All of the household's at once: issued anew, the months may be another debtor's, and tallies come after accounts.
    others = FeeAccount.objects.filter(household=bill.household_id).exclude(household=None)
    hold_accounts({bill.account_id, *others.values_list("pk", flat=True)})
    late = Q(late_for=bill.pk) & ~Q(state=BillState.VOID)
    held = Bill.objects.filter(Q(pk=bill.pk) | late).select_related("neighbourhood").order_by("pk")
    rows = list(held.select_for_update(no_key=True, of=("self",)))
    for row in rows:
        if row.state == BillState.VOID:
            raise BillVoid(_("This bill is void already."))
        require_open(row.neighbourhood_id, row.starts_on, row.ends_on)
    for row in rows:
        _void_one(row, reason.strip(), by, at)
    return next(row for row in rows if row.pk == bill.pk)


def _void_one(bill: Bill, reason: str, by: User | None, at: datetime) -> None:
    freed = free_bill(bill, at)
    add_billed({(bill.neighbourhood_id, bill.kind, bill.starts_on, bill.ends_on): (-1, -bill.amount, -bill.reduction)})
    bill.state, bill.settled = BillState.VOID, Decimal(0)
    bill.voided_at, bill.voided_by, bill.void_reason = at, by, reason
    bill.version, bill.updated_at = bill.version + 1, at
    bill.save(update_fields=["state", "settled", "voided_at", "voided_by", "void_reason", "version", "updated_at"])
    add_history(bill, "bill_voided", by=by, fields=["state", "settled"], reason=reason, freed=str(freed))
