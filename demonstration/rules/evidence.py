"""What people put on record by hand when a demonstration neighbourhood takes a step: plausible, the same at every fill.

What a module keeps (plans, money, works, notices, evaluations) it tells the guards itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

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

    must_do: Sequence[str]
    handover_on: date | None = None

    @property
    def found(self) -> list[str]:
        return list(self.must_do[:-NOT_FOUND])


def evidence_for(stage: str, site: Site, day: date) -> Iterator[Recorded]:
    """What meets the guards of the step to `stage`, taken on `day`, in the order in which it is recorded."""
    rows = _FOR[stage](site, day) if stage in _FOR else []
    for who, kind, facts in rows:
        yield Recorded(who, kind, f"示范文件〔{day.year}〕{day.month:02}{day.day:02}号（虚构）", facts)


def under_way(stage: str, site: Site, day: date) -> Iterator[Recorded]:
    """What is on record already at a stage, of what its next step needs: some of it, so that some is missing."""
    if stage == "consented":
        yield from (one for one in evidence_for("ready", site, day) if one.kind in ("precondition_1", "precondition_2"))
    if stage == "designed":
        yield Recorded("community", "illegal_structures", "示范拆违排期表1号（虚构）", {"found": 5, "scheduled": 3})


Rows = list[tuple[str, str, dict[str, Any]]]


def _assessed(site: Site, _day: date) -> Rows:
    facts = {
        "hazards": 3,
        "must_do_found": site.found,
        "must_do_not_found": list(site.must_do[-NOT_FOUND:]),
        "findings": "雨污合流，楼道线路老化，部分外墙空鼓。",
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


def _ready(_site: Site, _day: date) -> Rows:
    structures = {"evidence": "逐处清单、承诺书与照片", "urban_management": "示范城管函1号（虚构）"}
    return [
        ("community", "precondition_1", {"evidence": "选举结果、备案回执与党支部批复"}),
        ("community", "precondition_2", {"evidence": "居民公约文本与签名页"}),
        ("community", "precondition_3", structures),
        ("committee", "precondition_4", {"evidence": "出资方案与认缴表"}),
        ("district", "precondition_4_district", {"evidence": "出资方案复核意见"}),
        ("committee", "precondition_5", {"evidence": "管理方式与收费标准的议定记录"}),
    ]


def _applied(_site: Site, _day: date) -> Rows:
    return [("community", "application", {"application_form": True, "cost_estimate": True, "cost_shares": True})]


def _planned(_site: Site, day: date) -> Rows:
    return [("city", "annual_plan", {"year": day.year, "built_by": 2005})]


def _designed(_site: Site, _day: date) -> Rows:
    return [("community", "votes", {"needed": 1, "passed": 1})]


def _under_works(_site: Site, _day: date) -> Rows:
    return [("community", "illegal_structures", {"found": 5, "scheduled": 5})]


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
    "handed_over": _handed_over,
}
