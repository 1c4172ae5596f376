"""The page on which a draft of the plan is compared, and frozen."""

import re
from decimal import Decimal

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import HistoryEntry, User
from consent.reports.plan_changes import Touch
from renovation.models import Household, RenovationPlan
from renovation.services.plans import remove_item, set_item
from tests.factories import COMMUNITY, make_user
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


def url(planned: Planned, query: str = "") -> str:
    return f"/neighbourhoods/{planned.home.pk}/plan/compare/{query}"


def seen(answer) -> str:
    found = re.search(r'name="seen" value="(\w{64})"', answer.content.decode())
    assert found
    return found[1]


def test_the_page_says_what_changes_for_items_money_households_and_consent(planned):
    draft = planned.draft(B01={"unit_price": Decimal(150)})
    remove_item(item=draft.items.get(menu_item__code="B03"), by=planned.district)
    planned.set(draft, "U11", payers={planned.residents.pk: Decimal(1)})

    page = body(browser(planned.community).get(url(planned)))

    assert "Revision 2 against 1: +500.00 yuan" in page
    assert [code for code in ("B01", "B03", "U11") if f"plan-changed-{code}" in page] == ["B01"]
    assert "plan-removed-B03" in page
    assert "plan-added-U11" in page
    # The residents pay 1,000.00 as before, 100.00 each: only the order of B03 is lost.
    assert "No household's share moves" in page
    assert re.search(r'data-testid="consent-affected">1 of 3<', page)
    assert re.findall(r'data-testid="share-(\d+)"', page) == [str(planned.doors[0].pk)]
    assert "ordered what is taken out: Item B03" in page
    assert "An item leaves the plan." in page


def test_each_share_before_and_after_stands_in_the_list_which_building_and_consent_narrow(planned):
    planned.draft(B03={"unit_price": Decimal(120)})
    client = browser(planned.community)

    page = body(client.get(url(planned)))
    assert "The shares of 10 households move" in page
    assert len(re.findall(r'data-testid="share-\d+"', page)) == 10
    assert "+20.00" in page

    def listed(query: str) -> list[int]:
        return [int(pk) for pk in re.findall(r'data-testid="share-(\d+)"', body(client.get(url(planned, query))))]

    second = planned.doors[5].building_id
    assert listed(f"?building={second}") == [door.pk for door in planned.doors[5:]]
    assert listed("?show=affected") == [planned.doors[0].pk, planned.doors[1].pk, planned.doors[5].pk]
    assert listed("?show=nothing&building=abc") == [door.pk for door in planned.doors]


def test_what_few_households_answered_is_shown_to_the_district_only_on_a_reason(planned, monkeypatch):
    planned.draft(B03={"unit_price": Decimal(120)})
    few = Touch(moved=[door.pk for door in planned.doors[:4]], removed=())
    monkeypatch.setattr("consent.pages.plan_compare.touch_of", lambda comparison: few)
    client = browser(planned.district)

    page = body(client.get(url(planned)))
    assert "How many consents are affected is not shown" in page
    assert re.search(r'data-testid="consent-affected"><span class="quiet">not shown', page)
    client.post(url(planned, "?doors=shown"), {"reason": "核对公示范围"})
    assert re.search(r'data-testid="consent-affected">2 of 3<', body(client.get(url(planned))))


def test_a_frozen_revision_is_compared_with_what_was_in_force_then(planned):
    page = body(browser(planned.community).get(url(planned, "?revision=1")))

    assert "Revision 1, the first: ¥2,000.00" in page
    assert "No consent to compare with" in page
    assert 'data-testid="plan-freeze"' not in page
    assert browser(planned.community).get(url(planned, "?revision=9")).status_code == 404
    assert browser(planned.community).get(url(planned, "?revision=x")).status_code == 404
    # Nothing is in draft.
    assert browser(planned.community).get(url(planned)).status_code == 404


def test_the_district_freezes_what_it_has_seen(planned):
    draft = planned.draft(B03={"unit_price": Decimal(120)})
    client = browser(planned.district)

    answer = client.post(url(planned), {"freeze": "1", "seen": seen(client.get(url(planned)))})

    assert (answer.status_code, answer["Location"]) == (302, f"/neighbourhoods/{planned.home.pk}/plan/")
    draft.refresh_from_db()
    assert (draft.state, draft.total, draft.frozen_by) == ("frozen", Decimal(2200), planned.district)


