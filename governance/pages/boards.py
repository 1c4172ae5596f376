"""Butler boards of a neighbourhood: which hang, each of them, and the sheets to print for the doors."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from accounts.choices import Act
from accounts.http import SignedInRequest
from common.photo_fields import CameraInput
from governance.models import NoticeBoard
from governance.pages.forms import DayField, submit
from governance.pages.places import governed_neighbourhood
from governance.permissions.boards import may_keep_board, may_keep_some_board, sees_head
from governance.permissions.party import reads_members
from governance.reports.boards import StairwellBoard, boards_by_stairwell
from governance.services.boards import (
    add_board_photo,
    change_board,
    put_up_board,
    take_down_board,
    withdraw_head_consent,
)
from renovation.models import Neighbourhood, Stairwell
from renovation.rules.masking import mask_name, mask_phone

TAKEN_DOWN_SHOWN = 20


class BoardForm(forms.Form):
    """What stands on a board. Ticking the consent is the day's consent; a head without it is refused."""

    butler_name = forms.CharField(label=gettext_lazy("Property butler"), max_length=40)
    butler_phone = forms.CharField(label=gettext_lazy("Butler's work phone"), max_length=20)
    building_head_name = forms.CharField(label=gettext_lazy("Building head"), max_length=40, required=False)
    building_head_phone = forms.CharField(label=gettext_lazy("Building head's phone"), max_length=20, required=False)
    head_consents_on = DayField(
        label=gettext_lazy("Building head consented on"),
        required=False,
        help_text=gettext_lazy(
            "A building head is a resident: shown by name and phone only with consent to just this."
        ),
    )

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class PutUpForm(BoardForm):
    put_up_on = DayField(label=gettext_lazy("Put up on"), initial=timezone.localdate)


class PhotoForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Photo of the board"), max_length=255, widget=CameraInput)

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class TakeDownForm(forms.Form):
    taken_down_on = DayField(label=gettext_lazy("Taken down on"), initial=timezone.localdate)

    @property
    def told(self) -> dict[str, Any]:
        return self.cleaned_data


class NothingForm(forms.Form):
    """A button that asks for nothing."""

    told: dict[str, Any] = {}


def _rows(request: SignedInRequest, neighbourhood: Neighbourhood) -> Sequence[StairwellBoard]:
    """The stairwells; party members who are named at their doors, only for whoever reads party members by name."""
    named = reads_members(request.user, neighbourhood)
    return boards_by_stairwell(neighbourhood, timezone.localdate(), with_members=named)


@login_required
def boards(request: SignedInRequest, pk: int) -> HttpResponse:
    """Every stairwell with its board, those without one first."""
    neighbourhood = governed_neighbourhood(request, pk, Act.UPKEEP)
    rows = _rows(request, neighbourhood)
    down = NoticeBoard.objects.filter(neighbourhood=neighbourhood).exclude(taken_down_on=None)
    context = {
        "neighbourhood": neighbourhood,
        "rows": [row for row in rows if row.board],
        "without": [(row, may_keep_board(request.user, row.stairwell)) for row in rows if not row.board],
        "total": len(rows),
        "may": may_keep_some_board(request.user, neighbourhood),
        "down": down.select_related("stairwell__building").order_by("-pk")[:TAKEN_DOWN_SHOWN],
    }
    return render(request, "governance/boards.html", context)


@login_required
def board_new(request: SignedInRequest, pk: int, stairwell: int) -> HttpResponse:
    """Put up the board of a stairwell."""
    neighbourhood = governed_neighbourhood(request, pk, Act.UPKEEP)
    found = get_object_or_404(
        Stairwell.objects.select_related("building__neighbourhood"),
        building__neighbourhood=neighbourhood,
        pk=stairwell,
    )
    if not may_keep_board(request.user, found):
        raise PermissionDenied
    form = PutUpForm(request.POST if request.method == "POST" else None, initial=_like_others(neighbourhood))
    made, status = submit(form, put_up_board, stairwell=found, by=request.user)
    if made is not None:
        messages.success(request, _("The board is kept. Print it and hang it at the door."))
        return redirect("board", pk, made.pk)
    context = {"neighbourhood": neighbourhood, "stairwell": found, "form": form}
    return render(request, "governance/board_new.html", context, status=status)


