"""The pages of notices: what hangs, what is due, posting with the proposed words, and the public sheet."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.choices import Role
from common.figures import hash_text
from consent.models import PublicNotice
from consent.services.notices import close_notice, raise_objection
from consent.services.signing import public_key
from renovation.models import MenuItem, Neighbourhood
from tests.consent.casts import make_doors, make_survey
from tests.consent.notice_casts import WORDS, a_photo, after, frozen_plan, passed_survey, posted, posted_plan
from tests.factories import COMMUNITY, make_menu_edition, make_neighbourhood, make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def signed_in(client):
    """A function that signs somebody of a role in."""

    def sign_in(role: str = Role.COMMUNITY_STAFF, territory: str = COMMUNITY):
        client.force_login(make_user(role, territory))
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def body(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode()).replace(" <", "<").replace("> ", ">")


def words(answer) -> str:
    """What is read on the page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def ago(notice: PublicNotice, days: int) -> PublicNotice:
    """The notice as if posted some days ago; the one of today gives way to it."""
    values = {field.name: getattr(notice, field.name) for field in PublicNotice._meta.concrete_fields}
    values |= {
        "id": None,
        "replaces": notice,
        "posted_on": notice.posted_on - days * DAY,
        "ends_on": notice.ends_on - days * DAY,
    }
    PublicNotice.objects.filter(pk=notice.pk).update(state="replaced")
    return PublicNotice.objects.create(**values)


def of(notice_or_place, tail: str = "") -> str:
    if isinstance(notice_or_place, Neighbourhood):
        return f"/neighbourhoods/{notice_or_place.pk}/notices/{tail}"
    return f"/neighbourhoods/{notice_or_place.neighbourhood_id}/notices/{notice_or_place.pk}/{tail}"


# --- The list --------------------------------------------------------------------------------------


def test_a_result_that_nobody_has_posted_is_the_next_act(signed_in):
    survey, _by = passed_survey()

    page = body(signed_in().get(of(survey.neighbourhood)))

    assert '<span class="next">1 to be posted</span>' in page
    assert 'data-testid="notice-post-survey_result"' in page
    assert "The survey has passed and its result has not been made public yet." in page


def test_what_hangs_is_shown_with_the_days_left_and_nothing_is_due(signed_in):
    survey, by = passed_survey()
    notice = ago(posted(survey, by), 3)

    page = body(signed_in().get(of(survey.neighbourhood)))

    assert "1 hangs</h1>" in page
    assert "5 of 7 days left" in page
    assert f'data-testid="notice-{notice.pk}"' in page
    assert "What is to be done" not in page


def test_once_its_days_are_over_closing_it_is_the_next_act(signed_in):
    survey, by = passed_survey()
    notice = ago(posted(survey, by), 8)

    page = body(signed_in().get(of(survey.neighbourhood)))

    assert '<span class="next">1 to be closed</span>' in page
    assert f'data-testid="notice-due-{notice.pk}"' in page


def test_an_open_objection_comes_before_closing(signed_in):
    survey, by = passed_survey()
    notice = ago(posted(survey, by), 8)
    found = raise_objection(notice=notice, raised_on=timezone.localdate(), text="户数有误", raised_by="王女士", by=by)
    client = signed_in()

    page = body(client.get(of(survey.neighbourhood)))
    assert '<span class="next">1 objection to answer</span>' in page
    assert "notice-due-" not in page
    assert "王女士" in page
    answer = {"answer": "已核实", "answered_on": timezone.localdate().isoformat()}
    done = client.post(f"/neighbourhoods/{survey.neighbourhood_id}/objections/{found.pk}/", answer)

    assert done["Location"] == of(notice)
    found.refresh_from_db()
    assert (found.state, found.answer) == ("answered", "已核实")
    assert '<span class="next">1 to be closed</span>' in body(client.get(of(survey.neighbourhood)))


