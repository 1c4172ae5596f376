"""Several rows at once: what is shown is what is done, each row by its own page's rules, and ledgers never."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.contrib import admin
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from accounts.back_office.bulk_edit import PREVIEW_HOLDS, ROWS_AT_ONCE, SALT, BulkEdit
from accounts.choices import Role
from accounts.models import HistoryEntry, RoleAssignment, User
from consent.models import Survey
from governance.models import PointRule
from renovation.models import MenuItem
from tests.admin.conftest import browser
from tests.admin.test_access import LEDGERS
from tests.admin.test_lists import REGISTERED, list_of
from tests.factories import make_client, make_division, make_menu_edition, make_user

USERS = "/admin/accounts/user/"
ROLES = "/admin/accounts/roleassignment/"
ITEMS = "/admin/renovation/menuitem/"
RULES = "/admin/governance/pointrule/"


@pytest.fixture
def boss(db) -> User:
    return make_user(Role.ADMIN, "4205", username="boss")


def choose(user: User, url: str, rows, **fields):
    """The ticks of a list, sent."""
    sent = {"action": "change_together", "_selected_action": [row.pk for row in rows], **fields}
    return browser(user).post(url, sent, follow=True)


def show(user: User, url: str, rows, **fields):
    """What is to change, sent: `unit="x"` ticks the field, too."""
    sent = {"rows": ",".join(str(row.pk) for row in rows), **fields, **{f"set_{name}": "on" for name in fields}}
    return browser(user).post(f"{url}change-several/", sent)


def token_of(page) -> str:
    return unescape(re.search(r'name="shown" value="([^"]+)"', page.content.decode())[1])


def confirm(user: User, url: str, page, **headers):
    return browser(user).post(f"{url}change-several/", {"shown": token_of(page)}, follow=True, **headers)


def keys(rows) -> list[int]:
    return [row.pk for row in rows]


def test_several_people_move_to_another_unit(boss):
    people = [make_user(None, unit="一网格"), make_user(None, unit="二网格"), make_user(None, unit="三网格")]
    asked = choose(boss, USERS, people)
    assert [tick.name for tick, _field in asked.context["form"].pairs] == ["set_unit", "set_is_active"]

    page = show(boss, USERS, people, unit="三网格")

    outcomes = page.context["outcomes"]
    assert keys(outcomes.changed) == [people[0].pk, people[1].pk]
    assert [(one.before, one.after) for row in outcomes.changed for one in row.told] == [
        ("一网格", "三网格"),
        ("二网格", "三网格"),
    ]
    assert keys(outcomes.unchanged) == [people[2].pk]
    assert not HistoryEntry.objects.exists()
    assert set(User.objects.exclude(pk=boss.pk).values_list("unit", flat=True)) == {"一网格", "二网格", "三网格"}

    confirm(boss, USERS, page, HTTP_X_REQUEST_ID="bulk-1")

    assert set(User.objects.exclude(pk=boss.pk).values_list("unit", flat=True)) == {"三网格"}
    entries = HistoryEntry.objects.order_by("id")
    assert [(one.act, one.object_id, one.by, one.request_id) for one in entries] == [
        ("changed", people[0].pk, boss, "bulk-1"),
        ("changed", people[1].pk, boss, "bulk-1"),
        ("bulk_edited", boss.pk, boss, "bulk-1"),
    ]
    assert entries[0].details["changed"] == {"unit": ["一网格", "三网格"]}
    assert entries[2].details == {"list": "accounts.user", "count": 2, "columns": ["unit"]}


def test_what_was_not_ticked_stays_even_if_it_was_filled_in(boss):
    person = make_user(None, unit="一网格")
    sent = {"rows": str(person.pk), "unit": "二网格", "set_is_active": "on"}

    page = browser(boss).post(f"{USERS}change-several/", sent)
    confirm(boss, USERS, page)

    person.refresh_from_db()
    assert (person.unit, person.is_active) == ("一网格", False)


def test_everything_that_a_search_finds_may_be_chosen(boss):
    people = [make_user(None, username=f"grid{n}", unit="一网格") for n in range(3)]
    make_user(None, username="clerk", unit="一网格")

    page = choose(boss, f"{USERS}?q=grid", people[:1], select_across="1")

    assert sorted(map(int, page.context["rows"].split(","))) == sorted(keys(people))


def test_too_many_are_refused_before_anything_is_asked(boss, monkeypatch):
    monkeypatch.setattr("accounts.back_office.bulk_edit.ROWS_AT_ONCE", 2)
    people = [make_user(None) for _n in range(3)]

    answer = choose(boss, USERS, people)

    assert len(list(answer.context["messages"])) == 1
    assert answer.request["PATH_INFO"] == USERS
    assert show(boss, USERS, people, unit="x").status_code == 302
    assert ROWS_AT_ONCE == 500


@pytest.mark.parametrize(("sent", "wrong"), [({}, "__all__"), ({"set_ends_on": "on", "ends_on": ""}, "ends_on")])
def test_nothing_ticked_and_nothing_filled_in_are_said_at_their_place(boss, sent, wrong):
    role = make_user(Role.GRID_WORKER, "420502001001001").assignments.get()

    page = browser(boss).post(f"{ROLES}change-several/", {"rows": str(role.pk), **sent})

    assert page.status_code == 400
    assert list(page.context["form"].errors) == [wrong]


def test_roles_end_together_by_their_service_but_not_ones_own(boss):
    roles = [make_user(Role.GRID_WORKER, "420502001001001").assignments.get() for _n in range(3)]
    RoleAssignment.objects.filter(pk=roles[2].pk).update(starts_on=date(2030, 1, 1))
    mine = boss.assignments.get()

    page = show(boss, ROLES, [*roles, mine], ends_on="2026-12-31")
    outcomes = page.context["outcomes"]
    confirm(boss, ROLES, page)

    assert keys(outcomes.changed) == [roles[0].pk, roles[1].pk]
    assert sorted(keys(outcomes.refused)) == sorted([roles[2].pk, mine.pk])
    assert all(row.refusal for row in outcomes.refused)
    ended = RoleAssignment.objects.filter(ends_on=date(2026, 12, 31))
    assert sorted(keys(ended)) == [roles[0].pk, roles[1].pk]
    assert HistoryEntry.objects.filter(act="role_ended").count() == 2


def test_an_end_of_a_role_is_neither_moved_nor_undone(boss):
    over, ending, open_end = (make_user(Role.GRID_WORKER, "420502001001001").assignments.get() for _n in range(3))
    last_day = timezone.localdate() + timedelta(days=9)
    RoleAssignment.objects.filter(pk=over.pk).update(ends_on=date(2020, 6, 30))
    RoleAssignment.objects.filter(pk=ending.pk).update(ends_on=last_day)

    page = show(boss, ROLES, [over, ending, open_end], ends_on=(last_day + timedelta(days=9)).isoformat())
    same = show(boss, ROLES, [over, ending], ends_on=last_day.isoformat())
    confirm(boss, ROLES, page)

    assert keys(page.context["outcomes"].refused) == [over.pk, ending.pk]
    assert keys(page.context["outcomes"].changed) == [open_end.pk]
    assert (keys(same.context["outcomes"].refused), keys(same.context["outcomes"].unchanged)) == (
        [over.pk],
        [ending.pk],
    )
    ends = RoleAssignment.objects.filter(pk__in=keys([over, ending])).order_by("pk").values_list("ends_on", flat=True)
    assert list(ends) == [date(2020, 6, 30), last_day]


def test_a_row_that_has_changed_meanwhile_is_left_alone_and_named(boss):
    first, second = make_user(None, unit="一网格"), make_user(None, unit="一网格")
    page = show(boss, USERS, [first, second], unit="三网格")
    User.objects.filter(pk=first.pk).update(unit="二网格")

    answer = confirm(boss, USERS, page)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.unit, second.unit) == ("二网格", "三网格")
    assert keys(answer.context["outcomes"].refused) == [first.pk]
    assert HistoryEntry.objects.get(act="bulk_edited").details["count"] == 1


def test_a_row_that_is_gone_is_named(boss):
    person = make_user(None, unit="一网格")
    key, page = person.pk, show(boss, USERS, [person], unit="三网格")
    person.delete()

    answer = confirm(boss, USERS, page)

    assert keys(answer.context["outcomes"].refused) == [key]
    assert not HistoryEntry.objects.exists()


def test_what_was_shown_is_confirmed_by_who_saw_it_in_time(boss, monkeypatch):
    person, other = make_user(None, unit="一网格"), make_user(Role.ADMIN, "4205")
    page = show(boss, USERS, [person], unit="三网格")
    assert signing.loads(token_of(page), salt=SALT)["rows"] == {str(person.pk): {"unit": ["一网格", "三网格"]}}

    confirm(other, USERS, page)
    browser(boss).post(f"{ROLES}change-several/", {"shown": token_of(page)})
    browser(boss).post(f"{USERS}change-several/", {"shown": token_of(page)[:-2] + "xx"})
    monkeypatch.setattr("accounts.back_office.bulk_edit.PREVIEW_HOLDS", -1)
    confirm(boss, USERS, page)

    person.refresh_from_db()
    assert person.unit == "一网格"
    assert PREVIEW_HOLDS == 900


def test_twice_confirmed_is_done_once(boss):
    person = make_user(None, unit="一网格")
    page = show(boss, USERS, [person], unit="三网格")

    confirm(boss, USERS, page)
    again = confirm(boss, USERS, page)

    assert keys(again.context["outcomes"].unchanged) == [person.pk]
    assert HistoryEntry.objects.filter(act="changed").count() == 1


def test_nobody_switches_themselves_off(boss):
    person = make_user(None)

    page = show(boss, USERS, [boss, person], is_active="")
    confirm(boss, USERS, page)

    boss.refresh_from_db()
    person.refresh_from_db()
    assert (boss.is_active, person.is_active) == (True, False)
    assert keys(page.context["outcomes"].refused) == [boss.pk]


def test_clients_get_other_scopes_by_their_service(boss):
    clients = [make_client("consent:read"), make_client("plans:read")]

    page = show(boss, "/admin/accounts/apiclient/", clients, scopes=["plans:read"])
    confirm(boss, "/admin/accounts/apiclient/", page)

    assert keys(page.context["outcomes"].unchanged) == [clients[1].pk]
    clients[0].refresh_from_db()
    assert clients[0].scopes == ["plans:read"]
    told = HistoryEntry.objects.get(resource="api-clients").details["changed"]
    assert told == {"scopes": [["consent:read"], ["plans:read"]]}


def test_clients_get_a_last_day_and_a_limit_within_bounds(boss):
    last_day, over = timezone.localdate() + timedelta(days=30), timezone.localdate() - timedelta(days=1)
    client = make_client("consent:read")

    refused = show(boss, "/admin/accounts/apiclient/", [client], expires_on=over.isoformat())
    page = show(boss, "/admin/accounts/apiclient/", [client], expires_on=last_day.isoformat(), requests_per_minute="60")
    confirm(boss, "/admin/accounts/apiclient/", page)

    assert keys(refused.context["outcomes"].refused) == [client.pk]
    client.refresh_from_db()
    assert (client.expires_on, client.requests_per_minute, client.scopes) == (last_day, 60, ["consent:read"])


def test_items_of_an_edition_that_nothing_leans_on(walked):
    used = MenuItem.objects.first()
    free = make_menu_edition(("B01", "B02"), valid_from=timezone.localdate() + timedelta(days=9))
    items = [used, *free.items.order_by("code")]
    city, district = make_user(Role.CITY_OFFICIAL, "4205"), make_user(Role.DISTRICT_OFFICIAL, "420502")

    page = show(city, ITEMS, items, unit="户")
    assert show(district, ITEMS, items, unit="户").status_code == 403
    confirm(city, ITEMS, page)

    assert keys(page.context["outcomes"].refused) == [used.pk]
    assert set(free.items.values_list("unit", flat=True)) == {"户"}
    used.refresh_from_db()
    assert used.unit != "户"
    told = HistoryEntry.objects.filter(resource="menu-editions", object_id=free.pk).order_by("id")
    assert [list(entry.details["changed"]) for entry in told] == [[f"menuitem:changed:{one.pk}"] for one in items[1:]]


def test_rules_of_points_end_once(boss):
    fields = {"division": make_division("4205"), "points": 5, "document": "办法", "valid_from": date(2026, 1, 1)}
    running = PointRule.objects.create(code="patrol", name="巡逻", **fields)
    ended = PointRule.objects.create(code="visit", name="走访", valid_to=date(2026, 6, 30), **fields)

    page = show(boss, RULES, [running, ended], valid_to="2026-12-31")
    confirm(boss, RULES, page)

    running.refresh_from_db()
    ended.refresh_from_db()
    assert (running.valid_to, ended.valid_to) == (date(2026, 12, 31), date(2026, 6, 30))
    assert keys(page.context["outcomes"].refused) == [ended.pk]


def test_ledgers_and_whatever_is_only_read_have_no_ticks(walked, keeper):
    kept = {model._meta.label for model in REGISTERED if isinstance(admin.site.get_model_admin(model), BulkEdit)}
    client = browser(keeper)

    assert kept == {
        "accounts.User",
        "accounts.RoleAssignment",
        "accounts.ApiClient",
        "renovation.MenuItem",
        "governance.PointRule",
    }
    assert kept & set(LEDGERS) == set()
    for model in REGISTERED:
        ticked = "action_checkbox" in client.get(list_of(model)).context["cl"].list_display
        assert ticked == (model._meta.label in kept), model._meta.label
    # There it is the page of a row that does not exist.
    assert client.post(f"{list_of(Survey)}change-several/", {"rows": "1"}).status_code in (302, 404)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DISTRICT_OFFICIAL])
def test_who_may_not_write_is_offered_nothing(db, role):
    user = make_user(role, "420502")
    make_menu_edition()

    page = browser(user).get(ITEMS)

    assert page.context["cl"].result_count == 3
    assert "action_checkbox" not in page.context["cl"].list_display
    assert browser(user).post(f"{ITEMS}change-several/", {"rows": "1"}).status_code == 403


def test_the_page_is_only_for_what_was_chosen(boss):
    assert browser(boss).get(f"{USERS}change-several/").status_code == 405
    answer = browser(boss).post(f"{USERS}change-several/", {"rows": "abc,,-1"})
    assert answer.url == reverse("admin:accounts_user_changelist")
