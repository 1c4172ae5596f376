"""Every task of the worker, killed at three points and begun again, and run once more: what it does is there once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

from accounts.back_office.words import TASKS
from accounts.choices import Role
from accounts.errors import NothingToCancel
from accounts.models import HistoryEntry, Job, WebhookAttempt, WebhookDelivery
from accounts.services.history import add_history
from accounts.services.jobs import cancel_job
from accounts.services.webhooks import sending
from accounts.services.webhooks.addresses import Answer
from accounts.services.webhooks.fan_out import fan_out
from accounts.services.webhooks.sending import queue_due
from accounts.services.worker import take_over
from consent.services.votes.challenges import challenge_vote, decide_challenge
from governance.models import Bill, BillingRun, Payment
from governance.services.bodies import file_body
from governance.services.fees import matching
from governance.services.fees.billing import queue_run
from governance.services.fees.statements import take_statement
from overview.models import Export
from overview.services.exports.asking import queue_export
from renovation.models import Evidence, Household, RosterImport, RosterProblem
from renovation.services.roster_imports import queue_import
from tests.accounts.jobs_cast import IN_THE_DATABASE, attempt
from tests.cast import HERE, Cast
from tests.factories import make_neighbourhood, make_user, make_webhook
from tests.governance.bodies_cast import DAY, a_body, a_vote, facts, some_members
from tests.governance.charges_cast import a_schedule
from tests.governance.payments_cast import a_bill, assert_book_holds
from tests.governance.statements_cast import bank_file, clerk_of

pytestmark = pytest.mark.django_db

ARRIVED: dict[int, set[str]] = {}
"""What came to the webhook of a home, by its `webhook-id`."""
POINTS = ("before it began", "in the middle", "before it was told")


class Killed(BaseException):
    """What no handler of the work takes for an error: its transactions end, and nothing more is done."""


@dataclass(frozen=True)
class Work:
    """A kind of task: what queues one, where its middle is, and what it has done."""

    queue: Callable[[Cast, Any], None]
    middle: str
    calls_before: int
    done: Callable[[Cast], object]
    expected: object


def ask_export(cast: Cast, monkeypatch: Any) -> None:
    by = make_user(Role.DISTRICT_OFFICIAL, HERE[:6])
    queue_export(subject="neighbourhood-list", format="csv", by=by, language="en", filters={})


def ask_import(cast: Cast, monkeypatch: Any) -> None:
    roster = ContentFile("楼栋,单元,房号,户主,建筑面积\n1栋,1,101,张三,80\n1栋,1,102,李四,80".encode())
    queue_import(neighbourhood=make_neighbourhood(), file=roster, file_name="r.csv", mode="good_rows", by=make_user())


def ask_billing(cast: Cast, monkeypatch: Any) -> None:
    clerk = clerk_of(cast)
    a_schedule(cast.home, clerk)
    queue_run(neighbourhood=cast.home, kind="property", period="2026-10", mode="post", by=clerk)


def ask_matching(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(matching, "AT_ONCE", 1)
    for door in cast.doors[:2]:
        a_bill(door)
    rows = bank_file("9001,100.00,1-1-101", "9002,100.00,1-1-201")
    take_statement(neighbourhood=cast.home, source="bank", file=rows, by=clerk_of(cast))


def let_a_vote_fall(cast: Cast, monkeypatch: Any) -> None:
    staff = make_user()
    vote = a_vote(cast.home, staff)
    body = a_body(cast.home, staff, elected_by=vote)
    some_members(body, staff, 3)
    file_body(body=body, filed_on=DAY, filed_with="x", by=staff)
    assert facts(cast.home, "owners_committee") is not None
    today = timezone.localdate()
    challenge = challenge_vote(vote=vote, raised_on=today, text="程序违法", by=staff)
    decide_challenge(challenge=challenge, outcome="rescinded", decided_on=today, by=staff)


def change_what_a_webhook_is_told_of(cast: Cast, monkeypatch: Any) -> None:
    arrived: set[str] = set()

    def post(url: str, *, body: str, headers: dict[str, str]) -> Answer:
        arrived.add(headers["webhook-id"])
        return Answer(status=204)

    monkeypatch.setattr(sending, "post", post)
    ARRIVED[cast.home.pk] = arrived
    make_webhook()
    add_history(cast.doors[0], "changed", by=None)
    fan_out()
    queue_due()


def exported(cast: Cast) -> object:
    return Export.objects.get().state, len(list(Path(site.MEDIA_ROOT, "exports").glob("*")))


def imported(cast: Cast) -> object:
    made = RosterImport.objects.get()
    told = HistoryEntry.objects.filter(act="roster_imported").count()
    return made.status, told, Household.objects.filter(building__neighbourhood=made.neighbourhood).count()


def billed(cast: Cast) -> object:
    told = HistoryEntry.objects.filter(act="bills_posted").count()
    assert_book_holds()
    return BillingRun.objects.get().status, told, Bill.objects.filter(neighbourhood=cast.home).count()


def matched(cast: Cast) -> object:
    assert_book_holds()
    return sorted(Payment.objects.values_list("reference", flat=True))


def fallen(cast: Cast) -> object:
    taken_back = Evidence.objects.filter(kind="owners_committee", revoked=True).count()
    return facts(cast.home, "owners_committee"), taken_back


def delivered(cast: Cast) -> object:
    delivery = WebhookDelivery.objects.get()
    return delivery.state, WebhookAttempt.objects.count(), ARRIVED[cast.home.pk] == {delivery.event_id}


WORKS = {
    "make_export": Work(ask_export, "overview.services.exports.making._keep", 0, exported, ("done", 1)),
    "run_roster_import": Work(ask_import, "renovation.services.roster_imports._match", 0, imported, ("done", 1, 2)),
    "run_billing": Work(ask_billing, "governance.services.fees.billing._finish", 0, billed, ("done", 1, 4)),
    "match_statement": Work(
        ask_matching, "governance.services.fees.matching._record_one", 1, matched, ["9001", "9002"]
    ),
    "vote_fell": Work(let_a_vote_fall, "governance.services.bodies_evidence.push_manager", 0, fallen, (None, 1)),
    "deliver_webhook": Work(
        change_what_a_webhook_is_told_of,
        "accounts.services.webhooks.sending._note",
        0,
        delivered,
        ("delivered", 1, True),
    ),
}


def test_every_kind_of_task_is_tried_here() -> None:
    assert set(WORKS) == set(TASKS)


def killed_in_the_middle(work: Work, task: DBTaskResult, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _dot, name = work.middle.rpartition(".")
    real, left = import_string(work.middle), iter(range(work.calls_before))

    def kill(*args: Any, **named: Any) -> Any:
        if next(left, None) is None:
            raise Killed
        return real(*args, **named)

    with monkeypatch.context() as patch:
        patch.setattr(f"{module}.{name}", kill)
        with pytest.raises(Killed):
            task.task.call(*task.args_kwargs["args"])


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", list(WORKS))
def test_a_task_whose_worker_is_killed_is_done_and_done_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any, name: str, point: str
) -> None:
    settings.MEDIA_ROOT, settings.TASKS = tmp_path, IN_THE_DATABASE
    work = WORKS[name]
    work.queue(cast, monkeypatch)
    task = DBTaskResult.objects.get()
    has_job, before = Job.objects.count(), work.done(cast)

    task.claim("killed")
    if point == "in the middle":
        killed_in_the_middle(work, task, monkeypatch)
    elif point == "before it was told":
        task.task.call(*task.args_kwargs["args"])
    assert take_over() == 1
    attempt(task, "another")

    assert before != work.expected
    task.refresh_from_db()
    assert (task.status, list(Job.objects.values_list("state", "error"))) == ("SUCCESSFUL", [("done", "")] * has_job)
    assert work.done(cast) == work.expected
    task.task.call(*task.args_kwargs["args"])
    assert work.done(cast) == work.expected


# --- Cancelled ----------------------------------------------------------------------------------------------------

CANCELLED = {
    "make_export": lambda: Export.objects.values_list("state", "error").get() == ("failed", "cancelled"),
    "run_roster_import": lambda: RosterProblem.objects.get().code == "import_cancelled",
    "run_billing": lambda: BillingRun.objects.values_list("status", "error").get() == ("failed", "cancelled"),
}


@pytest.mark.parametrize("name", list(CANCELLED))
def test_a_job_that_waits_is_cancelled_and_says_so_where_people_look(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any, name: str
) -> None:
    settings.MEDIA_ROOT, settings.TASKS = tmp_path, IN_THE_DATABASE
    WORKS[name].queue(cast, monkeypatch)
    job, households = Job.objects.get(), Household.objects.count()

    job = cancel_job(job=job, by=make_user())

    assert job.state == "cancelled"
    assert CANCELLED[name]()
    assert (Household.objects.count(), Bill.objects.count()) == (households, 0)
    assert HistoryEntry.objects.get(resource="jobs").act == "job_cancelled"
    assert not DBTaskResult.objects.ready().exists()
    with pytest.raises(NothingToCancel):
        cancel_job(job=job, by=make_user())


@pytest.mark.parametrize("name", ["make_export", "vote_fell"])
def test_what_was_begun_or_is_the_sites_own_is_not_cancelled(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any, name: str
) -> None:
    settings.MEDIA_ROOT, settings.TASKS = tmp_path, IN_THE_DATABASE
    WORKS[name].queue(cast, monkeypatch)
    job = Job.objects.get()
    if name == "make_export":
        DBTaskResult.objects.get(pk=job.task_id).claim("at it")

    with pytest.raises(NothingToCancel):
        cancel_job(job=job, by=make_user())

    job.refresh_from_db()
    assert job.state == "queued"
