"""Views of lists: kept, opened, shared, and still harmless once they are out of date."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from accounts.choices import Role
from accounts.models import SavedList, User
from accounts.services.saved_lists import LISTS_KEPT, keep_list
from renovation.models import Household
from tests.admin.conftest import browser
from tests.admin.test_lists import list_of
from tests.factories import make_household, make_neighbourhood, make_user

HOUSEHOLDS = "/admin/renovation/household/"
NARROWED = {"use__exact": "shop", "q": "1", "o": "1"}


@pytest.fixture
def keeper(db) -> User:
    return make_user(Role.ADMIN, "4205", username="keeper")


@pytest.fixture
def auditor(db) -> User:
    return make_user(Role.AUDITOR, "420502", username="auditor")


def keep(user: User, name: str, query: str, **fields):
    return browser(user).post(f"{HOUSEHOLDS}views/keep/", {"name": name, "query": query, **fields}, follow=True)


def messages_of(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_a_view_is_kept_and_opened_again(keeper):
    make_household(unit_number="101", use="shop")
    make_household(unit_number="102", use="residential")
    url = list_of(Household)
    offered = browser(keeper).get(url, NARROWED).context["kept_query"]

    answer = keep(keeper, "底商", offered)

    (view,) = answer.context["views"]
    assert (view.is_current, view.may_change, answer.context["kept_query"]) == (True, True, "")
    opened = browser(keeper).get(view.url, follow=True)
    assert [row.unit_number for row in opened.context["cl"].result_list] == ["101"]
    assert opened.context["current_view"].saved == SavedList.objects.get()
    assert browser(keeper).get(url).context["current_view"] is None


def test_only_what_the_list_filters_by_is_kept(keeper):
    keep(keeper, "底商", "use__exact=shop&p=7&_popup=1&head_name__startswith=%E5%91%A8&e=1&neighbourhood__id__exact=")

    assert SavedList.objects.get().query == "use__exact=shop"


def test_the_same_narrowing_is_the_same_view_in_whichever_order_it_is_written(keeper):
    keep(keeper, "底商", "use__exact=shop&q=1")

    assert browser(keeper).get(f"{HOUSEHOLDS}?q=1&use__exact=shop&p=1").context["current_view"] is not None


@pytest.mark.parametrize(("name", "query"), [("", "use__exact=shop"), ("x" * 41, "use__exact=shop"), ("底商", "p=2")])
def test_a_view_needs_a_name_and_something_that_narrows(keeper, name, query):
    answer = keep(keeper, name, query)

    assert not SavedList.objects.exists()
    assert len(messages_of(answer)) == 1


def test_a_name_is_used_once_for_a_list_by_one_person(keeper, auditor):
    keep(keeper, "底商", "use__exact=shop")
    keep(keeper, "底商", "use__exact=garage")
    keep(auditor, "底商", "use__exact=garage")

    assert sorted(SavedList.objects.values_list("user__username", "query")) == [
        ("auditor", "use__exact=garage"),
        ("keeper", "use__exact=shop"),
    ]


def test_nobody_keeps_views_without_end(keeper):
    for number in range(LISTS_KEPT):
        keep_list(user=keeper, list_of="renovation.household", name=f"第{number}个", query="q=1")

    answer = keep(keeper, "再一个", "q=2")

    assert SavedList.objects.count() == LISTS_KEPT
    assert len(messages_of(answer)) == 1


def test_a_view_is_ones_own_until_an_administrator_shares_it(keeper, auditor):
    here, there = make_neighbourhood(), make_neighbourhood(community_code="420503001001")
    make_household(neighbourhood=here, unit_number="101", use="shop")
    make_household(neighbourhood=there, unit_number="202", use="shop")
    keep(auditor, "审计用", "use__exact=shop", is_shared="on")
    keep(keeper, "私下", "use__exact=garage")
    assert browser(keeper).get(HOUSEHOLDS).context["views"][0].saved.name == "私下"
    keep(keeper, "底商", "use__exact=shop", is_shared="on")

    seen = browser(auditor).get(HOUSEHOLDS).context["views"]

    assert {view.saved.name: view.may_change for view in seen} == {"审计用": True, "底商": False}
    shared = next(view for view in seen if view.saved.name == "底商")
    rows = browser(auditor).get(shared.url, follow=True).context["cl"].result_list
    assert [row.unit_number for row in rows] == ["101"]
    assert not SavedList.objects.get(name="审计用").is_shared


def test_it_is_renamed_moved_and_removed_by_its_owner_alone(keeper, auditor):
    keep(keeper, "底商", "use__exact=shop", is_shared="on")
    saved = SavedList.objects.get()
    url = f"{HOUSEHOLDS}views/{saved.pk}/change/"
    new = {"name": "沿街底商", "position": "3", "is_shared": "on"}
    assert browser(auditor).post(url, new).status_code == 403

    browser(keeper).post(url, new)

    saved.refresh_from_db()
    assert (saved.name, saved.position, saved.is_shared) == ("沿街底商", 3, True)
    assert browser(keeper).post(url, {"name": "", "position": "3"}).status_code == 400
    browser(keeper).post(url, {"remove": ""})
    assert not SavedList.objects.exists()


def test_somebody_elses_view_and_one_of_another_list_are_not_there(keeper, auditor):
    keep(keeper, "底商", "use__exact=shop")
    pk = SavedList.objects.get().pk

    assert browser(auditor).get(f"{HOUSEHOLDS}views/{pk}/").status_code == 404
    assert browser(keeper).get(f"/admin/renovation/owner/views/{pk}/").status_code == 404
    assert browser(make_user(None)).get(f"{HOUSEHOLDS}views/{pk}/").status_code == 403


def test_what_is_too_long_for_a_view_is_measured_as_it_is_kept(keeper):
    long = keep(keeper, "长", f"q={'门' * 200}")
    keep(keeper, "短", f"q={'%61' * 400}")

    assert len(messages_of(long)) == 1
    assert [len(saved.query) for saved in SavedList.objects.all()] == [402]


def test_the_last_place_in_the_row_is_the_last(keeper):
    keep(keeper, "底商", "use__exact=shop")
    SavedList.objects.update(position=32_767)

    keep(keeper, "车库", "use__exact=garage")

    assert [(saved.name, saved.position) for saved in SavedList.objects.all()] == [("底商", 32_767), ("车库", 32_767)]


def test_a_nul_is_kept_in_no_view(keeper):
    for query in ("q=%00", "use__exact=shop&q=a%00"):
        assert keep(keeper, "底商", query).status_code == 400

    assert not SavedList.objects.exists()


@pytest.mark.parametrize(
    "query", ["q=%00", "head_name=%E5%91%A8", "neighbourhood__id__exact=abc", "gone=1&use__exact=shop"]
)
def test_a_view_that_no_longer_fits_opens_the_whole_list_and_says_so(keeper, query):
    saved = keep_list(user=keeper, list_of="renovation.household", name="旧的", query=query)

    answer = browser(keeper).get(f"{HOUSEHOLDS}views/{saved.pk}/", follow=True)

    assert urlsplit(answer.redirect_chain[-1][0]).query == ""
    assert "旧的" in messages_of(answer)[0]


def test_the_lists_of_views_do_not_tell_what_was_searched_for(keeper):
    keep_list(user=keeper, list_of="renovation.household", name="一户", query="q=101")

    page = browser(keeper).get(reverse("admin:accounts_savedlist_changelist")).content.decode()

    assert "一户" in page
    assert "q=101" not in page


def test_the_way_back_keeps_the_narrowing(keeper):
    answer = keep(keeper, "底商", "use__exact=shop&q=1")

    assert parse_qs(urlsplit(answer.redirect_chain[-1][0]).query) == {"use__exact": ["shop"], "q": ["1"]}
