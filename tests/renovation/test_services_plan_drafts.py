from datetime import date
from decimal import Decimal

import pytest

from accounts.models import Change, HistoryEntry
from renovation.choices import Stage
from renovation.errors import (
    AmountTooLarge,
    ChangeRequestNeeded,
    DraftOpen,
    ItemInPlan,
    MustDoItem,
    NoMenu,
    NoPlanNow,
    OtherEdition,
    PlanFrozen,
    SourceElsewhere,
)
from renovation.models import ChangeRequest, FundingSource, MenuEdition, PlanItem, RenovationPlan
from renovation.reports.plans import draft_of, plan_in_force, plan_to_show, required_codes, sheet_of
from renovation.rules.plans import PLANNING
from renovation.services.plans import describe_draft, discard_draft, freeze_plan, remove_item, set_item
from tests.factories import make_menu_edition, make_neighbourhood
from tests.plan_rows import Planning, assess

pytestmark = pytest.mark.django_db


def rows_of(plan: RenovationPlan) -> list[tuple[object, ...]]:
    items = plan.items.order_by("menu_item__code")
    return [(item.menu_item.code, item.quantity, item.unit_price, item.amount) for item in items]


# --- Opening ---------------------------------------------------------------------------------------


def test_the_first_draft_holds_the_must_do_items_that_were_found(planning: Planning) -> None:
    draft = planning.draft()

    assert (draft.number, draft.based_on, draft.is_draft) == (1, None, True)
    assert rows_of(draft) == [("B01", 1, None, None)]
    assert (draft.item_count, draft.total) == (1, 0)


def test_where_no_assessment_stands_it_holds_all_must_do_items(planning: Planning) -> None:
    planning.home.evidence.model.objects.create(
        neighbourhood=planning.home, kind="assessment", revoked=True, at=planning.home.stage_since
    )

    assert [row[0] for row in rows_of(planning.draft())] == ["B01", "B02"]


def test_what_was_approved_as_not_applicable_is_not_in_it(planning: Planning) -> None:
    planning.waive("B01")

    assert rows_of(planning.draft()) == []


def test_the_next_draft_is_a_copy_of_the_last_revision_from_the_same_menu(planning: Planning) -> None:
    first = planning.first()
    make_menu_edition(("B09",), valid_from=date(2025, 6, 1))

    draft = planning.draft(reason="  换施工单位 ", document="区改〔2026〕9号")

    assert (draft.number, draft.based_on, draft.menu_edition) == (2, first, planning.edition)
    assert (draft.reason, draft.document) == ("换施工单位", "区改〔2026〕9号")
    assert rows_of(draft) == rows_of(first)
    assert (draft.item_count, draft.total) == (2, Decimal("1000.00"))
    shares = draft.items.get(menu_item__code="B01").shares.values_list("source", "weight", "planned")
    assert set(shares) == {(planning.residents.pk, 1, Decimal("300.00")), (planning.city.pk, 2, Decimal("600.00"))}
    assert not draft.household_shares.exists()


def test_there_is_one_draft_at_a_time(planning: Planning) -> None:
    planning.draft()

    with pytest.raises(DraftOpen):
        planning.draft()


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in PLANNING])
def test_at_other_stages_there_is_no_draft(planning: Planning, stage: str) -> None:
    planning.at(stage)

    with pytest.raises(NoPlanNow):
        planning.draft()


def test_without_a_menu_in_force_there_is_no_draft(planning: Planning) -> None:
    MenuEdition.objects.update(valid_from=date(2100, 1, 1))

    with pytest.raises(NoMenu):
        planning.draft()


@pytest.mark.parametrize("stage", ["designed", "under_works", "suspended"])
def test_a_settled_plan_is_drafted_anew_only_for_an_open_change_request(planning: Planning, stage: str) -> None:
    planning.first()
    planning.at(stage)
    request = planning.request()
    refused = planning.request(state="refused", decided_at=planning.home.stage_since)

    for answered in (None, refused):
        with pytest.raises(ChangeRequestNeeded):
            planning.draft(change_request=answered)
    draft = planning.draft(change_request=request)

    request.refresh_from_db()
    assert (request.plan, request.state, draft.reason) == (draft, "requested", "屋面面积变更")


def test_a_change_request_of_another_neighbourhood_is_none(planning: Planning) -> None:
    planning.first()
    planning.at("designed")
    request = planning.request()
    ChangeRequest.objects.filter(pk=request.pk).update(neighbourhood=planning.cast.next_door)

    with pytest.raises(ChangeRequestNeeded):
        planning.draft(change_request=request)


def test_a_draft_tells_of_itself_and_of_its_items(planning: Planning) -> None:
    draft = planning.draft()

    told = Change.objects.filter(resource__in=["plans", "plan-items"]).order_by("pk")
    assert [(row.resource, row.object_id, row.action) for row in told] == [
        ("plans", draft.pk, "created"),
        ("plan-items", draft.items.get().pk, "created"),
    ]
    assert HistoryEntry.objects.get(act="plan_drafted").by == planning.by


