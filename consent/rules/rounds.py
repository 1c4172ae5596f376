"""Who walks which round, and whom it visits (policy.md, section b)."""

from collections.abc import Collection

PARTIES: dict[int, frozenset[str]] = {
    1: frozenset({"owners_committee"}),
    2: frozenset({"grid"}),
    3: frozenset({"owners_committee", "grid", "community"}),
}
"""Who must have stood at the door. Others may come along; round 3 without all three is no round 3."""

LAST_ROUND = 3


def missing_from_party(round_number: int, party: Collection[str]) -> frozenset[str]:
    """Those whom the round asks for and who were not there."""
    return PARTIES[round_number] - frozenset(party)


def next_round(round_number: int, still_to_visit: int) -> int | None:
    """The round that opens when one closes: none after the third, and none where nobody is left."""
    return round_number + 1 if round_number < LAST_ROUND and still_to_visit else None
