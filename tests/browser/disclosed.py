"""A neighbourhood of which something was collected, published and audited, told in one language; and its addresses."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from governance.rules.fees.periods import add_months, quarter_of
from governance.services.fees.audits import audit_fees
from governance.services.fees.disclosures import publish_disclosure
from governance.services.fees.purses import book_entry, reverse_entry
from renovation.models import Neighbourhood
from tests.factories import make_building, make_household, make_stairwell
from tests.governance.payments_cast import a_bill, pay

TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {
        "advert": "电梯广告合同〔2026〕5号",
        "lift": "三部电梯轿厢广告",
        "keeper": "停车管理人员工资",
        "wages": "工资单〔2026〕8号",
        "roof": "屋面维修决算〔2026〕2号",
        "twice": "重复登记",
        "gate": "东门公告栏",
    },
    "en": {
        "advert": "Advertising contract 5 of 2026",
        "lift": "Posters in three lifts",
        "keeper": "Wages of the parking attendants",
        "wages": "Payroll 8 of 2026",
        "roof": "Final account of the roof, 2 of 2026",
        "twice": "Entered twice",
        "gate": "Board at the east gate",
    },
}


def disclose(neighbourhood: Neighbourhood, clerk: User, language: str) -> dict[str, str]:
    """The last quarter billed, paid in part and published, then corrected; purses with entries; an audit that found
    bills without lines.
    """
    told, today = TOLD_IN[language], timezone.localdate()
    quarter = quarter_of(add_months(today.replace(day=1), -3))
    first, noon = quarter.first, timezone.make_aware(datetime.combine(quarter.first, datetime.min.time()))
    well = make_stairwell(building=make_building(neighbourhood=neighbourhood, number="77"), number="1")
    for number in range(7):
        door = make_household(stairwell=well, unit_number=f"{number + 1}01", floor=number + 1)
        a_bill(door, "155.70", first)
        a_bill(door, "240.00", first, kind="parking", charge="shared_land")
        if number % 4:
            pay(door, "395.70", paid_at=noon + timedelta(days=20))
    here = {"neighbourhood": neighbourhood, "by": clerk, "at": timezone.now()}
    income = {**here, "purse": "public_income", "booked_on": date(first.year, first.month, 5)}
    book_entry(**income, source="advertising", amount=Decimal(1200), document=told["advert"], note=told["lift"])
    book_entry(**income, source="running_cost", amount=Decimal(-300), document=told["wages"], note=told["keeper"])
    wrong = book_entry(**income, source="advertising", amount=Decimal(1200), document=told["advert"])
    book_entry(**{**income, "purse": "maintenance_fund"}, source="repair", amount=Decimal(-8000), document=told["roof"])
    sheet = {**here, "period": quarter, "posted_at_place": told["gate"]}
    published = publish_disclosure(**sheet)
    reverse_entry(entry=wrong, reason=told["twice"], by=clerk)
    corrected = publish_disclosure(**sheet, corrects=published)
    before = quarter_of(first - timedelta(days=1))
    audit = audit_fees()
    fees = f"/fees/{neighbourhood.pk}"
    return {
        "fee-rates": f"{fees}/rates/?period={quarter.text}",
        "fee-disclosures": f"{fees}/disclosures/",
        "fee-disclosure-new": f"{fees}/disclosures/new/?period={before.text}",
        "fee-disclosure-again": f"{fees}/disclosures/new/?period={quarter.text}",
        "fee-disclosure": f"{fees}/disclosures/{corrected.pk}/",
        "fee-disclosure-corrected": f"{fees}/disclosures/{published.pk}/",
        "fee-purse": f"{fees}/purses/public_income/",
        "fee-purse-fund": f"{fees}/purses/maintenance_fund/",
        "fee-audits": "/fees/audits/",
        "fee-audit": f"/fees/audits/{audit.pk}/",
    }


def nothing_disclosed(neighbourhood: Neighbourhood) -> dict[str, str]:
    """The same pages where there is nothing yet, and a period that is not over."""
    fees, today = f"/fees/{neighbourhood.pk}", timezone.localdate()
    return {
        "fee-rates-none": f"{fees}/rates/",
        "fee-disclosures-none": f"{fees}/disclosures/",
        "fee-disclosure-early": f"{fees}/disclosures/new/?period={today.year}-Q{(today.month + 2) // 3}",
        "fee-purse-none": f"{fees}/purses/maintenance_fund/",
    }
