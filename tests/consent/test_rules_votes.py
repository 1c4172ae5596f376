"""Every row of the two tables of policy.md, section a, as a worked example; the edges exact; the laws by properties."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rules.votes import Claim, Group, Head, Tally, best_source, heads_of, is_special, tally

M2 = Decimal("100.00")


def counted(*groups: Group, matter: int = 5, silent_votes: bool = False) -> Tally:
    return tally(groups, matter=matter, silent_votes=silent_votes)


def owners(heads: int, choice: str, *, area: Decimal | None = None, delivered: bool = True) -> Group:
    return Group(delivered, choice, heads, M2 * heads if area is None else area)


def met(found: Tally) -> dict[str, bool]:
    tests = {
        "quorum_area": found.quorum_area,
        "quorum_heads": found.quorum_heads,
        "approval_area": found.approval_area,
        "approval_heads": found.approval_heads,
    }
    return {name: test.met for name, test in tests.items()}


# --- The nine matters ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matter", "special"),
    [(1, False), (2, False), (3, False), (4, False), (5, False), (6, True), (7, True), (8, True), (9, False)],
)
def test_each_matter_is_of_its_kind_and_asks_for_its_majority(matter: int, special: bool) -> None:
    found = counted(owners(74, "agree"), owners(26, "disagree"), matter=matter)

    assert is_special(matter) is special
    assert found.passed is not special  # 74 of 100 is more than half and less than three quarters
    assert found.approval_heads.needs == (Fraction(3, 4) if special else Fraction(1, 2))
    assert found.approval_heads.at_least is special


def test_to_use_the_fund_half_is_exceeded_and_to_raise_it_three_quarters_are_reached() -> None:
    ballots = (owners(3, "agree"), owners(1, "disagree"))

    assert counted(*ballots, matter=5).passed
    assert counted(*ballots, matter=6).passed  # exactly 3/4
    assert not counted(owners(2, "agree"), owners(1, "disagree"), matter=6).passed


# --- Quorum, ordinary, special: each by area and by heads, at its edge -----------------------------


def test_exactly_two_thirds_of_the_owners_and_of_the_area_are_a_quorum() -> None:
    found = counted(owners(2, "agree"), owners(1, ""))

    assert (found.quorum_heads.numerator, found.quorum_heads.denominator) == (2, 3)
    assert (found.quorum_area.numerator, found.quorum_area.denominator) == (Decimal("200.00"), Decimal("300.00"))
    assert met(found) == dict.fromkeys(met(found), True)


@pytest.mark.parametrize(
    ("taking_part", "missing", "unmet"),
    [
        (owners(2, "agree", area=Decimal("199.99")), owners(1, "", area=Decimal("100.01")), "quorum_area"),
        (owners(199, "agree", area=Decimal(250)), owners(101, "", area=Decimal(50)), "quorum_heads"),
    ],
)
def test_a_hundredth_of_a_square_metre_or_one_owner_less_is_no_quorum(
    taking_part: Group, missing: Group, unmet: str
) -> None:
    found = counted(taking_part, missing)

    assert [name for name, is_met in met(found).items() if not is_met] == [unmet]
    assert not found.passed


@pytest.mark.parametrize(
    ("agree", "disagree", "unmet"),
    [
        # Exactly a half of those who take part is not more than half.
        (owners(2, "agree", area=Decimal("150.01")), owners(2, "disagree", area=Decimal("149.99")), ["approval_heads"]),
        (owners(3, "agree", area=Decimal(150)), owners(1, "disagree", area=Decimal(150)), ["approval_area"]),
        (owners(3, "agree", area=Decimal("150.01")), owners(1, "disagree", area=Decimal("149.99")), []),
    ],
)
def test_an_ordinary_matter_needs_more_than_half_of_those_who_take_part(
    agree: Group, disagree: Group, unmet: list[str]
) -> None:
    found = counted(agree, disagree)

    assert [name for name, is_met in met(found).items() if not is_met] == unmet
    assert found.passed is (not unmet)


@pytest.mark.parametrize(
    ("agree", "disagree", "unmet"),
    [
        (owners(3, "agree"), owners(1, "disagree"), []),
        (owners(3, "agree", area=Decimal("74.99")), owners(1, "disagree", area=Decimal("25.01")), ["approval_area"]),
        (owners(2, "agree", area=Decimal(300)), owners(1, "disagree", area=Decimal(100)), ["approval_heads"]),
    ],
)
def test_a_special_matter_needs_three_quarters_and_exactly_that_is_enough(
    agree: Group, disagree: Group, unmet: list[str]
) -> None:
    found = counted(agree, disagree, matter=7)

    assert [name for name, is_met in met(found).items() if not is_met] == unmet


def test_the_denominator_of_approval_is_who_took_part_not_all_owners() -> None:
    # 200 of 300 took part and 101 agreed: less than half of all, more than half of those.
    found = counted(owners(101, "agree"), owners(99, "disagree"), owners(100, ""))

    assert found.passed
    assert found.approval_heads.denominator == 200


def test_who_abstains_takes_part_and_does_not_agree() -> None:
    found = counted(owners(50, "agree"), owners(50, "abstain"))

    assert (found.quorum_heads.met, found.approval_heads.met) == (True, False)


def test_an_empty_roll_and_a_vote_that_nobody_returned_pass_nothing() -> None:
    assert not any(met(counted()).values())
    assert not any(met(counted(owners(3, ""))).values())


# --- Counting owners and area ----------------------------------------------------------------------


def heads(*claims: Claim, count_spaces: bool = False, developers: tuple[int, ...] = ()) -> list[Head]:
    return heads_of(claims, count_spaces=count_spaces, developers=developers)


@pytest.mark.parametrize(
    ("sources", "best"),
    [
        (["contract", "survey", "register"], "register"),
        (["contract", "survey"], "survey"),
        (["contract"], "contract"),
        ([""], ""),
        ([], ""),
    ],
)
def test_an_area_is_the_registers_else_the_surveys_else_the_contracts(sources: list[str], best: str) -> None:
    assert best_source(sources) == best


def test_one_part_of_one_owner_is_its_area_and_one_head() -> None:
    found = heads(Claim(1, 10, Decimal("86.50"), "register"))

    assert [(head.owner, head.area) for head in found] == [(10, Decimal("86.50"))]


def test_a_buyer_of_several_parts_is_one_head_with_all_the_areas() -> None:
    found = heads(Claim(1, 10, Decimal(80)), Claim(2, 11, Decimal(60)), Claim(3, 10, Decimal(40)))

    assert [(head.owner, head.area) for head in found] == [(10, Decimal(120)), (11, Decimal(60))]


def test_what_the_developer_has_not_sold_is_one_head_even_where_its_companies_are_two() -> None:
    unsold = (Claim(1, 20, Decimal(80)), Claim(2, 21, Decimal(70)), Claim(3, 10, Decimal(60)))

    found = heads(*unsold, developers=(20, 21))

    assert [(head.owner, head.area) for head in found] == [(20, Decimal(150)), (10, Decimal(60))]


def test_co_owners_are_one_head_with_the_area_once_and_their_named_voter() -> None:
    found = heads(Claim(1, 10, Decimal(80), is_voter=False), Claim(1, 11, Decimal(80), is_voter=True))

    assert [(head.owner, head.area) for head in found] == [(11, Decimal(80))]


def test_co_owners_who_named_nobody_are_still_one_head() -> None:
    found = heads(Claim(1, 10, Decimal(80), is_voter=False), Claim(1, 11, Decimal(80), is_voter=False))

    assert [(head.owner, head.area) for head in found] == [(10, Decimal(80))]


def test_a_company_and_a_work_unit_are_one_head_each_whatever_they_own() -> None:
    found = heads(Claim(1, 30, Decimal(500)), Claim(2, 31, Decimal(70)), Claim(3, 31, Decimal(70)))

    assert [(head.owner, head.area) for head in found] == [(30, Decimal(500)), (31, Decimal(140))]


def test_parts_of_owners_who_are_absent_or_unknown_stay_in_both_totals() -> None:
    found = heads(Claim(1, None, Decimal(80)), Claim(2, None, Decimal(70)), Claim(3, 10, Decimal(60)))
    result = counted(owners(1, "agree", area=found[2].area), Group(False, "", 2, found[0].area + found[1].area))

    assert [(head.owner, head.area) for head in found] == [(None, Decimal(80)), (None, Decimal(70)), (10, Decimal(60))]
    assert (result.quorum_heads.denominator, result.quorum_area.denominator) == (3, Decimal(210))
    assert not result.passed


def test_a_part_bought_and_not_registered_yet_counts_by_its_contract() -> None:
    found = heads(Claim(1, 10, Decimal("90.10"), "contract"))

    assert [(part.area_source, part.area) for head in found for part in head.parts] == [("contract", Decimal("90.10"))]


def test_a_registrable_space_counts_only_if_the_rules_of_procedure_say_so() -> None:
    claims = (
        Claim(1, 10, Decimal(80)),
        Claim(1, 10, Decimal(12), is_space=True),
        Claim(2, 11, Decimal(13), is_space=True),
    )

    without, with_spaces = heads(*claims), heads(*claims, count_spaces=True)

    assert [(head.owner, head.area) for head in without] == [(10, Decimal(80))]
    assert [(head.owner, head.area) for head in with_spaces] == [(10, Decimal(92)), (11, Decimal(13))]


def test_a_tenant_is_nobody_on_the_roll() -> None:
    # Only ownership makes a claim: a home that is let counts for its owner, once.
    assert [head.owner for head in heads(Claim(1, 10, Decimal(80)))] == [10]


# --- Silent ballots --------------------------------------------------------------------------------


def test_silent_ballots_do_not_take_part_unless_the_adopted_rules_say_so() -> None:
    ballots = (owners(50, "agree"), owners(10, "disagree"), owners(40, ""))

    off, on = counted(*ballots), counted(*ballots, silent_votes=True)

    assert (off.quorum_heads.met, off.silent_heads, off.silent_side) == (False, 0, "")
    assert (on.quorum_heads.met, on.silent_heads, on.silent_area, on.silent_side) == (True, 40, 40 * M2, "agree")
    assert (on.agree_heads, on.approval_heads.numerator, on.approval_heads.denominator) == (50, 90, 100)
    assert on.passed


def test_a_ballot_that_was_never_delivered_joins_nobody() -> None:
    found = counted(owners(50, "agree"), owners(10, "disagree"), owners(40, "", delivered=False), silent_votes=True)

    assert (found.silent_heads, found.quorum_heads.met) == (0, False)


@pytest.mark.parametrize(
    ("agree", "disagree", "side"),
    [
        (owners(30, "agree"), owners(31, "disagree"), "disagree"),
        (owners(30, "agree"), owners(30, "disagree"), ""),
        # More owners, less area: neither side has the majority by both.
        (owners(31, "agree", area=Decimal(1000)), owners(30, "disagree", area=Decimal(3000)), ""),
    ],
)
def test_silent_ballots_join_the_side_of_more_than_half_by_owners_and_by_area(
    agree: Group, disagree: Group, side: str
) -> None:
    found = counted(agree, disagree, owners(39, ""), silent_votes=True)

    assert found.silent_side == side
    assert found.approval_heads.numerator == agree.heads
    assert not found.passed


# --- Laws ------------------------------------------------------------------------------------------

GROUPS = st.lists(
    st.builds(
        Group,
        delivered=st.booleans(),
        choice=st.sampled_from(["", "agree", "disagree", "abstain"]),
        heads=st.integers(0, 500),
        area=st.decimals(0, 50_000, places=2),
    ),
    max_size=8,
)


@given(groups=GROUPS, matter=st.integers(1, 9), silent=st.booleans())
def test_a_vote_passes_exactly_where_the_law_written_as_whole_numbers_says_so(
    groups: list[Group], matter: int, silent: bool
) -> None:
    found = tally(groups, matter=matter, silent_votes=silent)

    heads_, area = sum(g.heads for g in groups), int(sum(g.area for g in groups) * 100)
    part_heads, part_area = found.quorum_heads.numerator, int(found.quorum_area.numerator * 100)
    yes_heads, yes_area = found.approval_heads.numerator, int(found.approval_area.numerator * 100)
    quorum = heads_ > 0 and area > 0 and 3 * part_heads >= 2 * heads_ and 3 * part_area >= 2 * area
    if matter in (6, 7, 8):
        approval = 4 * yes_heads >= 3 * part_heads and 4 * yes_area >= 3 * part_area
    else:
        approval = 2 * yes_heads > part_heads and 2 * yes_area > part_area
    assert found.passed is (quorum and approval and part_heads > 0 and part_area > 0)


@given(groups=GROUPS, matter=st.integers(1, 9), silent=st.booleans())
def test_the_parts_add_up_to_the_whole(groups: list[Group], matter: int, silent: bool) -> None:
    found = tally(groups, matter=matter, silent_votes=silent)

    assert found.agree_heads + found.disagree_heads + found.abstain_heads == found.returned_heads
    assert found.agree_area + found.disagree_area + found.abstain_area == found.returned_area
    assert found.returned_heads + found.silent_heads == found.quorum_heads.numerator <= found.heads
    assert found.returned_area + found.silent_area == found.quorum_area.numerator <= found.area


CLAIMS = st.lists(
    st.builds(
        Claim,
        part=st.integers(1, 12),
        owner=st.none() | st.integers(1, 6),
        area=st.just(Decimal("50.05")),
        is_voter=st.booleans(),
        is_space=st.booleans(),
    ),
    max_size=30,
)


@given(claims=CLAIMS, count_spaces=st.booleans())
def test_every_part_counts_once_and_no_owner_is_two_heads(claims: list[Claim], count_spaces: bool) -> None:
    found = heads_of(claims, count_spaces=count_spaces, developers=(5, 6))

    counted_parts = [(part.is_space, part.part) for head in found for part in head.parts]
    wanted = {(claim.is_space, claim.part) for claim in claims if count_spaces or not claim.is_space}
    named = [head.owner for head in found if head.owner is not None]
    assert sorted(counted_parts) == sorted(wanted)
    assert len(named) == len(set(named))
    assert len({owner for owner in named if owner in (5, 6)}) <= 1
