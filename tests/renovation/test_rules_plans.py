import hashlib
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renovation.rules.plans import Content, Line, Payment, SharedOut, amount_of, canonical_bytes, digest_of

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
sums = st.integers(0, 10**12).map(lambda fen: Decimal(fen) / 100)
days = st.none() | st.dates(date(2020, 1, 1), date(2040, 1, 1))
payments = st.lists(
    st.builds(Payment, kind=st.sampled_from(["municipal", "residents"]), name=texts, planned=sums),
    max_size=3,
    unique_by=lambda payment: (payment.kind, payment.name),
).map(tuple)
lines = st.builds(
    Line,
    code=st.text("BIU0123456789", min_size=1, max_size=4),
    quantity=sums,
    unit_price=st.none() | sums,
    amount=st.none() | sums,
    contractor=texts,
    starts_on=days,
    ends_on=days,
    note=texts,
    payers=payments,
)
shared = st.builds(
    SharedOut,
    name=texts,
    route=st.sampled_from(["by_area", "by_household"]),
    households=st.integers(1, 3000),
    weight=sums,
    amount=sums,
)
contents = st.builds(
    Content,
    neighbourhood=st.just("420502001001-001"),
    number=st.integers(1, 40),
    menu_from=st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    items=st.lists(lines, max_size=5, unique_by=lambda line: line.code),
    shared_out=st.lists(shared, max_size=2, unique_by=lambda source: source.name),
)

LINE = Line(
    code="B01",
    quantity=Decimal(3),
    unit_price=Decimal("33.33"),
    amount=Decimal("99.99"),
    payers=(Payment("municipal", "市级财政", Decimal("66.66")), Payment("residents", "居民", Decimal("33.33"))),
)
CONTENT = Content(
    neighbourhood="420502001001-001",
    number=1,
    menu_from=date(2026, 1, 1),
    items=[LINE, Line(code="I03", quantity=Decimal(1), unit_price=None, amount=None)],
    shared_out=[SharedOut("居民", "by_area", 4, Decimal("346.00"), Decimal("33.33"))],
)


@pytest.mark.parametrize(
    ("quantity", "unit_price", "amount"),
    [
        ("3", "33.33", "99.99"),
        ("0.5", "0.01", "0.01"),
        ("0.49", "0.01", "0.00"),
        ("2.5", "0.05", "0.13"),
        ("7", "0", "0.00"),
        ("1", "9999999999.99", "9999999999.99"),
    ],
)
def test_amounts_are_half_up_to_the_fen(quantity: str, unit_price: str, amount: str) -> None:
    assert str(amount_of(Decimal(quantity), Decimal(unit_price))) == amount


@pytest.mark.parametrize(("quantity", "unit_price"), [("1", "10000000000"), ("9999999999.99", "9999999999.99")])
def test_there_is_no_amount_beyond_what_can_be_kept(quantity: str, unit_price: str) -> None:
    assert amount_of(Decimal(quantity), Decimal(unit_price)) is None


def _change(path: tuple[Any, ...], value: Any) -> Content:
    """CONTENT with another value at one place."""
    name, *rest = path
    if not rest:
        return replace(CONTENT, **{name: value})
    rows = list(getattr(CONTENT, name))
    position, field, *deeper = rest
    if deeper:
        payers = list(rows[position].payers)
        payers[deeper[0]] = replace(payers[deeper[0]], **{deeper[1]: value})
        value = tuple(payers)
    rows[position] = replace(rows[position], **{field: value})
    return replace(CONTENT, **{name: rows})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("neighbourhood",), "420502001001-002"),
        (("number",), 2),
        (("menu_from",), date(2026, 1, 2)),
        (("items",), [LINE]),
        (("shared_out",), []),
        (("items", 0, "code"), "B02"),
        (("items", 0, "quantity"), Decimal("3.01")),
        (("items", 0, "unit_price"), Decimal("33.34")),
        (("items", 0, "unit_price"), None),
        (("items", 0, "amount"), Decimal("100.00")),
        (("items", 0, "contractor"), "公司"),
        (("items", 0, "starts_on"), date(2027, 1, 1)),
        (("items", 0, "ends_on"), date(2027, 1, 1)),
        (("items", 0, "note"), "院内"),
        (("items", 0, "payers"), ()),
        (("items", 0, "payers", 0, "kind"), "district"),
        (("items", 0, "payers", 0, "name"), "市财政"),
        (("items", 0, "payers", 0, "planned"), Decimal("66.67")),
        (("shared_out", 0, "name"), "业主"),
        (("shared_out", 0, "route"), "by_household"),
        (("shared_out", 0, "households"), 5),
        (("shared_out", 0, "weight"), Decimal("346.0001")),
        (("shared_out", 0, "amount"), Decimal("33.34")),
    ],
)
def test_whatever_it_covers_changes_the_digest(path: tuple[Any, ...], value: Any) -> None:
    assert digest_of(_change(path, value)) != digest_of(CONTENT)


@unhurried
@given(contents, contents)
def test_two_contents_have_one_digest_only_where_they_say_the_same(first: Content, second: Content) -> None:
    def plain(content: Content) -> Any:
        return json.loads(canonical_bytes(content))

    assert (digest_of(first) == digest_of(second)) == (plain(first) == plain(second))


@unhurried
@given(contents, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_places_of_numbers_change_it(content: Content, random: Any) -> None:
    def shuffled(rows: Any) -> list[Any]:
        return random.sample(list(rows), len(rows))

    def longer(number: Decimal | None) -> Decimal | None:
        return None if number is None else number.quantize(Decimal("0.000001"))

    items = [
        replace(
            line,
            quantity=longer(line.quantity),
            unit_price=longer(line.unit_price),
            amount=longer(line.amount),
            payers=tuple(shuffled(line.payers)),
        )
        for line in shuffled(content.items)
    ]

    assert digest_of(replace(content, items=items, shared_out=shuffled(content.shared_out))) == digest_of(content)


@unhurried
@given(contents)
def test_plain_json_of_the_standard_library_has_the_same_bytes(content: Content) -> None:
    written = canonical_bytes(content)
    again = json.dumps(json.loads(written), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    assert again == written
    assert hashlib.sha256(again).hexdigest() == digest_of(content)


def test_the_bytes_are_stable() -> None:
    """What was frozen under this form must be found again for ever."""
    assert digest_of(CONTENT) == "5538e211f76acdeb45ecc2b7505207955d61bfc24d71ee960747eb4812b2e4d8"
