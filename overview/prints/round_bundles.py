"""Round sheets and consultation forms by the thousand: of the surveys in hand of a place, or of one."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Access, Act
from accounts.models import User
from accounts.rules.territory import reach_of
from common.addresses import site_address
from common.filters import LARGEST_ID
from consent.models import Round, Survey
from overview.prints import consultation, rounds
from overview.prints.blocks import document, paragraphs
from overview.prints.blocks import forms as form_paper
from overview.prints.consultation import consultation_parts
from overview.prints.rounds import RoundAsked, doors_of, parts_of, round_sheets
from overview.prints.typesetting import frame, typeset_parts
from overview.sheets.frame import Asked, Print
from overview.sheets.parts import placed
from overview.sheets.surveys import SurveysForm, place_asked

Tell = Callable[[int], None]

ROUND_SHEETS, CONSULTATION_FORMS = "round-sheets", "consultation-forms"
TITLES = {ROUND_SHEETS: gettext_lazy("Round sheets"), CONSULTATION_FORMS: gettext_lazy("Consultation forms")}


class RoundForm(SurveysForm):
    """A place or a survey; of a survey also one building. Doors that were visited already only where `whole`."""

    building = forms.IntegerField(
        label=gettext_lazy("Building"), required=False, min_value=1, max_value=LARGEST_ID, widget=forms.HiddenInput
    )
    whole = forms.BooleanField(label=gettext_lazy("Also doors that were visited in this round"), required=False)


def prints_doors(caller: User) -> bool:
    """Whether the caller sees doors anywhere without giving a reason: those who walk, and those who run surveys."""
    return bool(reach_of(caller, Act.DOORS, Access.READ, Access.OPEN_ROUND))


def rounds_asked(asked: Asked) -> Iterator[RoundAsked]:
    """The rounds in hand in the order of their neighbourhoods; of each, what the caller sees of its doors."""
    surveys: Any = placed(Survey.objects.visible_to(asked.caller), asked.filters)
    if survey := asked.filters.get("survey"):
        surveys = surveys.filter(pk=survey.pk)
    found = Round.objects.filter(survey__in=surveys, closed_at=None).order_by("survey__neighbourhood__code")
    related = "survey__neighbourhood__community__parent__parent__parent"
    for one in found.select_related(related, "survey__menu_edition").iterator():
        yield RoundAsked(asked.caller, one, asked.filters.get("building"), bool(asked.filters.get("whole")))


def write_round_sheets(asked: Asked, path: Path, tell: Tell) -> int:
    """A document a building. Answers how many."""
    sheets = (sheet for one in rounds_asked(asked) for sheet in round_sheets(one, at=asked.at))
    return _write(ROUND_SHEETS, rounds.TEMPLATE, parts_of(sheets), asked, path, tell)


def write_consultation_forms(asked: Asked, path: Path, tell: Tell) -> int:
    """A document a door. Answers how many."""
    parts = (part for one in rounds_asked(asked) for part in consultation_parts(one, at=asked.at))
    return _write(CONSULTATION_FORMS, consultation.TEMPLATE, parts, asked, path, tell)


def _write(name: str, template: str, parts: Iterator[Mapping[str, Any]], asked: Asked, path: Path, tell: Tell) -> int:
    """Where no round is in hand, or none has a door left, the file says so."""
    title = str(TITLES[name])
    done = 0

    def told(documents: int) -> None:
        nonlocal done
        done = documents
        tell(documents)

    if not typeset_parts(template, parts, path, title=title, tell=told):
        around = frame(title=title, place=place_asked(asked), as_of=asked.at, checked_at=site_address("surveys"))
        nothing = document(around, title, [paragraphs([_("Nothing fits: there is nothing to print.")])])
        typeset_parts("form", [form_paper("nothing", [nothing]).data], path, title=title)
    return done


ROUND_PRINTS = (
    Print(
        name=ROUND_SHEETS,
        title=TITLES[ROUND_SHEETS],
        says=gettext_lazy("The doors that the round in hand visits, a sheet a building, each door with its QR code."),
        acts=(Act.SURVEYS,),
        may=prints_doors,
        form=RoundForm,
        write=write_round_sheets,
        place=place_asked,
    ),
    Print(
        name=CONSULTATION_FORMS,
        title=TITLES[CONSULTATION_FORMS],
        says=gettext_lazy("The form on which a household answers, one for each door that the round in hand visits."),
        acts=(Act.SURVEYS,),
        may=prints_doors,
        form=RoundForm,
        write=write_consultation_forms,
        count=lambda asked: sum(len(doors_of(one)) for one in rounds_asked(asked)),
        place=place_asked,
    ),
)
