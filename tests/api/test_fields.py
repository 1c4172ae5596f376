"""`?fields=`: what is asked for and no more, on every route, and never more than without."""

from typing import Any

import pytest
from django.test import Client

from accounts.choices import Role
from accounts.models import User
from accounts.services.changes import number_changes
from renovation.models import Building
from tests.api.helpers import API, signed_in, system
from tests.cast import HERE, Cast
from tests.factories import give_role, make_building, make_owner, make_user
from tests.walk import Home, routes


@pytest.fixture
def keeper(home: Home) -> Client:
    for role in set(Role) - {Role.AUDITOR, Role.ADMIN, Role.COMMUNITY_STAFF}:
        give_role(home.keeper, role, HERE)
    return signed_in(home.keeper)


def faults(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 400, response.content
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


def with_parameter(url: str, parameter: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{parameter}"


def rows_of(body: Any) -> list[Any]:
    is_page = isinstance(body, dict) and "results" in body and ("next" in body or "next_after" in body)
    return body["results"] if is_page else body if isinstance(body, list) else [body]  # type: ignore[no-any-return]


def test_a_list_and_an_object_have_what_was_asked_for_and_their_id(cast: Cast, city_official: User) -> None:
    client = signed_in(city_official)

    listed = client.get(f"{API}/neighbourhoods/?fields=name,stage&page_size=1&count=true")
    one = client.get(f"{API}/neighbourhoods/{cast.home.pk}/?fields=code")

    assert set(listed.json()) == {"count", "next", "previous", "results"}
    assert [set(row) for row in listed.json()["results"]] == [{"id", "name", "stage"}]
    assert "fields=name%2Cstage" in listed.json()["next"]
    assert [set(row) for row in client.get(listed.json()["next"]).json()["results"]] == [{"id", "name", "stage"}]
    assert one.json() == {"id": cast.home.pk, "code": cast.home.code}
    assert one["ETag"] == client.get(f"{API}/neighbourhoods/{cast.home.pk}/")["ETag"]


@pytest.mark.parametrize("text", ["", ",", "name,", "name,,stage"])
def test_no_name_is_no_field(cast: Cast, community_worker: User, text: str) -> None:
    assert faults(signed_in(community_worker).get(f"{API}/neighbourhoods/?fields={text}")) == [("/fields", "invalid")]


def test_an_unknown_name_is_told_with_those_there_are(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)

    for url in (
        f"{API}/buildings/{cast.doors[0].building_id}/",
        f"{API}/buildings/",
        f"{API}/buildings/?neighbourhood=999999",
    ):
        answer = client.get(with_parameter(url, "fields=number,nmae,x"))

        assert faults(answer) == [("/fields", "unknown_field"), ("/fields", "unknown_field")]
        assert "nmae" in answer.json()["errors"][0]["detail"]
        assert "floor_count" in answer.json()["errors"][0]["detail"]


def test_given_twice_it_is_an_error(cast: Cast, community_worker: User) -> None:
    answer = signed_in(community_worker).get(f"{API}/neighbourhoods/?fields=name&fields=code")

    assert faults(answer) == [("/fields", "repeated_parameter")]


def test_a_write_is_answered_with_what_was_asked_for(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)

    made = client.post(f"{API}/buildings/?fields=number", {"neighbourhood": cast.home.pk, "number": "77"})
    changed = client.patch(f"{API}/buildings/{made.json()['id']}/?fields=floor_count", {"floor_count": 9})

    assert (made.status_code, set(made.json())) == (201, {"id", "number"})
    assert (changed.status_code, changed.json()) == (200, {"id": made.json()["id"], "floor_count": 9})


def test_a_write_that_asks_for_an_unknown_field_is_not_done(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)
    body = {"neighbourhood": cast.home.pk, "number": "77"}

    assert faults(client.post(f"{API}/buildings/?fields=nmae", body)) == [("/fields", "unknown_field")]
    assert not Building.objects.filter(number="77").exists()


def test_what_is_done_in_several_transactions_takes_no_fields(home: Home) -> None:
    url = f"{API}/surveys/{home.survey.pk}/visits/?fields=results"

    assert faults(signed_in(home.keeper).post(url, {"visits": []})) == [("/fields", "unknown_parameter")]


def test_masked_stays_masked(cast: Cast) -> None:
    owner = make_owner(neighbourhood=cast.home, name="王业主", phones=["13812342071"])
    official = signed_in(make_user(Role.CITY_OFFICIAL, HERE[:4]))

    shown = official.get(f"{API}/owners/{owner.pk}/?fields=name,phones")

    assert shown.json() == {"id": owner.pk, "name": "王**", "phones": ["138****2071"]}


def test_a_cut_list_still_has_its_totals(cast: Cast) -> None:
    make_building(neighbourhood=cast.home, number="9")
    client = system("registry:read")

    page = client.get(f"{API}/buildings/?fields=id&page_size=1&count=true").json()

    assert page["count"] >= 2
    assert [set(row) for row in page["results"]] == [{"id"}]


def test_every_answer_is_cut_to_what_is_asked_for(home: Home, keeper: Client) -> None:
    """On every route that is read: each object with one field, then a field that there is not."""
    number_changes()
    cut = 0
    for route in routes():
        if not route.path.startswith("/api/v1/"):
            continue
        url = route.address(home)
        whole = keeper.get(url)
        if whole.status_code != 200:
            continue
        if not whole["Content-Type"].startswith("application/json") or "Content-Disposition" in whole:
            assert faults(keeper.get(with_parameter(url, "fields=id"))) == [("/fields", "unknown_parameter")], url
            continue
        rows = rows_of(whole.json())
        if not rows or route.name == "plan-content":
            continue
        name = sorted(set(rows[0]) - {"id"})[0]

        asked = keeper.get(with_parameter(url, f"fields={name}"))

        assert asked.status_code == 200, (url, asked.content)
        for row in rows_of(asked.json()):
            assert set(row) - {"id"} == {name}, url
        assert faults(keeper.get(with_parameter(url, "fields=no_such_field"))) == [("/fields", "unknown_field")], url
        cut += 1
    assert cut > 100


def test_an_empty_list_knows_the_fields_of_its_rows(home: Home, keeper: Client) -> None:
    """What a list's serializer says is what its rows have: else a name would be right today and wrong tomorrow."""
    number_changes()
    seen = 0
    for route in routes():
        view: Any = VIEWS.get(route.name)
        if view is None:
            continue
        answer = keeper.get(route.address(home))
        rows = rows_of(answer.json()) if answer.status_code == 200 else []
        if not rows or "results" not in answer.json():
            continue
        made = view(action="list")
        made.request = answer.wsgi_request
        made.format_kwarg = None
        made.get_serializer_context = dict
        names = set(made.names_of_rows() or ())
        for row in rows:
            assert set(row) == names, route.name
        seen += 1
    assert seen > 50


def _list_views() -> dict[str, Any]:
    from config.api import router

    return {f"{basename}-list": view for _prefix, view, basename in router.registry}


VIEWS = _list_views()
