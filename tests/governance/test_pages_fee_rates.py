"""Pages of rates, disclosures, purses and audits: figures open their bills, what is published is for everybody."""

from datetime import date, datetime
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from governance.models import Disclosure, FeeAccount, PurseEntry
from governance.rules.fees.periods import parse_period
from governance.services.fees.audits import audit_fees
from governance.services.fees.disclosures import publish_disclosure
from tests.cast import Cast
from tests.factories import make_user
from tests.governance.payments_cast import a_bill, pay

JULY = date(2026, 7, 1)
NOON = timezone.make_aware(datetime.fromisoformat("2026-08-10T12:00"))
Q3 = parse_period("2026-Q3")


def browser(user: User | None) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.cookies["django_language"] = "en"
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, name: str, *args: Any, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_rate_is_shown_with_what_is_short_and_its_bills(cast: Cast, property_clerk: User) -> None:
    a_bill(cast.doors[0], "100.00", JULY)
    pay(cast.doors[0], "79.99", paid_at=NOON)

    text = page(browser(property_clerk), "fee_rates", cast.home.pk, period="2026-Q3", cut_off="2026-09-30")

    assert "79.99%" in text
    assert "¥0.02 more and it is above 80%" in text
    assert "Cut-off date 30 September 2026" in text
    assert f"{reverse('fee_bills', args=[cast.home.pk])}?kind=property&amp;period=2026-Q3" in text
    assert "There is nothing to collect of this period." in text  # of parking


def test_the_committee_reads_rates_without_ways_to_bills(cast: Cast, committee_member: User) -> None:
    a_bill(cast.doors[0], "100.00", JULY)

    text = page(browser(committee_member), "fee_rates", cast.home.pk, period="2026-Q3")

    assert reverse("fee_bills", args=[cast.home.pk]) not in text
    answer = browser(committee_member).get(reverse("fee_rates", args=[cast.next_door.pk]))
    assert answer.status_code == 404


def test_a_period_that_is_none_shows_this_quarter(cast: Cast, property_clerk: User) -> None:
    client = browser(property_clerk)

    for period in ("2026-Q9", "1990", "x\x00"):
        page(client, "fee_rates", cast.home.pk, period=period, cut_off="2026-02-30")


def test_a_quarter_is_looked_at_published_and_read_by_everybody(cast: Cast, property_clerk: User) -> None:
    a_bill(cast.doors[0], "100.00", JULY)
    clerk = browser(property_clerk)
    address = f"{reverse('fee_disclosure_new', args=[cast.home.pk])}?period=2026-Q3"
    assert "What owners would read of Q3 2026" in clerk.get(address).content.decode()

    answer = clerk.post(address, {"cut_off": timezone.localdate().isoformat(), "posted_at_place": "东门"})

    made = Disclosure.objects.get()
    public = reverse("fee_disclosure", args=[cast.home.pk, made.pk])
    assert answer["Location"] == public
    text = browser(None).get(public).content.decode()
    assert "Fees, fund and public income, Q3 2026" in text
    assert "fewer than five households" in text
    assert "These figures do not have this digest" not in text
    file = browser(None).get(reverse("fee_disclosure_file", args=[cast.home.pk, made.pk]))
    assert file["Content-Type"] == "text/csv; charset=utf-8"
    assert made.digest in file.content.decode()
    assert browser(None).get(reverse("fee_disclosure", args=[cast.next_door.pk, made.pk])).status_code == 404
    assert "Q3 2026" in page(clerk, "fee_disclosures", cast.home.pk)


def test_who_reads_looks_and_does_not_publish(cast: Cast, committee_member: User, grid_worker: User) -> None:
    address = f"{reverse('fee_disclosure_new', args=[cast.home.pk])}?period=2026-Q2"

    assert browser(committee_member).get(address).status_code == 200
    assert browser(committee_member).post(address, {"cut_off": "2026-07-01"}).status_code == 403
    assert browser(grid_worker).get(address).status_code == 404
    assert browser(committee_member).get(address.replace("Q2", "Q9")).status_code == 404


def test_a_corrected_sheet_leads_to_the_one_that_took_its_place(cast: Cast, property_clerk: User) -> None:
    first = publish_disclosure(neighbourhood=cast.home, period=Q3, by=property_clerk)
    second = publish_disclosure(neighbourhood=cast.home, period=Q3, corrects=first, by=property_clerk)

    text = page(browser(None), "fee_disclosure", cast.home.pk, first.pk)

    assert "This sheet was corrected." in text
    assert reverse("fee_disclosure", args=[cast.home.pk, second.pk]) in text


def test_a_purse_is_entered_and_an_entry_taken_back(cast: Cast, property_clerk: User) -> None:
    clerk, address = browser(property_clerk), reverse("fee_purse", args=[cast.home.pk, "public_income"])
    values = {"source": "advertising", "direction": "in", "amount": "1200", "document": "合同 7"}
    today = timezone.localdate().isoformat()

    refused = clerk.post(address, {"act": "book", **values, "amount": "0", "booked_on": today})
    clerk.post(address, {"act": "book", **values, "booked_on": today})
    cost = {**values, "source": "running_cost", "amount": "200"}
    clerk.post(address, {"act": "book", **cost, "booked_on": today})
    entry = PurseEntry.objects.get(source="advertising")
    clerk.post(address, {"act": "reverse", "entry": entry.pk, "back-reason": "twice"})

    assert refused.status_code == 400
    amounts = PurseEntry.objects.order_by("pk").values_list("amount", flat=True)
    assert [str(amount) for amount in amounts] == ["1200.00", "-200.00", "-1200.00"]
    assert browser(None).get(address).status_code == 302
    assert clerk.get(reverse("fee_purse", args=[cast.home.pk, "petty_cash"])).status_code == 404


def test_findings_are_shown_where_one_reads(cast: Cast, property_clerk: User) -> None:
    a_bill(cast.doors[0], "100.00", JULY)
    a_bill(cast.other_doors[0], "100.00", JULY)
    FeeAccount.objects.update(credit=5)
    audit = audit_fees()
    official = make_user(Role.CITY_OFFICIAL, "4205", username="city")

    mine = page(browser(property_clerk), "fee_audit", audit.pk)
    all_of_it = page(browser(official), "fee_audit", audit.pk)

    assert cast.home.name in mine
    assert cast.next_door.name not in mine
    assert cast.next_door.name in all_of_it
    assert "The report is what was signed, with a key of this site." in mine
    assert f'data-testid="audit-{audit.pk}"' in page(browser(property_clerk), "fee_audits")


def test_audits_are_for_who_reads_bills(cast: Cast, committee_member: User) -> None:
    audit = audit_fees()

    assert browser(committee_member).get(reverse("fee_audits")).status_code == 404
    assert browser(committee_member).get(reverse("fee_audit", args=[audit.pk])).status_code == 404
