"""What holds on every route of the API (docs/api.md, What holds everywhere), asked of all or of one of a kind."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver

from accounts.choices import Role
from accounts.models import IdempotencyKey, User
from accounts.models.base import Versioned
from accounts.services.changes import number_changes
from config.api import router
from consent.models import Survey
from consent.services.surveys import open_survey
from renovation.api.neighbourhoods import Neighbourhoods
from renovation.models import Building
from tests.api.helpers import API, signed_in
from tests.cast import HERE, Cast
from tests.consent.casts import make_policy
from tests.factories import give_role, make_menu_edition
from tests.walk import Home, Route, routes

PROBLEM = "application/problem+json"


@pytest.fixture
def keeper(home: Home) -> Client:
    for role in (
        Role.ADMIN,
        Role.CITY_OFFICIAL,
        Role.GRID_WORKER,
        Role.COMMITTEE_MEMBER,
        Role.PARTY_SECRETARY,
        Role.PROPERTY_CLERK,
    ):
        give_role(home.keeper, role, HERE)
    return signed_in(home.keeper)


def api_routes() -> list[Route]:
    return [route for route in routes() if route.path.startswith("/api/v1/")]


def codes(response: Any) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in response.json().get("errors", [])]


# --- Parameters ------------------------------------------------------------------------------------


def test_an_unknown_parameter_is_an_error_on_whatever_is_read(home: Home, keeper: Client) -> None:
    read = 0
    for route in api_routes():
        url = route.address(home)
        if keeper.get(url).status_code != 200:
            continue
        answer = keeper.get(f"{url}{'&' if '?' in url else '?'}no_such=1")
        assert (answer.status_code, codes(answer)) == (400, [("/no_such", "unknown_parameter")]), url
        read += 1
    assert read > 150


def test_an_unknown_parameter_is_an_error_on_whatever_is_written(home: Home, keeper: Client) -> None:
    written = 0
    for route in api_routes():
        url = route.address(home).split("?")[0]
        for method in ("post", "patch", "delete"):
            answer = getattr(keeper, method)(f"{url}?no_such=1", content_type="application/json")
            if answer.status_code == 405:
                continue
            assert (answer.status_code, codes(answer)) == (400, [("/no_such", "unknown_parameter")]), (method, url)
            written += 1
    assert written > 200


def test_what_asks_with_an_unknown_parameter_does_nothing(cast: Cast, community_worker: User) -> None:
    body = {"neighbourhood": cast.home.pk, "number": "77"}

    assert signed_in(community_worker).post(f"{API}/buildings/?dry_run=true", body).status_code == 400
    assert not Building.objects.filter(number="77").exists()


# --- Versions --------------------------------------------------------------------------------------


def test_a_stale_version_is_412_on_every_action_on_a_row(home: Home, keeper: Client) -> None:
    """Whatever is written to a row by one who may, and nothing is done; with `*` the row itself is no obstacle."""
    asked: set[str] = set()
    for route in api_routes():
        view = get_resolver().resolve(route.address(home).split("?")[0]).func
        actions: dict[str, str] = getattr(view, "actions", None) or {}
        if not getattr(view, "initkwargs", {}).get("detail"):
            continue
        for method in sorted({"post", "patch", "delete"} & set(actions)):
            url = route.address(home).split("?")[0]
            call = getattr(keeper, method)
            stale = call(url, content_type="application/json", headers={"if-match": '"0-0"'})
            if stale.status_code == 403 or stale.status_code == 404:
                continue
            assert (stale.status_code, stale.json()["code"]) == (412, "stale_version"), (method, url, stale.content)
            with transaction.atomic():
                any_version = call(url, content_type="application/json", headers={"if-match": "*"})
                transaction.set_rollback(True)
            assert any_version.status_code not in (412, 500), (method, url, any_version.content)
            asked.add(f"{method} {route.name}")
    assert len(asked) > 60


def test_what_has_no_version_is_compared_by_its_content(home: Home, keeper: Client) -> None:
    url = f"{API}/funding-receipts/{home.ids['funding-receipt']}/"
    tag = keeper.get(url)["ETag"]

    stale = keeper.post(f"{url}reverse/", {"reason": "x"}, headers={"if-match": f'"{"0" * 20}"'})
    fresh = keeper.post(f"{url}reverse/", {"reason": "x"}, headers={"if-match": tag})

    assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
    assert fresh.status_code != 412


@pytest.mark.django_db(transaction=True)
def test_of_two_who_act_on_the_version_they_read_one_is_too_late(cast: Cast, community_worker: User) -> None:
    """The first holds the row until it is done; the second, which read the same version, waits and is refused."""
    make_policy()
    make_menu_edition()
    user = community_worker
    survey = open_survey(neighbourhood=cast.home, title="x", closes_on=None, by=user)
    locked, answers = threading.Event(), []

    def first() -> None:
        try:
            with transaction.atomic():
                held = Survey.objects.select_for_update(of=("self",)).get(pk=survey.pk)
                locked.set()
                threading.Event().wait(0.5)
                held.title = "changed"
                held.save(update_fields=["title"])
        finally:
            connection.close()

    def second() -> None:
        try:
            assert locked.wait(10)
            body = {"reason": "x", "revisit_on": "2099-01-01"}
            tag = f'"{survey.pk}-{survey.version}"'
            answers.append(signed_in(user).post(f"{API}/surveys/{survey.pk}/close/", body, headers={"if-match": tag}))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(412, "stale_version")]
    survey.refresh_from_db()
    assert (survey.title, survey.closed_at) == ("changed", None)


# --- New rows --------------------------------------------------------------------------------------


def test_a_new_row_tells_its_address_and_its_version(cast: Cast, community_worker: User) -> None:
    client = signed_in(community_worker)

    made = client.post(f"{API}/buildings/", {"neighbourhood": cast.home.pk, "number": "77"})

    assert made["Location"] == f"{API}/buildings/{made.json()['id']}/"
    read = client.get(made["Location"])
    assert (read.json(), read["ETag"]) == (made.json(), made["ETag"])


def test_a_repeated_request_tells_the_address_again(cast: Cast, community_worker: User) -> None:
    client, body = signed_in(community_worker), {"neighbourhood": cast.home.pk, "number": "77"}

    first, again = [client.post(f"{API}/buildings/", body, headers={"idempotency-key": "k"}) for _ in range(2)]

    assert again["Idempotent-Replayed"] == "true"
    assert again["Location"] == first["Location"]


def test_a_repeated_key_gives_the_first_answer_on_whatever_is_written(home: Home, keeper: Client) -> None:
    """Also where the first was refused: the same request again is not judged anew."""
    repeated = 0
    for route in api_routes():
        url = route.address(home).split("?")[0]
        for method in ("post", "patch", "delete"):
            with transaction.atomic():
                first, again = [
                    getattr(keeper, method)(
                        url, b"{}", content_type="application/json", headers={"idempotency-key": f"{method} {url}"}
                    )
                    for _ in range(2)
                ]
                transaction.set_rollback(True)
            if first.status_code in (405, 415):
                continue
            assert first.status_code < 500, (method, url)
            assert (again.status_code, again.content) == (first.status_code, first.content), (method, url)
            if not route.name.endswith("-reveal"):
                assert again.get("Idempotent-Replayed") == "true", (method, url)
            repeated += 1
    assert repeated > 200


def test_what_is_kept_of_an_answer_is_encrypted(cast: Cast, community_worker: User) -> None:
    url, body = f"{API}/households/{cast.doors[0].pk}/", {"floor": 3}
    client = signed_in(community_worker)

    first, again = [client.patch(url, body, headers={"idempotency-key": "k"}) for _ in range(2)]

    kept = IdempotencyKey.objects.get()
    assert again["Idempotent-Replayed"] == "true"
    assert again.content == first.content
    assert b"13812342071" in first.content
    assert (kept.is_encrypted, b"13812342071" in bytes(kept.body)) == (True, False)


def test_what_was_kept_before_it_was_encrypted_is_given_again(cast: Cast, community_worker: User) -> None:
    url, body = f"{API}/households/{cast.doors[0].pk}/", {"floor": 3}
    client = signed_in(community_worker)
    first = client.patch(url, body, headers={"idempotency-key": "k"})
    IdempotencyKey.objects.update(body=first.content, is_encrypted=False)

    assert client.patch(url, body, headers={"idempotency-key": "k"}).content == first.content


# --- Objects ---------------------------------------------------------------------------------------

# Rows that stand for no object of their own: what is counted of others, or a place on the roll of one.
NO_OBJECTS = {"party-totals-list", "body-seat-list", "survey-door-list", "survey-plan-change-list"}


def test_every_object_has_an_id_and_says_when_it_was_made_and_changed(home: Home, keeper: Client) -> None:
    number_changes()
    views = {f"{basename}-list": view for _prefix, view, basename in router.registry}
    seen = 0
    for route in api_routes():
        view: Any = views.get(route.name)
        if view is None or route.name in NO_OBJECTS:
            continue
        answer = keeper.get(route.address(home))
        rows = answer.json().get("results") if answer.status_code == 200 else None
        if not rows:
            continue
        wanted = {"id", "created_at"}
        if issubclass(view.queryset.model, Versioned):
            wanted.add("updated_at")
        assert wanted - set(rows[0]) == set(), route.name
        seen += 1
    assert seen > 50


# --- Faults of ours --------------------------------------------------------------------------------


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError("connection to 10.0.0.9 failed")

    monkeypatch.setattr(Neighbourhoods, "list", fail)


def test_a_fault_of_ours_is_a_problem_document_with_the_id_of_the_request(
    broken: None, cast: Cast, community_worker: User
) -> None:
    client = signed_in(community_worker)
    client.raise_request_exception = False

    answer = client.get(f"{API}/neighbourhoods/", headers={"x-request-id": "abc-1"})

    assert (answer.status_code, answer["Content-Type"], answer["X-Request-ID"]) == (500, PROBLEM, "abc-1")
    body = answer.json()
    assert (body["type"], body["code"], body["status"]) == ("/problems/internal_error", "internal_error", 500)
    assert body["instance"] == "/requests/abc-1"
    assert "10.0.0.9" not in answer.content.decode()


def test_a_fault_of_a_page_is_a_page(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("config.api.NoSuchRoute.dispatch", fail)
    monkeypatch.setattr("allauth.account.views.LoginView.dispatch", fail)
    client.raise_request_exception = False

    page = client.get("/accounts/login/")
    document = client.get("/api/nothing/")

    assert (page.status_code, page["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert (document.status_code, document["Content-Type"]) == (500, PROBLEM)


def test_a_host_that_is_not_ours_is_a_problem_document_too(client: Client, db: None) -> None:
    answer = client.get(f"{API}/neighbourhoods/", headers={"host": "evil.example"})

    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert client.get("/neighbourhoods/", headers={"host": "evil.example"})["Content-Type"].startswith("text/html")
