"""Statements, orders and notifications over HTTP."""

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.choices import Role
from governance.models import Payment, PaymentOrder, ProviderNotice, Statement
from governance.pages.fees.notify import MAX_BYTES
from governance.providers import ProviderFailed, wechat
from tests.api.helpers import API, signed_in, system
from tests.cast import HERE, THERE
from tests.factories import make_user
from tests.governance.payments_cast import a_bill, assert_book_holds
from tests.governance.provider_cast import alipay_message, wechat_message
from tests.governance.statements_cast import bank_file, channel_of, clerk_of, take

pytestmark = pytest.mark.django_db
URL = "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def clerk(cast):
    return clerk_of(cast)


@pytest.fixture
def code(monkeypatch):
    """WeChat Pay gives a code; the addresses at which it is to notify us."""
    calls = []

    def pay_url(merchant, asked):
        calls.append(asked.notify_url)
        return URL

    monkeypatch.setattr(wechat, "pay_url", pay_url)
    return calls


def hand_in(client, cast, *rows, **fields):
    body = {"neighbourhood": cast.home.pk, "source": "bank", "file": bank_file(*rows), **fields}
    return client.post(f"{API}/fee-statements/", body, "multipart")


def test_a_statement_is_taken_matched_and_settled(cast, clerk):
    client = signed_in(clerk)
    a_bill(cast.doors[0])

    answer = hand_in(client, cast, "9001,100.00,1-1-101", "9002,30.00,谁", "9003,0.50,利息")

    body = answer.json()
    assert answer.status_code == 201, body
    assert {name: body[name] for name in ("source", "line_count", "total", "lines")} == {
        "source": "bank",
        "line_count": 3,
        "total": "130.50",
        "lines": {"matched": 0, "recorded": 1, "unmatched": 2, "set_aside": 0},
    }
    again = hand_in(client, cast, "9001,100.00,1-1-101", "9002,30.00,谁", "9003,0.50,利息")
    assert (again.status_code, again.json()["id"]) == (200, body["id"])
    at = f"{API}/fee-statements/{body['id']}"
    left = client.get(f"{at}/lines/", {"state": "unmatched"}).json()["results"]
    assert [(line["reference"], line["amount"], line["payer"], line["remark"]) for line in left] == [
        ("9002", "30.00", "王业主", "谁"),
        ("9003", "0.50", "王业主", "利息"),
    ]

    settled = client.post(f"{at}/settle/", {"line": left[0]["id"], "household": cast.doors[1].pk}, "json")
    aside = client.post(f"{at}/set-aside/", {"line": left[1]["id"], "reason": "利息"}, "json")
    twice = client.post(f"{at}/settle/", {"line": left[0]["id"], "household": cast.doors[1].pk}, "json")

    assert (settled.status_code, settled.json()["state"]) == (200, "recorded")
    assert Payment.objects.get(pk=settled.json()["payment"]).household == cast.doors[1]
    assert (aside.json()["state"], aside.json()["reason"]) == ("set_aside", "利息")
    assert (twice.status_code, twice.json()["code"]) == (409, "line_settled")
    tag = client.get(f"{at}/")["ETag"]
    assert client.post(f"{at}/take-up/", {"line": left[1]["id"]}, "json").json()["state"] == "unmatched"
    assert client.post(f"{at}/match/").json()["lines"] == {"matched": 0, "recorded": 2, "unmatched": 1, "set_aside": 0}
    assert client.get(f"{at}/", HTTP_IF_NONE_MATCH=tag).status_code == 200  # its lines moved: another version
    assert_book_holds()


def test_what_cannot_be_read_is_told_and_not_kept(cast, clerk):
    client = signed_in(clerk)

    answer = hand_in(client, cast, "9001,100.00,", "9002,viel,")

    assert (answer.status_code, answer.json()["code"]) == (409, "statement_unreadable")
    assert answer.json()["rows"] == [{"row": 4, "code": "amount_unreadable"}]
    assert hand_in(client, cast, source="paypal").status_code == 400
    assert not Statement.objects.exists()
    statement = take(cast, clerk, "9001,1.00,")
    at = f"{API}/fee-statements/{statement.pk}"
    line = statement.lines.get().pk
    for body in ({"line": line + 1, "household": cast.doors[0].pk}, {"line": line}, {"line": line, "household": 0}):
        assert client.post(f"{at}/settle/", body, "json").status_code == 400
    assert client.get(f"{at}/lines/", {"state": "lost"}).status_code == 400


def test_who_may_take_statements_and_who_reads_them(cast, clerk, committee_member):
    statement = take(cast, clerk, "9001,1.00,1-1-101")
    official = make_user(Role.DISTRICT_OFFICIAL, HERE[:6])
    outsider = make_user(Role.PROPERTY_CLERK, THERE)
    at = f"{API}/fee-statements/{statement.pk}"

    assert hand_in(signed_in(official), cast, "9009,1.00,").status_code == 403
    assert hand_in(signed_in(outsider), cast, "9009,1.00,").status_code == 400  # there is no such neighbourhood
    assert signed_in(official).get(f"{at}/").status_code == 200
    assert signed_in(official).post(f"{at}/match/").status_code == 403
    for user in (outsider, committee_member):
        assert signed_in(user).get(f"{at}/").status_code == 404
        assert signed_in(user).get(f"{at}/lines/").status_code == 404
        assert signed_in(user).get(f"{API}/fee-statements/").json()["results"] == []
    line = signed_in(make_user(Role.AUDITOR, HERE[:4])).get(f"{at}/lines/").json()["results"][0]
    assert (line["payer"], line["remark"]) == ("王**", "")
    assert system("fees:read").get(f"{at}/").status_code == 200


