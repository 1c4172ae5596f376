from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from consent.models import ConsentPolicy, HandedVisit, Stance, Survey, TreeHead, Visit
from consent.reports.ledger_check import faults_of
from consent.reports.outings import board_of
from consent.reports.results import result_of
from consent.rules.merkle import root_of
from consent.services.checks import check_answer
from consent.services.handed import enter_handed
from consent.services.rebuild import rebuild
from demonstration.rules.sign_ins import SIGN_INS
from demonstration.rules.small_city import AT_WORK_TODAY, PLACES
from demonstration.services.mark import read_mark
from demonstration.services.receipts import receipt_to_try
from demonstration.services.replay import Team, moment
from demonstration.services.sign_ins import password_for
from demonstration.services.today import go_on_today
from overview.reports.deferred import deferred_list
from renovation.choices import Stage
from renovation.models import (
    AwardTranche,
    Defect,
    Division,
    Evaluation,
    Household,
    MenuItem,
    Neighbourhood,
    RenovationPlan,
    SitePhoto,
    StageChange,
)
from renovation.reports.lifecycle import steps_of
from renovation.reports.money import money_of
from renovation.reports.plan_changes import comparison_of
from renovation.reports.plans import is_as_frozen
from renovation.reports.works import works_of
from tests.demonstration.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_city")]


MINUTE = timedelta(minutes=1)


def surveys_of(name: str) -> list[Survey]:
    return list(Survey.objects.filter(neighbourhood__name=name).order_by("number"))


def headline(survey: Survey) -> dict:
    return result_of(survey).headline()


def test_yichang_has_its_counties_and_the_menu_its_57_items():
    assert Division.objects.filter(level="district", parent__code="4205").count() == 13
    assert MenuItem.objects.count() == 57


def test_the_citys_policy_holds_since_2024():
    policy = ConsentPolicy.objects.for_place("420503901001", date(2024, 1, 1)).first()

    assert (policy.division.code, policy.pass_share) == ("4205", Decimal("0.95"))
    assert "虚构" in policy.document


def test_every_place_stands_where_the_plan_says():
    found = dict(Neighbourhood.objects.values_list("name", "stage"))

    assert found == {place.name: place.stage for place in PLACES}


def test_every_step_but_a_surveys_was_taken_by_its_mover_with_its_guards_met():
    steps = StageChange.objects.exclude(to_stage__in=("registered", "consenting", "consented", "deferred"))

    assert steps.count() > 60
    for step in steps.select_related("by"):
        assert step.figures["guards"], step
        assert all(guard["met"] for guard in step.figures["guards"]), step
        assert (step.by is None) == (step.to_stage == "long_term")


def test_who_waits_has_some_of_the_next_step_on_record_and_misses_some():
    designed = Neighbourhood.objects.get(stage="designed")

    (works, *_others) = steps_of(designed, timezone.localdate(NOW))

    assert works.to == "under_works"
    assert {guard.code for guard in works.unmet} == {"supervisor", "residents_share", "illegal_structures"}
    assert {guard.code for guard in works.guards if guard.met} == {"support_rate", "contractor"}


def test_each_stage_has_the_plan_and_the_works_that_it_needs():
    in_force = RenovationPlan.objects.in_force()

    assert {plan.neighbourhood.stage for plan in in_force} == {
        "consenting",
        "planned",
        "designed",
        "under_works",
        "handed_over",
        "long_term",
    }
    for plan in in_force:
        homes = Household.objects.filter(neighbourhood=plan.neighbourhood).residential().count()
        assert is_as_frozen(plan)
        assert 28_000 < plan.total / homes < 36_000, plan
        assert sum(share.planned for item in plan.items.all() for share in item.shares.all()) == plan.total
        money = money_of(plan.neighbourhood).total
        assert (money.planned, money.received >= money.spent) == (plan.total, True)


def test_the_doors_at_work_today_are_shown_a_plan_and_each_visit_names_it():
    plan = RenovationPlan.objects.get(neighbourhood__name=AT_WORK_TODAY)
    visits = Visit.objects.filter(survey__neighbourhood__name=AT_WORK_TODAY)

    assert visits.count() > 100
    assert not visits.exclude(plan=plan).exists()
    assert plan.household_shares.values("household").distinct().count() == 80


def test_a_change_on_site_has_made_a_draft_that_meets_residents_consent():
    draft = RenovationPlan.objects.get(state="draft", number=2)

    told = comparison_of(draft)

    assert draft.neighbourhood.name == "宜港小区"
    assert set(told.reasons) == {"item_removed", "share_moved"}
    assert len(told.moved_shares) == 160


