"""Which doors have signed a convention, and the signature of one door."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.choices import Access
from accounts.http import SignedInRequest
from governance.models import ConventionSignature, ConventionVersion
from governance.pages.convention_forms import SignatureEntryForm, TakeBackForm
from governance.pages.conventions import convention_here
from governance.pages.forms import posted, submit
from governance.pages.places import governed_neighbourhood
from governance.permissions.conventions import may_record_signatures, sees_some_signatures
from governance.reports.conventions import buildings_seen, doors_of, draft_of, sheet_rows, signing_of, version_in_force
from governance.rules.conventions import SIGNED_KINDS
from governance.services.convention_signatures import sign_convention, withdraw_signature
from renovation.models import Household, Neighbourhood
from renovation.permissions import personal_access


def _version_at_hand(request: SignedInRequest, neighbourhood: Neighbourhood, convention: int) -> ConventionVersion:
    """The version that gathers signatures. 404 where none does, 403 for who may not know who signed."""
    found = convention_here(request, neighbourhood, convention)
    version = draft_of(found) or version_in_force(found)
    if found.kind not in SIGNED_KINDS or version is None:
        raise Http404
    if not sees_some_signatures(request.user, neighbourhood):
        raise PermissionDenied
    version.convention = found
    at_hand: ConventionVersion = version
    return at_hand


@login_required
def convention_doors(request: SignedInRequest, pk: int, convention: int) -> HttpResponse:
    """The doors of one building, signed or not; `?building=` names it, else the first where somebody has not signed."""
    neighbourhood = governed_neighbourhood(request, pk)
    version = _version_at_hand(request, neighbourhood, convention)
    signing = signing_of(version, request.user)
    buildings = buildings_seen(version, request.user)
    asked = request.GET.get("building", "")
    at_hand = next((one for one in buildings if str(one.key) == asked), None)
    if at_hand is None:
        at_hand = next((one for one in buildings if one.unsigned), next(iter(buildings), None))
    doors = sheet_rows(version, doors_of(version, request.user).filter(building=at_hand.key)) if at_hand else []
    context = {
        "neighbourhood": neighbourhood,
        "convention": version.convention,
        "version": version,
        "signing": signing,
        "buildings": buildings,
        "at_hand": at_hand,
        "doors": doors,
        "unsigned_count": at_hand.unsigned if at_hand else 0,
        "next": next((door for door in doors if door.signature is None), None),
        "may": may_record_signatures(request.user, neighbourhood),
    }
    return render(request, "governance/convention_doors.html", context)


@login_required
def convention_door(request: SignedInRequest, pk: int, convention: int, household: int) -> HttpResponse:
    """The signature of one door. POST records it, or that it was taken back; then comes the next door without one."""
    neighbourhood = governed_neighbourhood(request, pk)
    version = _version_at_hand(request, neighbourhood, convention)
    door: Household = get_object_or_404(doors_of(version, request.user), pk=household)
    may = may_record_signatures(request.user, neighbourhood)
    if request.method == "POST" and not may:
        raise PermissionDenied
    rows = ConventionSignature.objects.visible_to(request.user).filter(convention_version=version, household=door)
    standing = rows.standing().first()
    form, status = _form(request, door, standing), 200
    if standing:
        done, status = submit(form, withdraw_signature, signature=standing, by=request.user)
    else:
        done, status = submit(form, sign_convention, version=version, household=door, by=request.user)
    if done:
        return _to_the_next(request, version, door, is_taken_back=standing is not None)
    context = {
        "neighbourhood": neighbourhood,
        "convention": version.convention,
        "version": version,
        "door": door,
        "standing": standing,
        "earlier": (rows.exclude(pk=standing.pk) if standing else rows).order_by("-pk"),
        "form": form,
        "may": may,
    }
    return render(request, "governance/convention_door.html", context, status=status)


def _form(request: SignedInRequest, door: Household, standing: Any) -> Any:
    """What is asked at a door; the name on record stands there already for who reads it."""
    if standing:
        return TakeBackForm(posted(request))
    reads = personal_access(request.user, door) == Access.READ
    return SignatureEntryForm(posted(request), initial={"signer": door.head_name if reads else ""})


def _to_the_next(
    request: SignedInRequest, version: ConventionVersion, door: Household, *, is_taken_back: bool
) -> HttpResponse:
    pk, convention = version.convention.neighbourhood_id, version.convention_id
    if is_taken_back:
        messages.success(request, _("%(door)s: the signature is taken back.") % {"door": door.unit_number})
        return redirect("convention_door", pk, convention, door.pk)
    messages.success(request, _("%(door)s: the signature is recorded.") % {"door": door.unit_number})
    if "next" in request.POST:
        rows = sheet_rows(version, doors_of(version, request.user).filter(stairwell=door.stairwell_id))
        following = next((one for one in rows if one.signature is None), None)
        if following:
            return redirect("convention_door", pk, convention, following.pk)
    return redirect(f"{reverse('convention_doors', args=[pk, convention])}?building={door.building_id}")
