"""Party members of a neighbourhood: by name for whoever keeps them, in totals for all others who read of them."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Act
from accounts.http import SignedInRequest
from common.errors import DomainError
from common.keyset import keyset_page
from governance.choices.party import ServiceState
from governance.models import MemberReport, PartyMember, ResponsibilityArea, ServiceRecord
from governance.pages.forms import posted, submit
from governance.pages.party_forms import (
    AreaForm,
    CheckInForm,
    DayForm,
    DescribeMemberForm,
    EndMemberForm,
    ReportForm,
    UnitReportForm,
)
from governance.pages.places import governed_neighbourhood
from governance.permissions.party import keeps_members, reads_members, reads_point_totals, reads_points
from governance.reports.boards import stairwells_in_order
from governance.reports.party import (
    areas_by_building,
    figures_of,
    members_to_report,
    members_to_show,
    points_of,
    records_with_points,
    units_to_report,
)
from governance.rules.party import SMALL_GROUP, last_ended_period, without_small_groups
from governance.services.party import (
    check_in_member,
    describe_member,
    end_area,
    end_member,
    give_area,
    hand_in_report,
    show_area,
)
from renovation.models import Neighbourhood

MEMBERS_SHOWN = 100
TO_REPORT_SHOWN = 60
REPORTS_SHOWN = 50
RECORDS_SHOWN = 50


@login_required
def party(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who serves here, who answers for which building, and who is still to report; for who reads totals, the totals.

    With `?ended=1` those whose duty has ended.
    """
    neighbourhood = governed_neighbourhood(request, pk, Act.PARTY_MEMBERS)
    today = timezone.localdate()
    points_here = reads_point_totals(request.user, neighbourhood)
    here = Neighbourhood.objects.filter(pk=neighbourhood.pk)
    figures = figures_of(here, today, with_points=[neighbourhood.pk] if points_here else [])[neighbourhood.pk]
    context: dict[str, Any] = {
        "neighbourhood": neighbourhood,
        "half_year": last_ended_period(today, of_member=True),
        "year": today.year,
        "reads_point_totals": points_here,
    }
    if not reads_members(request.user, neighbourhood):
        context |= {"totals": without_small_groups(figures), "small_group": SMALL_GROUP}
        return render(request, "governance/party_totals.html", context)
    ended = request.GET.get("ended") == "1"
    rows = members_to_show(neighbourhood, today)
    over = Q(ended_on__lt=today)
    rows = rows.filter(over) if ended else rows.exclude(over)
    context |= {
        "figures": figures,
        "members": keyset_page(request, rows, key="id", size=MEMBERS_SHOWN),
        "ended": ended,
        "buildings": [] if ended else areas_by_building(neighbourhood, today),
        "to_report": [] if ended else members_to_report(neighbourhood, today)[:TO_REPORT_SHOWN],
        "units_to_report": [] if ended else units_to_report(neighbourhood, today),
        "last_year": last_ended_period(today, of_member=False),
        "may": keeps_members(request.user, neighbourhood),
        "waiting": _waiting(request, neighbourhood),
    }
    return render(request, "governance/party.html", context)


def _waiting(request: SignedInRequest, neighbourhood: Neighbourhood) -> int | None:
    """How many services wait for a decision, for whoever decides."""
    if not reads_points(request.user, neighbourhood):
        return None
    records = ServiceRecord.objects.filter(member__neighbourhood=neighbourhood, state=ServiceState.PROPOSED)
    return records.count()


def named_neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood whose party members the caller reads by name; 404 where nothing is read, 403 where totals are."""
    neighbourhood = governed_neighbourhood(request, pk, Act.PARTY_MEMBERS)
    if not reads_members(request.user, neighbourhood):
        raise PermissionDenied
    return neighbourhood


@login_required
def party_member_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Check a member in."""
    neighbourhood = named_neighbourhood(request, pk)
    if not keeps_members(request.user, neighbourhood):
        raise PermissionDenied
    form = CheckInForm(posted(request), neighbourhood=neighbourhood)
    made, status = submit(form, check_in_member, neighbourhood=neighbourhood, by=request.user)
    if made is not None:
        messages.success(request, _("The member is checked in."))
        return redirect("party_member", pk, made.pk)
    context = {"neighbourhood": neighbourhood, "form": form}
    return render(request, "governance/party_member_new.html", context, status=status)


