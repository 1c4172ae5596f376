"""A neighbourhood through every state by HTTP, each guard refused once on the way."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from renovation.models import Neighbourhood
from renovation.services.lifecycle import begin_long_term
from tests.api.helpers import API
from tests.api.lifecycle_story import Life
from tests.consent.casts import make_policy
from tests.factories import make_menu_edition

pytestmark = pytest.mark.django_db


@pytest.fixture
def life() -> Life:
    return Life()


@pytest.fixture
def governed() -> None:
    make_policy()
    make_menu_edition()


@pytest.mark.usefixtures("all_is_told")
def test_from_registered_to_long_term_with_every_guard_refused_once(life):
    # 0 to 1: nothing is known yet; then facts come one by one.
    Neighbourhood.objects.filter(pk=life.home.pk).update(built_year=None)
    basics = {"built_year_known", "buildings", "households", "floor_area", "tenure_mix", "must_do_findings"}
    assert life.unmet("community", "assessed") == basics
    community = life.clients["community"]
    community.patch(f"{life.address}/", {"built_year": 1998}, format="json")
    homes = life.doors()
    life.home.households.filter(pk=homes[0]).update(gross_floor_area=None, tenure_type="unknown")
    assert life.unmet("community", "assessed") == {"floor_area", "tenure_mix", "must_do_findings"}
    area = {"gross_floor_area": "86.50", "tenure_type": "commodity"}
    assert community.patch(f"{API}/households/{homes[0]}/", area, format="json").status_code == 200
    assert life.unmet("community", "assessed") == {"must_do_findings"}
    make_menu_edition(codes=("B01", "B03"))
    findings = {"hazards": 2, "must_do_found": [], "must_do_not_found": [], "findings": "楼道线路老化"}
    life.record("community", "assessment", findings)
    assert life.unmet("community", "assessed") == {"must_do_findings"}
    life.record("community", "assessment", {**findings, "must_do_found": ["B01"]})
    life.arrive("community", "assessed")

    # 2: the district confirms the assessment as it is, not as it was.
    assert life.unmet("community", "mobilising") == {"assessment_confirmed"}
    life.record("district", "assessment_confirmed")
    life.record("community", "assessment", {**findings, "must_do_found": ["B01"], "hazards": 3})
    assert life.unmet("community", "mobilising") == {"assessment_confirmed"}
    life.record("district", "assessment_confirmed")
    life.arrive("community", "mobilising")

    # 3
    assert life.unmet("community", "organised") == {"party_organisation", "owners_committee", "filing_receipt"}
    branch = {"form": "branch", "name": "小区党支部", "members": 2}
    life.record("community", "party_organisation", branch)
    committee = {"form": "committee", "name": "业委会", "members": 5, "term_ends_on": life.day(-1)}
    life.record("community", "owners_committee", committee)
    assert life.unmet("community", "organised") == {"party_organisation", "owners_committee", "filing_receipt"}
    life.record("community", "party_organisation", {**branch, "members": 3})
    life.record("community", "owners_committee", {**committee, "term_ends_on": life.day(1000)})
    assert life.unmet("community", "organised") == {"filing_receipt"}
    life.record("community", "filing_receipt", {"filed_with": "街道办"})
    life.arrive("community", "organised")

    # 4: only a survey leads there, and it needs a policy, a menu and a roster.
    assert life.unmet("community", "consenting") == {"survey_opened"}
    survey = {"neighbourhood": life.home.pk, "title": "征询"}
    assert community.post(f"{API}/surveys/", survey, format="json").json()["code"] == "no_policy"
    make_policy()
    address = life.open_survey()
    assert life.stage == "consenting"

    # 5a
    assert life.unmet("community", "consented") == {"survey_closed"}
    assert life.unmet("community", "deferred") == {"survey_closed"}
    assert life.unmet("district", "withdrawn", reason="列入征收") == {"survey_closed"}
    life.answer(address, homes)
    life.close_survey(address)
    assert life.stage == "consented"

    # 6: five preconditions, each by whom policy says, and the notice over.
    assert life.unmet("community", "ready") == {"preconditions", "result_notice"}
    life.confirm_all()
    life.record("community", "result_notice", life.notice(objections=2))
    assert life.unmet("community", "ready") == {"result_notice"}
    life.record("community", "result_notice", life.notice(ends_on=life.day(1)))
    assert life.unmet("community", "ready") == {"result_notice"}
    life.record("community", "result_notice", life.notice())
    life.arrive("community", "ready")

    # 7: the preconditions again, and the package.
    life.revoke("district", "precondition_4_district", "出资方案未附")
    assert life.unmet("district", "applied") == {"preconditions", "application"}
    life.confirm("district", 4)
    parts = {"application_form": True, "cost_estimate": True, "cost_shares": False}
    life.record("community", "application", parts)
    assert life.unmet("district", "applied") == {"application"}
    life.record("community", "application", {**parts, "cost_shares": True})
    life.arrive("district", "applied")

    # 8
    assert life.unmet("city", "planned") == {"annual_plan", "built_year"}
    plan_of_year = {"year": life.today.year + 1, "built_by": 1997}
    life.record("city", "annual_plan", plan_of_year)
    assert life.unmet("city", "planned") == {"built_year"}
    life.record("city", "annual_plan", {**plan_of_year, "built_by": 2005})
    life.arrive("city", "planned")

    # 9
    assert life.unmet("district", "designed") == {"must_do", "items_priced", "plan_notice", "votes"}
    plan = {"item_count": 2, "priced": 1, "must_do": [], "total": "800000.00"}
    life.record("district", "plan_priced", plan)
    life.record("community", "plan_notice", life.notice())
    life.record("community", "votes", {"needed": 2, "passed": 1})
    assert life.unmet("district", "designed") == {"must_do", "items_priced", "votes"}
    life.record("district", "plan_priced", {**plan, "priced": 2, "must_do": ["B01"]})
    life.record("community", "votes", {"needed": 2, "passed": 2})
    # The plan has changed since its notice.
    assert life.unmet("district", "designed") == {"plan_notice"}
    life.record("community", "plan_notice", life.notice())
    life.arrive("district", "designed")

    # 10: the rate of now, not of the closing; one household takes its yes back and gives it again.
    life.answer(
        address, homes[:1], "not_yet", out_of_round=True, note="来电撤回", reasons=["cost"], party=["community"]
    )
    rest = {"contractor", "supervisor", "residents_share", "illegal_structures"}
    assert life.unmet("district", "under_works") == {"support_rate", *rest}
    told = life.clients["district"].get(f"{life.address}/transitions/", headers={"accept-language": "en"}).json()
    gate = next(guard for guard in told["results"][0]["unmet_guards"] if guard["code"] == "support_rate")
    assert (gate["figures"]["missing"], gate["remedy"]) == (1, "1 more door.")
    assert gate["detail"] == "9 of 10 = 90.0%; pass mark 95%, which is 10 households."
    life.answer(address, homes[:1], out_of_round=True, note="重新支持", party=["community"])
    assert life.unmet("district", "under_works") == rest
    life.record("district", "contractor", {"name": "宜江建设"})
    life.record("district", "supervisor", {"name": "三峡监理"})
    life.record("community", "residents_share", {"due": "200000.00", "committed": "168400.00"})
    life.record("community", "illegal_structures", {"found": 5, "scheduled": 3})
    assert life.unmet("district", "under_works") == {"residents_share", "illegal_structures"}
    life.record("community", "residents_share", {"due": "200000.00", "committed": "200000.00"})
    life.record("community", "illegal_structures", {"found": 5, "scheduled": 5})
    life.arrive("district", "under_works")

    # 11
    assert life.unmet("district", "works_done") == {"items_done", "inspections"}
    life.record("district", "works_done", {"item_count": 2, "done": 1, "changed": 0})
    life.record("district", "inspections", {"findings": 3, "closed": 2})
    assert life.unmet("district", "works_done") == {"items_done", "inspections"}
    life.record("district", "works_done", {"item_count": 2, "done": 1, "changed": 1})
    life.record("district", "inspections", {"findings": 3, "closed": 3})
    life.arrive("district", "works_done")

    # 12
    assert life.unmet("district", "accepted") == {"acceptance", "completion_file", "warranties"}
    life.record("district", "acceptance", {"passed": False, "passed_on": life.day(0)})
    life.record("district", "completion_file", {"kept_at": "区档案馆"})
    life.record("district", "warranties", {"waterproofing_years": 4})
    assert life.unmet("district", "accepted") == {"acceptance", "warranties"}
    life.record("district", "acceptance", {"passed": True, "passed_on": life.day(0)})
    life.record("district", "warranties", {"waterproofing_years": 5, "installation_years": 2})
    life.arrive("district", "accepted")

    # 13
    assert life.unmet("community", "evaluated") == {"evaluation_closed", "evaluation_responses"}
    evaluation = {"closed": False, "household_count": 10, "respondents": 5, "minimum_share": "0.60"}
    life.record("community", "evaluation", evaluation)
    assert life.unmet("community", "evaluated") == {"evaluation_closed", "evaluation_responses"}
    life.record("community", "evaluation", {**evaluation, "closed": True, "respondents": 6})
    life.arrive("community", "evaluated")

    # 14 and 15: the last comes by itself, on its day and not before.
    assert life.unmet("community", "handed_over") == {"manager", "asset_list", "handover_signed"}
    life.record("community", "manager", {"mode": "company", "name": "安居物业", "from_on": life.day(0)})
    life.record("community", "asset_list", {"assets": 31, "signed": False})
    handover = {"signed_by_committee": True, "signed_by_manager": True, "signed_by_community": False}
    life.record("community", "handover", {**handover, "handover_on": life.day(3)})
    assert life.unmet("community", "handed_over") == {"asset_list", "handover_signed"}
    life.record("community", "asset_list", {"assets": 31, "signed": True})
    life.record("community", "handover", {**handover, "signed_by_community": True, "handover_on": life.day(3)})
    life.arrive("community", "handed_over")
    assert [guard["code"] for guard in life.steps()["long_term"]["unmet_guards"]] == ["handover_date"]
    assert life.move("community", "long_term").status_code == 403
    call_command("begin_long_term")
    assert life.stage == "handed_over"
    on_the_day = timezone.now() + timedelta(days=3)
    assert (begin_long_term(at=on_the_day), begin_long_term(at=on_the_day)) == (1, 0)
    assert life.stage == "long_term"
    assert life.steps() == {}

    # The whole history, in order, with the figures as they stood.
    history = life.clients["city"].get(f"{life.address}/history/?page_size=500").json()["results"]
    changes = [row for row in history if row["kind"] == "stage_change"]
    assert [row["to_stage"] for row in changes] == [
        "assessed",
        "mobilising",
        "organised",
        "consenting",
        "consented",
        "ready",
        "applied",
        "planned",
        "designed",
        "under_works",
        "works_done",
        "accepted",
        "evaluated",
        "handed_over",
        "long_term",
    ]
    assert changes[-1]["by"] is None
    started = {guard["code"]: guard for guard in changes[9]["figures"]["guards"]}
    assert started["support_rate"]["figures"]["supports"] == 10
    assert [row["at"] for row in history] == sorted(row["at"] for row in history)
    revoked = [row for row in history if row["revoked"]]
    assert [(row["evidence"], row["reason"]) for row in revoked] == [("precondition_4_district", "出资方案未附")]


@pytest.mark.usefixtures("all_is_told")
def test_deferred_then_asked_again_then_consented(life, governed):
    homes = life.organise()
    first = life.open_survey()
    life.answer(first, homes[:5])
    life.answer(first, homes[5:], "not_yet", reasons=["cost"])
    life.close_survey(first, reason="多户顾虑出资", revisit_on=life.day(30))
    assert life.stage == "deferred"
    assert life.unmet("community", "consenting") == {"survey_opened"}
    assert life.move("community", "ready").json()["code"] == "no_such_step"

    second = life.open_survey()
    assert life.stage == "consenting"
    life.answer(second, homes)
    life.close_survey(second)

    assert life.stage == "consented"
    assert (first == second, life.clients["city"].get(f"{first}result/").json()["verdict"]) == (False, "failed")


def test_the_result_of_an_older_survey_needs_a_notice_of_its_own(life, governed):
    homes = life.organise()
    life.consent(homes)
    life.record("community", "result_notice", life.notice())
    life.confirm_all()
    life.consent(homes)

    assert life.unmet("community", "ready") == {"result_notice"}


def test_no_stage_is_skipped_and_none_is_gone_back_to(life, governed):
    life.organise()

    skipped = life.move("community", "ready")

    assert (skipped.status_code, skipped.json()["code"]) == (409, "no_such_step")
    assert skipped.json()["steps"] == ["consenting", "withdrawn"]
    assert life.move("community", "mobilising").json()["code"] == "no_such_step"
    assert life.move("district", "suspended", reason="x", review_on=life.day(9)).json()["code"] == "no_such_step"


def test_suspended_from_design_and_from_works_and_back_to_where_it_was(life, governed):
    life.design()
    life.ready_for_works()

    assert life.move("district", "suspended").json()["code"] == "reason_needed"
    assert life.move("district", "suspended", reason="诉讼").json()["code"] == "review_date_needed"
    today = life.move("district", "suspended", reason="诉讼", review_on=life.day(0))
    assert today.json()["code"] == "review_date_needed"
    gone = life.arrive("district", "suspended", reason="诉讼", review_on=life.day(1))
    assert (gone["reason"], gone["figures"]["review_on"]) == ("诉讼", life.day(1))
    assert list(life.steps()) == ["designed"]
    assert life.move("district", "under_works").json()["code"] == "no_such_step"
    life.arrive("district", "designed")
    life.arrive("district", "under_works")
    life.arrive("district", "suspended", reason="暴雨", review_on=life.day(20))
    assert list(life.steps()) == ["under_works"]
    assert life.move("community", "under_works").status_code == 403
    life.arrive("district", "under_works")
    assert life.move("district", "withdrawn", reason="x").json()["code"] == "no_such_step"


def test_withdrawn_up_to_design_for_good(life, governed):
    life.design()

    assert life.move("district", "withdrawn").json()["code"] == "reason_needed"
    life.arrive("district", "withdrawn", reason="列入征收补偿计划")

    assert life.steps() == {}
    assert life.move("district", "designed").json()["code"] == "no_such_step"


def override(life: Life, who: str, to: str, guard: str, **fields: str):
    body = {"to": to, "guard": guard, "reason": "备案办理中", "document": "区改办〔2026〕9号", **fields}
    return life.clients[who].post(f"{life.address}/overrides/", body, format="json")


def confirm(life: Life, who: str, number: int):
    return life.clients[who].post(f"{life.address}/overrides/{number}/confirm/")


def test_two_officials_of_the_district_lift_a_guard_and_the_history_says_so(life, governed):
    life.design()
    life.ready_for_works()
    life.revoke("district", "supervisor")
    assert life.unmet("district", "under_works") == {"supervisor"}

    asked = override(life, "district", "under_works", "supervisor")
    assert (asked.status_code, asked.json()["state"]) == (201, "requested")
    assert override(life, "second", "under_works", "supervisor").json()["code"] == "override_asked_for"
    assert life.unmet("district", "under_works") == {"supervisor"}
    own = confirm(life, "district", asked.json()["id"])
    assert (own.status_code, own.json()["code"]) == (409, "second_person_needed")
    assert confirm(life, "community", asked.json()["id"]).status_code == 403
    confirmed = confirm(life, "second", asked.json()["id"])
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "confirmed")
    assert confirm(life, "second", asked.json()["id"]).json()["code"] == "override_not_open"

    moved = life.arrive("district", "under_works")

    assert [guard["code"] for guard in moved["figures"]["guards"] if guard["overridden"]] == ["supervisor"]
    history = life.clients["city"].get(f"{life.address}/history/?page_size=500").json()["results"]
    kinds = [(row["kind"], row["guard"], row["by"]) for row in history if row["kind"].startswith("override")]
    assert kinds == [
        ("override_requested", "supervisor", "life-district"),
        ("override_confirmed", "supervisor", "life-second"),
    ]
    listed = life.clients["community"].get(f"{life.address}/overrides/").json()["results"]
    assert [(one["document"], one["confirmed_by"]) for one in listed] == [("区改办〔2026〕9号", "life-second")]


@pytest.mark.parametrize(
    ("at", "to", "guard"),
    [
        ("consented", "ready", "preconditions"),
        ("designed", "under_works", "support_rate"),
        ("planned", "designed", "must_do"),
        ("registered", "assessed", "must_do_findings"),
        ("organised", "consenting", "survey_opened"),
        ("consented", "ready", "no_such_guard"),
        ("consented", "applied", "application"),
        ("handed_over", "long_term", "handover_date"),
    ],
)
def test_nobody_overrides_a_gate_a_must_do_item_an_act_or_what_is_not_there(life, governed, at, to, guard):
    Neighbourhood.objects.filter(pk=life.home.pk).update(stage=at)

    refused = override(life, "district", to, guard)

    assert (refused.status_code, refused.json()["code"]) == (409, "not_overridable")


def test_an_override_ends_with_the_stage_at_which_it_was_asked_for(life, governed):
    life.design()
    asked = override(life, "district", "under_works", "contractor").json()["id"]
    life.arrive("district", "suspended", reason="暴雨", review_on=life.day(9))
    life.arrive("district", "designed")

    assert confirm(life, "second", asked).json()["code"] == "override_not_open"
    assert "contractor" in life.unmet("district", "under_works")


def test_an_override_needs_a_reason_a_document_and_an_official(life, governed):
    for who in ("community", "city", "committee"):
        assert override(life, who, "assessed", "buildings").status_code == 403
    missing = life.clients["district"].post(f"{life.address}/overrides/", {"to": "assessed"}, format="json")
    assert {error["pointer"] for error in missing.json()["errors"]} == {"/guard", "/reason", "/document"}
