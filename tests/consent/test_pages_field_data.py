"""What the field page asks for in the background: who is there, and the doors to take along."""

import base64
import gzip
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.models import FieldPhone, PhoneQueue, Survey
from consent.pages.field_shell import shell_version
from consent.rules.visits import COMMITMENTS
from consent.services.rolls import amend_roll
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from renovation.models import FundingSource, Household, HouseholdShare, RenovationPlan
from tests.api.helpers import signed_in
from tests.cast import HERE, Cast
from tests.consent.casts import EVERYBODY, a_visit, make_doors, make_frozen_plan, make_policy
from tests.factories import make_building, make_household, make_menu_edition, make_neighbourhood, make_stairwell

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey(cast: Cast, community_worker: Any) -> Survey:
    """An open survey of the cast's home, in round 1."""
    make_policy()
    make_menu_edition()
    return open_survey(neighbourhood=cast.home, title="征询", closes_on=None, by=community_worker)


def hello(user: Any, **query: Any) -> dict[str, Any]:
    answer = signed_in(user).get("/field/hello/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def pack(user: Any, survey: Survey, **query: Any) -> dict[str, Any]:
    answer = signed_in(user).get(f"/field/surveys/{survey.pk}/pack/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def units(found: dict[str, Any]) -> list[int]:
    return [door["household"] for door in found["doors"]]


# --- Hello -----------------------------------------------------------------------------------------


def test_hello_says_who_is_there_and_what_is_in_hand(survey, cast, grid_worker, community_worker):
    record_visits(survey=survey, visits=[a_visit(cast.doors[0])], by=community_worker)

    found = hello(community_worker)

    assert found["user"] == {"id": community_worker.pk, "name": "community", "unit": "", "username": "community"}
    assert (found["language"], found["parties"], found["secret"]) == ("zh-hans", ["community"], None)
    assert (found["version"], found["handed"]) == (shell_version(), [])
    assert found["surveys"] == [
        {
            "id": survey.pk,
            "title": "征询",
            "neighbourhood": "嘉明花园",
            "is_runner": True,
            "round": 1,
            "left": 3,
            "supports": 1,
            "denominator": 4,
            "missing": 3,
            "pass_share": "0.9500",
            "rate": "25.0%",
            "buildings": [
                {"id": cast.doors[0].building_id, "number": "1", "doors": 2, "due": 1},
                {"id": cast.doors[2].building_id, "number": "2", "doors": 2, "due": 2},
            ],
        }
    ]


def test_what_is_left_is_what_the_caller_may_do_in_this_round(survey, cast, grid_worker, committee_member):
    """Round 1 is the committee's, and a grid worker sees the own grid only."""
    first = [hello(user)["surveys"][0] for user in (grid_worker, committee_member)]
    close_round(survey=survey, by=survey.opened_by, reason="改由网格员上门")
    second = [hello(user)["surveys"][0] for user in (grid_worker, committee_member)]

    assert [(found["round"], found["left"]) for found in first] == [(1, 0), (1, 4)]
    assert [(found["round"], found["left"]) for found in second] == [(2, 2), (2, 0)]
    assert [found["is_runner"] for found in first] == [False, False]
    assert [building["number"] for building in first[0]["buildings"]] == ["1"]


def test_a_person_on_a_phone_has_one_secret_and_another_person_another(survey, grid_worker, community_worker):
    phone, other = str(uuid4()), str(uuid4())

    hers, again = hello(grid_worker, phone=phone)["secret"], hello(grid_worker, phone=phone)["secret"]
    his, elsewhere = hello(community_worker, phone=phone)["secret"], hello(grid_worker, phone=other)["secret"]

    assert hers == again
    assert len({hers, his, elsewhere}) == 3
    assert len(base64.b64decode(hers, validate=True)) == 32
    assert FieldPhone.objects.count() == 3


def test_the_secret_lies_encrypted_and_a_phone_that_was_lost_gets_a_new_one(survey, grid_worker):
    phone = str(uuid4())
    secret = hello(grid_worker, phone=phone)["secret"]
    kept = bytes(FieldPhone.objects.get().secret)

    FieldPhone.objects.all().delete()

    assert base64.b64decode(secret) not in kept
    assert secret.encode() not in kept
    assert hello(grid_worker, phone=phone)["secret"] != secret


def test_hello_tells_sessions_of_one_person_apart(grid_worker):
    first, second = signed_in(grid_worker), signed_in(grid_worker)

    marks = [browser.get("/field/hello/").json()["session"] for browser in (first, first, second)]

    assert marks[0] == marks[1] != marks[2]
    assert first.session.session_key not in marks


def test_hello_keeps_when_the_phone_was_seen_and_what_it_calls_itself(survey, grid_worker):
    phone = str(uuid4())
    hello(grid_worker, phone=phone, name="Android · Chrome " + "x" * 200)
    FieldPhone.objects.update(last_seen_at=timezone.now() - timedelta(days=1))

    hello(grid_worker, phone=phone)

    kept = FieldPhone.objects.get()
    assert timezone.now() - kept.last_seen_at < timedelta(minutes=1)
    assert (kept.name[:16], len(kept.name)) == ("Android · Chrome", 80)


def queries_of(user: Any, url: str) -> int:
    """How many queries a request takes of somebody who is signed in."""
    browser = signed_in(user)
    with CaptureQueriesContext(connection) as found:
        assert browser.get(url).status_code == 200
    return len(found)


def test_hello_costs_the_same_with_one_survey_and_with_three(survey, community_worker):
    first = queries_of(community_worker, "/field/hello/")
    for _ in range(2):
        households = make_doors(neighbourhood=make_neighbourhood(community_code=HERE))
        open_survey(neighbourhood=households[0].neighbourhood, title="征询", closes_on=None, by=community_worker)

    assert len(hello(community_worker)["surveys"]) == 3
    assert queries_of(community_worker, "/field/hello/") == first


# --- The pack --------------------------------------------------------------------------------------


def test_the_pack_has_what_is_asked_at_the_doors(survey, cast, committee_member):
    visit = a_visit(cast.doors[0], menu_items=("B03",), reasons=("cost",), note="先修排水")
    record_visits(survey=survey, visits=[visit], by=committee_member)

    found = pack(committee_member, survey)

    assert found["survey"] == {
        "id": survey.pk,
        "title": "征询",
        "neighbourhood": "嘉明花园",
        "is_open": True,
        "round": 1,
        "rounds": [{"number": 1, "closed_at": None}],
        "count_verbal": False,
        "may_log": [1, 3],
        "may_out_of_round": False,
        "is_runner": False,
        "plans": [],
    }
    assert found["figures"] == {
        "roll": 4,
        "denominator": 4,
        "supports": 1,
        "needed": 4,
        "missing": 3,
        "visited": 1,
    }
    assert [item["code"] for item in found["menu"]] == ["B01", "B03", "U11"]
    assert found["menu"][1] == {
        "code": "B03",
        "name": "项目B03",
        "category": "basic",
        "category_name": "基础类",
        "mandatory": False,
    }
    assert found["buildings"] == [
        {"id": cast.doors[0].building_id, "number": "1", "doors": 2, "due": 1},
        {"id": cast.doors[2].building_id, "number": "2", "doors": 2, "due": 2},
    ]
    assert units(found) == [door.pk for door in cast.doors]
    assert found["doors"][0] == {
        "household": cast.doors[0].pk,
        "building": cast.doors[0].building_id,
        "stairwell": "1",
        "floor": 1,
        "unit": "101",
        "area": "86.50",
        "occupancy": cast.doors[0].occupancy,
        "name": "周**",
        "phones": ["138****2071"],
        "stance": "supports",
        "given": "signed",
        "counts": True,
        "round": 1,
        "listed": "visited",
        "on_roll": True,
        "share": None,
        "visits": [
            {
                "client_id": str(visit.client_id),
                "visited_at": found["doors"][0]["visits"][0]["visited_at"],
                "round": 1,
                "outcome": "supports",
                "given": "signed",
                "respondent": "owner",
                "reasons": ["cost"],
                "note": "先修排水",
                "by": committee_member.pk,
                "by_name": "committee",
                "party": sorted(EVERYBODY),
                "commitments": dict.fromkeys(COMMITMENTS, True),
                "menu_items": ["B03"],
                "plan": None,
                "has_photo": False,
                "is_corrected": False,
            }
        ],
    }
    assert found["doors"][1]["visits"] == []
    assert (found["doors"][1]["stance"], found["doors"][1]["listed"]) == ("not_visited", "due")


def test_the_pack_carries_the_plan_to_show_and_what_each_household_is_to_pay(survey, cast, community_worker):
    first, second, *_ = cast.doors
    make_frozen_plan(cast.home, 1, {first: "900.00"}, total="1500000.00")
    shown = make_frozen_plan(cast.home, 2, {first: "1250.00", second: "0.01"})
    other = FundingSource.objects.create(
        neighbourhood=cast.home, kind="residents", name="加装电梯", route="by_household"
    )
    draft = RenovationPlan.objects.create(
        neighbourhood=cast.home, number=3, menu_edition=shown.menu_edition, total="9.00"
    )
    HouseholdShare.objects.create(plan=draft, source=other, household=first, weight=1, amount="7.00")
    record_visits(survey=survey, visits=[a_visit(first, plan=1), a_visit(second)], by=community_worker)

    found = pack(community_worker, survey)

    assert [(plan["number"], plan["total"]) for plan in found["survey"]["plans"]] == [
        (1, "1500000.00"),
        (2, "1790720.00"),
    ]
    assert datetime.fromisoformat(found["survey"]["plans"][1]["frozen_at"]) == shown.frozen_at
    assert [door["share"] for door in found["doors"]] == ["1250.00", "0.01", None, None]
    assert [[visit["plan"] for visit in door["visits"]] for door in found["doors"]] == [[1], [None], [], []]


def test_what_a_household_pays_of_several_sources_is_one_sum(survey, cast, community_worker):
    edition = make_frozen_plan(cast.home, 1).menu_edition
    plan = RenovationPlan.objects.create(neighbourhood=cast.home, number=2, menu_edition=edition)
    for name, amount in (("单元门", "310.55"), ("楼道", "99.46")):
        source = FundingSource.objects.create(
            neighbourhood=cast.home, kind="residents", name=name, route="by_household"
        )
        HouseholdShare.objects.create(plan=plan, source=source, household=cast.doors[0], weight=1, amount=amount)
    RenovationPlan.objects.filter(pk=plan.pk).update(state="frozen", digest="0" * 64, frozen_at=timezone.now())

    assert pack(community_worker, survey)["doors"][0]["share"] == "410.01"


def test_a_plan_costs_the_pack_two_queries_whatever_its_size(survey, cast, community_worker):
    url = f"/field/surveys/{survey.pk}/pack/"
    without = queries_of(community_worker, url)

    make_frozen_plan(cast.home, 1, dict.fromkeys(cast.doors[:1], "1.00"))
    with_one = queries_of(community_worker, url)
    make_frozen_plan(cast.home, 2, dict.fromkeys(cast.doors, "1.00"))

    assert (with_one, queries_of(community_worker, url)) == (without + 2, without + 2)


def test_nobody_gets_a_name_or_a_phone_unmasked(survey, cast, community_worker):
    text = signed_in(community_worker).get(f"/field/surveys/{survey.pk}/pack/").content.decode()

    assert "周**" in text
    assert "周敏" not in text
    assert "13812342071" not in text


def test_the_pack_says_whose_doors_they_are(survey, cast, community_worker, grid_worker):
    found = [pack(user, survey)["user"] for user in (community_worker, grid_worker)]

    assert found == [community_worker.pk, grid_worker.pk]


def test_the_pack_of_some_buildings_names_all_of_them(survey, cast, community_worker):
    second = cast.doors[2].building_id

    found = pack(community_worker, survey, buildings=f"{second},{10**17}")

    assert units(found) == [door.pk for door in cast.doors[2:]]
    assert [building["number"] for building in found["buildings"]] == ["1", "2"]
    assert found["mark"] != pack(community_worker, survey)["mark"]


def test_a_grid_worker_takes_the_own_grid_and_no_other(survey, cast, grid_worker, community_worker):
    assert len(units(pack(community_worker, survey))) == 4

    found = pack(grid_worker, survey, buildings=f"{cast.doors[0].building_id},{cast.doors[2].building_id}")

    assert units(found) == [door.pk for door in cast.doors[:2]]
    assert [building["number"] for building in found["buildings"]] == ["1"]
    assert found["figures"]["roll"] == 4


def test_a_committee_member_takes_no_doors_while_no_round_is_open(survey, cast, committee_member):
    for _ in range(3):
        close_round(survey=survey, by=survey.opened_by, reason="人手不足")

    found = pack(committee_member, survey)

    assert (found["doors"], found["buildings"], found["survey"]["round"]) == ([], [], None)
    assert pack(survey.opened_by, survey)["doors"][0]["listed"] is None


def test_a_closed_survey_is_taken_along_by_who_may_log_out_of_round(
    survey, cast, community_worker, grid_worker, committee_member
):
    close_survey(
        survey=survey, by=community_worker, reason="户数不足", revisit_on=timezone.localdate() + timedelta(days=90)
    )
    address = f"/field/surveys/{survey.pk}/pack/"

    found = pack(community_worker, survey)

    assert (found["survey"]["is_open"], found["survey"]["may_out_of_round"], len(found["doors"])) == (False, True, 4)
    for user in (grid_worker, committee_member):
        refused = signed_in(user).get(address)
        assert (refused.status_code, refused.json()["code"]) == (409, "survey_closed")


def test_the_rounds_say_when_they_closed(survey, cast, community_worker):
    close_round(survey=survey, by=community_worker, reason="雨天", at=survey.opened_at + timedelta(hours=8))

    found = pack(community_worker, survey)["survey"]

    assert found["round"] == 2
    assert [row["number"] for row in found["rounds"]] == [1, 2]
    assert datetime.fromisoformat(found["rounds"][0]["closed_at"]) == survey.opened_at + timedelta(hours=8)


def test_a_round_leaves_out_what_it_does_not_visit(survey, cast, community_worker):
    record_visits(survey=survey, visits=[a_visit(cast.doors[0])], by=community_worker)
    close_round(survey=survey, by=community_worker, reason="雨天")
    amend_roll(survey=survey, household=cast.doors[3], action="remove", reason="已合户", by=community_worker)

    found = pack(community_worker, survey)

    assert [door["listed"] for door in found["doors"]][:3] == ["out", "due", "due"]
    assert [door["on_roll"] for door in found["doors"]] == [True, True, True, False]
    assert [building["doors"] for building in found["buildings"]] == [2, 1]
    assert [building["due"] for building in found["buildings"]] == [1, 1]


def test_three_visits_come_along_latest_first_and_the_last_answer_is_among_them(survey, cast, community_worker):
    """What stands goes before what was corrected, and four evenings without anybody do not hide the no."""
    start, door = survey.opened_at, cast.doors[0]
    slip = a_visit(door, "opposes", visited_at=start + timedelta(hours=1))
    answer = a_visit(door, "not_yet", visited_at=start + timedelta(hours=1), supersedes=slip.client_id)
    evenings = [a_visit(door, "no_answer", visited_at=start + timedelta(hours=2 + hour)) for hour in range(4)]
    answers = record_visits(
        survey=survey, visits=[slip, answer, *evenings], by=community_worker, at=start + timedelta(days=1)
    ).answers
    assert {found.status for found in answers} == {"recorded"}

    visits = pack(community_worker, survey)["doors"][0]["visits"]

    assert [visit["client_id"] for visit in visits] == [
        str(visit.client_id) for visit in (evenings[3], evenings[2], answer)
    ]
    assert [visit["is_corrected"] for visit in visits] == [False] * 3


def test_a_visit_that_was_corrected_says_so(survey, cast, community_worker):
    slip = a_visit(cast.doors[0], "opposes")
    fixed = a_visit(cast.doors[1], "opposes", supersedes=slip.client_id)
    record_visits(survey=survey, visits=[slip, fixed], by=community_worker)

    first, second, *_rest = pack(community_worker, survey)["doors"]

    assert [visit["is_corrected"] for visit in first["visits"]] == [True]
    assert [visit["is_corrected"] for visit in second["visits"]] == [False]
    assert (first["stance"], second["stance"]) == ("not_visited", "opposes")


def test_a_pack_that_the_phone_has_is_not_sent_again(survey, cast, community_worker):
    browser, address = signed_in(community_worker), f"/field/surveys/{survey.pk}/pack/"
    mark = pack(community_worker, survey)["mark"]

    same = browser.get(address, {"known": mark})
    record_visits(survey=survey, visits=[a_visit(cast.doors[0])], by=community_worker)
    changed = browser.get(address, {"known": mark})

    assert (same.status_code, same.content) == (204, b"")
    assert changed.status_code == 200
    assert changed.json()["mark"] not in ("", mark)


def test_taking_a_survey_along_is_noted_with_the_phone(survey, cast, grid_worker):
    phone = uuid4()
    pack(grid_worker, survey, phone=str(phone))
    assert PhoneQueue.objects.count() == 0

    mark = pack(grid_worker, survey, phone=str(phone), take=1)["mark"]
    again = signed_in(grid_worker).get(
        f"/field/surveys/{survey.pk}/pack/", {"phone": str(phone), "take": 1, "known": mark}
    )

    queue = PhoneQueue.objects.get()
    assert again.status_code == 204
    assert (queue.phone.phone, queue.phone.user, queue.survey) == (phone, grid_worker, survey)
    assert timezone.now() - queue.taken_at < timedelta(minutes=1)


NOTES = ("担心费用太高", "想先修排水再谈其他", "老人独居，晚上七点以后在家", "业主在武汉，要打电话", "")


def make_walked_survey(doors: int, by: Any) -> Survey:
    """Doors as there are: six floors, three stairwells, names, numbers and areas of all kinds, two visits at each."""
    chance = Random(3)
    neighbourhood = make_neighbourhood(community_code=HERE)
    households: list[Household] = []
    for place in range(doors):
        if place % 36 == 0:
            building = make_building(neighbourhood=neighbourhood, number=str(place // 36 + 1), floor_count=6)
        if place % 12 == 0:
            stairwell = make_stairwell(building=building, number=str(place % 36 // 12 + 1))
        floor = place % 12 // 2 + 1
        households.append(
            make_household(
                stairwell=stairwell,
                unit_number=f"{floor}0{place % 2 + 1}",
                floor=floor,
                head_name=chance.choice("王李张刘陈杨赵黄周吴") + chance.choice("伟芳娜敏静丽强磊洋艳勇杰"),
                phones=[f"1{chance.randrange(3 * 10**9, 9 * 10**9)}"],
                gross_floor_area=f"{chance.randrange(4500, 14000) / 100:.2f}",
            )
        )
    survey = open_survey(neighbourhood=neighbourhood, title="嘉明花园改造征询", closes_on=None, by=by)
    start, visits = survey.opened_at, []
    for household in households:
        note, reason = chance.choice(NOTES), chance.choice(("cost", "dust", "parking", "distrust"))
        first = a_visit(household, chance.choice(("no_answer", "not_yet", "opposes")), note=note, reasons=(reason,))
        second = a_visit(household, menu_items=("B03", "U11"), note=chance.choice(NOTES))
        visits += [
            replace(visit, visited_at=start + timedelta(seconds=chance.randrange(9 * 3600)))
            for visit in (first, second)
        ]
    for begin in range(0, len(visits), 500):
        record_visits(survey=survey, visits=visits[begin : begin + 500], by=by, at=start + timedelta(days=1))
    return survey


def test_three_hundred_doors_weigh_under_100_kb_and_cost_the_same_queries(survey, community_worker):
    community_worker.display_name = "周明"
    community_worker.save()
    few, many = (make_walked_survey(doors, community_worker) for doors in (3, 300))

    found = pack(community_worker, many)
    text = signed_in(community_worker).get(f"/field/surveys/{many.pk}/pack/").content

    assert len(found["doors"]) == 300
    assert [len(door["visits"]) for door in found["doors"]] == [2] * 300
    assert len(gzip.compress(text, 6)) < 100 * 1024
    assert queries_of(community_worker, f"/field/surveys/{many.pk}/pack/") == queries_of(
        community_worker, f"/field/surveys/{few.pk}/pack/"
    )
