"""What works and acceptance tell the guards of the lifecycle (workflow.md, States 10 to 12).

Each is called under the neighbourhood's lock and writes nothing where the same stands already.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.change_rows import tell_changes
from renovation.choices import DefectState, EvidenceKind
from renovation.models import (
    CompletionFiling,
    Defect,
    Neighbourhood,
    PackageItem,
    RenovationPlan,
    Warranty,
    WorkPackage,
)
from renovation.reports.acceptance import last_passed_on
from renovation.reports.plans import plan_in_force
from renovation.rules.warranties import EVIDENCE_NAMES
from renovation.rules.works import works_done
from renovation.services.evidence import latest_of, push_evidence, withdraw_evidence


def push_works(neighbourhood: Neighbourhood, by: User | None, at: datetime | None) -> None:
    """Tell what of the plan in force is done, and which defects found before acceptance are closed.

    To be called when progress is reported, a package made or changed, a plan frozen or brought into force, and with
    each step of a defect. A revision that waits for its notice to end is told too: the works are not done before it.
    Where nothing is in a package yet, nothing is told of the works.
    """
    plan = plan_in_force(neighbourhood)
    shares: dict[int, Decimal] = dict(
        PackageItem.objects.filter(package__neighbourhood=neighbourhood).values_list("menu_item", "done_share")
    )
    if plan is not None and shares:
        told = works_done(plan.items.values_list("menu_item", flat=True), shares)
        facts = {"item_count": told.item_count, "done": told.done, "changed": told.changed}
        waiting = (
            RenovationPlan.objects.frozen()
            .filter(neighbourhood=neighbourhood, number__gt=plan.number)
            .order_by("number")
            .last()
        )
        if waiting is not None:
            facts["revision_waiting"] = waiting.number
        _push(
            neighbourhood,
            EvidenceKind.WORKS_DONE,
            facts,
            ("plans", plan.pk),
            by,
            at,
        )
    counts = Defect.objects.filter(neighbourhood=neighbourhood, after_acceptance=False).aggregate(
        findings=Count("pk"), closed=Count("pk", filter=Q(state=DefectState.CLOSED))
    )
    if shares or counts["findings"]:
        _push(neighbourhood, EvidenceKind.INSPECTIONS, counts, ("neighbourhoods", neighbourhood.pk), by, at)


def push_parties(package: WorkPackage, by: User, at: datetime | None) -> None:
    """Tell who builds and who supervises: the names of all packages, each once, in the order of their numbers. Where
    the last name was taken out, what was told of it is taken back.
    """
    neighbourhood = package.neighbourhood
    rows = WorkPackage.objects.filter(neighbourhood=neighbourhood).order_by("number")
    for kind, field in ((EvidenceKind.CONTRACTOR, "contractor"), (EvidenceKind.SUPERVISOR, "supervisor")):
        names = list(dict.fromkeys(name for name in rows.values_list(field, flat=True) if name))
        if names:
            _push(neighbourhood, kind, {"name": "、".join(names)}, ("work-packages", package.pk), by, at)
        else:
            withdraw_evidence(neighbourhood=neighbourhood, kind=kind, reason=_("No package names one."), by=by, at=at)


def push_acceptance(package: WorkPackage, by: User | None, at: datetime | None) -> None:
    """Tell that the works have passed, once all packages are accepted; take it back where another was added since, and
    with it that the completion was filed.

    With it, for how long each kind of work is under warranty at least.
    """
    neighbourhood = package.neighbourhood
    source = ("work-packages", package.pk)
    passed_on = last_passed_on(neighbourhood, list(WorkPackage.objects.filter(neighbourhood=neighbourhood)))
    if passed_on is not None:
        facts = {"passed": True, "passed_on": passed_on.isoformat()}
        _push(neighbourhood, EvidenceKind.ACCEPTANCE, facts, source, by, at)
    else:
        told = latest_of(neighbourhood, EvidenceKind.ACCEPTANCE)
        if told is not None and told.is_kept_here and told.facts["passed"]:
            facts = {"passed": False, "passed_on": told.facts["passed_on"]}
            _push(neighbourhood, EvidenceKind.ACCEPTANCE, facts, source, by, at)
            tell_acceptance(neighbourhood)
            # The file that was handed in is not that of the works as they are now.
            withdraw_evidence(
                neighbourhood=neighbourhood,
                kind=EvidenceKind.COMPLETION_FILE,
                reason=_("Further works came in after the completion was filed."),
                by=by,
                at=at,
            )
    least = (
        Warranty.objects.filter(package__neighbourhood=neighbourhood).values_list("kind").annotate(years=Min("years"))
    )
    if years := {EVIDENCE_NAMES[kind]: number for kind, number in least.order_by("kind")}:
        _push(neighbourhood, EvidenceKind.WARRANTIES, years, source, by, at)


def tell_acceptance(neighbourhood: Neighbourhood) -> None:
    """Each defect shows the day of acceptance: by it, it is early damage or a finding of the works."""
    here = Defect.objects.filter(neighbourhood=neighbourhood).select_related("neighbourhood")
    tell_changes(here.order_by("pk"), fields=["accepted_on"])


def push_filing(filing: CompletionFiling, by: User, at: datetime | None) -> None:
    """Tell where the completion file is kept."""
    source = ("completion-filings", filing.pk)
    _push(filing.neighbourhood, EvidenceKind.COMPLETION_FILE, {"kept_at": filing.kept_at}, source, by, at)


def _push(
    neighbourhood: Neighbourhood,
    kind: EvidenceKind,
    facts: dict[str, Any],
    source: tuple[str, int],
    by: User | None,
    at: datetime | None,
) -> None:
    push_evidence(neighbourhood=neighbourhood, kind=kind, facts=facts, source=source, by=by, at=at)
