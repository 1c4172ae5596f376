"""The handover of a neighbourhood: its lists, their signatures, and the printed list."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from common.errors import DomainError
from governance.choices.handover import AssetState, HandoverState, Signatory
from governance.models import Asset, Handover
from governance.pages.forms import posted, submit
from governance.pages.handover_forms import AssetForm, HandoverForm, ItemsForm, SignForm
from governance.pages.places import governed_neighbourhood, kept_neighbourhood
from governance.permissions.handover import names_signatories
from governance.reports.handover import (
    HandoverSheet,
    built_not_listed,
    handovers_to_read,
    is_handed_over,
    item_lines,
    managements_to_choose,
    sheet_of,
    withdrawals_of,
)
from governance.services.handover import (
    add_asset,
    amend_handover,
    change_asset,
    open_handover,
    remove_asset,
    sign_handover,
)
from renovation.models import Neighbourhood

DEFECTS_SHOWN = 10
EARLIER_SHOWN = 20


def handover_here(neighbourhood: Neighbourhood, handover: int) -> Any:
    """One of its handovers, else 404: who reads the neighbourhood's bodies reads them all."""
    rows = handovers_to_read(Handover.objects.filter(neighbourhood=neighbourhood))
    return get_object_or_404(rows, pk=handover)


def open_handover_here(neighbourhood: Neighbourhood, handover: int) -> Any:
    """One that is still in preparation; 404 for a signed one, of which nothing changes."""
    rows = handovers_to_read(Handover.objects.filter(neighbourhood=neighbourhood, state=HandoverState.DRAFT))
    return get_object_or_404(rows, pk=handover)


@login_required
def handover(request: SignedInRequest, pk: int, handover: int | None = None) -> HttpResponse:
    """The handover at hand (the last one, if none is named): its lists, who has signed, and the services that end."""
    neighbourhood = governed_neighbourhood(request, pk)
    rows = Handover.objects.filter(neighbourhood=neighbourhood)
    if handover is not None:
        found = handover_here(neighbourhood, handover)
    else:
        found = handovers_to_read(rows).order_by("-pk").first()
    may = may_write(request.user, Act.BODIES, neighbourhood)
    context = {
        "neighbourhood": neighbourhood,
        "may": may,
        "managements": managements_to_choose(neighbourhood).exists() if found is None else True,
        "withdrawals": withdrawals_of(neighbourhood, timezone.localdate()),
        "handed_over": is_handed_over(neighbourhood),
        **_sheet_context(request, found, may),
        "earlier": rows.exclude(pk=found.pk).order_by("-pk")[:EARLIER_SHOWN] if found else [],
    }
    return render(request, "governance/handover.html", context)


def _sheet_context(request: SignedInRequest, found: Any, may: bool) -> dict[str, Any]:
    if found is None:
        return {"sheet": None}
    sheet = sheet_of(found)
    edits = may and not sheet.is_signed
    return {
        "sheet": sheet,
        "edits": edits,
        "built": built_not_listed(found) if edits else [],
        "defects": sheet.open_defects[:DEFECTS_SHOWN],
        "named": names_signatories(request.user, found),
    }


@login_required
def handover_print(request: SignedInRequest, pk: int, handover: int) -> HttpResponse:
    """The handover list on paper, with lines to sign on while it is not signed."""
    neighbourhood = governed_neighbourhood(request, pk)
    found = handover_here(neighbourhood, handover)
    context = {
        "neighbourhood": neighbourhood,
        "sheet": sheet_of(found),
        "named": names_signatories(request.user, found),
        "today": timezone.localdate(),
    }
    return render(request, "governance/handover_print.html", context)


@login_required
def handover_new(request: SignedInRequest, pk: int) -> HttpResponse:
    neighbourhood = kept_neighbourhood(request, pk)
    managements = list(managements_to_choose(neighbourhood))
    first = str(managements[0].pk) if managements else ""
    form = HandoverForm(posted(request), managements=managements, initial={"management": first})
    made, status = submit(form, open_handover, neighbourhood=neighbourhood, by=request.user)
    if made:
        messages.success(request, _("The handover is in preparation."))
        return redirect("handover", pk)
    return _form(request, neighbourhood, form, None, status)


@login_required
def handover_edit(request: SignedInRequest, pk: int, handover: int) -> HttpResponse:
    neighbourhood = kept_neighbourhood(request, pk)
    found = open_handover_here(neighbourhood, handover)
    initial = {
        "management": str(found.management_id),
        "handover_on": found.handover_on,
        "document": found.document,
    }
    form = HandoverForm(posted(request), managements=list(managements_to_choose(neighbourhood)), initial=initial)
    made, status = submit(form, amend_handover, handover=found, by=request.user)
    if made:
        messages.success(request, _("The handover is changed."))
        return redirect("handover", pk)
    return _form(request, neighbourhood, form, found, status)


