from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.results import Count, counts_of, figures, missing, needed, passes, rate
from consent.rules.stances import NOT_VISITED, Policy, StanceFacts, VisitFacts, counts_as_support, stance_of
from tests.consent.model import ModelSurvey, ModelVisit

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
STRICT = Policy(Decimal("0.95"), count_vacant=True, count_verbal=False)
OUTCOMES = ["supports", "not_yet", "opposes", "no_answer", "declined", "vacant"]


def visit(sequence: int, outcome: str, minutes: int = 0, **fields: object) -> VisitFacts:
    given_how = "signed" if outcome == "supports" else ""
    return VisitFacts(
        **{
            "sequence": sequence,
            "outcome": outcome,
            "visited_at": NOON + timedelta(minutes=minutes),
            "given": given_how,
        }
        | fields
    )


def yes(households: int, *, of: int) -> list[Count]:
    return [
        Count(1, StanceFacts("supports", "signed", counts=True), households),
        Count(1, NOT_VISITED, of - households),
    ]


def test_without_visits_the_stance_is_not_visited():
    assert stance_of([], STRICT) == NOT_VISITED


def test_the_latest_answer_counts():
    found = stance_of([visit(0, "supports", 0), visit(1, "opposes", 1)], STRICT)

    assert (found.value, found.counts) == ("opposes", False)


def test_an_answer_visited_earlier_but_recorded_later_does_not_lead():
    found = stance_of([visit(0, "opposes", 10), visit(1, "supports", 0)], STRICT)

    assert found.value == "opposes"


def test_of_two_answers_at_one_moment_the_later_recorded_leads():
    found = stance_of([visit(0, "opposes", 5), visit(1, "supports", 5)], STRICT)

    assert found.value == "supports"


@pytest.mark.parametrize("later", ["no_answer", "declined", "vacant"])
def test_what_is_no_answer_does_not_undo_an_answer(later):
    found = stance_of([visit(0, "supports", 0), visit(1, later, 60)], STRICT)

    assert (found.value, found.counts) == ("supports", True)


def test_a_contact_stays_a_contact_after_a_no_answer():
    found = stance_of([visit(0, "declined", 0), visit(1, "no_answer", 60)], STRICT)

    assert (found.value, found.contacted) == ("no_answer", True)


def test_a_superseded_visit_is_out():
    found = stance_of([visit(0, "opposes"), visit(1, "no_answer", 1, supersedes=0)], STRICT)

    assert (found.value, found.contacted, found.visit_count) == ("no_answer", False, 1)


def test_a_correction_at_another_door_takes_the_visit_away():
    assert stance_of([visit(0, "supports")], STRICT, frozenset({0})) == NOT_VISITED


@pytest.mark.parametrize(
    ("how", "count_verbal", "counts"),
    [
        ("signed", False, True),
        ("thumbprint", False, True),
        ("verbal", False, False),
        ("verbal", True, True),
    ],
)
def test_a_verbal_yes_counts_only_where_the_policy_says_so(how, count_verbal, counts):
    assert counts_as_support("supports", how, Policy(Decimal(1), True, count_verbal)) is counts


@pytest.mark.parametrize(
    ("count_vacant", "evidence", "excluded"),
    [(True, True, False), (False, True, True), (False, False, False)],
)
def test_a_vacant_home_leaves_the_denominator_only_by_policy_and_with_evidence(count_vacant, evidence, excluded):
    policy = Policy(Decimal(1), count_vacant, False)

    assert stance_of([visit(0, "vacant", evidence=evidence)], policy).excluded is excluded


def test_exactly_the_pass_share_passes():
    assert passes(figures(yes(380, of=400)), Decimal("0.95"))


def test_one_door_below_the_pass_share_fails():
    found = figures(yes(379, of=400))

    assert not passes(found, Decimal("0.95"))
    assert missing(found, Decimal("0.95")) == 1


