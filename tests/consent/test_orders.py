"""Residents order: the report, its page and its resource hold the numbers of the result, whoever asks and whenever."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.choices import Role
from consent.models import Survey
from consent.reports.orders import AS_OF, LIVE, Orders, orders_as_of, orders_of, orders_to_show
from consent.reports.results import result_as_of, result_of
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from tests.api.helpers import signed_in
from tests.consent.casts import a_visit, make_doors, make_survey
from tests.consent.walked_survey import open_walked, walk, withdraw
from tests.factories import COMMUNITY, make_building, make_household, make_neighbourhood, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ordered():
    """Ten doors in two buildings: in the first B03 three times and U11 once, in the second B03 once; a no, a verbal
    yes and a no-answer besides. The menu is B01 (must-do), B03 and U11.
    """
    survey, doors, worker = make_survey()
    record_visits(
        survey=survey,
        visits=[
            a_visit(doors[0], menu_items=("B03", "U11")),
            a_visit(doors[1], menu_items=("B03",)),
            a_visit(doors[2], given="verbal", menu_items=("B03",)),
            a_visit(doors[3]),
            a_visit(doors[4], "opposes", menu_items=("U11",)),
            a_visit(doors[5], menu_items=("B03",)),
            a_visit(doors[6], "no_answer"),
        ],
        by=worker,
    )
    survey.refresh_from_db()
    return survey, doors, worker


def told(orders: Orders) -> tuple[dict[str, int], list[dict[str, int]]]:
    """The orders of the whole and of each building, of what was ordered at all."""
    return dict(orders.total.orders), [dict(group.orders) for group in orders.groups]


def test_orders_are_told_by_item_and_building_with_the_households_behind_each(ordered):
    survey, _doors, _worker = ordered

    orders = orders_of(survey, sees_doors=True)

    assert told(orders) == ({"B03": 4, "U11": 1}, [{"B03": 3, "U11": 1}, {"B03": 1}])
    assert (orders.total.households, orders.total.answered, orders.total.ordering) == (10, 6, 4)
    assert [(group.households, group.answered, group.ordering) for group in orders.groups] == [(5, 5, 3), (5, 1, 1)]
    items = {found.item.code: found for found in orders.items_of(orders.total)}
    assert list(items) == ["B01", "B03", "U11"]
    assert (str(items["B03"].of_roll), str(items["B03"].of_answered)) == ("0.4000", "0.6666")
    assert (items["B01"].orders, items["B01"].item.mandatory) == (0, True)


def test_the_latest_answer_of_a_household_is_the_one_whose_order_counts(ordered):
    survey, doors, worker = ordered
    later = timezone.now() + timedelta(minutes=1)

    record_visits(
        survey=survey,
        visits=[
            a_visit(doors[0], menu_items=("U11",), visited_at=later),
            a_visit(doors[1], "not_yet", visited_at=later),
            a_visit(doors[5], "no_answer", visited_at=later),
        ],
        by=worker,
    )

    orders = orders_of(survey, sees_doors=True)
    assert told(orders) == ({"B03": 2, "U11": 1}, [{"B03": 1, "U11": 1}, {"B03": 1}])
    assert orders.total.orders == result_of(survey).menu_items


def test_before_anybody_answered_there_is_no_share_of_those_who_did():
    survey, _doors, _worker = make_survey()

    orders = orders_of(survey, sees_doors=True)

    (first, *_rest) = orders.items_of(orders.total)
    assert (first.orders, str(first.of_roll), first.of_answered) == (0, "0.0000", None)


def test_page_resource_and_result_hold_the_same_numbers(ordered, client):
    survey, _doors, worker = ordered
    client.force_login(worker)
    api = signed_in(worker)

    result = api.get(f"/api/v1/surveys/{survey.pk}/result/").json()
    resource = api.get(f"/api/v1/surveys/{survey.pk}/orders/").json()
    page = client.get(f"/surveys/{survey.pk}/orders/").content.decode()

    on_page = {code: int(n) for code, n in re.findall(r'data-testid="order-(\w+)" data-orders="(\d+)"', page)}
    assert result["menu_items"] == {"B03": 4, "U11": 1}
    assert {row["code"]: row["orders"] for row in resource["items"] if row["orders"]} == result["menu_items"]
    assert {code: n for code, n in on_page.items() if n} == result["menu_items"]
    assert on_page["B01"] == 0
    summed: dict[str, int] = {}
    for row in resource["by_building"]:
        for code, number in row["orders"].items():
            summed[code] = summed.get(code, 0) + number
    assert summed == result["menu_items"]
    assert (resource["households"], resource["answered"], resource["ordering"]) == (result["households"], 6, 4)
    assert resource["as_of"] is None


def test_a_closed_survey_keeps_its_orders_and_what_came_after_stands_beside_them(client):
    walked = open_walked()
    walk(walked)
    walked.close()
    withdraw(walked)
    api = signed_in(walked.staff)
    client.force_login(walked.staff)
    client.cookies["django_language"] = "en"
    url = f"/surveys/{walked.survey.pk}/orders/"

    closed = orders_to_show(walked.survey, sees_doors=True)

    assert told(closed) == ({"B03": 1, "U11": 1}, [{"B03": 1, "U11": 1}])
    assert closed.total.ordering == 1
    assert told(orders_of(walked.survey, sees_doors=True)) == ({}, [{}])
    resource = api.get(f"/api/v1{url}").json()
    assert {row["code"]: row["orders"] for row in resource["items"] if row["orders"]} == {"B03": 1, "U11": 1}
    assert api.get(f"/api/v1/surveys/{walked.survey.pk}/result/").json()["menu_items"] == {"B03": 1, "U11": 1}
    assert resource["as_of"] is not None
    assert 'data-testid="order-B03" data-orders="1"' in client.get(url).content.decode()
    assert 'data-testid="order-B03"' not in client.get(f"{url}?at=now").content.decode()


def test_orders_of_any_moment_are_those_of_the_result_of_that_moment():
    """The statement over the ledger and the pure function agree: corrections, amendments and withdrawals included."""
    walked = open_walked()
    walked.record(
        walked.visit(0, "supports", menu_items=("B03", "U11")), walked.visit(1, "supports", menu_items=("B03",))
    )
    wrong_door = walked.visit(2, "supports", menu_items=("U11",))
    walked.record(wrong_door)
    walked.record(walked.visit(3, "supports", menu_items=("U11",), supersedes=wrong_door.client_id))
    walked.record(walked.visit(1, "no_answer"), walked.visit(4, "not_yet", menu_items=("B03",)))
    walk_end = walked.at
    walked.record(walked.visit(0, "opposes"))
    moments = [walked.at - timedelta(hours=step) for step in range(6)]

    found = {at: orders_as_of(walked.survey, at, sees_doors=True) for at in moments}

    for at, orders in found.items():
        counted: dict[str, int] = {}
        for group in orders.groups:
            for code, number in group.orders.items():
                counted[code] = counted.get(code, 0) + number
        assert counted == orders.total.orders == result_as_of(walked.survey, at).menu_items
    assert found[walk_end].total.orders == {"B03": 2, "U11": 2}
    assert found[walked.at].total.orders == {"B03": 1, "U11": 1}
    assert found[moments[-1]].total.orders == {}


def test_small_buildings_are_put_together_for_who_may_not_see_the_doors():
    neighbourhood = make_neighbourhood()
    doors = []
    for number, size in (("1", 6), ("2", 3), ("3", 4)):
        building = make_building(neighbourhood=neighbourhood, number=number)
        doors += [make_household(building=building) for _ in range(size)]
    survey, _doors, worker = make_survey(households=doors)
    record_visits(
        survey=survey, visits=[a_visit(door, menu_items=("B03",)) for door in (doors[0], doors[6], doors[9])], by=worker
    )

    seen = orders_of(survey, sees_doors=True)
    hidden = orders_of(survey, sees_doors=False)

    assert [(g.row.number, dict(g.orders)) for g in seen.groups] == [
        ("1", {"B03": 1}),
        ("2", {"B03": 1}),
        ("3", {"B03": 1}),
    ]
    assert [(g.row.number, g.households, dict(g.orders)) for g in hidden.groups] == [
        ("1", 6, {"B03": 1}),
        ("", 7, {"B03": 2}),
    ]


def test_what_is_too_small_even_together_is_not_told(client):
    survey, doors, worker = make_survey(households=make_doors(buildings=1, doors=3))
    record_visits(survey=survey, visits=[a_visit(doors[0], menu_items=("B03",))], by=worker)
    official = make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6])
    building = doors[0].building_id
    assert signed_in(worker).get(f"/api/v1/surveys/{survey.pk}/orders/").json()["by_building"][0]["orders"] == {
        "B03": 1
    }

    (row,) = signed_in(official).get(f"/api/v1/surveys/{survey.pk}/orders/").json()["by_building"]
    client.force_login(official)
    page = client.get(f"/surveys/{survey.pk}/orders/?building={building}")

    assert row == {
        "building": None, "number": "", "buildings": 1,
        "households": None, "answered": None, "ordering": None, "orders": None,
    }  # fmt: skip
    assert page.context["chosen"] is None
    assert client.get(f"/surveys/{survey.pk}/orders/?building=small").context["chosen"] is None


def test_the_page_narrows_to_a_building_and_reads_what_is_no_building_as_all(ordered, client):
    survey, doors, worker = ordered
    client.force_login(worker)
    url = f"/surveys/{survey.pk}/orders/"

    one = client.get(url, {"building": doors[5].building_id})

    assert one.context["shown"].orders == {"B03": 1}
    assert 'data-testid="order-B03" data-orders="1"' in one.content.decode()
    for building in ("0", "x", "\x00", "9" * 30):
        answer = client.get(url, {"building": building})
        assert (answer.status_code, answer.context["chosen"]) == (200, None)


def test_must_do_items_stand_on_the_page_without_being_ordered(ordered, client):
    survey, _doors, worker = ordered
    client.force_login(worker)
    client.cookies["django_language"] = "en"

    page = re.sub(r"\s+", " ", client.get(f"/surveys/{survey.pk}/orders/").content.decode())

    assert 'Item B01 <span class="label num">B01</span> <span class="badge">must-do, in anyway</span>' in page
    assert "4 households ordered, of 6 that answered" in page


def test_who_reads_what_is_published_reads_the_orders_as_they_were_closed():
    walked = open_walked()
    walk(walked)
    walked.close()
    withdraw(walked)
    clerk = make_user(Role.PROPERTY_CLERK, walked.neighbourhood.code)
    api = signed_in(clerk)
    url = f"/surveys/{walked.survey.pk}/orders/"

    assert api.get(f"/api/v1{url}").status_code == 200
    assert api.get(f"/api/v1{url}", {"as_of": timezone.now().isoformat()}).status_code == 403
    assert api.get(url).status_code == 200
    assert api.get(f"{url}?at=now").status_code == 403
    assert signed_in(walked.staff).get(f"{url}?at=now").status_code == 200


def test_an_open_survey_has_no_orders_for_who_reads_what_is_published(ordered):
    survey, _doors, worker = ordered
    api = signed_in(make_user(Role.PROPERTY_CLERK, survey.neighbourhood.code))
    assert signed_in(worker).get(f"/api/v1/surveys/{survey.pk}/orders/").status_code == 200

    assert api.get(f"/surveys/{survey.pk}/orders/").status_code == 404
    assert api.get(f"/api/v1/surveys/{survey.pk}/orders/").status_code == 404


def test_a_parameter_that_cannot_be_read_is_refused(ordered):
    survey, _doors, worker = ordered
    api = signed_in(worker)

    assert api.get(f"/api/v1/surveys/{survey.pk}/orders/?as_of=yesterday").status_code == 400
    assert api.get(f"/api/v1/surveys/{survey.pk}/orders/?building=1").status_code == 400


def test_orders_cost_the_same_queries_for_few_doors_and_for_many(django_assert_num_queries):
    for buildings, doors in ((1, 2), (4, 6)):
        made = make_doors(buildings=buildings, doors=doors)
        survey, _doors, worker = make_survey(households=made) if buildings == 1 else _another(made)
        record_visits(survey=survey, visits=[a_visit(door, menu_items=("B03", "U11")) for door in made], by=worker)
        survey = Survey.objects.select_related("neighbourhood").get(pk=survey.pk)
        with django_assert_num_queries(6):
            orders_of(survey, sees_doors=True)
        close_survey(survey=survey, by=worker)
        survey = Survey.objects.select_related("neighbourhood").get(pk=survey.pk)
        with django_assert_num_queries(5):
            orders_to_show(survey, sees_doors=True)


def _another(made):
    worker = make_user(territory=made[0].neighbourhood.community_code)
    return open_survey(neighbourhood=made[0].neighbourhood, title="二", closes_on=None, by=worker), made, worker


def test_both_statements_count_in_the_same_way():
    assert LIVE.split("SELECT building_id", 1)[1] == AS_OF.split("SELECT building_id", 1)[1]
