"""A list as CSV: what it shows, as it is searched and filtered, and so masked where it is masked."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.back_office.lists import ROWS_LISTED

# Spreadsheets take a cell that begins so for a formula; with an apostrophe it is a text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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


def _lines(changelist: Any, model_admin: Any) -> Iterator[str]:
    columns = [name for name in changelist.list_display if name != "action_checkbox"]
    write = csv.writer(_Line()).writerow
    yield "\ufeff" + write([str(label_for_field(name, model_admin.model, model_admin)) for name in columns])
    for row in changelist.queryset[:ROWS_LISTED].iterator(chunk_size=500):
        yield write([_cell(name, row, model_admin) for name in columns])


def _cell(name: str, row: Any, model_admin: Any) -> str:
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
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
