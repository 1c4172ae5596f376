"""What the field page sends in the background, and how it is refused."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.choices import Role
from accounts.models import HistoryEntry
from consent.models import FieldPhone, HandedVisit, PhoneQueue, Survey, Visit
from consent.rules.visit_items import as_item
from consent.services.handed import content_of, enter_handed, set_aside
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from tests.api.helpers import signed_in, system
from tests.cast import HERE, Cast
from tests.consent.casts import a_visit, make_policy
from tests.factories import make_menu_edition, make_user

pytestmark = pytest.mark.django_db

PROBLEM = "application/problem+json"


@pytest.fixture
def survey(cast: Cast, community_worker: Any) -> Survey:
    """An open survey of the cast's home, in round 1."""
    make_policy()
    make_menu_edition()
    return open_survey(neighbourhood=cast.home, title="征询", closes_on=None, by=community_worker)


def addresses(survey: Survey, cast: Cast) -> list[tuple[str, str]]:
    own = f"/field/surveys/{survey.pk}"
    return [
        ("get", "/field/hello/"),
        ("post", "/field/seen/"),
        ("get", f"{own}/pack/"),
        ("post", f"{own}/doors/{cast.doors[0].pk}/reveal/"),
        ("post", f"{own}/handed/"),
    ]


def hand(user: Any, survey: Survey, visit: Any, *errors: str) -> Any:
    body = {"visit": as_item(visit), "errors": list(errors or ("wrong_round",))}
    return signed_in(user).post(f"/field/surveys/{survey.pk}/handed/", body)


# --- What holds everywhere -------------------------------------------------------------------------


def test_who_is_signed_out_is_told_so_and_never_sent_elsewhere(survey, cast):
    for method, url in addresses(survey, cast):
        answer = getattr(signed_in(None), method)(url)

        assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM), url
        assert answer["Cache-Control"] == "no-store"


def test_an_access_token_opens_nothing_here(survey, cast):
    client = system("consent:write", "registry:write")

    assert client.get(f"/api/v1/surveys/{survey.pk}/").status_code == 200
    assert {getattr(client, method)(url).status_code for method, url in addresses(survey, cast)} == {401}


def test_nothing_is_written_without_the_csrf_token_that_hello_gives(survey, cast, community_worker):
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(community_worker)
    url = f"/field/surveys/{survey.pk}/doors/{cast.doors[0].pk}/reveal/"

    refused = browser.post(url)
    token = browser.get("/field/hello/").json()["csrf"]
    taken = browser.post(url, headers={"X-CSRFToken": token})

    assert (refused.status_code, refused["Content-Type"]) == (403, PROBLEM)
    assert taken.status_code == 200


def test_no_answer_is_kept_on_the_way(survey, cast, community_worker):
    browser = signed_in(community_worker)

    answers = [getattr(browser, method)(url) for method, url in addresses(survey, cast)]

    assert {answer["Cache-Control"] for answer in answers} == {"no-store"}


def test_the_wrong_method_is_refused(survey, cast, community_worker):
    browser = signed_in(community_worker)

    for method, url in addresses(survey, cast):
        answer = browser.post(url) if method == "get" else browser.get(url)
        assert (answer.status_code, answer["Content-Type"]) == (405, PROBLEM), url


@pytest.mark.parametrize("path", ["pack/", "doors/{door}/reveal/", "handed/"])
def test_what_lies_elsewhere_is_not_there_and_what_is_not_theirs_to_log_is_refused(
    survey, cast, community_worker, outsider, party_secretary, path
):
    url = f"/field/surveys/{survey.pk}/{path}".format(door=cast.doors[0].pk)
    body = {"visit": as_item(a_visit(cast.doors[0])), "errors": ["wrong_round"]}

    def ask(user: Any, url: str = url) -> int:
        browser = signed_in(user)
        return (browser.get(url) if path == "pack/" else browser.post(url, body)).status_code

    assert ask(community_worker) in (200, 201)
    assert ask(outsider) == 404
    assert ask(party_secretary) == 403
    assert ask(community_worker, url.replace(f"/{survey.pk}/", f"/{10**30}/")) == 404


