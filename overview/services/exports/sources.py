"""What a subject names: a sheet, a print, or a list of the API; and what is written for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.rules.roles import SCOPE_AREAS
from common.figures import clock_text, full_day_text
from overview.models import Export
from overview.prints.bundles import PRINTS
from overview.services.exports.files import Content
from overview.services.exports.lists import ApiList, is_list
from overview.sheets import SHEETS
from overview.sheets.filters import SheetForm
from overview.sheets.frame import Asked, Print, Sheet

MIME_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


class UnknownSubject(Exception):
    """Nothing of this name can be exported."""


def named(subject: str) -> Sheet | Print | None:
    """The sheet or the print of this name; None for a list of the API. Raises UnknownSubject."""
    thing = SHEETS.get(subject) or PRINTS.get(subject)
    if thing is None and not is_list(subject):
        raise UnknownSubject
    return thing


def title_of(subject: str) -> str:
    """What people read for it; a list of the API by its name there."""
    thing = SHEETS.get(subject) or PRINTS.get(subject)
    return str(thing.title) if thing else subject


def file_name_of(export: Export) -> str:
    """Under which name the file is handed out: what it is, and the day that its figures are of."""
    day = timezone.localtime(export.started_at or export.created_at)
    with translation.override(export.language):
        title = title_of(export.subject)
    return f"{title.replace('/', '-')}-{day:%Y%m%d}.{export.format}"


def read_filters(thing: Sheet | Print, filters: Mapping[str, Any], caller: User) -> SheetForm:
    """The filters through the form. Raises ValidationError by field, also for one that the form does not have, and
    PermissionDenied where the thing is not open to the caller.
    """
    if not thing.is_open_to(caller):
        raise PermissionDenied
    said = {name: value for name, value in filters.items() if isinstance(value, str | int | float | bool | None)}
    form = thing.form({name: None if value is None else str(value) for name, value in said.items()}, caller=caller)
    unknown = [name for name in filters if name not in form.fields]
    if unknown:
        words = _("There is no such filter here.")
        raise ValidationError({name: ValidationError(words, "unknown_parameter") for name in unknown})
    if nested := set(filters) - set(said):
        words = _("This must be one text, number or truth value.")
        raise ValidationError({name: ValidationError(words, "invalid") for name in nested})
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    return form


def filters_said(subject: str, filters: Mapping[str, Any], caller: User) -> list[tuple[str, str]]:
    """Filters that are kept, as label and value in words; of a list of the API, and of what no longer reads, as they
    are.
    """
    thing = SHEETS.get(subject) or PRINTS.get(subject)
    if thing is None:
        return [(name, str(value)) for name, value in filters.items()]
    form = thing.form(dict(filters), caller=caller)
    form.is_valid()
    said = []
    for name, value in filters.items():
        found, form_field = form.cleaned_data.get(name) or value, form.fields.get(name)
        choices = getattr(form_field, "choices", ()) if isinstance(form_field, forms.ChoiceField) else ()
        if isinstance(found, date):
            words = full_day_text(found)
        elif isinstance(form_field, forms.ModelChoiceField):
            words = str(found)
        else:
            words = str(dict(choices).get(str(found), found))
        said.append((str(form_field.label if form_field else name), words))
    return said


def areas_of(thing: Sheet | Print) -> list[str]:
    """The areas whose scopes a client needs to read it."""
    return sorted({SCOPE_AREAS[act] for act in thing.acts})


def content_of_sheet(sheet: Sheet, asked: Asked) -> Content:
    return Content(
        title=str(sheet.title),
        lines=[_said_of(sheet.place(asked), asked), *(str(note) for note in sheet.notes(asked))],
        columns=sheet.columns_for(asked),
        rows=sheet.rows(asked),
        totals=sheet.totals,
        apart=sheet.apart,
    )


def content_of_list(found: ApiList, asked: Asked) -> Content:
    return Content(title=found.name, lines=[_said_of("", asked)], columns=found.columns, rows=found.rows())


def _said_of(place: str, asked: Asked) -> str:
    """The line below the title: the place, and the moment that the figures are of."""
    said = _("As of %(day)s %(clock)s") % {"day": full_day_text(asked.at), "clock": clock_text(asked.at)}
    if asked.full:
        said = _("%(said)s · with personal data in full: handle with care") % {"said": said}
    return f"{place} · {said}" if place else said


@dataclass(frozen=True)
class Offer:
    """A sheet that a caller may ask for."""

    sheet: Sheet
    title: str
    says: str


def sheets_open_to(caller: User) -> list[Offer]:
    """The sheets that the caller may ask for, in the order of the list."""
    return [Offer(sheet, str(sheet.title), str(sheet.says)) for sheet in SHEETS.values() if sheet.is_open_to(caller)]
