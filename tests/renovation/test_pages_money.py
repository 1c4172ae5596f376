"""The pages of money: every figure opens its rows, and forms record, reverse and advance."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from renovation.choices import Stage
from renovation.models import AwardTranche, FundingEntry, FundingSource, Neighbourhood, RenovationPlan
from renovation.services.awards import add_tranche, advance_tranche
from renovation.services.funding import reverse_entry
from tests.cast import Cast
from tests.factories import make_building, make_household
from tests.renovation.funds import item_of, make_entry, make_plan_in_force, make_source

STEPS = ("committed", "received", "spent")


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


def body(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", answer.content.decode())


def row(page: str, testid: str) -> str:
    found = re.search(rf'<tr[^>]*data-testid="{testid}".*?</tr>', page)
    assert found, testid
    return found[0]


def figures(html: str) -> list[str]:
    return re.findall(r">(−?[\d,]+\.\d\d)<", html)


def links(html: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', html)]


class Funded:
    """Two sources and an item each way, an in-kind one, and some entries."""

    def __init__(self, home: Neighbourhood) -> None:
        self.home = home
        self.central = make_source(home, "central", name="Central")
        self.residents = make_source(home, "residents", name="Households")
        self.labour = make_source(home, "in_kind", name="Labour")
        self.plan: RenovationPlan = make_plan_in_force(
            home,
            {
                ("B01", self.central): "1000.00",
                ("B03", self.central): "200.00",
                ("B03", self.residents): "300.00",
                ("B03", self.labour): "50.00",
            },
        )
        self.entry = make_entry(self.central, "received", "600.00", menu_item=item_of(self.plan, "B01"))
        make_entry(self.central, "spent", "80.00")
        make_entry(self.labour, "received", "20.00", menu_item=item_of(self.plan, "B03"))

    def at(self, path: str = "") -> str:
        return f"/neighbourhoods/{self.home.pk}/money/{path}"

    def source(self, source: FundingSource, path: str = "") -> str:
        return self.at(f"sources/{source.pk}/{path}")


@pytest.fixture
def funded(cast: Cast) -> Funded:
    return Funded(cast.home)


# --- Figures and their rows ------------------------------------------------------------------------


def test_the_page_shows_the_four_numbers_by_source_and_by_item_and_in_kind_apart(funded, auditor):
    page = body(browser(auditor).get(funded.at()))

    assert figures(row(page, f"source-{funded.central.pk}")) == ["1,200.00", "0.00", "600.00", "80.00"]
    assert figures(row(page, "item-B03")) == ["550.00", "0.00", "20.00", "0.00"]
    assert figures(row(page, "item-none")) == ["0.00", "0.00", "0.00", "80.00"]
    assert figures(row(page, "total-cash")) == ["1,500.00", "0.00", "600.00", "80.00"]
    assert figures(row(page, "total-in-kind")) == ["50.00", "0.00", "20.00", "0.00"]
    assert figures(row(page, "total")) == ["1,550.00", "0.00", "620.00", "80.00"]


@pytest.mark.parametrize("where", ["source", "item-B01", "item-none", "total-cash", "total-in-kind", "total"])
def test_each_figure_opens_entries_that_add_up_to_it(funded, auditor, where):
    client = browser(auditor)
    found = row(body(client.get(funded.at())), f"source-{funded.central.pk}" if where == "source" else where)

    opened = {}
    for shown, link in re.findall(r'href="([^"]*entries[^"]*)">(−?[\d,.]+)<', found):
        page = body(client.get(shown.replace("&amp;", "&")))
        opened[link] = re.search(r'data-testid="entries-total">([^<]+)<', page)[1]

    assert opened
    assert all(figure == total for figure, total in opened.items())
    # What is not nought is a link.
    assert {figure for figure in figures(found)[1:] if figure != "0.00"} == set(opened)


def test_the_chain_leads_from_source_to_item_to_source_to_entry_to_document(funded, auditor):
    client = browser(auditor)
    central = funded.source(funded.central)

    assert funded.at("items/B01/") in links(body(client.get(central)))
    assert central in links(body(client.get(funded.at("items/B01/"))))
    entry = funded.at(f"entries/{funded.entry.pk}/")
    assert entry in links(row(body(client.get(central)), f"entry-{funded.entry.pk}"))
    page = body(client.get(entry))
    assert funded.entry.document in page
    assert {central, funded.at("items/B01/")} <= set(links(page))


def test_a_reversed_entry_and_what_takes_it_back_are_both_shown(funded, auditor):
    back = reverse_entry(entry=funded.entry, reason="入错账", by=None)
    client = browser(auditor)

    page = body(client.get(funded.source(funded.central)))

    assert "reversed" in row(page, f"entry-{funded.entry.pk}")
    assert "−600.00" in row(page, f"entry-{back.pk}")
    assert page.index(f"entry-{back.pk}") < page.index(f"entry-{funded.entry.pk}")
    assert "入错账" in body(client.get(funded.at(f"entries/{back.pk}/")))


def test_nothing_of_another_place_is_here(funded, cast, outsider, auditor):
    there = make_source(cast.next_door)
    entry = make_entry(there)
    stranger, reader = browser(outsider), browser(auditor)
    ours = [
        funded.at(),
        funded.at("entries/"),
        funded.at(f"entries/{funded.entry.pk}/"),
        funded.at("items/B01/"),
        funded.source(funded.central),
    ]

    assert [reader.get(path).status_code for path in ours] == [200] * 5
    assert [stranger.get(path).status_code for path in ours] == [404] * 5
    assert reader.get(funded.source(there)).status_code == 404
    assert reader.get(funded.at(f"entries/{entry.pk}/")).status_code == 404
    assert reader.get(funded.at("items/U99/")).status_code == 404


# --- Households ------------------------------------------------------------------------------------


@pytest.fixture
def street(cast: Cast) -> Any:
    """A residents' source of which one building has five households and another two."""
    home = cast.home
    source = make_source(home, "residents", name="Households")
    large, small = make_building(neighbourhood=home, number="7"), make_building(neighbourhood=home, number="8")
    doors = [make_household(building=large, unit_number=f"10{n}") for n in range(5)]
    few = [make_household(building=small, unit_number=f"20{n}") for n in range(2)]
    make_plan_in_force(home, {("B01", source): "70.00"}, {(source, door): "10.00" for door in (*doors, *few)})
    make_entry(source, "committed", "10.00", household=doors[0])
    make_entry(source, "committed", "4.00", household=few[0])
    return source, large, small, doors, few


