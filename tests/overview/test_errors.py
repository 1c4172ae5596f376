"""The pages people see when something is wrong: they stand alone, in the language of the switch."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from tests.factories import make_user

PAGES = ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_error_page_asks_nothing_of_request_or_database(page, language):
    with translation.override(language):
        text = render_to_string(page)

    heading = re.search(r"<h1>(.+?)</h1>", text)[1]
    assert heading.isascii() == (language == "en")
    assert 'href="/"' in text


@pytest.mark.django_db
def test_what_is_not_there_is_said_with_the_house_around_it(client):
    client.force_login(make_user())

    answer = client.get("/no/such/page/")

    assert answer.status_code == 404
    assert "这扇门后没有内容" in answer.content.decode()


@pytest.mark.django_db
def test_a_form_without_its_token_says_that_nothing_was_saved():
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/accounts/login/", {"login": "x", "password": "y"})

    assert answer.status_code == 403
    assert "没有保存任何内容" in answer.content.decode()
