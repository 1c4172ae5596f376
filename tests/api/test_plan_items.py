"""The items of plans over HTTP, and who pays for them."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.choices import Role
from renovation.models import FundingSource, PlanItem, RenovationPlan
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, HERE
from tests.factories import make_menu_edition, make_user
from tests.plan_rows import Planning

pytestmark = pytest.mark.django_db

ITEMS = f"{API}/plan-items/"


@pytest.fixture
def district(planning: Planning) -> APIClient:
    return signed_in(planning.by)


@pytest.fixture
def draft(planning: Planning) -> RenovationPlan:
    return planning.draft()


def body_of(planning: Planning, draft: RenovationPlan, code: str = "I03", **fields: Any) -> dict[str, Any]:
    return {
        "plan": draft.pk,
        "menu_item": planning.codes[code].pk,
        "quantity": "3",
        "unit_price": "33.33",
        "payers": [{"source": planning.city.pk, "weight": "2"}, {"source": planning.residents.pk, "weight": "1"}],
        **fields,
    }


def faults(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 400, response.content
    return [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]]


def test_an_item_is_put_in(planning: Planning, district: APIClient, draft: RenovationPlan) -> None:
    dates = {"starts_on": "2027-03-01", "ends_on": "2027-03-01"}
    sent = body_of(planning, draft, contractor="公司", note="院内", **dates)

    answer = district.post(ITEMS, sent, format="json")

    assert answer.status_code == 201
    body = answer.json()
    item = PlanItem.objects.get(menu_item__code="I03")
    times = {name: body.pop(name) for name in ("created_at", "updated_at")}
    assert all(times.values())
    assert body == {
        "id": item.pk,
        "plan": draft.pk,
        "menu_item": item.menu_item_id,
        "code": "I03",
        "category": "basic",
        "mandatory": False,
        "quantity": "3.00",
        "unit": "m",
        "unit_price": "33.33",
        "amount": "99.99",
        "contractor": "公司",
        **dates,
        "note": "院内",
        "payers": [
            {"source": planning.city.pk, "weight": "2.0000", "planned": "66.66"},
            {"source": planning.residents.pk, "weight": "1.0000", "planned": "33.33"},
        ],
    }
    assert district.get(f"{ITEMS}{item.pk}/").json()["payers"] == body["payers"]


def test_an_item_is_changed_in_part(planning: Planning, district: APIClient, draft: RenovationPlan) -> None:
    item = planning.put(draft, "I03", "30.00", note="院内", payers=planning.shared("1", "2"))
    url = f"{ITEMS}{item.pk}/"
    tag = district.get(url).headers["ETag"]

    answer = district.patch(url, {"quantity": "2"}, format="json", headers={"If-Match": tag})

    body = answer.json()
    assert (body["quantity"], body["unit_price"], body["amount"], body["note"]) == ("2.00", "30.00", "60.00", "院内")
    assert [payer["planned"] for payer in body["payers"]] == ["40.00", "20.00"]
    assert district.patch(url, {"quantity": "3"}, format="json", headers={"If-Match": tag}).status_code == 412
    payers = [{"source": planning.city.pk, "weight": "1"}]
    tag = answer.headers["ETag"]
    answer = district.patch(url, {"payers": payers}, format="json", headers={"If-Match": tag})
    assert [(payer["source"], payer["planned"]) for payer in answer.json()["payers"]] == [(planning.city.pk, "60.00")]
    assert answer.headers["ETag"] != tag
    assert district.patch(url, {"unit_price": None, "payers": []}, format="json").json()["amount"] is None


def test_an_item_is_taken_out(planning: Planning, district: APIClient, draft: RenovationPlan) -> None:
    item = planning.put(draft, "I03")

    assert district.delete(f"{ITEMS}{item.pk}/").status_code == 204
    assert district.get(f"{ITEMS}{item.pk}/").status_code == 404


def test_refusals_have_their_codes(planning: Planning, district: APIClient, draft: RenovationPlan) -> None:
    must_do = draft.items.get()

    def refused(response: Any) -> tuple[int, str]:
        return response.status_code, response.json()["code"]

    assert refused(district.delete(f"{ITEMS}{must_do.pk}/")) == (409, "must_do_item")
    assert refused(district.post(ITEMS, body_of(planning, draft, "B01"), format="json")) == (409, "item_in_plan")
    dear = body_of(planning, draft, unit_price="9999999999.99")
    assert refused(district.post(ITEMS, dear, format="json")) == (409, "amount_too_large")
    other = make_menu_edition(("I03",), valid_from="2025-06-01").items.get()
    sent = body_of(planning, draft, menu_item=other.pk)
    assert refused(district.post(ITEMS, sent, format="json")) == (409, "other_edition")
    planning.put(draft, "B01")
    planning.freeze(draft)
    assert refused(district.post(ITEMS, body_of(planning, draft), format="json")) == (409, "plan_frozen")
    url = f"{ITEMS}{must_do.pk}/"
    assert refused(district.patch(url, {"quantity": "9"}, format="json")) == (409, "plan_frozen")
    assert refused(district.delete(url)) == (409, "plan_frozen")


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"quantity": "0"}, ("/quantity", "min_value")),
        ({"quantity": "-1"}, ("/quantity", "min_value")),
        ({"quantity": "1.001"}, ("/quantity", "max_decimal_places")),
        ({"quantity": 1e300}, ("/quantity", "max_digits")),
        ({"quantity": "NaN"}, ("/quantity", "invalid")),
        ({"unit_price": "-0.01"}, ("/unit_price", "min_value")),
        ({"contractor": "x" * 81}, ("/contractor", "max_length")),
        ({"starts_on": "2027-03-02", "ends_on": "2027-03-01"}, ("/ends_on", "ends_before_it_starts")),
        ({"payers": "x"}, ("/payers", "not_a_list")),
        ({"plan": 0}, ("/plan", "does_not_exist")),
        ({"menu_item": True}, ("/menu_item", "incorrect_type")),
    ],
)
def test_what_cannot_be_read_is_a_fault_at_its_place(
    planning: Planning, district: APIClient, draft: RenovationPlan, fields: dict[str, Any], fault: tuple[str, str]
) -> None:
    answer = district.post(ITEMS, body_of(planning, draft, **fields), format="json")

    assert faults(answer) == [fault]


def test_payers_are_sources_of_the_place_once_each(
    planning: Planning, district: APIClient, draft: RenovationPlan
) -> None:
    there = FundingSource.objects.create(neighbourhood=planning.cast.next_door, kind="district", name="区级财政")
    city = {"source": planning.city.pk, "weight": "1"}

    def told(*payers: dict[str, Any]) -> list[tuple[str, str]]:
        return faults(district.post(ITEMS, body_of(planning, draft, payers=list(payers)), format="json"))

    assert told(city, {**city, "weight": "2"}) == [("/payers", "source_twice")]
    assert told(city, {"source": there.pk, "weight": "1"}) == [("/payers", "other_neighbourhood")]
    assert told(city, {"source": 0, "weight": "1"}) == [("/payers/1/source", "does_not_exist")]
    assert told({**city, "weight": "0"}) == [("/payers/0/weight", "min_value")]
    assert told(*[city] * 51) == [("/payers", "max_length")]
    item = planning.put(draft, "U11")
    changed = district.patch(f"{ITEMS}{item.pk}/", {"payers": [city, {}]}, format="json")
    assert faults(changed) == [("/payers/1/source", "required"), ("/payers/1/weight", "required")]


def test_an_item_stays_in_its_plan(planning: Planning, district: APIClient, draft: RenovationPlan) -> None:
    item = planning.put(draft, "I03")
    url = f"{ITEMS}{item.pk}/"

    same = {"plan": draft.pk, "menu_item": item.menu_item_id}
    assert district.patch(url, same, format="json").status_code == 200
    changed = district.patch(url, {"menu_item": planning.codes["U11"].pk}, format="json")
    assert faults(changed) == [("/menu_item", "immutable")]


def test_lists_are_filtered(planning: Planning, district: APIClient) -> None:
    first = planning.first()
    draft = planning.draft()

    def found(query: str) -> list[int]:
        return [row["id"] for row in district.get(f"{ITEMS}?{query}").json()["results"]]

    assert found(f"plan={first.pk}") == list(first.items.order_by("pk").values_list("pk", flat=True))
    assert len(found(f"neighbourhood={planning.home.pk}")) == 4
    assert found(f"plan={draft.pk}&menu_item={planning.codes['I03'].pk}") == [draft.items.get(menu_item__code="I03").pk]
    assert district.get(f"{ITEMS}?code=I03").status_code == 400


def test_the_list_costs_the_same_queries_whatever_its_length(
    planning: Planning, district: APIClient, draft: RenovationPlan, django_assert_num_queries: Any
) -> None:
    planning.put(draft, "B01", payers=planning.shared("1", "1"))
    district.get(ITEMS)

    with django_assert_num_queries(6):
        district.get(ITEMS)
    planning.put(draft, "I03", payers=planning.shared("1", "1"))
    planning.put(draft, "U11", payers=planning.shared("1", "1"))
    with django_assert_num_queries(6):
        assert len(district.get(ITEMS).json()["results"]) == 3


def test_only_the_district_writes_items(planning: Planning, draft: RenovationPlan) -> None:
    item = planning.put(draft, "I03")
    url = f"{ITEMS}{item.pk}/"
    for role, place in ((Role.COMMUNITY_STAFF, HERE), (Role.COMMITTEE_MEMBER, planning.home.code)):
        client = signed_in(make_user(role, place))
        assert client.get(url).status_code == 200
        assert client.post(ITEMS, body_of(planning, draft, "U11"), format="json").status_code == 403
        assert client.patch(url, {"quantity": "2"}, format="json").status_code == 403
        assert client.delete(url).status_code == 403


def test_elsewhere_there_is_no_such_item(planning: Planning, draft: RenovationPlan) -> None:
    url = f"{ITEMS}{draft.items.get().pk}/"
    client = signed_in(make_user(Role.DISTRICT_OFFICIAL, ELSEWHERE[:6]))

    assert client.get(ITEMS).json()["results"] == []
    assert client.get(url).status_code == 404
    assert client.patch(url, {"quantity": "2"}, format="json").status_code == 404
    assert client.delete(url).status_code == 404
    sent = body_of(planning, draft)
    assert ("/plan", "does_not_exist") in faults(client.post(ITEMS, sent, format="json"))


def test_a_client_writes_with_the_scope_of_plans_alone(planning: Planning, draft: RenovationPlan) -> None:
    assert system("plans:write").post(ITEMS, body_of(planning, draft), format="json").status_code == 201
