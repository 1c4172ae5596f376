"""The things of neighbourhoods that officials look after, as they stood at a moment: each query reads the few rows that
are open, by when they were recorded, so that a day gone by is shown as it was. What is written over in place and whose
former value no history has is shown as it is known today: the last day of a vote.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.db import connection
from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from accounts.models import HistoryEntry
from consent.choices import NoticeState, ObjectionState
from consent.models import Objection, OwnersVote, PublicNotice
from consent.reports.notices import objections_by_notice
from governance.choices.bodies import BodyKind
from governance.models import Body
from overview.reports.dashboard.standing import Standings
from overview.reports.days import end_of
from overview.rules.dashboard import EXPIRING_DAYS, GATES, TERM_DAYS, WAITING_DAYS, last_friday
from renovation.choices import AwardState, DefectAct, DefectState, FundingKind, PackageState, Severity
from renovation.models import AwardStep, AwardTranche, Defect, DefectEvent, GuardOverride, StageChange
from renovation.rules.awards import waits_for_handover
from renovation.rules.evidence import PRECONDITIONS
from renovation.rules.facts import Guard, Piece, Standing
from renovation.rules.lifecycle import step_to
from renovation.rules.works import expected_share, is_behind


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at: of which kind, in which neighbourhood, since when, and its figures as plain values. `pk`
    is that of the thing, `part` the code of what is the matter.
    """

    kind: str
    part: str
    pk: int
    place: int
    since: date | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def _recorded(view: Standings) -> Q:
    return Q(created_at__lt=view.moment)


def _later(view: Standings, resource: str, act: str) -> QuerySet[Any]:
    """What was done to each thing of a query only after the moment, the first act first."""
    rows = HistoryEntry.objects.filter(resource=resource, object_id=OuterRef("pk"), act=act, at__gte=view.moment)
    return rows.order_by("pk")


FEW = 300
"""Up to so many neighbourhoods are named in a statement."""


def _near(view: Standings, rows: QuerySet[Any], place: str) -> QuerySet[Any]:
    """The rows that lie in the view, by the field with their neighbourhood; or all, where it has many neighbourhoods.

    Things to look at are few in a whole city, too: to join them to the registry, or to name most of its neighbourhoods,
    takes the database longer than to read them all. Those elsewhere are then left out here.
    """
    return rows.filter(**{f"{place}__in": list(view.rows)}) if len(view.rows) <= FEW else rows


def _here(view: Standings, rows: QuerySet[Any], place: str, *columns: str) -> list[tuple[Any, ...]]:
    """Of the rows that lie in the view the neighbourhood and these columns."""
    return [row for row in _near(view, rows, place).values_list(place, *columns) if row[0] in view.rows]


def steps(view: Standings) -> list[tuple[Any, ...]]:
    """Steps of the lifecycle after last Friday, the latest first: neighbourhood, from where and where to. One query."""
    rows = StageChange.objects.filter(at__gte=end_of(last_friday(view.day)), at__lt=view.moment)
    return _here(view, rows.order_by("-at", "-pk"), "neighbourhood_id", "from_stage", "to_stage")


def notices(view: Standings) -> list[Item]:
    """Notices that hang and cannot be closed, or should have been: with objections open (`notice_objections`), or whose
    last day has passed (`notice_overdue`). Objections against a notice that was replaced are those of the one that took
    its place. Three queries at most.
    """
    replaced = PublicNotice.objects.filter(replaces=OuterRef("pk"), created_at__lt=view.moment)
    hang: QuerySet[Any] = PublicNotice.objects.filter(
        _recorded(view), Q(closed_at=None) | Q(closed_at__gte=view.moment), ~Exists(replaced)
    )
    if not view.is_past:
        hang = hang.filter(state=NoticeState.POSTED)
    is_open: Any = Q(state=ObjectionState.OPEN)
    if view.is_past:
        is_open |= Exists(_later(view, Objection.resource, "objection_answered"))
    unanswered = Objection.objects.filter(_recorded(view), is_open)
    # Most that hang are neither over nor objected to: they need not be read.
    hang = hang.filter(
        Q(ends_on__lt=view.day) | Q(replaces__isnull=False) | Exists(unanswered.filter(notice=OuterRef("pk")))
    )
    hang = _near(view, hang, "neighbourhood").only("neighbourhood", "title", "ends_on", "replaces")
    found = [notice for notice in hang.order_by("ends_on", "pk") if notice.neighbourhood_id in view.rows]
    objections = objections_by_notice(found, unanswered.only("notice", "raised_on"))
    return [
        Item(
            "notice",
            "notice_objections" if left else "notice_overdue",
            notice.pk,
            notice.neighbourhood_id,
            left[0].raised_on if left else notice.ends_on + timedelta(days=1),
            {"title": notice.title, "ends_on": notice.ends_on, "objections": len(left)},
        )
        for notice in found
        if (left := objections[notice.pk]) or notice.ends_on < view.day
    ]


