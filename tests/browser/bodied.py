"""A neighbourhood whose three seats are held, as it is told in one language; and the addresses that show it."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from governance.services.bodies import file_body, found_body
from governance.services.managements import agree_management
from governance.services.memberships import add_member
from renovation.models import Neighbourhood
from tests.factories import make_owner

TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {
        "branch": "嘉明花园党支部",
        "committee": "嘉明花园第二届业主委员会",
        "company": "夷陵诚信物业服务有限公司",
        "group": "红管家",
        "group_for": "管花园、调纠纷，每周三巡查一次",
        "second_group": "老伙计帮帮团",
        "second_group_for": "照看独居老人，修修补补",
        "office": "学院街道办事处",
        "contract": "物合〔2025〕12号",
        "approval": "西学工委〔2025〕7号",
        "fee": "每平方米每月 0.60 元，商铺 1.20 元",
        "gardens": "花园与绿化",
        "accounts": "账目公开",
        "chair": "周建国",
        "deputy": "李秀兰",
        "member": "陈立新",
        "third": "王芳",
        "fourth": "赵德明",
        "clerk": "刘强",
    },
    "en": {
        "branch": "Jiaming Garden Branch",
        "committee": "Second Committee of Jiaming Garden",
        "company": "Yiling Honest Property Ltd",
        "group": "Red Stewards",
        "group_for": "Look after the garden, settle quarrels, walk a round on Wednesdays",
        "second_group": "Old Mates",
        "second_group_for": "Look in on the old, mend what is broken",
        "office": "Xueyuan Subdistrict Office",
        "contract": "Contract 12 of 2025",
        "approval": "Approval 7 of 2025",
        "fee": "0.60 yuan a square metre and month, shops 1.20 yuan",
        "gardens": "Gardens",
        "accounts": "Open accounts",
        "chair": "Zhou Jianguo",
        "deputy": "Li Xiulan",
        "member": "Chen Lixin",
        "third": "Wang Fang",
        "fourth": "Zhao Deming",
        "clerk": "Liu Qiang",
    },
}


def seat(neighbourhood: Neighbourhood, worker: User, language: str) -> dict[str, str]:
    """Fills the seats: the chair leads the branch as well, the committee has four members, the contract ends soon.
    Returns the pages about it by a short name.
    """
    told, today = TOLD_IN[language], timezone.localdate()
    then = today - timedelta(days=700)
    place: dict[str, Any] = {"neighbourhood": neighbourhood, "by": worker}
    branch = found_body(**place, kind="party_branch", name=told["branch"], founded_on=then, document=told["approval"])
    committee = found_body(
        **place,
        kind="owners_committee",
        name=told["committee"],
        founded_on=then,
        term_ends_on=date(then.year + 5, then.month, 1),
    )
    file_body(body=committee, filed_on=then + timedelta(days=9), filed_with=told["office"], by=worker)
    company = found_body(
        **place,
        kind="property_company",
        name=told["company"],
        founded_on=then,
        term_ends_on=today + timedelta(days=60),
        contract_document=told["contract"],
    )
    group = found_body(
        **place, kind="self_governing_group", name=told["group"], purpose=told["group_for"], founded_on=then
    )
    found_body(
        **place,
        kind="self_governing_group",
        name=told["second_group"],
        purpose=told["second_group_for"],
        founded_on=then,
    )
    chair = make_owner(neighbourhood=neighbourhood, name=told["chair"])
    for body, role, who, post in (
        (branch, "secretary", "chair", ""),
        (branch, "member", "third", ""),
        (branch, "member", "fourth", ""),
        (committee, "chair", "chair", ""),
        (committee, "deputy", "deputy", ""),
        (committee, "member", "member", told["accounts"]),
        (committee, "member", "fourth", told["gardens"]),
        (group, "chair", "deputy", ""),
        (group, "member", "third", ""),
        (company, "staff", "clerk", ""),
    ):
        owner = chair if who == "chair" else None
        phone = "13812342071" if who in ("deputy", "clerk") else ""
        add_member(body=body, name=told[who], role=role, post=post, owner=owner, phone=phone, starts_on=then, by=worker)
    agree_management(
        **place, mode="company", body=company, document=told["contract"], fee_standard=told["fee"], starts_on=then
    )
    here = f"/neighbourhoods/{neighbourhood.pk}"
    member = committee.memberships.get(role="deputy")
    return {
        "bodies": "/bodies/",
        "bodies-wanting": "/bodies/?wants=ending",
        "governance": f"{here}/governance/",
        "body": f"{here}/bodies/{committee.pk}/",
        "body-branch": f"{here}/bodies/{branch.pk}/",
        "body-member": f"{here}/bodies/{committee.pk}/members/{member.pk}/",
        "body-new-committee": f"{here}/bodies/new/owners_committee/",
        "body-new-company": f"{here}/bodies/new/property_company/",
        "managements": f"{here}/management/",
    }


def empty_seats(neighbourhood: Neighbourhood) -> dict[str, str]:
    """The pages of a neighbourhood where nobody holds a seat."""
    here = f"/neighbourhoods/{neighbourhood.pk}"
    return {"governance-none": f"{here}/governance/", "managements-none": f"{here}/management/"}
