"""The adapters of WeChat Pay and Alipay: what they believe, and what they answer."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.providers import Asked, Merchant, Notice, ProviderFailed, UnfitKey, adapter_of, alipay, wechat
from tests.governance.provider_cast import (
    Message,
    alipay_merchant,
    alipay_message,
    private_pem,
    public_pem,
    sign,
    wechat_headers,
    wechat_keys,
    wechat_merchant,
    wechat_message,
)

PAID_AT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
ASKED = Asked(
    "N1", Decimal("155.70"), "物业费", datetime(2026, 11, 24, 4, tzinfo=UTC), "https://gongdi.example/notify/"
)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("A message must not send us to the network.")

    monkeypatch.setattr(requests.Session, "request", refuse)
    monkeypatch.setattr("alipay.urlopen", refuse)


def read_wechat(message: Message) -> Notice | None:
    return wechat.read_notification(wechat_merchant(), message.headers, message.body)


def read_alipay(message: Message) -> Notice | None:
    return alipay.read_notification(alipay_merchant(), {}, message.body)


def test_wechat_tells_of_a_payment_in_yuan():
    notice = read_wechat(wechat_message())

    assert notice == Notice("4200000001", "N1", Decimal("155.70"), PAID_AT)


def test_alipay_tells_of_a_payment_by_the_clock_of_beijing():
    notice = read_alipay(alipay_message())

    assert notice == Notice("2026112422001", "N1", Decimal("155.70"), PAID_AT)


def test_wechat_believes_nobody_else():
    good = wechat_message()

    assert read_wechat(wechat_message(by="stranger")) is None
    assert read_wechat(Message(good.body.replace(b"EV-2018", b"EV-2019"), good.headers)) is None
    # Another signer's certificate is not fetched, and neither is that of a probe.
    for name, value in (
        ("Wechatpay-Serial", "5157F09EFDC096DE15EBE81A47057A72"),
        ("Wechatpay-Signature", "WECHATPAY/SIGNTEST/abc"),
        ("Wechatpay-Signature", ""),
        ("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"),
        ("Wechatpay-Nonce", "another"),
    ):
        assert read_wechat(Message(good.body, {**good.headers, name: value})) is None
    assert read_wechat(Message(good.body)) is None


def test_wechat_reads_only_what_is_sealed_for_this_merchant():
    good = wechat_message()
    other_seal = Merchant("1900007291", "wx1", {**wechat_keys(), "apiv3_key": "x" * 32})

    assert wechat.read_notification(other_seal, good.headers, good.body) is None
    assert read_wechat(wechat_message(mchid="1900000000")) is None
    for body in ("no json", "[]", '{"resource_type": "encrypt-resource", "resource": {"algorithm": "ROT13"}}'):
        assert read_wechat(Message(body.encode(), wechat_headers(body))) is None


def test_alipay_believes_nobody_else():
    good = alipay_message()

    assert read_alipay(alipay_message(by="stranger")) is None
    assert read_alipay(Message(good.body.replace(b"155.70", b"999.70"))) is None
    assert read_alipay(Message(good.body.replace(b"sign_type=RSA2", b"sign_type=RSA"))) is None
    assert read_alipay(Message(good.body + b"&total_amount=1.00")) is None
    assert read_alipay(alipay_message(app_id="2014072300000000")) is None
    assert read_alipay(alipay_message(seller_id="2088000000000000")) is None


@pytest.mark.parametrize(
    "message",
    [
        wechat_message(event="REFUND.SUCCESS"),
        wechat_message(trade_state="CLOSED"),
        wechat_message(fen=0),
        wechat_message(fen="155.70"),
        wechat_message(amount=None),
        wechat_message(amount={"total": 15570, "currency": "USD"}),
    ],
)
def test_wechat_tells_of_no_payment(message):
    assert read_wechat(message) == Notice("4200000001", "N1")


@pytest.mark.parametrize(
    "told",
    [
        {"trade_status": "WAIT_BUYER_PAY"},
        {"trade_status": "TRADE_CLOSED"},
        {"refund_fee": "10.00"},
        {"total_amount": "0.00"},
        {"total_amount": "1e5"},
        {"total_amount": None},
    ],
)
def test_alipay_tells_of_no_payment(told):
    assert read_alipay(alipay_message(**told)) == Notice("2026112422001", "N1")


def test_a_payment_without_a_readable_time_is_still_a_payment():
    assert read_wechat(wechat_message(success_time="yesterday")) == Notice("4200000001", "N1", Decimal("155.70"))
    assert read_alipay(alipay_message(gmt_payment=None, notify_time="soon")) == Notice(
        "2026112422001", "N1", Decimal("155.70")
    )


@settings(max_examples=10, deadline=None)  # each loads keys
@given(body=st.binary(max_size=200), signature=st.text(max_size=60))
def test_nothing_that_a_stranger_sends_is_believed_or_raises(body, signature):
    headers = {**wechat_headers(""), "Wechatpay-Signature": signature}

    assert read_wechat(Message(body, headers)) is None
    assert read_alipay(Message(body)) is None
    assert read_alipay(Message(urlencode({"sign": signature, "sign_type": "RSA2"}).encode())) is None


@pytest.mark.parametrize("provider", ["wechat", "alipay"])
def test_a_provider_hears_whether_its_message_was_taken(provider):
    adapter = adapter_of(provider)

    assert (adapter.acknowledge(True).status, adapter.acknowledge(False).status) == (200, 401)
    assert (wechat.acknowledge(True).body, alipay.acknowledge(True).body) == (
        '{"code": "SUCCESS", "message": ""}',
        "success",
    )


@pytest.mark.parametrize(
    ("provider", "merchant", "name", "value"),
    [
        ("wechat", wechat_merchant(), "private_key", "no key"),
        ("wechat", wechat_merchant(), "public_key", private_pem("merchant")),
        ("wechat", wechat_merchant(), "apiv3_key", "short"),
        ("wechat", wechat_merchant(), "public_key_id", ""),
        ("alipay", alipay_merchant(), "app_private_key", public_pem("merchant")),
        ("alipay", alipay_merchant(), "alipay_public_key", "####"),
    ],
)
def test_keys_are_checked_before_they_are_kept(provider, merchant, name, value):
    adapter_of(provider).check_keys(merchant)

    with pytest.raises(UnfitKey) as refusal:
        adapter_of(provider).check_keys(Merchant(merchant.number, merchant.app, {**merchant.keys, name: value}))

    assert refusal.value.name == name


def test_alipay_takes_its_keys_as_pem_too():
    keys = {"app_private_key": private_pem("merchant"), "alipay_public_key": public_pem("provider")}
    merchant = Merchant("2088101106499364", "2014072300007148", keys)

    alipay.check_keys(merchant)

    assert alipay.read_notification(merchant, {}, alipay_message().body) is not None


class Answer:
    """What `requests` returns."""

    def __init__(self, body: str, *, status: int = 200, by: str = "provider") -> None:
        self.text, self.status_code = body, status
        self.headers = {**wechat_headers(body, by=by), "Content-Type": "application/json"}


def test_wechat_is_asked_for_a_code_in_fen(monkeypatch):
    sent = {}

    def post(**kwargs):
        sent.update(kwargs)
        return Answer('{"code_url": "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"}')

    monkeypatch.setattr("wechatpayv3.core.requests.post", post)

    url = wechat.pay_url(wechat_merchant(), ASKED)

    assert url == "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"
    assert sent["url"] == "https://api.mch.weixin.qq.com/v3/pay/transactions/native"
    assert sent["timeout"] == wechat.TIMEOUT
    assert sent["json"] == {
        "notify_url": "https://gongdi.example/notify/",
        "description": "物业费",
        "out_trade_no": "N1",
        "amount": {"total": 15570, "currency": "CNY"},
        "time_expire": "2026-11-24T04:00:00+00:00",
        "appid": "wxd678efh567hg6787",
        "mchid": "1900007291",
    }


@pytest.mark.parametrize(
    "answer",
    [
        Answer('{"code": "NO_AUTH", "message": "商户无权限"}', status=403),
        Answer('{"code_url": "weixin://x"}', by="stranger"),
        requests.ConnectTimeout(),
    ],
)
def test_wechat_may_fail(monkeypatch, answer):
    def post(**kwargs):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr("wechatpayv3.core.requests.post", post)

    with pytest.raises(ProviderFailed):
        wechat.pay_url(wechat_merchant(), ASKED)


class Opened:
    """What `urlopen` returns."""

    def __init__(self, told: dict, *, by: str = "provider") -> None:
        content = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
        self.body = f'{{"alipay_trade_precreate_response":{content},"sign":"{sign(content, by)}"}}'

    def read(self) -> bytes:
        return self.body.encode()


def test_alipay_is_asked_for_a_code(monkeypatch):
    sent = []

    def urlopen(url, **kwargs):
        sent.append((url, kwargs))
        return Opened({"code": "10000", "msg": "Success", "qr_code": "https://qr.alipay.com/bax03431"})

    monkeypatch.setattr("alipay.urlopen", urlopen)

    url = alipay.pay_url(alipay_merchant(), ASKED)

    assert url == "https://qr.alipay.com/bax03431"
    (address, kwargs) = sent[0]
    query = parse_qs(urlsplit(address).query)
    assert kwargs["timeout"] == alipay.TIMEOUT
    assert query["notify_url"] == ["https://gongdi.example/notify/"]
    assert json.loads(query["biz_content"][0]) == {
        "subject": "物业费",
        "out_trade_no": "N1",
        "total_amount": "155.70",
        "time_expire": "2026-11-24 12:00:00",
    }


@pytest.mark.parametrize(
    "answer",
    [
        Opened({"code": "40004", "msg": "Business Failed", "sub_msg": "订单金额超过限额"}),
        Opened({"code": "10000", "qr_code": "https://qr.example/evil"}, by="stranger"),
        OSError("no route"),
    ],
)
def test_alipay_may_fail(monkeypatch, answer):
    def urlopen(url, **kwargs):
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr("alipay.urlopen", urlopen)

    with pytest.raises(ProviderFailed):
        alipay.pay_url(alipay_merchant(), ASKED)


def test_keys_are_not_shown():
    assert "PRIVATE KEY" not in repr(wechat_merchant())
