"""The three texts of a neighbourhood, each convention with its versions, and its print."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.http import SignedInRequest
from consent.choices import Verdict
from consent.models import OwnersVote
from governance.choices.conventions import ConventionKind, VersionState
from governance.models import Convention
from governance.pages.convention_forms import AdoptForm, FileForm, RenameForm, TextForm, WithdrawForm
from governance.pages.forms import posted, submit
from governance.pages.places import governed_neighbourhood, kept_neighbourhood
from governance.permissions.conventions import (
    may_keep_texts,
    may_record_signatures,
    sees_some_signatures,
    sees_totals,
)
from governance.reports.convention_texts import texts_of
from governance.reports.conventions import (
    conventions_to_read,
    doors_of,
    draft_of,
    sheet_rows,
    signing_of,
    stairwells_without,
    version_in_force,
)
from governance.rules.conventions import COVENANT_MATTER, FILED_KINDS, SIGNED_KINDS
from governance.services.conventions import (
    adopt_version,
    amend_version,
    draft_version,
    file_version,
    open_convention,
    rename_convention,
    withdraw_version,
)
from renovation.models import Neighbourhood

BINDS = {
    ConventionKind.COVENANT: gettext_lazy("Binds every owner. The owners adopt it by vote."),
    ConventionKind.RESIDENTS: gettext_lazy("Agreed by those who live here, household by household, with a signature."),
    ConventionKind.STAIRWELL: gettext_lazy("The word of the neighbours of one stairwell, each stairwell its own."),
}


def convention_here(request: SignedInRequest, neighbourhood: Neighbourhood, convention: int) -> Any:
    """One of its conventions, with its versions; else 404."""
    rows = Convention.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)
    return get_object_or_404(conventions_to_read(rows), pk=convention)


@login_required
def conventions(request: SignedInRequest, pk: int) -> HttpResponse:
    """The three texts side by side, and which stairwell has its own."""
    neighbourhood = governed_neighbourhood(request, pk)
    texts = texts_of(neighbourhood, request.user)
    sheets = [
        (kind, BINDS[kind], card)
        for kind, card in ((ConventionKind.COVENANT, texts.covenant), (ConventionKind.RESIDENTS, texts.residents))
    ]
    context = {
        "neighbourhood": neighbourhood,
        "texts": texts,
        "sheets": sheets,
        "binds_stairwell": BINDS[ConventionKind.STAIRWELL],
        "may": may_keep_texts(request.user, neighbourhood),
    }
    return render(request, "governance/conventions.html", context)


@login_required
def convention_new(request: SignedInRequest, pk: int, convention_kind: str) -> HttpResponse:
    """Begin a convention with its first draft; `?stairwell=` is the one that it is of."""
    neighbourhood = kept_neighbourhood(request, pk)
    if convention_kind not in ConventionKind.values:
        raise Http404
    kind = ConventionKind(convention_kind)
    stairwells = stairwells_without(neighbourhood) if kind == ConventionKind.STAIRWELL else []
    form = TextForm(
        posted(request),
        is_signed=kind in SIGNED_KINDS,
        is_new=True,
        stairwells=stairwells,
        initial={"title": kind.label, "stairwell": request.GET.get("stairwell", "")},
    )
    made, status = submit(form, open_convention, neighbourhood=neighbourhood, kind=kind, by=request.user)
    if made:
        messages.success(request, _("“%(title)s” is drafted.") % {"title": made.title})
        return redirect("convention", pk, made.pk)
    context = {"neighbourhood": neighbourhood, "form": form, "kind": kind, "binds": BINDS[kind]}
    return render(request, "governance/convention_new.html", context, status=status)


@login_required
def convention(request: SignedInRequest, pk: int, convention: int) -> HttpResponse:
    """One convention: what is in force, how far the signing is, and its steps. POST does the one that `act` names."""
    neighbourhood = governed_neighbourhood(request, pk)
    found = convention_here(request, neighbourhood, convention)
    may = may_keep_texts(request.user, neighbourhood)
    if request.method == "POST" and not may:
        raise PermissionDenied
    in_force, draft = version_in_force(found), draft_of(found)
    steps = _steps(request, found, in_force, draft) if may else {}
    status = 200
    for name, (form, act, told, words) in steps.items():
        if request.method != "POST" or request.POST.get("act") != name:
            continue
        done, status = submit(form, act, by=request.user, **told)
        if done:
            messages.success(request, str(words))
            return redirect("convention", pk, found.pk)
    at_hand = draft or in_force
    signing = None
    if at_hand and found.kind in SIGNED_KINDS and sees_totals(request.user, found):
        signing = signing_of(at_hand, request.user)
    context = {
        "neighbourhood": neighbourhood,
        "convention": found,
        "binds": BINDS[ConventionKind(found.kind)],
        "in_force": in_force,
        "draft": draft,
        "at_hand": at_hand,
        "signing": signing,
        "is_signed_kind": found.kind in SIGNED_KINDS,
        "may": may,
        "may_sign": may_record_signatures(request.user, neighbourhood),
        "sees_doors": sees_some_signatures(request.user, neighbourhood),
        "text_is_open": draft is not None and may and not draft.signatures.exists(),
        "forms": {name: step[0] for name, step in steps.items()},
        "main": _main(found, in_force, draft, signing, steps),
    }
    return render(request, "governance/convention.html", context, status=status)


Step = tuple[Any, Callable[..., Any], dict[str, Any], Any]


def _steps(request: SignedInRequest, found: Any, in_force: Any, draft: Any) -> dict[str, Step]:
    """The steps that are open, each with its form, its act, what it is told and what is said afterwards."""
    wanted = request.POST.get("act") if request.method == "POST" else None

    def sent(name: str) -> Any:
        return request.POST if wanted == name else None

    steps: dict[str, Step] = {}
    votes = _votes(request, found) if draft and found.kind == ConventionKind.COVENANT else None
    if draft and votes != []:
        words = gettext_lazy("Adopted: from now on this is the text in force.")
        steps["adopt"] = AdoptForm(sent("adopt"), votes=votes), adopt_version, {"version": draft}, words
    if in_force and found.kind in FILED_KINDS:
        initial = {"filed_with": in_force.filed_with, "filed_on": in_force.filed_on}
        form = FileForm(sent("file"), initial=initial)
        steps["file"] = form, file_version, {"version": in_force}, gettext_lazy("The filing is written down.")
    form_of_title = RenameForm(sent("rename"), initial={"title": found.title})
    steps["rename"] = form_of_title, rename_convention, {"convention": found}, gettext_lazy("It has another title now.")
    if draft or in_force:
        words = gettext_lazy("Withdrawn. Its text stays in the list of versions.")
        told = {"version": draft or in_force}
        steps["withdraw"] = WithdrawForm(sent("withdraw")), withdraw_version, told, words
    return steps


def _votes(request: SignedInRequest, found: Any) -> list[OwnersVote]:
    """The owners' votes on the covenant that passed and stand."""
    rows = OwnersVote.objects.visible_to(request.user).filter(
        neighbourhood=found.neighbourhood_id, matter=COVENANT_MATTER, verdict=Verdict.PASSED, rescinded_at=None
    )
    return list(rows.order_by("-pk"))


