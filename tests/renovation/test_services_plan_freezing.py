from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import HistoryEntry
from renovation.errors import (
    AreasUnknown,
    ChangeRequestNeeded,
    FloorsUnweighted,
    ItemsUnpriced,
    MustDoMissing,
    NobodyToShare,
    NoPlanNow,
    NotFrozen,
    PayersMissing,
    PlanEmpty,
    PlanFrozen,
)
from renovation.models import (
    FundingEntry,
    FundingShare,
    FundingSource,
    Household,
    HouseholdShare,
    PlanItem,
    RenovationPlan,
)
from renovation.reports.household_shares import shares_as_split_now
from renovation.reports.plan_changes import comparison_of, revision_before
from renovation.reports.plans import content_of, is_as_frozen, notice_revision, plan_in_force
from renovation.rules.plans import SETTLED
from renovation.services.plans import bring_into_force, discard_draft, push_residents_share
from renovation.services.works import create_package
from tests.factories import make_building, make_household, make_stairwell
from tests.plan_rows import Planning

pytestmark = pytest.mark.django_db


def facts_of(planning: Planning, kind: str) -> dict[str, Any] | None:
    found = planning.home.evidence.filter(kind=kind).order_by("-pk").first()
    return found and found.facts


def amounts(plan: RenovationPlan) -> dict[int, Decimal]:
    return dict(plan.household_shares.order_by("household").values_list("household", "amount"))


def second(planning: Planning, **fields: Any) -> RenovationPlan:
    """A second revision after the plan was settled, for which I03 costs as `fields` say."""
    draft = planning.draft(change_request=planning.request())
    planning.put(draft, "I03", **fields)
    return planning.freeze(draft)


# --- Freezing --------------------------------------------------------------------------------------


def test_a_frozen_plan_adds_up_from_its_items_to_its_households(planning: Planning) -> None:
    at = timezone.now() - timedelta(days=1)
    draft = planning.draft()
    planning.put(draft, "B01", "33.35", "2", payers=planning.shared("1", "2"))

    plan = planning.freeze(draft, at=at)

    assert (plan.state, plan.frozen_at, plan.frozen_by, plan.in_force_at) == ("frozen", at, planning.by, at)
    assert (plan.item_count, plan.total, plan.notice_needed) == (1, Decimal("66.70"), True)
    assert dict(FundingShare.objects.filter(plan_item__plan=plan).values_list("source", "planned")) == {
        planning.residents.pk: Decimal("22.23"),
        planning.city.pk: Decimal("44.47"),
    }
    assert list(amounts(plan).values()) == [Decimal(text) for text in ("5.56", "5.56", "5.56", "5.55")]
    assert {share.weight for share in plan.household_shares.all()} == {Decimal("86.50")}
    assert is_as_frozen(plan)


def test_what_it_told_the_lifecycle(planning: Planning) -> None:
    plan = planning.first()

    assert facts_of(planning, "plan_priced") == {
        "item_count": 2,
        "priced": 2,
        "must_do": ["B01"],
        "total": "1000.00",
        "revision": 1,
        "notice_revision": 1,
        "digest": plan.digest,
        "source": {"resource": "plans", "id": plan.pk},
    }
    assert facts_of(planning, "residents_share") == {
        "due": "300.00",
        "committed": "0.00",
        "source": {"resource": "plans", "id": plan.pk},
    }


def test_the_residents_share_follows_their_pledges_and_is_told_once(planning: Planning) -> None:
    plan = planning.first()
    kept = {"document": "承诺书", "dated_on": timezone.localdate(), "recorded_at": timezone.now()}
    for step, amount in (("committed", 120), ("received", 50), ("committed", 30)):
        FundingEntry.objects.create(source=planning.residents, step=step, amount=amount, **kept)
    FundingEntry.objects.create(source=planning.city, step="committed", amount=900, **kept)

    for _again in range(2):
        push_residents_share(planning.home, by=planning.by)

    rows = planning.home.evidence.filter(kind="residents_share").order_by("pk")
    assert [row.facts["committed"] for row in rows] == ["0.00", "150.00"]
    assert rows[1].facts["due"] == "300.00"
    assert plan == plan_in_force(planning.home)


