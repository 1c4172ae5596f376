"""Payment providers as tests play them: keys of their own, and messages signed as the providers' documents say."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from governance.providers import Merchant

WECHAT_KEY_ID = "PUB_KEY_ID_0114232134912410000000000000"
APIV3_KEY = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Message:
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@cache
def key_of(who: str) -> rsa.RSAPrivateKey:
    """The key of "merchant", "provider" or "stranger", made once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(who: str) -> str:
    return key_of(who).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(who: str) -> str:
    return key_of(who).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def bare(pem: str) -> str:
    """A key as Alipay hands it out: base64 in one line."""
    return "".join(line for line in pem.splitlines() if not line.startswith("-----"))


def sign(text: str, by: str) -> str:
    return base64.b64encode(key_of(by).sign(text.encode(), PKCS1v15(), SHA256())).decode()


def wechat_keys() -> dict[str, str]:
    return {
        "private_key": private_pem("merchant"),
        "cert_serial_no": "3775B6A45ACD588826D15E583A95F5DD",
        "apiv3_key": APIV3_KEY,
        "public_key": public_pem("provider"),
        "public_key_id": WECHAT_KEY_ID,
    }


def alipay_keys() -> dict[str, str]:
    return {"app_private_key": bare(private_pem("merchant")), "alipay_public_key": bare(public_pem("provider"))}


def wechat_merchant() -> Merchant:
    return Merchant("1900007291", "wxd678efh567hg6787", wechat_keys())


def alipay_merchant() -> Merchant:
    return Merchant("2088101106499364", "2014072300007148", alipay_keys())


def wechat_message(
    *, by: str = "provider", event: str = "TRANSACTION.SUCCESS", fen: Any = 15570, **resource: Any
) -> Message:
    """A notification of WeChat Pay, its resource sealed with the merchant's APIv3 key."""
    told = {
        "mchid": "1900007291",
        "appid": "wxd678efh567hg6787",
        "out_trade_no": "N1",
        "transaction_id": "4200000001",
        "trade_state": "SUCCESS",
        "success_time": "2026-11-24T09:30:00+08:00",
        "amount": {"total": fen, "payer_total": fen, "currency": "CNY"},
    } | resource
    nonce, associated = "fdasflkja484", "transaction"
    sealed = AESGCM(APIV3_KEY.encode()).encrypt(nonce.encode(), json.dumps(told).encode(), associated.encode())
    body = json.dumps(
        {
            "id": "EV-2018022511223320873",
            "create_time": "2026-11-24T09:30:01+08:00",
            "event_type": event,
            "resource_type": "encrypt-resource",
            "resource": {
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": base64.b64encode(sealed).decode(),
                "associated_data": associated,
                "nonce": nonce,
                "original_type": "transaction",
            },
        }
    )
    return Message(body.encode(), wechat_headers(body, by=by))


def wechat_headers(body: str, *, by: str = "provider") -> dict[str, str]:
    return {
        "Wechatpay-Timestamp": "1795483801",
        "Wechatpay-Nonce": "c5ac7061fccab6bf3e254dcf98995b8c",
        "Wechatpay-Signature": sign(f"1795483801\nc5ac7061fccab6bf3e254dcf98995b8c\n{body}\n", by),
        "Wechatpay-Serial": WECHAT_KEY_ID,
        "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
    }


def alipay_message(*, by: str = "provider", **told: Any) -> Message:
    """A notification of Alipay; None takes a field out."""
    fields = {
        "app_id": "2014072300007148",
        "seller_id": "2088101106499364",
        "charset": "utf-8",
        "notify_time": "2026-11-24 09:30:02",
        "notify_type": "trade_status_sync",
        "subject": "物业费",
        "trade_no": "2026112422001",
        "out_trade_no": "N1",
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "155.70",
        "gmt_payment": "2026-11-24 09:30:00",
        "fund_bill_list": '[{"amount":"155.70","fundChannel":"ALIPAYACCOUNT"}]',
    } | told
    fields = {name: value for name, value in fields.items() if value is not None}
    signed = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
    return Message(urlencode({**fields, "sign": sign(signed, by), "sign_type": "RSA2"}).encode())
