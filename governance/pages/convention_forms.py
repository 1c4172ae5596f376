"""The forms of a convention: its text, its adoption, filing and end, and the signature of a door."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consent.choices import Respondent
from consent.models import OwnersVote
from governance.choices.conventions import SignatureForm
from governance.pages.forms import DayField
from renovation.models import Stairwell

LONGEST_TEXT = 20_000
PER_CENT = 100


class TextForm(forms.Form):
    """What a version says. `is_signed` asks for the share of households too, `stairwells` for the one it is of."""

    stairwell = forms.ChoiceField(label=gettext_lazy("Stairwell"))
    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text=gettext_lazy("One article a line. Once somebody has signed it, it is not changed any more."),
    )
    per_cent = forms.DecimalField(
        label=gettext_lazy("Households that must sign, per cent"),
        min_value=Decimal("0.01"),
        max_value=Decimal(PER_CENT),
        decimal_places=2,
        required=False,
        help_text=gettext_lazy("As the residents agreed. Left empty, it can be adopted with the first signature."),
    )

    def __init__(
        self,
        *args: Any,
        is_signed: bool,
        is_new: bool = False,
        stairwells: Sequence[Stairwell] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.stairwells = {str(one.pk): one for one in stairwells}
        if self.stairwells:
            choices: Any = self.fields["stairwell"]
            choices.choices = [(key, stairwell_words(one)) for key, one in self.stairwells.items()]
        else:
            del self.fields["stairwell"]
        if not is_new:
            del self.fields["title"]
        if not is_signed:
            del self.fields["per_cent"]
            self.fields["text"].help_text = _("One article a line. The owners vote on it word for word.")

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = {"text": self.cleaned_data["text"].replace("\r\n", "\n")}
        if "title" in self.fields:
            told["title"] = self.cleaned_data["title"]
        if "per_cent" in self.fields:
            per_cent = self.cleaned_data["per_cent"]
            told["needed_share"] = None if per_cent is None else per_cent / PER_CENT
        if "stairwell" in self.fields:
            told["stairwell"] = self.stairwells[self.cleaned_data["stairwell"]]
        return told


def stairwell_words(stairwell: Stairwell) -> str:
    return _("Building %(building)s · Stairwell %(stairwell)s") % {
        "building": stairwell.building.number,
        "stairwell": stairwell.number,
    }


class RenameForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class AdoptForm(forms.Form):
    """`votes` are those that adopt a covenant; None where signatures do."""

    vote = forms.ChoiceField(label=gettext_lazy("Owners' vote that adopted it"), widget=forms.RadioSelect)
    adopted_on = DayField(label=gettext_lazy("Adopted on"))
    document = forms.CharField(
        label=gettext_lazy("Number of the minutes or the record"), max_length=120, required=False
    )

    def __init__(self, *args: Any, votes: Sequence[OwnersVote] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.votes = {str(one.pk): one for one in votes or ()}
        if votes is None:
            del self.fields["vote"]
        else:
            choices: Any = self.fields["vote"]
            choices.choices = [(key, one.title) for key, one in self.votes.items()]
        self.fields["adopted_on"].initial = timezone.localdate

    @property
    def told(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        if "vote" in self.fields:
            told["vote"] = self.votes[told["vote"]]
        return told


class FileForm(forms.Form):
    filed_with = forms.CharField(label=gettext_lazy("Filed with"), max_length=120)
    filed_on = DayField(label=gettext_lazy("Filed on"))

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why it is withdrawn"), max_length=500)

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class SignatureEntryForm(forms.Form):
    """A door's signature as it stands on the paper. What is sent twice is kept once, by the `client_id`."""

    signer = forms.CharField(label=gettext_lazy("Name of who signed"), max_length=60)
    respondent = forms.ChoiceField(
        label=gettext_lazy("Signed as"), choices=Respondent.choices, widget=forms.RadioSelect, initial=Respondent.OWNER
    )
    form = forms.ChoiceField(
        label=gettext_lazy("How"),
        choices=SignatureForm.choices,
        widget=forms.RadioSelect,
        initial=SignatureForm.SIGNED,
    )
    signed_on = DayField(label=gettext_lazy("Signed on"), initial=timezone.localdate)
    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class TakeBackForm(forms.Form):
    signed_on = DayField(label=gettext_lazy("Taken back on"), initial=timezone.localdate)
    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data
