"""What the lifecycle's guards are told of the plan in force."""

from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from accounts.models import User
from accounts.services.change_rows import tell_changes
from renovation.choices import EvidenceKind, FundingKind, FundingStep
from renovation.models import (
    FundingEntry,
    FundingShare,
    FundingSource,
    Neighbourhood,
    PlanItem,
    RenovationPlan,
    WorkPackage,
)
from renovation.reports.plans import notice_revision, plan_in_force
from renovation.rules.evidence import FEN
from renovation.services.evidence import push_evidence
from renovation.services.works_evidence import push_acceptance, push_works


def push_plan(plan: RenovationPlan, *, by: User | None, at: datetime | None) -> None:
    """Tell of a revision that came into force: its items and prices, what residents are to pay, and what of it is done.
    Call it under the neighbourhood's lock.
    """
    _tell_who_shows_it(plan)
    items = list(PlanItem.objects.filter(plan=plan).select_related("menu_item").order_by("menu_item__code"))
    push_evidence(
        neighbourhood=plan.neighbourhood,
        kind=EvidenceKind.PLAN_PRICED,
        facts={
            "item_count": len(items),
            "priced": sum(item.amount is not None for item in items),
            "must_do": [item.menu_item.code for item in items if item.menu_item.mandatory],
            "total": _money(plan.total),
            "revision": plan.number,
            "notice_revision": notice_revision(plan),
            "digest": plan.digest,
        },
        source=(plan.resource, plan.pk),
        by=by,
        at=at,
    )
    push_residents_share(plan.neighbourhood, by=by, at=at)
    push_works(plan.neighbourhood, by, at)
    last = WorkPackage.objects.filter(neighbourhood=plan.neighbourhood).order_by("-number").first()
    if last is not None:
        push_acceptance(last, by, at)


def _tell_who_shows_it(plan: RenovationPlan) -> None:
    """The revision before is in force no longer; sources and packages show the sums of the one that is."""
    here = {"neighbourhood": plan.neighbourhood}
    before = RenovationPlan.objects.filter(number__lt=plan.number, **here).exclude(in_force_at=None)
    tell_changes(before.select_related("neighbourhood").order_by("-number")[:1], fields=["is_in_force"])
    for model, fields in ((FundingSource, ["planned"]), (WorkPackage, ["amount", "items"])):
        tell_changes(model.objects.filter(**here).select_related("neighbourhood").order_by("pk"), fields=fields)


def push_residents_share(neighbourhood: Neighbourhood, *, by: User | None, at: datetime | None = None) -> None:
    """Tell what residents are to pay under the plan in force, and what they have committed; nothing before there is a
    plan. Call it under the neighbourhood's lock, where a plan comes into force and with each entry of theirs.
    """
    plan = plan_in_force(neighbourhood)
    if plan is None:
        return
    residents = {"source__neighbourhood": neighbourhood, "source__kind": FundingKind.RESIDENTS}
    due = FundingShare.objects.filter(plan_item__plan=plan, **residents).aggregate(sum=Sum("planned"))["sum"]
    entries = FundingEntry.objects.filter(step=FundingStep.COMMITTED, **residents)
    committed = entries.aggregate(sum=Sum("amount"))["sum"]
    push_evidence(
        neighbourhood=neighbourhood,
        kind=EvidenceKind.RESIDENTS_SHARE,
        facts={"due": _money(due), "committed": _money(committed)},
        source=(plan.resource, plan.pk),
        by=by,
        at=at,
    )


def _money(amount: Decimal | None) -> str:
    return str((amount or Decimal(0)).quantize(FEN))