def _main(found: Any, in_force: Any, draft: Any, signing: Any, steps: dict[str, Step]) -> str:
    """The next act, by a word: one at most is red."""
    if draft:
        if found.kind in SIGNED_KINDS and not (signing and signing.is_enough):
            return "sign"
        return "adopt" if "adopt" in steps else "vote"
    if in_force is None:
        return "draft"
    return "file" if "file" in steps and in_force.filed_on is None else ""


@login_required
def convention_text(request: SignedInRequest, pk: int, convention: int) -> HttpResponse:
    """Write the draft, or the next version beginning with the words in force."""
    neighbourhood = kept_neighbourhood(request, pk)
    found = convention_here(request, neighbourhood, convention)
    draft, in_force = draft_of(found), version_in_force(found)
    start = draft or in_force
    share = start.needed_share if start else None
    form = TextForm(
        posted(request),
        is_signed=found.kind in SIGNED_KINDS,
        initial={"text": start.text if start else "", "per_cent": None if share is None else share * 100},
    )
    if draft:
        made, status = submit(form, amend_version, version=draft, by=request.user)
    else:
        made, status = submit(form, draft_version, convention=found, by=request.user)
    if made:
        messages.success(request, _("The draft is kept as version %(number)d.") % {"number": made.number})
        return redirect("convention", pk, found.pk)
    context = {"neighbourhood": neighbourhood, "convention": found, "form": form, "draft": draft, "in_force": in_force}
    return render(request, "governance/convention_text.html", context, status=status)


@login_required
def convention_version(request: SignedInRequest, pk: int, convention: int, version_number: int) -> HttpResponse:
    """One version word for word, also of those that have ended."""
    neighbourhood = governed_neighbourhood(request, pk)
    found = convention_here(request, neighbourhood, convention)
    version = next((one for one in found.all_versions if one.number == version_number), None)
    if version is None:
        raise Http404
    context = {"neighbourhood": neighbourhood, "convention": found, "version": version}
    return render(request, "governance/convention_version.html", context)


@login_required
def convention_print(request: SignedInRequest, pk: int, convention: int) -> HttpResponse:
    """The text on paper, with a line to sign on for each door that the reader may know of."""
    neighbourhood = governed_neighbourhood(request, pk)
    found = convention_here(request, neighbourhood, convention)
    version = draft_of(found) or version_in_force(found)
    if version is None:
        raise Http404
    version.convention = found
    lines: list[Any] = []
    if found.kind in SIGNED_KINDS and sees_some_signatures(request.user, neighbourhood):
        lines = sheet_rows(version, doors_of(version, request.user))
    context = {
        "neighbourhood": neighbourhood,
        "convention": found,
        "version": version,
        "is_draft": version.state == VersionState.DRAFT,
        "lines": lines,
    }
    return render(request, "governance/convention_print.html", context)
