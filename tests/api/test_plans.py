"""Plans over HTTP: drafts, revisions, comparisons, and what each household is to pay."""

import hashlib
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.choices import Role
from accounts.models import Change
from renovation.models import ChangeRequest, Household, PlanItem, RenovationPlan
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, HERE
from tests.factories import make_household, make_user
from tests.plan_rows import Planning

pytestmark = pytest.mark.django_db

PLANS = f"{API}/plans/"


@pytest.fixture
def district(planning: Planning) -> APIClient:
    return signed_in(planning.by)


def staff(role: str, territory: str = HERE) -> APIClient:
    return signed_in(make_user(role, territory))


def code_of(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


# --- Revisions -------------------------------------------------------------------------------------


def test_a_draft_is_opened(planning: Planning, district: APIClient) -> None:
    answer = district.post(PLANS, {"neighbourhood": planning.home.pk, "reason": "首版"}, format="json")

    assert answer.status_code == 201
    body = answer.json()
    plan = RenovationPlan.objects.get()
    times = {name: body.pop(name) for name in ("created_at", "updated_at")}
    assert all(times.values())
    assert body == {
        "id": plan.pk,
        "neighbourhood": planning.home.pk,
        "number": 1,
        "menu_from": "2025-01-01",
        "based_on": None,
        "state": "draft",
        "reason": "首版",
        "document": "",
        "item_count": 1,
        "total": "0.00",
        "digest": "",
        "notice_needed": None,
        "is_in_force": False,
        "frozen_at": None,
        "frozen_by": None,
        "in_force_at": None,
    }
    assert district.get(f"{PLANS}{plan.pk}/").headers["ETag"] == answer.headers["ETag"]


def test_a_draft_is_described_only_as_it_was_read(planning: Planning, district: APIClient) -> None:
    draft = planning.draft()
    url = f"{PLANS}{draft.pk}/"
    tag = district.get(url).headers["ETag"]

    answer = district.patch(url, {"reason": "换材料", "document": "区改9号"}, format="json", headers={"If-Match": tag})

    assert (answer.status_code, answer.json()["reason"], answer.json()["document"]) == (200, "换材料", "区改9号")
    assert answer.headers["ETag"] != tag
    assert code_of(district.patch(url, {"reason": "x"}, format="json", headers={"If-Match": tag}))[0] == 412
    assert code_of(district.delete(url, headers={"If-Match": tag}))[0] == 412


def test_putting_an_item_in_makes_another_version_of_the_draft(planning: Planning, district: APIClient) -> None:
    draft = planning.draft()
    url = f"{PLANS}{draft.pk}/"
    tag = district.get(url).headers["ETag"]

    planning.put(draft, "I03")

    answer = district.get(url, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json()["total"]) == (200, "100.00")
    assert district.get(url, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_draft_is_discarded(planning: Planning, district: APIClient) -> None:
    url = f"{PLANS}{planning.draft().pk}/"

    assert district.delete(url).status_code == 204
    assert district.get(url).status_code == 404
    assert Change.objects.filter(resource="plans", action="deleted").count() == 1


def test_a_draft_is_frozen(planning: Planning, district: APIClient) -> None:
    draft = planning.draft()
    planning.put(draft, "B01", payers=planning.shared("1", "3"))

    answer = district.post(f"{PLANS}{draft.pk}/freeze/")

    assert answer.status_code == 200
    body = answer.json()
    names = ("state", "total", "item_count", "notice_needed", "is_in_force", "frozen_by")
    assert {name: body[name] for name in names} == {
        "state": "frozen",
        "total": "100.00",
        "item_count": 1,
        "notice_needed": True,
        "is_in_force": True,
        "frozen_by": str(planning.by),
    }
    content = district.get(f"{PLANS}{draft.pk}/content/")
    assert hashlib.sha256(content.content).hexdigest() == body["digest"]
    assert content.json()["shared_out"] == [
        {"name": "居民出资", "route": "by_area", "households": 4, "weight": "346.0000", "amount": "25.00"}
    ]


def test_what_a_later_revision_takes_over_is_in_force_no_more(planning: Planning, district: APIClient) -> None:
    first = planning.first()
    tag = district.get(f"{PLANS}{first.pk}/").headers["ETag"]
    planning.freeze(planning.draft())

    answer = district.get(f"{PLANS}{first.pk}/", headers={"If-None-Match": tag})

    assert (answer.status_code, answer.json()["is_in_force"]) == (200, False)


def test_refusals_have_their_codes(planning: Planning, district: APIClient) -> None:
    first = planning.first()
    url = f"{PLANS}{first.pk}/"
    new = {"neighbourhood": planning.home.pk}
    assert code_of(district.post(f"{url}freeze/")) == (409, "plan_frozen")
    assert code_of(district.patch(url, {"reason": "x"}, format="json")) == (409, "plan_frozen")
    assert code_of(district.delete(url)) == (409, "plan_frozen")
    draft = planning.draft()
    assert code_of(district.get(f"{PLANS}{draft.pk}/content/")) == (409, "not_frozen")
    assert code_of(district.post(PLANS, new, format="json")) == (409, "draft_open")
    PlanItem.objects.filter(plan=draft).delete()
    assert code_of(district.post(f"{PLANS}{draft.pk}/freeze/")) == (409, "plan_empty")
    planning.put(draft, "I03", payers={})
    refused = district.post(f"{PLANS}{draft.pk}/freeze/")
    assert (*code_of(refused), refused.json()["missing"]) == (409, "must_do_missing", ["B01"])
    planning.put(draft, "B01")
    refused = district.post(f"{PLANS}{draft.pk}/freeze/")
    assert (*code_of(refused), refused.json()["items"]) == (409, "payers_missing", ["I03"])
    planning.put(draft, "I03", payers=planning.shared("1", "1"))
    Household.objects.filter(pk=planning.cast.doors[0].pk).update(gross_floor_area=None)
    refused = district.post(f"{PLANS}{draft.pk}/freeze/")
    assert (*code_of(refused), refused.json()["households"]) == (409, "areas_unknown", 1)
    planning.residents.route, planning.residents.floor_weights = "by_weight", {"1": "1"}
    planning.residents.save()
    refused = district.post(f"{PLANS}{draft.pk}/freeze/")
    assert (*code_of(refused), refused.json()["floors"]) == (409, "floors_unweighted", [2])
    Household.objects.update(use="shop")
    assert code_of(district.post(f"{PLANS}{draft.pk}/freeze/")) == (409, "nobody_to_share")
    district.delete(f"{PLANS}{draft.pk}/")
    planning.at("designed")
    assert code_of(district.post(PLANS, new, format="json")) == (409, "change_request_needed")
    planning.at("works_done")
    assert code_of(district.post(PLANS, new, format="json")) == (409, "no_plan_now")


def test_without_a_menu_there_is_no_plan(planning: Planning, district: APIClient) -> None:
    type(planning.edition).objects.update(valid_from="2100-01-01")

    assert code_of(district.post(PLANS, {"neighbourhood": planning.home.pk}, format="json")) == (409, "no_menu")


def test_a_change_request_becomes_a_revision(planning: Planning, district: APIClient) -> None:
    planning.first()
    planning.at("under_works")
    request = planning.request()

    body = {"neighbourhood": planning.home.pk, "change_request": request.pk}
    made = district.post(PLANS, body, format="json").json()
    planning.put(RenovationPlan.objects.get(pk=made["id"]), "I03", "120.00")
    frozen = district.post(f"{PLANS}{made['id']}/freeze/").json()

    assert (made["reason"], frozen["number"], frozen["is_in_force"]) == ("屋面面积变更", 2, True)
    request.refresh_from_db()
    assert (request.state, request.plan_id) == ("approved", made["id"])


def test_a_change_request_of_elsewhere_is_a_fault(planning: Planning, district: APIClient) -> None:
    request = planning.request()
    ChangeRequest.objects.filter(pk=request.pk).update(neighbourhood=planning.cast.next_door)

    answer = district.post(PLANS, {"neighbourhood": planning.home.pk, "change_request": request.pk}, format="json")

    assert answer.status_code == 400
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [
        ("/change_request", "other_neighbourhood")
    ]


def test_lists_are_filtered(planning: Planning, district: APIClient) -> None:
    first = planning.first()
    second = planning.freeze(planning.draft())
    draft = planning.draft()

    def found(query: str) -> list[int]:
        return [row["id"] for row in district.get(f"{PLANS}?{query}").json()["results"]]

    assert found("") == [first.pk, second.pk, draft.pk]
    assert found("ordering=-id") == [draft.pk, second.pk, first.pk]
    assert found("state=draft") == [draft.pk]
    assert found("in_force=true") == [second.pk]
    assert found("in_force=false") == [first.pk, draft.pk]
    assert found(f"neighbourhood={planning.cast.next_door.pk}") == []
    assert found("division=420502") == [first.pk, second.pk, draft.pk]
    assert found("division=420503") == []
    assert code_of(district.get(f"{PLANS}?number=1"))[0] == 400


def test_the_list_costs_the_same_queries_whatever_its_length(
    planning: Planning, district: APIClient, django_assert_num_queries: Any
) -> None:
    planning.first()
    district.get(PLANS)

    with django_assert_num_queries(5) as before:
        district.get(PLANS)
    planning.freeze(planning.draft())
    planning.freeze(planning.draft())
    with django_assert_num_queries(len(before.captured_queries)):
        assert len(district.get(PLANS).json()["results"]) == 3


# --- Comparisons -----------------------------------------------------------------------------------


def test_the_comparison_of_a_draft(planning: Planning, district: APIClient) -> None:
    first = planning.first()
    draft = planning.draft()
    item = planning.put(draft, "B01", "400.00", "3", payers=planning.shared("1", "2"))
    planning.put(draft, "U11")
    PlanItem.objects.get(plan=draft, menu_item__code="I03").delete()

    body = district.get(f"{PLANS}{draft.pk}/comparison/").json()

    (changed,) = body.pop("changed")
    assert (changed["code"], changed["fields_changed"]) == ("B01", ["unit_price", "amount", "payers"])
    assert (changed["before"]["amount"], changed["after"]["amount"]) == ("900.00", "1200.00")
    assert changed["after"]["id"] == item.pk
    assert [row["code"] for row in body.pop("added")] == ["U11"]
    assert [row["code"] for row in body.pop("removed")] == ["I03"]
    assert [(row["source"], row["before"], row["after"], row["difference"]) for row in body.pop("sources")] == [
        (planning.city.pk, "700.00", "900.00", "200.00"),
        (planning.residents.pk, "300.00", "400.00", "100.00"),
    ]
    assert [row["code"] for row in body.pop("reasons")] == ["item_removed", "share_moved", "content_changed"]
    assert body == {
        "before": first.pk,
        "after": draft.pk,
        "is_empty": False,
        "total_before": "1000.00",
        "total_after": "1300.00",
        "difference": "300.00",
        "shares_known": True,
        "faults": [],
        "household_count": 4,
        "households_rising": 4,
        "households_falling": 0,
        "notice_needed": True,
    }


def test_a_draft_that_cannot_be_split_says_why(planning: Planning, district: APIClient) -> None:
    planning.first()
    Household.objects.filter(pk=planning.cast.doors[0].pk).update(gross_floor_area=None)

    body = district.get(f"{PLANS}{planning.draft().pk}/comparison/").json()

    assert (body["shares_known"], [fault["code"] for fault in body["faults"]]) == (False, ["areas_unknown"])
    assert body["faults"][0]["detail"]


def test_the_households_whose_share_moves_are_for_who_may_read_them(planning: Planning, district: APIClient) -> None:
    planning.first()
    draft = planning.draft()
    planning.put(draft, "B01", "400.00", "3", payers=planning.shared("1", "2"))
    url = f"{PLANS}{draft.pk}/comparison/household-shares/"

    body = district.get(f"{url}?page_size=3").json()
    rest = district.get(body["next"]).json()["results"]

    assert [*body["results"], *rest] == [
        {"household": door.pk, "before": "75.00", "after": "100.00", "difference": "25.00"}
        for door in planning.cast.doors
    ]
    assert staff(Role.COMMITTEE_MEMBER, planning.home.code).get(url).status_code == 200
    for role in (Role.PARTY_SECRETARY, Role.PROPERTY_CLERK):
        assert staff(role, planning.home.code).get(url).status_code == 403
    assert staff(Role.CITY_OFFICIAL, "4205").get(url).status_code == 403
    assert staff(Role.CITY_OFFICIAL, "4205").get(f"{PLANS}{draft.pk}/comparison/").status_code == 200


# --- Shares of households --------------------------------------------------------------------------


def test_what_each_household_is_to_pay(planning: Planning, district: APIClient) -> None:
    plan = planning.first()

    body = district.get(f"{PLANS}{plan.pk}/household-shares/?count=true").json()

    assert body["count"] == 4
    row = body["results"][0]
    assert (row.pop("id") > 0, row.pop("created_at") != "") == (True, True)
    assert row == {
        "plan": plan.pk,
        "source": planning.residents.pk,
        "household": planning.cast.doors[0].pk,
        "weight": "86.5000",
        "amount": "75.00",
    }
    assert sum(Decimal(row["amount"]) for row in body["results"]) == 300


def test_shares_are_paged_and_filtered(planning: Planning, district: APIClient) -> None:
    url = f"{PLANS}{planning.first().pk}/household-shares/"
    door = planning.cast.doors[2].pk

    page = district.get(f"{url}?page_size=3").json()

    assert (len(page["results"]), len(district.get(page["next"]).json()["results"])) == (3, 1)
    assert [row["household"] for row in district.get(f"{url}?household={door}").json()["results"]] == [door]
    assert district.get(f"{url}?source={planning.city.pk}").json()["results"] == []
    assert code_of(district.get(f"{url}?state=draft"))[0] == 400


def test_shares_are_seen_by_who_keeps_contributions_or_writes_the_plan(planning: Planning) -> None:
    url = f"{PLANS}{planning.first().pk}/household-shares/"

    def seen(client: APIClient) -> int:
        return len(client.get(url).json()["results"])

    assert seen(staff(Role.COMMUNITY_STAFF)) == 4
    assert seen(staff(Role.GRID_WORKER, f"{HERE}001")) == 4
    assert seen(staff(Role.COMMITTEE_MEMBER, planning.home.code)) == 4
    assert seen(staff(Role.CITY_OFFICIAL, "4205")) == 0
    assert seen(staff(Role.PARTY_SECRETARY, planning.home.code)) == 0
    assert seen(staff(Role.PROPERTY_CLERK, planning.home.code)) == 0
    assert seen(staff(Role.AUDITOR, "420502")) == 0
    assert seen(system("plans:read")) == 4


def test_the_shares_cost_the_same_queries_whatever_their_number(
    planning: Planning, district: APIClient, django_assert_num_queries: Any
) -> None:
    url = f"{PLANS}{planning.first().pk}/household-shares/"
    district.get(url)

    with django_assert_num_queries(6):
        district.get(f"{url}?page_size=1")
    make_household(stairwell=planning.cast.doors[0].stairwell, gross_floor_area="50.00")
    with django_assert_num_queries(6):
        district.get(f"{url}?page_size=4")


# --- Who may ---------------------------------------------------------------------------------------


def test_only_the_district_writes_plans(planning: Planning) -> None:
    draft = planning.draft()
    url = f"{PLANS}{draft.pk}/"
    for role, place in (
        (Role.COMMUNITY_STAFF, HERE),
        (Role.CITY_OFFICIAL, "4205"),
        (Role.GRID_WORKER, f"{HERE}001"),
        (Role.COMMITTEE_MEMBER, planning.home.code),
        (Role.AUDITOR, "420502"),
    ):
        client = staff(role, place)
        assert client.get(url).status_code == 200
        assert client.post(PLANS, {"neighbourhood": planning.home.pk}, format="json").status_code == 403
        assert client.patch(url, {"reason": "x"}, format="json").status_code == 403
        assert client.delete(url).status_code == 403
        assert client.post(f"{url}freeze/").status_code == 403


def test_elsewhere_there_is_no_such_plan(planning: Planning) -> None:
    url = f"{PLANS}{planning.first().pk}/"
    client = staff(Role.DISTRICT_OFFICIAL, ELSEWHERE[:6])

    assert client.get(PLANS).json()["results"] == []
    for path in ("", "content/", "comparison/", "comparison/household-shares/", "household-shares/"):
        assert client.get(f"{url}{path}").status_code == 404
    assert client.post(f"{url}freeze/").status_code == 404
    assert client.patch(url, {"reason": "x"}, format="json").status_code == 404
    assert client.delete(url).status_code == 404
    refused = client.post(PLANS, {"neighbourhood": planning.home.pk}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "does_not_exist")


def test_a_client_needs_the_scope_of_plans(planning: Planning) -> None:
    plan = planning.first()

    assert code_of(system("registry:read").get(PLANS))[0] == 403
    reader = system("plans:read")
    assert [row["id"] for row in reader.get(PLANS).json()["results"]] == [plan.pk]
    assert reader.post(PLANS, {"neighbourhood": planning.home.pk}, format="json").status_code == 403
    writer = system("plans:write")
    assert writer.post(PLANS, {"neighbourhood": planning.home.pk}, format="json").status_code == 201


def test_the_same_key_opens_one_draft(planning: Planning, district: APIClient) -> None:
    body, key = {"neighbourhood": planning.home.pk}, {"Idempotency-Key": "plan-1"}

    first = district.post(PLANS, body, format="json", headers=key)
    again = district.post(PLANS, body, format="json", headers=key)

    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
