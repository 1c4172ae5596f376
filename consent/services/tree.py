"""What a household is given, so that it can show that its answer is in the count (docs/ledger.md, "A receipt")."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from consent.models import SigningKey, Survey, VisitPrivateData
from consent.reports.tree import InclusionProof, inclusion_proof, stored_leaves
from consent.rules.canonical import Json
from consent.rules.heads import ALGORITHM, RECEIPT_FORMAT, SignedHead, key_id_of, signed_head_object
from consent.rules.leaves import Leaf, leaf_object
from consent.services.signing import head_of, key_id, public_key, sign_head

_CODE = re.compile(r"[0-9A-Z]{1,16}")
# Letters that Crockford's base 32 leaves out, since people write them for the digit.
_LOOKALIKES = str.maketrans("OIL", "011", " -")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A visit, its proof under the head of the ledger as it is now, and what opens its hashes.

    A public page shows the leaf and the proof, and leaves out whose it is: the salts are for the household.
    """

    survey: Survey
    leaf: Leaf
    proof: InclusionProof
    head: SignedHead
    household: int
    door_salt: bytes
    private_salt: bytes
    note: str
    signature_sha256: bytes | None
    privacy_notice: str

    def as_json(self) -> dict[str, Any]:
        """The receipt as its holder keeps it, and as tools/verify_survey.py reads it."""
        return {
            "format": RECEIPT_FORMAT,
            "leaf": leaf_object(self.leaf),
            "door": {"household": self.household, "salt": self.door_salt.hex()},
            "private": {
                "salt": self.private_salt.hex(),
                "note": self.note,
                "signature": self.signature_sha256.hex() if self.signature_sha256 else None,
                "privacy_notice": self.privacy_notice,
            },
            "proof": [node.hex() for node in self.proof.nodes],
            "head": signed_head_object(self.head),
            "key": key_object(public_key()),
        }


def key_object(public: bytes) -> dict[str, Json]:
    """A public key as the API, the receipts and the survey's file show it."""
    return {"id": key_id_of(public), "public_key": public.hex(), "algorithm": ALGORITHM}


def earlier_keys(heads: Iterable[SignedHead]) -> list[dict[str, Json]]:
    """The public keys that signed some of these heads and do not sign any more; mostly none. One query."""
    names = {head.key_id for head in heads} - {key_id()}
    rows = SigningKey.objects.filter(key_id__in=names).order_by("created_at") if names else []
    return [key_object(bytes(row.public_key)) for row in rows]


def as_written(code: str) -> str:
    """A code as it was given out; empty where it can be none, however it was written."""
    code = code.upper().translate(_LOOKALIKES)
    return code if _CODE.fullmatch(code) else ""


def private_data_of(code: str) -> VisitPrivateData | None:
    """What lies beside the visit that a code was given for, with the visit, its survey and its door. One query."""
    if not (code := as_written(code)):
        return None
    rows = VisitPrivateData.objects.select_related("visit__survey__neighbourhood", "visit__door")
    found: VisitPrivateData | None = rows.filter(
        receipt_code=code, salt__isnull=False, visit__door__door_salt__isnull=False
    ).first()
    return found


def receipt_for(code: str) -> Receipt | None:
    """The receipt that a code stands for, or None. Spaces, hyphens, case and look-alike letters do not matter.

    Where a salt was erased there is no receipt any more; one that was printed before still holds. Three queries.
    """
    private = private_data_of(code)
    if private is None:
        return None
    visit, survey, door = private.visit, private.visit.survey, private.visit.door
    (stored,) = stored_leaves(survey, sequence=visit.sequence)
    return Receipt(
        survey=survey,
        leaf=stored.leaf,
        proof=inclusion_proof(survey, visit.sequence, survey.tree_size),
        head=sign_head(head_of(survey)),
        household=door.household_id,
        door_salt=bytes(door.door_salt or b""),
        private_salt=bytes(private.salt or b""),
        note=private.note,
        signature_sha256=bytes(private.signature_sha256) if private.signature_sha256 else None,
        privacy_notice=private.privacy_notice,
    )