def test_whoever_keeps_contributions_reads_them_door_by_door(street, committee_member):
    source, large, _small, doors, _few = street
    client = browser(committee_member)
    address = f"/neighbourhoods/{source.neighbourhood_id}/money/sources/{source.pk}/"

    assert figures(row(body(client.get(address)), f"group-{large.pk}")) == ["50.00", "10.00", "0.00"]
    page = body(client.get(f"{address}?building={large.pk}"))
    first = row(page, f"door-{doors[0].pk}")
    assert figures(first) == ["10.00", "10.00", "0.00"]
    pledge = next(link for link in links(first) if "step=committed" in link)
    assert 'data-testid="entries-total">10.00<' in body(client.get(pledge))
    record = links(row(page, f"door-{doors[1].pk}"))[-1]
    form = body(client.get(record))
    assert re.search(r'name="amount"[^>]*value="10.00"|value="10.00"[^>]*name="amount"', form)
    assert client.get(f"{address}?building=x").status_code == 404


def test_others_read_totals_and_no_group_of_fewer_than_five(street, auditor):
    source, large, small, doors, _few = street
    client = browser(auditor)
    address = f"/neighbourhoods/{source.neighbourhood_id}/money/sources/{source.pk}/"

    page = body(client.get(f"{address}?building={large.pk}"))

    assert figures(row(page, "group-small")) == ["70.00", "14.00", "0.00"]
    assert f"group-{small.pk}" not in page
    assert 'data-testid="door-' not in page
    listed = body(client.get(f"/neighbourhoods/{source.neighbourhood_id}/money/entries/?source={source.pk}"))
    assert 'data-testid="entries-total">14.00<' in listed
    assert 'data-testid="entry-' not in listed
    one = body(client.get(f"/neighbourhoods/{source.neighbourhood_id}/money/entries/?household={doors[0].pk}"))
    assert "10.00" not in one
    entry = FundingEntry.objects.get(household=doors[0])
    assert client.get(f"/neighbourhoods/{source.neighbourhood_id}/money/entries/{entry.pk}/").status_code == 404


