"""Reading the items of a batch of visits: shapes and types, no rules. Plain code: it runs up to 500 times a call."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from consent.choices import Given, Outcome, Party, Reason, Respondent
from consent.rules.items import Unreadable, one_of, read_id, read_optional_uuid, read_text, read_time, read_uuid
from consent.rules.visits import Refusal, VisitInput

LARGEST_SIGNATURE = 64 * 1024
MOST_MENU_ITEMS = 200
LARGEST_REVISION = 2**15 - 1

_CODE = re.compile(r"[A-Za-z0-9]{1,8}")
_PNG_URL = "data:image/png;base64,"
_PNG_START = b"\x89PNG\r\n\x1a\n"

_OUTCOMES, _GIVEN, _RESPONDENTS = set(Outcome.values), set(Given.values), set(Respondent.values)
_PARTIES, _REASONS = set(Party.values), set(Reason.values)


def read_visit(item: Any) -> VisitInput | tuple[Any, list[Refusal]]:
    """A visit, or its client id as far as it can be told and why it cannot be read."""
    if not isinstance(item, dict):
        return None, [Refusal("malformed", {"why": "object"})]
    members: dict[str, Any] = {}
    found: list[Refusal] = []
    for name, read in _MEMBERS.items():
        try:
            members[name] = read(item.get(name))
        except Unreadable:
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


def _several_of(values: set[str]) -> Any:
    def read(value: Any) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) and one in values for one in value):
            raise Unreadable
        return tuple(dict.fromkeys(value))

    return read


def _commitments(value: Any) -> Mapping[str, bool] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not all(isinstance(agreed, bool) for agreed in value.values()):
        raise Unreadable
    return value


def _codes(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_MENU_ITEMS:
        raise Unreadable
    if not all(isinstance(code, str) and _CODE.fullmatch(code) for code in value):
        raise Unreadable
    return tuple(dict.fromkeys(value))


def _round(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 1 <= value <= 3:
        raise Unreadable
    return value


def _revision(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 1 <= value <= LARGEST_REVISION:
        raise Unreadable
    return value


def _flag(value: Any) -> bool:
    if value is None:
        return False
    if not isinstance(value, bool):
        raise Unreadable
    return value


def _signature(value: Any) -> bytes:
    """The PNG inside a data URL; nothing where none was given."""
    if value is None:
        return b""
    if not isinstance(value, str) or not value.startswith(_PNG_URL):
        raise Unreadable
    if len(value) > len(_PNG_URL) + LARGEST_SIGNATURE * 4 // 3 + 4:
        raise _TooLarge
    try:
        image = base64.b64decode(value[len(_PNG_URL) :], validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable from None
    if len(image) > LARGEST_SIGNATURE:
        raise _TooLarge
    if not image.startswith(_PNG_START):
        raise Unreadable
    return image


_MEMBERS = {
    "client_id": read_uuid,
    "household": read_id,
    "outcome": one_of(_OUTCOMES, required=True),
    "given": one_of(_GIVEN),
    "respondent": one_of(_RESPONDENTS),
    "visited_at": read_time,
    "party": _several_of(_PARTIES),
    "commitments": _commitments,
    "menu_items": _codes,
    "reasons": _several_of(_REASONS),
    "note": read_text,
    "supersedes": read_optional_uuid,
    "round": _round,
    "out_of_round": _flag,
    "signature": _signature,
    "plan": _revision,
}