def test_who_only_reads_is_shown_what_hangs_and_no_way_to_act_and_no_name(signed_in):
    survey, by = passed_survey()
    notice = ago(posted(survey, by), 8)
    raise_objection(notice=notice, raised_on=timezone.localdate(), text="户数有误", raised_by="王女士", by=by)
    for role, territory, reads in (
        (Role.DISTRICT_OFFICIAL, COMMUNITY[:6], True),
        (Role.PROPERTY_CLERK, survey.neighbourhood.code, False),
    ):
        client = signed_in(role, territory)

        for address in (of(survey.neighbourhood), of(notice)):
            answer = client.get(address)
            assert answer.status_code == 200
            assert ("户数有误" in answer.content.decode()) == reads
            assert "王女士" not in answer.content.decode()
            assert "<form" not in answer.content.decode().split("<main")[1]
        assert client.get(of(survey.neighbourhood, "new/")).status_code == 403
        assert client.post(of(notice, "close/")).status_code == 403


def test_earlier_notices_stay_in_the_log(signed_in):
    survey, by = passed_survey()
    first = posted(survey, by, title="第一次公示")
    second = posted(survey, by, title="第二次公示", replaces=first)
    close_notice(notice=second, by=by, at=after(second))

    page = body(signed_in().get(of(survey.neighbourhood)))

    assert "none hangs</h1>" in page
    assert page.index("第二次公示") < page.index("第一次公示")
    assert f'<a href="{of(second)}">replaced by a later one</a>' in page


def test_a_page_without_notices_says_when_they_come(signed_in):
    home = make_neighbourhood()

    page = words(signed_in().get(of(home)))

    assert "No notice hangs now." in page


def test_of_another_territory_nothing_is_found(signed_in):
    survey, by = passed_survey()
    notice = posted(survey, by)
    client = signed_in(Role.COMMUNITY_STAFF, "420503001001")

    for address in (of(survey.neighbourhood), of(survey.neighbourhood, "new/"), of(notice)):
        assert client.get(address).status_code == 404
    assert client.post(of(notice, "close/")).status_code == 404
    assert client.post(of(notice, "object/")).status_code == 404


def test_a_notice_is_found_only_under_its_own_neighbourhood(signed_in):
    survey, by = passed_survey()
    notice = posted(survey, by)
    other = make_neighbourhood()

    assert signed_in().get(f"/neighbourhoods/{other.pk}/notices/{notice.pk}/").status_code == 404


def test_the_list_costs_the_same_for_one_notice_and_for_three(signed_in, django_assert_num_queries):
    survey, by = passed_survey()
    home = survey.neighbourhood
    client = signed_in()
    notice = posted(survey, by)
    close_notice(notice=notice, by=by, at=after(notice))
    fields = {"kind": "evaluation", "survey": None}
    hanging = [posted(survey, by, **fields)]
    raise_objection(notice=hanging[0], raised_on=hanging[0].posted_on, text="x", by=by)
    client.get(of(home))

    with django_assert_num_queries(12):
        client.get(of(home))
    hanging += [posted(survey, by, **fields) for _again in range(2)]
    for one in hanging:
        raise_objection(notice=one, raised_on=one.posted_on, text="y", by=by)
    replaced = posted(survey, by, **fields)
    posted(survey, by, replaces=replaced, **fields)
    with django_assert_num_queries(13):  # one more for the line of what was replaced
        client.get(of(home))


# --- Posting ---------------------------------------------------------------------------------------


def test_without_a_kind_the_page_offers_each_with_its_least_days(signed_in):
    home = make_neighbourhood()

    page = words(signed_in().get(of(home, "new/")))

    assert "Owners' meeting" in page.replace("&#x27;", "'")
    assert "15 required by national law" in page
    assert "customary; the city may set otherwise" in page


def test_the_words_of_a_result_are_proposed_from_its_totals(signed_in):
    survey, _by = passed_survey()
    home = survey.neighbourhood

    page = words(signed_in().get(of(home, "new/?kind=survey_result")))

    assert "Households on the roll: 10." in page
    assert "Households that support: 10, a support rate of 100.0%." in page
    assert "Pass mark: 95% (宜住建〔2025〕1号), which is 10 households." in page
    assert "The survey has passed." in page


