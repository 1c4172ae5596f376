"""Visits that their round no longer took: community staff enter them out of round, or set them aside."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.http import SignedInRequest
from common.errors import DomainError
from common.figures import moment_text
from common.keyset import keyset_page
from consent.choices import Commitment, Given, HandedStatus, Outcome, Reason, Respondent
from consent.models import HandedVisit, Survey
from consent.permissions import may_run_survey
from consent.rules.stances import ANSWERS
from consent.rules.visits import VisitInput
from consent.services.handed import content_of, enter_handed, set_aside
from consent.words import words_of
from renovation.models import MenuItem

MOST_WAITING = 50
SETTLED_AT_ONCE = 30

REFUSED_FOR = {
    "household_not_on_roll": gettext_lazy("the household is not on the roll"),
    "wrong_round": gettext_lazy("its round was over, or does not visit this door"),
    "wrong_party": gettext_lazy("not everybody whom its round asks for stood at the door"),
    "survey_closed": gettext_lazy("the survey was closed"),
    "not_yours": gettext_lazy("it was not the sender's to log"),
    "in_the_future": gettext_lazy("its time lay in the future"),
    "commitments_missing": gettext_lazy("the five commitments were not all answered"),
    "given_missing": gettext_lazy("it does not say how the yes was given"),
    "respondent_missing": gettext_lazy("it does not say who answered"),
    "tenant_cannot_support": gettext_lazy("a tenant cannot give an owner's yes"),
    "unknown_menu_item": gettext_lazy("it orders what is not on this survey's menu"),
    "unknown_plan": gettext_lazy("it names a revision of the plan that is not there"),
    "client_id_reused": gettext_lazy("another visit was recorded under its id"),
    "supersedes_unknown": gettext_lazy("the visit that it corrects is not there, or was corrected already"),
    "signature_too_large": gettext_lazy("its signature was too large"),
}
"""Why the ledger did not take it, as the end of a sentence; only the codes were handed over, without their figures."""


_OTHER = gettext_lazy("a part of it could not be read")
_NEEDS_NOTE = "out_of_round_needs_a_note"


class EnterForm(forms.Form):
    note = forms.CharField(label=gettext_lazy("Note"), max_length=2000, widget=forms.Textarea)


class SetAsideForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why it is set aside"), max_length=500, widget=forms.Textarea)


ACTS: dict[str, type[forms.Form]] = {"enter": EnterForm, "set_aside": SetAsideForm}


@dataclass(frozen=True)
class Waiting:
    """A visit to decide on: what was said at the door in words, and a form for each act that is possible."""

    handed: HandedVisit
    said: VisitInput
    look: str
    outcome: str
    facts: list[tuple[str, str]]
    why: str
    enter_form: forms.Form | None
    aside_form: forms.Form


@login_required
def survey_handed(request: SignedInRequest, pk: int) -> HttpResponse:
    surveys = Survey.objects.visible_to(request.user).select_related("neighbourhood")
    survey: Survey = get_object_or_404(surveys, pk=pk)
    if not may_run_survey(request.user, survey):
        raise PermissionDenied
    handed = HandedVisit.objects.filter(survey=survey).visible_to(request.user)
    refused: dict[tuple[int, str], forms.Form] = {}
    if request.method == "POST":
        number = request.POST.get("handed", "")
        readable = number.isascii() and number.isdigit() and len(number) < 19
        visit: HandedVisit = get_object_or_404(handed, pk=number if readable else None)
        act = request.POST.get("act", "")
        if act not in ACTS:
            raise BadRequest("act")
        form = _form(visit.pk, act, request.POST)
        if form.is_valid() and _settle(request, visit, act, form):
            return redirect("survey_handed", survey.pk)
        refused[visit.pk, act] = form
    return _show(request, survey, handed, refused)


def _settle(request: SignedInRequest, handed: HandedVisit, act: str, form: forms.Form) -> bool:
    """Do the act that the form is for; what stands against it is said on the form."""
    try:
        if act == "enter":
            answer = enter_handed(handed=handed, by=request.user, note=form.cleaned_data["note"])
            for refusal in answer.refusals:
                form.add_error("note" if refusal.figures.get("why") == _NEEDS_NOTE else None, words_of(refusal))
            if answer.refusals:
                return False
            said = _("Entered out of round as no. %(sequence)s of the ledger; receipt code %(code)s.")
            messages.success(request, said % {"sequence": answer.sequence, "code": answer.receipt_code})
        else:
            set_aside(handed=handed, by=request.user, reason=form.cleaned_data["reason"])
            messages.success(request, _("The visit is set aside. It stays readable here, with the reason."))
    except DomainError as refusal:
        form.add_error("reason" if refusal.code == "reason_needed" else None, str(refusal))
        return False
    return True


def _show(
    request: SignedInRequest,
    survey: Survey,
    handed: QuerySet[HandedVisit],
    refused: dict[tuple[int, str], forms.Form],
) -> HttpResponse:
    seen = handed.select_related("door__building", "handed_by")
    waiting = list(seen.waiting().order_by("handed_at", "pk")[:MOST_WAITING])  # type: ignore[attr-defined]
    shown = {visit.pk for visit in waiting}
    # Somebody else may have settled it meanwhile: that is still said.
    late = [form for (pk, _act), form in refused.items() if pk not in shown]
    said = {visit.pk: content_of(visit) for visit in waiting}
    codes = {code for content in said.values() for code in content.menu_items}
    items = {item.code: item for item in MenuItem.objects.filter(edition=survey.menu_edition_id, code__in=codes)}
    settled = handed.exclude(status=HandedStatus.WAITING)
    page = keyset_page(
        request,
        settled.select_related("door__building", "handed_by", "settled_by", "visit__private"),
        key="id",
        size=SETTLED_AT_ONCE,
        newest_first=True,
    )
    return render(
        request,
        "consent/handed.html",
        {
            "survey": survey,
            "waiting": [_waiting(visit, said[visit.pk], items, refused) for visit in waiting],
            "waiting_count": handed.waiting().count(),  # type: ignore[attr-defined]
            "late": late,
            "page": page,
        },
        status=409 if refused else 200,
    )


def _waiting(
    handed: HandedVisit,
    said: VisitInput,
    items: dict[str, MenuItem],
    refused: dict[tuple[int, str], forms.Form],
) -> Waiting:
    reasons = _("; ").join(dict.fromkeys(str(REFUSED_FOR.get(code, _OTHER)) for code in handed.refusals))
    enter_form = refused.get((handed.pk, "enter"))
    if enter_form is None and said.outcome in ANSWERS:
        prefilled = _("Handed over by %(name)s; visited %(time)s; not taken because %(reason)s.") % {
            "name": handed.handed_by,
            "time": moment_text(said.visited_at),
            "reason": reasons,
        }
        note = f"{said.note.strip()}\n{prefilled}".strip()
        enter_form = _form(handed.pk, "enter", initial={"note": note})
    return Waiting(
        handed=handed,
        said=said,
        look="verbal" if said.given == Given.VERBAL else said.outcome,
        outcome=" · ".join(filter(None, [_names([said.outcome], Outcome), _names([said.given], Given)])),
        facts=_facts(said, items),
        why=reasons,
        enter_form=enter_form,
        aside_form=refused.get((handed.pk, "set_aside")) or _form(handed.pk, "set_aside"),
    )


def _facts(said: VisitInput, items: dict[str, MenuItem]) -> list[tuple[str, str]]:
    """What was said at the door beside the outcome, in words."""
    agreed = [choice.label for choice in Commitment if said.commitments and said.commitments.get(choice.value)]
    facts = [
        (_("Who answered"), _names([said.respondent], Respondent)),
        (_("Commitments agreed to"), _(", ").join(map(str, agreed)) if said.commitments is not None else ""),
        (_("Ordered from the menu"), _(", ").join(str(items.get(code, code)) for code in said.menu_items)),
        (_("Plan shown"), _("revision %(number)s") % {"number": said.plan} if said.plan else ""),
        (_("Concerns"), _names(said.reasons, Reason)),
        (_("Note"), said.note),
        (_("Signature"), _("drawn on the phone") if said.signature else ""),
    ]
    return [(name, value) for name, value in facts if value]


def _names(codes: Iterable[str], choices: Any) -> str:
    labels = dict(choices.choices)
    return _(", ").join(str(labels.get(code, code)) for code in codes)


def _form(handed: int, act: str, data: Any = None, **kwargs: Any) -> forms.Form:
    # Many forms stand on one page: each field has an id of its own, or a label points at another one's.
    return ACTS[act](data, auto_id=f"{act}-{handed}-%s", **kwargs)
