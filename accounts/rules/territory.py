"""Territory is a prefix (design.md, decision 1): what a code covers, and what a caller's codes cover together."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

DIVISION_LENGTHS = {4: "city", 6: "district", 9: "street", 12: "community"}
GRID_LENGTH = 15

_NEIGHBOURHOOD = re.compile(r"\d{12}-\d{3}")


def kind_of_code(code: str) -> str | None:
    """`division`, `grid` or `neighbourhood`, or None where the text is no territory code."""
    if _NEIGHBOURHOOD.fullmatch(code):
        return "neighbourhood"
    if not (code.isascii() and code.isdigit()):
        return None
    if len(code) == GRID_LENGTH:
        return "grid"
    return "division" if len(code) in DIVISION_LENGTHS else None


def divisions_above(code: str) -> list[str]:
    """The codes of the divisions in which a territory lies, itself among them where it is one."""
    return [code[:length] for length in DIVISION_LENGTHS if length <= len(code)]


def covers(territory: str, community_code: str, neighbourhood_code: str = "", grid: str = "") -> bool:
    """Whether a role given for `territory` reaches a thing that lies there.

    A building without a grid belongs to every grid worker of its community.
    """
    match kind_of_code(territory):
        case "division":
            return community_code.startswith(territory)
        case "grid":
            return community_code == territory[:12] and grid in ("", territory)
        case "neighbourhood":
            return neighbourhood_code == territory
    return False


def lies_in(inner: str, outer: str) -> bool:
    """Whether a territory is another one or lies in it. A grid holds no neighbourhood: both belong to a community."""
    if kind_of_code(inner) is None:
        return False
    return inner == outer or (kind_of_code(outer) == "division" and inner.startswith(outer))


@dataclass(frozen=True)
class Reach:
    """The places that a caller reaches for one act, sorted by the kind of their code."""

    divisions: tuple[str, ...] = ()
    grids: tuple[str, ...] = ()
    neighbourhoods: tuple[str, ...] = ()

    @classmethod
    def of(cls, codes: Iterable[str]) -> "Reach":
        kinds: dict[str | None, list[str]] = {}
        for code in sorted(set(codes)):
            kinds.setdefault(kind_of_code(code), []).append(code)
        return cls(
            divisions=tuple(kinds.get("division", ())),
            grids=tuple(kinds.get("grid", ())),
            neighbourhoods=tuple(kinds.get("neighbourhood", ())),
        )

    def __bool__(self) -> bool:
        return bool(self.divisions or self.grids or self.neighbourhoods)

    def covers(self, community_code: str, neighbourhood_code: str = "", grid: str = "") -> bool:
        codes = (*self.divisions, *self.grids, *self.neighbourhoods)
        return any(covers(code, community_code, neighbourhood_code, grid) for code in codes)


NOWHERE = Reach()


class Caller(Protocol):
    """Anybody who asks: a signed-in user, an API client's service user, or a visitor."""

    @property
    def is_authenticated(self) -> bool: ...


def reach_of(caller: Caller, act: str, *access: str) -> Reach:
    """Where `caller` may do `act` with one of the given kinds of access (any that reads, if none is named).

    A visitor who has not signed in is a caller too, and reaches nothing by role.
    """
    reach = getattr(caller, "reach", None)
    return reach(act, *access) if reach is not None and caller.is_authenticated else NOWHERE