def test_before_there_is_a_plan_no_residents_share_is_told(planning: Planning) -> None:
    push_residents_share(planning.home, by=planning.by)

    assert facts_of(planning, "residents_share") is None


def test_an_item_without_a_price_may_wait_until_the_plan_is_settled(planning: Planning) -> None:
    draft = planning.draft()
    planning.put(draft, "I03", None)

    plan = planning.freeze(draft)

    assert (plan.item_count, plan.total) == (2, 0)
    told = facts_of(planning, "plan_priced")
    assert told is not None
    assert (told["item_count"], told["priced"]) == (2, 0)


def test_freezing_heals_parts_that_were_written_past_the_services(planning: Planning) -> None:
    draft = planning.draft()
    item = planning.put(draft, "B01", payers=planning.shared("1", "2"))
    FundingShare.objects.filter(plan_item=item).update(planned=1)

    plan = planning.freeze(draft)

    assert sum(FundingShare.objects.filter(plan_item__plan=plan).values_list("planned", flat=True)) == plan.total


def test_a_copy_frozen_unchanged_says_the_same_and_needs_no_notice(planning: Planning) -> None:
    first = planning.first()

    plan = planning.freeze(planning.draft())

    assert (plan.number, plan.notice_needed, plan.in_force_at is not None) == (2, False, True)
    assert comparison_of(plan).is_empty
    assert amounts(plan) == amounts(first)
    told = facts_of(planning, "plan_priced")
    assert told is not None
    assert (told["revision"], told["notice_revision"]) == (2, 1)


def test_until_the_plan_is_settled_whatever_a_notice_tells_needs_a_new_one(planning: Planning) -> None:
    planning.first()
    draft = planning.draft()
    planning.put(draft, "U11")

    plan = planning.freeze(draft)

    assert (plan.notice_needed, plan.in_force_at, notice_revision(plan)) == (True, plan.frozen_at, 2)
    assert comparison_of(plan).reasons == ("content_changed",)


# --- Refusals --------------------------------------------------------------------------------------


def test_nothing_is_no_plan(planning: Planning) -> None:
    planning.waive("B01")

    with pytest.raises(PlanEmpty):
        planning.freeze(planning.draft())


def test_a_must_do_item_that_is_missing(planning: Planning) -> None:
    draft = planning.draft()
    planning.put(draft, "I03")
    PlanItem.objects.filter(plan=draft, menu_item__code="B01").delete()

    with pytest.raises(MustDoMissing) as refusal:
        planning.freeze(draft)

    assert refusal.value.extra == {"missing": ["B01"]}


def test_an_item_that_nobody_pays_for(planning: Planning) -> None:
    draft = planning.draft()
    planning.put(draft, "I03", payers={})
    planning.put(draft, "U11", "0.00", payers={})

    with pytest.raises(PayersMissing) as refusal:
        planning.freeze(draft)

    assert refusal.value.extra == {"items": ["I03"]}


def test_a_settled_plan_has_all_its_prices(planning: Planning) -> None:
    planning.first()
    planning.at("under_works")
    draft = planning.draft(change_request=planning.request())
    planning.put(draft, "U11", None)

    with pytest.raises(ItemsUnpriced) as refusal:
        planning.freeze(draft)

    assert refusal.value.extra == {"items": ["U11"]}


def test_areas_that_are_not_on_record(planning: Planning) -> None:
    Household.objects.filter(pk=planning.cast.doors[0].pk).update(gross_floor_area=None)

    with pytest.raises(AreasUnknown) as refusal:
        planning.first()

    assert refusal.value.extra == {"source": planning.residents.pk, "households": 1}
    assert not HouseholdShare.objects.exists()


