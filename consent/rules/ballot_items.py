"""Reading the items of a batch of ballots: shapes and types, no rules."""

from collections.abc import Callable
from typing import Any

from consent.choices import BallotChoice, BallotForm, Delivery
from consent.rules.ballots import BallotInput
from consent.rules.items import Unreadable, one_of, read_id, read_optional_uuid, read_text, read_time, read_uuid
from consent.rules.visits import Refusal

LONGEST_NAME = 80
LONGEST_PROOF = 200
LONGEST_NOTE = 500


def read_ballot(item: Any) -> BallotInput | tuple[Any, list[Refusal]]:
    """An entry, or its client id as far as it can be told and why it cannot be read."""
    if not isinstance(item, dict):
        return None, [Refusal("malformed", {"why": "ballot"})]
    members: dict[str, Any] = {}
    found: list[Refusal] = []
    for name, read in _MEMBERS.items():
        try:
            members[name] = read(item.get(name))
        except Unreadable:
            found.append(Refusal("malformed", {"why": "member", "member": name}))
    if not found and (members["owner"] is None) == (members["voter"] is None):
        # Exactly one of the two says whose ballot it is.
        found.append(Refusal("malformed", {"why": "member", "member": "owner"}))
    if found:
        sent = item.get("client_id")
        return (sent if isinstance(sent, str) and len(sent) <= 64 else None), found
    return BallotInput(**members)


def _optional(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _text_of(longest: int) -> Callable[[Any], str]:
    return lambda value: read_text(value, longest)


_MEMBERS: dict[str, Callable[[Any], Any]] = {
    "client_id": read_uuid,
    "owner": _optional(read_id),
    "voter": _optional(read_id),
    "choice": one_of(set(BallotChoice.values)),
    "form": one_of(set(BallotForm.values)),
    "proxy_holder": _text_of(LONGEST_NAME),
    "delivered_at": _optional(read_time),
    "delivery": one_of(set(Delivery.values)),
    "returned_at": _optional(read_time),
    "supersedes": read_optional_uuid,
    "proof": _text_of(LONGEST_PROOF),
    "note": _text_of(LONGEST_NOTE),
}
