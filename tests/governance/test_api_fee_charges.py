"""Schedules, tenants' agreements, reductions and accounts over HTTP."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.choices import Role
from accounts.models import RoleAssignment
from governance.models import FeeSchedule
from governance.services.fees.accounts import current_account
from governance.services.fees.liabilities import agree_liability
from governance.services.fees.reductions import decide_reduction
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, GRID, HERE
from tests.factories import make_user
from tests.governance.charges_cast import JULY, a_reduction, a_schedule, billed
from tests.governance.payments_cast import a_bill, pay

pytestmark = pytest.mark.django_db
SCHEDULES, LIABILITIES = f"{API}/fee-schedules/", f"{API}/fee-liabilities/"
REDUCTIONS, ACCOUNTS = f"{API}/fee-reductions/", f"{API}/fee-accounts/"


@pytest.fixture
def clerk(property_clerk):
    return property_clerk


@pytest.fixture
def second(cast):
    return make_user(Role.COMMUNITY_STAFF, HERE, username="second")


def a_price(place, **fields):
    """The body of api.md."""
    return {
        "neighbourhood": place.pk,
        "kind": "property",
        "basis": "per_m2_month",
        "unit_price": "0.60",
        "valid_from": "2026-01-01",
        "valid_to": None,
        "uses": ["residential"],
        "document": "物业合同",
        **fields,
    }


def test_a_schedule_is_written_down_and_read(cast, clerk):
    answer = signed_in(clerk).post(SCHEDULES, a_price(cast.home), format="json")

    made = FeeSchedule.objects.get()
    assert answer.status_code == 201
    assert answer["ETag"] == f'"{made.pk}-1"'
    shown = answer.json()
    assert shown == {
        "id": made.pk,
        "neighbourhood": cast.home.pk,
        "kind": "property",
        "name": "",
        "basis": "per_m2_month",
        "unit_price": "0.60",
        "uses": ["residential"],
        "space_ownerships": [],
        "vacant_share": None,
        "late_charge_daily": "0.00000",
        "due_days": 0,
        "free_minutes": 0,
        "daily_cap": None,
        "valid_from": "2026-01-01",
        "valid_to": None,
        "document": "物业合同",
        "billed": False,
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }


def test_a_schedule_is_changed_until_it_is_billed(cast, clerk):
    schedule = a_schedule(cast.home, clerk)
    client, url = signed_in(clerk), f"{SCHEDULES}{schedule.pk}/"
    tag = client.get(url)["ETag"]

    changed = client.patch(url, {"unit_price": "0.6250"}, format="json", HTTP_IF_MATCH=tag)
    stale = client.patch(url, {"unit_price": "0.7"}, format="json", HTTP_IF_MATCH=tag)
    billed(schedule)
    refused = client.patch(url, {"unit_price": "0.7"}, format="json")
    ended = client.patch(url, {"valid_to": "2026-12-31"}, format="json")

    assert (changed.status_code, changed.json()["unit_price"]) == (200, "0.6250")
    assert stale.status_code == 412
    assert (refused.status_code, refused.json()["code"]) == (409, "schedule_billed")
    assert (ended.json()["valid_to"], ended.json()["billed"]) == ("2026-12-31", True)


@pytest.mark.parametrize(
    ("fields", "status", "where"),
    [
        ({"unit_price": "0.60001"}, 400, "/unit_price"),
        ({"unit_price": "-1"}, 400, "/unit_price"),
        ({"uses": ["castle"]}, 400, "/uses/0"),
        ({"vacant_share": "1"}, 400, "/vacant_share"),
        ({"basis": "per_hour"}, 409, "schedule_does_not_fit"),
        ({"valid_to": "2025-12-31"}, 409, "dates_reversed"),
    ],
)
def test_what_cannot_be_read_is_400_and_what_is_not_allowed_409(cast, clerk, fields, status, where):
    answer = signed_in(clerk).post(SCHEDULES, a_price(cast.home, **fields), format="json")

    assert answer.status_code == status
    said = answer.json()
    assert where == (said["errors"][0]["pointer"] if status == 400 else said["code"])


def test_schedules_are_filtered_by_kind_and_day(cast, clerk):
    old = a_schedule(cast.home, clerk, valid_to=JULY)
    new = a_schedule(cast.home, clerk, valid_from=JULY.replace(day=2))
    client = signed_in(clerk)

    def found(query):
        return [row["id"] for row in client.get(f"{SCHEDULES}?{query}").json()["results"]]

    assert found("in_force_on=2026-07-01") == [old.pk]
    assert found("kind=property&ordering=-valid_from") == [new.pk, old.pk]
    assert found("billed=true&kind=property") == []
    assert client.get(f"{SCHEDULES}?colour=red").status_code == 400


def test_a_tenants_agreement_is_named_to_who_takes_the_money_only(cast, clerk, district_official, second):
    told = {"household": cast.doors[0].pk, "name": "租客甲", "phone": "13900002222", "document": "租赁合同"}
    client = signed_in(clerk)

    made = client.post(LIABILITIES, {**told, "starts_on": "2026-07-01"}, format="json")
    again = client.post(LIABILITIES, {**told, "starts_on": "2026-08-01"}, format="json")

    assert (made.status_code, made.json()["name"], made.json()["phone"]) == (201, "租客甲", "13900002222")
    assert (again.json()["code"], again.json()["liability"]) == ("liability_overlaps", made.json()["id"])
    url = f"{LIABILITIES}{made.json()['id']}/"
    masked = signed_in(district_official).get(url).json()
    assert (masked["name"], masked["phone"]) == ("租**", "139****2222")
    assert signed_in(second).get(url).json()["name"] == "租客甲"
    ended = client.post(f"{url}end/", {"ends_on": "2026-09-30"}, format="json")
    assert (ended.status_code, ended.json()["ends_on"]) == (200, "2026-09-30")


def test_a_reduction_goes_by_months_and_is_decided_by_another(cast, clerk, second):
    told = {
        "household": cast.doors[0].pk,
        "kind": "property",
        "reason": "hardship",
        "share": "0.5",
        "from_month": "2026-07",
        "to_month": "2026-09",
        "text": "低保户",
    }
    client = signed_in(clerk)

    made = client.post(REDUCTIONS, told, format="json")
    url = f"{REDUCTIONS}{made.json()['id']}/"
    own = client.post(f"{url}decide/", {"approve": True}, format="json")
    decided = signed_in(second).post(f"{url}decide/", {"approve": True, "text": "同意"}, format="json")
    taken_back = client.post(f"{url}withdraw/", {"reason": "搬走"}, format="json")

    assert made.status_code == 201
    shown = made.json()
    assert (shown["from_month"], shown["to_month"], shown["share"]) == ("2026-07", "2026-09", "0.500")
    assert (shown["state"], shown["proposed_by"], shown["decided_by"]) == ("proposed", clerk.pk, None)
    assert (own.status_code, own.json()["code"]) == (409, "second_person_needed")
    assert (decided.json()["state"], decided.json()["decided_by"]) == ("approved", second.pk)
    assert taken_back.json()["state"] == "withdrawn"
    for months in ({"from_month": "2026-13"}, {"from_month": "2026"}, {"to_month": 202609}):
        assert client.post(REDUCTIONS, {**told, **months}, format="json").status_code == 400
    vacant = client.post(REDUCTIONS, {**told, "reason": "vacant", "share": None}, format="json")
    assert vacant.json()["code"] == "vacancy_no_reason"


def test_an_account_says_who_owes_how_much_and_what_is_paid_ahead(cast, clerk, district_official):
    door = cast.doors[0]
    account = current_account(door, JULY)
    a_bill(door, "100.00", JULY)
    client, url = signed_in(clerk), f"{ACCOUNTS}{account.pk}/"
    before = client.get(url)
    pay(door, "130.00")
    after = client.get(url)

    shown = before.json()
    assert shown == {
        "id": account.pk,
        "neighbourhood": cast.home.pk,
        "household": door.pk,
        "owes": {"kind": "owner", "name": "周敏"},
        "owner": None,
        "liability": None,
        "credit": "0.00",
        "outstanding": "100.00",
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }
    assert (after.json()["credit"], after.json()["outstanding"]) == ("30.00", "0.00")
    assert before["ETag"] != after["ETag"]
    assert signed_in(district_official).get(url).json()["owes"]["name"] == "周**"


def test_why_a_reduction_is_asked_for_is_not_read_masked(cast, clerk, second, district_official):
    reduction = a_reduction(cast.doors[0], clerk)
    decide_reduction(reduction=reduction, approve=False, text="低保已停", by=second)
    readers = (clerk, second, district_official, make_user(Role.ADMIN, HERE, username="admin"))
    api, page = f"{REDUCTIONS}{reduction.pk}/", reverse("fee_reduction", args=[cast.home.pk, reduction.pk])

    told = {user.username: signed_in(user).get(api).json() for user in readers}
    pages = {user.username: signed_in(user).get(page).content.decode() for user in readers}

    assert {name: (one["text"], one["decision"]) for name, one in told.items()} == {
        "clerk": (reduction.text, "低保已停"),
        "second": (reduction.text, "低保已停"),
        "district": (reduction.text, "低保已停"),
        "admin": ("", ""),
    }
    assert {name: reduction.text in page and "低保已停" in page for name, page in pages.items()} == {
        "clerk": True,
        "second": True,
        "district": True,
        "admin": False,
    }


def test_who_reads_names_in_a_grid_reads_no_debtors_by_name(cast, clerk):
    current_account(cast.doors[0], JULY)
    both = make_user(Role.AUDITOR, HERE, username="both")
    RoleAssignment.objects.create(user=both, role=Role.GRID_WORKER, territory=GRID)

    shown = signed_in(both).get(ACCOUNTS).json()["results"]

    assert [row["owes"]["name"] for row in shown] == ["周**"]


def test_who_reads_and_who_writes_what(cast, clerk, second, committee_member, district_official):
    rows = {
        SCHEDULES: a_schedule(cast.home, clerk),
        LIABILITIES: agree_liability(household=cast.doors[0], name="甲", starts_on=JULY, document="一", by=clerk),
        REDUCTIONS: a_reduction(cast.doors[0], clerk),
        ACCOUNTS: current_account(cast.doors[0], JULY),
    }
    stranger = make_user(Role.PROPERTY_CLERK, ELSEWHERE, username="stranger")
    reading = {
        user.username: [signed_in(user).get(f"{path}{row.pk}/").status_code for path, row in rows.items()]
        for user in (clerk, second, committee_member, district_official, stranger)
    }

    assert reading == {
        "clerk": [200, 200, 200, 200],
        "second": [200, 200, 200, 200],
        "committee": [200, 404, 200, 404],
        "district": [200, 200, 200, 200],
        "stranger": [404, 404, 404, 404],
    }
    price = f"{SCHEDULES}{rows[SCHEDULES].pk}/"
    decide = f"{REDUCTIONS}{rows[REDUCTIONS].pk}/decide/"
    writing = {
        user.username: (
            signed_in(user).patch(price, {"due_days": 5}, format="json").status_code,
            signed_in(user).post(SCHEDULES, a_price(cast.home), format="json").status_code,
            signed_in(user).post(decide, {"approve": False, "text": "否"}, format="json").status_code,
        )
        for user in (committee_member, second, district_official)
    }
    assert writing == {
        "committee": (403, 403, 200),
        "second": (403, 403, 409),
        "district": (403, 403, 403),
    }
    assert signed_in(stranger).post(SCHEDULES, a_price(cast.home), format="json").status_code == 400
    assert signed_in(None).get(SCHEDULES).status_code == 401


def test_a_client_needs_the_scope_of_fees_alone(cast, clerk):
    schedule = a_schedule(cast.home, clerk)

    assert system("fees:read").get(f"{SCHEDULES}{schedule.pk}/").status_code == 200
    assert system("governance:read").get(f"{SCHEDULES}{schedule.pk}/").status_code in (403, 404)
    told = {"household": cast.doors[0].pk, "name": "甲", "starts_on": "2026-07-01", "document": "一"}
    assert system("fees:write").post(LIABILITIES, told, format="json").status_code == 201


@pytest.mark.parametrize("path", [SCHEDULES, LIABILITIES, REDUCTIONS, ACCOUNTS])
def test_a_list_costs_no_more_queries_for_more_rows(cast, clerk, path):
    def make(number):
        door = cast.doors[number]
        a_schedule(cast.home, clerk, unit_price=Decimal(number + 1), valid_from=JULY.replace(day=number + 1))
        agree_liability(household=door, name="甲", starts_on=JULY, document="一", by=clerk)
        a_reduction(door, clerk)
        current_account(door, JULY)

    client = signed_in(clerk)
    counts = []
    for numbers in ((0,), (1, 2)):
        for number in numbers:
            make(number)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(client.get(path).json()["results"]) == numbers[-1] + 1
        counts.append(len(queries))
    assert counts[0] == counts[1]
