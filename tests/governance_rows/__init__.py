"""A row of each kind that a neighbourhood keeps of who decides in it, who keeps it up, and who pays for it."""

from typing import Any

from accounts.models import User
from renovation.models import Household, Neighbourhood
from tests.governance_rows.bodies import keep_bodies
from tests.governance_rows.conventions import keep_conventions
from tests.governance_rows.exports import keep_exports
from tests.governance_rows.fees import keep_fees
from tests.governance_rows.handover import keep_handover
from tests.governance_rows.party import keep_boards, keep_party
from tests.governance_rows.upkeep import keep_upkeep
from tests.governance_rows.votes import keep_votes
from tests.governance_rows.workshops import keep_workshops

KEEPERS = (
    keep_votes,
    keep_bodies,
    keep_conventions,
    keep_workshops,
    keep_party,
    keep_boards,
    keep_handover,
    keep_upkeep,
    keep_fees,
    keep_exports,
)


def keep_governance(neighbourhood: Neighbourhood, household: Household, staff: User) -> dict[str, Any]:
    """Makes all the rows, and returns their ids by what routes call them."""
    ids: dict[str, Any] = {}
    for keep in KEEPERS:
        ids |= keep(neighbourhood, household, staff)
    return ids