@login_required
def party_member(request: SignedInRequest, pk: int, party_member: int) -> HttpResponse:
    """One member: particulars, areas, reports, and for whoever keeps points the service. POST does one act to it."""
    neighbourhood = named_neighbourhood(request, pk)
    found: PartyMember = get_object_or_404(
        PartyMember.objects.select_related("body", "user"), neighbourhood=neighbourhood, pk=party_member
    )
    found.neighbourhood = neighbourhood
    may = keeps_members(request.user, neighbourhood)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        if act in ("show", "hide", "end_area"):
            return _area_step(request, found, act)
        if act not in FORMS:
            raise Http404
    forms = _member_forms(request, found, act) if may else {}
    status = 200
    if act:
        service, said = FORMS[act]
        place = {"neighbourhood": neighbourhood} if act == "report" else {}
        made, status = submit(forms[act], service, member=found, by=request.user, **place)
        if made is not None:
            messages.success(request, said())
            return redirect("party_member", pk, found.pk)
    context = {
        "neighbourhood": neighbourhood,
        "member": found,
        "areas": found.areas.select_related("building", "stairwell").order_by("-pk"),
        "reports": found.reports.order_by("-pk")[:REPORTS_SHOWN],
        "forms": forms,
        "end_area": DayForm(),
        **_points(request, found),
    }
    return render(request, "governance/party_member.html", context, status=status)


FORMS: dict[str, tuple[Callable[..., Any], Callable[[], str]]] = {
    "area": (give_area, lambda: _("The area is given.")),
    "report": (hand_in_report, lambda: _("The report is kept.")),
    "describe": (describe_member, lambda: _("The particulars are kept.")),
    "end": (end_member, lambda: _("The member no longer serves here.")),
}


def _member_forms(request: SignedInRequest, member: PartyMember, act: str) -> dict[str, Any]:
    def sent(name: str) -> Any:
        return request.POST if act == name else None

    forms: dict[str, Any] = {"report": ReportForm(sent("report"), of_member=True, auto_id="report_%s")}
    if member.ended_on is None:
        names = ("name", "check_in", "work_unit", "body", "phone", "user")
        stairwells = stairwells_in_order(member.neighbourhood)
        forms["area"] = AreaForm(sent("area"), stairwells=stairwells, auto_id="area_%s")
        forms["describe"] = DescribeMemberForm(
            sent("describe"),
            neighbourhood=member.neighbourhood,
            initial={name: getattr(member, name) for name in names},
            auto_id="describe_%s",
        )
        forms["end"] = EndMemberForm(sent("end"), auto_id="end_%s")
    elif act in ("area", "describe", "end"):
        raise Http404
    return forms


def _area_step(request: SignedInRequest, member: PartyMember, act: str) -> HttpResponse:
    """The consent of a member to be shown for an area, or its end."""
    number = request.POST.get("area", "")
    areas = ResponsibilityArea.objects.filter(member=member).select_related("member")
    area = get_object_or_404(areas, pk=number if number.isascii() and number.isdigit() and len(number) < 19 else 0)
    form = DayForm(request.POST) if act == "end_area" else None
    try:
        if form is None:
            show_area(area=area, consents_on=timezone.localdate() if act == "show" else None, by=request.user)
        elif form.is_valid():
            end_area(area=area, by=request.user, **form.told)
        else:
            messages.error(request, _("Please enter the last day."))
            return redirect("party_member", member.neighbourhood_id, member.pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        said = {"show": _("The member is named at the door."), "hide": _("The member is no longer named at the door.")}
        messages.success(request, said.get(act, _("The area has ended.")))
    return redirect("party_member", member.neighbourhood_id, member.pk)


def _points(request: SignedInRequest, member: PartyMember) -> dict[str, Any]:
    """The member's service and points, for whoever keeps points here."""
    if not reads_points(request.user, member):
        return {"reads_points": False}
    records = records_with_points(member.services.select_related("rule")).order_by("-pk")
    return {"reads_points": True, "points": points_of(member), "records": records[:RECORDS_SHOWN]}


@login_required
def party_reports(request: SignedInRequest, pk: int) -> HttpResponse:
    """All reports, the latest first. POST keeps one of a work unit; a member's is handed in on the member's page."""
    neighbourhood = named_neighbourhood(request, pk)
    may = keeps_members(request.user, neighbourhood)
    if request.method == "POST" and not may:
        raise PermissionDenied
    form = UnitReportForm(posted(request), initial={"work_unit": request.GET.get("unit", "")[:80]})
    made, status = submit(form, hand_in_report, neighbourhood=neighbourhood, by=request.user)
    if made is not None:
        messages.success(request, _("The report is kept."))
        return redirect("party_reports", pk)
    reports = MemberReport.objects.filter(neighbourhood=neighbourhood).select_related("member", "by")
    context = {
        "neighbourhood": neighbourhood,
        "form": form if may else None,
        "reports": keyset_page(request, reports, key="id", size=REPORTS_SHOWN, newest_first=True),
    }
    return render(request, "governance/party_reports.html", context, status=status)
