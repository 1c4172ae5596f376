"""The pages of party members: names for whoever keeps them, totals for officials, points for the secretary."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from governance.models import MemberReport, PartyMember, ResponsibilityArea, ServiceRecord
from governance.reports.party import points_of
from governance.services.party import end_member, give_area
from governance.services.points import approve_service
from tests.cast import ELSEWHERE, HERE
from tests.factories import make_user
from tests.governance.party_cast import DAY, a_member, a_rule, a_service, browser, to_come

pytestmark = pytest.mark.django_db


def url(neighbourhood, *parts):
    return "/".join(["", "neighbourhoods", str(neighbourhood.pk), "party", *(str(part) for part in parts), ""])


def text(response):
    return response.content.decode()


def test_the_community_reads_who_serves_and_for_what(cast, community_worker):
    member = a_member(cast.home, community_worker)
    give_area(member=member, building=cast.doors[0].building, duty="联系住户", starts_on=DAY, by=community_worker)

    page = text(browser(community_worker).get(url(cast.home)))

    for words in ("钟爱国", "市一中", "联系住户", f'href="{url(cast.home, "members", member.pk)}"'):
        assert words in page
    assert "party-points" not in page
    assert url(cast.home, "services") not in page


def test_the_secretary_sees_what_waits(cast, community_worker, party_secretary):
    a_service(a_member(cast.home, community_worker), party_secretary)

    page = text(browser(party_secretary).get(url(cast.home)))

    assert f'href="{url(cast.home, "services")}"' in page


@pytest.mark.parametrize("role", [Role.CITY_OFFICIAL, Role.DISTRICT_OFFICIAL, Role.AUDITOR])
def test_who_reads_totals_reads_no_name_and_no_small_figure(
    cast, community_worker, party_secretary, deputy_secretary, role
):
    member = a_member(cast.home, community_worker)
    approve_service(record=a_service(member, party_secretary, a_rule(points=77)), by=deputy_secretary)
    reader = browser(make_user(role, HERE[:4] if role == Role.CITY_OFFICIAL else HERE[:6], username="reader"))

    page = text(reader.get(url(cast.home)))

    assert 'data-testid="party-count">1<' in page
    said = re.sub(r'href="[^"]*"', "", page)  # the number of a place may have any digits
    for hidden in ("钟爱国", "市一中", "77", "party-points"):
        assert hidden not in said
    for path in ("members/new", f"members/{member.pk}", "reports"):
        assert reader.get(url(cast.home, path)).status_code == 403
    assert reader.get(url(cast.home, "services")).status_code == 403


def test_from_five_members_on_totals_are_told(
    cast, community_worker, party_secretary, deputy_secretary, district_official
):
    members = [a_member(cast.home, community_worker, name=f"党员{n}") for n in range(5)]
    approve_service(record=a_service(members[0], party_secretary, a_rule(points=77)), by=deputy_secretary)

    page = text(browser(district_official).get(url(cast.home)))

    assert 'data-testid="party-points">77<' in page


@pytest.mark.parametrize(
    ("role", "place"),
    [(Role.COMMUNITY_STAFF, ELSEWHERE), (Role.COMMITTEE_MEMBER, "home"), (Role.PROPERTY_CLERK, "home")],
)
def test_others_find_no_page(cast, community_worker, role, place):
    member = a_member(cast.home, community_worker)
    reader = browser(make_user(role, cast.home.code if place == "home" else place, username="reader"))

    for parts in ((), ("members", "new"), ("members", member.pk), ("reports",), ("services",)):
        assert reader.get(url(cast.home, *parts)).status_code == 404


def test_a_member_is_checked_in_by_the_form(cast, community_worker):
    client = browser(community_worker)
    sent = {"name": "钟爱国", "check_in": "unit", "work_unit": "", "checked_in_on": "2026-03-01"}

    refused = client.post(url(cast.home, "members", "new"), sent)
    made = client.post(url(cast.home, "members", "new"), {**sent, "work_unit": "市一中"})

    member = PartyMember.objects.get()
    assert refused.status_code == 409
    assert (made.status_code, made["Location"]) == (302, url(cast.home, "members", member.pk))


def test_an_area_is_given_shown_and_ended_by_clicks(cast, community_worker):
    member = a_member(cast.home, community_worker)
    client, page = browser(community_worker), url(cast.home, "members", member.pk)

    client.post(
        page, {"act": "area", "place": f"s{cast.doors[0].stairwell_id}", "duty": "联系", "starts_on": "2026-03-01"}
    )
    area = ResponsibilityArea.objects.get()
    client.post(page, {"act": "show", "area": area.pk})
    shown = ResponsibilityArea.objects.get()
    assert (shown.building, shown.stairwell) == (cast.doors[0].building, cast.doors[0].stairwell)
    assert shown.shown_with_consent_on in (timezone.localdate(), area.shown_with_consent_on)
    assert shown.shown_with_consent_on is not None
    client.post(page, {"act": "hide", "area": area.pk})
    client.post(page, {"act": "end_area", "area": area.pk, "ends_on": "2026-05-01"})

    ended = ResponsibilityArea.objects.get()
    assert (ended.shown_with_consent_on, ended.ends_on) == (None, date(2026, 5, 1))
    assert client.post(page, {"act": "show", "area": "x"}).status_code == 404
    assert client.post(page, {"act": "dance"}).status_code == 404


def test_a_refusal_is_said_on_the_form_that_asked(cast, community_worker):
    member = a_member(cast.home, community_worker)
    client, page = browser(community_worker), url(cast.home, "members", member.pk)

    late = client.post(page, {"act": "end", "ended_on": to_come().isoformat()})
    unread = client.post(page, {"act": "report", "period": "2026", "reported_on": "2026-07-03", "text": "x"})
    empty = client.post(page, {"act": "area"})

    assert (late.status_code, unread.status_code, empty.status_code) == (409, 409, 400)
    assert 'role="alert"' in text(late)
    member.refresh_from_db()
    assert member.ended_on is None
    assert MemberReport.objects.count() == 0


def test_a_member_whose_duty_ended_is_listed_apart(cast, community_worker):
    member = a_member(cast.home, community_worker)
    end_member(member=member, ended_on=date(2026, 5, 1), by=community_worker)
    client = browser(community_worker)

    assert "钟爱国" not in text(client.get(url(cast.home)))
    assert "钟爱国" in text(client.get(f"{url(cast.home)}?ended=1"))
    assert client.get(url(cast.home, "members", member.pk)).status_code == 200
    assert client.post(url(cast.home, "members", member.pk), {"act": "end"}).status_code == 404


def test_a_work_unit_reports_on_the_page_of_reports(cast, community_worker):
    client = browser(community_worker)

    sent = {"work_unit": "市一中", "period": "2025", "reported_on": "2026-01-10", "text": "结对帮扶"}
    made = client.post(url(cast.home, "reports"), sent)

    assert made.status_code == 302
    assert "结对帮扶" in text(client.get(url(cast.home, "reports")))


def test_service_goes_from_one_secretary_to_the_other(cast, community_worker, party_secretary, deputy_secretary):
    rule, member = a_rule(), a_member(cast.home, community_worker)
    proposer, judge = browser(party_secretary), browser(deputy_secretary)

    proposer.post(
        url(cast.home, "services"), {"member": member.pk, "rule": rule.pk, "done_on": "2026-04-01", "text": "巡逻"}
    )
    page = url(cast.home, "services", ServiceRecord.objects.get().pk)
    assert "service-approve" not in text(proposer.get(page))
    assert proposer.post(page, {"act": "approve"}).status_code == 409
    assert "service-approve" in text(judge.get(page))
    judge.post(page, {"act": "approve"})
    assert points_of(member) == 5
    assert judge.post(page, {"act": "reverse", "reason": ""}).status_code == 400
    judge.post(page, {"act": "reverse", "reason": "重复"})

    assert points_of(member) == 0
    assert "重复" in text(judge.get(page))
    assert "钟爱国" in text(judge.get(url(cast.home, "services")))


def test_the_community_reads_no_points_on_a_members_page(cast, community_worker, party_secretary, deputy_secretary):
    member = a_member(cast.home, community_worker)
    approve_service(record=a_service(member, party_secretary), by=deputy_secretary)

    own = text(browser(community_worker).get(url(cast.home, "members", member.pk)))
    secretarys = text(browser(party_secretary).get(url(cast.home, "members", member.pk)))

    assert 'id="points"' not in own
    assert 'id="points"' in secretarys
    assert browser(community_worker).get(url(cast.home, "services")).status_code == 404


@pytest.mark.parametrize("path", [(), ("reports",), ("services",)])
def test_pages_cost_the_same_for_one_and_for_three(
    cast, community_worker, party_secretary, deputy_secretary, path, django_assert_num_queries
):
    def add(name):
        member = a_member(cast.home, community_worker, name=name)
        give_area(member=member, building=cast.doors[0].building, duty="x", starts_on=DAY, by=community_worker)
        MemberReport.objects.create(
            neighbourhood=cast.home, member=member, period="2026-H1", reported_on=DAY, text="x", at=timezone.now()
        )
        approve_service(record=a_service(member, party_secretary), by=deputy_secretary)
        a_service(member, party_secretary)

    client = browser(deputy_secretary)
    add("甲")
    client.get(url(cast.home, *path))
    with CaptureQueriesContext(connection) as one:
        client.get(url(cast.home, *path))
    add("乙")
    add("丙")

    with django_assert_num_queries(len(one)):
        page = text(client.get(url(cast.home, *path)))
    assert "丙" in page
