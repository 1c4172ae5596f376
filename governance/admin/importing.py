"""Rules of points as lines of a file, each by its division, its code and the day from which it holds."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from accounts.back_office.admins import caller
from accounts.back_office.importing import Column, LineResource, day_cell, day_of
from governance.models import PointRule
from governance.services.points import end_rule
from renovation.back_office import division_of

NAMES = ("division", "code", "name", "points", "document", "valid_from", "valid_to")


class PointRuleLines(LineResource):
    columns = [
        Column(name, PointRule._meta.get_field(name).verbose_name, is_needed=name != "valid_to")  # type: ignore[union-attr]
        for name in NAMES
    ]

    def rows(self) -> QuerySet[PointRule]:
        """The earlier rules of a code first: a later one lets the one before it end."""
        return super().rows().select_related("division").order_by("division__code", "code", "valid_from")

    def line_of(self, row: PointRule) -> dict[str, str]:
        return {
            "division": row.division.code,
            "code": row.code,
            "name": row.name,
            "points": str(row.points),
            "document": row.document,
            "valid_from": day_cell(row.valid_from),
            "valid_to": day_cell(row.valid_to),
        }

    def find(self, line: Any) -> PointRule | None:
        day, last = day_of(line, "valid_from"), day_of(line, "valid_to")
        line["valid_from"] = day_cell(day)
        if "valid_to" in line:
            line["valid_to"] = day_cell(last)
        rules = PointRule.objects.select_related("division").filter(division=division_of(line), code=line["code"])
        return rules.filter(valid_from=day).first() if day else None

    def data(self, line: Mapping[str, str]) -> dict[str, Any]:
        return {**line, "division": division_of(line).pk}

    def save(self, line: Mapping[str, str]) -> PointRule:
        """The page sets a rule first and lets it end later; a line does both."""
        is_new = not self.before
        rule: PointRule = super().save(line)
        last = day_of(line, "valid_to")
        if is_new and last is not None:
            rule.valid_to = end_rule(rule=rule, valid_to=last, by=caller(self.request)).valid_to
        return rule