def test_of_the_works_under_way_one_package_lags_and_one_is_suspended():
    home = Neighbourhood.objects.get(stage="under_works")

    works = works_of(home, timezone.localdate(NOW))

    assert [sheet.package.state for sheet in works.packages] == ["running", "running", "suspended"]
    assert [sheet.is_behind for sheet in works.packages] == [False, True, False]
    defects = Defect.objects.filter(neighbourhood=home).values_list("state", flat=True)
    assert set(defects) == {"open", "rectified", "closed"}
    assert SitePhoto.objects.filter(neighbourhood=home, phase="during").count() == 4


def test_the_deferred_neighbourhood_can_be_shown_what_its_neighbour_became():
    deferred = Neighbourhood.objects.get(stage="deferred")
    near = Neighbourhood.objects.get(name="示范东山小区")

    reader = User.objects.get(username="city")
    shown_to = Neighbourhood.objects.visible_to(reader)
    (row,) = deferred_list(reader, shown_to, start=0, size=5, today=timezone.localdate(NOW)).rows

    assert row.neighbourhood == deferred
    assert [near.name] == [found.name for found in row.neighbours]
    assert len(row.pairs) == 2
    shown = SitePhoto.objects.filter(neighbourhood=near, is_published=True)
    assert sorted(shown.values_list("phase", flat=True)) == ["after", "after", "before", "before"]


def test_an_award_is_paid_after_the_handover_alone_and_early_damage_is_on_record():
    steps = {
        name: list(AwardTranche.objects.filter(source__neighbourhood__name=name).values_list("state", flat=True))
        for name in ("示范东山小区", "示范沿江小区", "宜港小区")
    }

    assert steps == {
        "示范东山小区": ["paid", "approved"],
        "示范沿江小区": ["eligible", "planned"],
        "宜港小区": ["planned", "planned"],
    }
    assert set(Defect.objects.filter(after_acceptance=True).values_list("state", flat=True)) == {"open", "closed"}
    assert Evaluation.objects.exclude(closed_at=None).count() == 3


def test_huanglong_is_deferred_at_10_percent_and_reaches_100_when_its_neighbours_are_done():
    first, second = surveys_of("黄龙小区")

    assert (first.result["support_rate"], first.verdict) == ("0.1000", "failed")
    assert first.revisit_on > first.closed_at.date()
    assert (second.result["support_rate"], second.verdict) == ("1.0000", "passed")
    assert second.result["visit_rate"] == "1.0000"
    neighbours = Neighbourhood.objects.filter(community_code="420503901001", stage__in=["handed_over", "long_term"])
    assert neighbours.count() == 2
    assert all(neighbour.stage_since < second.opened_at for neighbour in neighbours)


def test_jiaming_shows_two_rates_that_must_not_be_mixed():
    (survey,) = surveys_of("嘉明花园")
    found = headline(survey)

    assert (found["supports"], found["households"], found["visited"]) == (312, 400, 367)
    assert survey.neighbourhood.built_year == 1998
    assert Household.objects.filter(neighbourhood=survey.neighbourhood).values("tenure_type").distinct().count() >= 4
    chair = User.objects.get(username="jiaming")
    assert chair.has_role("party_secretary")
    assert chair.has_role("committee_member")


def test_four_doors_are_missing_in_round_3_of_siheyuan():
    (survey,) = surveys_of("四合院小区")

    assert headline(survey)["missing"] == 4
    assert survey.rounds.get(closed_at=None).number == 3


def test_surveys_in_hand_stand_in_every_round_and_were_walked_yesterday():
    in_hand = Survey.objects.open()

    assert {survey.rounds.get(closed_at=None).number for survey in in_hand} == {1, 2, 3}
    for survey in in_hand:
        assert (NOW - survey.last_recorded_at).days <= 1
        assert survey.last_recorded_at < NOW


def test_siheyuan_is_at_work_today():
    (survey,) = surveys_of("四合院小区")
    community = User.objects.get(username="community")

    board = board_of(survey, timezone.localdate(NOW), community)

    (row,) = board.outings
    assert (row.who, row.outing.doors, row.outing.supports) == (community, 3, 0)
    assert row.outing.last_at < NOW
    assert (board.fast, board.alike) == ([], [])
    assert [door.agrees for door in board.shared] == [False]
    (queue,) = board.stuck
    assert (queue.phone.user.username, queue.waiting_count, board.clear) == ("grid", 2, [])
    assert timezone.localdate(queue.phone.last_seen_at) == timezone.localdate(NOW) - timedelta(days=1)


def test_the_visit_that_was_handed_over_would_bring_a_door():
    (survey,) = surveys_of("四合院小区")
    handed = HandedVisit.objects.get()
    assert handed.refusals == ["wrong_round"]

    enter_handed(handed=handed, by=User.objects.get(username="community"), note="网格员移交", at=NOW)

    assert headline(survey)["missing"] == 3


