"""The forms of an evaluation: opening one, and a respondent's sheet as it is typed in from paper."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renovation.choices import Rater
from renovation.models import Building, Evaluation, Household, Neighbourhood
from renovation.pages.evidence import PERCENT, DayField
from renovation.reports.evaluations import default_questions, households_asked, last_asked_in_city, questions_of
from renovation.rules.evaluations import SCORES, Question

MOST_QUESTIONS = 20
LONGEST_QUESTION = 200
BLANK = ("", "–")
_DASHES = str.maketrans("—–−_", "----", " ")


class BuildingField(forms.ModelChoiceField):
    def label_from_instance(self, building: Any) -> str:
        return _("Building %(number)s") % {"number": building.number}


class OpenEvaluationForm(forms.Form):
    """What is asked, and of how many households an answer is needed. It begins with what the city asked last."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    minimum_percent = forms.DecimalField(
        label=gettext_lazy("Households that must answer, in percent"),
        min_value=Decimal("0.01"),
        max_value=PERCENT,
        decimal_places=2,
        help_text=gettext_lazy("Of all homes. With fewer, the evaluation can be closed, but does not count."),
    )
    questions = forms.CharField(
        label=gettext_lazy("Questions"),
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=gettext_lazy("One on a line, each to be answered from 1 (not at all) to 5 (very much)."),
    )

    def __init__(self, *args: Any, neighbourhood: Neighbourhood, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = last_asked_in_city(neighbourhood)
        self.known = questions_of(last) if last else default_questions()
        self.initial.setdefault("title", _("Residents' evaluation of the works"))
        self.initial.setdefault("questions", "\n".join(question.text for question in self.known))
        if last:
            self.initial.setdefault("minimum_percent", f"{(last.minimum_share * PERCENT).normalize():f}")

    def clean_questions(self) -> list[Question]:
        lines = [line.strip() for line in self.cleaned_data["questions"].splitlines() if line.strip()]
        if not 0 < len(lines) <= MOST_QUESTIONS:
            raise forms.ValidationError(_("Ask 1 to 20 questions."))
        if any(len(line) > LONGEST_QUESTION for line in lines):
            raise forms.ValidationError(_("A question has at most 200 characters."))
        if len(set(lines)) < len(lines):
            raise forms.ValidationError(_("A question stands here twice."))
        return questions_from(lines, self.known)

    @property
    def minimum_share(self) -> Decimal:
        share: Decimal = self.cleaned_data["minimum_percent"] / PERCENT
        return share


def questions_from(lines: Sequence[str], known: Sequence[Question]) -> list[Question]:
    """Questions by their texts: one that was asked before keeps its code, so that results can be compared."""
    codes = {question.text: question.code for question in known}
    taken = {codes[line] for line in lines if line in codes}
    free = (f"q{number}" for number in range(1, len(lines) + len(taken) + 1) if f"q{number}" not in taken)
    return [Question(codes.get(line) or next(free), line) for line in lines]


class AnswerForm(forms.Form):
    """A sheet. It has its id before it is sent, so that a button pressed twice records it once."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    building = BuildingField(
        label=gettext_lazy("Building"), queryset=Building.objects.none(), empty_label=gettext_lazy("Choose")
    )
    door = forms.CharField(
        label=gettext_lazy("Door"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "1-401"}),
        help_text=gettext_lazy("As on the sheet: 401, or with its stairwell, 1-401."),
    )
    respondent = forms.ChoiceField(label=gettext_lazy("Who answered"), choices=Rater.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    answered_on = DayField(label=gettext_lazy("Answered on"), initial=timezone.localdate)

    def __init__(self, *args: Any, evaluation: Evaluation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.evaluation = evaluation
        self.questions = questions_of(evaluation)
        self.initial.setdefault("client_id", uuid4())
        choice: Any = self.fields["building"]
        choice.queryset = Building.objects.filter(neighbourhood=evaluation.neighbourhood)
        for question in self.questions:
            self.fields[f"score_{question.code}"] = forms.ChoiceField(
                label=question.text,
                required=False,
                choices=[*((str(score), str(score)) for score in SCORES), BLANK],
                widget=forms.RadioSelect,
            )

    def score_fields(self) -> Iterator[BoundField]:
        return (self[f"score_{question.code}"] for question in self.questions)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "building" in values and "door" in values:
            found = homes_named(self.evaluation, values["building"], values["door"])
            if not found:
                self.add_error("door", _("There is no such home in this building. Look at the sheet again."))
            elif len(found) > 1:
                self.add_error("door", _("There are several: name the stairwell too, as in 1-401."))
            else:
                values["household"] = found[0]
        return values

    @property
    def scores(self) -> Mapping[str, int]:
        given = {question.code: self.cleaned_data[f"score_{question.code}"] for question in self.questions}
        return {code: int(score) for code, score in given.items() if score}


def homes_named(evaluation: Evaluation, building: Building, door: str) -> list[Household]:
    """The homes of a building that people may mean by `door`: 401, 1-401, or 3-1-401 with the building's number."""
    wanted = unicodedata.normalize("NFKC", door).translate(_DASHES).casefold()
    wanted = re.sub(r"-+", "-", wanted).strip("-")
    homes = households_asked(evaluation).filter(building=building).select_related("stairwell")
    named = {"unit": [], "stairwell": []}  # type: dict[str, list[Household]]
    for home in homes:
        unit = home.unit_number.casefold()
        with_stairwell = f"{home.stairwell.number.casefold()}-{unit}"
        if wanted in (with_stairwell, f"{building.number.casefold()}-{with_stairwell}"):
            named["stairwell"].append(home)
        elif wanted == unit:
            named["unit"].append(home)
    return named["stairwell"] or named["unit"]
