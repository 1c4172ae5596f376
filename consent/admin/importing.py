"""Consent policies as lines of a file, each by its division and the day from which it holds."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from accounts.back_office.importing import Column, LineResource, day_cell, day_of, truth_of, truth_text
from common.figures import quantity_text
from consent.models import ConsentPolicy
from renovation.back_office import division_of

NAMES = ("division", "pass_share", "count_vacant", "count_verbal", "valid_from", "document")


class PolicyLines(LineResource):
    columns = [
        Column(name, ConsentPolicy._meta.get_field(name).verbose_name, is_needed=not name.startswith("count_"))  # type: ignore[union-attr]
        for name in NAMES
    ]

    def rows(self) -> QuerySet[ConsentPolicy]:
        return super().rows().select_related("division").order_by("division__code", "valid_from")

    def line_of(self, row: ConsentPolicy) -> dict[str, str]:
        return {
            "division": row.division.code,
            "pass_share": quantity_text(row.pass_share),
            "count_vacant": truth_text(row.count_vacant),
            "count_verbal": truth_text(row.count_verbal),
            "valid_from": day_cell(row.valid_from),
            "document": row.document,
        }

    def find(self, line: Any) -> ConsentPolicy | None:
        day = day_of(line, "valid_from")
        line["valid_from"] = day_cell(day)
        division = division_of(line)
        if day is None:
            return None
        return ConsentPolicy.objects.select_related("division").filter(division=division, valid_from=day).first()

    def data(self, line: Mapping[str, str]) -> dict[str, Any]:
        truths = {name: truth_of(line, name) for name in ("count_vacant", "count_verbal") if name in line}
        # As the form of a new policy is set: vacant homes stay in the denominator.
        begun = {} if self.before else {"count_vacant": True}
        return {**begun, **line, "division": division_of(line).pk, **truths}
