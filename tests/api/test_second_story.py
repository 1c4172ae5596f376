"""Deferred, asked again, planned, changed, built, evaluated, handed over, paid for: by HTTP alone, each shortcut
refused.
"""

from collections import defaultdict
from decimal import Decimal
from hashlib import sha256

import pytest

from renovation.services.lifecycle import begin_long_term
from tests.api.helpers import API
from tests.api.second_story import Clock, Story
from tests.consent.casts import make_policy
from tests.factories import make_menu_edition

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_is_told")]


@pytest.fixture
def story(monkeypatch) -> Story:
    make_policy()
    make_menu_edition(codes=("B01", "B03", "B19", "I03"))
    return Story(Clock(monkeypatch))


def test_from_a_failed_survey_to_a_paid_award(story):
    homes = story.organise()
    be_deferred(story, homes)
    survey = consent_at_last(story, homes)
    become_ready(story, survey)
    plan, sources = settle_plan(story)
    package, other = begin_works(story, homes, plan, sources)
    supervise(story, package)
    changed = change_the_plan(story, package, plan)
    finish_works(story, package, other)
    be_accepted(story, package, other)
    be_evaluated(story, homes)
    hand_over(story, sources)
    figures_agree(story, changed, sources)
    history_is_complete(story)


def be_deferred(story: Story, homes: list[int]) -> None:
    survey = story.open_survey()
    story.answer(survey, homes[:3])
    story.answer(survey, homes[3:], "not_yet", reasons=["cost"])
    refused = story.clients["community"].post(f"{survey}close/", {}, format="json")
    assert refused.status_code == 409
    closed = story.close_survey(survey, reason="出资方案未谈拢", revisit_on=story.day(90))
    assert (closed["verdict"], closed["support_rate"]) == ("failed", "0.3000")
    assert story.stage == "deferred"
    assert story.move("community", "ready").json()["code"] == "no_such_step"


def consent_at_last(story: Story, homes: list[int]) -> int:
    story.wait(100)
    survey = story.consent(homes)
    first, second = story.all("surveys/", "community", neighbourhood=story.home.pk)
    assert (first["verdict"], second["verdict"]) == ("failed", "passed")
    return int(survey.rstrip("/").rsplit("/", 1)[1])


def become_ready(story: Story, survey: int) -> None:
    assert story.unmet("community", "ready") == {"preconditions", "result_notice"}
    story.confirm_all()
    assert story.unmet("community", "ready") == {"result_notice"}
    story.hang("survey_result", survey=survey)
    assert story.kept_here("community", "result_notice", story.notice())
    story.arrive("community", "ready")
    parts = {"application_form": True, "cost_estimate": True, "cost_shares": True}
    story.record("community", "application", parts)
    story.arrive("district", "applied")
    story.record("city", "annual_plan", {"year": story.today.year, "built_by": 2005})
    story.arrive("city", "planned")


def settle_plan(story: Story) -> tuple[int, dict[str, int]]:
    """A draft, refused until it is whole; frozen, then told to the residents; the sources by kind."""
    assert story.unmet("district", "designed") == {"must_do", "items_priced", "plan_notice", "votes"}
    forbidden = story.clients["community"].post(f"{API}/plans/", story.here(), format="json")
    assert forbidden.status_code == 403
    plan = story.post("district", "plans/", story.here())["id"]
    assert story.refused("district", "plans/", story.here()) == "draft_open"

    (must_do,) = story.all("plan-items/", plan=plan)
    removed = story.clients["district"].delete(f"{API}/plan-items/{must_do['id']}/")
    assert (removed.status_code, removed.json()["code"]) == (409, "must_do_item")
    codes = story.item_ids()
    for code in ("B03", "B19", "I03"):
        item = {"plan": plan, "menu_item": codes[code], "quantity": "1", "unit_price": "100.00"}
        story.post("district", "plan-items/", item)
    assert story.refused("district", f"plans/{plan}/freeze/") == "payers_missing"

    sources = {
        "district": story.add_source("district", "区级财政资金"),
        "award": story.add_source("award", "以奖代补资金"),
        "residents": story.add_source("residents", "居民出资", route="by_area"),
        "in_kind": story.add_source("in_kind", "居民投工"),
    }
    mixes = {
        "B01": ("333.33", "1150.10", {"district": "70", "award": "30"}),
        "B03": ("77.70", "99.99", {"district": "1", "residents": "1", "award": "1"}),
        "B19": ("410.25", "145.00", {"district": "60", "residents": "40"}),
        "I03": ("7", "3900.00", {"district": "90", "in_kind": "10"}),
    }
    for item in story.all("plan-items/", plan=plan):
        quantity, price, payers = mixes[item["code"]]
        priced = story.price(item, quantity, price, {sources[kind]: weight for kind, weight in payers.items()})
        assert sum(Decimal(payer["planned"]) for payer in priced["payers"]) == Decimal(priced["amount"])
    frozen = story.post("district", f"plans/{plan}/freeze/", status=200)
    assert (frozen["number"], frozen["is_in_force"]) == (1, True)
    assert story.refused("district", f"plans/{plan}/freeze/") == "plan_frozen"
    content = story.clients["city"].get(f"{API}/plans/{plan}/content/").content
    assert sha256(content).hexdigest() == frozen["digest"]
    assert story.kept_here(
        "district", "plan_priced", {"item_count": 1, "priced": 1, "must_do": ["B01"], "total": "1.00"}
    )

    assert story.unmet("district", "designed") == {"plan_notice", "votes"}
    story.record("community", "votes", {"needed": 0, "passed": 0})
    story.hang("plan", plan=plan)
    story.arrive("district", "designed")
    return plan, sources


