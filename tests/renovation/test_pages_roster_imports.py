"""The pages of roster imports, as a browser without scripts walks them."""

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from renovation.models import Household, Neighbourhood, RosterImport
from tests.cast import Cast
from tests.factories import make_user
from tests.renovation.roster_files import write_community_workbook
from tests.renovation.roster_helpers import QUEUE_IN_THE_DATABASE, do_import

BAD = "楼栋,单元,房号,户主,建筑面积,子丑\n1,1,101,张三,80,x\n1,1,101,李四,81,y\n1,1,102,王五,800,z\n"


def signed_in(user: User, language: str = "en") -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    return client


def words(response: Any) -> str:
    """The page as a reader gets it: no tags, single blanks."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text)


def hand_in(client: Client, neighbourhood: Neighbourhood, content: bytes) -> Any:
    return client.post(
        f"/neighbourhoods/{neighbourhood.pk}/roster/",
        {"file": SimpleUploadedFile("名册.csv", content)},
        follow=True,
    )


def test_from_the_file_to_the_registry_and_back(neighbourhood: Neighbourhood, worker: User, tmp_path: Path) -> None:
    client = signed_in(worker)
    assert "No roster was handed in yet." in words(client.get(f"/neighbourhoods/{neighbourhood.pk}/roster/"))

    shown = hand_in(client, neighbourhood, write_community_workbook(tmp_path / "r.xlsx").read_bytes())
    check = RosterImport.objects.get()
    url = f"/neighbourhoods/{neighbourhood.pk}/roster/{check.pk}/"
    assert shown.redirect_chain == [(url, 302)]
    # The answer was made before the job had run.
    page = client.get(url)
    assert "11 good, 2 rows cannot be placed" in words(page)
    assert "This unit stands in row 4 already. kept out" in words(page)
    assert "Is it 108.60 m² with the decimal point in its place?" in words(page)
    assert "身份证号 Identity numbers are never imported" in words(page)
    assert not Household.objects.exists()

    workbook = client.get(f"{url}rejects/")
    assert openpyxl.load_workbook(io.BytesIO(workbook.getvalue())).sheetnames == ["4栋"]
    written = client.post(f"{url}write/", {"mode": "good_rows"})
    result = client.get(written["Location"])
    assert "Imported: 11 households new or changed" in words(result)
    assert Household.objects.count() == 11

    reverted = client.post(f"{written['Location']}revert/", follow=True)
    assert "The import was taken back." in words(reverted)
    assert "Taken back by" in words(reverted)
    assert not Household.objects.exists()
    history = words(client.get(f"/neighbourhoods/{neighbourhood.pk}/roster/"))
    assert history.count("名册.csv") == 2
    assert "Reverted" in history


def test_a_page_under_way_goes_on_by_itself(neighbourhood: Neighbourhood, worker: User, settings: Any) -> None:
    client = signed_in(worker)
    settings.TASKS = QUEUE_IN_THE_DATABASE
    page = client.post(
        f"/neighbourhoods/{neighbourhood.pk}/roster/", {"file": SimpleUploadedFile("r.csv", b"a")}, follow=True
    )

    assert "The file is being read." in words(page)
    assert "js/roster_import.js" in page.content.decode()


def test_unknown_columns_are_mapped_and_checked_again(neighbourhood: Neighbourhood, worker: User) -> None:
    client = signed_in(worker)
    hand_in(client, neighbourhood, BAD.encode())
    first = RosterImport.objects.get()
    page = client.get(f"/neighbourhoods/{neighbourhood.pk}/roster/{first.pk}/")
    assert "子丑 (column F)" in words(page)

    again = client.post(f"/neighbourhoods/{neighbourhood.pk}/roster/{first.pk}/", {"column-0": "remarks"})

    second = RosterImport.objects.latest("id")
    assert again["Location"].endswith(f"/{second.pk}/")
    assert second.mapping == {"子丑": "remarks"}
    assert not second.problems.filter(code="unknown_column").exists()
    wrong = client.post(f"/neighbourhoods/{neighbourhood.pk}/roster/{first.pk}/", {"column-0": "password"})
    assert wrong.status_code == 400


def test_all_or_nothing_says_why_it_refused(neighbourhood: Neighbourhood, worker: User) -> None:
    client = signed_in(worker)
    hand_in(client, neighbourhood, BAD.encode())
    first = RosterImport.objects.get()

    refused = client.post(f"/neighbourhoods/{neighbourhood.pk}/roster/{first.pk}/write/", {"mode": "all_or_nothing"})

    page = client.get(refused["Location"])
    assert "Nothing was imported: 1 row cannot be placed" in words(page)
    assert "Import the 2 good rows" in words(page)
    assert f"{refused['Location']}rejects/" in page.content.decode()
    assert not Household.objects.exists()


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7"])
def test_a_file_that_is_no_roster_is_refused_in_words(
    neighbourhood: Neighbourhood, worker: User, content: bytes
) -> None:
    client = signed_in(worker)
    hand_in(client, neighbourhood, content)

    page = words(client.get(f"/neighbourhoods/{neighbourhood.pk}/roster/{RosterImport.objects.get().pk}/"))

    assert "The file cannot be imported as it is" in page


def test_no_file_is_said_at_its_field(neighbourhood: Neighbourhood, worker: User) -> None:
    response = signed_in(worker).post(f"/neighbourhoods/{neighbourhood.pk}/roster/")

    assert response.status_code == 400
    assert 'id="id_file_error"' in response.content.decode()


def test_what_hangs_on_an_import_is_said_on_its_page(
    neighbourhood: Neighbourhood, worker: User, tmp_path: Path
) -> None:
    path = tmp_path / "r.csv"
    path.write_text("楼栋,房号,户主\n1,101,张三\n", encoding="utf-8")
    made = do_import(neighbourhood, worker, path)
    door = Household.objects.get()
    door.save(update_fields=["head_name"])

    response = signed_in(worker).post(f"/neighbourhoods/{neighbourhood.pk}/roster/{made.pk}/revert/")

    assert response.status_code == 409
    assert "can no longer be taken back" in words(response)
    assert Household.objects.exists()


def test_owners_who_may_be_one_are_proposed(neighbourhood: Neighbourhood, worker: User, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    rows = "1,101,张三,13800138001\n1,102,张三,13800138001\n1,103,李四,13800138002\n"
    path.write_text("楼栋,房号,业主,业主电话\n" + rows, encoding="utf-8")
    made = do_import(neighbourhood, worker, path)

    page = words(signed_in(worker).get(f"/neighbourhoods/{neighbourhood.pk}/roster/{made.pk}/"))

    assert "张三 2 1-1-101, 1-1-102" in page.replace("，", ", ").replace("、", ", ")


def test_the_whole_of_it_in_chinese(neighbourhood: Neighbourhood, worker: User) -> None:
    client = signed_in(worker, "zh-hans")
    hand_in(client, neighbourhood, BAD.encode())

    page = client.get(f"/neighbourhoods/{neighbourhood.pk}/roster/{RosterImport.objects.get().pk}/")

    assert 'lang="zh-Hans"' in page.content.decode()
    assert "2 行可以导入，1 行无法对应到户" in words(page)


def test_who_sees_the_neighbourhood_but_may_not_import_gets_403_and_others_404(
    cast: Cast, community_worker: User, grid_worker: User, district_official: User, outsider: User, tmp_path: Path
) -> None:
    path = tmp_path / "r.csv"
    path.write_text(BAD, encoding="utf-8")
    made = do_import(cast.home, community_worker, path, "good_rows")
    base = f"/neighbourhoods/{cast.home.pk}/roster/"
    pages = [base, f"{base}{made.pk}/", f"{base}{made.pk}/rejects/"]
    assert [signed_in(community_worker).get(page).status_code for page in pages] == [200, 200, 200]

    for page in pages:
        assert signed_in(grid_worker).get(page).status_code == 403
        assert signed_in(district_official).get(page).status_code == 403
        assert signed_in(outsider).get(page).status_code == 404
        assert Client().get(page).status_code == 302
    for act in ("write", "revert"):
        assert signed_in(grid_worker).post(f"{base}{made.pk}/{act}/").status_code == 403
        assert signed_in(outsider).post(f"{base}{made.pk}/{act}/").status_code == 404
        assert signed_in(community_worker).get(f"{base}{made.pk}/{act}/").status_code == 405


def test_an_import_of_another_neighbourhood_is_not_found_here(cast: Cast, tmp_path: Path) -> None:
    city = make_user(territory="420502001")
    path = tmp_path / "r.csv"
    path.write_text(BAD, encoding="utf-8")
    made = do_import(cast.home, city, path, "dry_run")

    assert signed_in(city).get(f"/neighbourhoods/{cast.home.pk}/roster/{made.pk}/").status_code == 200
    assert signed_in(city).get(f"/neighbourhoods/{cast.next_door.pk}/roster/{made.pk}/").status_code == 404
    assert signed_in(city).post(f"/neighbourhoods/{cast.home.pk}/roster/{made.pk}/write/").status_code == 404
