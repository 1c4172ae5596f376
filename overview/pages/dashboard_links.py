"""Where a row of the dashboard leads: to the thing that it is about, on the page where something can be done."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from accounts.models import User
from consent.models import Survey
from overview.reports.dashboard.shape import Row


@dataclass(frozen=True, slots=True)
class LinkedRow:
    """A row with the page of its thing, and the one where its next act is done."""

    row: Row
    url: str
    act_url: str
    doors_url: str = ""
    """The doors that do not count as support, where the row is about a survey."""


INSIDE = {
    "notice": "notice",
    "package": "work_package",
    "defect": "defect",
    "tranche": "money_tranche",
    "body": "body",
}
"""Pages of a thing inside its neighbourhood, by the kind of row."""

ABOUT_THE_SURVEY = ("nearest", "asked", "survey_idle", "support_fell")
"""Parts of figures that are about a neighbourhood's last survey, on the day shown."""

ABOUT_THE_NEIGHBOURHOOD = {"fees": "fee_rates", "money": "money"}
"""Pages of a neighbourhood that say more, by the part of the figure."""

DONE_ELSEWHERE = {"awards": "handover"}
"""Pages of a neighbourhood on which the next act is done, where that is not the page of the thing."""


def with_links(rows: Sequence[Row], user: User) -> list[LinkedRow]:
    """The rows with where each leads. One query, for the surveys that some are about."""
    asked = {row.facts["survey"] for row in rows if row.part in ABOUT_THE_SURVEY}
    seen: set[int] = set()
    if asked:
        seen = set(Survey.objects.visible_to(user).filter(pk__in=asked).values_list("pk", flat=True))
    return [_linked(row, seen) for row in rows]


def _linked(row: Row, seen: set[int]) -> LinkedRow:
    survey = row.facts["survey"] if row.part in ABOUT_THE_SURVEY and row.facts["survey"] in seen else None
    url = _url(row, survey)
    done = DONE_ELSEWHERE.get(row.part)
    doors = f"{reverse('survey_doors', args=[survey])}?counts=no" if survey else ""
    return LinkedRow(row, url, reverse(done, args=[row.neighbourhood]) if done else url, doors)


def _url(row: Row, survey: int | None) -> str:
    if row.kind in INSIDE:
        return reverse(INSIDE[row.kind], args=[row.neighbourhood, row.pk])
    if row.kind == "vote":
        return reverse("vote", args=[row.pk])
    if survey is not None:
        return reverse("survey", args=[survey])
    return reverse(ABOUT_THE_NEIGHBOURHOOD.get(row.part, "neighbourhood"), args=[row.neighbourhood])
