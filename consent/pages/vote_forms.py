"""The forms of the pages about owners' votes."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from consent.choices import BallotForm, ChallengeOutcome, Delivery, VoteMatter, VoteScope
from consent.models import OwnersVote
from consent.rules.votes import NOTICE_DAYS
from renovation.models import Neighbourhood


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class OpenVoteForm(forms.Form):
    """The roll is frozen by it, and so is what the rules of procedure say."""

    matter = forms.TypedChoiceField(label=gettext_lazy("Matter"), choices=VoteMatter.choices, coerce=int)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    text = forms.CharField(
        label=gettext_lazy("What is asked"),
        max_length=4000,
        required=False,
        widget=forms.Textarea,
        help_text=gettext_lazy("As it stands on the ballot."),
    )
    scope = forms.ChoiceField(label=gettext_lazy("Who votes"), choices=VoteScope.choices)
    stairwell = forms.TypedChoiceField(
        label=gettext_lazy("Stairwell"),
        required=False,
        empty_value=None,
        coerce=int,
        help_text=gettext_lazy("For a lift: only its owners vote."),
    )
    announced_on = DayField(
        label=gettext_lazy("Announced to the owners on"),
        help_text=gettext_lazy("At least 15 days before the vote begins."),
    )
    residents_committee_told_on = DayField(label=gettext_lazy("Residents' committee told on"))
    starts_on = DayField(label=gettext_lazy("Voting begins on"))
    ends_on = DayField(label=gettext_lazy("Voting ends on"))
    silent_votes = forms.BooleanField(
        label=gettext_lazy("Silent ballots join the majority"),
        required=False,
        help_text=gettext_lazy(
            "Only where the adopted rules of procedure say so, and only ballots that were delivered."
        ),
    )
    needed_by_plan = forms.BooleanField(label=gettext_lazy("The plan of works waits for this vote"), required=False)

    def __init__(self, *args: Any, stairwells: list[tuple[int, str]], may_be_silent: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stairwell"].choices = [("", "–"), *stairwells]  # type: ignore[attr-defined]
        if not stairwells:
            del self.fields["stairwell"], self.fields["scope"]
        if not may_be_silent:
            del self.fields["silent_votes"]


class AmendVoteForm(forms.Form):
    """What is put on record of an open vote; fields left empty change nothing."""

    announced_on = DayField(label=gettext_lazy("Announced to the owners on"), required=False)
    residents_committee_told_on = DayField(label=gettext_lazy("Residents' committee told on"), required=False)
    ends_on = DayField(label=gettext_lazy("Voting ends on"), required=False)
    undelivered_posted_on = DayField(
        label=gettext_lazy("Notice to those who were not reached posted on"),
        required=False,
        help_text=gettext_lazy("It stands in for their ballots once it has hung for 7 days."),
    )

    def __init__(self, *args: Any, vote: OwnersVote, **kwargs: Any) -> None:
        told = {name: getattr(vote, name) for name in self.base_fields}
        super().__init__(*args, **{"auto_id": "amend_%s", "initial": told, **kwargs})

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data if self.cleaned_data[name] is not None}


class CloseVoteForm(forms.Form):
    counted_by = forms.CharField(
        label=gettext_lazy("Counted by"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Who counted and who watched, as the minutes name them."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "close_%s", **kwargs})


class CancelVoteForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why it is called off"), max_length=500, widget=forms.Textarea)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "cancel_%s", **kwargs})


class ChallengeForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What is held against the decision"), max_length=1000, widget=forms.Textarea
    )
    raised_on = DayField(label=gettext_lazy("Raised on"), initial=timezone.localdate)
    raised_by = forms.CharField(
        label=gettext_lazy("Raised by"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Seen only by those who run votes here."),
    )
    document = forms.CharField(
        label=gettext_lazy("Document of the court"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("If one is there."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "challenge_%s", **kwargs})


class DecideForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("How it was decided"),
        choices=[choice for choice in ChallengeOutcome.choices if choice[0] != ChallengeOutcome.PENDING],
    )
    decided_on = DayField(label=gettext_lazy("Decided on"), initial=timezone.localdate)

    def __init__(self, *args: Any, challenge: int, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"decide_{challenge}_%s", **kwargs})


class AdoptRulesForm(forms.Form):
    document = forms.CharField(label=gettext_lazy("Document"), max_length=120)
    adopted_on = DayField(label=gettext_lazy("Adopted on"), initial=timezone.localdate)
    silent_votes = forms.BooleanField(
        label=gettext_lazy("Silent ballots join the majority"),
        required=False,
        help_text=gettext_lazy("Off unless the text says so and owners were told what silence means."),
    )
    count_spaces = forms.BooleanField(label=gettext_lazy("Registrable parking spaces count"), required=False)
    proxy_limit = forms.IntegerField(
        label=gettext_lazy("Most owners that one proxy may stand for"),
        min_value=1,
        max_value=1000,
        required=False,
        help_text=gettext_lazy("Empty: the rules set no limit."),
    )
    vote = forms.TypedChoiceField(
        label=gettext_lazy("The vote that adopted them"), required=False, empty_value=None, coerce=int
    )

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        passed = OwnersVote.objects.filter(
            neighbourhood=neighbourhood, matter=VoteMatter.RULES_OF_PROCEDURE, verdict="passed", rescinded_at=None
        )
        self._votes = {vote.pk: vote for vote in passed}
        named = [(pk, f"{vote.number}. {vote.title}") for pk, vote in self._votes.items()]
        self.fields["vote"].choices = [("", "–"), *named]  # type: ignore[attr-defined]
        if not named:
            del self.fields["vote"]

    def values(self) -> dict[str, Any]:
        return {**self.cleaned_data, "vote": self._votes.get(self.cleaned_data.get("vote") or 0)}


class RollFilter(forms.Form):
    """What the roll is narrowed to. A value that is none of the choices narrows nothing."""

    q = forms.CharField(label=gettext_lazy("Owner or door"), required=False, max_length=40)
    state = forms.ChoiceField(
        label=gettext_lazy("Ballot"),
        required=False,
        choices=[
            ("", gettext_lazy("All")),
            ("undelivered", gettext_lazy("Not delivered yet")),
            ("out", gettext_lazy("Delivered and still out")),
            ("returned", gettext_lazy("Returned")),
        ],
    )
    building = forms.ChoiceField(label=gettext_lazy("Building"), required=False)

    def __init__(self, *args: Any, buildings: list[tuple[int, str]], names: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["building"].choices = [("", gettext_lazy("All")), *buildings]  # type: ignore[attr-defined]
        if not names:
            # What is masked is not searched by either.
            self.fields["q"].label = gettext_lazy("Door")

    def wanted(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class DeliverForm(forms.Form):
    """How and when the ballots of the owners that are ticked were delivered."""

    delivery = forms.ChoiceField(label=gettext_lazy("How"), choices=Delivery.choices)
    delivered_on = DayField(label=gettext_lazy("Delivered on"), initial=timezone.localdate)
    proof = forms.CharField(
        label=gettext_lazy("Proof of delivery"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Such as the number of the list that was signed. Needed where silent ballots count."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "deliver_%s", **kwargs})


class EnterForm(forms.Form):
    """What holds for the ballots that are entered one after the other: the pile of paper on the table."""

    returned_on = DayField(label=gettext_lazy("Came back on"), initial=timezone.localdate)
    form = forms.ChoiceField(label=gettext_lazy("Form"), choices=BallotForm.choices, initial=BallotForm.WRITTEN)
    proxy_holder = forms.CharField(
        label=gettext_lazy("Who holds the owner's paper"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("For a proxy."),
    )


def first_days(today: Any = None) -> dict[str, Any]:
    """The days proposed for a vote that is announced today."""
    announced = today or timezone.localdate()
    starts = announced + timedelta(days=NOTICE_DAYS)
    return {"announced_on": announced, "starts_on": starts, "ends_on": starts + timedelta(days=14)}