ODD: list[Any] = [
    None,
    True,
    -1,
    1.5,
    2**31,
    10**30,
    "",
    "x",
    "\x00",
    "\ud800",
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T07:00:00+08:00",
    "😀" * 3000,
    [],
    [None],
    {},
    {"id": [1]},
]


def odd_bodies() -> Iterator[Any]:
    queue = {"survey": 1, "waiting": 0, "refused": 0, "photos": 0, "oldest_at": None}
    for value in ODD:
        yield value
        yield {"phone": value, "queues": value}
        yield {"phone": str(uuid4()), "queues": [value]}
        for name in queue:
            if not (name == "oldest_at" and value is None):
                yield {"phone": str(uuid4()), "queues": [{**queue, name: value}]}
        for name in as_item(a_visit(1)):
            yield {"visit": {**as_item(a_visit(1)), name: value}, "errors": ["wrong_round"]}
        yield {"visit": value, "errors": value}
        yield {"visit": as_item(a_visit(1)), "errors": [value]}


def test_odd_bodies_are_refused_and_leave_nothing_behind(survey, cast, community_worker):
    browser = signed_in(community_worker)
    sent = 0
    for method, url in addresses(survey, cast):
        if method == "post" and "reveal" not in url:
            for body in odd_bodies():
                try:
                    answer = browser.post(url, body)
                except UnicodeEncodeError:  # a test client cannot write half a surrogate pair
                    answer = browser.generic("POST", url, '{"visit": "\\ud800"}', content_type="application/json")
                assert answer.status_code in (204, 400, 404), (url, body, answer.content)
                assert answer.status_code == 204 or answer["Content-Type"] == PROBLEM
                sent += answer.status_code != 204
            for junk in (b"\xff\x00{", b"", b"[" * 100_000, b'{"phone": NaN}'):
                assert browser.generic("POST", url, junk, content_type="application/json").status_code == 400
            assert browser.generic("POST", url, b"a=1", content_type="text/plain").status_code == 415

    assert sent > 500
    assert HandedVisit.objects.count() == 0
    assert PhoneQueue.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("phone", "x"),
        ("phone", "%00"),
        ("phone", "9" * 40),
        ("take", "perhaps"),
        ("buildings", "x"),
        ("buildings", "1,,2"),
        ("buildings", "-1"),
        ("buildings", "9" * 30),
        ("buildings", "1," * 2000 + "1"),
        ("known", "x" * 65),
        ("known", "%00"),
        ("else", "1"),
    ],
)
def test_odd_parameters_are_refused_at_their_place(survey, community_worker, name, value):
    answer = signed_in(community_worker).get(f"/field/surveys/{survey.pk}/pack/?{name}={value}")

    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [f"/{name}"]


def test_who_takes_doors_along_says_on_which_phone(survey, community_worker):
    answer = signed_in(community_worker).get(f"/field/surveys/{survey.pk}/pack/?take=1")

    assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (400, ["/phone"])
    assert PhoneQueue.objects.count() == 0


def test_hello_refuses_what_is_no_phone(survey, community_worker):
    for query in ("phone=x", "name=%00", "phone=&name=x", "other=1"):
        assert signed_in(community_worker).get(f"/field/hello/?{query}").status_code == 400
    assert FieldPhone.objects.count() == 0


# --- What waits on a phone -------------------------------------------------------------------------


def seen(user: Any, phone: UUID, *queues: dict[str, Any]) -> int:
    return signed_in(user).post("/field/seen/", {"phone": str(phone), "queues": list(queues)}).status_code


def a_queue(survey: Survey, waiting: int = 0, **counts: Any) -> dict[str, Any]:
    return {"survey": survey.pk, "waiting": waiting, "refused": 0, "photos": 0, "oldest_at": None, **counts}


def test_what_waits_is_kept_until_the_phone_says_otherwise(survey, grid_worker):
    phone, since = uuid4(), timezone.now() - timedelta(hours=3)

    first = seen(grid_worker, phone, a_queue(survey, 19, refused=2, photos=4, oldest_at=since.isoformat()))
    kept = PhoneQueue.objects.get()
    then = (kept.waiting_count, kept.refused_count, kept.photo_count, kept.oldest_at)
    seen(grid_worker, phone, a_queue(survey, 3))
    fewer = PhoneQueue.objects.get().waiting_count
    seen(grid_worker, phone)

    assert first == 204
    assert then == (19, 2, 4, since)
    assert (kept.phone.phone, kept.phone.user) == (phone, grid_worker)
    assert fewer == 3
    assert PhoneQueue.objects.get().waiting_count == 0


