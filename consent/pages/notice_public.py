"""Notices as anybody may read them, without signing in: all of them, and one on a screen or printed on A4."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.keyset import keyset_page
from consent.choices import NoticeKind, NoticeState
from consent.models import PublicNotice
from consent.reports.contests import contest_totals
from consent.reports.headlines import closed_figures
from consent.reports.heads import public_key_of
from consent.reports.notice_texts import tells_every_item, words_of_part
from consent.reports.notices import public_plan
from consent.reports.results import result_as_closed
from consent.rules.notices import days_left, days_of, is_over

AT_ONCE = 30


class NoticeFilter(forms.Form):
    """What the list is narrowed to. A value that is none of the choices narrows nothing."""

    search = forms.CharField(label=_("Neighbourhood, community or title"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *NoticeKind.choices])
    days = forms.ChoiceField(
        label=_("Dates"),
        required=False,
        choices=[("", _("All")), ("now", _("Hanging now")), ("over", _("Its days are over"))],
    )

    def apply(self, notices: QuerySet[Any]) -> QuerySet[Any]:
        self.is_valid()
        words = self.cleaned_data.get("search", "").replace("\x00", "")
        if words:
            here = "neighbourhood__name", "neighbourhood__community__name", "neighbourhood__community__parent__name"
            found = Q(title__icontains=words)
            for name in here:
                found |= Q(**{f"{name}__icontains": words})
            notices = notices.filter(found)
        if kind := self.cleaned_data.get("kind"):
            notices = notices.filter(kind=kind)
        match self.cleaned_data.get("days"):
            case "now":
                notices = notices.filter(state=NoticeState.POSTED, ends_on__gte=timezone.localdate())
            case "over":
                notices = notices.filter(ends_on__lt=timezone.localdate())
        return notices


def public_notices(request: HttpRequest) -> HttpResponse:
    """All notices that count, newest first; those of a result with its totals. Replaced ones are left out."""
    form = NoticeFilter(request.GET)
    notices = form.apply(PublicNotice.objects.exclude(state=NoticeState.REPLACED))
    page = keyset_page(
        request,
        notices.select_related("neighbourhood__community__parent__parent", "survey"),
        key="id",
        size=AT_ONCE,
        newest_first=True,
    )
    today = timezone.localdate()
    rows = [
        {
            "notice": notice,
            "left": days_left(notice.posted_on, notice.ends_on, today),
            "is_over": is_over(notice.ends_on, today),
            "figures": closed_figures(notice.survey) if notice.survey else None,
        }
        for notice in page.rows
    ]
    context = {"form": form, "page": page, "rows": rows, "narrowed": any(request.GET.values())}
    return render(request, "consent/public_notices.html", context)


def notice_public(request: HttpRequest, pk: int) -> HttpResponse:
    """The notice with its dates and place; of a result its totals and the signed head, of a plan items and sums."""
    notices = PublicNotice.objects.select_related(
        "neighbourhood__community__parent__parent", "survey__policy", "plan", "tree_head", "replaced_by"
    )
    notice: PublicNotice = get_object_or_404(notices, pk=pk)
    today = timezone.localdate()
    shown_plan = public_plan(notice.plan) if notice.plan else None
    context = {
        "notice": notice,
        "neighbourhood": notice.neighbourhood,
        "later": _last_in_line(notice),
        "days": days_of(notice.posted_on, notice.ends_on),
        "left": days_left(notice.posted_on, notice.ends_on, today),
        "is_over": is_over(notice.ends_on, today),
        "result": result_as_closed(notice.survey) if notice.survey else None,
        "shown_plan": shown_plan,
        "is_told": shown_plan is not None and tells_every_item(notice.text, shown_plan),
        "households_part": words_of_part(shown_plan.households) if shown_plan else "",
        "head": notice.tree_head,
        "public_key": public_key_of(notice.tree_head) if notice.tree_head else None,
        "contested": contest_totals([notice.survey]).get(notice.survey.pk) if notice.survey else None,
    }
    return render(request, "consent/notice_public.html", context)


def _last_in_line(notice: PublicNotice) -> PublicNotice | None:
    """Where a replaced notice leads: to the one that hangs or hung last."""
    later: PublicNotice | None = getattr(notice, "replaced_by", None)
    while later is not None and later.state == NoticeState.REPLACED:
        later = PublicNotice.objects.filter(replaces=later).first()
    return later
