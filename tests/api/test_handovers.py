"""Handovers, their assets and the services that end, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.choices import Role
from governance.choices.handover import HandoverKind
from governance.models import Asset, Handover, ServiceWithdrawal
from governance.services.withdrawals import answer_readiness
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, HERE
from tests.factories import make_user
from tests.governance.handover_cast import (
    a_handover,
    a_management,
    a_signed_handover,
    a_withdrawal,
    an_asset,
    at_stage,
    complete,
    handed_over,
    later,
    sign,
    today,
)
from tests.renovation.supervision_cast import a_defect

pytestmark = pytest.mark.django_db
HANDOVERS, ASSETS, SERVICES = f"{API}/handovers/", f"{API}/handover-assets/", f"{API}/service-withdrawals/"
READERS = [
    Role.COMMUNITY_STAFF,
    Role.COMMITTEE_MEMBER,
    Role.PARTY_SECRETARY,
    Role.PROPERTY_CLERK,
    Role.GRID_WORKER,
    Role.DISTRICT_OFFICIAL,
    Role.AUDITOR,
]
MAY_NOT_WRITE = [Role.PARTY_SECRETARY, Role.PROPERTY_CLERK, Role.GRID_WORKER, Role.DISTRICT_OFFICIAL, Role.AUDITOR]


def of_role(role: str, cast: Any) -> Any:
    places = {
        Role.COMMUNITY_STAFF: HERE,
        Role.GRID_WORKER: f"{HERE}001",
        Role.DISTRICT_OFFICIAL: HERE[:6],
        Role.AUDITOR: HERE[:4],
    }
    return signed_in(make_user(role, places.get(role, cast.home.code)))


# --- Handovers -------------------------------------------------------------------------------------


def test_a_handover_is_begun_and_read(cast, committee_member):
    management = a_management(cast.home)
    browser = signed_in(committee_member)

    answer = browser.post(
        HANDOVERS,
        {"neighbourhood": cast.home.pk, "management": management.pk, "handover_on": later().isoformat()},
        format="json",
    )

    assert answer.status_code == 201
    handover = Handover.objects.get()
    body = browser.get(f"{HANDOVERS}{handover.pk}/").json()
    assert body == answer.json()
    assert {name: body[name] for name in body if name not in ("created_at", "updated_at", "items")} == {
        "id": handover.pk,
        "neighbourhood": cast.home.pk,
        "management": management.pk,
        "handover_on": later().isoformat(),
        "document": "",
        "state": "draft",
        "signed_at": None,
        "asset_count": 0,
        "open_defect_count": 0,
        "signatures": [],
        "still_to_sign": ["committee", "manager", "community"],
    }
    assert [item["kind"] for item in body["items"]] == HandoverKind.values
    assert body["items"][0] == {"kind": "asset_list", "handed": False, "count": 0, "note": ""}
    assert body["items"][3] == {"kind": "keys", "handed": False, "count": None, "note": ""}


def test_what_is_given_is_changed(cast, community_worker):
    handover = a_handover(cast.home, community_worker)
    browser = signed_in(community_worker)
    items = [{"kind": "keys", "handed": True, "count": 12}, {"kind": "meters", "note": "水务公司直管"}]

    answer = browser.patch(f"{HANDOVERS}{handover.pk}/", {"document": "YJ-1", "items": items}, format="json")

    assert answer.status_code == 200
    kept = {item["kind"]: item for item in answer.json()["items"]}
    assert kept["keys"] == {"kind": "keys", "handed": True, "count": 12, "note": ""}
    assert kept["meters"] == {"kind": "meters", "handed": False, "count": None, "note": "水务公司直管"}
    assert answer.json()["document"] == "YJ-1"


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"items": [{"handed": True}]}, "/items/0/kind", "required"),
        ({"items": [{"kind": "keys"}, {"kind": "keys"}]}, "/items", "twice"),
        ({"items": [{"kind": "roof"}]}, "/items/0/kind", "invalid_choice"),
        ({"items": [{"kind": "keys", "count": -1}]}, "/items/0/count", "min_value"),
        ({"handover_on": "soon"}, "/handover_on", "invalid"),
        ({"management": 10**12}, "/management", "does_not_exist"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_place(cast, community_worker, change, pointer, code):
    handover = a_handover(cast.home, community_worker)

    answer = signed_in(community_worker).patch(f"{HANDOVERS}{handover.pk}/", change, format="json")

    assert answer.status_code == 400
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


def test_three_signatures_sign_it_and_then_it_is_refused_to_change(cast, community_worker):
    at_stage(cast.home)
    handover = complete(a_handover(cast.home, community_worker), community_worker)
    browser = signed_in(community_worker)

    for party in ("committee", "manager", "community"):
        answer = browser.post(
            f"{HANDOVERS}{handover.pk}/sign/",
            {"party": party, "name": "周敏", "signed_on": today().isoformat()},
            format="json",
        )
        assert answer.status_code == 200

    body = answer.json()
    assert (body["state"], body["still_to_sign"]) == ("signed", [])
    assert body["signatures"][0] == {
        "party": "committee",
        "name": "周敏",
        "signed_on": today().isoformat(),
        "document": "",
        "current": True,
    }
    refused = browser.patch(f"{HANDOVERS}{handover.pk}/", {"document": "YJ-9"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "handover_signed")


def test_a_signature_below_earlier_lists_is_told_as_such(cast, community_worker):
    at_stage(cast.home)
    handover = complete(a_handover(cast.home, community_worker), community_worker)
    sign(handover, "manager", community_worker)
    an_asset(handover, community_worker, name="路灯")

    body = signed_in(community_worker).get(f"{HANDOVERS}{handover.pk}/").json()

    assert [(one["party"], one["current"]) for one in body["signatures"]] == [("manager", False)]
    assert body["still_to_sign"] == ["committee", "manager", "community"]


def test_who_sees_personal_fields_masked_sees_who_signed_masked(cast, community_worker, administrator):
    handover = a_signed_handover(cast.home, community_worker)

    masked = signed_in(administrator).get(f"{HANDOVERS}{handover.pk}/").json()
    named = signed_in(community_worker).get(f"{HANDOVERS}{handover.pk}/").json()
    in_grid = of_role(Role.GRID_WORKER, cast).get(f"{HANDOVERS}{handover.pk}/").json()

    assert [one["name"] for one in masked["signatures"]] == ["周**", "赵**", "钱**"]
    assert [one["name"] for one in named["signatures"]] == ["周敏", "赵经理", "钱社工"]
    assert in_grid["signatures"] == named["signatures"]


def test_refusals_name_what_is_missing(cast, community_worker):
    at_stage(cast.home)
    handover = a_handover(cast.home, community_worker)
    an_asset(handover, community_worker)
    signing = {"party": "manager", "name": "赵经理", "signed_on": today().isoformat()}
    browser = signed_in(community_worker)

    answer = browser.post(f"{HANDOVERS}{handover.pk}/sign/", signing, format="json")
    second = browser.post(
        HANDOVERS,
        {"neighbourhood": cast.home.pk, "management": handover.management_id, "handover_on": later().isoformat()},
        format="json",
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "handover_incomplete")
    assert answer.json()["missing"] == HandoverKind.values
    assert (second.status_code, second.json()["code"]) == (409, "handover_in_preparation")


def test_a_stale_version_is_not_changed_nor_signed(cast, community_worker):
    at_stage(cast.home)
    handover = complete(a_handover(cast.home, community_worker), community_worker)
    browser = signed_in(community_worker)
    tag = browser.get(f"{HANDOVERS}{handover.pk}/")["ETag"]
    an_asset(handover, community_worker)
    signing = {"party": "manager", "name": "赵经理", "signed_on": today().isoformat()}

    changed = browser.patch(f"{HANDOVERS}{handover.pk}/", {"document": "Y"}, format="json", HTTP_IF_MATCH=tag)
    signed = browser.post(f"{HANDOVERS}{handover.pk}/sign/", signing, format="json", HTTP_IF_MATCH=tag)

    assert (changed.status_code, signed.status_code) == (412, 412)
    tag = browser.get(f"{HANDOVERS}{handover.pk}/")["ETag"]
    assert browser.get(f"{HANDOVERS}{handover.pk}/", HTTP_IF_NONE_MATCH=tag).status_code == 304
    assert browser.post(f"{HANDOVERS}{handover.pk}/sign/", signing, format="json", HTTP_IF_MATCH=tag).status_code == 200


def test_the_tag_changes_with_what_the_answer_shows(cast, community_worker):
    handover = a_signed_handover(cast.home, community_worker)
    browser = signed_in(community_worker)
    tags = [browser.get(f"{HANDOVERS}{handover.pk}/")["ETag"]]

    sign(handover, "builder", community_worker)
    tags.append(browser.get(f"{HANDOVERS}{handover.pk}/")["ETag"])
    a_defect(cast.home)
    tags.append(browser.get(f"{HANDOVERS}{handover.pk}/")["ETag"])

    assert len(set(tags)) == 3


# --- Who may ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", READERS)
def test_whoever_reads_bodies_reads_it(cast, community_worker, role):
    handover = handed_over(cast.home, community_worker, today())
    asset, service = handover.assets.get(), a_withdrawal(cast.home, community_worker)
    browser = of_role(role, cast)

    for address in (f"{HANDOVERS}{handover.pk}/", f"{ASSETS}{asset.pk}/", f"{SERVICES}{service.pk}/"):
        assert browser.get(address).status_code == 200


@pytest.mark.parametrize("role", MAY_NOT_WRITE)
def test_who_only_reads_is_told_no(cast, community_worker, role):
    handover = handed_over(cast.home, community_worker, today())
    service = a_withdrawal(cast.home, community_worker)
    browser = of_role(role, cast)
    management = handover.management_id

    for method, address, sent in (
        (
            "post",
            HANDOVERS,
            {"neighbourhood": cast.home.pk, "management": management, "handover_on": later().isoformat()},
        ),
        ("patch", f"{HANDOVERS}{handover.pk}/", {"document": "Y"}),
        (
            "post",
            f"{HANDOVERS}{handover.pk}/sign/",
            {"party": "builder", "name": "孙", "signed_on": today().isoformat()},
        ),
        (
            "post",
            ASSETS,
            {"handover": handover.pk, "name": "门", "kind": "other", "quantity": "1", "unit": "扇"},
        ),
        ("patch", f"{ASSETS}{handover.assets.get().pk}/", {"name": "门"}),
        ("delete", f"{ASSETS}{handover.assets.get().pk}/", None),
        ("post", f"{SERVICES}{service.pk}/readiness/", {"fee_covers_it": True}),
        ("post", f"{SERVICES}{service.pk}/postpone/", {"ends_on": later(90).isoformat(), "reason": "r"}),
        ("post", f"{SERVICES}{service.pk}/withdraw/", {}),
    ):
        assert getattr(browser, method)(address, sent, format="json").status_code == 403


def test_what_lies_elsewhere_does_not_exist(cast, community_worker):
    handover = handed_over(cast.home, community_worker, today())
    service = a_withdrawal(cast.home, community_worker)
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, ELSEWHERE))

    for address in (
        f"{HANDOVERS}{handover.pk}/",
        f"{ASSETS}{handover.assets.get().pk}/",
        f"{SERVICES}{service.pk}/",
    ):
        assert stranger.get(address).status_code == 404
        assert stranger.patch(address, {}, format="json").status_code in (404, 405)
    for address in (HANDOVERS, ASSETS, SERVICES):
        assert stranger.get(address).json()["results"] == []
    assert stranger.post(f"{HANDOVERS}{handover.pk}/sign/", {}, format="json").status_code == 404


def test_a_client_needs_the_scope_of_governance(cast, community_worker):
    handover = a_handover(cast.home, community_worker)

    assert system("governance:read").get(f"{HANDOVERS}{handover.pk}/").status_code == 200
    assert system("plans:write").get(f"{HANDOVERS}{handover.pk}/").status_code in (403, 404)
    refused = system("governance:read").patch(f"{HANDOVERS}{handover.pk}/", {"document": "Y"}, format="json")
    taken = system("governance:write").patch(f"{HANDOVERS}{handover.pk}/", {"document": "Y"}, format="json")
    assert (refused.status_code, taken.status_code) == (403, 200)


# --- Assets ----------------------------------------------------------------------------------------


def test_an_asset_is_put_on_the_list_changed_and_taken_off(cast, community_worker):
    handover = a_handover(cast.home, community_worker)
    browser = signed_in(community_worker)
    sent = {"handover": handover.pk, "name": "水泵", "kind": "equipment", "quantity": "2", "unit": "台"}

    made = browser.post(ASSETS, sent, format="json")

    assert made.status_code == 201
    body = made.json()
    assert {name: body[name] for name in body if name not in ("id", "created_at", "updated_at")} == {
        **sent,
        "quantity": "2.00",
        "neighbourhood": cast.home.pk,
        "place": "",
        "state": "good",
        "taken_by": "",
    }
    address = f"{ASSETS}{body['id']}/"
    changed = browser.patch(address, {"state": "worn", "taken_by": "宜昌水务"}, format="json")
    assert (changed.json()["state"], changed.json()["taken_by"]) == ("worn", "宜昌水务")
    assert browser.delete(address).status_code == 204
    assert not Asset.objects.exists()


def test_the_assets_of_a_signed_handover_stay(cast, community_worker):
    handover = a_signed_handover(cast.home, community_worker)
    asset = handover.assets.get()
    browser = signed_in(community_worker)
    sent = {"handover": handover.pk, "name": "门", "kind": "other", "quantity": "1", "unit": "扇"}

    for answer in (
        browser.post(ASSETS, sent, format="json"),
        browser.patch(f"{ASSETS}{asset.pk}/", {"name": "门"}, format="json"),
        browser.delete(f"{ASSETS}{asset.pk}/"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "handover_signed")


def test_assets_are_filtered(cast, community_worker):
    handover = a_handover(cast.home, community_worker)
    pump = an_asset(handover, community_worker, kind="equipment")
    lamp = an_asset(handover, community_worker, kind="outdoors", state="broken")
    browser = signed_in(community_worker)

    def found(query: str) -> list[int]:
        return [row["id"] for row in browser.get(f"{ASSETS}?{query}").json()["results"]]

    assert found(f"handover={handover.pk}") == [pump.pk, lamp.pk]
    assert found("kind=outdoors") == [lamp.pk]
    assert found("state=broken") == [lamp.pk]
    assert found(f"neighbourhood={cast.next_door.pk}") == []
    assert browser.get(f"{ASSETS}?colour=red").status_code == 400


# --- Services that end -----------------------------------------------------------------------------


def test_the_end_of_a_service_is_planned_answered_and_put_off(cast, community_worker):
    handed_over(cast.home, community_worker, today())
    browser = signed_in(community_worker)
    sent = {
        "neighbourhood": cast.home.pk,
        "service": "cleaning",
        "ends_on": later(60).isoformat(),
        "document": "撤-1",
        "readiness": {"taken_over_by": "宜居物业"},
    }

    made = browser.post(SERVICES, sent, format="json")

    assert made.status_code == 201
    body = made.json()
    assert {name: body[name] for name in body if name not in ("id", "created_at", "updated_at")} == {
        **sent,
        "state": "planned",
        "readiness": {"taken_over_by": "宜居物业", "fee_covers_it": None, "residents_told_on": None},
        "unmet": ["fee_covers_it", "residents_told_on"],
        "reason": "",
    }
    address = f"{SERVICES}{body['id']}/"
    checked = browser.post(
        f"{address}readiness/", {"fee_covers_it": True, "residents_told_on": today().isoformat()}, format="json"
    )
    assert checked.json()["unmet"] == []
    put_off = browser.post(
        f"{address}postpone/", {"ends_on": later(90).isoformat(), "reason": "物业尚未进场"}, format="json"
    )
    assert (put_off.json()["state"], put_off.json()["ends_on"]) == ("postponed", later(90).isoformat())
    early = browser.post(f"{address}withdraw/", {}, format="json")
    assert (early.status_code, early.json()["code"], early.json()["ends_on"]) == (
        409,
        "day_not_come",
        later(90).isoformat(),
    )


def test_a_service_ends_on_its_day_and_not_while_a_point_is_open(cast, community_worker):
    handed_over(cast.home, community_worker, today() - timedelta(days=90))
    made = a_withdrawal(cast.home, community_worker, today() - timedelta(days=1))
    browser = signed_in(community_worker)

    refused = browser.post(f"{SERVICES}{made.pk}/withdraw/", {}, format="json")

    assert (refused.status_code, refused.json()["code"]) == (409, "not_ready")
    assert refused.json()["unmet"] == ["taken_over_by", "fee_covers_it", "residents_told_on"]
    told_on = today() - timedelta(days=30)
    answers = {"taken_over_by": "宜居物业", "fee_covers_it": True, "residents_told_on": told_on}
    answer_readiness(withdrawal=made, answers=answers, by=community_worker)
    assert browser.post(f"{SERVICES}{made.pk}/withdraw/", {}, format="json").json()["state"] == "withdrawn"
    again = browser.post(f"{SERVICES}{made.pk}/withdraw/", {}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "service_withdrawn")


def test_before_handover_nothing_ends(cast, community_worker):
    sent = {
        "neighbourhood": cast.home.pk,
        "service": "cleaning",
        "ends_on": later(60).isoformat(),
        "document": "撤-1",
    }

    answer = signed_in(community_worker).post(SERVICES, sent, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_handed_over")
    assert not ServiceWithdrawal.objects.exists()


def test_services_are_listed_by_the_day_on_which_they_end(cast, community_worker):
    handed_over(cast.home, community_worker, today())
    late = a_withdrawal(cast.home, community_worker, later(90), service="greening")
    soon = a_withdrawal(cast.home, community_worker, later(40), service="cleaning")
    browser = signed_in(community_worker)

    def found(query: str) -> list[int]:
        return [row["id"] for row in browser.get(f"{SERVICES}?{query}").json()["results"]]

    assert found("ordering=ends_on") == [soon.pk, late.pk]
    assert found(f"ends_before={later(50).isoformat()}") == [soon.pk]
    assert found("service=greening") == [late.pk]
    assert found("state=withdrawn") == []
    assert found(f"division={HERE[:6]}") == [late.pk, soon.pk]


# --- Lists -----------------------------------------------------------------------------------------


def test_lists_spend_the_same_queries_for_one_row_and_for_three(cast, community_worker, django_assert_num_queries):
    browser = signed_in(community_worker)
    first = handed_over(cast.home, community_worker, today())
    a_withdrawal(cast.home, community_worker)
    # Session, caller and roles, then the rows; of handovers their things and signatures too.
    spent = {HANDOVERS: 7, ASSETS: 5, SERVICES: 5}
    for address in spent:
        browser.get(address)
    for address, queries in spent.items():
        with django_assert_num_queries(queries):
            assert len(browser.get(address).json()["results"]) == 1

    for _turn in range(2):
        at_stage(cast.home)
        more = complete(a_handover(cast.home, community_worker, management=first.management), community_worker)
        for party in ("committee", "manager", "community"):
            sign(more, party, community_worker)
    at_stage(cast.home, "handed_over")
    for service in ("greening", "security"):
        a_withdrawal(cast.home, community_worker, service=service)

    for address, queries in spent.items():
        with django_assert_num_queries(queries):
            assert len(browser.get(address).json()["results"]) == 3
