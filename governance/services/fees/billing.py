"""Billing runs: queued, and done by the worker as whoever queued them. Run twice, at once or after a kill, a run bills
once.
"""

import logging
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.choices import Access, Act
from accounts.models import HistoryEntry, User
from accounts.rules.territory import reach_of
from accounts.services.history import add_history
from accounts.services.jobs import is_cancelled, queue_job, tell_failure, tell_progress
from common.errors import DomainError
from common.locks import alone
from governance.choices.fees import FeeBasis, RunMode, RunStatus
from governance.errors.fees import NoSchedule, NothingToBill, PeriodTooFar
from governance.models import BillingRun, FeeSchedule, MonthClosing
from governance.reports.fees.words import month_text, period_text
from governance.rules.fees.periods import Period, add_months, parse_period
from governance.rules.fees.spreading import LONGEST_PREPAYMENT
from governance.services.fees.books import hold_books_to_bill, require_open
from governance.services.fees.digests import run_digest
from governance.services.fees.posting import Staged, post_staged, stage_bills
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within

logger = logging.getLogger(__name__)

JOB = "governance.jobs.run_billing"
STEPS = 3
"""Laying the bills ready, posting them, the summary: what the progress of a run is told in."""
UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)


class _Refused(Exception):
    """Ends a run that must leave nothing behind; its code says why."""


# --- Queued ------------------------------------------------------------------------------------------------


@transaction.atomic
def queue_run(
    *,
    neighbourhood: Neighbourhood | None = None,
    division: str = "",
    kind: str,
    period: str,
    mode: str,
    by: User,
) -> BillingRun:
    """Queue a run over one neighbourhood, or over those of a division in which `by` may bill. Raises as `keep_run`."""
    run = keep_run(neighbourhood=neighbourhood, division=division, kind=kind, period=period, mode=mode, by=by)
    queue_job(JOB, run.pk, about=run, by=by, can_be_cancelled=True)
    return run


@transaction.atomic
def keep_run(
    *,
    neighbourhood: Neighbourhood | None = None,
    division: str = "",
    kind: str,
    period: str,
    mode: str,
    by: User,
) -> BillingRun:
    """Ask for a run that `run_billing` does here and now.

    For one neighbourhood it raises NoSchedule where nothing of this kind has a price in the period, and MonthClosed; of
    a division these are exceptions of the run. Raises NothingToBill where `by` may bill nowhere in a division,
    PeriodTooFar for one that begins later than the month a year from now (nothing is paid longer ahead: policy.md,
    section f), and ValueError for a period that is none.
    """
    months = parse_period(period)
    latest = add_months(timezone.localdate().replace(day=1), LONGEST_PREPAYMENT)
    if months.first > latest:
        raise PeriodTooFar(
            _("Bills are made at most a year ahead: for a period that begins by %(month)s.")
            % {"month": month_text(latest)},
            latest=f"{latest:%Y-%m}",
        )
    if neighbourhood is not None:
        require_open(neighbourhood.pk, months.first, months.last)
        if not _priced([neighbourhood.pk], kind, months):
            raise NoSchedule(_("No schedule prices this in %(period)s.") % {"period": period_text(period)})
    elif not _places(by, division).exists():
        raise NothingToBill(_("There is no neighbourhood that you bill in this division."))
    run = BillingRun.objects.create(
        neighbourhood=neighbourhood,
        community_code=neighbourhood.community_code if neighbourhood else division,
        neighbourhood_code=neighbourhood.code if neighbourhood else "",
        kind=kind,
        period=period,
        mode=mode,
        by=by,
    )
    add_history(run, "queued", by=by, action="created", kind=kind, period=period, mode=mode)
    return run


# --- Run ----------------------------------------------------------------------------------------------------


def run_billing(run_id: int, *, at: datetime | None = None) -> None:
    """Do a queued run, as whoever queued it. Does nothing if it is done.

    A closed month, a price that is gone, or a right that was lost since end in `failed`, with nothing written. Waits
    while another process does the same run; one that was left `running`, by a process that was killed, is done again
    once, and fails after that: it may be what kills.
    """
    with alone("billing-run", run_id):
        with transaction.atomic():
            unfinished = BillingRun.objects.select_for_update(of=("self",)).select_related("neighbourhood", "by")
            run = unfinished.filter(pk=run_id, status__in=UNFINISHED).first()
            if run is None:
                return
            broke_off_twice = run.status == RunStatus.RUNNING and _broke_off(run)
            run.status, run.started_at = RunStatus.RUNNING, at or timezone.now()
            run.save(update_fields=["status", "started_at"])
        try:
            if broke_off_twice:
                tell_failure("broke_off")
                raise _Refused("run_failed")
            if is_cancelled():
                raise _Refused("cancelled")
            with transaction.atomic():
                _bill(run, at or timezone.now())
        except _Refused as refusal:
            _fail(run, str(refusal), at)
        except DomainError as refusal:
            _fail(run, refusal.code, at)
        except Exception:
            logger.exception("Billing run %s failed", run.pk)
            tell_failure("run_failed")
            _fail(run, "run_failed", at)


