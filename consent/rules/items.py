"""Reading one item of a batch, of visits or of ballots: shapes and types, no rules."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

LONGEST_NOTE = 2000
LARGEST_ID = 2**63 - 1
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


class Unreadable(Exception):
    """A member that is missing or of the wrong type."""


def read_uuid(value: Any) -> UUID:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise Unreadable
    return UUID(value)


def read_optional_uuid(value: Any) -> UUID | None:
    return None if value is None else read_uuid(value)


def read_id(value: Any) -> int:
    if type(value) is not int or not 0 < value <= LARGEST_ID:
        raise Unreadable
    return value


def one_of(values: set[str], *, required: bool = False) -> Any:
    def read(value: Any) -> str:
        if value is None and not required:
            return ""
        if not isinstance(value, str) or value not in values:
            raise Unreadable
        return value

    return read


def read_time(value: Any) -> datetime:
    if not isinstance(value, str) or len(value) > 40:
        raise Unreadable
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise Unreadable
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable from None
    if moment < OLDEST:
        raise Unreadable
    return moment


def read_text(value: Any, longest: int = LONGEST_NOTE) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise Unreadable
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which no database stores
        raise Unreadable from None
    return value
