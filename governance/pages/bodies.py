"""The 3+X of a neighbourhood as it is drawn, and one body with its members and its days."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from common.errors import DomainError
from governance.choices.bodies import BodyKind
from governance.models import Body
from governance.pages.body_forms import (
    AddMemberForm,
    DescribeBodyForm,
    EndForm,
    FilingForm,
    FoundBodyForm,
    MemberForm,
    TermForm,
)
from governance.pages.places import governed_neighbourhood
from governance.permissions.bodies import may_keep_body, sees_phones
from governance.reports.bodies import ShownBody, Structure, body_rows, former_members, shown_body, structure_of
from governance.rules.bodies import TERMED
from governance.services.bodies import describe_body, end_body, file_body, found_body, renew_body
from governance.services.memberships import add_member, change_member, end_membership
from renovation.models import Neighbourhood

FORMER_SHOWN = 50


@dataclass(frozen=True)
class Seat:
    """One of the three seats as it is drawn: who holds it, and the bodies that a reader may found to fill it."""

    word: str
    name: Any
    shown: tuple[ShownBody, ...]
    may: bool
    kinds: tuple[tuple[str, Any], ...]

    @property
    def is_empty(self) -> bool:
        return not self.shown


@login_required
def governance(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who holds the three seats and which groups there are, with what wants doing about each."""
    neighbourhood = governed_neighbourhood(request, pk)
    structure = structure_of(neighbourhood, request.user, timezone.localdate())
    may = may_write(request.user, Act.BODIES, neighbourhood)
    may_party = may_write(request.user, Act.PARTY_MEMBERS, neighbourhood)
    context = {
        "neighbourhood": neighbourhood,
        "structure": structure,
        "seats": _seats(structure, may, may_party),
        "may": may,
        "may_party": may_party,
        "today": timezone.localdate(),
    }
    return render(request, "governance/bodies.html", context)


def _seats(structure: Structure, may: bool, may_party: bool) -> list[Seat]:
    def kinds(*values: BodyKind) -> tuple[tuple[str, Any], ...]:
        return tuple((kind.value, kind.label) for kind in values)

    party = kinds(BodyKind.PARTY_BRANCH, BodyKind.PARTY_GROUP)
    committee = kinds(BodyKind.OWNERS_COMMITTEE, BodyKind.STAND_IN)
    company = kinds(BodyKind.PROPERTY_COMPANY)
    return [
        Seat("party", gettext_lazy("Party organisation"), structure.party, may_party, party),
        Seat("committee", gettext_lazy("Owners' committee"), structure.committees, may, committee),
        Seat("manager", gettext_lazy("Property management"), structure.companies, may, company),
    ]


@login_required
def body_new(request: SignedInRequest, pk: int, body_kind: str) -> HttpResponse:
    """Write down that a body of a kind is in being."""
    neighbourhood = governed_neighbourhood(request, pk)
    if body_kind not in BodyKind.values:
        raise Http404
    kind = BodyKind(body_kind)
    if not may_keep_body(request.user, neighbourhood, kind):
        raise PermissionDenied
    sent = request.POST if request.method == "POST" else None
    form = FoundBodyForm(sent, kind=kind, neighbourhood=neighbourhood, user=request.user)
    status = 200
    if sent is not None and form.is_valid():
        try:
            made = found_body(neighbourhood=neighbourhood, kind=kind, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("It is written down. Now its members."))
            return redirect("body", pk, made.pk)
    elif form.errors:
        status = 400
    context = {"neighbourhood": neighbourhood, "form": form, "kind": kind}
    return render(request, "governance/body_new.html", context, status=status)


@login_required
def body(request: SignedInRequest, pk: int, body: int) -> HttpResponse:
    """One body. POST takes a member in, files it, begins its next term, describes it or ends it, as `act` says."""
    neighbourhood = governed_neighbourhood(request, pk)
    found = _found(request, neighbourhood, body)
    may = may_keep_body(request.user, neighbourhood, found.kind) and found.ended_on is None
    forms_of = _forms(found, neighbourhood, request) if may else {}
    status = 200
    if request.method == "POST":
        if not may_keep_body(request.user, neighbourhood, found.kind):
            raise PermissionDenied
        act = request.POST.get("act", "")
        if act not in _DONE or (may and act not in forms_of):
            raise Http404
        if not may:
            messages.warning(request, _("This body has ended; its record stays as it is."))
            return redirect("body", pk, found.pk)
        form = forms_of[act]
        if form.is_valid() and _do(act, found, form, request):
            messages.success(request, _DONE[act])
            return redirect("body", pk, found.pk)
        status = 409 if getattr(form, "is_refused", False) else 400
    today = timezone.localdate()
    context = {
        "neighbourhood": neighbourhood,
        "body": found,
        "shown": shown_body(found, request.user, today),
        "former": former_members(found, request.user)[:FORMER_SHOWN],
        "sees_phones": sees_phones(request.user, found, found.kind),
        "forms": forms_of,
        "managements": found.managements.order_by("-starts_on", "-pk"),
    }
    return render(request, "governance/body.html", context, status=status)