def votes(view: Standings) -> list[Item]:
    """Owners' votes that are open and end within a week, or have ended. One query."""
    rows: QuerySet[Any] = OwnersVote.objects.filter(
        Q(closed_at=None) | Q(closed_at__gte=view.moment),
        Q(cancelled_at=None) | Q(cancelled_at__gte=view.moment),
        opened_at__lt=view.moment,
        ends_on__lte=view.day + timedelta(days=EXPIRING_DAYS),
    ).order_by("ends_on", "pk")
    return [
        Item(
            "vote",
            "votes_expiring",
            pk,
            place,
            ends_on - timedelta(days=EXPIRING_DAYS),
            {"title": title, "ends_on": ends_on, "is_over": ends_on < view.day},
        )
        for place, pk, title, ends_on in _here(view, rows, "neighbourhood_id", "pk", "title", "ends_on")
    ]


# The latest evidence of each kind by then, of the neighbourhoods that wait.
_EVIDENCE = """
SELECT DISTINCT ON (neighbourhood_id, kind) neighbourhood_id, kind, id, facts, revoked FROM renovation_evidence
WHERE neighbourhood_id = ANY(%(here)s) AND kind = ANY(%(kinds)s) AND at < %(moment)s
ORDER BY neighbourhood_id, kind, id DESC
"""

_KINDS = (
    *(kind for parties in PRECONDITIONS.values() for kind in parties.values()),
    *("result_notice", "survey_result", "support_rate", "contractor", "supervisor"),
    *("residents_share", "illegal_structures"),
)


def waiting(view: Standings) -> list[Item]:
    """Neighbourhoods that have long stood before one of the two gates, with the guards that keep it shut. At most three
    queries. That support fell is told by itself.
    """
    since = view.moment - timedelta(days=WAITING_DAYS)
    rows = {pk: row for pk, row in view.rows.items() if row.stage in GATES and row.stage_since <= since}
    if not rows:
        return []
    evidence: dict[int, dict[str, Piece]] = {pk: {} for pk in rows}
    with connection.cursor() as cursor:
        cursor.execute(_EVIDENCE, {"here": list(rows), "kinds": list(_KINDS), "moment": view.moment})
        for place, kind, pk, facts, revoked in cursor.fetchall():
            if not revoked:
                evidence[place][kind] = Piece(pk, _plain(facts))
    lifted: dict[int, set[tuple[str, str]]] = {pk: set() for pk in rows}
    overrides = GuardOverride.objects.filter(neighbourhood__in=list(rows), confirmed_at__lt=view.moment)
    for place, to, code, at in overrides.values_list("neighbourhood_id", "to_stage", "guard", "requested_at"):
        if at >= rows[place].stage_since:
            lifted[place].add((to, code))
    found = []
    for place, row in rows.items():
        standing = Standing(
            stage=row.stage, today=view.day, evidence=evidence[place], overridden=frozenset(lifted[place])
        )
        guards = _unmet(standing, GATES[row.stage])
        if guards:
            day = timezone.localdate(row.stage_since) + timedelta(days=WAITING_DAYS)
            days = (view.day - timezone.localdate(row.stage_since)).days
            found.append(
                Item("neighbourhood", "guards_failing", place, place, day, {"guards": guards, "days_waited": days})
            )
    return found


