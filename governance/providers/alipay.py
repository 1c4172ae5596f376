"""Alipay, by `python-alipay-sdk`: notifications, and codes to pay by (当面付, precreate), signed with RSA2."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from alipay import AliPay
from alipay.utils import AliPayConfig
from Cryptodome.PublicKey import RSA

from governance.providers import Acknowledgement, Asked, Merchant, Notice, ProviderFailed, UnfitKey

KEYS: tuple[str, ...] = ("app_private_key", "alipay_public_key")
TIMEOUT = 15
"""Seconds to hear from the provider."""

# Alipay writes times without an offset, by the clock of Beijing.
_CLOCK = ZoneInfo("Asia/Shanghai")
_PAID = frozenset({"TRADE_SUCCESS", "TRADE_FINISHED"})
_REFUNDED = frozenset({"refund_fee", "gmt_refund"})
_AMOUNT = re.compile(r"\d{1,8}(?:\.\d{1,2})?", re.ASCII)
_FIELDS = 200


def check_keys(merchant: Merchant) -> None:
    for name in KEYS:
        try:
            key = RSA.import_key(_pem(name, merchant.keys[name]))
        except (ValueError, IndexError, TypeError) as error:
            raise UnfitKey(name) from error
        if key.has_private() != (name == "app_private_key"):
            raise UnfitKey(name)


def read_notification(merchant: Merchant, headers: Mapping[str, str], body: bytes) -> Notice | None:
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_FIELDS
        )
        told = dict(pairs)
        if len(told) != len(pairs):  # a name twice: what was signed, and what is read, could differ
            return None
        signed = {name: value for name, value in told.items() if name != "sign"}
        # `verify` takes `sign_type` out, and raises for one that is not RSA2.
        holds = told.get("sign_type") == "RSA2" and _client(merchant).verify(signed, told["sign"])
    # What UTF-8, base64 or the library make of a message that Alipay did not write.
    except Exception:
        return None
    if not holds or told.get("app_id") != merchant.app or told.get("seller_id", merchant.number) != merchant.number:
        return None
    return _notice(told)


def pay_url(merchant: Merchant, asked: Asked) -> str:
    try:
        answer = _client(merchant).api_alipay_trade_precreate(
            subject=asked.words,
            out_trade_no=asked.number,
            total_amount=f"{asked.amount:.2f}",
            notify_url=asked.notify_url,
            time_expire=f"{asked.expires_at.astimezone(_CLOCK):%Y-%m-%d %H:%M:%S}",
        )
    # The network, a signature that does not hold: to whoever asks they are one.
    except Exception as error:
        raise ProviderFailed(str(error)) from error
    if answer.get("code") != "10000" or not answer.get("qr_code"):
        raise ProviderFailed(str(answer.get("sub_msg") or answer.get("msg") or answer.get("code")))
    return str(answer["qr_code"])


def acknowledge(ok: bool) -> Acknowledgement:
    return Acknowledgement(200 if ok else 401, "text/plain", "success" if ok else "fail")


def _client(merchant: Merchant) -> Any:
    return AliPay(
        appid=merchant.app,
        app_private_key_string=_pem("app_private_key", merchant.keys["app_private_key"]),
        alipay_public_key_string=_pem("alipay_public_key", merchant.keys["alipay_public_key"]),
        sign_type="RSA2",
        config=AliPayConfig(timeout=TIMEOUT),
    )


def _pem(name: str, text: str) -> str:
    """A key as PEM. Alipay hands keys out as bare base64."""
    text = text.strip()
    if text.startswith("-----BEGIN"):
        return text
    kind = "PRIVATE" if name == "app_private_key" else "PUBLIC"
    return f"-----BEGIN {kind} KEY-----\n{text}\n-----END {kind} KEY-----"


def _notice(told: Mapping[str, str]) -> Notice:
    """What Alipay signed. A refund of a payment bears the same numbers and tells of no payment."""
    transaction, order_number = told.get("trade_no", ""), told.get("out_trade_no", "")
    text = told.get("total_amount", "")
    is_paid = told.get("trade_status") in _PAID and _REFUNDED.isdisjoint(told)
    if not is_paid or not _AMOUNT.fullmatch(text) or not Decimal(text):
        return Notice(transaction, order_number)
    return Notice(
        transaction, order_number, Decimal(text), _moment(told.get("gmt_payment") or told.get("notify_time", ""))
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_CLOCK)
    except ValueError:
        return None