def begin_works(story: Story, homes: list[int], plan: int, sources: dict[str, int]) -> tuple[int, int]:
    """Pledges, contracts and the start; the packages."""
    needed = {"contractor", "supervisor", "residents_share", "illegal_structures"}
    assert story.unmet("district", "under_works") == needed
    story.record("community", "illegal_structures", {"found": 0, "scheduled": 0})
    codes = story.item_ids()
    package = story.pack("管网工程", [codes["B01"], codes["B03"]])
    other = story.pack("楼栋与环境工程", [codes["B19"], codes["I03"]])
    assert story.refused("district", f"work-packages/{package}/move/", {"to": "running"}) == "wrong_stage"

    shares = story.shares(plan)
    assert {share["household"] for share in shares} == set(homes)
    for share in shares[:-1]:
        story.give("funding-commitments", "community", share["source"], share["amount"], household=share["household"])
    assert story.unmet("district", "under_works") == {"residents_share"}
    last = shares[-1]
    story.give("funding-commitments", "committee", last["source"], last["amount"], household=last["household"])
    planned = story.money()
    for kind in ("district", "award", "in_kind"):
        amount = str(planned[sources[kind]]["planned"])
        story.give("funding-commitments", "district", sources[kind], amount)
    story.arrive("district", "under_works")
    for share in shares:
        story.give("funding-receipts", "community", share["source"], share["amount"], household=share["household"])
    story.give("funding-receipts", "district", sources["district"], "100000.00")
    wrong = story.give("funding-receipts", "district", sources["district"], "5000.01")
    story.post("district", f"funding-receipts/{wrong['id']}/reverse/", {"reason": "重复入账"})
    again = {"reason": "重复入账"}
    assert story.refused("district", f"funding-receipts/{wrong['id']}/reverse/", again) == "already_reversed"
    story.give("funding-payments", "district", sources["district"], "60000.00", package=package)
    return package, other


def supervise(story: Story, package: int) -> None:
    """Progress, a report from the residents, and a defect that somebody else rechecks."""
    story.wait(3)
    story.post("district", f"work-packages/{package}/move/", {"to": "running"}, status=200)
    story.report(package, B01="0.5")
    assert story.refused("district", f"work-packages/{package}/move/", {"to": "done"}) == "items_undone"
    report = story.post(
        "committee",
        "site-reports/",
        story.here(reporter="residents_supervisor", reported_on=story.day(0), text="沟槽无警示灯。", package=package),
    )
    defect = story.post(
        "committee",
        "defects/",
        story.here(
            severity="safety", text="沟槽无警示灯。", found_on=story.day(0), package=package, report=report["id"]
        ),
    )
    address = f"defects/{defect['id']}"
    checked = {"passed": True, "done_on": story.day(0), "note": "已复查"}
    assert story.refused("community", f"{address}/recheck/", checked) == "defect_not_rectified"
    story.post("district", f"{address}/rectify/", {"done_on": story.day(0), "note": "已增设"}, status=200)
    assert story.refused("district", f"{address}/recheck/", checked) == "second_person_needed"
    closed = story.post("community", f"{address}/recheck/", checked, status=200)
    assert closed["state"] == "closed"


