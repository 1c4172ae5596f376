"""Whether a vote's ledger is what it was: rows, leaves, hashes, tree, heads, roll and result held against each other.

`consent.reports.ledger_check` does this for surveys; the triggers refuse changes of both.
"""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from consent.models import BallotPrivateData, OwnersVote, VoteHead, VoterPart
from consent.reports.ballot_leaves import stored_ballots
from consent.reports.heads import fault_of_signature
from consent.reports.votes import VoteResult
from consent.rules import merkle
from consent.rules.ballot_leaves import BallotLeaf, ballot_bytes, ballot_private_hash, voter_hash
from consent.rules.ballots import Entry, standing_of
from consent.rules.leaves import SALT_SIZE
from consent.rules.votes import Group, tally


def faults_of_vote(vote: OwnersVote) -> Iterator[str]:
    """What is wrong with the ledger of a vote, in words; nothing if it holds.

    Hold the vote's lock, or ballots that come in meanwhile are taken for faults.
    """
    leaves: list[BallotLeaf] = []
    edge = merkle.Edge()
    heads = {head.size: head for head in vote.heads.order_by("size")}
    yield from _head_faults(vote, heads.get(0), edge, vote.opened_at)
    before = vote.opened_at
    for stored in stored_ballots(vote):
        leaf, number = stored.leaf, {"number": stored.leaf.sequence}
        if leaf.sequence != edge.size:
            yield _("Ballot %(expected)s is missing: ballot %(number)s follows.") % {**number, "expected": edge.size}
            return
        if merkle.leaf_hash(ballot_bytes(leaf)) != stored.leaf_hash:
            yield _("Ballot %(number)s is not what was hashed when it was recorded.") % number
        if leaf.recorded_at < before:
            yield _("Ballot %(number)s was recorded before the one ahead of it.") % number
        if leaf.supersedes is not None and leaf.supersedes >= leaf.sequence:
            yield _("Ballot %(number)s corrects no earlier ballot.") % number
        before = leaf.recorded_at
        edge = edge.extended([stored.leaf_hash])
        leaves.append(leaf)
        yield from _head_faults(vote, heads.get(edge.size), edge, before)
    if edge.size != vote.tree_size:
        yield _("The tree has %(size)s ballots, the ledger %(count)s.") % {"size": vote.tree_size, "count": edge.size}
    elif edge.root() != bytes(vote.root_hash):
        yield _("The root hash is not that of the ballots.")
    elif list(edge.roots) != [bytes(root) for root in vote.tree_edge]:
        yield _("The tree's edge is not that of the ballots.")
    elif leaves and vote.last_recorded_at != before:
        yield _("The time of the last ballot is not the tree's.")
    for size in heads:
        if size > edge.size:
            yield _("The head of size %(size)s covers ballots that are not there.") % {"size": size}
    yield from _roll_faults(vote, leaves)
    yield from _private_faults(vote, leaves)
    yield from _closing_faults(vote, leaves, heads)


def _head_faults(vote: OwnersVote, head: VoteHead | None, edge: merkle.Edge, timestamp: object) -> Iterator[str]:
    if head is None:
        return
    size = {"size": head.size}
    if bytes(head.root_hash) != edge.root():
        yield _("The head of size %(size)s has another root than the ballots.") % size
    if head.timestamp != timestamp:
        yield _("The head of size %(size)s has not the time of its last ballot.") % size
    yield from fault_of_signature(vote.ledger, head)


def _roll_faults(vote: OwnersVote, leaves: list[BallotLeaf]) -> Iterator[str]:
    """Owners whose hash or area is not that of what they own, where the salt is still there."""
    parts: dict[int, list[tuple[str, int]]] = {}
    areas: dict[int, Decimal] = {}
    for voter, household, space, area in VoterPart.objects.filter(voter__vote=vote).values_list(
        "voter_id", "household_id", "parking_space_id", "area"
    ):
        parts.setdefault(voter, []).append(("household", household) if household else ("parking_space", space))
        areas[voter] = areas.get(voter, Decimal(0)) + area
    hashes = set()
    for pk, owner, salt, stored, area in vote.voters.order_by("pk").values_list(
        "pk", "owner_id", "voter_salt", "voter_hash", "area"
    ):
        hashes.add(bytes(stored))
        if area != areas.get(pk):
            yield _("The area of owner %(voter)s on the roll is not that of its parts.") % {"voter": pk}
        if salt is None:
            continue
        if len(salt) != SALT_SIZE or voter_hash(bytes(salt), owner, parts.get(pk, [])) != bytes(stored):
            yield _("Owner %(voter)s on the roll has another hash than what it owns.") % {"voter": pk}
    for leaf in leaves:
        if leaf.voter not in hashes:
            yield _("Ballot %(number)s is of an owner that is not on the roll.") % {"number": leaf.sequence}


def _private_faults(vote: OwnersVote, leaves: list[BallotLeaf]) -> Iterator[str]:
    """Proxies, proofs and notes that are not those recorded, where they were not erased."""
    rows = BallotPrivateData.objects.filter(ballot__vote=vote, salt__isnull=False).order_by("ballot__sequence")
    for sequence, salt, holder, proof, note in rows.values_list(
        "ballot__sequence", "salt", "proxy_holder", "proof", "note"
    ).iterator(2000):
        salt = bytes(salt or b"")
        if (
            len(salt) != SALT_SIZE
            or ballot_private_hash(salt, proxy_holder=holder, proof=proof, note=note) != leaves[sequence].private
        ):
            yield _("What is personal in ballot %(number)s is not what was recorded.") % {"number": sequence}


def _closing_faults(vote: OwnersVote, leaves: list[BallotLeaf], heads: dict[int, VoteHead]) -> Iterator[str]:
    """The result that was fixed against what roll, rules and ballots give."""
    if vote.closed_at is None or vote.result is None:
        return
    counted = _counted(vote, leaves).as_json()
    for name, value in counted.items():
        if vote.result.get(name) != value:
            figures = {"name": name, "fixed": vote.result.get(name), "counted": value}
            yield _("The result says %(name)s %(fixed)s, the ballots give %(counted)s.") % figures
    if len(leaves) not in heads:
        yield _("No head of size %(size)s was published when the vote closed.") % {"size": len(leaves)}


def _counted(vote: OwnersVote, leaves: list[BallotLeaf]) -> VoteResult:
    """The result that the leaves give, without a projection."""
    entries: dict[bytes, list[Entry]] = {}
    for leaf in leaves:
        entries.setdefault(leaf.voter, []).append(
            Entry(
                sequence=leaf.sequence,
                delivered_at=leaf.delivered_at,
                delivery=leaf.delivery,
                choice=leaf.choice or "",
                form=leaf.form or "",
                returned_at=leaf.returned_at,
                supersedes=leaf.supersedes,
            )
        )
    groups = []
    for hashed, area in vote.voters.values_list("voter_hash", "area"):
        standing = standing_of(entries.get(bytes(hashed), ()))
        groups.append(Group(standing.is_delivered, standing.choice, 1, area))
    return VoteResult(tally(groups, matter=vote.matter, silent_votes=vote.silent_votes), vote.verdict)
