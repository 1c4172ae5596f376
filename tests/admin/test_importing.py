"""Files taken into the tables that are kept here: what is shown is what is done, all of it or none."""

import csv
import io
import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from accounts.choices import Role
from accounts.models import HistoryEntry, RoleAssignment, User
from consent.models import ConsentPolicy
from governance.models import PointRule
from renovation.models import Division, Household
from tests.admin.conftest import browser
from tests.factories import give_role, make_client, make_division, make_menu_edition, make_user

DIVISIONS = "/admin/renovation/division/"
POLICIES = "/admin/consent/consentpolicy/"
RULES = "/admin/governance/pointrule/"
USERS = "/admin/accounts/user/"
POLICY_HEAD = ["division", "pass_share", "count_vacant", "count_verbal", "valid_from", "document"]
RULE_HEAD = ["division", "code", "name", "points", "document", "valid_from", "valid_to"]


@pytest.fixture
def boss(db) -> User:
    return make_user(Role.ADMIN, "4205", username="boss")


def a_csv(*rows: list, encoding: str = "utf-8-sig") -> SimpleUploadedFile:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return SimpleUploadedFile("lines.csv", text.getvalue().encode(encoding))


def hand_in(user: User, url: str, file: SimpleUploadedFile):
    return browser(user).post(f"{url}import/", {"file": file})


def confirm(user: User, url: str, page):
    shown = unescape(re.search(r'name="shown" value="([^"]+)"', page.content.decode())[1])
    return browser(user).post(f"{url}import/", {"shown": shown}, follow=True)


def take_in(user: User, url: str, *rows: list):
    return confirm(user, url, hand_in(user, url, a_csv(*rows)))


def faults(page) -> list[tuple[int, str]]:
    return [(fault.number, fault.column) for fault in page.context["faults"]]


def workbook_of(answer) -> list[list[Any]]:
    return [list(row) for row in load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)]


# --- Divisions -------------------------------------------------------------------------------------


def test_divisions_are_shown_first_and_then_taken_in(boss):
    make_division("420502", name="旧名区")
    rows = [
        ["code", "name", "备注"],
        ["420502", "示范区", "x"],
        ["420502009000", "示范街道", ""],
        ["420502009001", "示范社区", ""],
        ["4205", "D4205", ""],
    ]

    page = hand_in(boss, DIVISIONS, a_csv(*rows))

    assert page.context["new"] == [["420502009", "示范街道"], ["420502009001", "示范社区"]]
    assert [fields for _line, fields in page.context["changed"]] == [[(fields_label(page), "旧名区", "示范区")]]
    assert page.context["unchanged_count"] == 1
    assert page.context["not_read"] == ["备注"]
    assert not Division.objects.filter(code="420502009").exists()
    assert not HistoryEntry.objects.exists()

    confirm(boss, DIVISIONS, page)

    community = Division.objects.get(code="420502009001")
    assert (community.level, community.parent.code, community.parent.parent.code) == (
        "community",
        "420502009",
        "420502",
    )
    assert Division.objects.get(code="420502").name == "示范区"
    acts = list(HistoryEntry.objects.order_by("id").values_list("act", "by__username"))
    assert acts == [("changed", "boss"), ("created", "boss"), ("created", "boss"), ("rows_imported", "boss")]
    details = HistoryEntry.objects.get(act="rows_imported").details
    assert details == {"list": "renovation.division", "file": "lines.csv", "new": 2, "changed": 1}


def fields_label(page) -> str:
    return page.context["labels"][1]


@pytest.mark.parametrize(
    ("code", "name", "where"),
    [
        ("42050200", "示范街道", "code"),
        ("x", "示范街道", "code"),
        ("420503001", "别处街道", "code"),
        ("420502009", "", "name"),
        ("420502009", "名" * 61, "name"),
    ],
)
def test_one_fault_is_said_at_its_row_and_column_and_nothing_is_taken_in(boss, code, name, where):
    make_division("420502")
    rows = [["code", "name"], [], ["420502008", "好的街道"], [code, name]]

    page = hand_in(boss, DIVISIONS, a_csv(*rows))

    labels = {column.name: str(column.label) for column in page.context["columns"]}
    assert page.status_code == 409
    assert faults(page) == [(4, labels[where])]
    assert not Division.objects.filter(name="好的街道").exists()