def test_a_donor_is_named_by_consent_and_the_rest_is_a_sum(cast, auditor):
    source = make_source(cast.home, "residents", route="donation")
    make_entry(source, amount="5.00", payer="赵不留名")
    make_entry(source, amount="7.00", payer="钱留名", payer_may_be_named=True)

    page = body(browser(auditor).get(f"/neighbourhoods/{cast.home.pk}/money/sources/{source.pk}/"))

    assert "钱留名" in page
    assert "赵不留名" not in page
    assert re.search(r"Others, not named</span><span class=\"num\">¥5.00", page)


# --- What is next ----------------------------------------------------------------------------------


def test_what_residents_have_still_to_commit_comes_first_for_whoever_records_it(funded, community_worker, auditor):
    make_entry(funded.residents, "committed", "120.00")

    page = body(browser(community_worker).get(funded.at()))

    assert "residents have ¥180.00 still to commit" in page
    main = re.findall(r'<a class="btn" data-kind="main" href="([^"]+)"', page)
    assert main == [funded.source(funded.residents, "record/") + "?step=committed"]
    assert 'data-kind="main"' not in body(browser(auditor).get(funded.at()))
    make_entry(funded.residents, "committed", "180.00")
    assert "still to commit" not in body(browser(community_worker).get(funded.at()))


# --- Forms -----------------------------------------------------------------------------------------


def test_the_district_adds_and_changes_a_source(cast, district_official, community_worker):
    client, address = browser(district_official), f"/neighbourhoods/{cast.home.pk}/money/sources/new/"
    told = {"kind": "residents", "name": "Lift", "route": "by_weight", "floor_weights": "1 0\n2: 0.5"}

    refused = client.post(address, {**told, "floor_weights": "1 0 0"})
    unread = client.post(address, {**told, "floor_weights": "1 x"})
    made = client.post(address, told)

    assert (refused.status_code, unread.status_code, made.status_code) == (400, 400, 302)
    source = FundingSource.objects.get()
    assert source.floor_weights == {"1": "0", "2": "0.5"}
    edit = f"/neighbourhoods/{cast.home.pk}/money/sources/{source.pk}/edit/"
    assert "1 0\n2 0.5" in client.get(edit).content.decode()
    assert client.post(edit, {**told, "document": "协议3"}).status_code == 302
    source.refresh_from_db()
    assert (source.document, source.version) == ("协议3", 2)
    assert b"There is a source of this kind and name already." in client.post(address, told).content
    for path in (address, edit):
        assert browser(community_worker).get(path).status_code == 403
        assert browser(community_worker).post(path, told).status_code == 403


def an_entry(**fields: Any) -> dict[str, Any]:
    return {"step": "committed", "amount": "88.80", "document": "认缴书1", "dated_on": "2026-09-01", **fields}


def test_a_pledge_is_recorded_at_a_door_by_its_name(funded, cast, community_worker):
    client, address = browser(community_worker), funded.source(funded.residents, "record/")
    door = cast.doors[0]

    unknown = client.post(address, an_entry(door="9-9-999"))
    made = client.post(address, an_entry(door="1-1-101", payer="周敏", payer_may_be_named="on"))

    assert (unknown.status_code, made.status_code) == (400, 302)
    entry = FundingEntry.objects.get(step="committed")
    assert (entry.household, entry.amount, entry.payer_may_be_named) == (door, Decimal("88.80"), True)
    page = body(client.get(funded.source(funded.residents)))
    assert "Building 1 · Stairwell 1 · 101" in row(page, f"entry-{entry.pk}")


