"""The tally of the three rounds by building (三轮入户汇总表): whom each round was to visit, met and won."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.choices import Act
from consent.choices import StanceValue
from consent.models import Survey
from consent.permissions import surveys_seen_whole
from consent.reports.breakdowns import BuildingRow, building_groups
from consent.reports.headlines import results_to_show
from consent.reports.results import BuildingResult, SurveyResult
from consent.reports.round_tallies import OUT_OF_ROUND, ByRound, RoundCounts, rounds_by_building
from overview.sheets.frame import HIDDEN, Asked, Column, Kind, Row, Sheet, Sums, share_of
from overview.sheets.parts import PLACE, in_chunks, place_of
from overview.sheets.surveys import SurveysForm, place_asked, surveys_asked

ROUNDS = (1, 2, 3)
STANCES = [StanceValue.NOT_YET, StanceValue.OPPOSES, StanceValue.NO_ANSWER, StanceValue.DECLINED, StanceValue.VACANT]


def columns(asked: Asked) -> Sequence[Column]:
    def number(key: str, title: Any, width: int = 10) -> Column:
        return Column(key, title, Kind.COUNT, width, sums=True)

    of_rounds = []
    for one in ROUNDS:
        named = {"number": one}
        of_rounds += [
            number(f"listed_{one}", _("Round %(number)s: to visit") % named, 14),
            number(f"visited_{one}", _("Round %(number)s: visited") % named, 14),
            number(f"contacted_{one}", _("Round %(number)s: met") % named, 14),
            number(f"supports_{one}", _("Round %(number)s: support won") % named, 16),
        ]
    return [
        *PLACE,
        Column("survey", _("Survey"), width=24),
        Column("building", _("Building"), width=12),
        number("households", _("Households on the roll"), 14),
        number("excluded", _("Vacant, not counted"), 14),
        number("denominator", _("Counted for support"), 14),
        number("visited", _("Households met"), 12),
        Column("visit_rate", _("Visit rate"), Kind.SHARE, 10),
        number("supports", _("Households in support"), 12),
        Column("support_rate", _("Support rate"), Kind.SHARE, 10),
        number("verbal", _("Verbal, form to follow"), 14),
        *(number(stance.value, stance.label) for stance in STANCES),
        number("not_visited", StanceValue.NOT_VISITED.label),
        *of_rounds,
        number("supports_out_of_round", _("Support recorded out of round"), 16),
    ]


def rows(asked: Asked) -> Iterator[Row]:
    """One row a building, in its survey's order; those with few doors together for who may not see the doors."""
    for surveys in in_chunks(surveys_asked(asked.caller, asked.filters)):
        results = results_to_show(surveys)
        rounds = rounds_by_building(surveys)
        whole = surveys_seen_whole(asked.caller, surveys)
        for survey in surveys:
            yield from _of_survey(survey, results[survey.pk], rounds, sees_doors=survey.pk in whole)


def _of_survey(
    survey: Survey, result: SurveyResult, rounds: Mapping[tuple[int, int], ByRound], *, sees_doors: bool
) -> Iterator[Row]:
    nothing: ByRound = {}
    where = (*place_of(survey.neighbourhood), survey.title)
    for row, members in building_groups(result.by_building, sees_doors=sees_doors):
        of_members = [rounds.get((survey.pk, one.building), nothing) for one in members]
        yield (*where, _name(row, members), *_figures(row), *_rounds(of_members, is_hidden=row.figures is None))


def _name(row: BuildingRow, members: Sequence[BuildingResult]) -> str:
    if row.building is not None:
        return row.number
    return ngettext("%(count)d building", "%(count)d buildings", row.buildings) % {"count": row.buildings}


def _figures(row: BuildingRow) -> list[Any]:
    found = row.figures
    if found is None:
        return [HIDDEN] * (9 + len(STANCES))
    stances = [found.stances.get(stance.value, 0) for stance in (*STANCES, StanceValue.NOT_VISITED)]
    return [
        *(found.households, found.excluded, found.denominator, found.visited),
        share_of(found.visited, found.households),
        found.supports,
        share_of(found.supports, found.denominator),
        found.verbal,
        *stances,
    ]


def _rounds(of_members: Sequence[ByRound], *, is_hidden: bool) -> list[Any]:
    if is_hidden:
        return [HIDDEN] * (4 * len(ROUNDS) + 1)
    nothing = RoundCounts()
    found = {
        number: sum((one.get(number, nothing) for one in of_members), nothing) for number in (*ROUNDS, OUT_OF_ROUND)
    }
    cells = [(found[one].listed, found[one].visited, found[one].contacted, found[one].supports) for one in ROUNDS]
    return [*(cell for one in cells for cell in one), found[OUT_OF_ROUND].supports]


def totals(sums: Sums) -> Mapping[str, Any]:
    return {
        "visit_rate": share_of(sums["visited"], sums["households"]),
        "support_rate": share_of(sums["supports"], sums["denominator"]),
    }


def notes(asked: Asked) -> Sequence[str]:
    return [
        _("Open surveys as they stand, closed ones as they were closed. The support rate divides by the roll."),
        _("Buildings with fewer than five households stand together, unless you see the doors yourself."),
    ]


SHEET = Sheet(
    name="round-tally",
    title=gettext_lazy("Tally of the three rounds by building"),
    says=gettext_lazy("What each round was to visit, met and won, building by building, of the latest surveys."),
    acts=[Act.SURVEYS],
    columns=columns,
    rows=rows,
    form=SurveysForm,
    totals=totals,
    place=place_asked,
    notes=notes,
)
