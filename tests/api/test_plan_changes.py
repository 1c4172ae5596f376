"""`surveys/{id}/plan-changes/`: the doors that a change of the plan touches, and the totals that everybody reads."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.choices import Role
from accounts.models import HistoryEntry
from consent.services.surveys import close_survey, open_survey
from renovation.models import MenuEdition, RenovationPlan
from renovation.services.plans import remove_item
from tests.api.helpers import API, signed_in, system
from tests.factories import COMMUNITY, make_household, make_neighbourhood, make_user
from tests.plan_casts import Planned, make_planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned() -> Planned:
    return make_planned()


def url(planned: Planned, query: str = "") -> str:
    return f"{API}/surveys/{planned.survey.pk}/plan-changes/{query}"


def test_each_touched_door_has_its_answer_and_its_shares(planned):
    draft = planned.draft(B01={"payers": {planned.residents.pk: Decimal(1)}})
    remove_item(item=draft.items.get(menu_item__code="B03"), by=planned.district)
    planned.set(draft, "U11", payers={planned.residents.pk: Decimal(1)}, quantity=Decimal(1))

    body = signed_in(planned.community).get(url(planned, f"?plan={draft.pk}&count=true")).json()

    assert body["count"] == 10
    first = body["results"][0]
    assert {name: first[name] for name in first if name not in ("id", "building")} == {
        "household": planned.doors[0].pk,
        "building_number": "1",
        "stairwell": "1",
        "unit_number": "101",
        "stance": "supports",
        "counts": True,
        "affected": True,
        "revision_shown": None,
        "share_before": "100.00",
        "share_after": "110.00",
        "ordered_items_removed": ["B03"],
    }
    totals = body["totals"]
    assert {name: totals[name] for name in totals if name != "by_building"} == {
        "plan": draft.pk,
        "revision": 2,
        "compared_with": planned.plan.pk,
        "total_before": "2000.00",
        "total_after": "1100.00",
        "notice_needed": True,
        "notice_reasons": ["item_removed", "share_moved", "content_changed"],
        "shares_known": True,
        "households": 10,
        "supporting": 3,
        "touched": 10,
        "affected": 3,
    }
    assert [row["affected"] for row in totals["by_building"]] == [2, 1]


def test_the_latest_revision_is_compared_where_none_is_named(planned):
    assert signed_in(planned.community).get(url(planned)).json()["totals"]["revision"] == 1
    planned.draft()
    assert signed_in(planned.community).get(url(planned)).json()["totals"]["revision"] == 2


def test_rows_are_narrowed_by_building_answer_and_consent(planned):
    draft = planned.draft(B03={"unit_price": Decimal(120)})
    client = signed_in(planned.community)

    def households(query: str) -> int:
        return len(client.get(url(planned, f"?plan={draft.pk}&{query}")).json()["results"])

    building = planned.doors[0].building_id
    assert (households(""), households("affected=true"), households("affected=false")) == (10, 3, 7)
    assert (households("stance=not_yet"), households(f"building={building}")) == (1, 5)
    assert households(f"affected=true&building={building}") == 2
    assert client.get(url(planned, "?colour=red")).status_code == 400
    assert client.get(url(planned, "?affected=perhaps")).json()["errors"][0]["pointer"] == "/affected"


def test_a_sum_of_nothing_is_told_to_the_fen(planned):
    first = signed_in(planned.community).get(url(planned)).json()

    assert (first["totals"]["compared_with"], first["totals"]["total_before"]) == (None, "0.00")


def test_an_official_reads_totals_and_doors_only_on_a_reason_which_is_logged(planned):
    draft = planned.draft(B03={"unit_price": Decimal(120)})
    client = signed_in(planned.district)

    unasked = client.get(url(planned, f"?plan={draft.pk}")).json()
    assert (unasked["results"], unasked["totals"]["affected"]) == ([], 3)
    assert not HistoryEntry.objects.filter(act="doors_read").exists()

    asked = client.get(url(planned, f"?plan={draft.pk}&reason=核对公示范围")).json()
    assert (len(asked["results"]), asked["results"][0]["share_after"]) == (10, "120.00")
    assert HistoryEntry.objects.filter(act="doors_read").count() == 1
    assert client.get(url(planned, "?reason=")).status_code == 403


def test_who_sees_no_door_gets_totals_with_small_buildings_hidden_and_no_share(planned):
    planned.draft(B03={"unit_price": Decimal(120)})
    secretary = signed_in(make_user(Role.PARTY_SECRETARY, planned.home.code))

    body = secretary.get(url(planned)).json()

    assert (body["results"], body["totals"]["touched"]) == ([], 10)
    assert secretary.get(url(planned, "?reason=x")).status_code == 403


def test_shares_are_only_for_who_keeps_contributions_or_writes_the_plan(planned):
    planned.draft(B03={"unit_price": Decimal(120)})

    auditor = signed_in(make_user(Role.AUDITOR, COMMUNITY[:4])).get(url(planned, "?reason=审计")).json()
    assert {row["share_before"] for row in auditor["results"]} == {None}

    both = system("consent:read", "plans:read").get(url(planned)).json()
    assert {row["share_before"] for row in both["results"]} == {"100.00"}


def test_what_a_caller_may_not_see_is_not_there(planned):
    draft = planned.draft()
    elsewhere = make_planned_elsewhere()

    assert signed_in(make_user(territory="420503001001")).get(url(planned)).status_code == 404
    assert system("consent:read").get(url(planned)).status_code == 404
    foreign = signed_in(planned.community).get(url(planned, f"?plan={elsewhere}"))
    assert (foreign.status_code, foreign.json()["errors"][0]["code"]) == (400, "does_not_exist")
    assert signed_in(planned.community).get(url(planned, f"?plan={draft.pk}")).status_code == 200


def test_who_reads_only_what_is_published_is_refused(planned):
    close_survey(survey=planned.survey, by=planned.community, reason="到期", revisit_on=date(2027, 5, 1))
    clerk = signed_in(make_user(Role.PROPERTY_CLERK, planned.home.code))

    assert clerk.get(f"{API}/surveys/{planned.survey.pk}/").status_code == 200
    assert clerk.get(url(planned)).status_code == 403


def test_without_a_plan_there_is_nothing_to_compare(planned):
    home = make_household().neighbourhood
    survey = open_survey(neighbourhood=home, title="征询", closes_on=None, by=planned.community)

    assert signed_in(planned.community).get(f"{API}/surveys/{survey.pk}/plan-changes/").status_code == 404


@pytest.mark.parametrize("touched", [1, 3])
def test_the_list_costs_the_same_for_one_row_as_for_three(planned, touched, django_assert_num_queries):
    draft = planned.draft(B01={"payers": {planned.residents.pk: Decimal(1)}})
    remove_item(item=draft.items.get(menu_item__code="B03"), by=planned.district)
    if touched == 3:
        planned.set(draft, "B01", unit_price=Decimal(120))
    client = signed_in(planned.community)
    client.get(url(planned))

    with django_assert_num_queries(25):
        rows = client.get(url(planned, "?page_size=3")).json()["results"]

    assert len(rows) == touched


def make_planned_elsewhere() -> int:
    """A plan in another district."""
    other = make_neighbourhood(community_code="420503001001")
    edition = MenuEdition.objects.first()
    return RenovationPlan.objects.create(neighbourhood=other, number=1, menu_edition=edition).pk