def test_lists_cost_the_same_with_more_rows(cast, clerk, code):
    client = signed_in(clerk)
    channel_of(cast, clerk)

    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            for path in ("fee-statements", "payment-orders"):
                assert client.get(f"{API}/{path}/").status_code == 200
            assert client.get(f"{API}/fee-statements/{statement.pk}/lines/").status_code == 200
        return len(queries)

    statement = take(cast, clerk, "1,1.00,")
    order = {"household": cast.doors[0].pk, "provider": "wechat", "amount": "1.00"}
    client.post(f"{API}/payment-orders/", order, "json")
    few = cost()
    for number in (2, 3):
        take(cast, clerk, *(f"{number}{row},1.00," for row in range(3)))
        client.post(f"{API}/payment-orders/", order, "json")
    statement = Statement.objects.latest("pk")

    assert cost() == few


def test_a_payer_is_asked_and_pays(cast, clerk, code):
    client = signed_in(clerk)
    bill = a_bill(cast.doors[0])
    channel = channel_of(cast, clerk)

    answer = client.post(
        f"{API}/payment-orders/",
        {"household": cast.doors[0].pk, "provider": "wechat", "amount": "100.00", "bills": [bill.pk]},
        "json",
    )

    body = answer.json()
    assert answer.status_code == 201, body
    assert {
        name: body[name] for name in ("household", "provider", "amount", "bills", "pay_url", "state", "payment")
    } == {
        "household": cast.doors[0].pk,
        "provider": "wechat",
        "amount": "100.00",
        "bills": [bill.pk],
        "pay_url": URL,
        "state": "waiting",
        "payment": None,
    }
    assert code == [f"http://testserver/fees/notify/wechat/{channel.pk}/"]
    message = wechat_message(out_trade_no=body["number"], fen=10000)
    stranger = Client(enforce_csrf_checks=True)
    told = stranger.post(
        f"/fees/notify/wechat/{channel.pk}/", message.body, "application/json", headers=dict(message.headers)
    )
    assert (told.status_code, told.json()["code"]) == (200, "SUCCESS")
    paid = client.get(f"{API}/payment-orders/{body['id']}/").json()
    assert (paid["state"], paid["payment"]) == ("paid", Payment.objects.get().pk)
    closed = client.post(f"{API}/payment-orders/{body['id']}/close/")
    assert (closed.status_code, closed.json()["code"]) == (409, "order_not_waiting")


def test_asking_is_refused_with_its_reason(cast, clerk, monkeypatch):
    client = signed_in(clerk)
    order = {"household": cast.doors[0].pk, "provider": "wechat", "amount": "1.00"}

    assert client.post(f"{API}/payment-orders/", order, "json").json()["code"] == "no_payment_channel"
    channel_of(cast, clerk)

    def fail(merchant, asked):
        raise ProviderFailed("timeout")

    monkeypatch.setattr(wechat, "pay_url", fail)
    answer = client.post(f"{API}/payment-orders/", order, "json")
    assert (answer.status_code, answer.json()["code"]) == (502, "provider_unavailable")
    assert PaymentOrder.objects.get().state == "closed"
    assert (
        signed_in(make_user(Role.DISTRICT_OFFICIAL, HERE[:6])).post(f"{API}/payment-orders/", order, "json").status_code
        == 403
    )


def test_anybody_may_notify_and_only_providers_are_believed(cast, clerk, client):
    channel = channel_of(cast, clerk)
    alipay = channel_of(cast, clerk, "alipay")
    good = wechat_message()

    forged = client.post(
        f"/fees/notify/wechat/{channel.pk}/", good.body + b" ", "application/json", headers=good.headers
    )
    bare = client.post(f"/fees/notify/alipay/{alipay.pk}/", {"trade_no": "1"})
    other = client.post(f"/fees/notify/alipay/{channel.pk}/", good.body, "application/json", headers=good.headers)
    large = client.post(f"/fees/notify/wechat/{channel.pk}/", b"x" * (MAX_BYTES + 1), "application/json")

    assert [answer.status_code for answer in (forged, bare, other, large)] == [401, 401, 404, 413]
    assert client.get(f"/fees/notify/wechat/{channel.pk}/").status_code == 405
    assert not ProviderNotice.objects.exists()
    body = alipay_message(out_trade_no="nobody").body
    told = client.post(reverse("fee_notify", args=["alipay", alipay.pk]), body, "application/x-www-form-urlencoded")
    assert (told.status_code, told.content) == (200, b"success")
    assert ProviderNotice.objects.get().outcome == "unknown_order"
    assert urlencode({"trade_no": "2026112422001"}).encode() in body
