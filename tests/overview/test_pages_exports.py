"""The pages of exports: choose, ask, fetch; keep a view and have it mailed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from overview.models import Export, SavedView, WeeklySheet
from overview.services.exports.asking import queue_export
from tests.api.helpers import signed_in
from tests.cast import HERE
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def official(cast):
    return make_user(Role.DISTRICT_OFFICIAL, HERE[:6], username="district", email="official@example.cn")


@pytest.fixture
def desk(official, client):
    client.force_login(official)
    client.cookies["django_language"] = "en"
    return client


def ask(by, **fields) -> Export:
    return queue_export(
        **{"subject": "neighbourhood-list", "format": "xlsx", "by": by, "language": "en", "filters": {}, **fields}
    )


def test_a_sheet_is_chosen_asked_for_and_fetched(desk, cast):
    choose = desk.get("/exports/new/").content.decode()
    assert 'data-testid="sheet-neighbourhood-list"' in choose
    form = desk.get(f"/exports/new/?sheet=neighbourhood-list&neighbourhood={cast.home.pk}").content.decode()
    assert f'value="{cast.home.name}"' in form

    asked = desk.post(
        "/exports/new/",
        {"sheet": "neighbourhood-list", "neighbourhood": cast.home.name, "format": "xlsx", "act": "make"},
    )

    export = Export.objects.get()
    assert asked["Location"] == f"/exports/{export.pk}/"
    page = desk.get(asked["Location"]).content.decode()
    assert 'data-state="done"' in page
    assert cast.home.name in page
    file = desk.get(f"/exports/{export.pk}/file/")
    assert (b"".join(file.streaming_content)[:2], file["Cache-Control"]) == (b"PK", "private, no-store")


def test_faults_stand_at_their_place_and_make_nothing(desk, cast):
    answer = desk.post(
        "/exports/new/", {"sheet": "neighbourhood-list", "neighbourhood": "没有这个", "format": "odt", "act": "make"}
    )

    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'id="id_neighbourhood_error"' in page
    assert not Export.objects.exists()


def test_others_find_nothing_and_who_reads_nothing_is_refused(cast, official):
    export = ask(official)
    other = signed_in(make_user(Role.DISTRICT_OFFICIAL, HERE[:6], username="other"))

    assert [other.get(f"/exports/{export.pk}/{path}").status_code for path in ("", "file/")] == [404, 404]
    nobody = signed_in(make_user(None, None, username="nobody"))
    assert nobody.get("/exports/new/?sheet=neighbourhood-list").status_code == 403


def test_a_view_is_kept_mailed_each_week_and_forgotten(desk):
    kept = desk.post(
        "/exports/new/",
        {"sheet": "neighbourhood-list", "division": HERE[:6], "act": "save", "view": "我的周报"},
    )
    view = SavedView.objects.get()
    assert (kept["Location"], view.filters) == (f"/exports/views/{view.pk}/", {"division": HERE[:6]})

    desk.post(kept["Location"], {"weekday": "1", "hour": "7", "format": "csv"})
    weekly = WeeklySheet.objects.get()
    assert (weekly.weekday, weekly.hour, weekly.format) == (1, 7, "csv")
    assert "official@example.cn" in desk.get(kept["Location"]).content.decode()
    made = desk.post(f"{kept['Location']}do/", {"act": "make"})
    assert made["Location"] == f"/exports/{Export.objects.get().pk}/"
    desk.post(f"{kept['Location']}do/", {"act": "stop"})
    assert not WeeklySheet.objects.exists()
    desk.post(f"{kept['Location']}do/", {"act": "remove"})
    assert not SavedView.objects.exists()


def test_the_list_costs_the_same_for_one_row_and_for_three(desk, official):
    ask(official)
    desk.get("/exports/")
    counts = []
    for _number in range(2):
        with CaptureQueriesContext(connection) as seen:
            desk.get("/exports/")
        counts.append(len(seen))
        ask(official)
        ask(official, filters={"division": HERE[:6]})

    assert counts[0] == counts[1]
