"""The round that was closed while somebody stood at the doors."""

from playwright.sync_api import expect

from accounts.models import User
from consent.models import HandedVisit, Visit
from consent.services.rounds import close_round
from tests.browser.field.conftest import MakePhone, Walk
from tests.browser.field.phone import Phone, words
from tests.browser.field.server import FieldServer
from tests.browser.handles import DESK, picture


def close(walk: Walk) -> None:
    close_round(survey=walk.survey, by=walk.staff, reason="先到这里")


def test_a_visit_made_before_its_round_was_closed_lands_in_it(server: FieldServer, phone: Phone, walk: Walk) -> None:
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.log(walk.doors[0].pk, "supports")
    close(walk)

    phone.reach()
    phone.get("sync-now").click()
    phone.says("synced", pending=0)

    assert Visit.objects.get().round == 1


def test_a_visit_made_after_its_round_was_closed_is_handed_over_and_entered_and_the_phone_learns_it(
    server: FieldServer, make_phone: MakePhone, walk: Walk
) -> None:
    phone = make_phone()
    door = walk.doors[0].pk
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    close(walk)
    phone.front(walk.survey.pk)
    phone.log(door, "supports")

    phone.reach()
    phone.get("sync-now").click()
    phone.says("attention", pending=0)
    phone.go("/field/waiting/")
    refused = phone.page.locator("[data-testid^=record-][data-state=refused]")
    expect(refused).to_contain_text("第 1 轮")
    picture(phone.page, "field-refused-round")
    handle = str(refused.get_attribute("data-testid"))
    refused.get_by_test_id("record-hand").click()
    expect(phone.get(handle)).to_have_attribute("data-state", "handed")
    phone.says("synced", pending=0)
    handed = HandedVisit.objects.get()
    assert (handed.status, handed.refusals) == ("waiting", ["wrong_round"])

    enter_handed(make_phone, walk.staff, walk, handed)
    visit = Visit.objects.get()
    assert (visit.door.household_id, visit.outcome, visit.round, visit.out_of_round) == (door, "supports", None, True)

    phone.go("/field/waiting/")
    expect(phone.get(handle)).to_contain_text(words("waiting.state.handed.entered", sequence=visit.sequence))
    expect(phone.get(handle).get_by_test_id("receipt-code")).to_have_text(visit.private.receipt_code)


def enter_handed(make_phone: MakePhone, staff: User, walk: Walk, handed: HandedVisit) -> None:
    """Community staff enter it at a desk."""
    desk = make_phone(viewport=DESK, has_touch=False, is_mobile=False)
    desk.enter(staff)
    desk.go(f"/surveys/{walk.survey.pk}/handed/")
    picture(desk.page, "field-handed")
    entry = desk.get(f"handed-{handed.pk}")
    entry.locator("textarea").first.fill("散会后补登")
    entry.locator("button[value=enter]").click()
    expect(entry).to_have_count(0)
