"""The pages of the plan: what is in force, what waits, what was, and the draft."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from renovation.choices import Stage
from renovation.models import ChangeRequest, FundingEntry, RenovationPlan
from renovation.services.plans import freeze_plan, open_draft
from tests.factories import make_neighbourhood, make_user
from tests.plan_casts import Planned, make_planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned() -> Planned:
    return make_planned()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


def body(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def url(planned: Planned, path: str = "") -> str:
    return f"/neighbourhoods/{planned.home.pk}/plan/{path}"


def row(page: str, handle: str) -> str:
    found = re.search(rf'<tr[^>]*data-testid="{handle}".*?</tr>', page)
    assert found
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])).strip()


def settle_and_change(planned: Planned) -> RenovationPlan:
    """Revision 2, which needs a notice and so is not in force."""
    planned.home.stage = Stage.DESIGNED
    planned.home.save()
    asked = ChangeRequest.objects.create(
        neighbourhood=planned.home, number=1, requested_by="业委会", requested_on=date(2026, 11, 1), text="涨价"
    )
    draft = open_draft(neighbourhood=planned.home, change_request=asked, by=planned.district)
    planned.set(draft, "B03", unit_price=Decimal(120))
    return freeze_plan(plan=draft, by=planned.district)


def test_the_page_shows_each_item_with_its_figures_and_what_residents_ordered(planned):
    page = body(browser(planned.community).get(url(planned)))

    assert "Plan, revision 1: ¥2,000.00" in page
    # One household of ten ordered B03; nobody had to order the must-do item.
    assert row(page, "plan-item-B03") == "Item B03 居民出资 1,000.00 B03 10.0% 10 m 100.00 1,000.00"
    assert row(page, "plan-item-B01") == "Item B01 must-do 市级财政 1,000.00 B01 – 10 m 100.00 1,000.00"
    assert f'href="/surveys/{planned.survey.pk}/orders/"' in page
    assert re.search(r'data-testid="plan-total">2,000.00<', page)
    assert planned.plan.digest in page


def test_who_pays_stands_there_with_what_came_in_and_leads_to_the_money(planned):
    for amount in (Decimal(300), Decimal(100)):
        FundingEntry.objects.create(
            source=planned.residents,
            step="received",
            amount=amount,
            document="收据",
            dated_on=date(2026, 9, 1),
            recorded_at=timezone.now(),
        )

    page = body(browser(planned.community).get(url(planned)))

    payers = re.search(r'data-testid="plan-payers".*?</table>', page)
    assert payers
    assert re.findall(r"(?<=>)[\d,]+\.\d\d(?=<)", payers[0]) == [
        "1,000.00",
        "0.00",
        "1,000.00",
        "400.00",
        "2,000.00",
        "400.00",
    ]
    assert f"/neighbourhoods/{planned.home.pk}/money/#source-{planned.residents.pk}" in payers[0]


def test_a_revision_that_waits_for_its_notice_is_announced_beside_the_one_in_force(planned):
    waiting = settle_and_change(planned)
    assert waiting.in_force_at is None

    page = body(browser(planned.community).get(url(planned)))

    assert "Plan, revision 1: ¥2,000.00" in page
    assert 'data-testid="plan-waiting"' in page
    assert "plan/compare/?revision=2" in page
    later = body(browser(planned.community).get(url(planned, "2/")))
    assert "Plan, revision 2: ¥2,200.00" in later
    assert "not in force until its notice has ended" in later


def test_each_earlier_revision_opens_as_it_was_and_a_draft_does_not(planned):
    second = planned.draft(B03={"unit_price": Decimal(120)})
    client = browser(planned.community)
    assert client.get(url(planned, "2/")).status_code == 404
    freeze_plan(plan=second, by=planned.district)

    assert 'data-testid="plan-revision-1"' in body(client.get(url(planned)))
    earlier = body(client.get(url(planned, "1/")))

    assert "Plan, revision 1: ¥2,000.00" in earlier
    assert "since replaced by revision 2" in earlier
    assert client.get(url(planned, "3/")).status_code == 404


def test_without_a_plan_the_page_says_when_there_is_one_and_offers_the_district_to_draft_it(planned):
    empty = make_neighbourhood()
    address = f"/neighbourhoods/{empty.pk}/plan/"

    told = body(browser(planned.community).get(address))
    assert ("No plan of works yet" in told, 'data-testid="plan-open-draft"' in told) == (True, False)
    assert 'data-testid="plan-open-draft"' in body(browser(planned.district).get(address))

    empty.stage = Stage.REGISTERED
    empty.save()
    assert 'data-testid="plan-open-draft"' not in body(browser(planned.district).get(address))


def test_the_draft_names_what_it_lacks_and_suggests_what_residents_ordered(planned):
    empty = make_neighbourhood()
    draft = planned.draft(U11={})
    draft.items.get(menu_item__code="B03").delete()
    client = browser(planned.district)

    page = body(client.get(url(planned, "draft/")))

    assert "Draft of revision 2" in page
    lacks = re.search(r'data-testid="plan-lacks".*?</section>', page)
    assert lacks
    assert re.findall(r">(Item \w+)</a>", lacks[0]) == ["Item U11"]
    assert re.findall(r'data-testid="plan-suggested-(\w+)"', page) == ["B03"]
    assert re.search(r'data-testid="plan-suggested-B03".*?1 household<', page)
    assert "No draft in hand" in body(client.get(f"/neighbourhoods/{empty.pk}/plan/draft/"))


def test_a_must_do_item_that_is_missing_is_said_by_its_name(planned):
    draft = planned.draft()
    draft.items.get(menu_item__code="B01").delete()

    page = body(browser(planned.district).get(url(planned, "draft/")))

    lacks = re.search(r'data-testid="plan-lacks".*?</section>', page)
    assert lacks
    assert "Item B01" in lacks[0]
    assert "a must-do item that is not in the plan" in lacks[0]


def test_who_only_reads_sees_the_draft_without_its_acts(planned):
    planned.draft()

    page = body(browser(planned.community).get(url(planned, "draft/")))

    assert "Draft of revision 2" in page
    assert "plan/draft/items/" not in page
    assert 'data-testid="plan-discard"' not in page
    outsider = browser(make_user(territory="420503001001"))
    assert [outsider.get(url(planned, path)).status_code for path in ("", "1/", "draft/")] == [404, 404, 404]


def test_the_page_of_the_neighbourhood_tells_the_plan_and_its_money(planned):
    page = body(browser(planned.community).get(f"/neighbourhoods/{planned.home.pk}/"))

    assert 'data-testid="plan-short"' in page
    assert f'href="{url(planned)}#item-B03"' in page
    assert 'data-testid="plan-payers"' in page
    bare = make_neighbourhood()
    assert 'data-testid="plan-short"' not in body(browser(planned.community).get(f"/neighbourhoods/{bare.pk}/"))


@pytest.mark.parametrize("path", ["", "draft/"])
def test_the_pages_cost_the_same_for_two_items_as_for_three(planned, path, django_assert_num_queries):
    draft = planned.draft()
    client = browser(planned.community)
    client.get(url(planned, path))
    numbers = []
    for code in (None, "U11"):
        if code:
            planned.set(draft, code, payers={planned.city.pk: Decimal(1), planned.residents.pk: Decimal(1)})
            if not path:
                freeze_plan(plan=draft, by=planned.district)
        with django_assert_num_queries(21 if path else 18):
            page = body(client.get(url(planned, path)))
        numbers.append(len(re.findall(r'data-testid="plan-item-\w+"', page)))
    assert numbers == [2, 3]
