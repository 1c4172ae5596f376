"""A list as a file: what it shows, as it is searched and filtered, and so masked where it is masked. What is kept here
also as lines that can be changed and read in again.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.back_office.lists import ROWS_LISTED
from common.cells import safe_text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class _Line:
    """What csv writes to: gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_response(changelist: Any, model_admin: Any) -> StreamingHttpResponse:
    """The rows of a list in its order, up to the number that lists go to. UTF-8 with BOM, or Excel shows mojibake."""
    response = StreamingHttpResponse(_lines(changelist, model_admin), content_type="text/csv; charset=utf-8")
    name = f"{model_admin.opts.model_name}-{timezone.localdate():%Y%m%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def xlsx_response(changelist: Any, model_admin: Any) -> HttpResponse:
    """The same as a workbook: a text is never a formula there, so nothing stands before it."""
    columns = [name for name in changelist.list_display if name != "action_checkbox"]
    header = [str(label_for_field(name, model_admin.model, model_admin)) for name in columns]
    found = changelist.queryset[:ROWS_LISTED].iterator(chunk_size=500)
    return _workbook(model_admin, header, ([_text(name, row, model_admin) for name in columns] for row in found))


def lines_response(resource: Any, model_admin: Any) -> HttpResponse:
    """The whole table as a workbook with the columns that are read in, to change and hand in again."""
    names = [column.name for column in resource.columns]
    lines = (line for row in resource.rows() for line in resource.lines_of(row))
    return _workbook(model_admin, names, ([line[name] for name in names] for line in lines))


def _workbook(model_admin: Any, header: list[str], rows: Iterable[list[str]]) -> HttpResponse:
    output = BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(output, {**plain, "constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row)
    response = HttpResponse(output.getvalue(), content_type=XLSX)
    name = f"{model_admin.opts.model_name}-{timezone.localdate():%Y%m%d}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(changelist: Any, model_admin: Any) -> Iterator[str]:
    columns = [name for name in changelist.list_display if name != "action_checkbox"]
    write = csv.writer(_Line()).writerow
    yield "\ufeff" + write([str(label_for_field(name, model_admin.model, model_admin)) for name in columns])
    for row in changelist.queryset[:ROWS_LISTED].iterator(chunk_size=500):
        yield write([safe_text(_text(name, row, model_admin)) for name in columns])


def _text(name: str, row: Any, model_admin: Any) -> str:
    try:
        field, _attribute, value = lookup_field(name, row, model_admin)
    except ObjectDoesNotExist:
        return ""
    if field is not None:
        if field.remote_field:
            value = getattr(row, field.name)
        elif getattr(field, "flatchoices", None):
            value = dict(field.flatchoices).get(value, value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    return str(value)
