import pytest

from accounts.choices import Role
from tests.factories import make_user

ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


def test_a_page_is_chinese_whatever_the_browser_asks_for(client, db):
    page = client.get("/accounts/login/", **ENGLISH).content.decode()

    assert '<html lang="zh-Hans">' in page


def test_the_switch_sticks_and_leads_back(client, db):
    answer = client.post("/language/setlang/", {"language": "en", "next": "/accounts/login/"})

    assert answer["Location"] == "/accounts/login/"
    assert '<html lang="en">' in client.get("/accounts/login/").content.decode()


def test_a_cookie_nobody_set_is_ignored(client, db):
    client.cookies["django_language"] = "xx"

    assert '<html lang="zh-Hans">' in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize("asked", ["en", "zh-hans"])
def test_the_api_follows_accept_language(client, db, asked):
    client.force_login(make_user(Role.COMMUNITY_STAFF))

    answer = client.get("/api/v1/surveys/1/", HTTP_ACCEPT_LANGUAGE=asked)

    assert answer["Content-Language"] == asked
