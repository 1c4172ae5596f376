"""Divisions as lines of a file: code and name, the level and the one above told by the code."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.back_office.importing import Column, LineResource
from accounts.rules.territory import DIVISION_LENGTHS
from renovation.models import Division
from renovation.rules.divisions import code_above, cut_code


class DivisionLines(LineResource):
    columns = [Column("code", gettext_lazy("code")), Column("name", gettext_lazy("name"))]

    def line_of(self, row: Division) -> dict[str, str]:
        return {"code": row.code, "name": row.name}

    def find(self, line: Any) -> Division | None:
        line["code"] = cut_code(line["code"]) or line["code"]
        return Division.objects.filter(code=line["code"]).first()

    def data(self, line: Mapping[str, str]) -> dict[str, Any]:
        code = line["code"]
        if len(cut_code(code)) not in DIVISION_LENGTHS:
            raise ValidationError({"code": [_("A division's code has 4, 6, 9 or 12 digits.")]})
        above = code_above(code)
        parent = Division.objects.filter(code=above).first() if above else None
        if above and parent is None:
            raise ValidationError({"code": [_("There is no division %(code)s, in which it lies.") % {"code": above}]})
        return {**line, "level": DIVISION_LENGTHS[len(code)], "parent": parent and parent.pk}
