"""Papers of a neighbourhood as PDF: from the first look to the handover, and what hangs at its doors."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.rules.territory import reach_of
from accounts.throttling import limited_prints
from common.addresses import site_address
from consent.choices import NoticeKind, NoticeState
from consent.models import PublicNotice
from governance.models import Disclosure, Handover
from governance.permissions.handover import names_signatories
from governance.permissions.party import reads_members
from governance.reports.boards import boards_by_stairwell
from governance.reports.fees.disclosures import digest_of_figures
from governance.reports.handover import handovers_to_read, sheet_of
from overview.pages.pdf import DIRECTLY, paper_response, parts_response
from overview.pages.print_jobs import by_a_job
from overview.prints.applying import application_form, assessment_sheet
from overview.prints.building import acceptance_report, site_board, warranty_letter
from overview.prints.home_bundles import evaluation_parts, homes_asked
from overview.prints.homes import evaluation_forms, letter_to_residents
from overview.prints.living import butler_boards, handover_list, income_notice
from renovation.models import Acceptance, Evaluation, Neighbourhood, Warranty, WorkPackage
from renovation.permissions import reads_support_rate
from renovation.querysets import neighbourhoods_within

PAPERS = ("a4", "a3")


def _here(request: SignedInRequest, pk: int, act: Act) -> Neighbourhood:
    """A neighbourhood where the caller reads what `act` is of; else 404."""
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(request.user, act)))
    found: Neighbourhood = get_object_or_404(seen.select_related("community__parent__parent__parent"), pk=pk)
    return found


# --- Before the works -------------------------------------------------------------------------------------


@login_required
@require_GET
def print_assessment(request: SignedInRequest, pk: int) -> HttpResponse:
    neighbourhood = _here(request, pk, Act.PLANS)
    address = site_address("neighbourhood_evidence", pk)
    return paper_response(assessment_sheet(neighbourhood, at=timezone.now(), address=address))


@login_required
@require_GET
def print_letter(request: SignedInRequest, pk: int) -> HttpResponse:
    neighbourhood = _here(request, pk, Act.PLANS)
    paper = letter_to_residents(
        neighbourhood, at=timezone.now(), address=site_address("neighbourhood", pk), check=site_address("check")
    )
    return paper_response(paper)


@login_required
@require_GET
def print_application(request: SignedInRequest, pk: int) -> HttpResponse:
    neighbourhood = _here(request, pk, Act.PLANS)
    paper = application_form(
        neighbourhood,
        at=timezone.now(),
        address=site_address("plan", pk),
        tells_support=reads_support_rate(request.user, neighbourhood),
    )
    return paper_response(paper)


# --- The works --------------------------------------------------------------------------------------------


@login_required
@require_GET
def print_site_board(request: SignedInRequest, pk: int) -> HttpResponse:
    """A board for each package, with `?package=` for one of them."""
    neighbourhood = _here(request, pk, Act.PLANS)
    packages = _packages(neighbourhood)
    asked = request.GET.get("package", "")
    found = [package for package in packages if asked in ("", str(package.pk))]
    if not found:
        raise Http404
    about = Q(kind=NoticeKind.PLAN, state__in=(NoticeState.POSTED, NoticeState.CLOSED))
    notice = PublicNotice.objects.filter(about, neighbourhood=neighbourhood).order_by("-pk").first()
    paper = site_board(
        found,
        at=timezone.now(),
        address=site_address("works", pk),
        notice=site_address("notice_public", notice.pk) if notice else "",
    )
    return paper_response(paper)


@login_required
@require_GET
def print_acceptance(request: SignedInRequest, pk: int, package: int) -> HttpResponse:
    """The report of the last acceptance of a package; before there is one, to be filled in by hand."""
    found = _package(_here(request, pk, Act.PLANS), package)
    acceptance = Acceptance.objects.filter(package=found).order_by("-pk").first()
    address = site_address("work_package", pk, package)
    return paper_response(acceptance_report(found, acceptance, at=timezone.now(), address=address))


@login_required
@require_GET
def print_warranty(request: SignedInRequest, pk: int, package: int) -> HttpResponse:
    """What the builder stands for; 404 before the package has passed."""
    found = _package(_here(request, pk, Act.PLANS), package)
    rows = Warranty.objects.filter(package=found).select_related("menu_item", "acceptance")
    warranties = list(rows.order_by("menu_item__code", "pk"))
    if not warranties:
        raise Http404
    address = site_address("warranties", pk)
    return paper_response(warranty_letter(found, warranties, at=timezone.now(), address=address))


def _packages(neighbourhood: Neighbourhood) -> list[WorkPackage]:
    packages = list(WorkPackage.objects.filter(neighbourhood=neighbourhood).order_by("number"))
    for package in packages:
        package.neighbourhood = neighbourhood
    return packages


def _package(neighbourhood: Neighbourhood, package: int) -> WorkPackage:
    found: WorkPackage = get_object_or_404(WorkPackage.objects.filter(neighbourhood=neighbourhood), pk=package)
    found.neighbourhood = neighbourhood
    return found


# --- After the works --------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def print_evaluation_forms(request: SignedInRequest, pk: int, evaluation: int) -> HttpResponse:
    """A blank form, or with `?doors=1` one for each home that the caller sees; many of them are made by a job."""
    neighbourhood = _here(request, pk, Act.EVALUATIONS)
    found: Evaluation = get_object_or_404(Evaluation.objects.filter(neighbourhood=neighbourhood), pk=evaluation)
    found.neighbourhood = neighbourhood
    address = site_address("evaluation", pk)
    if request.method == "GET" and request.GET.get("doors") != "1":
        return paper_response(evaluation_forms(found, [], at=timezone.now(), address=address))
    homes = homes_asked(request.user, found)
    back = reverse("evaluation", args=[pk])
    if request.method == "POST" or len(homes) > DIRECTLY:
        return by_a_job(request, "evaluation-forms", neighbourhood, filters={}, count=len(homes), back=back)
    parts = evaluation_parts(found, homes, at=timezone.now())
    title = _("Residents' evaluation of the works")
    return parts_response("form", parts, title=title, name=f"evaluation-{neighbourhood.code}")


@login_required
@require_GET
def print_handover(request: SignedInRequest, pk: int, handover: int) -> HttpResponse:
    neighbourhood = _here(request, pk, Act.BODIES)
    rows = handovers_to_read(Handover.objects.filter(neighbourhood=neighbourhood))
    found: Any = get_object_or_404(rows, pk=handover)
    paper = handover_list(
        neighbourhood,
        sheet_of(found),
        named=names_signatories(request.user, found),
        at=timezone.now(),
        address=site_address("handover_one", pk, handover),
    )
    return paper_response(paper)


@login_required
@require_http_methods(["GET", "POST"])
def print_boards(request: SignedInRequest, pk: int) -> HttpResponse:
    """The butler boards on A3, with `?board=` one of them; party members on them for who reads them by name."""
    neighbourhood = _here(request, pk, Act.UPKEEP)
    named = reads_members(request.user, neighbourhood)
    rows = boards_by_stairwell(neighbourhood, timezone.localdate(), with_members=named)
    asked = request.GET.get("board", "")
    found = [row for row in rows if row.board and asked in ("", str(row.board.pk))]
    if not found:
        raise Http404
    address, back = site_address("boards", pk), reverse("boards", args=[pk])
    if request.method == "POST" or len(found) > DIRECTLY:
        return by_a_job(request, "butler-boards", neighbourhood, filters={}, count=len(found), back=back)
    return paper_response(butler_boards(neighbourhood, found, at=timezone.now(), address=address))


@require_GET
@limited_prints
def print_disclosure(request: HttpRequest, pk: int, disclosure: int) -> HttpResponse:
    """What was published of the fees, for everybody, on A4 or (`?paper=a3`) to be hung up."""
    rows = Disclosure.objects.visible_to(request.user).filter(neighbourhood=pk)
    found: Disclosure = get_object_or_404(
        rows.select_related("neighbourhood__community__parent__parent"), pk=disclosure
    )
    paper = request.GET.get("paper", PAPERS[0])
    if paper not in PAPERS:
        raise Http404
    notice = income_notice(
        found,
        is_intact=digest_of_figures(found.figures) == found.digest,
        paper=paper,
        at=timezone.now(),
        address=site_address("fee_disclosure", pk, disclosure),
    )
    return paper_response(notice)
