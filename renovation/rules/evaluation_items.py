"""Reading the items of a batch of answers to an evaluation: shapes and types, no rules."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from renovation.rules.evaluations import SCORES, AnswerInput, Refusal

LARGEST_ID = 2**63 - 1
LONGEST_NOTE = 500
MOST_SCORES = 50

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class _Unreadable(Exception):
    """A member that is missing or of the wrong type."""


def read_answer(item: Any, respondents: frozenset[str]) -> AnswerInput | tuple[Any, list[Refusal]]:
    """An answer, or its client id as far as it can be told and why it cannot be read."""
    if not isinstance(item, dict):
        return None, [Refusal("malformed", {"why": "object"})]
    members: dict[str, Any] = {}
    found: list[Refusal] = []
    for name, read in _MEMBERS.items():
        try:
            members[name] = read(item.get(name))
        except _Unreadable:
            found.append(Refusal("malformed", {"why": "member", "member": name}))
    if "respondent" in members and members["respondent"] not in respondents:
        found.append(Refusal("malformed", {"why": "member", "member": "respondent"}))
    if found:
        sent = item.get("client_id")
        return (sent if isinstance(sent, str) and len(sent) <= 64 else None), found
    return AnswerInput(**members)


def _uuid(value: Any) -> UUID:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise _Unreadable
    return UUID(value)


def _id(value: Any) -> int:
    if type(value) is not int or not 0 < value <= LARGEST_ID:
        raise _Unreadable
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise _Unreadable
    return value


def _scores(value: Any) -> Mapping[str, int]:
    """A question left blank may be null."""
    if not isinstance(value, dict) or len(value) > MOST_SCORES:
        raise _Unreadable
    given = {code: score for code, score in value.items() if score is not None}
    if not all(type(score) is int and score in SCORES for score in given.values()):
        raise _Unreadable
    return given


def _note(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_NOTE or "\x00" in value:
        raise _Unreadable
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which no database stores
        raise _Unreadable from None
    return value.strip()


def _day(value: Any) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise _Unreadable
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _Unreadable from None


_MEMBERS: Mapping[str, Callable[[Any], Any]] = {
    "client_id": _uuid,
    "household": _id,
    "respondent": _word,
    "scores": _scores,
    "note": _note,
    "answered_on": _day,
}
