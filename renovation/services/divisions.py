"""The divisions of a deployment: their national codes and names, from a list of its own."""

import csv
from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.rules.territory import DIVISION_LENGTHS
from renovation.models import Division
from renovation.rules.divisions import code_above, cut_code


@transaction.atomic
def load_divisions(*, path: Path) -> tuple[int, int]:
    """Load a CSV with the columns `code` and `name`; how many divisions were made and how many renamed.

    Codes may have their twelve digits or end with those of their level; each stands after the one it lies in, or that
    one is there already. The same file again changes nothing. Raises ValidationError, naming the line.
    """
    known = {division.code: division for division in Division.objects.all()}
    made = renamed = 0
    for line, code, name in _read(path):
        above = code_above(code)
        parent = known.get(above)
        if above and parent is None:
            raise ValidationError(
                _("Line %(line)s: no division %(code)s, which it lies in."), params={"line": line, "code": above}
            )
        division = known.get(code)
        if division is None:
            known[code] = Division.objects.create(
                code=code, name=name, level=DIVISION_LENGTHS[len(code)], parent=parent
            )
            made += 1
        elif division.name != name:
            division.name = name
            division.save(update_fields=["name"])
            renamed += 1
    return made, renamed


def _read(path: Path) -> Iterator[tuple[int, str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not {"code", "name"} <= set(reader.fieldnames or ()):
            raise ValidationError(_("The file lacks the columns %(names)s."), params={"names": "code, name"})
        for row in reader:
            code, name = cut_code((row["code"] or "").strip()), (row["name"] or "").strip()
            if len(code) not in DIVISION_LENGTHS or not name or len(name) > 60:
                raise ValidationError(
                    _("Line %(line)s is no division: code or name cannot be read."), params={"line": reader.line_num}
                )
            yield reader.line_num, code, name
