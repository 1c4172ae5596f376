"""Who may move, record and confirm; bad input at its place; and the cost of asking."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from renovation.models import Evidence, Neighbourhood
from tests.api.helpers import API, signed_in, system
from tests.api.lifecycle_story import Life
from tests.consent.casts import make_policy
from tests.factories import COMMUNITY, make_menu_edition, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def life() -> Life:
    return Life()


STEPS = [
    ("registered", "assessed", "community"),
    ("assessed", "mobilising", "community"),
    ("mobilising", "organised", "community"),
    ("consented", "ready", "community"),
    ("ready", "applied", "district"),
    ("applied", "planned", "city"),
    ("planned", "designed", "district"),
    ("designed", "under_works", "district"),
    ("designed", "withdrawn", "district"),
    ("under_works", "suspended", "district"),
    ("under_works", "works_done", "district"),
    ("works_done", "accepted", "district"),
    ("accepted", "evaluated", "community"),
    ("evaluated", "handed_over", "community"),
]


@pytest.mark.parametrize(("at", "to", "mover"), STEPS)
def test_a_step_is_its_movers_alone(life, at, to, mover):
    """Others see it and may not: 403; for the mover it goes on to reasons and guards: 409, or it is taken."""
    Neighbourhood.objects.filter(pk=life.home.pk).update(stage=at)
    others = {who: signed_in(make_user(who, COMMUNITY, username=who)) for who in (Role.AUDITOR, Role.ADMIN)}

    for who, client in {**life.clients, **others}.items():
        answer = client.post(f"{life.address}/transitions/", {"to": to}, format="json")
        allowed = who == mover or (who, mover) == ("second", "district")
        assert answer.status_code == (409 if allowed else 403), (who, answer.content)
        told = client.get(f"{life.address}/transitions/").json()["results"]
        assert {step["to"]: step["may_move"] for step in told}[to] is allowed


def test_where_a_neighbourhood_is_not_seen_nothing_of_its_life_is_there(life):
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, "420503001001"))
    for path in ("transitions", "evidence", "overrides", "history"):
        assert life.clients["community"].get(f"{life.address}/{path}/").status_code == 200
        assert stranger.get(f"{life.address}/{path}/").status_code == 404
        if path != "history":
            assert stranger.post(f"{life.address}/{path}/", {"to": "assessed"}, format="json").status_code == 404
    body = {"neighbourhood": life.home.pk, "number": 1, "evidence": "x", "document": "x", "dated_on": "2026-01-01"}
    refused = stranger.post(f"{API}/preconditions/", body, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/neighbourhood")


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        ("assessment_confirmed", "district"),
        ("precondition_4_district", "district"),
        ("precondition_4", "committee"),
        ("precondition_1", "community"),
    ],
)
def test_evidence_is_recorded_and_revoked_by_whose_act_it_is(life, kind, who):
    facts = {} if kind == "assessment_confirmed" else {"evidence": "签名页"}
    body = {"kind": kind, "facts": facts, "document": "x", "dated_on": life.day(0)}

    for other in ("community", "district", "city", "committee"):
        if other != who:
            assert life.clients[other].post(f"{life.address}/evidence/", body, format="json").status_code == 403
            assert life.revoke(other, kind).status_code == 403
    made = life.record(who, kind, facts)
    nothing = life.revoke(who, kind, reason=" ")
    revoked = life.revoke(who, kind, reason="误录")
    again = life.revoke(who, kind)

    assert (made["is_current"], made["by"]) == (True, f"life-{who}")
    assert nothing.json()["code"] == "reason_needed"
    assert (revoked.status_code, revoked.json()["revoked"], revoked.json()["reason"]) == (201, True, "误录")
    assert again.json()["code"] == "nothing_to_revoke"
    rows = life.clients["city"].get(f"{life.address}/evidence/").json()["results"]
    assert [(row["revoked"], row["is_current"]) for row in rows] == [(False, False), (True, False)]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"kind": "support_rate"}, {"/kind"}),
        ({"kind": "x"}, {"/kind"}),
        ({"document": ""}, {"/document"}),
        ({"document": None, "dated_on": None}, {"/document", "/dated_on"}),
        ({"dated_on": "2999-01-01"}, {"/dated_on"}),
        ({"facts": []}, {"/facts"}),
        ({"facts": {"needed": "x", "more": 1}}, {"/facts/needed", "/facts/passed", "/facts/more"}),
        ({"facts": {"needed": 1, "passed": 2}}, {"/facts/passed"}),
    ],
)
def test_what_cannot_be_read_is_named_at_its_place(life, change, pointers):
    body = {"kind": "votes", "facts": {"needed": 1, "passed": 1}, "document": "x", "dated_on": life.day(0), **change}

    answer = life.clients["community"].post(f"{life.address}/evidence/", body, format="json")

    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} == pointers
    assert all(error["detail"] for error in answer.json()["errors"])
    assert not Evidence.objects.exists()


def test_the_five_preconditions_one_by_one_with_who_and_what(life):
    life.confirm_all()
    life.clients["committee"].post(
        f"{API}/preconditions/",
        {"neighbourhood": life.home.pk, "number": 5, "revoked": True, "reason": "物业公司退出"},
        format="json",
    )

    everything = life.clients["city"].get(f"{API}/preconditions/?neighbourhood={life.home.pk}&count=true")
    standing = life.clients["city"].get(f"{API}/preconditions/?current=true&neighbourhood={life.home.pk}").json()
    fourth = life.clients["city"].get(f"{API}/preconditions/?number=4").json()["results"]

    assert everything.json()["count"] == 7
    assert sorted((row["number"], row["party"]) for row in standing["results"]) == [
        (1, "community"),
        (2, "community"),
        (3, "community"),
        (4, "committee"),
        (4, "district"),
    ]
    assert [(row["party"], row["by"]) for row in fourth] == [
        ("committee", "life-committee"),
        ("district", "life-district"),
    ]
    third = next(row for row in standing["results"] if row["number"] == 3)
    assert (third["evidence"], third["urban_management"], third["document"]) == (
        "签名页与会议纪要",
        "城管〔2026〕3号",
        "前置〔3〕号",
    )
    one = life.clients["city"].get(f"{API}/preconditions/{third['id']}/")
    assert (one.status_code, one.json()) == (200, third)


@pytest.mark.parametrize(
    ("who", "number", "status"),
    [
        ("community", 1, 201),
        ("community", 4, 403),
        ("community", 5, 403),
        ("committee", 1, 403),
        ("committee", 4, 201),
        ("district", 4, 201),
        ("district", 5, 403),
        ("city", 4, 403),
    ],
)
def test_a_precondition_is_confirmed_by_whom_policy_says(life, who, number, status):
    body = {"neighbourhood": life.home.pk, "number": number, "evidence": "x", "document": "x", "dated_on": life.day(0)}

    assert life.clients[who].post(f"{API}/preconditions/", body, format="json").status_code == status


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"number": 6}, {"/number"}),
        ({"number": 1, "party": "district"}, {"/party"}),
        ({"number": 3}, {"/urban_management"}),
        ({"number": 1, "evidence": None}, {"/evidence"}),
        ({"number": 1, "dated_on": "2999-01-01"}, {"/dated_on"}),
    ],
)
def test_what_is_wrong_with_a_confirmation_is_named(life, change, pointers):
    body = {"neighbourhood": life.home.pk, "evidence": "x", "document": "x", "dated_on": life.day(0), **change}
    body = {name: value for name, value in body.items() if value is not None}

    answer = life.clients["community"].post(f"{API}/preconditions/", body, format="json")

    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} == pointers


def test_a_system_with_the_scope_moves_and_confirms_but_overrides_nothing(life):
    integrator = system("plans:write")
    reader = system("plans:read", "registry:read")
    body = {"neighbourhood": life.home.pk, "number": 4, "party": "district", "evidence": "x", "document": "x"}
    body["dated_on"] = life.day(0)

    assert integrator.post(f"{API}/preconditions/", body, format="json").status_code == 201
    assert reader.post(f"{API}/preconditions/", body, format="json").status_code == 403
    move = {"to": "withdrawn", "reason": "列入征收"}
    assert reader.post(f"{life.address}/transitions/", move, format="json").status_code == 403
    asked = {"to": "assessed", "guard": "buildings", "reason": "x", "document": "x"}
    assert integrator.post(f"{life.address}/overrides/", asked, format="json").status_code == 403
    pushed = {"kind": "survey_result", "document": "x", "dated_on": life.day(0)}
    assert integrator.post(f"{life.address}/evidence/", pushed, format="json").status_code == 400
    assert integrator.post(f"{life.address}/transitions/", {"to": "long_term"}, format="json").status_code == 403
    assert integrator.post(f"{life.address}/transitions/", move, format="json").status_code == 200


def test_a_property_clerk_is_not_told_how_the_rate_has_moved(life):
    make_policy()
    make_menu_edition()
    life.design()
    clerk = signed_in(make_user(Role.PROPERTY_CLERK, life.home.code))

    def gate(client):
        step = client.get(f"{life.address}/transitions/").json()["results"][0]
        return next(guard for guard in step["guards"] if guard["code"] == "support_rate")

    assert gate(life.clients["community"])["figures"]["supports"] == 10
    assert (gate(clerk)["figures"], gate(clerk)["detail"]) == ({}, "")


def test_asking_costs_the_same_with_much_evidence_and_overrides(life):
    life.record("community", "precondition_1", {"evidence": "x"})
    client = life.clients["community"]
    addresses = [f"{life.address}/{path}/" for path in ("transitions", "evidence", "overrides", "history")]
    addresses.append(f"{API}/preconditions/?neighbourhood={life.home.pk}")
    before = [queries_of(client, address) for address in addresses]
    for kind in ("precondition_1", "precondition_2", "precondition_2"):
        life.record("community", kind, {"evidence": "x"})
    life.doors()
    life.revoke("community", "precondition_1")
    for guard in ("tenure_mix", "built_year_known", "must_do_findings"):
        body = {"to": "assessed", "guard": guard, "reason": "x", "document": "x"}
        life.clients["district"].post(f"{life.address}/overrides/", body, format="json")

    after = [queries_of(client, address) for address in addresses]

    assert after == before
    assert max(after) <= 14


def queries_of(client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)
