"""`roster-imports/` as api.md says."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from renovation.models import Household, RosterImport
from tests.api.helpers import API, signed_in, system
from tests.cast import HERE, Cast
from tests.factories import make_household
from tests.renovation.roster_files import write_community_workbook

GOOD = "楼栋,单元,房号,户主姓名,建筑面积\n9栋,1,101,张三,80\n9栋,1,102,李四,81\n"
BAD = GOOD + "9栋,1,102,王五,82\n9栋,1,,赵六,83\n"


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def post(client: Any, place: int, content: str | bytes = GOOD, **fields: Any) -> Any:
    data = content.encode() if isinstance(content, str) else content
    body = {"neighbourhood": place, "file": SimpleUploadedFile("名册.csv", data), "mode": "all_or_nothing"}
    return client.post(f"{API}/roster-imports/", {**body, **fields}, format="multipart")


def test_a_file_is_queued_and_then_read(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)

    queued = post(client, cast.home.pk)

    assert queued.status_code == 202
    body = queued.json()
    assert (body["status"], body["mode"], body["file_name"], body["problems"]) == (
        "queued",
        "all_or_nothing",
        "名册.csv",
        [],
    )
    assert queued["Location"] == f"/api/v1/roster-imports/{body['id']}/"
    done = client.get(queued["Location"]).json()
    assert {name: done[name] for name in ("status", "rows_read", "created", "updated", "unchanged")} == {
        "status": "done",
        "rows_read": 2,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
    }
    assert [problem["code"] for problem in done["problems"]] == ["new_building"]
    assert Household.objects.filter(building__number="9").count() == 2


def test_a_dry_run_says_every_problem_by_its_place(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)

    queued = post(client, cast.home.pk, BAD, mode="dry_run").json()

    done = client.get(f"{API}/roster-imports/{queued['id']}/", HTTP_ACCEPT_LANGUAGE="en").json()
    assert (done["status"], done["created"], done["rejected"], done["problem_count"]) == ("done", 2, 2, 3)
    assert done["problems"][1:] == [
        {
            "sheet": "",
            "row": 4,
            "column": "C",
            "header": "房号",
            "code": "same_unit_twice",
            "is_error": True,
            "detail": "This unit stands in row 3 already.",
        },
        {
            "sheet": "",
            "row": 5,
            "column": "C",
            "header": "房号",
            "code": "unit_missing",
            "is_error": True,
            "detail": "The unit number is missing.",
        },
    ]
    assert done["problems"][0]["code"] == "new_building"
    listed = client.get(f"{API}/roster-imports/{queued['id']}/problems/?page_size=2").json()
    assert [problem["row"] for problem in listed["results"]] == [2, 4]
    assert listed["next"]
    assert not Household.objects.filter(building__number="9").exists()


def test_the_rows_kept_out_are_a_workbook(cast: Cast, community_worker: User, tmp_path: Path) -> None:
    client = signed_in(community_worker)
    content = write_community_workbook(tmp_path / "r.xlsx").read_bytes()

    queued = post(client, cast.home.pk, content, mode="good_rows").json()
    clean = post(client, cast.home.pk).json()

    response = client.get(f"{API}/roster-imports/{queued['id']}/rejected-rows/")
    workbook = openpyxl.load_workbook(io.BytesIO(response.getvalue()))
    assert response["Content-Type"].endswith("spreadsheetml.sheet")
    assert "attachment" in response["Content-Disposition"]
    assert workbook.sheetnames == ["4栋"]
    assert client.get(f"{API}/roster-imports/{clean['id']}/rejected-rows/").status_code == 404


def test_an_import_is_reverted_once_and_only_while_nothing_hangs_on_it(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)
    first = post(client, cast.home.pk).json()
    url = f"{API}/roster-imports/{first['id']}/revert/"
    added = make_household(stairwell=Household.objects.get(head_name="张三").stairwell)

    refused = client.post(url)
    added.delete()
    reverted = client.post(url)
    again = client.post(url)

    assert (refused.status_code, refused.json()["code"]) == (409, "import_in_use")
    assert {item["resource"] for item in refused.json()["hanging"]} == {"households"}
    assert (reverted.status_code, reverted.json()["status"]) == (200, "reverted")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_revert")
    assert not Household.objects.filter(building__number="9").exists()


def test_a_mapping_comes_along_as_json(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)
    odd = "楼栋,子丑\n9,101\n"

    mapped = post(client, cast.home.pk, odd, mapping='{"子丑": "unit_number"}').json()
    wrong = [post(client, cast.home.pk, odd, mapping=text) for text in ("{", "[]", '{"子丑": "password"}', '{"a": 1}')]

    assert client.get(f"{API}/roster-imports/{mapped['id']}/").json()["created"] == 1
    assert [response.status_code for response in wrong] == [400] * 4
    assert {response.json()["errors"][0]["pointer"] for response in wrong} == {"/mapping"}


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "file_empty"), (b"%PDF-1.7", "file_of_unknown_kind"), (b"PK\x03\x04", "file_damaged")]
)
def test_a_file_that_is_no_roster_is_refused_and_not_an_error_of_ours(
    cast: Cast, community_worker: User, content: bytes, code: str
) -> None:
    client = signed_in(community_worker)

    queued = post(client, cast.home.pk, content).json()

    done = client.get(f"{API}/roster-imports/{queued['id']}/").json()
    assert (done["status"], done["problems"][0]["code"], done["problems"][0]["row"]) == ("refused", code, None)


@pytest.mark.parametrize("fields", [{"mode": "perhaps"}, {"neighbourhood": "x"}, {"file": "text"}, {"mode": ""}])
def test_bad_input_is_400_at_its_place(cast: Cast, community_worker: User, fields: dict[str, Any]) -> None:
    response = post(signed_in(community_worker), cast.home.pk, **fields)

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == f"/{next(iter(fields))}"


def test_json_is_no_file(cast: Cast, community_worker: User) -> None:
    response = signed_in(community_worker).post(f"{API}/roster-imports/", {"mode": "dry_run"}, format="json")

    assert response.status_code == 415


def test_the_same_key_gives_the_first_answer_again(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)
    body = {"neighbourhood": cast.home.pk, "mode": "dry_run"}

    first, again, other = (
        client.post(
            f"{API}/roster-imports/",
            {**body, "file": SimpleUploadedFile("r.csv", content)},
            format="multipart",
            HTTP_IDEMPOTENCY_KEY="k1",
        )
        for content in (GOOD.encode(), GOOD.encode(), BAD.encode())
    )

    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 422)
    assert first.json()["id"] == again.json()["id"]
    assert RosterImport.objects.count() == 1


# --- Who may ---------------------------------------------------------------------------------------


def test_who_sees_the_neighbourhood_but_may_not_import_gets_403(
    cast: Cast, grid_worker: User, district_official: User, committee_member: User
) -> None:
    for user in (grid_worker, district_official, committee_member):
        assert post(signed_in(user), cast.home.pk).status_code == 403
    assert post(system("registry:read", territory=HERE), cast.home.pk).status_code == 403
    assert not RosterImport.objects.exists()


def test_what_is_not_seen_does_not_exist(cast: Cast, outsider: User, community_worker: User) -> None:
    made = post(signed_in(community_worker), cast.home.pk, BAD, mode="good_rows").json()
    assert signed_in(community_worker).get(f"{API}/roster-imports/{made['id']}/rejected-rows/").status_code == 200

    for caller in (signed_in(outsider), system("registry:read", territory=HERE)):
        assert caller.get(f"{API}/roster-imports/").json()["results"] == []
        for path in ("", "problems/", "rejected-rows/"):
            assert caller.get(f"{API}/roster-imports/{made['id']}/{path}").status_code == 404
    assert signed_in(outsider).post(f"{API}/roster-imports/{made['id']}/revert/").status_code == 404
    elsewhere = post(signed_in(outsider), cast.home.pk)
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["pointer"]) == (400, "/neighbourhood")


def test_an_integrators_system_imports(cast: Cast) -> None:
    client = system("registry:write", territory=HERE)

    made = post(client, cast.home.pk).json()

    assert client.get(f"{API}/roster-imports/{made['id']}/").json()["created"] == 2


def test_a_list_costs_the_same_for_one_and_for_three(
    cast: Cast, community_worker: User, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(community_worker)
    counted = []
    for number in (1, 2):
        for _again in range(number):
            post(client, cast.home.pk, BAD, mode="dry_run")
        with django_assert_max_num_queries(20) as queries:
            listed = client.get(f"{API}/roster-imports/?neighbourhood={cast.home.pk}&mode=dry_run&ordering=-id")
        counted.append(len(queries))

    assert len(listed.json()["results"]) == 3
    assert counted[0] == counted[1]
    assert client.get(f"{API}/roster-imports/?colour=red").status_code == 400
