"""The items of a draft: put in, changed, taken out."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from renovation.errors import AmountTooLarge, ItemInPlan, MustDoItem, OtherEdition, SourceElsewhere
from renovation.models import FundingShare, FundingSource, MenuItem, PlanItem, RenovationPlan
from renovation.reports.plans import required_codes
from renovation.rules.plans import amount_of
from renovation.rules.shares import split
from renovation.services.plans.locks import lock_draft, take_stock


@transaction.atomic
def set_item(
    *,
    plan: RenovationPlan,
    menu_item: MenuItem,
    quantity: Decimal,
    unit_price: Decimal | None = None,
    contractor: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
    note: str = "",
    payers: Mapping[int, Decimal] | None = None,
    by: User | None,
    is_new: bool = False,
) -> PlanItem:
    """Put an item into a draft, or change it there: all its values are as given. `payers` are the weights by which
    sources, by their ids, pay for it; None keeps those that it has. Its amount is split among them at once.

    Raises PlanFrozen, OtherEdition, SourceElsewhere, AmountTooLarge; ItemInPlan where it `is_new` and is there already.
    """
    draft = lock_draft(plan)
    if menu_item.edition_id != draft.menu_edition_id:
        raise OtherEdition(_("This item stands on another edition of the menu than the plan."))
    amount = None
    if unit_price is not None:
        amount = amount_of(quantity, unit_price)
        if amount is None:
            raise AmountTooLarge(_("Quantity and price come to more than can be kept here."))
    item = PlanItem.objects.filter(plan=draft, menu_item=menu_item).first()
    if item is not None and is_new:
        raise ItemInPlan(_("This item is in the plan already."))
    values: dict[str, Any] = {
        "quantity": quantity,
        "unit_price": unit_price,
        "amount": amount,
        "contractor": contractor.strip(),
        "starts_on": starts_on,
        "ends_on": ends_on,
        "note": note.strip(),
    }
    if item is None:
        item = PlanItem.objects.create(plan=draft, menu_item=menu_item, **values)
        _set_payers(item, payers or {})
        add_history(item, "item_added", by=by, action="created", code=menu_item.code)
    else:
        item.plan, item.menu_item = draft, menu_item
        changed = _changed(item, values)
        if _set_payers(item, payers):
            changed.append("payers")
        if not changed:
            return item
        item.save(update_fields=[name for name in changed if name != "payers"])
        add_history(item, "item_changed", by=by, fields=changed, code=menu_item.code)
    _keep_stock(draft, by)
    return item


@transaction.atomic
def remove_item(*, item: PlanItem, by: User | None) -> None:
    """Take an item out of a draft. Raises PlanFrozen; MustDoItem for one that the assessment found, which leaves only
    as not applicable, approved by the district (policy.md, section d).
    """
    draft = lock_draft(item.plan)
    found = PlanItem.objects.filter(pk=item.pk, plan=draft).select_related("menu_item").first()
    if found is None:
        return
    code = found.menu_item.code
    if code in required_codes(draft.neighbourhood, draft.menu_edition):
        raise MustDoItem(
            _(
                "“%(name)s” is a must-do item: it leaves the plan only as not applicable, with the finding and the "
                "approval of the district on record."
            )
            % {"name": found.menu_item.name},
            item=code,
        )
    key = found.pk
    found.delete()
    found.pk, found.plan = key, draft
    add_history(found, "item_removed", by=by, action="deleted", code=code)
    _keep_stock(draft, by)


def _changed(item: PlanItem, values: Mapping[str, Any]) -> list[str]:
    changed = [name for name, value in values.items() if getattr(item, name) != value]
    for name in changed:
        setattr(item, name, values[name])
    return changed


def _set_payers(item: PlanItem, payers: Mapping[int, Decimal] | None) -> bool:
    """Let these sources pay for the item, each its part of the amount; whether that moved anything."""
    before = {share.source_id: share for share in FundingShare.objects.filter(plan_item=item)}
    weights = {key: share.weight for key, share in before.items()} if payers is None else dict(payers)
    here = FundingSource.objects.filter(pk__in=weights, neighbourhood=item.plan.neighbourhood_id).count()
    if here != len(weights):
        raise SourceElsewhere(_("A payer must be a funding source of the same neighbourhood."))
    planned = planned_parts(item.amount, weights)
    after = {key: (weights[key], planned[key]) for key in weights}
    if after == {key: (share.weight, share.planned) for key, share in before.items()}:
        return False
    FundingShare.objects.filter(plan_item=item).exclude(source__in=after).delete()
    FundingShare.objects.bulk_create(
        (
            FundingShare(plan_item=item, source_id=key, weight=weight, planned=part)
            for key, (weight, part) in after.items()
        ),
        update_conflicts=True,
        unique_fields=["plan_item", "source"],
        update_fields=["weight", "planned"],
    )
    return True


def planned_parts(amount: Decimal | None, weights: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """What each source, by its id, is to pay of an amount: in the order of their ids, nothing where there is none."""
    keys = sorted(weights)
    if not keys or amount is None:
        return dict.fromkeys(keys, Decimal(0))
    return dict(zip(keys, split(amount, [weights[key] for key in keys]), strict=True))


def _keep_stock(draft: RenovationPlan, by: User | None) -> None:
    if take_stock(draft):
        draft.save(update_fields=["item_count", "total"])
        add_history(draft, "plan_counted", by=by, fields=["item_count", "total"])
