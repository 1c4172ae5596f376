"""Making a draft of the plan: opening it, its items one by one, discarding it."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import BoundField
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.permissions import may_write
from common.errors import DomainError
from renovation.choices import ChangeRequestState, FundingKind
from renovation.models import ChangeRequest, FundingSource, Neighbourhood, PlanItem, RenovationPlan
from renovation.pages.evidence import DayField
from renovation.pages.places import planned_neighbourhood
from renovation.reports.plans import draft_of, items_of_plan, plan_to_show, required_codes
from renovation.reports.units import unit_name
from renovation.rules.plans import SETTLED
from renovation.rules.shares import split
from renovation.services.plans import discard_draft, open_draft, remove_item, set_item

WHOLE = Decimal(100)


class OpenDraftForm(forms.Form):
    """Why the plan changes; once it is settled, the change request that asks for it."""

    change_request = forms.ModelChoiceField(
        label=gettext_lazy("Change request"), queryset=ChangeRequest.objects.none(), empty_label=None
    )
    reason = forms.CharField(
        label=gettext_lazy("Why it is changed"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    document = forms.CharField(label=gettext_lazy("Document number"), required=False, max_length=120)

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.requests = neighbourhood.change_requests.filter(state=ChangeRequestState.REQUESTED).order_by("-number")
        if neighbourhood.stage in SETTLED:
            choice: Any = self.fields["change_request"]
            choice.queryset = self.requests
            choice.label_from_instance = lambda request: f"{request.number} · {request.text}"
        else:
            del self.fields["change_request"]


class ItemForm(forms.Form):
    """An item of a draft; its payers in percent of its amount, which add up to 100 or are left out as a whole."""

    quantity = forms.DecimalField(min_value=Decimal("0.01"), max_digits=12, decimal_places=2)
    unit_price = forms.DecimalField(required=False, min_value=0, max_digits=12, decimal_places=2)
    contractor = forms.CharField(label=gettext_lazy("Contractor"), required=False, max_length=80)
    starts_on = DayField(label=gettext_lazy("Begins on"), required=False)
    ends_on = DayField(label=gettext_lazy("Ends on"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Where and how"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    for_others = forms.BooleanField(
        label=gettext_lazy("Let the same sources pay for every item that nobody pays for yet"), required=False
    )

    def __init__(self, *args: Any, sources: Sequence[FundingSource], unit: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sources = sources
        self.fields["quantity"].label = _("Quantity (%(unit)s)") % {"unit": unit}
        self.fields["unit_price"].label = _("Unit price (yuan per %(unit)s)") % {"unit": unit}
        for source in sources:
            self.fields[_key(source)] = forms.DecimalField(
                label=_("%(source)s, in percent") % {"source": source.name},
                required=False,
                min_value=0,
                max_value=WHOLE,
                decimal_places=2,
            )

    def payer_fields(self) -> Iterator[BoundField]:
        return (self[_key(source)] for source in self.sources)

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or {}
        starts_on, ends_on = entered.get("starts_on"), entered.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("It cannot end before it begins."))
        total = sum(self.payers.values(), Decimal(0))
        if total not in (0, WHOLE) and not any(_key(source) in self.errors for source in self.sources):
            self.add_error(None, _("The payers' shares come to %(total)s%%, not to 100%%.") % {"total": total})
        return entered

    @property
    def payers(self) -> dict[int, Decimal]:
        """The sources that pay, by their ids, with their percentages."""
        percentages = {source.pk: self.cleaned_data.get(_key(source)) for source in self.sources}
        return {key: percent for key, percent in percentages.items() if percent}

    @property
    def values(self) -> dict[str, Any]:
        names = ("quantity", "unit_price", "contractor", "starts_on", "ends_on", "note")
        return {name: self.cleaned_data[name] for name in names}


@login_required
def plan_draft_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open the draft of the next revision; who has one already goes on with it."""
    neighbourhood = _planned(request, pk)
    if draft_of(neighbourhood) is not None:
        return redirect("plan_draft", pk)
    sent = request.POST if request.method == "POST" else None
    form = OpenDraftForm(sent, neighbourhood=neighbourhood)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            open_draft(neighbourhood=neighbourhood, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("The draft is open."))
            return redirect("plan_draft", pk)
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "last": plan_to_show(neighbourhood),
        "is_settled": neighbourhood.stage in SETTLED,
    }
    return render(request, "renovation/plan_open.html", context, status=_status(form, status))


