"""The site's signing key, and the tree heads that it stands behind (docs/ledger.md, "A tree head").

Ed25519 signs one head in one way only, so a head needs no row to be the same whenever it is asked for. A row is
made when it is published: from then on the site is bound by it.
"""

import contextlib
import os
import tempfile
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import overload

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from consent.models import OwnersVote, SigningKey, Survey, TreeHead, VoteHead
from consent.rules.heads import Head, SignedHead, head_bytes, key_id_of

Ledger = Survey | OwnersVote


def signing_key() -> Ed25519PrivateKey:
    """The key in settings.SIGNING_KEY_FILE, made at its first use. Raises ImproperlyConfigured for what is no key.

    All servers of a site share the file; it belongs in its backups, apart from those of the database.
    """
    return _key_in(Path(settings.SIGNING_KEY_FILE))


@lru_cache(maxsize=1)
def _key_in(path: Path) -> Ed25519PrivateKey:
    try:
        if not path.exists():
            _make_key(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ImproperlyConfigured(f"The signing key in {path} cannot be read: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ImproperlyConfigured(f"The signing key in {path} must be an Ed25519 key.")
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent)  # readable for its owner only
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
        # Of several first uses at once one wins, and nobody reads half a key.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        os.unlink(draft)


def public_key() -> bytes:
    """The 32 raw bytes of the key that signs now."""
    return signing_key().public_key().public_bytes_raw()


def key_id() -> str:
    """The short name of the key that signs now."""
    return key_id_of(public_key())


def head_of(kept: Ledger) -> Head:
    """The head of a survey's or a vote's ledger as this object has it."""
    return Head(
        ledger=kept.ledger,
        size=kept.tree_size,
        root_hash=bytes(kept.root_hash),
        timestamp=kept.last_recorded_at or kept.opened_at,
    )


def sign_head(head: Head) -> SignedHead:
    """The head under the key that signs now. Reads and writes no row."""
    return SignedHead(head, key_id(), signing_key().sign(head_bytes(head)))


@overload
def publish_head(kept: Survey, at: datetime | None = None) -> TreeHead: ...


@overload
def publish_head(kept: OwnersVote, at: datetime | None = None) -> VoteHead: ...


def publish_head(kept: Ledger, at: datetime | None = None) -> TreeHead | VoteHead:
    """The ledger's head as a row that is kept for ever; one for each size, whoever was first.

    The public key is kept with it, so that the head can be checked after the key was changed.
    """
    if published := kept.heads.filter(size=kept.tree_size).first():
        return published
    signed = sign_head(head_of(kept))
    SigningKey.objects.get_or_create(key_id=signed.key_id, defaults={"public_key": public_key()})
    head, _created = kept.heads.get_or_create(
        size=signed.head.size,
        defaults={
            "root_hash": signed.head.root_hash,
            "timestamp": signed.head.timestamp,
            "key_id": signed.key_id,
            "signature": signed.signature,
            "published_at": at or timezone.now(),
        },
    )
    return head


def published_heads(kept: Ledger) -> list[SignedHead]:
    """Every head that was published, smallest first, as it was signed then."""
    return [
        SignedHead(Head(kept.ledger, row.size, bytes(row.root_hash), row.timestamp), row.key_id, bytes(row.signature))
        for row in kept.heads.order_by("size")
    ]
