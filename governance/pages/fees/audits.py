"""The nightly audits of the book: what was proved over how many rows, and what did not hold where one may read."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.choices import Access, Act
from accounts.http import SignedInRequest
from accounts.rules.territory import Reach, reach_of
from common.keyset import keyset_page
from governance.models import FeeAudit
from governance.reports.fees.audit_words import check_lines, finding_lines
from governance.services.fees.audits import verify_audits
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within

CITY_LENGTH = len("4205")


@login_required
def fee_audits(request: SignedInRequest) -> HttpResponse:
    """The audits, the latest first, each with what it found in places that the caller reads."""
    reach = _reach(request)
    page = keyset_page(request, FeeAudit.objects.visible_to(request.user), key="id", newest_first=True)
    here = _places({finding["neighbourhood"] for audit in page.rows for finding in audit.findings}, reach)
    everywhere = _reads_all(reach)
    lines = [
        (audit, audit.finding_count if everywhere else len(_here(audit, here)), sum(_looked_at(audit)))
        for audit in page.rows
    ]
    return render(request, "governance/fees/audits.html", {"page": page, "lines": lines, "everywhere": everywhere})


@login_required
def fee_audit(request: SignedInRequest, audit: int) -> HttpResponse:
    """One audit, with its findings where the caller reads bills, its digest and whether its signature holds."""
    reach = _reach(request)
    found: FeeAudit = get_object_or_404(FeeAudit.objects.visible_to(request.user), pk=audit)
    everywhere = _reads_all(reach)
    kept = _here(found, _places({finding["neighbourhood"] for finding in found.findings}, reach))
    checks = check_lines(found, kept, all_places=everywhere)
    context = {
        "audit": found,
        "checks": checks,
        "count": sum(check.found for check in checks),
        "findings": finding_lines(kept),
        "is_cut": everywhere and found.finding_count > len(found.findings),
        "everywhere": everywhere,
        "wrong": verify_audits(iter([found])),
    }
    return render(request, "governance/fees/audit.html", context)


def _reach(request: SignedInRequest) -> Reach:
    """404 for who reads no bills anywhere."""
    reach = reach_of(request.user, Act.FEES, Access.READ, Access.WRITE, Access.MASKED)
    if not reach:
        raise Http404
    return reach


def _reads_all(reach: Reach) -> bool:
    """Whether the reader's places are a whole city, and so the whole book of this site."""
    return any(len(code) <= CITY_LENGTH for code in reach.divisions)


def _places(asked: set[Any], reach: Reach) -> set[int]:
    """Of these neighbourhoods those that are read. One query."""
    rows = Neighbourhood.objects.filter(neighbourhoods_within(reach), pk__in=[pk for pk in asked if pk])
    return set(rows.values_list("pk", flat=True))


def _here(audit: FeeAudit, places: set[int]) -> list[Any]:
    return [finding for finding in audit.findings if finding["neighbourhood"] in places]


def _looked_at(audit: FeeAudit) -> list[int]:
    return [check["looked_at"] for check in audit.checks]
