from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.choices.bodies import BodyKind, MemberRole, role_name
from governance.rules.bodies import (
    FULL_MEMBERS,
    ROLES,
    SEATS,
    BodyFacts,
    concerns_of,
    days_to_renew,
    filing_due_on,
    head_of,
    is_term_too_long,
    is_whole,
    missing_seats,
)

DAY = date(2026, 9, 1)
DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 12, 31))


def committee(**fields) -> BodyFacts:
    """A committee of five in its term, filed, of which there is nothing to say on DAY."""
    return BodyFacts(
        **{
            "kind": "owners_committee",
            "members": 5,
            "has_head": True,
            "founded_on": date(2025, 1, 1),
            "term_starts_on": date(2025, 1, 1),
            "term_ends_on": date(2030, 1, 1),
            "filed_on": date(2025, 1, 20),
            **fields,
        }
    )


def codes(body: BodyFacts, today: date = DAY) -> list[str]:
    return [concern.code for concern in concerns_of(body, today)]


def test_each_kind_has_roles_and_each_role_a_kind() -> None:
    assert set(ROLES) == set(BodyKind.values)
    assert {role for roles in ROLES.values() for role in roles} == set(MemberRole.values)
    assert set(FULL_MEMBERS) < set(MemberRole.values)


def test_a_party_body_is_led_by_its_secretary_a_committee_by_its_chair_and_a_company_by_none() -> None:
    assert head_of("party_branch") == head_of("party_group") == "secretary"
    assert head_of("owners_committee") == head_of("stand_in") == head_of("self_governing_group") == "chair"
    assert head_of("property_company") == ""


def test_a_whole_committee_in_its_term_and_filed_wants_nothing() -> None:
    assert codes(committee()) == []


@pytest.mark.parametrize(
    ("members", "told"),
    [
        (0, ["no_members"]),
        (1, ["committee_too_small"]),
        (2, ["committee_too_small"]),
        (3, []),
        (4, ["even_number"]),
        (5, []),
        (11, []),
        (12, ["even_number", "committee_too_large"]),
        (13, ["committee_too_large"]),
    ],
)
def test_a_committee_is_odd_from_three_to_eleven(members: int, told: list[str]) -> None:
    assert codes(committee(members=members)) == told


@pytest.mark.parametrize(("kind", "told"), [("party_branch", ["branch_too_small"]), ("party_group", [])])
def test_a_branch_takes_three_members_and_a_group_fewer(kind: str, told: list[str]) -> None:
    two = BodyFacts(kind=kind, members=2, has_head=True, founded_on=DAY)

    assert codes(two) == told
    assert codes(BodyFacts(kind=kind, members=3, has_head=True, founded_on=DAY)) == []


def test_a_body_without_a_head_is_told_and_a_company_has_no_members_to_ask_for() -> None:
    assert codes(committee(has_head=False)) == ["no_head"]
    assert codes(BodyFacts(kind="property_company", members=0, has_head=False, founded_on=DAY)) == []


def test_what_is_wrong_now_comes_before_what_is_coming() -> None:
    body = committee(has_head=False, term_ends_on=DAY - timedelta(days=1))

    assert codes(body) == ["term_over", "no_head"]


@pytest.mark.parametrize(
    ("kind", "members", "whole"),
    [
        ("party_branch", 2, False),
        ("party_branch", 3, True),
        ("party_group", 0, False),
        ("party_group", 1, True),
        ("owners_committee", 2, False),
        ("owners_committee", 3, True),
        ("owners_committee", 4, False),
        ("owners_committee", 5, True),
        ("stand_in", 0, False),
        ("stand_in", 4, True),
    ],
)
def test_what_counts_as_a_whole_body(kind: str, members: int, whole: bool) -> None:
    assert is_whole(kind, members) is whole


def test_five_years_to_the_day_are_not_too_long_and_a_day_more_is() -> None:
    starts_on = date(2026, 6, 30)

    assert not is_term_too_long("owners_committee", starts_on, date(2031, 6, 30))
    assert is_term_too_long("owners_committee", starts_on, date(2031, 7, 1))
    assert not is_term_too_long("stand_in", date(2024, 2, 29), date(2029, 2, 28))
    assert is_term_too_long("stand_in", date(2024, 2, 29), date(2029, 3, 1))
    assert not is_term_too_long("property_company", starts_on, date(2041, 7, 1))


