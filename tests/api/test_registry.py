"""The registry: who sees and edits what, and what is masked."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.choices import Role
from accounts.models import Change, HistoryEntry, IdempotencyKey, User
from renovation.choices import OwnerKind, Stage
from renovation.models import Building, Household, Neighbourhood, Owner, StageChange, Stairwell
from renovation.services.lifecycle import add_evidence, move_stage, set_round_open
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, HERE, THERE, Cast
from tests.factories import (
    make_building,
    make_division,
    make_household,
    make_menu_edition,
    make_owner,
    make_ownership,
    make_parking_space,
    make_stairwell,
    make_user,
)


def ids(response: Any) -> set[int]:
    assert response.status_code == 200, response.content
    return {row["id"] for row in response.json()["results"]}


# --- Neighbourhoods --------------------------------------------------------------------------------


def test_registering_gives_the_next_code_and_the_first_stage(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)

    response = client.post(
        f"{API}/neighbourhoods/", {"name": "四合院小区", "division": HERE, "built_year": 1998}, format="json"
    )

    assert response.status_code == 201
    shown = response.json()
    assert shown["code"] == f"{HERE}-002"
    assert (shown["stage"], shown["division"], shown["built_year"]) == ("registered", HERE, 1998)
    assert (shown["building_count"], shown["household_count"], shown["floor_area"]) == (0, 0, "0.00")
    change = StageChange.objects.get(neighbourhood=shown["id"])
    assert (change.from_stage, change.to_stage, change.by) == ("", "registered", community_worker)
    assert Change.objects.get(resource="neighbourhoods").action == "created"
    assert shown["created_at"].endswith("+08:00")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"name": "", "division": HERE}, "/name", "blank"),
        ({"division": HERE}, "/name", "required"),
        ({"name": "x", "division": "999999999999"}, "/division", "does_not_exist"),
        ({"name": "x", "division": ELSEWHERE}, "/division", "does_not_exist"),
        ({"name": "x", "division": HERE[:6]}, "/division", "not_a_community"),
        ({"name": "x", "division": HERE, "built_year": 12}, "/built_year", "min_value"),
        ({"name": "x", "division": HERE, "built_year": 10**15}, "/built_year", "max_value"),
        ({"name": "x", "division": HERE, "longitude": "111.2864"}, "/latitude", "required"),
        ({"name": "x", "division": HERE, "latitude": "30.6919"}, "/longitude", "required"),
        ({"name": "x", "division": HERE, "longitude": "180.000001", "latitude": "30"}, "/longitude", "max_value"),
        ({"name": "x", "division": HERE, "longitude": "30.69", "latitude": "111.28"}, "/latitude", "max_value"),
        ({"name": "x", "division": HERE, "longitude": "111", "latitude": "-90.1"}, "/latitude", "min_value"),
        (
            {"name": "x", "division": HERE, "longitude": "11.1234567", "latitude": "30"},
            "/longitude",
            "max_decimal_places",
        ),
        ({"name": "x", "division": HERE, "longitude": "NaN", "latitude": "30"}, "/longitude", "invalid"),
    ],
)
def test_registering_refuses_at_the_place(
    cast: Cast, community_worker: User, body: dict[str, Any], pointer: str, code: str
) -> None:
    make_division(ELSEWHERE)
    response = signed_in(community_worker).post(f"{API}/neighbourhoods/", body, format="json")

    assert response.status_code == 400
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [(pointer, code)]
    assert Neighbourhood.objects.count() == 2


def test_coordinates_come_and_go_together_and_their_changes_are_in_the_history(
    cast: Cast, community_worker: User
) -> None:
    client, url = signed_in(community_worker), f"{API}/neighbourhoods/{cast.home.pk}/"

    given = client.patch(url, {"longitude": "111.2864", "latitude": 30.6919}, format="json")
    moved = client.patch(url, {"latitude": "30.692"}, format="json")
    halved = client.patch(url, {"longitude": None}, format="json")
    gone = client.patch(url, {"longitude": None, "latitude": None}, format="json")

    assert (given.json()["longitude"], given.json()["latitude"]) == ("111.286400", "30.691900")
    assert (moved.json()["longitude"], moved.json()["latitude"]) == ("111.286400", "30.692000")
    assert [(error["pointer"], error["code"]) for error in halved.json()["errors"]] == [("/longitude", "required")]
    assert (gone.json()["longitude"], gone.json()["latitude"]) == (None, None)
    changed = HistoryEntry.objects.filter(resource="neighbourhoods", act="changed").order_by("pk")
    assert [entry.details["changed"] for entry in changed] == [
        {"latitude": [None, "30.691900"], "longitude": [None, "111.286400"]},
        {"latitude": ["30.691900", "30.692000"]},
        {"latitude": ["30.692000", None], "longitude": ["111.286400", None]},
    ]


@pytest.mark.parametrize(
    "fields",
    [{"longitude": 111}, {"latitude": 30}, {"longitude": 181, "latitude": 30}, {"longitude": 111, "latitude": 91}],
)
def test_no_half_of_coordinates_and_none_off_the_globe_is_kept(cast: Cast, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="coordinates_both_or_neither"), transaction.atomic():
        Neighbourhood.objects.filter(pk=cast.home.pk).update(**fields)


def test_only_who_keeps_the_registry_registers(cast: Cast, grid_worker: User, city_official: User) -> None:
    for user in (grid_worker, city_official):
        response = signed_in(user).post(f"{API}/neighbourhoods/", {"name": "x", "division": HERE}, format="json")
        assert response.status_code == 403
    body = {"name": "x", "division": HERE}
    assert system("registry:write", territory=HERE).post(f"{API}/neighbourhoods/", body).status_code == 201


def test_neighbourhoods_are_filtered(cast: Cast, city_official: User) -> None:
    client = signed_in(city_official)
    Neighbourhood.objects.filter(pk=cast.home.pk).update(built_year=1998, stage=Stage.ASSESSED)

    assert ids(client.get(f"{API}/neighbourhoods/")) == {cast.home.pk, cast.next_door.pk}
    for query in (f"division={HERE}", "stage=assessed", "built_before=1999", "search=嘉明", "search=明 花"):
        assert ids(client.get(f"{API}/neighbourhoods/?{query}")) == {cast.home.pk}, query
    for query in ("division=420503", "stage=ready", "built_before=1998", "search=%25"):
        assert ids(client.get(f"{API}/neighbourhoods/?{query}")) == set(), query


def test_a_neighbourhood_shows_its_size_without_retired_doors(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)
    Household.objects.filter(pk=cast.doors[0].pk).update(retired_at="2026-01-01T00:00Z")

    shown = client.get(f"{API}/neighbourhoods/{cast.home.pk}/").json()

    assert (shown["building_count"], shown["household_count"], shown["floor_area"]) == (2, 3, "259.50")


def test_its_history_has_stage_changes_and_evidence_in_order(cast: Cast, community_worker: User) -> None:
    move_stage(neighbourhood=cast.home, to=Stage.ASSESSED, by=community_worker, figures={"doors": 4})
    add_evidence(neighbourhood=cast.home, kind="survey_result", facts={"supports": 3}, by=None)
    url = f"{API}/neighbourhoods/{cast.home.pk}/history/"

    rows = signed_in(community_worker).get(url).json()["results"]

    assert [(row["kind"], row["to_stage"], row["evidence"]) for row in rows] == [
        ("stage_change", "assessed", None),
        ("evidence", None, "survey_result"),
    ]
    assert (rows[0]["by"], rows[0]["figures"]) == ("community", {"doors": 4})
    page = signed_in(community_worker).get(f"{url}?page_size=1&count=true").json()
    assert page["count"] == 2
    following = signed_in(community_worker).get(page["next"]).json()
    assert (following["results"], following["next"]) == ([rows[1]], None)
    assert signed_in(community_worker).get(following["previous"]).json()["results"] == [rows[0]]
    assert system("plans:read").get(url).status_code == 200
    assert system("registry:read").get(url).status_code == 403
    assert system("plans:read", territory=THERE).get(url).status_code == 404


# --- Masking ---------------------------------------------------------------------------------------

MASKED = {"head_name": "周**", "phones": ["138****2071"], "remarks": "", "masked": True}
OPEN = {"head_name": "周敏", "phones": ["13812342071"], "remarks": "", "masked": False}


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        ("community_worker", OPEN),
        ("grid_worker", OPEN),
        ("committee_member", MASKED),
        ("party_secretary", MASKED),
        ("property_clerk", MASKED),
        ("district_official", MASKED),
        ("city_official", MASKED),
        ("auditor", MASKED),
        ("administrator", MASKED),
    ],
)
def test_personal_fields_are_masked_by_role(
    cast: Cast, request: pytest.FixtureRequest, who: str, shown: dict[str, Any]
) -> None:
    client = signed_in(request.getfixturevalue(who))

    one = client.get(f"{API}/households/{cast.doors[0].pk}/").json()
    many = client.get(f"{API}/households/?building={cast.doors[0].building_id}").json()["results"]

    assert {name: one[name] for name in shown} == shown
    assert one in many


def test_a_grid_worker_sees_the_own_grid_and_no_other(cast: Cast, grid_worker: User) -> None:
    client = signed_in(grid_worker)

    assert ids(client.get(f"{API}/households/")) == {door.pk for door in cast.doors[:2]}
    assert client.get(f"{API}/households/{cast.doors[2].pk}/").status_code == 404
    assert len(ids(client.get(f"{API}/buildings/"))) == 1
    assert len(ids(client.get(f"{API}/stairwells/"))) == 1


def test_only_who_sees_a_name_finds_by_it(cast: Cast, community_worker: User, auditor: User) -> None:
    assert len(ids(signed_in(community_worker).get(f"{API}/households/?search=周敏"))) == 4
    assert ids(signed_in(auditor).get(f"{API}/households/?search=周敏")) == set()
    assert len(ids(signed_in(auditor).get(f"{API}/households/?search=101"))) == 3


def test_a_person_who_owns_is_masked_and_a_company_is_not(cast: Cast, community_worker: User, auditor: User) -> None:
    make_owner(neighbourhood=cast.home, name="王芳", phones=["13700000001"])
    make_owner(neighbourhood=cast.home, name="三峡物业公司", kind=OwnerKind.COMPANY)

    masked = signed_in(auditor).get(f"{API}/owners/").json()["results"]
    shown = signed_in(community_worker).get(f"{API}/owners/").json()["results"]

    assert [(row["name"], row["phones"]) for row in masked] == [("王**", ["137****0001"]), ("三峡物业公司", [])]
    assert [(row["name"], row["phones"]) for row in shown] == [("王芳", ["13700000001"]), ("三峡物业公司", [])]
    assert signed_in(auditor).get(f"{API}/owners/?search=王").status_code == 400


def test_a_grid_worker_does_not_see_the_phones_of_owners_who_may_live_in_another_grid(
    cast: Cast, grid_worker: User
) -> None:
    make_owner(neighbourhood=cast.home, name="王芳")

    assert signed_in(grid_worker).get(f"{API}/owners/").json()["results"][0]["name"] == "王**"


def test_an_official_reveals_on_a_reason_which_is_logged(cast: Cast, district_official: User) -> None:
    client, url = signed_in(district_official), f"{API}/households/{cast.doors[0].pk}/reveal/"
    assert client.post(url, {}).status_code == 400
    assert client.post(url, {"reason": "  "}).status_code == 400
    assert HistoryEntry.objects.count() == 0

    response = client.post(url, {"reason": "信访件 2026-18"})

    assert response.status_code == 200
    assert response.json() == {"head_name": "周敏", "phones": ["13812342071"], "remarks": ""}
    entry = HistoryEntry.objects.get()
    assert (entry.act, entry.by, entry.object_id) == ("revealed", district_official, cast.doors[0].pk)
    assert entry.details == {"reason": "信访件 2026-18"}
    assert not Change.objects.exists()


def test_a_reveal_that_is_repeated_is_allowed_and_logged_anew(cast: Cast, district_official: User) -> None:
    client, url = signed_in(district_official), f"{API}/households/{cast.doors[0].pk}/reveal/"

    def reveal() -> int:
        return client.post(url, {"reason": "信访件 2026-18"}, HTTP_IDEMPOTENCY_KEY="k1").status_code

    assert [reveal(), reveal()] == [200, 200]
    assert HistoryEntry.objects.filter(act="revealed").count() == 2
    district_official.assignments.all().update(ends_on=timezone.localdate() - timedelta(days=1))

    assert reveal() == 404
    assert not IdempotencyKey.objects.exists()


def test_the_committee_reveals_only_while_a_round_is_open(cast: Cast, committee_member: User) -> None:
    client, url = signed_in(committee_member), f"{API}/households/{cast.doors[0].pk}/reveal/"
    Neighbourhood.objects.filter(pk=cast.home.pk).update(stage=Stage.CONSENTING)
    assert client.post(url, {"reason": "x"}).status_code == 403

    set_round_open(cast.home, True)
    assert client.post(url, {"reason": "x"}).status_code == 200

    set_round_open(cast.home, False)
    assert client.post(url, {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("who", ["party_secretary", "property_clerk", "auditor", "administrator"])
def test_others_never_reveal(cast: Cast, request: pytest.FixtureRequest, who: str) -> None:
    set_round_open(cast.home, True)
    client = signed_in(request.getfixturevalue(who))

    assert client.post(f"{API}/households/{cast.doors[0].pk}/reveal/", {"reason": "x"}).status_code == 403
    assert client.post(f"{API}/households/{cast.other_doors[0].pk}/reveal/", {"reason": "x"}).status_code in (403, 404)
    assert HistoryEntry.objects.count() == 0


# --- Edits -----------------------------------------------------------------------------------------


def body_of(resource: str, cast: Cast) -> dict[str, Any]:
    door = cast.doors[0]
    return {
        "buildings": {"neighbourhood": cast.home.pk, "number": "9", "grid": f"{HERE}001", "floor_count": 6},
        "stairwells": {"building": door.building_id, "number": "9"},
        "households": {"stairwell": door.stairwell_id, "unit_number": "999", "gross_floor_area": "86.5"},
        "owners": {"neighbourhood": cast.home.pk, "name": "王芳", "phones": ["13700000001"]},
        "ownerships": {"owner": make_owner(neighbourhood=cast.home).pk, "household": door.pk},
        "parking-spaces": {"neighbourhood": cast.home.pk, "number": "A1", "household": door.pk, "area": "12.00"},
    }[resource]


PATCHES: dict[str, dict[str, Any]] = {
    "buildings": {"floor_count": 7},
    "stairwells": {"number": "10"},
    "households": {"occupancy": "let"},
    "owners": {"kind": "company"},
    "ownerships": {"area_source": "register"},
    "parking-spaces": {"ownership": "planned"},
}


@pytest.mark.parametrize("resource", PATCHES)
def test_a_row_is_added_changed_and_removed_with_its_history(cast: Cast, community_worker: User, resource: str) -> None:
    client = signed_in(community_worker)

    made = client.post(f"{API}/{resource}/", body_of(resource, cast))
    assert made.status_code == 201, made.content
    url = f"{API}/{resource}/{made.json()['id']}/"
    changed = client.patch(url, PATCHES[resource])
    again = client.patch(url, PATCHES[resource])
    removed = client.delete(url)

    assert changed.json() == {**made.json(), **PATCHES[resource], "updated_at": changed.json()["updated_at"]}
    assert made["ETag"] != changed["ETag"]
    assert again["ETag"] == changed["ETag"]
    assert (removed.status_code, removed.content) == (204, b"")
    assert client.get(url).status_code == 404
    entries = HistoryEntry.objects.filter(resource=resource).order_by("id")
    assert [(entry.act, entry.by) for entry in entries] == [
        ("created", community_worker),
        ("changed", community_worker),
        ("removed", community_worker),
    ]
    assert entries[0].neighbourhood_code == cast.home.code
    changes = Change.objects.filter(resource=resource, object_id=made.json()["id"]).order_by("id")
    assert [change.action for change in changes] == ["created", "updated", "deleted"]
    assert changes[1].fields == list(PATCHES[resource])


@pytest.mark.parametrize("resource", PATCHES)
def test_readers_may_not_edit_and_outsiders_see_nothing_to_edit(
    cast: Cast, community_worker: User, auditor: User, outsider: User, resource: str
) -> None:
    body = body_of(resource, cast)
    made = signed_in(community_worker).post(f"{API}/{resource}/", body)
    url = f"{API}/{resource}/{made.json()['id']}/"

    for user, one, new in ((auditor, 403, 403), (outsider, 404, 400)):
        client = signed_in(user)
        assert client.patch(url, PATCHES[resource]).status_code == one
        assert client.delete(url).status_code == one
        assert client.post(f"{API}/{resource}/", body).status_code == new
    assert ids(signed_in(outsider).get(f"{API}/{resource}/")) == set()


def test_a_value_of_a_personal_field_stays_out_of_the_history(cast: Cast, community_worker: User) -> None:
    url = f"{API}/households/{cast.doors[0].pk}/"

    signed_in(community_worker).patch(url, {"head_name": "周宁", "floor": 3})

    entry = HistoryEntry.objects.get()
    assert entry.details == {"changed": {"floor": [1, 3]}, "withheld": ["head_name"]}
    assert Change.objects.get().fields == ["floor", "head_name"]


@pytest.mark.parametrize(
    ("resource", "patch"),
    [
        ("buildings", {"number": "2"}),
        ("households", {"unit_number": "201"}),
    ],
)
def test_a_number_given_twice_is_409(cast: Cast, community_worker: User, resource: str, patch: dict[str, Any]) -> None:
    thing = {"buildings": cast.doors[0].building_id, "households": cast.doors[0].pk}[resource]

    response = signed_in(community_worker).patch(f"{API}/{resource}/{thing}/", patch)

    assert (response.status_code, response.json()["code"]) == (409, "already_exists")


def test_a_household_that_something_refers_to_is_retired(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)
    make_ownership(household=cast.doors[0])
    url = f"{API}/households/{cast.doors[0].pk}/"

    assert client.delete(url).status_code == 204
    assert client.delete(url).status_code == 204

    assert client.get(url).json()["retired_at"] is not None
    assert cast.doors[0].pk not in ids(client.get(f"{API}/households/"))
    assert ids(client.get(f"{API}/households/?retired=true")) == {cast.doors[0].pk}
    assert len(ids(client.get(f"{API}/households/?retired=any"))) == 4
    assert list(HistoryEntry.objects.values_list("act", flat=True)) == ["retired"]


def test_a_building_with_doors_stays(cast: Cast, community_worker: User) -> None:
    response = signed_in(community_worker).delete(f"{API}/buildings/{cast.doors[0].building_id}/")

    assert (response.status_code, response.json()["code"]) == (409, "in_use")


def test_a_building_with_one_stairwell_or_none_needs_no_stairwell_named(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)
    building = make_building(neighbourhood=cast.home)

    first = client.post(f"{API}/households/", {"building": building.pk, "unit_number": "101"})
    second = client.post(f"{API}/households/", {"building": building.pk, "unit_number": "102"})
    make_stairwell(building=building)
    third = client.post(f"{API}/households/", {"building": building.pk, "unit_number": "103"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["stairwell"] == second.json()["stairwell"]
    assert Stairwell.objects.get(pk=first.json()["stairwell"]).number == "1"
    assert (third.status_code, third.json()["code"]) == (409, "not_one_stairwell")


@pytest.mark.parametrize(
    ("resource", "change", "pointer", "code"),
    [
        ("buildings", {"grid": "420502001002001"}, "/grid", "wrong_grid"),
        ("buildings", {"grid": "1"}, "/grid", "wrong_grid"),
        ("households", {"gross_floor_area": "0"}, "/gross_floor_area", "not_positive"),
        ("households", {"gross_floor_area": "NaN"}, "/gross_floor_area", "invalid"),
        ("households", {"gross_floor_area": "1e999"}, "/gross_floor_area", "max_digits"),
        ("households", {"building": "next"}, "/building", "incorrect_type"),
        ("parking-spaces", {"household": "there"}, "/household", "does_not_exist"),
        ("ownerships", {"starts_on": "2026-02-01", "ends_on": "2026-01-31"}, "/ends_on", "ends_before_it_starts"),
        ("ownerships", {"starts_on": "yesterday"}, "/starts_on", "invalid"),
        ("owners", {"phones": ["1"] * 11}, "/phones", "max_length"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(
    cast: Cast, community_worker: User, resource: str, change: dict[str, Any], pointer: str, code: str
) -> None:
    change = {name: cast.other_doors[0].pk if value == "there" else value for name, value in change.items()}

    response = signed_in(community_worker).post(f"{API}/{resource}/", {**body_of(resource, cast), **change})

    assert response.status_code == 400, response.content
    assert (pointer, code) in [(error["pointer"], error["code"]) for error in response.json()["errors"]]


def test_a_row_stays_where_it_is_and_owners_in_their_neighbourhood(cast: Cast) -> None:
    keeper = signed_in(make_user(Role.COMMUNITY_STAFF, HERE[:9]))
    door, other = cast.doors[0], cast.other_doors[0]

    moved = keeper.patch(f"{API}/households/{door.pk}/", {"stairwell": other.stairwell_id})
    owned = keeper.post(
        f"{API}/ownerships/", {"owner": make_owner(neighbourhood=cast.next_door).pk, "household": door.pk}
    )

    assert moved.json()["errors"][0]["code"] == "immutable"
    assert owned.json()["errors"][0]["code"] == "other_neighbourhood"
    same_building = make_stairwell(building=door.building)
    assert keeper.patch(f"{API}/households/{door.pk}/", {"stairwell": same_building.pk}).status_code == 200


def test_one_of_the_co_owners_is_the_voter(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)
    owners = [make_owner(neighbourhood=cast.home) for _number in range(2)]
    first, second = ({"owner": owner.pk, "household": cast.doors[0].pk} for owner in owners)

    assert client.post(f"{API}/ownerships/", first).status_code == 201
    assert client.post(f"{API}/ownerships/", second).status_code == 409
    assert client.post(f"{API}/ownerships/", {**second, "is_voter": False}).status_code == 201


@pytest.mark.parametrize(
    "resource", ["buildings", "stairwells", "households", "owners", "ownerships", "parking-spaces"]
)
def test_rows_are_filtered_by_neighbourhood(cast: Cast, resource: str) -> None:
    client = signed_in(make_user(Role.CITY_OFFICIAL, "4205"))
    for place in (cast.home, cast.next_door):
        make_ownership(household=make_household(neighbourhood=place))
        make_parking_space(neighbourhood=place)
    every = ids(client.get(f"{API}/{resource}/"))
    home = ids(client.get(f"{API}/{resource}/?neighbourhood={cast.home.pk}"))
    there = ids(client.get(f"{API}/{resource}/?neighbourhood={cast.next_door.pk}"))

    assert home
    assert there
    assert home | there == every
    assert not home & there


# --- Divisions and the menu ------------------------------------------------------------------------


def test_divisions_lead_down_to_the_callers_place(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)

    shown = client.get(f"{API}/divisions/").json()["results"]

    assert [row["code"] for row in shown] == ["4205", "420502", "420502001", HERE]
    assert [row["parent"] for row in shown] == [None, "4205", "420502", "420502001"]
    assert [row["code"] for row in client.get(f"{API}/divisions/?parent=4205").json()["results"]] == ["420502"]
    assert client.post(f"{API}/divisions/", {}).status_code == 405


def test_the_menu_is_the_edition_in_force(cast: Cast, property_clerk: User) -> None:
    make_menu_edition(("B01",), valid_from="2024-01-01")
    make_menu_edition(("B01", "B03"), valid_from="2025-01-01")
    make_menu_edition(("B09",), valid_from="2999-01-01")
    client = signed_in(property_clerk)

    rows = client.get(f"{API}/menu-items/").json()["results"]

    assert [row["code"] for row in rows] == ["B01", "B03"]
    assert rows[0]["mandatory"] is True
    assert {row["valid_from"] for row in rows} == {"2025-01-01"}
    assert [row["code"] for row in client.get(f"{API}/menu-items/?mandatory=false").json()["results"]] == ["B03"]
    one = client.get(f"{API}/menu-items/{rows[0]['id']}/")
    assert client.get(f"{API}/menu-items/{rows[0]['id']}/", HTTP_IF_NONE_MATCH=one["ETag"]).status_code == 304


def test_the_cast_has_something_to_hide(cast: Cast, outsider: User) -> None:
    everything = [Household, Building, Owner]
    make_owner(neighbourhood=cast.home)
    assert all(model.objects.exists() for model in everything)

    client: APIClient = signed_in(outsider)

    for resource in ("neighbourhoods", "households", "buildings", "owners"):
        assert ids(client.get(f"{API}/{resource}/")) == set()
