"""The forms of workshops and meetings, and of telling residents."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from consent.choices import AttendeeRole, Channel, DecisionOutcome, WorkshopKind
from consent.reports.workshops import homes_at
from consent.rules.workshops import LONGEST_NAME, SignIn, read_sign_ins
from renovation.models import Neighbourhood

MOST_LINES = 500
MOST_HANDS = 100_000
MOST_REACHED = 1_000_000


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class OneOfSeveral(forms.Form):
    """Several forms stand on one page: their fields must not share an id."""

    prefix_of_ids = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{self.prefix_of_ids}_%s", **kwargs})


class PlanForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    held_on = DayField(label=gettext_lazy("Day"))
    place = forms.CharField(label=pgettext_lazy("meeting", "Place"), max_length=120)
    convened_by = forms.CharField(label=gettext_lazy("Convened by"), max_length=80)
    agenda = forms.CharField(
        label=gettext_lazy("Agenda"),
        max_length=4000,
        widget=forms.Textarea,
        help_text=gettext_lazy("What is to be discussed, one point a line."),
    )


class NewWorkshopForm(PlanForm):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=WorkshopKind.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, keeps_party: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        if not keeps_party:
            fields["kind"].choices = [one for one in WorkshopKind.choices if one[0] != WorkshopKind.PARTY_MEETING]


class SignInField(forms.CharField):
    """A sheet of names, one a line, with the door behind the name where it is known."""

    widget = forms.Textarea(attrs={"rows": 6})

    def to_python(self, value: Any) -> Any:
        return super().to_python(value) or ""


class SignInForm(OneOfSeveral):
    """Who came in one role; `rows` are what the service takes."""

    prefix_of_ids = "signin"
    role = forms.ChoiceField(label=gettext_lazy("Came as"), choices=AttendeeRole.choices, widget=forms.RadioSelect)
    sheet = SignInField(
        label=gettext_lazy("Names, one a line"),
        max_length=MOST_LINES * 60,
        help_text=gettext_lazy("With the door behind the name where somebody came for a household: Li Fang 3-2-401"),
    )

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.neighbourhood = neighbourhood
        self.rows: list[dict[str, Any]] = []
        self.initial.setdefault("role", AttendeeRole.RESIDENT)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        lines = read_sign_ins(values.get("sheet", ""))
        homes = homes_at(self.neighbourhood, [line.door for line in lines])
        for line in lines[: MOST_LINES + 1]:
            fault = self._fault(line, len(homes[line.door]) if line.door else 1)
            if fault:
                self.add_error("sheet", fault)
            elif "role" in values:
                household = homes[line.door][0] if line.door else None
                self.rows.append({"name": line.name, "role": values["role"], "household": household})
        if len(lines) > MOST_LINES:
            self.add_error("sheet", _("At most %(most)s names at once.") % {"most": MOST_LINES})
        return values

    def _fault(self, line: SignIn, homes: int) -> str:
        words = {"name": line.name[:LONGEST_NAME], "door": "-".join(line.door), "most": LONGEST_NAME}
        if len(line.name) > LONGEST_NAME:
            return _("“%(name)s…”: a name has at most %(most)s characters.") % words
        if homes == 0:
            return _("%(name)s: there is no door %(door)s here.") % words
        if homes > 1:
            return _("%(name)s: there are several doors %(door)s. Name the stairwell too, as in 3-2-401.") % words
        return ""


class HoldForm(SignInForm):
    """That it was held. The sheet of residents may come with it, or afterwards."""

    prefix_of_ids = "hold"
    role = forms.ChoiceField(
        label=gettext_lazy("Came as"), choices=AttendeeRole.choices, widget=forms.RadioSelect, required=False
    )
    sheet = SignInField(
        label=gettext_lazy("Who came, one a line"),
        max_length=MOST_LINES * 60,
        required=False,
        help_text=gettext_lazy(
            "Residents, with the door behind the name: Li Fang 3-2-401. Others are added once it is recorded."
        ),
    )
    held_on = DayField(label=pgettext_lazy("meeting", "Held on"))
    summary = forms.CharField(
        label=gettext_lazy("What was talked about"), max_length=8000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def clean_role(self) -> str:
        return self.cleaned_data["role"] or AttendeeRole.RESIDENT


class CancelForm(OneOfSeveral):
    prefix_of_ids = "cancel"
    reason = forms.CharField(label=gettext_lazy("Why it is cancelled"), max_length=1000)


class SummaryForm(OneOfSeveral):
    prefix_of_ids = "summary"
    summary = forms.CharField(
        label=gettext_lazy("What was talked about"), max_length=8000, widget=forms.Textarea(attrs={"rows": 8})
    )


class DecisionForm(OneOfSeveral):
    prefix_of_ids = "decision"
    text = forms.CharField(
        label=gettext_lazy("What was decided"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"), choices=DecisionOutcome.choices, widget=forms.RadioSelect
    )
    votes_for = forms.IntegerField(
        label=gettext_lazy("Hands for it"), min_value=0, max_value=MOST_HANDS, required=False
    )
    votes_against = forms.IntegerField(
        label=gettext_lazy("Hands against it"), min_value=0, max_value=MOST_HANDS, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("outcome", DecisionOutcome.AGREED)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name, other in (("votes_for", "votes_against"), ("votes_against", "votes_for")):
            if values.get(name) is None and values.get(other) is not None and name not in self.errors:
                self.add_error(name, _("Give both counts, or neither."))
        return values


class TaskForm(OneOfSeveral):
    prefix_of_ids = "task"
    text = forms.CharField(label=gettext_lazy("Task"), max_length=500)
    assignee = forms.CharField(label=gettext_lazy("Who does it"), max_length=80)
    due_on = DayField(label=gettext_lazy("Due on"))


class SettleForm(forms.Form):
    """That a task is done, with one tap; or is dropped, and why."""

    task = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    state = forms.ChoiceField(choices=[("done", "done"), ("dropped", "dropped")])
    note = forms.CharField(max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("state") == "dropped" and not values.get("note"):
            self.add_error(None, _("Say why it is dropped."))
        return values


class AnnounceForm(forms.Form):
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=Channel.choices, widget=forms.RadioSelect)
    place = forms.CharField(
        label=pgettext_lazy("told", "Where"),
        max_length=200,
        help_text=gettext_lazy("Which board, which group, which doors."),
    )
    told_on = DayField(label=gettext_lazy("Told on"))
    reached = forms.IntegerField(
        label=gettext_lazy("People reached"),
        min_value=0,
        max_value=MOST_REACHED,
        required=False,
        help_text=gettext_lazy("As far as anybody counted: members of the group, doors."),
    )
    text = forms.CharField(
        label=gettext_lazy("What was said"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    photo = forms.FileField(
        label=gettext_lazy("Photo that proves it"),
        required=False,
        max_length=255,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=gettext_lazy("The board with the paper, or a picture of the chat without names."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("told_on", timezone.localdate())


def plan_of(workshop: Any) -> dict[str, str | date]:
    """What stands in the form of a planned workshop at first."""
    return {name: getattr(workshop, name) for name in ("title", "held_on", "place", "convened_by", "agenda")}
