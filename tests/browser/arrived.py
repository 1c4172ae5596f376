"""A neighbourhood to which money comes by file and by code, told in one language; and the addresses of its pages."""

from datetime import date, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from governance.models import PaymentOrder, ProviderNotice
from governance.services.fees.accounts import current_account
from governance.services.fees.channels import end_channel, open_channel
from governance.services.fees.statement_lines import set_aside
from governance.services.fees.statements import take_statement
from renovation.models import Neighbourhood
from tests.factories import make_building, make_household, make_neighbourhood, make_stairwell
from tests.governance.payments_cast import a_bill
from tests.governance.provider_cast import alipay_keys, wechat_keys

TOLD_IN: dict[str, dict[str, str]] = {
    "zh-hans": {
        "place": "桃花岭二村",
        "file": "十一月对账单.csv",
        "payer": "周敏",
        "remark": "十一月物业费",
        "stranger": "刘芳",
        "unknown": "缴费",
        "interest": "利息",
        "reason": "银行结息，不是缴费",
    },
    "en": {
        "place": "Peach Hill Second Court",
        "file": "statement-november.csv",
        "payer": "Zhou Min",
        "remark": "Fee of November",
        "stranger": "Liu Fang",
        "unknown": "fee",
        "interest": "interest",
        "reason": "Interest of the bank, no fee",
    },
}


def arrive(clerk: User, language: str) -> dict[str, str]:
    """A place of its own: accounts with both providers, one ended; a code that waits, and one that is too old; money
    that fits no order; a statement of which some lines are settled, some are left and one is set aside.
    """
    told, now = TOLD_IN[language], timezone.now()
    neighbourhood = make_neighbourhood(name=told["place"])
    stairwell = make_stairwell(building=make_building(neighbourhood=neighbourhood, number="3"), number="1")
    doors = [
        make_household(stairwell=stairwell, unit_number=f"{floor}01", floor=floor, head_name=told["payer"])
        for floor in (1, 2, 3)
    ]
    here = {"neighbourhood": neighbourhood, "merchant": "1900007291", "app": "wxd678efh567hg6787", "by": clerk}
    over = open_channel(**here, provider="alipay", keys=alipay_keys())
    end_channel(channel=over, by=clerk)
    channel = open_channel(**here, provider="wechat", keys=wechat_keys())
    bill = a_bill(doors[0], "155.70", date(2026, 10, 1))
    a_bill(doors[1], "86.50", date(2026, 10, 1))
    orders = [
        PaymentOrder.objects.create(
            channel=channel,
            neighbourhood=neighbourhood,
            account=bill.account,
            number=f"2026112400000000000{number}",
            amount=Decimal("155.70"),
            pay_url="weixin://wxpay/bizpayurl?pr=p4lpSuKzz",
            expires_at=now + timedelta(hours=hours),
            by=clerk,
        )
        for number, hours in ((1, -2), (2, 2))
    ]
    ProviderNotice.objects.create(
        channel=channel,
        transaction="4200002026112400000001",
        order_number="20261123000000000009",
        amount=Decimal("60.00"),
        outcome="unknown_order",
        body_sha256="cd" * 32,
        received_at=now,
    )
    door = "-".join((doors[0].building.number, doors[0].stairwell.number, doors[0].unit_number))
    rows = [
        "交易时间,流水号,收入金额,对方户名,摘要",
        f"2026-11-20 09:30:00,9001,155.70,{told['payer']},{told['remark']} {door}",
        f"2026-11-20 09:31:00,9002,86.50,{told['payer']},{told['remark']}",
        f"2026-11-20 09:32:00,9003,70.00,{told['stranger']},{told['unknown']}",
        f"2026-11-20 09:33:00,9004,0.52,,{told['interest']}",
    ]
    current_account(doors[2], timezone.localdate())
    file = ContentFile("\n".join(rows).encode(), name=told["file"])
    statement = take_statement(neighbourhood=neighbourhood, source="bank", file=file, by=clerk).statement
    set_aside(line=statement.lines.get(reference="9004"), reason=told["reason"], by=clerk)
    fees = f"/fees/{neighbourhood.pk}"
    return {
        "fee-statements": f"{fees}/statements/",
        "fee-statement": f"{fees}/statements/{statement.pk}/",
        "fee-channels": f"{fees}/channels/",
        "fee-channel-new": f"{fees}/channels/new/alipay/",
        "fee-channel": f"{fees}/channels/{channel.pk}/",
        "fee-channel-ended": f"{fees}/channels/{over.pk}/",
        "fee-order-new": f"{fees}/orders/new/?household={doors[1].pk}",
        "fee-order-old": f"{fees}/orders/{orders[0].pk}/",
        "fee-order": f"{fees}/orders/{orders[1].pk}/",
    }


def nothing_arrived(neighbourhood: Neighbourhood) -> dict[str, str]:
    """The same pages where no money has come by file or by code."""
    fees = f"/fees/{neighbourhood.pk}"
    return {"fee-statements-none": f"{fees}/statements/", "fee-channels-none": f"{fees}/channels/"}
