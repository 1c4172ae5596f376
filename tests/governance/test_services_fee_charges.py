"""Schedules, tenants' agreements, reductions and accounts: what they leave behind, and what they refuse."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.choices import Role
from accounts.models import Change, HistoryEntry
from governance.errors.fees import (
    LiabilityEnded,
    LiabilityOverlaps,
    ReductionDecided,
    ReductionTooLarge,
    ScheduleBilled,
    ScheduleDoesNotFit,
    ScheduleTwice,
    ShareDoesNotFit,
    VacancyNoReason,
)
from governance.models import FeeAccount, FeeReduction
from governance.services.fees.accounts import current_account, visitors_account
from governance.services.fees.liabilities import agree_liability, end_liability
from governance.services.fees.reductions import decide_reduction, withdraw_reduction
from governance.services.fees.schedules import edit_schedule, end_schedule
from renovation.errors import DatesReversed, ReasonNeeded, SecondPersonNeeded
from tests.cast import HERE
from tests.factories import make_owner, make_ownership, make_user
from tests.governance.charges_cast import JANUARY, JULY, OCTOBER, a_reduction, a_schedule, billed
from tests.governance.payments_cast import a_bill

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def clerk(property_clerk):
    return property_clerk


@pytest.fixture
def door(cast):
    return cast.doors[0]


@pytest.fixture
def second(cast):
    return make_user(Role.COMMUNITY_STAFF, HERE, username="second")


# --- Schedules -------------------------------------------------------------------------------------


def test_a_schedule_is_kept_with_its_history_and_its_change(cast, clerk):
    made = a_schedule(cast.home, clerk, uses=["shop", "residential", "shop"], vacant_share=D("0.6"), due_days=15)

    made.refresh_from_db()
    assert (made.unit_price, made.uses, made.due_days) == (D("0.6000"), ["residential", "shop"], 15)
    entry = HistoryEntry.objects.get(act="fee_schedule_added")
    assert (entry.by, entry.object_id, entry.details["unit_price"]) == (clerk, made.pk, "0.6000")
    assert Change.objects.get(resource="fee-schedules").neighbourhood_code == cast.home.code


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"basis": "per_hour"}, "basis"),
        ({"kind": "parking"}, "basis"),
        ({"name": "垃圾清运"}, "name"),
        ({"kind": "other"}, "name"),
        ({"kind": "parking", "basis": "per_space_month", "uses": ["shop"]}, "uses"),
        ({"space_ownerships": ["planned"]}, "space_ownerships"),
        ({"free_minutes": 30}, "free_minutes"),
        ({"daily_cap": D(10)}, "daily_cap"),
        ({"kind": "parking", "basis": "per_hour", "vacant_share": D("0.5")}, "vacant_share"),
    ],
)
def test_what_does_not_go_with_its_kind_is_refused(cast, clerk, fields, field):
    with pytest.raises(ScheduleDoesNotFit) as refused:
        a_schedule(cast.home, clerk, **fields)
    assert refused.value.extra == {"field": field}


def test_two_schedules_of_the_same_units_do_not_begin_on_one_day(cast, clerk):
    first = a_schedule(cast.home, clerk, uses=["shop", "garage"])
    a_schedule(cast.home, clerk)
    a_schedule(cast.home, clerk, uses=["residential"])
    a_schedule(cast.home, clerk, kind="parking", basis="per_hour")
    a_schedule(cast.home, clerk, kind="parking", basis="per_space_month")
    a_schedule(cast.next_door, clerk, uses=["shop"])

    with pytest.raises(ScheduleTwice) as refused:
        a_schedule(cast.home, clerk, basis="per_household_month", uses=["shop"])
    assert refused.value.extra == {"schedule": first.pk}
    with pytest.raises(DatesReversed):
        a_schedule(cast.home, clerk, valid_from=JULY, valid_to=date(2026, 6, 30))


def test_a_schedule_changes_until_it_is_billed_and_then_only_ends(cast, clerk):
    schedule = a_schedule(cast.home, clerk)
    edit_schedule(schedule=schedule, by=clerk, unit_price=D("0.65"), valid_to=date(2026, 12, 31))
    schedule = billed(schedule)
    assert schedule.unit_price == D("0.65")

    with pytest.raises(ScheduleBilled):
        edit_schedule(schedule=schedule, by=clerk, unit_price=D("0.70"))
    edit_schedule(schedule=schedule, by=clerk, unit_price=D("0.65"), valid_to=None)
    end_schedule(schedule=schedule, last_day=date(2026, 11, 30), by=clerk)

    schedule.refresh_from_db()
    assert (schedule.unit_price, schedule.valid_to) == (D("0.65"), date(2026, 11, 30))


def test_an_end_before_the_last_billed_month_is_refused(cast, clerk, door):
    schedule = billed(a_schedule(cast.home, clerk))
    line = {"schedule": schedule.pk, "from": "2026-07", "to": "2026-07", "months": 1}
    bill = a_bill(door, "51.90", JULY)
    other = a_bill(door, "51.90", date(2026, 8, 1))
    assert bill.lines == other.lines == []
    end_schedule(schedule=schedule, last_day=date(2026, 6, 30), by=clerk)
    edit_schedule(schedule=schedule, by=clerk, valid_to=None)
    a_bill(cast.doors[1], "51.90", JULY, lines=[line])

    with pytest.raises(ScheduleBilled) as refused:
        end_schedule(schedule=schedule, last_day=date(2026, 6, 30), by=clerk)
    assert refused.value.extra == {"billed_to": "2026-07"}
    end_schedule(schedule=schedule, last_day=JULY, by=clerk)


# --- Tenants' agreements, and accounts ---------------------------------------------------------------


def test_a_tenant_owes_from_the_day_of_the_agreement_and_the_owner_after_it(cast, clerk, door):
    owner = make_owner(neighbourhood=cast.home, name="王业主")
    make_ownership(owner=owner, household=door)
    agreed = agree_liability(household=door, name="租客甲", starts_on=JULY, document="租赁合同", by=clerk)

    before, during = current_account(door, JANUARY), current_account(door, JULY)
    end_liability(liability=agreed, ends_on=date(2026, 9, 30), by=clerk)
    after = current_account(door, OCTOBER)

    assert [one.debtor_kind for one in (before, during, after)] == ["owner", "tenant", "owner"]
    assert (before, before.name, during.name) == (after, "王业主", "租客甲")
    assert (during.liability, during.owner, str(during)) == (agreed, None, "租**")
    assert FeeAccount.objects.count() == 2
    assert HistoryEntry.objects.filter(act="fee_account_opened").count() == 2


def test_of_an_unknown_owner_the_account_bears_the_name_of_the_head(cast, door):
    account = current_account(door, JANUARY)

    assert (account.debtor_kind, account.owner, account.name) == ("owner", None, "周敏")
    assert current_account(door, OCTOBER) == account


def test_a_developer_owes_what_is_unsold_and_visitors_share_one_account(cast, door):
    make_ownership(owner=make_owner(neighbourhood=cast.home, kind="developer", name="建设公司"), household=door)

    assert current_account(door, JANUARY).debtor_kind == "developer"
    visitors = visitors_account(cast.home)
    assert (visitors_account(cast.home), visitors.debtor_kind, visitors.household) == (visitors, "visitor", None)
    assert visitors_account(cast.next_door) != visitors


def test_agreements_of_one_home_do_not_overlap_and_end_once(cast, clerk, door):
    first = agree_liability(household=door, name="甲", starts_on=JULY, document="一", by=clerk)
    with pytest.raises(LiabilityOverlaps) as refused:
        agree_liability(household=door, name="乙", starts_on=OCTOBER, document="二", by=clerk)
    assert refused.value.extra == {"liability": first.pk}
    agree_liability(household=door, name="丙", starts_on=JANUARY, ends_on=date(2026, 6, 30), document="三", by=clerk)

    with pytest.raises(DatesReversed):
        end_liability(liability=first, ends_on=date(2026, 6, 30), by=clerk)
    end_liability(liability=first, ends_on=date(2026, 9, 30), by=clerk)
    with pytest.raises(LiabilityEnded):
        end_liability(liability=first, ends_on=OCTOBER, by=clerk)
    agree_liability(household=door, name="乙", starts_on=OCTOBER, document="二", by=clerk)


# --- Reductions ------------------------------------------------------------------------------------


def test_a_reduction_is_approved_by_another_person(clerk, second, door):
    made = a_reduction(door, clerk, from_month=date(2026, 7, 20))
    assert (made.state, made.from_month) == ("proposed", JULY)

    with pytest.raises(SecondPersonNeeded):
        decide_reduction(reduction=made, approve=True, by=clerk)
    decided = decide_reduction(reduction=made, approve=True, text="同意", by=second)

    assert (decided.state, decided.decided_by, decided.decision) == ("approved", second, "同意")
    with pytest.raises(ReductionDecided):
        decide_reduction(reduction=made, approve=False, text="不同意", by=second)
    assert not HistoryEntry.objects.filter(resource="fee-reductions", details__icontains="低保").exists()


def test_a_refusal_and_a_withdrawal_want_their_reason(clerk, second, door):
    refused, taken_back = a_reduction(door, clerk), a_reduction(door, clerk)
    for act in (
        lambda: decide_reduction(reduction=refused, approve=False, by=second),
        lambda: withdraw_reduction(reduction=taken_back, reason=" ", by=clerk),
        lambda: a_reduction(door, clerk, text=" "),
    ):
        with pytest.raises(ReasonNeeded):
            act()

    decide_reduction(reduction=refused, approve=False, text="无证明", by=second)
    decide_reduction(reduction=taken_back, approve=True, by=second)
    withdraw_reduction(reduction=taken_back, reason="已搬走", by=clerk)

    states = FeeReduction.objects.order_by("pk").values_list("state", "decision")
    assert list(states) == [("refused", "无证明"), ("withdrawn", "已搬走")]
    with pytest.raises(ReductionDecided):
        withdraw_reduction(reduction=refused, reason="再撤", by=clerk)


def test_approved_shares_of_a_month_stay_within_the_whole(clerk, second, door):
    half, more = a_reduction(door, clerk), a_reduction(door, clerk, share=D("0.6"), from_month=OCTOBER)
    decide_reduction(reduction=half, approve=True, by=second)

    with pytest.raises(ReductionTooLarge) as refused:
        decide_reduction(reduction=more, approve=True, by=second)
    assert refused.value.extra == {"month": "2026-10"}
    rest = a_reduction(door, clerk)
    assert decide_reduction(reduction=rest, approve=True, by=second).state == "approved"


def test_a_vacant_home_is_let_off_what_the_contract_says(cast, clerk, second, door):
    a_schedule(cast.home, clerk, vacant_share=D("0.6"))
    a_schedule(cast.home, clerk, uses=["shop"])

    made = a_reduction(door, clerk, reason="vacant", share=None)

    assert made.share == D("0.4")
    with pytest.raises(ShareDoesNotFit):
        a_reduction(door, clerk, reason="vacant", share=D("0.5"))
    assert decide_reduction(reduction=made, approve=True, by=second).state == "approved"


def test_without_the_contracts_word_vacancy_is_no_reason(cast, clerk, second, door):
    schedule = a_schedule(cast.home, clerk, vacant_share=D("0.6"), valid_from=date(2026, 8, 1))
    with pytest.raises(VacancyNoReason):  # July has no price
        a_reduction(door, clerk, reason="vacant", share=None)
    made = a_reduction(door, clerk, reason="vacant", share=None, from_month=date(2026, 8, 1))
    edit_schedule(schedule=schedule, by=clerk, vacant_share=None)

    with pytest.raises(VacancyNoReason):
        decide_reduction(reduction=made, approve=True, by=second)
    with pytest.raises(ShareDoesNotFit):
        a_reduction(door, clerk, share=None)
    with pytest.raises(DatesReversed):
        a_reduction(door, clerk, to_month=JANUARY)