def test_headers_may_be_the_words_of_the_page_and_files_those_of_an_office(boss):
    make_division("420502")
    book = Workbook()
    labels = [str(column.label) for column in browser(boss).get(f"{DIVISIONS}import/").context["columns"]]
    book.active.append(labels)
    book.active.append([420502009, "示范街道"])
    output = io.BytesIO()
    book.save(output)

    hand = hand_in(boss, DIVISIONS, SimpleUploadedFile("区划.xlsx", output.getvalue()))
    old = hand_in(boss, DIVISIONS, a_csv(["code", "name"], ["420502008", "老街道"], encoding="gb18030"))

    assert hand.context["new"] == [["420502009", "示范街道"]]
    assert old.context["new"] == [["420502008", "老街道"]]


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("a.csv", b""),
        SimpleUploadedFile("a.pdf", b"%PDF-1.4"),
        SimpleUploadedFile("a.csv", b"code,name\n"),
        SimpleUploadedFile("a.csv", b"code\n4205\n"),
        SimpleUploadedFile("a.csv", b"code,name,code\n4205,x,4205\n"),
        SimpleUploadedFile("a.xlsx", b"PK\x03\x04 broken"),
    ],
)
def test_what_is_no_such_table_is_said_at_the_file(boss, file):
    page = hand_in(boss, DIVISIONS, file)

    assert page.status_code == 400
    assert list(page.context["form"].errors) == ["file"]


def test_a_file_has_its_limits(boss, monkeypatch):
    monkeypatch.setattr("overview.pages.importing.LINES_AT_ONCE", 1)
    assert hand_in(boss, DIVISIONS, a_csv(["code", "name"], ["4205", "市"])).status_code == 200
    assert hand_in(boss, DIVISIONS, a_csv(["code", "name"], ["4205", "市"], ["4206", "市"])).status_code == 400

    monkeypatch.setattr("overview.pages.importing.FILE_BYTES", 10)
    assert hand_in(boss, DIVISIONS, a_csv(["code", "name"], ["4205", "市"])).status_code == 400


def test_a_cell_that_looks_like_a_formula_is_a_text(boss):
    make_division("420502")
    book = Workbook()
    book.active.append(["code", "name"])
    book.active.append(["420502009", "=1+1"])
    output = io.BytesIO()
    book.save(output)
    written = SimpleUploadedFile("a.xlsx", output.getvalue())

    # Never computed, a formula of a workbook has no value: the name is missing.
    assert len(faults(hand_in(boss, DIVISIONS, written))) == 1

    take_in(boss, DIVISIONS, ["code", "name"], ["420502009", "=1+1"])
    assert Division.objects.get(code="420502009").name == "=1+1"
    sheet = load_workbook(io.BytesIO(browser(boss).get(f"{DIVISIONS}export/lines/").content)).active
    cell = next(row[1] for row in sheet.iter_rows() if row[0].value == "420502009")
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_nul_is_said_at_its_row_and_column(boss):
    make_division("4205")
    make_user(None, username="worker")
    head = ["code", "name"]

    def wrong(url, *rows):
        page = hand_in(boss, url, a_csv(*rows, encoding="utf-16"))
        labels = {str(column.label): column.name for column in page.context["columns"]}
        return [(number, labels[column]) for number, column in faults(page)]

    assert wrong(DIVISIONS, head, ["4206", "另一市"], ["42\x0006", "x"]) == [(3, "code")]
    assert wrong(DIVISIONS, head, ["4205", "x\x00y"]) == [(2, "name")]
    assert wrong(POLICIES, POLICY_HEAD, ["4205\x00", "0.9", "", "", "2026-01-01", "1"]) == [(2, "division")]
    assert wrong(RULES, RULE_HEAD[:-1], ["4205", "a\x00", "巡逻", "5", "办法", "2026-01-01"]) == [(2, "code")]
    assert wrong(USERS, ["username", "role"], ["worker", "aud\x00itor"]) == [(2, "role")]
    assert wrong(USERS, ["username"], ["work\x00er"]) == [(2, "username")]