def test_two_people_on_one_phone_report_each_their_own(survey, grid_worker, community_worker):
    phone = uuid4()
    seen(grid_worker, phone, a_queue(survey, 5))
    seen(community_worker, phone, a_queue(survey, 7))

    assert {queue.phone.user: queue.waiting_count for queue in PhoneQueue.objects.all()} == {
        grid_worker: 5,
        community_worker: 7,
    }


def test_nobody_reports_of_a_survey_that_is_not_theirs_to_see(survey, outsider, grid_worker):
    assert seen(grid_worker, uuid4(), a_queue(survey, 1)) == 204
    assert seen(outsider, uuid4(), a_queue(survey, 1)) == 204

    assert PhoneQueue.objects.get().phone.user == grid_worker


def test_a_phone_whose_owner_lost_the_role_still_says_what_is_stuck_on_it(survey, grid_worker):
    phone = uuid4()
    signed_in(grid_worker).get(f"/field/surveys/{survey.pk}/pack/", {"phone": str(phone), "take": 1})
    grid_worker.assignments.update(ends_on=timezone.localdate() - timedelta(days=1))

    assert seen(grid_worker, phone, a_queue(survey, 6)) == 204

    kept = PhoneQueue.objects.get()
    assert kept.waiting_count == 6
    assert kept.taken_at is not None


# --- Name and phone --------------------------------------------------------------------------------


def test_name_and_phones_are_opened_door_by_door_and_that_is_kept(survey, cast, committee_member):
    answer = signed_in(committee_member).post(f"/field/surveys/{survey.pk}/doors/{cast.doors[0].pk}/reveal/")

    assert answer.json() == {"name": "周敏", "phones": ["13812342071"]}
    entry = HistoryEntry.objects.get(act="personal_fields_read")
    assert (entry.by, entry.resource, entry.object_id) == (committee_member, "households", cast.doors[0].pk)


def test_a_door_of_another_grid_is_not_there(survey, cast, grid_worker):
    own, other = (
        signed_in(grid_worker).post(f"/field/surveys/{survey.pk}/doors/{door.pk}/reveal/").status_code
        for door in (cast.doors[0], cast.doors[2])
    )

    assert (own, other) == (200, 404)
    assert HistoryEntry.objects.filter(act="personal_fields_read").count() == 1


def test_the_committee_opens_nothing_between_the_rounds(survey, cast, committee_member):
    for _ in range(3):
        close_round(survey=survey, by=survey.opened_by, reason="雨天")

    answer = signed_in(committee_member).post(f"/field/surveys/{survey.pk}/doors/{cast.doors[0].pk}/reveal/")

    assert answer.status_code == 404
    assert not HistoryEntry.objects.filter(act="personal_fields_read").exists()


# --- Visits handed over ----------------------------------------------------------------------------


def test_a_late_visit_is_handed_over_and_the_phone_hears_what_became_of_it(
    survey, cast, committee_member, community_worker
):
    late = [a_visit(door, party=("owners_committee",), round=1, note="先修排水") for door in cast.doors[:2]]
    close_round(survey=survey, by=community_worker, reason="雨天", at=survey.opened_at)
    close_round(survey=survey, by=community_worker, reason="雨天")

    first = hand(committee_member, survey, late[0], "wrong_round", "wrong_party")
    again = hand(committee_member, survey, late[0])
    hand(committee_member, survey, late[1])
    waiting = signed_in(committee_member).get("/field/hello/").json()["handed"]
    entered, aside = HandedVisit.objects.order_by("pk")
    answer = enter_handed(handed=entered, by=community_worker, note="补录")
    set_aside(handed=aside, by=community_worker, reason="与第二轮重复")
    told = signed_in(committee_member).get("/field/hello/").json()["handed"]

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == {"client_id": str(late[0].client_id), "status": "waiting"}
    assert (content_of(entered), entered.refusals) == (late[0], ["wrong_round", "wrong_party"])
    assert [row["status"] for row in waiting] == ["waiting", "waiting"]
    assert told == [
        {
            "client_id": str(late[0].client_id),
            "status": "entered",
            "sequence": 0,
            "receipt_code": answer.receipt_code,
            "reason": "",
        },
        {
            "client_id": str(late[1].client_id),
            "status": "set_aside",
            "sequence": None,
            "receipt_code": None,
            "reason": "与第二轮重复",
        },
    ]
    assert signed_in(community_worker).get("/field/hello/").json()["handed"] == []


