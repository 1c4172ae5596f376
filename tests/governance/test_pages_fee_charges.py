"""The pages of prices, reductions and tenants who pay: who opens them, what they say, and what a form does."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import Role
from governance.models import FeeLiability, FeeReduction, FeeSchedule
from tests.cast import ELSEWHERE, HERE
from tests.factories import make_user
from tests.governance.charges_cast import a_reduction, a_schedule, billed

pytestmark = pytest.mark.django_db


def browser(user, language="en"):
    client = Client()
    client.cookies["django_language"] = language
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def clerk(property_clerk):
    return property_clerk


@pytest.fixture
def second(cast):
    return make_user(Role.COMMUNITY_STAFF, HERE, username="second")


def test_prices_are_told_in_words_with_what_80_square_metres_pay(cast, clerk, committee_member):
    schedule = a_schedule(cast.home, clerk, uses=["residential"], vacant_share=Decimal("0.6"), due_days=15)
    url = reverse("fee_schedules", args=[cast.home.pk])

    page = browser(clerk).get(url).content.decode()

    for words in (
        "¥0.60 per square metre and month",
        "A home of 80 m² pays ¥48.00 a month.",
        "A vacant home pays 60%, once that is approved.",
        "Due 15 days after the billed months.",
        "Residential",
    ):
        assert words in page
    chinese = browser(clerk, "zh-hans").get(reverse("fee_schedule", args=[cast.home.pk, schedule.pk]))
    assert "0.60 元" in chinese.content.decode()
    read = browser(committee_member).get(url)
    assert read.status_code == 200
    assert "schedule-new" not in read.content.decode()


def test_a_price_is_written_down_changed_and_ended(cast, clerk):
    client, new = browser(clerk), reverse("fee_schedule_new", args=[cast.home.pk])
    entered = {
        "unit_price": "2",
        "valid_from": "2026-01-01",
        "document": "公示",
        "free_minutes": "30",
        "daily_cap": "20",
    }

    assert client.get(f"{new}?what=hourly").status_code == 200
    assert client.post(f"{new}?what=hourly", entered).status_code == 302

    made = FeeSchedule.objects.get()
    assert (made.kind, made.basis, made.free_minutes, made.daily_cap) == ("parking", "per_hour", 30, 20)
    url = reverse("fee_schedule", args=[cast.home.pk, made.pk])
    assert client.post(url, {**entered, "act": "change", "unit_price": "2.5"}).status_code == 302
    billed(made)
    assert client.post(url, {**entered, "act": "change", "unit_price": "3"}).status_code == 409
    assert client.post(url, {"act": "end", "last_day": "2026-12-31"}).status_code == 302
    made.refresh_from_db()
    assert (made.unit_price, made.valid_to) == (Decimal("2.5"), date(2026, 12, 31))


def test_percent_on_the_page_is_a_share_in_the_row_and_back(cast, clerk):
    client, new = browser(clerk), reverse("fee_schedule_new", args=[cast.home.pk])
    entered = {
        "basis": "per_m2_month",
        "unit_price": "0.6",
        "uses": ["residential"],
        "valid_from": "2026-01-01",
        "due_days": "15",
        "vacant_share": "62.5",
        "late_charge_daily": "0.05",
        "document": "合同",
    }

    client.post(new, entered)

    made = FeeSchedule.objects.get()
    assert (made.vacant_share, made.late_charge_daily) == (Decimal("0.625"), Decimal("0.0005"))
    page = client.get(reverse("fee_schedule", args=[cast.home.pk, made.pk])).content.decode()
    assert 'value="62.5"' in page
    assert 'value="0.05"' in page
    refused = client.post(new, entered)
    assert refused.status_code == 409
    assert "Another schedule prices the same from this day on" in refused.content.decode()


def test_a_reduction_is_proposed_by_door_and_decided_by_another(cast, clerk, second):
    new = reverse("fee_reduction_new", args=[cast.home.pk])
    entered = {
        "kind": "property",
        "reason": "hardship",
        "share": "50",
        "from_month": "2026-07",
        "to_month": "2026-09",
        "text": "低保户",
    }
    mine = browser(clerk)
    assert mine.post(new, {**entered, "door": "9-9-999"}).status_code == 400
    assert "name its building" in mine.post(new, {**entered, "door": "101"}).content.decode()
    assert mine.post(f"{new}?household={cast.doors[0].pk}", {**entered, "from_month": "2026"}).status_code == 400
    assert mine.post(new, {**entered, "door": "1-1-101"}).status_code == 302

    made = FeeReduction.objects.get()
    assert (made.household, made.share) == (cast.doors[0], Decimal("0.5"))
    url = reverse("fee_reduction", args=[cast.home.pk, made.pk])
    a_schedule(cast.home, clerk)
    page = mine.get(url).content.decode()
    assert "somebody else must decide it" in page
    assert "−77.85" in page  # half of three months of 51.90
    assert mine.post(url, {"act": "approve"}).status_code == 409
    theirs = browser(second)
    assert theirs.post(url, {"act": "refuse"}).status_code == 409
    assert theirs.post(url, {"act": "approve", "text": "同意"}).status_code == 302
    assert theirs.post(url, {"act": "withdraw", "withdraw-reason": "搬走"}).status_code == 302
    made.refresh_from_db()
    assert made.state == "withdrawn"


def test_a_tenant_is_written_down_and_ended_and_read_masked_by_others(cast, clerk, district_official):
    new = reverse("fee_liability_new", args=[cast.home.pk])
    entered = {"name": "租客甲", "phone": "13900002222", "starts_on": "2026-07-01", "document": "租赁合同"}
    client = browser(clerk)
    assert client.post(f"{new}?household={cast.doors[0].pk}", entered).status_code == 302

    url, made = reverse("fee_liabilities", args=[cast.home.pk]), FeeLiability.objects.get()
    assert "租客甲" in client.get(url).content.decode()
    masked = browser(district_official).get(url).content.decode()
    assert "租**" in masked
    assert "13900002222" not in masked
    assert client.post(url, {"liability": made.pk, "ends_on": "2026-06-30"}).status_code == 409
    assert client.post(url, {"liability": made.pk, "ends_on": "2026-09-30"}).status_code == 302
    made.refresh_from_db()
    assert made.ends_on == date(2026, 9, 30)


def test_who_opens_which_page(cast, clerk, second, committee_member, district_official):
    schedule, reduction = a_schedule(cast.home, clerk), a_reduction(cast.doors[0], clerk)
    stranger = make_user(Role.PROPERTY_CLERK, ELSEWHERE, username="stranger")
    here = cast.home.pk
    pages = {
        "prices": reverse("fee_schedules", args=[here]),
        "price": reverse("fee_schedule", args=[here, schedule.pk]),
        "new price": reverse("fee_schedule_new", args=[here]),
        "tenants": reverse("fee_liabilities", args=[here]),
        "new tenant": reverse("fee_liability_new", args=[here]),
        "reductions": reverse("fee_reductions", args=[here]),
        "reduction": reverse("fee_reduction", args=[here, reduction.pk]),
        "new reduction": reverse("fee_reduction_new", args=[here]),
    }
    statuses = {
        user.username: [browser(user).get(url).status_code for url in pages.values()]
        for user in (clerk, second, committee_member, district_official, stranger)
    }

    assert statuses == {
        "clerk": [200] * 8,
        "second": [200, 200, 403, 200, 403, 200, 200, 200],
        "committee": [200, 200, 403, 404, 403, 200, 200, 200],
        "district": [200, 200, 403, 200, 403, 200, 200, 403],
        "stranger": [404] * 8,
    }
    assert browser(district_official).post(pages["reduction"], {"act": "approve"}).status_code == 403
