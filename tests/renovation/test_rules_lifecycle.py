"""The way through the stages: who moves, where from and where to, and laws that hold for every standing."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.roles import EVIDENCE_RECORDED, STAGE_MOVES
from renovation.choices import EvidenceKind, Stage
from renovation.rules.evidence import PRECONDITION_KINDS, SCHEMAS
from renovation.rules.facts import Piece, Registry, Standing
from renovation.rules.guards import GUARDS
from renovation.rules.lifecycle import (
    BY_ITSELF,
    NEVER_OVERRIDDEN,
    NUMBERS,
    SURVEY_OPENS_FROM,
    destinations,
    may_be_overridden,
    movers,
    step_to,
    steps,
)
from tests.renovation.lifecycle_facts import FACTS, TODAY, everything

STAGES = st.sampled_from(Stage.values)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """Any stage with any part of the evidence, in any order, and any overrides at all."""
    kinds = draw(st.permutations(sorted(FACTS)))
    kept = draw(st.sets(st.sampled_from(sorted(FACTS))))
    codes = sorted({guard.code for to in Stage.values for guard in guards_of_everything(to)})
    return Standing(
        stage=draw(STAGES),
        today=TODAY + timedelta(days=draw(st.integers(-400, 400))),
        came_from=draw(st.sampled_from(["", "designed", "under_works"])),
        registry=Registry(
            built_year=draw(st.none() | st.integers(1950, 2020)),
            buildings=draw(st.integers(0, 3)),
            households=draw(st.integers(0, 3)),
            residential=draw(st.integers(0, 3)),
        ),
        must_do=draw(st.none() | st.frozensets(st.sampled_from(["B01", "B02"]))),
        evidence={kind: Piece(number, FACTS[kind]) for number, kind in enumerate(kinds) if kind in kept},
        overridden=draw(st.frozensets(st.tuples(STAGES, st.sampled_from(codes)))),
    )


def guards_of_everything(to: str):
    return [rule(everything("registered")) for rule in GUARDS.get(to, ())]


@given(standings())
def test_a_step_goes_one_number_on_or_is_one_of_the_few_that_do_not(standing: Standing) -> None:
    for step in steps(standing):
        here, there = standing.stage, step.to
        back = there == "consenting" and here in ("consented", "deferred")
        aside = there in ("suspended", "withdrawn") or here == "suspended"
        assert back or aside or NUMBERS[there] == NUMBERS[here] + 1


@given(standings())
def test_an_override_never_lifts_a_gate_a_must_do_item_or_an_act(standing: Standing) -> None:
    for step in steps(standing):
        for guard in step.guards:
            if guard.code in NEVER_OVERRIDDEN or guard.code in ("survey_opened", "survey_closed", "handover_date"):
                assert not guard.overridden
                assert not may_be_overridden(standing, step.to, guard.code)
            assert guard.holds == (guard.met or guard.overridden)
            assert not (guard.met and guard.overridden)
            assert not guard.overridden or (step.to, guard.code) in standing.overridden


@given(standings())
def test_a_step_is_open_exactly_when_all_its_guards_hold_and_tells_the_unmet_first(standing: Standing) -> None:
    for step in steps(standing):
        holding = [guard.holds for guard in step.guards]
        assert step.is_open == all(holding)
        assert holding == sorted(holding)
        assert [guard.code for guard in step.unmet] == [guard.code for guard in step.guards if not guard.holds]


@given(standings())
def test_only_a_survey_leads_to_its_stages_and_only_time_to_the_last(standing: Standing) -> None:
    for step in steps(standing):
        if step.to in ("consenting", "consented", "deferred") and standing.stage != "suspended":
            assert not step.is_open
        if step.to in BY_ITSELF:
            assert step.movers == frozenset()


@pytest.mark.parametrize("stage", Stage.values)
def test_with_all_the_evidence_every_step_of_a_person_is_open_but_those_of_a_survey(stage: str) -> None:
    for step in steps(everything(stage, came_from="under_works")):
        waits = step.to in ("consenting", "consented", "deferred") or (stage, step.to) == ("consenting", "withdrawn")
        assert step.is_open != waits, (stage, step.to, step.unmet)


def test_the_destinations_are_those_of_the_design() -> None:
    assert {stage: destinations(stage, "designed") for stage in Stage.values} == {
        "registered": ("assessed", "withdrawn"),
        "assessed": ("mobilising", "withdrawn"),
        "mobilising": ("organised", "withdrawn"),
        "organised": ("consenting", "withdrawn"),
        "consenting": ("consented", "deferred", "withdrawn"),
        "consented": ("ready", "consenting", "withdrawn"),
        "deferred": ("consenting", "withdrawn"),
        "ready": ("applied", "withdrawn"),
        "applied": ("planned", "withdrawn"),
        "planned": ("designed", "withdrawn"),
        "designed": ("under_works", "suspended", "withdrawn"),
        "under_works": ("works_done", "suspended"),
        "works_done": ("accepted",),
        "accepted": ("evaluated",),
        "evaluated": ("handed_over",),
        "handed_over": ("long_term",),
        "long_term": (),
        "suspended": ("designed",),
        "withdrawn": (),
    }
    assert [stage for stage in Stage.values if "consenting" in destinations(stage)] == list(SURVEY_OPENS_FROM)


@pytest.mark.parametrize(
    ("stage", "to", "role"),
    [
        ("registered", "assessed", "community_staff"),
        ("consented", "ready", "community_staff"),
        ("ready", "applied", "district_official"),
        ("applied", "planned", "city_official"),
        ("planned", "designed", "district_official"),
        ("designed", "under_works", "district_official"),
        ("under_works", "suspended", "district_official"),
        ("suspended", "under_works", "district_official"),
        ("planned", "withdrawn", "district_official"),
        ("accepted", "evaluated", "community_staff"),
        ("evaluated", "handed_over", "community_staff"),
    ],
)
def test_each_step_has_its_mover(stage: str, to: str, role: str) -> None:
    assert movers(stage, to) == {role}


def test_a_suspended_one_whose_past_is_not_known_goes_nowhere() -> None:
    assert destinations("suspended", "") == ()
    assert step_to(everything("suspended", came_from="designed"), "under_works") is None


def test_back_from_suspension_nothing_is_asked_again() -> None:
    step = step_to(Standing("suspended", TODAY, came_from="under_works"), "under_works")

    assert step is not None
    assert step.guards == ()


def test_suspending_needs_a_reason_and_a_day_and_withdrawing_a_reason() -> None:
    assert {step.to: step.needs for step in steps(everything("designed"))} == {
        "under_works": (),
        "suspended": ("reason", "review_on"),
        "withdrawn": ("reason",),
    }


def test_an_override_lifts_its_guard_of_its_step_alone() -> None:
    bare = Standing("mobilising", date(2026, 11, 24), overridden=frozenset({("organised", "filing_receipt")}))

    step = step_to(bare, "organised")

    assert step is not None
    assert {guard.code: guard.overridden for guard in step.guards} == {
        "filing_receipt": True,
        "party_organisation": False,
        "owners_committee": False,
    }
    assert not may_be_overridden(bare, "organised", "filing_receipt")
    assert may_be_overridden(bare, "organised", "owners_committee")
    assert not may_be_overridden(bare, "consenting", "roster")


def test_every_kind_of_evidence_is_recorded_by_one_role_or_pushed_by_an_app() -> None:
    recorded = [kind for kinds in EVIDENCE_RECORDED.values() for kind in kinds]

    assert sorted(recorded) == sorted(SCHEMAS)
    assert set(EvidenceKind.values) - set(SCHEMAS) == {"survey_result", "support_rate"}
    assert len(PRECONDITION_KINDS) == 6


def test_every_stage_but_the_first_and_last_is_somebodys_to_enter() -> None:
    moved = {stage for stages in STAGE_MOVES.values() for stage in stages}

    assert moved == {*range(15), "suspended", "withdrawn"}