@login_required
@require_POST
def plan_draft_discard(request: SignedInRequest, pk: int) -> HttpResponse:
    neighbourhood = _planned(request, pk)
    try:
        discard_draft(plan=_draft(neighbourhood), by=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The draft is discarded."))
    return redirect("plan", pk)


@login_required
def plan_draft_item(request: SignedInRequest, pk: int, code: str) -> HttpResponse:
    """One item of the menu in the draft: put in, changed, or taken out."""
    neighbourhood = _planned(request, pk)
    draft = _draft(neighbourhood)
    menu_item = get_object_or_404(draft.menu_edition.items, code=code)
    items = {item.menu_item_id: item for item in items_of_plan(draft)}
    item = items.get(menu_item.pk)
    removes = request.method == "POST" and "remove" in request.POST
    shown = _shown_values(item, list(items.values()), sources := _sources(neighbourhood))
    form = ItemForm(
        request.POST if request.method == "POST" and not removes else None,
        sources=sources,
        unit=unit_name(menu_item.unit),
        initial=shown,
    )
    status = 200
    if removes or form.is_valid():
        try:
            if removes:
                if item is None:
                    raise Http404
                remove_item(item=item, by=request.user)
                said = _("Taken out: %(item)s.")
            else:
                _save(form, draft, menu_item, item, shown, request)
                said = _("Saved: %(item)s.")
        except DomainError as refusal:
            (messages.error(request, str(refusal)) if removes else form.add_error(None, str(refusal)))
            status = refusal.status
        else:
            messages.success(request, said % {"item": menu_item.name})
            return redirect("plan_draft", pk)
    context = {
        "neighbourhood": neighbourhood,
        "draft": draft,
        "menu_item": menu_item,
        "item": item,
        "form": form,
        "is_required": menu_item.mandatory and menu_item.code in required_codes(neighbourhood, draft.menu_edition),
        "unpaid_others": sum(not one.shares.all() for one in items.values() if one is not item),
    }
    return render(request, "renovation/plan_item.html", context, status=_status(form, status))


def _save(
    form: ItemForm,
    draft: RenovationPlan,
    menu_item: Any,
    item: PlanItem | None,
    shown: Mapping[str, Any],
    request: SignedInRequest,
) -> None:
    """Put the item in, or change it; and where asked, give its payers to the items that have none."""
    # Percentages that nobody touched keep the weights that they were worked out from: thirds stay thirds.
    untouched = item is not None and all(
        form.cleaned_data.get(_key(source)) == shown.get(_key(source)) for source in form.sources
    )
    with transaction.atomic():
        set_item(
            plan=draft,
            menu_item=menu_item,
            payers=None if untouched else form.payers,
            is_new=item is None,
            by=request.user,
            **form.values,
        )
        if form.cleaned_data["for_others"] and form.payers:
            # Read anew, under the plan's lock: what somebody else has changed meanwhile stays.
            for other in items_of_plan(draft):
                if other.menu_item_id != menu_item.pk and not other.shares.all():
                    set_item(
                        plan=draft,
                        menu_item=other.menu_item,
                        payers=form.payers,
                        by=request.user,
                        **{name: getattr(other, name) for name in form.values},
                    )


def _shown_values(item: PlanItem | None, items: Sequence[PlanItem], sources: Sequence[FundingSource]) -> dict[str, Any]:
    """What the form begins with. A new item is paid for like the one changed last, or by the only source there is."""
    payers = item
    values: dict[str, Any] = {}
    if item is None:
        paid = [one for one in items if one.shares.all()]
        payers = max(paid, key=lambda one: (one.updated_at, one.pk)) if paid else None
        if payers is None and len(sources) == 1:
            values[_key(sources[0])] = WHOLE
    else:
        names = ("quantity", "unit_price", "contractor", "starts_on", "ends_on", "note")
        values = {name: getattr(item, name) for name in names}
    if payers is not None and (shares := list(payers.shares.all())):
        parts = split(WHOLE, [share.weight for share in shares])
        values |= {f"payer_{share.source_id}": part for share, part in zip(shares, parts, strict=True)}
    return values


def _planned(request: SignedInRequest, pk: int) -> Neighbourhood:
    """The neighbourhood: 404 for who may not read its plan, 403 for who may not write it."""
    neighbourhood = planned_neighbourhood(request, pk)
    if not may_write(request.user, Act.PLANS, neighbourhood):
        raise PermissionDenied
    return neighbourhood


def _draft(neighbourhood: Neighbourhood) -> RenovationPlan:
    draft = draft_of(neighbourhood)
    if draft is None:
        raise Http404
    return draft


def _sources(neighbourhood: Neighbourhood) -> list[FundingSource]:
    kinds = list(FundingKind.values)
    found = FundingSource.objects.filter(neighbourhood=neighbourhood)
    return sorted(found, key=lambda source: (kinds.index(source.kind), source.pk))


def _key(source: FundingSource) -> str:
    return f"payer_{source.pk}"


def _status(form: forms.Form, status: int) -> int:
    return 400 if form.errors and status == 200 else status