def _bill(run: BillingRun, at: datetime) -> None:
    months, posts = parse_period(run.period), run.mode == RunMode.POST
    places = _places(run.by, run.community_code)
    if run.neighbourhood_id:
        places = places.filter(pk=run.neighbourhood_id)
    here = list(places.order_by("pk").values_list("pk", flat=True))
    if not here:
        raise _Refused("not_allowed")
    if posts:
        hold_books_to_bill(here)
    if run.neighbourhood_id:
        require_open(run.neighbourhood_id, months.first, months.last)
    closed = _closed(here, months)
    priced = _priced(here, run.kind, months)
    if run.neighbourhood_id and not priced:
        raise _Refused("no_schedule")
    tell_progress(0, STEPS)
    staged = stage_bills(sorted(priced - closed), kind=run.kind, first=months.first, last=months.last)
    staged.add("month_closed", ((place, None, "") for place in closed & priced))
    staged.add("no_schedule", ((place, None, "") for place in here if place not in priced))
    tell_progress(1)
    if posts:
        post_staged(run_id=run.pk, kind=run.kind, period=run.period, at=at)
    tell_progress(2)
    _finish(run, staged, at)
    if posts:
        add_history(run, "bills_posted", by=run.by, fields=["status", "bill_count"], **run_digest(run.pk).as_json())
    tell_progress(STEPS)


def _finish(run: BillingRun, staged: Staged, at: datetime) -> None:
    run.status, run.finished_at, run.error = RunStatus.DONE, at, ""
    run.bill_count, run.total, run.reduction_total = staged.bill_count, staged.total, staged.reduction_total
    run.already_billed = staged.already_billed
    run.exceptions, run.exception_counts = staged.exceptions, dict(sorted(staged.counts.items()))
    run.save(
        update_fields=[
            "status",
            "finished_at",
            "error",
            "bill_count",
            "total",
            "reduction_total",
            "already_billed",
            "exceptions",
            "exception_counts",
        ]
    )


@transaction.atomic
def _fail(run: BillingRun, code: str, at: datetime | None) -> None:
    run.status, run.finished_at, run.error = RunStatus.FAILED, at or timezone.now(), code
    run.save(update_fields=["status", "finished_at", "error"])
    add_history(run, "billing_failed", by=run.by, fields=["status"], code=code)


def _places(by: User | None, division: str) -> QuerySet[Neighbourhood]:
    """The neighbourhoods of a division in which somebody may bill. A grid's reach does not bill."""
    reach = replace(reach_of(by, Act.FEES, Access.WRITE), grids=()) if by is not None and by.is_active else None
    if reach is None:
        return Neighbourhood.objects.none()
    return Neighbourhood.objects.filter(neighbourhoods_within(reach), community_code__startswith=division)


def _priced(neighbourhood_ids: list[int], kind: str, months: Period) -> set[int]:
    """Those of the neighbourhoods that have a price of this kind, by the month, in some month of the period."""
    schedules = FeeSchedule.objects.filter(
        neighbourhood__in=neighbourhood_ids, kind=kind, valid_from__lte=months.last
    ).exclude(basis=FeeBasis.PER_HOUR)
    return set(schedules.exclude(valid_to__lt=months.first).values_list("neighbourhood", flat=True))


def _closed(neighbourhood_ids: list[int], months: Period) -> set[int]:
    """Those of the neighbourhoods that have closed a month of the period. The books are held by then."""
    closings = MonthClosing.objects.filter(neighbourhood__in=neighbourhood_ids, reopened_at=None)
    inside = closings.filter(month__gte=months.first, month__lte=months.last)
    return set(inside.values_list("neighbourhood", flat=True))


def _broke_off(run: BillingRun) -> bool:
    """Write down that a run broke off, and say whether it had before."""
    mark = {"act": "queued", "details": {"broke_off": True}}
    known = HistoryEntry.objects.filter(resource=run.resource, object_id=run.pk, **mark).exists()
    add_history(run, "queued", by=run.by, action=None, broke_off=True)
    return known
