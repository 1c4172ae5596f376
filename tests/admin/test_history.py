"""What the history tells of an act: before and after, in words, with who did it and in which request."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from accounts.back_office.history import fields_told, tell
from accounts.back_office.words import ACTS, READS
from accounts.choices import Role
from accounts.models import HistoryEntry, RoleAssignment, User
from accounts.services.clients import change_client
from accounts.services.history import add_history
from common.request_id import request_id
from consent.models import ConsentPolicy
from governance.models import Bill
from renovation.models import Household, MenuEdition
from renovation.services.registry import change_row
from tests.admin.conftest import browser
from tests.admin.test_editing import policy_form
from tests.admin.test_lists import list_of, page_of
from tests.factories import make_client, make_division, make_household, make_user

HISTORY = "/admin/accounts/historyentry/"


@pytest.fixture
def keeper(db) -> User:
    return make_user(Role.ADMIN, "4205", username="keeper")


def told_of(changes: dict, model=ConsentPolicy) -> list[tuple[str, str, str]]:
    return [(one.label, one.before, one.after) for one in fields_told(model, changes)]


@pytest.mark.django_db
def test_values_are_told_as_people_read_them():
    above, below = make_division("4205", name="示范市"), make_division("420502", name="示范区")
    changes = {
        "division": [above.pk, below.pk],
        "pass_share": ["0.9500", "0.9"],
        "count_vacant": [True, False],
        "valid_from": ["2026-01-01", None],
        "document": ["", "宜住建〔2026〕1号"],
    }

    with override("en"):
        assert told_of(changes) == [
            ("Division", "示范市", "示范区"),
            ("Pass share", "0.95", "0.9"),
            ("Vacant homes stay in the denominator", "Yes", "No"),
            ("Valid from", "1 January 2026", "–"),
            ("Document", "–", "宜住建〔2026〕1号"),
        ]
        assert told_of({"amount": ["1234.5", "0"]}, Bill) == [("Amount", "1,234.50", "0.00")]
        assert told_of({"use": ["residential", "shop"]}, Household) == [("Use", "Residential", "Shop")]


@pytest.mark.django_db
def test_what_cannot_be_read_any_more_is_told_as_it_stands():
    assert told_of({"valid_from": ["soon", "2026-13-45"], "gone": [1, 2]}) == [
        (told_of({"valid_from": [None, None]})[0][0], "soon", "2026-13-45"),
        ("gone", "1", "2"),
    ]


@pytest.mark.django_db
def test_a_row_with_a_name_of_its_own_is_told_by_its_number():
    household = make_household(head_name="周敏敏")

    ((_label, before, after),) = told_of({"household": [None, household.pk]}, Bill)

    assert (before, after) == ("–", str(household.pk))


@pytest.mark.django_db
def test_rows_below_are_told_with_what_was_done_to_them():
    changes = {"menuitem:changed:7": {"name_zh": ["旧", "新"]}, "menuitem:removed": ["项目B03"]}

    (_renamed, before, after), (removed, gone, nothing) = told_of(changes, MenuEdition)

    assert (before, after, gone, nothing) == ("旧", "新", "项目B03", "–")
    assert str(RoleAssignment._meta.verbose_name) not in removed


def test_the_page_of_a_row_tells_before_and_after_with_the_request(keeper):
    division = make_division("4205")
    client = browser(keeper)
    client.post(reverse("admin:consent_consentpolicy_add"), policy_form(division))
    policy = ConsentPolicy.objects.get()
    client.post(page_of(policy), policy_form(division, pass_share="0.9"), HTTP_X_REQUEST_ID="case-2026-18")

    page = client.get(page_of(policy, "history"))

    changed, made = page.context["entries"]
    assert (changed.fields[0].before, changed.fields[0].after) == ("0.95", "0.9")
    assert (changed.who, changed.is_client, changed.entry.request_id) == ("keeper", False, "case-2026-18")
    assert made.fields == []
    assert f'{HISTORY}?request=case-2026-18"' in page.content.decode()


def test_a_request_leads_to_all_that_it_did(keeper):
    token = request_id.set("12345678")
    add_history(make_household(), "changed", by=keeper, changed={"floor": [1, 2]})
    add_history(make_household(), "retired", by=keeper)
    request_id.reset(token)
    add_history(make_household(), "changed", by=keeper)

    rows = browser(keeper).get(HISTORY, {"request": "12345678"}).context["cl"].result_list

    assert {row.act for row in rows} == {"changed", "retired"}
    assert browser(keeper).get(HISTORY, {"request": "1234567"}).context["cl"].result_count == 0


def test_of_personal_fields_it_says_that_they_changed_and_no_more(keeper):
    household = make_household(head_name="周敏敏", floor=1)
    change_row(household, by=keeper, head_name="周宁宁", floor=2)

    page = browser(keeper).get(page_of(household, "history"))

    (entry,) = page.context["entries"]
    assert [(one.is_withheld, one.before, one.after) for one in entry.fields] == [(True, "", ""), (False, "1", "2")]
    assert "周宁宁" not in page.content.decode()
    assert "周敏敏" not in page.content.decode()


def test_a_password_is_told_without_what_it_was(keeper):
    add_history(keeper, "changed", by=keeper, action=None, changed={"password": ["***", "***"]})

    ((field,),) = [one.fields for one in browser(keeper).get(page_of(keeper, "history")).context["entries"]]

    assert field.is_withheld


def test_a_client_is_named_as_one(keeper):
    client = make_client("consent:read", name="市平台")
    client.service_user.display_name = "市平台"
    client.service_user.save()
    change_client(
        client=client,
        territory="4205",
        scopes=["plans:read"],
        expires_on=None,
        requests_per_minute=None,
        by=client.service_user,
    )

    (entry,) = browser(keeper).get(page_of(client, "history")).context["entries"]

    assert (entry.who, entry.is_client) == ("市平台", True)


def test_an_entry_costs_no_query_of_its_own(keeper):
    household = make_household()
    url = page_of(household, "history")
    client = browser(keeper)
    client.get(url)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return len(captured)

    add_history(household, "changed", by=keeper, changed={"floor": [1, 2]})
    one = queries()
    for _n in range(5):
        client_row = make_client("registry:write")
        add_history(household, "changed", by=client_row.service_user, changed={"floor": [1, 2]})

    assert queries() == one


def test_links_lead_only_where_the_reader_may_go(keeper, rf):
    auditor = make_user(Role.AUDITOR, "4205")
    add_history(keeper, "changed", by=keeper, action=None, changed={"unit": ["一", "二"]})
    add_history(make_household(), "changed", by=keeper)
    urls = {}
    for user in (keeper, auditor):
        request = rf.get("/")
        request.user = user
        urls[user.pk] = [bool(one.url) for one in tell(HistoryEntry.objects.order_by("id"), request)]

    assert urls == {keeper.pk: [True, True], auditor.pk: [False, True]}


def test_the_entry_itself_shows_the_same(keeper):
    policy = ConsentPolicy.objects.create(
        division=make_division("4205"), pass_share="0.9", valid_from=date(2025, 1, 1), document="1"
    )
    add_history(policy, "changed", by=keeper, changed={"pass_share": ["0.9500", "0.9"]}, note="复核")

    page = browser(keeper).get(page_of(HistoryEntry.objects.get()))

    assert page.context["told"].fields[0].before == "0.95"
    assert page.context["told"].rest == {"note": "复核"}
    assert re.search(r"<summary>[^<]+</summary>", page.content.decode())


def test_what_else_was_written_down_is_told_in_words(keeper, rf):
    client = make_client("consent:read")
    add_history(
        client, "created", by=keeper, action=None, scopes=["consent:read"], expires_on="2026-12-20", odd={"a": 1}
    )
    add_history(
        keeper, "bulk_edited", by=keeper, action=None, list="accounts.roleassignment", columns=["ends_on"], count=3
    )
    request = rf.get("/")
    request.user = keeper

    with override("en"):
        made, together = tell(HistoryEntry.objects.order_by("id"), request)

    assert made.facts == [("Scopes", "consent:read"), ("Last day", "20 December 2026")]
    assert made.rest == {"odd": {"a": 1}}
    assert sorted(together.facts) == [("Columns", "To"), ("List", "Role assignments"), ("Rows", "3")]
    assert (together.about, together.url) == ("Role assignments", list_of(RoleAssignment))


def test_everything_read_on_a_reason_is_found_at_once(keeper):
    household = make_household()
    add_history(household, "revealed", by=keeper, action=None, reason="信访件")
    add_history(household, "changed", by=keeper)

    rows = browser(keeper).get(list_of(HistoryEntry), {"act": "reads"}).context["cl"].result_list

    assert [row.act for row in rows] == ["revealed"]
    assert set(READS) <= set(ACTS)


def test_the_index_of_what_was_read_knows_the_same_acts():
    (index,) = [index for index in HistoryEntry._meta.indexes if index.name == "history_of_reads"]

    assert index.condition.children == [("act__in", list(READS))]
