"""The signed file of a closed owners' vote, which a stranger can check (docs/ledger.md, "The vote file")."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from consent.errors import VoteNotClosed
from consent.models import OwnersVote
from consent.reports.ballot_leaves import stored_ballots
from consent.rules.ballot_leaves import ballot_object
from consent.rules.canonical import canonical_bytes, utc_text
from consent.rules.heads import VOTE_FILE_FORMAT, signed_head_object, vote_file_bytes
from consent.services.signing import head_of, public_key, published_heads, sign_head, signing_key
from consent.services.tree import earlier_keys, key_object


def vote_file(*, vote: OwnersVote, at: datetime | None = None) -> bytes:
    """The file's bytes, signed now: the roll by hashes and areas, every entry, the heads, the result as it was fixed.

    Writes nothing. Raises VoteNotClosed while the vote is open or where it was called off: there is no result.
    """
    if vote.closed_at is None:
        raise VoteNotClosed(_("The vote is not closed. Its file can be made once it is."))
    heads = published_heads(vote)
    if not heads or heads[-1].head.size < vote.tree_size:
        heads.append(sign_head(head_of(vote)))
    neighbourhood = vote.neighbourhood
    content: dict[str, Any] = {
        "format": VOTE_FILE_FORMAT,
        "exported_at": utc_text(at or timezone.now()),
        "vote": {
            "id": vote.pk,
            "ledger": vote.ledger.hex,
            "number": vote.number,
            "title": vote.title,
            "matter": vote.matter,
            "scope": vote.scope,
            "silent_votes": vote.silent_votes,
            "count_spaces": vote.count_spaces,
            "proxy_limit": vote.proxy_limit,
            "neighbourhood": {"code": neighbourhood.code, "name": neighbourhood.name},
            "starts_on": vote.starts_on.isoformat(),
            "ends_on": vote.ends_on.isoformat() if vote.ends_on else None,
            "opened_at": utc_text(vote.opened_at),
            "closed_at": utc_text(vote.closed_at),
            "verdict": vote.verdict,
        },
        "roll": _roll(vote),
        "leaves": [ballot_object(stored.leaf) for stored in stored_ballots(vote)],
        "heads": [signed_head_object(head) for head in heads],
        "result": vote.result,
        "key": key_object(public_key()),
        "earlier_keys": earlier_keys(heads),
    }
    return canonical_bytes({**content, "signature": signing_key().sign(vote_file_bytes(content)).hex()})


def _roll(vote: OwnersVote) -> dict[str, Any]:
    """Each head by its hash, with its area as text; sorted, so that the order tells nothing."""
    rows = vote.voters.values_list("voter_hash", "area")
    found = sorted((bytes(hashed).hex(), f"{area:.2f}") for hashed, area in rows)
    voters = [{"voter": hashed, "area": area} for hashed, area in found]
    return {"size": len(voters), "voters": voters}
