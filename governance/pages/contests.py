"""Contests of the best stairwell and building: announced, entered, judged door by door, closed; the podium."""

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
from django.views.decorators.http import require_POST

from accounts.choices import Act
from accounts.http import SignedInRequest
from common.errors import DomainError
from common.keyset import keyset_page
from governance.choices.contests import ContestScope, ContestState
from governance.choices.upkeep import Criterion
from governance.models import Contest, ContestEntry
from governance.pages.forms import DayField, posted, submit
from governance.pages.places import governed_neighbourhood
from governance.pages.upkeep import keeper_of
from governance.permissions.upkeep import may_keep_upkeep
from governance.reports.contests import (
    best_of,
    contests_of,
    counting_ids,
    entries_of,
    judges_of,
    next_to_judge,
    not_entered,
    result_of,
    scores_of,
)
from governance.services.contests import (
    AMENDED,
    amend_contest,
    close_contest,
    enter_all,
    enter_contest,
    leave_contest,
    open_contest,
    score_entry,
)
from renovation.models import Neighbourhood

CLOSED_SHOWN = 20


class ContestForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=80)
    starts_on = DayField(label=gettext_lazy("Begins on"), initial=timezone.localdate)
    ends_on = DayField(label=gettext_lazy("Last day"))
    prize = forms.CharField(label=gettext_lazy("Prize"), max_length=200, required=False)

    @property
    def told(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class NewContestForm(ContestForm):
    scope = forms.ChoiceField(
        label=gettext_lazy("What competes"),
        choices=ContestScope.choices,
        initial=ContestScope.STAIRWELL,
        widget=forms.RadioSelect,
    )
    most_points = forms.IntegerField(
        label=gettext_lazy("Most points for a goal word"), min_value=1, max_value=100, initial=10
    )


class ScoreForm(forms.Form):
    """The points of one judge; a goal word left empty stays as it is."""

    judge = forms.CharField(label=gettext_lazy("Judge"), max_length=40)

    def __init__(self, *args: Any, most_points: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for criterion in Criterion:
            self.fields[criterion.value] = forms.IntegerField(
                label=criterion.label, min_value=0, max_value=most_points, required=False
            )

    @property
    def goal_words(self) -> list[forms.BoundField]:
        return [self[criterion.value] for criterion in Criterion]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and all(values.get(criterion.value) is None for criterion in Criterion):
            raise forms.ValidationError(_("Give points for at least one goal word."))
        return values

    @property
    def told(self) -> dict[str, Any]:
        values = {criterion.value: self.cleaned_data[criterion.value] for criterion in Criterion}
        points = {name: given for name, given in values.items() if given is not None}
        return {"judge": self.cleaned_data["judge"], "points": points}


@login_required
def contests(request: SignedInRequest, pk: int) -> HttpResponse:
    """The contests of a neighbourhood: those that run, then those closed, each with who was best."""
    neighbourhood = governed_neighbourhood(request, pk, Act.UPKEEP)
    closed = keyset_page(
        request,
        contests_of(neighbourhood).filter(state=ContestState.CLOSED),
        key="id",
        size=CLOSED_SHOWN,
        newest_first=True,
    )
    best = best_of(closed.rows)
    context = {
        "neighbourhood": neighbourhood,
        "may": may_keep_upkeep(request.user, neighbourhood),
        "running": contests_of(neighbourhood).filter(state=ContestState.OPEN).order_by("ends_on", "pk"),
        "closed": [(contest, best.get(contest.pk, [])) for contest in closed.rows],
        "page": closed,
        "today": timezone.localdate(),
    }
    return render(request, "governance/contests.html", context)


@login_required
def contest_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Announce a contest."""
    neighbourhood = keeper_of(request, pk)
    form = NewContestForm(posted(request))
    made, status = submit(form, open_contest, neighbourhood=neighbourhood, by=request.user)
    if made is not None:
        messages.success(request, _("The contest is announced. Say what competes."))
        return redirect("contest", pk, made.pk)
    context = {"neighbourhood": neighbourhood, "form": form}
    return render(request, "governance/contest_form.html", context, status=status)


@login_required
def contest_edit(request: SignedInRequest, pk: int, contest: int) -> HttpResponse:
    """Change what was announced, until it is closed."""
    neighbourhood = keeper_of(request, pk)
    found = _contest(neighbourhood, contest)
    if found.state == ContestState.CLOSED:
        raise Http404
    form = ContestForm(posted(request), initial={name: getattr(found, name) for name in AMENDED})
    made, status = submit(form, amend_contest, contest=found, by=request.user)
    if made is not None:
        messages.success(request, _("The contest is changed."))
        return redirect("contest", pk, found.pk)
    context = {"neighbourhood": neighbourhood, "form": form, "contest": found}
    return render(request, "governance/contest_form.html", context, status=status)


@login_required
def contest(request: SignedInRequest, pk: int, contest: int) -> HttpResponse:
    """How a contest stands: the podium, and every entry with its marks."""
    neighbourhood, today = governed_neighbourhood(request, pk, Act.UPKEEP), timezone.localdate()
    found = _contest(neighbourhood, contest)
    may = may_keep_upkeep(request.user, neighbourhood)
    lines = result_of(found)
    missing = sum(1 for line in lines if line.place is None)
    is_open = found.state == ContestState.OPEN
    buildings, stairwells = not_entered(found) if may and is_open else ([], [])
    context = {
        "neighbourhood": neighbourhood,
        "contest": found,
        "lines": lines,
        "podium": [line for line in lines if line.standing.is_on_podium],
        "missing": missing,
        "most_total": found.most_points * len(Criterion),
        "criteria": Criterion,
        "judges": judges_of(found),
        "may": may,
        "is_open": is_open,
        "has_begun": found.starts_on <= today,
        "is_over": found.ends_on <= today,
        "may_close": may and is_open and found.ends_on <= today and bool(lines) and not missing,
        "buildings": buildings,
        "stairwells": stairwells,
    }
    return render(request, "governance/contest.html", context)


@login_required
@require_POST
def contest_act(request: SignedInRequest, pk: int, contest: int) -> HttpResponse:
    """`act` enters one or all, or closes the contest."""
    neighbourhood = keeper_of(request, pk)
    found = _contest(neighbourhood, contest)
    try:
        match request.POST.get("act"):
            case "enter_all":
                enter_all(contest=found, by=request.user)
                words = _("All compete.")
            case "enter":
                enter_contest(contest=found, by=request.user, **_picked(request, found))
                words = _("It competes.")
            case "close":
                close_contest(contest=found, by=request.user)
                words = _("The contest is closed: its result stands.")
            case _:
                raise Http404
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, words)
    return redirect("contest", pk, found.pk)


@login_required
def contest_entry(request: SignedInRequest, pk: int, contest: int, contest_entry: int) -> HttpResponse:
    """One entry with all points that were given to it. POST gives a judge's, or takes the entry out (`act` leave)."""
    neighbourhood, today = governed_neighbourhood(request, pk, Act.UPKEEP), timezone.localdate()
    found = _contest(neighbourhood, contest)
    entry: ContestEntry = get_object_or_404(entries_of(found), pk=contest_entry)
    may = may_keep_upkeep(request.user, neighbourhood)
    sent = request.method == "POST"
    if sent and not may:
        raise PermissionDenied
    if sent and request.POST.get("act") == "leave":
        return _leave(request, pk, entry)
    initial = {"judge": request.session.get("contest_judge") or str(request.user)}
    form = ScoreForm(posted(request), most_points=found.most_points, initial=initial)
    made, status = submit(form, score_entry, entry=entry, by=request.user)
    if made is not None:
        judge = form.cleaned_data["judge"]
        request.session["contest_judge"] = judge
        messages.success(request, _("The points are kept."))
        following = next_to_judge(found, judge)
        return redirect("contest_entry", pk, found.pk, following) if following else redirect("contest", pk, found.pk)
    counting = counting_ids(entry)
    context = {
        "neighbourhood": neighbourhood,
        "contest": found,
        "entry": entry,
        "line": next(line for line in result_of(found) if line.entry.pk == entry.pk),
        "scores": [(score, score.pk in counting) for score in scores_of(entry)],
        "form": form if may and found.state == ContestState.OPEN and found.starts_on <= today else None,
        "may_leave": may and found.state == ContestState.OPEN,
        "most_total": found.most_points * len(Criterion),
    }
    return render(request, "governance/contest_entry.html", context, status=status)


def _contest(neighbourhood: Neighbourhood, pk: int) -> Contest:
    found: Contest = get_object_or_404(Contest, neighbourhood=neighbourhood, pk=pk)
    found.neighbourhood = neighbourhood
    return found


def _leave(request: SignedInRequest, pk: int, entry: ContestEntry) -> HttpResponse:
    try:
        leave_contest(entry=entry, by=request.user)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("contest_entry", pk, entry.contest_id, entry.pk)
    messages.success(request, _("It no longer competes."))
    return redirect("contest", pk, entry.contest_id)


def _picked(request: SignedInRequest, contest: Contest) -> dict[str, Any]:
    """The building or stairwell that is to compete, of those that could; 404 for any other."""
    rows = dict(zip(ContestScope.values[::-1], not_entered(contest), strict=True))[contest.scope]
    place = request.POST.get("place", "")
    if not place.isdecimal() or len(place) > 18:
        raise Http404
    return {contest.scope: get_object_or_404(rows, pk=place)}
