"""Slips at a door that are found later: another door, a picture that is none, a survey that was closed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from playwright.sync_api import expect

from consent.models import Visit
from consent.services.surveys import close_survey
from tests.browser.field.conftest import Walk
from tests.browser.field.phone import Phone, words
from tests.browser.field.server import FieldServer


def test_a_visit_logged_at_the_wrong_door_moves_to_the_right_one_while_it_waits(
    server: FieldServer, phone: Phone, walk: Walk
) -> None:
    wrong, right = walk.doors[0], walk.doors[1]
    phone.enter(walk.member)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.log(wrong.pk, "opposes", note="嫌太吵")

    phone.open_door(wrong.pk)
    phone.page.locator(".sheet-notes a").click()
    phone.page.locator(".other-door summary").click()
    phone.page.locator("#other-door").fill(right.unit_number)
    phone.page.locator(".other-doors button").first.click()
    expect(phone.get("save-visit")).to_contain_text(right.unit_number)
    phone.save()

    phone.waits(1)
    expect(phone.door(wrong.pk)).to_have_attribute("data-due", "true")
    expect(phone.door(right.pk)).to_have_attribute("data-stance", "opposes")
    phone.reach()
    phone.says("synced", pending=0)
    assert walk.outcomes() == {right.pk: "opposes"}


def test_a_recorded_visit_at_the_wrong_door_is_corrected_by_one_at_the_right_door(
    server: FieldServer, phone: Phone, walk: Walk
) -> None:
    wrong, right = walk.doors[0], walk.doors[1]
    phone.enter(walk.member)
    phone.front(walk.survey.pk)
    phone.log(wrong.pk, "opposes")
    expect(phone.get("receipt-code")).to_be_visible()

    phone.get("undo").click()
    phone.page.locator(".other-door summary").click()
    phone.page.locator("#other-door").fill(right.unit_number)
    phone.page.locator(".other-doors button").first.click()
    phone.save()
    phone.says("synced", pending=0)

    first, second = Visit.objects.order_by("sequence")
    assert second.supersedes == first
    assert (first.door.household_id, second.door.household_id) == (wrong.pk, right.pk)
    expect(phone.door(wrong.pk)).to_have_attribute("data-stance", "not_visited")


def test_all_five_commitments_are_one_tap_and_none_is_guessed(server: FieldServer, phone: Phone, walk: Walk) -> None:
    phone.enter(walk.member)
    phone.front(walk.survey.pk)
    phone.log(walk.doors[0].pk, "supports")
    phone.open_door(walk.doors[1].pk)
    phone.fill("supports")
    phone.get("commitments-all").click()
    phone.save()
    phone.says("synced", pending=0)

    first, second = Visit.objects.order_by("sequence")
    assert set((first.commitments or {}).values()) == {False}
    assert set((second.commitments or {}).values()) == {True}


def test_what_is_no_picture_is_said_at_its_place_and_stops_nothing(
    server: FieldServer, phone: Phone, walk: Walk, tmp_path: Path
) -> None:
    file = tmp_path / "form.jpg"
    file.write_bytes(b"no picture")
    phone.enter(walk.member)
    phone.front(walk.survey.pk)
    phone.open_door(walk.doors[0].pk)
    phone.fill("not_yet")

    phone.page.locator("#photo").set_input_files(file)

    expect(phone.page.locator("#wrong-photo")).to_contain_text(words("sheet.photo_unreadable"))
    phone.save()
    phone.says("synced", pending=0)
    assert walk.outcomes() == {walk.doors[0].pk: "not_yet"}


def test_name_and_phone_open_with_a_signal_only_and_say_so(server: FieldServer, phone: Phone, walk: Walk) -> None:
    phone.enter(walk.staff)
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)
    phone.open_door(walk.doors[0].pk)
    phone.page.locator(".reveal").click()
    expect(phone.page.locator(".revealed")).to_have_text(words("sheet.reveal_offline"))

    phone.reach()
    phone.page.locator(".reveal").click()

    expect(phone.page.locator("header .parts")).to_contain_text(walk.doors[0].head_name)


def test_a_slip_of_a_closed_survey_is_followed_by_a_later_answer(server: FieldServer, phone: Phone, walk: Walk) -> None:
    door = walk.doors[0].pk
    phone.enter(walk.staff)
    failed: dict[str, Any] = {"reason": "还没有走完", "revisit_on": timezone.localdate() + timedelta(days=90)}
    close_survey(survey=walk.survey, by=walk.staff, **failed)
    phone.front(walk.survey.pk)
    phone.open_door(door)
    phone.fill("opposes")
    phone.get("save-visit").click()
    expect(phone.page.locator("#wrong-note")).to_contain_text(words("problem.out_of_round_needs_a_note"))
    phone.get("note").fill("来电话说不同意了")
    phone.save()
    expect(phone.get("receipt-code")).to_be_visible()

    phone.get("undo").click()
    expect(phone.get("outcome-opposes")).to_be_checked()
    phone.get("outcome-not_yet").check()
    phone.save()
    phone.says("synced", pending=0)

    assert list(walk.survey.visits.order_by("sequence").values_list("outcome", "out_of_round", "supersedes")) == [
        ("opposes", True, None),
        ("not_yet", True, None),
    ]