def test_a_proposal_is_changed_and_posted_and_leads_to_the_notice(signed_in):
    survey, _by = passed_survey()
    home = survey.neighbourhood
    client = signed_in()
    today = timezone.localdate()
    entered = {**WORDS, "posted_on": today, "ends_on": today + 7 * DAY, "photo": a_photo()}

    done = client.post(of(home, "new/?kind=survey_result"), entered)

    notice = PublicNotice.objects.get()
    assert done["Location"] == of(notice)
    assert (notice.text, notice.survey, notice.kind) == (WORDS["text"], survey, "survey_result")
    page = body(client.get(of(notice)))
    assert f'src="/api/v1/notices/{notice.pk}/posting-photo/"' in page


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"ends_on": 6}, 409, "hangs for at least 7 days, the day of posting not counted"),
        ({"posted_on": 1, "ends_on": 9}, 409, "This day is still to come."),
        ({"title": ""}, 400, "This field is required."),
    ],
)
def test_what_is_refused_is_said_at_its_place(signed_in, wrong, status, said):
    survey, _by = passed_survey()
    today = timezone.localdate()
    days = {"posted_on": 0, "ends_on": 7} | {name: value for name, value in wrong.items() if value != ""}
    entered = {**WORDS, **{name: today + value * DAY for name, value in days.items()}}
    entered |= {name: value for name, value in wrong.items() if value == ""}

    refused = signed_in().post(of(survey.neighbourhood, "new/?kind=survey_result"), entered)

    assert refused.status_code == status
    assert said in words(refused)
    assert not PublicNotice.objects.exists()


def test_before_there_is_anything_to_tell_the_page_says_so(signed_in):
    survey, _households, _by = make_survey()
    client = signed_in()

    assert "No survey has been closed here yet." in words(
        client.get(of(survey.neighbourhood, "new/?kind=survey_result"))
    )
    assert "No revision of the plan is frozen yet." in words(client.get(of(survey.neighbourhood, "new/?kind=plan")))
    posting = client.post(of(survey.neighbourhood, "new/?kind=survey_result"), WORDS)
    assert posting.status_code == 200
    assert not PublicNotice.objects.exists()


def test_the_words_of_a_plan_are_proposed_from_its_items_and_name_nobody(signed_in):
    plan = frozen_plan()

    page = words(signed_in().get(of(plan.neighbourhood, "new/?kind=plan")))

    assert "has 2 items and costs ¥3,000.00." in page
    assert "B01 Item B01: 2 m, ¥2,000.00" in page
    assert "市级财政: ¥1,500.00, 50.0% of the total." in page
    assert "Residents: ¥1,500.00, 50.0% of the total." in page
    assert "10 households share what residents pay: ¥150.00 each." in page
    assert "张三" not in page


def test_a_plan_too_long_for_a_notice_is_told_by_its_categories(signed_in, client):
    home = make_doors()[0].neighbourhood
    Neighbourhood.objects.filter(pk=home.pk).update(stage="assessed")
    home.refresh_from_db()
    codes = tuple(f"B{number:02}" for number in range(1, 41))
    make_menu_edition(codes=codes)
    MenuItem.objects.update(name_en="x" * 80)
    plan = frozen_plan(home, codes=codes)

    page = words(signed_in().get(of(home, "new/?kind=plan")))

    assert "Basic: 40 items, ¥40,000.00" in page
    assert "xxx" not in page
    notice = posted_plan(plan, make_user())
    sheet = client.get(f"/notices/{notice.pk}/").content.decode()
    assert sheet.count("x" * 80) == 40


def test_what_the_words_of_a_plan_tell_is_not_told_twice(signed_in):
    plan = frozen_plan()
    client = signed_in()
    form = client.get(of(plan.neighbourhood, "new/?kind=plan")).context["form"]

    told = posted_plan(plan, make_user(), text=form.initial["text"])
    page = body(client.get(f"/notices/{told.pk}/"))
    assert '<details class="sec">' in page
    short = posted_plan(plan, make_user(), replaces=told)
    assert '<details class="sec">' not in body(client.get(f"/notices/{short.pk}/"))


