"""Party members in the back office: for administrators, masked; the rules of points, kept there."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.choices import Role
from governance.models import PointRule
from tests.cast import HERE
from tests.factories import make_division, make_user
from tests.governance.party_cast import a_member, a_rule, a_service
from tests.governance_rows.party import keep_boards, keep_party

pytestmark = pytest.mark.django_db
NAMED = ("partymember", "responsibilityarea", "memberreport", "servicerecord", "pointentry")


@pytest.fixture
def rows(cast, community_worker, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    door = cast.doors[0]
    return {**keep_party(cast.home, door, community_worker), **keep_boards(cast.home, door, community_worker)}


def sign_in(client, role, territory):
    client.force_login(make_user(role, territory, username="reader"), "django.contrib.auth.backends.ModelBackend")


def listed(name):
    return reverse(f"admin:governance_{name}_changelist")


def test_an_administrator_reads_them_without_names_or_phones(client, rows):
    sign_in(client, Role.ADMIN, HERE[:4])

    for name in (*NAMED, "noticeboard"):
        page = client.get(listed(name))
        assert page.status_code == 200
        for hidden in ("本小区党员", "本小区楼长", "本小区管家", "13812342071", "本小区夜间巡逻", "本小区半年报告"):
            assert hidden not in page.content.decode(), name
    assert "本**" in client.get(listed("partymember")).content.decode()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DISTRICT_OFFICIAL])
def test_who_reads_totals_has_no_list_of_them(client, rows, role):
    sign_in(client, role, HERE[:6])

    assert [client.get(listed(name)).status_code for name in NAMED] == [403] * len(NAMED)
    assert client.get(listed("pointrule")).status_code == 200


def test_a_rule_is_set_and_ended_and_never_changed(client, cast, community_worker, party_secretary):
    rule = a_rule()
    a_service(a_member(cast.home, community_worker), party_secretary, rule)
    sign_in(client, Role.ADMIN, HERE[:4])
    sent = {
        "division": make_division(HERE[:6]).pk,
        "code": "patrol",
        "name": "义务巡逻",
        "points": 8,
        "document": "新办法",
        "valid_from": "2026-09-01",
    }

    client.post(reverse("admin:governance_pointrule_add"), sent)
    rule.refresh_from_db()
    later = PointRule.objects.get(points=8)
    assert (rule.valid_to, later.valid_to) == (date(2026, 8, 31), None)
    url = reverse("admin:governance_pointrule_change", args=[later.pk])
    client.post(url, {**sent, "points": 99, "valid_to": "2026-12-31"})

    later.refresh_from_db()
    assert (later.points, later.valid_to) == (8, date(2026, 12, 31))
    client.post(reverse("admin:governance_pointrule_delete", args=[rule.pk]), {"post": "yes"})
    assert PointRule.objects.filter(pk=rule.pk).exists()
    refused = client.post(reverse("admin:governance_pointrule_add"), {**sent, "valid_from": "2026-02-01"}, follow=True)
    assert PointRule.objects.count() == 2
    assert refused.status_code == 200
