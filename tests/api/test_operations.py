"""A test for each operation of the document: asked at home by who may do it, it succeeds and answers as is said there.

With `GONGDI_RECORD` set, what was sent and answered is left in docs/openapi/examples, as the document's examples.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction
from oauth2_provider.settings import oauth2_settings
from rest_framework.test import APIClient

from accounts.choices import Role
from accounts.services.changes import number_changes
from tests.api import bodies
from tests.api.document import address_of, query_of, served_document
from tests.api.helpers import signed_in, token_of
from tests.api.recording import Document, plain, write_examples
from tests.cast import HERE
from tests.factories import give_role, make_client, make_user
from tests.walk import Home

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

RECORDS = "GONGDI_RECORD" in os.environ

OTHER_ROLES = (
    (Role.CITY_OFFICIAL, HERE[:4]),
    (Role.DISTRICT_OFFICIAL, HERE[:6]),
    (Role.GRID_WORKER, HERE),
    (Role.COMMITTEE_MEMBER, HERE),
    (Role.PROPERTY_CLERK, HERE),
    (Role.PARTY_SECRETARY, HERE),
    (Role.ADMIN, HERE[:4]),
)

BULK = "bulk/"


class Callers:
    """The keeper of home in every other role, a second one, and a client with every scope."""

    def __init__(self, home: Home) -> None:
        second = make_user(Role.COMMUNITY_STAFF, HERE, username="second")
        for user in (home.keeper, second):
            for role, territory in OTHER_ROLES:
                give_role(user, role, territory)
        self.keeper, self.second, self.system = signed_in(home.keeper), signed_in(second), APIClient()
        client = make_client(*oauth2_settings.SCOPES, territory=HERE[:4], name="everything")
        self.system.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(client)}")

    def of(self, label: str) -> APIClient:
        return self.second if label in bodies.SECOND else self.system if label in bodies.AS_CLIENT else self.keeper


def asked(document: Document, home: Home, callers: Callers, path: str, method: str) -> tuple[Any, Any]:
    """What the operation is sent at home, and what it answers. Nothing of it stays."""
    single = path.removesuffix(BULK)
    single += "{id}/" if path.endswith(BULK) and method == "patch" else ""
    label = f"{method.upper()} {single}"
    with transaction.atomic():
        setup = bodies.SETUPS.get(label)
        here = replace(home, ids=home.ids | ((setup(home) if setup else None) or {}))
        known = bodies.NAMED[label](here) if label in bodies.NAMED else {}
        url = address_of(path, here)
        url += query_of(url) if method == "get" else ""
        content = document.paths[single][method].get("requestBody", {}).get("content", {})
        is_form = any(hasattr(value, "read") for value in known.values())
        schema = content.get("multipart/form-data" if is_form else "application/json", {}).get("schema")
        body = None if schema is None else bodies.body_of(document, schema, here, known)
        if path.endswith(BULK):
            row = {"id": int(address_of(single, here).rstrip("/").rpartition("/")[2])} if method == "patch" else {}
            body = {"items": [row | body]}
        caller = callers.of(label)
        if is_form:
            answer = getattr(caller, method)(url, body, format="multipart")
        else:
            sent = b"" if body is None else json.dumps(body)
            answer = caller.generic(method.upper(), url, sent, content_type="application/json")
        transaction.set_rollback(True)
    home.cast.home.refresh_from_db()
    home.survey.refresh_from_db()
    return body, answer


def faults(document: Document, path: str, method: str, answer: Any) -> Iterator[str]:
    label = f"{method.upper()} {path}"
    wanted = bodies.REFUSED.get(label)
    if answer.status_code != wanted if wanted else answer.status_code >= 300:
        yield f"{label}: {answer.status_code} {answer.content.decode()[:300]}"
    if path.endswith(BULK) and answer.status_code == 200:
        (result,) = answer.json()["results"]
        if result["status"] not in ("created", "updated"):
            yield f"{label}: {result}"
    yield from (f"{label}: {fault}" for fault in document.faults(path, method, answer))


def names_of_ids(home: Home) -> set[str]:
    return {name.replace("-", "_") for name, value in home.ids.items() if isinstance(value, int)}


def test_each_operation_succeeds_and_answers_as_the_document_says(home: Home) -> None:
    document, callers = Document(served_document()), Callers(home)
    number_changes()
    found: list[str] = []
    recorded: dict[tuple[str, str], Any] = {}
    for path, method, _operation in document.operations():
        body, answer = asked(document, home, callers, path, method)
        found += faults(document, path, method, answer)
        recorded[path, method] = (body, answer)

    assert found == []
    assert len(recorded) == sum(len(item) for item in served_document()["paths"].values()) > 500
    if RECORDS:
        write_examples(document, recorded, names_of_ids(home))


def test_every_operation_has_an_example_that_the_document_allows() -> None:
    document = Document(served_document())
    found: list[str] = []
    shown = 0
    for path, method, operation in document.operations():
        for status, answer in operation["responses"].items():
            content = document.followed(answer).get("content", {}).get("application/json", {})
            if status[0] == "2" and "example" in content:
                found += [f"{path}: {fault}" for fault in document.faults_of(content["schema"], content["example"])]
                shown += 1
                break
        else:
            is_json = any(
                "application/json" in document.followed(answer).get("content", {})
                for status, answer in operation["responses"].items()
                if status[0] == "2"
            )
            if is_json and f"{method.upper()} {path}" not in bodies.REFUSED:
                found.append(f"{method} {path}: there is none")
        sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if "example" in sent:
            found += [f"{path}: {fault}" for fault in document.faults_of(sent["schema"], sent["example"])]
    assert found == []
    assert shown > 450


def test_no_example_has_a_telephone_that_may_be_somebody_s() -> None:
    text = json.dumps(served_document())
    phones = set(re.findall(r"\b1[3-9]\d{9}\b", text))

    assert {phone for phone in phones if not phone.startswith("1990000")} == set()
    assert phones


def test_an_example_has_small_ids_and_no_secrets() -> None:
    sent = {
        "id": 4711,
        "household": 815,
        "number": 12,
        "at": "2026-11-29T08:40:00.123+08:00",
        "secret": "whsec_abc",
        "phones": ["13812342071", "13900001111"],
        "url": "http://testserver/api/v1/surveys/4711/",
    }

    assert plain(sent, {"household", "number"}) == {
        "id": 7,
        "household": 7,
        "number": 12,
        "at": "2026-09-01T09:30:00+08:00",
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "phones": ["19900002071"],
        "url": "https://gongdi.example/api/v1/surveys/7/",
    }