def change_the_plan(story: Story, package: int, plan: int) -> int:
    """A change asked for on site becomes a revision that takes an item out, and residents are told anew."""
    assert story.refused("district", "plans/", story.here()) == "change_request_needed"
    request = story.post(
        "district",
        "change-requests/",
        story.here(requested_by="宜江建设", requested_on=story.day(0), text="疏浚并入雨污分流,取消本项。"),
    )
    draft = story.post("district", "plans/", story.here(change_request=request["id"]))
    items = {item["code"]: item for item in story.all("plan-items/", plan=draft["id"])}
    assert set(items) == {"B01", "B03", "B19", "I03"}
    assert story.clients["district"].delete(f"{API}/plan-items/{items['B03']['id']}/").status_code == 204

    told = story.get(f"plans/{draft['id']}/comparison/")
    assert {reason["code"] for reason in told["reasons"]} == {"item_removed", "share_moved"}
    assert [item["code"] for item in told["removed"]] == ["B03"]
    moved = story.all(f"plans/{draft['id']}/comparison/household-shares/", "community")
    assert len(moved) == len(story.shares(plan))
    frozen = story.post("district", f"plans/{draft['id']}/freeze/", status=200)
    assert (frozen["number"], frozen["notice_needed"], frozen["is_in_force"]) == (2, True, False)
    assert story.in_force()["id"] == plan
    story.hang("plan", plan=frozen["id"])
    assert story.in_force()["id"] == frozen["id"]
    (decided,) = story.all("change-requests/", neighbourhood=story.home.pk)
    assert (decided["state"], decided["plan"]) == ("approved", frozen["id"])
    return int(frozen["id"])


def finish_works(story: Story, package: int, other: int) -> None:
    assert story.unmet("district", "works_done") == {"items_done"}
    story.report(package, B01="1")
    story.post("district", f"work-packages/{package}/move/", {"to": "done"}, status=200)
    story.post("district", f"work-packages/{other}/move/", {"to": "running"}, status=200)
    story.report(other, B19="1", I03="0.9999")
    assert story.unmet("district", "works_done") == {"items_done"}
    story.report(other, I03="1")
    story.post("district", f"work-packages/{other}/move/", {"to": "done"}, status=200)
    told = story.arrive("district", "works_done")
    (items,) = [guard for guard in told["figures"]["guards"] if guard["code"] == "items_done"]
    assert (items["met"], items["figures"]["changed"]) == (True, 1)


def be_accepted(story: Story, package: int, other: int) -> None:
    assert story.unmet("district", "accepted") == {"acceptance", "completion_file", "warranties"}
    codes = story.item_ids()
    filing = story.here(filed_on=story.day(0), filed_with="住建局", kept_at="档案馆", document="备案〔1〕号")
    assert story.refused("district", "completion-filings/", filing) == "not_all_accepted"
    short = story.acceptance({codes["B01"]: 1})
    assert story.refused("district", f"work-packages/{package}/acceptances/", short) == "warranty_too_short"
    story.post("district", f"work-packages/{package}/acceptances/", story.acceptance({codes["B01"]: 2}))
    assert "acceptance" in story.unmet("district", "accepted")
    story.post(
        "district",
        f"work-packages/{other}/acceptances/",
        story.acceptance({codes["B19"]: 3, codes["I03"]: 2}),
    )
    assert story.unmet("district", "accepted") == {"completion_file"}
    assert {row["starts_on"] for row in story.all("warranties/", neighbourhood=story.home.pk)} == {story.day(0)}
    story.post("district", "completion-filings/", filing)
    story.arrive("district", "accepted")


def be_evaluated(story: Story, homes: list[int]) -> None:
    """Two people answer in each home; the households are counted."""
    assert story.unmet("community", "evaluated") == {"evaluation_closed", "evaluation_responses"}
    question = {"code": "effect", "text": "您满意吗?"}
    asked = story.here(title="效果评价", minimum_share="0.6000", questions=[question])
    address = f"evaluations/{story.post('community', 'evaluations/', asked)['id']}"
    sent = story.post("community", f"{address}/answers/", story.answers(homes[:5]), status=200)
    assert {row["status"] for row in sent["results"]} == {"recorded"}
    assert story.unmet("community", "evaluated") == {"evaluation_closed", "evaluation_responses"}
    story.post("community", f"{address}/answers/", story.answers(homes[5:6]), status=200)
    assert story.unmet("community", "evaluated") == {"evaluation_closed"}
    result = story.post("community", f"{address}/close/", status=200)["result"]
    assert (result["households"], result["respondents"], result["household_count"]) == (6, 12, 10)
    assert story.refused("community", f"{address}/close/") == "evaluation_closed"
    story.arrive("community", "evaluated")


