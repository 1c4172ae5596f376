"""Butler boards over HTTP."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from governance.models import NoticeBoard
from governance.services.boards import take_down_board
from tests.api.helpers import API, signed_in, system
from tests.cast import ELSEWHERE, GRID, HERE
from tests.factories import make_building, make_stairwell, make_user
from tests.governance.party_cast import DAY, HEAD, a_board, browser, to_come
from tests.renovation.supervision_cast import a_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def board_body(stairwell: Any, **fields: Any) -> dict[str, Any]:
    told = {"butler_name": "刘管家", "butler_phone": "0717-6220001", "put_up_on": "2026-03-01"}
    return {"stairwell": stairwell.pk, **told, **fields}


WITH_HEAD = {
    "building_head_name": "赵楼长",
    "building_head_phone": "13700001111",
    "head_consents_on": "2026-02-20",
}


def test_a_board_is_put_up_and_read(cast, property_clerk):
    client = signed_in(property_clerk)

    made = client.post(f"{API}/notice-boards/", board_body(cast.doors[0].stairwell, **WITH_HEAD), format="json")

    assert made.status_code == 201
    body = made.json()
    assert {name: body[name] for name in body if name not in ("id", "created_at", "updated_at")} == {
        "neighbourhood": cast.home.pk,
        **board_body(cast.doors[0].stairwell, **WITH_HEAD),
        "taken_down_on": None,
        "has_photo": False,
    }
    assert client.get(f"{API}/notice-boards/{body['id']}/").json() == body
    assert client.get(f"{API}/notice-boards/?up=true&stairwell={cast.doors[0].stairwell_id}").json()["results"] == [
        body
    ]
    assert client.get(f"{API}/notice-boards/?up=false").json()["results"] == []


@pytest.mark.parametrize("missing", ["building_head_name", "head_consents_on"])
def test_a_head_without_name_or_consent_is_refused(cast, community_worker, missing):
    head = {name: value for name, value in WITH_HEAD.items() if name != missing}

    answer = signed_in(community_worker).post(
        f"{API}/notice-boards/", board_body(cast.doors[0].stairwell, **head), format="json"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "head_consent_needed")
    assert NoticeBoard.objects.count() == 0


def test_the_life_of_a_board(cast, community_worker, django_capture_on_commit_callbacks):
    stairwell = cast.doors[0].stairwell
    client = signed_in(community_worker)
    made = client.post(f"{API}/notice-boards/", board_body(stairwell, **WITH_HEAD), format="json")
    url = f"{API}/notice-boards/{made.json()['id']}/"

    twice = client.post(f"{API}/notice-boards/", board_body(stairwell), format="json")
    photo = client.post(f"{url}photo/", {"file": a_photo()}, format="multipart")
    stale = client.patch(url, {"butler_name": "陈管家"}, format="json", HTTP_IF_MATCH=made["ETag"])
    changed = client.patch(url, {"butler_name": "陈管家"}, format="json", HTTP_IF_MATCH=photo["ETag"])
    withdrawn = client.post(f"{url}withdraw-consent/", {}, format="json")
    early = client.post(f"{url}take-down/", {"taken_down_on": to_come().isoformat()}, format="json")
    down = client.post(f"{url}take-down/", {"taken_down_on": "2026-06-01"}, format="json")
    late = client.patch(url, {"butler_name": "x"}, format="json")

    assert (twice.status_code, twice.json()["code"]) == (409, "board_up_already")
    assert (photo.status_code, photo.json()["has_photo"]) == (200, True)
    assert stale.status_code == 412
    assert (changed.json()["butler_name"], changed.json()["building_head_name"], changed.json()["has_photo"]) == (
        "陈管家",
        "赵楼长",
        False,
    )
    assert (withdrawn.json()["building_head_name"], withdrawn.json()["head_consents_on"]) == ("", None)
    assert early.json()["code"] == "day_in_future"
    assert down.json()["taken_down_on"] == "2026-06-01"
    assert (late.status_code, late.json()["code"]) == (409, "board_taken_down")


def test_a_grid_worker_keeps_the_boards_of_the_grid(cast, grid_worker, community_worker):
    client = signed_in(grid_worker)

    own = client.post(f"{API}/notice-boards/", board_body(cast.doors[0].stairwell), format="json")
    other = client.post(f"{API}/notice-boards/", board_body(cast.doors[2].stairwell), format="json")

    assert cast.doors[0].building.grid == GRID
    assert own.status_code == 201
    # A stairwell of another grid is none that the grid worker sees.
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (400, "/stairwell")
    board = a_board(cast.doors[2].stairwell, community_worker)
    assert client.get(f"{API}/notice-boards/{board.pk}/").status_code == 200
    assert client.patch(f"{API}/notice-boards/{board.pk}/", {"butler_name": "x"}, format="json").status_code == 403


def test_a_head_is_masked_once_the_board_no_longer_hangs(cast, community_worker, district_official):
    board = a_board(cast.doors[0].stairwell, community_worker, **HEAD)
    url, page = f"{API}/notice-boards/{board.pk}/", f"/neighbourhoods/{cast.home.pk}/boards/{board.pk}/"
    clients = [signed_in(user) for user in (community_worker, district_official)]

    def heads():
        return [client.get(url).json()["building_head_phone"] for client in clients]

    assert heads() == ["13700001111", "13700001111"]
    take_down_board(board=board, taken_down_on=DAY, by=community_worker)

    assert heads() == ["13700001111", "137****1111"]
    shown = [browser(user).get(page).content.decode() for user in (community_worker, district_official)]
    assert ["13700001111" in text for text in shown] == [True, False]
    assert ["赵楼长" in text for text in shown] == [True, False]


def test_a_client_needs_the_scope_of_governance_alone(cast):
    answer = system("governance:write").post(
        f"{API}/notice-boards/", board_body(cast.doors[0].stairwell), format="json"
    )

    assert (answer.status_code, answer.json().get("stairwell")) == (201, cast.doors[0].stairwell_id)


def test_404_where_nothing_is_seen_and_403_where_nothing_is_written(cast, community_worker, district_official):
    board = a_board(cast.doors[0].stairwell, community_worker, **HEAD)
    url = f"{API}/notice-boards/{board.pk}/"
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, ELSEWHERE, username="stranger"))

    for client in (signed_in(district_official), system("governance:read", territory=HERE)):
        assert client.get(url).status_code == 200
        assert client.post(f"{url}withdraw-consent/", {}, format="json").status_code == 403
    assert stranger.get(url).status_code == 404
    assert stranger.post(f"{url}withdraw-consent/", {}, format="json").status_code == 404


def test_a_list_costs_the_same_for_one_and_for_three(cast, community_worker, django_assert_num_queries):
    a_board(cast.doors[0].stairwell, community_worker)
    client = signed_in(community_worker)
    client.get(f"{API}/notice-boards/")
    with CaptureQueriesContext(connection) as one:
        client.get(f"{API}/notice-boards/")
    for number in ("8", "9"):
        stairwell = make_stairwell(building=make_building(neighbourhood=cast.home, number=number), number="1")
        a_board(stairwell, community_worker)

    with django_assert_num_queries(len(one)):
        rows = client.get(f"{API}/notice-boards/").json()["results"]
    assert len(rows) == 3
