"""The forms of works: a package, its progress, a step of it, a change of the plan, an acceptance, a filing."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from common.figures import money_text
from renovation.choices import Attendee, PackageState, WarrantyKind
from renovation.models import PlanItem, WorkPackage
from renovation.pages.evidence import DayField
from renovation.reports.acceptance import CHECKLIST_WORDS
from renovation.reports.works import ItemSheet, PackageSheet
from renovation.rules.warranties import LEAST, MOST_YEARS, is_too_short, least_years
from renovation.rules.works import CHECKLIST
from renovation.services.acceptance import WarrantyTerm

PERCENT = Decimal(100)
SHARE = Decimal("0.0001")


class PackageForm(forms.Form):
    """A package, and which items of the plan in force are in it: `items` are those that are free."""

    name = forms.CharField(label=gettext_lazy("Name of the package"), max_length=80)
    contractor = forms.CharField(label=gettext_lazy("Contractor"), max_length=80)
    contract_document = forms.CharField(label=gettext_lazy("Contract number"), max_length=120)
    contract_sum = forms.DecimalField(
        label=gettext_lazy("Contract sum, in yuan"), required=False, min_value=0, max_digits=14, decimal_places=2
    )
    supervisor = forms.CharField(label=gettext_lazy("Supervisor of works"), required=False, max_length=80)
    starts_on = DayField(label=gettext_lazy("Planned to begin on"))
    ends_on = DayField(label=gettext_lazy("Planned to end on"))
    menu_items = forms.MultipleChoiceField(
        label=gettext_lazy("Items of the plan in this package"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, items: Sequence[PlanItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = {str(item.menu_item_id): item for item in items}
        choices: Any = self.fields["menu_items"]
        choices.choices = [(key, _item_words(item)) for key, item in self.items.items()]

    @property
    def told(self) -> dict[str, Any]:
        chosen = [self.items[key].menu_item for key in self.cleaned_data["menu_items"]]
        return {**self.cleaned_data, "menu_items": chosen}


def _item_words(item: PlanItem) -> str:
    return f"{item.menu_item.code} {item.menu_item.name} · {money_text(item.amount or Decimal(0))}"


class ProgressForm(forms.Form):
    """How much of each item is done by a day, in percent. Only what was changed is reported: each share comes with the
    one that the form began with, so one left as it was takes nothing back that somebody else reported meanwhile.
    """

    done_on = DayField(label=gettext_lazy("Done by the end of"), initial=timezone.localdate)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Needed where less is done than was reported before."),
    )

    def __init__(self, *args: Any, sheet: PackageSheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheet = sheet
        for one in sheet.items:
            self.fields[_share_name(one)] = forms.DecimalField(
                label=_("%(item)s, done in percent") % {"item": one.item.menu_item.name},
                min_value=0,
                max_value=100,
                decimal_places=2,
                initial=_percent(one.item.done_share),
                show_hidden_initial=True,
            )

    @property
    def rows(self) -> list[tuple[ItemSheet, forms.BoundField, str]]:
        """Each item with its field, and the hidden one of the share that it began with."""
        fields = [(one, self[_share_name(one)]) for one in self.sheet.items]
        return [(one, bound, bound.as_hidden(only_initial=True)) for one, bound in fields]

    @property
    def told(self) -> dict[str, Any]:
        changed = [one for one in self.sheet.items if _share_name(one) in self.changed_data]
        sent = {one: (self.cleaned_data[_share_name(one)] / PERCENT).quantize(SHARE) for one in changed}
        shares = {one.item.menu_item_id: share for one, share in sent.items() if share != one.item.done_share}
        return {"shares": shares, "done_on": self.cleaned_data["done_on"], "note": self.cleaned_data["note"]}


def _share_name(one: ItemSheet) -> str:
    return f"share_{one.item.menu_item_id}"


def _percent(share: Decimal) -> str:
    """25, 12.5: as few places as say it."""
    text = f"{share * PERCENT:.2f}"
    return text.rstrip("0").rstrip(".")


class StepForm(forms.Form):
    """A step of a package that people take. A suspension has a reason, and a day to look again."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    review_on = DayField(label=gettext_lazy("Look at it again on"))

    def __init__(self, *args: Any, to: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if to != PackageState.SUSPENDED:
            del self.fields["review_on"]
            self.fields["reason"].required = False
            self.fields["reason"].label = _("Note")

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class ChangeForm(forms.Form):
    requested_by = forms.CharField(
        label=gettext_lazy("Asked for by"),
        max_length=80,
        help_text=gettext_lazy("A contractor, residents, an office."),
    )
    requested_on = DayField(label=gettext_lazy("Asked for on"), initial=timezone.localdate)
    text = forms.CharField(
        label=gettext_lazy("What is to change, and why"), max_length=500, widget=forms.Textarea(attrs={"rows": 4})
    )
    document = forms.CharField(label=gettext_lazy("Document number"), required=False, max_length=120)
    package = forms.ModelChoiceField(
        label=gettext_lazy("Work package"), required=False, queryset=WorkPackage.objects.none()
    )

    def __init__(self, *args: Any, packages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["package"]
        choices.queryset = packages
        choices.empty_label = _("Not said")

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class RefuseForm(forms.Form):
    decision = forms.CharField(
        label=gettext_lazy("Why it is refused"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class AcceptanceForm(forms.Form):
    """The formal check of a package: its points, who took part, and where it passed a warranty for each item."""

    passed = forms.ChoiceField(
        label=gettext_lazy("Verdict of the acceptance"),
        choices=[("yes", pgettext_lazy("an acceptance", "Passed")), ("no", gettext_lazy("Not passed"))],
        widget=forms.RadioSelect,
    )
    held_on = DayField(label=gettext_lazy("Held on"), initial=timezone.localdate)
    document = forms.CharField(label=gettext_lazy("Number of the report"), max_length=120)
    checklist = forms.MultipleChoiceField(
        label=gettext_lazy("What holds"),
        required=False,
        choices=[(point, CHECKLIST_WORDS[point]) for point in CHECKLIST],
        widget=forms.CheckboxSelectMultiple,
    )
    attendees = forms.MultipleChoiceField(
        label=gettext_lazy("Who took part"), choices=Attendee.choices, widget=forms.CheckboxSelectMultiple
    )
    remarks = forms.CharField(
        label=gettext_lazy("Remarks"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, sheet: PackageSheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = [one for one in sheet.items if one.in_plan]
        kinds = [("", _("Choose")), *WarrantyKind.choices]
        least = json.dumps({kind: years for kind, years in LEAST.items() if years})
        for one in self.items:
            name = one.item.menu_item.name
            self.fields[f"kind_{one.item.menu_item_id}"] = forms.ChoiceField(
                label=_("%(item)s, kind of work") % {"item": name},
                required=False,
                choices=kinds,
                widget=forms.Select(attrs={"data-least": least, "data-years": f"id_years_{one.item.menu_item_id}"}),
            )
            self.fields[f"years_{one.item.menu_item_id}"] = forms.IntegerField(
                label=_("%(item)s, years of warranty") % {"item": name},
                required=False,
                min_value=1,
                max_value=MOST_YEARS,
            )
            self.fields[f"letter_{one.item.menu_item_id}"] = forms.CharField(
                label=_("%(item)s, number of the warranty letter") % {"item": name}, required=False, max_length=120
            )

    @property
    def rows(self) -> list[tuple[ItemSheet, forms.BoundField, forms.BoundField, forms.BoundField]]:
        names = ("kind", "years", "letter")
        return [(one, *(self[f"{name}_{one.item.menu_item_id}"] for name in names)) for one in self.items]  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        """A warranty of each item is asked for where it passed; a statutory minimum stands in for years left out."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("passed") != "yes":
            return values
        for one in self.items:
            number = one.item.menu_item_id
            kind, years = values.get(f"kind_{number}"), values.get(f"years_{number}")
            if not kind:
                self.add_error(f"kind_{number}", _("Choose the kind of work."))
            elif years is None and f"years_{number}" not in self.errors:
                if LEAST[kind] is None:
                    self.add_error(
                        f"years_{number}", _("Give the years: the law names no number for this kind of work.")
                    )
                values[f"years_{number}"] = LEAST[kind]
            elif years is not None and is_too_short(kind, years):
                self.add_error(
                    f"years_{number}", _("The law asks for %(least)s at least.") % {"least": least_years(kind)}
                )
        return values

    @property
    def told(self) -> dict[str, Any]:
        values = self.cleaned_data
        passed = values["passed"] == "yes"
        return {
            "held_on": values["held_on"],
            "passed": passed,
            "checklist": {point: point in values["checklist"] for point in CHECKLIST},
            "attendees": values["attendees"],
            "remarks": values["remarks"],
            "document": values["document"],
            "warranties": [self._term(one) for one in self.items] if passed else [],
        }

    def _term(self, one: ItemSheet) -> WarrantyTerm:
        number = one.item.menu_item_id
        kind, years, letter = (self.cleaned_data[f"{name}_{number}"] for name in ("kind", "years", "letter"))
        return WarrantyTerm(one.item.menu_item, kind, years, letter)


class FilingForm(forms.Form):
    filed_on = DayField(label=gettext_lazy("Filed on"), initial=timezone.localdate)
    filed_with = forms.CharField(label=gettext_lazy("Filed with"), max_length=80)
    document = forms.CharField(label=gettext_lazy("Number of the receipt"), max_length=120)
    kept_at = forms.CharField(label=gettext_lazy("Where the file is kept"), max_length=120)

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data