def test_hello_forgets_what_was_settled_a_month_ago_and_nothing_that_waits(
    survey, cast, committee_member, community_worker
):
    for door in cast.doors[:2]:
        hand(committee_member, survey, a_visit(door))
    set_aside(handed=HandedVisit.objects.earliest("pk"), by=community_worker, reason="重复")
    HandedVisit.objects.update(handed_at=timezone.now() - timedelta(days=60))
    HandedVisit.objects.filter(status="set_aside").update(settled_at=timezone.now() - timedelta(days=31))

    told = signed_in(committee_member).get("/field/hello/").json()["handed"]

    assert [row["status"] for row in told] == ["waiting"]


def test_the_committee_hands_over_after_its_last_round_and_after_the_survey(
    survey, cast, committee_member, community_worker
):
    """It sees no doors then, but what it logged at them must not be stuck on the phone."""
    for _ in range(3):
        close_round(survey=survey, by=community_worker, reason="雨天")
    between = hand(committee_member, survey, a_visit(cast.doors[0]))
    close_survey(
        survey=survey, by=community_worker, reason="户数不足", revisit_on=timezone.localdate() + timedelta(days=90)
    )
    after = hand(committee_member, survey, a_visit(cast.doors[1]), "survey_closed")

    assert (between.status_code, after.status_code) == (201, 201)


def test_only_a_door_that_one_may_log_at_is_handed_over(survey, cast, grid_worker):
    assert hand(grid_worker, survey, a_visit(cast.doors[0])).status_code == 201
    for household in (cast.doors[2].pk, cast.other_doors[0].pk, 2**62):
        assert hand(grid_worker, survey, a_visit(household)).status_code == 404
    assert HandedVisit.objects.count() == 1


def test_a_visit_that_is_in_the_ledger_or_was_handed_over_by_another_is_refused(
    survey, cast, committee_member, community_worker
):
    taken, handed = a_visit(cast.doors[0]), a_visit(cast.doors[1])
    record_visits(survey=survey, visits=[taken], by=committee_member)
    hand(community_worker, survey, handed)

    in_ledger = hand(committee_member, survey, taken)
    of_another = hand(committee_member, survey, handed)
    changed = hand(community_worker, survey, replace(handed, note="别的"))

    assert (in_ledger.status_code, in_ledger.json()["code"]) == (409, "already_recorded")
    assert (of_another.status_code, of_another.json()["code"]) == (409, "client_id_reused")
    assert (changed.status_code, changed.json()["code"]) == (409, "client_id_reused")
    assert (Visit.objects.count(), HandedVisit.objects.count()) == (1, 1)


def test_each_fault_of_a_visit_is_said_at_its_place(survey, cast, community_worker):
    body = {
        "visit": {**as_item(a_visit(cast.doors[0])), "outcome": "maybe", "party": "grid"},
        "errors": ["wrong_round"],
    }

    answer = signed_in(community_worker).post(f"/field/surveys/{survey.pk}/handed/", body)

    assert answer.status_code == 400
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [
        ("/visit/outcome", "malformed"),
        ("/visit/party", "malformed"),
    ]


@pytest.mark.parametrize("role", [Role.PROPERTY_CLERK, Role.DISTRICT_OFFICIAL, Role.AUDITOR, Role.PARTY_SECRETARY])
def test_who_logs_no_visits_has_nothing_in_hand(survey, cast, role):
    territory = cast.home.code if role in (Role.PROPERTY_CLERK, Role.PARTY_SECRETARY) else HERE[:6]
    browser = signed_in(make_user(role, territory))

    found = browser.get("/field/hello/").json()

    assert (found["surveys"], found["parties"]) == ([], [])
    assert browser.get(f"/field/surveys/{survey.pk}/pack/").status_code in (403, 404)
