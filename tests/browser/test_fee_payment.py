"""A clerk takes a payment: the household, the method, take."""

from datetime import date
from typing import Any

from playwright.sync_api import Page, expect

from accounts.choices import Role
from governance.models import Payment
from tests.browser.handles import enter
from tests.factories import (
    COMMUNITY,
    make_building,
    make_household,
    make_neighbourhood,
    make_stairwell,
    make_user,
)
from tests.governance.payments_cast import a_bill, assert_book_holds


def test_a_payment_is_taken_in_three_clicks_and_told_before_it_is(page: Page, live_server: Any) -> None:
    here = make_neighbourhood(name="嘉明花园")
    stairwell = make_stairwell(building=make_building(neighbourhood=here, number="5"), number="1")
    door = make_household(stairwell=stairwell, unit_number="302", head_name="郑海")
    older, newer = a_bill(door, "155.70", date(2026, 7, 1)), a_bill(door, "240.00", date(2026, 8, 1))
    enter(page, live_server.url, make_user(Role.PROPERTY_CLERK, COMMUNITY, username="clerk"), "zh-hans")
    page.goto(f"{live_server.url}/fees/{here.pk}/")
    page.get_by_test_id("search-doors").fill("5-1-302")
    page.get_by_test_id("search-doors").press("Enter")
    expect(page.get_by_test_id("pay-amount")).to_have_value("395.70")

    # What the amount settles is told while it is typed: the oldest first, or what is ticked.
    goes = page.locator("[data-goes]")
    page.get_by_test_id("pay-amount").fill("250")
    expect(goes).to_have_text(["155.70", "94.30"])
    expect(page.locator("[data-owing] [data-value]")).to_have_text("145.70")
    page.locator(f"input[name=bills][value='{newer.pk}']").check()
    expect(goes).to_have_text(["10.00", "240.00"])
    page.get_by_test_id("pay-amount").fill("400")
    expect(page.locator("[data-left] [data-value]")).to_have_text("4.30")
    expect(page.get_by_test_id("pay-submit")).to_contain_text("400.00")
    # Only cash goes without the number of its channel.
    page.locator("label.choice", has=page.locator("input[value=wechat]")).click()
    page.get_by_test_id("pay-submit").click()
    expect(page.locator("#id_reference:invalid")).to_have_count(1)
    page.locator("label.choice", has=page.locator("input[value=cash]")).click()
    page.get_by_test_id("pay-submit").click()

    expect(page.get_by_test_id("receipt")).to_contain_text("400.00")
    payment = Payment.objects.get()
    assert (payment.method, str(payment.amount), payment.bills) == ("cash", "400.00", [newer.pk])
    older.refresh_from_db()
    assert older.state == "settled"
    assert_book_holds()
