"""Ballots come in from two desks at once: each is taken once, in one line, and none once the vote is closed."""

import threading
import time

import pytest
from django.db import connection, transaction

from consent.models import OwnersVote
from consent.reports.vote_check import faults_of_vote
from consent.services.votes.ballots import record_ballots
from consent.services.votes.closing import close_vote
from consent.services.votes.opening import lock_vote
from tests.consent.vote_casts import delivered, make_vote, record, returned

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_two_desks_queue_on_one_lock_and_nothing_follows_the_closing():
    vote, owners, by = make_vote()
    record(vote, by, *(returned(owner) for owner in owners[:2]))
    outcomes: dict[str, object] = {}

    def run(name, act):
        def work() -> None:
            try:
                outcomes[name] = act()
            except Exception as failure:
                outcomes[name] = failure
            finally:
                connection.close()

        return threading.Thread(target=work)

    same = returned(owners[2])
    desks = [
        run("first", lambda: record_ballots(vote=vote, ballots=[same, delivered(owners[3])], by=by)),
        run("second", lambda: record_ballots(vote=vote, ballots=[same, returned(owners[3])], by=by)),
    ]
    with transaction.atomic():
        lock_vote(vote)
        for desk in desks:
            desk.start()
        until = time.monotonic() + 10
        while waiting() < 2 and time.monotonic() < until:
            time.sleep(0.02)
    for desk in desks:
        desk.join()

    statuses = {answer.status for name in ("first", "second") for answer in outcomes[name].answers}
    assert statuses == {"recorded", "duplicate"}
    closed = close_vote(vote=vote, by=by)
    late = record_ballots(vote=vote, ballots=[returned(owners[0])], by=by)
    assert [refusal.code for refusal in late.answers[0].refusals] == ["vote_closed"]
    assert (closed.result["returned_heads"], closed.tree_size) == (4, 5)
    assert list(faults_of_vote(OwnersVote.objects.get(pk=vote.pk))) == []
