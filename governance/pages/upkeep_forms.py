"""The forms of upkeep: tours and what is seen on them, tasks from reported to checked."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from common.photo_fields import CameraInput
from governance.choices.upkeep import Criterion, FindingSeverity, TaskOrigin
from governance.models import Body, UpkeepTask
from governance.pages.forms import DayField
from renovation.models import Building, Neighbourhood, Stairwell


class PlaceField(forms.ChoiceField):
    """Where something is, in one list: the whole place, a building, or one of its stairwells. Cleans to the arguments
    `building` and `stairwell` of a service.
    """

    def offer(self, user: User, neighbourhood: Neighbourhood) -> None:
        """Take up the buildings of a place that the caller sees. Two queries."""
        seen = Building.objects.visible_to(user).filter(neighbourhood=neighbourhood)
        buildings = list(seen.prefetch_related("stairwells").order_by("number", "pk"))
        self.found: dict[str, tuple[Building | None, Stairwell | None]] = {"": (None, None)}
        choices: list[Any] = [("", _("The whole place"))]
        for building in buildings:
            name = _("Building %(number)s") % {"number": building.number}
            group = [(f"b{building.pk}", _("%(building)s as a whole") % {"building": name})]
            self.found[f"b{building.pk}"] = (building, None)
            for stairwell in sorted(building.stairwells.all(), key=lambda one: (one.number, one.pk)):
                stairwell.building = building
                words = _("%(building)s, stairwell %(number)s") % {"building": name, "number": stairwell.number}
                group.append((f"s{stairwell.pk}", words))
                self.found[f"s{stairwell.pk}"] = (building, stairwell)
            choices.append((name, group))
        self.choices = choices

    def clean(self, value: Any) -> Any:
        building, stairwell = self.found[super().clean(value)]
        return {"building": building, "stairwell": stairwell}


class DoerForm(forms.Form):
    """Who is to do something, and by when."""

    body = forms.ModelChoiceField(label=gettext_lazy("Who is to do it"), required=False, queryset=Body.objects.none())
    due_on = DayField(label=gettext_lazy("To be done by"), required=False)

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields
        choices["body"].queryset = Body.objects.standing().filter(neighbourhood=neighbourhood).order_by("name", "pk")
        choices["body"].empty_label = _("Not said")

    @property
    def told(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class InspectionForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=80)
    held_on = DayField(label=gettext_lazy("Day of the tour"), initial=timezone.localdate)
    body = forms.ModelChoiceField(label=gettext_lazy("Who walks"), required=False, queryset=Body.objects.none())
    party = forms.CharField(label=gettext_lazy("Who walks besides"), max_length=200, required=False)
    route = forms.CharField(
        label=gettext_lazy("Route"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields
        choices["body"].queryset = Body.objects.standing().filter(neighbourhood=neighbourhood).order_by("name", "pk")
        choices["body"].empty_label = _("Not said")

    @property
    def told(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class PlacedForm(DoerForm):
    """Something at a place, with a photo from the camera."""

    at = PlaceField(label=gettext_lazy("Where"), required=False)
    photo = forms.FileField(label=gettext_lazy("Photo"), required=False, max_length=255, widget=CameraInput)

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, user: User, **kwargs: Any) -> None:
        super().__init__(*args, neighbourhood=neighbourhood, **kwargs)
        where: Any = self.fields["at"]
        where.offer(user, neighbourhood)

    @property
    def told(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        place = values.pop("at")
        return {**values, **place}


class FindingForm(PlacedForm):
    """What is seen on a tour. The first field is the goal word: it is what the eye brings along."""

    criterion = forms.ChoiceField(label=gettext_lazy("Goal word"), choices=Criterion.choices, widget=forms.RadioSelect)
    text = forms.CharField(label=gettext_lazy("What is seen"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    severity = forms.ChoiceField(
        label=gettext_lazy("Severity"),
        choices=FindingSeverity.choices,
        initial=FindingSeverity.MINOR,
        widget=forms.RadioSelect,
    )
    task = forms.BooleanField(label=gettext_lazy("A task follows"), required=False, initial=True)


class TaskForm(PlacedForm):
    """A repair that a resident reported, or another task."""

    text = forms.CharField(
        label=gettext_lazy("What is to be done"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    origin = forms.ChoiceField(
        label=gettext_lazy("Where it comes from"),
        choices=[choice for choice in TaskOrigin.choices if choice[0] != TaskOrigin.INSPECTION],
        initial=TaskOrigin.REPAIR,
        widget=forms.RadioSelect,
    )
    place = forms.CharField(label=gettext_lazy("Where exactly"), max_length=80, required=False)
    is_safety = forms.BooleanField(label=gettext_lazy("It is a matter of safety"), required=False)
    reporter_name = forms.CharField(label=gettext_lazy("Reported by"), max_length=40, required=False)
    reporter_phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    reported_on = DayField(label=gettext_lazy("Reported on"), initial=timezone.localdate)


class TaskChangeForm(DoerForm):
    """By whom a task is to be done, by when, and where it is."""

    place = forms.CharField(label=gettext_lazy("Where exactly"), max_length=80, required=False)
    is_safety = forms.BooleanField(label=gettext_lazy("It is a matter of safety"), required=False)

    @classmethod
    def of(cls, task: UpkeepTask, data: Any = None) -> "TaskChangeForm":
        """The form as the task has it. A body that has ended meanwhile is still offered: it stays unless changed."""
        names = ("body", "due_on", "place", "is_safety")
        form = cls(data, neighbourhood=task.neighbourhood, initial={name: getattr(task, name) for name in names})
        if task.body_id:
            choices: Any = form.fields["body"]
            choices.queryset = choices.queryset | Body.objects.filter(pk=task.body_id)
        return form


class TaskStepForm(forms.Form):
    """That a task was done, or that what was done was looked at."""

    day = DayField(label=gettext_lazy("Day"), initial=timezone.localdate)
    note = forms.CharField(
        label=gettext_lazy("What was done or seen"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    photo = forms.FileField(label=gettext_lazy("Photo"), required=False, max_length=255, widget=CameraInput)

    @property
    def told(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class DropForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why it is dropped"), max_length=500)

    @property
    def told(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
