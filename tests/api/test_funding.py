"""Money over HTTP: who adds it, who reads it by household, and what is refused."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from renovation.choices import Stage
from renovation.models import FundingEntry, FundingSource, Neighbourhood
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, HERE, Cast
from tests.factories import make_household, make_menu_edition, make_neighbourhood, make_user
from tests.renovation.funds import item_of, make_entry, make_plan_in_force, make_source

SOURCES, RECEIPTS, TRANCHES = f"{API}/funding-sources/", f"{API}/funding-receipts/", f"{API}/award-tranches/"
ENTRIES = {"committed": "funding-commitments", "received": "funding-receipts", "spent": "funding-payments"}


def an_entry(source: FundingSource, **fields: Any) -> dict[str, Any]:
    return {"source": source.pk, "amount": "120.50", "document": "收据1", "dated_on": "2026-09-01", **fields}


def faults(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.content
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def refused(answer: Any) -> str:
    assert answer.status_code == 409, answer.content
    return answer.json()["type"].rsplit("/", 1)[-1].rsplit(":", 1)[-1]


# --- Sources ---------------------------------------------------------------------------------------


def test_a_source_shows_its_four_numbers(cast: Cast, district_official: Any) -> None:
    client = signed_in(district_official)
    body = {"neighbourhood": cast.home.pk, "kind": "central", "name": "中央补助", "document": "鄂财〔2026〕1号"}

    made = client.post(SOURCES, body, format="json")

    assert made.status_code == 201
    assert {name: made.json()[name] for name in body} == body
    source = FundingSource.objects.get()
    make_plan_in_force(cast.home, {("B01", source): "900.00"})
    for step, amount in (("committed", "800.00"), ("received", "500.00"), ("spent", "450.55")):
        make_entry(source, step, amount)
    sums = {"planned": "900.00", "committed": "800.00", "received": "500.00", "spent": "450.55"}
    shown = client.get(f"{SOURCES}{source.pk}/").json()
    assert {name: shown[name] for name in sums} == sums
    assert client.get(SOURCES).json()["results"] == [shown]


def test_a_sources_tag_changes_with_its_money_and_an_old_one_stops_no_change(
    cast: Cast, district_official: Any
) -> None:
    client = signed_in(district_official)
    source = make_source(cast.home)
    first = client.get(f"{SOURCES}{source.pk}/")["ETag"]
    make_entry(source)

    second = client.get(f"{SOURCES}{source.pk}/")["ETag"]
    changed = client.patch(f"{SOURCES}{source.pk}/", {"document": "新"}, format="json", headers={"If-Match": first})
    stale = client.patch(f"{SOURCES}{source.pk}/", {"document": "旧"}, format="json", headers={"If-Match": second})

    assert first != second
    assert (changed.status_code, changed.json()["document"]) == (200, "新")
    assert stale.status_code == 412


def test_residents_sources_say_how_they_are_raised(cast: Cast, district_official: Any) -> None:
    client = signed_in(district_official)
    body = {"neighbourhood": cast.home.pk, "kind": "residents", "name": "电梯"}
    stairwell = cast.doors[0].stairwell_id

    assert faults(client.post(SOURCES, body, format="json")) == [("/route", "route_missing")]
    by_weight = {**body, "route": "by_weight", "floor_weights": {"1": "0", "2": "x"}}
    assert faults(client.post(SOURCES, by_weight, format="json")) == [("/floor_weights", "weights_unreadable")]
    elsewhere = {**body, "route": "by_area", "stairwell": make_household().stairwell_id + 10**6}
    assert faults(client.post(SOURCES, elsewhere, format="json")) == [("/stairwell", "does_not_exist")]
    next_door = {**body, "route": "by_area", "stairwell": cast.other_doors[0].stairwell_id}
    assert refused(client.post(SOURCES, next_door, format="json")) == "other_neighbourhood"
    made = client.post(
        SOURCES, {**by_weight, "floor_weights": {"1": "0", "2": 1.5}, "stairwell": stairwell}, format="json"
    )

    assert made.status_code == 201
    assert (made.json()["floor_weights"], made.json()["stairwell"]) == ({"1": "0", "2": "1.5"}, stairwell)


def test_a_source_is_refused_twice_and_in_a_frozen_plan(cast: Cast, district_official: Any) -> None:
    client = signed_in(district_official)
    source = make_source(cast.home, "central", name="补助")
    body = {"neighbourhood": cast.home.pk, "kind": "central", "name": "补助"}
    make_plan_in_force(cast.home, {("B01", source): "1.00"})

    assert refused(client.post(SOURCES, body, format="json")) == "source_exists"
    assert refused(client.patch(f"{SOURCES}{source.pk}/", {"name": "别名"}, format="json")) == "source_in_plan"


def test_only_the_district_adds_sources_and_others_of_the_place_read_them(
    cast: Cast, community_worker: Any, auditor: Any, property_clerk: Any, outsider: Any
) -> None:
    source = make_source(cast.home)
    body = {"neighbourhood": cast.home.pk, "kind": "central", "name": "x"}

    for user in (community_worker, auditor, property_clerk):
        client = signed_in(user)
        assert client.get(f"{SOURCES}{source.pk}/").status_code == 200
        assert client.post(SOURCES, body, format="json").status_code == 403
        assert client.patch(f"{SOURCES}{source.pk}/", {"name": "x"}, format="json").status_code == 403
    client = signed_in(outsider)
    assert client.get(SOURCES).json()["results"] == []
    assert client.get(f"{SOURCES}{source.pk}/").status_code == 404
    far = signed_in(make_user(Role.DISTRICT_OFFICIAL, ELSEWHERE[:6]))
    assert far.patch(f"{SOURCES}{source.pk}/", {"name": "x"}, format="json").status_code == 404
    assert faults(far.post(SOURCES, body, format="json")) == [("/neighbourhood", "does_not_exist")]


def test_sources_are_narrowed_by_place_and_kind(cast: Cast, city_official: Any) -> None:
    mine, other = make_source(cast.home, "central"), make_source(cast.next_door, "award")
    client = signed_in(city_official)

    def found(query: str) -> list[int]:
        return [row["id"] for row in client.get(f"{SOURCES}?{query}").json()["results"]]

    assert found("") == [mine.pk, other.pk]
    assert found(f"neighbourhood={cast.home.pk}") == found(f"division={HERE}") == found("kind=central") == [mine.pk]
    assert faults(client.get(f"{SOURCES}?kind=gold")) == [("/kind", "invalid_choice")]
    assert faults(client.get(f"{SOURCES}?route=by_area")) == [("/route", "unknown_parameter")]


# --- Entries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ENTRIES)
def test_each_step_has_its_list(cast: Cast, district_official: Any, step: str) -> None:
    client = signed_in(district_official)
    source = make_source(cast.home)
    plan = make_plan_in_force(cast.home, {("B01", source): "900.00"})
    body = an_entry(source, menu_item=item_of(plan, "B01").pk, payer="市财政局", reason="首付款")

    made = client.post(f"{API}/{ENTRIES[step]}/", body, format="json")

    assert made.status_code == 201, made.content
    assert {name: made.json()[name] for name in body} == body
    assert (made.json()["step"], made.json()["kind"], made.json()["by"]) == (step, "municipal", "district")
    for other, path in ENTRIES.items():
        rows = client.get(f"{API}/{path}/?neighbourhood={cast.home.pk}").json()["results"]
        assert rows == ([made.json()] if other == step else [])
        assert client.get(f"{API}/{path}/{made.json()['id']}/").status_code == (200 if other == step else 404)


def test_a_households_gift_is_for_whoever_keeps_contributions(
    cast: Cast, community_worker: Any, committee_member: Any, grid_worker: Any, district_official: Any, auditor: Any
) -> None:
    source = make_source(cast.home, "residents")
    body = an_entry(source, household=cast.doors[0].pk, payer="王业主")

    made = [signed_in(user).post(RECEIPTS, body, format="json") for user in (community_worker, committee_member)]

    assert [answer.status_code for answer in made] == [201, 201]
    assert signed_in(grid_worker).post(RECEIPTS, body, format="json").status_code == 403
    address = f"{RECEIPTS}{made[0].json()['id']}/"
    assert signed_in(grid_worker).get(address).json()["payer"] == "王业主"
    for user in (district_official, auditor):
        client = signed_in(user)
        assert client.get(address).status_code == 404
        assert client.get(RECEIPTS).json()["results"] == []
        assert client.get(f"{SOURCES}{source.pk}/").json()["received"] == "241.00"
    # Whoever does not keep them cannot name a household either.
    named = signed_in(district_official).post(RECEIPTS, body, format="json")
    assert faults(named) == [("/household", "does_not_exist")]


def test_a_payer_is_named_to_all_only_by_consent(cast: Cast, auditor: Any, community_worker: Any) -> None:
    source = make_source(cast.home, "residents", route="donation")
    make_entry(source, payer="王业主")
    make_entry(source, payer="李热心", payer_may_be_named=True)
    make_entry(make_source(cast.home, "operator"), payer="供水公司")

    def payers(user: Any) -> list[str]:
        return [row["payer"] for row in signed_in(user).get(RECEIPTS).json()["results"]]

    assert payers(auditor) == ["", "李热心", "供水公司"]
    assert payers(community_worker) == ["王业主", "李热心", "供水公司"]


def test_who_records_what(cast: Cast, community_worker: Any, district_official: Any, property_clerk: Any) -> None:
    residents, central = make_source(cast.home, "residents"), make_source(cast.home, "central")

    def status(user: Any, step: str, source: FundingSource) -> int:
        return signed_in(user).post(f"{API}/{ENTRIES[step]}/", an_entry(source), format="json").status_code

    assert [status(community_worker, step, residents) for step in ENTRIES] == [201, 201, 403]
    assert [status(community_worker, step, central) for step in ENTRIES] == [403, 403, 403]
    assert [status(district_official, step, residents) for step in ENTRIES] == [201, 201, 201]
    assert [status(property_clerk, step, residents) for step in ENTRIES] == [403, 403, 403]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"amount": "0.00"}, ("/amount", "min_value")),
        ({"amount": "-1.00"}, ("/amount", "min_value")),
        ({"amount": "1.001"}, ("/amount", "max_decimal_places")),
        ({"amount": "1" + "0" * 12}, ("/amount", "max_whole_digits")),
        ({"amount": "NaN"}, ("/amount", "invalid")),
        ({"document": " "}, ("/document", "blank")),
        ({"dated_on": "1.9."}, ("/dated_on", "invalid")),
        ({"source": True}, ("/source", "incorrect_type")),
        ({"menu_item": 10**6}, ("/menu_item", "does_not_exist")),
        ({"package": 10**6}, ("/package", "does_not_exist")),
    ],
)
def test_what_cannot_be_read_is_told_at_its_place(cast: Cast, district_official: Any, change: Any, fault: Any) -> None:
    body = {**an_entry(make_source(cast.home)), **change}

    assert faults(signed_in(district_official).post(RECEIPTS, body, format="json")) == [fault]


def test_money_that_cannot_be_so_is_refused_by_its_code(cast: Cast, community_worker: Any) -> None:
    client = signed_in(make_user(Role.DISTRICT_OFFICIAL, HERE[:6]))
    keeper = signed_in(community_worker)
    central, residents = make_source(cast.home, "central"), make_source(cast.home, "residents")
    item = make_menu_edition(codes=("B09",)).items.get()

    def code(who: Any, path: str, source: FundingSource, **fields: Any) -> str:
        return refused(who.post(f"{API}/{path}/", an_entry(source, **fields), format="json"))

    assert code(client, "funding-receipts", make_source(cast.home, "award")) == "paid_by_tranche"
    assert code(client, "funding-receipts", central, menu_item=item.pk) == "item_not_planned"
    assert code(client, "funding-receipts", central, dated_on="2999-01-01") == "day_in_future"
    assert code(keeper, "funding-receipts", central, household=cast.doors[0].pk) == "not_from_households"
    elsewhere = make_household(neighbourhood=make_neighbourhood(community_code=HERE))
    assert code(keeper, "funding-receipts", residents, household=elsewhere.pk) == "other_neighbourhood"
    assert not FundingEntry.objects.exists()


def test_an_entry_is_reversed_once_with_a_reason_by_whoever_records_it(
    cast: Cast, community_worker: Any, district_official: Any, outsider: Any
) -> None:
    entry = make_entry(make_source(cast.home, "central"), amount="70.00")
    address = f"{RECEIPTS}{entry.pk}/reverse/"
    client = signed_in(district_official)

    assert signed_in(community_worker).post(address, {"reason": "x"}, format="json").status_code == 403
    assert signed_in(outsider).post(address, {"reason": "x"}, format="json").status_code == 404
    assert faults(client.post(address, {"reason": " "}, format="json")) == [("/reason", "blank")]
    made = client.post(address, {"reason": "重复入账"}, format="json")
    assert made.status_code == 201
    told = {name: made.json()[name] for name in ("amount", "reverses", "reason", "document")}
    assert told == {"amount": "-70.00", "reverses": entry.pk, "reason": "重复入账", "document": entry.document}
    assert client.get(f"{RECEIPTS}{entry.pk}/").json()["reversed_by"] == made.json()["id"]
    assert refused(client.post(address, {"reason": "x"}, format="json")) == "already_reversed"
    back = f"{RECEIPTS}{made.json()['id']}/reverse/"
    assert refused(client.post(back, {"reason": "x"}, format="json")) == "not_reversible"


def test_a_system_with_the_scope_of_plans_needs_no_other(cast: Cast) -> None:
    client = system("plans:write", territory=HERE)
    body = {"neighbourhood": cast.home.pk, "kind": "residents", "name": "居民", "route": "by_household"}

    source = client.post(SOURCES, body, format="json")
    pledge = client.post(
        f"{API}/funding-commitments/",
        an_entry(FundingSource.objects.get(), household=cast.doors[0].pk),
        format="json",
    )

    assert (source.status_code, pledge.status_code) == (201, 201)
    reader = system("plans:read", territory=HERE)
    assert reader.get(f"{API}/funding-commitments/?household={cast.doors[0].pk}").json()["results"] == [pledge.json()]
    assert reader.post(SOURCES, body, format="json").status_code == 403
    assert system("registry:write", territory=HERE).get(SOURCES).status_code == 403


# --- Awards ----------------------------------------------------------------------------------------


def test_a_tranche_goes_from_planned_to_paid_once_handover_is_accepted(
    cast: Cast, district_official: Any, community_worker: Any, outsider: Any
) -> None:
    client = signed_in(district_official)
    award = make_source(cast.home, "award")
    body = {"source": award.pk, "amount": "5000.00"}
    assert signed_in(community_worker).post(TRANCHES, body, format="json").status_code == 403
    assert (
        refused(client.post(TRANCHES, {**body, "source": make_source(cast.home).pk}, format="json")) == "not_an_award"
    )

    made = client.post(TRANCHES, body, format="json").json()
    address = f"{TRANCHES}{made['id']}/"

    def advance(to: str, who: Any = client, document: str = "文件") -> Any:
        return who.post(f"{address}advance/", {"to": to, "document": document}, format="json")

    assert (made["number"], made["state"], made["steps"]) == (1, "planned", [])
    assert refused(advance("eligible")) == "handover_not_accepted"
    Neighbourhood.objects.filter(pk=cast.home.pk).update(stage=Stage.HANDED_OVER)
    left_out = advance("paid")
    assert (refused(left_out), left_out.json()["steps"]) == ("no_such_award_step", ["eligible"])
    assert advance("eligible", signed_in(community_worker)).status_code == 403
    assert advance("eligible", signed_in(outsider)).status_code == 404
    assert faults(advance("eligible", document="")) == [("/document", "blank")]
    assert [advance(to).status_code for to in ("eligible", "approved", "paid")] == [200, 200, 200]

    shown = client.get(address).json()
    assert (shown["state"], [step["to"] for step in shown["steps"]]) == ("paid", ["eligible", "approved", "paid"])
    assert shown["steps"][0]["by"] == "district"
    receipt = client.get(f"{RECEIPTS}?source={award.pk}").json()["results"]
    assert [(row["tranche"], row["amount"], row["document"]) for row in receipt] == [(made["id"], "5000.00", "文件")]
    assert client.get(f"{TRANCHES}?state=paid&source={award.pk}").json()["results"] == [shown]
    assert client.get(f"{TRANCHES}?state=planned").json()["results"] == []


# --- What lists cost -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["funding-sources", "funding-receipts", "award-tranches"])
def test_a_list_costs_the_same_with_one_row_and_with_three(
    cast: Cast, district_official: Any, community_worker: Any, path: str
) -> None:
    Neighbourhood.objects.update(stage=Stage.HANDED_OVER)
    district, community = signed_in(district_official), signed_in(community_worker)
    counts = []
    for rows in (1, 2):
        for _ in range(rows):
            award = make_source(cast.home, "award")
            made = district.post(TRANCHES, {"source": award.pk, "amount": "1.00"}, format="json").json()
            for to in ("eligible", "approved"):
                district.post(f"{TRANCHES}{made['id']}/advance/", {"to": to, "document": "x"}, format="json")
            source = make_source(cast.home, "residents")
            body = an_entry(source, household=cast.doors[0].pk)
            assert community.post(RECEIPTS, body, format="json").status_code == 201
        with CaptureQueriesContext(connection) as queries:
            answer = community.get(f"{API}/{path}/")
            assert answer.status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_sum_too_large_to_be_told_is_refused_and_the_list_still_opens(cast: Cast, district_official: Any) -> None:
    client = signed_in(district_official)
    source = make_source(cast.home, "central")
    path = f"{API}/funding-commitments/"

    assert client.post(path, an_entry(source, amount="9999999999.99"), format="json").status_code == 201
    assert refused(client.post(path, an_entry(source, amount="999999999999.99"), format="json")) == "amount_too_large"

    assert client.get(SOURCES).json()["results"][0]["committed"] == "9999999999.99"
