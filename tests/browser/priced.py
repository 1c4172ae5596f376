"""A neighbourhood whose fees have prices, told in one language: reductions, a tenant who pays; and their addresses."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from governance.services.fees.liabilities import agree_liability, end_liability
from governance.services.fees.reductions import decide_reduction, propose_reduction
from governance.services.fees.schedules import add_schedule
from renovation.models import Household, Neighbourhood

TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {
        "contract": "物业服务合同〔2026〕1号",
        "board": "停车收费公示",
        "waste": "垃圾清运",
        "tenant": "刘芳",
        "lease": "租赁合同第12号",
        "hardship": "低保户，家中有重病人",
        "vacant": "全年无人居住，水电表未动",
        "proof": "社区证明〔2026〕3号",
        "yes": "情况属实，同意",
    },
    "en": {
        "contract": "Property service contract 1 of 2026",
        "board": "Parking charges as posted",
        "waste": "Waste collection",
        "tenant": "Liu Fang",
        "lease": "Lease 12",
        "hardship": "On basic income support, somebody is gravely ill",
        "vacant": "Empty all year, no water or power used",
        "proof": "Certificate 3 of 2026",
        "yes": "Checked and agreed",
    },
}


def price(
    neighbourhood: Neighbourhood, doors: Sequence[Household], clerk: User, second: User, language: str
) -> dict[str, str]:
    """Prices of every kind, now, to come and over; a reduction that waits and one that is approved; two tenants."""
    told, today = TOLD_IN[language], timezone.localdate()
    january = date(today.year, 1, 1)
    here = {"neighbourhood": neighbourhood, "document": told["contract"], "by": clerk}
    homes = {**here, "kind": "property", "basis": "per_m2_month", "uses": ["residential"]}
    add_schedule(**homes, unit_price=Decimal("0.5"), valid_from=january - timedelta(days=900), valid_to=january)
    made = add_schedule(
        **homes,
        unit_price=Decimal("0.6"),
        valid_from=january,
        vacant_share=Decimal("0.7"),
        late_charge_daily=Decimal("0.0005"),
        due_days=15,
    )
    add_schedule(**homes, unit_price=Decimal("0.625"), valid_from=today + timedelta(days=60))
    spaces = {**here, "kind": "parking", "document": told["board"], "valid_from": january}
    add_schedule(**spaces, basis="per_space_month", unit_price=Decimal(60), space_ownerships=["shared_land"])
    hourly = add_schedule(**spaces, basis="per_hour", unit_price=Decimal(2), free_minutes=30, daily_cap=Decimal(20))
    add_schedule(
        **here, kind="other", name=told["waste"], basis="per_household_month", unit_price=5, valid_from=january
    )
    months = {"from_month": january, "to_month": january.replace(month=6), "kind": "property"}
    waiting = propose_reduction(household=doors[0], reason="vacant", text=told["vacant"], by=second, **months)
    approved = propose_reduction(
        household=doors[1],
        reason="hardship",
        share=Decimal("0.5"),
        text=told["hardship"],
        document=told["proof"],
        by=clerk,
        **months,
    )
    decide_reduction(reduction=approved, approve=True, text=told["yes"], by=second)
    lease = {"name": told["tenant"], "document": told["lease"], "starts_on": january, "by": clerk}
    agree_liability(household=doors[2], phone="13900002222", **lease)
    end_liability(liability=agree_liability(household=doors[3], **lease), ends_on=january.replace(month=3), by=clerk)
    fees = f"/fees/{neighbourhood.pk}"
    return {
        "fee-prices": f"{fees}/prices/",
        "fee-price": f"{fees}/prices/{made.pk}/",
        "fee-price-hourly": f"{fees}/prices/{hourly.pk}/",
        "fee-price-new": f"{fees}/prices/new/",
        "fee-price-new-hourly": f"{fees}/prices/new/?what=hourly",
        "fee-tenants": f"{fees}/tenants/",
        "fee-tenant-new": f"{fees}/tenants/new/?household={doors[4].pk}",
        "fee-reductions": f"{fees}/reductions/",
        "fee-reduction-waiting": f"{fees}/reductions/{waiting.pk}/",
        "fee-reduction-approved": f"{fees}/reductions/{approved.pk}/",
        "fee-reduction-new": f"{fees}/reductions/new/",
    }


def nothing_priced(neighbourhood: Neighbourhood) -> dict[str, str]:
    """The same pages where nothing is charged yet."""
    fees = f"/fees/{neighbourhood.pk}"
    return {
        "fee-prices-none": f"{fees}/prices/",
        "fee-tenants-none": f"{fees}/tenants/",
        "fee-reductions-none": f"{fees}/reductions/",
    }
