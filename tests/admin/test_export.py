"""A list as CSV: what it shows, and nothing else."""

import csv
import io

from django.urls import reverse

from accounts.models import User
from renovation.models import Household
from tests.admin.conftest import SECRETS, browser
from tests.admin.test_lists import REGISTERED
from tests.factories import make_household, make_user

HOUSEHOLDS = "/admin/renovation/household/export/"


def rows_of(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_every_list_comes_as_csv_without_anything_personal(walked, keeper):
    client = browser(keeper)

    for model in REGISTERED:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_export")
        answer = client.get(url)
        rows = rows_of(answer)
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert len(rows) > 1, model._meta.label
        assert not any(secret in cell for row in rows for cell in row for secret in SECRETS), model._meta.label


def test_it_is_narrowed_and_limited_like_the_list(walked, keeper, monkeypatch):
    client, unit = browser(keeper), walked.households[0].unit_number

    found = rows_of(client.get(HOUSEHOLDS, {"q": unit, "use__exact": "residential"}))
    assert [row[0] for row in found[1:]] == [unit]

    monkeypatch.setattr("accounts.back_office.export.ROWS_LISTED", 2)
    assert len(rows_of(client.get(HOUSEHOLDS))) == 3
    assert Household.objects.count() > 2


def test_it_hides_from_others_what_the_list_hides(walked, stranger, reader):
    assert len(rows_of(browser(reader).get(HOUSEHOLDS))) > 1
    assert len(rows_of(browser(stranger).get(HOUSEHOLDS))) == 1
    assert browser(reader).get("/admin/accounts/user/export/").status_code == 403
    assert browser(walked.staff).get(HOUSEHOLDS).status_code == 403
    assert browser(reader).get(HOUSEHOLDS, {"head_name": "周敏敏"}).status_code == 400


def test_no_cell_is_a_formula(walked, keeper):
    for unit in ("=1+1", "＝1+1", "\n=1+1"):
        make_household(neighbourhood=walked.neighbourhood, unit_number=unit)
    make_user(None, username="plus", display_name="+86")

    units = [row[0] for row in rows_of(browser(keeper).get(HOUSEHOLDS))]
    names = [row[1] for row in rows_of(browser(keeper).get("/admin/accounts/user/export/"))]

    assert {"'=1+1", "'＝1+1", "'\n=1+1"} <= set(units)
    assert "'+86" in names
    assert User.objects.filter(display_name="+86").exists()
