"""Pages of arrears and of parking: who opens them, and what a tap does."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from governance.models import Bill, FeeSchedule, ParkingSession, Payment, Reminder, Vehicle
from governance.services.fees.parking import add_vehicle, enter, grant_pass
from governance.services.fees.reminders import remind
from tests.cast import Cast
from tests.factories import make_parking_space
from tests.governance.payments_cast import NOON, a_bill, pay
from tests.works_rows import PHOTO

OLD = date(2025, 7, 1)


@pytest.fixture
def desk(client: Any, property_clerk: User) -> Any:
    client.force_login(property_clerk)
    client.cookies["django_language"] = "en"
    return client


def address(name: str, cast: Cast, *rest: Any) -> str:
    return reverse(name, args=[cast.home.pk, *rest])


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def owes(cast: Cast, door: int = 0, amount: str = "100.00", month: date = OLD) -> Any:
    return a_bill(cast.doors[door], amount, month).account


def asked(account: Any, by: User, *steps: tuple[str, str]) -> None:
    """Each of these steps taken, the last one ten days ago."""
    for place, (step, channel) in enumerate(steps):
        given_at = timezone.now() - timedelta(days=10 * (len(steps) - place))
        remind(account=account, step=step, channel=channel, given_at=given_at, by=by)


BEFORE_A_VISIT = (("notice", "phone"), ("letter", "by_hand"))


# --- Arrears ------------------------------------------------------------------------------------------------


def test_who_reads_no_bills_finds_no_arrears_and_who_only_reads_records_nothing(
    client: Any, cast: Cast, committee_member: User, outsider: User, district_official: User
) -> None:
    account = owes(cast)
    pages = [
        address("fee_arrears", cast),
        address("fee_letters", cast),
        address("fee_arrears_of", cast, account.pk),
        address("fee_doors", cast),
        address("fee_door", cast, cast.doors[0].pk),
        address("fee_parking", cast),
        address("fee_vehicles", cast),
    ]

    for user, status in ((committee_member, 404), (outsider, 404), (district_official, 200)):
        client.force_login(user)
        assert [client.get(page).status_code for page in pages] == [status] * len(pages)
    assert {client.post(page).status_code for page in pages if page != address("fee_doors", cast)} == {403}


def test_arrears_by_age_and_as_of_a_day(desk: Any, cast: Cast) -> None:
    owes(cast, 0, "100.00")
    owes(cast, 2, "25.00", date(2026, 7, 1))
    pay(cast.doors[2], "25.00")

    today = desk.get(address("fee_arrears", cast))
    before = desk.get(f"{address('fee_arrears', cast)}?on={timezone.localdate(NOON) - timedelta(days=1)}")
    narrowed = desk.get(f"{address('fee_arrears', cast)}?age=0")

    assert "¥100.00 overdue" in text_of(today)
    assert "¥125.00 overdue" in text_of(before)
    assert [len(answer.context["rows"]) for answer in (today, before, narrowed)] == [1, 2, 0]


def test_odd_numbers_lead_nowhere(desk: Any, cast: Cast) -> None:
    huge = 10**25

    for name in ("fee_arrears_of", "fee_door", "fee_reminder_proof", "fee_vehicle"):
        assert desk.get(address(name, cast, huge)).status_code == 404
    assert desk.post(address("fee_parking", cast), {"act": "leave", "session": huge}).status_code == 404
    odd = f"?on=0001-01-01&age={huge}&building={huge}&first={huge}&show=%00&account=-1"
    for name in ("fee_arrears", "fee_letters", "fee_doors"):
        assert desk.get(address(name, cast) + odd).status_code == 200


def test_three_debtors_cost_what_one_does(desk: Any, cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert desk.get(address("fee_arrears", cast)).status_code == 200
        return len(caught)

    owes(cast)
    queries()
    one = queries()
    owes(cast, 1)
    owes(cast, 2)

    assert queries() == one


def test_a_reminder_is_recorded_and_its_proof_shown(desk: Any, cast: Cast) -> None:
    account = owes(cast)
    page = address("fee_arrears_of", cast, account.pk)
    form = {"step": "notice", "channel": "by_hand", "client_id": desk.get(page).context["form"]["client_id"].value()}

    without = desk.post(page, {**form, "received": "on"})
    made = desk.post(page, {**form, "received": "on", "proof": SimpleUploadedFile("a.png", PHOTO)})
    again = desk.post(page, {**form, "received": "on", "proof": SimpleUploadedFile("a.png", PHOTO)})

    reminder = Reminder.objects.get()
    assert (without.status_code, made.status_code, again.status_code) == (409, 302, 302)
    proof = desk.get(address("fee_reminder_proof", cast, reminder.pk))
    assert (proof.status_code, proof["Content-Type"]) == (200, "image/jpeg")
    assert "Letter" in text_of(desk.get(page))


def test_a_letter_says_what_is_owed_how_to_pay_and_what_one_may_ask_for(desk: Any, cast: Cast) -> None:
    owes(cast, 2, "60.00")
    owes(cast, 0, "40.00")

    letters = text_of(desk.get(address("fee_letters", cast)))

    assert letters.index("Building 1") < letters.index("Building 2")
    for words in ("¥", "40.00", "60.00", "How to pay", "If you do not agree", "article 943", "Receipt of this letter"):
        assert words.strip("¥") in letters
    assert desk.get(f"{address('fee_letters', cast)}?step=legal").status_code == 404


def test_letters_are_recorded_for_each_whose_turn_it_is(desk: Any, cast: Cast, property_clerk: User) -> None:
    asked(owes(cast, 0), property_clerk, ("notice", "phone"))
    owes(cast, 1)

    unnumbered = desk.post(address("fee_letters", cast), {"channel": "post"})
    done = desk.post(address("fee_letters", cast), {"channel": "post", "document": "EMS-1"}, follow=True)

    assert unnumbered.status_code == 400
    assert "1 letter is recorded." in text_of(done)
    assert "1 is not:" in text_of(done)
    letter = Reminder.objects.get(step="letter")
    assert (letter.received, letter.document) == (True, "EMS-1")


def test_late_charges_are_billed_where_the_contract_has_them(desk: Any, cast: Cast) -> None:
    schedule = FeeSchedule.objects.create(
        neighbourhood=cast.home,
        kind="property",
        basis="per_household_month",
        unit_price=100,
        late_charge_daily="0.5",
        valid_from=OLD,
        document="合同-1",
    )
    a_bill(cast.doors[0], "100.00", OLD, lines=[{"schedule": schedule.pk, "amount": "100.00", "reduction": "0.00"}])

    done = desk.post(address("fee_arrears", cast), follow=True)

    assert "1 late charge is billed: ¥100.00." in text_of(done)
    assert Bill.objects.get(late_for__isnull=False).amount == 100


# --- From door to door --------------------------------------------------------------------------------------


def test_the_front_shows_who_owes_and_who_is_next(desk: Any, cast: Cast, property_clerk: User) -> None:
    asked(owes(cast, 0), property_clerk, *BEFORE_A_VISIT)
    owes(cast, 1)

    page = desk.get(address("fee_doors", cast)).content.decode()

    first, second = (re.search(rf'<a class="door"[^>]*data-testid="door-{cast.doors[n].pk}"', page) for n in (0, 1))
    assert first
    assert second
    assert 'data-next="true"' in first[0]
    assert 'data-due="true"' in first[0]
    assert "data-due" not in second[0]


def test_a_visit_is_saved_and_the_next_door_opens(desk: Any, cast: Cast, property_clerk: User) -> None:
    for door in (0, 1):
        asked(owes(cast, door), property_clerk, *BEFORE_A_VISIT)
    page = address("fee_door", cast, cast.doors[0].pk)
    form = desk.get(page).context["form"]
    sent = {"account": form["account"].value(), "client_id": form["client_id"].value()}
    promised = (timezone.localdate() + timedelta(days=30)).isoformat()

    nothing = desk.post(page, sent)
    saved = desk.post(page, {**sent, "outcome": "promised", "promised_on": promised})

    assert nothing.status_code == 400
    assert saved.url == address("fee_door", cast, cast.doors[1].pk)
    assert Reminder.objects.get(step="visit").outcome == "promised"
    last = desk.post(saved.url, {**sent, "outcome": "no_answer"})
    assert last.status_code == 400  # the account of the other door is none of this one's
    form = desk.get(saved.url).context["form"]
    sent = {"account": form["account"].value(), "client_id": form["client_id"].value()}
    last = desk.post(saved.url, {**sent, "outcome": "no_answer"})
    assert last.url == f"{address('fee_doors', cast)}?building={cast.doors[0].building_id}"
    assert 'data-stance="no_answer"' in desk.get(last.url).content.decode()


def test_a_door_where_no_visit_is_due_says_so(desk: Any, cast: Cast) -> None:
    owes(cast)

    assert "another step comes first" in text_of(desk.get(address("fee_door", cast, cast.doors[0].pk)))
    assert "Nothing is overdue at this door." in text_of(desk.get(address("fee_door", cast, cast.doors[1].pk)))


# --- Parking ------------------------------------------------------------------------------------------------


def hourly(cast: Cast) -> None:
    FeeSchedule.objects.create(
        neighbourhood=cast.home, kind="parking", basis="per_hour", unit_price=2, valid_from=OLD, document="停-1"
    )


def test_a_vehicle_goes_in_out_and_pays_by_a_tap_each(desk: Any, cast: Cast) -> None:
    hourly(cast)
    page = address("fee_parking", cast)
    key = desk.get(page).context["form"]["client_id"].value()
    entered = {"act": "enter", "plate": "鄂e·12345", "space_ownership": "shared_land", "client_id": key}

    odd = desk.post(page, {**entered, "plate": "?"})
    for _twice in range(2):
        assert desk.post(page, entered).status_code == 302
    session = ParkingSession.objects.get()
    ParkingSession.objects.update(entered_at=timezone.now() - timedelta(minutes=90))
    out = desk.post(page, {"act": "leave", "session": session.pk}, follow=True)
    paid = desk.post(page, {"act": "pay", "session": session.pk, "method": "wechat"}, follow=True)

    assert odd.status_code == 400
    assert "¥4.00 to pay" in text_of(out)
    assert "has paid ¥4.00" in text_of(paid)
    assert Payment.objects.get().amount == 4
    assert "There is nothing to pay" in text_of(
        desk.post(page, {"act": "pay", "session": session.pk, "method": "cash"}, follow=True)
    )


def test_a_vehicle_gets_a_pass_for_its_space_and_loses_both(desk: Any, cast: Cast) -> None:
    space = make_parking_space(neighbourhood=cast.home, household=cast.doors[0], ownership="planned")
    wrong = desk.post(address("fee_vehicles", cast), {"door": "9-9-999", "plate": "鄂E12345"})
    made = desk.post(address("fee_vehicles", cast), {"door": "1-1-101", "plate": "鄂E12345"})
    car = Vehicle.objects.get()
    page = address("fee_vehicle", cast, car.pk)

    granted = desk.post(page, {"act": "grant", "space": space.pk, "starts_on": "2026-01-01"})
    twice = desk.post(page, {"act": "grant", "space": space.pk, "starts_on": "2026-02-01"})
    shown = text_of(desk.get(address("fee_parking", cast)))
    desk.post(page, {"act": "end_pass", "pass": car.passes.get().pk, "pass-day": "2026-03-31"})
    gone = desk.post(page, {"act": "end", "car-day": "2026-04-30"})

    assert (wrong.status_code, made.url, granted.status_code, twice.status_code) == (400, page, 302, 409)
    assert "as contracted with who owns the space" in shown
    assert "鄂E12345" in shown
    assert car.passes.get().ends_on == date(2026, 3, 31)
    car.refresh_from_db()
    assert (gone.status_code, car.ended_on) == (302, date(2026, 4, 30))


def test_plates_are_masked_on_pages_too(client: Any, cast: Cast, auditor: User) -> None:
    car = add_vehicle(household=cast.doors[0], plate="鄂E12345", by=None)
    grant_pass(vehicle=car, starts_on=OLD, by=None)
    enter(neighbourhood=cast.home, plate="鄂E12345", by=None)
    client.force_login(auditor)

    for page in (address("fee_parking", cast), address("fee_vehicles", cast), address("fee_vehicle", cast, car.pk)):
        answer = client.get(page)
        assert answer.status_code == 200
        assert "鄂E***5" in answer.content.decode()
        assert "12345" not in answer.content.decode()
