"""What is printed of consent: for the doors of a round, of a survey's result, of a notice, and of an owners' vote."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.http import SignedInRequest
from accounts.throttling import limited_prints
from common.errors import DomainError
from consent.models import OwnersVote, PublicNotice, Round, Survey
from consent.permissions import sees_doors
from consent.rules.numbers import natural
from overview.pages.pdf import DIRECTLY, paper_response, parts_response
from overview.prints import consultation, rounds
from overview.prints.notices import notice_sheet
from overview.prints.round_bundles import CONSULTATION_FORMS, ROUND_SHEETS, TITLES
from overview.prints.rounds import DOORS_A_PAGE, RoundAsked, doors_of
from overview.prints.tallies import round_tally
from overview.prints.votes import vote_record
from overview.services.exports.asking import queue_export

PLACE = "neighbourhood__community__parent__parent__parent"


class DoorsForm(forms.Form):
    """Which doors of the round in hand; a building that is none of them is refused."""

    building = forms.TypedChoiceField(label=_("Building"), required=False, coerce=int, empty_value=None)
    whole = forms.BooleanField(label=_("Also doors that were visited in this round"), required=False)

    def __init__(self, *args: Any, buildings: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["building"].choices = [("", _("All buildings")), *buildings]


@login_required
@require_GET
def print_survey(request: SignedInRequest, pk: int) -> HttpResponse:
    """What there is to print of a survey."""
    return _show(request, _survey(request, pk))


@login_required
@require_GET
def print_tally(request: SignedInRequest, pk: int) -> HttpResponse:
    return paper_response(round_tally(_survey(request, pk), reader=request.user, at=timezone.now()))


@login_required
def print_round_sheets(request: SignedInRequest, pk: int) -> HttpResponse:
    """The doors of the round in hand, building by building."""

    def parts(asked: RoundAsked) -> Any:
        return rounds.parts_of(rounds.round_sheets(asked, at=timezone.now()))

    return _of_doors(request, pk, ROUND_SHEETS, rounds.TEMPLATE, parts, DIRECTLY * DOORS_A_PAGE)


@login_required
def print_consultation_forms(request: SignedInRequest, pk: int) -> HttpResponse:
    """A form to answer on for each door of the round in hand."""

    def parts(asked: RoundAsked) -> Any:
        return consultation.consultation_parts(asked, at=timezone.now())

    return _of_doors(request, pk, CONSULTATION_FORMS, consultation.TEMPLATE, parts, DIRECTLY)


@require_GET
@limited_prints
def print_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """The notice as anybody may read it, for the board."""
    notices = PublicNotice.objects.select_related(PLACE, "survey__policy", "plan", "tree_head")
    return paper_response(notice_sheet(get_object_or_404(notices, pk=pk), at=timezone.now()))


@login_required
@require_GET
def print_vote(request: SignedInRequest, pk: int) -> HttpResponse:
    votes: Any = OwnersVote.objects.visible_to(request.user)
    found = get_object_or_404(votes.select_related(PLACE, "stairwell__building", "rules"), pk=pk)
    return paper_response(vote_record(found, at=timezone.now()))


def _of_doors(
    request: SignedInRequest, pk: int, name: str, template: str, parts: Callable[[RoundAsked], Any], limit: int
) -> HttpResponse:
    """The PDF at once for at most `limit` doors. More are made by a job: GET says so, POST asks for it."""
    survey = _survey(request, pk)
    if not sees_doors(request.user, survey):
        raise PermissionDenied
    in_hand = _in_hand(survey)
    form = _form(request, survey, request.GET or request.POST)
    if in_hand is None:
        return _show(request, survey, status=409)
    if not form.is_valid():
        return _show(request, survey, form=form, status=400)
    asked = RoundAsked(request.user, in_hand, form.cleaned_data["building"], form.cleaned_data["whole"])
    number = len(doors_of(asked))
    if not number:
        return _show(request, survey, form=form, nothing=True, status=409)
    if request.method == "POST":
        return _queue(request, survey, form, name)
    if number > limit:
        return _show(request, survey, form=form, too_many={"name": name, "doors": number})
    return parts_response(template, parts(asked), title=str(TITLES[name]), name=f"{name}-{survey.neighbourhood.code}")


def _queue(request: SignedInRequest, survey: Survey, form: DoorsForm, name: str) -> HttpResponse:
    filters: dict[str, Any] = {"survey": survey.pk}
    filters |= {field: value for field, value in form.cleaned_data.items() if value}
    try:
        export = queue_export(
            subject=name, filters=filters, format="pdf", by=request.user, language=get_language() or "zh-hans"
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _show(request, survey, form=form, status=refusal.status)
    return redirect("export", export.pk)


def _show(
    request: SignedInRequest,
    survey: Survey,
    *,
    form: DoorsForm | None = None,
    too_many: dict[str, Any] | None = None,
    nothing: bool = False,
    status: int = 200,
) -> HttpResponse:
    in_hand = _in_hand(survey)
    context = {
        "survey": survey,
        "neighbourhood": survey.neighbourhood,
        "in_hand": in_hand,
        "left": in_hand.listed_count - in_hand.visited_count if in_hand else 0,
        "form": form or _form(request, survey),
        "sees_doors": sees_doors(request.user, survey),
        "too_many": too_many and {**too_many, "title": TITLES[too_many["name"]]},
        "nothing": nothing,
        "notices": survey.notices.exclude(state="replaced").order_by("-posted_on", "-pk"),
    }
    return render(request, "overview/print_survey.html", context, status=status)


def _form(request: SignedInRequest, survey: Survey, data: Any = None) -> DoorsForm:
    doors: Any = survey.doors.visible_to(request.user).on_roll()
    rows = set(doors.values_list("building_id", "building__number").order_by())
    named = sorted(rows, key=lambda pair: natural(pair[1]))
    words = gettext("Building %(building)s")
    return DoorsForm(
        data if data is not None else None, buildings=[(pk, words % {"building": number}) for pk, number in named]
    )


def _in_hand(survey: Survey) -> Round | None:
    related = "survey__neighbourhood__community__parent__parent__parent"
    found: Round | None = (
        Round.objects.filter(survey=survey, closed_at=None).select_related(related, "survey__menu_edition").first()
    )
    return found


def _survey(request: SignedInRequest, pk: int) -> Survey:
    surveys: Any = Survey.objects.visible_to(request.user)
    found: Survey = get_object_or_404(surveys.select_related(PLACE, "policy"), pk=pk)
    return found
