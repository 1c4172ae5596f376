"""Notices and objections over HTTP."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.choices import Role
from consent.models import PublicNotice
from consent.services.notices import close_notice, raise_objection
from renovation.services.plans import open_draft
from tests.api.helpers import API, signed_in, system
from tests.consent.casts import make_survey
from tests.consent.notice_casts import WORDS, a_photo, after, frozen_plan, passed_survey, posted
from tests.factories import COMMUNITY, make_neighbourhood, make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def result_of(survey, **fields):
    today = timezone.localdate()
    return {
        "neighbourhood": survey.neighbourhood_id,
        "kind": "survey_result",
        "survey": survey.pk,
        "posted_on": today.isoformat(),
        "ends_on": (today + 7 * DAY).isoformat(),
        **WORDS,
        **fields,
    }


def backdated(notice: PublicNotice, days: int) -> PublicNotice:
    """The same notice as if it had been posted some days ago: a new row, since what hangs does not change."""
    fields = {
        field.name: getattr(notice, field.name)
        for field in PublicNotice._meta.concrete_fields
        if field.name not in ("id", "posted_on", "ends_on")
    }
    return PublicNotice.objects.create(
        **fields, posted_on=notice.posted_on - days * DAY, ends_on=notice.ends_on - days * DAY
    )


def test_a_result_is_posted_and_read_back_with_its_signed_head(media):
    survey, by = passed_survey()
    client = signed_in(by)

    made = client.post(f"{API}/notices/", result_of(survey), format="json")

    assert made.status_code == 201, made.content
    body = made.json()
    head = body.pop("tree_head")
    assert head["root_hash"] == bytes(survey.root_hash).hex()
    assert (head["size"], len(head["signature"])) == (survey.tree_size, 128)
    today = timezone.localdate()
    assert body == {
        "id": body["id"],
        "neighbourhood": survey.neighbourhood_id,
        "kind": "survey_result",
        **WORDS,
        "survey": survey.pk,
        "plan": None,
        "posted_on": today.isoformat(),
        "ends_on": (today + 7 * DAY).isoformat(),
        "least_days": 7,
        "is_over": False,
        "state": "posted",
        "replaces": None,
        "replaced_by": None,
        "objections": 0,
        "open_objections": 0,
        "posted_by": by.pk,
        "posting_photo": None,
        "closed_at": None,
        "closed_by": None,
        "closing_note": "",
        "closing_photo": None,
        "page": f"/notices/{body['id']}/",
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
    }
    read = client.get(f"{API}/notices/{body['id']}/")
    assert read.json() == {**body, "tree_head": head}
    assert client.get(f"{API}/notices/{body['id']}/", HTTP_IF_NONE_MATCH=read["ETag"]).status_code == 304


def test_a_photo_comes_with_the_form_and_is_served_to_whoever_sees_the_notice(media):
    survey, by = passed_survey()
    client = signed_in(by)
    fields = {**result_of(survey), "photo": a_photo()}

    made = client.post(f"{API}/notices/", fields, format="multipart")

    assert made.status_code == 201, made.content
    address = made.json()["posting_photo"]
    photo = client.get(address)
    assert (photo["Content-Type"], photo["Cache-Control"]) == ("image/jpeg", "private")
    assert b"".join(photo.streaming_content).startswith(b"\xff\xd8")
    clerk = make_user(Role.PROPERTY_CLERK, survey.neighbourhood.code)
    assert signed_in(clerk).get(address).status_code == 200
    stranger = make_user(Role.COMMUNITY_STAFF, "420503001001")
    assert signed_in(stranger).get(address).status_code == 404
    assert client.get(address.replace("posting", "closing")).status_code == 404


def test_what_is_no_photo_is_refused_at_once(media):
    survey, by = passed_survey()
    broken = a_photo()
    broken.file.truncate(20)

    refused = signed_in(by).post(f"{API}/notices/", {**result_of(survey), "photo": broken}, format="multipart")

    assert (refused.status_code, refused.json()["code"]) == (400, "photo_refused")


def test_too_few_days_are_refused_with_the_least_days():
    survey, by = passed_survey()
    ends_on = (timezone.localdate() + 6 * DAY).isoformat()

    refused = signed_in(by).post(f"{API}/notices/", result_of(survey, ends_on=ends_on), format="json")

    assert refused.status_code == 409
    assert refused["Content-Type"] == "application/problem+json"
    body = refused.json()
    assert (body["code"], body["least_days"]) == ("notice_too_short", 7)
    assert body["earliest_end"] == (timezone.localdate() + 7 * DAY).isoformat()


def test_an_open_survey_and_a_draft_plan_are_refused():
    survey, _households, by = make_survey()
    client = signed_in(by)

    refused = client.post(f"{API}/notices/", result_of(survey), format="json")

    assert (refused.status_code, refused.json()["code"]) == (409, "survey_open")


@pytest.mark.parametrize(("kind", "name"), [("survey_result", "survey"), ("plan", "plan")])
def test_what_it_is_about_is_asked_for_at_its_place(kind, name):
    survey, by = passed_survey()
    body = {**result_of(survey), "kind": kind}
    del body["survey"]

    refused = signed_in(by).post(f"{API}/notices/", body, format="json")

    assert refused.status_code == 400
    assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [(f"/{name}", "required")]


def test_what_the_caller_does_not_see_does_not_exist_and_reading_is_not_writing():
    survey, by = passed_survey()
    notice = posted(survey, by)
    objection = raise_objection(notice=notice, raised_on=notice.posted_on, text="x", by=by)
    stranger = signed_in(make_user(Role.COMMUNITY_STAFF, "420503001001"))
    official = signed_in(make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6]))
    today = timezone.localdate().isoformat()
    acts = [
        (f"notices/{notice.pk}/close/", {}),
        (f"notices/{notice.pk}/replace/", result_of(survey)),
        (f"objections/{objection.pk}/answer/", {"answer": "x", "answered_on": today}),
    ]

    for address in (f"notices/{notice.pk}/", f"objections/{objection.pk}/"):
        assert stranger.get(f"{API}/{address}").status_code == 404
        assert official.get(f"{API}/{address}").status_code == 200
    for address, body in acts:
        assert stranger.post(f"{API}/{address}", body, format="json").status_code == 404
        assert official.post(f"{API}/{address}", body, format="json").status_code == 403
    assert official.post(f"{API}/notices/", result_of(survey), format="json").status_code == 403
    raised = {"notice": notice.pk, "raised_on": today, "text": "x"}
    assert official.post(f"{API}/objections/", raised, format="json").status_code == 403
    writer = signed_in(make_user(Role.COMMUNITY_STAFF, "420503001001"))
    assert writer.post(f"{API}/notices/", result_of(survey), format="json").status_code == 400
    assert writer.post(f"{API}/objections/", raised, format="json").status_code == 400


def test_who_reads_only_what_is_published_sees_notices_and_no_objections():
    survey, by = passed_survey()
    notice = posted(survey, by)
    objection = raise_objection(notice=notice, raised_on=notice.posted_on, text="x", by=by)
    clerk = signed_in(make_user(Role.PROPERTY_CLERK, survey.neighbourhood.code))

    assert [row["id"] for row in clerk.get(f"{API}/notices/").json()["results"]] == [notice.pk]
    assert clerk.get(f"{API}/objections/").json()["results"] == []
    assert clerk.get(f"{API}/objections/{objection.pk}/").status_code == 404


def test_who_raised_an_objection_is_told_only_to_whoever_records_them():
    survey, by = passed_survey()
    notice = posted(survey, by)
    body = {
        "notice": notice.pk,
        "raised_on": notice.posted_on.isoformat(),
        "text": "户数有误",
        "raised_by": "王女士",
    }
    client = signed_in(by)

    made = client.post(f"{API}/objections/", body, format="json")

    assert made.status_code == 201, made.content
    number = made.json()["id"]
    assert made.json()["raised_by"] == "王女士"
    official = signed_in(make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6]))
    seen = official.get(f"{API}/objections/{number}/")
    assert (seen.json()["raised_by"], seen.json()["text"]) == ("", "户数有误")
    assert official.get(f"{API}/objections/").json()["results"][0]["raised_by"] == ""
    assert seen["ETag"] == client.get(f"{API}/objections/{number}/")["ETag"]


def test_an_objection_is_answered_once_and_then_the_notice_may_be_closed(media):
    survey, by = passed_survey()
    hung = posted(survey, by)
    PublicNotice.objects.filter(pk=hung.pk).update(state="replaced")
    notice = backdated(hung, 8)
    client = signed_in(by)
    objection = raise_objection(notice=notice, raised_on=timezone.localdate(), text="x", by=by)
    address = f"{API}/notices/{notice.pk}/close/"

    open_yet = client.post(address, {}, format="json")
    assert (open_yet.status_code, open_yet.json()["code"]) == (409, "objections_open")
    assert open_yet.json()["objections"] == [objection.pk]
    before = client.get(f"{API}/notices/{notice.pk}/")["ETag"]
    answer = {"answer": "已核实", "answered_on": timezone.localdate().isoformat()}
    answered = client.post(f"{API}/objections/{objection.pk}/answer/", answer, format="json")
    assert (answered.status_code, answered.json()["state"], answered.json()["answer"]) == (200, "answered", "已核实")
    again = client.post(f"{API}/objections/{objection.pk}/answer/", answer, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "objection_answered")
    assert client.get(f"{API}/notices/{notice.pk}/")["ETag"] != before

    closed = client.post(address, {"note": "期满", "photo": a_photo()}, format="multipart")
    assert closed.status_code == 200, closed.content
    assert (closed.json()["state"], closed.json()["closing_note"]) == ("closed", "期满")
    assert client.get(closed.json()["closing_photo"]).status_code == 200
    twice = client.post(address, {}, format="json")
    assert (twice.status_code, twice.json()["code"]) == (409, "notice_closed")


def test_it_is_not_closed_before_its_time():
    survey, by = passed_survey()
    notice = posted(survey, by)

    refused = signed_in(by).post(f"{API}/notices/{notice.pk}/close/", {}, format="json")

    assert (refused.status_code, refused.json()["code"]) == (409, "notice_not_over")
    assert refused.json()["ends_on"] == notice.ends_on.isoformat()


def test_a_stale_version_is_not_closed():
    survey, by = passed_survey()
    notice = posted(survey, by)

    stale = signed_in(by).post(f"{API}/notices/{notice.pk}/close/", {}, format="json", HTTP_IF_MATCH='"1-99"')

    assert stale.status_code == 412


def test_another_content_replaces_it_about_the_same_survey():
    survey, by = passed_survey()
    first = posted(survey, by)
    client = signed_in(by)
    body = {**result_of(survey, text="更正"), "neighbourhood": None, "kind": None, "survey": None}
    body = {name: value for name, value in body.items() if value is not None}

    made = client.post(f"{API}/notices/{first.pk}/replace/", body, format="json")

    assert made.status_code == 201, made.content
    assert (made.json()["replaces"], made.json()["survey"], made.json()["text"]) == (first.pk, survey.pk, "更正")
    read = client.get(f"{API}/notices/{first.pk}/").json()
    assert (read["state"], read["replaced_by"]) == ("replaced", made.json()["id"])
    twice = client.post(f"{API}/notices/{first.pk}/replace/", body, format="json")
    assert (twice.status_code, twice.json()["code"]) == (409, "notice_replaced")
    assert twice.json()["replaced_by"] == made.json()["id"]


@pytest.mark.parametrize("scopes", [("consent:write",), ("consent:write", "plans:read", "registry:read")])
def test_a_system_posts_the_notice_of_a_plan(scopes):
    """Notices are `consent`: it takes no other scope."""
    plan = frozen_plan()
    client = system(*scopes)
    today = timezone.localdate()
    body = {
        "neighbourhood": plan.neighbourhood_id,
        "kind": "plan",
        "plan": plan.pk,
        "posted_on": today.isoformat(),
        "ends_on": (today + 7 * DAY).isoformat(),
        **WORDS,
    }

    made = client.post(f"{API}/notices/", body, format="json")

    assert made.status_code == 201, made.content
    assert (made.json()["plan"], made.json()["tree_head"]) == (plan.pk, None)
    assert (
        system("consent:read", "plans:read", "registry:read").post(f"{API}/notices/", body, format="json").status_code
        == 403
    )


def test_a_system_of_another_place_finds_neither_the_neighbourhood_nor_the_plan():
    plan = frozen_plan()
    stranger = system("consent:write", territory="420503001001")

    refused = stranger.post(
        f"{API}/notices/", {"neighbourhood": plan.neighbourhood_id, "plan": plan.pk, "kind": "plan"}, format="json"
    )

    found = {fault["pointer"]: fault["code"] for fault in refused.json()["errors"]}
    assert (found["/neighbourhood"], found["/plan"]) == ("does_not_exist", "does_not_exist")


def test_a_draft_is_not_there_for_who_reads_no_plans():
    plan = frozen_plan()
    draft = open_draft(neighbourhood=plan.neighbourhood, by=make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6]))

    refused = system("consent:write").post(f"{API}/notices/", {"plan": draft.pk}, format="json")

    assert "/plan" in {fault["pointer"] for fault in refused.json()["errors"]}


def test_notices_are_filtered():
    survey, by = passed_survey()
    hangs = posted(survey, by)
    ended = posted(survey, by, replaces=hangs)
    close_notice(notice=ended, by=by, at=after(ended))
    due = backdated(PublicNotice(**{**vars_of(hangs), "state": "posted"}), 9)
    other = make_neighbourhood(community_code="420502001002")
    client = signed_in(make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6]))

    def found(**filters):
        answer = client.get(f"{API}/notices/", filters)
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["results"]]

    assert found() == [hangs.pk, ended.pk, due.pk]
    assert found(ordering="-posted_on") == [ended.pk, hangs.pk, due.pk]
    assert found(neighbourhood=survey.neighbourhood_id) == [hangs.pk, ended.pk, due.pk]
    assert found(neighbourhood=other.pk) == found(division="420502001002") == found(kind="plan") == []
    assert found(division=COMMUNITY) == found(kind="survey_result") == [hangs.pk, ended.pk, due.pk]
    assert found(state="closed") == [ended.pk]
    assert found(due="true") == [due.pk]
    for wrong in ({"due": "false"}, {"state": "open"}, {"colour": "red"}):
        assert client.get(f"{API}/notices/", wrong).status_code == 400


def vars_of(notice: PublicNotice) -> dict:
    fields = {field.name: getattr(notice, field.name) for field in PublicNotice._meta.concrete_fields}
    return {name: value for name, value in fields.items() if name != "id"}


def test_objections_are_filtered():
    survey, by = passed_survey()
    notice = posted(survey, by)
    first, second = (
        raise_objection(notice=notice, raised_on=notice.posted_on, text=text, by=by) for text in ("x", "y")
    )
    client = signed_in(by)
    answer = {"answer": "已核实", "answered_on": notice.posted_on.isoformat()}
    client.post(f"{API}/objections/{first.pk}/answer/", answer, format="json")

    def found(**filters):
        return [row["id"] for row in client.get(f"{API}/objections/", filters).json()["results"]]

    assert found(notice=notice.pk) == found(neighbourhood=survey.neighbourhood_id) == [first.pk, second.pk]
    assert found(state="open") == [second.pk]
    assert found(notice=notice.pk + 1) == []


def test_lists_cost_the_same_for_one_row_and_for_three(django_assert_num_queries):
    survey, by = passed_survey()
    notice = posted(survey, by)
    raise_objection(notice=notice, raised_on=notice.posted_on, text="x", by=by)
    client = signed_in(by)
    client.get(f"{API}/notices/")

    for _round in range(2):
        for resource in ("notices", "objections"):
            with django_assert_num_queries(5):
                assert client.get(f"{API}/{resource}/").status_code == 200
        notice = posted(survey, by, replaces=notice)
        notice = posted(survey, by, replaces=notice)
        for text in ("y", "z"):
            raise_objection(notice=notice, raised_on=notice.posted_on, text=text, by=by)