def test_floors_without_a_weight(planning: Planning) -> None:
    planning.residents.route, planning.residents.floor_weights = "by_weight", {"1": "1"}
    planning.residents.save()
    Household.objects.filter(pk=planning.cast.doors[0].pk).update(floor=None)

    with pytest.raises(FloorsUnweighted) as refusal:
        planning.first()

    assert refusal.value.extra == {"source": planning.residents.pk, "floors": [2, None]}


def test_nobody_to_share_among(planning: Planning) -> None:
    Household.objects.filter(neighbourhood=planning.home).update(use="shop")

    with pytest.raises(NobodyToShare):
        planning.first()


def test_a_stage_at_which_no_plan_is_changed(planning: Planning) -> None:
    draft = planning.draft()
    planning.put(draft, "B01")
    planning.at("works_done")

    with pytest.raises(NoPlanNow):
        planning.freeze(draft)


def test_a_draft_that_the_settling_of_the_plan_overtook(planning: Planning) -> None:
    planning.first()
    draft = planning.draft()
    planning.at("designed")

    with pytest.raises(ChangeRequestNeeded):
        planning.freeze(draft)


def test_it_is_frozen_once(planning: Planning) -> None:
    with pytest.raises(PlanFrozen):
        planning.freeze(planning.first())


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE renovation_planitem SET quantity = 9 WHERE plan_id = %s",
        "DELETE FROM renovation_householdshare WHERE plan_id = %s",
        "UPDATE renovation_householdshare SET amount = 0 WHERE plan_id = %s",
        "UPDATE renovation_renovationplan SET total = 0 WHERE id = %s",
        "DELETE FROM renovation_renovationplan WHERE id = %s",
    ],
)
def test_the_database_refuses_to_change_what_is_frozen(planning: Planning, change: str) -> None:
    plan = planning.first()

    with pytest.raises(Exception, match=r"refused|append"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change, [plan.pk])
    assert is_as_frozen(plan)


def test_the_digest_finds_what_was_changed_past_the_database(planning: Planning) -> None:
    plan = planning.first()
    FundingSource.objects.filter(pk=planning.city.pk).update(name="区级财政")

    assert not is_as_frozen(plan)


# --- Sharing among households ----------------------------------------------------------------------


def test_by_household_each_pays_the_same_to_the_fen(planning: Planning) -> None:
    planning.residents.route = "by_household"
    planning.residents.save()
    Household.objects.filter(pk=planning.cast.doors[0].pk).update(gross_floor_area=None)
    draft = planning.draft()
    planning.put(draft, "B01", "0.06", payers=planning.shared("1", "1"))
    planning.put(draft, "I03", "0.03", payers={planning.residents.pk: Decimal(1)})

    plan = planning.freeze(draft)

    assert list(amounts(plan).values()) == [Decimal(text) for text in ("0.02", "0.02", "0.01", "0.01")]


def test_by_weight_of_floors_the_ground_floor_may_pay_nothing(planning: Planning) -> None:
    planning.residents.route, planning.residents.floor_weights = "by_weight", {"1": "0", "2": "1.5"}
    planning.residents.save()

    plan = planning.first()

    assert list(amounts(plan).values()) == [0, 150, 0, 150]


def test_a_source_of_one_stairwell_is_shared_there_only(planning: Planning) -> None:
    here = planning.cast.doors[2:]
    planning.residents.stairwell = here[0].stairwell
    planning.residents.save()

    assert amounts(planning.first()) == {door.pk: 150 for door in here}


def test_neither_shops_nor_retired_doors_nor_neighbours_pay(planning: Planning) -> None:
    doors = planning.cast.doors
    Household.objects.filter(pk=doors[0].pk).update(use="shop")
    Household.objects.filter(pk=doors[1].pk).update(retired_at=timezone.now())

    assert amounts(planning.first()) == {door.pk: 150 for door in doors[2:]}


