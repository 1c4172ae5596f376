"""The first page: figures of one's own work, each with the list that it counts."""

from datetime import date

import pytest
from allauth.mfa.models import Authenticator

from accounts.choices import Role
from accounts.services.history import add_history
from consent.models import ConsentPolicy
from governance.models import PointRule
from tests.admin.conftest import browser
from tests.factories import give_role, make_division, make_household, make_user


def figures(user) -> dict:
    return {figure.name: figure for figure in browser(user).get("/admin/").context["figures"]}


@pytest.mark.parametrize(
    ("role", "named", "not_named"),
    [
        (Role.ADMIN, {"failed-jobs", "running-jobs", "clients", "without-second-factor"}, {"reads", "overrides"}),
        (Role.AUDITOR, {"reads", "overrides", "reversals"}, {"users", "policies", "jobs"}),
        (Role.DISTRICT_OFFICIAL, {"policies", "point-rules", "divisions"}, {"users", "neighbourhoods", "reads"}),
    ],
)
def test_everybody_begins_with_their_own_work(walked, role, named, not_named):
    shown = set(figures(make_user(role, "420502")))

    assert (named - shown, not_named & shown) == (set(), set())


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR, Role.CITY_OFFICIAL])
def test_each_figure_opens_the_list_that_it_counts(walked, role):
    user = make_user(role, "4205")
    make_user(None, is_active=False)
    add_history(walked.households[0], "revealed", by=walked.staff, action=None, reason="信访件")
    client = browser(user)

    shown = figures(user)

    assert len(shown) > 3
    for name, figure in shown.items():
        assert client.get(figure.url).context["cl"].result_count == figure.count, name


def test_two_roles_have_the_figures_of_both(walked):
    user = make_user(Role.AUDITOR, "4205")
    give_role(user, Role.CITY_OFFICIAL, "4205")

    assert {"reads", "policies"} <= set(figures(user))


def test_a_superuser_has_the_figures_of_an_administrator(root):
    assert "failed-jobs" in figures(root)


def test_what_is_in_force_leaves_out_what_was_and_what_comes(db):
    division = make_division("4205")
    user = make_user(Role.CITY_OFFICIAL, "4205")
    for day in (date(2024, 1, 1), date(2025, 1, 1), date(2999, 1, 1)):
        ConsentPolicy.objects.create(division=division, pass_share="0.9", valid_from=day, document="1")
    fields = {"division": division, "points": 5, "document": "办法", "name": "巡逻"}
    PointRule.objects.create(code="a", valid_from=date(2024, 1, 1), valid_to=date(2024, 12, 31), **fields)
    PointRule.objects.create(code="b", valid_from=date(2024, 1, 1), **fields)

    shown = figures(user)

    assert (shown["policies"].count, shown["point-rules"].count) == (1, 1)


def test_recovery_codes_are_no_second_factor(db):
    boss = make_user(Role.ADMIN, "4205")
    with_one, with_codes = make_user(None), make_user(None)
    Authenticator.objects.create(user=with_one, type=Authenticator.Type.TOTP, data={})
    Authenticator.objects.create(user=with_codes, type=Authenticator.Type.RECOVERY_CODES, data={})

    assert figures(boss)["without-second-factor"].count == 2


def test_the_latest_acts_lead_to_their_objects(db):
    boss = make_user(Role.ADMIN, "4205")
    household = make_household()
    add_history(household, "changed", by=boss)

    page = browser(boss).get("/admin/").content.decode()

    assert f"/admin/renovation/household/{household.pk}/change/" in page
