"""Owners' votes: what article 278 of the Civil Code asks, in exact fractions (policy.md, section a)."""

SPECIAL = frozenset({6, 7, 8})
"""Raising the fund, rebuilding, other uses of common parts: three quarters of those who take part must agree."""


def is_special(matter: int) -> bool:
    """Whether a matter, by its number in article 278, needs the special majority."""
    return matter in SPECIAL
