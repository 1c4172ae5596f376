"""Forms of arrears: a reminder, a visit at the door, letters for many."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from common.photo_fields import CameraInput
from governance.choices.fees import ReminderChannel, ReminderStep, VisitOutcome
from governance.pages.fees.forms import MomentField
from governance.pages.forms import DayField
from governance.reports.fees.arrears import AccountArrears
from governance.rules.fees.arrears import CHANNELS, open_steps


class ReminderForm(forms.Form):
    """A step that was taken for one debtor; `debt` says which may be."""

    step = forms.ChoiceField(label=pgettext_lazy("reminder", "What was done"), widget=forms.RadioSelect)
    channel = forms.ChoiceField(label=pgettext_lazy("reminder", "How"), choices=ReminderChannel.choices)
    outcome = forms.ChoiceField(
        label=gettext_lazy("What came of the visit"),
        required=False,
        choices=[("", pgettext_lazy("arrears visit", "No visit")), *VisitOutcome.choices],
    )
    promised_on = DayField(label=gettext_lazy("Promised by"), required=False)
    given_at = MomentField(
        label=pgettext_lazy("reminder", "When"), required=False, help_text=gettext_lazy("Empty means now.")
    )
    received = forms.BooleanField(
        label=gettext_lazy("A photo or a document shows that it arrived"),
        required=False,
        help_text=gettext_lazy("Then the three years to sue begin anew."),
    )
    proof = forms.FileField(
        label=gettext_lazy("Photo that shows it"), required=False, max_length=255, widget=CameraInput
    )
    document = forms.CharField(
        label=gettext_lazy("Document number"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Of the registered letter, the receipt or the filing."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Residents may ask to read it: write facts, not judgements."),
    )
    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, debt: AccountArrears, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        steps = open_steps(row.step for row in debt.reminders)
        at_hand = debt.following.step if debt.following else steps[-1]
        self.fields["step"].choices = [(step, ReminderStep(step).label) for step in steps]  # type: ignore[attr-defined]
        self.fields["step"].initial = at_hand
        self.fields["channel"].initial = CHANNELS[at_hand][0]

    @property
    def told(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class VisitForm(forms.Form):
    """What came of a knock at a door; of several debtors there, whom it was about."""

    account = forms.ChoiceField(label=gettext_lazy("Who was asked"), widget=forms.RadioSelect)
    outcome = forms.ChoiceField(
        label=gettext_lazy("How it went this time"), choices=VisitOutcome.choices, widget=forms.RadioSelect
    )
    promised_on = DayField(
        label=gettext_lazy("Promised by"), required=False, help_text=gettext_lazy("Only with a promise.")
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Residents may ask to read it: write facts, not judgements."),
    )
    proof = forms.FileField(
        label=gettext_lazy("Photo of the signed receipt"),
        required=False,
        max_length=255,
        widget=CameraInput,
        help_text=gettext_lazy("Only the paper, no people; where it was taken is removed."),
    )
    received = forms.BooleanField(label=gettext_lazy("The photo shows that the letter arrived"), required=False)
    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, debts: Sequence[tuple[AccountArrears, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.debts = {str(debt.account.pk): debt for debt, _name in debts}
        self.fields["account"].choices = [  # type: ignore[attr-defined]
            (str(debt.account.pk), name) for debt, name in debts
        ]
        if len(debts) == 1:
            self.fields["account"].widget = forms.HiddenInput()
        if debts:
            self.fields["account"].initial = str(debts[0][0].account.pk)

    @property
    def told(self) -> dict[str, Any]:
        entered = {**self.cleaned_data}
        return {
            **entered,
            "account": self.debts[entered.pop("account")].account,
            "step": ReminderStep.VISIT,
            "channel": ReminderChannel.AT_THE_DOOR,
        }


class LettersForm(forms.Form):
    """That letters which were printed have been given: how, and by what document."""

    channel = forms.ChoiceField(label=pgettext_lazy("reminder", "How"))
    document = forms.CharField(
        label=gettext_lazy("Document number"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Of the list of registered letters, if there is one."),
    )

    def __init__(self, *args: Any, step: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].choices = [  # type: ignore[attr-defined]
            (channel, ReminderChannel(channel).label) for channel in CHANNELS[step]
        ]

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or {}
        if entered.get("channel") == ReminderChannel.POST and not entered.get("document"):
            self.add_error("document", _("Registered letters have a number: it is the proof."))
        return entered
