"""The pages of workshops: what is overdue first, planning, the minutes, who came, and how residents were told."""

import re

import pytest

from accounts.choices import Role
from consent.models import Announcement, Workshop, WorkshopTask
from consent.services.announcements import announce
from consent.services.workshops import add_decision, settle_task
from tests.consent.notice_casts import a_photo, passed_survey, posted
from tests.consent.vote_casts import make_vote
from tests.consent.workshop_casts import PLAN, days, held, planned, task_of, today
from tests.factories import COMMUNITY, make_building, make_household, make_neighbourhood, make_stairwell, make_user

pytestmark = pytest.mark.django_db

ELSEWHERE = "420503001001"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def signed_in(client):
    """A function that signs somebody of a role in."""

    def sign_in(role: str = Role.COMMUNITY_STAFF, territory: str = COMMUNITY):
        client.force_login(make_user(role, territory))
        client.cookies["django_language"] = "en"
        return client

    return sign_in


def of(thing, tail: str = "") -> str:
    if isinstance(thing, Workshop):
        return f"/neighbourhoods/{thing.neighbourhood_id}/workshops/{thing.pk}/{tail}"
    return f"/neighbourhoods/{thing.pk}/workshops/{tail}"


def body(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode()).replace(" <", "<").replace("> ", ">")


