"""How many requests each caller has made in the minute in hand, counted by all processes together."""

from dataclasses import dataclass, field
from threading import Lock

from django.db import connection

LARGEST_SHARE = 50
SHARES = 100

# The minute of a machine whose clock is ahead holds for all: none sets another one's count back.
ADD_REQUESTS = """
INSERT INTO accounts_ratecount AS kept (caller, minute, requests) VALUES (%s, %s, %s)
ON CONFLICT (caller) DO UPDATE SET
    requests = CASE WHEN kept.minute >= excluded.minute THEN kept.requests ELSE 0 END + excluded.requests,
    minute = greatest(kept.minute, excluded.minute)
RETURNING requests
"""
FORGET_MINUTES = "DELETE FROM accounts_ratecount WHERE minute < %s"


@dataclass(slots=True)
class _Count:
    everywhere: int = 0
    """What all processes had counted when this one last told them."""
    since: int = 0
    """Counted here since then."""


@dataclass(slots=True)
class _Minute:
    """What this process has counted in the minute in hand: a few bytes for each caller, forgotten with the minute."""

    number: int = 0
    counts: dict[str, _Count] = field(default_factory=dict)


_here = _Minute()
_lock = Lock()


def count_request(caller: str, limit: int, *, now: float) -> bool:
    """Count one more request of `caller` in the minute of `now` (seconds since 1970); whether it is within `limit`.

    Counted in memory, and told to the table of all processes by the share: a statement for each 50 requests, or for
    each hundredth part of a limit below 5,000. So a caller can go beyond its limit by one share for each process, and
    no further; once it has, it costs no statement. Inside a transaction nothing is told: the row would stay locked.
    """
    minute, told = int(now // 60), 0
    with _lock:
        if minute != _here.number:
            _here.number, _here.counts = minute, {}
        here = _here.counts.setdefault(caller, _Count())
        if here.everywhere + here.since >= limit:
            return False
        here.since += 1
        if here.since >= min(LARGEST_SHARE, max(1, limit // SHARES)) and not connection.in_atomic_block:
            told = here.since
            here.everywhere, here.since = here.everywhere + told, 0
    if not told:
        return True
    everywhere = _tell(caller, minute, told)
    with _lock:
        here.everywhere = max(here.everywhere, everywhere)
    return everywhere <= limit


def forget_minutes(*, now: float) -> int:
    """Delete what was counted more than an hour ago. How many callers."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET_MINUTES, [int(now // 60) - 60])
        return cursor.rowcount


def forget_here() -> None:
    """Forget what this process has counted; the table stays as it is."""
    with _lock:
        _here.counts = {}


def _tell(caller: str, minute: int, requests: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(ADD_REQUESTS, [caller, minute, requests])
        everywhere: int = cursor.fetchone()[0]
    return everywhere
