"""Statements as banks and providers write them, and channels with keys that tests make."""

from django.core.files.base import ContentFile

from accounts.choices import Role
from accounts.models import User
from governance.models import PaymentChannel
from governance.services.fees.channels import open_channel
from governance.services.fees.statements import take_statement
from tests.factories import make_user
from tests.governance.provider_cast import alipay_keys, wechat_keys

BANK_HEAD = "交易日期,交易时间,流水号,借方发生额,贷方发生额,余额,对方户名,摘要"


def clerk_of(cast, username: str = "clerk-of-fees") -> User:
    return make_user(Role.PROPERTY_CLERK, cast.home.code, username=username)


def channel_of(cast, by: User, provider: str = "wechat") -> PaymentChannel:
    merchant, app, keys = {
        "wechat": ("1900007291", "wxd678efh567hg6787", wechat_keys()),
        "alipay": ("2088101106499364", "2014072300007148", alipay_keys()),
    }[provider]
    return open_channel(neighbourhood=cast.home, provider=provider, merchant=merchant, app=app, keys=keys, by=by)


def bank_file(*rows: str, name: str = "对账单.csv", encoding: str = "gb18030") -> ContentFile:
    """A bank's CSV with one row for each `reference,amount,remark`."""
    lines = ["账号：4200 0001,,,,,,,", BANK_HEAD]
    for row in rows:
        reference, amount, remark = row.split(",")
        lines.append(f'20261124,09:30:00,{reference},,"{amount}",1,王业主,{remark}')
    return ContentFile("\r\n".join([*lines, "合计,,,0.00,1.00,,,"]).encode(encoding), name=name)


def take(cast, by: User, *rows: str, source: str = "bank"):
    return take_statement(neighbourhood=cast.home, source=source, file=bank_file(*rows), by=by).statement
