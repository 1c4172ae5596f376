"""Exports over HTTP: asked for, followed, fetched, and by nobody else."""

import csv

import pytest

from accounts.choices import Role
from overview.models import Export
from tests.api.helpers import signed_in, system, token_of
from tests.cast import HERE
from tests.factories import make_client, make_user

pytestmark = pytest.mark.django_db

URL = "/api/v1/exports/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def official(cast):
    return make_user(Role.DISTRICT_OFFICIAL, HERE[:6], username="district")


def rows_of(client, url: str) -> list[list[str]]:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content
    return list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))


def test_a_list_is_asked_for_made_and_fetched(cast):
    client = system("registry:read")

    asked = client.post(URL, {"resource": "households", "filters": {"neighbourhood": cast.home.pk}, "format": "csv"})

    body = asked.json()
    assert (asked.status_code, asked["Location"]) == (202, f"{URL}{body['id']}/")
    found = client.get(asked["Location"]).json()
    assert (found["status"], found["rows_done"], found["rows_total"]) == ("done", 4, 4)
    rows = rows_of(client, found["url"])
    assert [row[0] for row in rows[1:]] == [str(door.pk) for door in cast.doors]
    listed = client.get(f"{URL}?status=done&resource=households").json()["results"]
    assert [row["id"] for row in listed] == [body["id"]]


def test_a_sheet_is_asked_for_by_its_name(cast, official):
    client = signed_in(official)

    asked = client.post(URL, {"resource": "neighbourhood-list", "format": "csv"}, HTTP_ACCEPT_LANGUAGE="en").json()

    assert asked["language"] == "en"
    assert rows_of(client, f"{URL}{asked['id']}/file/")[0][:2] == ["Code", "Neighbourhood"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"resource": "households", "filters": {"colour": "red"}}, "/filters/colour", "unknown_parameter"),
        ({"resource": "households", "filters": {"neighbourhood": "x"}}, "/filters/neighbourhood", "invalid"),
        ({"resource": "households", "filters": {"cursor": "x"}}, "/filters/cursor", "unknown_parameter"),
        ({"resource": "households", "filters": {"fields": "id"}}, "/filters/fields", "unknown_parameter"),
        ({"resource": "households", "filters": {"neighbourhood": [1]}}, "/filters/neighbourhood", "invalid"),
        ({"resource": "neighbourhood-list", "filters": {"colour": 1}}, "/filters/colour", "unknown_parameter"),
        ({"resource": "neighbourhood-list", "filters": {"division": "x"}}, "/filters/division", "invalid_choice"),
        ({"resource": "weekly-progress", "filters": {"on": 20261123}}, "/filters/on", "invalid"),
        ({"resource": "weekly-progress", "filters": {"on": ["x"]}}, "/filters/on", "invalid"),
        ({"resource": "neighbourhood-list", "filters": {"neighbourhood": "9" * 5000}}, "/filters/neighbourhood", None),
        ({"resource": "exports"}, "/resource", "unknown_resource"),
        ({"resource": "../admin"}, "/resource", "unknown_resource"),
        ({"resource": "neighbourhoods", "format": "pdf"}, "/format", "invalid_choice"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(official, body, pointer, code):
    answer = signed_in(official).post(URL, {"format": "csv", **body})

    assert answer.status_code == 400, answer.content
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code or "invalid_choice")
    assert not Export.objects.exists()


def test_nobody_else_sees_it_and_a_client_only_within_its_scopes(cast, official):
    own = make_client("registry:read", "fees:read", territory=HERE)
    client, narrow = signed_in(None), signed_in(None)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(own)}")
    narrow.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(own, 'fees:read')}")
    asked = client.post(URL, {"resource": "households", "format": "csv"}).json()["id"]

    assert client.get(f"{URL}{asked}/file/").status_code == 200
    for other in (narrow, signed_in(official), system("registry:read", territory=HERE)):
        assert other.get(f"{URL}{asked}/").status_code == 404
        assert other.get(f"{URL}{asked}/file/").status_code == 404
        assert other.get(URL).json()["results"] == []
    refused = narrow.post(URL, {"resource": "households", "format": "csv"})
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient_scope")
    assert narrow.post(URL, {"resource": "neighbourhood-list", "format": "csv"}).status_code == 403


def test_a_file_that_is_not_made_or_gone_says_so(cast, official):
    client = signed_in(official)
    export = Export.objects.create(subject="households", format="csv", language="en", by=official)

    waiting = client.get(f"{URL}{export.pk}/").json()
    assert (waiting["status"], waiting["url"]) == ("queued", None)
    assert client.get(f"{URL}{export.pk}/file/").json()["code"] == "export_not_ready"
    Export.objects.update(state="expired")
    gone = client.get(f"{URL}{export.pk}/file/")
    assert (gone.status_code, gone.json()["code"]) == (409, "export_expired")
