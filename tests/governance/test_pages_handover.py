"""The pages of the handover and of the services that end after it."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.choices import Role
from governance.models import Asset, Handover, HandoverSignature, ServiceWithdrawal
from governance.services.handover import amend_handover
from governance.services.withdrawals import answer_readiness
from renovation.models import PlanItem, RenovationPlan
from tests.cast import ELSEWHERE
from tests.factories import make_menu_edition, make_user
from tests.governance.handover_cast import (
    a_handover,
    a_management,
    a_signed_handover,
    a_withdrawal,
    an_asset,
    at_stage,
    complete,
    handed_over,
    later,
    sign,
    today,
)
from tests.renovation.supervision_cast import a_defect, a_package

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(cast):
    return f"/neighbourhoods/{cast.home.pk}/handover/"


def browse(client, user):
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def body(answer) -> str:
    text = re.sub(r"\s+", " ", answer.content.decode())
    return re.sub(r" ?(<|>) ?", r"\1", text)


def mains(answer) -> list[str]:
    """The words of the main acts of a page: one at most."""
    return re.findall(r'data-kind="main"[^>]*>([^<]*)<', body(answer))


# --- The way to a signed handover ------------------------------------------------------------------


def test_without_a_manager_the_way_on_is_to_say_who_manages(client, cast, url, community_worker):
    page = browse(client, community_worker).get(url)

    assert f'href="/neighbourhoods/{cast.home.pk}/management/">Say who manages</a>' in body(page)
    assert mains(page) == []


def test_a_handover_is_prepared(client, cast, url, community_worker):
    management = a_management(cast.home)
    browser = browse(client, community_worker)
    assert mains(browser.get(url)) == ["Prepare the handover"]

    answer = browser.post(f"{url}new/", {"management": management.pk, "handover_on": later().isoformat()})

    assert answer["Location"] == url
    handover = Handover.objects.get()
    assert (handover.management, handover.handover_on) == (management, later())
    page = body(browser.get(url))
    assert 'data-testid="handover-state" data-state="draft"' in page
    assert mains(browser.get(url)) == ["Add an asset"]


def test_a_refusal_stands_on_the_form(client, cast, url, community_worker):
    management = a_management(cast.home, ends_on=later(10))
    browser = browse(client, community_worker)

    answer = browser.post(f"{url}new/", {"management": management.pk, "handover_on": later(11).isoformat()})
    unread = browser.post(f"{url}new/", {"management": management.pk, "handover_on": "soon"})

    assert (answer.status_code, unread.status_code) == (409, 400)
    assert "this management does not run on the day of handover" in body(answer)
    assert not Handover.objects.exists()


def test_day_and_manager_are_changed(client, cast, url, community_worker):
    handover = a_handover(cast.home, community_worker)
    other = a_management(cast.home, document="ZG-2")

    answer = browse(client, community_worker).post(
        f"{url}{handover.pk}/edit/",
        {"management": other.pk, "handover_on": later(60).isoformat(), "document": "YJ-1"},
    )

    handover.refresh_from_db()
    assert answer.status_code == 302
    assert (handover.management, handover.handover_on, handover.document) == (other, later(60), "YJ-1")


def test_the_eight_things_are_ticked_off_in_one_go(client, cast, url, community_worker):
    handover = a_handover(cast.home, community_worker)
    a_defect(cast.home)
    browser = browse(client, community_worker)
    page = body(browser.get(f"{url}{handover.pk}/items/"))
    assert 'name="open_defects_count"' not in page
    assert "1 counted" in page

    sent = {"keys_handed": "on", "keys_count": "12", "keys_note": "", "meters_note": "水务公司直管"}
    answer = browser.post(f"{url}{handover.pk}/items/", sent)

    assert answer["Location"] == url
    rows = {item.kind: item for item in handover.items.all()}
    assert (rows["keys"].handed, rows["keys"].count) == (True, 12)
    assert (rows["meters"].handed, rows["meters"].note) == (False, "水务公司直管")
    assert rows["drawings"].handed is False


def test_an_asset_is_put_on_the_list_changed_and_taken_off(client, cast, url, community_worker):
    handover = a_handover(cast.home, community_worker)
    browser = browse(client, community_worker)
    sent = {"name": "水泵", "kind": "equipment", "quantity": "2", "unit": "台", "state": "good"}

    once = browser.post(f"{url}{handover.pk}/assets/new/", sent)
    more = browser.post(f"{url}{handover.pk}/assets/new/", {**sent, "name": "路灯", "another": "yes"})

    assert once["Location"] == url
    assert more["Location"] == f"{url}{handover.pk}/assets/new/"
    pump = Asset.objects.get(name="水泵")
    browser.post(f"{url}assets/{pump.pk}/", {**sent, "state": "worn", "taken_by": "宜昌水务"})
    pump.refresh_from_db()
    assert (pump.state, pump.taken_by) == ("worn", "宜昌水务")
    assert browser.post(f"{url}assets/{pump.pk}/remove/")["Location"] == url
    assert list(Asset.objects.values_list("name", flat=True)) == ["路灯"]


def test_what_was_built_is_offered_for_the_list_until_it_is_on_it(client, cast, url, community_worker):
    edition = make_menu_edition()
    item = edition.items.get(code="B03")
    plan = RenovationPlan.objects.create(neighbourhood=cast.home, number=1, menu_edition=edition, item_count=1)
    planned = PlanItem.objects.create(plan=plan, menu_item=item, quantity=Decimal(3), note="3 号楼东侧")
    RenovationPlan.objects.filter(pk=plan.pk).update(
        state="frozen", in_force_at=timezone.now(), frozen_at=timezone.now(), digest="ab" * 32, total=0
    )
    package = a_package(cast.home, "B03", state="running")
    handover = a_handover(cast.home, community_worker)
    browser = browse(client, community_worker)
    assert 'data-testid="built-B03"' not in body(browser.get(url))

    package.state = "accepted"
    package.save(update_fields=["state"])
    assert f'href="{url}{handover.pk}/assets/new/?item={planned.pk}" data-testid="built-B03">Item B03</a>' in body(
        browser.get(url)
    )
    form = body(browser.get(f"{url}{handover.pk}/assets/new/?item={planned.pk}"))
    for value in ("Item B03", "3.00", "3 号楼东侧"):
        assert f'value="{value}"' in form
    an_asset(handover, community_worker, name="Item B03")
    assert 'data-testid="built-B03"' not in body(browser.get(url))


def test_what_is_missing_is_said_first_and_leads_to_where_it_is_met(client, cast, url, community_worker):
    handover = a_handover(cast.home, community_worker)
    browser = browse(client, community_worker)

    page = body(browser.get(url))
    for reason in ("assets", "items", "stage"):
        assert f'data-testid="reason-{reason}"' in page
    assert 'data-testid="reason-management"' not in page
    assert "/sign/" not in page
    complete(handover, community_worker)
    assert mains(browser.get(url)) == []
    at_stage(cast.home)
    assert mains(browser.get(url)) == ["Record the signature"]


def test_three_signatures_are_recorded_one_after_the_other(client, cast, url, community_worker):
    at_stage(cast.home)
    handover = complete(a_handover(cast.home, community_worker), community_worker)
    browser = browse(client, community_worker)

    for party in ("committee", "manager", "community"):
        form = browser.get(f"{url}{handover.pk}/sign/{party}/")
        seen = re.search(r'name="seen" value="(\w{64})"', body(form)).group(1)
        sent = {"seen": seen, "name": "周敏", "signed_on": today().isoformat()}
        assert browser.post(f"{url}{handover.pk}/sign/{party}/", sent)["Location"] == url

    handover.refresh_from_db()
    assert handover.state == "signed"
    page = browser.get(url)
    assert 'data-testid="handover-state" data-state="signed"' in body(page)
    assert mains(page) == []
    for address in ("edit/", "items/", "assets/new/"):
        assert browser.get(f"{url}{handover.pk}/{address}").status_code == 404


def test_lists_changed_while_somebody_signed_are_looked_at_again(client, cast, url, community_worker):
    at_stage(cast.home)
    handover = complete(a_handover(cast.home, community_worker), community_worker)
    seen = Handover.objects.get().digest
    amend_handover(handover=handover, document="YJ-2", by=community_worker)

    answer = browse(client, community_worker).post(
        f"{url}{handover.pk}/sign/manager/", {"seen": seen, "name": "赵", "signed_on": today().isoformat()}
    )

    assert answer.status_code == 409
    assert "The lists were changed meanwhile" in body(answer)
    assert not HandoverSignature.objects.exists()


def test_a_signature_below_earlier_lists_is_said_to_be_one(client, cast, url, community_worker):
    at_stage(cast.home)
    handover = complete(a_handover(cast.home, community_worker), community_worker)
    sign(handover, "committee", community_worker)
    an_asset(handover, community_worker, name="路灯")

    page = body(browse(client, community_worker).get(url))

    assert 'data-testid="party-committee" data-signed="false"' in page
    assert "signed an earlier list" in page


# --- Reading it ------------------------------------------------------------------------------------


def test_figures_open_what_they_count_and_the_defects_are_those_of_the_works(client, cast, url, community_worker):
    a_handover(cast.home, community_worker)
    a_defect(cast.home, text="三号楼渗水")
    a_defect(cast.home, text="已修好", state="closed")

    page = body(browse(client, community_worker).get(url))

    assert 'data-testid="kpi-defects">1<' in page
    assert f'href="/neighbourhoods/{cast.home.pk}/works/defects/"' in page
    assert "三号楼渗水" in page
    assert "已修好" not in page


def test_an_earlier_handover_is_still_there(client, cast, url, community_worker):
    first = a_signed_handover(cast.home, community_worker)
    a_handover(cast.home, community_worker, later(90), management=first.management)
    browser = browse(client, community_worker)

    assert 'data-testid="handover-state" data-state="draft"' in body(browser.get(url))
    assert f'href="{url}{first.pk}/"' in body(browser.get(url))
    assert 'data-testid="handover-state" data-state="signed"' in body(browser.get(f"{url}{first.pk}/"))


def test_the_list_is_printed_with_lines_to_sign_on(client, cast, url, community_worker):
    at_stage(cast.home)
    handover = complete(a_handover(cast.home, community_worker), community_worker)
    sign(handover, "manager", community_worker, name="赵经理")

    page = body(browse(client, community_worker).get(f"{url}{handover.pk}/print/"))

    assert page.count('class="blank"') == 3
    assert "赵经理" in page
    assert "水泵" in page
    assert "0.6 元/㎡·月" in page


@pytest.mark.parametrize("role", [Role.PROPERTY_CLERK, Role.PARTY_SECRETARY])
def test_who_only_reads_finds_nothing_to_press_and_is_told_no(client, cast, url, community_worker, role):
    at_stage(cast.home)
    handover = complete(a_handover(cast.home, community_worker), community_worker)
    asset = handover.assets.get()
    browser = browse(client, make_user(role, cast.home.code))

    page = browser.get(url)

    assert page.status_code == 200
    assert mains(page) == []
    assert "/sign/" not in body(page)
    for address in ("new/", f"{handover.pk}/edit/", f"{handover.pk}/items/", f"{handover.pk}/assets/new/"):
        assert browser.get(f"{url}{address}").status_code == 403
    assert browser.post(f"{url}assets/{asset.pk}/remove/").status_code == 403
    assert browser.get(f"{url}{handover.pk}/sign/manager/").status_code == 403
    assert Asset.objects.filter(pk=asset.pk).exists()


def test_a_stranger_finds_nothing(client, cast, url, community_worker):
    handover = a_handover(cast.home, community_worker)
    browser = browse(client, make_user(Role.COMMUNITY_STAFF, ELSEWHERE))

    for address in ("", f"{handover.pk}/", f"{handover.pk}/print/", "new/", f"{handover.pk}/sign/manager/"):
        assert browser.get(f"{url}{address}").status_code == 404


def test_a_handover_of_another_place_is_not_opened_here(client, cast, url, community_worker):
    handover = a_handover(cast.next_door, community_worker)
    browser = browse(client, community_worker)

    for address in (f"{handover.pk}/", f"{handover.pk}/print/", f"{handover.pk}/edit/", f"{handover.pk}/items/"):
        assert browser.get(f"{url}{address}").status_code == 404


# --- Services that end -----------------------------------------------------------------------------


def test_the_end_of_a_service_is_planned_after_handover(client, cast, url, community_worker):
    browser = browse(client, community_worker)
    assert "The neighbourhood is not handed over yet." in body(browser.get(f"{url}services/new/"))
    handed_over(cast.home, community_worker, today())
    sent = {"service": "cleaning", "ends_on": later(60).isoformat(), "document": "撤-1", "fee_covers_it": "on"}

    answer = browser.post(f"{url}services/new/", sent)

    made = ServiceWithdrawal.objects.get()
    assert answer["Location"] == f"{url}services/{made.pk}/"
    assert made.readiness == {"fee_covers_it": True}
    page = body(browser.get(url))
    assert f'href="{url}services/{made.pk}/">Cleaning</a>' in page
    assert "2 points open" in page
    assert 'value="cleaning"' not in body(browser.get(f"{url}services/new/"))


def test_the_check_is_answered_and_only_then_the_service_ends(client, cast, url, community_worker):
    handed_over(cast.home, community_worker, today() - timedelta(days=90))
    made = a_withdrawal(cast.home, community_worker, today())
    address = f"{url}services/{made.pk}/"
    browser = browse(client, community_worker)
    assert mains(browser.get(address)) == ["Save the check"]
    told_on = (today() - timedelta(days=30)).isoformat()

    browser.post(address, {"act": "withdraw"})
    made.refresh_from_db()
    assert made.state == "planned"
    sent = {"act": "check", "taken_over_by": "宜居物业", "fee_covers_it": "on", "residents_told_on": told_on}
    assert browser.post(address, sent)["Location"] == address
    page = browser.get(address)
    assert mains(page) == ["Record that the service has ended: Cleaning"]
    assert "宜居物业" in body(page)

    browser.post(address, {"act": "withdraw"})

    made.refresh_from_db()
    assert made.state == "withdrawn"
    assert mains(browser.get(address)) == []


def test_the_end_is_put_off_with_a_reason(client, cast, url, community_worker):
    handed_over(cast.home, community_worker, today())
    made = a_withdrawal(cast.home, community_worker, later(10))
    address = f"{url}services/{made.pk}/"
    browser = browse(client, community_worker)

    early = browser.post(address, {"act": "postpone", "ends_on": later(5).isoformat(), "reason": "r"})
    silent = browser.post(address, {"act": "postpone", "ends_on": later(20).isoformat()})
    taken = browser.post(address, {"act": "postpone", "ends_on": later(20).isoformat(), "reason": "物业尚未进场"})

    assert (early.status_code, silent.status_code, taken.status_code) == (409, 400, 302)
    made.refresh_from_db()
    assert (made.state, made.ends_on) == ("postponed", later(20))
    assert "put off: 物业尚未进场" in body(browser.get(address))


def test_who_only_reads_ends_nothing(client, cast, url, community_worker, property_clerk):
    handed_over(cast.home, community_worker, today() - timedelta(days=90))
    made = a_withdrawal(cast.home, community_worker, today())
    answers = {"taken_over_by": "宜居物业", "fee_covers_it": True, "residents_told_on": today() - timedelta(days=30)}
    answer_readiness(withdrawal=made, answers=answers, by=community_worker)
    browser = browse(client, property_clerk)

    assert mains(browser.get(f"{url}services/{made.pk}/")) == []
    assert browser.post(f"{url}services/{made.pk}/", {"act": "withdraw"}).status_code == 403
    assert browser.get(f"{url}services/new/").status_code == 403
    made.refresh_from_db()
    assert made.state == "planned"


# --- Queries ---------------------------------------------------------------------------------------


def test_the_page_spends_the_same_queries_however_much_is_on_it(client, cast, url, community_worker):
    first = handed_over(cast.home, community_worker, today())
    a_withdrawal(cast.home, community_worker)
    a_defect(cast.home)
    browser = browse(client, community_worker)
    browser.get(url)
    with CaptureQueriesContext(connection) as once:
        browser.get(url)

    second = complete(a_handover(cast.home, community_worker, management=first.management), community_worker)
    at_stage(cast.home)
    for party in ("committee", "manager", "community"):
        sign(second, party, community_worker)
    third = complete(a_handover(cast.home, community_worker, management=first.management), community_worker)
    for number in range(2):
        an_asset(third, community_worker, name=f"路灯{number}")
        a_defect(cast.home)
    for party in ("committee", "manager", "community"):
        sign(third, party, community_worker)
    at_stage(cast.home, "handed_over")
    for service in ("greening", "security"):
        a_withdrawal(cast.home, community_worker, service=service)

    with CaptureQueriesContext(connection) as thrice:
        browser.get(url)

    assert len(thrice) == len(once)
