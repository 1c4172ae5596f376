"""The search over all lists: rows by what names them, within reach, never residents, by an index, in few queries."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from accounts.models import HistoryEntry, User
from accounts.services.history import add_history
from common.request_id import request_id
from consent.models import Survey
from governance.models import Bill, Payment
from overview.models import Export
from renovation.models import Neighbourhood
from tests.admin.conftest import SECRETS, browser
from tests.admin.test_lists import page_of
from tests.factories import make_client, make_household, make_neighbourhood, make_user

TYPED = {"HTTP_HX_REQUEST": "true"}


def found(user: User, words: str) -> dict[str, list[str]]:
    answer = browser(user).get("/admin/search/", {"s": words}, **TYPED)
    return {group.name: [row.url for row in group.rows] for group in answer.context["found"].lists}


def urls(user: User, words: str) -> set[str]:
    return {url for rows in found(user, words).values() for url in rows}


@pytest.fixture
def boss(db) -> User:
    return make_user(Role.ADMIN, "4205", username="boss")


def test_a_neighbourhood_is_found_by_code_and_by_a_part_of_its_name(boss):
    home = make_neighbourhood(name="嘉明花园")
    make_neighbourhood(name="宜港小区")

    assert page_of(home) in urls(boss, home.code)
    assert page_of(home.community) in urls(boss, home.community_code[:9]) | urls(boss, home.community_code)
    assert urls(boss, "明花") == {page_of(home)}


def test_people_who_work_here_and_clients_are_found(boss):
    clerk, client = make_user(None, username="clerk-9", display_name="物业小陈"), make_client(name="市平台对接")

    assert page_of(clerk) in urls(boss, "clerk-")
    assert page_of(clerk) in urls(boss, "物业小")
    assert page_of(client) in urls(boss, "市平台")
    assert page_of(client) in urls(boss, client.client_id[:12])


def test_what_has_a_number_or_a_title_is_found_by_it(walked, keeper):
    survey, bill, payment, export = (model.objects.first() for model in (Survey, Bill, Payment, Export))

    assert page_of(survey) in urls(keeper, survey.title[:2])
    assert page_of(bill) in urls(keeper, str(bill.pk))
    assert page_of(export) in urls(keeper, str(export.pk))
    assert page_of(payment) in urls(keeper, payment.receipt_number)
    assert page_of(payment) in urls(keeper, payment.reference)
    another_day = f"19990101-{payment.pk:08d}"
    assert another_day != payment.receipt_number
    assert page_of(payment) not in urls(keeper, another_day)
    assert page_of(payment) not in urls(keeper, f"20269999-{payment.pk:08d}")


def test_a_request_is_found_by_the_whole_of_its_id(boss):
    token = request_id.set("7f3c9a5e2b")
    add_history(make_household(), "changed", by=boss)
    request_id.reset(token)

    assert page_of(HistoryEntry.objects.get()) in urls(boss, "7f3c9a5e2b")
    assert urls(boss, "7f3c9a5e") == set()


def test_residents_are_not_found(walked, keeper):
    for secret in SECRETS:
        assert urls(keeper, secret[:6]) == set(), secret


def test_everybody_finds_what_their_lists_show(walked, keeper, reader, stranger):
    home = walked.neighbourhood
    district, other = (make_user(Role.DISTRICT_OFFICIAL, code) for code in ("420502", "420503"))

    assert page_of(home) in urls(keeper, home.code)
    assert page_of(home) in urls(reader, home.code)
    assert urls(stranger, home.code) == set()
    assert page_of(home) in urls(district, home.code)
    assert urls(other, home.code) == set()
    assert urls(reader, "keeper") == set()
    assert urls(district, "keeper") == set()
    assert page_of(keeper) in urls(keeper, "keeper")
    for user in (reader, stranger, district):
        assert browser(user).get("/admin/search/", {"s": home.code}, **TYPED).status_code == 200


def test_five_of_each_and_that_there_are_more(boss):
    for number in range(6):
        make_neighbourhood(name=f"示范小区{number}")

    (group,) = browser(boss).get("/admin/search/", {"s": "示范小区"}, **TYPED).context["found"].lists

    assert (len(group.rows), group.has_more) == (5, True)


@pytest.mark.parametrize("words", ["4205", "420502001001-001", "嘉明", "7f3c9a5e2b", "20261123-00000012", "x"])
def test_ten_queries_at_most_and_no_more_for_more_rows(walked, keeper, words):
    client = browser(keeper)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/admin/search/", {"s": words}, **TYPED)
        return sum("FROM" in query["sql"] and "LIMIT 6" in query["sql"] for query in captured)

    first = asked()
    make_neighbourhood(name="嘉明花园")

    assert 0 < first <= 10
    assert asked() == first


@pytest.mark.parametrize("words", ["%", "_", "'", "0" * 80, "9" * 19, "-", "\\", "嘉'--"])
def test_words_are_words(boss, words):
    make_neighbourhood(name="嘉明花园")

    assert urls(boss, words) == set()


def test_a_search_that_takes_too_long_says_so(boss, monkeypatch):
    def slow(request, site, words):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(1)")
        yield

    monkeypatch.setattr("accounts.back_office.search.MILLISECONDS", 20)
    monkeypatch.setattr("accounts.back_office.search._found", slow)

    answer = browser(boss).get("/admin/search/", {"s": "嘉明"}, **TYPED)

    assert answer.context["found"].is_cut
    assert answer.status_code == 200
    with connection.cursor() as cursor:
        # What comes after is not hurried.
        cursor.execute("SELECT pg_sleep(0.05)")


def test_the_limit_is_taken_back(boss):
    browser(boss).get("/admin/search/", {"s": "嘉明"}, **TYPED)

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] == "0"


def test_it_is_a_page_of_its_own_without_a_script(boss):
    home = make_neighbourhood(name="嘉明花园")

    page = browser(boss).get("/admin/search/", {"s": "嘉明"}).content.decode()

    assert page_of(home) in page
    assert 'role="search"' in page
    assert browser(boss).get("/admin/search/").status_code == 200
    assert browser(boss).get("/admin/search/", **TYPED).content == b""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Neighbourhood, "420502001001-001"),
        (Neighbourhood, "嘉明花园"),
        (Bill, "12"),
        (Payment, "20261123-00000012"),
        (Payment, "pay-1"),
        (HistoryEntry, "7f3c9a5e2b"),
        (Export, "12"),
        (Survey, "12"),
    ],
)
def test_large_tables_are_asked_by_an_index(model, words):
    shown = admin.site.get_model_admin(model)
    # Without the order: in a table that is known to be empty, walking through it in order costs nothing either.
    rows = model._default_manager.filter(shown.found_by(words)).order_by()[:6]

    with connection.cursor() as cursor:
        # Tables of a test are so small that reading them whole is cheapest; what else could be done is what counts.
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = rows.explain()
        cursor.execute("SET LOCAL enable_seqscan = on")

    assert "Index Cond" in plan, plan
