"""What docs/plans.md says of the digest is what is hashed."""

import hashlib
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from renovation.rules.plans import FORM, Content, Line, Payment, SharedOut, canonical_bytes
from tests.renovation.test_rules_plans import CONTENT

DOCS = Path(settings.BASE_DIR) / "docs"
PAGE = (DOCS / "plans.md").read_text()
EXAMPLE = (DOCS / "examples" / "plan.json").read_bytes()


def test_the_example_has_the_digest_that_the_page_tells() -> None:
    assert re.findall(r"`([0-9a-f]{64})`", PAGE) == [hashlib.sha256(EXAMPLE).hexdigest()]


def test_the_python_of_the_page_makes_the_bytes_of_the_example() -> None:
    (expression,) = re.findall(r"^    text = (json\.dumps\(.+\))$", PAGE, re.MULTILINE)
    text = eval(expression, {"json": json, "revision": json.loads(EXAMPLE)})

    assert text.encode() == EXAMPLE


@pytest.mark.parametrize("written", [json.loads(EXAMPLE), json.loads(canonical_bytes(CONTENT))])
def test_the_page_names_exactly_the_members_that_are_hashed(written: dict[str, Any]) -> None:
    tables = [
        set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.+?) \|", table, re.MULTILINE))))
        for table in re.findall(r"\| member \| is \|\n(?:\|.*\|\n)+", PAGE)
    ]

    assert written["form"] == FORM
    assert tables == [set(written), set(written["items"][0]), set(written["shared_out"][0])]


def test_the_example_is_what_the_rules_write() -> None:
    read = json.loads(EXAMPLE)
    content = Content(
        neighbourhood=read["neighbourhood"],
        number=read["revision"],
        menu_from=_day(read["menu_from"]),
        items=[
            Line(
                **{name: _number(line[name]) for name in ("quantity", "unit_price", "amount")},
                **{name: _day(line[name]) for name in ("starts_on", "ends_on")},
                **{name: line[name] for name in ("code", "contractor", "note")},
                payers=tuple(Payment(**{**payer, "planned": _number(payer["planned"])}) for payer in line["payers"]),
            )
            for line in read["items"]
        ],
        shared_out=[
            SharedOut(**{**source, "weight": _number(source["weight"]), "amount": _number(source["amount"])})
            for source in read["shared_out"]
        ],
    )

    assert canonical_bytes(content) == EXAMPLE


def _number(text: str | None) -> Any:
    return None if text is None else Decimal(text)


def _day(text: str | None) -> Any:
    return None if text is None else date.fromisoformat(text)