@pytest.mark.parametrize("route", ["public_income", "donation"])
def test_what_is_raised_as_a_whole_is_not_shared_out(planning: Planning, route: str) -> None:
    planning.residents.route = route
    planning.residents.save()

    plan = planning.first()

    assert amounts(plan) == {}
    assert facts_of(planning, "residents_share")["due"] == "300.00"  # type: ignore[index]


def test_a_source_that_pays_nothing_is_not_shared_out(planning: Planning) -> None:
    draft = planning.draft()
    planning.put(draft, "B01", "0.00", payers=planning.shared("1", "1"))

    assert amounts(planning.freeze(draft)) == {}


def test_each_source_adds_up_over_uneven_homes(planning: Planning) -> None:
    stairwell = make_stairwell(building=make_building(neighbourhood=planning.home))
    for area in ("41.17", "133.33", "77.01", "58.90", "58.90"):
        make_household(stairwell=stairwell, gross_floor_area=area, floor=1)
    lift = FundingSource.objects.create(
        neighbourhood=planning.home, kind="residents", name="电梯出资", route="by_household", stairwell=stairwell
    )
    draft = planning.draft()
    planning.put(
        draft, "B01", "777.77", "1.3", payers={planning.residents.pk: Decimal("0.37"), lift.pk: Decimal("0.63")}
    )

    plan = planning.freeze(draft)

    for source in (planning.residents, lift):
        planned = FundingShare.objects.get(plan_item__plan=plan, source=source).planned
        shares = plan.household_shares.filter(source=source)
        assert sum(share.amount for share in shares) == planned
    assert plan.household_shares.filter(source=lift).count() == 5
    assert plan.household_shares.filter(source=planning.residents).count() == 9
    told = {source.name: source for source in content_of(plan).shared_out}
    assert told["居民出资"].weight == Decimal("715.31")
    assert (told["电梯出资"].households, told["电梯出资"].weight) == (5, 5)


def test_the_statements_of_freezing_do_not_grow_with_households(
    planning: Planning, django_assert_max_num_queries: Any
) -> None:
    stairwell = make_stairwell(building=make_building(neighbourhood=planning.home))
    template = make_household(stairwell=stairwell, unit_number="0", gross_floor_area="60.00")
    Household.objects.bulk_create(
        Household(
            neighbourhood=planning.home,
            building=template.building,
            stairwell=stairwell,
            community_code=template.community_code,
            unit_number=str(number),
            gross_floor_area=50 + number % 40,
        )
        for number in range(1, 1501)
    )
    draft = planning.draft()
    planning.put(draft, "B01", payers=planning.shared("1", "1"))

    with django_assert_max_num_queries(60):
        plan = planning.freeze(draft)

    assert sum(amounts(plan).values()) == 50


# --- Once the plan is settled ----------------------------------------------------------------------


@pytest.mark.parametrize("stage", sorted(SETTLED))
def test_a_change_that_moves_no_share_is_in_force_at_once(planning: Planning, stage: str) -> None:
    planning.first()
    planning.at(stage)

    plan = second(planning, price="150.00")

    assert (plan.notice_needed, plan.in_force_at) == (False, plan.frozen_at)
    request = plan.change_requests.get()
    assert (request.state, request.decided_by, request.decided_at) == ("approved", planning.by, plan.frozen_at)
    assert plan_in_force(planning.home) == plan
    assert HistoryEntry.objects.filter(act="change_approved").count() == 1