def test_a_rate_that_would_round_up_to_the_mark_is_cut():
    found = figures(yes(94996, of=100000))

    assert found.support_rate == Decimal("0.9499")
    assert not passes(found, Decimal("0.95"))


def test_an_empty_roll_never_passes_and_has_no_rate():
    found = figures([])

    assert not passes(found, Decimal("0.0001"))
    assert found.support_rate is None
    assert missing(found, Decimal("0.95")) == 1


def test_a_roll_of_excluded_homes_alone_never_passes():
    found = figures([Count(1, StanceFacts("vacant", excluded=True), 3)])

    assert (found.households, found.denominator) == (3, 0)
    assert not passes(found, Decimal("0.0001"))


def test_excluded_homes_leave_the_denominator_of_support_and_not_of_visits():
    found = figures([*yes(9, of=9), Count(1, StanceFacts("vacant", excluded=True), 1)])

    assert found.support_rate == Decimal("1.0000")
    assert found.visit_rate == Decimal("0.0000")
    assert found.households == 10


def test_a_rate_of_nothing_is_none():
    assert rate(0, 0) is None


shares = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal(1), places=4)


@given(st.integers(1, 3000), shares)
def test_the_doors_needed_pass_and_one_fewer_does_not(households, share):
    need = needed(households, share)

    assert passes(figures(yes(need, of=households)), share)
    assert need == 1 or not passes(figures(yes(need - 1, of=households)), share)


@given(st.integers(0, 3000), st.integers(1, 3000), shares)
def test_missing_is_zero_exactly_when_it_passes(supports, households, share):
    found = figures(yes(min(supports, households), of=households))

    assert (missing(found, share) == 0) is passes(found, share)


@given(st.integers(0, 3000), st.integers(1, 3000))
def test_a_rate_never_overstates(part, whole):
    share = rate(part, whole)

    assert share is not None
    assert 0 <= Fraction(part, whole) - Fraction(share) < Fraction(1, 10_000)


@st.composite
def histories(draw):
    """Visits to five doors in any order of time, with corrections of earlier visits, also at other doors."""
    visits = []
    for sequence in range(draw(st.integers(0, 25))):
        outcome = draw(st.sampled_from(OUTCOMES))
        visits.append(
            ModelVisit(
                sequence=sequence,
                door=draw(st.integers(1, 5)),
                outcome=outcome,
                given=draw(st.sampled_from(["signed", "thumbprint", "verbal"])) if outcome == "supports" else "",
                visited_at=NOON + timedelta(minutes=draw(st.integers(0, 8))),
                round=1,
                supersedes=draw(st.none() | st.integers(0, sequence - 1)) if sequence else None,
                has_note=draw(st.booleans()),
            )
        )
    return visits


@given(histories(), st.booleans(), st.booleans(), shares)
def test_the_result_equals_the_obvious_model(history, count_vacant, count_verbal, share):
    model = ModelSurvey({1, 2, 3, 4}, share, count_vacant, count_verbal, history)  # door 5 is not on the roll
    visits: dict[int, list[VisitFacts]] = {}
    for one in history:
        facts = VisitFacts(one.sequence, one.outcome, one.visited_at, one.given, 1, one.supersedes, one.has_note)
        visits.setdefault(one.door, []).append(facts)

    found = figures(counts_of(dict.fromkeys(range(1, 5), 1), visits, Policy(share, count_vacant, count_verbal)))

    assert model.figures() == {
        "households": found.households,
        "excluded": found.excluded,
        "visited": found.visited,
        "supports": found.supports,
        "missing": missing(found, share),
        "passes": passes(found, share),
    }


@given(histories())
def test_the_order_in_which_visits_are_looked_at_does_not_matter(history):
    facts = [VisitFacts(v.sequence, v.outcome, v.visited_at, v.given, 1, v.supersedes, v.has_note) for v in history]

    assert stance_of(facts, STRICT) == stance_of(list(reversed(facts)), STRICT)