def _like_others(neighbourhood: Neighbourhood) -> dict[str, str]:
    """The butler of the board that was put up last: one butler often has several stairwells."""
    last = NoticeBoard.objects.filter(neighbourhood=neighbourhood).up().order_by("-pk").first()
    return {"butler_name": last.butler_name, "butler_phone": last.butler_phone} if last else {}


@login_required
def board(request: SignedInRequest, pk: int, board: int) -> HttpResponse:
    """One board. POST writes it anew, keeps a photo, takes back the head's consent, or takes the board down."""
    neighbourhood = governed_neighbourhood(request, pk, Act.UPKEEP)
    found = _board(neighbourhood, board)
    may = may_keep_board(request.user, found)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        if act not in ACTS:
            raise Http404
    made: dict[str, Any] = {}
    status = 200
    if may:
        made = _board_forms(request, found, act)
    if act:
        if act not in made:
            raise Http404
        done, status = submit(made[act], ACTS[act], board=found, by=request.user)
        if done is not None:
            messages.success(request, _said(act))
            return redirect("board", pk, found.pk)
    if not sees_head(request.user, found):
        found.building_head_name = mask_name(found.building_head_name)
        found.building_head_phone = mask_phone(found.building_head_phone)
    row = next((row for row in _rows(request, neighbourhood) if row.stairwell.pk == found.stairwell_id), None)
    context = {
        "neighbourhood": neighbourhood,
        "board": found,
        "responsible": row.responsible if row else [],
        "forms": made,
        "may": may,
    }
    return render(request, "governance/board.html", context, status=status)


ACTS: dict[str, Any] = {
    "change": change_board,
    "photo": add_board_photo,
    "withdraw": withdraw_head_consent,
    "down": take_down_board,
}


def _said(act: str) -> str:
    return {
        "change": _("The board is written anew. Print it and hang it at the door."),
        "photo": _("The photo is kept."),
        "withdraw": _("The building head is taken off. Take the printed board down, too."),
        "down": _("The board is taken down."),
    }[act]


def _board_forms(request: SignedInRequest, board: NoticeBoard, act: str) -> dict[str, Any]:
    def sent(name: str) -> Any:
        return request.POST if act == name else None

    made: dict[str, Any] = {}
    if board.building_head_name:
        made["withdraw"] = NothingForm(sent("withdraw"))
    if board.taken_down_on is None:
        names = ("butler_name", "butler_phone", "building_head_name", "building_head_phone", "head_consents_on")
        initial = {name: getattr(board, name) for name in names}
        made["change"] = BoardForm(sent("change"), initial=initial, auto_id="change_%s")
        made["photo"] = PhotoForm(sent("photo"), request.FILES if act == "photo" else None)
        made["down"] = TakeDownForm(sent("down"))
    return made


def _board(neighbourhood: Neighbourhood, pk: int) -> NoticeBoard:
    rows = NoticeBoard.objects.select_related("stairwell__building__neighbourhood")
    found: NoticeBoard = get_object_or_404(rows, neighbourhood=neighbourhood, pk=pk)
    found.neighbourhood = neighbourhood
    return found


@login_required
@require_GET
def boards_print(request: SignedInRequest, pk: int) -> HttpResponse:
    """The boards as they hang at the doors, one sheet of A3 each; with `?board=` one of them."""
    neighbourhood = governed_neighbourhood(request, pk, Act.UPKEEP)
    rows = [row for row in _rows(request, neighbourhood) if row.board]
    asked = request.GET.get("board", "")
    if asked:
        rows = [row for row in rows if row.board and str(row.board.pk) == asked]
    if not rows:
        raise Http404
    return render(request, "governance/boards_print.html", {"neighbourhood": neighbourhood, "rows": rows})


@login_required
@require_GET
def board_photo(request: SignedInRequest, pk: int, board: int) -> HttpResponse:
    """The photo of a board as it hangs, for whoever keeps it: party members may stand there by name.

    Never kept by the browser: it is erased when somebody on it takes consent back.
    """
    neighbourhood = governed_neighbourhood(request, pk, Act.UPKEEP)
    found = _board(neighbourhood, board)
    if not may_keep_board(request.user, found):
        raise PermissionDenied
    if not found.photo:
        raise Http404
    try:
        with found.photo.open("rb") as file:
            content = file.read()
    except FileNotFoundError as lost:
        raise Http404 from lost
    headers = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type="image/jpeg", headers=headers)
