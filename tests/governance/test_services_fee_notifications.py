"""Channels, orders, and what providers notify of: recorded once, whatever is sent and however often."""

from datetime import timedelta

import pytest

from common.secrets import decrypt
from governance.errors.fees import (
    BillNotOpen,
    BillOfAnotherDebtor,
    ChannelEnded,
    ChannelTaken,
    KeyUnfit,
    NoPaymentChannel,
    NoticeSettled,
    OrderNotWaiting,
    PrepaymentTooLong,
    ProviderUnavailable,
)
from governance.models import Payment, PaymentOrder, ProviderNotice
from governance.providers import ProviderFailed, wechat
from governance.reports.fees.channels import notices_to_settle, providers_here
from governance.services.fees.channels import end_channel, merchant_of, open_channel, renew_keys
from governance.services.fees.notifications import settle_notice, take_notification
from governance.services.fees.orders import ask_for_payment, close_order
from governance.services.fees.reversals import reverse_payment
from governance.services.fees.schedules import add_schedule
from tests.governance.payments_cast import JULY, NOON, D, a_bill, assert_book_holds, pay, standings
from tests.governance.provider_cast import alipay_message, wechat_keys, wechat_message
from tests.governance.statements_cast import channel_of, clerk_of

pytestmark = pytest.mark.django_db
URL = "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"


@pytest.fixture
def clerk(cast):
    return clerk_of(cast)


@pytest.fixture
def channel(cast, clerk):
    return channel_of(cast, clerk)


@pytest.fixture
def asked(monkeypatch):
    """What WeChat Pay was asked for; it answers with a code."""
    calls = []

    def pay_url(merchant, order):
        calls.append(order)
        return URL

    monkeypatch.setattr(wechat, "pay_url", pay_url)
    return calls


def ask(channel, household, amount="100.00", by=None, **fields):
    values = {"notify_url": "https://gongdi.example/notify/", "by": by, "at": NOON, **fields}
    return ask_for_payment(channel=channel, household=household, amount=D(amount), **values)


def tell(channel, message):
    return take_notification(channel=channel, headers=message.headers, body=message.body, at=NOON)


def outcomes():
    return list(ProviderNotice.objects.order_by("pk").values_list("outcome", flat=True))


def test_keys_are_kept_encrypted_and_read_back(cast, clerk, channel):
    assert b"PRIVATE" not in bytes(channel.secrets)
    assert b"PRIVATE" in decrypt(bytes(channel.secrets))
    assert dict(merchant_of(channel).keys) == {name: key.strip() for name, key in wechat_keys().items()}
    assert providers_here(cast.home) == ["wechat"]


def test_one_account_with_a_provider_is_current(cast, clerk, channel):
    with pytest.raises(ChannelTaken) as refusal:
        channel_of(cast, clerk)
    assert refusal.value.extra == {"channel": channel.pk}

    end_channel(channel=channel, by=clerk)

    assert providers_here(cast.home) == []
    with pytest.raises(ChannelEnded):
        renew_keys(channel=channel, keys=wechat_keys(), by=clerk)
    assert channel_of(cast, clerk).pk != channel.pk


def test_keys_that_do_not_fit_are_not_kept(cast, clerk, channel):
    with pytest.raises(KeyUnfit) as refusal:
        renew_keys(channel=channel, keys={**wechat_keys(), "apiv3_key": "short"}, by=clerk)
    assert refusal.value.extra == {"key": "apiv3_key"}
    with pytest.raises(KeyUnfit):
        open_channel(neighbourhood=cast.next_door, provider="wechat", merchant="1", app="1", keys={}, by=clerk)

    crlf = {name: key.replace("\n", "\r\n") for name, key in wechat_keys().items()}
    assert renew_keys(channel=channel, keys=crlf, by=clerk).version == 2


