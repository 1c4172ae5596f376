"""Reading the items of a batch of visits: shapes and types, no rules. Plain code: it runs up to 500 times a call."""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from consent.choices import Given, Outcome, Party, Reason, Respondent
from consent.rules.visits import Refusal, VisitInput

LARGEST_SIGNATURE = 64 * 1024
LONGEST_NOTE = 2000
MOST_MENU_ITEMS = 200
LARGEST_ID = 2**63 - 1
LARGEST_REVISION = 2**15 - 1
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z0-9]{1,8}")
_PNG_URL = "data:image/png;base64,"
_PNG_START = b"\x89PNG\r\n\x1a\n"

_OUTCOMES, _GIVEN, _RESPONDENTS = set(Outcome.values), set(Given.values), set(Respondent.values)
_PARTIES, _REASONS = set(Party.values), set(Reason.values)


class _Unreadable(Exception):
    """A member that is missing or of the wrong type."""


def read_visit(item: Any) -> VisitInput | tuple[Any, list[Refusal]]:
    """A visit, or its client id as far as it can be told and why it cannot be read."""
    if not isinstance(item, dict):
        return None, [Refusal("malformed", {"why": "object"})]
    members: dict[str, Any] = {}
    found: list[Refusal] = []
    for name, read in _MEMBERS.items():
        try:
            members[name] = read(item.get(name))
        except _Unreadable:
            found.append(Refusal("malformed", {"why": "member", "member": name}))
        except _TooLarge:
            found.append(Refusal("signature_too_large"))
    if found:
        sent = item.get("client_id")
        return (sent if isinstance(sent, str) and len(sent) <= 64 else None), found
    return VisitInput(**members)


def as_item(visit: VisitInput) -> dict[str, Any]:
    """The visit as api.md has it sent: what `read_visit` reads again."""
    return {
        "client_id": str(visit.client_id),
        "household": visit.household,
        "outcome": visit.outcome,
        "given": visit.given or None,
        "respondent": visit.respondent or None,
        "visited_at": visit.visited_at.isoformat(),
        "party": list(visit.party),
        "commitments": None if visit.commitments is None else dict(visit.commitments),
        "menu_items": list(visit.menu_items),
        "reasons": list(visit.reasons),
        "note": visit.note,
        "supersedes": str(visit.supersedes) if visit.supersedes else None,
        "round": visit.round,
        "out_of_round": visit.out_of_round,
        "signature": _PNG_URL + base64.b64encode(visit.signature).decode() if visit.signature else None,
        "plan": visit.plan,
    }


class _TooLarge(Exception):
    pass


def _uuid(value: Any) -> UUID:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise _Unreadable
    return UUID(value)


def _optional_uuid(value: Any) -> UUID | None:
    return None if value is None else _uuid(value)


def _id(value: Any) -> int:
    if type(value) is not int or not 0 < value <= LARGEST_ID:
        raise _Unreadable
    return value


def _one_of(values: set[str], *, required: bool = False) -> Any:
    def read(value: Any) -> str:
        if value is None and not required:
            return ""
        if not isinstance(value, str) or value not in values:
            raise _Unreadable
        return value

    return read


def _several_of(values: set[str]) -> Any:
    def read(value: Any) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) and one in values for one in value):
            raise _Unreadable
        return tuple(dict.fromkeys(value))

    return read


def _time(value: Any) -> datetime:
    if not isinstance(value, str) or len(value) > 40:
        raise _Unreadable
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise _Unreadable
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Unreadable from None
    if moment < OLDEST:
        raise _Unreadable
    return moment


def _commitments(value: Any) -> Mapping[str, bool] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not all(isinstance(agreed, bool) for agreed in value.values()):
        raise _Unreadable
    return value


def _codes(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_MENU_ITEMS:
        raise _Unreadable
    if not all(isinstance(code, str) and _CODE.fullmatch(code) for code in value):
        raise _Unreadable
    return tuple(dict.fromkeys(value))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_NOTE or "\x00" in value:
        raise _Unreadable
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which no database stores
        raise _Unreadable from None
    return value


def _round(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 1 <= value <= 3:
        raise _Unreadable
    return value


def _revision(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 1 <= value <= LARGEST_REVISION:
        raise _Unreadable
    return value


def _flag(value: Any) -> bool:
    if value is None:
        return False
    if not isinstance(value, bool):
        raise _Unreadable
    return value


def _signature(value: Any) -> bytes:
    """The PNG inside a data URL; nothing where none was given."""
    if value is None:
        return b""
    if not isinstance(value, str) or not value.startswith(_PNG_URL):
        raise _Unreadable
    if len(value) > len(_PNG_URL) + LARGEST_SIGNATURE * 4 // 3 + 4:
        raise _TooLarge
    try:
        image = base64.b64decode(value[len(_PNG_URL) :], validate=True)
    except (binascii.Error, ValueError):
        raise _Unreadable from None
    if len(image) > LARGEST_SIGNATURE:
        raise _TooLarge
    if not image.startswith(_PNG_START):
        raise _Unreadable
    return image


_MEMBERS = {
    "client_id": _uuid,
    "household": _id,
    "outcome": _one_of(_OUTCOMES, required=True),
    "given": _one_of(_GIVEN),
    "respondent": _one_of(_RESPONDENTS),
    "visited_at": _time,
    "party": _several_of(_PARTIES),
    "commitments": _commitments,
    "menu_items": _codes,
    "reasons": _several_of(_REASONS),
    "note": _text,
    "supersedes": _optional_uuid,
    "round": _round,
    "out_of_round": _flag,
    "signature": _signature,
    "plan": _revision,
}
