"""A notice as anybody may read it, without signing in: on a screen, or printed on A4."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from consent.choices import NoticeState
from consent.models import PublicNotice
from consent.reports.notice_texts import tells_every_item, words_of_part
from consent.reports.notices import public_plan
from consent.reports.results import result_as_closed
from consent.rules.notices import days_left, days_of, is_over


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
    }
    return render(request, "consent/notice_public.html", context)


def _last_in_line(notice: PublicNotice) -> PublicNotice | None:
    """Where a replaced notice leads: to the one that hangs or hung last."""
    later: PublicNotice | None = getattr(notice, "replaced_by", None)
    while later is not None and later.state == NoticeState.REPLACED:
        later = PublicNotice.objects.filter(replaces=later).first()
    return later
