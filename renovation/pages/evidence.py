"""What is on record of a neighbourhood for its guards: the checklist, and a form to record one kind or revoke it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Role
from accounts.http import SignedInRequest
from accounts.rules.roles import roles_for_evidence
from common.errors import DomainError
from renovation.choices import EvidenceKind
from renovation.pages.places import planned_neighbourhood
from renovation.permissions import may_record
from renovation.reports.evidence_words import CHOICES, facts_told, label_of
from renovation.reports.fault_words import words_of_fault
from renovation.reports.lifecycle import must_do_items
from renovation.reports.next_steps import PAGE_OF_KIND, latest_evidence
from renovation.rules.evidence import (
    MAX_COUNT,
    MAX_TEXT,
    PRECONDITION_KINDS,
    SCHEMAS,
    YEARS,
    Entry,
    FactsUnreadable,
    Kind,
)
from renovation.services.evidence import record_evidence, revoke_evidence

LONG_TEXTS = ("findings", "finding", "evidence")
PERCENT = Decimal(100)


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class EvidenceForm(forms.Form):
    """The document and the values of one kind of evidence. Shares are entered in percent."""

    def __init__(self, *args: Any, kind: str, items: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        for entry in SCHEMAS[kind]:
            self.fields[entry.name] = _field_of(kind, entry, items)
        self.fields["document"] = forms.CharField(label=_("Document number"), max_length=120)
        self.fields["dated_on"] = DayField(label=_("Date of the document"), initial=timezone.localdate)

    @property
    def facts(self) -> dict[str, Any]:
        """The values as the schema takes them."""
        return {entry.name: _sent(entry, self.cleaned_data[entry.name]) for entry in SCHEMAS[self.kind]}

    def add_faults(self, unreadable: FactsUnreadable) -> None:
        for fault in unreadable.faults:
            self.add_error(fault.name if fault.name in self.fields else None, words_of_fault(fault))


class RevokeForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why it no longer holds"), max_length=500)


def _field_of(kind: str, entry: Entry, items: dict[str, str]) -> forms.Field:
    said: dict[str, Any] = {"label": label_of(kind, entry.name), "required": entry.required}
    match entry.kind:
        case Kind.COUNT:
            return forms.IntegerField(min_value=0, max_value=MAX_COUNT, **said)
        case Kind.YEAR:
            return forms.IntegerField(min_value=YEARS[0], max_value=YEARS[1], **said)
        case Kind.MONEY:
            return forms.DecimalField(min_value=0, max_digits=12, decimal_places=2, **said)
        case Kind.SHARE:
            said["label"] = _("%(label)s, in percent") % {"label": said["label"]}
            return forms.DecimalField(min_value=0, max_value=100, decimal_places=2, **said)
        case Kind.DATE:
            return DayField(**said)
        case Kind.YES:
            return forms.BooleanField(label=said["label"], required=False)
        case Kind.CHOICE:
            return forms.ChoiceField(choices=[(choice, CHOICES[choice]) for choice in entry.choices], **said)
        case Kind.ITEMS:
            named = [(code, f"{code} {name}") for code, name in items.items()]
            return forms.MultipleChoiceField(
                label=said["label"], required=False, choices=named, widget=forms.CheckboxSelectMultiple
            )
        case _:
            wide = forms.Textarea(attrs={"rows": 3}) if entry.name in LONG_TEXTS else forms.TextInput()
            return forms.CharField(max_length=MAX_TEXT, widget=wide, **said)


def _sent(entry: Entry, value: Any) -> Any:
    if value is None:
        return None
    if entry.kind is Kind.SHARE:
        return str(value / PERCENT)
    return str(value) if entry.kind is Kind.MONEY else value


def _entered(kind: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as their form enters them."""
    shares = {entry.name for entry in SCHEMAS[kind] if entry.kind is Kind.SHARE}
    return {name: Decimal(value) * PERCENT if name in shares else value for name, value in facts.items()}


def _told(kind: EvidenceKind, latest: Any, may: bool) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "name": kind.label,
        "latest": latest,
        "facts": facts_told(kind, latest.facts) if latest and not latest.revoked else [],
        "stands": latest is not None and not latest.revoked,
        "kept_at": PAGE_OF_KIND.get(kind, "") if latest and latest.is_kept_here else "",
        "may": may and not (latest and latest.is_kept_here),
        "by": [Role(role).label for role in sorted(roles_for_evidence(kind))],
    }


@login_required
def neighbourhood_evidence(request: SignedInRequest, pk: int) -> HttpResponse:
    """The checklist: the preconditions, then each kind of evidence in the order in which it is needed."""
    neighbourhood = planned_neighbourhood(request, pk)
    latest = latest_evidence(neighbourhood, request.user)
    rows = [_told(kind, latest.get(kind), may_record(request.user, neighbourhood, kind)) for kind in EvidenceKind]
    context = {
        "neighbourhood": neighbourhood,
        "preconditions": [row for row in rows if row["kind"] in PRECONDITION_KINDS],
        "others": [row for row in rows if row["kind"] not in PRECONDITION_KINDS],
    }
    return render(request, "renovation/evidence.html", context)


@login_required
def neighbourhood_evidence_kind(request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
    """One kind: what stands, and for whose act it is a form to record it anew, and one to revoke it."""
    neighbourhood = planned_neighbourhood(request, pk)
    if kind not in SCHEMAS:
        raise Http404
    may = may_record(request.user, neighbourhood, kind)
    if request.method == "POST" and not may:
        raise PermissionDenied
    items = must_do_items(timezone.localdate()) or {}
    revokes = request.method == "POST" and "revoke" in request.POST
    latest = latest_evidence(neighbourhood, request.user).get(kind)
    entered = latest.facts if latest and not latest.revoked and not latest.is_kept_here else {}
    form = EvidenceForm(
        request.POST if request.method == "POST" and not revokes else None,
        kind=kind,
        items=items,
        initial=_entered(kind, entered),
    )
    revoke = RevokeForm(request.POST if revokes else None)
    status = 200
    if revokes and revoke.is_valid():
        try:
            revoke_evidence(
                neighbourhood=neighbourhood, kind=kind, reason=revoke.cleaned_data["reason"], by=request.user
            )
        except DomainError as refusal:
            revoke.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Revoked. The steps that need it wait again."))
            return redirect("neighbourhood", pk)
    elif form.is_bound and form.is_valid():
        try:
            record_evidence(
                neighbourhood=neighbourhood,
                kind=kind,
                facts=form.facts,
                document=form.cleaned_data["document"],
                dated_on=form.cleaned_data["dated_on"],
                by=request.user,
            )
        except FactsUnreadable as unreadable:
            form.add_faults(unreadable)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Recorded: %(what)s.") % {"what": EvidenceKind(kind).label})
            return redirect("neighbourhood", pk)
    if status == 200 and (form.errors or revoke.errors):
        status = 400
    context = {
        "neighbourhood": neighbourhood,
        "row": _told(EvidenceKind(kind), latest, may),
        "form": form,
        "revoke": revoke,
    }
    return render(request, "renovation/evidence_kind.html", context, status=status)
