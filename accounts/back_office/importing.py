"""Tables as lines of a file: how a row is written down, how it is found again, and how a line becomes one.

django-import-export walks the lines, each in a savepoint, and takes all back where it is only tried or has a fault. A
line goes through the form and the service of the page that keeps such rows, so a file can do nothing that the
page could not. The pages of the package are not used: they keep what was sent under a name that the browser says.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

import tablib
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Resource
from import_export.results import RowResult

from accounts.back_office.rows import data_of, refusals_of, save_row
from common.errors import DomainError

LINES_AT_ONCE = 5_000
TRUE = ("true", "1", "yes", "是")
FALSE = ("false", "0", "no", "否", "")


@dataclass(frozen=True)
class Column:
    """A column by the name that stands in the file's header, or by its label."""

    name: str
    label: str | Promise
    is_needed: bool = True


@dataclass(frozen=True)
class Lines:
    """A file as it was read: the columns that are known, and each line with its number in the file."""

    headers: list[str]
    rows: list[tuple[int, list[str]]]


@dataclass(frozen=True)
class LineOutcome:
    """What a line does: `before` and `after` are the row as it would be written down; a new one has no before."""

    number: int
    title: str
    before: dict[str, str]
    after: dict[str, str]

    @property
    def is_new(self) -> bool:
        return not self.before

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line, at its column; without one where it is the line as a whole."""

    number: int
    column: str
    text: str


@dataclass(frozen=True)
class ImportOutcome:
    lines: list[LineOutcome] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """Of all that it does, to see whether it still does the same."""
        told = [(line.number, line.before, line.after) for line in self.lines]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


class LineResource(Resource):
    """The lines of a table. Subclasses say how a row is written down, found and put into the form of its page."""

    columns: ClassVar[Sequence[Column]] = ()

    class Meta:
        # Not used: `find` looks rows up.
        instance_loader_class = BaseInstanceLoader
        skip_diff = True
        report_skipped = True

    def __init__(self, model_admin: Any, request: HttpRequest) -> None:
        super().__init__()
        self.model_admin, self.request = model_admin, request
        self.line: dict[str, str] = {}
        self.before: dict[str, str] = {}
        self.form: Any = None
        self.saved: Any = None

    # What a table says of itself.

    def rows(self) -> QuerySet[Any]:
        """What is written down, in an order in which it can be read in again."""
        rows: QuerySet[Any] = self.model_admin.get_queryset(self.request)
        return rows

    def lines_of(self, row: Any) -> Iterable[dict[str, str]]:
        """A row as lines: one, unless more stands below it."""
        yield self.line_of(row)

    def line_of(self, row: Any) -> dict[str, str]:
        raise NotImplementedError

    def find(self, line: Mapping[str, str]) -> Any:
        """The row that a line is about; None for a new one. Raises ValidationError by column."""
        raise NotImplementedError

    def new_row(self) -> Any:
        return self.model_admin.model()

    def data(self, line: Mapping[str, str]) -> dict[str, Any]:
        """A line as the form takes it. Raises ValidationError by column."""
        return dict(line)

    def form_for(self, row: Any, line: Mapping[str, str]) -> Any:
        change = row.pk is not None
        form_class = self.model_admin.get_form(self.request, row if change else None, change=change)
        sent = self.data(line)
        blank = data_of(form_class(instance=row)) if change else {}
        return form_class(blank | {name: sent[name] for name in form_class.base_fields if name in sent}, instance=row)

    def save(self, line: Mapping[str, str]) -> Any:
        """Save what the form took. Raises DomainError and ValidationError."""
        return save_row(self.model_admin, self.request, self.form, change=bool(self.before))

    def title_of(self, row: Any) -> str:
        found: str = self.model_admin.found_as(row)
        return found

    # How the package asks for it.

    def get_or_init_instance(self, instance_loader: Any, row: Any) -> tuple[Any, bool]:
        self.line = row
        # Before it is looked for: PostgreSQL compares no text with a NUL.
        if unreadable := [name for name, text in row.items() if "\0" in text]:
            raise ValidationError(dict.fromkeys(unreadable, _("There is a character here that cannot be read.")))
        found = self.find(row)
        self.before = {} if found is None else self.line_of(found)
        return (self.new_row(), True) if found is None else (found, False)

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        self.form = self.form_for(instance, row)

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        self.saved = instance
        if import_validation_errors or not self.before:
            return False
        return not self.form.changed_data and not self._closed()

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        errors: dict[str, Any] = dict(import_validation_errors or {})
        if not errors:
            if not self.before and not self.model_admin.has_add_permission(self.request):
                raise ValidationError(_("You may not add rows here."))
            said = _("This stands already, as %(value)s, and is not changed.")
            errors |= {name: [said % {"value": self.before[name] or "–"}] for name in self._closed()}
            errors |= {name: [str(one) for one in found] for name, found in self.form.errors.items()}
        if errors:
            raise ValidationError(errors)

    def save_instance(self, instance: Any, is_create: bool, row: Any, **kwargs: Any) -> None:
        try:
            with transaction.atomic():
                self.saved = self.save(row)
        except (DomainError, ValidationError) as refusal:
            raise ValidationError(refusals_of(refusal)) from refusal

    def save_m2m(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """The form has saved what it holds."""

    def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
        skipped = row_result.import_type == RowResult.IMPORT_TYPE_SKIP
        row_result.before, row_result.title = self.before, self.title_of(self.saved)
        row_result.after = self.before if skipped else self.line_of(self.saved)

    def _closed(self) -> list[str]:
        """Columns that say something else than what stands, and that the form of a row that stands does not have."""
        if not self.before:
            return []
        named = (column.name for column in self.columns)
        return [
            name
            for name in named
            if name in self.line and name not in self.form.fields and not _same(self.line[name], self.before[name])
        ]


def import_lines(resource: LineResource, lines: Lines, *, dry_run: bool, shown: str = "") -> ImportOutcome:
    """Take the lines in, all or none: none where any has a fault, where it is only tried, or where it does something
    else than what was `shown` (its digest). In the order of the file, so that a later line finds what an earlier made.
    """
    with transaction.atomic():
        dataset = tablib.Dataset(*(cells for _number, cells in lines.rows), headers=lines.headers)
        result = resource.import_data(dataset, use_transactions=True)
        # A fault of ours, not of the file.
        for error in (*result.base_errors, *(error for row in result.rows for error in row.errors)):
            raise error.error
        outcome = _outcome_of(resource, lines, result)
        if dry_run or outcome.faults or outcome.digest != shown:
            transaction.set_rollback(True)
    return outcome


def _outcome_of(resource: LineResource, lines: Lines, result: Any) -> ImportOutcome:
    labels = {column.name: str(column.label) for column in resource.columns}
    outcome = ImportOutcome()
    for (number, _cells), row in zip(lines.rows, result.rows, strict=True):
        if row.validation_error is None:
            outcome.lines.append(LineOutcome(number, row.title, row.before, row.after))
            continue
        for name, texts in _by_column(row.validation_error).items():
            outcome.faults.extend(Fault(number, labels.get(name, ""), text) for text in texts)
    return outcome


def _by_column(error: ValidationError) -> dict[str, list[str]]:
    return error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}


# --- Cells -----------------------------------------------------------------------------------------


def day_of(line: Mapping[str, str], name: str) -> date | None:
    """The day in a cell; None where it is empty. Raises ValidationError at its column."""
    try:
        day: date | None = forms.DateField(required=False).clean(line.get(name, ""))
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from error
    return day


def truth_of(line: Mapping[str, str], name: str) -> bool:
    """The truth value in a cell, no where it is empty. Raises ValidationError at its column."""
    text = line.get(name, "").strip().lower()
    if text not in TRUE + FALSE:
        raise ValidationError({name: [_("This is neither yes nor no: write true or false.")]})
    return text in TRUE


def truth_text(value: bool) -> str:
    return "true" if value else "false"


def day_cell(day: date | None) -> str:
    return day.isoformat() if day else ""


def _same(text: str, before: str) -> bool:
    if text.strip() == before:
        return True
    try:
        return Decimal(text) == Decimal(before)
    except InvalidOperation:
        return text.strip().lower() in {"true": TRUE, "false": FALSE}.get(before, ())
