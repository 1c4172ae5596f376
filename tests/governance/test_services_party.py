"""Checking in, areas and reports: the state after, and each refusal once."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Change, HistoryEntry
from governance.errors.party import (
    AreaEnded,
    AreaGivenAlready,
    MemberEnded,
    MemberKnown,
    MemberNotServing,
    NoPartyBody,
    OtherBuilding,
    PeriodNotBegun,
    PeriodUnreadable,
    WorkUnitNeeded,
)
from governance.models import Body, MemberReport, PartyMember
from governance.reports.party import areas_by_building, figures_of, members_to_report, units_to_report
from governance.rules.party import PartyFigures
from governance.services.party import (
    describe_member,
    end_area,
    end_member,
    give_area,
    hand_in_report,
    show_area,
)
from renovation.errors import DayInFuture, DayOutOfOrder, OtherNeighbourhood
from renovation.models import Neighbourhood
from tests.factories import make_building, make_stairwell
from tests.governance.party_cast import DAY, a_member, to_come

pytestmark = pytest.mark.django_db


def a_branch(neighbourhood, **fields):
    told = {"kind": "party_branch", "name": "嘉明花园党支部", "founded_on": date(2025, 1, 1)}
    return Body.objects.create(neighbourhood=neighbourhood, **{**told, **fields})


def test_a_member_is_checked_in_and_the_history_names_nobody(cast, community_worker):
    branch = a_branch(cast.home)

    member = a_member(cast.home, community_worker, body=branch)

    kept = PartyMember.objects.get()
    assert (kept.name, kept.work_unit, kept.check_in, kept.body, kept.ended_on) == (
        "钟爱国",
        "市一中",
        "unit",
        branch,
        None,
    )
    entry = HistoryEntry.objects.get(resource="party-members")
    assert (entry.act, entry.object_id, entry.details) == ("member_checked_in", member.pk, {"check_in": "unit"})
    assert Change.objects.get(resource="party-members").fields == []
    assert str(member) == "钟**"


def test_a_day_to_come_is_no_check_in(cast, community_worker):
    with pytest.raises(DayInFuture):
        a_member(cast.home, community_worker, checked_in_on=to_come())


def test_who_comes_through_the_work_unit_names_it(cast, community_worker):
    with pytest.raises(WorkUnitNeeded):
        a_member(cast.home, community_worker, work_unit="")
    assert a_member(cast.home, community_worker, work_unit="", check_in="residence").work_unit == ""


def test_the_same_member_checks_in_once_until_the_duty_ends(cast, community_worker):
    first = a_member(cast.home, community_worker)
    with pytest.raises(MemberKnown):
        a_member(cast.home, community_worker)
    a_member(cast.next_door, community_worker)
    end_member(member=first, ended_on=DAY, by=community_worker)

    assert a_member(cast.home, community_worker).pk != first.pk


@pytest.mark.parametrize("fields", [{"kind": "self_governing_group"}, {"ended_on": DAY, "end_reason": "合并"}])
def test_a_member_belongs_to_a_standing_party_body(cast, community_worker, fields):
    body = a_branch(cast.home, **fields)
    with pytest.raises(NoPartyBody):
        a_member(cast.home, community_worker, body=body)


def test_a_body_of_another_neighbourhood_does_not_do(cast, community_worker):
    with pytest.raises(OtherNeighbourhood):
        a_member(cast.home, community_worker, body=a_branch(cast.next_door))


def test_particulars_are_written_anew_without_their_values_in_the_history(cast, community_worker):
    member = a_member(cast.home, community_worker)

    described = describe_member(member=member, by=community_worker, phone="13900002222", name="钟爱国")

    assert (described.phone, described.version) == ("13900002222", 2)
    entry = HistoryEntry.objects.get(act="member_described")
    assert (entry.details, Change.objects.filter(resource="party-members").latest("pk").fields) == ({}, ["phone"])
    assert describe_member(member=member, by=community_worker, phone="13900002222").version == 2
    with pytest.raises(WorkUnitNeeded):
        describe_member(member=member, by=community_worker, work_unit="")


def test_with_the_duty_end_the_areas(cast, community_worker):
    member = a_member(cast.home, community_worker)
    area = give_area(
        member=member, building=cast.doors[0].building, duty="联系住户", starts_on=DAY, by=community_worker
    )

    end_member(member=member, ended_on=date(2026, 5, 1), by=community_worker)

    area.refresh_from_db()
    assert area.ends_on == date(2026, 5, 1)
    for refused in (
        lambda: end_member(member=member, ended_on=date(2026, 5, 2), by=community_worker),
        lambda: describe_member(member=member, by=community_worker, phone=""),
        lambda: give_area(member=member, building=cast.doors[0].building, duty="x", starts_on=DAY, by=community_worker),
    ):
        with pytest.raises(MemberEnded):
            refused()


def test_a_duty_ends_after_it_began_and_after_its_areas_did(cast, community_worker):
    member = a_member(cast.home, community_worker)
    with pytest.raises(DayOutOfOrder):
        end_member(member=member, ended_on=DAY - timedelta(days=1), by=community_worker)
    with pytest.raises(DayInFuture):
        end_member(member=member, ended_on=to_come(), by=community_worker)
    give_area(member=member, building=cast.doors[0].building, duty="x", starts_on=date(2026, 4, 1), by=community_worker)
    with pytest.raises(DayOutOfOrder):
        end_member(member=member, ended_on=date(2026, 3, 31), by=community_worker)


def test_an_area_is_given_once_and_where_it_fits(cast, community_worker):
    member, building = a_member(cast.home, community_worker), cast.doors[0].building
    told = {"member": member, "duty": "联系住户", "starts_on": DAY, "by": community_worker}
    whole = give_area(building=building, **told)
    give_area(building=building, stairwell=cast.doors[0].stairwell, **told)

    assert (whole.stairwell, whole.shown_with_consent_on) == (None, None)
    with pytest.raises(AreaGivenAlready):
        give_area(building=building, **told)
    with pytest.raises(OtherBuilding):
        give_area(building=building, stairwell=cast.doors[2].stairwell, **told)
    with pytest.raises(OtherNeighbourhood):
        give_area(building=cast.other_doors[0].building, **told)
    with pytest.raises(DayInFuture):
        give_area(building=cast.doors[2].building, **{**told, "starts_on": to_come()})
    with pytest.raises(DayOutOfOrder):
        give_area(building=cast.doors[2].building, **{**told, "starts_on": DAY - timedelta(days=1)})


def test_consent_to_be_shown_is_given_and_taken_back(cast, community_worker):
    member = a_member(cast.home, community_worker)
    area = give_area(member=member, building=cast.doors[0].building, duty="x", starts_on=DAY, by=community_worker)

    shown = show_area(area=area, consents_on=DAY, by=community_worker)
    hidden = show_area(area=area, consents_on=None, by=community_worker)
    again = show_area(area=area, consents_on=None, by=community_worker)

    assert (shown.shown_with_consent_on, hidden.shown_with_consent_on) == (DAY, None)
    assert (hidden.version, again.version) == (3, 3)
    acts = HistoryEntry.objects.filter(resource="responsibility-areas").order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["area_given", "area_shown", "area_hidden"]
    with pytest.raises(DayInFuture):
        show_area(area=area, consents_on=to_come(), by=community_worker)


def test_an_area_ends_once(cast, community_worker):
    member = a_member(cast.home, community_worker)
    area = give_area(member=member, building=cast.doors[0].building, duty="x", starts_on=DAY, by=community_worker)
    with pytest.raises(DayOutOfOrder):
        end_area(area=area, ends_on=DAY - timedelta(days=1), by=community_worker)

    assert end_area(area=area, ends_on=DAY, by=community_worker).ends_on == DAY
    with pytest.raises(AreaEnded):
        end_area(area=area, ends_on=DAY, by=community_worker)
    with pytest.raises(AreaEnded):
        show_area(area=area, consents_on=DAY, by=community_worker)
    give_area(member=member, building=cast.doors[0].building, duty="x", starts_on=DAY, by=community_worker)


def report(neighbourhood, by, **fields):
    told = {"period": "2026-H1", "reported_on": date(2026, 7, 3), "text": "参加巡逻六次"}
    return hand_in_report(neighbourhood=neighbourhood, by=by, **{**told, **fields})


def test_reports_of_members_and_of_units(cast, community_worker):
    member = a_member(cast.home, community_worker)

    report(cast.home, community_worker, member=member)
    report(cast.home, community_worker, work_unit="市一中", period="2026", reported_on=date(2026, 9, 1))

    kept = MemberReport.objects.order_by("pk").values_list("member", "work_unit", "period")
    assert list(kept) == [(member.pk, "", "2026-H1"), (None, "市一中", "2026")]
    with pytest.raises(IntegrityError), transaction.atomic():
        MemberReport.objects.update(text="别的")


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({}, WorkUnitNeeded),
        ({"work_unit": "市一中"}, PeriodUnreadable),
        ({"work_unit": "市一中", "period": "2027"}, PeriodNotBegun),
        ({"work_unit": "市一中", "period": "2025", "reported_on": "to_come"}, DayInFuture),
    ],
)
def test_what_is_no_report(cast, community_worker, fields, refusal):
    fields = {name: to_come() if value == "to_come" else value for name, value in fields.items()}
    with pytest.raises(refusal):
        report(cast.home, community_worker, **fields)


def test_a_report_is_of_one_who_served_in_the_period_here(cast, community_worker):
    member = a_member(cast.home, community_worker)
    with pytest.raises(WorkUnitNeeded):
        report(cast.home, community_worker, member=member, work_unit="市一中")
    with pytest.raises(OtherNeighbourhood):
        report(cast.next_door, community_worker, member=member)
    end_member(member=member, ended_on=date(2026, 6, 30), by=community_worker)

    report(cast.home, community_worker, member=member)
    with pytest.raises(MemberNotServing):
        report(cast.home, community_worker, member=member, period="2026-H2", reported_on=date(2026, 8, 1))
    with pytest.raises(MemberNotServing):
        report(cast.home, community_worker, member=member, period="2025-H2")


def test_who_is_still_to_report(cast, community_worker):
    today = date(2026, 8, 1)
    reported = a_member(cast.home, community_worker)
    silent = a_member(cast.home, community_worker, name="丁一", work_unit="供电公司", checked_in_on=date(2025, 5, 1))
    a_member(cast.home, community_worker, name="方新", checked_in_on=date(2026, 7, 1))
    report(cast.home, community_worker, member=reported)

    assert list(members_to_report(cast.home, today)) == [silent]
    assert units_to_report(cast.home, today) == ["供电公司"]
    report(cast.home, community_worker, work_unit="供电公司", period="2025", reported_on=date(2026, 7, 3))
    assert units_to_report(cast.home, today) == []


def test_figures_count_what_is_there(cast, community_worker):
    member = a_member(cast.home, community_worker)
    a_member(cast.home, community_worker, name="方新", check_in="residence")
    a_member(cast.next_door, community_worker)
    for stairwell in (None, cast.doors[0].stairwell):
        give_area(
            member=member,
            building=cast.doors[0].building,
            stairwell=stairwell,
            duty="x",
            starts_on=DAY,
            by=community_worker,
        )
    report(cast.home, community_worker, member=member)
    report(cast.home, community_worker, member=member)

    figures = figures_of(Neighbourhood.objects.filter(pk=cast.home.pk), date(2026, 8, 1), with_points=[])

    assert figures == {
        cast.home.pk: PartyFigures(
            members=2,
            by_unit=1,
            reported=1,
            reports_due=2,
            buildings=2,
            covered_buildings=1,
            services=None,
            points=None,
        )
    }


def test_every_building_is_told_with_or_without_somebody(cast, community_worker):
    make_stairwell(building=cast.doors[0].building, number="2")
    make_building(neighbourhood=cast.home, number="10")
    member = a_member(cast.home, community_worker)
    area = give_area(member=member, building=cast.doors[2].building, duty="x", starts_on=DAY, by=community_worker)

    rows = areas_by_building(cast.home, date(2026, 8, 1))

    assert [(row.building.number, row.areas) for row in rows] == [("1", []), ("2", [area]), ("10", [])]


def test_the_database_keeps_a_unit_with_its_name_and_one_open_area(cast, community_worker):
    member = a_member(cast.home, community_worker)
    give_area(member=member, building=cast.doors[0].building, duty="x", starts_on=DAY, by=community_worker)
    with pytest.raises(IntegrityError), transaction.atomic():
        PartyMember.objects.filter(pk=member.pk).update(work_unit="")
    with pytest.raises(IntegrityError), transaction.atomic():
        member.areas.create(building=cast.doors[0].building, duty="y", starts_on=DAY)
