"""What is on record of a demonstration neighbourhood when it takes a step: plausible, and the same at every fill."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

A_HOUSEHOLD = Decimal(31_600)
"""What a household's renovation costs in all, in yuan: the order of size of policy.md, section e."""

RESIDENTS_PART = Decimal("0.05")
COMMITTEE_DAYS = 5 * 365
MANAGED_AFTER_DAYS = 120
"""From the record of a handover to its day, where it has not come yet."""

NOT_FOUND = 2
"""So many of the must-do items are not needed anywhere here."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One piece of evidence: whose act it is (`community`, `committee`, `district`, `city`), and what it says."""

    who: str
    kind: str
    document: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """What the evidence of one neighbourhood is made from. `handover_on` is None until it is known."""

    homes: int
    must_do: Sequence[str]
    handover_on: date | None = None

    @property
    def found(self) -> list[str]:
        return list(self.must_do[:-NOT_FOUND])

    @property
    def cost(self) -> Decimal:
        return self.homes * A_HOUSEHOLD

    @property
    def residents_part(self) -> Decimal:
        return (self.cost * RESIDENTS_PART).quantize(Decimal("0.01"))


def evidence_for(stage: str, site: Site, day: date) -> Iterator[Recorded]:
    """What meets the guards of the step to `stage`, taken on `day`, in the order in which it is recorded."""
    rows = _FOR[stage](site, day) if stage in _FOR else []
    for who, kind, facts in rows:
        yield Recorded(who, kind, f"示范文件〔{day.year}〕{day.month:02}{day.day:02}号(虚构)", facts)


def under_way(stage: str, site: Site, day: date) -> Iterator[Recorded]:
    """What is on record already at a stage, of what its next step needs: some of it, so that some is missing."""
    if stage == "consented":
        yield from (one for one in evidence_for("ready", site, day) if one.kind in ("precondition_1", "precondition_2"))
    if stage == "designed":
        yield Recorded("district", "contractor", "示范中标通知书1号(虚构)", {"name": "示范建设公司"})
        committed = (site.residents_part * Decimal("0.8")).quantize(Decimal("0.01"))
        share = {"due": str(site.residents_part), "committed": str(committed)}
        yield Recorded("community", "residents_share", "示范认缴汇总表1号(虚构)", share)
        yield Recorded("community", "illegal_structures", "示范拆违排期表1号(虚构)", {"found": 5, "scheduled": 3})


Rows = list[tuple[str, str, dict[str, Any]]]


def _notice(day: date) -> dict[str, Any]:
    return {
        "place": "小区公告栏",
        "posted_on": str(day - timedelta(days=12)),
        "ends_on": str(day - timedelta(days=3)),
        "objections": 1,
        "objections_answered": 1,
    }


def _assessed(site: Site, _day: date) -> Rows:
    facts = {
        "hazards": 3,
        "must_do_found": site.found,
        "must_do_not_found": list(site.must_do[-NOT_FOUND:]),
        "findings": "雨污合流,楼道线路老化,部分外墙空鼓。",
    }
    return [("community", "assessment", facts)]


def _mobilising(_site: Site, _day: date) -> Rows:
    return [("district", "assessment_confirmed", {})]


def _organised(_site: Site, day: date) -> Rows:
    committee = {
        "form": "committee",
        "name": "示范业主委员会",
        "members": 5,
        "term_ends_on": str(day + timedelta(days=COMMITTEE_DAYS)),
    }
    return [
        ("community", "party_organisation", {"form": "branch", "name": "示范小区党支部", "members": 7}),
        ("community", "owners_committee", committee),
        ("community", "filing_receipt", {"filed_with": "示范街道办事处"}),
    ]


def _ready(_site: Site, day: date) -> Rows:
    structures = {"evidence": "逐处清单、承诺书与照片", "urban_management": "示范城管函1号(虚构)"}
    return [
        ("community", "precondition_1", {"evidence": "选举结果、备案回执与党支部批复"}),
        ("community", "precondition_2", {"evidence": "居民公约文本与签名页"}),
        ("community", "precondition_3", structures),
        ("committee", "precondition_4", {"evidence": "出资方案与认缴表"}),
        ("district", "precondition_4_district", {"evidence": "出资方案复核意见"}),
        ("committee", "precondition_5", {"evidence": "管理方式与收费标准的议定记录"}),
        ("community", "result_notice", _notice(day)),
    ]


def _applied(_site: Site, _day: date) -> Rows:
    return [("community", "application", {"application_form": True, "cost_estimate": True, "cost_shares": True})]


def _planned(_site: Site, day: date) -> Rows:
    return [("city", "annual_plan", {"year": day.year, "built_by": 2005})]


def _designed(site: Site, day: date) -> Rows:
    count = len(site.found) + 8
    plan = {"item_count": count, "priced": count, "must_do": site.found, "total": str(site.cost)}
    return [
        ("district", "plan_priced", plan),
        ("community", "plan_notice", _notice(day)),
        ("community", "votes", {"needed": 1, "passed": 1}),
    ]


def _under_works(site: Site, _day: date) -> Rows:
    due = str(site.residents_part)
    return [
        ("district", "contractor", {"name": "示范建设公司"}),
        ("district", "supervisor", {"name": "示范监理公司"}),
        ("community", "residents_share", {"due": due, "committed": due}),
        ("community", "illegal_structures", {"found": 5, "scheduled": 5}),
    ]


def _works_done(site: Site, _day: date) -> Rows:
    count = len(site.found) + 8
    return [
        ("district", "works_done", {"item_count": count, "done": count - 1, "changed": 1}),
        ("district", "inspections", {"findings": 6, "closed": 6}),
    ]


def _accepted(_site: Site, day: date) -> Rows:
    years = {"waterproofing_years": 5, "installation_years": 2, "by_contract_years": 1}
    return [
        ("district", "acceptance", {"passed": True, "passed_on": str(day - timedelta(days=2))}),
        ("district", "completion_file", {"kept_at": "示范区档案馆"}),
        ("district", "warranties", years),
    ]


def _evaluated(site: Site, _day: date) -> Rows:
    answered = site.homes * 4 // 5
    facts = {"closed": True, "household_count": site.homes, "respondents": answered, "minimum_share": "0.6000"}
    return [("community", "evaluation", facts)]


def _handed_over(site: Site, day: date) -> Rows:
    on = site.handover_on or day + timedelta(days=MANAGED_AFTER_DAYS)
    signed = {f"signed_by_{who}": True for who in ("committee", "manager", "community")}
    return [
        ("community", "manager", {"mode": "company", "name": "示范物业服务公司", "from_on": str(on)}),
        ("community", "asset_list", {"assets": 28, "signed": True}),
        ("community", "handover", {**signed, "handover_on": str(on)}),
    ]


_FOR = {
    "assessed": _assessed,
    "mobilising": _mobilising,
    "organised": _organised,
    "ready": _ready,
    "applied": _applied,
    "planned": _planned,
    "designed": _designed,
    "under_works": _under_works,
    "works_done": _works_done,
    "accepted": _accepted,
    "evaluated": _evaluated,
    "handed_over": _handed_over,
}