def change_an_item(planned: Planned, draft: RenovationPlan) -> None:
    set_item(
        plan=draft, menu_item=planned.menu("B03"), quantity=Decimal(10), unit_price=Decimal(121), by=planned.district
    )


def lose_a_household(planned: Planned, draft: RenovationPlan) -> None:
    # The shares of the others grow, though no item changes.
    Household.objects.filter(pk=planned.doors[9].pk).update(use="shop")


@pytest.mark.parametrize("meanwhile", [change_an_item, lose_a_household])
def test_what_has_changed_since_it_was_compared_is_not_frozen(planned, meanwhile):
    draft = planned.draft(B03={"unit_price": Decimal(120)})
    client = browser(planned.district)
    before = seen(client.get(url(planned)))
    meanwhile(planned, draft)

    answer = client.post(url(planned), {"freeze": "1", "seen": before})

    assert answer.status_code == 409
    assert "has changed since: look at it again" in body(answer)
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert seen(answer) != before


def test_a_draft_that_lacks_something_says_what_and_cannot_be_frozen(planned):
    draft = planned.draft()
    planned.set(draft, "U11")
    client = browser(planned.district)

    page = client.get(url(planned))

    assert "Items without a payer: Item U11." in body(page)
    assert re.search(r'<button[^>]*aria-disabled="true"[^>]*>Freeze as revision 2<', body(page))
    refused = client.post(url(planned), {"freeze": "1", "seen": page.context["seen"]})
    assert (refused.status_code, "Nobody pays for these items: U11." in body(refused)) == (409, True)


def test_shares_that_cannot_be_told_say_why(planned):
    planned.draft()
    planned.residents.route = "by_area"
    planned.residents.save()

    page = body(browser(planned.district).get(url(planned)))

    assert "Each household's share cannot be told yet" in page
    assert "is shared by floor area, and those of 10 households are not on record." in page
    assert 'data-testid="plan-freeze"' not in page


def test_only_who_writes_the_plan_freezes_it(planned):
    planned.draft(B03={"unit_price": Decimal(120)})
    page = browser(planned.community).get(url(planned))
    assert page.status_code == 200
    assert 'data-testid="plan-freeze"' not in body(page)

    assert browser(planned.community).post(url(planned), {"freeze": "1", "seen": "0" * 64}).status_code == 403
    assert browser(make_user(territory="420503001001")).get(url(planned)).status_code == 404


def test_the_district_sees_whose_consent_is_affected_on_a_reason_only(planned):
    planned.draft(B03={"unit_price": Decimal(120)})
    client = browser(planned.district)

    page = body(client.get(url(planned)))
    assert re.search(r'data-testid="consent-affected">3 of 3<', page)
    assert 'data-testid="ask-for-doors"' in page
    assert "Supports" not in page
    # Asked to list those affected, it does not: the list itself would tell who supports.
    assert len(re.findall(r'data-testid="share-\d+"', body(client.get(url(planned, "?show=affected"))))) == 10

    asked = client.get(url(planned, "?doors=shown"))
    assert "A reason is needed" in body(asked)
    stated = client.post(url(planned, "?doors=shown"), {"reason": "核对公示范围"})
    assert (stated.status_code, HistoryEntry.objects.filter(act="doors_read").count()) == (302, 1)
    page = body(client.get(url(planned, "?show=affected")))
    assert len(re.findall(r'data-testid="share-\d+"', page)) == 3
    assert "Supports" in page


@pytest.mark.parametrize("role", [Role.PARTY_SECRETARY, Role.AUDITOR, Role.PROPERTY_CLERK])
def test_who_may_not_see_what_a_household_pays_sees_totals_only(planned, role):
    planned.draft(B03={"unit_price": Decimal(120)})
    where = COMMUNITY[:4] if role == Role.AUDITOR else planned.home.code

    page = body(browser(make_user(role, where)).get(url(planned)))

    assert "The shares of 10 households move" in page
    assert not re.search(r'data-testid="share-\d+"', page)


def test_the_page_costs_the_same_for_one_household_as_for_all(planned, django_assert_num_queries):
    draft = planned.draft(B01={"payers": {planned.residents.pk: Decimal(1)}})
    remove_item(item=draft.items.get(menu_item__code="B03"), by=planned.district)
    client = browser(planned.community)
    client.get(url(planned))

    for shown in (1, 10):
        if shown == 10:
            planned.set(draft, "B01", unit_price=Decimal(120))
        with django_assert_num_queries(34):
            page = body(client.get(url(planned)))
        assert len(re.findall(r'data-testid="share-\d+"', page)) == shown
