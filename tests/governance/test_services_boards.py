"""Butler boards: put up, changed, taken down; a building head only with consent."""

from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from accounts.models import Change, HistoryEntry
from common.photos import PhotoRefused
from governance.errors.boards import BoardTakenDown, BoardUpAlready, HeadConsentNeeded
from governance.models import NoticeBoard
from governance.reports.boards import boards_by_stairwell
from governance.services.boards import (
    add_board_photo,
    change_board,
    put_up_board,
    take_down_board,
    withdraw_head_consent,
)
from governance.services.party import end_area, give_area, show_area
from renovation.errors import DayInFuture, DayOutOfOrder
from tests.factories import make_building, make_stairwell
from tests.governance.party_cast import DAY, HEAD, a_board, a_member, to_come
from tests.renovation.supervision_cast import a_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def stairwell(cast):
    return cast.doors[0].stairwell


def test_a_board_is_put_up_and_the_history_names_nobody(cast, stairwell, community_worker):
    board = a_board(stairwell, community_worker, **HEAD, photo=a_photo())

    kept = NoticeBoard.objects.get()
    assert (kept.neighbourhood, kept.butler_name, kept.building_head_name, kept.head_consents_on, bool(kept.photo)) == (
        cast.home,
        "刘管家",
        "赵楼长",
        date(2026, 2, 20),
        True,
    )
    entry = HistoryEntry.objects.get(resource="notice-boards")
    assert (entry.act, entry.object_id, entry.details) == ("board_put_up", board.pk, {"with_head": True})
    assert Change.objects.get(resource="notice-boards").grid == "420502001001001"


def test_one_board_hangs_at_a_stairwell(stairwell, community_worker):
    first = a_board(stairwell, community_worker)
    with pytest.raises(BoardUpAlready):
        a_board(stairwell, community_worker)

    take_down_board(board=first, taken_down_on=DAY, by=community_worker)

    assert a_board(stairwell, community_worker).pk != first.pk


@pytest.mark.parametrize("missing", ["building_head_name", "head_consents_on"])
def test_a_building_head_takes_name_and_consent(stairwell, community_worker, missing):
    head = {name: value for name, value in HEAD.items() if name != missing}
    with pytest.raises(HeadConsentNeeded):
        a_board(stairwell, community_worker, **head)
    assert NoticeBoard.objects.count() == 0


def test_days_to_come_are_refused(stairwell, community_worker):
    with pytest.raises(DayInFuture):
        a_board(stairwell, community_worker, put_up_on=to_come())
    with pytest.raises(DayInFuture):
        a_board(stairwell, community_worker, **{**HEAD, "head_consents_on": to_come()})


def test_what_is_no_photo_puts_up_nothing(stairwell, community_worker, tmp_path):
    with pytest.raises(PhotoRefused):
        a_board(stairwell, community_worker, photo=ContentFile(b"no photo", name="a.jpg"))
    assert NoticeBoard.objects.count() == 0


def test_a_change_drops_the_photo_of_the_older_words(stairwell, community_worker, django_capture_on_commit_callbacks):
    board = a_board(stairwell, community_worker, photo=a_photo())
    storage, name = board.photo.storage, board.photo.name

    with django_capture_on_commit_callbacks(execute=True):
        changed = change_board(board=board, butler_name="陈管家", by=community_worker)

    assert (changed.butler_name, changed.version, bool(changed.photo), storage.exists(name)) == (
        "陈管家",
        2,
        False,
        False,
    )
    assert change_board(board=board, butler_name="陈管家", by=community_worker).version == 2
    assert HistoryEntry.objects.get(act="board_changed").details == {}
    with pytest.raises(HeadConsentNeeded):
        change_board(board=board, building_head_name="赵楼长", by=community_worker)


def test_another_head_stands_by_consent_of_their_own(stairwell, community_worker):
    board = a_board(stairwell, community_worker, **HEAD)
    with pytest.raises(HeadConsentNeeded):
        change_board(board=board, building_head_name="钱楼长", by=community_worker)
    with pytest.raises(HeadConsentNeeded):
        change_board(board=board, building_head_phone="13700002222", by=community_worker)

    change_board(board=board, building_head_phone="", by=community_worker)
    own = {"building_head_name": "钱楼长", "building_head_phone": "", "head_consents_on": date(2026, 2, 25)}
    changed = change_board(board=board, **own, by=community_worker)

    assert {name: getattr(changed, name) for name in own} == own


def test_consent_taken_back_erases_the_head_and_the_photo(
    stairwell, community_worker, django_capture_on_commit_callbacks
):
    board = a_board(stairwell, community_worker, **HEAD, photo=a_photo())
    storage, name = board.photo.storage, board.photo.name
    take_down_board(board=board, taken_down_on=DAY, by=community_worker)

    with django_capture_on_commit_callbacks(execute=True):
        withdrawn = withdraw_head_consent(board=board, by=community_worker)

    board.refresh_from_db()
    assert (board.building_head_name, board.building_head_phone, board.head_consents_on, bool(board.photo)) == (
        "",
        "",
        None,
        False,
    )
    assert not storage.exists(name)
    assert withdraw_head_consent(board=board, by=community_worker).version == withdrawn.version


