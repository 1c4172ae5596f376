"""What `/check/` tells the holder of a receipt code, and anybody whom the holder shows it to.

That an entry is in the ledger under a signed head, and whether it is in the count; never whose it is. The household,
both salts, the note and the signature stay out of what is made here (docs/ledger.md, A receipt).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from consent.choices import NoticeState, Standing
from consent.models import PublicNotice, ReceiptContest, SigningKey, Stance, Survey, TreeHead, Visit
from consent.reports.contests import corrections_of
from consent.reports.tree import InclusionProof, inclusion_proof, stored_leaves
from consent.rules.heads import RECEIPT_FORMAT, Head, SignedHead, signed_head_object
from consent.rules.leaves import Leaf, leaf_bytes, leaf_object
from consent.rules.merkle import leaf_hash, verify_inclusion
from consent.rules.stances import ANSWERS
from consent.services.signing import Ledger, head_of, key_id, public_key, sign_head
from consent.services.tree import key_object, private_data_of


@dataclass(frozen=True, slots=True)
class Corrected:
    """An entry that took the place of the one checked. `visit` is None where it was made at another door: what was
    said there is not for this one.
    """

    sequence: int
    recorded_at: datetime
    visit: Visit | None


@dataclass(frozen=True, slots=True)
class Proved:
    """An entry's proof under a head: the largest one published that covers the entry, else that of the ledger as it is
    now, and `published_at` is None. `holds` says that the entry, made anew from its row, leads to the head's root.
    """

    proof: InclusionProof
    head: SignedHead
    key: dict[str, Any]
    published: Any
    holds: bool

    @property
    def published_at(self) -> datetime | None:
        return self.published.published_at if self.published else None

    def as_json(self, format_name: str, leaf: dict[str, Any]) -> dict[str, Any]:
        """A receipt without what opens its hashes: it proves that the leaf is in the ledger, and not whose it is."""
        return {
            "format": format_name,
            "leaf": leaf,
            "proof": [node.hex() for node in self.proof.nodes],
            "head": signed_head_object(self.head),
            "key": self.key,
        }


def prove(kept: Ledger, sequence: int, made_anew: bytes) -> Proved:
    """The proof of a survey's or a vote's entry, whose hash was `made_anew` from its row. Two queries."""
    published = kept.heads.filter(size__gt=sequence).order_by("-size").first()
    head = _signed(kept, published) if published else sign_head(head_of(kept))
    proof = inclusion_proof(kept, sequence, head.head.size)
    return Proved(
        proof=proof,
        head=head,
        key=key_object(_public_key(head.key_id)),
        published=published,
        holds=verify_inclusion(made_anew, sequence, head.head.size, proof.nodes, head.head.root_hash),
    )


@dataclass(frozen=True, slots=True)
class CheckedAnswer:
    """An entry of a survey's ledger with its proof, and the notice that carries the head; mostly one.

    `supports` says whether the entry counts as support.
    """

    visit: Visit
    survey: Survey
    leaf: Leaf
    proved: Proved
    notice: PublicNotice | None
    standing: Standing
    supports: bool
    corrections: Sequence[Corrected]
    contests: Sequence[ReceiptContest]

    def as_json(self) -> dict[str, Any]:
        return self.proved.as_json(RECEIPT_FORMAT, leaf_object(self.leaf))


def check_answer(code: str) -> CheckedAnswer | None:
    """What stands behind a receipt code, or None: for a code that nobody was given, that is no code, or whose data was
    erased, without a difference.
    """
    private = private_data_of(code)
    if private is None:
        return None
    visit, survey = private.visit, private.visit.survey
    (stored,) = stored_leaves(survey, sequence=visit.sequence)
    proved = prove(survey, visit.sequence, leaf_hash(leaf_bytes(stored.leaf)))
    corrections = corrections_of(visit)
    standing, supports = _standing(visit, corrections)
    return CheckedAnswer(
        visit=visit,
        survey=survey,
        leaf=stored.leaf,
        proved=proved,
        notice=_notice_with(proved.published),
        standing=standing,
        supports=supports,
        corrections=[
            Corrected(later.sequence, later.recorded_at, later if later.door_id == visit.door_id else None)
            for later in corrections
        ],
        contests=list(
            ReceiptContest.objects.filter(visit=visit).select_related("correction").order_by("raised_at", "pk")
        ),
    )


def _standing(visit: Visit, corrections: Sequence[Visit]) -> tuple[Standing, bool]:
    """What the entry is to the count, off the stance that was made of the door's entries."""
    if corrections:
        return Standing.CORRECTED, False
    if not visit.door.on_roll:
        return Standing.OFF_ROLL, False
    stance = Stance.objects.filter(door=visit.door_id).first()
    if visit.outcome not in ANSWERS:
        return Standing.NO_ANSWER, False
    if stance is None or stance.visit_id != visit.pk:
        return Standing.OVERTAKEN, False
    return Standing.COUNTS, stance.counts


def _signed(kept: Ledger, row: Any) -> SignedHead:
    head = Head(kept.ledger, row.size, bytes(row.root_hash), row.timestamp)
    return SignedHead(head, row.key_id, bytes(row.signature))


def _public_key(name: str) -> bytes:
    if name == key_id():
        return public_key()
    return bytes(SigningKey.objects.get(key_id=name).public_key)


def _notice_with(head: TreeHead | None) -> PublicNotice | None:
    """The notice that hangs, or hung to its end, with this head on it."""
    if head is None:
        return None
    found: PublicNotice | None = (
        PublicNotice.objects.filter(~Q(state=NoticeState.REPLACED), tree_head=head).order_by("-pk").first()
    )
    return found