# --- Confirming ------------------------------------------------------------------------------------


def test_what_has_changed_meanwhile_is_shown_anew_and_not_done(boss):
    make_division("420502", name="旧名区")
    page = hand_in(boss, DIVISIONS, a_csv(["code", "name"], ["420502", "示范区"]))
    Division.objects.filter(code="420502").update(name="别人改的区")

    again = confirm(boss, DIVISIONS, page)

    assert again.status_code == 409
    assert again.context["changed"][0][1][0][1:] == ("别人改的区", "示范区")
    assert Division.objects.get(code="420502").name == "别人改的区"
    confirm(boss, DIVISIONS, again)
    assert Division.objects.get(code="420502").name == "示范区"


def test_what_could_not_be_written_down_is_not_done(boss, monkeypatch):
    page = hand_in(boss, DIVISIONS, a_csv(["code", "name"], ["4206", "另一市"]))

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("overview.pages.importing.add_history", fail)
    with pytest.raises(RuntimeError):
        confirm(boss, DIVISIONS, page)

    assert not Division.objects.filter(code="4206").exists()


def test_twice_confirmed_is_done_once(boss):
    page = hand_in(boss, DIVISIONS, a_csv(["code", "name"], ["4206", "另一市"]))

    confirm(boss, DIVISIONS, page)
    again = confirm(boss, DIVISIONS, page)

    assert again.context["does_nothing"]
    assert HistoryEntry.objects.filter(resource="divisions").count() == 1


def test_what_was_shown_is_confirmed_by_who_saw_it_in_time_and_for_this_table(boss, monkeypatch):
    other = make_user(Role.ADMIN, "4205")
    page = hand_in(boss, DIVISIONS, a_csv(["code", "name"], ["4206", "另一市"]))

    answers = [confirm(other, DIVISIONS, page), confirm(boss, POLICIES, page)]
    monkeypatch.setattr("overview.pages.importing.PREVIEW_HOLDS", -1)
    answers.append(confirm(boss, DIVISIONS, page))

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert not Division.objects.filter(code="4206").exists()


# --- Policies --------------------------------------------------------------------------------------


def test_policies_are_set_and_changed_by_their_page(boss):
    division = make_division("4205")
    fields = {"division": division, "pass_share": "0.95", "valid_from": date(2026, 1, 1), "document": "1号"}
    standing = ConsentPolicy.objects.create(**fields)

    take_in(
        boss,
        POLICIES,
        POLICY_HEAD,
        ["4205", "0.9", "是", "否", "2026/1/1", "1号"],
        ["4205", "0.95", "true", "false", "2027-01-01", "2号"],
    )

    standing.refresh_from_db()
    later = ConsentPolicy.objects.get(valid_from=date(2027, 1, 1))
    assert (str(standing.pass_share), standing.version) == ("0.9000", 2)
    assert (later.document, later.count_vacant, later.count_verbal) == ("2号", True, False)
    acts = HistoryEntry.objects.filter(resource="consent-policies").order_by("id")
    assert [entry.act for entry in acts] == ["changed", "policy_set"]


