"""What an audit signs, and how one follows upon the other."""

from __future__ import annotations

from hashlib import sha256

AUDIT_FORMAT = "gongdi-fee-audit/1"
AUDIT_PREFIX = b"gongdi/fee-audit/1\n"

FINDINGS_KEPT = 100
"""Findings of one check that a report names; the others are counted."""


def signed_bytes(body: str) -> bytes:
    """The bytes that an audit's signature covers: what they are, and its body."""
    return AUDIT_PREFIX + body.encode()


def digest_of(body: str) -> str:
    """SHA-256 of an audit's body, in hexadecimal. The next one names it, so that none can be left out unseen."""
    return sha256(body.encode()).hexdigest()
