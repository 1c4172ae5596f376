"""The plan at the door: which revision is shown, what the household is to pay, and which one the visit names."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Locator, expect

from consent.models import Visit
from tests.browser.field.conftest import Walk
from tests.browser.field.phone import Phone
from tests.browser.handles import picture
from tests.consent.casts import make_frozen_plan


def shown(phone: Phone) -> Locator:
    return phone.page.locator(".plan-shown > span")


def test_the_sheet_says_what_the_plan_costs_and_the_visit_names_it_also_when_it_is_sent_later(
    phone: Phone, walk: Walk
) -> None:
    first, second, *_ = walk.doors
    make_frozen_plan(walk.survey.neighbourhood, 2, {first: "1250.00"})
    phone.enter(walk.member, "en")
    phone.take_offline()
    phone.cut_off()
    phone.front(walk.survey.pk)

    phone.open_door(second.pk)
    expect(shown(phone)).to_have_text(["Plan revision 2", "1,790,720 yuan"])
    phone.page.go_back()
    phone.open_door(first.pk)
    expect(shown(phone)).to_have_text(["Plan revision 2", "1,790,720 yuan", "this household 1,250.00 yuan"])
    picture(phone.page, "field-plan")
    phone.fill("supports")
    phone.save()
    make_frozen_plan(walk.survey.neighbourhood, 3, {first: "1300.00"})  # while the visit waits on the phone
    phone.reach()
    phone.home()
    phone.waits(0)

    assert Visit.objects.get(plan__number=2)


def test_a_paper_form_names_the_revision_that_was_there_when_it_was_filled_in(phone: Phone, walk: Walk) -> None:
    first, *_ = walk.doors
    now = timezone.now()
    for number, days in ((1, 5), (2, 1)):
        make_frozen_plan(walk.survey.neighbourhood, number, {first: "1250.00"}, frozen_at=now - timedelta(days=days))
    phone.enter(walk.member, "en")
    phone.front(walk.survey.pk)
    phone.open_door(first.pk)
    phone.fill("supports")
    form = phone.page.locator("form#visit")
    form.locator(".from-paper summary").click()

    form.locator("[name=visited_at]").fill(f"{timezone.localtime(now - timedelta(days=6)):%Y-%m-%dT%H:%M}")
    expect(shown(phone)).to_have_count(0)
    form.locator("[name=visited_at]").fill(f"{timezone.localtime(now - timedelta(days=3)):%Y-%m-%dT%H:%M}")
    expect(shown(phone)).to_have_text(["Plan revision 1", "1,790,720 yuan"])
    phone.save()
    phone.waits(0)

    assert Visit.objects.get(plan__number=1)
