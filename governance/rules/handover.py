"""When a handover is signed, and when a service that government paid for may end (policy.md, section e; workflow.md,
State 14).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from renovation.rules.guards import SIGNATORIES

MAY_SIGN_BESIDES = ("builder",)
"""Who may sign without being asked for: what was built is handed over by whoever built it."""

SIGNED_AT = ("accepted", "evaluated", "handed_over", "long_term")
"""The stages at which a handover is signed: not before the works have passed their acceptance."""

COUNTED_KINDS = ("asset_list", "open_defects")
"""Kinds whose count is that of their list, and typed by nobody."""

READINESS = ("taken_over_by", "fee_covers_it", "residents_told_on")
"""What is answered before a service ends: who goes on with it, that the fee covers it, when residents were told."""


def unsettled(items: Iterable[tuple[str, bool, str]]) -> tuple[str, ...]:
    """The kinds, of `(kind, handed, note)`, neither handed over nor explained: nobody signs while there are any."""
    return tuple(kind for kind, handed, note in items if not handed and not note.strip())


def digest_of(content: Mapping[str, Any]) -> str:
    """What a party signs, as one figure: the SHA-256 of the lists in one fixed writing."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()


def parties_signed(signatures: Iterable[tuple[str, str]], digest: str) -> frozenset[str]:
    """The parties who have signed the lists as they are now, of `(party, digest)`."""
    return frozenset(party for party, signed in signatures if signed == digest)


def still_to_sign(signed: Iterable[str]) -> tuple[str, ...]:
    """Those who must sign and have not, in their order; none is left once it is signed."""
    done = set(signed)
    return tuple(party for party in SIGNATORIES if party not in done)


def is_in_force(starts_on: date, ends_on: date | None, day: date) -> bool:
    """Whether somebody manages on a day; the first and the last day count."""
    return starts_on <= day and (ends_on is None or day <= ends_on)


def unready(readiness: Mapping[str, Any], ends_on: date) -> tuple[str, ...]:
    """The points of the check that do not hold yet, in their order.

    Residents are told before the service ends: on its last day is too late.
    """
    told: str = readiness.get("residents_told_on") or ""
    holds = {
        "taken_over_by": bool(str(readiness.get("taken_over_by") or "").strip()),
        "fee_covers_it": readiness.get("fee_covers_it") is True,
        "residents_told_on": told != "" and date.fromisoformat(told) < ends_on,
    }
    return tuple(point for point in READINESS if not holds[point])


def may_end_on(ends_on: date, handover_on: date | None) -> bool:
    """Whether a service may end on a day: after the day of handover, not on it. None: that day is not known."""
    return handover_on is None or ends_on > handover_on


def in_order(kinds: Sequence[str], items: Mapping[str, Any]) -> list[Any]:
    """The items in the order of the handover list."""
    return [items[kind] for kind in kinds if kind in items]
