"""The menu of works: a city's list, as an edition with a day from which it holds (policy.md, section d)."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from renovation.choices import MenuCategory
from renovation.models import MenuEdition, MenuItem

COLUMNS = ("code", "category", "name_zh", "name_en", "mandatory", "unit", "funding_hint", "source")


@transaction.atomic
def load_menu(*, path: Path, valid_from: date, document: str = "") -> tuple[MenuEdition, bool]:
    """Load a CSV of items as the edition of a day. Returns it and whether it is new.

    The same file for the same day changes nothing. Raises ValidationError, naming the line, for what cannot be read,
    and for another list on a day that has one: surveys may have been opened with it.
    """
    items = list(_read(path))
    edition, new = MenuEdition.objects.get_or_create(valid_from=valid_from, defaults={"document": document})
    if new:
        rows = [MenuItem(edition=edition, **item) for item in items]
        for row in rows:
            row.clean_fields(exclude=["edition"])
        MenuItem.objects.bulk_create(rows)
        return edition, True
    if {item["code"]: item for item in edition.items.values(*COLUMNS)} != {item["code"]: item for item in items}:
        raise ValidationError(
            _("Another menu is in force from %(day)s. Please give this one a later day."), params={"day": valid_from}
        )
    return edition, False


def _read(path: Path) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            raise ValidationError(_("The file lacks the columns %(names)s."), params={"names": ", ".join(missing)})
        for row in reader:
            item: dict[str, Any] = {name: (row[name] or "").strip() for name in COLUMNS}
            mandatory = {"true": True, "false": False}.get(item["mandatory"].lower())
            if not item["code"] or item["code"] in seen or mandatory is None or item["category"] not in MenuCategory:
                raise ValidationError(
                    _("Line %(line)s is no item: code, category or mandatory cannot be read."),
                    params={"line": reader.line_num},
                )
            seen.add(item["code"])
            yield item | {"mandatory": mandatory}
