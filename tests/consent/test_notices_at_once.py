"""A notice of a result is posted while a late visit to that survey is recorded: neither is in the other's way."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.utils import timezone

from consent.models import PublicNotice
from consent.services import visit_rows
from consent.services.support_rates import push_support_rate
from tests.consent.notice_casts import passed_survey, posted

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_notice_and_a_late_visit_lock_survey_and_neighbourhood_in_one_order():
    survey, by = passed_survey()
    failures: list[Exception] = []

    def post() -> None:
        try:
            posted(survey, by)
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    poster = threading.Thread(target=post)
    with transaction.atomic():
        visit_rows.lock_survey(survey.pk)
        poster.start()
        until = time.monotonic() + 10
        while not somebody_waits() and time.monotonic() < until:
            time.sleep(0.02)
        push_support_rate(survey=survey, by=by, at=timezone.now())
    poster.join()

    assert failures == []
    assert PublicNotice.objects.get().survey == survey
