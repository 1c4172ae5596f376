"""What the history tells of an act, for people: what a field was before and after, who did it, and in which request."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField, DateTimeField, DecimalField, Field, ForeignKey, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.back_office.words import DETAILS, act_text, models_by_resource
from accounts.models import HistoryEntry, User
from common.figures import amount_text, full_day_text, moment_text, quantity_text

NOTHING = "–"
MONEY_PLACES = 2


@dataclass(frozen=True)
class FieldTold:
    """A field before and after. `is_withheld` where only that it changed is kept: a password, a name, a phone."""

    label: str
    before: str = ""
    after: str = ""
    is_withheld: bool = False


@dataclass(frozen=True)
class Told:
    """One entry of the history as it is shown. `url` is the object's page, `request_url` the acts of the same request,
    where the caller may open them; `facts` is what else was written down and has a word, each with its label; `rest` is
    what is left, as it stands in the record.
    """

    entry: HistoryEntry
    act: str
    kind: str = ""
    url: str = ""
    request_url: str = ""
    reason: str = ""
    fields: list[FieldTold] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    rest: dict[str, Any] = field(default_factory=dict)

    @property
    def who(self) -> str:
        by = self.entry.by
        return str(by) if by else _("by itself")

    @property
    def about(self) -> str:
        """The kind of row with its number, or a list whose rows were changed or taken in together."""
        return self.kind if _list_named(self.entry.details) else f"{self.kind} {self.entry.object_id}"

    @property
    def is_client(self) -> bool:
        return hasattr(self.entry.by, "api_client")

    @property
    def rest_told(self) -> str:
        return as_json(self.rest)


def with_callers(entries: QuerySet[HistoryEntry]) -> QuerySet[HistoryEntry]:
    """Entries with who did it, person or client: no query for each."""
    return entries.select_related("by__api_client")


def tell(entries: Iterable[HistoryEntry], request: HttpRequest, *, brief: bool = False) -> list[Told]:
    """Entries for people: an act in words and the object with its page, if the caller may open one such; unless it is
    to be `brief`, what changed too. A query for each kind of row that is named by a number.
    """
    found, known, pages = list(entries), models_by_resource(), _Pages(request)
    if brief:
        return [_brief(entry, known, pages) for entry in found]
    names = _Names(pair for entry in found for pair in _numbers(known.get(entry.resource), entry.details))
    return [_in_full(entry, known, pages, names) for entry in found]


def _brief(entry: HistoryEntry, known: dict[str, type[Model]], pages: "_Pages") -> Told:
    act, request_url = act_text(entry.act), pages.of_request(entry.request_id)
    if (rows := _list_named(entry.details)) is not None:
        return Told(entry, act, capfirst(str(rows._meta.verbose_name_plural)), pages.of_list(rows), request_url)
    model = known.get(entry.resource)
    kind = capfirst(str(model._meta.verbose_name)) if model else entry.resource
    return Told(entry, act, kind, pages.of(model, entry.object_id), request_url)


def _in_full(entry: HistoryEntry, known: dict[str, type[Model]], pages: "_Pages", names: "_Names") -> Told:
    told, model, details = _brief(entry, known, pages), known.get(entry.resource), dict(entry.details)
    withheld = details.pop("withheld", [])
    # Of a file that was taken in, it is how many.
    changed = details.pop("changed") if isinstance(details.get("changed"), dict | list) else None
    fields = [FieldTold(_label(model, name), is_withheld=True) for name in withheld]
    if isinstance(changed, dict):
        fields += [one for name, value in changed.items() for one in _fields(model, name, value, names)]
    elif isinstance(changed, list):
        fields += [FieldTold(_label(model, name), is_withheld=True) for name in changed]
    reason = details.pop("reason", "")
    model = _list_named(details) or model
    facts = [fact for name in list(details) if (fact := _fact(model, name, details, names)) is not None]
    return replace(told, reason=str(reason), fields=fields, facts=facts, rest=details)


def fields_told(model: type[Model], changes: dict[str, Any]) -> list[FieldTold]:
    """{field: [before, after]} of a row, as the history would tell it."""
    names = _Names(_numbers(model, {"changed": changes}))
    return [one for name, value in changes.items() for one in _fields(model, name, value, names)]


# --- What else was written down ---------------------------------------------------------------------


def _list_named(details: dict[str, Any]) -> type[Model] | None:
    """The model whose rows were changed or taken in together: what is said of fields is of its fields."""
    try:
        return apps.get_model(details["list"])
    except (KeyError, LookupError, ValueError, AttributeError):
        return None


def _fact(model: type[Model] | None, name: str, details: dict[str, Any], names: "_Names") -> tuple[str, str] | None:
    """What stands under a name, taken out of the details: a field of the row, or what has a word; None otherwise."""
    value, of = details[name], _field_of(model, name)
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, dict | list) for one in value)):
        return None
    if name == "list" and model is not None:
        said = capfirst(str(model._meta.verbose_name_plural))
    elif name == "columns" and isinstance(value, list):
        said = _(", ").join(_label(model, str(column)) for column in value)
    elif of is not None or name in DETAILS:
        said = _said(of, value, names)
    else:
        return None
    del details[name]
    return str(DETAILS.get(name) or _label(model, name)), said


# --- What changed ----------------------------------------------------------------------------------


def _fields(model: type[Model] | None, name: str, value: Any, names: "_Names") -> list[FieldTold]:
    """A field, or what `name` says of rows below: `roleassignment:changed:7`, `menuitem:removed`."""
    kind, below, rest = name.partition(":")
    if not below:
        return [_field(model, name, value, names, "")]
    row_model = _below(model, kind)
    said = capfirst(str(row_model._meta.verbose_name)) if row_model else kind
    act, _colon, number = rest.partition(":")
    if act == "removed":
        return [FieldTold(_("%(what)s removed") % {"what": said}, str(row), NOTHING) for row in value]
    before = f"{said} {number} · "
    return [_field(row_model, one, pair, names, before) for one, pair in value.items()]


def _field(model: type[Model] | None, name: str, value: Any, names: "_Names", prefix: str) -> FieldTold:
    label = prefix + _label(model, name)
    if name == "password" or not (isinstance(value, list) and len(value) == 2):
        return FieldTold(label, is_withheld=True)
    of = _field_of(model, name)
    return FieldTold(label, _said(of, value[0], names), _said(of, value[1], names))


def _field_of(model: type[Model] | None, name: str) -> Field | None:
    try:
        found = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, Field) else None


def _label(model: type[Model] | None, name: str) -> str:
    found = _field_of(model, name)
    return capfirst(str(found.verbose_name)) if found else name


def _below(model: type[Model] | None, name: str) -> type[Model] | None:
    try:
        return apps.get_model(model._meta.app_label, name) if model else None
    except LookupError:
        return None


def _said(of: Field | None, value: Any, names: "_Names") -> str:
    """A value as people read it: a choice in words, a day, an amount, a row by its name where it has one to show."""
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        inner = of.base_field if isinstance(of, ArrayField) else None
        return ", ".join(_said(inner, item, names) for item in value)
    if of is not None and of.flatchoices:
        return str(dict(of.flatchoices).get(value, value))
    if isinstance(of, ForeignKey):
        return names.of(of.related_model, value)
    try:
        return _measured(of, str(value))
    except (ValueError, InvalidOperation):
        return str(value)


def _measured(of: Field | None, text: str) -> str:
    if isinstance(of, DateTimeField):
        moment = parse_datetime(text)
        return moment_text(moment) if moment else text
    if isinstance(of, DateField):
        day = parse_date(text)
        return full_day_text(day) if day else text
    if isinstance(of, DecimalField):
        return amount_text(Decimal(text)) if of.decimal_places == MONEY_PLACES else quantity_text(Decimal(text))
    return text


# --- Rows that are named by a number ---------------------------------------------------------------


def _numbers(model: type[Model] | None, details: dict[str, Any]) -> Iterable[tuple[type[Model], Any]]:
    """(model, number) of every row that an entry names."""
    for name, value in details.items():
        of = _field_of(model, name)
        if isinstance(of, ForeignKey) and isinstance(value, int):
            yield of.related_model, value
    changed = details.get("changed")
    for name, value in changed.items() if isinstance(changed, dict) else ():
        kind, below, _act = name.partition(":")
        row_model = _below(model, kind) if below else model
        pairs = value.items() if below and isinstance(value, dict) else [(name, value)]
        for one, pair in pairs:
            of = _field_of(row_model, one)
            if isinstance(of, ForeignKey) and isinstance(pair, list):
                yield from ((of.related_model, key) for key in pair if isinstance(key, int))


class _Names:
    """Rows by their names: people and reference data. Any other is its number, for its name may be personal."""

    def __init__(self, numbers: Iterable[tuple[type[Model], Any]]) -> None:
        self.wanted: dict[type[Model], set[Any]] = defaultdict(set)
        for model, key in numbers:
            if model is User or getattr(admin.site._registry.get(model), "is_reference", False):
                self.wanted[model].add(key)

    @cached_property
    def found(self) -> dict[type[Model], dict[Any, Any]]:
        return {model: model._base_manager.in_bulk(keys) for model, keys in self.wanted.items()}

    def of(self, model: Any, key: Any) -> str:
        row = self.found.get(model, {}).get(key)
        return str(row) if row is not None else str(key)


class _Pages:
    """Which kinds of rows the caller opens here; asked once for each."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.opens: dict[type[Model], bool] = {}

    def of(self, model: type[Model] | None, key: int) -> str:
        if model is None or not self._opens(model):
            return ""
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])

    def of_list(self, model: type[Model]) -> str:
        if not self._opens(model):
            return ""
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

    def of_request(self, request_id: str) -> str:
        if not request_id or not self._opens(HistoryEntry):
            return ""
        return f"{reverse('admin:accounts_historyentry_changelist')}?{urlencode({'request': request_id})}"

    def _opens(self, model: type[Model]) -> bool:
        if model not in self.opens:
            shown = admin.site._registry.get(model)
            self.opens[model] = shown is not None and shown.has_view_permission(self.request)
        return self.opens[model]


def as_json(value: Any) -> str:
    """JSON as people read it, on lines of its own; nothing for nothing."""
    if not value:
        return ""
    return format_html('<pre class="told">{}</pre>', json.dumps(value, ensure_ascii=False, indent=2, default=str))
