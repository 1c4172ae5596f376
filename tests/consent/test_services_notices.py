"""Notices posted, replaced and closed, and the objections against them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from accounts.models import Change, HistoryEntry
from common.errors import DomainError
from common.photos import PhotoRefused
from consent.errors import (
    NoticeClosed,
    NoticeHangs,
    NoticeNotOver,
    NoticeReplaced,
    NoticeTooEarly,
    NoticeTooShort,
    ObjectionAnswered,
    ObjectionsOpen,
    PlanIsDraft,
    PlanSuperseded,
    SurveyOpen,
    SurveySuperseded,
    WrongSubject,
)
from consent.models import PublicNotice, Survey
from consent.services.notices import answer_objection, close_notice, post_notice, raise_objection
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from renovation.choices import Stage
from renovation.errors import DayInFuture
from renovation.models import Evidence, Neighbourhood
from renovation.services.plans import open_draft
from tests.consent.casts import a_visit, make_doors, make_survey
from tests.consent.notice_casts import (
    WORDS,
    a_photo,
    after,
    frozen_plan,
    noon,
    passed_survey,
    posted,
    posted_plan,
)
from tests.factories import make_neighbourhood, make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def facts(neighbourhood: Neighbourhood, kind: str) -> dict:
    return Evidence.objects.filter(neighbourhood=neighbourhood, kind=kind).order_by("-pk").first().facts


def acts(thing) -> list[str]:
    entries = HistoryEntry.objects.filter(resource=thing.resource, object_id=thing.pk).order_by("pk")
    return list(entries.values_list("act", flat=True))


# --- Posting ---------------------------------------------------------------------------------------


def test_a_result_hangs_with_the_signed_head_of_its_ledger_and_tells_the_lifecycle():
    survey, by = passed_survey()

    notice = posted(survey, by, photo=a_photo())

    assert (notice.state, notice.posted_by) == ("posted", by)
    assert (notice.tree_head.size, bytes(notice.tree_head.root_hash)) == (survey.tree_size, bytes(survey.root_hash))
    assert facts(survey.neighbourhood, "result_notice") == {
        "place": "东门公告栏",
        "posted_on": notice.posted_on.isoformat(),
        "ends_on": notice.ends_on.isoformat(),
        "objections": 0,
        "objections_answered": 0,
        "closed": False,
        "source": {"resource": "notices", "id": notice.pk},
    }
    with Image.open(notice.posting_photo) as kept:
        assert kept.format == "JPEG"
    assert acts(notice) == ["notice_posted"]
    assert Change.objects.get(resource="notices", object_id=notice.pk).action == "created"


def test_a_plan_hangs_without_a_head_and_names_its_revision():
    plan = frozen_plan()

    notice = posted_plan(plan, make_user())

    assert notice.tree_head is None
    assert facts(plan.neighbourhood, "plan_notice")["revision"] == plan.number


def test_another_kind_tells_the_lifecycle_nothing_and_may_hang_twice():
    home = make_neighbourhood()
    today = timezone.localdate()
    fields = {"kind": "meeting", "posted_on": today, "ends_on": today + 15 * DAY, **WORDS}

    first, second = (post_notice(neighbourhood=home, by=make_user(), **fields) for _again in range(2))

    assert first.pk != second.pk
    assert not Evidence.objects.filter(neighbourhood=home).exists()


def test_exactly_the_least_days_are_taken_and_one_less_is_refused_with_what_would_do():
    survey, by = passed_survey()
    today = timezone.localdate()

    with pytest.raises(NoticeTooShort) as refused:
        posted(survey, by, ends_on=today + 6 * DAY)
    notice = posted(survey, by, ends_on=today + 7 * DAY)

    assert refused.value.extra == {"least_days": 7, "earliest_end": notice.ends_on.isoformat()}


def test_it_cannot_have_been_posted_tomorrow_or_before_the_survey_was_closed():
    survey, by = passed_survey()
    today = timezone.localdate()

    with pytest.raises(DayInFuture):
        posted(survey, by, posted_on=today + DAY)
    with pytest.raises(NoticeTooEarly) as refused:
        posted(survey, by, posted_on=today - DAY)

    assert refused.value.extra == {"earliest": today.isoformat()}


def test_a_plan_cannot_have_hung_before_it_was_frozen():
    plan = frozen_plan()

    with pytest.raises(NoticeTooEarly):
        posted_plan(plan, make_user(), posted_on=timezone.localdate() - DAY)


def test_an_open_survey_is_not_made_public():
    survey, _households, by = make_survey()

    with pytest.raises(SurveyOpen):
        posted(survey, by)


def test_of_two_surveys_only_the_last_one_is_made_public():
    survey, households, by = make_survey()
    answers = [a_visit(door, "not_yet") for door in households]
    record_visits(survey=survey, visits=answers, by=by)
    close_survey(survey=survey, by=by, reason="未达标", revisit_on=timezone.localdate() + DAY)
    again = open_survey(neighbourhood=survey.neighbourhood, title="再次征询", closes_on=None, by=by)
    record_visits(survey=again, visits=[a_visit(door) for door in households], by=by)
    close_survey(survey=again, by=by)

    with pytest.raises(SurveySuperseded):
        posted(survey, by)
    assert posted(again, by).survey == again


def test_a_draft_is_not_made_public_nor_a_revision_that_has_a_later_one():
    first = frozen_plan()
    by = make_user()
    draft = open_draft(neighbourhood=first.neighbourhood, by=by)

    with pytest.raises(PlanIsDraft):
        posted_plan(draft, by)
    draft.delete()
    frozen_plan(first.neighbourhood)
    with pytest.raises(PlanSuperseded):
        posted_plan(first, by)


def test_a_notice_names_what_its_kind_is_about_and_nothing_else():
    survey, by = passed_survey()
    elsewhere = make_doors()[0].neighbourhood
    plan = frozen_plan()

    for wrong in (
        {"survey": None},
        {"kind": "meeting", "ends_on": timezone.localdate() + 15 * DAY},
        {"plan": plan},
        {"kind": "plan", "survey": None, "plan": plan},
    ):
        with pytest.raises(WrongSubject):
            posted(survey, by, **wrong)
    with pytest.raises(WrongSubject):
        post_notice(
            neighbourhood=elsewhere,
            kind="survey_result",
            survey=survey,
            posted_on=timezone.localdate(),
            ends_on=timezone.localdate() + 7 * DAY,
            by=by,
            **WORDS,
        )
    assert not PublicNotice.objects.exists()


def test_a_second_result_does_not_hang_beside_the_first():
    survey, by = passed_survey()
    first = posted(survey, by)

    with pytest.raises(NoticeHangs) as refused:
        posted(survey, by)

    assert refused.value.extra == {"notice": first.pk}


def test_what_is_no_photo_is_refused_and_nothing_is_posted():
    survey, by = passed_survey()
    broken = a_photo()
    broken.file.truncate(20)

    with pytest.raises(PhotoRefused):
        posted(survey, by, photo=broken)

    assert not PublicNotice.objects.exists()


def test_what_hangs_does_not_change():
    survey, by = passed_survey()
    notice = posted(survey, by)

    for fields in ({"text": "另一内容"}, {"place": "西门"}, {"posted_on": notice.posted_on - DAY}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PublicNotice.objects.filter(pk=notice.pk).update(**fields)


# --- Replacing -------------------------------------------------------------------------------------


def test_another_content_replaces_what_hangs_and_its_days_begin_anew():
    survey, by = passed_survey()
    first = posted(survey, by)
    later = noon(first.posted_on + 5 * DAY)

    second = posted(survey, by, at=later, replaces=first, text="更正后的公示")

    first.refresh_from_db()
    assert (first.state, second.state, second.replaces) == ("replaced", "posted", first)
    assert facts(survey.neighbourhood, "result_notice")["ends_on"] == (first.ends_on + 5 * DAY).isoformat()
    assert acts(first) == ["notice_posted", "notice_replaced"]
    with pytest.raises(NoticeNotOver):
        close_notice(notice=second, by=by, at=after(first))


def test_it_cannot_have_replaced_another_before_that_one_hung():
    survey, by = passed_survey()
    first = posted(survey, by, at=timezone.now() + 3 * DAY)

    with pytest.raises(NoticeTooEarly) as refused:
        posted(survey, by, at=timezone.now() + 4 * DAY, posted_on=first.posted_on - DAY, replaces=first)

    assert refused.value.extra == {"earliest": first.posted_on.isoformat()}


def test_only_what_hangs_is_replaced_and_only_by_its_own_kind():
    survey, by = passed_survey()
    first = posted(survey, by)
    second = posted(survey, by, replaces=first)

    with pytest.raises(NoticeReplaced) as refused:
        posted(survey, by, replaces=first)
    assert refused.value.extra == {"replaced_by": second.pk}
    with pytest.raises(WrongSubject):
        posted(survey, by, replaces=second, kind="meeting", survey=None, ends_on=second.posted_on + 15 * DAY)
    close_notice(notice=second, by=by, at=after(second))
    with pytest.raises(NoticeClosed):
        posted(survey, by, replaces=second)


def test_objections_against_the_earlier_notice_still_want_an_answer():
    survey, by = passed_survey()
    first = posted(survey, by)
    objection = raise_objection(notice=first, raised_on=first.posted_on, text="楼栋户数有误", by=by)
    second = posted(survey, by, replaces=first)
    third = posted(survey, by, replaces=second)

    with pytest.raises(ObjectionsOpen) as refused:
        close_notice(notice=third, by=by, at=after(third))
    assert refused.value.extra == {"objections": [objection.pk]}
    answer_objection(objection=objection, answer="已更正", answered_on=first.posted_on, by=by)

    told = facts(survey.neighbourhood, "result_notice")
    assert (told["objections"], told["objections_answered"], told["source"]["id"]) == (1, 1, third.pk)
    assert close_notice(notice=third, by=by, at=after(third)).state == "closed"


# --- Closing ---------------------------------------------------------------------------------------


def test_it_is_closed_on_the_day_after_its_last_and_not_on_that_day():
    survey, by = passed_survey()
    notice = posted(survey, by)

    with pytest.raises(NoticeNotOver) as refused:
        close_notice(notice=notice, by=by, at=noon(notice.ends_on))
    closed = close_notice(notice=notice, note=" 无异议 ", photo=a_photo(), by=by, at=after(notice))

    assert refused.value.extra == {"ends_on": notice.ends_on.isoformat()}
    assert (closed.state, closed.closed_by, closed.closing_note) == ("closed", by, "无异议")
    assert closed.closing_photo.size > 0
    assert facts(survey.neighbourhood, "result_notice")["closed"] is True
    with pytest.raises(NoticeClosed):
        close_notice(notice=notice, by=by, at=after(notice, 2))


def test_a_replaced_notice_is_not_closed():
    survey, by = passed_survey()
    first = posted(survey, by)
    posted(survey, by, replaces=first)

    with pytest.raises(NoticeReplaced):
        close_notice(notice=first, by=by, at=after(first))


def test_midnight_is_that_of_the_site():
    survey, by = passed_survey()
    notice = posted(survey, by)
    midnight = noon(notice.ends_on + DAY).replace(hour=0)

    with pytest.raises(NoticeNotOver):
        close_notice(notice=notice, by=by, at=midnight - timedelta(microseconds=1))

    assert close_notice(notice=notice, by=by, at=midnight).state == "closed"


def test_a_closed_plan_notice_brings_its_revision_into_force():
    plan = frozen_plan()
    home = plan.neighbourhood
    by = make_user()
    close_notice(notice=(first := posted_plan(plan, by)), by=by, at=after(first))
    Neighbourhood.objects.filter(pk=home.pk).update(stage=Stage.DESIGNED)
    changed = _changed_after_design(home, by)
    assert changed.in_force_at is None

    notice = posted_plan(changed, by)
    close_notice(notice=notice, by=by, at=after(notice))

    changed.refresh_from_db()
    assert changed.in_force_at == after(notice)
    assert facts(home, "plan_notice")["revision"] == facts(home, "plan_priced")["notice_revision"] == changed.number


def _changed_after_design(home: Neighbourhood, by):
    from decimal import Decimal

    from renovation.models import MenuItem
    from renovation.services.plans import freeze_plan, set_item
    from renovation.services.works import request_change

    home.refresh_from_db()
    asked = request_change(
        neighbourhood=home, requested_by="施工单位", requested_on=timezone.localdate(), text="增加工程量", by=by
    )
    draft = open_draft(neighbourhood=home, by=by, reason="增加工程量", change_request=asked)
    item = MenuItem.objects.get(edition=draft.menu_edition, code="B01")
    set_item(plan=draft, menu_item=item, quantity=Decimal(9), unit_price=Decimal("1000.00"), by=by)
    return freeze_plan(plan=draft, by=by)


def test_a_notice_that_was_overtaken_by_a_later_survey_tells_the_lifecycle_nothing_more():
    survey, households, by = make_survey()
    record_visits(survey=survey, visits=[a_visit(door) for door in households], by=by)
    close_survey(survey=survey, by=by)
    notice = posted(survey, by)
    again = open_survey(neighbourhood=survey.neighbourhood, title="再次征询", closes_on=None, by=by)
    record_visits(survey=again, visits=[a_visit(door) for door in households], by=by)
    close_survey(survey=again, by=by)
    before = Evidence.objects.filter(kind="result_notice").count()

    close_notice(notice=notice, by=by, at=after(notice))

    assert Evidence.objects.filter(kind="result_notice").count() == before == 1


# --- Objections ------------------------------------------------------------------------------------


def test_an_open_objection_keeps_the_notice_open_until_it_is_answered():
    survey, by = passed_survey()
    notice = posted(survey, by)
    objection = raise_objection(notice=notice, raised_on=notice.posted_on, text="有异议", raised_by="3栋住户", by=by)
    told = facts(survey.neighbourhood, "result_notice")
    assert (told["objections"], told["objections_answered"]) == (1, 0)

    with pytest.raises(ObjectionsOpen) as refused:
        close_notice(notice=notice, by=by, at=after(notice))
    answer_objection(objection=objection, answer="已核实", answered_on=notice.posted_on, by=by)

    assert refused.value.extra == {"objections": [objection.pk]}
    objection.refresh_from_db()
    assert (objection.state, objection.answer, objection.answered_by) == ("answered", "已核实", by)
    assert acts(objection) == ["objection_raised", "objection_answered"]
    assert close_notice(notice=notice, by=by, at=after(notice)).state == "closed"


def test_objections_are_taken_from_the_day_of_posting_until_the_notice_is_closed():
    survey, by = passed_survey()
    notice = posted(survey, by)

    with pytest.raises(NoticeTooEarly):
        raise_objection(notice=notice, raised_on=notice.posted_on - DAY, text="x", by=by)
    with pytest.raises(DayInFuture):
        raise_objection(notice=notice, raised_on=timezone.localdate() + DAY, text="x", by=by)
    late = raise_objection(
        notice=notice, raised_on=notice.ends_on + DAY, text="公示期满后提出", by=by, at=after(notice)
    )
    answer_objection(objection=late, answer="y", answered_on=late.raised_on, by=by, at=after(notice))
    close_notice(notice=notice, by=by, at=after(notice))
    with pytest.raises(NoticeClosed):
        raise_objection(notice=notice, raised_on=notice.ends_on, text="x", by=by, at=after(notice, 2))


def test_against_a_replaced_notice_nothing_new_is_raised():
    survey, by = passed_survey()
    first = posted(survey, by)
    second = posted(survey, by, replaces=first)

    with pytest.raises(NoticeReplaced) as refused:
        raise_objection(notice=first, raised_on=first.posted_on, text="x", by=by)

    assert refused.value.extra == {"replaced_by": second.pk}


def test_an_answer_comes_once_and_not_before_the_objection_or_tomorrow():
    survey, by = passed_survey()
    notice = posted(survey, by)
    objection = raise_objection(notice=notice, raised_on=notice.posted_on, text="x", by=by)
    today = timezone.localdate()

    with pytest.raises(NoticeTooEarly):
        answer_objection(objection=objection, answer="y", answered_on=notice.posted_on - DAY, by=by)
    with pytest.raises(DayInFuture):
        answer_objection(objection=objection, answer="y", answered_on=today + DAY, by=by)
    answer_objection(objection=objection, answer="y", answered_on=today, by=by)
    with pytest.raises(ObjectionAnswered):
        answer_objection(objection=objection, answer="z", answered_on=today, by=by)


# --- The law ---------------------------------------------------------------------------------------


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    steps=st.lists(st.sampled_from(["raise", "answer", "replace", "close"]), max_size=8),
    days=st.lists(st.integers(min_value=0, max_value=10), min_size=8, max_size=8),
    length=st.integers(min_value=7, max_value=20),
)
def test_whatever_happens_nothing_closes_early_or_with_an_objection_open(steps, days, length):
    with transaction.atomic():
        survey, by = passed_survey() if not Survey.objects.exists() else (Survey.objects.get(), make_user())
        at = timezone.now()
        notice = posted(survey, by, at=at, ends_on=timezone.localdate(at) + length * DAY)
        open_ones: list = []
        for step, passed in zip(steps, days, strict=False):
            at += passed * DAY
            today = timezone.localdate(at)
            may = notice.state == "posted" and not open_ones and today > notice.ends_on
            try:
                if step == "raise":
                    open_ones.append(raise_objection(notice=notice, raised_on=today, text="x", by=by, at=at))
                elif step == "answer" and open_ones:
                    answer_objection(objection=open_ones.pop(), answer="y", answered_on=today, by=by, at=at)
                elif step == "replace":
                    notice = posted(survey, by, at=at, ends_on=today + length * DAY, replaces=notice)
                elif step == "close":
                    notice = close_notice(notice=notice, by=by, at=at)
                    assert may
            except DomainError:
                assert step != "close" or not may
            told = facts(survey.neighbourhood, "result_notice")
            assert told["objections"] - told["objections_answered"] == len(open_ones)
            assert told["closed"] == (notice.state == "closed")
        transaction.set_rollback(True)
