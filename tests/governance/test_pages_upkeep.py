"""The pages of upkeep and contests: what they show, to whom, and what a click does."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.choices import Role
from governance.models import Contest, Finding, Inspection, UpkeepTask
from governance.services.contests import close_contest
from governance.services.upkeep import add_finding, close_inspection
from governance.services.upkeep_tasks import do_task
from tests.cast import HERE, THERE
from tests.factories import make_user
from tests.governance.upkeep_cast import DAY, a_body, a_contest, a_task, a_tour, enter, judge, to_come, today
from tests.renovation.supervision_cast import a_photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files_of_their_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def page(client, user, name, *args, **query):
    client.force_login(user)
    return client.get(reverse(name, args=args), query)


def send(client, user, name, *args, **data):
    client.force_login(user)
    return client.post(reverse(name, args=args), data)


def pages_of(home, by):
    """A row behind each page of upkeep."""
    tour, contest = a_tour(home, by), a_contest(home, by)
    entry = enter(contest, home.buildings.get(number="1").stairwells.get(), by)
    finding = add_finding(inspection=tour, criterion="safe", severity="safety", text="电线", photo=a_photo(), by=by)
    return [
        ("upkeep", home.pk),
        ("upkeep_findings", home.pk),
        ("inspection", home.pk, tour.pk),
        ("upkeep_task", home.pk, finding.task.pk),
        ("contests", home.pk),
        ("contest", home.pk, contest.pk),
        ("contest_entry", home.pk, contest.pk, entry.pk),
        ("finding_photo", finding.pk),
    ]


def test_every_page_is_read_by_who_may_and_is_not_there_for_others(client, cast, community_worker):
    shown = pages_of(cast.home, community_worker)

    for role in (Role.COMMUNITY_STAFF, Role.PARTY_SECRETARY, Role.PROPERTY_CLERK, Role.AUDITOR):
        user = make_user(role, HERE)
        assert {name: page(client, user, name, *args).status_code for name, *args in shown} == {
            name: 200 for name, *_args in shown
        }
    stranger = make_user(Role.COMMUNITY_STAFF, THERE)
    assert {name: page(client, stranger, name, *args).status_code for name, *args in shown} == {
        name: 404 for name, *_args in shown
    }


@pytest.mark.parametrize("name", ["inspection_new", "upkeep_task_new", "contest_new"])
def test_who_only_reads_is_told_so(client, cast, name):
    assert page(client, make_user(Role.PARTY_SECRETARY, HERE), name, cast.home.pk).status_code == 403
    assert page(client, make_user(Role.COMMUNITY_STAFF, THERE), name, cast.home.pk).status_code == 404
    assert page(client, make_user(Role.PROPERTY_CLERK, HERE), name, cast.home.pk).status_code == 200


def test_a_reader_sees_no_button_that_writes(client, cast, community_worker):
    reader = make_user(Role.AUDITOR, HERE)

    for name, *args in pages_of(cast.home, community_worker)[:-1]:
        answer = page(client, reader, name, *args)
        assert "<main" in answer.text
        assert 'method="post"' not in answer.text.split("<main")[1].split("</main")[0], name


def test_a_tour_is_planned_and_walked_with_the_phone(client, cast, grid_worker):
    body, stairwell = a_body(cast.home), cast.doors[0].stairwell
    sent = send(
        client,
        grid_worker,
        "inspection_new",
        cast.home.pk,
        title="周巡查",
        held_on=DAY.isoformat(),
        body=body.pk,
        party="",
        route="",
    )
    tour = Inspection.objects.get()
    assert (sent.status_code, sent["Location"]) == (302, reverse("inspection", args=[cast.home.pk, tour.pk]))

    kept = send(
        client,
        grid_worker,
        "inspection",
        cast.home.pk,
        tour.pk,
        criterion="clear",
        severity="major",
        text="堆物",
        at=f"s{stairwell.pk}",
        photo=a_photo(),
        task="on",
        body=body.pk,
        due_on=to_come().isoformat(),
    )

    assert (kept.status_code, kept["Location"].split("?")[1]) == (302, f"at=s{stairwell.pk}")
    finding = Finding.objects.get()
    assert (finding.criterion, finding.stairwell, finding.building, bool(finding.photo)) == (
        "clear",
        stairwell,
        stairwell.building,
        True,
    )
    assert (finding.task.body, finding.task.due_on) == (body, to_come())
    # The next finding is offered at the same place.
    following = client.get(kept["Location"])
    assert f'value="s{stairwell.pk}" selected' in following.text
    assert f'data-testid="finding-{finding.pk}"' in following.text


def test_what_a_finding_lacks_is_said_and_nothing_is_kept(client, cast, grid_worker):
    tour = a_tour(cast.home, grid_worker)

    lacking = send(client, grid_worker, "inspection", cast.home.pk, tour.pk, criterion="clear", severity="minor")
    close_inspection(inspection=tour, by=grid_worker)
    late = send(
        client, grid_worker, "inspection", cast.home.pk, tour.pk, criterion="clear", severity="minor", text="堆物"
    )

    assert (lacking.status_code, late.status_code) == (400, 409)
    assert 'role="alert"' in late.text
    assert not Finding.objects.exists()


def test_a_place_of_another_neighbourhood_is_not_offered(client, cast, grid_worker):
    tour, there = a_tour(cast.home, grid_worker), cast.other_doors[0].stairwell_id

    sent = send(
        client,
        grid_worker,
        "inspection",
        cast.home.pk,
        tour.pk,
        criterion="clear",
        severity="minor",
        text="堆物",
        at=f"s{there}",
    )

    assert sent.status_code == 400
    assert not Finding.objects.exists()


def test_a_tour_to_come_takes_no_finding_and_is_not_closed(client, cast, grid_worker):
    tour = a_tour(cast.home, grid_worker, held_on=to_come())

    answer = page(client, grid_worker, "inspection", cast.home.pk, tour.pk)
    send(client, grid_worker, "inspection_close", cast.home.pk, tour.pk)

    assert 'data-testid="finding-save"' not in answer.text
    assert 'data-testid="inspection-close"' not in answer.text
    tour.refresh_from_db()
    assert tour.state == "planned"


def test_a_tour_is_closed_and_its_findings_become_tasks_afterwards(client, cast, grid_worker):
    tour = a_tour(cast.home, grid_worker)
    finding = add_finding(inspection=tour, criterion="clean", severity="minor", text="纸屑", task=False, by=grid_worker)

    send(client, grid_worker, "inspection_close", cast.home.pk, tour.pk)
    made = send(client, grid_worker, "finding_task", cast.home.pk, finding.pk)
    send(client, grid_worker, "finding_task", cast.home.pk, finding.pk)

    tour.refresh_from_db()
    assert tour.state == "done"
    task = UpkeepTask.objects.get(finding=finding)
    assert made["Location"] == reverse("upkeep_task", args=[cast.home.pk, task.pk])
    assert page(client, grid_worker, "inspection_edit", cast.home.pk, tour.pk).status_code == 404


def test_a_repair_is_taken_up_given_done_and_checked(client, cast, community_worker, grid_worker):
    body = a_body(cast.home)
    send(
        client,
        community_worker,
        "upkeep_task_new",
        cast.home.pk,
        text="灯不亮",
        origin="repair",
        at=f"b{cast.doors[0].building_id}",
        place="三楼",
        reporter_name="周敏",
        reporter_phone="13812342071",
        reported_on=DAY.isoformat(),
    )
    task = UpkeepTask.objects.get()
    where = (cast.home.pk, task.pk)
    assert (task.building, task.reporter_phone) == (cast.doors[0].building, "13812342071")

    send(client, community_worker, "upkeep_task", *where, act="change", body=body.pk, due_on="", place="四楼")
    send(client, community_worker, "upkeep_task", *where, act="done", day=DAY.isoformat(), note="换灯")
    own = send(client, community_worker, "upkeep_task", *where, act="passed", day=DAY.isoformat(), note="")
    wordless = send(client, grid_worker, "upkeep_task", *where, act="sent_back", day=DAY.isoformat(), note="")
    checked = send(client, grid_worker, "upkeep_task", *where, act="passed", day=DAY.isoformat(), note="")

    assert (own.status_code, wordless.status_code, checked.status_code) == (409, 409, 302)
    task.refresh_from_db()
    assert (task.state, task.body, task.place, task.done_on) == ("verified", body, "四楼", DAY)


def test_a_task_is_dropped_with_a_reason_on_the_page(client, cast, community_worker):
    task = a_task(cast.home, community_worker)

    lacking = send(client, community_worker, "upkeep_task", cast.home.pk, task.pk, act="drop", reason="")
    unknown = send(client, community_worker, "upkeep_task", cast.home.pk, task.pk, act="burn")
    send(client, community_worker, "upkeep_task", cast.home.pk, task.pk, act="drop", reason="重复")

    task.refresh_from_db()
    assert (lacking.status_code, unknown.status_code, task.state, task.note) == (400, 404, "dropped", "重复")


def test_a_body_that_ended_stays_with_its_task_unless_changed(client, cast, community_worker):
    body = a_body(cast.home)
    task = a_task(cast.home, community_worker, body=body)
    body.ended_on, body.end_reason = DAY, "到期"
    body.save()

    send(client, community_worker, "upkeep_task", cast.home.pk, task.pk, act="change", body=body.pk, place="二楼")

    task.refresh_from_db()
    assert (task.body, task.place) == (body, "二楼")


def test_who_reported_is_read_by_who_may_call(client, cast, community_worker, grid_worker, auditor):
    task = a_task(cast.home, community_worker, reporter_name="周敏", reporter_phone="13812342071")
    clerk = make_user(Role.PROPERTY_CLERK, HERE)

    def shown(user):
        text = page(client, user, "upkeep_task", cast.home.pk, task.pk).text
        assert "13812342071" in text or "138****2071" in text
        return "13812342071" in text

    assert [shown(user) for user in (community_worker, grid_worker, auditor, clerk)] == [True, True, False, False]
    # What the company has still to do, its clerk may call about.
    task.body = a_body(cast.home)
    task.save()
    assert shown(clerk)
    do_task(task=task, done_on=DAY, by=clerk)
    assert shown(clerk)
    UpkeepTask.objects.filter(pk=task.pk).update(state="verified")
    assert not shown(clerk)


def test_the_goal_words_open_their_findings(client, cast, grid_worker):
    tour = a_tour(cast.home, grid_worker, held_on=today())
    dirty = add_finding(inspection=tour, criterion="clean", severity="minor", text="纸屑", by=grid_worker)
    dark = add_finding(inspection=tour, criterion="bright", severity="minor", text="灯", by=grid_worker)

    narrowed = page(client, grid_worker, "upkeep_findings", cast.home.pk, criterion="clean", days="90").text

    assert f'data-testid="finding-{dirty.pk}"' in narrowed
    assert f'data-testid="finding-{dark.pk}"' not in narrowed
    assert page(client, grid_worker, "upkeep_findings", cast.home.pk, criterion="dirty").status_code == 404


def test_a_photo_is_sent_small_and_whole(client, cast, grid_worker):
    tour = a_tour(cast.home, grid_worker)
    with_photo = add_finding(
        inspection=tour, criterion="clean", severity="minor", text="纸屑", photo=a_photo((900, 700)), by=grid_worker
    )
    without = add_finding(inspection=tour, criterion="clean", severity="minor", text="纸屑", by=grid_worker)

    whole = page(client, grid_worker, "finding_photo", with_photo.pk)
    small = page(client, grid_worker, "finding_photo", with_photo.pk, small="1")

    assert (whole["Content-Type"], small["Content-Type"]) == ("image/jpeg", "image/jpeg")
    assert small.content != whole.content
    assert page(client, grid_worker, "finding_photo", without.pk).status_code == 404


@pytest.mark.parametrize("name", ["upkeep", "upkeep_findings", "contests"])
def test_lists_take_the_same_queries_whatever_their_length(
    client, cast, community_worker, django_assert_num_queries, name
):
    def fill():
        tour = a_tour(cast.home, community_worker)
        for _ in range(2):
            add_finding(inspection=tour, criterion="safe", severity="safety", text="电线", by=community_worker)
        task = a_task(cast.home, community_worker, stairwell=cast.doors[0].stairwell)
        do_task(task=task, done_on=DAY, by=community_worker)
        for close in (True, False):
            contest = a_contest(cast.home, community_worker)
            judge(enter(contest, cast.doors[0].stairwell, community_worker), community_worker, 5)
            if close:
                close_contest(contest=contest, by=community_worker)

    fill()
    page(client, community_worker, name, cast.home.pk)
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse(name, args=[cast.home.pk]))
    fill()
    fill()

    with django_assert_num_queries(len(queries)):
        client.get(reverse(name, args=[cast.home.pk]))


# --- Contests --------------------------------------------------------------------------------------


def test_a_contest_is_announced_entered_judged_and_closed_by_clicks(client, cast, committee_member):
    home = cast.home.pk
    made = send(
        client,
        committee_member,
        "contest_new",
        home,
        title="最美楼道",
        scope="stairwell",
        starts_on=DAY.isoformat(),
        ends_on=DAY.isoformat(),
        most_points="10",
        prize="红旗",
    )
    contest = Contest.objects.get()
    assert made["Location"] == reverse("contest", args=[home, contest.pk])
    first = cast.doors[0].stairwell
    send(client, committee_member, "contest_act", home, contest.pk, act="enter", place=first.pk)
    assert [entry.stairwell for entry in contest.entries.all()] == [first]
    send(client, committee_member, "contest_act", home, contest.pk, act="enter_all")
    one, two = contest.entries.order_by("building__number")

    points = {"judge": "张评委", "clean": "9", "clear": "8", "bright": "7", "safe": "6", "beautiful": "5"}
    on = send(client, committee_member, "contest_entry", home, contest.pk, one.pk, **points)
    # The judge is led to the next, and back once all are judged.
    assert on["Location"] == reverse("contest_entry", args=[home, contest.pk, two.pk])
    assert 'value="张评委"' in client.get(on["Location"]).text
    back = send(client, committee_member, "contest_entry", home, contest.pk, two.pk, **points)
    assert back["Location"] == reverse("contest", args=[home, contest.pk])
    shown = client.get(back["Location"]).text
    assert shown.count('data-place="1"') == 4
    assert "35.00" in shown
    send(client, committee_member, "contest_act", home, contest.pk, act="close")

    contest.refresh_from_db()
    assert contest.state == "closed"
    after = client.get(back["Location"]).text
    assert 'data-testid="contest-close"' not in after
    assert page(client, committee_member, "contest_edit", home, contest.pk).status_code == 404


def test_a_contest_that_cannot_be_closed_says_why(client, cast, committee_member):
    contest = a_contest(cast.home, committee_member)
    enter(contest, cast.doors[0].stairwell, committee_member)

    client.force_login(committee_member)
    answer = client.post(reverse("contest_act", args=[cast.home.pk, contest.pk]), {"act": "close"}, follow=True)

    contest.refresh_from_db()
    assert contest.state == "open"
    assert answer.status_code == 200
    assert len(list(answer.context["messages"])) == 1


def test_only_what_could_compete_is_entered(client, cast, committee_member):
    contest = a_contest(cast.home, committee_member)

    for place in (cast.other_doors[0].stairwell_id, "x", "9" * 30):
        sent = send(client, committee_member, "contest_act", cast.home.pk, contest.pk, act="enter", place=place)
        assert sent.status_code == 404
    assert send(client, committee_member, "contest_act", cast.home.pk, contest.pk, act="x").status_code == 404
    assert not contest.entries.exists()


def test_points_beyond_the_most_are_refused_and_an_empty_sheet_too(client, cast, committee_member):
    contest = a_contest(cast.home, committee_member)
    entry = enter(contest, cast.doors[0].stairwell, committee_member)
    where = (cast.home.pk, contest.pk, entry.pk)

    beyond = send(client, committee_member, "contest_entry", *where, judge="甲", clean="11")
    empty = send(client, committee_member, "contest_entry", *where, judge="甲")

    assert (beyond.status_code, empty.status_code) == (400, 400)
    assert not entry.scores.exists()


def test_an_entry_is_taken_out_until_it_has_points(client, cast, committee_member):
    contest = a_contest(cast.home, committee_member)
    entry = enter(contest, cast.doors[0].stairwell, committee_member)
    scored = enter(contest, cast.doors[2].stairwell, committee_member)
    judge(scored, committee_member, 5)

    for one in (entry, scored):
        send(client, committee_member, "contest_entry", cast.home.pk, contest.pk, one.pk, act="leave")

    assert list(contest.entries.all()) == [scored]


def test_all_points_are_shown_and_those_replaced_are_struck_out(client, cast, committee_member):
    contest = a_contest(cast.home, committee_member)
    entry = enter(contest, cast.doors[0].stairwell, committee_member)
    judge(entry, committee_member, 5)
    judge(entry, committee_member, 7)

    text = page(client, committee_member, "contest_entry", cast.home.pk, contest.pk, entry.pk).text

    assert (text.count('data-counts="true"'), text.count('data-counts="false"')) == (5, 5)
