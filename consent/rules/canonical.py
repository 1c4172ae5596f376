"""Canonical JSON: one spelling for each value, so that it can be hashed and signed.

RFC 8785 restricted to objects, arrays, strings, integers, booleans and null: member names sorted,
no white space, UTF-8, nothing escaped but what JSON demands (in its short form where there is one).
Within that, orjson with sorted keys writes what the RFC prescribes; the tests compare them for
every code point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import orjson

Scalar = None | bool | int | str
Json = Scalar | Sequence["Json"] | Mapping[str, "Json"]

OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def canonical_bytes(value: Json) -> bytes:
    """The canonical bytes of a value.

    Raises ValueError for what has no canonical form here: other types, integers beyond 53 bits,
    lone surrogates, and member names beyond the basic plane (the RFC sorts those by UTF-16 unit).
    """
    _check(value)
    try:
        return orjson.dumps(value, option=OPTIONS)
    except TypeError as error:
        raise ValueError(f"no canonical form: {error}") from error


def _check(value: Json) -> None:
    if isinstance(value, dict):
        for name, member in value.items():
            if not isinstance(name, str) or any(letter > "\uffff" for letter in name):
                raise ValueError(f"no canonical form: member name {name!r}")
            _check(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _check(member)
    elif value is not None and not isinstance(value, bool | int | str):
        raise ValueError(f"no canonical form: {type(value).__name__}")


def utc_text(moment: datetime) -> str:
    """A time as `YYYY-MM-DDTHH:MM:SS.ffffffZ`, always in UTC with six decimals.

    Raises ValueError for a time without an offset: it names no moment.
    """
    if moment.tzinfo is not UTC:
        if moment.utcoffset() is None:
            raise ValueError("a time without an offset")
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:-6] + "Z"