def test_columns_that_may_be_left_out_are_as_on_the_page(boss):
    make_division("4205")

    take_in(boss, POLICIES, ["division", "pass_share", "valid_from", "document"], ["4205", "0.9", "2026-01-01", "1号"])

    policy = ConsentPolicy.objects.get()
    assert (policy.count_vacant, policy.count_verbal) == (True, False)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (["9999", "0.9", "", "", "2026-01-01", "1"], "division"),
        (["4205", "2", "", "", "2026-01-01", "1"], "pass_share"),
        (["4205", "x", "", "", "2026-01-01", "1"], "pass_share"),
        (["4205", "0.9", "maybe", "", "2026-01-01", "1"], "count_vacant"),
        (["4205", "0.9", "", "", "2026-02-30", "1"], "valid_from"),
        (["4205", "0.9", "", "", "", "1"], "valid_from"),
        (["4205", "0.9", "", "", "2026-01-01", ""], "document"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_at_its_column(boss, line, column):
    make_division("4205")

    page = hand_in(boss, POLICIES, a_csv(POLICY_HEAD, line))

    labels = {one.name: str(one.label) for one in page.context["columns"]}
    assert faults(page) == [(2, labels[column])]


def test_a_policy_in_use_stays_and_says_so_but_may_be_named(walked, keeper):
    policy = ConsentPolicy.objects.get()
    line = [policy.division.code, "0.5", "", "", policy.valid_from.isoformat(), policy.document]
    same = [policy.division.code, str(policy.pass_share), policy.count_vacant, policy.count_verbal, *line[4:]]

    refused = hand_in(keeper, POLICIES, a_csv(POLICY_HEAD, line))
    named = hand_in(keeper, POLICIES, a_csv(POLICY_HEAD, same))

    assert refused.status_code == 409
    assert named.context["does_nothing"]
    policy.refresh_from_db()
    assert policy.version == 1


def test_an_official_takes_in_policies_for_their_own_territory_only(db):
    official = make_user(Role.DISTRICT_OFFICIAL, "420502")
    make_division("420502")
    make_division("420503")

    def line(code):
        return [code, "0.9", "", "", "2026-01-01", "1"]

    refused = hand_in(official, POLICIES, a_csv(POLICY_HEAD, line("420502"), line("420503")))
    take_in(official, POLICIES, POLICY_HEAD, line("420502"))

    assert [number for number, _column in faults(refused)] == [3]
    assert [policy.division.code for policy in ConsentPolicy.objects.all()] == ["420502"]
    assert ConsentPolicy.objects.get().pk


# --- Rules of points -------------------------------------------------------------------------------


def test_a_later_rule_lets_the_one_before_it_end(boss):
    make_division("4205")

    take_in(
        boss,
        RULES,
        RULE_HEAD,
        ["4205", "patrol", "义务巡逻", "5", "办法", "2026-01-01", ""],
        ["4205", "patrol", "义务巡逻", "8", "新办法", "2026-09-01", "2027-12-31"],
    )

    first, second = PointRule.objects.order_by("valid_from")
    assert (first.valid_to, second.valid_to) == (date(2026, 8, 31), date(2027, 12, 31))


def test_a_rule_that_stands_may_only_be_given_an_end(boss):
    fields = {"division": make_division("4205"), "document": "办法", "valid_from": date(2026, 1, 1)}
    rule = PointRule.objects.create(code="patrol", name="义务巡逻", points=5, **fields)

    refused = hand_in(boss, RULES, a_csv(RULE_HEAD, ["4205", "patrol", "义务巡逻", "9", "办法", "2026-01-01", ""]))
    take_in(boss, RULES, RULE_HEAD, ["4205", "patrol", "义务巡逻", "5", "办法", "2026-01-01", "2026-12-31"])

    labels = {one.name: str(one.label) for one in refused.context["columns"]}
    assert faults(refused) == [(2, labels["points"])]
    rule.refresh_from_db()
    assert (rule.points, rule.valid_to) == (5, date(2026, 12, 31))


def test_who_reads_a_city_takes_in_rules_only_where_another_role_lets_them(db):
    secretary = make_user(Role.AUDITOR, "4205")
    give_role(secretary, Role.PARTY_SECRETARY, "420502001001")
    for code in ("420502001001", "420503001001"):
        make_division(code)

    def line(code):
        return [code, "patrol", "义务巡逻", "5", "办法", "2026-01-01", ""]

    refused = hand_in(secretary, RULES, a_csv(RULE_HEAD, line("420502001001"), line("420503001001")))
    take_in(secretary, RULES, RULE_HEAD, line("420502001001"))

    assert [number for number, _column in faults(refused)] == [3]
    assert [rule.division.code for rule in PointRule.objects.all()] == ["420502001001"]


# --- People ----------------------------------------------------------------------------------------


def test_people_come_with_their_roles_and_without_a_password(boss):
    known = make_user(None, username="known", unit="一网格", display_name="小周")
    head = ["username", "display_name", "unit", "role", "territory", "starts_on", "ends_on"]

    take_in(
        boss,
        USERS,
        head,
        ["worker", "社区小周", "明珠社区", "community_staff", "420502001001", "2026-01-01", ""],
        ["worker", "社区小周", "明珠社区", "grid_worker", "420502001001001", "2026-01-01", "2026-12-31"],
        ["known", "小周", "二网格", "", "", "", ""],
    )

    worker = User.objects.get(username="worker")
    known.refresh_from_db()
    assert not worker.has_usable_password()
    assert sorted(worker.assignments.values_list("role", "ends_on")) == [
        ("community_staff", None),
        ("grid_worker", date(2026, 12, 31)),
    ]
    assert (known.unit, known.display_name, known.is_active) == ("二网格", "小周", True)
    told = HistoryEntry.objects.get(act="changed", object_id=known.pk).details
    assert told["changed"] == {"unit": ["一网格", "二网格"]}


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (["worker", "no_such_role", "420502001001", "2026-01-01", ""], "role"),
        (["worker", "auditor", "42", "2026-01-01", ""], "territory"),
        (["worker", "auditor", "4205", "", ""], "starts_on"),
        (["worker", "auditor", "4205", "2026-01-01", "2025-01-01"], "ends_on"),
        (["worker", "", "4205", "", ""], "territory"),
        (["wor ker", "", "", "", ""], "username"),
        (["api-service", "", "", "", ""], "username"),
    ],
)
def test_a_line_that_cannot_be_is_refused_at_its_column(boss, line, column):
    client = make_client("consent:read")
    User.objects.filter(pk=client.service_user.pk).update(username="api-service")

    page = hand_in(boss, USERS, a_csv(["username", "role", "territory", "starts_on", "ends_on"], line))

    labels = {one.name: str(one.label) for one in page.context["columns"]}
    assert faults(page) == [(2, labels[column])]
    assert not User.objects.filter(username="worker").exists()


