"""Posting a bill that belongs to no run: a visitor's stay, a late charge."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services.change_rows import tell_changes
from accounts.services.history import add_history
from governance.choices.fees import BillState
from governance.models import Bill, FeeAccount, FeeSchedule
from governance.rules.fees.periods import month_of
from governance.services.fees import tallies
from governance.services.fees.books import require_open
from governance.services.fees.digests import bill_digest


@transaction.atomic
def post_bill(*, account: FeeAccount, on: date, act: str, by: User | None, at: datetime, **fields: Any) -> Bill:
    """Post one bill of the day `on`, with its tally and its digest in history; its schedules are in use from now on.

    The book is held to bill and the account is held by then; credit is applied by the caller, afterwards. Raises
    MonthClosed.
    """
    require_open(account.neighbourhood_id, on, on)
    bill = Bill.objects.create(
        neighbourhood_id=account.neighbourhood_id,
        account=account,
        household_id=account.household_id,
        period=month_of(on).text,
        starts_on=on,
        ends_on=on,
        state=BillState.OPEN,
        created_at=at,
        updated_at=at,
        **fields,
    )
    tallies.add_billed(
        {(bill.neighbourhood_id, bill.kind, bill.starts_on, bill.ends_on): (1, bill.amount, bill.reduction)}
    )
    schedules = {line["schedule"] for line in bill.lines}
    for schedule in FeeSchedule.objects.select_for_update().filter(pk__in=schedules, billed_at=None).order_by("pk"):
        schedule.billed_at = at
        schedule.save(update_fields=["billed_at"])
        tell_changes([schedule], fields=["billed"])
    add_history(bill, act, by=by, action="created", amount=str(bill.amount), sha256=bill_digest(bill.pk))
    tell_changes([account], fields=["outstanding"])
    return bill
