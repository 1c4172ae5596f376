from hypothesis import given
from hypothesis import strategies as st

from renovation.choices import AwardState, Stage
from renovation.rules.awards import HANDED_OVER, leads_to, next_state, waits_for_handover

STATES = st.sampled_from(AwardState.values)


@given(st.lists(STATES, max_size=12))
def test_no_path_leads_from_planned_to_paid_without_eligible_and_approved(wishes: list[str]) -> None:
    path = ["planned"]
    for wish in wishes:
        if leads_to(path[-1], wish):
            path.append(wish)

    assert path == ["planned", "eligible", "approved", "paid"][: len(path)]


@given(STATES, STATES)
def test_a_step_leads_only_to_the_state_that_follows(state: str, to: str) -> None:
    assert leads_to(state, to) == (next_state(state) == to)


def test_nothing_follows_what_is_paid() -> None:
    assert next_state("paid") is None


def test_only_a_planned_tranche_waits_for_handover_and_only_until_then() -> None:
    waiting = {
        (state, stage) for state in AwardState.values for stage in Stage.values if waits_for_handover(state, stage)
    }

    assert waiting == {("planned", stage) for stage in Stage.values if stage not in ("handed_over", "long_term")}
    assert set(Stage.values) >= HANDED_OVER