def test_a_user_name_is_read_as_at_the_door(boss):
    known = make_user(None, username="worker", unit="一网格")

    take_in(boss, USERS, ["username", "unit"], ["ｗｏｒｋｅｒ\u3000", "二网格"])

    known.refresh_from_db()
    assert known.unit == "二网格"
    assert User.objects.count() == 2


def test_a_user_name_that_differs_by_its_case_alone_makes_nobody_new(boss):
    make_user(None, username="Worker")

    page = hand_in(boss, USERS, a_csv(["username"], ["worker"], ["clerk"], ["Clerk"]))

    assert [fault.number for fault in page.context["faults"]] == [2, 4]
    assert ["Worker" in page.context["faults"][0].text, "clerk" in page.context["faults"][1].text] == [True, True]


def test_nobody_is_locked_out_by_a_file_of_their_own(boss):
    mine = boss.assignments.get()
    head = ["username", "is_active", "role", "territory", "starts_on", "ends_on"]

    off = hand_in(boss, USERS, a_csv(head, ["boss", "false", "", "", "", ""]))
    ended = hand_in(boss, USERS, a_csv(head, ["boss", "true", mine.role, mine.territory, "2020-01-01", "2020-01-02"]))

    assert (off.status_code, ended.status_code) == (409, 409)
    boss.refresh_from_db()
    assert boss.is_active


def test_an_end_of_a_role_is_set_and_not_taken_back(boss):
    held = make_user(Role.GRID_WORKER, "420502001001001", username="worker").assignments.get()
    head = ["username", "role", "territory", "starts_on", "ends_on"]
    named = ["worker", "grid_worker", "420502001001001", "2020-01-01"]

    take_in(boss, USERS, head, [*named, "2026-12-31"])
    kept = hand_in(boss, USERS, a_csv(head[:-1], named))
    back = hand_in(boss, USERS, a_csv(head, [*named, ""]))
    moved = hand_in(boss, USERS, a_csv(head, [*named, "2030-12-31"]))

    held.refresh_from_db()
    assert held.ends_on == date(2026, 12, 31)
    assert kept.context["does_nothing"]
    assert (back.status_code, moved.status_code) == (409, 409)
    assert RoleAssignment.objects.filter(user=held.user).count() == 1


