"""Owners' votes: what article 278 of the Civil Code asks, in exact fractions (policy.md, section a).

Areas are square metres as Decimal, heads are distinct owners. Nothing is divided and nothing rounded: a share is
compared by multiplying across.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

SPECIAL = frozenset({6, 7, 8})
"""Raising the fund, rebuilding, other uses of common parts: three quarters of those who take part must agree."""

QUORUM = Fraction(2, 3)
ORDINARY = Fraction(1, 2)
QUALIFIED = Fraction(3, 4)

NOTICE_DAYS = 15
"""Days from the announcement to the first ballot (property management regulation, art. 14)."""

UNDELIVERED_DAYS = 7
"""Days that a notice to owners whose ballot could not be delivered hangs (Zhoushan's, the only number known)."""

AREA_SOURCES = ("register", "survey", "contract")
"""Where an area comes from, in the order of SPC Interp. art. 8."""

AGREE, DISAGREE, ABSTAIN = "agree", "disagree", "abstain"

NO_AREA = Decimal("0.00")


def is_special(matter: int) -> bool:
    """Whether a matter, by its number in article 278, needs the special majority."""
    return matter in SPECIAL


# --- The roll: who is one head, with which areas -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """That an owner holds a part on the day of the roll. `owner` is None where nobody is on record.

    `is_space` for a registrable parking space. Of the co-owners of a part one is its `is_voter`.
    """

    part: int
    owner: int | None
    area: Decimal
    area_source: str = ""
    is_voter: bool = True
    is_space: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """One head: an owner, or whoever owns a part that nobody is on record for, with all of its parts."""

    owner: int | None
    parts: tuple[Claim, ...]

    @property
    def area(self) -> Decimal:
        return sum((part.area for part in self.parts), NO_AREA)


def heads_of(claims: Iterable[Claim], *, count_spaces: bool, developers: Collection[int] = ()) -> list[Head]:
    """The heads of a roll in the order in which their first parts come.

    One owner is one head with all its areas; of co-owners the named voter is, with the part's area once, or the first
    of them where nobody was named; the developers together are one (art. 9 of the interpretation). A part that nobody
    is on record for is a head of its own: it stays in both totals. Spaces count only if the rules of procedure say so
    (art. 2). Parts without an area above zero count for nobody: the roll is refused before.
    """
    parts: dict[tuple[bool, int], list[Claim]] = {}
    for claim in claims:
        if claim.is_space and not count_spaces:
            continue
        parts.setdefault((claim.is_space, claim.part), []).append(claim)
    unsold = min(developers, default=None)
    found: dict[object, list[Claim]] = {}
    for key, rivals in parts.items():
        held = _voter_of(rivals)
        owner = unsold if held.owner in developers else held.owner
        found.setdefault(("nobody", key) if owner is None else owner, []).append(held)
    return [Head(owner if isinstance(owner, int) else None, tuple(held)) for owner, held in found.items()]


def _voter_of(rivals: list[Claim]) -> Claim:
    return next((claim for claim in rivals if claim.is_voter), rivals[0])


def best_source(sources: Iterable[str]) -> str:
    """The source of an area that goes before the others on record: the register, the survey, then the sale contract."""
    known = set(sources)
    return next((source for source in AREA_SOURCES if source in known), "")


# --- The count ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """Owners whose ballots stand alike: delivered or not, and what they say; `choice` is empty where not returned."""

    delivered: bool
    choice: str
    heads: int
    area: Decimal


@dataclass(frozen=True, slots=True)
class Test:
    """One of the four fractions with what it needs: `at_least` it, or more than it."""

    numerator: int | Decimal
    denominator: int | Decimal
    needs: Fraction
    at_least: bool
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The count of a vote. The agreeing, disagreeing and abstaining are those of returned ballots; silent ones, that
    take part only under adopted rules, stand apart with the side they join.
    """

    heads: int
    area: Decimal
    delivered_heads: int
    delivered_area: Decimal
    returned_heads: int
    returned_area: Decimal
    agree_heads: int
    agree_area: Decimal
    disagree_heads: int
    disagree_area: Decimal
    abstain_heads: int
    abstain_area: Decimal
    silent_heads: int
    silent_area: Decimal
    silent_side: str
    quorum_area: Test
    quorum_heads: Test
    approval_area: Test
    approval_heads: Test

    @property
    def passed(self) -> bool:
        """All four fractions must be met (art. 278)."""
        return all(test.met for test in (self.quorum_area, self.quorum_heads, self.approval_area, self.approval_heads))


def tally(groups: Iterable[Group], *, matter: int, silent_votes: bool) -> Tally:
    """Count a vote on a matter, by its number in article 278. `silent_votes`: the adopted rules of procedure say that
    ballots which were really delivered and never came back join the majority of those that did.

    The majority is the choice that more than half of the returned ballots make by heads and by area alike; where there
    is none, silent owners take part and join no side. Taking part: at least two thirds of all owners, of all area.
    Agreeing: of those who take part, more than half, or for a special matter at least three quarters. An empty roll
    meets nothing.
    """
    rows = list(groups)
    returned = _count(row for row in rows if row.choice)
    sides = {side: _count(row for row in rows if row.choice == side) for side in (AGREE, DISAGREE, ABSTAIN)}
    silent = _count(row for row in rows if silent_votes and row.delivered and not row.choice)
    side = _majority(sides, returned) if silent.heads else ""
    joined = silent if side == AGREE else _NOBODY
    whole = _count(rows)
    taking_part = returned + silent
    agreeing = sides[AGREE] + joined
    needs, at_least = (QUALIFIED, True) if is_special(matter) else (ORDINARY, False)
    delivered = _count(row for row in rows if row.delivered)
    return Tally(
        heads=whole.heads,
        area=whole.area,
        delivered_heads=delivered.heads,
        delivered_area=delivered.area,
        returned_heads=returned.heads,
        returned_area=returned.area,
        agree_heads=sides[AGREE].heads,
        agree_area=sides[AGREE].area,
        disagree_heads=sides[DISAGREE].heads,
        disagree_area=sides[DISAGREE].area,
        abstain_heads=sides[ABSTAIN].heads,
        abstain_area=sides[ABSTAIN].area,
        silent_heads=silent.heads,
        silent_area=silent.area,
        silent_side=side,
        quorum_area=_test(taking_part.area, whole.area, QUORUM, at_least=True),
        quorum_heads=_test(taking_part.heads, whole.heads, QUORUM, at_least=True),
        approval_area=_test(agreeing.area, taking_part.area, needs, at_least=at_least),
        approval_heads=_test(agreeing.heads, taking_part.heads, needs, at_least=at_least),
    )


@dataclass(frozen=True, slots=True)
class _Count:
    heads: int = 0
    area: Decimal = field(default=NO_AREA)

    def __add__(self, other: "_Count") -> "_Count":
        return _Count(self.heads + other.heads, self.area + other.area)


_NOBODY = _Count()


def _count(rows: Iterable[Group]) -> _Count:
    return sum((_Count(row.heads, row.area) for row in rows), _NOBODY)


def _majority(sides: Mapping[str, _Count], returned: _Count) -> str:
    """The side of more than half of the returned ballots, by heads and by area; empty where there is none."""
    for side, count in sides.items():
        if 2 * count.heads > returned.heads and 2 * count.area > returned.area:
            return side
    return ""


def _test(numerator: int | Decimal, denominator: int | Decimal, needs: Fraction, *, at_least: bool) -> Test:
    part, mark = Fraction(numerator), needs * Fraction(denominator)
    met = denominator > 0 and (part >= mark if at_least else part > mark)
    return Test(numerator, denominator, needs, at_least, met)
