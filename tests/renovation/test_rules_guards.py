"""Each guard at its edge: just met, just not, and what is said of it."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renovation.rules.facts import Guard, Piece, Registry, Standing
from renovation.rules.lifecycle import guards_of
from tests.renovation.lifecycle_facts import NOTICE, REGISTRY, everything

EDGES: list[tuple[str, str, dict[str, Any], bool]] = [
    # guard, step, what is changed of everything, whether it is met
    ("built_year_known", "assessed", {"registry": Registry(built_year=None)}, False),
    ("buildings", "assessed", {"registry": Registry(buildings=1)}, True),
    ("buildings", "assessed", {"registry": Registry(buildings=0)}, False),
    ("households", "assessed", {"registry": Registry(households=1)}, True),
    ("households", "assessed", {"registry": Registry(households=0)}, False),
    ("floor_area", "assessed", {"registry": Registry(households=4, without_area=0)}, True),
    ("floor_area", "assessed", {"registry": Registry(households=4, without_area=1)}, False),
    ("floor_area", "assessed", {"registry": Registry(households=0)}, False),
    ("tenure_mix", "assessed", {"registry": Registry(households=4, without_tenure=0)}, True),
    ("tenure_mix", "assessed", {"registry": Registry(households=4, without_tenure=1)}, False),
    ("must_do_findings", "assessed", {"assessment": {"must_do_not_found": []}}, False),
    ("must_do_findings", "assessed", {"must_do": frozenset({"B01"})}, True),
    ("must_do_findings", "assessed", {"must_do": frozenset()}, True),
    ("must_do_findings", "assessed", {"must_do": None}, False),
    ("must_do_findings", "assessed", {"assessment": None, "must_do": frozenset()}, False),
    ("assessment_confirmed", "mobilising", {"assessment_confirmed": None}, False),
    ("party_organisation", "organised", {"party_organisation": None}, False),
    ("party_organisation", "organised", {"party_organisation": {"members": 2}}, False),
    ("party_organisation", "organised", {"party_organisation": {"members": 2, "form": "group"}}, True),
    ("owners_committee", "organised", {"owners_committee": None}, False),
    ("owners_committee", "organised", {"owners_committee": {"term_ends_on": "2026-11-24"}}, True),
    ("owners_committee", "organised", {"owners_committee": {"term_ends_on": "2026-11-23"}}, False),
    ("owners_committee", "organised", {"owners_committee": {"form": "stand_in"}}, True),
    ("filing_receipt", "organised", {"filing_receipt": None}, False),
    ("filing_receipt", "organised", {"filing_receipt": None, "owners_committee": {"form": "stand_in"}}, True),
    ("roster", "consenting", {"registry": Registry(residential=1)}, True),
    ("roster", "consenting", {"registry": Registry(households=3, residential=0)}, False),
    ("menu", "consenting", {"must_do": frozenset()}, True),
    ("menu", "consenting", {"must_do": None}, False),
    ("survey_opened", "consenting", {}, False),
    ("survey_closed", "consented", {}, False),
    ("survey_closed", "deferred", {}, False),
    *(
        ("preconditions", to, {kind: None}, False)
        for to in ("ready", "applied")
        for kind in [*(f"precondition_{number}" for number in range(1, 6)), "precondition_4_district"]
    ),
    ("result_notice", "ready", {"result_notice": None}, False),
    ("result_notice", "ready", {"result_notice": {"posted_on": "2026-11-16", "ends_on": "2026-11-23"}}, True),
    ("result_notice", "ready", {"result_notice": {"posted_on": "2026-11-17", "ends_on": "2026-11-23"}}, False),
    ("result_notice", "ready", {"result_notice": {"posted_on": "2026-11-16", "ends_on": "2026-11-24"}}, False),
    ("result_notice", "ready", {"result_notice": {"objections_answered": 1}}, False),
    ("application", "applied", {"application": None}, False),
    ("application", "applied", {"application": {"application_form": False}}, False),
    ("application", "applied", {"application": {"cost_estimate": False}}, False),
    ("application", "applied", {"application": {"cost_shares": False}}, False),
    ("annual_plan", "planned", {"annual_plan": None}, False),
    ("built_year", "planned", {"registry": Registry(built_year=2005)}, True),
    ("built_year", "planned", {"registry": Registry(built_year=2006)}, False),
    ("built_year", "planned", {"registry": Registry(built_year=None)}, False),
    ("built_year", "planned", {"annual_plan": None}, False),
    ("must_do", "designed", {"plan_priced": None}, False),
    ("must_do", "designed", {"plan_priced": {"must_do": []}}, False),
    ("must_do", "designed", {"plan_priced": {"must_do": []}, "must_do_waived": {"items": ["B01"]}}, True),
    ("must_do", "designed", {"plan_priced": {"must_do": []}, "must_do_waived": {"items": ["B02"]}}, False),
    ("must_do", "designed", {"must_do_waived": None}, True),
    ("must_do", "designed", {"assessment_confirmed": None}, False),
    ("must_do", "designed", {"assessment": {"must_do_found": []}, "plan_priced": {"must_do": []}}, True),
    ("items_priced", "designed", {"plan_priced": None}, False),
    ("items_priced", "designed", {"plan_priced": {"priced": 2}}, False),
    ("items_priced", "designed", {"plan_priced": {"item_count": 0, "priced": 0}}, False),
    ("plan_notice", "designed", {"plan_notice": None}, False),
    ("plan_notice", "designed", {"plan_notice": {"ends_on": "2026-11-07"}}, False),
    ("plan_notice", "designed", {"plan_notice": {"objections_answered": 1}}, False),
    ("votes", "designed", {"votes": None}, False),
    ("votes", "designed", {"votes": {"passed": 1}}, False),
    ("votes", "designed", {"votes": {"needed": 0, "passed": 0}}, True),
    ("support_rate", "under_works", {"support_rate": None}, False),
    ("support_rate", "under_works", {"support_rate": {"supports": 19}}, True),
    ("support_rate", "under_works", {"support_rate": {"supports": 18}}, False),
    ("support_rate", "under_works", {"support_rate": {"supports": 18, "excluded": 2}}, True),
    ("support_rate", "under_works", {"support_rate": {"supports": 17, "excluded": 2}}, False),
    ("support_rate", "under_works", {"support_rate": {"households": 0, "supports": 0}}, False),
    ("support_rate", "under_works", {"support_rate": {"supports": 0, "pass_share": "0"}}, False),
    # 94.996% is not 95%, whatever it may be rounded to.
    ("support_rate", "under_works", {"support_rate": {"households": 2498, "supports": 2373}}, False),
    ("support_rate", "under_works", {"support_rate": {"households": 2498, "supports": 2374}}, True),
    ("contractor", "under_works", {"contractor": None}, False),
    ("supervisor", "under_works", {"supervisor": None}, False),
    ("residents_share", "under_works", {"residents_share": None}, False),
    ("residents_share", "under_works", {"residents_share": {"committed": "199999.99"}}, False),
    ("residents_share", "under_works", {"residents_share": {"committed": "200000.01"}}, True),
    ("illegal_structures", "under_works", {"illegal_structures": None}, False),
    ("illegal_structures", "under_works", {"illegal_structures": {"scheduled": 4}}, False),
    ("illegal_structures", "under_works", {"illegal_structures": {"found": 0, "scheduled": 0}}, True),
    ("items_done", "works_done", {"works_done": None}, False),
    ("items_done", "works_done", {"works_done": {"done": 1}}, False),
    ("items_done", "works_done", {"works_done": {"done": 3, "changed": 0}}, True),
    ("items_done", "works_done", {"works_done": {"item_count": 0, "done": 0, "changed": 0}}, False),
    ("items_done", "works_done", {"works_done": {"done": 3, "changed": 0, "revision_waiting": 2}}, False),
    ("inspections", "works_done", {"inspections": None}, False),
    ("inspections", "works_done", {"inspections": {"closed": 3}}, False),
    ("inspections", "works_done", {"inspections": {"findings": 0, "closed": 0}}, True),
    ("acceptance", "accepted", {"acceptance": None}, False),
    ("acceptance", "accepted", {"acceptance": {"passed": False}}, False),
    ("completion_file", "accepted", {"completion_file": None}, False),
    ("warranties", "accepted", {"warranties": None}, False),
    ("warranties", "accepted", {"warranties": {"waterproofing_years": 4}}, False),
    ("warranties", "accepted", {"warranties": {"installation_years": 1}}, False),
    ("warranties", "accepted", {"warranties": {"heating_seasons": 1}}, False),
    ("warranties", "accepted", {"warranties": {"heating_seasons": 2}}, True),
    ("warranties", "accepted", {"warranties": {"by_contract_years": 0}}, True),
    ("evaluation_closed", "evaluated", {"evaluation": None}, False),
    ("evaluation_closed", "evaluated", {"evaluation": {"closed": False}}, False),
    ("evaluation_responses", "evaluated", {"evaluation": None}, False),
    ("evaluation_responses", "evaluated", {"evaluation": {"respondents": 11}}, False),
    ("evaluation_responses", "evaluated", {"evaluation": {"household_count": 0, "respondents": 0}}, False),
    ("evaluation_responses", "evaluated", {"evaluation": {"respondents": 0, "minimum_share": "0.0000"}}, False),
    ("manager", "handed_over", {"manager": None}, False),
    ("asset_list", "handed_over", {"asset_list": None}, False),
    ("asset_list", "handed_over", {"asset_list": {"signed": False}}, False),
    ("handover_signed", "handed_over", {"handover": None}, False),
    ("handover_signed", "handed_over", {"handover": {"signed_by_committee": False}}, False),
    ("handover_signed", "handed_over", {"handover": {"signed_by_manager": False}}, False),
    ("handover_signed", "handed_over", {"handover": {"signed_by_community": False}}, False),
    ("handover_date", "long_term", {"handover": None}, False),
    ("handover_date", "long_term", {"handover": {"handover_on": "2026-11-24"}}, True),
    ("handover_date", "long_term", {"handover": {"handover_on": "2026-11-25"}}, False),
    ("survey_closed", "withdrawn", {}, True),
]


def found(code: str, to: str, standing: Standing) -> Guard:
    return next(guard for guard in guards_of(standing, to) if guard.code == code)


@pytest.mark.parametrize(("code", "to", "changes", "met"), EDGES)
def test_a_guard_at_its_edge(code: str, to: str, changes: dict[str, Any], met: bool) -> None:
    assert found(code, to, everything("organised", **changes)).met is met


def test_every_guard_has_an_edge_on_each_side() -> None:
    """All are met with everything there, except those that wait for a survey; each is tried unmet above."""
    tried = {(code, to) for code, to, _changes, met in EDGES if not met}
    waiting = {("survey_opened", "consenting"), ("survey_closed", "consented"), ("survey_closed", "deferred")}

    for to in ("assessed", "mobilising", "organised", "consenting", "consented", "deferred", "ready", "applied"):
        check_step(to, tried, waiting)
    for to in ("planned", "designed", "under_works", "works_done", "accepted", "evaluated", "handed_over", "long_term"):
        check_step(to, tried, waiting)


def check_step(to: str, tried: set[tuple[str, str]], waiting: set[tuple[str, str]]) -> None:
    guards = guards_of(everything("organised"), to)
    assert guards
    for guard in guards:
        assert guard.met == ((guard.code, to) not in waiting), guard
        assert (guard.code, to) in tried, guard


def test_where_the_terms_of_warranties_come_from_is_no_kind_of_work() -> None:
    told = {"installation_years": 2, "source": {"resource": "work-packages", "id": 7}}
    changes = {"evidence": {**everything("organised").evidence, "warranties": Piece(1, told)}}

    assert found("warranties", "accepted", everything("organised", **changes)).figures["kinds"] == 1


def test_a_neighbourhood_is_not_withdrawn_from_under_a_survey() -> None:
    assert not found("survey_closed", "withdrawn", everything("consenting")).met


def reordered(kind: str, before: str) -> Standing:
    """Everything, but the evidence of `kind` older than that of `before`."""
    standing = everything("organised")
    evidence = dict(standing.evidence)
    evidence[kind] = Piece(0, evidence[kind].facts)
    assert evidence[before].number > 0
    return everything("organised", evidence=evidence)


def test_a_confirmation_of_an_older_assessment_confirms_nothing() -> None:
    standing = reordered("assessment_confirmed", before="assessment")

    assert found("assessment_confirmed", "mobilising", standing) == Guard(
        "assessment_confirmed", False, {"outdated": True}
    )
    assert found("must_do", "designed", standing).figures["confirmed"] is False
    assert not found("must_do", "designed", standing).met


@pytest.mark.parametrize(
    ("kind", "to", "about"), [("result_notice", "ready", "survey_result"), ("plan_notice", "designed", "plan_priced")]
)
def test_a_notice_of_what_has_changed_since_does_not_count(kind: str, to: str, about: str) -> None:
    guard = found(kind, to, reordered(kind, before=about))

    assert not guard.met
    assert guard.figures["outdated"]


def test_the_figures_say_how_much_is_missing() -> None:
    standing = everything(
        "designed",
        registry=REGISTRY,
        support_rate={"supports": 15},
        residents_share={"committed": "168400.00"},
        precondition_4_district=None,
    )

    assert found("support_rate", "under_works", standing).figures == {
        "supports": 15,
        "households": 20,
        "pass_share": "0.9500",
        "needed": 19,
        "missing": 4,
    }
    assert found("residents_share", "under_works", standing).figures["missing"] == "31600.00"
    assert found("preconditions", "ready", standing).figures == {
        "confirmed": 4,
        "needed": 5,
        "waiting": [[4, "district"]],
    }


@given(
    households=st.integers(0, 5000),
    supports=st.integers(0, 5000),
    thousandths=st.integers(0, 10_000),
)
def test_the_support_gate_is_the_exact_fraction(households: int, supports: int, thousandths: int) -> None:
    share = f"{thousandths / 10_000:.4f}"
    facts = {"households": households, "excluded": 0, "supports": min(supports, households), "pass_share": share}

    guard = found("support_rate", "under_works", everything("designed", support_rate=facts))

    enough = facts["supports"] * 10_000 >= thousandths * households
    assert guard.met == (households > 0 and facts["supports"] > 0 and enough)
    assert guard.met == (guard.figures["missing"] == 0 and households > 0)


@given(days=st.integers(1, 60), ago=st.integers(-5, 60), asked=st.integers(0, 5), answered=st.integers(0, 5))
def test_a_notice_counts_only_when_it_was_long_enough_is_over_and_answered(
    days: int, ago: int, asked: int, answered: int
) -> None:
    today = date(2026, 11, 24).toordinal()
    ends = date.fromordinal(today - ago)
    facts = {
        **NOTICE,
        "posted_on": date.fromordinal(ends.toordinal() - days).isoformat(),
        "ends_on": ends.isoformat(),
        "objections": asked,
        "objections_answered": min(asked, answered),
    }

    guard = found("plan_notice", "designed", everything("planned", plan_notice=facts))

    assert guard.met == (days >= 7 and ago > 0 and answered >= asked)
