"""Notices of a neighbourhood: what hangs, what is to be done about it, one notice for staff, and posting a new one."""

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

from accounts.choices import Access, Act
from accounts.http import SignedInRequest
from accounts.rules.territory import reach_of
from common.errors import DomainError
from common.keyset import keyset_page
from consent.choices import NoticeKind, NoticeState
from consent.models import Objection, PublicNotice
from consent.pages.announced import announced
from consent.permissions import may_run_survey
from consent.reports.notice_texts import BASIS_WORDS, ProposedNotice, proposed_notice
from consent.reports.notices import ShownNotice, notices_to_post, shown_notices
from consent.rules.notices import TERMS, earliest_end
from consent.services.notices import answer_objection, close_notice, post_notice, raise_objection
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within

MOST_HANGING = 200


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PostNoticeForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=4000,
        widget=forms.Textarea,
        help_text=gettext_lazy("Totals only: no name, no phone, no word on who has not supported."),
    )
    place = forms.CharField(
        label=gettext_lazy("Where it hangs"),
        max_length=200,
        help_text=gettext_lazy("So that anybody can find it: the board at the gate, each stairwell."),
    )
    posted_on = DayField(label=gettext_lazy("Posted on"), help_text=gettext_lazy("This day is not counted."))
    ends_on = DayField(label=gettext_lazy("Last day"))
    photo = forms.FileField(
        label=gettext_lazy("Photo of the posted notice"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
    )
    about = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


class CloseNoticeForm(forms.Form):
    note = forms.CharField(label=gettext_lazy("Note at the end"), required=False, max_length=500)
    photo = forms.FileField(
        label=gettext_lazy("Photo before it is taken down"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Several forms stand on one page: their fields must not share an id.
        super().__init__(*args, **{"auto_id": "close_%s", **kwargs})


class ObjectForm(forms.Form):
    raised_on = DayField(label=gettext_lazy("Raised on"), initial=timezone.localdate)
    text = forms.CharField(label=gettext_lazy("Objection"), max_length=1000, widget=forms.Textarea)
    raised_by = forms.CharField(
        label=gettext_lazy("Raised by"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("Seen only by those who record objections here."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "object_%s", **kwargs})


class AnswerForm(forms.Form):
    answer = forms.CharField(label=gettext_lazy("Answer"), max_length=1000, widget=forms.Textarea)
    answered_on = DayField(label=gettext_lazy("Answered on"), initial=timezone.localdate)

    def __init__(self, *args: Any, objection: int, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"answer_{objection}_%s", **kwargs})


@login_required
def neighbourhood_notices(request: SignedInRequest, pk: int) -> HttpResponse:
    """What hangs now with its days, what is to be done next, the open objections, and the log of earlier notices."""
    neighbourhood = _neighbourhood(request, pk)
    mine = PublicNotice.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)
    today = timezone.localdate()
    hanging = shown_notices(mine.posted().order_by("ends_on", "pk")[:MOST_HANGING], request.user, today)
    earlier = mine.exclude(state=NoticeState.POSTED).select_related("replaced_by").with_objections()
    page = keyset_page(request, earlier, key="id", size=30, newest_first=True)
    runs = may_run_survey(request.user, neighbourhood)
    to_post = notices_to_post(neighbourhood)
    open_objections = [(shown, found) for shown in hanging for found in shown.open_objections]
    return render(
        request,
        "consent/notices.html",
        {
            "neighbourhood": neighbourhood,
            "hanging": hanging,
            "due": [shown for shown in hanging if shown.may_be_closed],
            "to_post": to_post,
            "objections": [
                (shown, found, AnswerForm(objection=found.pk) if runs else None) for shown, found in open_objections
            ],
            "page": page,
            "runs": runs,
        },
    )


@login_required
def notice_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Post a notice: `?kind=` with the words that the product proposes, or `?replaces=` another one with its words."""
    neighbourhood = _neighbourhood(request, pk)
    if not may_run_survey(request.user, neighbourhood):
        raise PermissionDenied
    replaced = _to_replace(request, neighbourhood)
    kind = replaced.kind if replaced else request.GET.get("kind", "")
    if kind not in NoticeKind.values:
        return render(request, "consent/notice_kinds.html", {"neighbourhood": neighbourhood, "kinds": _kinds()})
    proposed = proposed_notice(neighbourhood, kind)
    today = timezone.localdate()
    # A revision frozen, or a survey closed, while somebody wrote: what they wrote tells of the one before.
    is_overtaken = request.POST.get("about", _about(proposed)) != _about(proposed)
    form = PostNoticeForm(
        None if is_overtaken else request.POST or None,
        request.FILES or None,
        initial={
            **_words(proposed, replaced),
            "place": request.POST.get("place", replaced.place if replaced else ""),
            "posted_on": today,
            "ends_on": earliest_end(kind, today),
            "about": _about(proposed),
        },
    )
    status = 409 if is_overtaken else 200
    if proposed is not None and request.method == "POST" and not is_overtaken:
        if form.is_valid():
            values = {name: value for name, value in form.cleaned_data.items() if name != "about"}
            try:
                notice = post_notice(
                    neighbourhood=neighbourhood,
                    kind=kind,
                    survey=proposed.survey,
                    plan=proposed.plan,
                    replaces=replaced,
                    by=request.user,
                    **values,
                )
            except DomainError as refusal:
                form.add_error(_PLACES.get(refusal.code), str(refusal))
                status = refusal.status
            else:
                messages.success(request, _("Recorded: the notice hangs until the end of its last day."))
                return redirect("notice", pk, notice.pk)
        else:
            status = 400
    context = {
        "neighbourhood": neighbourhood,
        "form": form,
        "kind": NoticeKind(kind),
        "term": TERMS[kind],
        "basis": BASIS_WORDS[TERMS[kind].basis],
        "proposed": proposed,
        "replaced": replaced,
        "is_overtaken": is_overtaken,
    }
    return render(request, "consent/notice_new.html", context, status=status)


_PLACES = {
    "notice_too_short": "ends_on",
    "notice_too_early": "posted_on",
    "day_in_future": "posted_on",
    "photo_refused": "photo",
}
"""The field at which a refusal is said; else above the form."""


@login_required
def notice_page(request: SignedInRequest, pk: int, notice: int) -> HttpResponse:
    """One notice for those who keep it: its proof, its objections, and how it ends."""
    return _show(request, _notice(request, pk, notice))


@login_required
@require_POST
def notice_close(request: SignedInRequest, pk: int, notice: int) -> HttpResponse:
    found = _own(request, pk, notice)
    form = CloseNoticeForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, found, close_form=form, status=400)
    try:
        close_notice(notice=found, by=request.user, **form.cleaned_data)
    except DomainError as refusal:
        form.add_error("photo" if refusal.code == "photo_refused" else None, str(refusal))
        return _show(request, found, close_form=form, status=refusal.status)
    messages.success(request, _("The notice is closed. The step that waited for it may be taken."))
    return redirect("notice", pk, notice)


@login_required
@require_POST
def notice_object(request: SignedInRequest, pk: int, notice: int) -> HttpResponse:
    found = _own(request, pk, notice)
    form = ObjectForm(request.POST)
    if not form.is_valid():
        return _show(request, found, object_form=form, status=400)
    try:
        raise_objection(notice=found, by=request.user, **form.cleaned_data)
    except DomainError as refusal:
        dated = refusal.code in ("day_in_future", "notice_too_early")
        form.add_error("raised_on" if dated else None, str(refusal))
        return _show(request, found, object_form=form, status=refusal.status)
    messages.success(request, _("The objection is recorded. Until it is answered the notice cannot be closed."))
    return redirect("notice", pk, notice)


@login_required
@require_POST
def objection_answer(request: SignedInRequest, pk: int, objection: int) -> HttpResponse:
    objections = Objection.objects.visible_to(request.user).filter(notice__neighbourhood=pk)
    found: Objection = get_object_or_404(objections.select_related("notice__neighbourhood"), pk=objection)
    if not may_run_survey(request.user, found):
        raise PermissionDenied
    form = AnswerForm(request.POST, objection=found.pk)
    hangs = _last_in_line(found.notice)
    if not form.is_valid():
        return _show(request, hangs, answer_forms={found.pk: form}, status=400)
    try:
        answer_objection(objection=found, by=request.user, **form.cleaned_data)
    except DomainError as refusal:
        dated = refusal.code in ("day_in_future", "notice_too_early")
        form.add_error("answered_on" if dated else None, str(refusal))
        return _show(request, hangs, answer_forms={found.pk: form}, status=refusal.status)
    messages.success(request, _("The answer is recorded."))
    return redirect("notice", pk, hangs.pk)


def _show(
    request: SignedInRequest,
    notice: PublicNotice,
    *,
    close_form: CloseNoticeForm | None = None,
    object_form: ObjectForm | None = None,
    answer_forms: dict[int, AnswerForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    shown: ShownNotice = shown_notices([notice], request.user, timezone.localdate())[0]
    runs = may_run_survey(request.user, notice.neighbourhood)
    answers = answer_forms or {}
    context = {
        "neighbourhood": notice.neighbourhood,
        "notice": notice,
        "shown": shown,
        "term": TERMS[notice.kind],
        "later": getattr(notice, "replaced_by", None),
        "objections": [
            (found, answers.get(found.pk) or (AnswerForm(objection=found.pk) if runs and not found.answer else None))
            for found in shown.objections
        ],
        "runs": runs,
        **announced(request.user, notice),
        "close_form": close_form or CloseNoticeForm(),
        "object_form": object_form or ObjectForm(),
    }
    return render(request, "consent/notice.html", context, status=status)


def _neighbourhood(request: SignedInRequest, pk: int) -> Neighbourhood:
    """A neighbourhood of whose consent the caller reads at least what is published; else 404."""
    reach = reach_of(request.user, Act.SURVEYS, Access.READ, Access.MASKED, Access.PUBLISHED)
    seen = Neighbourhood.objects.filter(neighbourhoods_within(reach)).select_related("community")
    found: Neighbourhood = get_object_or_404(seen, pk=pk)
    return found


def _notice(request: SignedInRequest, pk: int, notice: int) -> PublicNotice:
    mine = PublicNotice.objects.visible_to(request.user).filter(neighbourhood=pk)
    rows = mine.select_related(
        "neighbourhood__community", "survey", "plan", "tree_head", "replaces", "replaced_by", "posted_by", "closed_by"
    )
    found: PublicNotice = get_object_or_404(rows, pk=notice)
    return found


def _own(request: SignedInRequest, pk: int, notice: int) -> PublicNotice:
    found = _notice(request, pk, notice)
    if not may_run_survey(request.user, found):
        raise PermissionDenied
    return found


def _last_in_line(notice: PublicNotice) -> PublicNotice:
    while (later := PublicNotice.objects.filter(replaces=notice).select_related("neighbourhood").first()) is not None:
        notice = later
    return notice


def _to_replace(request: SignedInRequest, neighbourhood: Neighbourhood) -> PublicNotice | None:
    wanted = request.GET.get("replaces", "")
    if not wanted:
        return None
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        raise Http404
    mine = PublicNotice.objects.visible_to(request.user).filter(neighbourhood=neighbourhood)
    found: PublicNotice = get_object_or_404(mine, pk=int(wanted))
    return found


def _about(proposed: ProposedNotice | None) -> str:
    """Names the survey or the revision that a proposal is drawn up from; empty where there is neither."""
    if proposed is None:
        return ""
    if proposed.survey is not None:
        return f"survey {proposed.survey.pk}"
    return f"plan {proposed.plan.pk}" if proposed.plan is not None else ""


def _words(proposed: ProposedNotice | None, replaced: PublicNotice | None) -> dict[str, str]:
    """What stands in the form at first: the words of the replaced notice, unless it told of something else."""
    if proposed is None:
        return {}
    told = replaced and (replaced.survey_id, replaced.plan_id) == (
        proposed.survey and proposed.survey.pk,
        proposed.plan and proposed.plan.pk,
    )
    source: Any = replaced if told else proposed
    return {"title": source.title, "text": source.text}


def _kinds() -> list[dict[str, Any]]:
    return [
        {"kind": kind, "days": TERMS[kind].days, "basis": BASIS_WORDS[TERMS[kind].basis], "term": TERMS[kind]}
        for kind in NoticeKind
    ]
