"""The first answer to a request that carried an `Idempotency-Key`, kept in the transaction that did its work."""

from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import IdempotencyKeyReused, RequestInFlight
from accounts.models import IdempotencyKey, User
from common.secrets import decrypt, encrypt

KEPT_FOR = timedelta(days=30)


def claim_key(*, user: User, key: str, request_hash: bytes) -> IdempotencyKey | None:
    """The first answer if there is one; else the key is ours until the transaction ends.

    An advisory lock stands for a request that is under way, so a crash leaves nothing behind. Two queries. Raises
    RequestInFlight and IdempotencyKeyReused. Must run inside a transaction.
    """
    name = sha256(f"idempotency:{user.pk}:{key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(name[:8], "big", signed=True)])
        if not cursor.fetchone()[0]:
            raise RequestInFlight(_("A request with this Idempotency-Key is under way."))
    # A statement of its own: its snapshot begins after the lock, so it sees what the last holder committed.
    first = IdempotencyKey.objects.filter(user=user, key=key).first()
    if first is not None and bytes(first.request_hash) != request_hash:
        raise IdempotencyKeyReused(_("This Idempotency-Key was used for another request."))
    return first


def keep_answer(
    *, user: User, key: str, request_hash: bytes, status: int, body: bytes, headers: dict[str, str]
) -> IdempotencyKey:
    """Keep the answer, to be given again, encrypted: it may hold names, phones, or a secret that is shown once."""
    try:
        return IdempotencyKey.objects.create(
            user=user,
            key=key,
            request_hash=request_hash,
            status=status,
            body=encrypt(body),
            is_encrypted=True,
            headers=headers,
        )
    except IntegrityError as error:
        raise RequestInFlight(_("A request with this Idempotency-Key is under way.")) from error


def body_of(first: IdempotencyKey) -> bytes:
    """The body of an answer that was kept."""
    body = bytes(first.body)
    return decrypt(body) if first.is_encrypted else body


def forget_old_keys(*, at: datetime | None = None) -> int:
    """Delete the answers older than 30 days; nobody repeats a request after that."""
    deleted, _by_model = IdempotencyKey.objects.filter(created_at__lt=(at or timezone.now()) - KEPT_FOR).delete()
    return deleted
