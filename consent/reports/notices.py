"""Public notices as pages and services read them: what hangs, what they stand on, and what they tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, QuerySet, Sum

from common.figures import rate_text
from consent.choices import NoticeKind, NoticeState, ObjectionState, Verdict
from consent.models import Objection, PublicNotice, Survey
from consent.reports.results import SMALL_GROUP
from consent.rules.notices import days_left, days_of, is_over
from renovation.choices import FundingKind
from renovation.models import HouseholdShare, Neighbourhood, RenovationPlan
from renovation.reports.plans import PlanSheet, sheet_of

UNNAMED = frozenset({FundingKind.RESIDENTS, FundingKind.IN_KIND})
"""Kinds of sources that may bear somebody's name: in public they go by their kind alone (policy.md, section e)."""


def last_closed_survey(neighbourhood: Neighbourhood) -> Survey | None:
    """The survey whose result counts now."""
    closed = Survey.objects.filter(neighbourhood=neighbourhood, closed_at__isnull=False)
    found: Survey | None = closed.order_by("-number").first()
    return found


def objections_in_line(notice: PublicNotice) -> list[Objection]:
    """The objections against a notice and those that it replaced, one after the other: none is lost by posting anew.

    Two queries; one where it replaced none.
    """
    return objections_by_notice([notice])[notice.pk]


def objections_by_notice(
    notices: Sequence[PublicNotice], objections: QuerySet[Any] | None = None
) -> dict[int, list[Objection]]:
    """For each notice, those of `objections` (of all) that are against it or those it replaced, in order.

    Two queries, however many notices.
    """
    places = {notice.neighbourhood_id for notice in notices if notice.replaces_id}
    before: dict[int, int | None] = {}
    if places:
        replaced = PublicNotice.objects.filter(neighbourhood__in=places, state=NoticeState.REPLACED)
        before = dict(replaced.values_list("pk", "replaces"))
    tip_of: dict[int, int] = {}
    for notice in notices:
        one: int | None = notice.pk
        earlier = notice.replaces_id
        while one is not None:
            tip_of[one] = notice.pk
            one, earlier = earlier, before.get(earlier) if earlier is not None else None
    rows: Any = Objection.objects.select_related("answered_by") if objections is None else objections
    found: dict[int, list[Objection]] = {notice.pk: [] for notice in notices}
    for objection in rows.filter(notice__in=tip_of).order_by("raised_on", "pk"):
        found[tip_of[objection.notice_id]].append(objection)
    return found


@dataclass(frozen=True)
class ShownNotice:
    """A notice with how its days run. `objections` are those that the reader may see, of those it replaced too."""

    notice: PublicNotice
    days: int
    left: int
    is_over: bool
    objections: Sequence[Objection]
    open_count: int

    @property
    def run(self) -> int:
        """The days that it has hung, of `days`."""
        return self.days - self.left

    @property
    def hangs(self) -> bool:
        return self.notice.state == NoticeState.POSTED

    @property
    def may_be_closed(self) -> bool:
        return self.hangs and self.is_over and not self.open_count

    @property
    def open_objections(self) -> list[Objection]:
        return [found for found in self.objections if found.state == ObjectionState.OPEN]


def shown_notices(notices: Iterable[PublicNotice], reader: Any, today: date) -> list[ShownNotice]:
    """Notices as this reader sees them. Three queries."""
    rows = list(notices)
    all_of_them = objections_by_notice(rows)
    seen = set(
        Objection.objects.visible_to(reader)
        .filter(pk__in=[found.pk for line in all_of_them.values() for found in line])
        .values_list("pk", flat=True)
    )
    return [
        ShownNotice(
            notice=notice,
            days=days_of(notice.posted_on, notice.ends_on),
            left=days_left(notice.posted_on, notice.ends_on, today),
            is_over=is_over(notice.ends_on, today),
            objections=[found for found in all_of_them[notice.pk] if found.pk in seen],
            open_count=sum(found.state == ObjectionState.OPEN for found in all_of_them[notice.pk]),
        )
        for notice in rows
    ]


@dataclass(frozen=True)
class NoticeToPost:
    """A notice that the lifecycle waits for and that nobody has posted: of the last survey, or of the last revision.

    `replaces` is one of the same kind that still hangs, of an earlier survey or revision.
    """

    kind: str
    replaces: PublicNotice | None

    @property
    def label(self) -> str:
        return str(NoticeKind(self.kind).label)


def notices_to_post(neighbourhood: Neighbourhood) -> list[NoticeToPost]:
    """What is to be posted here. At most five queries.

    A survey that did not pass needs no notice for the next step; a revision that needs none of its own neither.
    """
    wanted: list[tuple[str, Any]] = []
    survey = last_closed_survey(neighbourhood)
    if survey is not None and survey.verdict == Verdict.PASSED:
        wanted.append((NoticeKind.SURVEY_RESULT, {"survey": survey}))
    frozen = RenovationPlan.objects.frozen().filter(neighbourhood=neighbourhood)
    needing = frozen.filter(notice_needed=True).order_by("-number").first()
    if needing is not None:
        wanted.append((NoticeKind.PLAN, {"plan__number__gte": needing.number}))
    found = []
    for kind, about in wanted:
        of_kind = PublicNotice.objects.filter(neighbourhood=neighbourhood, kind=kind)
        if not of_kind.filter(**about).exclude(state=NoticeState.REPLACED).exists():
            found.append(NoticeToPost(kind, of_kind.posted().first()))
    return found


@dataclass(frozen=True)
class PublicPayer:
    """Who pays, as it may be told in public: by name, or of residents by kind alone. `planned` is yuan, `share` what it
    is of the total, in words.
    """

    kind: str
    label: str
    planned: Decimal
    share: str


@dataclass(frozen=True)
class HouseholdsPart:
    """What households pay under a plan: how many of them, and the least and the most, in yuan."""

    households: int
    least: Decimal
    most: Decimal


@dataclass(frozen=True)
class PublicPlan:
    """A frozen revision as it is made public: items, sums and sources, and of households no single one."""

    sheet: PlanSheet
    payers: Sequence[PublicPayer]
    households: HouseholdsPart | None


def public_plan(plan: RenovationPlan) -> PublicPlan:
    """What a notice tells of a frozen revision. Four queries. Few households are left out: they would be known."""
    sheet = sheet_of(plan)
    sums: dict[tuple[str, str], Decimal] = {}
    for payer in sheet.payers:
        kind = payer.source.kind
        label = str(FundingKind(kind).label) if kind in UNNAMED else payer.source.name
        sums[kind, label] = sums.get((kind, label), Decimal(0)) + payer.planned
    by_household = HouseholdShare.objects.filter(plan=plan).values("household").annotate(amount=Sum("amount"))
    part = by_household.aggregate(households=Count("household"), least=Min("amount"), most=Max("amount"))
    return PublicPlan(
        sheet=sheet,
        payers=[
            PublicPayer(kind, label, planned, rate_text(int(planned * 100), int(sheet.total * 100)))
            for (kind, label), planned in sums.items()
        ],
        households=HouseholdsPart(**part) if part["households"] >= SMALL_GROUP else None,
    )
