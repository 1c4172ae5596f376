"""Days are kept as ledgers and histories have them; what stands now is the same by the tallies."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Change, User
from accounts.services.changes import number_changes
from consent.models import Survey
from consent.reports.results import SurveyResult, result_as_of, result_of
from consent.services.rolls import amend_roll
from consent.services.rounds import close_round
from consent.services.surveys import close_survey, open_survey
from consent.services.visits import record_visits
from governance.services.fees.reversals import reverse_payment
from overview.models import CommunityDay, KeptDay, NeighbourhoodDay
from overview.reports.dashboard import dashboard_of
from overview.reports.days import end_of, fee_month_of, figures_on
from overview.services.days import days_to_keep, keep_day, rebuild_day
from renovation.choices import Stage
from renovation.models import Household, Neighbourhood
from renovation.services.funding import add_source, record_entry
from tests.consent.casts import a_visit, make_doors, make_policy
from tests.factories import make_household, make_menu_edition, make_user
from tests.governance.payments_cast import a_bill, pay

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
START = TODAY - timedelta(days=30)


def noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


class Walk:
    """A survey of ten doors over some days."""

    def __init__(self) -> None:
        make_policy(count_vacant=False)
        make_menu_edition()
        self.by = make_user(Role.COMMUNITY_STAFF, "420502001001")
        self.homes = make_doors(buildings=2, doors=5)
        self.place: Neighbourhood = self.homes[0].neighbourhood
        Neighbourhood.objects.update(created_at=noon(START), stage_since=noon(START))
        Household.objects.update(created_at=noon(START))
        self.survey = open_survey(
            neighbourhood=self.place, title="征询", closes_on=None, by=self.by, at=noon(START + timedelta(days=1))
        )

    def visit(self, day: int, **answers: str) -> list[str]:
        """`d3="opposes"`: what the door said on a day after the start; the ids of the visits."""
        return self.record(
            day,
            *(
                a_visit(self.homes[int(d[1:])], outcome, visited_at=noon(START + timedelta(days=day)))
                for d, outcome in answers.items()
            ),
        )

    def record(self, day: int, *visits: Any) -> list[str]:
        at = noon(START + timedelta(days=day)) + timedelta(minutes=1)
        found = record_visits(survey=self.survey, visits=list(visits), by=self.by, at=at).answers
        assert {answer.status for answer in found} == {"recorded"}, found
        return [visit.client_id for visit in visits]


@pytest.fixture
def walk() -> Walk:
    """A correction, a change of mind, a vacant home, a verbal yes, an amended roll, two rounds, and the closing."""
    found = Walk()
    at = lambda day: noon(START + timedelta(days=day))  # noqa: E731
    found.visit(2, d0="supports", d1="supports", d2="not_yet", d3="no_answer")
    wrong = found.record(3, a_visit(found.homes[4], "supports", visited_at=at(3)))[0]
    found.record(4, a_visit(found.homes[4], "declined", visited_at=at(4), supersedes=wrong))
    found.record(4, a_visit(found.homes[5], "vacant", visited_at=at(4), note="门上贴着售房"))
    found.record(5, a_visit(found.homes[6], "supports", visited_at=at(5), given="verbal"))
    amend_roll(survey=found.survey, household=found.homes[9], action="remove", reason="拆除", by=found.by, at=at(6))
    new = make_household(building=found.homes[0].building, stairwell=found.homes[0].stairwell, unit_number="901")
    Household.objects.filter(pk=new.pk).update(created_at=at(6))
    amend_roll(survey=found.survey, household=new, action="add", reason="漏登", by=found.by, at=at(7))
    close_round(survey=found.survey, by=found.by, reason="外出务工", at=at(8))
    found.survey.refresh_from_db()
    found.visit(9, d2="supports", d7="supports")
    found.record(10, a_visit(found.homes[0], "opposes", visited_at=at(10), out_of_round=True, note="改主意"))
    close_survey(survey=found.survey, by=found.by, reason="未达标", revisit_on=TODAY + timedelta(days=90), at=at(11))
    return found


def as_result(found: SurveyResult, rounds: int) -> tuple[Any, ...]:
    total = found.total
    by_round = [[row.listed, row.visited, row.supports] for row in found.by_round if row.number]
    return (total.households, total.excluded, total.visited, total.supports, total.verbal, by_round[:rounds])


def as_day(row: NeighbourhoodDay) -> tuple[Any, ...]:
    return (row.roll, row.excluded, row.visited, row.supports, row.verbal, row.rounds)


def test_each_day_gone_by_is_what_the_ledger_said_at_its_end(walk: Walk) -> None:
    told = []
    for number in range(1, 13):
        day = START + timedelta(days=number)

        (row,) = figures_on(day, until=end_of(day))

        assert as_day(row) == as_result(result_as_of(walk.survey, end_of(day) - timedelta(seconds=1)), row.round)
        told.append((row.stage, row.survey_verdict, row.round, row.supports))
    assert told[0] == (Stage.CONSENTING, "open", 1, 0)
    assert [row[3] for row in told[1:5]] == [2, 3, 2, 2]  # what was wrong is corrected the day after
    assert told[-1] == (Stage.DEFERRED, "failed", 2, 3)


def test_now_is_what_the_ledger_says_so_far(walk: Walk) -> None:
    (now,) = figures_on(TODAY)
    (then,) = figures_on(TODAY, until=end_of(TODAY))

    walk.survey.refresh_from_db()
    live = result_of(Survey.objects.get(pk=walk.survey.pk))
    assert (now.roll, now.supports, now.verbal) == (live.total.households, live.total.supports, live.total.verbal)
    assert {f.attname: getattr(now, f.attname) for f in NeighbourhoodDay._meta.fields} == {
        f.attname: getattr(then, f.attname) for f in NeighbourhoodDay._meta.fields
    }


def test_a_day_before_the_registration_has_no_row(walk: Walk) -> None:
    assert figures_on(START - timedelta(days=1), until=end_of(START - timedelta(days=1))) == []


def test_money_counts_from_when_it_was_recorded(walk: Walk) -> None:
    official = make_user(Role.DISTRICT_OFFICIAL, "420502")
    source = add_source(neighbourhood=walk.place, kind="municipal", name="市级", by=official)
    for day, step, amount in ((3, "committed", "500000.00"), (5, "received", "200000.00")):
        at = noon(START + timedelta(days=day))
        record_entry(
            source=source, step=step, amount=Decimal(amount), document="拨款", dated_on=START, by=official, at=at
        )

    rows = {day: figures_on(START, until=end_of(START + timedelta(days=day)))[0] for day in (2, 3, 5)}
    (now,) = figures_on(TODAY)

    assert rows[2].money == {}
    assert rows[3].money == {"municipal": ["0.00", "500000.00", "0.00", "0.00"]}
    assert rows[5].money == now.money == {"municipal": ["0.00", "500000.00", "200000.00", "0.00"]}
    assert now.received == 200_000


def test_fees_of_the_last_month_and_the_year_by_what_was_booked_by_then(walk: Walk) -> None:
    october, september = fee_month_of(TODAY), date(2026, 9, 1)
    door, other = walk.homes[:2]
    a_bill(door, "100.00", october, at=noon(date(2026, 11, 1)))
    a_bill(other, "80.00", october, reduction="30.00", at=noon(date(2026, 11, 1)))
    a_bill(door, "100.00", september, at=noon(date(2026, 10, 1)), kind="property")
    a_bill(door, "60.00", october, at=noon(date(2026, 11, 1)), kind="parking")
    pay(other, "50.00", paid_at=noon(date(2026, 11, 10)), at=noon(date(2026, 11, 10)))
    gone = pay(door, "120.00", paid_at=noon(date(2026, 11, 12)), at=noon(date(2026, 11, 12)))
    reverse_payment(payment=gone.payment, reason="记错", by=None, at=noon(date(2026, 11, 20)))

    def fees(row: NeighbourhoodDay, kind: str) -> list[str]:
        return [str(getattr(row, f"{kind}_{part}")) for part in ("billed", "reduced", "settled", "year_settled")]

    days = (date(2026, 11, 9), date(2026, 11, 10), date(2026, 11, 12), TODAY)
    then = [figures_on(day, until=end_of(day))[0] for day in days]
    (now,) = figures_on(TODAY)

    assert [fees(row, "property") for row in then] == [
        ["180.00", "30.00", "0", "0"],
        ["180.00", "30.00", "50.00", "50.00"],
        ["180.00", "30.00", "70.00", "170.00"],
        ["180.00", "30.00", "50.00", "50.00"],
    ]
    assert fees(now, "property") == fees(then[-1], "property")
    assert fees(now, "parking") == fees(then[-1], "parking")
    assert now.parking_billed == 60


def test_a_day_that_is_over_is_kept_once_and_made_anew_without_a_difference(walk: Walk) -> None:
    assert days_to_keep(today=TODAY) == [TODAY]
    assert days_to_keep(today=TODAY, since=TODAY - timedelta(days=2)) == [TODAY - timedelta(days=n) for n in (2, 1, 0)]

    kept = [keep_day(day=day, now=noon(TODAY)) for day in (START + timedelta(days=4), TODAY, TODAY + timedelta(days=1))]
    again = [keep_day(day=day, now=noon(TODAY)) for day in (START + timedelta(days=4), TODAY)]

    assert (kept, again) == ([True, True, False], [False, True])
    assert list(KeptDay.objects.order_by("day").values_list("final", flat=True)) == [True, False]
    assert rebuild_day(day=START + timedelta(days=4)) == []


def test_the_first_run_of_a_day_finishes_the_one_before(walk: Walk) -> None:
    yesterday = TODAY - timedelta(days=1)

    for today in (yesterday, TODAY):
        for day in days_to_keep(today=today):
            keep_day(day=day, now=noon(today))

    assert list(KeptDay.objects.order_by("day").values_list("day", "final")) == [(yesterday, True), (TODAY, False)]


def test_days_after_the_last_that_is_kept_for_good_are_not_left_out(walk: Walk) -> None:
    keep_day(day=TODAY - timedelta(days=3), now=noon(TODAY))

    assert days_to_keep(today=TODAY) == [TODAY - timedelta(days=n) for n in (2, 1, 0)]


def test_what_changed_after_midnight_is_read_live_when_the_day_before_is_finished(walk: Walk) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    number_changes()
    Change.objects.update(at=noon(yesterday))
    last = Change.objects.latest("cursor").cursor
    open_survey(neighbourhood=walk.place, title="再征询", closes_on=None, by=walk.by)
    number_changes()
    late = Change.objects.create(resource="visits", object_id=1, action="created")  # committed after midnight
    Change.objects.filter(pk=late.pk).update(at=noon(yesterday))

    keep_day(day=yesterday)

    assert KeptDay.objects.get().cursor == last
    found = dashboard_of(make_user(Role.DISTRICT_OFFICIAL, "420502"))
    stages = {one.stage: one.figure.count for phase in found.phases for one in phase.stages}
    assert (stages["consenting"], stages["deferred"]) == (1, 0)


def test_what_has_no_history_stays_as_it_was_kept(walk: Walk) -> None:
    day = START + timedelta(days=4)
    keep_day(day=day, now=noon(TODAY))
    package = [1, "P01", "屋面", "2026-10-01", "2026-12-01", "0", "1"]
    NeighbourhoodDay.objects.update(households=7, longitude="111.28", latitude="30.69", packages=[package])
    assert rebuild_day(day=day, repair=True) == []
    NeighbourhoodDay.objects.update(supports=9)

    assert [found.field for found in rebuild_day(day=day, repair=True)] == ["supports"]

    row = NeighbourhoodDay.objects.get()
    assert (row.supports, row.households, row.packages) == (2, 7, [package])
    assert (row.longitude, row.latitude) == (Decimal("111.28"), Decimal("30.69"))


def test_what_was_tampered_with_is_found_and_written_right(walk: Walk) -> None:
    day = START + timedelta(days=4)
    keep_day(day=day, now=noon(TODAY))
    NeighbourhoodDay.objects.update(supports=9)

    with pytest.raises(CommandError, match="1 figures differ"):
        call_command("keep_days", "--rebuild", stdout=StringIO())
    call_command("keep_days", "--rebuild", "--repair", stdout=StringIO())

    assert NeighbourhoodDay.objects.get().supports == 2
    assert rebuild_day(day=day) == []

    CommunityDay.objects.update(supports=9)
    assert [found.place for found in rebuild_day(day=day, repair=True)] == [walk.place.community_code]
    assert CommunityDay.objects.get().supports == 2


def test_a_day_is_kept_for_good_once_what_was_begun_in_it_has_committed(walk: Walk) -> None:
    midnight = end_of(TODAY)

    kept = [keep_day(day=TODAY, now=midnight + timedelta(minutes=minutes)) for minutes in (1, 59, 60, 61)]

    assert kept == [True, True, True, False]


def test_what_changed_since_the_last_keeping_is_read_live(
    walk: Walk, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    official: User = make_user(Role.DISTRICT_OFFICIAL, "420502")
    quiet = make_doors(buildings=1, doors=5, neighbourhood=None)[0].neighbourhood
    keep_day(day=timezone.localdate())
    NeighbourhoodDay.objects.filter(neighbourhood=quiet).update(stage=Stage.MOBILISING)
    with django_assert_max_num_queries(30) as untouched:
        dashboard_of(official)

    open_survey(neighbourhood=walk.place, title="再征询", closes_on=None, by=walk.by)
    found = dashboard_of(official)

    stages = {one.stage: one.figure.count for phase in found.phases for one in phase.stages}
    assert (stages["consenting"], stages["deferred"]) == (1, 0)  # as it is now
    assert stages["mobilising"] == 1  # as it was kept, since nothing changed there
    assert found.funnel.support.households == 11
    assert len(untouched) < 30
