"""A plan in force and the draft that changes it, told in one language: for pictures of the pages about them."""

from datetime import date
from decimal import Decimal

from accounts.choices import Role
from accounts.models import User
from renovation.models import FundingSource, Neighbourhood
from renovation.services.plans import freeze_plan, open_draft, remove_item, set_item
from tests.factories import COMMUNITY, make_user

TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {
        "city": "市级财政",
        "residents": "居民出资",
        "builder": "宜江建设",
        "note": "各单元楼道内",
        "reason": "改用耐久材料",
        "official": "陈立",
    },
    "en": {
        "city": "City budget",
        "residents": "Residents",
        "builder": "Yijiang Builders",
        "note": "In each stairwell",
        "reason": "More durable materials",
        "official": "Chen Li",
    },
}


def plan(home: Neighbourhood, language: str) -> User:
    """Freezes a first revision and opens a draft in which one item is dearer, one is out and one has no price yet.

    Residents pay by floor area. Returns the official who did it.
    """
    told = TOLD_IN[language]
    official = make_user(Role.DISTRICT_OFFICIAL, COMMUNITY[:6], display_name=told["official"])
    city = FundingSource.objects.create(neighbourhood=home, kind="municipal", name=told["city"])
    residents = FundingSource.objects.create(
        neighbourhood=home, kind="residents", name=told["residents"], route="by_area"
    )
    first = open_draft(neighbourhood=home, by=official)
    menu = {item.code: item for item in first.menu_edition.items.all()}
    for item in list(first.items.select_related("menu_item")):
        set_item(
            plan=first,
            menu_item=item.menu_item,
            quantity=Decimal(120),
            unit_price=Decimal("86.50"),
            contractor=told["builder"],
            starts_on=date(2026, 12, 15),
            ends_on=date(2027, 5, 31),
            payers={city.pk: Decimal(1)},
            by=official,
        )
    both = {city.pk: Decimal(60), residents.pk: Decimal(40)}
    for code, quantity, price in (("B03", 1240, 86), ("U01", 1, 222000), ("I08", 4, 2600)):
        set_item(
            plan=first,
            menu_item=menu[code],
            quantity=Decimal(quantity),
            unit_price=Decimal(price),
            note=told["note"],
            payers=both,
            by=official,
        )
    freeze_plan(plan=first, by=official)
    draft = open_draft(neighbourhood=home, reason=told["reason"], by=official)
    set_item(plan=draft, menu_item=menu["I08"], quantity=Decimal(4), unit_price=Decimal(3100), by=official)
    remove_item(item=draft.items.get(menu_item__code="B03"), by=official)
    set_item(plan=draft, menu_item=menu["U02"], quantity=Decimal(1), by=official)
    return official
