"""A neighbourhood that is paid for: sources of several kinds, money of every step, an award on its way; told in one
language. For pictures of the pages of money.
"""

from dataclasses import dataclass
from decimal import Decimal

from accounts.choices import Role
from accounts.models import User
from renovation.choices import Stage
from renovation.models import AwardTranche, FundingEntry, FundingSource, Household, Neighbourhood
from renovation.services.awards import add_tranche, advance_tranche
from renovation.services.funding import reverse_entry
from tests.factories import COMMUNITY, make_building, make_household, make_neighbourhood, make_stairwell, make_user
from tests.renovation.funds import item_of, make_entry, make_plan_in_force, make_source

TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {
        "home": "望江里小区",
        "empty": "黄龙小区",
        "central": "中央补助",
        "residents": "居民出资",
        "lift": "二号楼加装电梯",
        "donations": "居民捐赠",
        "award": "以奖代补资金",
        "labour": "投工投劳",
        "document": "宜财建〔2026〕38号",
        "donor": "李热心",
        "silent": "赵不留名",
        "mistake": "入错账",
        "worker": "王丽",
        "official": "陈立",
        "auditor": "周敏",
        "item": "项目",
    },
    "en": {
        "home": "Wangjiang Lane",
        "empty": "Huanglong",
        "central": "Central subsidy of 2026",
        "residents": "Households",
        "lift": "Lift of building 2",
        "donations": "Donations",
        "award": "Award of the city",
        "labour": "Labour of residents",
        "document": "Budget office 2026-38",
        "donor": "Li Rexin",
        "silent": "Zhao Buliuming",
        "mistake": "Paid to the wrong account",
        "worker": "Wang Li",
        "official": "Chen Li",
        "auditor": "Zhou Min",
        "item": "Item",
    },
}


@dataclass
class Funded:
    home: Neighbourhood
    empty: Neighbourhood
    worker: User
    official: User
    auditor: User
    doors: list[Household]
    sources: dict[str, FundingSource]
    tranche: AwardTranche
    planned: AwardTranche
    reversed: FundingEntry
    reversal: FundingEntry


def fund(language: str) -> Funded:
    told = TOLD_IN[language]
    home = make_neighbourhood(name=told["home"], stage=Stage.HANDED_OVER)
    worker, official, auditor = (
        make_user(role, territory, display_name=told[name])
        for role, territory, name in (
            (Role.COMMUNITY_STAFF, COMMUNITY, "worker"),
            (Role.DISTRICT_OFFICIAL, COMMUNITY[:6], "official"),
            (Role.AUDITOR, COMMUNITY[:4], "auditor"),
        )
    )
    doors = [
        make_household(stairwell=stairwell, unit_number=f"{floor}0{side}", floor=floor)
        for number, floors in (("1", 4), ("2", 1))
        for stairwell in [make_stairwell(building=make_building(neighbourhood=home, number=number), number="1")]
        for floor in range(1, floors + 1)
        for side in (1, 2)
    ]
    kinds = {"central": "central", "award": "award", "labour": "in_kind"}
    sources = {name: make_source(home, kind, name=told[name]) for name, kind in kinds.items()}
    for name, route in (("residents", "by_area"), ("donations", "donation")):
        sources[name] = make_source(home, "residents", name=told[name], route=route)
    sources["lift"] = make_source(
        home,
        "residents",
        name=told["lift"],
        route="by_weight",
        floor_weights={"1": "0", "2": "0.8"},
        stairwell=doors[-1].stairwell,
    )
    plan = make_plan_in_force(
        home,
        {
            ("B01", sources["central"]): "602640.00",
            ("B03", sources["central"]): "12455400.00",
            ("B03", sources["residents"]): "100000.00",
            ("B03", sources["labour"]): "22000.00",
            ("U11", sources["award"]): "200000.00",
        },
        {(sources["residents"], door): "10000.00" for door in doors},
    )
    plan.menu_edition.items.filter(code__in=("B01", "B03", "U11")).update(
        name_zh=TOLD_IN["zh-hans"]["item"], name_en=TOLD_IN["en"]["item"]
    )
    drains = item_of(plan, "B01")
    by_official = {"document": told["document"], "by": official}
    make_entry(sources["central"], "committed", "13058040.00", **by_official)
    make_entry(sources["central"], "received", "500000.00", menu_item=drains, **by_official)
    mistaken = make_entry(sources["central"], "spent", "120000.00", menu_item=drains, **by_official)
    reversal = reverse_entry(entry=mistaken, reason=told["mistake"], by=official)
    make_entry(sources["central"], "spent", "102000.00", menu_item=drains, **by_official)
    make_entry(sources["labour"], "received", "4000.00", **by_official)
    by_worker = {"document": told["document"], "by": worker}
    for number, door in enumerate(doors[:7]):
        make_entry(sources["residents"], "committed", "10000.00", household=door, **by_worker)
        if number % 2:
            make_entry(sources["residents"], "received", "10000.00", household=door, **by_worker)
    gifts = sources["donations"]
    make_entry(gifts, "received", "5000.00", payer=told["donor"], payer_may_be_named=True, **by_worker)
    make_entry(gifts, "received", "800.00", payer=told["silent"], **by_worker)
    tranche = add_tranche(source=sources["award"], amount=Decimal("120000.00"), by=official)
    tranche = advance_tranche(tranche=tranche, to="eligible", document=told["document"], by=official)
    waiting = make_source(make_neighbourhood(name=told["empty"]), "award", name=told["award"])
    return Funded(
        home=home,
        empty=waiting.neighbourhood,
        worker=worker,
        official=official,
        auditor=auditor,
        doors=doors,
        sources=sources,
        tranche=tranche,
        planned=add_tranche(source=waiting, amount=Decimal("80000.00"), by=official),
        reversed=mistaken,
        reversal=reversal,
    )
