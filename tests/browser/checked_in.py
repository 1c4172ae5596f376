"""A neighbourhood whose party members serve and whose stairwells have boards; and the addresses that show it."""

from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from governance.services.boards import add_board_photo, put_up_board
from governance.services.party import check_in_member, give_area, hand_in_report
from governance.services.points import approve_service, propose_service, reverse_points, set_rule
from renovation.models import Neighbourhood, Stairwell
from tests.factories import give_role, make_user
from tests.works_rows import PHOTO

TOLD_IN: dict[str, dict[str, Any]] = {
    "zh-hans": {
        "members": (
            ("钟爱国", "宜昌市第一中学"),
            ("李秀兰", ""),
            ("丁一鸣", "国网宜昌供电公司"),
            ("方晓", ""),
            ("覃建军", "西陵区市场监督管理局"),
        ),
        "duty": "联系住户、调解纠纷、带头清理楼道",
        "report": "参加周末清洁日六次，上门看望独居老人十二户。",
        "rule": "义务巡逻",
        "second_rule": "楼道清洁日",
        "document": "下沉党员积分办法（试行）",
        "service": "夜间巡逻两小时，劝离占道车辆三台。",
        "reason": "同一次巡逻重复登记",
        "butler": "刘芳",
        "head": "赵德明",
        "colleague": "覃书记",
    },
    "en": {
        "members": (
            ("Zhong Aiguo", "First Middle School"),
            ("Li Xiulan", ""),
            ("Ding Yiming", "Power Supply Company"),
            ("Fang Xiao", ""),
            ("Qin Jianjun", "Market Office"),
        ),
        "duty": "Keep in touch with homes, settle quarrels, clear the stairwell",
        "report": "Six days of cleaning, twelve visits to people who live alone.",
        "rule": "Volunteer patrol",
        "second_rule": "Day of cleaning",
        "document": "Rules of points, on trial",
        "service": "Two hours of patrol at night, three cars sent off the path.",
        "reason": "Written down twice",
        "butler": "Liu Fang",
        "head": "Zhao Deming",
        "colleague": "Secretary Qin",
    },
}


def serve(neighbourhood: Neighbourhood, worker: User, language: str) -> dict[str, str]:
    """Five members with areas, reports and service in each state; a board with a building head, one without, and one
    stairwell without a board. The worker keeps points, too. Returns the pages about it by a short name.
    """
    told, today = TOLD_IN[language], timezone.localdate()
    then = today - timedelta(days=400)
    give_role(worker, Role.PARTY_SECRETARY, neighbourhood.code)
    other = make_user(Role.PARTY_SECRETARY, neighbourhood.code, username="200001", display_name=told["colleague"])
    stairwells = list(Stairwell.objects.filter(building__neighbourhood=neighbourhood).order_by("pk"))
    first, second = stairwells[:2]
    members = [
        check_in_member(
            neighbourhood=neighbourhood,
            name=name,
            work_unit=unit,
            check_in="unit" if unit else "residence",
            checked_in_on=then,
            phone="13812342071",
            by=worker,
        )
        for name, unit in told["members"]
    ]
    for member, stairwell in ((members[0], None), (members[1], first)):
        give_area(
            member=member,
            building=first.building,
            stairwell=stairwell,
            duty=told["duty"],
            starts_on=then,
            shown_with_consent_on=then,
            by=worker,
        )
    half = f"{then.year}-H{1 if then.month <= 6 else 2}"
    for member in members[:3]:
        hand_in_report(
            neighbourhood=neighbourhood,
            member=member,
            period=half,
            reported_on=today,
            text=told["report"],
            by=worker,
        )
    rules = [
        set_rule(
            division=neighbourhood.community,
            code=code,
            name=told[name],
            points=points,
            document=told["document"],
            valid_from=then,
            by=worker,
        )
        for code, name, points in (("1", "rule", 5), ("2", "second_rule", 2))
    ]
    records = [
        propose_service(
            member=member,
            rule=rules[n % 2],
            done_on=today - timedelta(days=n),
            text=told["service"],
            by=worker if n == 3 else other,
        )
        for n, member in enumerate(members[:4])
    ]
    for record in records[:2]:
        approve_service(record=record, by=worker)
    reverse_points(record=records[1], reason=told["reason"], by=worker)
    butler = {"butler_name": told["butler"], "butler_phone": "0717-6220001", "put_up_on": then, "by": worker}
    board = put_up_board(
        stairwell=first,
        building_head_name=told["head"],
        building_head_phone="0717-6220145",
        head_consents_on=then,
        **butler,
    )
    add_board_photo(board=board, file=ContentFile(PHOTO, name="board.png"), by=worker)
    put_up_board(stairwell=second, **butler)
    here = f"/neighbourhoods/{neighbourhood.pk}"
    return {
        "party": f"{here}/party/",
        "party-ended": f"{here}/party/?ended=1",
        "party-member-new": f"{here}/party/members/new/",
        "party-member": f"{here}/party/members/{members[0].pk}/",
        "party-reports": f"{here}/party/reports/",
        "party-services": f"{here}/party/services/",
        "party-service-waiting": f"{here}/party/services/{records[2].pk}/",
        "party-service-own": f"{here}/party/services/{records[3].pk}/",
        "party-service-reversed": f"{here}/party/services/{records[1].pk}/",
        "boards": f"{here}/boards/",
        "board": f"{here}/boards/{board.pk}/",
        "board-new": f"{here}/boards/new/{stairwells[2].pk}/",
        "boards-print": f"{here}/boards/print/",
    }


def nobody_serves(neighbourhood: Neighbourhood) -> dict[str, str]:
    """The pages of a neighbourhood without party members and without stairwells."""
    here = f"/neighbourhoods/{neighbourhood.pk}"
    return {"party-none": f"{here}/party/", "boards-none": f"{here}/boards/"}
