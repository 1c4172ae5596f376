"""Prices: written down with the document that fixes them, changed until they are billed, and ended."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.fees import FeeBasis, FeeKind
from governance.errors.fees import ScheduleBilled, ScheduleDoesNotFit, ScheduleTwice
from governance.models import FeeSchedule
from governance.reports.fees.words import period_text
from governance.services.fees.books import hold_books_to_bill
from renovation.errors import DatesReversed
from renovation.models import Neighbourhood

_MONTHLY_OF_HOMES = frozenset({FeeBasis.PER_M2_MONTH, FeeBasis.PER_HOUSEHOLD_MONTH})
_OF_SPACES = frozenset({FeeBasis.PER_SPACE_MONTH, FeeBasis.PER_HOUR})

# The last month that live bills were made for from a schedule; null where none was. Bills since its first day only.
_BILLED_TO = """
SELECT max(line->>'to')
FROM governance_bill AS bill CROSS JOIN LATERAL jsonb_array_elements(bill.lines) AS line
WHERE bill.neighbourhood_id = %s AND bill.kind = %s AND bill.starts_on >= %s AND bill.state <> 'void'
    AND (line->>'schedule')::bigint = %s
"""


@transaction.atomic
def add_schedule(
    *,
    neighbourhood: Neighbourhood,
    kind: str,
    basis: str,
    unit_price: Decimal,
    valid_from: date,
    document: str,
    valid_to: date | None = None,
    name: str = "",
    uses: Sequence[str] = (),
    space_ownerships: Sequence[str] = (),
    vacant_share: Decimal | None = None,
    late_charge_daily: Decimal = Decimal(0),
    due_days: int = 0,
    free_minutes: int = 0,
    daily_cap: Decimal | None = None,
    by: User,
) -> FeeSchedule:
    """Price something from a day on, in yuan per unit of its basis; months begun before stay as they are billed.

    Raises ScheduleDoesNotFit (a basis, a name, uses or minutes that do not go with the kind), DatesReversed, or
    ScheduleTwice for units that another one prices from the same day on.
    """
    hold_books_to_bill([neighbourhood.pk])
    made = FeeSchedule(
        neighbourhood=neighbourhood,
        kind=kind,
        name=name.strip(),
        basis=basis,
        unit_price=unit_price,
        uses=sorted(set(uses)),
        space_ownerships=sorted(set(space_ownerships)),
        vacant_share=vacant_share,
        late_charge_daily=late_charge_daily,
        due_days=due_days,
        free_minutes=free_minutes,
        daily_cap=daily_cap,
        valid_from=valid_from,
        valid_to=valid_to,
        document=document.strip(),
    )
    _require_fit(made)
    made.save()
    add_history(made, "fee_schedule_added", by=by, action="created", **_said(made))
    return made


@transaction.atomic
def edit_schedule(*, schedule: FeeSchedule, by: User, **changes: Any) -> FeeSchedule:
    """Change what is given of a schedule; once it is billed, only `valid_to`, and not to before what was billed.

    Raises ScheduleBilled, and what `add_schedule` does.
    """
    return _edit(schedule, changes, "fee_schedule_changed", by)


@transaction.atomic
def end_schedule(*, schedule: FeeSchedule, last_day: date, by: User) -> FeeSchedule:
    """Let a schedule end on a day, included. Raises DatesReversed, or ScheduleBilled where later months are billed."""
    return _edit(schedule, {"valid_to": last_day}, "fee_schedule_ended", by)


def _edit(schedule: FeeSchedule, changes: dict[str, Any], act: str, by: User) -> FeeSchedule:
    hold_books_to_bill([schedule.neighbourhood_id])
    locked: FeeSchedule = FeeSchedule.objects.select_for_update().get(pk=schedule.pk)
    changed = []
    for field, value in changes.items():
        new = value.strip() if isinstance(value, str) else value
        if field in ("uses", "space_ownerships"):
            new = sorted(set(value))
        if getattr(locked, field) != new:
            setattr(locked, field, new)
            changed.append(field)
    if not changed:
        return locked
    if locked.billed_at is not None:
        if set(changed) != {"valid_to"}:
            raise ScheduleBilled(
                _("Bills were made from this schedule: it may only be given an end. Write a new one from a later day.")
            )
        _require_end_after_bills(locked)
    _require_fit(locked)
    locked.save(update_fields=changed)
    add_history(locked, act, by=by, fields=changed, **_said(locked))
    return locked


def _require_fit(schedule: FeeSchedule) -> None:
    parking = schedule.kind == FeeKind.PARKING
    misfits = (
        ("basis", schedule.basis not in (_OF_SPACES if parking else _MONTHLY_OF_HOMES)),
        ("name", bool(schedule.name) != (schedule.kind == FeeKind.OTHER)),
        ("uses", parking and bool(schedule.uses)),
        ("space_ownerships", not parking and bool(schedule.space_ownerships)),
        ("vacant_share", schedule.basis == FeeBasis.PER_HOUR and schedule.vacant_share is not None),
        ("free_minutes", schedule.basis != FeeBasis.PER_HOUR and bool(schedule.free_minutes)),
        ("daily_cap", schedule.basis != FeeBasis.PER_HOUR and schedule.daily_cap is not None),
    )
    words = {
        "basis": _("Property fees and other charges go by area or household, parking by the space or the hour."),
        "name": _("Another charge needs a name; property and parking fees have none of their own."),
        "uses": _("Parking goes by the ownership of the space and not by the use of a home."),
        "space_ownerships": _("Only parking goes by the ownership of a space."),
        "vacant_share": _("A price by the hour says nothing of vacant homes."),
        "free_minutes": _("Only a price by the hour has free minutes."),
        "daily_cap": _("Only a price by the hour has a most a day."),
    }
    for field, misfit in misfits:
        if misfit:
            raise ScheduleDoesNotFit(words[field], field=field)
    if schedule.valid_to is not None and schedule.valid_to < schedule.valid_from:
        raise DatesReversed(_("It ends before it begins."))
    _require_once(schedule)


def _require_once(schedule: FeeSchedule) -> None:
    """Of two that go equally far before a third and begin on one day, none would go before the other."""
    others = FeeSchedule.objects.filter(
        neighbourhood=schedule.neighbourhood_id,
        kind=schedule.kind,
        name=schedule.name,
        valid_from=schedule.valid_from,
    ).exclude(pk=schedule.pk)
    for other in others:
        by_the_hour = FeeBasis.PER_HOUR in (other.basis, schedule.basis) and other.basis != schedule.basis
        mine, theirs = ({*one.uses, *one.space_ownerships} for one in (schedule, other))
        if not by_the_hour and (mine & theirs or not (mine or theirs)):
            raise ScheduleTwice(
                _("Another schedule prices the same from this day on: %(schedule)s.") % {"schedule": other},
                schedule=other.pk,
            )


def _require_end_after_bills(schedule: FeeSchedule) -> None:
    if schedule.valid_to is None:
        return
    with connection.cursor() as cursor:
        since = schedule.valid_from.replace(day=1)
        cursor.execute(_BILLED_TO, [schedule.neighbourhood_id, schedule.kind, since, schedule.pk])
        (billed_to,) = cursor.fetchone()
    if billed_to is not None and f"{schedule.valid_to:%Y-%m}" < billed_to:
        raise ScheduleBilled(
            _("Months up to %(month)s are billed from this schedule: it cannot end before.")
            % {"month": period_text(billed_to)},
            billed_to=billed_to,
        )


def _said(schedule: FeeSchedule) -> dict[str, Any]:
    return {
        "kind": schedule.kind,
        "basis": schedule.basis,
        "unit_price": f"{schedule.unit_price:.4f}",
        "valid_from": schedule.valid_from.isoformat(),
        "valid_to": schedule.valid_to.isoformat() if schedule.valid_to else None,
        "document": schedule.document,
    }
