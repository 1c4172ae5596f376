"""The forms of a handover (day and manager, what passes over, an asset, a signature) and of services that end."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from common.figures import full_day_text
from governance.choices.handover import AssetKind, AssetState, HandoverKind, Service
from governance.models import Management
from governance.pages.forms import DayField
from governance.reports.handover import ItemLine

MOST_COUNTED = 2**31 - 1
COUNTED_BY_HAND = ("drawings", "warranties", "keys", "meters")


class HandoverForm(forms.Form):
    """Who takes over, from which day on; `managements` are those of the place."""

    management = forms.ChoiceField(label=gettext_lazy("Who takes over"), widget=forms.RadioSelect)
    handover_on = DayField(
        label=gettext_lazy("Day of handover"),
        help_text=gettext_lazy("The manager is in charge from this day on; long-term management begins with it."),
    )
    document = forms.CharField(label=gettext_lazy("Number of the handover list"), max_length=120, required=False)

    def __init__(self, *args: Any, managements: Sequence[Management], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.managements = {str(one.pk): one for one in managements}
        choices: Any = self.fields["management"]
        choices.choices = [(key, _management_words(one)) for key, one in self.managements.items()]

    @property
    def told(self) -> dict[str, Any]:
        return {**self.cleaned_data, "management": self.managements[self.cleaned_data["management"]]}


def _management_words(management: Management) -> str:
    who = management.body.name if management.body else management.get_mode_display()
    return _("%(who)s · %(document)s · from %(day)s") % {
        "who": who,
        "document": management.document,
        "day": full_day_text(management.starts_on),
    }


class ItemsForm(forms.Form):
    """The eight things, each with whether it passed over, how many, and a note."""

    def __init__(self, *args: Any, lines: Sequence[ItemLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"{line.kind}_handed"] = forms.BooleanField(
                label=pgettext_lazy("handover", "Handed over"), required=False, initial=line.handed
            )
            if line.kind in COUNTED_BY_HAND:
                self.fields[f"{line.kind}_count"] = forms.IntegerField(
                    label=gettext_lazy("How many"),
                    required=False,
                    min_value=0,
                    max_value=MOST_COUNTED,
                    initial=line.count,
                )
            self.fields[f"{line.kind}_note"] = forms.CharField(
                label=gettext_lazy("Note"), required=False, max_length=500, initial=line.note
            )

    @property
    def rows(self) -> list[tuple[ItemLine, forms.BoundField, forms.BoundField | None, forms.BoundField]]:
        """Each thing with its fields; what is counted here, or is one text, has no field for its number."""
        return [
            (
                line,
                self[f"{line.kind}_handed"],
                self[f"{line.kind}_count"] if line.kind in COUNTED_BY_HAND else None,
                self[f"{line.kind}_note"],
            )
            for line in self.lines
        ]

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, dict[str, Any]] = {kind: {} for kind in HandoverKind.values}
        for name, value in self.cleaned_data.items():
            kind, _sign, field = name.rpartition("_")
            told[kind][field] = value
        return {"items": told}


class AssetForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the asset"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of asset"), choices=AssetKind.choices)
    quantity = forms.DecimalField(
        label=gettext_lazy("Quantity"), min_value=Decimal("0.01"), max_digits=12, decimal_places=2
    )
    unit = forms.CharField(label=gettext_lazy("Unit"), max_length=20)
    place = forms.CharField(label=gettext_lazy("Where it is"), max_length=120, required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), choices=AssetState.choices, widget=forms.RadioSelect)
    taken_by = forms.CharField(
        label=gettext_lazy("Utility that takes it over"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Left empty where the manager takes it over."),
    )

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class SignForm(forms.Form):
    """A signature below the lists as they were `seen`: changed meanwhile, they are looked at again first."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    name = forms.CharField(label=gettext_lazy("Who signed"), max_length=40)
    signed_on = DayField(label=gettext_lazy("Signed on"), initial=timezone.localdate)
    document = forms.CharField(label=gettext_lazy("Number of the signed copy"), max_length=120, required=False)

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class ReadinessForm(forms.Form):
    """The check before a service ends; it can be answered bit by bit."""

    taken_over_by = forms.CharField(label=gettext_lazy("Who goes on with the service"), max_length=120, required=False)
    fee_covers_it = forms.BooleanField(label=gettext_lazy("The fee covers it"), required=False)
    residents_told_on = DayField(
        label=gettext_lazy("Residents were told on"),
        required=False,
        help_text=gettext_lazy("Before the day on which the service ends."),
    )

    @property
    def answers(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("taken_over_by", "fee_covers_it", "residents_told_on")}

    @property
    def told(self) -> dict[str, Any]:
        return {"answers": self.answers}


class WithdrawalForm(ReadinessForm):
    """A service and the day on which it ends, with as much of the check as is known; `services` have no end yet."""

    service = forms.ChoiceField(label=gettext_lazy("Service"), widget=forms.RadioSelect)
    ends_on = DayField(
        label=pgettext_lazy("service", "Ends on"), help_text=gettext_lazy("A day after the day of handover.")
    )
    document = forms.CharField(label=gettext_lazy("Number of the decision"), max_length=120)

    field_order = ["service", "ends_on", "document"]

    def __init__(self, *args: Any, services: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["service"]
        choices.choices = [(service, Service(service).label) for service in services]

    @property
    def told(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.field_order} | {"readiness": self.answers}


class PostponeForm(forms.Form):
    ends_on = DayField(label=gettext_lazy("Ends on, later"))
    reason = forms.CharField(label=gettext_lazy("Why it is put off"), max_length=500)
    document = forms.CharField(label=gettext_lazy("Number of the decision"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Two forms stand on the page: their fields must not share an id.
        super().__init__(*args, **{"auto_id": "postpone_%s", **kwargs})

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data
