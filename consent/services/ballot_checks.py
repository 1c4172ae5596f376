"""What `/check/` tells the holder of the receipt of a ballot: that it is in the count, and never whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from consent.choices import Standing
from consent.models import Ballot, BallotPrivateData, BallotState, OwnersVote
from consent.reports.ballot_leaves import stored_ballots
from consent.rules.ballot_leaves import BallotLeaf, ballot_bytes, ballot_object
from consent.rules.heads import BALLOT_RECEIPT_FORMAT
from consent.rules.merkle import leaf_hash
from consent.services.checks import Proved, prove
from consent.services.tree import as_written


@dataclass(frozen=True, slots=True)
class CheckedBallot:
    """An entry of a vote's ledger with its proof, and the entries that corrected it, of the same owner alone."""

    ballot: Ballot
    vote: OwnersVote
    leaf: BallotLeaf
    proved: Proved
    standing: Standing
    corrections: Sequence[Ballot]

    def as_json(self) -> dict[str, Any]:
        return self.proved.as_json(BALLOT_RECEIPT_FORMAT, ballot_object(self.leaf))


def check_ballot(code: str) -> CheckedBallot | None:
    """The ballot that a receipt code was given for, or None: for any other code without a difference."""
    if not (code := as_written(code)):
        return None
    rows = BallotPrivateData.objects.select_related("ballot__vote__neighbourhood")
    private = rows.filter(receipt_code=code, salt__isnull=False).first()
    if private is None:
        return None
    ballot, vote = private.ballot, private.ballot.vote
    (stored,) = stored_ballots(vote, sequence=ballot.sequence)
    corrections = _corrections_of(ballot)
    return CheckedBallot(
        ballot=ballot,
        vote=vote,
        leaf=stored.leaf,
        proved=prove(vote, ballot.sequence, leaf_hash(ballot_bytes(stored.leaf))),
        standing=_standing(ballot, corrections),
        corrections=[later for later in corrections if later.voter_id == ballot.voter_id],
    )


def _corrections_of(ballot: Ballot) -> list[Ballot]:
    found: list[Ballot] = []
    last = ballot
    while (later := Ballot.objects.filter(supersedes=last).order_by("sequence").first()) is not None:
        found.append(later)
        last = later
    return found


def _standing(ballot: Ballot, corrections: Sequence[Ballot]) -> Standing:
    """What the entry is to the count, off the state that was made of the owner's entries."""
    if corrections:
        return Standing.CORRECTED
    if not ballot.choice:
        return Standing.NO_ANSWER
    counts = BallotState.objects.filter(voter=ballot.voter_id, ballot=ballot).exists()
    return Standing.COUNTS if counts else Standing.OVERTAKEN
