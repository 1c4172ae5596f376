"""The forms about party members: checking in, areas, reports, and service for points."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from governance.choices.party import CheckIn
from governance.models import Body, PartyMember, PointRule
from governance.pages.forms import DayField
from governance.reports.party import points_keepers
from governance.rules.bodies import PARTY
from governance.rules.party import last_ended_period
from renovation.models import Neighbourhood, Stairwell


def _last(*, of_member: bool) -> str:
    return last_ended_period(timezone.localdate(), of_member=of_member)


class DescribeMemberForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=40)
    check_in = forms.ChoiceField(label=gettext_lazy("Checked in"), choices=CheckIn.choices, widget=forms.RadioSelect)
    work_unit = forms.CharField(
        label=gettext_lazy("Work unit"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Needed where the member checks in through it."),
    )
    body: Any = forms.ModelChoiceField(label=gettext_lazy("Branch or group"), queryset=None, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=20, required=False)
    user: Any = forms.ModelChoiceField(
        label=gettext_lazy("Own account"),
        queryset=None,
        required=False,
        help_text=gettext_lazy("Where the member decides on service here: never on service of their own."),
    )

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields
        standing = Body.objects.filter(neighbourhood=neighbourhood, kind__in=PARTY, ended_on=None)
        choices["body"].queryset = standing.order_by("pk")
        choices["body"].empty_label = _("Not said")
        choices["user"].queryset = points_keepers(neighbourhood, timezone.localdate())
        choices["user"].empty_label = _("None")
        self.initial.setdefault("check_in", CheckIn.RESIDENCE)

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class CheckInForm(DescribeMemberForm):
    checked_in_on = DayField(label=gettext_lazy("Checked in on"), initial=timezone.localdate)


class EndMemberForm(forms.Form):
    ended_on = DayField(label=gettext_lazy("Last day of service here"), initial=timezone.localdate)

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class AreaForm(forms.Form):
    """A building, or a stairwell of it: one list of both, so that they always fit."""

    place = forms.ChoiceField(label=gettext_lazy("Building or stairwell"))
    duty = forms.CharField(label=gettext_lazy("Duty"), max_length=200)
    starts_on = DayField(label=gettext_lazy("From"), initial=timezone.localdate)
    consents = forms.BooleanField(
        label=gettext_lazy("The member consents, as of today, to be named on the board at the door"), required=False
    )

    def __init__(self, *args: Any, stairwells: Sequence[Stairwell], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places: dict[str, tuple[Any, Stairwell | None]] = {}
        choices: list[tuple[str, str]] = []
        for stairwell in stairwells:
            building = stairwell.building
            if f"b{building.pk}" not in self.places:
                self.places[f"b{building.pk}"] = (building, None)
                choices.append((f"b{building.pk}", _("Building %(number)s, all of it") % {"number": building.number}))
            self.places[f"s{stairwell.pk}"] = (building, stairwell)
            words = _("Building %(number)s · Stairwell %(stairwell)s")
            choices.append((f"s{stairwell.pk}", words % {"number": building.number, "stairwell": stairwell.number}))
        field: Any = self.fields["place"]
        field.choices = choices

    @property
    def told(self) -> dict[str, Any]:
        building, stairwell = self.places[self.cleaned_data["place"]]
        return {
            "building": building,
            "stairwell": stairwell,
            "duty": self.cleaned_data["duty"],
            "starts_on": self.cleaned_data["starts_on"],
            "shown_with_consent_on": timezone.localdate() if self.cleaned_data["consents"] else None,
        }


class ReportForm(forms.Form):
    """Half-years are a member's, years a work unit's."""

    period = forms.CharField(label=gettext_lazy("Period"), max_length=7)
    reported_on = DayField(label=gettext_lazy("Reported on"), initial=timezone.localdate)
    text = forms.CharField(
        label=gettext_lazy("What is reported"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, of_member: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("period", _last(of_member=of_member))
        example = _("A half-year, as 2026-H1.") if of_member else _("A year, as 2026.")
        self.fields["period"].help_text = example

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class UnitReportForm(ReportForm):
    work_unit = forms.CharField(label=gettext_lazy("Work unit"), max_length=80)

    field_order = ["work_unit", "period", "reported_on", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, of_member=False, **kwargs)


class ServiceForm(forms.Form):
    member: Any = forms.ModelChoiceField(label=gettext_lazy("Party member"), queryset=None)
    rule = forms.ChoiceField(label=gettext_lazy("Service"))
    done_on = DayField(label=gettext_lazy("Done on"), initial=timezone.localdate)
    text = forms.CharField(
        label=gettext_lazy("What was done"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, rules: Sequence[PointRule], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = {str(rule.pk): rule for rule in rules}
        fields: Any = self.fields
        serving = PartyMember.objects.filter(neighbourhood=neighbourhood).serving(timezone.localdate())
        fields["member"].queryset = serving.order_by("name", "pk")
        fields["member"].label_from_instance = _name_and_unit
        worth = _("%(service)s (%(points)s points)")
        fields["rule"].choices = [
            (key, worth % {"service": rule.name, "points": rule.points}) for key, rule in self.rules.items()
        ]

    @property
    def told(self) -> dict[str, Any]:
        return {**self.cleaned_data, "rule": self.rules[self.cleaned_data["rule"]]}


def _name_and_unit(member: PartyMember) -> str:
    return f"{member.name} · {member.work_unit}" if member.work_unit else member.name


class NoteForm(forms.Form):
    note = forms.CharField(label=gettext_lazy("Note"), max_length=500, required=False)

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class DayForm(forms.Form):
    ends_on = DayField(label=gettext_lazy("Last day"), initial=timezone.localdate)

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data
