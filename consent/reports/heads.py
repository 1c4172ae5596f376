"""Whether a published head carries the signature of a key that is kept (docs/ledger.md, "A tree head")."""

from collections.abc import Iterator
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils.translation import gettext as _

from consent.models import SigningKey, TreeHead, VoteHead
from consent.rules.heads import Head, head_bytes, key_id_of


def public_key_of(head: TreeHead | VoteHead) -> bytes:
    """The public key that a published head was signed with: what a notice prints and the verifiers take. One query."""
    return bytes(SigningKey.objects.get(key_id=head.key_id).public_key)


def fault_of_signature(ledger: UUID, head: TreeHead | VoteHead) -> Iterator[str]:
    """In words what is wrong with the signature of a ledger's head; nothing if it holds. One query."""
    size = {"size": head.size}
    key = SigningKey.objects.filter(key_id=head.key_id).first()
    if key is None or key_id_of(bytes(key.public_key)) != head.key_id:
        yield _("The key of the head of size %(size)s is not kept.") % size
        return
    signed = head_bytes(Head(ledger, head.size, bytes(head.root_hash), head.timestamp))
    try:
        Ed25519PublicKey.from_public_bytes(bytes(key.public_key)).verify(bytes(head.signature), signed)
    except InvalidSignature:
        yield _("The signature of the head of size %(size)s does not hold.") % size
