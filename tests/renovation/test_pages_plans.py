"""Making a draft of the plan in the browser: opening it, its items, discarding it."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from renovation.choices import Stage
from renovation.models import ChangeRequest, FundingSource, RenovationPlan
from renovation.pages import plans
from renovation.reports.plans import draft_of
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


def url(planned: Planned, path: str) -> str:
    return f"/neighbourhoods/{planned.home.pk}/plan/draft/{path}"


def entered(planned: Planned, **fields: str) -> dict[str, str]:
    """What the item's form sends; `city` and `residents` in percent."""
    payers = {
        f"payer_{planned.city.pk}": fields.pop("city", ""),
        f"payer_{planned.residents.pk}": fields.pop("residents", ""),
    }
    return {"quantity": "10", "unit_price": "100", **payers, **fields}


def payers_of(draft: RenovationPlan, code: str) -> dict[str, Decimal]:
    item = draft.items.get(menu_item__code=code)
    return {share.source.kind: share.planned for share in item.shares.select_related("source")}


def test_the_district_opens_a_draft_and_who_has_one_goes_on_with_it(planned):
    client = browser(planned.district)
    assert "The draft begins as a copy of revision 1." in body(client.get(url(planned, "open/")))

    made = client.post(url(planned, "open/"), {"reason": "增设扶手", "document": "伍住建〔2026〕9号"})

    assert (made.status_code, made["Location"]) == (302, url(planned, ""))
    draft = draft_of(planned.home)
    assert (draft.number, draft.reason, draft.document) == (2, "增设扶手", "伍住建〔2026〕9号")
    assert client.get(url(planned, "open/"))["Location"] == url(planned, "")


def test_a_settled_plan_is_drafted_anew_only_for_a_change_request(planned):
    planned.home.stage = Stage.DESIGNED
    planned.home.save()
    client = browser(planned.district)
    without = body(client.get(url(planned, "open/")))
    assert "it changes only by a change request, and none is open" in without
    assert 'data-testid="plan-open"' not in without

    ChangeRequest.objects.create(
        neighbourhood=planned.home, number=1, requested_by="业委会", requested_on=date(2026, 11, 1), text="加一处扶手"
    )
    asked = ChangeRequest.objects.get()
    assert client.post(url(planned, "open/"), {}).status_code == 400
    assert client.post(url(planned, "open/"), {"change_request": asked.pk}).status_code == 302

    asked.refresh_from_db()
    assert (asked.plan, draft_of(planned.home).reason) == (draft_of(planned.home), "加一处扶手")


def test_a_refusal_to_open_one_is_told(planned):
    planned.home.stage = Stage.LONG_TERM
    planned.home.save()

    refused = browser(planned.district).post(url(planned, "open/"), {})

    assert (refused.status_code, draft_of(planned.home)) == (409, None)
    assert 'role="alert"' in body(refused)


def test_an_item_is_added_with_all_that_is_known_of_it(planned):
    draft = planned.draft()
    sent = entered(
        planned,
        quantity="24",
        unit_price="2600",
        contractor="宜江建设",
        starts_on="2026-12-15",
        ends_on="2027-05-31",
        note="各单元",
        city="60",
        residents="40",
    )

    answer = browser(planned.district).post(url(planned, "items/U11/"), sent)

    assert (answer.status_code, answer["Location"]) == (302, url(planned, ""))
    item = draft.items.get(menu_item__code="U11")
    assert (item.amount, item.contractor, item.note) == (Decimal("62400.00"), "宜江建设", "各单元")
    assert (item.starts_on, item.ends_on) == (date(2026, 12, 15), date(2027, 5, 31))
    assert payers_of(draft, "U11") == {"municipal": Decimal("37440.00"), "residents": Decimal("24960.00")}


def test_an_item_without_a_price_or_a_payer_is_saved_as_it_is(planned):
    draft = planned.draft()

    answer = browser(planned.district).post(url(planned, "items/U11/"), entered(planned, unit_price=""))

    assert answer.status_code == 302
    assert (draft.items.get(menu_item__code="U11").amount, payers_of(draft, "U11")) == (None, {})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"quantity": "0"}, "greater than or equal to 0.01"),
        ({"quantity": ""}, "This field is required."),
        ({"unit_price": "-1"}, "greater than or equal to 0"),
        ({"starts_on": "2027-01-02", "ends_on": "2027-01-01"}, "It cannot end before it begins."),
        ({"city": "60", "residents": "39.99"}, "come to 99.99%, not to 100%."),
        ({"city": "60", "residents": "40.01"}, "come to 100.01%, not to 100%."),
        ({"city": "101"}, "less than or equal to 100"),
    ],
)
def test_what_cannot_be_is_told_at_its_place_and_nothing_is_saved(planned, fields, said):
    draft = planned.draft()

    answer = browser(planned.district).post(url(planned, "items/U11/"), entered(planned, **fields))

    assert (answer.status_code, said in body(answer)) == (400, True)
    assert not draft.items.filter(menu_item__code="U11").exists()


def test_a_new_item_is_paid_for_like_the_one_changed_last(planned):
    planned.draft(B01={"payers": {planned.city.pk: Decimal(3), planned.residents.pk: Decimal(1)}})

    page = body(browser(planned.district).get(url(planned, "items/U11/")))

    assert re.search(rf'name="payer_{planned.city.pk}" value="75.00"', page)
    assert re.search(rf'name="payer_{planned.residents.pk}" value="25.00"', page)


