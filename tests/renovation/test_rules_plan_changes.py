from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renovation.rules.plan_changes import REASONS, ItemFigures, Moved, PlanFigures, compare_plans

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

RESIDENTS, CITY = 1, 2

sums = st.integers(0, 10**7).map(lambda fen: Decimal(fen) / 100)
keys = st.integers(1, 5)
items = st.builds(
    ItemFigures,
    quantity=sums,
    unit_price=st.none() | sums,
    amount=st.none() | sums,
    contractor=st.sampled_from(["", "甲", "乙"]),
    payers=st.dictionaries(keys, sums, max_size=3),
)
plans = st.builds(
    PlanFigures,
    items=st.dictionaries(st.sampled_from(["B01", "B03", "I02", "U11"]), items),
    sources=st.dictionaries(keys, sums),
    residents=st.frozensets(keys),
    shares=st.none() | st.dictionaries(st.integers(1, 6), sums),
)


def plan(*, shares: dict[int, str] | None = None, sources: dict[int, str] | None = None, **fields: str) -> PlanFigures:
    """A plan of one item for 90 yuan, of which residents pay 30; `fields` are of the item."""
    figures = {"quantity": Decimal(1), "unit_price": Decimal(90), "amount": Decimal(90), **fields}
    return PlanFigures(
        items={"B03": ItemFigures(**figures, payers={RESIDENTS: Decimal(30), CITY: Decimal(60)})},  # type: ignore[arg-type]
        sources={key: Decimal(text) for key, text in (sources or {RESIDENTS: "30", CITY: "60"}).items()},
        residents=frozenset({RESIDENTS}),
        shares={key: Decimal(text) for key, text in (shares or {7: "15", 8: "15"}).items()},
    )


@unhurried
@given(plans, st.booleans())
def test_nothing_differs_between_equal_plans(figures: PlanFigures, settled: bool) -> None:
    found = compare_plans(figures, figures, settled=settled)

    assert found.is_empty
    assert found.total.difference == 0
    assert found.reasons == (() if figures.shares is not None else ("shares_unknown",))


@unhurried
@given(plans, plans, st.booleans())
def test_turned_round_what_came_goes_and_every_difference_changes_its_sign(
    first: PlanFigures, second: PlanFigures, settled: bool
) -> None:
    there, back = compare_plans(first, second, settled=settled), compare_plans(second, first, settled=settled)

    def turned(moved: dict[int, Moved]) -> dict[int, Moved]:
        return {key: Moved(pair.after, pair.before) for key, pair in moved.items()}

    assert (there.added, there.removed) == (back.removed, back.added)
    assert there.changed == back.changed
    assert there.total.difference == -back.total.difference
    assert there.sources == turned(dict(back.sources))
    assert there.shares == turned(dict(back.shares))
    assert there.is_empty == back.is_empty


@unhurried
@given(plans, plans)
def test_what_moves_adds_up_to_the_difference_of_all(first: PlanFigures, second: PlanFigures) -> None:
    found = compare_plans(first, second, settled=True)

    assert sum(pair.difference for pair in found.sources.values()) == sum(second.sources.values()) - sum(
        first.sources.values()
    )
    if first.shares is not None and second.shares is not None:
        assert sum(pair.difference for pair in found.shares.values()) == sum(second.shares.values()) - sum(
            first.shares.values()
        )


@unhurried
@given(plans, plans)
def test_a_settled_plan_needs_a_notice_for_no_more_than_one_that_is_not(
    first: PlanFigures, second: PlanFigures
) -> None:
    settled = compare_plans(first, second, settled=True)
    before = compare_plans(first, second, settled=False)

    assert set(settled.reasons) <= set(before.reasons) <= set(REASONS)


def test_the_first_revision_needs_a_notice_and_all_of_it_is_new() -> None:
    found = compare_plans(None, plan(), settled=False)

    assert (found.added, found.removed, found.reasons) == (("B03",), (), ("first",))
    assert found.total == Moved(Decimal(0), Decimal(90))
    assert found.shares == {7: Moved(Decimal(0), Decimal(15)), 8: Moved(Decimal(0), Decimal(15))}


@pytest.mark.parametrize(
    ("after", "settled", "reasons"),
    [
        (plan(), True, ()),
        (plan(contractor="甲"), False, ()),
        (plan(contractor="甲"), True, ()),
        (plan(quantity="2"), False, ("content_changed",)),
        (plan(quantity="2"), True, ()),
        (plan(shares={7: "15.01", 8: "14.99"}), True, ("share_moved",)),
        (plan(shares={7: "15", 8: "14", 9: "1"}), True, ("share_moved",)),
        (plan(sources={RESIDENTS: "30.01", CITY: "59.99"}), True, ("share_moved",)),
        (plan(sources={RESIDENTS: "30", CITY: "59"}), True, ()),
        (PlanFigures(items={}, sources=plan().sources, shares=plan().shares), True, ("item_removed",)),
        (PlanFigures(items=plan().items, sources=plan().sources, shares=None), True, ("shares_unknown",)),
    ],
)
def test_why_residents_must_be_told(after: PlanFigures, settled: bool, reasons: tuple[str, ...]) -> None:
    found = compare_plans(plan(), after, settled=settled)

    assert found.reasons == reasons
    assert found.notice_needed == bool(reasons)


def test_an_item_put_in_by_others_money_needs_a_notice_only_until_the_plan_is_settled() -> None:
    after = plan()
    more = PlanFigures(
        items={**after.items, "U11": ItemFigures(quantity=Decimal(1))}, sources=after.sources, shares=after.shares
    )

    assert compare_plans(plan(), more, settled=False).reasons == ("content_changed",)
    assert compare_plans(plan(), more, settled=True).reasons == ()


def test_a_changed_item_names_what_differs() -> None:
    found = compare_plans(plan(), plan(quantity="2", note="院内"), settled=True)

    assert found.changed == {"B03": ("quantity", "note")}
