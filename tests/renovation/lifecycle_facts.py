"""Evidence of every kind that meets its guards, and the standing of a neighbourhood that has all of it."""

from datetime import date
from typing import Any

from renovation.choices import EvidenceKind
from renovation.rules.facts import Piece, Registry, Standing

TODAY = date(2026, 11, 24)

NOTICE = {
    "place": "小区公告栏",
    "posted_on": "2026-11-01",
    "ends_on": "2026-11-08",
    "objections": 2,
    "objections_answered": 2,
}
SEEN = {"evidence": "会议纪要与签名页"}

RATE: dict[str, Any] = {"households": 20, "excluded": 0, "supports": 19, "pass_share": "0.9500"}

RECORDED: dict[str, dict[str, Any]] = {
    "assessment": {"hazards": 2, "must_do_found": ["B01"], "must_do_not_found": ["B02"], "findings": "雨污合流"},
    "assessment_confirmed": {},
    "party_organisation": {"form": "branch", "name": "小区党支部", "members": 3},
    "owners_committee": {"form": "committee", "name": "业委会", "members": 5, "term_ends_on": "2030-01-01"},
    "filing_receipt": {"filed_with": "街道办"},
    "precondition_1": SEEN,
    "precondition_2": SEEN,
    "precondition_3": {**SEEN, "urban_management": "城管〔2026〕3号"},
    "precondition_4": SEEN,
    "precondition_4_district": SEEN,
    "precondition_5": SEEN,
    "result_notice": NOTICE,
    "application": {"application_form": True, "cost_estimate": True, "cost_shares": True},
    "annual_plan": {"year": 2027, "built_by": 2005},
    "must_do_waived": {"items": [], "finding": "无"},
    "plan_priced": {"item_count": 3, "priced": 3, "must_do": ["B01"], "total": "1250000.00"},
    "plan_notice": NOTICE,
    "votes": {"needed": 2, "passed": 2},
    "contractor": {"name": "宜江建设"},
    "supervisor": {"name": "三峡监理"},
    "residents_share": {"due": "200000.00", "committed": "200000.00"},
    "illegal_structures": {"found": 5, "scheduled": 5},
    "works_done": {"item_count": 3, "done": 2, "changed": 1},
    "inspections": {"findings": 4, "closed": 4},
    "acceptance": {"passed": True, "passed_on": "2026-11-20"},
    "completion_file": {"kept_at": "区档案馆"},
    "warranties": {"waterproofing_years": 5, "installation_years": 2},
    "evaluation": {"closed": True, "household_count": 20, "respondents": 12, "minimum_share": "0.6000"},
    "manager": {"mode": "company", "name": "安居物业", "from_on": "2026-11-01"},
    "asset_list": {"assets": 31, "signed": True},
    "handover": {
        "signed_by_committee": True,
        "signed_by_manager": True,
        "signed_by_community": True,
        "handover_on": "2026-11-24",
    },
}

FACTS: dict[str, dict[str, Any]] = {**RECORDED, "survey_result": RATE, "support_rate": RATE}

REGISTRY = Registry(built_year=1998, buildings=2, households=20, residential=18)


def everything(stage: str, came_from: str = "", **changes: Any) -> Standing:
    """A neighbourhood at `stage` with all evidence, recorded in the order in which it is needed.

    Keywords named after kinds change the facts of that kind; None takes it away. The rest are fields of Standing.
    """
    facts: dict[str, Any] = dict(FACTS)
    for kind in [name for name in changes if name in facts]:
        change = changes.pop(kind)
        facts[kind] = None if change is None else {**facts[kind], **change}
    order = [kind for kind in EvidenceKind.values if facts[kind] is not None]
    evidence = {kind: Piece(number, facts[kind]) for number, kind in enumerate(order, 1)}
    defaults: dict[str, Any] = {
        "registry": REGISTRY,
        "must_do": frozenset({"B01", "B02"}),
        "evidence": evidence,
        "today": TODAY,
    }
    return Standing(stage=stage, came_from=came_from, **{**defaults, **changes})
