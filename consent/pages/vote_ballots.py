"""Ballots of an owners' vote by hand: the roll, delivering, entering what came back, and the ledger of both."""

from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.http import SignedInRequest
from common.errors import DomainError
from common.keyset import keyset_page
from consent.choices import BallotChoice
from consent.models import OwnersVote
from consent.pages.vote_forms import DeliverForm, EnterForm, RollFilter
from consent.pages.vote_places import ask_for_reason, has_given_reason, visible_vote
from consent.permissions import may_enter_ballots
from consent.reports.vote_pages import shown_vote
from consent.reports.vote_roll import buildings_of, found_by, in_building, name_of, shown_voters, with_doors
from consent.rules.ballot_items import read_ballot
from consent.rules.ballots import BallotInput
from consent.services.votes.ballots import record_ballots
from consent.services.votes.export import vote_file
from consent.vote_words import words_of_ballot

ROLL_PAGE = 60
MOST_FOUND = 20
MOST_TICKED = 500
NOON = time(12)


@login_required
def vote_roll(request: SignedInRequest, pk: int) -> HttpResponse:
    """The roll with whose ballot is where; deliveries are ticked here."""
    vote = visible_vote(request, pk)
    if (asked := ask_for_reason(request, vote)) is not None:
        return asked
    return _roll(request, vote)


