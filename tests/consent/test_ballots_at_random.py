"""Whatever is sent, in whatever batches: the ledger holds, its states are what it gives, and no holder has too many."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consent.models import BallotState
from consent.reports.vote_check import faults_of_vote
from consent.rules.ballots import BallotInput, holder_key
from consent.services.votes.ballots import record_ballots
from consent.services.votes.rebuild import rebuild_vote
from tests.consent.vote_casts import DAY, make_vote

pytestmark = pytest.mark.django_db

OWNERS, LIMIT = 4, 2

# owner, choice, form, holder, delivery, whether it names its delivery, and how many entries back it corrects (0: none)
ENTRIES = st.tuples(
    st.integers(0, OWNERS - 1),
    st.sampled_from(["", "agree", "disagree", "abstain"]),
    st.sampled_from(["written", "proxy"]),
    st.sampled_from(["周敏", "周 敏", "吴洁"]),
    st.sampled_from(["in_person", "notice"]),
    st.booleans(),
    st.integers(0, 4),
)
BATCHES = st.lists(st.lists(ENTRIES, min_size=1, max_size=6), max_size=4)


def proxy(owner, holder="周敏"):
    return (owner, "agree", "proxy", holder, "in_person", True, 0)


def delivery(owner):
    return (owner, "", "written", "周敏", "in_person", True, 0)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(BATCHES)
@example([[proxy(0), proxy(1)], [delivery(0), delivery(1), proxy(2)]])
@example([[proxy(0), proxy(1), delivery(0), proxy(2)]])
def test_random_histories_leave_no_fault_and_no_difference_and_keep_to_the_limit(batches):
    with transaction.atomic():
        vote, owners, by = make_vote(rules={"proxy_limit": LIMIT})
        sent = []
        for batch in batches:
            ballots = []
            for owner, choice, form, holder, way, says_delivered, back in batch:
                ballots.append(
                    BallotInput(
                        client_id=uuid4(),
                        owner=owners[owner].pk,
                        choice=choice,
                        form=form if choice else "",
                        proxy_holder=holder if choice and form == "proxy" else "",
                        delivered_at=timezone.now() - 2 * DAY if says_delivered else None,
                        delivery=way if says_delivered else "",
                        returned_at=timezone.now() - DAY + timedelta(minutes=len(sent)) if choice else None,
                        supersedes=sent[-back] if 0 < back <= len(sent) else None,
                    )
                )
                sent.append(ballots[-1].client_id)
            answers = record_ballots(vote=vote, ballots=ballots, by=by).answers
            # Sent once more, all of it is what it was.
            again = record_ballots(vote=vote, ballots=ballots, by=by).answers
            assert all(b.status == "duplicate" for a, b in zip(answers, again, strict=True) if a.status == "recorded")
        vote.refresh_from_db()

        assert list(faults_of_vote(vote)) == []
        assert rebuild_vote(vote=vote) == []
        held = Counter(
            holder_key(holder)
            for holder in BallotState.objects.filter(vote=vote, form="proxy").values_list("proxy_holder", flat=True)
        )
        assert all(count <= LIMIT for count in held.values())
        transaction.set_rollback(True)
