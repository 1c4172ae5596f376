"""A row of each kind that a neighbourhood keeps of its party members and of the boards at its doors."""

from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from governance.models import (
    MemberReport,
    NoticeBoard,
    PartyMember,
    PointEntry,
    PointRule,
    ResponsibilityArea,
    ServiceRecord,
)
from renovation.models import Household, Neighbourhood
from tests.factories import give_role, make_user
from tests.works_rows import PHOTO

DAY = date(2026, 1, 1)


def keep_party(neighbourhood: Neighbourhood, household: Household, staff: User) -> dict[str, Any]:
    """Makes the rows, each with words that stand nowhere else, and returns their ids by what routes call them.

    Points are read by whoever keeps them alone, so the keeper is the secretary of the branch, too.
    """
    give_role(staff, Role.PARTY_SECRETARY, neighbourhood.code)
    other = make_user(Role.PARTY_SECRETARY, neighbourhood.code, username="other_secretary")
    member = PartyMember.objects.create(
        neighbourhood=neighbourhood,
        name="本小区党员",
        work_unit="本小区下沉单位",
        check_in="unit",
        checked_in_on=DAY,
        phone="13812342071",
    )
    area = ResponsibilityArea.objects.create(
        member=member,
        building=household.building,
        stairwell=household.stairwell,
        duty="本小区联系住户",
        shown_with_consent_on=DAY,
        starts_on=DAY,
    )
    rule = PointRule.objects.create(
        division=neighbourhood.community,
        code="patrol",
        name="本小区义务巡逻",
        points=5,
        document="本小区积分办法",
        valid_from=DAY,
    )
    record = ServiceRecord.objects.create(
        member=member,
        rule=rule,
        done_on=DAY,
        text="本小区夜间巡逻",
        points=5,
        state="approved",
        proposed_by=other,
        decision="本小区属实",
        decided_at=timezone.now(),
        decided_by=staff,
    )
    PointEntry.objects.create(record=record, points=5, at=timezone.now(), by=staff)
    report = MemberReport.objects.create(
        neighbourhood=neighbourhood,
        member=member,
        period="2026-H1",
        reported_on=DAY,
        text="本小区半年报告",
        at=timezone.now(),
        by=staff,
    )
    return {
        "party-member": member.pk,
        "party_member": member.pk,
        "responsibility-area": area.pk,
        "point-rule": rule.pk,
        "service-record": record.pk,
        "service": record.pk,
        "member-report": report.pk,
    }


def keep_boards(neighbourhood: Neighbourhood, household: Household, staff: User) -> dict[str, Any]:
    board = NoticeBoard(
        neighbourhood=neighbourhood,
        stairwell=household.stairwell,
        butler_name="本小区管家",
        butler_phone="0717-6220001",
        building_head_name="本小区楼长",
        building_head_phone="15400000077",
        head_consents_on=DAY,
        put_up_on=DAY,
    )
    board.photo.save("board.png", ContentFile(PHOTO), save=False)
    board.save()
    return {"notice-board": board.pk, "board": board.pk}
