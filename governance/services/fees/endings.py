"""A company leaves: what it billed beyond its last month is no longer owed, and what was paid for it goes back
(policy.md, section f; SPC property interpretation, art. 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.models import FeeAccount
from governance.reports.fees.endings import bills_beyond, schedules_beyond, to_refund
from governance.rules.fees.periods import last_day as last_of_month
from governance.services.fees.books import hold_book_alone
from governance.services.fees.credit import hold_accounts
from governance.services.fees.schedules import end_schedule
from governance.services.fees.voiding import reissue_bill
from renovation.errors import ReasonNeeded
from renovation.models import Neighbourhood


@dataclass(frozen=True, slots=True)
class Ended:
    """How many bills are void, how many were issued anew in their place, how many are left for the next time, and who
    is to get money back.
    """

    voided: int
    issued: int
    left: int
    accounts: Sequence[FeeAccount]

    @property
    def to_refund(self) -> Decimal:
        """In yuan."""
        return sum((account.credit for account in self.accounts), Decimal(0))


@transaction.atomic
def end_charges(
    *,
    neighbourhood: Neighbourhood,
    last_day: date,
    reason: str,
    by: User,
    at: datetime | None = None,
    most: int | None = None,
) -> Ended:
    """End what is charged with the month of `last_day`: bills that reach beyond it are void and issued anew up to it,
    and the schedules in force end with it. What was paid for later months settles what is open of the same debtor; the
    rest is credit, to be paid back one by one. Schedules that begin later are the next company's, and stay.

    Run twice, it finds nothing more. Each bill costs some 20 statements: where somebody waits, `most` says after how
    many to stop; while bills are left the schedules stay, and it is run again. Raises ReasonNeeded, MonthClosed where
    a month of such a bill is closed, or NothingToIssue where the months that are left cannot be billed from the roll
    of today.
    """
    at, reason = at or timezone.now(), reason.strip()
    if not reason:
        raise ReasonNeeded(_("Write down the reason."))
    last = last_of_month(last_day)
    hold_book_alone(neighbourhood.pk)
    hold_accounts(FeeAccount.objects.filter(neighbourhood=neighbourhood).values_list("pk", flat=True))
    found = bills_beyond(neighbourhood, last)
    bills = list(found.select_related("neighbourhood").order_by("pk")[:most])
    issued = 0
    for bill in bills:
        issued += len(reissue_bill(bill=bill, reason=reason, by=by, at=at, until=last))
    left = found.count()
    if not left:
        for schedule in schedules_beyond(neighbourhood, last).select_related("neighbourhood").order_by("pk"):
            end_schedule(schedule=schedule, last_day=last, by=by)
    ended = Ended(len(bills), issued, left, to_refund(neighbourhood))
    add_history(
        neighbourhood,
        "charges_ended",
        by=by,
        action=None,
        last_day=last.isoformat(),
        reason=reason,
        bills=ended.voided,
        issued=issued,
        left=left,
        to_refund=str(ended.to_refund),
    )
    return ended
