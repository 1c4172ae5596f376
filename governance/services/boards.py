"""Butler boards at the stairwells' doors: put up, put right, taken down.

Nobody's name or phone goes into the history, which cannot be erased: a building head may take consent back.
"""

from datetime import date, datetime
from typing import Any

from django.core.files import File
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from common.photos import read_photo
from governance.errors.boards import BoardTakenDown, BoardUpAlready, HeadConsentNeeded
from governance.models import NoticeBoard
from governance.rules.boards import consent_carries, head_is_whole
from renovation.errors import DayOutOfOrder
from renovation.models import Building, Neighbourhood, Stairwell
from renovation.services.checks import require_day


@transaction.atomic
def put_up_board(
    *,
    stairwell: Stairwell,
    butler_name: str,
    butler_phone: str,
    put_up_on: date,
    building_head_name: str = "",
    building_head_phone: str = "",
    head_consents_on: date | None = None,
    photo: File | None = None,
    by: User,
    at: datetime | None = None,
) -> NoticeBoard:
    """Put up the board of a stairwell. Raises PhotoRefused, DayInFuture, BoardUpAlready or HeadConsentNeeded."""
    at = at or timezone.now()
    image = read_photo(photo).cleaned() if photo is not None else None
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=stairwell.building.neighbourhood_id)
    require_day(put_up_on, at)
    if stairwell.notice_boards.up().exists():
        raise BoardUpAlready(_("A board hangs at this stairwell already. Change it, or take it down first."))
    board = NoticeBoard(
        neighbourhood=neighbourhood,
        stairwell=stairwell,
        butler_name=butler_name,
        butler_phone=butler_phone,
        building_head_name=building_head_name,
        building_head_phone=building_head_phone,
        head_consents_on=head_consents_on,
        put_up_on=put_up_on,
    )
    _require_consent(board, at)
    if image is not None:
        _attach(board, image)
    board.save()
    add_history(board, "board_put_up", by=by, action="created", with_head=board.building_head_name != "")
    return board


@transaction.atomic
def change_board(*, board: NoticeBoard, by: User, at: datetime | None = None, **values: Any) -> NoticeBoard:
    """Write a board anew that hangs: butler_name, butler_phone, building_head_name, building_head_phone,
    head_consents_on. An older photo shows other words, so it goes.

    Raises BoardTakenDown, DayInFuture or HeadConsentNeeded, also where another name or phone would hang there by the
    consent to what hung before.
    """
    at = at or timezone.now()
    locked = _lock(board)
    changed = sorted(name for name, value in values.items() if getattr(locked, name) != value)
    if not changed:
        return locked
    before = locked.head_consents_on
    for name in changed:
        setattr(locked, name, values[name])
    _require_consent(locked, at)
    is_shown_anew = any(values[name] for name in changed if name in ("building_head_name", "building_head_phone"))
    if is_shown_anew and not consent_carries(locked.head_consents_on, before, timezone.localdate(at)):
        raise HeadConsentNeeded(
            _("The building head consented to another name or phone: write down the day of consent to this one.")
        )
    fields = [*changed, *_drop_photo(locked)]
    locked.save(update_fields=fields)
    add_history(locked, "board_changed", by=by, fields=fields)
    return locked


@transaction.atomic
def withdraw_head_consent(*, board: NoticeBoard, by: User) -> NoticeBoard:
    """The building head no longer wants to be shown: name, phone and the photo of the board are erased, on a board
    that was taken down, too. Without a head on it nothing is done.
    """
    locked = _lock(board, up=False)
    if not locked.building_head_name:
        return locked
    locked.building_head_name, locked.building_head_phone, locked.head_consents_on = "", "", None
    fields = ["building_head_name", "building_head_phone", "head_consents_on", *_drop_photo(locked)]
    locked.save(update_fields=fields)
    add_history(locked, "board_head_withdrawn", by=by, fields=fields)
    return locked


@transaction.atomic
def add_board_photo(*, board: NoticeBoard, file: File, by: User) -> NoticeBoard:
    """Keep a photo of the board as it hangs, in place of an older one. Raises PhotoRefused or BoardTakenDown."""
    image = read_photo(file).cleaned()
    locked = _lock(board)
    _drop_photo(locked)
    _attach(locked, image)
    locked.save(update_fields=["photo"])
    add_history(locked, "board_photo_added", by=by, fields=["photo"])
    return locked


@transaction.atomic
def erase_photos(*, building: Building, stairwell: Stairwell | None, by: User) -> None:
    """Erase the photos of the boards at a building's stairwells, or at one of them: somebody who stood on them does no
    longer. The caller has locked the neighbourhood.
    """
    boards = NoticeBoard.objects.select_for_update(of=("self",)).filter(stairwell__building=building).exclude(photo="")
    if stairwell is not None:
        boards = boards.filter(stairwell=stairwell)
    for board in boards.select_related("neighbourhood", "stairwell__building").order_by("pk"):
        fields = _drop_photo(board)
        board.save(update_fields=fields)
        add_history(board, "board_photo_erased", by=by, fields=fields)


@transaction.atomic
def take_down_board(*, board: NoticeBoard, taken_down_on: date, by: User, at: datetime | None = None) -> NoticeBoard:
    """The board no longer hangs there. Raises BoardTakenDown, DayInFuture or DayOutOfOrder (before it was put up)."""
    locked = _lock(board)
    require_day(taken_down_on, at or timezone.now())
    if taken_down_on < locked.put_up_on:
        raise DayOutOfOrder(_("A board is taken down after it was put up."))
    locked.taken_down_on = taken_down_on
    locked.save(update_fields=["taken_down_on"])
    add_history(locked, "board_taken_down", by=by, fields=["taken_down_on"])
    return locked


def _lock(board: NoticeBoard, *, up: bool = True) -> NoticeBoard:
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=board.neighbourhood_id)
    locked = NoticeBoard.objects.select_for_update(of=("self",)).select_related("stairwell__building").get(pk=board.pk)
    locked.neighbourhood = neighbourhood
    if up and locked.taken_down_on is not None:
        raise BoardTakenDown(_("This board was taken down already."))
    return locked


def _require_consent(board: NoticeBoard, at: datetime) -> None:
    if not head_is_whole(board.building_head_name, board.building_head_phone, board.head_consents_on):
        raise HeadConsentNeeded(
            _("A building head is shown by name and only with consent: write down the name and the day of consent.")
        )
    if board.head_consents_on is not None:
        require_day(board.head_consents_on, at)


def _attach(board: NoticeBoard, image: bytes) -> None:
    board.photo.save(f"{board.stairwell_id}.jpg", ContentFile(image), save=False)


def _drop_photo(board: NoticeBoard) -> list[str]:
    """Takes the photo off the board, its file once that is sure; the fields that changed."""
    if not board.photo:
        return []
    storage, name = board.photo.storage, board.photo.name
    transaction.on_commit(lambda: storage.delete(str(name)))
    board.photo = ""
    return ["photo"]