def test_the_thirtieth_day_after_its_founding_is_the_last_for_filing() -> None:
    body = committee(founded_on=DAY, term_starts_on=DAY, term_ends_on=date(2031, 9, 1), filed_on=None)
    last = filing_due_on(DAY, None)

    assert last == date(2026, 10, 1)
    on_the_last, after = concerns_of(body, last), concerns_of(body, last + timedelta(days=1))
    assert [(one.code, one.days, one.is_urgent) for one in on_the_last] == [("not_filed", 0, False)]
    assert [(one.code, one.days, one.is_urgent) for one in after] == [("filing_late", 1, True)]


def test_a_new_term_is_filed_anew_and_only_a_committee_is_filed() -> None:
    assert filing_due_on(date(2020, 1, 1), DAY) == date(2026, 10, 1)
    assert filing_due_on(DAY, date(2020, 1, 1)) == date(2026, 10, 1)
    assert codes(committee(kind="stand_in", filed_on=None)) == []


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (91, []),
        (90, [("term_ends_soon", 90, False)]),
        (0, [("term_ends_soon", 0, False)]),
        (-1, [("term_over", 1, True)]),
    ],
)
def test_renewal_is_called_for_ninety_days_before_a_term_ends(left: int, told: list[tuple[str, int, bool]]) -> None:
    body = committee(term_ends_on=DAY + timedelta(days=left))

    assert [(one.code, one.days, one.is_urgent) for one in concerns_of(body, DAY)] == told


def test_a_companys_term_is_called_its_contract() -> None:
    company = {"kind": "property_company", "members": 0, "has_head": False, "founded_on": date(2024, 1, 1)}

    assert codes(BodyFacts(**company, term_ends_on=DAY)) == ["contract_ends_soon"]
    assert codes(BodyFacts(**company, term_ends_on=DAY - timedelta(days=1))) == ["contract_over"]


def test_a_stand_in_fills_the_seat_of_the_committee_and_self_management_that_of_the_company() -> None:
    assert missing_seats([], False) == ["party", "committee", "manager"]
    assert missing_seats(["party_group", "stand_in", "self_governing_group"], True) == []
    assert missing_seats(["party_branch", "property_company"], False) == ["committee", "manager"]


@given(
    kind=st.sampled_from(BodyKind.values),
    members=st.integers(0, 40),
    has_head=st.booleans(),
    founded_on=DAYS,
    term_ends_on=st.none() | DAYS,
    today=DAYS,
    later=st.integers(0, 400),
)
def test_time_alone_never_makes_a_concern_less_urgent(
    kind, members, has_head, founded_on, term_ends_on, today, later
) -> None:
    body = BodyFacts(kind=kind, members=members, has_head=has_head, founded_on=founded_on, term_ends_on=term_ends_on)

    now = concerns_of(body, today)
    then = concerns_of(body, today + timedelta(days=later))

    assert sum(one.is_urgent for one in now) <= sum(one.is_urgent for one in then)
    assert len(now) <= len(then)
    assert all(one.days >= 0 for one in [*now, *then])


@given(kinds=st.lists(st.sampled_from(BodyKind.values)), more=st.sampled_from(BodyKind.values), managed=st.booleans())
def test_another_body_never_empties_a_seat(kinds: list[str], more: str, managed: bool) -> None:
    before, after = missing_seats(kinds, managed), missing_seats([*kinds, more], managed)

    assert set(after) <= set(before) <= set(SEATS)
    assert ("manager" in after) is (not managed)


@pytest.mark.parametrize(("left", "told"), [(91, None), (90, 90), (0, 0), (-1, None)])
def test_what_ends_within_ninety_days_is_to_be_renewed(left: int, told: int | None) -> None:
    assert days_to_renew(DAY + timedelta(days=left), DAY) == told
    assert days_to_renew(None, DAY) is None


def test_the_head_of_a_group_is_no_chair() -> None:
    assert str(role_name("self_governing_group", "chair")) != str(role_name("owners_committee", "chair"))
    assert all(role_name(kind, role) for kind, roles in ROLES.items() for role in roles)
