"""Points: rules from a day on, another person decides, and a reversal is a row of its own."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from accounts.models import HistoryEntry
from governance.errors.party import (
    MemberNotServing,
    NothingToReverse,
    OwnService,
    RuleEnded,
    RuleNotInForce,
    RuleSetAlready,
    ServiceDecided,
)
from governance.models import PointEntry, PointRule, ServiceRecord
from governance.reports.party import figures_of, points_keepers, points_of, rules_for
from governance.services.party import describe_member, end_member
from governance.services.points import approve_service, end_rule, reject_service, reverse_points
from renovation.errors import DayInFuture, DayOutOfOrder, ReasonNeeded, SecondPersonNeeded
from renovation.models import Neighbourhood
from tests.governance.party_cast import a_member, a_rule, a_service, to_come

pytestmark = pytest.mark.django_db


def test_a_later_rule_ends_the_one_before_it(cast):
    first = a_rule()
    later = a_rule(points=8, valid_from=date(2026, 7, 1))

    first.refresh_from_db()
    assert (first.valid_to, later.valid_to) == (date(2026, 6, 30), None)
    assert rules_for(cast.home, date(2026, 6, 30)) == [first]
    assert rules_for(cast.home, date(2026, 7, 1)) == [later]
    with pytest.raises(RuleSetAlready):
        a_rule(valid_from=date(2026, 5, 1))


def test_the_community_goes_before_the_city(cast):
    a_rule("4205", points=3)
    own = a_rule("420502001001", points=9)
    a_rule("420503")

    assert rules_for(cast.home, date(2026, 6, 1)) == [own]


def test_a_rule_ends_once_and_not_before_it_begins(cast, party_secretary):
    rule = a_rule()
    with pytest.raises(DayOutOfOrder):
        end_rule(rule=rule, valid_to=date(2025, 12, 31), by=party_secretary)

    assert end_rule(rule=rule, valid_to=date(2026, 6, 30), by=party_secretary).valid_to == date(2026, 6, 30)
    assert rules_for(cast.home, date(2026, 7, 1)) == []
    with pytest.raises(RuleEnded):
        end_rule(rule=rule, valid_to=date(2026, 6, 30), by=party_secretary)


def test_a_proposal_waits_and_earns_nothing(cast, community_worker, party_secretary):
    member = a_member(cast.home, community_worker)

    record = a_service(member, party_secretary, a_rule())

    assert (record.state, record.points, record.proposed_by, points_of(member)) == ("proposed", 5, party_secretary, 0)
    entry = HistoryEntry.objects.get(resource="service-records")
    assert (entry.act, entry.details) == ("service_proposed", {})


def test_points_are_those_of_the_day_of_proposal_whatever_the_rule_becomes(
    cast, community_worker, party_secretary, deputy_secretary
):
    rule = a_rule()
    member = a_member(cast.home, community_worker)
    record = a_service(member, party_secretary, rule)
    PointRule.objects.filter(pk=rule.pk).update(points=50)

    approve_service(record=record, by=deputy_secretary)

    assert points_of(member) == 5


def test_a_service_lies_in_the_duty_under_a_rule_that_holds(cast, community_worker, party_secretary):
    member = a_member(cast.home, community_worker)
    rule, elsewhere = a_rule(), a_rule("420503", code="other")
    end_member(member=member, ended_on=date(2026, 4, 30), by=community_worker)

    assert a_service(member, party_secretary, rule, done_on=date(2026, 4, 30)).state == "proposed"
    for day in (date(2026, 2, 28), date(2026, 5, 1)):
        with pytest.raises(MemberNotServing):
            a_service(member, party_secretary, rule, done_on=day)
    with pytest.raises(RuleNotInForce):
        a_service(member, party_secretary, elsewhere)
    with pytest.raises(DayInFuture):
        a_service(member, party_secretary, rule, done_on=to_come())


def test_another_person_approves(cast, community_worker, party_secretary, deputy_secretary):
    member = a_member(cast.home, community_worker)
    record = a_service(member, party_secretary)
    with pytest.raises(SecondPersonNeeded):
        approve_service(record=record, by=party_secretary)

    approved = approve_service(record=record, by=deputy_secretary, note="属实")

    assert (approved.state, approved.decided_by, approved.decision) == ("approved", deputy_secretary, "属实")
    assert list(PointEntry.objects.values_list("record", "points")) == [(record.pk, 5)]
    with pytest.raises(ServiceDecided):
        approve_service(record=record, by=deputy_secretary)
    with pytest.raises(ServiceDecided):
        reject_service(record=record, reason="x", by=deputy_secretary)


def test_nobody_decides_on_service_of_their_own(cast, community_worker, party_secretary, deputy_secretary):
    member = a_member(cast.home, community_worker, user=deputy_secretary)
    record = a_service(member, party_secretary)

    for decide in (approve_service, reject_service):
        with pytest.raises(OwnService):
            decide(record=record, by=deputy_secretary, **({"reason": "x"} if decide is reject_service else {}))
    describe_member(member=member, by=community_worker, user=None)
    approve_service(record=record, by=deputy_secretary)
    describe_member(member=member, by=community_worker, user=deputy_secretary)
    with pytest.raises(OwnService):
        reverse_points(record=record, reason="x", by=deputy_secretary)


def test_nobody_takes_off_an_account_of_their_own_to_decide(cast, community_worker, party_secretary, deputy_secretary):
    member = a_member(cast.home, community_worker, user=deputy_secretary)

    with pytest.raises(OwnService):
        describe_member(member=member, by=deputy_secretary, user=None)

    assert describe_member(member=member, by=deputy_secretary, phone="13800001111", user=deputy_secretary).user == (
        deputy_secretary
    )


def test_a_rejection_gives_its_reason_and_no_points(cast, community_worker, party_secretary, deputy_secretary):
    member = a_member(cast.home, community_worker)
    record = a_service(member, party_secretary)
    with pytest.raises(ReasonNeeded):
        reject_service(record=record, reason=" ", by=deputy_secretary)
    with pytest.raises(SecondPersonNeeded):
        reject_service(record=record, reason="重复", by=party_secretary)

    rejected = reject_service(record=record, reason="重复", by=deputy_secretary)

    assert (rejected.state, rejected.decision, points_of(member)) == ("rejected", "重复", 0)
    with pytest.raises(NothingToReverse):
        reverse_points(record=record, reason="x", by=deputy_secretary)


def test_points_are_taken_back_once_by_a_row(cast, community_worker, party_secretary, deputy_secretary):
    member = a_member(cast.home, community_worker)
    record = approve_service(record=a_service(member, party_secretary), by=deputy_secretary)
    with pytest.raises(ReasonNeeded):
        reverse_points(record=record, reason="", by=party_secretary)

    reverse_points(record=record, reason="记错日期", by=party_secretary)

    assert list(PointEntry.objects.order_by("pk").values_list("points", "reason")) == [(5, ""), (-5, "记错日期")]
    assert points_of(member) == 0
    record.refresh_from_db()
    assert (record.state, record.version) == ("approved", 3)
    with pytest.raises(NothingToReverse):
        reverse_points(record=record, reason="x", by=party_secretary)


def test_the_year_counts_services_and_points(cast, community_worker, party_secretary, deputy_secretary):
    member = a_member(cast.home, community_worker, checked_in_on=date(2025, 1, 1))
    a_rule(valid_from=date(2025, 1, 1))
    for day in (date(2026, 4, 1), date(2026, 4, 2), date(2025, 12, 31)):
        approve_service(record=a_service(member, party_secretary, done_on=day), by=deputy_secretary)
    a_service(member, party_secretary)
    reverse_points(record=ServiceRecord.objects.get(done_on=date(2026, 4, 2)), reason="x", by=party_secretary)

    here = Neighbourhood.objects.filter(pk=cast.home.pk)
    told = figures_of(here, date(2026, 8, 1))[cast.home.pk]

    assert (told.services, told.points) == (2, 5)


def test_those_decide_who_keep_points_here_today(
    cast, community_worker, committee_member, party_secretary, deputy_secretary
):
    assert list(points_keepers(cast.home, date.max)) == [deputy_secretary, party_secretary]
    assert list(points_keepers(cast.next_door, date.max)) == []


def test_what_was_decided_and_what_was_earned_cannot_be_changed(
    cast, community_worker, party_secretary, deputy_secretary
):
    record = a_service(a_member(cast.home, community_worker), party_secretary)
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceRecord.objects.filter(pk=record.pk).update(points=500)
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceRecord.objects.filter(pk=record.pk).update(state="approved")
    approve_service(record=record, by=deputy_secretary)

    for change in (
        lambda: ServiceRecord.objects.filter(pk=record.pk).update(decision="x"),
        lambda: PointEntry.objects.update(points=500),
        lambda: PointEntry.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    with pytest.raises(IntegrityError), transaction.atomic():
        record.entries.create(points=5, at=record.created_at)
