"""What fits a show of hands, when a meeting may be told of as held, and how its sign-in sheet is read."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

AGREED, REJECTED = "agreed", "rejected"
LONGEST_NAME = 40

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－", "-"))
_DOOR = re.compile(r"[^\s-]+(-[^\s-]+){1,2}")


@dataclass(frozen=True)
class SignIn:
    """A line of a sign-in sheet: a name, and the door as building, stairwell and unit, or building and unit."""

    name: str
    door: tuple[str, ...] = ()


def hands_fit(outcome: str, votes_for: int | None, votes_against: int | None) -> bool:
    """Whether an outcome is what the hands say: agreed takes more for it than against it, rejected does not. A tie is
    not agreed. What was postponed, and what was decided without counting, fits anything.
    """
    if votes_for is None or votes_against is None or outcome not in (AGREED, REJECTED):
        return True
    return (votes_for > votes_against) == (outcome == AGREED)


def is_overdue(is_open: bool, due_on: date, today: date) -> bool:
    """Whether an open task should have been done; not yet on its own day."""
    return is_open and due_on < today


def read_sign_ins(text: str) -> list[SignIn]:
    """A sheet typed in one line a person: a name, and behind it the door where one was given (`3-2-401` or `3-401`).

    Dashes and digits of any width are read; empty lines are passed over, and a line typed twice counts once.
    """
    found: dict[SignIn, None] = {}
    for line in text.splitlines():
        words = unicodedata.normalize("NFKC", line).translate(_DASHES).split()
        if not words:
            continue
        door = words.pop() if len(words) > 1 and _DOOR.fullmatch(words[-1]) and words[-1][0].isdigit() else ""
        found[SignIn(" ".join(words), tuple(door.split("-")) if door else ())] = None
    return list(found)