# --- Out and in again ------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [DIVISIONS, POLICIES, RULES, USERS])
def test_what_is_written_out_and_read_in_again_changes_nothing(walked, keeper, url):
    fields = {"division": make_division("4205"), "document": "办法", "points": 5}
    PointRule.objects.create(code="a", name="巡逻", valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31), **fields)
    PointRule.objects.create(code="a", name="巡逻", valid_from=date(2026, 1, 1), **fields)
    give_role(keeper, Role.AUDITOR, "4205", ends_on="2030-01-01")
    file = browser(keeper).get(f"{url}export/lines/")
    assert len(workbook_of(file)) > 1
    before = HistoryEntry.objects.count()

    page = hand_in(keeper, url, SimpleUploadedFile("again.xlsx", file.content))

    assert page.status_code == 200
    assert page.context["does_nothing"]
    assert page.context["unchanged_count"] == len(workbook_of(file)) - 1
    assert HistoryEntry.objects.count() == before


def test_the_lists_of_reference_data_lead_to_their_files(boss, db):
    make_menu_edition()
    client = browser(boss)

    for url in (DIVISIONS, POLICIES, RULES, USERS):
        assert f'href="{url}import/"' in client.get(url).content.decode(), url
    assert "/admin/renovation/menuedition/replace/" in client.get("/admin/renovation/menuedition/").content.decode()


def test_of_a_table_too_long_for_a_file_no_part_is_given_for_the_whole(boss, monkeypatch):
    make_division("4205")
    make_division("4206")
    monkeypatch.setattr("accounts.back_office.admins.ROWS_LISTED", 2)
    assert len(workbook_of(browser(boss).get(f"{DIVISIONS}export/lines/"))) == 3
    monkeypatch.setattr("accounts.back_office.admins.ROWS_LISTED", 1)

    answer = browser(boss).get(f"{DIVISIONS}export/lines/", follow=True)

    assert [url for url, _status in answer.redirect_chain] == [DIVISIONS]
    assert len(list(answer.context["messages"])) == 1


@pytest.mark.parametrize(("role", "url"), [(Role.AUDITOR, DIVISIONS), (Role.DISTRICT_OFFICIAL, DIVISIONS)])
def test_who_may_not_add_rows_hands_in_no_file(db, role, url):
    user = make_user(role, "420502")

    assert hand_in(user, url, a_csv(["code", "name"], ["4205", "市"])).status_code == 403
    assert f'href="{url}import/"' not in browser(user).get(url).content.decode()
    assert browser(make_user(None)).get(f"{url}import/").status_code == 403


def test_a_role_in_one_community_hands_in_no_file_of_divisions(db):
    both = make_user(Role.AUDITOR, "4205")
    give_role(both, Role.COMMUNITY_STAFF, "420502001001")

    assert hand_in(both, DIVISIONS, a_csv(["code", "name"], ["4206", "另一市"])).status_code == 403


# --- Workbooks of lists ----------------------------------------------------------------------------


def test_a_list_comes_as_a_workbook_as_it_is_narrowed_and_masked(walked, keeper, stranger):
    unit = walked.households[0].unit_number

    answer = browser(keeper).get("/admin/renovation/household/export/xlsx/", {"q": unit, "use__exact": "residential"})

    rows = workbook_of(answer)
    assert [row[0] for row in rows[1:]] == [unit]
    assert "周敏敏" not in str(rows)
    assert len(workbook_of(browser(stranger).get("/admin/renovation/household/export/xlsx/"))) == 1
    assert browser(keeper).get("/admin/renovation/household/export/lines/").status_code in (302, 404)
    assert Household.objects.filter(unit_number=unit).count() == 1
