"""Reading what is sent as evidence: every kind, and every fault at its place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renovation.rules.evidence import SCHEMAS, FactsUnreadable, Kind, read_facts
from tests.renovation.lifecycle_facts import NOTICE, RECORDED

MENU = {"B01", "B02"}


def faults(kind: str, raw: Any) -> list[tuple[str, str]]:
    with pytest.raises(FactsUnreadable) as caught:
        read_facts(kind, raw, MENU)
    return [(fault.name, fault.code) for fault in caught.value.faults]


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_every_kind_reads_what_its_guard_needs_and_keeps_it_as_it_is(kind: str) -> None:
    assert read_facts(kind, RECORDED[kind], MENU) == RECORDED[kind]


@pytest.mark.parametrize("kind", [kind for kind, schema in sorted(SCHEMAS.items()) if any(e.required for e in schema)])
def test_every_required_value_that_is_missing_is_named(kind: str) -> None:
    assert faults(kind, {}) == [(entry.name, "required") for entry in SCHEMAS[kind] if entry.required]


@pytest.mark.parametrize(
    ("kind", "change", "name", "code"),
    [
        ("votes", {"needed": "2"}, "needed", "not_a_count"),
        ("votes", {"needed": True}, "needed", "not_a_count"),
        ("votes", {"needed": 2.0}, "needed", "not_a_count"),
        ("votes", {"needed": -1}, "needed", "out_of_range"),
        ("votes", {"passed": 3}, "passed", "too_many"),
        ("votes", {"else": 1}, "else", "unknown"),
        ("inspections", {"closed": 5}, "closed", "too_many"),
        ("illegal_structures", {"scheduled": 6}, "scheduled", "too_many"),
        ("works_done", {"changed": 4}, "changed", "too_many"),
        ("evaluation", {"respondents": 21}, "respondents", "too_many"),
        ("evaluation", {"minimum_share": "1.01"}, "minimum_share", "not_a_share"),
        ("evaluation", {"minimum_share": "0.00001"}, "minimum_share", "not_a_share"),
        ("evaluation", {"minimum_share": 0.5}, "minimum_share", "not_a_decimal"),
        ("evaluation", {"closed": "true"}, "closed", "not_a_yes_or_no"),
        ("annual_plan", {"year": 1839}, "year", "out_of_range"),
        ("annual_plan", {"year": "2027"}, "year", "not_a_count"),
        ("residents_share", {"due": 1.5}, "due", "not_a_decimal"),
        ("residents_share", {"due": "1.005"}, "due", "not_to_the_fen"),
        ("residents_share", {"due": "-1"}, "due", "out_of_range"),
        ("residents_share", {"due": "NaN"}, "due", "not_a_decimal"),
        ("residents_share", {"due": "1e999999"}, "due", "out_of_range"),
        ("residents_share", {"due": "x"}, "due", "not_a_decimal"),
        ("result_notice", {"ends_on": "2026-11-01"}, "ends_on", "too_early"),
        ("result_notice", {"ends_on": "2026-02-30"}, "ends_on", "not_a_date"),
        ("result_notice", {"ends_on": 20261124}, "ends_on", "not_a_date"),
        ("contractor", {"name": 5}, "name", "not_a_text"),
        ("contractor", {"name": "a\x00b"}, "name", "not_a_text"),
        ("contractor", {"name": "  "}, "name", "required"),
        ("contractor", {"name": "x" * 501}, "name", "too_long"),
        ("manager", {"mode": "nobody"}, "mode", "not_a_choice"),
        ("manager", {"mode": ["company"]}, "mode", "not_a_choice"),
        ("assessment", {"must_do_found": "B01"}, "must_do_found", "not_a_list"),
        ("assessment", {"must_do_found": [1]}, "must_do_found", "not_a_list"),
        ("assessment", {"must_do_found": ["Z99"]}, "must_do_found", "unknown_items"),
        ("assessment", {"must_do_not_found": ["B01"]}, "must_do_not_found", "found_too"),
    ],
)
def test_a_value_that_cannot_be_read_is_named_at_its_place(
    kind: str, change: dict[str, Any], name: str, code: str
) -> None:
    assert faults(kind, {**RECORDED[kind], **change}) == [(name, code)]


@pytest.mark.parametrize("raw", [None, [], "x", 1, [{}]])
def test_what_is_no_object_holds_no_facts(raw: Any) -> None:
    assert faults("votes", raw) == [("", "not_an_object")]


def test_several_faults_are_all_told() -> None:
    assert faults("plan_notice", {**NOTICE, "place": "", "posted_on": "x", "objections": -1}) == [
        ("place", "required"),
        ("posted_on", "not_a_date"),
        ("objections", "out_of_range"),
    ]


def test_what_may_be_left_out_is_not_kept() -> None:
    assert read_facts("warranties", {"heating_seasons": 2, "waterproofing_years": None}, MENU) == {"heating_seasons": 2}


def test_money_shares_dates_and_lists_are_kept_in_one_form() -> None:
    assert read_facts("residents_share", {"due": 200, "committed": "1.5"}, MENU) == {
        "due": "200.00",
        "committed": "1.50",
    }
    assert read_facts("must_do_waived", {"items": ["B02", "B01", "B02"], "finding": " 无 "}, MENU) == {
        "items": ["B01", "B02"],
        "finding": "无",
    }


@given(
    st.sampled_from(sorted(SCHEMAS)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
    st.data(),
)
def test_whatever_is_sent_is_read_or_refused(kind: str, value: Any, data: st.DataObject) -> None:
    names = [entry.name for entry in SCHEMAS[kind]]
    raw = {**RECORDED[kind], data.draw(st.sampled_from([*names, "x"])): value}

    facts: dict[str, Any] | None = None
    found = []
    try:
        facts = read_facts(kind, raw, MENU)
    except FactsUnreadable as unreadable:
        found = unreadable.faults

    assert (facts is None) == bool(found)
    if facts is not None:
        assert set(facts) <= set(names)
        assert read_facts(kind, facts, MENU) == facts


def test_every_kind_of_value_is_used() -> None:
    assert {entry.kind for schema in SCHEMAS.values() for entry in schema} == set(Kind)