def _unmet(standing: Standing, to: str) -> tuple[Guard, ...]:
    step = step_to(standing, to)
    return tuple(guard for guard in step.unmet if guard.code != "support_rate") if step else ()


def _plain(facts: Any) -> Mapping[str, Any]:
    """A cursor of our own gives JSON as text."""
    return json.loads(facts) if isinstance(facts, str) else facts


def behind(view: Standings) -> list[Item]:
    """Packages behind their planned days, as `renovation.rules.works` says it of each, the longest overdue first."""
    found = []
    for place, row in view.rows.items():
        for pk, number, name, starts, ends, done, whole in row.packages:
            starts_on, ends_on = date.fromisoformat(starts), date.fromisoformat(ends)
            expected = expected_share(starts_on, ends_on, view.day)
            if not expected:
                continue  # which most have not begun, and exact shares take long
            share = Fraction(done) / Fraction(whole)
            if is_behind(PackageState.RUNNING, share, starts_on, ends_on, view.day):
                facts = {
                    "name": name,
                    "number": number,
                    "ends_on": ends_on,
                    "days_over": max(0, (view.day - ends_on).days),
                    "done": share,
                    "expected": expected,
                }
                found.append(Item("package", "behind", pk, place, None, facts))
    return sorted(found, key=lambda item: (item.facts["ends_on"], item.pk))


def hazards(view: Standings) -> list[Item]:
    """Defects that endanger people and are not closed, the oldest first. One query."""
    closed = DefectEvent.objects.filter(defect=OuterRef("pk"), act=DefectAct.RECHECK_PASSED, at__lt=view.moment)
    rows: QuerySet[Any] = Defect.objects.filter(_recorded(view), severity=Severity.SAFETY)
    rows = rows.filter(~Exists(closed)) if view.is_past else rows.exclude(state=DefectState.CLOSED)
    return [
        Item("defect", "safety", pk, place, found_on, {"text": text, "found_on": found_on, "due_on": due_on})
        for place, pk, text, found_on, due_on in _here(
            view, rows.order_by("found_on", "pk"), "neighbourhood_id", "pk", "text", "found_on", "due_on"
        )
    ]


def awards(view: Standings) -> list[Item]:
    """Tranches of awards that only the handover keeps back, the largest first. One query."""
    gone = AwardStep.objects.filter(tranche=OuterRef("pk"), at__lt=view.moment)
    rows: QuerySet[Any] = AwardTranche.objects.filter(_recorded(view), source__kind=FundingKind.AWARD).order_by()
    rows = rows.filter(~Exists(gone)) if view.is_past else rows.filter(state=AwardState.PLANNED)
    found = _here(view, rows, "source__neighbourhood_id", "pk", "number", "amount")
    # Sorted here: cheaper than there.
    return [
        Item("tranche", "awards", pk, place, None, {"number": number, "amount": amount})
        for place, pk, number, amount in sorted(found, key=lambda row: (-row[3], row[1]))
        if waits_for_handover(AwardState.PLANNED, view.rows[place].stage)
    ]


def terms(view: Standings) -> list[Item]:
    """Owners' committees, and what stands in for them, whose term ends within 90 days or has ended. One query."""
    stands: Any = Q(ended_on=None)
    ends: Any = F("term_ends_on")
    if view.is_past:
        stands |= Exists(_later(view, Body.resource, "body_ended"))
        renewed = _later(view, Body.resource, "body_renewed")
        was = renewed.values(was=Cast(KT("details__was__term_ends_on"), DateField()))[:1]
        ends = Coalesce(Subquery(was), ends)
    rows: QuerySet[Any] = (
        Body.objects.filter(_recorded(view), stands, kind__in=[BodyKind.OWNERS_COMMITTEE, BodyKind.STAND_IN])
        .annotate(ends=ends)
        .filter(ends__lte=view.day + timedelta(days=TERM_DAYS))
        .order_by("ends", "pk")
    )
    return [
        Item(
            "body", "terms_ending", pk, place, None,
            {"name": name, "term_ends_on": ends_on, "days_left": (ends_on - view.day).days},
        )
        for place, pk, name, ends_on in _here(view, rows, "neighbourhood_id", "pk", "name", "ends")
    ]  # fmt: skip
