"""Reminders, vehicles, passes and stays over HTTP."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from governance.models import FeeSchedule, ParkingSession, Reminder
from governance.services.fees.parking import add_vehicle, enter
from governance.services.fees.reminders import remind
from tests.api.helpers import API, signed_in, system
from tests.cast import THERE
from tests.governance.payments_cast import JULY, NOON, a_bill
from tests.works_rows import PHOTO

pytestmark = pytest.mark.django_db


@pytest.fixture
def debt(cast):
    bill = a_bill(cast.doors[0], month=JULY.replace(year=2025))
    return bill.account


@pytest.fixture
def stay(cast):
    FeeSchedule.objects.create(
        neighbourhood=cast.home,
        kind="parking",
        basis="per_hour",
        unit_price=2,
        valid_from=JULY,
        document="停-1",
    )
    return enter(neighbourhood=cast.home, plate="鄂E12345", entered_at=NOON, by=None)[0]


def test_a_reminder_with_its_proof(cast, debt, property_clerk, district_official):
    client = signed_in(property_clerk)
    body = {"account": debt.pk, "step": "notice", "channel": "by_hand", "received": True, "client_id": str(uuid4())}
    body["note"] = "住院"

    made = client.post(f"{API}/reminders/", {**body, "proof": SimpleUploadedFile("a.png", PHOTO)}, format="multipart")
    again = client.post(f"{API}/reminders/", {**body, "proof": SimpleUploadedFile("a.png", PHOTO)}, format="multipart")

    told = made.json()
    assert (made.status_code, again.status_code, again.json()) == (201, 200, told)
    assert (told["amount"], told["step"], told["received"], told["outcome"]) == ("100.00", "notice", True, "")
    assert told["proof"] == f"{API}/reminders/{told['id']}/proof/"
    assert client.get(told["proof"])["Content-Type"] == "image/jpeg"
    official = signed_in(district_official)
    masked = official.get(f"{API}/reminders/{told['id']}/")
    assert (masked.status_code, masked.json()) == (200, {**told, "note": ""})
    assert official.get(told["proof"]).status_code == 403
    page = official.get(reverse("fee_arrears_of", args=[cast.home.pk, debt.pk])).content.decode()
    photo = reverse("fee_reminder_proof", args=[cast.home.pk, told["id"]])
    assert (photo in page, "住院" in page, official.get(photo).status_code) == (False, False, 403)
    shown = client.get(reverse("fee_arrears_of", args=[cast.home.pk, debt.pk])).content.decode()
    assert (photo in shown, "住院" in shown) == (True, True)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"step": "letter", "channel": "post"}, 409, "step_out_of_order"),
        ({"channel": "court"}, 409, "wrong_channel"),
        ({"received": True}, 409, "proof_missing"),
        ({"given_at": "1066-10-14T09:00:00+08:00"}, 400, "min_value"),
        ({"promised_on": "9999-12-31", "outcome": "promised"}, 409, "outcome_needed"),
        ({"account": 999999}, 400, "does_not_exist"),
    ],
)
def test_what_is_refused_says_why(debt, property_clerk, fields, status, code):
    body = {"account": debt.pk, "step": "notice", "channel": "phone", **fields}

    answer = signed_in(property_clerk).post(f"{API}/reminders/", body, format="json")

    assert answer.status_code == status
    assert code in answer.content.decode()
    assert not Reminder.objects.exists()


def test_who_only_reads_reminds_nobody_and_who_reads_totals_sees_none(
    cast, debt, district_official, committee_member, outsider
):
    body = {"account": debt.pk, "step": "notice", "channel": "phone"}
    made, _new = remind(account=debt, step="notice", channel="phone", by=district_official, at=NOON)

    assert signed_in(district_official).post(f"{API}/reminders/", body, format="json").status_code == 403
    for nobody in (committee_member, outsider, None):
        status = signed_in(nobody).get(f"{API}/reminders/{made.pk}/").status_code
        assert status == (401 if nobody is None else 404)


def test_a_barrier_tells_entry_exit_and_payment(cast, property_clerk, stay):
    barrier = system("fees:read", "fees:write")
    body = {"neighbourhood": cast.home.pk, "plate": "鄂E·88888", "client_id": str(uuid4())}

    came = barrier.post(f"{API}/parking-sessions/", body, format="json")
    again = barrier.post(f"{API}/parking-sessions/", body, format="json")
    left = barrier.post(
        f"{API}/parking-sessions/{stay.pk}/leave/",
        {"left_at": (NOON + timedelta(minutes=61)).isoformat()},
        format="json",
    )
    paid = barrier.post(
        f"{API}/parking-sessions/{stay.pk}/pay/", {"method": "wechat", "reference": "42000017"}, format="json"
    )

    assert (came.status_code, again.status_code, came.json()["id"]) == (201, 200, again.json()["id"])
    assert (came.json()["amount"], came.json()["paid"]) == (None, None)
    assert (left.status_code, left.json()["amount"], left.json()["paid"]) == (200, "4.00", False)
    assert (paid.status_code, paid.json()["paid"]) == (200, True)
    for action in ("leave", "pay"):
        refused = barrier.post(f"{API}/parking-sessions/{stay.pk}/{action}/", {"method": "cash"}, format="json")
        assert refused.status_code in (400, 409)
    stale = barrier.post(f"{API}/parking-sessions/{came.json()['id']}/leave/", {}, HTTP_IF_MATCH='"0-0"')
    assert stale.status_code == 412


def test_plates_are_masked_for_who_reads_debtors_masked(cast, property_clerk, auditor, stay):
    car = add_vehicle(household=cast.doors[0], plate="鄂E12345", by=None)

    for caller, plate in ((property_clerk, "鄂E12345"), (auditor, "鄂E***5")):
        client = signed_in(caller)
        assert client.get(f"{API}/vehicles/{car.pk}/").json()["plate"] == plate
        assert client.get(f"{API}/parking-sessions/{stay.pk}/").json()["plate"] == plate


def test_vehicles_and_passes_begin_and_end(cast, property_clerk, auditor):
    client = signed_in(property_clerk)
    car = client.post(f"{API}/vehicles/", {"household": cast.doors[0].pk, "plate": "鄂e12345"}, format="json").json()
    odd = client.post(f"{API}/vehicles/", {"household": cast.doors[0].pk, "plate": "?"}, format="json")
    there = client.post(f"{API}/vehicles/", {"household": cast.other_doors[0].pk, "plate": "鄂E99999"}, format="json")
    body = {"vehicle": car["id"], "starts_on": "2026-01-01"}
    granted = client.post(f"{API}/parking-passes/", body, format="json")
    twice = client.post(f"{API}/parking-passes/", body, format="json")
    ended = client.post(f"{API}/vehicles/{car['id']}/end/", {"ended_on": "2026-06-30"}, format="json")

    assert (car["plate"], odd.status_code, there.status_code) == ("鄂E12345", 400, 400)
    assert (granted.status_code, twice.status_code) == (201, 409)
    assert ended.json()["ended_on"] == "2026-06-30"
    assert client.get(f"{API}/parking-passes/{granted.json()['id']}/").json()["ends_on"] == "2026-06-30"
    assert client.get(f"{API}/parking-passes/?in_force_on=2026-07-01").json()["results"] == []
    reader = signed_in(auditor)
    assert (
        reader.post(f"{API}/vehicles/", {"household": cast.doors[0].pk, "plate": "鄂E1"}, format="json").status_code
        == 403
    )
    assert system("fees:read", territory=THERE).get(f"{API}/vehicles/{car['id']}/").status_code == 404


def test_a_list_costs_the_same_for_three_as_for_one(cast, property_clerk, stay):
    client = signed_in(property_clerk)

    def queries():
        with CaptureQueriesContext(connection) as caught:
            assert client.get(f"{API}/parking-sessions/?inside=true").status_code == 200
        return len(caught)

    queries()
    one = queries()
    for plate in ("鄂E11111", "鄂E22222"):
        enter(neighbourhood=cast.home, plate=plate, by=None)

    assert ParkingSession.objects.filter(left_at=None).count() == 3
    assert queries() == one


def test_a_day_to_come_is_refused(cast, property_clerk, debt):
    later = (timezone.now() + timedelta(days=30)).isoformat()
    client = signed_in(property_clerk)

    reminded = client.post(
        f"{API}/reminders/",
        {"account": debt.pk, "step": "notice", "channel": "phone", "given_at": later},
        format="json",
    )
    came = client.post(
        f"{API}/parking-sessions/",
        {"neighbourhood": cast.home.pk, "plate": "鄂E12345", "entered_at": later},
        format="json",
    )

    for answer in (reminded, came):
        assert answer.status_code == 409
        assert "in_the_future" in answer.content.decode()
