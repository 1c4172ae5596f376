"""Which surveys a sheet is of: the one that is named, else the latest of each neighbourhood in a place."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from consent.models import Survey
from consent.permissions import surveys_seen_whole
from overview.rules.dashboard import is_small
from overview.sheets.filters import LONGEST_ID, PlaceForm
from overview.sheets.frame import Asked
from overview.sheets.parts import placed


class SurveyField(forms.ModelChoiceField):
    """A survey by its id, as pages and systems name it; people leave it out and get the latest. It is offered where one
    is named already: no list of all surveys.
    """

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Survey.objects.none(), label=_("Survey"), empty_label=_("The latest"), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.neighbourhood} · {obj.title}"

    def offer(self, seen: Any, value: Any) -> None:
        """Of those that are seen, the one that is named."""
        text = str(value)
        if text.isascii() and text.isdigit() and len(text) < LONGEST_ID:
            self.widget = forms.Select()  # type: ignore[assignment] # an instance, as a field makes of its class
            self.queryset = seen.filter(pk=int(text))


class SurveysForm(PlaceForm):
    """A place, or one survey."""

    survey = SurveyField(required=False)

    def narrow(self, name: str, form_field: forms.Field) -> None:
        if isinstance(form_field, SurveyField):
            seen = Survey.objects.visible_to(self.caller).select_related("neighbourhood")
            form_field.offer(seen, self.data.get(name) or self.initial.get(name) or "")


def surveys_asked(caller: User, filters: Mapping[str, Any]) -> Any:
    """Those of a SurveysForm, of what the caller sees, in the order of their neighbourhoods' codes."""
    rows: Any = placed(Survey.objects.visible_to(caller), filters)
    if survey := filters.get("survey"):
        rows = rows.filter(pk=survey.pk)
    rows = rows.select_related("neighbourhood__community").order_by("neighbourhood__code", "-number")
    return rows.distinct("neighbourhood__code")


def surveys_hidden(caller: User, surveys: Iterable[Survey]) -> frozenset[int]:
    """The ids of those that ask so few households that nothing may be told of them, since the caller does not see every
    door of theirs. At most two queries.
    """
    few = [survey for survey in surveys if is_small(survey.roll_size)]
    return frozenset(survey.pk for survey in few) - surveys_seen_whole(caller, few)


def place_asked(asked: Asked) -> str:
    """What stands in the title: the survey's neighbourhood, else the place asked for."""
    survey = asked.filters.get("survey")
    place = survey.neighbourhood if survey else asked.filters.get("neighbourhood") or asked.filters.get("division")
    return str(place) if place else ""
