"""Tenants who agree to pay a household's fees; the owner stays jointly liable (regulation 41; policy.md, section f)."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.errors.fees import LiabilityEnded, LiabilityOverlaps
from governance.models import FeeLiability
from governance.services.fees.books import hold_books_to_bill
from renovation.errors import DatesReversed
from renovation.models import Household


@transaction.atomic
def agree_liability(
    *,
    household: Household,
    name: str,
    starts_on: date,
    document: str,
    phone: str = "",
    ends_on: date | None = None,
    by: User,
) -> FeeLiability:
    """Write down that a tenant pays for the months that begin from one day to another, both included.

    What is billed already stays with whom it was billed to. Raises DatesReversed, or LiabilityOverlaps where another
    agreement runs on some of these days.
    """
    hold_books_to_bill([household.neighbourhood_id])  # two agreements at once wait here
    if ends_on is not None and ends_on < starts_on:
        raise DatesReversed(_("It ends before it begins."))
    others = FeeLiability.objects.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on), household=household)
    if ends_on is not None:
        others = others.filter(starts_on__lte=ends_on)
    if other := others.order_by("pk").first():
        raise LiabilityOverlaps(
            _("A tenant's agreement runs already on some of these days: end it first."), liability=other.pk
        )
    made = FeeLiability.objects.create(
        household=household,
        neighbourhood_id=household.neighbourhood_id,
        name=name.strip(),
        phone=phone.strip(),
        starts_on=starts_on,
        ends_on=ends_on,
        document=document.strip(),
    )
    add_history(made, "fee_liability_agreed", by=by, action="created", **_days(made))
    return made


@transaction.atomic
def end_liability(*, liability: FeeLiability, ends_on: date, by: User) -> FeeLiability:
    """Let an agreement end on a day, included; months that begin later are the owner's again. What the tenant owes
    stays with the tenant.

    Raises LiabilityEnded where it has an end no later than this already, or DatesReversed.
    """
    hold_books_to_bill([liability.neighbourhood_id])
    locked: FeeLiability = (
        FeeLiability.objects.select_for_update(of=("self",)).select_related("household").get(pk=liability.pk)
    )
    if locked.ends_on is not None and locked.ends_on <= ends_on:
        raise LiabilityEnded(_("This agreement ends no later than that already."))
    if ends_on < locked.starts_on:
        raise DatesReversed(_("It ends before it begins."))
    locked.ends_on = ends_on
    locked.save(update_fields=["ends_on"])
    add_history(locked, "fee_liability_ended", by=by, fields=["ends_on"], **_days(locked))
    return locked


def _days(liability: FeeLiability) -> dict[str, Any]:
    return {
        "starts_on": liability.starts_on.isoformat(),
        "ends_on": liability.ends_on.isoformat() if liability.ends_on else None,
    }
