"""Forms for every household by the thousand: those of the residents' evaluation, and the butler boards of all doors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.choices import Act
from accounts.models import User
from accounts.rules.territory import reach_of
from common.addresses import site_address
from consent.rules.numbers import natural
from governance.permissions.party import reads_members
from governance.reports.boards import StairwellBoard, boards_by_stairwell
from overview.prints.homes import evaluation_forms
from overview.prints.living import butler_boards
from overview.prints.places import nothing_to_print
from overview.prints.typesetting import typeset_parts
from overview.sheets.filters import NeighbourhoodField, SheetForm
from overview.sheets.frame import Asked, Print
from renovation.models import Evaluation, Household, Neighbourhood
from renovation.querysets import neighbourhoods_within
from renovation.reports.evaluations import evaluation_to_show, households_asked

Tell = Callable[[int], None]

AT_ONCE = 12
"""Documents of one part, a page each."""


class BuildingForm(SheetForm):
    """The neighbourhood, and a building by its number."""

    neighbourhood = NeighbourhoodField(required=True)
    building = forms.CharField(label=gettext_lazy("Building"), required=False, max_length=20)


# --- Forms of the evaluation ------------------------------------------------------------------------------


def evaluation_asked(caller: User, filters: Mapping[str, Any]) -> Evaluation | None:
    """The evaluation in hand, or the last one, of a neighbourhood where the caller reads evaluations."""
    within = neighbourhoods_within(reach_of(caller, Act.EVALUATIONS))
    neighbourhood = Neighbourhood.objects.filter(within, pk=filters["neighbourhood"].pk).first()
    return evaluation_to_show(neighbourhood) if neighbourhood else None


def homes_asked(caller: User, evaluation: Evaluation, building: str = "") -> list[Household]:
    """The homes that are asked and that the caller sees in the registry, by door. One query."""
    rows: Any = households_asked(evaluation)
    rows = rows.visible_to(caller).select_related("building", "stairwell")
    if building:
        rows = rows.filter(building__number=building)
    return sorted(
        rows,
        key=lambda home: (natural(home.building.number), natural(home.stairwell.number), natural(home.unit_number)),
    )


def evaluation_parts(
    evaluation: Evaluation, homes: Sequence[Household], *, at: datetime
) -> Iterator[Mapping[str, Any]]:
    address = site_address("evaluation", evaluation.neighbourhood_id)
    rest = iter(homes)
    while some := list(islice(rest, AT_ONCE)):
        yield evaluation_forms(evaluation, some, at=at, address=address).data


def write_evaluation_forms(asked: Asked, path: Path, tell: Tell) -> int:
    evaluation = evaluation_asked(asked.caller, asked.filters)
    homes = homes_asked(asked.caller, evaluation, asked.filters["building"]) if evaluation else []
    title = _("Residents' evaluation of the works")
    if evaluation is None or not homes:
        _write_nothing(asked, "evaluation", title, path)
        return 0
    typeset_parts("form", evaluation_parts(evaluation, homes, at=asked.at), path, title=title, tell=tell)
    return len(homes)


def _count_forms(asked: Asked) -> int:
    evaluation = evaluation_asked(asked.caller, asked.filters)
    return len(homes_asked(asked.caller, evaluation, asked.filters["building"])) if evaluation else 0


# --- Butler boards ----------------------------------------------------------------------------------------


def boards_asked(caller: User, filters: Mapping[str, Any]) -> list[StairwellBoard]:
    """The boards that hang where the caller reads them; party members on them for who reads them by name."""
    within = neighbourhoods_within(reach_of(caller, Act.UPKEEP))
    neighbourhood = Neighbourhood.objects.filter(within, pk=filters["neighbourhood"].pk).first()
    if neighbourhood is None:
        return []
    named = reads_members(caller, neighbourhood)
    rows = boards_by_stairwell(neighbourhood, timezone.localdate(), with_members=named)
    building = filters.get("building")
    return [row for row in rows if row.board and (not building or row.stairwell.building.number == building)]


def board_parts(rows: Sequence[StairwellBoard], asked: Asked) -> Iterator[Mapping[str, Any]]:
    neighbourhood = asked.filters["neighbourhood"]
    address = site_address("boards", neighbourhood.pk)
    rest = iter(rows)
    while some := list(islice(rest, AT_ONCE)):
        yield butler_boards(neighbourhood, some, at=asked.at, address=address).data


def write_boards(asked: Asked, path: Path, tell: Tell) -> int:
    rows = boards_asked(asked.caller, asked.filters)
    title = pgettext("head of the board", "Stairwell butler")
    if not rows:
        _write_nothing(asked, "boards", title, path)
        return 0
    typeset_parts("board", board_parts(rows, asked), path, title=title, tell=tell)
    return len(rows)


def _write_nothing(asked: Asked, page: str, title: str, path: Path) -> None:
    neighbourhood = asked.filters["neighbourhood"]
    paper = nothing_to_print(neighbourhood, title, at=asked.at, address=site_address(page, neighbourhood.pk))
    typeset_parts(paper.template, [paper.data], path, title=title)


HOME_PRINTS = (
    Print(
        name="evaluation-forms",
        title=gettext_lazy("Evaluation forms"),
        says=gettext_lazy("The form of the residents' evaluation for each home, with its door on it."),
        acts=(Act.EVALUATIONS, Act.REGISTRY),
        form=BuildingForm,
        write=write_evaluation_forms,
        count=_count_forms,
    ),
    Print(
        name="butler-boards",
        title=gettext_lazy("Butler boards"),
        says=gettext_lazy("The boards that hang at the doors of the stairwells, a sheet of A3 each."),
        acts=(Act.UPKEEP,),
        form=BuildingForm,
        write=write_boards,
        count=lambda asked: len(boards_asked(asked.caller, asked.filters)),
    ),
)