@login_required
@require_POST
def vote_deliver(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record that the ballots of the owners ticked were delivered; what is not taken is said one by one."""
    vote = _entering(request, pk)
    form = DeliverForm(request.POST)
    ticked = [value for value in request.POST.getlist("voter") if _is_id(value)][:MOST_TICKED]
    if request.POST.get("all"):
        listed = _narrowed(request, vote, _filter(vote, QueryDict(request.POST.get("query", "")), names=True).wanted())
        # All that the page counted, however long the list.
        ticked = [str(pk) for pk in listed.in_state("undelivered").order_by("pk").values_list("pk", flat=True)]
    try:
        sheet = UUID(request.POST.get("sheet", ""))
    except ValueError:
        sheet = uuid4()
    if not form.is_valid() or not ticked:
        if form.is_valid():
            form.add_error(None, _("Tick the owners whose ballots were delivered."))
        return _roll(request, vote, deliver_form=form, status=400)
    at = _moment(form.cleaned_data["delivered_on"])
    items = [
        {
            # The same sheet sent twice is the same deliveries.
            "client_id": str(uuid5(sheet, value)),
            "voter": int(value),
            "delivery": form.cleaned_data["delivery"],
            "delivered_at": at.isoformat(),
            "proof": form.cleaned_data["proof"],
        }
        for value in dict.fromkeys(ticked)
    ]
    answers = _record(vote, items, request)
    taken = [answer for answer in answers if answer.status != "rejected"]
    if taken:
        words = ngettext("%(n)s delivery is recorded.", "%(n)s deliveries are recorded.", len(taken))
        messages.success(request, words % {"n": len(taken)})
    _say_refusals(request, answers)
    query = request.POST.get("query", "")
    return redirect(f"{reverse('vote_roll', args=[vote.pk])}{'?' + query if query else ''}")


def _roll(
    request: SignedInRequest, vote: OwnersVote, *, deliver_form: DeliverForm | None = None, status: int = 200
) -> HttpResponse:
    enters = may_enter_ballots(request.user, vote)
    form = _filter(vote, request.GET, names=enters)
    wanted = form.wanted()
    voters = _narrowed(request, vote, wanted)
    page = keyset_page(request, with_doors(voters), key="id", size=ROLL_PAGE)
    shown = shown_vote(vote, timezone.localdate())
    context = {
        "vote": vote,
        "neighbourhood": vote.neighbourhood,
        "shown": shown,
        "form": form,
        "page": page,
        "voters": shown_voters(page.rows, names=enters),
        "is_narrowed": bool(wanted),
        "enters": enters and shown.phase not in ("closed", "cancelled"),
        "undelivered": voters.in_state("undelivered").count() if enters else 0,
        "deliver_form": deliver_form or DeliverForm(),
        "sheet": uuid4(),
        "query": request.GET.urlencode(),
    }
    return render(request, "consent/votes/roll.html", context, status=status)


def _filter(vote: OwnersVote, data: QueryDict, *, names: bool) -> RollFilter:
    return RollFilter(data, buildings=buildings_of(vote), names=names)


def _narrowed(request: SignedInRequest, vote: OwnersVote, wanted: dict[str, str]) -> Any:
    """The owners of the roll that the caller may see, narrowed to what a filter wants."""
    voters: Any = vote.voters.visible_to(request.user, on_reason=has_given_reason(request, vote))
    if state := wanted.get("state"):
        voters = voters.in_state(state)
    if building := wanted.get("building"):
        voters = in_building(voters, int(building))
    return found_by(voters, wanted.get("q", ""), names=may_enter_ballots(request.user, vote))


@login_required
def vote_ballots(request: SignedInRequest, pk: int) -> HttpResponse:
    """Enter ballots from paper: find the owner, tap what the paper says."""
    vote = _entering(request, pk)
    asked = {name: value for name, value in request.GET.items() if name != "q"}
    form = EnterForm(asked if asked else None)
    pile = form.cleaned_data if form.is_bound and form.is_valid() else _first_pile()
    text = request.GET.get("q", "")[:40]
    voters: Any = vote.voters.visible_to(request.user)
    found = found_by(voters, text, names=True) if text.strip() else voters.in_state("out")
    found = with_doors(found).select_related("state__ballot")  # which a correction names
    rows = shown_voters(found.order_by("pk")[: MOST_FOUND + 1], names=True)
    context = {
        "vote": vote,
        "neighbourhood": vote.neighbourhood,
        "shown": shown_vote(vote, timezone.localdate()),
        "form": form if asked else EnterForm(initial=_first_pile()),
        "q": text,
        "rows": [(row, uuid4()) for row in rows[:MOST_FOUND]],
        "has_more": len(rows) > MOST_FOUND,
        "pile": {**pile, "returned_on": pile["returned_on"].isoformat()},
        "choices": BallotChoice.choices,
    }
    return render(request, "consent/votes/ballots.html", context)


@login_required
@require_POST
def vote_enter(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record one ballot that came back. An owner who had none on record counts as given one the same moment."""
    vote = _entering(request, pk)
    form = EnterForm(request.POST)
    voter = request.POST.get("voter", "")
    back = {name: request.POST[name] for name in ("returned_on", "form", "proxy_holder") if request.POST.get(name)}
    address = f"{reverse('vote_ballots', args=[vote.pk])}?{urlencode(back)}"
    if not form.is_valid() or not _is_id(voter):
        messages.error(request, _("This ballot was not recorded: see the day and the form above."))
        return redirect(address)
    pile = form.cleaned_data
    row = vote.voters.visible_to(request.user).select_related("state").filter(pk=int(voter)).first()
    at = _moment(pile["returned_on"])
    if row is not None and row.state.is_delivered and timezone.localdate(row.state.delivered_at) == pile["returned_on"]:
        # Paper tells no hour: what was handed out that afternoon came back that afternoon, not at noon.
        at = max(at, row.state.delivered_at)
    item = {
        "client_id": request.POST.get("client_id", ""),
        "voter": int(voter),
        "choice": request.POST.get("choice") or None,
        "form": pile["form"],
        "proxy_holder": pile["proxy_holder"] if pile["form"] == "proxy" else "",
        "returned_at": at.isoformat(),
        "delivered_at": None if row is None or row.state.is_delivered else at.isoformat(),
        "supersedes": request.POST.get("supersedes") or None,
    }
    answers = _record(vote, [item], request)
    if answers and answers[0].status != "rejected" and row is not None:
        said = {"name": row.name, "choice": BallotChoice(item["choice"]).label}
        messages.success(request, _("Recorded for %(name)s: %(choice)s.") % said)
    else:
        _say_refusals(request, answers)
        address += "&" + urlencode({"q": request.POST.get("q", "")})
    return redirect(address)


@login_required
def vote_ledger(request: SignedInRequest, pk: int) -> HttpResponse:
    """Each delivery and each ballot that came back, in the order in which they were recorded."""
    vote = visible_vote(request, pk)
    if (asked := ask_for_reason(request, vote)) is not None:
        return asked
    ballots: Any = vote.ballots.visible_to(request.user, on_reason=has_given_reason(request, vote))
    page = keyset_page(
        request, ballots.select_related("voter", "recorded_by", "supersedes", "private"), key="sequence", size=100
    )
    names = may_enter_ballots(request.user, vote)
    rows = [(ballot, name_of(ballot.voter, names=names)) for ballot in page.rows]
    context = {"vote": vote, "neighbourhood": vote.neighbourhood, "page": page, "rows": rows}
    return render(request, "consent/votes/ledger.html", context)


@login_required
def vote_file_download(request: SignedInRequest, pk: int) -> HttpResponse:
    """The signed file of a closed vote, which anybody can check with docs/ledger.md alone."""
    vote = visible_vote(request, pk)
    if (asked := ask_for_reason(request, vote)) is not None:
        return asked
    try:
        content = vote_file(vote=vote)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("vote", vote.pk)
    headers = {"Content-Disposition": f'attachment; filename="vote-{vote.pk}.json"', "Cache-Control": "private"}
    return HttpResponse(content, content_type="application/json", headers=headers)


def _is_id(text: str) -> bool:
    return len(text) <= 18 and text.isascii() and text.isdigit()


def _entering(request: SignedInRequest, pk: int) -> OwnersVote:
    vote = visible_vote(request, pk)
    if not may_enter_ballots(request.user, vote):
        raise PermissionDenied
    return vote


def _record(vote: OwnersVote, items: list[dict[str, Any]], request: SignedInRequest) -> list[Any]:
    """The answers in order; an item that cannot be read is answered with its refusals alone."""
    read = [read_ballot(item) for item in items]
    batch = record_ballots(vote=vote, ballots=[each for each in read if isinstance(each, BallotInput)], by=request.user)
    taken = iter(batch.answers)
    return [next(taken) if isinstance(each, BallotInput) else _Unread(each[1]) for each in read]


class _Unread:
    status = "rejected"

    def __init__(self, refusals: Any) -> None:
        self.refusals = refusals


def _say_refusals(request: SignedInRequest, answers: list[Any]) -> None:
    said = {
        words_of_ballot(refusal) for answer in answers if answer.status == "rejected" for refusal in answer.refusals
    }
    for words in sorted(said):
        messages.error(request, words)


def _first_pile() -> dict[str, Any]:
    return {"returned_on": timezone.localdate(), "form": "written", "proxy_holder": ""}


def _moment(day: date) -> datetime:
    """Now for today, else noon of the day: paper tells the day and no more."""
    now = timezone.now()
    if day == timezone.localdate(now):
        return now
    return timezone.make_aware(datetime.combine(day, NOON))