# --- Describing and discarding ---------------------------------------------------------------------


def test_a_draft_is_described(planning: Planning) -> None:
    draft = describe_draft(plan=planning.draft(reason="甲"), document=" 区改〔2026〕9号", by=planning.by)

    assert (draft.reason, draft.document, draft.version) == ("甲", "区改〔2026〕9号", 2)
    assert describe_draft(plan=draft, reason="甲", by=planning.by).version == 2


def test_a_discarded_draft_is_gone_and_its_change_request_waits_again(planning: Planning) -> None:
    planning.first()
    planning.at("designed")
    request = planning.request()
    draft = planning.draft(change_request=request)

    discard_draft(plan=draft, by=planning.by)

    request.refresh_from_db()
    assert (request.plan, request.state) == (None, "requested")
    assert draft_of(planning.home) is None
    assert Change.objects.filter(resource="plan-items", action="deleted").count() == 2
    assert planning.draft(change_request=request).number == 2


def test_a_frozen_revision_is_neither_described_nor_discarded(planning: Planning) -> None:
    frozen = planning.first()

    with pytest.raises(PlanFrozen):
        describe_draft(plan=frozen, reason="甲", by=planning.by)
    with pytest.raises(PlanFrozen):
        discard_draft(plan=frozen, by=planning.by)


# --- Items -----------------------------------------------------------------------------------------


def test_an_item_is_put_in_with_its_amount_split_among_its_payers(planning: Planning) -> None:
    draft = planning.draft()

    item = planning.put(draft, "I03", "33.33", "3.5", contractor=" 公司 ", payers=planning.shared("1", "2"))

    assert (item.amount, item.contractor) == (Decimal("116.66"), "公司")
    planned = dict(item.shares.values_list("source", "planned"))
    assert planned == {planning.residents.pk: Decimal("38.89"), planning.city.pk: Decimal("77.77")}
    draft.refresh_from_db()
    assert (draft.item_count, draft.total) == (2, Decimal("116.66"))


def test_set_again_it_is_changed_and_keeps_its_payers_unless_told(planning: Planning) -> None:
    draft = planning.draft()
    item = planning.put(draft, "I03", "30.00", payers=planning.shared("1", "2"))

    again = planning.put(draft, "I03", "60.00", payers=None)

    assert again.pk == item.pk
    assert dict(again.shares.values_list("source", "planned")) == {planning.residents.pk: 20, planning.city.pk: 40}
    assert planning.put(draft, "I03", "60.00", payers={planning.city.pk: Decimal(5)}).shares.get().planned == 60
    assert not planning.put(draft, "I03", "60.00", payers={}).shares.exists()


def test_the_same_again_writes_nothing(planning: Planning) -> None:
    draft = planning.draft()
    item = planning.put(draft, "I03", payers=planning.shared("1", "2"))
    told = HistoryEntry.objects.count()

    again = planning.put(draft, "I03", payers=planning.shared("1.0000", "2"))

    assert (again.version, HistoryEntry.objects.count()) == (item.version, told)


def test_new_payers_alone_make_a_new_version(planning: Planning) -> None:
    draft = planning.draft()
    item = planning.put(draft, "I03", payers=planning.shared("1", "2"))

    again = planning.put(draft, "I03", payers=planning.shared("1", "3"))

    assert again.version == item.version + 1
    entry = HistoryEntry.objects.filter(act="item_changed").get()
    assert Change.objects.filter(resource="plan-items").latest("pk").fields == ["payers"]
    assert entry.details == {"code": "I03"}


def test_an_item_without_a_price_has_no_amount(planning: Planning) -> None:
    item = planning.put(planning.draft(), "I03", None, payers=planning.shared("1", "2"))

    assert item.amount is None
    assert {share.planned for share in item.shares.all()} == {Decimal(0)}


def test_an_item_for_nothing_is_priced(planning: Planning) -> None:
    assert planning.put(planning.draft(), "I03", "0.00").amount == 0


def test_a_new_item_that_is_there_is_refused(planning: Planning) -> None:
    with pytest.raises(ItemInPlan):
        planning.put(planning.draft(), "B01", is_new=True)


def test_an_item_of_another_edition_is_refused(planning: Planning) -> None:
    draft = planning.draft()
    other = make_menu_edition(("I03",), valid_from=date(2025, 6, 1)).items.get()

    with pytest.raises(OtherEdition):
        set_item(plan=draft, menu_item=other, quantity=Decimal(1), by=planning.by)


def test_a_payer_of_another_neighbourhood_is_refused(planning: Planning) -> None:
    there = FundingSource.objects.create(neighbourhood=make_neighbourhood(), kind="district", name="区级财政")

    with pytest.raises(SourceElsewhere):
        planning.put(planning.draft(), "I03", payers={there.pk: Decimal(1)})


