"""The pages of butler boards, and the sheets for the doors."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from governance.models import NoticeBoard
from governance.services.party import give_area
from tests.cast import ELSEWHERE
from tests.factories import make_building, make_stairwell, make_user
from tests.governance.party_cast import DAY, HEAD, a_board, a_member, browser
from tests.renovation.supervision_cast import a_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def url(neighbourhood, *parts):
    return "/".join(["", "neighbourhoods", str(neighbourhood.pk), "boards", *(str(part) for part in parts), ""])


def text(response):
    return response.content.decode()


def test_stairwells_without_a_board_come_first_with_the_way_to_one(cast, community_worker, district_official):
    board = a_board(cast.doors[0].stairwell, community_worker)
    way = url(cast.home, "new", cast.doors[2].stairwell_id)

    page = text(browser(community_worker).get(url(cast.home)))

    assert f'data-testid="without-{cast.doors[2].stairwell_id}"' in page
    assert f'data-testid="board-{board.pk}"' in page
    assert page.index("without-") < page.index(f"board-{board.pk}")
    assert f'href="{way}"' in page
    assert f'href="{way}"' not in text(browser(district_official).get(url(cast.home)))
    assert browser(district_official).get(way).status_code == 403


def test_a_board_is_put_up_by_the_form(cast, property_clerk):
    client, page = browser(property_clerk), url(cast.home, "new", cast.doors[0].stairwell_id)
    sent = {"butler_name": "刘管家", "butler_phone": "0717-6220001", "put_up_on": "2026-03-01"}

    refused = client.post(page, {**sent, "building_head_name": "赵楼长"})
    made = client.post(page, {**sent, "building_head_name": "赵楼长", "head_consents_on": "2026-02-20"})

    board = NoticeBoard.objects.get()
    assert refused.status_code == 409
    assert (made.status_code, made["Location"]) == (302, url(cast.home, board.pk))
    assert board.building_head_name == "赵楼长"
    # The next stairwell of the same butler begins with the butler's name.
    assert 'value="刘管家"' in text(client.get(url(cast.home, "new", cast.doors[2].stairwell_id)))


def test_a_board_is_changed_photographed_cleared_and_taken_down(cast, community_worker):
    board = a_board(cast.doors[0].stairwell, community_worker, **HEAD)
    client, page = browser(community_worker), url(cast.home, board.pk)
    sent = {"butler_name": "陈管家", "butler_phone": "0717-6220002"}
    head = {"building_head_name": "赵楼长", "building_head_phone": "", "head_consents_on": "2026-02-20"}

    assert client.post(page, {"act": "change", **sent, **head}).status_code == 302
    assert client.post(page, {"act": "photo", "file": a_photo()}).status_code == 302
    photo = client.get(url(cast.home, board.pk, "photo"))
    assert (photo.status_code, photo["Content-Type"], photo["Cache-Control"]) == (
        200,
        "image/jpeg",
        "private, no-store",
    )
    no_photo = {"act": "photo", "file": SimpleUploadedFile("a.jpg", b"x", "image/jpeg")}
    assert client.post(page, no_photo).status_code == 400
    assert client.post(page, {"act": "withdraw"}).status_code == 302
    assert client.get(url(cast.home, board.pk, "photo")).status_code == 404
    assert client.post(page, {"act": "withdraw"}).status_code == 404
    assert client.post(page, {"act": "down", "taken_down_on": "2026-01-01"}).status_code == 409
    assert client.post(page, {"act": "down", "taken_down_on": "2026-06-01"}).status_code == 302
    assert client.post(page, {"act": "change", **sent}).status_code == 404

    board.refresh_from_db()
    assert (board.butler_name, board.building_head_name, board.taken_down_on.isoformat()) == (
        "陈管家",
        "",
        "2026-06-01",
    )


def test_a_grid_worker_does_not_write_a_board_of_another_grid(cast, community_worker, grid_worker):
    client = browser(grid_worker)
    own, other = a_board(cast.doors[0].stairwell, community_worker), a_board(cast.doors[2].stairwell, community_worker)

    assert client.get(url(cast.home, other.pk)).status_code == 200
    assert client.post(url(cast.home, other.pk), {"act": "down", "taken_down_on": "2026-06-01"}).status_code == 403
    assert client.post(url(cast.home, own.pk), {"act": "down", "taken_down_on": "2026-06-01"}).status_code == 302


def test_strangers_find_no_board(cast, community_worker):
    board = a_board(cast.doors[0].stairwell, community_worker, photo=a_photo())
    stranger = browser(make_user(Role.COMMUNITY_STAFF, ELSEWHERE, username="stranger"))

    for parts in ((), ("print",), (board.pk,), (board.pk, "photo"), ("new", cast.doors[2].stairwell_id)):
        assert stranger.get(url(cast.home, *parts)).status_code == 404


def test_a_sheet_for_each_board_that_hangs(cast, community_worker):
    client = browser(community_worker)
    assert client.get(url(cast.home, "print")).status_code == 404
    first, second = (
        a_board(cast.doors[0].stairwell, community_worker, **HEAD),
        a_board(cast.doors[2].stairwell, community_worker),
    )

    every, one = (
        text(client.get(url(cast.home, "print"))),
        text(client.get(f"{url(cast.home, 'print')}?board={second.pk}")),
    )

    assert every.count('class="sheet-a3"') == 2
    assert f"sheet-{first.pk}" in every
    assert "赵楼长" in every
    assert one.count('class="sheet-a3"') == 1
    assert "赵楼长" not in one
    assert client.get(f"{url(cast.home, 'print')}?board=x").status_code == 404


def test_party_members_stand_on_the_sheet_by_consent_and_for_who_reads_them_by_name(
    cast, community_worker, property_clerk, district_official
):
    board = a_board(cast.doors[0].stairwell, community_worker)
    member, secret = a_member(cast.home, community_worker), a_member(cast.home, community_worker, name="丁一")
    told = {"building": cast.doors[0].building, "starts_on": DAY, "by": community_worker}
    give_area(member=member, duty="联系住户", shown_with_consent_on=DAY, **told)
    give_area(member=secret, duty="不公示", **told)

    for parts in (("print",), (board.pk,)):
        own = text(browser(community_worker).get(url(cast.home, *parts)))
        assert "钟爱国" in own
        assert "丁一" not in own
        for reader in (property_clerk, district_official):
            page = text(browser(reader).get(url(cast.home, *parts)))
            assert "刘管家" in page
            assert "钟爱国" not in page


@pytest.mark.parametrize("path", [(), ("print",)])
def test_pages_cost_the_same_for_one_and_for_three(cast, community_worker, path, django_assert_num_queries):
    a_board(cast.doors[0].stairwell, community_worker)
    client = browser(community_worker)
    client.get(url(cast.home, *path))
    with CaptureQueriesContext(connection) as one:
        client.get(url(cast.home, *path))
    for number in ("8", "9"):
        stairwell = make_stairwell(building=make_building(neighbourhood=cast.home, number=number), number="1")
        a_board(stairwell, community_worker, butler_name=f"管家{number}")

    with django_assert_num_queries(len(one)):
        page = text(client.get(url(cast.home, *path)))
    assert "管家9" in page


def test_the_photo_is_for_whoever_keeps_the_board(cast, community_worker, property_clerk, district_official):
    board = a_board(cast.doors[0].stairwell, community_worker, photo=a_photo())
    photo = url(cast.home, board.pk, "photo")

    assert browser(property_clerk).get(photo).status_code == 200
    assert browser(district_official).get(photo).status_code == 403
    assert photo in text(browser(property_clerk).get(url(cast.home, board.pk)))
    assert photo not in text(browser(district_official).get(url(cast.home, board.pk)))
