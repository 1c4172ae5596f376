"""Planned, committed, received and spent: what a plain model says, however it is added up."""

from collections import defaultdict
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renovation.models import FundingEntry, FundingSource, Neighbourhood
from renovation.reports.money import doors_of, groups_of, money_of, named_donors, with_sums
from renovation.rules.funding import FourSums
from renovation.services.funding import reverse_entry
from tests.factories import make_building, make_household, make_neighbourhood
from tests.renovation.funds import item_of, make_entry, make_plan_in_force, make_source

pytestmark = pytest.mark.django_db

KINDS = ["central", "residents", "maintenance_fund", "in_kind", "in_kind"]
CODES = ["B01", "B03", "U11"]
STEPS = ["committed", "received", "spent"]

MONEY = st.decimals(min_value="0.01", max_value=10**6, places=2)
SHARES = st.dictionaries(st.tuples(st.sampled_from(CODES), st.integers(0, 4)), MONEY, min_size=1)
ENTRIES = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(STEPS), st.sampled_from([*CODES, None]), MONEY, st.booleans()),
    max_size=15,
)


def added(rows: list[tuple[object, FourSums]]) -> FourSums:
    return sum((sums for _thing, sums in rows), FourSums())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(shares=SHARES, told=ENTRIES)
def test_money_by_source_and_by_item_add_up_to_the_same_and_to_what_a_plain_model_says(shares, told):
    with transaction.atomic():
        home = make_neighbourhood()
        sources = [make_source(home, kind, name=f"{place}") for place, kind in enumerate(KINDS)]
        plan = make_plan_in_force(home, {(code, sources[place]): amount for (code, place), amount in shares.items()})
        in_plan = {code for code, _place in shares}
        model: dict[tuple[int, str | None], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for (code, place), amount in shares.items():
            model[place, code]["planned"] += amount
        for place, step, code, amount, is_mistake in told:
            code = code if code in in_plan else None
            item = item_of(plan, code) if code else None
            entry = make_entry(sources[place], step, amount, menu_item=item)
            model[place, code][step] += amount
            if is_mistake:
                reverse_entry(entry=entry, reason="录错", by=None)
                model[place, code][step] -= amount

        money = money_of(home)

        def expected(fits) -> FourSums:
            return sum((FourSums(**cell) for key, cell in model.items() if fits(*key)), FourSums())

        assert [sums for _source, sums in money.by_source] == [
            expected(lambda place, _code, mine=int(source.name): place == mine) for source, _sums in money.by_source
        ]
        assert {item.code if item else None: sums for item, sums in money.by_item} == {
            code: expected(lambda _place, of, mine=code: of == mine) for code in {code for _place, code in model}
        }
        assert added(money.by_source) == added(money.by_item) == money.total == expected(lambda _place, _code: True)
        assert money.cash + money.in_kind == money.total
        assert money.in_kind == expected(lambda place, _code: KINDS[place] == "in_kind")
        assert money.total.planned == plan.total
        for source, sums in money.by_source:
            assert added(money.items_of(source)) == sums
            annotated = with_sums(FundingSource.objects.filter(pk=source.pk)).get()
            assert FourSums(annotated.planned, annotated.committed, annotated.received, annotated.spent) == sums
        for item, sums in money.by_item:
            if item is not None:
                assert added(money.sources_of(item)) == sums
        transaction.set_rollback(True)


def fill(home: Neighbourhood, sources: int) -> None:
    shares = {(code, make_source(home, "central")): "10.00" for _ in range(sources) for code in CODES}
    plan = make_plan_in_force(home, shares)
    for _code, source in shares:
        for step in STEPS:
            make_entry(source, step, menu_item=item_of(plan, "B01"))


def test_a_neighbourhoods_money_costs_the_same_however_much_there_is():
    counts = []
    for sources in (1, 3):
        home = make_neighbourhood()
        fill(home, sources)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            money = money_of(home)
            assert len(money.by_source) == 3 * sources
            assert money.by_item
        counts.append(len(queries))

    assert counts == [5, 5]


def test_only_the_revision_in_force_is_planned():
    home = make_neighbourhood()
    source, other = make_source(home), make_source(home)
    make_plan_in_force(home, {("B01", source): "10.00"})
    make_plan_in_force(home, {("B01", source): "4.00", ("B01", other): "8.00"}, number=2)

    assert [sums.planned for _source, sums in money_of(home).by_source] == [4, 8]
    assert money_of(make_neighbourhood()).total == FourSums()


def test_what_is_no_items_money_stands_last_and_a_source_without_money_stands_too():
    home = make_neighbourhood()
    source = make_source(home, name="有")
    make_source(home, name="无")
    plan = make_plan_in_force(home, {("B01", source): "10.00"})
    make_entry(source, "spent", "3.00")
    make_entry(source, "spent", "4.00", menu_item=item_of(plan, "B01"))

    money = money_of(home)

    assert [(item.code if item else None, sums.spent) for item, sums in money.by_item] == [("B01", 4), (None, 3)]
    assert [(source.name, sums.spent) for source, sums in money.by_source] == [("有", 7), ("无", 0)]
    assert [(item.code if item else None, sums.planned) for item, sums in money.items_of(source)] == [
        ("B01", 10),
        (None, 0),
    ]


def test_a_buildings_households_pledge_and_give():
    home = make_neighbourhood()
    source = make_source(home, "residents")
    first, second = make_building(neighbourhood=home, number="10"), make_building(neighbourhood=home, number="2")
    doors = [make_household(building=first, unit_number=f"10{n}", floor=1) for n in range(6)]
    late = make_household(building=second)
    make_plan_in_force(home, {("B01", source): "60.00"}, {(source, door): "10.00" for door in doors})
    make_entry(source, "committed", "10.00", household=doors[0])
    make_entry(source, "received", "7.00", household=doors[0])
    make_entry(source, "received", "2.00", household=late)
    make_entry(source, "received", "1000.00")
    plan = money_of(home).plan

    seen = groups_of(source, plan, sees_households=True)
    hidden = groups_of(source, plan, sees_households=False)

    told = [(group.number, group.households, group.due, group.committed, group.received) for group in seen]
    assert told == [("2", 1, 0, 0, 2), ("10", 6, 60, 10, 7)]
    assert [(group.key, group.households, group.received, group.buildings) for group in hidden] == [(None, 7, 9, 2)]
    rows = doors_of(source, plan, first.pk)
    assert [(row.household.pk, row.due, row.committed, row.received) for row in rows] == [
        (doors[0].pk, 10, 10, 7),
        *((door.pk, 10, 0, 0) for door in doors[1:]),
    ]


def test_donors_are_those_who_agreed_to_be_named_and_whose_gift_stands():
    source = make_source(make_neighbourhood(), "residents", route="donation")
    make_entry(source, payer="王业主")
    named = make_entry(source, payer="李热心", payer_may_be_named=True)
    back = make_entry(source, payer="张退款", payer_may_be_named=True)
    make_entry(source, "committed", payer="赵承诺", payer_may_be_named=True)
    reverse_entry(entry=back, reason="退回", by=None)

    assert named_donors(source) == [named]
    assert FundingEntry.objects.count() == 5
