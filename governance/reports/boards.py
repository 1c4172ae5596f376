"""The butler boards of a neighbourhood: which hang, which stairwells have none, and what one says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from consent.rules.numbers import natural
from governance.models import NoticeBoard, PartyMember
from governance.reports.party import shown_on_board
from renovation.models import Neighbourhood, Stairwell


@dataclass(frozen=True)
class Responsible:
    """A party member who answers for a stairwell and consents to be named at its door."""

    member: PartyMember
    duty: str


@dataclass
class StairwellBoard:
    """A stairwell with the board that hangs there, if one does, and the members who are named on it."""

    stairwell: Stairwell
    board: NoticeBoard | None
    responsible: list[Responsible] = field(default_factory=list)


def boards_by_stairwell(
    neighbourhood: Neighbourhood, today: date, *, with_members: bool = False
) -> Sequence[StairwellBoard]:
    """Every stairwell by its building. Party members are told for whoever reads them by name (`with_members`), and of
    them only those who consent. Two queries, three with members.
    """
    up = {board.stairwell_id: board for board in NoticeBoard.objects.filter(neighbourhood=neighbourhood).up()}
    rows = [StairwellBoard(stairwell, up.get(stairwell.pk)) for stairwell in stairwells_in_order(neighbourhood)]
    for row in rows:
        if row.board is not None:
            row.board.stairwell = row.stairwell
    if with_members:
        areas = list(shown_on_board(neighbourhood, today))
        for row in rows:
            row.responsible = [
                Responsible(area.member, area.duty)
                for area in areas
                if area.building_id == row.stairwell.building_id and area.stairwell_id in (None, row.stairwell.pk)
            ]
    return rows


def stairwells_in_order(neighbourhood: Neighbourhood) -> list[Stairwell]:
    """The stairwells by their buildings, numbers in their own order. One query."""
    stairwells = Stairwell.objects.filter(building__neighbourhood=neighbourhood)
    return sorted(
        stairwells.select_related("building__neighbourhood"),
        key=lambda stairwell: (natural(stairwell.building.number), natural(stairwell.number), stairwell.pk),
    )
