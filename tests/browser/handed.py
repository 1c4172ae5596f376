"""Handovers in every state, told in one language: for pictures of the pages about them."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from governance.choices.handover import HandoverKind
from governance.models import Asset, Body, Handover, Management, ServiceWithdrawal
from governance.services.handover import add_asset, amend_handover, open_handover, sign_handover
from governance.services.withdrawals import plan_withdrawal, postpone_withdrawal
from renovation.choices import Stage
from renovation.models import Neighbourhood
from tests.factories import COMMUNITY, make_building, make_neighbourhood, make_user
from tests.renovation.supervision_cast import a_defect

TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {
        "worker": "王丽",
        "prepared": "嘉明花园",
        "signed": "宜港小区",
        "bare": "黄龙小区",
        "company": "宜居物业服务有限公司",
        "contract": "物业合同〔2026〕3号",
        "fee": "住宅每平方米每月六角，车位每月八十元",
        "list": "移交清单〔2026〕1号",
        "pump": "生活水泵",
        "pump_place": "3 号楼地下室",
        "lamp": "庭院灯",
        "sewer": "雨污分流主管",
        "utility": "宜昌水务集团",
        "piece": "台",
        "metre": "米",
        "meters": "水表、电表由专业经营单位直管到户，不随物业移交。",
        "leak": "3 号楼三单元顶层雨后渗水",
        "chair": "周敏",
        "manager": "赵志强",
        "decision": "撤出〔2026〕2号",
        "late": "物业公司保洁队十二月中旬方能进场。",
    },
    "en": {
        "worker": "Wang Li",
        "prepared": "Jiaming Garden",
        "signed": "Yigang",
        "bare": "Huanglong",
        "company": "Yiju Property Services",
        "contract": "Property contract 3 of 2026",
        "fee": "Homes 0.60 yuan a square metre and month, spaces 80 yuan a month",
        "list": "Handover list 1 of 2026",
        "pump": "Water pump",
        "pump_place": "Cellar of building 3",
        "lamp": "Garden lamp",
        "sewer": "Main sewer, rain and waste apart",
        "utility": "Yichang Water",
        "piece": "pieces",
        "metre": "metres",
        "meters": "Water and power meters belong to the utilities and do not pass to the company.",
        "leak": "Water comes in on the top floor of building 3 after rain",
        "chair": "Zhou Min",
        "manager": "Zhao Zhiqiang",
        "decision": "Decision 2 of 2026",
        "late": "The company's cleaners can only begin in the middle of December.",
    },
}


@dataclass
class Handed:
    """`prepared` waits for its signatures, `signed` is handed over and lets services end, `bare` has no manager yet."""

    worker: User
    prepared: Neighbourhood
    signed: Neighbourhood
    bare: Neighbourhood
    handover: Handover
    finished: Handover
    asset: Asset
    ready: ServiceWithdrawal
    waiting: ServiceWithdrawal


def hand_over(language: str) -> Handed:
    told, today = TOLD_IN[language], timezone.localdate()
    worker = make_user(Role.COMMUNITY_STAFF, COMMUNITY, display_name=told["worker"])
    prepared = make_neighbourhood(name=told["prepared"], stage=Stage.EVALUATED)
    signed = make_neighbourhood(name=told["signed"], stage=Stage.EVALUATED)
    building = make_building(neighbourhood=prepared, number="3")
    a_defect(prepared, text=told["leak"], building=building, by=worker)
    handover = _listed(prepared, worker, told)
    sign_handover(handover=handover, party="committee", name=told["chair"], signed_on=today, by=worker)
    finished = _listed(signed, worker, told)
    for party, name in (("committee", "chair"), ("manager", "manager"), ("community", "worker")):
        sign_handover(
            handover=finished, party=party, name=told[name], signed_on=today, document=told["list"], by=worker
        )
    signed.stage = Stage.HANDED_OVER
    signed.save(update_fields=["stage"])
    readiness = {
        "taken_over_by": told["company"],
        "fee_covers_it": True,
        "residents_told_on": today - timedelta(days=40),
    }
    plans = {"neighbourhood": signed, "document": told["decision"], "by": worker}
    ready = plan_withdrawal(service="cleaning", ends_on=today - timedelta(days=1), readiness=readiness, **plans)
    waiting = plan_withdrawal(service="greening", ends_on=today + timedelta(days=30), **plans)
    postpone_withdrawal(withdrawal=waiting, ends_on=today + timedelta(days=60), reason=told["late"], by=worker)
    return Handed(
        worker=worker,
        prepared=prepared,
        signed=signed,
        bare=make_neighbourhood(name=told["bare"], stage=Stage.EVALUATED),
        handover=handover,
        finished=finished,
        asset=handover.assets.order_by("pk")[0],
        ready=ready,
        waiting=waiting,
    )


def _listed(neighbourhood: Neighbourhood, worker: User, told: dict[str, str]) -> Handover:
    """A handover to a company, with its lists filled in: only the meters stay where they are."""
    today = timezone.localdate()
    company = Body.objects.create(
        neighbourhood=neighbourhood,
        kind="property_company",
        name=told["company"],
        founded_on=today - timedelta(days=900),
        term_starts_on=today - timedelta(days=200),
        term_ends_on=today + timedelta(days=900),
        contract_document=told["contract"],
    )
    management = Management.objects.create(
        neighbourhood=neighbourhood,
        mode="company",
        body=company,
        document=told["contract"],
        fee_standard=told["fee"],
        starts_on=today - timedelta(days=200),
    )
    handover = open_handover(
        neighbourhood=neighbourhood,
        management=management,
        handover_on=today - timedelta(days=2),
        document=told["list"],
        by=worker,
    )
    for name, kind, quantity, unit, fields in (
        ("pump", "equipment", "2", "piece", {"place": told["pump_place"]}),
        ("lamp", "outdoors", "36", "piece", {"state": "worn"}),
        ("sewer", "pipes", "412.5", "metre", {"taken_by": told["utility"]}),
    ):
        add_asset(
            handover=handover,
            name=told[name],
            kind=kind,
            quantity=Decimal(quantity),
            unit=told[unit],
            by=worker,
            **fields,
        )
    items = {kind: {"handed": True} for kind in HandoverKind.values if kind != "meters"}
    items["keys"]["count"] = 126
    amend_handover(handover=handover, items={**items, "meters": {"note": told["meters"]}}, by=worker)
    return handover
