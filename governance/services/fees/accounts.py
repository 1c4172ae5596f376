"""The account of who owes: one for each debtor of a household, opened when first needed."""

from datetime import date
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.fees import DebtorKind
from governance.models import FeeAccount, FeeLiability
from governance.rules.fees.charges import Agreement, Debtor, Holding, debtor_of_month
from governance.services.fees.books import hold_book
from renovation.models import Household, Neighbourhood, Owner, Ownership


def debtor_on(household: Household, on: date) -> Debtor:
    """Who owes a household's fees on a day: of a month's first day, who owes the month."""
    held = Ownership.objects.on(on).filter(household=household).select_related("owner")
    agreed = FeeLiability.objects.filter(household=household, starts_on__lte=on)
    return debtor_of_month(
        [Holding(row.pk, row.owner_id, row.owner.kind, row.is_voter, row.starts_on, row.ends_on) for row in held],
        [Agreement(row.pk, row.starts_on, row.ends_on) for row in agreed],
        on,
    )


@transaction.atomic
def current_account(household: Household, on: date, *, by: User | None = None) -> FeeAccount:
    """The account of who owes a household's fees on a day, opened where there is none. It is not locked."""
    return account_of(household, debtor_on(household, on), by=by)


@transaction.atomic
def account_of(household: Household, debtor: Debtor, *, by: User | None = None) -> FeeAccount:
    """The account of this debtor of a household, opened where there is none, under the debtor's name of today."""
    place = household.neighbourhood_id
    return _open(
        place,
        {"household": household, "owner_id": debtor.owner, "liability_id": debtor.liability},
        {"neighbourhood_id": place, "debtor_kind": debtor.kind, "name": _name(household, debtor)},
        by,
    )


@transaction.atomic
def visitors_account(neighbourhood: Neighbourhood, *, by: User | None = None) -> FeeAccount:
    """The one account of a neighbourhood's visitors, who pay for parking by the hour."""
    key = {"neighbourhood": neighbourhood, "household": None}
    return _open(neighbourhood.pk, key, {"debtor_kind": DebtorKind.VISITOR}, by)


def _open(neighbourhood_id: int, key: dict[str, Any], values: dict[str, Any], by: User | None) -> FeeAccount:
    """Opened by two at once, it is one: the second finds the first's. The book is held before, as by who makes a bill
    void: a row that waits for it would make that one wait for the row.
    """
    if found := FeeAccount.objects.filter(**key).first():
        return found
    hold_book(neighbourhood_id)
    account, opened = FeeAccount.objects.get_or_create(**key, defaults=values)
    if opened:
        add_history(account, "fee_account_opened", by=by, action="created", debtor_kind=account.debtor_kind)
    return account


def _name(household: Household, debtor: Debtor) -> str:
    if debtor.liability is not None:
        return str(FeeLiability.objects.values_list("name", flat=True).get(pk=debtor.liability))
    if debtor.owner is not None:
        return str(Owner.objects.values_list("name", flat=True).get(pk=debtor.owner))
    return household.head_name
