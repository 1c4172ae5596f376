"""Notices for the tests that look at pages: one that hangs with objections, and the one that it replaced."""

from datetime import timedelta

from django.utils import timezone, translation

from accounts.models import User
from consent.models import PublicNotice, Survey
from consent.reports.notice_texts import proposed_notice
from consent.services.notices import answer_objection, post_notice, raise_objection
from tests.consent.notice_casts import a_photo

WORDS = {
    "zh-hans": {
        "place": "东门公告栏",
        "objection": "三栋的户数有误",
        "by": "刘女士",
        "settled": "张贴位置太高",
        "answer": "已移到大门旁",
    },
    "en": {
        "place": "Board at the east gate",
        "objection": "The households of building 3 are wrong",
        "by": "Ms Liu",
        "settled": "It hangs too high",
        "answer": "Moved beside the gate",
    },
}


def hang_notice(survey: Survey, by: User, language: str) -> PublicNotice:
    """The result of a closed survey, posted and then posted anew, with an answered objection and an open one."""
    told = WORDS[language]
    home, today = survey.neighbourhood, timezone.localdate()
    with translation.override(language):
        proposed = proposed_notice(home, "survey_result")
    assert proposed is not None
    notice = None
    for _again in range(2):
        notice = post_notice(
            neighbourhood=home,
            kind="survey_result",
            title=proposed.title,
            text=proposed.text,
            place=told["place"],
            posted_on=today,
            ends_on=today + timedelta(days=7),
            survey=survey,
            photo=a_photo(),
            replaces=notice,
            by=by,
        )
    assert notice is not None
    settled = raise_objection(notice=notice, raised_on=today, text=told["settled"], by=by)
    answer_objection(objection=settled, answer=told["answer"], answered_on=today, by=by)
    raise_objection(notice=notice, raised_on=today, text=told["objection"], raised_by=told["by"], by=by)
    return notice


def notice_addresses(notice: PublicNotice, empty: int) -> dict[str, str]:
    """Each page of notices by a short name; `empty` is a neighbourhood without any."""
    here = f"/neighbourhoods/{notice.neighbourhood_id}/notices/"
    there = f"/neighbourhoods/{empty}/notices/"
    return {
        "notices": here,
        "notices-none": there,
        "notice": f"{here}{notice.pk}/",
        "notice-replaced": f"{here}{notice.replaces_id}/",
        "notice-kinds": f"{here}new/",
        "notice-new": f"{here}new/?replaces={notice.pk}",
        "notice-too-soon": f"{there}new/?kind=plan",
        "notice-public": f"/notices/{notice.pk}/",
        "notice-public-replaced": f"/notices/{notice.replaces_id}/",
    }