def test_filled_a_minute_after_midnight_nobody_was_out_yesterday():
    survey = Survey.objects.get(neighbourhood__name="四合院小区")
    place = next(place for place in PLACES if place.name == AT_WORK_TODAY)
    midnight = moment(timezone.localdate(NOW) + timedelta(days=1), time())
    users = {name: User.objects.get(username=name) for name in ("community", "grid")}
    HandedVisit.objects.all().delete()
    before = survey.visits.count()

    go_on_today(survey.neighbourhood, place, Team(users["community"], None, {}), users["grid"], midnight + MINUTE)

    assert survey.visits.filter(visited_at__gte=midnight).count() == survey.visits.count() - before


def test_the_ledgers_hold_what_happens_at_doors():
    visits = Visit.objects.all()

    assert set(visits.values_list("outcome", flat=True)) == {
        "supports",
        "not_yet",
        "opposes",
        "no_answer",
        "declined",
        "vacant",
    }
    assert set(visits.values_list("given", flat=True)) == {"", "signed", "thumbprint", "verbal"}
    assert visits.filter(supersedes__isnull=False).count() >= 4
    assert visits.filter(out_of_round=True, outcome="not_yet").count() >= 2
    closed = visits.filter(out_of_round=True, survey__closed_at__isnull=False).select_related("survey").get()
    assert closed.recorded_at > closed.survey.closed_at
    twice = Stance.objects.filter(survey__neighbourhood__name="四合院小区", visit_count__gte=2, value="opposes")
    assert any(len({visit.recorded_by_id for visit in stance.door.visits.filter(round=3)}) == 2 for stance in twice)


def test_every_tree_is_the_tree_of_its_visits():
    for survey in Survey.objects.all():
        leaves = [bytes(leaf) for leaf in survey.visits.order_by("sequence").values_list("leaf_hash", flat=True)]

        assert bytes(survey.root_hash) == root_of(leaves)
    # One for each closing, and one for a notice that was posted after a later visit.
    closed = set(Survey.objects.exclude(closed_at=None).values_list("pk", flat=True))
    assert {head.survey_id for head in TreeHead.objects.all()} == closed


def test_every_ledger_holds_and_every_projection_is_what_its_ledger_gives():
    for survey in Survey.objects.select_related("neighbourhood"):
        assert rebuild(survey=survey) == []
        assert list(faults_of(survey)) == []


def test_nobody_owns_a_phone_that_rings():
    phones = [phone for found in Household.objects.values_list("phones", flat=True) for phone in found]

    assert phones
    assert all(phone.startswith("1540") and len(phone) == 11 for phone in phones)


def test_each_sign_in_opens_the_site(client):
    password_for("渡口-夜雨-1993")

    for sign_in in SIGN_INS:
        answer = client.post(reverse("account_login"), {"login": sign_in.username, "password": "渡口-夜雨-1993"})

        assert answer.status_code == 302, sign_in.username
        assert client.get("/", follow=True).status_code == 200
        client.logout()


def test_what_each_sees_is_the_territory_that_the_docs_name():
    seen = {
        sign_in.username: Neighbourhood.objects.visible_to(User.objects.get(username=sign_in.username)).count()
        for sign_in in SIGN_INS
    }

    assert seen == {
        "community": 5,
        "grid": 4,
        "committee": 1,
        "secretary": 1,
        "clerk": 2,
        "district": 8,
        "city": 17,
        "auditor": 17,
        "admin": 17,
    }


def test_a_made_password_is_kept_for_its_owner_alone_and_told_again(tmp_path):
    made = password_for(None)
    again = password_for(None)
    (file,) = tmp_path.iterdir()

    assert again == made
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("another")
    assert password_for(None) is None
    assert password_for("another one") == "another one"


def snapshot() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        tables = [table for (table,) in cursor.fetchall()]
        counts = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            (counts[table],) = cursor.fetchone()
    return counts


def test_a_visitor_is_told_a_receipt_that_holds():
    checked = check_answer(receipt_to_try())

    assert (checked.standing, checked.supports, checked.proved.holds) == ("counts", True, True)
    assert checked.proved.published_at is not None


def test_the_command_keeps_what_is_there(capsys):
    call_command("demo", "--no-serve", "--password", "渡口-夜雨-1993")
    before = snapshot()
    call_command("demo", "--no-serve")

    assert snapshot() == before
    assert before["consent_visit"] > 2000
    assert "渡口-夜雨-1993" in capsys.readouterr().out


def test_a_database_of_somebody_is_left_alone(monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON DATABASE {connection.ops.quote_name(connection.settings_dict['NAME'])} IS NULL")
    before = snapshot()

    assert read_mark() is None
    for arguments in (["--no-serve"], ["--no-serve", "--reset"]):
        with pytest.raises(CommandError):
            call_command("demo", *arguments)
    assert snapshot() == before
    assert Neighbourhood.objects.filter(stage=Stage.CONSENTING).exists()