def _form(request: SignedInRequest, neighbourhood: Neighbourhood, form: Any, found: Any, status: int) -> HttpResponse:
    context = {"neighbourhood": neighbourhood, "form": form, "handover": found}
    return render(request, "governance/handover_form.html", context, status=status)


@login_required
def handover_items(request: SignedInRequest, pk: int, handover: int) -> HttpResponse:
    """The eight things, ticked off in one go."""
    neighbourhood = kept_neighbourhood(request, pk)
    found = open_handover_here(neighbourhood, handover)
    form = ItemsForm(posted(request), lines=item_lines(found))
    made, status = submit(form, amend_handover, handover=found, by=request.user)
    if made:
        messages.success(request, _("The list is kept."))
        return redirect("handover", pk)
    context = {"neighbourhood": neighbourhood, "form": form, "handover": found}
    return render(request, "governance/handover_items.html", context, status=status)


@login_required
def handover_asset_new(request: SignedInRequest, pk: int, handover: int) -> HttpResponse:
    """Put something on the asset list; `?item=` is one that was built, with what is known of it."""
    neighbourhood = kept_neighbourhood(request, pk)
    found = open_handover_here(neighbourhood, handover)
    form = AssetForm(posted(request), initial=_built(found, request.GET.get("item", "")))
    made, status = submit(form, add_asset, handover=found, by=request.user)
    if made:
        messages.success(request, _("“%(name)s” is on the asset list.") % {"name": made.name})
        return redirect("handover_asset_new", pk, found.pk) if "another" in request.POST else redirect("handover", pk)
    context = {"neighbourhood": neighbourhood, "form": form, "handover": found, "asset": None}
    return render(request, "governance/handover_asset.html", context, status=status)


def _built(found: Handover, number: str) -> dict[str, Any]:
    """What the plan says of an item that was built, as an asset begins with it."""
    initial: dict[str, Any] = {"state": AssetState.GOOD}
    for item in built_not_listed(found) if number else []:
        if str(item.pk) == number:
            initial |= {"name": item.menu_item.name, "quantity": item.quantity, "unit": item.menu_item.unit}
            initial["place"] = item.note[:120]
    return initial


@login_required
def handover_asset(request: SignedInRequest, pk: int, asset: int) -> HttpResponse:
    neighbourhood = kept_neighbourhood(request, pk)
    rows = Asset.objects.filter(handover__neighbourhood=neighbourhood, handover__state=HandoverState.DRAFT)
    found: Asset = get_object_or_404(rows.select_related("handover__neighbourhood"), pk=asset)
    names = ("name", "kind", "quantity", "unit", "place", "state", "taken_by")
    form = AssetForm(posted(request), initial={name: getattr(found, name) for name in names})
    made, status = submit(form, change_asset, asset=found, by=request.user)
    if made:
        messages.success(request, _("The asset is changed."))
        return redirect("handover", pk)
    context = {"neighbourhood": neighbourhood, "form": form, "handover": found.handover, "asset": found}
    return render(request, "governance/handover_asset.html", context, status=status)


@login_required
@require_POST
def handover_asset_remove(request: SignedInRequest, pk: int, asset: int) -> HttpResponse:
    neighbourhood = kept_neighbourhood(request, pk)
    rows = Asset.objects.filter(handover__neighbourhood=neighbourhood).select_related("handover__neighbourhood")
    found: Asset = get_object_or_404(rows, pk=asset)
    try:
        remove_asset(asset=found, by=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("“%(name)s” is off the asset list.") % {"name": found.name})
    return redirect("handover", pk)


@login_required
def handover_sign(request: SignedInRequest, pk: int, handover: int, signatory: str) -> HttpResponse:
    """Record that a party has signed the lists as they are shown."""
    neighbourhood = kept_neighbourhood(request, pk)
    found = handover_here(neighbourhood, handover)
    sheet: HandoverSheet = sheet_of(found)
    line = next((one for one in sheet.parties if one.party == signatory and not one.is_current), None)
    if line is None or (sheet.is_signed and line.must_sign):
        raise PermissionDenied
    form = SignForm(posted(request), initial={"seen": found.digest})
    made, status = submit(form, sign_handover, handover=found, party=signatory, by=request.user)
    if made:
        signed = Handover.objects.filter(pk=found.pk, state=HandoverState.SIGNED).exists()
        words = _("All have signed: the handover is signed and its lists are frozen.") if signed else _("Signed.")
        messages.success(request, words)
        return redirect("handover", pk)
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "sheet": sheet,
        "party_name": Signatory(signatory).label,
    }
    return render(request, "governance/handover_sign.html", context, status=status)
