"""No input leads to a 500: odd addresses, parameters, headers and bodies, on every route of the API and the pages.

What strays from the document at random is sent by test_schemathesis.py; here are the values that other systems have
stumbled over.
"""

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.choices import Role
from tests.api.helpers import signed_in, token_of
from tests.cast import HERE
from tests.factories import give_role, make_client
from tests.walk import Home, routes

pytestmark = pytest.mark.slow

PROBLEM = "application/problem+json"

VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    10**30,
    1.5,
    1e300,
    "",
    " ",
    "x",
    "\x00",
    "a\x00b",
    "😀" * 300,
    "' OR 1=1 --",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31T23:59:59+23:59",
    "0001-01-01T00:00:00+14:00",
    "NaN",
    "Infinity",
    "-0.00001",
    "1e999",
    "../../etc/passwd",
    "data:image/png;base64,////",
    [],
    [None],
    [[]],
    {},
    {"id": 1},
    [1, "x", {}],
]

NAMES = [
    "neighbourhood",
    "division",
    "name",
    "number",
    "building",
    "stairwell",
    "household",
    "owner",
    "unit_number",
    "floor",
    "floor_count",
    "grid",
    "gross_floor_area",
    "area",
    "phones",
    "use",
    "built_year",
    "longitude",
    "latitude",
    "starts_on",
    "ends_on",
    "is_voter",
    "title",
    "closes_on",
    "action",
    "reason",
    "revisit_on",
    "pass_share",
    "valid_from",
    "document",
    "visits",
    "client_id",
    "file",
    "mode",
    "outcome",
    "plan",
    "menu_item",
    "quantity",
    "unit_price",
    "payers",
    "source",
    "amount",
    "dated_on",
    "floor_weights",
    "posted_on",
    "answers",
    "scores",
    "warranties",
    "shares",
    "kind",
    "role",
    "body",
    "text",
    "management",
    "handover_on",
    "convention",
    "convention_version",
    "needed_share",
    "signed_on",
    "matter",
    "scope",
    "announced_on",
    "member",
    "rule",
    "period",
    "inspection",
    "criterion",
    "severity",
    "points",
    "service",
]

# Of what is no object only its JSON type matters.
BARE = [None, True, 0, 1.5, "x", []]

# What takes several items at once, by words of its routes.
SEVERAL = {
    "visit": ("visits",),
    "ballot": ("ballots",),
    "evaluation": ("answers",),
    "workshop": ("attendances", "decisions"),
    "handover": ("items",),
    "-bulk": ("items",),
}

FORM_VALUES = ["", "x", "\x00", "-1", "9" * 30, "2026-02-30", "😀" * 3000]
QUERY_VALUES = ["", "x", "%00", "%ff", "9" * 26, "2026-13-01"]
EARLY = {"as_of": ["0001-01-10"]}
"""Dates that can be read and before which there is none to count from, to all routes that know the parameter."""
PARAMETERS = ["cursor", "page_size", "ordering", "count", "search", "after", "as_of", "visit", "size", "from", "to"]
PARAMETERS += ["reason", "round", "building", "stance", "neighbourhood", "division", "lang", "next", "page", "q"]


SOAK = "GONGDI_SOAK" in os.environ
"""Every value to every route, a run of its own; otherwise each route gets a sixth of them, by turns."""


def some(values: list[Any], place: int) -> list[Any]:
    return values if SOAK else values[place % 6 :: 6]


def addresses(home: Home) -> Iterator[tuple[str, str]]:
    for route in routes():
        if route.is_admin or route.name.startswith(("account_", "mfa_", "usersessions", "oauth")):
            continue
        yield route.name, route.address(home).split("?")[0]


@pytest.fixture
def keeper(home: Home) -> Client:
    """Somebody who may do everything here, so that odd input gets past the doors."""
    for role in (Role.CITY_OFFICIAL, Role.GRID_WORKER, Role.COMMITTEE_MEMBER):
        give_role(home.keeper, role, HERE)
    return signed_in(home.keeper)


def check(response: Any, said: str) -> None:
    assert response.status_code < 500, said
    is_api = response.request["PATH_INFO"].startswith("/api/v1/")
    if is_api and response.status_code >= 400 and response.request["REQUEST_METHOD"] != "HEAD":
        assert response["Content-Type"] == PROBLEM, said


