"""Contests over HTTP: what competes, points, the result."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from governance.models import Contest, ContestEntry, ContestScore
from governance.services.contests import close_contest
from tests.api.helpers import API, signed_in
from tests.cast import ELSEWHERE, GRID, HERE, THERE
from tests.factories import give_role, make_user
from tests.governance.upkeep_cast import DAY, a_contest, enter, judge, to_come

pytestmark = pytest.mark.django_db
ALL = {"clean": 9, "clear": 8, "bright": 7, "safe": 6, "beautiful": 5}


def contest_body(neighbourhood: Any, **fields: Any) -> dict[str, Any]:
    days = {"starts_on": DAY.isoformat(), "ends_on": (DAY + timedelta(days=10)).isoformat()}
    return {"neighbourhood": neighbourhood.pk, "title": "最美楼道", "scope": "stairwell", **days, **fields}


def test_a_contest_is_announced_read_and_changed(cast, committee_member):
    client = signed_in(committee_member)

    made = client.post(f"{API}/contests/", contest_body(cast.home, prize="红旗", most_points=20), format="json")

    assert made.status_code == 201
    body = made.json()
    assert {name: body[name] for name in body if name not in ("id", "created_at", "updated_at")} == {
        "neighbourhood": cast.home.pk,
        "title": "最美楼道",
        "scope": "stairwell",
        "starts_on": DAY.isoformat(),
        "ends_on": (DAY + timedelta(days=10)).isoformat(),
        "most_points": 20,
        "prize": "红旗",
        "state": "open",
        "entry_count": 0,
    }
    address = f"{API}/contests/{body['id']}/"
    read = client.get(address)
    assert read.json() == body
    assert client.patch(address, {"prize": "锦旗"}, format="json", HTTP_IF_MATCH=read["ETag"]).json()["prize"] == "锦旗"
    assert client.patch(address, {"prize": "x"}, format="json", HTTP_IF_MATCH=read["ETag"]).status_code == 412
    backwards = client.patch(address, {"ends_on": (DAY - timedelta(days=1)).isoformat()}, format="json")
    assert (backwards.status_code, backwards.json()["code"]) == (409, "day_out_of_order")


@pytest.mark.parametrize(
    ("role", "territory", "status"),
    [
        (Role.COMMUNITY_STAFF, HERE, 201),
        (Role.GRID_WORKER, GRID, 201),
        (Role.COMMITTEE_MEMBER, HERE, 201),
        (Role.PROPERTY_CLERK, HERE, 201),
        (Role.PARTY_SECRETARY, HERE, 403),
        (Role.AUDITOR, HERE, 403),
        (Role.COMMUNITY_STAFF, ELSEWHERE, 400),
    ],
)
def test_who_announces_contests(cast, role, territory, status):
    answer = signed_in(make_user(role, territory)).post(f"{API}/contests/", contest_body(cast.home), format="json")

    assert answer.status_code == status


def test_what_competes_is_entered_one_by_one_and_all_at_once(cast, community_worker):
    contest, client, stairwell = (
        a_contest(cast.home, community_worker),
        signed_in(community_worker),
        cast.doors[0].stairwell,
    )

    made = client.post(f"{API}/contest-entries/", {"contest": contest.pk, "stairwell": stairwell.pk}, format="json")

    assert made.status_code == 201
    body = made.json()
    assert {name: body[name] for name in body if name not in ("id", "created_at")} == {
        "contest": contest.pk,
        "building": stairwell.building_id,
        "stairwell": stairwell.pk,
    }
    assert client.get(f"{API}/contest-entries/{body['id']}/").json() == body
    everything = client.post(f"{API}/contests/{contest.pk}/enter-all/")
    assert (everything.status_code, everything.json()["entry_count"]) == (200, 2)
    listed = client.get(f"{API}/contest-entries/?contest={contest.pk}").json()["results"]
    assert len(listed) == 2
    assert client.get(f"{API}/contest-entries/?neighbourhood={cast.home.pk}").json()["results"] == listed
    assert client.get(f"{API}/contest-entries/?division={THERE}").json()["results"] == []
    assert client.delete(f"{API}/contest-entries/{listed[1]['id']}/").status_code == 204
    assert ContestEntry.objects.count() == 1


def test_what_entries_are_refused_for(cast, community_worker):
    contest, client, stairwell = (
        a_contest(cast.home, community_worker),
        signed_in(community_worker),
        cast.doors[0].stairwell,
    )
    enter(contest, stairwell, community_worker)
    give_role(community_worker, Role.COMMUNITY_STAFF, THERE)

    def refused(**place):
        answer = client.post(f"{API}/contest-entries/", {"contest": contest.pk, **place}, format="json")
        return answer.status_code, answer.json()["code"]

    assert refused(stairwell=stairwell.pk) == (409, "competes_already")
    assert refused(building=stairwell.building_id) == (409, "wrong_scope")
    assert refused() == (409, "wrong_scope")
    assert refused(stairwell=stairwell.pk, building=cast.doors[2].building_id) == (409, "stairwell_elsewhere")
    assert refused(stairwell=cast.other_doors[0].stairwell_id) == (409, "other_neighbourhood")
    assert ContestEntry.objects.count() == 1


def test_points_are_given_and_the_latest_of_a_judge_count(cast, community_worker):
    entry = enter(a_contest(cast.home, community_worker), cast.doors[0].stairwell, community_worker)
    client, address = signed_in(community_worker), f"{API}/contest-entries/{entry.pk}/scores/"

    made = client.post(address, {"judge": "张评委", "points": ALL}, format="json")
    client.post(address, {"judge": "张评委", "points": {"clean": 4}}, format="json")

    assert (made.status_code, len(made.json())) == (201, 5)
    rows = client.get(address).json()
    assert [(row["criterion"], row["points"], row["counts"]) for row in rows] == [
        ("clean", 4, True),
        ("beautiful", 5, True),
        ("safe", 6, True),
        ("bright", 7, True),
        ("clear", 8, True),
        ("clean", 9, False),
    ]
    assert {(row["judge"], row["by"]) for row in rows} == {("张评委", community_worker.pk)}
    left = client.delete(f"{API}/contest-entries/{entry.pk}/")
    assert (left.status_code, left.json()["code"]) == (409, "entry_scored")


def test_what_points_are_refused_for(cast, community_worker):
    contest, client = a_contest(cast.home, community_worker), signed_in(community_worker)
    entry = enter(contest, cast.doors[0].stairwell, community_worker)
    later = enter(
        a_contest(cast.home, community_worker, starts_on=to_come(), ends_on=to_come()),
        cast.doors[0].stairwell,
        community_worker,
    )

    def refused(entry, points):
        body = {"judge": "张评委", "points": points}
        return client.post(f"{API}/contest-entries/{entry.pk}/scores/", body, format="json")

    beyond = refused(entry, {"clean": 11})
    assert (beyond.status_code, beyond.json()["code"], beyond.json()["most_points"]) == (409, "points_out_of_range", 10)
    early = refused(later, {"clean": 1})
    assert (early.status_code, early.json()["code"]) == (409, "contest_not_begun")
    below = refused(entry, {"clean": -1})
    assert (below.status_code, below.json()["errors"][0]["pointer"]) == (400, "/points/clean")
    assert not ContestScore.objects.exists()


def test_the_result_ranks_by_exact_means_and_shares_places(cast, community_worker):
    contest, client = a_contest(cast.home, community_worker), signed_in(community_worker)
    first, second = (enter(contest, door.stairwell, community_worker) for door in (cast.doors[0], cast.doors[2]))
    judge(first, community_worker, 9, 8, 7, 6, 5)
    judge(first, community_worker, 8, judge="李评委")
    address = f"{API}/contests/{contest.pk}/result/"

    half = client.get(address)
    judge(second, community_worker, 7, 8, 8, 8, 7)
    whole = client.get(address, HTTP_IF_NONE_MATCH=half["ETag"])

    assert half.json() == {
        "state": "open",
        "most_points": 10,
        "results": [
            {
                "entry": first.pk,
                "building": first.building_id,
                "stairwell": first.stairwell_id,
                "marks": {"clean": "8.50", "clear": "8.00", "bright": "7.50", "safe": "7.00", "beautiful": "6.50"},
                "total": "37.50",
                "place": 1,
            },
            {
                "entry": second.pk,
                "building": second.building_id,
                "stairwell": second.stairwell_id,
                "marks": dict.fromkeys(ALL),
                "total": None,
                "place": None,
            },
        ],
    }
    assert whole.status_code == 200
    assert [(line["entry"], line["total"], line["place"]) for line in whole.json()["results"]] == [
        (second.pk, "38.00", 1),
        (first.pk, "37.50", 2),
    ]


def test_a_contest_is_closed_once_over_and_judged(cast, community_worker):
    contest, client = a_contest(cast.home, community_worker), signed_in(community_worker)
    entry = enter(contest, cast.doors[0].stairwell, community_worker)
    running = a_contest(cast.home, community_worker, ends_on=to_come())

    early = client.post(f"{API}/contests/{running.pk}/close/")
    unjudged = client.post(f"{API}/contests/{contest.pk}/close/")
    judge(entry, community_worker, 5)
    closed = client.post(f"{API}/contests/{contest.pk}/close/")
    again = client.post(f"{API}/contests/{contest.pk}/close/")

    assert (early.status_code, early.json()["code"], early.json()["ends_on"]) == (
        409,
        "contest_not_over",
        to_come().isoformat(),
    )
    assert (unjudged.status_code, unjudged.json()["code"], unjudged.json()["entries"]) == (
        409,
        "contest_not_judged",
        [entry.pk],
    )
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    assert (again.status_code, again.json()["code"]) == (409, "contest_closed")


def test_a_row_not_seen_is_not_there_and_one_only_read_is_not_written(cast, community_worker):
    contest = a_contest(cast.home, community_worker)
    entry = enter(contest, cast.doors[0].stairwell, community_worker)
    stranger, reader = signed_in(make_user(Role.COMMUNITY_STAFF, THERE)), signed_in(make_user(Role.AUDITOR, HERE))
    acts = [
        ("patch", f"contests/{contest.pk}/", {"title": "x"}),
        ("post", f"contests/{contest.pk}/close/", {}),
        ("post", f"contests/{contest.pk}/enter-all/", {}),
        ("delete", f"contest-entries/{entry.pk}/", {}),
        ("post", f"contest-entries/{entry.pk}/scores/", {"judge": "甲", "points": {"clean": 1}}),
    ]

    for method, path, body in acts:
        answers = [getattr(client, method)(f"{API}/{path}", body, format="json") for client in (stranger, reader)]
        assert [answer.status_code for answer in answers] == [404, 403], path
    body = {"contest": contest.pk, "stairwell": cast.doors[2].stairwell_id}
    entered = [client.post(f"{API}/contest-entries/", body, format="json").status_code for client in (stranger, reader)]
    assert entered == [400, 403]
    for path in (f"contests/{contest.pk}/result/", f"contest-entries/{entry.pk}/scores/"):
        assert [client.get(f"{API}/{path}").status_code for client in (stranger, reader)] == [404, 200], path


def test_contests_are_filtered_and_take_the_same_queries(cast, community_worker, django_assert_num_queries):
    contest, client = a_contest(cast.home, community_worker), signed_in(community_worker)
    judge(enter(contest, cast.doors[0].stairwell, community_worker), community_worker, 5)
    client.get(f"{API}/contests/")
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{API}/contests/")
    with CaptureQueriesContext(connection) as of_result:
        client.get(f"{API}/contests/{contest.pk}/result/")
    judge(enter(contest, cast.doors[2].stairwell, community_worker), community_worker, 6)
    buildings = a_contest(cast.home, community_worker, scope="building", starts_on=DAY - timedelta(days=5))
    enter(buildings, cast.doors[0].building, community_worker)

    with django_assert_num_queries(len(queries)):
        rows = client.get(f"{API}/contests/?ordering=starts_on").json()["results"]
    with django_assert_num_queries(len(of_result)):
        client.get(f"{API}/contests/{contest.pk}/result/")

    assert [(row["id"], row["entry_count"]) for row in rows] == [(buildings.pk, 1), (contest.pk, 2)]
    close_contest(contest=Contest.objects.get(pk=contest.pk), by=community_worker)

    def found(query):
        return [row["id"] for row in client.get(f"{API}/contests/?{query}").json()["results"]]

    assert found("state=closed") == found("scope=stairwell") == [contest.pk]
    assert found(f"neighbourhood={cast.next_door.pk}") == []