def test_a_payer_is_asked_for_a_sum(cast, clerk, channel, asked):
    bill = a_bill(cast.doors[0])

    order = ask(channel, cast.doors[0], by=clerk, bills=[bill.pk])

    assert (order.state, order.pay_url, order.account, order.bills) == ("waiting", URL, bill.account, [bill.pk])
    assert order.expires_at == NOON + timedelta(hours=2)
    (told,) = asked
    assert (told.number, told.amount, told.expires_at) == (order.number, D("100.00"), order.expires_at)
    assert len(order.number) == 20


def test_a_provider_that_gives_no_code_leaves_a_closed_order(cast, clerk, channel, monkeypatch):
    def fail(merchant, order):
        raise ProviderFailed("商户无权限")

    monkeypatch.setattr(wechat, "pay_url", fail)

    with pytest.raises(ProviderUnavailable) as refusal:
        ask(channel, cast.doors[0], by=clerk)

    assert "商户无权限" in str(refusal.value)
    order = PaymentOrder.objects.get()
    assert order.state == "closed"
    with pytest.raises(OrderNotWaiting):
        close_order(order=order, by=clerk)


def test_what_is_not_asked_for(cast, clerk, channel, asked):
    settled, other = a_bill(cast.doors[0]), a_bill(cast.doors[1])
    pay(cast.doors[0], "100.00")
    cast.doors[0].refresh_from_db()
    add_schedule(
        neighbourhood=cast.home,
        kind="property",
        basis="per_m2_month",
        unit_price=D("1.00"),
        valid_from=JULY,
        document="合同",
        by=clerk,
    )

    with pytest.raises(BillNotOpen):
        ask(channel, cast.doors[0], by=clerk, bills=[settled.pk])
    with pytest.raises(BillOfAnotherDebtor):
        ask(channel, cast.doors[0], by=clerk, bills=[other.pk])
    with pytest.raises(BillOfAnotherDebtor):
        ask(channel, cast.doors[0], by=clerk, account=other.account)
    with pytest.raises(NoPaymentChannel):
        ask(channel, cast.other_doors[0], by=clerk)
    with pytest.raises(PrepaymentTooLong) as refusal:
        ask(channel, cast.doors[0], "1038.01", by=clerk)
    assert refusal.value.extra == {"most": "1038.00"}
    assert asked == []
    assert ask(channel, cast.doors[0], "1038.00", by=clerk).state == "waiting"


def test_money_of_an_order_is_recorded_once_however_often_it_is_told(cast, clerk, channel, asked):
    older, named = a_bill(cast.doors[0]), a_bill(cast.doors[0], "60.00", JULY.replace(month=8))
    order = ask(channel, cast.doors[0], "60.00", by=clerk, bills=[named.pk])
    message = wechat_message(out_trade_no=order.number, fen=6000)

    answers = [tell(channel, message), tell(channel, message)]
    # WeChat signs each attempt anew.
    answers.append(tell(channel, wechat_message(out_trade_no=order.number, fen=6000, attach="again")))

    assert [answer.status for answer in answers] == [200, 200, 200]
    payment = Payment.objects.get()
    assert (payment.method, payment.reference, payment.amount) == ("wechat", "4200000001", D("60.00"))
    assert (payment.by, payment.household) == (None, cast.doors[0])
    assert standings(older, named) == [("0.00", "open"), ("60.00", "settled")]
    assert outcomes() == ["recorded", "repeated"]
    order.refresh_from_db()
    assert (order.state, order.payment) == ("paid", payment)
    assert_book_holds()


def test_what_nobody_signed_leaves_no_trace(cast, clerk, channel, asked):
    order = ask(channel, cast.doors[0], by=clerk)

    answer = tell(channel, wechat_message(out_trade_no=order.number, fen=10000, by="stranger"))

    assert answer.status == 401
    assert outcomes() == []
    assert not Payment.objects.exists()