def test_one_that_moves_a_share_waits_for_its_notice(planning: Planning) -> None:
    first = planning.first()
    planning.at("under_works")

    plan = second(planning, price="150.00", payers=planning.shared("1", "2"))

    assert (plan.notice_needed, plan.in_force_at) == (True, None)
    assert plan.change_requests.get().state == "approved"
    assert plan_in_force(planning.home) == first
    assert facts_of(planning, "plan_priced")["revision"] == 1  # type: ignore[index]
    assert comparison_of(plan).reasons == ("share_moved",)

    at = timezone.now()
    held = bring_into_force(plan=plan, by=planning.by, at=at)

    assert held.in_force_at == at
    assert plan_in_force(planning.home) == plan
    assert facts_of(planning, "plan_priced")["revision"] == 2  # type: ignore[index]
    assert facts_of(planning, "residents_share")["due"] == "350.00"  # type: ignore[index]
    assert is_as_frozen(held)


def test_the_works_are_not_done_while_a_revision_waits_for_its_notice(planning: Planning) -> None:
    first = planning.first()
    planning.at("under_works")
    create_package(
        neighbourhood=planning.home,
        name="屋面工程",
        contractor="示范建设公司",
        contract_document="合同1号",
        starts_on=date(2026, 3, 1),
        ends_on=date(2026, 6, 1),
        menu_items=[item.menu_item for item in first.items.all()],
        by=planning.by,
    )
    assert "revision_waiting" not in facts_of(planning, "works_done")  # type: ignore[operator]

    plan = second(planning, price="150.00", payers=planning.shared("1", "2"))

    assert facts_of(planning, "works_done")["revision_waiting"] == 2  # type: ignore[index]

    bring_into_force(plan=plan, by=planning.by)

    assert "revision_waiting" not in facts_of(planning, "works_done")  # type: ignore[operator]


def test_one_that_lets_an_item_go_waits_for_its_notice(planning: Planning) -> None:
    planning.first()
    planning.at("under_works")
    draft = planning.draft(change_request=planning.request())
    PlanItem.objects.get(plan=draft, menu_item__code="I03").delete()

    plan = planning.freeze(draft)

    assert (plan.notice_needed, comparison_of(plan).reasons) == (True, ("item_removed",))


def test_coming_into_force_again_does_nothing(planning: Planning) -> None:
    plan = planning.first()

    again = bring_into_force(plan=plan, by=planning.by, at=timezone.now() + timedelta(days=1))

    assert (again.in_force_at, again.version) == (plan.in_force_at, plan.version)


def test_a_revision_that_a_later_one_overtook_comes_into_force_no_more(planning: Planning) -> None:
    planning.first()
    planning.at("under_works")
    waiting = second(planning, price="150.00", payers=planning.shared("1", "2"))
    back = second(planning, price="100.00")
    assert (back.in_force_at is not None, back.notice_needed) == (True, False)

    assert bring_into_force(plan=waiting, by=planning.by).in_force_at is None
    assert plan_in_force(planning.home) == back


def test_a_draft_does_not_come_into_force(planning: Planning) -> None:
    with pytest.raises(NotFrozen):
        bring_into_force(plan=planning.draft(), by=planning.by)


def test_a_refused_change_request_freezes_nothing(planning: Planning) -> None:
    planning.first()
    planning.at("under_works")
    request = planning.request()
    draft = planning.draft(change_request=request)
    request.refresh_from_db()
    request.state, request.decided_at = "refused", timezone.now()
    request.save()

    with pytest.raises(ChangeRequestNeeded):
        planning.freeze(draft)
    discard_draft(plan=draft, by=planning.by)


# --- Comparing -------------------------------------------------------------------------------------


