"""What only real connections show: one notification told by many at once, while its statement is being settled."""

import pytest

from accounts.choices import Role
from governance.models import Payment, PaymentOrder, ProviderNotice
from governance.services.fees.channels import open_channel
from governance.services.fees.notifications import take_notification
from governance.services.fees.statement_lines import settle_line
from governance.services.fees.statements import take_statement
from tests.factories import make_household, make_ownership, make_user
from tests.governance.payments_cast import NOON, D, a_bill, assert_book_holds, standings
from tests.governance.provider_cast import wechat_keys, wechat_message
from tests.governance.statements_cast import bank_file
from tests.governance.test_fee_payments_at_once import at_once, kinds_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_money_told_by_notifications_and_a_statement_at_once_is_recorded_once(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    door = make_household()
    make_ownership(household=door)
    place = door.neighbourhood
    clerk = make_user(Role.PROPERTY_CLERK, place.code)
    bill = a_bill(door)
    channel = open_channel(
        neighbourhood=place, provider="wechat", merchant="1900007291", app="wx1", keys=wechat_keys(), by=clerk
    )
    number = "20261124123456789012"
    # The statement comes before the order is there, so that its line is left to settle.
    file = bank_file(f"4200000001,100.00,{number}")
    line = take_statement(neighbourhood=place, source="wechat", file=file, by=clerk).statement.lines.get()
    order = PaymentOrder.objects.create(
        channel=channel,
        neighbourhood=place,
        account=bill.account,
        number=number,
        amount=D("100.00"),
        expires_at=NOON,
    )
    messages = [wechat_message(out_trade_no=number, fen=10000, attach=text) for text in ("1", "2", "2")]

    def tell(message):
        return lambda: take_notification(channel=channel, headers=message.headers, body=message.body, at=NOON)

    results = at_once(*map(tell, messages), lambda: settle_line(line=line, household=door, by=clerk))

    assert kinds_of(results) == ["Acknowledgement"] * 3 + ["StatementLine"]
    payment = Payment.objects.get()
    order.refresh_from_db()
    line.refresh_from_db()
    assert (order.state, order.payment, line.payment) == ("paid", payment, payment)
    assert standings(bill) == [("100.00", "settled")]
    assert set(ProviderNotice.objects.values_list("payment", flat=True)) == {payment.pk}
    assert_book_holds()
