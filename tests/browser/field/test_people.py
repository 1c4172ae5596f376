"""Two people on one door, two tabs, and two people with one phone."""

import json
from typing import Any

from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from accounts.choices import Role
from consent.models import Visit
from tests.browser.field.conftest import MakePhone, Walk
from tests.browser.field.phone import Phone, words
from tests.browser.field.server import FieldServer
from tests.browser.field.test_outing import wait_for
from tests.browser.handles import picture
from tests.factories import make_user

# Everything that the phone keeps, as somebody would read it who has the phone in hand: sealed bytes as letters.
STORED = """
async () => {
  const open = (name) => new Promise((done, fail) => {
    const asked = indexedDB.open(name);
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  const shown = (value) => {
    if (value instanceof ArrayBuffer) return new TextDecoder("latin1").decode(value);
    if (ArrayBuffer.isView(value)) return new TextDecoder("latin1").decode(value);
    if (Array.isArray(value)) return value.map(shown);
    if (value && value.constructor === Object)
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shown(one)]));
    return value === undefined ? null : typeof value === "object" ? String(value) : value;
  };
  const database = await open("gongdi-field");
  const found = {};
  for (const table of database.objectStoreNames) {
    found[table] = await new Promise((done) => {
      const asked = database.transaction(table).objectStore(table).getAll();
      asked.onsuccess = () => done(asked.result.map(shown));
    });
  }
  database.close();
  return found;
}
"""


def stored(page: Page) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = page.evaluate(STORED)
    return found


def test_two_phones_on_one_door_are_both_kept_and_both_see_it(
    server: FieldServer, make_phone: MakePhone, walk: Walk
) -> None:
    other = make_user(Role.COMMITTEE_MEMBER, walk.survey.neighbourhood.code, username="other", display_name="吴芳")
    door = walk.doors[0].pk
    hers, his = make_phone(), make_phone()
    for phone, person in ((hers, walk.member), (his, other)):
        phone.enter(person)
        phone.take_offline()
        phone.cut_off()
        phone.front(walk.survey.pk)

    hers.log(door, "not_yet")
    his.log(door, "supports")
    for phone in (hers, his):
        phone.reach()
        phone.get("sync-now").click()
        phone.says("synced", pending=0)

    assert sorted(Visit.objects.values_list("outcome", flat=True)) == ["not_yet", "supports"]
    hers.front(walk.survey.pk)
    hers.page.reload()
    for phone, who in ((hers, "吴芳"), (his, "陈刚")):
        expect(phone.door(door)).to_have_attribute("data-shared", "true")
        phone.open_door(door)
        expect(phone.page.locator("main")).to_contain_text(who)
    picture(hers.page, "field-shared")


def test_two_tabs_on_one_door_make_one_visit(server: FieldServer, phone: Phone, walk: Walk) -> None:
    door = walk.doors[0].pk
    address = f"/field/surveys/{walk.survey.pk}/doors/{door}/"
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.go(address)
    phone.fill("not_yet")
    second = phone.context.new_page()
    second.goto(server.url + address)
    # The other tab's draft is here, too.
    expect(second.get_by_test_id("outcome-not_yet")).to_be_checked()

    second.get_by_test_id("note").fill("第二个标签页")
    second.get_by_test_id("save-visit").click()
    expect(second.locator("[data-testid^=door-]").first).to_be_visible()
    phone.save()
    phone.waits(1)
    assert len(stored(phone.page)["records"]) == 1
    phone.reach()
    phone.go("/field/")
    phone.says("synced", pending=0)

    assert walk.outcomes() == {door: "not_yet"}


def test_a_second_person_on_the_phone_sees_nothing_of_the_first_and_sends_nothing_of_hers(
    server: FieldServer, phone: Phone, walk: Walk
) -> None:
    other = make_user(Role.COMMITTEE_MEMBER, walk.survey.neighbourhood.code, username="other", display_name="吴芳")
    door, note = walk.doors[0].pk, "先修排水再说"
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.log(door, "not_yet", note=note)
    phone.context.clear_cookies()
    phone.reach()

    phone.enter(other)
    phone.says("synced", pending=0)
    expect(phone.get("attention-list")).to_contain_text(words("home.others", 1, name="陈刚"))
    phone.go("/field/waiting/")
    phone.is_ready()
    expect(phone.page.locator("[data-testid^=record-]")).to_have_count(0)
    phone.front(walk.survey.pk)
    expect(phone.door(door)).to_have_attribute("data-stance", "not_visited")
    expect(phone.door(door)).to_have_attribute("data-pending", "false")
    phone.open_door(door)
    expect(phone.get("outcome-not_yet")).not_to_be_checked()
    rows = stored(phone.page)
    assert len(rows["records"]) == 1
    assert len(rows["keys"]) == 1
    told = json.dumps(rows, ensure_ascii=False)
    assert [word for word in (note, "周敏", "周**", "not_yet", "13812342071") if word in told] == []
    assert Visit.objects.count() == 0

    phone.context.clear_cookies()
    phone.enter(walk.member)
    phone.says("synced", pending=0)
    assert walk.outcomes() == {door: "not_yet"}
    visit = Visit.objects.select_related("private").get()
    assert (visit.recorded_by, visit.private.note) == (walk.member, note)


def test_signing_out_warns_of_what_waits_and_then_wipes_it(server: FieldServer, phone: Phone, walk: Walk) -> None:
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.log(walk.doors[0].pk, "supports")
    phone.go("/field/")
    phone.waits(1)

    menu = phone.page.locator(".home-account summary")
    menu.click()
    phone.get("sign-out").click()
    expect(phone.page.get_by_role("dialog")).to_contain_text(words("home.sign_out_lost", 1))
    phone.page.keyboard.press("Escape")
    phone.waits(1)
    assert len(stored(phone.page)["records"]) == 1

    phone.get("sign-out").click()
    phone.agree()
    expect(phone.page.locator("a[href^='/accounts/login/']")).to_be_visible()
    phone.waits(0)
    rows = stored(phone.page)
    assert {name: rows[name] for name in ("records", "packs", "drafts", "photos", "keys")} == {
        "records": [],
        "packs": [],
        "drafts": [],
        "photos": [],
        "keys": [],
    }
    # The session that could not be ended without a network is ended at the next contact.
    phone.reach()
    phone.go("/field/")
    wait_for(lambda: not Session.objects.exists())
    assert Visit.objects.count() == 0
