"""The divisions of a deployment: their national codes and names, from a list of its own."""

import csv
from collections.abc import Iterator
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.rules.territory import DIVISION_LENGTHS
from renovation.models import Division


@transaction.atomic
def load_divisions(*, path: Path) -> tuple[int, int]:
    """Load a CSV with the columns `code` and `name`; how many divisions were made and how many renamed.

    Codes may have their twelve digits or end with those of their level; each stands after the one it lies in, or that
    one is there already. The same file again changes nothing. Raises ValidationError, naming the line.
    """
    known = {division.code: division for division in Division.objects.all()}
    made = renamed = 0
    for line, code, name in _read(path):
        above = max((length for length in DIVISION_LENGTHS if length < len(code)), default=0)
        parent = known.get(code[:above])
        if above and parent is None:
            raise ValidationError(
                _("Line %(line)s: no division %(code)s, which it lies in."), params={"line": line, "code": code[:above]}
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
            code, name = _cut((row["code"] or "").strip()), (row["name"] or "").strip()
            if len(code) not in DIVISION_LENGTHS or not name or len(name) > 60:
                raise ValidationError(
                    _("Line %(line)s is no division: code or name cannot be read."), params={"line": reader.line_num}
                )
            yield reader.line_num, code, name


def _cut(code: str) -> str:
    """The digits of the code's level: the rest of twelve is zeros, as 420502000000 is the district 420502."""
    if not (code.isascii() and code.isdigit()):
        return ""
    if len(code) != max(DIVISION_LENGTHS):
        return code
    return next(code[:length] for length in sorted(DIVISION_LENGTHS) if not code[length:].strip("0"))
