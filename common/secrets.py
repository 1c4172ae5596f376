"""Encryption of what is personal at rest: Fernet, with older keys kept for reading."""

import base64
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@lru_cache(maxsize=1)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(sha256(key.encode()).digest())) for key in keys])


def encrypt(data: bytes) -> bytes:
    """Encrypted with the first of settings.ENCRYPTION_KEYS."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt(data)


def decrypt(data: bytes) -> bytes:
    """What `encrypt` made with any of settings.ENCRYPTION_KEYS; cryptography.fernet.InvalidToken otherwise."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(data)
