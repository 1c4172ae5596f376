import pytest
from django.test import RequestFactory

from common.keyset import keyset_page
from renovation.models import Neighbourhood
from tests.factories import make_neighbourhood

pytestmark = pytest.mark.django_db


def turn(query: str, **options):
    return keyset_page(RequestFactory().get(f"/{query}"), Neighbourhood.objects.all(), key="code", size=2, **options)


@pytest.mark.parametrize("newest_first", [False, True])
def test_turning_on_and_back_shows_every_row_once(newest_first):
    codes = sorted((make_neighbourhood().code for _ in range(5)), reverse=newest_first)

    pages = [turn("", newest_first=newest_first)]
    while pages[-1].next_url:
        pages.append(turn(pages[-1].next_url, newest_first=newest_first))
    back = turn(pages[-1].previous_url, newest_first=newest_first)

    assert [row.code for page in pages for row in page.rows] == codes
    assert pages[0].previous_url == ""
    assert [row.code for row in back.rows] == codes[2:4]


def test_the_filter_of_a_list_is_kept_when_it_is_turned():
    for _ in range(3):
        make_neighbourhood()

    assert turn("?stage=registered").next_url.startswith("?stage=registered&after=")


@pytest.mark.parametrize("value", ["\x00", "x" * 5000, "-1", "999999999999999999999999"])
def test_a_mended_address_breaks_nothing(value):
    request = RequestFactory().get("/", {"after": value})

    assert keyset_page(request, Neighbourhood.objects.all(), key="id").rows == []
