"""Round sheets: the doors of a building that a round visits, on paper, each with a QR that opens its door sheet.

Names and phones are masked, whoever prints: a sheet is carried through a stairwell and may be left there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from common.addresses import site_address
from common.figures import count_text
from consent.choices import Given, Outcome, Party, StanceValue
from consent.models import RollEntry, Round, RoundDoor
from consent.rules.numbers import natural
from consent.rules.rounds import PARTIES
from overview.prints.places import place_of
from overview.prints.qr_series import series_of
from overview.prints.typesetting import frame
from renovation.rules.masking import mask_name, mask_phone

TEMPLATE = "rounds"
DOORS_A_PAGE = 12
ROW = 16.4
"""Millimetres: how high a row is, `row-height` in rounds.typ."""
CODE_OF_ROW = 0.79
"""About how much of a row's height its QR code takes; made even, so that the codes lie a whole number of modules apart.
"""
PAGES_A_PART = 12

BOX = "□\u00a0"
"""A box to tick, as a sign: drawn ones would take five times as long, and there are a hundred on a page."""

LATER = "#"


@dataclass(frozen=True)
class RoundAsked:
    """Whose doors are printed: those of a round of a survey that `caller` sees, of one building or of all, and only
    those still to be visited unless `whole`.
    """

    caller: User
    survey_round: Round
    building: int | None = None
    whole: bool = False


def doors_of(asked: RoundAsked) -> list[RollEntry]:
    """The doors in walking order, with building, stance and household: one query."""
    listed = RoundDoor.objects.filter(door=OuterRef("pk"), round=asked.survey_round)
    rows: Any = RollEntry.objects.visible_to(asked.caller).filter(survey=asked.survey_round.survey_id).on_roll()
    rows = rows.filter(Exists(listed if asked.whole else listed.filter(visited=False)))
    if asked.building is not None:
        rows = rows.filter(building=asked.building)
    found = list(rows.select_related("building", "stance", "household"))
    found.sort(key=walking_order)
    return found


def walking_order(door: RollEntry) -> tuple[Any, ...]:
    """By building, stairwell and door, as the field page lists them."""
    building = (natural(door.building.number), door.building_id)
    return (*building, natural(door.stairwell_number), natural(door.unit_number))


def round_sheets(asked: RoundAsked, *, at: datetime) -> Iterator[dict[str, Any]]:
    """One document a building, of as many pages as its doors take. Two queries."""
    survey = asked.survey_round.survey
    around = frame(
        title=survey.title,
        place=place_of(survey.neighbourhood),
        as_of=at,
        checked_at=site_address("survey", survey.pk),
    )
    for _building, group in groupby(doors_of(asked), key=lambda door: door.building_id):
        doors = list(group)
        pages = [doors[start : start + DOORS_A_PAGE] for start in range(0, len(doors), DOORS_A_PAGE)]
        yield {
            "frame": {**around, "pages": len(pages)},
            "title": _("Building %(building)s") % {"building": doors[0].building.number},
            "round": round_words(asked.survey_round.number),
            "lead": _lead(asked, len(doors)),
            "signers": [str(Party(who).label) for who in Party if who in PARTIES[asked.survey_round.number]],
            "pages": [{"doors": [_row(door) for door in page], "qr": _codes(page)} for page in pages],
        }


def parts_of(sheets: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Sheets together in parts of about a dozen pages, each part with the words that all its sheets share."""
    words = _words()
    part: list[dict[str, Any]] = []
    for sheet in sheets:
        part.append(sheet)
        if sum(len(one["pages"]) for one in part) >= PAGES_A_PART:
            yield _part(part, words)
            part = []
    if part:
        yield _part(part, words)


def round_words(number: int) -> str:
    """Round 2 · grid worker, as the survey's page says it."""
    rounds = {
        1: (_("Round 1"), _("owners' committee")),
        2: (_("Round 2"), _("grid worker")),
        3: (_("Round 3"), _("all three together")),
    }
    return " · ".join(rounds[number])


def door_qr(survey: int, household: int) -> str:
    """The QR that opens a household's door sheet, as the text of an SVG."""
    return series_of(_pattern(len(str(survey)), len(str(household)))).svg(f"{survey}{household}")


def _codes(doors: Sequence[RollEntry]) -> dict[str, Any]:
    """The QR codes of a page's doors as one picture; `size` is that of a code and `height` that of all, in millimetres.
    Ids that have fewer digits than the page's longest are filled up with zeros, which lead to the same door.
    """
    survey = str(doors[0].survey_id)
    households = [str(door.household_id) for door in doors]
    length = max(map(len, households))
    series = series_of(_pattern(len(survey), length))
    pitch = round(series.side / CODE_OF_ROW)
    size = ROW * series.side / pitch
    return {
        "svg": series.column([survey + household.zfill(length) for household in households], pitch),
        "size": size,
        "height": ROW * (len(doors) - 1) + size,
    }


def _pattern(*lengths: int) -> str:
    """The address of a door sheet with a place for every digit of its ids."""
    numbers = [10 ** (length - 1) for length in lengths]
    address = site_address("field_door", *numbers)
    host = settings.SITE_ADDRESS
    path = address.removeprefix(host)
    for number, length in zip(numbers, lengths, strict=True):
        path = path.replace(f"/{number}/", f"/{LATER * length}/", 1)
    return host + path


def _part(sheets: Sequence[Mapping[str, Any]], words: Mapping[str, Any]) -> dict[str, Any]:
    return {"frame": sheets[0]["frame"], "words": words, "sheets": list(sheets)}


def _lead(asked: RoundAsked, doors: int) -> str:
    survey = asked.survey_round.survey
    if asked.whole:
        said = ngettext("%(n)s door of this round", "%(n)s doors of this round", doors)
    else:
        said = ngettext("%(n)s door to visit", "%(n)s doors to visit", doors)
    return f"{survey.neighbourhood.name} · {survey.title} · {said % {'n': count_text(doors)}}"


def _row(door: RollEntry) -> dict[str, str]:
    stance, household = door.stance, door.household
    said = str(StanceValue(stance.value).label)
    if stance.value == StanceValue.SUPPORTS and stance.given:
        said = f"{said} · {Given(stance.given).label}"
    return {
        "stairwell": _("Stairwell %(number)s") % {"number": door.stairwell_number},
        "unit": door.unit_number,
        "name": mask_name(household.head_name),
        "phone": mask_phone(household.phones[0]) if household.phones else "",
        "so_far": "" if stance.value == StanceValue.NOT_VISITED else said,
    }


def _words() -> dict[str, Any]:
    given = "  ".join(f"{BOX}{way.label}" for way in Given)
    return {
        "head": [
            pgettext("column of a round sheet", "Door"),
            _("Head of household"),
            _("Answer so far"),
            _("How it went this time"),
            _("When, and note"),
            _("Scan"),
        ],
        "answers": [
            f"{BOX}{Outcome.SUPPORTS.label} ({given})",
            "  ".join(f"{BOX}{one.label}" for one in (Outcome.NOT_YET, Outcome.OPPOSES, Outcome.NO_ANSWER)),
            "  ".join(f"{BOX}{one.label}" for one in (Outcome.DECLINED, Outcome.VACANT)),
        ],
        "date": _("Date"),
        "note": _(
            "A tenant cannot give an owner's yes. Enter every door on the phone, or hand this sheet to the community."
        ),
    }