def test_the_only_source_there_is_pays_for_the_first_item(planned):
    home = make_neighbourhood()
    source = FundingSource.objects.create(neighbourhood=home, kind="central", name="中央补助")
    client = browser(planned.district)
    client.post(f"/neighbourhoods/{home.pk}/plan/draft/open/", {})

    page = body(client.get(f"/neighbourhoods/{home.pk}/plan/draft/items/U11/"))

    assert re.search(rf'name="payer_{source.pk}" value="100"', page)


def test_percentages_that_nobody_touched_keep_their_weights(planned):
    third = FundingSource.objects.create(neighbourhood=planned.home, kind="district", name="区级财政")
    thirds = {planned.city.pk: Decimal(1), planned.residents.pk: Decimal(1), third.pk: Decimal(1)}
    draft = planned.draft(B03={"payers": thirds, "quantity": Decimal(1), "unit_price": Decimal(90000)})
    client = browser(planned.district)
    page = body(client.get(url(planned, "items/B03/")))
    shown = dict(re.findall(r'name="(payer_\d+)" value="([\d.]+)"', page))
    assert sorted(shown.values()) == ["33.33", "33.33", "33.34"]

    client.post(url(planned, "items/B03/"), {"quantity": "2", "unit_price": "90000", **shown})

    # By the percentages that are shown it would be 60,012.00 and twice 59,994.00.
    assert set(payers_of(draft, "B03").values()) == {Decimal("60000.00")}


def test_payers_are_copied_to_the_items_that_have_none_and_to_no_other(planned):
    draft = planned.draft(U11={})
    client = browser(planned.district)

    client.post(url(planned, "items/B03/"), entered(planned, city="50", residents="50", for_others="on"))

    half = Decimal("500.00")
    assert payers_of(draft, "B03") == {"municipal": half, "residents": half}
    assert payers_of(draft, "U11") == {"municipal": half, "residents": half}
    assert payers_of(draft, "B01") == {"municipal": Decimal("1000.00")}


def test_what_another_clerk_changed_meanwhile_stays_when_payers_are_copied(planned, monkeypatch):
    draft = planned.draft(U11={})
    saved = plans.set_item

    def set_item_after_another_clerk(**values):
        monkeypatch.setattr(plans, "set_item", saved)
        u11 = draft.items.get(menu_item__code="U11")
        saved(plan=draft, menu_item=u11.menu_item, quantity=Decimal(7), unit_price=u11.unit_price, by=planned.district)
        return saved(**values)

    monkeypatch.setattr(plans, "set_item", set_item_after_another_clerk)

    browser(planned.district).post(url(planned, "items/B03/"), entered(planned, city="100", for_others="on"))

    u11 = draft.items.get(menu_item__code="U11")
    assert (u11.quantity, payers_of(draft, "U11")) == (7, {"municipal": u11.amount})


def test_an_item_is_taken_out_but_a_must_do_one_is_not(planned):
    draft = planned.draft()
    client = browser(planned.district)
    assert 'name="remove"' in body(client.get(url(planned, "items/B03/")))
    assert client.post(url(planned, "items/B03/"), {"remove": "1"}).status_code == 302
    assert not draft.items.filter(menu_item__code="B03").exists()

    must_do = body(client.get(url(planned, "items/B01/")))
    assert ('name="remove"' in must_do, "A must-do item cannot be deselected." in must_do) == (False, True)
    refused = client.post(url(planned, "items/B01/"), {"remove": "1"})
    assert (refused.status_code, "is a must-do item" in body(refused)) == (409, True)
    assert draft.items.filter(menu_item__code="B01").exists()
    assert client.post(url(planned, "items/U11/"), {"remove": "1"}).status_code == 404


def test_an_amount_beyond_what_can_be_kept_is_refused(planned):
    planned.draft()
    sent = entered(planned, quantity="9999999999", unit_price="9999999999")

    refused = browser(planned.district).post(url(planned, "items/U11/"), sent)

    assert (refused.status_code, "more than can be kept here" in body(refused)) == (409, True)


def test_a_draft_is_discarded(planned):
    planned.draft()
    client = browser(planned.district)

    assert client.get(url(planned, "discard/")).status_code == 405
    answer = client.post(url(planned, "discard/"))

    assert (answer.status_code, draft_of(planned.home)) == (302, None)
    assert client.post(url(planned, "discard/")).status_code == 404


def test_who_does_not_write_the_plan_opens_none_of_it(planned):
    draft = planned.draft()
    outsider = make_user(territory="420503001001")

    for path in ("open/", "items/B03/"):
        assert browser(planned.community).get(url(planned, path)).status_code == 403
        assert browser(outsider).get(url(planned, path)).status_code == 404
    assert browser(planned.community).post(url(planned, "discard/")).status_code == 403
    assert browser(outsider).post(url(planned, "discard/")).status_code == 404
    assert RenovationPlan.objects.filter(pk=draft.pk).exists()


def test_an_item_that_is_not_on_the_menu_of_the_plan_is_not_there(planned):
    client = browser(planned.district)
    assert client.get(url(planned, "items/B03/")).status_code == 404
    planned.draft()
    assert client.get(url(planned, "items/B03/")).status_code == 200
    assert client.get(url(planned, "items/Z99/")).status_code == 404


def test_the_form_costs_the_same_for_one_source_as_for_three(planned, django_assert_num_queries):
    planned.draft()
    client = browser(planned.district)
    client.get(url(planned, "items/B03/"))
    for more in (0, 3):
        for number in range(more):
            FundingSource.objects.create(neighbourhood=planned.home, kind="operator", name=f"单位{number}")
        with django_assert_num_queries(10):
            assert client.get(url(planned, "items/B03/")).status_code == 200