def test_a_button_pressed_twice_records_once_and_a_form_changed_since_is_another_entry(funded, district_official):
    client, address = browser(district_official), funded.source(funded.central, "record/")
    once = re.search(r'name="once" value="([0-9a-f-]{36})"', body(client.get(address)))[1]
    before = FundingEntry.objects.count()

    answers = [client.post(address, an_entry(step="received", once=once)) for _press in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert FundingEntry.objects.count() == before + 1

    client.post(address, an_entry(step="received", once=once, amount="99.90"))
    assert FundingEntry.objects.count() == before + 2


def test_a_refusal_is_told_on_the_form(funded, district_official):
    client, address = browser(district_official), funded.source(funded.central, "record/")

    refused = client.post(address, an_entry(step="received", dated_on="2999-01-01"))

    assert refused.status_code == 409
    assert b"The document is of a day still to come." in refused.content


def test_money_is_recorded_only_by_whoever_may(funded, community_worker, auditor, district_official):
    central = funded.source(funded.central, "record/")
    residents = funded.source(funded.residents, "record/")

    assert browser(auditor).get(residents).status_code == 403
    assert browser(community_worker).get(central).status_code == 403
    # Spending is the district's, whoever keeps contributions.
    assert browser(community_worker).post(residents, an_entry(step="spent")).status_code == 400
    assert browser(district_official).post(residents, an_entry(step="spent")).status_code == 302
    # The district keeps no household's contribution: the form has no door.
    assert 'name="door"' not in body(browser(district_official).get(residents))
    award = make_source(funded.home, "award")
    assert 'value="received"' not in body(browser(district_official).get(funded.source(award, "record/")))


def test_an_entry_is_reversed_with_a_reason_once(funded, district_official, community_worker):
    client, address = browser(district_official), funded.at(f"entries/{funded.entry.pk}/")

    assert "entry-reverse" not in body(browser(community_worker).get(address))
    assert browser(community_worker).post(address, {"reason": "x"}).status_code == 403
    assert client.post(address, {"reason": ""}).status_code == 400
    made = client.post(address, {"reason": "入错账"})
    assert made.status_code == 302
    assert client.post(address, {"reason": "入错账"}).status_code == 409
    back = FundingEntry.objects.get(reverses=funded.entry)
    assert made["Location"] == funded.at(f"entries/{back.pk}/")
    for entry in (funded.entry, back):
        assert "entry-reverse" not in body(client.get(funded.at(f"entries/{entry.pk}/")))


def test_a_tranche_is_planned_waits_for_handover_and_is_paid_step_by_step(cast, district_official, community_worker):
    award = make_source(cast.home, "award")
    client, base = browser(district_official), f"/neighbourhoods/{cast.home.pk}/money/"
    planned = client.post(f"{base}sources/{award.pk}/tranches/", {"amount": "500.00"})
    tranche = AwardTranche.objects.get()
    address = f"{base}tranches/{tranche.pk}/"
    assert planned["Location"] == address

    assert "tranche-advance" not in body(client.get(address))
    early = client.post(address, {"to": "eligible", "document": "x"})
    assert early.status_code == 409
    assert "must be handed over to its management first" in early.content.decode()
    Neighbourhood.objects.filter(pk=cast.home.pk).update(stage=Stage.HANDED_OVER)
    assert client.post(address, {"to": "paid", "document": "x"}).status_code == 409
    assert client.post(address, {"to": "gold", "document": "x"}).status_code == 400
    assert client.post(address, {"to": "eligible", "document": ""}).status_code == 400
    assert browser(community_worker).post(address, {"to": "eligible", "document": "x"}).status_code == 403
    for to in ("eligible", "approved", "paid"):
        assert f'name="to" value="{to}"' in body(client.get(address))
        assert client.post(address, {"to": to, "document": f"文件{to}"}).status_code == 302

    page = body(client.get(address))
    assert 'data-state="paid"' in page
    assert all(f"文件{to}" in page for to in ("eligible", "approved", "paid"))
    assert f"{base}entries/{FundingEntry.objects.get().pk}/" in links(page)


def test_a_tranche_too_large_is_refused_on_its_form(cast, district_official):
    award = make_source(cast.home, "award")
    path = f"/neighbourhoods/{cast.home.pk}/money/sources/{award.pk}/tranches/"

    answer = browser(district_official).post(path, {"amount": "999999999999.99"})

    assert answer.status_code == 409
    assert "more than can be kept here" in answer.content.decode()


def test_a_tranche_says_that_its_receipt_was_reversed(cast, district_official):
    Neighbourhood.objects.filter(pk=cast.home.pk).update(stage=Stage.HANDED_OVER)
    tranche = add_tranche(source=make_source(cast.home, "award"), amount=Decimal(500), by=None)
    for to in ("eligible", "approved", "paid"):
        advance_tranche(tranche=tranche, to=to, document="拨付通知", by=None)
    client, address = browser(district_official), f"/neighbourhoods/{cast.home.pk}/money/tranches/{tranche.pk}/"
    assert '<span class="badge">reversed</span>' not in body(client.get(address))

    reverse_entry(entry=FundingEntry.objects.get(), reason="未到账", by=None)

    assert '<span class="badge">reversed</span>' in body(client.get(address))


def test_only_an_award_has_a_form_for_tranches(funded, district_official):
    assert browser(district_official).get(funded.source(funded.central, "tranches/")).status_code == 404


# --- What pages cost -------------------------------------------------------------------------------


def test_pages_cost_the_same_with_one_row_and_with_three(cast, community_worker):
    client = browser(community_worker)
    award = make_source(cast.home, "award")
    source = make_source(cast.home, "residents")
    make_plan_in_force(cast.home, {("B01", source): "10.00"}, {(source, door): "5.00" for door in cast.doors[:2]})
    building = cast.doors[0].building_id
    counts: dict[str, list[int]] = {}
    for rows in (1, 2):
        for _ in range(rows):
            more = make_source(cast.home, "central")
            add_tranche(source=award, amount=Decimal(1), by=None)
            make_entry(more)
            for door in cast.doors:
                make_entry(source, "received", "1.00", household=door)
        for path in ("", "entries/", f"sources/{source.pk}/?building={building}", f"sources/{award.pk}/", "items/B01/"):
            with CaptureQueriesContext(connection) as queries:
                body(client.get(f"/neighbourhoods/{cast.home.pk}/money/{path}"))
            counts.setdefault(path, []).append(len(queries))

    assert {path: first for path, (first, _second) in counts.items()} == {
        path: second for path, (_first, second) in counts.items()
    }


@pytest.mark.parametrize(
    "query", ["household=99999999999999999999", "household=x", "step=x", "item=%00", "before=x", "kind=x"]
)
def test_a_filter_that_cannot_be_read_is_passed_over(funded, auditor, query):
    page = body(browser(auditor).get(funded.at(f"entries/?{query}&source={funded.central.pk}")))

    assert f"entry-{funded.entry.pk}" in page


def test_entries_are_paged(cast, auditor):
    source = make_source(cast.home)
    for _ in range(51):
        make_entry(source, amount="1.00")
    client = browser(auditor)
    address = f"/neighbourhoods/{cast.home.pk}/money/entries/?source={source.pk}"

    first = body(client.get(address))
    further = next(link for link in links(first) if "before=" in link)
    second = body(client.get(f"/neighbourhoods/{cast.home.pk}/money/entries/{further}"))

    assert (first.count('data-testid="entry-'), second.count('data-testid="entry-')) == (50, 1)
    assert 'data-testid="entries-total">51.00<' in first
    assert "51 entries" in first
