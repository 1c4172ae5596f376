"""The pages on which a neighbourhood is moved, its evidence recorded, and its history read."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.choices import Role
from renovation.models import Evidence, GuardOverride, Neighbourhood, StageChange
from renovation.rules.evidence import SCHEMAS
from tests.api.lifecycle_story import Life
from tests.consent.casts import make_policy
from tests.factories import make_menu_edition, make_user
from tests.renovation.lifecycle_facts import RECORDED

pytestmark = pytest.mark.django_db


@pytest.fixture
def life() -> Life:
    make_policy()
    make_menu_edition(codes=("B01", "B03"))
    return Life()


def browser(life: Life, who: str) -> Client:
    client = Client()
    client.force_login(life.users[who], backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    return client


def body(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def page_of(life: Life, path: str = "") -> str:
    return f"/neighbourhoods/{life.home.pk}/{path}"


def test_the_page_says_what_the_next_step_needs_unmet_first_and_offers_it_once_met(life):
    client = browser(life, "community")
    life.doors()

    waiting = body(client.get(page_of(life)))

    guards = re.findall(r'data-met="(true|false)" data-testid="guard-(\w+)"', waiting)
    assert guards[0] == ("false", "must_do_findings")
    assert {code: met for met, code in guards}["buildings"] == "true"
    assert "Assess and record: B01 Item B01." in waiting
    assert re.search(r'aria-disabled="true"[^>]*data-testid="transition-assessed"', waiting)

    answer = client.post(
        page_of(life, "evidence/assessment/"),
        {
            "hazards": "2",
            "must_do_found": ["B01"],
            "findings": "雨污合流",
            "document": "摸底〔2026〕1号",
            "dated_on": life.day(0),
        },
    )
    ready = body(client.get(answer["Location"]))
    assert answer["Location"] == page_of(life)
    assert 'form="take-step" data-testid="transition-assessed"' in ready
    moved = client.post(page_of(life, "move/assessed/"))

    assert (moved.status_code, moved["Location"]) == (302, page_of(life))
    assert 'data-stage="assessed"' in body(client.get(page_of(life)))


def test_a_step_whose_guards_are_unmet_is_refused_in_words(life):
    client = browser(life, "community")

    refused = client.post(page_of(life, "move/assessed/"))

    assert refused.status_code == 409
    assert "This step needs more: Buildings are known," in body(refused)
    assert not StageChange.objects.exists()


def test_who_may_not_take_a_step_sees_what_it_needs_and_no_button(life):
    client = browser(life, "city")

    page = body(client.get(page_of(life)))

    assert 'data-testid="guard-buildings"' in page
    assert "transition-assessed" not in page
    assert client.post(page_of(life, "move/assessed/")).status_code == 403
    assert client.get(page_of(life, "move/ready/")).status_code == 404


def test_suspending_by_page_needs_a_reason_and_a_day(life):
    Neighbourhood.objects.filter(pk=life.home.pk).update(stage="under_works")
    client = browser(life, "district")
    assert 'data-testid="transition-suspended"' in body(client.get(page_of(life)))

    empty = client.post(page_of(life, "move/suspended/"), {"reason": "", "review_on": ""})
    past = client.post(page_of(life, "move/suspended/"), {"reason": "暴雨", "review_on": life.day(0)})
    done = client.post(page_of(life, "move/suspended/"), {"reason": "暴雨", "review_on": life.day(5)})

    assert (empty.status_code, past.status_code, done.status_code) == (400, 409, 302)
    assert 'data-stage="suspended"' in body(client.get(page_of(life)))
    assert 'data-testid="transition-under_works"' in body(client.get(page_of(life)))


def entered(kind: str) -> dict[str, object]:
    """The facts of a kind as a form sends them: shares in percent, ticks only where they are set."""
    sent: dict[str, object] = {}
    for name, value in RECORDED[kind].items():
        if name == "minimum_share":
            value = "60"
        if value is not False:
            sent[name] = "on" if value is True else value
    sent.pop("must_do_not_found", None)
    return sent


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_every_kind_is_recorded_by_a_form_as_the_api_records_it(life, kind):
    whose = next(
        who
        for who in ("community", "district", "city", "committee")
        if 'data-testid="evidence-record"' in body(browser(life, who).get(page_of(life, f"evidence/{kind}/")))
    )
    client = browser(life, whose)

    sent = {**entered(kind), "document": "文件1号", "dated_on": life.day(0)}
    answer = client.post(page_of(life, f"evidence/{kind}/"), sent)

    assert answer.status_code == 302, body(answer)
    expected = {**RECORDED[kind], **({"must_do_not_found": []} if kind == "assessment" else {})}
    assert Evidence.objects.get().facts == expected
    listed = body(client.get(page_of(life, "evidence/")))
    assert "文件1号" in listed
    assert "文件1号" in body(client.get(page_of(life, f"evidence/{kind}/")))
    assert "文件1号" in body(client.get(page_of(life, "history/")))


def test_what_cannot_be_read_is_said_at_its_field(life):
    client = browser(life, "community")

    answer = client.post(
        page_of(life, "evidence/votes/"),
        {"needed": "1", "passed": "2", "document": "x", "dated_on": "2999-01-01"},
    )
    sent = {"needed": "1", "passed": "2", "document": "x", "dated_on": life.day(0)}
    too_many = client.post(page_of(life, "evidence/votes/"), sent)

    assert answer.status_code == too_many.status_code == 400
    assert "A document cannot be dated in the future." in body(answer)
    assert '<div id="id_passed_error"> <p class="error">' in body(too_many)
    assert "At most 1." in body(too_many)
    assert not Evidence.objects.exists()


def test_evidence_is_revoked_by_page_with_a_reason(life):
    client = browser(life, "community")
    life.record("community", "votes", {"needed": 0, "passed": 0})

    nothing = client.post(page_of(life, "evidence/votes/"), {"revoke": "1", "reason": ""})
    done = client.post(page_of(life, "evidence/votes/"), {"revoke": "1", "reason": "表决无效"})
    again = client.post(page_of(life, "evidence/votes/"), {"revoke": "1", "reason": "表决无效"})

    assert (nothing.status_code, done.status_code, again.status_code) == (400, 302, 409)
    assert "表决无效" in body(client.get(page_of(life, "evidence/")))


def test_evidence_that_is_not_ones_own_act_is_read_and_not_recorded(life):
    client = browser(life, "community")

    page = client.get(page_of(life, "evidence/annual_plan/"))

    assert (page.status_code, "evidence-record" in body(page)) == (200, False)
    assert client.post(page_of(life, "evidence/annual_plan/"), {"year": "2027"}).status_code == 403
    assert client.get(page_of(life, "evidence/support_rate/")).status_code == 404
    assert client.get(page_of(life, "evidence/x/")).status_code == 404


def test_an_override_is_asked_for_and_confirmed_by_page(life):
    life.doors()
    Neighbourhood.objects.filter(pk=life.home.pk).update(stage="mobilising")
    first, second = browser(life, "district"), browser(life, "second")
    assert "overrides/organised/filing_receipt/" in body(first.get(page_of(life)))
    assert "overrides/" not in body(browser(life, "community").get(page_of(life)))

    empty = first.post(page_of(life, "overrides/organised/filing_receipt/"), {"reason": "", "document": ""})
    asked = first.post(page_of(life, "overrides/organised/filing_receipt/"), {"reason": "办理中", "document": "9号"})
    assert (empty.status_code, asked.status_code) == (400, 302)
    override = GuardOverride.objects.get()
    confirm = page_of(life, f"overrides/{override.pk}/confirm/")
    assert "override-confirm-filing_receipt" not in body(first.get(page_of(life)))
    assert "override-confirm-filing_receipt" in body(second.get(page_of(life)))
    first.post(confirm)
    override.refresh_from_db()
    assert override.confirmed_at is None
    assert browser(life, "community").post(confirm).status_code == 403
    second.post(confirm)

    override.refresh_from_db()
    assert override.confirmed_by == life.users["second"]
    met = re.search(r'data-met="(\w+)" data-testid="guard-filing_receipt"', body(first.get(page_of(life))))
    assert met
    assert met[1] == "true"
    history = body(first.get(page_of(life, "history/")))
    assert "Override asked for" in history
    assert "Override confirmed" in history


def test_a_gate_is_not_overridden_by_page(life):
    Neighbourhood.objects.filter(pk=life.home.pk).update(stage="consented")
    client = browser(life, "district")

    refused = client.post(page_of(life, "overrides/ready/preconditions/"), {"reason": "x", "document": "x"})

    assert refused.status_code == 409
    assert "overrides/ready/preconditions" not in body(client.get(page_of(life)))
    assert client.get(page_of(life, "overrides/ready/nothing/")).status_code == 404


def test_the_history_tells_every_step_with_its_figures_newest_first(life):
    life.design()
    client = browser(life, "city")

    page = body(client.get(page_of(life, "history/")))

    assert page.index("Planned → Designed") < page.index("Applied → Planned") < page.index("Registered → Assessed")
    assert "Every must-do item is in the plan: 1 of 1 in the plan; 0 approved as not applicable." in page
    assert client.get(page_of(life, "history/?page=2")).status_code == 200
    assert client.get(page_of(life, "history/?page=x")).status_code == 200


def test_pages_of_a_life_elsewhere_are_not_there(life):
    stranger = Client()
    stranger.force_login(make_user(Role.COMMUNITY_STAFF, "420503001001"))
    for path in (
        "edit/",
        "move/assessed/",
        "evidence/",
        "evidence/votes/",
        "history/",
        "overrides/assessed/buildings/",
    ):
        assert stranger.get(page_of(life, path)).status_code == 404
    override = GuardOverride.objects.create(
        neighbourhood=life.home,
        to_stage="assessed",
        guard="buildings",
        reason="x",
        document="x",
        requested_by=life.users["district"],
        requested_at=life.home.stage_since,
    )
    assert stranger.post(page_of(life, f"overrides/{override.pk}/confirm/")).status_code == 404


def test_a_property_clerk_reads_the_steps_without_the_rate_of_now(life):
    life.design()
    clerk = Client()
    clerk.force_login(make_user(Role.PROPERTY_CLERK, life.home.code))
    clerk.cookies["django_language"] = "en"

    assert "10 of 10 = 100.0%" in body(browser(life, "community").get(page_of(life, "move/under_works/")))
    assert "10 of 10 = 100.0%" not in body(clerk.get(page_of(life, "move/under_works/")))
    assert "Support rate, as it stands" not in body(clerk.get(page_of(life, "history/")))


def test_the_pages_cost_the_same_with_one_row_of_each_and_with_many(life):
    life.record("community", "precondition_1", {"evidence": "x"})
    client = browser(life, "district")
    paths = ("", "move/assessed/", "evidence/", "evidence/votes/", "history/")
    client.get(page_of(life))
    before = [queries(client, page_of(life, path)) for path in paths]
    life.confirm_all()
    for kind in ("votes", "votes"):
        life.record("community", kind, {"needed": 1, "passed": 0})
    for guard in ("buildings", "households"):
        body = {"to": "assessed", "guard": guard, "reason": "x", "document": "x"}
        life.clients["district"].post(f"{life.address}/overrides/", body, format="json")

    assert [queries(client, page_of(life, path)) for path in paths] == before


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_coordinates_are_filled_in_together_and_refused_at_their_place(life):
    client, name = browser(life, "community"), {"name": "望江里小区"}

    shown = body(client.get(page_of(life, "edit/")))
    half = client.post(page_of(life, "edit/"), {**name, "longitude": "111.2864"})
    turned = client.post(page_of(life, "edit/"), {**name, "longitude": "30.6919", "latitude": "111.2864"})
    saved = client.post(page_of(life, "edit/"), {**name, "longitude": "111.2864", "latitude": "30.6919"})

    assert "GCJ-02" in shown
    assert list(half.context["form"].errors) == ["latitude"]
    assert list(turned.context["form"].errors) == ["latitude"]
    assert (half.status_code, turned.status_code, saved.status_code) == (400, 400, 302)
    life.home.refresh_from_db()
    assert (life.home.longitude, life.home.latitude) == (Decimal("111.2864"), Decimal("30.6919"))
    assert 'value="111.286400"' in body(client.get(page_of(life, "edit/")))


def test_the_year_built_is_filled_in_by_whoever_keeps_the_registry(life):
    Neighbourhood.objects.filter(pk=life.home.pk).update(built_year=None)
    client = browser(life, "community")
    assert f'href="{page_of(life, "edit/")}">Fill in the year built.' in body(client.get(page_of(life)))

    wrong = client.post(page_of(life, "edit/"), {"name": "", "built_year": "1700"})
    saved = client.post(page_of(life, "edit/"), {"name": "望江里小区", "built_year": "1986"})

    life.home.refresh_from_db()
    assert (wrong.status_code, saved.status_code) == (400, 302)
    assert (life.home.name, life.home.built_year) == ("望江里小区", 1986)
    assert browser(life, "district").get(page_of(life, "edit/")).status_code == 403
    assert f'href="{page_of(life, "edit/")}"' not in body(browser(life, "district").get(page_of(life)))


def test_a_form_begins_with_what_stands(life):
    life.record("community", "evaluation", RECORDED["evaluation"])
    client = browser(life, "community")

    page = body(client.get(page_of(life, "evidence/evaluation/")))

    assert re.search(r'name="minimum_share" value="60\.0+"', page)
    assert re.search(r'name="respondents" value="12"', page)