def is_refused_by_its_method(answer: Any) -> bool:
    """No body is looked at where there is no such method."""
    check(answer, "no body")
    return bool(answer.status_code == 405)


def test_odd_parameters(home: Home, keeper: Client) -> None:
    """One by one to the API, which stops at the first fault; all at once to pages, which pass over what they lack."""
    for place, (_name, url) in enumerate(addresses(home)):
        is_read = keeper.get(url).status_code in (200, 400)
        if is_read and url.startswith("/api/v1/"):
            for parameter in PARAMETERS:
                for value in [*some(QUERY_VALUES, place), *EARLY.get(parameter, [])]:
                    answer = keeper.get(f"{url}?{parameter}={value}")
                    check(answer, f"{url}?{parameter}={value[:40]}")
                    if b"unknown_parameter" in getattr(answer, "content", b""):
                        break  # refused by its name: its value is not looked at
            continue
        for value in some(QUERY_VALUES, place):
            if not is_read:
                check(keeper.get(f"{url}?page={value}"), url)
            else:
                check(keeper.get(f"{url}?" + "&".join(f"{name}={value}" for name in PARAMETERS)), f"{url} {value[:40]}")


def test_odd_bodies(home: Home, keeper: Client) -> None:
    client = APIClient()
    token = token_of(make_client("registry:write", "consent:write", "plans:write", "governance:write", territory=HERE))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    for place, (name, url) in enumerate(addresses(home)):
        if not url.startswith("/api/v1/"):
            continue
        methods = {"detail": ["patch"], "bulk": ["post", "patch"]}.get(name.rpartition("-")[2], ["post"])
        for method in methods:
            for sent in bodies(name, place):
                answer = getattr(client, method)(url, sent, format="json")
                check(answer, f"{method} {url} {str(sent)[:200]}")
                if is_refused_by_its_method(answer):
                    break


def bodies(name: str, place: int) -> Iterator[Any]:
    yield from some(BARE, place)
    items = [member for word, members in SEVERAL.items() if word in name for member in members]
    for value in some(VALUES, place):
        body = dict.fromkeys(NAMES, value)
        yield body
        for member in items:
            yield {member: [value, body, {"id": 1, "if_match": value, **body}]}


def test_odd_forms(home: Home, keeper: Client) -> None:
    for place, (_name, url) in enumerate(addresses(home)):
        if is_refused_by_its_method(keeper.post(url)):
            continue
        for value in some(FORM_VALUES, place):
            check(keeper.post(url, dict.fromkeys(NAMES, value)), f"form {url} {value[:20]}")
        check(keeper.post(url, b"\xff\x00{", content_type="application/json"), f"junk {url}")
        check(keeper.post(url, b"--x\r\n", content_type="multipart/form-data; boundary=x"), f"multipart {url}")
        check(keeper.post(url, b"", content_type="multipart/form-data"), f"no boundary {url}")
        check(keeper.post(url, b"a", content_type="text/plain; charset=nonsense"), f"charset {url}")


def test_odd_headers(home: Home, keeper: Client) -> None:
    odd = [
        {"If-Match": "é"},
        {"If-Match": '"1-1'},
        {"If-None-Match": "W/,,,"},
        {"Idempotency-Key": "\x7f"},
        {"Accept": "*/*;q=x"},
        {"Accept": "x"},
        {"Accept-Language": "x" * 500},
        {"Authorization": "Bearer \xff"},
        {"Authorization": "Basic !!!"},
        {"X-HTTP-Method-Override": "DELETE"},
    ]
    for _name, url in addresses(home):
        if not url.startswith("/api/v1/"):
            continue
        is_posted_to = not is_refused_by_its_method(keeper.post(url))
        for headers in odd:
            check(keeper.get(url, headers=headers), f"{url} {headers}")
            if is_posted_to:
                sent = keeper.generic("POST", url, "{}", content_type="application/json", headers=headers)
                check(sent, f"post {url} {headers}")


@pytest.mark.parametrize(
    "tail", ["%00", "%ff", "999999999999999999/", "-1/", "1.0/", "٣/", "a" * 2000 + "/", "%2e%2e/", "//"]
)
def test_odd_addresses(home: Home, keeper: Client, tail: str) -> None:
    for _name, url in addresses(home):
        check(keeper.get(url + quote(tail, safe="%/")), url + tail[:30])
