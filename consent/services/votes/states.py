"""How each ballot stands: the projection of a vote's ledger, a row for each head of its roll."""

from collections.abc import Iterable
from typing import Any

from consent.models import Ballot, BallotState, OwnersVote
from consent.rules.ballots import Entry, standing_of


def entry_of(row: Ballot) -> Entry:
    """A row of the ledger, its `private` and `supersedes` fetched, as the rules read it."""
    return Entry(
        sequence=row.sequence,
        delivered_at=row.delivered_at,
        delivery=row.delivery,
        choice=row.choice,
        form=row.form,
        returned_at=row.returned_at,
        supersedes=row.supersedes.sequence if row.supersedes else None,
        proxy_holder=row.private.proxy_holder,
    )


def state_of(vote: OwnersVote, voter: int, entries: Iterable[Entry], pk_of: Any) -> BallotState:
    """The state that a head's entries make; `pk_of` gives the id of an entry by its sequence."""
    standing = standing_of(entries)
    return BallotState(
        vote=vote,
        voter_id=voter,
        is_delivered=standing.is_delivered,
        delivered_at=standing.delivered_at,
        delivery=standing.delivery,
        choice=standing.choice,
        form=standing.form,
        returned_at=standing.returned_at,
        proxy_holder=standing.proxy_holder,
        ballot_id=None if standing.sequence is None else pk_of(standing.sequence),
    )


STATE_FIELDS = (
    "is_delivered",
    "delivered_at",
    "delivery",
    "choice",
    "form",
    "returned_at",
    "proxy_holder",
    "ballot",
)


def write_states(vote: OwnersVote, entries: dict[int, list[Entry]], pk_of: Any) -> None:
    """Bring the states of these heads to what their entries make: one statement."""
    states = [state_of(vote, voter, found, pk_of) for voter, found in sorted(entries.items())]
    # Every head has its row from the opening on, so this only updates, and much faster than a CASE for each column.
    BallotState.objects.bulk_create(
        states, batch_size=1000, update_conflicts=True, unique_fields=["voter"], update_fields=STATE_FIELDS
    )
