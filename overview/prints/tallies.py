"""三轮入户汇总表: what three rounds at the doors came to, on one sheet, to be signed by who led them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts.models import User
from common.addresses import site_address
from common.figures import count_text, cut_share, day_text, fraction_text, hash_text, mark_text, rate_text
from consent.choices import Commitment, Given, StanceValue
from consent.models import Survey
from consent.permissions import sees_every_door
from consent.reports.breakdowns import BuildingRow, building_rows
from consent.reports.results import RoundResult, SurveyResult, result_to_show
from overview.prints.blocks import Paper
from overview.prints.places import place_of
from overview.prints.rounds import round_words
from overview.prints.typesetting import frame
from renovation.models import MenuItem

MOST_WANTED = 8
SMALL_WORDS = gettext_lazy(
    "Breakdowns of fewer than 5 households are shown only to those who may see the doors; in notices and exports they"
    " are put together."
)


def round_tally(survey: Survey, *, reader: User, at: datetime) -> Paper:
    """The result as the survey's page shows it to this reader: live while it is open, then as it was closed."""
    result = result_to_show(survey)
    total, mark = result.total, survey.pass_share
    title = _("Tally of three rounds at the doors")
    around = frame(
        title=f"{title} · {survey.neighbourhood.name}",
        place=place_of(survey.neighbourhood),
        as_of=result.as_of or at,
        checked_at=site_address("survey", survey.pk),
    )
    return Paper(
        "tally",
        {
            "frame": around,
            "title": title,
            "lead": f"{survey.neighbourhood.name} · {survey.title}",
            "verdict": verdict_words(result),
            "is_met": not result.missing,
            "support": rate_of(
                _("Support rate (of the roll)"),
                total.supports,
                total.denominator,
                _("Pass mark %(mark)s, %(needed)s needed")
                % {"mark": mark_text(mark), "needed": count_text(result.needed)},
                mark,
            ),
            "visit": rate_of(
                _("Visit rate"), total.visited, total.households, _("households that were met, of the roll")
            ),
            "rounds": {
                "title": _("Three rounds"),
                "head": [
                    _("Round"), _("Dates"), _("To visit"), _("Visited"), _("Met"), _("Support gained"),
                    _("Support so far"), _("Support rate"),
                ],
                "rows": [_round(found, result) for found in result.by_round],
            },
            "buildings": {
                "title": _("By building"),
                "head": [
                    _("Building"), _("Roll"), _("Met"), _("Support"), _("Support rate"),
                    *(str(StanceValue(value).label) for value in _OTHERS), str(Given.VERBAL.label),
                ],
                "rows": [
                    _building(row, survey)
                    for row in building_rows(result.by_building, sees_doors=sees_every_door(reader, survey))
                ],
                "total": [
                    _("Total"),
                    *(count_text(number) for number in (total.households, total.visited, total.supports)),
                    rate_text(total.supports, total.denominator, mark),
                    *(count_text(total.stances.get(value, 0)) for value in _OTHERS),
                    count_text(total.verbal),
                ],
                "note": SMALL_WORDS,
            },
            "commitments": {
                "title": _("The five commitments"),
                "aside": _("households · of the roll"),
                "rows": [
                    [
                        str(one.label),
                        count_text(result.commitments.get(one.value, 0)),
                        rate_text(result.commitments.get(one.value, 0), total.households),
                    ]
                    for one in Commitment
                ],
            },
            "orders": {"title": _("What residents ordered"), "aside": _("households"), "rows": _orders(result)},
            "ledger": [
                (_("Visits in the ledger"), count_text(survey.tree_size)),
                (_("Policy"), survey.policy.document),
            ],
            "root": (_("Root hash"), hash_text(survey.root_hash)),
            "signers": [_("Leader of the visitors"), _("Owners' committee"), _("Community (seal)")],
            "date": pgettext("to be written by hand", "Day:"),
        },
        f"tally-{survey.neighbourhood.code}",
    )  # fmt: skip


_OTHERS = (
    StanceValue.NOT_YET,
    StanceValue.OPPOSES,
    StanceValue.NO_ANSWER,
    StanceValue.DECLINED,
    StanceValue.VACANT,
    StanceValue.NOT_VISITED,
)


def verdict_words(result: SurveyResult) -> str:
    """How the survey stands, as its page says it."""
    if result.verdict == "passed":
        return pgettext("verdict of a survey", "passed")
    if result.verdict == "failed":
        return _("not passed, deferred")
    if not result.missing:
        return _("the pass mark is reached")
    said = ngettext("%(shown)s more door to pass", "%(shown)s more doors to pass", result.missing)
    return said % {"shown": count_text(result.missing)}


def rate_of(name: str, part: int, whole: int, note: str, mark: Decimal | None = None) -> dict[str, Any]:
    """A rate in its own terms. The bar is drawn to the cut share, so that it never passes a mark that is not met."""
    return {
        "name": name,
        "value": rate_text(part, whole, mark),
        "note": f"{fraction_text(part, whole)} · {note}",
        "share": float(cut_share(part, whole, mark)) / 100 if whole else 0,
        "mark": None if mark is None else float(mark),
    }


def _round(found: RoundResult, result: SurveyResult) -> list[str]:
    name = round_words(found.number) if found.number else f"{_('Out of round')} · {_('changes of mind')}"
    dates = ""
    if found.opened_at and found.closed_at:
        dates = _("%(from)s to %(to)s") % {"from": day_text(found.opened_at), "to": day_text(found.closed_at)}
    elif found.opened_at:
        dates = _("since %(from)s") % {"from": day_text(found.opened_at)}
    walked = (found.listed, found.visited, found.contacted) if found.number else ()
    return [
        name,
        dates,
        *((count_text(number) for number in walked) if walked else ("–", "–", "–")),
        count_text(found.supports),
        count_text(found.cumulative),
        rate_text(found.cumulative, result.total.denominator, result.survey.pass_share),
    ]


def _building(row: BuildingRow, survey: Survey) -> list[str]:
    if row.building is None:
        said = ngettext("%(n)s small building", "%(n)s small buildings together", row.buildings)
        name = said % {"n": count_text(row.buildings)}
    else:
        name = _("Building %(building)s") % {"building": row.number}
    if row.figures is None:
        return [name, _("fewer than 5 households, not shown")]
    found = row.figures
    return [
        name,
        *(count_text(number) for number in (found.households, found.visited, found.supports)),
        rate_text(found.supports, found.denominator, survey.pass_share),
        *(count_text(found.stances.get(value, 0)) for value in _OTHERS),
        count_text(found.verbal),
    ]


def _orders(result: SurveyResult) -> list[list[str]]:
    items = MenuItem.objects.filter(edition=result.survey.menu_edition_id, code__in=list(result.menu_items))
    rows = sorted(((item, result.menu_items[item.code]) for item in items), key=lambda pair: (-pair[1], pair[0].code))
    return [[item.code, str(item.name), count_text(number)] for item, number in rows[:MOST_WANTED]]