def hand_over(story: Story, sources: dict[str, int]) -> None:
    """The award waits for the handover, and takes no step but its next."""
    award = sources["award"]
    promised = story.money()[award]["planned"]
    tranche = story.post("district", "award-tranches/", {"source": award, "amount": str(promised)})
    step = f"award-tranches/{tranche['id']}/advance/"

    def advance(to: str) -> dict[str, str]:
        return {"to": to, "document": f"奖补〔{to}〕号"}

    receipt = {"source": award, "amount": "1.00", "document": "进账〔1〕号", "dated_on": story.day(0)}
    assert story.refused("district", "funding-receipts/", receipt) == "paid_by_tranche"
    assert story.refused("district", step, advance("paid")) == "no_such_award_step"
    assert story.refused("district", step, advance("approved")) == "no_such_award_step"
    assert story.refused("district", step, advance("eligible")) == "handover_not_accepted"

    assert story.unmet("community", "handed_over") == {"manager", "asset_list", "handover_signed"}
    story.record("community", "manager", {"mode": "company", "name": "示范物业", "from_on": story.day(4)})
    story.record("community", "asset_list", {"assets": 12, "signed": True})
    signed = {f"signed_by_{who}": True for who in ("committee", "manager", "community")}
    story.record("community", "handover", {**signed, "handover_on": story.day(4)})
    story.arrive("community", "handed_over")

    story.post("district", step, advance("eligible"), status=200)
    assert story.refused("district", step, advance("paid")) == "no_such_award_step"
    story.post("district", step, advance("approved"), status=200)
    assert story.refused("district", step, advance("eligible")) == "no_such_award_step"
    assert story.money()[award]["received"] == 0
    paid = story.post("district", step, advance("paid"), status=200)
    assert [taken["to"] for taken in paid["steps"]] == ["eligible", "approved", "paid"]
    assert story.money()[award]["received"] == promised
    assert story.refused("district", step, advance("paid")) == "no_such_award_step"
    story.wait(5)
    assert begin_long_term() == 1
    assert story.stage == "long_term"


def figures_agree(story: Story, plan: int, sources: dict[str, int]) -> None:
    """Each figure is the sum of what it opens: the plan, its items, their payers, the sources, the entries."""
    revision = story.in_force()
    items = story.all("plan-items/", plan=plan)
    planned: dict[int, Decimal] = defaultdict(Decimal)
    for item in items:
        for payer in item["payers"]:
            planned[payer["source"]] += Decimal(payer["planned"])
    money = story.money()
    assert Decimal(revision["total"]) == sum(Decimal(item["amount"]) for item in items)
    assert Decimal(revision["total"]) == sum(planned.values()) == sum(row["planned"] for row in money.values())
    assert {source: row["planned"] for source, row in money.items()} == planned
    shares = sum(Decimal(share["amount"]) for share in story.shares(plan))
    assert shares == planned[sources["residents"]] > 0

    for name, resource in (
        ("committed", "funding-commitments/"),
        ("received", "funding-receipts/"),
        ("spent", "funding-payments/"),
    ):
        entered: dict[int, Decimal] = defaultdict(Decimal)
        for entry in story.all(resource, "community", neighbourhood=story.home.pk):
            entered[entry["source"]] += Decimal(entry["amount"])
        assert {source: row[name] for source, row in money.items()} == {source: entered[source] for source in money}
    assert money[sources["district"]]["received"] == Decimal("100000.00")
    assert story.clients["city"].get(f"{API}/plans/{plan}/content/").status_code == 200


def history_is_complete(story: Story) -> None:
    """Every stage in its order, and what each module told."""
    rows = story.all(f"neighbourhoods/{story.home.pk}/history/", "community")
    stages = [row["to_stage"] for row in rows if row["kind"] == "stage_change" and row["from_stage"]]
    assert stages == [
        "assessed",
        "mobilising",
        "organised",
        "consenting",
        "deferred",
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
    told = {row["evidence"] for row in rows if row["evidence"] and "source" in row["figures"]}
    assert told == {
        "result_notice",
        "plan_priced",
        "residents_share",
        "plan_notice",
        "contractor",
        "supervisor",
        "works_done",
        "inspections",
        "acceptance",
        "warranties",
        "completion_file",
        "evaluation",
    }
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