def test_money_that_fits_no_order_is_kept_and_settled_by_hand(cast, clerk, channel, asked):
    bill = a_bill(cast.doors[0])
    order = ask(channel, cast.doors[0], by=clerk)

    assert tell(channel, wechat_message(out_trade_no="nobody", transaction_id="1")).status == 200
    assert tell(channel, wechat_message(out_trade_no=order.number, transaction_id="2", fen=9999)).status == 200
    assert tell(channel, wechat_message(out_trade_no=order.number, event="REFUND.SUCCESS")).status == 200

    assert outcomes() == ["unknown_order", "wrong_amount", "not_paid"]
    assert not Payment.objects.exists()
    first, second = notices_to_settle(ProviderNotice.objects.order_by("pk"))
    recorded = settle_notice(notice=second, household=cast.doors[0], by=clerk, at=NOON)
    assert (recorded.payment.reference, recorded.payment.amount) == ("2", D("99.99"))
    assert standings(bill) == [("99.99", "open")]
    assert list(notices_to_settle(ProviderNotice.objects.all())) == [first]
    with pytest.raises(NoticeSettled):
        settle_notice(notice=second, household=cast.doors[0], by=clerk)
    assert_book_holds()


def test_a_second_payment_for_one_order_is_for_somebody_to_look_at(cast, clerk, channel, asked):
    order = ask(channel, cast.doors[0], by=clerk)

    tell(channel, wechat_message(out_trade_no=order.number, fen=10000, transaction_id="1"))
    tell(channel, wechat_message(out_trade_no=order.number, fen=10000, transaction_id="2"))

    assert outcomes() == ["recorded", "wrong_amount"]
    assert Payment.objects.count() == 1


def test_an_order_that_was_closed_or_settled_meanwhile_is_paid_all_the_same(cast, clerk, channel, asked):
    bill = a_bill(cast.doors[0])
    order = ask(channel, cast.doors[0], by=clerk, bills=[bill.pk])
    pay(cast.doors[0], "100.00")
    close_order(order=order, by=clerk)
    end_channel(channel=channel, by=clerk)

    tell(channel, wechat_message(out_trade_no=order.number, fen=10000, success_time="2036-01-01T00:00:00+08:00"))

    order.refresh_from_db()
    bill.account.refresh_from_db()
    assert (order.state, bill.account.credit) == ("paid", D("100.00"))
    assert Payment.objects.get(reference="4200000001").paid_at == NOON
    assert_book_holds()


def test_what_a_clerk_has_recorded_by_the_same_number_is_not_recorded_again(cast, clerk, channel, asked):
    a_bill(cast.doors[0])
    order = ask(channel, cast.doors[0], by=clerk)
    paid = pay(cast.doors[0], "100.00", method="wechat", reference="4200000001").payment

    tell(channel, wechat_message(out_trade_no=order.number, fen=10000))

    order.refresh_from_db()
    assert (outcomes(), order.payment) == (["repeated"], paid)
    assert Payment.objects.count() == 1


def test_money_of_a_number_that_was_reversed_is_not_taken_for_known(cast, clerk, channel, asked):
    a_bill(cast.doors[0])
    order = ask(channel, cast.doors[0], by=clerk)
    wrong = pay(cast.doors[1], "100.00", method="wechat", reference="4200000001").payment
    reverse_payment(payment=wrong, reason="记错了户", by=clerk)

    tell(channel, wechat_message(out_trade_no=order.number, fen=10000))

    left = notices_to_settle(ProviderNotice.objects.all()).get()
    recorded = settle_notice(notice=left, household=cast.doors[0], by=clerk, at=NOON)
    assert (recorded.payment.reference, recorded.payment.amount) == ("4200000001-2", D("100.00"))
    assert not notices_to_settle(ProviderNotice.objects.all()).exists()
    assert_book_holds()


def test_alipay_is_recorded_the_same_way(cast, clerk, monkeypatch):
    monkeypatch.setattr("governance.providers.alipay.pay_url", lambda merchant, order: "https://qr.alipay.com/x")
    channel = channel_of(cast, clerk, "alipay")
    order = ask(channel, cast.doors[0], "155.70", by=clerk)

    answer = tell(channel, alipay_message(out_trade_no=order.number))

    assert (answer.status, answer.body) == (200, "success")
    payment = Payment.objects.get()
    assert (payment.method, payment.reference, payment.amount) == ("alipay", "2026112422001", D("155.70"))
