"""Making the projections of a vote anew from its ledger, and holding them against what is stored (design.md, 3).

Nothing stored is trusted but the roll and the ballots themselves; whether those are what they were is `verify_ledger`'s
question.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from consent.models import BallotState, OwnersVote
from consent.rules.ballots import Entry
from consent.rules.merkle import Edge
from consent.services.rebuild import Difference
from consent.services.votes.opening import lock_vote
from consent.services.votes.states import STATE_FIELDS, entry_of, state_of


@transaction.atomic
def rebuild_vote(*, vote: OwnersVote, repair: bool = False) -> list[Difference]:
    """What differs between a vote's states and tree and its ledger; written right where `repair` says so.

    Ballots wait meanwhile. What a trigger protects (a tree that would shrink, or that of a closed vote would grow) is
    reported and stays: it cannot differ unless the triggers were off.
    """
    locked = lock_vote(vote)
    found = _from_ledger(locked)
    stored = {state.voter_id: _values(state) for state in BallotState.objects.filter(vote=locked)}
    anew = {voter: _values(state) for voter, state in found.states.items()}
    differences = [
        Difference("states", voter, stored.get(voter), anew.get(voter))
        for voter in sorted({*stored, *anew})
        if stored.get(voter) != anew.get(voter)
    ]
    tree = {
        "tree_size": locked.tree_size,
        "tree_edge": [bytes(root) for root in locked.tree_edge],
        "root_hash": bytes(locked.root_hash),
        "last_recorded_at": locked.last_recorded_at,
    }
    differences += [
        Difference("vote", name, tree[name], found.tree[name]) for name in tree if tree[name] != found.tree[name]
    ]
    if differences and repair:
        BallotState.objects.filter(vote=locked).delete()
        BallotState.objects.bulk_create(found.states.values(), batch_size=2000)
        grown = found.tree["tree_size"] - locked.tree_size
        if grown == 0 or (grown > 0 and locked.closed_at is None):
            OwnersVote.objects.filter(pk=locked.pk).update(**found.tree)
    return differences


@dataclass(slots=True)
class _Found:
    """What the ledger gives: the state of every head of the roll, and the tree's edge."""

    states: dict[int, BallotState] = field(default_factory=dict)
    tree: dict[str, Any] = field(default_factory=dict)


def _from_ledger(vote: OwnersVote) -> _Found:
    entries: dict[int, list[Entry]] = defaultdict(list)
    pks: dict[int, int] = {}
    edge, last = Edge(), None
    rows = vote.entries.select_related("private", "supersedes").order_by("sequence")
    for row in rows.iterator(2000):
        entries[row.voter_id].append(entry_of(row))
        pks[row.sequence] = row.pk
        edge, last = edge.extended([bytes(row.leaf_hash)]), row.recorded_at
    voters = vote.voters.order_by("pk").values_list("pk", flat=True)
    return _Found(
        {voter: state_of(vote, voter, entries.get(voter, ()), pks.__getitem__) for voter in voters},
        {
            "tree_size": edge.size,
            "tree_edge": list(edge.roots),
            "root_hash": edge.root(),
            "last_recorded_at": last,
        },
    )


def _values(state: BallotState) -> tuple[Any, ...]:
    return tuple(getattr(state, "ballot_id" if name == "ballot" else name) for name in STATE_FIELDS)
