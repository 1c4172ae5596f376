"""Owners' votes: those of a neighbourhood, one with its four fractions and how it ends, and its printed result."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from common.errors import DomainError
from common.keyset import keyset_page
from consent.choices import ChallengeOutcome, VoteMatter, VoteScope
from consent.models import OwnersVote, RulesOfProcedure, VoteChallenge
from consent.pages.announced import announced
from consent.pages.vote_forms import (
    AdoptRulesForm,
    AmendVoteForm,
    CancelVoteForm,
    ChallengeForm,
    CloseVoteForm,
    DecideForm,
    OpenVoteForm,
    first_days,
)
from consent.pages.vote_places import visible_vote, voting_neighbourhood
from consent.permissions import may_enter_ballots, may_run_survey, may_run_vote, sees_ballots, sees_ballots_on_reason
from consent.reports.vote_notices import last_closed_vote
from consent.reports.vote_pages import TEST_NAMES, ShownVote, deliveries_of, shown_vote, shown_votes
from consent.rules.numbers import natural
from consent.rules.votes import is_special
from consent.services.votes.challenges import challenge_vote, decide_challenge
from consent.services.votes.closing import cancel_vote, close_vote, obstacles_to_closing
from consent.services.votes.opening import amend_vote, open_vote
from consent.services.votes.rules import adopt_rules
from renovation.models import Neighbourhood, Stairwell

MOST_OPEN = 100


@login_required
def neighbourhood_votes(request: SignedInRequest, pk: int) -> HttpResponse:
    """The votes in hand with their four fractions, those that are decided, and the rules of procedure they go by."""
    neighbourhood = voting_neighbourhood(request, pk)
    votes = OwnersVote.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)
    in_hand = votes.filter(closed_at=None, cancelled_at=None)
    ended = votes.exclude(closed_at=None, cancelled_at=None).select_related("stairwell__building")
    today = timezone.localdate()
    page = keyset_page(request, ended, key="id", size=30, newest_first=True)
    rules = RulesOfProcedure.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)
    context = {
        "neighbourhood": neighbourhood,
        "in_hand": shown_votes(
            in_hand.select_related("stairwell__building").order_by("ends_on", "pk")[:MOST_OPEN], today
        ),
        "page": page,
        "ended": shown_votes(page.rows, today),
        "rules": list(rules.select_related("vote").order_by("-adopted_on", "-pk")[:10]),
        "in_force": rules.in_force_on(today).first(),
        "test_names": list(TEST_NAMES.values()),
        "runs": may_run_vote(request.user, neighbourhood),
    }
    return render(request, "consent/votes/votes.html", context)


@login_required
def vote_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open a vote: what is frozen, and by which rules, is said before it is."""
    neighbourhood = voting_neighbourhood(request, pk)
    if not may_run_vote(request.user, neighbourhood):
        raise PermissionDenied
    rules = RulesOfProcedure.objects.filter(neighbourhood=neighbourhood).in_force_on(timezone.localdate()).first()
    stairwells = _stairwells(neighbourhood)
    form = OpenVoteForm(
        request.POST or None,
        initial=first_days(),
        stairwells=[(found.pk, _stairwell_name(found)) for found in stairwells.values()],
        may_be_silent=rules is not None and rules.silent_votes,
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            values = dict(form.cleaned_data)
            stairwell = stairwells.get(values.pop("stairwell", None) or 0)
            scope = values.pop("scope", VoteScope.NEIGHBOURHOOD)
            if scope != VoteScope.STAIRWELL:
                stairwell = None
            try:
                vote = open_vote(
                    neighbourhood=neighbourhood, scope=scope, stairwell=stairwell, by=request.user, **values
                )
            except DomainError as refusal:
                form.add_error(_field_of(refusal, form), str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("The vote is open. Its roll is frozen: now deliver the ballots."))
                return redirect("vote", vote.pk)
    context = {"neighbourhood": neighbourhood, "form": form, "rules": rules, "matters": _matters()}
    return render(request, "consent/votes/new.html", context, status=status)


@login_required
def rules_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record that rules of procedure were adopted; votes opened from now on go by them."""
    neighbourhood = voting_neighbourhood(request, pk)
    if not may_run_vote(request.user, neighbourhood):
        raise PermissionDenied
    form = AdoptRulesForm(request.POST or None, neighbourhood=neighbourhood)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                adopt_rules(neighbourhood=neighbourhood, by=request.user, **form.values())
            except DomainError as refusal:
                form.add_error(_field_of(refusal, form), str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Recorded. Votes that are opened from now on go by these rules."))
                return redirect("votes", pk)
    return render(request, "consent/votes/rules.html", {"neighbourhood": neighbourhood, "form": form}, status=status)


@login_required
def vote_page(request: SignedInRequest, pk: int) -> HttpResponse:
    return _show(request, visible_vote(request, pk))


@login_required
def vote_sheet(request: SignedInRequest, pk: int) -> HttpResponse:
    """The result on one sheet, to be printed and posted: totals only."""
    vote = visible_vote(request, pk)
    context = {"vote": vote, "neighbourhood": vote.neighbourhood, "shown": shown_vote(vote, timezone.localdate())}
    return render(request, "consent/votes/sheet.html", {**context, "now": timezone.now()})


@login_required
@require_POST
def vote_amend(request: SignedInRequest, pk: int) -> HttpResponse:
    vote = _own(request, pk)
    form = AmendVoteForm(request.POST, vote=vote)
    if not form.is_valid():
        return _show(request, vote, amend_form=form, status=400)
    try:
        amend_vote(vote=vote, by=request.user, **form.changes())
    except DomainError as refusal:
        form.add_error(_field_of(refusal, form), str(refusal))
        return _show(request, vote, amend_form=form, status=refusal.status)
    messages.success(request, _("Recorded."))
    return redirect("vote", vote.pk)


@login_required
@require_POST
def vote_close(request: SignedInRequest, pk: int) -> HttpResponse:
    vote = _own(request, pk)
    form = CloseVoteForm(request.POST)
    if not form.is_valid():
        return _show(request, vote, close_form=form, status=400)
    try:
        close_vote(vote=vote, by=request.user, **form.cleaned_data)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _show(request, vote, close_form=form, status=refusal.status)
    messages.success(request, _("The vote is closed. Its result is fixed and no ballot is taken any more."))
    return redirect("vote", vote.pk)


@login_required
@require_POST
def vote_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    vote = _own(request, pk)
    form = CancelVoteForm(request.POST)
    if not form.is_valid():
        return _show(request, vote, cancel_form=form, status=400)
    try:
        cancel_vote(vote=vote, by=request.user, **form.cleaned_data)
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _show(request, vote, cancel_form=form, status=refusal.status)
    messages.success(request, _("The vote is called off. Its ballots stay readable."))
    return redirect("vote", vote.pk)


@login_required
@require_POST
def vote_challenge(request: SignedInRequest, pk: int) -> HttpResponse:
    vote = _own(request, pk)
    form = ChallengeForm(request.POST)
    if not form.is_valid():
        return _show(request, vote, challenge_form=form, status=400)
    try:
        challenge_vote(vote=vote, by=request.user, **form.cleaned_data)
    except DomainError as refusal:
        form.add_error(_field_of(refusal, form, "raised_on"), str(refusal))
        return _show(request, vote, challenge_form=form, status=refusal.status)
    messages.success(request, _("The challenge is recorded. The decision stands until it is rescinded."))
    return redirect("vote", vote.pk)


@login_required
@require_POST
def vote_decide(request: SignedInRequest, pk: int, challenge: int) -> HttpResponse:
    vote = _own(request, pk)
    found: VoteChallenge = get_object_or_404(VoteChallenge.objects.filter(vote=vote), pk=challenge)
    form = DecideForm(request.POST, challenge=found.pk)
    if not form.is_valid():
        return _show(request, vote, decide_forms={found.pk: form}, status=400)
    try:
        decide_challenge(challenge=found, by=request.user, **form.cleaned_data)
    except DomainError as refusal:
        form.add_error(_field_of(refusal, form, "decided_on"), str(refusal))
        return _show(request, vote, decide_forms={found.pk: form}, status=refusal.status)
    messages.success(request, _("Recorded how the challenge was decided."))
    return redirect("vote", vote.pk)


def _show(
    request: SignedInRequest,
    vote: OwnersVote,
    *,
    amend_form: AmendVoteForm | None = None,
    close_form: CloseVoteForm | None = None,
    cancel_form: CancelVoteForm | None = None,
    challenge_form: ChallengeForm | None = None,
    decide_forms: dict[int, DecideForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = shown_vote(vote, timezone.localdate())
    runs = may_run_vote(request.user, vote)
    forms = decide_forms or {}
    waits_for = obstacles_to_closing(vote=vote, result=shown.result, today=shown.today) if vote.is_open else []
    challenges = VoteChallenge.objects.visible_to(request.user).filter(vote=vote).order_by("-raised_on", "-pk")
    context: dict[str, Any] = {
        "neighbourhood": vote.neighbourhood,
        "vote": vote,
        "shown": shown,
        "tally": shown.result.tally,
        "deliveries": deliveries_of(vote),
        "waits_for": [str(obstacle) for obstacle in waits_for],
        "next_act": _next_act(shown, bool(waits_for)),
        "head": vote.heads.order_by("-size").first(),
        **announced(request.user, vote),
        "challenges": [
            (found, forms.get(found.pk) or (DecideForm(challenge=found.pk) if runs and _is_pending(found) else None))
            for found in challenges
        ],
        "runs": runs,
        "posts_result": vote.closed_at is not None
        and may_run_survey(request.user, vote)
        and vote == last_closed_vote(vote.neighbourhood),
        "enters": may_enter_ballots(request.user, vote),
        "opens_ballots": sees_ballots(request.user, vote) or sees_ballots_on_reason(request.user, vote),
        "amend_form": amend_form or AmendVoteForm(vote=vote),
        "close_form": close_form or CloseVoteForm(),
        "cancel_form": cancel_form or CancelVoteForm(),
        "challenge_form": challenge_form or ChallengeForm(),
        "now": timezone.now(),
    }
    return render(request, "consent/votes/vote.html", context, status=status)


def _next_act(shown: ShownVote, must_wait: bool) -> str:
    """What moves the vote on: `deliver`, then `enter`, then `close`; nothing once it has ended."""
    if not shown.vote.is_open:
        return ""
    if not must_wait:
        return "close"
    if shown.undelivered and shown.vote.undelivered_posted_on is None:
        return "deliver"
    return "enter" if shown.takes_ballots else ""


def _is_pending(challenge: VoteChallenge) -> bool:
    return bool(challenge.outcome == ChallengeOutcome.PENDING)


def _own(request: SignedInRequest, pk: int) -> OwnersVote:
    vote = visible_vote(request, pk)
    if not may_run_vote(request.user, vote):
        raise PermissionDenied
    return vote


def _matters() -> list[tuple[int, str, bool]]:
    return [(matter.value, str(matter.label), is_special(matter.value)) for matter in VoteMatter]


def _stairwells(neighbourhood: Neighbourhood) -> dict[int, Stairwell]:
    found = Stairwell.objects.filter(building__neighbourhood=neighbourhood).select_related("building")
    ordered = sorted(found, key=lambda each: (natural(each.building.number), natural(each.number)))
    return {each.pk: each for each in ordered}


def _stairwell_name(stairwell: Stairwell) -> str:
    return _("Building %(building)s · Stairwell %(stairwell)s") % {
        "building": stairwell.building.number,
        "stairwell": stairwell.number,
    }


_PLACES = {
    "notice_too_short": "starts_on",
    "silent_votes_not_adopted": "silent_votes",
    "wrong_subject": "stairwell",
    "vote_open": "matter",
}
"""The field at which a refusal is said; else above the form."""


def _field_of(refusal: DomainError, form: Any, dated: str = "") -> str | None:
    place = _PLACES.get(refusal.code, dated if refusal.code.startswith("day_") else "")
    return place if place in form.fields else None
