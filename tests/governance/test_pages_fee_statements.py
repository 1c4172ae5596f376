"""The pages of statements and payment codes: what they show, to whom, and what a click does."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.choices import Role
from governance.models import Payment, PaymentChannel, PaymentOrder, ProviderNotice, Statement
from governance.providers import ProviderFailed, wechat
from governance.services.fees.notifications import take_notification
from tests.cast import HERE, THERE
from tests.factories import make_user
from tests.governance.payments_cast import NOON, a_bill
from tests.governance.provider_cast import wechat_keys, wechat_message
from tests.governance.statements_cast import bank_file, channel_of, clerk_of, take

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def clerk(cast):
    return clerk_of(cast)


@pytest.fixture
def code(monkeypatch):
    monkeypatch.setattr(wechat, "pay_url", lambda merchant, asked: "weixin://wxpay/bizpayurl?pr=p4lpSuKzz")


def page(client, user, name, *args, **query):
    client.force_login(user)
    return client.get(reverse(name, args=args), query)


def send(client, user, name, *args, **data):
    client.force_login(user)
    return client.post(reverse(name, args=args), data)


def text(answer) -> str:
    return answer.content.decode()


def test_a_statement_is_handed_in_and_settled_in_two_clicks(client, cast, clerk):
    a_bill(cast.doors[0])
    bill = a_bill(cast.doors[1], "80.00")

    answer = send(
        client,
        clerk,
        "fee_statements",
        cast.home.pk,
        source="bank",
        file=bank_file("9001,100.00,1-1-101", "9002,80.00,十月物业费", "9003,7.00,"),
    )

    statement = Statement.objects.get()
    assert answer.url == reverse("fee_statement", args=[cast.home.pk, statement.pk])
    shown = text(page(client, clerk, "fee_statement", cast.home.pk, statement.pk))
    line = statement.lines.get(reference="9002")
    # Who owes exactly this sum is offered: one click.
    assert f'value="{cast.doors[1].pk}-{bill.account_id}"' in shown
    picked = {"to": f"{cast.doors[1].pk}-{bill.account_id}"}
    send(client, clerk, "fee_statement_line", cast.home.pk, statement.pk, line.pk, **picked)
    bill.refresh_from_db()
    assert bill.state == "settled"
    # Whoever is not offered is written, and picked among those that fit.
    other = statement.lines.get(reference="9003")
    found = send(client, clerk, "fee_statement_line", cast.home.pk, statement.pk, other.pk, door="101")
    assert found.status_code == 400
    assert f'value="{cast.doors[0].pk}"' in text(found)
    send(client, clerk, "fee_statement_line", cast.home.pk, statement.pk, other.pk, door="1-1-101")
    assert Payment.objects.get(reference="9003").household == cast.doors[0]
    done = text(page(client, clerk, "fee_statement", cast.home.pk, statement.pk))
    assert 'id="left"' not in done


def test_a_line_is_set_aside_with_its_reason(client, cast, clerk):
    statement = take(cast, clerk, "9001,0.50,利息")
    line = statement.lines.get()
    where = ("fee_statement_line", cast.home.pk, statement.pk, line.pk)

    assert send(client, clerk, *where, act="aside", reason=" ").status_code == 409
    assert send(client, clerk, *where, act="aside", reason="银行利息").status_code == 302
    assert "银行利息" in text(page(client, clerk, "fee_statement", cast.home.pk, statement.pk))
    send(client, clerk, *where, act="up")
    line.refresh_from_db()
    assert line.state == "unmatched"
    assert send(client, clerk, "fee_statement_match", cast.home.pk, statement.pk).status_code == 302


def test_what_cannot_be_read_is_said_at_the_file(client, cast, clerk):
    answer = send(client, clerk, "fee_statements", cast.home.pk, source="bank", file=bank_file("9001,viel,"))

    assert answer.status_code == 409
    assert 'role="alert"' in text(answer)
    assert send(client, clerk, "fee_statements", cast.home.pk, source="bank").status_code == 400


def test_money_that_fits_no_order_is_settled_among_the_statements(client, cast, clerk):
    channel = channel_of(cast, clerk)
    message = wechat_message(out_trade_no="nobody")
    take_notification(channel=channel, headers=message.headers, body=message.body, at=NOON)
    notice = ProviderNotice.objects.get()

    assert "4200000001" in text(page(client, clerk, "fee_statements", cast.home.pk))
    send(client, clerk, "fee_notice_settle", cast.home.pk, notice.pk, door="9-9-999")
    assert not Payment.objects.exists()
    send(client, clerk, "fee_notice_settle", cast.home.pk, notice.pk, door="1-1-101")

    assert Payment.objects.get().household == cast.doors[0]
    assert 'id="notices"' not in text(page(client, clerk, "fee_statements", cast.home.pk))


def test_keys_are_typed_once_and_never_shown(client, cast, clerk):
    numbers = {"merchant": "1900007291", "app": "wxd678efh567hg6787"}
    wrong = {**wechat_keys(), "apiv3_key": "SHORTKEY"}

    refused = send(client, clerk, "fee_channel_new", cast.home.pk, "wechat", **numbers, **wrong)
    assert refused.status_code == 409
    assert "SHORTKEY" not in text(refused)
    assert "PRIVATE KEY" not in text(refused)
    send(client, clerk, "fee_channel_new", cast.home.pk, "wechat", **numbers, **wechat_keys())
    channel = PaymentChannel.objects.get()
    for name, args in (("fee_channels", [cast.home.pk]), ("fee_channel", [cast.home.pk, channel.pk])):
        shown = text(page(client, clerk, name, *args))
        assert "1900007291" in shown
        assert "PUB_KEY_ID_01" not in shown
    send(client, clerk, "fee_channel", cast.home.pk, channel.pk, act="renew", **wechat_keys())
    send(client, clerk, "fee_channel", cast.home.pk, channel.pk, act="end")
    channel.refresh_from_db()
    assert channel.ended_at


def test_a_code_is_shown_until_it_is_paid(client, cast, clerk, code):
    bill = a_bill(cast.doors[0])
    channel = channel_of(cast, clerk)
    at = f"{reverse('fee_order_new', args=[cast.home.pk])}?household={cast.doors[0].pk}"
    client.force_login(clerk)
    assert 'value="100.00"' in text(client.get(at))

    answer = client.post(at, {"provider": "wechat", "amount": "100.00"})

    order = PaymentOrder.objects.get()
    assert (order.account, answer.url) == (bill.account, reverse("fee_order", args=[cast.home.pk, order.pk]))
    shown = text(client.get(answer.url))
    assert re.search(r'data-testid="code"><svg', shown)
    message = wechat_message(out_trade_no=order.number, fen=10000)
    take_notification(channel=channel, headers=message.headers, body=message.body)
    paid = text(client.get(answer.url))
    assert 'data-testid="receipt"' in paid
    assert "<svg xmlns" not in paid
    assert order.number in text(page(client, clerk, "fee_channels", cast.home.pk))


def test_a_provider_that_fails_is_said_on_the_form(client, cast, clerk, monkeypatch):
    def fail(merchant, asked):
        raise ProviderFailed("系统繁忙")

    monkeypatch.setattr(wechat, "pay_url", fail)
    channel_of(cast, clerk)
    client.force_login(clerk)
    at = f"{reverse('fee_order_new', args=[cast.home.pk])}?household={cast.doors[0].pk}"

    answer = client.post(at, {"provider": "wechat", "amount": "100.00"})

    assert answer.status_code == 502
    assert "系统繁忙" in text(answer)


def test_who_reads_and_who_does_not(client, cast, clerk, committee_member, code):
    statement = take(cast, clerk, "9001,1.00,秘密备注")
    channel_of(cast, clerk)
    official, outsider = make_user(Role.DISTRICT_OFFICIAL, HERE[:6]), make_user(Role.PROPERTY_CLERK, THERE)
    home = cast.home.pk
    shown = [("fee_statements", home), ("fee_statement", home, statement.pk), ("fee_channels", home)]
    kept = [("fee_channel_new", home, "alipay"), ("fee_channel", home, PaymentChannel.objects.get().pk)]

    for name, *args in shown:
        for user, status in ((clerk, 200), (official, 200), (committee_member, 404), (outsider, 404)):
            assert page(client, user, name, *args).status_code == status, name
    for name, *args in kept:
        for user, status in ((clerk, 200), (official, 403), (committee_member, 403), (outsider, 404)):
            assert page(client, user, name, *args).status_code == status, name
    assert send(client, official, "fee_statements", home, source="bank").status_code == 403
    auditor = make_user(Role.AUDITOR, HERE[:4])
    read = text(page(client, auditor, "fee_statement", home, statement.pk))
    assert "王**" in read
    assert "王业主" not in read
    assert "秘密备注" not in read


def test_a_long_statement_costs_no_more_queries(client, cast, clerk):
    for door in cast.doors[:3]:
        a_bill(door)

    def cost(*rows):
        statement = take(cast, clerk, *rows)
        client.force_login(clerk)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("fee_statement", args=[cast.home.pk, statement.pk])).status_code == 200
        return len(queries)

    assert cost("1,100.00,") == cost("2,100.00,", "3,100.00,", "4,100.00,")
