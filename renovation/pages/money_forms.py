"""Forms of money: a source, an entry and its reversal."""

from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Act
from accounts.http import SignedInRequest
from accounts.models import User
from accounts.permissions import may_write
from accounts.services import idempotency
from common.errors import DomainError
from common.figures import money_text
from renovation.choices import FundingKind, FundingStep, ResidentsRoute
from renovation.errors import SourceMalformed
from renovation.models import (
    FundingEntry,
    FundingSource,
    Household,
    MenuItem,
    Neighbourhood,
    PlanItem,
    Stairwell,
    WorkPackage,
)
from renovation.pages.evidence import DayField
from renovation.pages.money import source_of, steps_to_record
from renovation.pages.places import planned_neighbourhood
from renovation.permissions import may_record_money, reads_contributions
from renovation.reports.money_entries import shown_entry
from renovation.reports.plans import plan_in_force
from renovation.rules.funding import FROM_HOUSEHOLDS, FROM_PERSONS
from renovation.services.funding import add_source, change_source, record_entry, reverse_entry

LEAST = Decimal("0.01")


class AmountField(forms.DecimalField):
    """Yuan to the fen, above 0."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Amount, yuan"))
        super().__init__(max_digits=14, decimal_places=2, min_value=LEAST, **kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal"}


class WeightsField(forms.CharField):
    """Floors and their weights, one pair a line: `2 0.5`."""

    widget = forms.Textarea(attrs={"rows": 4})

    def to_python(self, value: Any) -> Any:
        found: dict[str, str] = {}
        for line in (super().to_python(value) or "").splitlines():
            words = line.replace(":", " ").replace("：", " ").split()
            if not words:
                continue
            if len(words) != 2 or words[0] in found:
                raise forms.ValidationError(
                    _("Write one floor a line with its weight, as “2 0.5”: “%(line)s” is not."), params={"line": line}
                )
            found[words[0]] = words[1]
        return found

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return "\n".join(f"{floor} {weight}" for floor, weight in value.items())
        return value


class SourceForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=FundingKind.choices)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    route = forms.ChoiceField(
        label=gettext_lazy("How residents raise it"),
        required=False,
        choices=[("", gettext_lazy("Not from residents")), *ResidentsRoute.choices],
    )
    floor_weights = WeightsField(
        label=gettext_lazy("Weights of floors"),
        required=False,
        help_text=gettext_lazy("By agreed weight only: one floor a line with its weight, as “2 0.5”."),
    )
    stairwell = forms.ModelChoiceField(
        Stairwell.objects.none(),
        label=gettext_lazy("Only this stairwell"),
        required=False,
        empty_label=gettext_lazy("The whole neighbourhood"),
    )
    document = forms.CharField(label=gettext_lazy("Document number"), required=False, max_length=120)

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stairwells = Stairwell.objects.filter(building__neighbourhood=neighbourhood).select_related("building")
        field: Any = self.fields["stairwell"]
        field.queryset = stairwells.order_by("building__number", "number")
        field.label_from_instance = _stairwell_name
        if not is_new:
            del self.fields["kind"]

    def save(self, act: Any) -> Any:
        """What `act` makes of the values, or None where it refused: then the form says why."""
        try:
            return act(**self.cleaned_data)
        except SourceMalformed as refusal:
            self.add_error(refusal.extra["field"], str(refusal))
        except DomainError as refusal:
            self.add_error(None, str(refusal))
        return None


def _stairwell_name(stairwell: Stairwell) -> str:
    if not stairwell.number:
        return _("Building %(building)s") % {"building": stairwell.building.number}
    return _("Building %(building)s · Stairwell %(stairwell)s") % {
        "building": stairwell.building.number,
        "stairwell": stairwell.number,
    }


class EntryForm(forms.Form):
    """Money of a source. Choices that the neighbourhood does not offer are left out."""

    step = forms.ChoiceField(label=gettext_lazy("What"), widget=forms.RadioSelect)
    door = forms.CharField(
        label=gettext_lazy("Whose pledge or gift"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Building-stairwell-door, as 3-1-302; empty if it is no household's."),
    )
    amount = AmountField()
    document = forms.CharField(label=gettext_lazy("Document number"), max_length=120)
    dated_on = DayField(label=gettext_lazy("Date of the document"), initial=timezone.localdate)
    menu_item = forms.ModelChoiceField(
        MenuItem.objects.none(),
        label=gettext_lazy("For which item"),
        required=False,
        empty_label=gettext_lazy("For no single item"),
    )
    package = forms.ModelChoiceField(
        WorkPackage.objects.none(),
        label=gettext_lazy("Work package"),
        required=False,
        empty_label=gettext_lazy("None"),
    )
    payer = forms.CharField(label=gettext_lazy("Payer"), required=False, max_length=80)
    payer_may_be_named = forms.BooleanField(
        label=gettext_lazy("The payer has agreed, on a paper of its own, to be named"), required=False
    )
    reason = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=500)
    once = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)
    """The sheet's own id, so that a button pressed twice records the money once."""

    def __init__(self, *args: Any, source: FundingSource, steps: list[FundingStep], keeps: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.source = source
        fields: dict[str, Any] = self.fields
        fields["step"].choices = [(step.value, step.label) for step in steps]
        if not (keeps and source.kind in FROM_HOUSEHOLDS):
            del fields["door"]
        if source.kind not in FROM_PERSONS:
            del fields["payer_may_be_named"]
        plan = plan_in_force(source.neighbourhood)
        planned = PlanItem.objects.filter(plan=plan).values("menu_item")
        packages = WorkPackage.objects.filter(neighbourhood=source.neighbourhood_id)
        choices = {
            "menu_item": MenuItem.objects.filter(pk__in=planned).order_by("code"),
            "package": packages.order_by("number"),
        }
        for name, rows in choices.items():
            fields[name].queryset = rows
            if not rows.exists():
                del fields[name]
        if "menu_item" in fields:
            fields["menu_item"].label_from_instance = lambda item: f"{item.code} {item.name}"

    def clean_door(self) -> Household | None:
        text = self.cleaned_data["door"].strip()
        if not text:
            return None
        parts = [part.strip() for part in text.split("-")]
        where = {"building__number": parts[0], "unit_number": parts[-1]}
        if len(parts) == 3:
            where["stairwell__number"] = parts[1]
        here = Household.objects.current().filter(neighbourhood=self.source.neighbourhood_id, **where)
        found = list(here[:2]) if len(parts) in (2, 3) else []
        if len(found) != 1:
            raise forms.ValidationError(_("There is no such door here. Write it as building-stairwell-door."))
        return found[0]

    @property
    def values(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        told["household"] = told.pop("door", None)
        told.pop("once", None)
        return told


class ReverseForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why it is reversed"), max_length=500)


@login_required
def money_source_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Add who pays."""
    neighbourhood = planned_neighbourhood(request, pk)
    if not may_write(request.user, Act.PLANS, neighbourhood):
        raise PermissionDenied
    form = SourceForm(request.POST or None, neighbourhood=neighbourhood, is_new=True)
    if request.method == "POST" and form.is_valid():
        made = form.save(lambda **values: add_source(neighbourhood=neighbourhood, by=request.user, **values))
        if made is not None:
            messages.success(request, _("Added: %(name)s.") % {"name": made.name})
            return redirect("money_source", pk, made.pk)
    return _source_page(request, neighbourhood, form, None)


@login_required
def money_source_edit(request: SignedInRequest, pk: int, source: int) -> HttpResponse:
    """Change a source: once a frozen plan names it, only its document."""
    neighbourhood = planned_neighbourhood(request, pk)
    found = source_of(request, neighbourhood, source)
    if not may_write(request.user, Act.PLANS, found):
        raise PermissionDenied
    known = {name: getattr(found, name) for name in ("name", "route", "floor_weights", "stairwell", "document")}
    form = SourceForm(request.POST or None, neighbourhood=neighbourhood, is_new=False, initial=known)
    if request.method == "POST" and form.is_valid():
        made = form.save(lambda **values: change_source(source=found, by=request.user, **values))
        if made is not None:
            messages.success(request, _("Saved."))
            return redirect("money_source", pk, found.pk)
    return _source_page(request, neighbourhood, form, found)


def _source_page(
    request: SignedInRequest, neighbourhood: Neighbourhood, form: SourceForm, source: FundingSource | None
) -> HttpResponse:
    context = {"neighbourhood": neighbourhood, "form": form, "source": source}
    return render(request, "renovation/money_source_form.html", context, status=400 if form.errors else 200)


@login_required
def money_entry_new(request: SignedInRequest, pk: int, source: int) -> HttpResponse:
    """Record a pledge, a receipt or a payment of a source. `?step=`, `?door=` and `?amount=` fill in what is known."""
    neighbourhood = planned_neighbourhood(request, pk)
    found = source_of(request, neighbourhood, source)
    steps = steps_to_record(request, found)
    if not steps:
        raise PermissionDenied
    known = {name: request.GET[name] for name in ("step", "door", "amount") if name in request.GET}
    form = EntryForm(
        request.POST or None,
        source=found,
        steps=steps,
        keeps=may_write(request.user, Act.CONTRIBUTIONS, found),
        initial={"step": steps[0].value, **known},
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        values = form.values
        if not may_record_money(request.user, found, values["step"], values["household"]):
            raise PermissionDenied
        try:
            made = _record_once(request.user, found, values, form.cleaned_data.get("once"))
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            if made is not None:
                said = {"step": made.get_step_display(), "amount": money_text(made.amount)}
                messages.success(request, _("Recorded: %(step)s, %(amount)s.") % said)
            return redirect("money_source", pk, found.pk)
    if form.errors and status == 200:
        status = 400
    context = {"neighbourhood": neighbourhood, "source": found, "form": form}
    return render(request, "renovation/money_entry_new.html", context, status=status)


@transaction.atomic
def _record_once(by: User, source: FundingSource, values: dict[str, Any], once: UUID | None) -> FundingEntry | None:
    """The entry that a form asks for; None where the same form was taken before with the same content: another one,
    come back to and changed, is another entry.
    """
    content = sha256(repr(sorted(values.items(), key=lambda pair: pair[0])).encode()).digest()
    key = f"form:{once}:{content.hex()}"
    if once and idempotency.claim_key(user=by, key=key, request_hash=content):
        return None
    made = record_entry(source=source, by=by, **values)
    if once:
        idempotency.keep_answer(user=by, key=key, request_hash=content, status=302, body=b"", headers={})
    return made


@login_required
def money_entry(request: SignedInRequest, pk: int, entry: int) -> HttpResponse:
    """One entry with its document, and what it belongs to; whoever may record it reverses it with a reason."""
    neighbourhood = planned_neighbourhood(request, pk)
    seen = FundingEntry.objects.visible_to(request.user).filter(source__neighbourhood=neighbourhood)
    found = get_object_or_404(
        seen.select_related(
            "source__neighbourhood",
            "household__building",
            "household__stairwell",
            "menu_item",
            "package",
            "tranche",
            "reverses",
            "reversed_by",
            "recorded_by",
        ),
        pk=entry,
    )
    may = may_record_money(request.user, found.source, found.step, found.household)
    shown = shown_entry(found, reads=reads_contributions(request.user, neighbourhood))
    if request.method == "POST" and not may:
        raise PermissionDenied
    form = ReverseForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            made = reverse_entry(entry=found, reason=form.cleaned_data["reason"], by=request.user)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
        else:
            messages.success(request, _("Reversed. Both entries stay readable."))
            return redirect("money_entry", pk, made.pk)
    if form.errors and status == 200:
        status = 400
    context = {
        "neighbourhood": neighbourhood,
        "shown": shown,
        "entry": found,
        "form": form if may and found.reverses_id is None and shown.reversal is None else None,
    }
    return render(request, "renovation/money_entry.html", context, status=status)