def test_a_changed_notice_is_posted_anew_from_the_words_of_the_earlier_one(signed_in):
    survey, by = passed_survey()
    first = posted(survey, by, text="原公示内容")
    client = signed_in()
    address = of(survey.neighbourhood, f"new/?replaces={first.pk}")

    assert "原公示内容" in words(client.get(address))
    today = timezone.localdate()
    client.post(address, {**WORDS, "text": "更正内容", "posted_on": today, "ends_on": today + 7 * DAY})

    later = PublicNotice.objects.get(replaces=first)
    assert (later.text, later.survey) == ("更正内容", survey)
    assert "This notice no longer counts" in words(client.get(of(first)))
    assert client.get(of(survey.neighbourhood, "new/?replaces=x")).status_code == 404
    assert client.get(of(survey.neighbourhood, "new/?replaces=999999")).status_code == 404


def test_a_plan_that_changed_while_its_notice_hung_is_to_be_posted_anew_with_its_own_words(signed_in):
    plan = frozen_plan()
    first = posted_plan(plan, make_user(), text="第一版方案")
    later = frozen_plan(plan.neighbourhood, price="1200.00")
    assert later.notice_needed
    client = signed_in()

    page = body(client.get(of(plan.neighbourhood)))
    assert f"new/?replaces={first.pk}" in page
    proposed = words(client.get(of(plan.neighbourhood, f"new/?replaces={first.pk}")))

    assert "第一版方案" not in proposed
    assert "costs ¥3,400.00" in proposed


# --- One notice ------------------------------------------------------------------------------------


def test_it_is_closed_from_its_page_with_a_photo_and_a_note(signed_in):
    survey, by = passed_survey()
    notice = ago(posted(survey, by), 8)
    client = signed_in()

    assert 'data-testid="notice-close"' in body(client.get(of(notice)))
    client.post(of(notice, "close/"), {"note": "期满无异议", "photo": a_photo()})

    notice.refresh_from_db()
    assert (notice.state, notice.closing_note, bool(notice.closing_photo)) == ("closed", "期满无异议", True)
    page = body(client.get(of(notice)))
    assert "期满无异议" in page
    assert 'data-testid="notice-close"' not in page


def test_before_its_time_no_close_is_offered_and_one_sent_all_the_same_is_refused(signed_in):
    survey, by = passed_survey()
    notice = posted(survey, by)
    client = signed_in()

    assert 'data-testid="notice-close"' not in body(client.get(of(notice)))
    refused = client.post(of(notice, "close/"), {})

    assert refused.status_code == 409
    assert "The notice hangs until the end of" in words(refused)


def test_an_objection_is_recorded_on_its_page(signed_in):
    survey, by = passed_survey()
    notice = posted(survey, by)
    client = signed_in()

    client.post(of(notice, "object/"), {"text": "楼栋数不对", "raised_on": notice.posted_on, "raised_by": ""})

    assert notice.objections.get().text == "楼栋数不对"
    assert "楼栋数不对" in words(client.get(of(notice)))
    tomorrow = timezone.localdate() + DAY
    refused = client.post(of(notice, "object/"), {"text": "x", "raised_on": tomorrow})
    assert (refused.status_code, notice.objections.count()) == (409, 1)
    assert client.post(of(notice, "object/"), {"text": ""}).status_code == 400


def test_an_answer_is_refused_at_its_place(signed_in):
    survey, by = passed_survey()
    notice = posted(survey, by)
    found = raise_objection(notice=notice, raised_on=notice.posted_on, text="x", by=by)
    address = f"/neighbourhoods/{survey.neighbourhood_id}/objections/{found.pk}/"
    client = signed_in()

    early = client.post(address, {"answer": "y", "answered_on": notice.posted_on - DAY})

    assert early.status_code == 409
    assert "it was not answered before" in words(early)
    assert client.post(address, {"answer": ""}).status_code == 400
    assert client.get(address).status_code == 405


# --- The public sheet ------------------------------------------------------------------------------