_DONE = {
    "member": gettext_lazy("The member is written down."),
    "file": gettext_lazy("The filing is written down."),
    "renew": gettext_lazy("The next term is written down."),
    "describe": gettext_lazy("The description is kept."),
    "end": gettext_lazy("The body has ended; its record stays."),
}


def _found(request: SignedInRequest, neighbourhood: Neighbourhood, body: int) -> Body:
    found: Body = get_object_or_404(body_rows(request.user).filter(neighbourhood=neighbourhood), pk=body)
    return found


def _forms(body: Body, neighbourhood: Neighbourhood, request: SignedInRequest) -> dict[str, forms.Form]:
    """The forms of a body's page by their act; the one that was sent is bound."""
    here: dict[str, Any] = {"neighbourhood": neighbourhood, "user": request.user}
    made: dict[str, Callable[..., forms.Form]] = {
        "member": lambda data, **said: AddMemberForm(data, body=body, user=request.user, **said),
        "describe": lambda data, **said: DescribeBodyForm(data, body=body, **said),
        "end": EndForm,
    }
    if body.kind == BodyKind.OWNERS_COMMITTEE:
        made["file"] = FilingForm
    if body.kind in TERMED:
        made["renew"] = lambda data, **said: TermForm(data, kind=body.kind, **here, **said)
    act = request.POST.get("act") if request.method == "POST" else None
    # Several forms stand on one page: their fields must not share an id, or a label points at another one's.
    return {name: make(request.POST if name == act else None, auto_id=f"{name}_%s") for name, make in made.items()}


def _do(act: str, body: Body, form: Any, request: SignedInRequest) -> bool:
    """Whether it was done; else why not stands on the form."""
    told = dict(form.cleaned_data)
    try:
        match act:
            case "member":
                told.pop("is_owner", None)
                owner = form.owner_named(told["name"])
                if form.errors:
                    return False
                add_member(body=body, owner=owner, by=request.user, **told)
            case "file":
                file_body(body=body, by=request.user, **told)
            case "renew":
                renew_body(body=body, by=request.user, **told)
            case "describe":
                describe_body(body=body, by=request.user, **told)
            case _:
                end_body(body=body, by=request.user, **told)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        form.is_refused = True
        return False
    return True


@login_required
def body_member(request: SignedInRequest, pk: int, body: int, membership: int) -> HttpResponse:
    """One present member of a body: role, post and phone written anew, or the end of the membership."""
    neighbourhood = governed_neighbourhood(request, pk)
    found = _found(request, neighbourhood, body)
    if not may_keep_body(request.user, neighbourhood, found.kind):
        raise PermissionDenied
    member = get_object_or_404(found.memberships.current(), pk=membership)
    act = request.POST.get("act") if request.method == "POST" else None
    if request.method == "POST" and act not in ("change", "leave"):
        raise Http404
    phone = member.phone if sees_phones(request.user, found, found.kind) else ""
    told = {"role": member.role, "post": member.post, "phone": phone, "is_owner": member.owner_id}
    change = MemberForm(
        request.POST if act == "change" else None, body=found, user=request.user, initial=told, auto_id="change_%s"
    )
    leave = EndForm(request.POST if act == "leave" else None, auto_id="leave_%s")
    status = 200
    if act is not None:
        form: Any = change if act == "change" else leave
        if form.is_valid() and _do_member(act, member, form, request, keeps_phone=not phone):
            messages.success(request, _MEMBER_DONE[act])
            return redirect("body", pk, found.pk)
        status = 409 if getattr(form, "is_refused", False) else 400
    context = {
        "neighbourhood": neighbourhood,
        "body": found,
        "membership": member,
        "change": change,
        "leave": leave,
        "hides_phone": bool(member.phone) and not phone,
    }
    return render(request, "governance/body_member.html", context, status=status)


_MEMBER_DONE = {
    "change": gettext_lazy("The member is written anew."),
    "leave": gettext_lazy("The membership has ended."),
}


def _do_member(act: str, membership: Any, form: Any, request: SignedInRequest, *, keeps_phone: bool) -> bool:
    told = dict(form.cleaned_data)
    try:
        if act == "leave":
            end_membership(membership=membership, ends_on=told["ended_on"], reason=told["reason"], by=request.user)
            return True
        changes = {name: told[name] for name in ("role", "post", "phone")}
        if keeps_phone and not changes["phone"]:
            del changes["phone"]  # who may not read it has not taken it away
        if "is_owner" in told:
            changes["owner"] = (
                membership.owner if told["is_owner"] and membership.owner else form.owner_named(membership.name)
            )
        if form.errors:
            return False
        change_member(membership=membership, by=request.user, **changes)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        form.is_refused = True
        return False
    return True
