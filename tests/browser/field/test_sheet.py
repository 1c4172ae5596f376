"""At one door: undo, drafts, the next door, and doors that are looked for."""

from playwright.sync_api import expect

from consent.models import Visit
from tests.browser.field.conftest import Walk, make_walk
from tests.browser.field.phone import Phone
from tests.browser.field.server import FieldServer
from tests.browser.handles import picture


def test_a_slip_is_taken_back_while_it_waits_and_the_sheet_is_as_it_was(
    server: FieldServer, phone: Phone, walk: Walk
) -> None:
    wrong, right = walk.doors[0].pk, walk.doors[1].pk
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.log(wrong, "supports", given="thumbprint", commitments=["convention"], note="走错门了")
    phone.waits(1)

    phone.get("undo").click()

    expect(phone.get("outcome-supports")).to_be_checked()
    expect(phone.get("given-thumbprint")).to_be_checked()
    expect(phone.get("commitment-convention")).to_be_checked()
    expect(phone.get("note")).to_have_value("走错门了")
    phone.waits(0)
    phone.front(walk.survey.pk)
    expect(phone.door(wrong)).to_have_attribute("data-stance", "not_visited")
    phone.log(right, "supports")
    phone.reach()
    phone.says("synced", pending=0)
    assert walk.outcomes() == {right: "supports"}


def test_a_slip_that_is_recorded_already_is_corrected(server: FieldServer, phone: Phone, walk: Walk) -> None:
    door = walk.doors[0].pk
    phone.enter(walk.member)
    phone.front(walk.survey.pk)
    phone.log(door, "opposes")
    phone.says("synced", pending=0)

    phone.get("undo").click()
    expect(phone.get("outcome-opposes")).to_be_checked()
    phone.fill("not_yet")
    phone.save()
    phone.says("synced", pending=0)

    first, second = Visit.objects.order_by("sequence")
    assert (first.outcome, second.outcome, second.supersedes) == ("opposes", "not_yet", first)
    expect(phone.door(door)).to_have_attribute("data-stance", "not_yet")


def test_a_sheet_that_was_begun_survives_a_closed_browser(server: FieldServer, phone: Phone, walk: Walk) -> None:
    door = walk.doors[2].pk
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.open_door(door)
    phone.fill("not_yet", respondent="family")
    phone.get("reason-cost").check()
    phone.get("note").fill("等儿子回来再定")
    phone.page.wait_for_timeout(400)  # nobody puts a phone away faster

    phone.reopen(offline=True)
    phone.front(walk.survey.pk)
    phone.open_door(door)

    expect(phone.get("outcome-not_yet")).to_be_checked()
    expect(phone.get("respondent-family")).to_be_checked()
    expect(phone.get("reason-cost")).to_be_checked()
    expect(phone.get("note")).to_have_value("等儿子回来再定")
    phone.waits(0)
    phone.save()
    phone.waits(1)
    phone.open_door(walk.doors[3].pk)
    expect(phone.get("outcome-not_yet")).not_to_be_checked()


def test_the_next_open_door_of_the_floor_is_offered_and_the_last_answer_with_its_reason_stands_on_the_sheet(
    server: FieldServer, phone: Phone, walk: Walk
) -> None:
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.get("next-door").click()
    expect(phone.page.get_by_role("heading", level=1)).to_contain_text("101")
    phone.fill("not_yet", note="怕出钱多")
    phone.get("reason-cost").check()
    phone.save()

    expect(phone.get("next-door")).to_have_attribute(
        "href", f"/field/surveys/{walk.survey.pk}/doors/{walk.doors[1].pk}/"
    )
    phone.open_door(walk.doors[0].pk)
    expect(phone.page.locator("main")).to_contain_text("暂不支持")
    expect(phone.page.locator("main")).to_contain_text("怕出钱多")


def test_a_door_is_found_by_unit_and_by_name_and_those_who_did_not_answer_by_stairwell(
    server: FieldServer, phone: Phone
) -> None:
    walk = make_walk(buildings=2, floors=3)
    away = [walk.doors[1], walk.doors[5]]
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    for door in away:
        phone.front(walk.survey.pk, door.building_id)
        phone.log(door.pk, "no_answer")

    phone.go(f"/field/surveys/{walk.survey.pk}/search/")
    phone.get("search-doors").fill("2-1-301")
    found = phone.page.locator(f"a[href='/field/surveys/{walk.survey.pk}/doors/{walk.doors[5].pk}/']")
    expect(found).to_be_visible()
    expect(phone.page.locator("main a[href*='/doors/']")).to_have_count(1)
    phone.get("search-doors").fill("周")
    expect(phone.page.locator("main a[href*='/doors/']")).to_have_count(6)

    phone.go(f"/field/surveys/{walk.survey.pk}/evening/")
    groups = phone.get("evening-list")
    expect(groups.locator("a[href*='/doors/']")).to_have_count(2)
    expect(groups).to_contain_text("201")
    expect(groups).to_contain_text("301")
    picture(phone.page, "field-evening")


def test_a_correction_that_was_begun_is_found_again_from_the_start(
    server: FieldServer, phone: Phone, walk: Walk
) -> None:
    door = walk.doors[0].pk
    phone.enter(walk.member)
    phone.front(walk.survey.pk)
    phone.log(door, "opposes")
    phone.get("undo").click()
    phone.get("note").fill("听错了")

    phone.home()
    phone.get("attention-list").locator("a[href*='/doors/']").click()

    expect(phone.get("outcome-opposes")).to_be_checked()
    expect(phone.get("note")).to_have_value("听错了")