def test_what_cannot_be_kept_is_refused(planning: Planning) -> None:
    draft = planning.draft()

    with pytest.raises(AmountTooLarge):
        planning.put(draft, "I03", "5000000000.00", "2")
    planning.put(draft, "I03", "5000000000.00")
    with pytest.raises(AmountTooLarge):
        planning.put(draft, "U11", "5000000000.00")


def test_a_must_do_item_that_was_found_cannot_be_taken_out(planning: Planning) -> None:
    draft = planning.draft()

    with pytest.raises(MustDoItem) as refusal:
        remove_item(item=draft.items.get(), by=planning.by)

    assert refusal.value.extra == {"item": "B01"}


def test_approved_as_not_applicable_it_can(planning: Planning) -> None:
    draft = planning.draft()
    planning.waive("B01")

    remove_item(item=draft.items.get(), by=planning.by)

    assert rows_of(draft) == []


def test_a_must_do_item_that_was_not_found_and_any_other_can_be_taken_out(planning: Planning) -> None:
    draft = planning.draft()
    for code in ("B02", "I03"):
        remove_item(item=planning.put(draft, code), by=planning.by)

    assert rows_of(draft) == [("B01", 1, None, None)]
    draft.refresh_from_db()
    assert (draft.item_count, draft.total) == (1, 0)


def test_items_of_a_frozen_revision_stay_as_they_are(planning: Planning) -> None:
    frozen = planning.first()

    with pytest.raises(PlanFrozen):
        planning.put(frozen, "I03", "5.00")
    with pytest.raises(PlanFrozen):
        remove_item(item=frozen.items.get(menu_item__code="I03"), by=planning.by)


# --- Reports ---------------------------------------------------------------------------------------


def test_what_a_plan_cannot_lack_follows_the_assessment_that_stands(planning: Planning) -> None:
    assert required_codes(planning.home, planning.edition) == {"B01"}
    assess(planning.home, planning.by, ["B01", "B02", "X99"], [])
    assert required_codes(planning.home, planning.edition) == {"B01", "B02"}
    planning.waive("B02")
    assert required_codes(planning.home, planning.edition) == {"B01"}


def test_which_revision_holds_and_which_is_shown(planning: Planning) -> None:
    assert (plan_in_force(planning.home), plan_to_show(planning.home), draft_of(planning.home)) == (None, None, None)
    first = planning.first()
    draft = planning.draft()
    assert (plan_in_force(planning.home), plan_to_show(planning.home), draft_of(planning.home)) == (first, first, draft)
    second = freeze_plan(plan=draft, by=planning.by)
    assert (plan_in_force(planning.home), plan_to_show(planning.home), draft_of(planning.home)) == (
        second,
        second,
        None,
    )


def test_the_sheet_adds_up_by_category_and_by_payer(planning: Planning) -> None:
    planning.edition.items.filter(code="I03").update(category="improvement")

    sheet = sheet_of(planning.first())

    assert [
        (group.category, [line.menu_item.code for line in group.lines], group.total) for group in sheet.categories
    ] == [
        ("basic", ["B01"], 900),
        ("improvement", ["I03"], 100),
    ]
    assert [(payer.source, payer.planned, len(payer.items)) for payer in sheet.payers] == [
        (planning.city, 700, 2),
        (planning.residents, 300, 1),
    ]
    assert (sheet.total, sheet.item_count) == (1000, 2)
    assert sum(payer.planned for payer in sheet.payers) == sheet.total


def test_the_sheet_of_a_draft_says_what_it_lacks(planning: Planning) -> None:
    draft = planning.draft()
    planning.put(draft, "I03", payers={})
    PlanItem.objects.filter(plan=draft, menu_item__code="B01").delete()
    planning.put(draft, "U11", None)

    sheet = sheet_of(draft)

    assert [line.menu_item.code for line in sheet.unpriced] == ["U11"]
    assert [line.menu_item.code for line in sheet.unpaid] == ["I03"]
    assert list(sheet.missing) == ["B01"]


def test_the_sheet_costs_the_same_queries_whatever_its_length(
    planning: Planning, django_assert_num_queries: object
) -> None:
    draft = planning.draft()
    planning.put(draft, "B01", payers=planning.shared("1", "1"))
    fresh = RenovationPlan.objects.select_related("neighbourhood", "menu_edition")

    with django_assert_num_queries(5):  # type: ignore[operator]
        sheet_of(fresh.get(pk=draft.pk))
    planning.put(draft, "I03", payers=planning.shared("1", "1"))
    planning.put(draft, "U11", payers=planning.shared("1", "1"))
    with django_assert_num_queries(5):  # type: ignore[operator]
        sheet_of(fresh.get(pk=draft.pk))