def test_anybody_reads_a_result_with_its_totals_and_its_signed_head(client):
    survey, by = passed_survey()
    notice = posted(survey, by)
    raise_objection(notice=notice, raised_on=notice.posted_on, text="户数有误", raised_by="王女士", by=by)
    client.cookies["django_language"] = "en"

    answer = client.get(f"/notices/{notice.pk}/")

    assert answer.status_code == 200
    page = body(answer)
    assert '<span class="figure" data-testid="support-rate">100.0%</span>' in page
    assert 'data-verdict="passed"' in page
    root = bytes(survey.root_hash).hex()
    assert root in page.replace(" ", "")
    assert f'data-testid="public-key">{hash_text(public_key())}<' in page
    assert notice.tree_head.key_id in page
    assert "户数有误" not in page
    assert "王女士" not in page


def test_it_is_told_in_both_languages(client):
    survey, by = passed_survey()
    notice = posted(survey, by)

    client.cookies["django_language"] = "zh-hans"
    assert 'lang="zh-Hans"' in client.get(f"/notices/{notice.pk}/").content.decode()
    client.cookies["django_language"] = "en"
    assert 'lang="en"' in client.get(f"/notices/{notice.pk}/").content.decode()


def test_anybody_reads_a_plan_with_its_items_its_sums_and_its_digest_and_no_name(client):
    plan = frozen_plan()
    notice = posted_plan(plan, make_user())
    client.cookies["django_language"] = "en"

    page = body(client.get(f"/notices/{notice.pk}/"))

    assert 'data-testid="plan-total">3,000.00</td>' in page
    assert plan.digest in page.replace(" ", "")
    assert "10 households share what residents pay: ¥150.00 each." in page
    assert "张三" not in page


@pytest.mark.parametrize(("households", "told"), [(4, False), (5, True)])
def test_of_few_households_no_share_is_told(client, households, told):
    home = make_doors(buildings=1, doors=households)[0].neighbourhood
    Neighbourhood.objects.filter(pk=home.pk).update(stage="assessed")
    home.refresh_from_db()
    make_menu_edition()
    plan = frozen_plan(home)
    notice = posted_plan(plan, make_user())
    client.cookies["django_language"] = "en"

    page = words(client.get(f"/notices/{notice.pk}/"))

    assert ("share what residents pay" in page) == told


def test_a_replaced_notice_says_so_and_leads_to_the_last_of_its_line(client):
    survey, by = passed_survey()
    first = posted(survey, by)
    second = posted(survey, by, replaces=first)
    third = posted(survey, by, replaces=second)
    client.cookies["django_language"] = "en"

    page = body(client.get(f"/notices/{first.pk}/"))

    assert 'data-testid="notice-replaced"' in page
    assert f'href="/notices/{third.pk}/"' in page
    assert 'data-testid="notice-replaced"' not in body(client.get(f"/notices/{third.pk}/"))


def test_a_notice_that_is_not_there_is_not_found(client):
    assert client.get("/notices/999999/").status_code == 404


def test_the_sheet_costs_the_same_for_more_households_and_items(client, django_assert_max_num_queries):
    plan = frozen_plan()
    notice = posted_plan(plan, make_user())

    with django_assert_max_num_queries(8):
        client.get(f"/notices/{notice.pk}/")


def test_words_that_a_later_revision_has_overtaken_are_not_posted_for_it(signed_in):
    plan = frozen_plan()
    home, client = plan.neighbourhood, signed_in()
    shown = client.get(of(home, "new/?kind=plan")).context["form"].initial
    later = frozen_plan(home, price="1200.00")
    today = timezone.localdate()
    sent = {**shown, "place": "东门", "posted_on": today.isoformat(), "ends_on": (today + 7 * DAY).isoformat()}

    refused = client.post(of(home, "new/?kind=plan"), sent)

    assert refused.status_code == 409
    assert not PublicNotice.objects.exists()
    again = refused.context["form"].initial
    assert (again["place"], "revision 2" in again["text"]) == ("东门", True)
    assert "has changed since you opened this page" in body(refused)
    done = client.post(of(home, "new/?kind=plan"), {**sent, "text": again["text"], "about": again["about"]})
    assert done.status_code == 302
    assert PublicNotice.objects.get().plan == later