def test_a_draft_is_compared_as_it_would_split(planning: Planning) -> None:
    first = planning.first()
    draft = planning.draft()
    planning.put(draft, "B01", "400.00", "3", payers=planning.shared("1", "2"))
    planning.put(draft, "U11")
    PlanItem.objects.get(plan=draft, menu_item__code="I03").delete()

    found = comparison_of(draft)

    assert found.before == first
    assert [item.menu_item.code for item in found.added] == ["U11"]
    assert [item.menu_item.code for item in found.removed] == ["I03"]
    (changed,) = found.changed
    assert (changed.code, changed.fields) == ("B01", ("unit_price", "amount", "payers"))
    assert (found.total_before, found.total_after) == (1000, 1300)
    assert {row.source: row.moved.difference for row in found.sources} == {planning.residents: 100, planning.city: 200}
    assert set(found.shares.values()) == {(Decimal("75.00"), Decimal("100.00"))}
    assert {moved.difference for moved in found.moved_shares.values()} == {Decimal("25.00")}
    assert found.reasons == ("item_removed", "share_moved", "content_changed")
    assert amounts(planning.freeze(draft)) == {key: after for key, (_before, after) in found.shares.items()}


def test_a_draft_that_cannot_be_split_yet_says_why(planning: Planning) -> None:
    planning.first()
    Household.objects.filter(pk=planning.cast.doors[0].pk).update(gross_floor_area=None)

    found = comparison_of(planning.draft())

    assert (found.shares_known, found.shares, found.reasons) == (False, {}, ("shares_unknown",))
    assert [fault.code for fault in found.faults] == ["areas_unknown"]


def test_a_home_that_came_since_moves_every_share(planning: Planning) -> None:
    planning.first()
    planning.at("under_works")
    home = make_household(stairwell=planning.cast.doors[0].stairwell, gross_floor_area="86.50")

    found = comparison_of(planning.draft(change_request=planning.request()))

    assert found.shares[home.pk] == (0, Decimal("60.00"))
    assert len(found.moved_shares) == 5
    assert found.reasons == ("share_moved",)


def test_a_frozen_revision_is_compared_with_the_one_then_in_force(planning: Planning) -> None:
    day = timedelta(days=1)
    at: datetime = timezone.now() - 9 * day
    draft = planning.draft()
    planning.put(draft, "B01", payers=planning.shared("1", "1"))
    planning.put(draft, "I03")
    first = planning.freeze(draft, at=at)
    planning.at("under_works")
    waiting = planning.draft(change_request=planning.request())
    planning.put(waiting, "I03", payers=planning.shared("1", "1"))
    waiting = planning.freeze(waiting, at=at + day)
    third = planning.draft(change_request=planning.request())
    third = planning.freeze(third, at=at + 2 * day)
    bring_into_force(plan=waiting, by=planning.by, at=at + 3 * day)

    assert revision_before(third) == first
    assert comparison_of(third).reasons == ("share_moved",)
    assert revision_before(first) is None


def test_the_comparison_costs_the_same_queries_whatever_its_length(
    planning: Planning, django_assert_num_queries: Any
) -> None:
    planning.first()
    draft = planning.draft()
    fresh = RenovationPlan.objects.select_related("neighbourhood", "menu_edition")

    with django_assert_num_queries(10):
        comparison_of(fresh.get(pk=draft.pk))
    planning.put(draft, "U11", payers=planning.shared("1", "1"))
    planning.put(draft, "B02", payers=planning.shared("1", "1"))
    make_household(stairwell=planning.cast.doors[0].stairwell, gross_floor_area="86.50")
    with django_assert_num_queries(10):
        comparison_of(fresh.get(pk=draft.pk))


def test_a_split_that_was_told_is_the_split_that_is_frozen(planning: Planning) -> None:
    draft = planning.draft()
    planning.put(draft, "B01", payers=planning.shared("1", "2"))
    (told,) = shares_as_split_now(draft)

    plan = planning.freeze(draft)

    rows = plan.household_shares.order_by("household").values_list("household", "weight", "amount")
    assert [(share.household, share.weight, share.amount) for share in told.shares] == list(rows)


def test_a_draft_may_not_be_half_frozen(planning: Planning) -> None:
    draft = planning.draft()

    with pytest.raises(IntegrityError), transaction.atomic():
        RenovationPlan.objects.filter(pk=draft.pk).update(state="frozen")
