"""The door sheet: one household, what it said before, and the visit just made."""

from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Access
from accounts.http import SignedInRequest
from accounts.services.history import add_history
from common.errors import DomainError
from consent.choices import Commitment, Given, Outcome, Party, Reason, Respondent
from consent.models import RollEntry, RoundDoor, Survey, Visit
from consent.pages.field import field_survey_or_404
from consent.pages.party import party_of, remember_party
from consent.pages.visit_form import VisitForm, new_client_id
from consent.permissions import may_log_visits
from consent.reports.elevations import round_in_hand
from consent.services.photos import add_photo
from consent.services.visits import record_visits
from renovation.models import MenuItem
from renovation.permissions import personal_access
from renovation.rules.masking import mask_name, mask_phone


@login_required
def field_door(request: SignedInRequest, pk: int, household: int) -> HttpResponse:
    survey = field_survey_or_404(request, pk)
    door = _door_or_404(request, survey, household)
    revealed = False
    form: VisitForm | None = None
    menu = list(MenuItem.objects.filter(edition=survey.menu_edition_id))
    codes = [item.code for item in menu]
    if request.method == "POST" and "reveal" in request.POST:
        revealed = _reveal(request, door)
    elif request.method == "POST":
        form = VisitForm(request.POST, request.FILES, survey=survey, menu=codes)
        if form.is_valid() and (saved := _save(request, survey, door, form)) is not None:
            return saved
    earlier = list(
        door.visits.visible_to(request.user).select_related("private", "recorded_by").order_by("-sequence")[:20]
    )
    if form is None:
        form = VisitForm(initial=_initial(request, survey, earlier), survey=survey, menu=codes)
    in_hand = round_in_hand(survey)
    walked = RoundDoor.objects.filter(door=door, round=in_hand).first() if in_hand else None
    context: dict[str, Any] = {
        "survey": survey,
        "door": door,
        "household": door.household,
        **_personal(request, door, revealed=revealed),
        "in_hand": in_hand,
        "is_listed": walked is not None,
        "is_visited": walked is not None and walked.visited,
        "may_out_of_round": may_log_visits(request.user, survey, None),
        "earlier": earlier,
        "corrected": {visit.supersedes_id for visit in earlier if visit.supersedes_id},
        "corrects": _corrected(request, earlier),
        "form": form,
        "outcomes": Outcome,
        "givens": Given,
        "respondents": Respondent,
        "parties": Party,
        "commitments": Commitment,
        "reasons": Reason,
        "chosen": _chosen(form),
        "mandatory": [item for item in menu if item.mandatory],
        "menu": [(category, list(items)) for category, items in _by_category(menu)],
        "now": timezone.localtime(),
    }
    return render(request, "consent/door_sheet.html", context, status=409 if form.errors else 200)


def _door_or_404(request: SignedInRequest, survey: Survey, household: int) -> RollEntry:
    doors = survey.doors.visible_to(request.user).select_related(
        "building", "stance__visit", "household__neighbourhood", "household__building"
    )
    door: RollEntry = get_object_or_404(doors, household=household)
    return door


def _save(request: SignedInRequest, survey: Survey, door: RollEntry, form: VisitForm) -> HttpResponse | None:
    """Record the visit and lead back to the building; None where it was refused, with the refusals on the form."""
    visit = form.visit(door.household_id)
    answer = record_visits(survey=survey, visits=[visit], by=request.user).answers[0]
    if answer.status == "rejected":
        form.refuse(answer.refusals)
        return None
    if not visit.out_of_round:
        remember_party(request, survey, visit.party)
    warning = ""
    if photo := form.cleaned_data["photo"]:
        try:
            add_photo(survey=survey, client_id=visit.client_id, file=photo, by=request.user)
        except DomainError as refusal:
            warning = _("The answer is saved, the photo is not: %(why)s") % {"why": refusal}
    stance = str(Outcome(visit.outcome).label)
    if visit.given:
        stance = f"{stance} · {Given(visit.given).label}"
    request.session[f"saved-{survey.pk}"] = {
        "household": door.household_id,
        "door": _("Stairwell %(stairwell)s %(unit)s") % {"stairwell": door.stairwell_number, "unit": door.unit_number},
        "stance": stance,
        "code": answer.receipt_code,
        "visit": str(visit.client_id),
        "warning": warning,
    }
    return redirect(f"{reverse('field_survey', args=[survey.pk])}?from={door.household_id}")


def _initial(request: SignedInRequest, survey: Survey, earlier: list[Visit]) -> dict[str, Any]:
    """An empty sheet with the party of the outing, or the visit that is to be corrected."""
    initial: dict[str, Any] = {"client_id": new_client_id(), "party": list(party_of(request, survey))}
    corrected = _corrected(request, earlier)
    if corrected is not None:
        initial |= {
            "supersedes": corrected.client_id,
            "outcome": corrected.outcome,
            "given": corrected.given,
            "respondent": corrected.respondent,
            "commitments": [name for name, agreed in (corrected.commitments or {}).items() if agreed],
            "menu_items": corrected.menu_items,
            "reasons": corrected.reasons,
            "note": corrected.private.note,
            "party": corrected.party,
            "visited_at": timezone.localtime(corrected.visited_at).strftime("%Y-%m-%dT%H:%M:%S"),
        }
    return initial


def _corrected(request: SignedInRequest, earlier: list[Visit]) -> Visit | None:
    wanted = request.POST.get("supersedes") or request.GET.get("correct")
    if not wanted:
        return None
    found = next((visit for visit in earlier if str(visit.client_id) == wanted), None)
    if found is None and request.method == "GET":
        raise Http404
    return found


def _chosen(form: VisitForm) -> dict[str, Any]:
    """What each group of boxes holds, as sent or as it begins; several groups hold lists."""
    several = ("party", "commitments", "menu_items", "reasons")
    return {
        name: form[name].value() or ([] if name in several else "")
        for name in (*several, "outcome", "given", "respondent")
    }


def _by_category(menu: list[MenuItem]) -> Any:
    """What can be ordered, by category; must-do items are in without being ordered."""
    order = {"basic": 0, "improvement": 1, "upgrade": 2}
    items = [item for item in menu if not item.mandatory]
    items.sort(key=lambda item: (order.get(item.category, 3), item.code))
    return groupby(items, key=lambda item: item.get_category_display())


def _personal(request: SignedInRequest, door: RollEntry, *, revealed: bool) -> dict[str, Any]:
    household = door.household
    access = personal_access(request.user, household)
    opened = revealed and access in (Access.READ, Access.REVEAL)
    return {
        "head_name": household.head_name if opened else mask_name(household.head_name),
        "phones": household.phones if opened else [mask_phone(phone) for phone in household.phones],
        "is_revealed": opened,
        "may_reveal": not opened
        and access in (Access.READ, Access.REVEAL)
        and bool(household.head_name or household.phones),
    }


def _reveal(request: SignedInRequest, door: RollEntry) -> bool:
    """Open name and phones of this one door, and keep who did."""
    if personal_access(request.user, door.household) not in (Access.READ, Access.REVEAL):
        raise PermissionDenied
    add_history(
        door.household,
        "personal_fields_read",
        by=request.user,
        action=None,
        reason=_("at the door, survey %(survey)s") % {"survey": door.survey_id},
    )
    return True
