"""When a convention is adopted, and which figures of its signatures may be shown (policy.md, section g)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256

SMALL_GROUP = 5
"""Fewer households than these are not told of to who may not see the doors (workflow.md, Who is shown what)."""

COVENANT_MATTER = 2
"""Owners adopt and change their management covenant by a vote on the second matter of article 278."""

SIGNED_KINDS = ("residents", "stairwell")
"""Adopted by signatures; the covenant by vote. A signature below a covenant would decide nothing."""

FILED_KINDS = ("covenant", "residents")
"""Filed with the street office. A stairwell convention has moral force only and is filed nowhere."""


def signatures_needed(households: int, share: Fraction | None) -> int:
    """How many households must have signed: the smallest whole number that reaches `share` of them, and one at least.

    A share of None asks for one signature. It is a share of the households of today.
    """
    if share is None:
        return 1
    exact = share * households
    return max(1, -(-exact.numerator // exact.denominator))


def is_signed_enough(signed: int, households: int, share: Fraction | None) -> bool:
    """Whether as many households have signed as must; exactly the share is enough. Nobody is never enough."""
    return signed >= signatures_needed(households, share)


def digest_of(text: str) -> str:
    """What names the text: SHA-256 of its UTF-8 bytes, in hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


def says_the_same(text: str, other: str) -> bool:
    """Whether two texts are one but for spaces and line breaks: each stairwell writes its own."""
    return "".join(text.split()) == "".join(other.split())


@dataclass(frozen=True)
class Group:
    """The households of a building or a stairwell, and how many of them have signed."""

    key: int
    number: str
    households: int
    signed: int

    @property
    def unsigned(self) -> int:
        return self.households - self.signed


@dataclass(frozen=True)
class ShownGroup:
    """A group, or several small ones together (`number` is empty). `signed` is None where it may not be told."""

    keys: tuple[int, ...]
    number: str
    households: int
    signed: int | None

    @property
    def unsigned(self) -> int | None:
        return None if self.signed is None else self.households - self.signed


def shown_groups(groups: Sequence[Group], *, sees_doors: bool) -> list[ShownGroup]:
    """Each group in a row; for who may not see doors, small ones are put together, and with the smallest of the others
    while they could be read from the total.
    """
    if sees_doors:
        return [ShownGroup((one.key,), one.number, one.households, one.signed) for one in groups]
    small = [one for one in groups if one.households < SMALL_GROUP]
    shown = [one for one in groups if one.households >= SMALL_GROUP]
    if small and shown and sum(one.households for one in small) < SMALL_GROUP:
        smallest = min(shown, key=lambda one: one.households)
        shown.remove(smallest)
        small.append(smallest)
    rows = [ShownGroup((one.key,), one.number, one.households, one.signed) for one in shown]
    if small:
        households = sum(one.households for one in small)
        signed = sum(one.signed for one in small) if households >= SMALL_GROUP else None
        number = small[0].number if len(small) == 1 else ""
        rows.append(ShownGroup(tuple(one.key for one in small), number, households, signed))
    return rows
