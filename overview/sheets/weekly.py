"""The weekly sheet (周报): one row a neighbourhood, off the very rows of which the dashboard is made."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.choices import Act
from common.figures import full_day_text
from governance.reports.fees.words import period_text
from overview.models import NeighbourhoodDay
from overview.reports.dashboard.items import Items, sums_of
from overview.reports.dashboard.scope import NoDashboard, scope_of
from overview.reports.dashboard.standing import Standings, collected_of, standings_of
from overview.reports.dashboard.words import text_of
from overview.reports.days import FEES, fee_month_of
from overview.rules.dashboard import EARLIEST, last_friday
from overview.sheets.filters import DivisionField, SheetForm
from overview.sheets.frame import HIDDEN, Asked, Column, Kind, Row, Sheet, Sums, share_of
from overview.sheets.parts import CHUNK, together, yes_only
from renovation.choices import Stage
from renovation.models import Neighbourhood

ROUNDS = (1, 2, 3)
TO_LOOK_AT = ("blocked", "works", "awards", "deferred_due", "terms_ending")
"""What stands in words in the last column: the sections of the dashboard that are no column of their own."""


def columns(asked: Asked) -> Sequence[Column]:
    def number(key: str, title: Any) -> Column:
        return Column(key, title, Kind.COUNT, 10, sums=True)

    def money(key: str, title: Any) -> Column:
        return Column(key, title, Kind.MONEY, 16, sums=True)

    of_rounds = []
    for one in ROUNDS:
        named = {"number": one}
        of_rounds += [
            number(f"listed_{one}", _("Round %(number)s: to visit") % named),
            number(f"visited_{one}", _("Round %(number)s: visited") % named),
            number(f"supports_{one}", _("Round %(number)s: support won") % named),
        ]
    names = {"property": (_("Property, last month"), _("Property, year so far"))}
    names["parking"] = (_("Parking, last month"), _("Parking, year so far"))
    of_fees = []
    for kind in FEES:
        for span, name in zip(("month", "year"), names[kind], strict=True):
            of_fees += [
                money(f"{kind}_{span}_receivable", _("%(fee)s: to be collected (yuan)") % {"fee": name}),
                money(f"{kind}_{span}_settled", _("%(fee)s: collected (yuan)") % {"fee": name}),
                Column(f"{kind}_{span}_rate", _("%(fee)s: rate") % {"fee": name}, Kind.SHARE, 10),
            ]
    return [
        Column("code", _("Code"), width=18),
        Column("neighbourhood", _("Neighbourhood"), width=22),
        Column("district", _("District"), width=14),
        Column("street", _("Street"), width=14),
        Column("community", _("Community"), width=18),
        Column("stage", _("Stage"), width=14),
        Column("since", _("In this stage since"), Kind.DATE, 12),
        Column("days", _("Days in this stage"), Kind.COUNT, 10),
        Column("moved", _("Moved since last Friday"), width=10),
        number("households", _("Households")),
        Column("round", _("Round"), width=8),
        number("roll", _("Households on the roll")),
        number("denominator", _("Counted for support")),
        number("visited", _("Households met")),
        Column("visit_rate", _("Visit rate"), Kind.SHARE, 10),
        number("supports", _("Households in support")),
        Column("support_rate", _("Support rate"), Kind.SHARE, 10),
        Column("pass_share", _("Pass mark"), Kind.SHARE, 10),
        number("missing", _("Doors missing")),
        *of_rounds,
        Column("revisit_on", _("Look again on"), Kind.DATE, 12),
        money("planned", _("Planned (yuan)")),
        money("committed", _("Committed (yuan)")),
        money("received", _("Received (yuan)")),
        money("spent", _("Spent (yuan)")),
        *of_fees,
        Column("to_look_at", pgettext("weekly sheet", "To look at"), width=60),
        Column("longitude", _("Longitude"), Kind.DEGREES, 12),
        Column("latitude", _("Latitude"), Kind.DEGREES, 12),
    ]


class WeeklyForm(SheetForm):
    """A division, all of which the caller reads, and a day gone by to be shown as it stood."""

    division = DivisionField(required=False)
    on = forms.DateField(label=gettext_lazy("As it stood on"), required=False)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        day, division = found.get("on"), found.get("division")
        if day is not None and day > timezone.localdate():
            self.add_error("on", ValidationError(_("No figures are known of a day to come."), code="day_to_come"))
        if day is not None and day < EARLIEST:
            text = _("No figures are known before %(day)s.") % {"day": full_day_text(EARLIEST)}
            self.add_error("on", ValidationError(text, code="out_of_range"))
        try:
            scope_of(self.caller, division)
        except NoDashboard:
            self.add_error(
                "division", ValidationError(_("You do not read all of this division."), code="invalid_choice")
            )
        return found


def view_asked(asked: Asked) -> Standings:
    """The rows of the dashboard of the same place and day."""
    return standings_of(scope_of(asked.caller, asked.filters.get("division")), asked.filters.get("on"), asked.at)


def rows(asked: Asked) -> Iterator[Row]:
    """One row a neighbourhood, by code. As many queries as a dashboard takes, and two for the names."""
    view = view_asked(asked)
    items = Items(view)
    moved = {item.place for item in items.of("changes-moved")}
    to_look_at: dict[int, list[str]] = defaultdict(list)
    for section in TO_LOOK_AT:
        for item in items.of(section):
            to_look_at[item.place].append(text_of(item))
    places = Neighbourhood.objects.filter(view.scope.where("")).select_related("community__parent__parent")
    for place in places.order_by("code").iterator(chunk_size=CHUNK):
        if (row := view.rows.get(place.pk)) is not None:
            street: Any = place.community.parent
            yield (
                *(place.code, place.name, street.parent.name, street.name, place.community.name),
                *_stage(row, view.day, has_moved=place.pk in moved),
                *_support(view, row),
                row.revisit_on,
                *sums_of(row),
                *(cell for kind in FEES for year in (False, True) for cell in _fees(view, row, kind, year=year)),
                *(together(to_look_at[place.pk]), row.longitude, row.latitude),
            )


def _stage(row: NeighbourhoodDay, day: date, *, has_moved: bool) -> Sequence[Any]:
    since = timezone.localdate(row.stage_since)
    return Stage(row.stage).label, since, (day - since).days + 1, yes_only(has_moved), row.households


def _support(view: Standings, row: NeighbourhoodDay) -> Sequence[Any]:
    """The last survey and its rounds; nothing of one that asks too few, empty cells where there was none."""
    figures = 8 + 3 * len(ROUNDS)
    round_text = str(row.round) if row.round else ""
    if row.neighbourhood_id in view.hidden:
        return round_text, *([HIDDEN] * figures)
    standing = view.surveyed.get(row.neighbourhood_id)
    if standing is None:
        return round_text, *([None] * figures)
    rounds = [row.rounds[one - 1] if len(row.rounds) >= one else (None, None, None) for one in ROUNDS]
    return (
        *(round_text, row.roll, standing.denominator, row.visited, share_of(row.visited, row.roll)),
        *(row.supports, share_of(row.supports, standing.denominator), row.pass_share, standing.missing),
        *(cell for one in rounds for cell in one),
    )


def _fees(view: Standings, row: NeighbourhoodDay, kind: str, *, year: bool) -> Sequence[Any]:
    """Nothing where too few live."""
    if row.neighbourhood_id in view.few:
        return [HIDDEN] * 3
    found = collected_of(row, kind, year=year)
    return found.receivable, found.settled, share_of(found.settled, found.receivable)


def totals(sums: Sums) -> Mapping[str, Any]:
    """Rates of the sums: no percentage is averaged."""
    found = {
        "visit_rate": share_of(sums["visited"], sums["roll"]),
        "support_rate": share_of(sums["supports"], sums["denominator"]),
    }
    for kind in FEES:
        for span in ("month", "year"):
            of = f"{kind}_{span}"
            found[f"{of}_rate"] = share_of(sums[f"{of}_settled"], sums[f"{of}_receivable"])
    return found


def notes(asked: Asked) -> Sequence[str]:
    day = asked.filters.get("on")
    shown = day or timezone.localdate(asked.at)
    month = fee_month_of(shown)
    said = [
        _("Changes since %(friday)s. Fees of %(month)s, and of the year up to that month.")
        % {"friday": full_day_text(last_friday(shown)), "month": period_text(f"{month:%Y-%m}")},
        _("Support is that of the last survey of each, with all changes of mind so far, and divides by the roll."),
        _("Rolls of fewer than five households are in no total of support."),
        _("Neighbourhoods of fewer than five households are in no total of fees."),
    ]
    if day is not None:
        said.insert(0, _("As it stood at the end of %(day)s.") % {"day": full_day_text(day)})
    return said


SHEET = Sheet(
    name="weekly-progress",
    title=gettext_lazy("Weekly progress"),
    says=gettext_lazy("One row a neighbourhood: its stage, its support, its money, its fees and what to look at."),
    acts=[Act.OVERVIEW],
    columns=columns,
    rows=rows,
    form=WeeklyForm,
    totals=totals,
    notes=notes,
)
