"""Sources, entries and reversals."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.back_office.words import models_by_resource
from accounts.models import Change, HistoryEntry
from renovation.errors import (
    AlreadyReversed,
    AmountTooLarge,
    DayInFuture,
    DocumentNeeded,
    ItemNotPlanned,
    NotFromHouseholds,
    NotReversible,
    OtherNeighbourhood,
    PaidByTranche,
    ReasonNeeded,
    SourceExists,
    SourceInPlan,
    SourceMalformed,
)
from renovation.models import Evidence, FundingEntry, FundingSource, Neighbourhood
from renovation.services.funding import add_source, change_source, record_entry, reverse_entry
from tests.factories import make_household, make_menu_edition, make_neighbourhood, make_stairwell
from tests.renovation.funds import DAY, item_of, make_entry, make_plan_in_force, make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(db: None) -> Neighbourhood:
    return make_neighbourhood()


def share_of(home: Neighbourhood) -> tuple[str, str] | None:
    told = Evidence.objects.filter(neighbourhood=home, kind="residents_share").order_by("-pk").first()
    return (told.facts["due"], told.facts["committed"]) if told else None


# --- Sources ---------------------------------------------------------------------------------------


def test_a_source_is_added_with_how_it_is_raised_and_its_history(home):
    stairwell = make_household(neighbourhood=home).stairwell

    made = add_source(
        neighbourhood=home,
        kind="residents",
        name=" 加装电梯 ",
        route="by_weight",
        floor_weights={"1": 0, "2": Decimal("0.5")},
        stairwell=stairwell,
        document=" 协议 ",
        by=None,
    )

    made.refresh_from_db()
    assert (made.name, made.document, made.floor_weights) == ("加装电梯", "协议", {"1": "0", "2": "0.5"})
    assert HistoryEntry.objects.get(resource="funding-sources", object_id=made.pk).act == "created"


def test_the_same_kind_and_name_is_the_same_source(home):
    add_source(neighbourhood=home, kind="central", name="补助", by=None)

    with pytest.raises(SourceExists):
        add_source(neighbourhood=home, kind="central", name="补助 ", by=None)
    add_source(neighbourhood=home, kind="municipal", name="补助", by=None)
    add_source(neighbourhood=make_neighbourhood(), kind="central", name="补助", by=None)

    assert FundingSource.objects.count() == 3


def test_a_source_that_does_not_say_how_it_is_raised_is_refused_at_its_field(home):
    with pytest.raises(SourceMalformed) as refused:
        add_source(neighbourhood=home, kind="residents", name="居民", by=None)

    assert refused.value.extra == {"field": "route", "fault": "route_missing"}


def test_a_stairwell_lies_in_the_neighbourhood(home):
    with pytest.raises(OtherNeighbourhood):
        add_source(
            neighbourhood=home, kind="residents", name="居民", route="by_area", stairwell=make_stairwell(), by=None
        )


def test_a_source_is_changed_and_its_version_with_it(home):
    source = make_source(home, "residents")

    changed = change_source(source=source, route="by_weight", floor_weights={"3": "2"}, document="新协议", by=None)

    source.refresh_from_db()
    assert (source.route, source.floor_weights, source.document) == ("by_weight", {"3": "2"}, "新协议")
    assert source.version == changed.version == 2


def test_a_change_is_judged_as_the_source_would_be(home):
    source = make_source(home, "residents")
    make_source(home, "residents", name="另一个")

    with pytest.raises(SourceMalformed):
        change_source(source=source, route="by_weight", by=None)
    with pytest.raises(SourceExists):
        change_source(source=source, name="另一个", by=None)

    source.refresh_from_db()
    assert (source.route, source.version) == ("by_household", 1)


def test_a_source_stays_as_a_frozen_plan_names_it_except_for_its_document(home):
    source = make_source(home, "residents", name="居民出资")
    make_plan_in_force(home, {("B01", source): "100.00"})

    for change in ({"name": "别的"}, {"route": "by_area"}, {"stairwell": make_household(neighbourhood=home).stairwell}):
        with pytest.raises(SourceInPlan):
            change_source(source=source, by=None, **change)
    changed = change_source(source=source, name="居民出资", route="by_household", document="协议", by=None)

    assert changed.document == "协议"


# --- Entries ---------------------------------------------------------------------------------------


def test_an_entry_keeps_its_document_and_leaves_the_payer_out_of_the_history(home):
    source = make_source(home, "residents", route="donation")

    entry = make_entry(source, payer=" 王业主 ", document=" 收据1 ", reason="捐款")

    entry.refresh_from_db()
    assert (entry.payer, entry.document, entry.amount, entry.reason) == ("王业主", "收据1", Decimal(100), "捐款")
    told = HistoryEntry.objects.get(object_id=entry.pk, act="money_recorded")
    assert told.details == {"step": "received", "amount": "100.00", "document": "收据1"}


REFUSED: list[tuple[type[Exception], dict[str, Any]]] = [
    (DocumentNeeded, {"document": "  "}),
    (DayInFuture, {"dated_on": timezone.localdate() + timedelta(days=30)}),
]


@pytest.mark.parametrize(("refusal", "change"), REFUSED)
def test_an_entry_needs_a_document_of_a_day_that_has_come(home, refusal, change):
    with pytest.raises(refusal):
        make_entry(make_source(home), **change)

    make_entry(make_source(home), dated_on=timezone.localdate())
    assert FundingEntry.objects.count() == 1


def test_an_award_is_received_by_its_tranches_only(home):
    award = make_source(home, "award")

    with pytest.raises(PaidByTranche):
        make_entry(award, "received")

    make_entry(award, "committed")
    make_entry(award, "spent")


@pytest.mark.parametrize("kind", ["residents", "in_kind"])
@pytest.mark.parametrize("step", ["committed", "received"])
def test_what_a_household_pledges_and_gives_is_kept_with_it(home, kind, step):
    household = make_household(neighbourhood=home)

    assert make_entry(make_source(home, kind), step, household=household).household == household


@pytest.mark.parametrize(("kind", "step"), [("central", "received"), ("residents", "spent"), ("in_kind", "spent")])
def test_no_household_gives_what_others_give_or_spends(home, kind, step):
    with pytest.raises(NotFromHouseholds):
        make_entry(make_source(home, kind), step, household=make_household(neighbourhood=home))


def test_a_household_of_another_neighbourhood_gives_nothing_here(home):
    with pytest.raises(OtherNeighbourhood):
        make_entry(make_source(home, "residents"), household=make_household())


def test_money_is_told_for_items_of_a_plan_of_this_neighbourhood(home):
    source = make_source(home)
    plan = make_plan_in_force(home, {("B01", source): "10.00"})
    elsewhere = make_menu_edition(codes=("B02",))

    with pytest.raises(ItemNotPlanned):
        make_entry(source, menu_item=elsewhere.items.get())

    assert make_entry(source, menu_item=item_of(plan, "B01")).menu_item.code == "B01"


def test_an_entry_changes_no_more_by_any_way(home):
    entry = make_entry(make_source(home))

    with pytest.raises(DatabaseError), transaction.atomic():
        FundingEntry.objects.update(amount=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        record_entry(source=entry.source, step="spent", amount=Decimal(0), document="x", dated_on=DAY, by=None)


@pytest.mark.parametrize(
    ("step", "resource"),
    [("committed", "funding-commitments"), ("received", "funding-receipts"), ("spent", "funding-payments")],
)
def test_that_an_entry_was_made_is_told_where_the_api_keeps_it(home, step, resource):
    entry = make_entry(make_source(home), step)

    assert Change.objects.filter(object_id=entry.pk).exclude(resource="funding-sources").get().resource == resource
    assert models_by_resource()[resource] is FundingEntry


# --- Reversals -------------------------------------------------------------------------------------


def test_a_mistake_is_taken_back_by_a_row_below_zero_that_says_why(home):
    household = make_household(neighbourhood=home)
    entry = make_entry(make_source(home, "residents"), household=household, payer="王业主", payer_may_be_named=True)

    made = reverse_entry(entry=entry, reason=" 录错户 ", by=None)

    assert (made.amount, made.reverses, made.reason) == (-entry.amount, entry, "录错户")
    kept = ("source", "step", "household", "menu_item", "package", "payer", "payer_may_be_named", "document")
    assert [getattr(made, name) for name in kept] == [getattr(entry, name) for name in kept]
    assert made.dated_on == timezone.localdate()
    assert HistoryEntry.objects.get(object_id=made.pk, resource="funding-receipts").act == "money_reversed"
    entry.refresh_from_db()
    assert entry.amount == 100


def test_an_entry_is_taken_back_once_with_a_reason_and_a_reversal_never(home):
    entry = make_entry(make_source(home))

    with pytest.raises(ReasonNeeded):
        reverse_entry(entry=entry, reason=" ", by=None)
    reversal = reverse_entry(entry=entry, reason="重复", by=None)
    with pytest.raises(AlreadyReversed):
        reverse_entry(entry=entry, reason="重复", by=None)
    with pytest.raises(NotReversible):
        reverse_entry(entry=reversal, reason="重复", by=None)

    assert FundingEntry.objects.count() == 2


# --- What the start of works is told ---------------------------------------------------------------


def test_each_pledge_and_its_reversal_tell_the_guard(home):
    residents, state = make_source(home, "residents"), make_source(home)
    make_plan_in_force(home, {("B01", residents): "300.00", ("B01", state): "700.00"})

    entry = make_entry(residents, "committed", "120.50")
    assert share_of(home) == ("300.00", "120.50")
    make_entry(make_source(home, "residents"), "committed", "9.50")
    assert share_of(home) == ("300.00", "130.00")
    reverse_entry(entry=entry, reason="撤回", by=None)
    assert share_of(home) == ("300.00", "9.50")

    rows = Evidence.objects.filter(kind="residents_share").count()
    make_entry(state, "committed")
    make_entry(residents, "received")
    assert Evidence.objects.filter(kind="residents_share").count() == rows


def test_without_a_plan_in_force_nothing_is_due_and_nothing_is_told(home):
    make_entry(make_source(home, "residents"), "committed")

    assert share_of(home) is None


def test_what_a_source_adds_up_to_stays_within_what_is_told(home):
    source = make_source(home, "central")
    first = make_entry(source, "committed", "9999999999.98")

    make_entry(source, "committed", "0.01")
    with pytest.raises(AmountTooLarge):
        make_entry(source, "committed", "0.01")

    assert make_entry(source, "received", "0.01").pk
    reverse_entry(entry=first, reason="录错", by=None)
    assert make_entry(source, "committed", "0.01").pk
