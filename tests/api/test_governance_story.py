"""From founding an owners' committee by vote to long-term management by HTTP, each shortcut refused."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from renovation.models import Neighbourhood
from renovation.services.lifecycle import begin_long_term
from tests.api.governance_story import Governed
from tests.consent.casts import make_policy
from tests.factories import make_menu_edition

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_is_told")]

HANDED = ("asset_list", "drawings", "warranties", "keys", "meters", "open_defects", "convention", "fee_standard")


@pytest.fixture
def life() -> Governed:
    make_policy()
    make_menu_edition()
    return Governed()


def test_from_a_committee_founded_by_vote_to_long_term_management(life: Governed) -> None:
    homes = life.doors()
    life.own(homes)
    findings = {"must_do_found": ["B01"], "must_do_not_found": [], "findings": "雨污合流", "hazards": 1}
    life.record("community", "assessment", findings)
    life.arrive("community", "assessed")
    life.record("district", "assessment_confirmed")
    life.arrive("community", "mobilising")

    committee = _elect_the_committee(life)
    _found_the_branch(life)
    life.arrive("community", "organised")
    life.consent(homes)
    _sign_the_convention(life, homes)
    _be_ready_and_planned(life)
    _vote_on_the_fund(life)
    life.arrive("district", "designed")
    life.ready_for_works()
    life.arrive("district", "under_works")
    _finish_the_works(life)
    _hand_over(life, committee)
    _long_term(life)


def _elect_the_committee(life: Governed) -> int:
    """A vote on the third matter, told of in time; then a committee of an odd number, in its term, filed."""
    assert life.refused("votes/", life.vote_body(3, announced_on=life.day(-3))) == "notice_too_short"
    assert life.refused("votes/", life.vote_body(3, silent_votes=True)) == "silent_votes_not_adopted"

    lost = life.decide(3, agree=5, disagree=5)
    assert (lost["verdict"], lost["approval_heads"]) == (
        "failed",
        {"numerator": 5, "denominator": 10, "needs": "1/2", "at_least": False, "met": False},
    )
    term = {"term_starts_on": life.day(0), "term_ends_on": life.day(5 * 365)}
    founding = {
        "neighbourhood": life.home.pk,
        "kind": "owners_committee",
        "name": "业主委员会",
        "founded_on": life.day(0),
        **term,
    }
    assert life.refused("bodies/", {**founding, "elected_by": lost["id"]}) == "vote_does_not_fit"
    assert life.refused("bodies/", {**founding, "term_ends_on": life.day(6 * 365)}) == "term_too_long"

    vote = life.made("votes/", life.vote_body(3))["id"]
    assert life.refused("votes/", life.vote_body(3)) == "vote_open"
    assert life.refused("bodies/", {**founding, "elected_by": vote}) == "vote_does_not_fit"
    assert life.refused(f"votes/{vote}/close/") == "voting_not_over"
    answers = life.cast(vote, ["agree"] * 7 + [""] * 3)
    assert [answer["status"] for answer in answers] == ["recorded"] * 10
    assert life.refused(f"votes/{vote}/close/") == "voting_not_over"
    twice = {
        "client_id": str(uuid4()),
        "voter": life.voters(vote)[0],
        "choice": "disagree",
        "form": "written",
        "returned_at": timezone.now().isoformat(),
    }
    (again,) = life.made(f"votes/{vote}/ballots/", {"ballots": [twice]})["results"]
    assert (again["status"], again["errors"][0]["code"]) == ("rejected", "already_returned")
    rest = [
        {**twice, "client_id": str(uuid4()), "voter": voter, "choice": "abstain"} for voter in life.voters(vote)[7:]
    ]
    life.made(f"votes/{vote}/ballots/", {"ballots": rest})
    won = life.made(f"votes/{vote}/close/", {"counted_by": "计票组"})
    assert (won["verdict"], won["quorum_heads"]["numerator"], won["approval_heads"]["numerator"]) == ("passed", 10, 7)
    (late,) = life.made(f"votes/{vote}/ballots/", {"ballots": [{**twice, "client_id": str(uuid4())}]})["results"]
    assert late["errors"][0]["code"] == "vote_closed"

    committee = life.found("owners_committee", "业主委员会", elected_by=vote, **term)["id"]
    life.join(committee, "chair", "deputy", "member", "member")
    unmet = {"party_organisation", "owners_committee", "filing_receipt"}
    assert life.unmet("community", "organised") == unmet  # four are not an odd number
    life.join(committee, "member")
    assert life.unmet("community", "organised") == unmet - {"owners_committee"}
    life.made(f"bodies/{committee}/file/", {"filed_on": life.day(0), "filed_with": "街道办"})
    assert life.unmet("community", "organised") == {"party_organisation"}
    by_hand = {"form": "committee", "name": "另一个", "members": 5, "term_ends_on": life.day(900)}
    assert life.kept_here("owners_committee", by_hand) == "kept_here"
    return int(committee)


def _found_the_branch(life: Governed) -> None:
    """A branch counts from three full members on."""
    branch = life.found("party_branch", "小区党支部")["id"]
    life.join(branch, "secretary", "member")
    assert life.unmet("community", "organised") == {"party_organisation"}
    life.join(branch, "member")


def _sign_the_convention(life: Governed, homes: list[int]) -> None:
    """The residents' convention is a precondition once enough have signed; no owners' vote adopts it."""
    life.record("community", "result_notice", life.notice())
    for number, who in ((1, "community"), (4, "committee"), (4, "district"), (5, "committee")):
        life.confirm(who, number)
    life.confirm("community", 3, urban_management="城管〔2026〕3号")
    text = {"kind": "residents", "title": "居民公约", "text": "共谋共建共管共评共享", "needed_share": "0.8000"}
    convention = life.made("conventions/", {"neighbourhood": life.home.pk, **text})
    version = convention["draft"]["id"]
    adopt = {"adopted_on": life.day(0)}
    life.sign(version, homes[:7])
    assert life.refused(f"convention-versions/{version}/adopt/", adopt) == "too_few_signatures"
    assert life.unmet("community", "ready") == {"preconditions"}
    life.sign(version, homes[7:8])
    life.made(f"convention-versions/{version}/adopt/", adopt)
    covenant = {"kind": "covenant", "title": "管理规约", "text": "业主按面积承担物业费"}
    covenant_version = life.made("conventions/", {"neighbourhood": life.home.pk, **covenant})["draft"]["id"]
    assert life.refused(f"convention-versions/{covenant_version}/adopt/", adopt) == "vote_needed"


def _be_ready_and_planned(life: Governed) -> None:
    life.arrive("community", "ready")
    parts = {"application_form": True, "cost_estimate": True, "cost_shares": True}
    life.record("community", "application", parts)
    life.arrive("district", "applied")
    life.record("city", "annual_plan", {"year": life.today.year + 1, "built_by": 2005})
    life.arrive("city", "planned")


def _vote_on_the_fund(life: Governed) -> None:
    """To raise the fund three quarters must agree, and exactly that is enough; until then the plan waits."""
    plan = {"item_count": 2, "priced": 2, "must_do": ["B01"], "total": "1250000.00"}
    life.record("district", "plan_priced", plan)
    life.record("community", "plan_notice", life.notice())
    assert life.unmet("district", "designed") == {"votes"}
    lost = life.decide(6, agree=7, disagree=3, needed_by_plan=True)
    assert (lost["verdict"], lost["approval_heads"]["needs"]) == ("failed", "3/4")
    assert life.unmet("district", "designed") == {"votes"}
    assert life.kept_here("votes", {"needed": 0, "passed": 0}) == "kept_here"
    won = life.decide(6, agree=8, disagree=2, needed_by_plan=True)
    assert (won["verdict"], won["approval_area"]["met"]) == ("passed", True)


def _finish_the_works(life: Governed) -> None:
    life.record("district", "works_done", {"item_count": 2, "done": 2, "changed": 0})
    life.record("district", "inspections", {"findings": 0, "closed": 0})
    life.arrive("district", "works_done")
    life.record("district", "acceptance", {"passed": True, "passed_on": life.day(0)})
    life.record("district", "completion_file", {"kept_at": "区档案馆"})
    life.record("district", "warranties", {"waterproofing_years": 5, "installation_years": 2})
    life.arrive("district", "accepted")
    evaluation = {"closed": True, "household_count": 10, "respondents": 8, "minimum_share": "0.60"}
    life.record("community", "evaluation", evaluation)
    life.arrive("community", "evaluated")


def _hand_over(life: Governed, committee: int) -> None:
    """A manager under contract, lists that all three parties sign as they are, and only then the step."""
    guards = {"manager", "asset_list", "handover_signed"}
    assert life.unmet("community", "handed_over") == guards
    company = life.found(
        "property_company",
        "安居物业",
        term_starts_on=life.day(0),
        term_ends_on=life.day(1095),
        contract_document="物业合同1号",
    )["id"]
    agreed = {
        "neighbourhood": life.home.pk,
        "mode": "company",
        "document": "物业合同1号",
        "fee_standard": "每平方米每月0.60元",
        "starts_on": life.day(0),
    }
    assert life.refused("managements/", {**agreed, "body": committee}) == "body_does_not_manage"
    management = life.made("managements/", {**agreed, "body": company})["id"]
    assert life.unmet("community", "handed_over") == guards - {"manager"}

    service = {
        "neighbourhood": life.home.pk,
        "service": "cleaning",
        "ends_on": life.day(60),
        "document": "退出方案1号",
    }
    assert life.refused("service-withdrawals/", service) == "not_handed_over"
    body = {"neighbourhood": life.home.pk, "management": management, "handover_on": life.day(3)}
    handover = life.made("handovers/", body)["id"]
    address = f"handovers/{handover}/"
    signing = {"party": "committee", "name": "主任", "signed_on": life.day(0)}
    assert life.refused(f"{address}sign/", signing) == "handover_incomplete"
    asset = {"handover": handover, "name": "雨水管网", "kind": "pipes", "quantity": "620", "unit": "米"}
    life.made("handover-assets/", asset)
    items = {"items": [{"kind": kind, "handed": True} for kind in HANDED]}
    client = life.clients["community"]
    changed = client.patch(f"/api/v1/{address}", items, format="json")
    assert changed.status_code == 200, changed.content
    for party in ("committee", "manager"):
        life.made(f"{address}sign/", {**signing, "party": party})
    assert life.unmet("community", "handed_over") == {"asset_list", "handover_signed"}
    # The lists change after two have signed: what they signed is no longer what is handed over.
    life.made("handover-assets/", {**asset, "name": "污水管网"})
    last = life.made(f"{address}sign/", {**signing, "party": "community"})
    assert (last["state"], last["still_to_sign"]) == ("draft", ["committee", "manager"])
    for party in ("committee", "manager"):
        signed = life.made(f"{address}sign/", {**signing, "party": party})
    assert signed["state"] == "signed"
    assert life.refused("handover-assets/", asset) == "handover_signed"
    life.arrive("community", "handed_over")
    life.made("service-withdrawals/", service)


def _long_term(life: Governed) -> None:
    """By itself, on the day of handover and not before."""
    assert [guard["code"] for guard in life.steps()["long_term"]["unmet_guards"]] == ["handover_date"]
    assert life.move("community", "long_term").status_code == 403
    assert begin_long_term() == 0
    assert begin_long_term(at=timezone.now() + timedelta(days=3)) == 1
    assert (life.stage, life.steps()) == ("long_term", {})
    assert Neighbourhood.objects.get(pk=life.home.pk).stage == "long_term"
