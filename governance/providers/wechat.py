"""WeChat Pay, API v3, by `wechatpayv3`: notifications, and codes to pay by (Native).

In the mode of the platform's public key (微信支付公钥): its number stands in each message, so that nothing is fetched
to check a signature.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.utils import format_private_key, format_public_key

from governance.providers import Acknowledgement, Asked, Merchant, Notice, ProviderFailed, UnfitKey

KEYS: tuple[str, ...] = ("private_key", "cert_serial_no", "apiv3_key", "public_key", "public_key_id")
TIMEOUT = (5, 15)
"""Seconds to reach the provider, and to hear from it."""

LARGEST = 10**10 - 1
"""Fen: what a payment can hold, far above what the provider lets anybody pay."""

_SIGNED_BY = "Wechatpay-Serial"
_HEADERS = (
    "Wechatpay-Signature",
    "Wechatpay-Timestamp",
    "Wechatpay-Nonce",
    _SIGNED_BY,
    "Wechatpay-Signature-Type",
)


def check_keys(merchant: Merchant) -> None:
    keys = merchant.keys
    try:
        private_key = load_pem_private_key(format_private_key(keys["private_key"]).encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UnfitKey("private_key") from error
    try:
        public_key = load_pem_public_key(format_public_key(keys["public_key"]).encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnfitKey("public_key") from error
    for name, is_fit in (
        ("private_key", isinstance(private_key, RSAPrivateKey)),
        ("public_key", isinstance(public_key, RSAPublicKey)),
        ("apiv3_key", len(keys["apiv3_key"].encode()) == 32),
        ("cert_serial_no", bool(keys["cert_serial_no"])),
        ("public_key_id", bool(keys["public_key_id"])),
    ):
        if not is_fit:
            raise UnfitKey(name)


def read_notification(merchant: Merchant, headers: Mapping[str, str], body: bytes) -> Notice | None:
    named = {name: headers.get(name, "") for name in _HEADERS}
    # The library would fetch certificates for any other signer: a stranger's message must not send us anywhere.
    if not named[_SIGNED_BY] or named[_SIGNED_BY] != merchant.keys["public_key_id"]:
        return None
    try:
        message = _client(merchant).callback(headers=named, body=body)
        resource = message["resource"] if message else None
    # What the library, base64, UTF-8 or JSON make of a message that WeChat did not write.
    except Exception:
        return None
    if not isinstance(resource, dict) or resource.get("mchid", merchant.number) != merchant.number:
        return None
    return _notice(message, resource)


def pay_url(merchant: Merchant, asked: Asked) -> str:
    try:
        status, answer = _client(merchant).pay(
            description=asked.words,
            out_trade_no=asked.number,
            amount={"total": int(asked.amount * 100), "currency": "CNY"},
            time_expire=asked.expires_at.isoformat(timespec="seconds"),
            notify_url=asked.notify_url,
            pay_type=WeChatPayType.NATIVE,
        )
        told = json.loads(answer)
    # The network, a signature that does not hold, an answer that is no JSON: to whoever asks they are one.
    except Exception as error:
        raise ProviderFailed(str(error)) from error
    if status != 200 or not told.get("code_url"):
        raise ProviderFailed(str(told.get("message", status)))
    return str(told["code_url"])


def acknowledge(ok: bool) -> Acknowledgement:
    told = {"code": "SUCCESS", "message": ""} if ok else {"code": "FAIL", "message": "refused"}
    return Acknowledgement(200 if ok else 401, "application/json", json.dumps(told))


def _client(merchant: Merchant) -> Any:
    keys = merchant.keys
    return WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=merchant.number,
        appid=merchant.app,
        private_key=keys["private_key"],
        cert_serial_no=keys["cert_serial_no"],
        apiv3_key=keys["apiv3_key"],
        public_key=keys["public_key"],
        public_key_id=keys["public_key_id"],
        timeout=TIMEOUT,
    )


def _notice(message: Mapping[str, Any], resource: Mapping[str, Any]) -> Notice:
    """What WeChat signed. What tells of no payment, or not in fen of yuan, has no amount."""
    transaction, order_number = str(resource.get("transaction_id", "")), str(resource.get("out_trade_no", ""))
    amount = resource.get("amount")
    total = amount.get("total") if isinstance(amount, dict) else None
    is_paid = message.get("event_type") == "TRANSACTION.SUCCESS" and resource.get("trade_state") == "SUCCESS"
    if not (is_paid and isinstance(amount, dict) and isinstance(total, int) and 0 < total <= LARGEST):
        return Notice(transaction, order_number)
    if amount.get("currency", "CNY") != "CNY":
        return Notice(transaction, order_number)
    return Notice(transaction, order_number, Decimal(total) / 100, _moment(resource.get("success_time")))


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