def test_a_later_photo_takes_the_place_of_the_first(stairwell, community_worker, django_capture_on_commit_callbacks):
    board = a_board(stairwell, community_worker, photo=a_photo())
    first = board.photo.name

    with django_capture_on_commit_callbacks(execute=True):
        later = add_board_photo(board=board, file=a_photo(), by=community_worker)

    assert later.photo.name != first
    assert not later.photo.storage.exists(first)
    assert later.photo.storage.exists(later.photo.name)


def test_what_was_taken_down_stays_as_it_was(stairwell, community_worker):
    board = a_board(stairwell, community_worker)
    with pytest.raises(DayOutOfOrder):
        take_down_board(board=board, taken_down_on=DAY - timedelta(days=1), by=community_worker)
    with pytest.raises(DayInFuture):
        take_down_board(board=board, taken_down_on=to_come(), by=community_worker)
    take_down_board(board=board, taken_down_on=DAY, by=community_worker)

    for refused in (
        lambda: take_down_board(board=board, taken_down_on=DAY, by=community_worker),
        lambda: change_board(board=board, butler_name="x", by=community_worker),
        lambda: add_board_photo(board=board, file=a_photo(), by=community_worker),
    ):
        with pytest.raises(BoardTakenDown):
            refused()


def test_the_database_knows_no_head_without_consent(stairwell, community_worker):
    board = a_board(stairwell, community_worker)
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeBoard.objects.filter(pk=board.pk).update(building_head_name="赵楼长")
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeBoard.objects.filter(pk=board.pk).update(building_head_phone="13700001111")


def test_stairwells_come_in_the_order_of_their_numbers(cast, community_worker):
    for number in ("10", "9", "西"):
        make_stairwell(building=make_building(neighbourhood=cast.home, number=number), number="1")
    board = a_board(cast.doors[2].stairwell, community_worker)

    rows = boards_by_stairwell(cast.home, DAY)

    told = [(row.stairwell.building.number, row.board) for row in rows]
    assert told == [("1", None), ("2", board), ("9", None), ("10", None), ("西", None)]


def test_members_stand_at_the_doors_they_answer_for_by_consent_while_it_lasts(cast, community_worker):
    member = a_member(cast.home, community_worker)
    building, stairwell = cast.doors[0].building, cast.doors[0].stairwell
    second = make_stairwell(building=building, number="2")
    told = {"member": member, "building": building, "starts_on": DAY, "by": community_worker}
    whole = give_area(duty="整栋", shown_with_consent_on=DAY, **told)
    give_area(duty="不公示", stairwell=second, **told)
    one = give_area(duty="本单元", stairwell=stairwell, shown_with_consent_on=DAY, **told)

    def duties(day=date(2026, 8, 1), with_members=True):
        rows = boards_by_stairwell(cast.home, day, with_members=with_members)
        return [[responsible.duty for responsible in row.responsible] for row in rows]

    assert duties() == [["整栋", "本单元"], ["整栋"], []]
    assert duties(with_members=False) == [[], [], []]
    show_area(area=whole, consents_on=None, by=community_worker)
    assert duties() == [["本单元"], [], []]
    end_area(area=one, ends_on=date(2026, 7, 31), by=community_worker)
    assert duties(date(2026, 7, 31)) == [["本单元"], [], []]
    assert duties() == [[], [], []]


def test_a_head_may_consent_after_the_board_went_up(stairwell, community_worker):
    """The day of consent may lie after the day on which the board went up: it was written anew then."""
    board = put_up_board(
        stairwell=stairwell, butler_name="刘管家", butler_phone="0717-6220001", put_up_on=DAY, by=community_worker
    )

    changed = change_board(board=board, by=community_worker, **{**HEAD, "head_consents_on": date(2026, 4, 1)})

    assert changed.head_consents_on == date(2026, 4, 1)


@pytest.mark.parametrize("step", ["hide", "end"])
def test_with_a_members_consent_go_the_photos_that_show_the_name(
    cast, community_worker, step, django_capture_on_commit_callbacks
):
    here = a_board(cast.doors[0].stairwell, community_worker, photo=a_photo())
    there = a_board(cast.doors[2].stairwell, community_worker, photo=a_photo())
    area = give_area(
        member=a_member(cast.home, community_worker),
        building=cast.doors[0].building,
        duty="整栋",
        starts_on=DAY,
        shown_with_consent_on=DAY,
        by=community_worker,
    )
    storage, name = here.photo.storage, here.photo.name

    with django_capture_on_commit_callbacks(execute=True):
        if step == "hide":
            show_area(area=area, consents_on=None, by=community_worker)
        else:
            end_area(area=area, ends_on=DAY, by=community_worker)

    here.refresh_from_db()
    there.refresh_from_db()
    assert (bool(here.photo), bool(there.photo), storage.exists(name)) == (False, True, False)
    assert HistoryEntry.objects.get(act="board_photo_erased").object_id == here.pk
