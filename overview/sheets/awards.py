"""The ledger of awards in place of subsidy (以奖代补): each tranche with its steps, and what waits for a handover."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Act
from overview.sheets.filters import PlaceForm
from overview.sheets.frame import Asked, Column, Kind, Row, Sheet
from overview.sheets.parts import PLACE, in_chunks, place_of, placed
from renovation.choices import AwardState
from renovation.models import AwardStep, AwardTranche
from renovation.rules.awards import waits_for_handover

STEPS = (AwardState.ELIGIBLE, AwardState.APPROVED, AwardState.PAID)

COLUMNS = [
    *PLACE,
    Column("stage", _("Stage"), width=14),
    Column("source", _("Award"), width=24),
    Column("number", _("Tranche"), width=8),
    Column("state", _("State"), width=12),
    Column("amount", _("Amount (yuan)"), Kind.MONEY, 16, sums=True),
    Column("waiting", _("Waits for handover (yuan)"), Kind.MONEY, 16, sums=True),
    Column("due", _("Eligible, not paid yet (yuan)"), Kind.MONEY, 16, sums=True),
    Column("paid", _("Paid (yuan)"), Kind.MONEY, 16, sums=True),
    Column("eligible_on", _("Eligible since"), Kind.DATE, 12),
    Column("eligible_document", _("Document"), width=20),
    Column("approved_on", _("Approved on"), Kind.DATE, 12),
    Column("approved_document", _("Document"), width=20),
    Column("paid_on", _("Paid on"), Kind.DATE, 12),
    Column("paid_document", _("Document"), width=20),
]


class AwardsForm(PlaceForm):
    """A place, and a state."""

    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All states")), *AwardState.choices])


def tranches_asked(asked: Asked) -> Any:
    rows: Any = placed(AwardTranche.objects.visible_to(asked.caller), asked.filters, "source__neighbourhood__")
    if state := asked.filters.get("state"):
        rows = rows.filter(state=state)
    return rows


def rows(asked: Asked) -> Iterator[Row]:
    """One row a tranche, in the order of its award."""
    steps = Prefetch("steps", AwardStep.objects.order_by("pk"))
    tranches = tranches_asked(asked).select_related("source__neighbourhood__community").prefetch_related(steps)
    ordered = tranches.order_by("source__neighbourhood__code", "source__name", "number", "pk")
    for chunk in in_chunks(ordered):
        for tranche in chunk:
            yield _row(tranche)


def _row(tranche: Any) -> Row:
    place, amount = tranche.source.neighbourhood, tranche.amount
    taken = {step.to_state: step for step in tranche.steps.all()}
    steps: list[Any] = []
    for state in STEPS:
        step = taken.get(state)
        steps += [timezone.localdate(step.at), step.document] if step else [None, ""]
    return (
        *place_of(place),
        *(place.get_stage_display(), tranche.source.name, str(tranche.number), tranche.get_state_display(), amount),
        amount if waits_for_handover(tranche.state, place.stage) else None,
        amount if tranche.state in (AwardState.ELIGIBLE, AwardState.APPROVED) else None,
        amount if tranche.state == AwardState.PAID else None,
        *steps,
    )


SHEET = Sheet(
    name="award-ledger",
    title=_("Ledger of awards"),
    says=_("Each tranche of the awards in place of subsidy with its steps, and what waits for a handover."),
    acts=[Act.PLANS],
    columns=COLUMNS,
    rows=rows,
    form=AwardsForm,
    count=lambda asked: tranches_asked(asked).count(),
)