def words(answer) -> str:
    """What is read on the page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def a_door(neighbourhood, building="3", stairwell="2", unit="401"):
    house = neighbourhood.buildings.filter(number=building).first()
    house = house or make_building(neighbourhood=neighbourhood, number=building)
    return make_household(stairwell=make_stairwell(building=house, number=stairwell), unit_number=unit)


# --- The list --------------------------------------------------------------------------------------


def test_overdue_tasks_come_first_and_are_the_next_act(signed_in):
    workshop, by = held()
    task_of(workshop, by, text="Later")
    late = task_of(workshop, by, text="Late", due_on=today() - days(2))

    page = body(signed_in().get(of(workshop.neighbourhood)))

    assert '<span class="next">1 task overdue</span>' in page
    assert "2 days overdue" in page
    assert page.index("Late</th>" if "Late</th>" in page else "Late") < page.index("Later")
    assert f'data-testid="task-done-{late.pk}"' in page
    assert 'data-kind="main"' not in page


def test_a_task_is_done_with_one_tap_on_the_list(signed_in):
    workshop, by = held()
    task = task_of(workshop, by)
    sent = {"act": "settle", "task": task.pk, "state": "done", "from": "list"}

    answer = signed_in().post(of(workshop), sent)

    task.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, of(workshop.neighbourhood))
    assert (task.state, task.done_on) == ("done", today())


def test_one_whose_day_has_passed_asks_whether_it_was_held(signed_in):
    workshop, _by = planned(held_on=today() - days(1))

    page = body(signed_in().get(of(workshop.neighbourhood)))

    assert '<span class="next">1 to be recorded</span>' in page
    assert "Its day has passed: record that it was held, or cancel it" in page


def test_an_empty_place_says_so_and_planning_is_the_act(signed_in):
    page = body(signed_in().get(of(make_neighbourhood())))

    assert "none planned" in page
    assert page.count('data-kind="main"') == 1
    assert 'data-testid="workshop-new"' in page


def test_who_only_reads_is_offered_nothing_to_press(signed_in):
    workshop, by = held()
    task_of(workshop, by)
    client = signed_in(Role.DISTRICT_OFFICIAL, COMMUNITY[:6])

    listed, one = body(client.get(of(workshop.neighbourhood))), body(client.get(of(workshop)))

    assert "画线" in listed
    assert "画线" in one
    assert 'data-testid="task-done' not in listed + one
    assert 'name="act"' not in listed + one
    assert 'data-testid="workshop-new"' not in listed


@pytest.mark.parametrize(
    ("role", "territory", "read", "write"),
    [
        (Role.COMMITTEE_MEMBER, f"{COMMUNITY}-001", 200, 302),
        (Role.DISTRICT_OFFICIAL, COMMUNITY[:6], 200, 403),
        (Role.COMMUNITY_STAFF, ELSEWHERE, 404, 404),
    ],
)
def test_who_reads_and_who_writes(signed_in, role, territory, read, write):
    workshop, by = held()
    task = task_of(workshop, by)
    client = signed_in(role, territory)
    settle = {"act": "settle", "task": task.pk, "state": "done"}
    tell = f"/neighbourhoods/{workshop.neighbourhood_id}/announce/?workshop={workshop.pk}"

    assert client.get(of(workshop.neighbourhood)).status_code == read
    assert client.get(of(workshop)).status_code == read
    assert client.post(of(workshop), settle).status_code == write
    new_status = client.get(of(workshop.neighbourhood, "new/")).status_code
    assert new_status == (200 if write == 302 else write)
    assert client.get(tell).status_code == new_status


# --- Planning --------------------------------------------------------------------------------------


def test_one_is_planned_and_its_page_asks_to_tell_residents(signed_in):
    neighbourhood = make_neighbourhood()
    client = signed_in()
    sent = {"kind": "residents_meeting", "held_on": (today() + days(30)).isoformat(), **PLAN}

    answer = client.post(of(neighbourhood, "new/"), sent)

    made = Workshop.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, of(made))
    assert (made.kind, made.state) == ("residents_meeting", "planned")
    page = body(client.get(of(made)))
    assert "Tell residents" in page
    assert page.count('data-kind="main"') == 1
    assert 'data-testid="workshop-hold"' not in page


def test_what_is_missing_is_said_on_the_form(signed_in):
    answer = signed_in().post(of(make_neighbourhood(), "new/"), {"kind": "workshop"})

    assert answer.status_code == 400
    assert body(answer).count('class="error"') == 5


def test_a_party_meeting_is_offered_to_who_keeps_the_partys_members(signed_in):
    neighbourhood = make_neighbourhood()

    secretary = body(signed_in(Role.PARTY_SECRETARY, neighbourhood.code).get(of(neighbourhood, "new/")))
    committee = signed_in(Role.COMMITTEE_MEMBER, neighbourhood.code)

    assert 'value="party_meeting"' in secretary
    assert 'value="party_meeting"' not in body(committee.get(of(neighbourhood, "new/")))
    sent = {"kind": "party_meeting", "held_on": today().isoformat(), **PLAN}
    assert committee.post(of(neighbourhood, "new/"), sent).status_code == 400


def test_the_plan_is_changed_until_it_was_held(signed_in):
    workshop, by = planned()
    over, _by = held(workshop.neighbourhood, by)
    client = signed_in()
    sent = {**PLAN, "held_on": today().isoformat(), "place": "活动室"}

    changed = client.post(of(workshop, "edit/"), sent)
    late = client.post(of(over, "edit/"), sent)

    workshop.refresh_from_db()
    assert (changed.status_code, workshop.place) == (302, "活动室")
    assert late.status_code == 409
    assert "It was held already." in words(late)
    assert client.get(of(over, "edit/"))["Location"] == of(over)


# --- Holding and the minutes -----------------------------------------------------------------------


def test_held_with_the_sheet_of_those_who_came(signed_in):
    workshop, _by = planned()
    home = a_door(workshop.neighbourhood)
    sheet = "李芳 3-2-401\n王刚 3-401\n\n赵敏"
    sent = {"act": "hold", "held_on": today().isoformat(), "summary": "议了停车。", "sheet": sheet}
    client = signed_in()

    answer = client.post(of(workshop), sent)

    assert answer.status_code == 302
    workshop.refresh_from_db()
    came = sorted(workshop.attendances.values_list("name", "household", "role"), key=str)
    assert workshop.state == "held"
    assert sorted(came, key=lambda row: row[0]) == sorted(
        [("李芳", home.pk, "resident"), ("王刚", home.pk, "resident"), ("赵敏", None, "resident")]
    )
    page = words(client.get(of(workshop)))
    assert "3 people" in page
    assert "for 1 household" in page
    assert "Building 3 · Stairwell 2 · 401" in page


def test_a_door_that_is_not_here_or_not_clear_is_said_and_nothing_is_kept(signed_in):
    workshop, _by = planned()
    a_door(workshop.neighbourhood, stairwell="1")
    a_door(workshop.neighbourhood, stairwell="2")
    sent = {"act": "hold", "held_on": today().isoformat(), "summary": "x", "sheet": "李芳 9-1-401\n王刚 3-401"}

    answer = signed_in().post(of(workshop), sent)

    workshop.refresh_from_db()
    page = words(answer)
    assert (answer.status_code, workshop.state) == (400, "planned")
    assert "李芳: there is no door 9-1-401 here." in page
    assert "王刚: there are several doors 3-401." in page
    assert "李芳 9-1-401" in page


def test_a_day_to_come_is_refused_at_its_field(signed_in):
    workshop, _by = planned()
    sent = {"act": "hold", "held_on": (today() + days(30)).isoformat(), "summary": "x"}

    answer = signed_in().post(of(workshop), sent)

    assert answer.status_code == 409
    assert '<div id="hold_held_on_error">' in body(answer)


def test_a_cancelled_one_shows_why_and_takes_nothing_more(signed_in):
    workshop, _by = planned()
    client = signed_in()

    client.post(of(workshop), {"act": "cancel", "reason": "Storm"})

    page = body(client.get(of(workshop)))
    assert "Why it was cancelled" in page
    assert "Storm" in page
    assert 'name="act"' not in page
    assert client.post(of(workshop), {"act": "decide", "text": "x", "outcome": "agreed"}).status_code == 409


def test_decisions_tasks_and_more_who_came_are_added_to_the_minutes(signed_in):
    workshop, _by = held()
    client = signed_in()
    acts = [
        {"act": "attend", "role": "designer", "sheet": "赵工"},
        {"act": "decide", "text": "Lots", "outcome": "agreed", "votes_for": 12, "votes_against": 3},
        {"act": "task", "text": "Lines", "assignee": "Wang", "due_on": (today() + days(30)).isoformat()},
        {"act": "sum_up", "summary": "Parking, again."},
    ]

    statuses = [client.post(of(workshop), sent).status_code for sent in acts]

    assert statuses == [302] * 4
    page = words(client.get(of(workshop)))
    for said in ("赵工", "Designer", "Lots", "12 for it, 3 against it", "Lines", "Parking, again."):
        assert said in page


def test_hands_that_say_otherwise_are_refused_at_the_outcome(signed_in):
    workshop, _by = held()
    sent = {"act": "decide", "text": "Lots", "outcome": "agreed", "votes_for": 3, "votes_against": 3}

    answer = signed_in().post(of(workshop), sent)

    assert answer.status_code == 409
    assert "is not what the hands say: 3 for it, 3 against it." in words(answer)
    assert "Lots" in body(answer)
    half = signed_in().post(of(workshop), {**sent, "votes_against": ""})
    assert (half.status_code, "Give both counts, or neither." in words(half)) == (400, True)


def test_somebody_is_taken_off_the_list_and_nobody_of_another_meeting(signed_in):
    workshop, by = held(attendances=[{"name": "李芳", "role": "resident"}])
    other, _by = held(workshop.neighbourhood, by, attendances=[{"name": "王刚", "role": "resident"}])
    client = signed_in()

    away = client.post(of(workshop), {"act": "unattend", "attendance": other.attendances.get().pk})
    gone = client.post(of(workshop), {"act": "unattend", "attendance": workshop.attendances.get().pk})

    assert (away.status_code, gone.status_code) == (404, 302)
    assert (workshop.attendances.count(), other.attendances.count()) == (0, 1)


@pytest.mark.parametrize("sent", [{"act": "nonsense"}, {}, {"act": "settle", "task": 10**9, "state": "done"}])
def test_what_is_no_act_of_this_page_is_not_found(signed_in, sent):
    workshop, _by = held()

    assert signed_in().post(of(workshop), sent).status_code == 404


def test_a_task_is_dropped_with_a_reason_only_and_settled_once(signed_in):
    workshop, by = held()
    task = task_of(workshop, by)
    client = signed_in()
    drop = {"act": "settle", "task": task.pk, "state": "dropped"}

    silent = client.post(of(workshop), drop)
    told = client.post(of(workshop), {**drop, "note": "Not needed"})
    again = client.post(of(workshop), {**drop, "note": "Not needed"})

    assert [silent.status_code, told.status_code, again.status_code] == [400, 302, 409]
    assert "Say why it is dropped." in words(silent)
    assert WorkshopTask.objects.get().note == "Not needed"


def test_names_are_masked_for_officials_and_the_partys_list_is_closed_to_them(signed_in):
    workshop, by = held(attendances=[{"name": "李芳芳", "role": "resident"}])
    party, _by = held(
        workshop.neighbourhood, by, kind="party_meeting", attendances=[{"name": "孙党员", "role": "party"}]
    )

    assert "李芳芳" in words(signed_in().get(of(workshop)))
    client = signed_in(Role.DISTRICT_OFFICIAL, COMMUNITY[:6])
    page, closed = words(client.get(of(workshop))), words(client.get(of(party)))
    assert "李**" in page
    assert "李芳芳" not in page
    assert "1 person" in closed
    assert "孙" not in closed
    committee = signed_in(Role.COMMITTEE_MEMBER, workshop.neighbourhood.code)
    assert "孙" not in words(committee.get(of(party)))
    assert committee.post(of(party), {"act": "attend", "role": "party", "sheet": "x"}).status_code == 403


def test_the_pages_name_neither_a_door_nor_a_party_task_to_who_may_not_read_them(signed_in):
    neighbourhood = make_neighbourhood()
    home = a_door(neighbourhood, unit="9406")
    workshop, by = held(neighbourhood, attendances=[{"name": "李芳芳", "role": "resident", "household": home}])
    party, _by = held(neighbourhood, by, kind="party_meeting")
    task_of(party, by, assignee="孙党员")

    def read(role: str, territory: str) -> list[str]:
        client = signed_in(role, territory)
        return [words(client.get(address)) for address in (of(workshop), of(neighbourhood), of(party))]

    kept = read(Role.COMMUNITY_STAFF, COMMUNITY)
    closed = read(Role.PROPERTY_CLERK, neighbourhood.code)
    assert ["9406" in kept[0], "孙党员" in kept[1], "孙党员" in kept[2]] == [True, True, True]
    assert ["9406" in closed[0], "孙党员" in closed[1], "孙党员" in closed[2]] == [False, False, False]
    assert "孙**" in closed[1]


# --- Telling residents -----------------------------------------------------------------------------


def test_how_residents_were_told_is_recorded_and_shown_with_its_photo(signed_in):
    workshop, _by = planned(held_on=today() + days(5))
    client = signed_in()
    address = f"/neighbourhoods/{workshop.neighbourhood_id}/announce/?workshop={workshop.pk}"
    sent = {"channel": "board", "place": "East gate", "told_on": today().isoformat(), "reached": 40}

    answer = client.post(address, {**sent, "photo": a_photo()})

    made = Announcement.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, of(workshop))
    page = body(client.get(of(workshop)))
    assert "East gate" in page
    assert "40 reached" in page
    assert f'src="/api/v1/announcements/{made.pk}/photo/"' in page
    assert 'data-kind="main"' not in page


def test_a_notice_shows_how_residents_were_told_of_it(signed_in):
    survey, by = passed_survey()
    notice = posted(survey, by)
    announce(about=notice, channel="group_chat", told_on=today(), place="Owners' group", by=by)
    address = f"/neighbourhoods/{notice.neighbourhood_id}/notices/{notice.pk}/"
    client = signed_in()

    page = words(client.get(address))

    assert "Owners&#x27; group" in page
    assert "Group chat" in page
    tell = f"/neighbourhoods/{notice.neighbourhood_id}/announce/?notice={notice.pk}"
    assert f'href="{tell}"' in body(client.get(address))
    sent = {"channel": "door", "place": "Building 3", "told_on": today().isoformat()}
    assert client.post(tell, sent)["Location"] == address
    official = signed_in(Role.DISTRICT_OFFICIAL, COMMUNITY[:6])
    read = body(official.get(address))
    assert ("Building 3" in read, tell in read) == (True, False)


def test_a_vote_shows_how_owners_were_told_of_it(signed_in):
    vote, _owners, _by = make_vote()
    client = signed_in()
    tell = f"/neighbourhoods/{vote.neighbourhood_id}/announce/?vote={vote.pk}"
    sent = {"channel": "board", "place": "East gate", "told_on": today().isoformat()}

    before = body(client.get(f"/votes/{vote.pk}/"))
    answer = client.post(tell, sent)

    assert f'href="{tell}"' in before
    assert (answer.status_code, answer["Location"]) == (302, f"/votes/{vote.pk}/")
    made = Announcement.objects.get()
    assert (made.vote, made.notice, made.workshop) == (vote, None, None)
    assert "East gate" in body(client.get(f"/votes/{vote.pk}/"))


@pytest.mark.parametrize("query", ["", "?workshop=x", "?workshop=999999", "?workshop=1&notice=1", "?survey=1"])
def test_what_residents_were_told_of_has_to_be_named(signed_in, query):
    neighbourhood = make_neighbourhood()

    assert signed_in().get(f"/neighbourhoods/{neighbourhood.pk}/announce/{query}").status_code == 404


def test_refusals_of_telling_are_said_at_their_fields(signed_in):
    workshop, _by = planned()
    client = signed_in()
    address = f"/neighbourhoods/{workshop.neighbourhood_id}/announce/?workshop={workshop.pk}"
    sent = {"channel": "board", "place": "East gate", "told_on": (today() + days(30)).isoformat()}
    broken = a_photo()
    broken.file.truncate(20)

    early = client.post(address, sent)
    blurred = client.post(address, {**sent, "told_on": today().isoformat(), "photo": broken})
    empty = client.post(address, {})

    assert (early.status_code, '<div id="id_told_on_error">' in body(early)) == (409, True)
    assert (blurred.status_code, '<div id="id_photo_error">' in body(blurred)) == (400, True)
    assert empty.status_code == 400
    assert not Announcement.objects.exists()


# --- Queries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_take_as_many_queries_for_one_row_as_for_three(signed_in, rows, django_assert_num_queries):
    somebody = [{"name": f"李芳{number}", "role": "resident"} for number in range(rows)]
    workshop, by = held(attendances=somebody)
    for number in range(rows):
        task = task_of(workshop, by)
        settle_task(task=task_of(workshop, by), state="done", by=by)
        add_decision(workshop=workshop, text="x", outcome="agreed", by=by)
        announce(about=workshop, channel="door", told_on=today(), place=f"{number}", by=by)
        planned(workshop.neighbourhood, by)
        if number:
            held(workshop.neighbourhood, by)
        assert task.pk
    client = signed_in()
    client.get(of(workshop))

    with django_assert_num_queries(LIST_QUERIES):
        client.get(of(workshop.neighbourhood))
    with django_assert_num_queries(PAGE_QUERIES):
        client.get(of(workshop))


LIST_QUERIES = 9
PAGE_QUERIES = 10
"""Four of them find out who asks."""
