import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from consent.models import FieldPhone, PhoneQueue
from consent.services.phones import QueueReport, note_queues, note_taken, register_phone, secret_of
from tests.consent.casts import make_survey
from tests.factories import make_user


def at_once(work, times: int = 4) -> list[BaseException]:
    """Run so many times at once; what was raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.mark.django_db(transaction=True)
def test_tabs_that_open_at_once_get_one_secret():
    worker, phone = make_user(), uuid4()
    secrets: list[bytes] = []

    raised = at_once(lambda: secrets.append(secret_of(register_phone(phone=phone, by=worker))))

    assert raised == []
    assert (len(secrets), len(set(secrets))) == (4, 1)
    assert FieldPhone.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_tabs_that_report_at_once_leave_one_queue():
    survey, _doors, worker = make_survey()
    phone = uuid4()
    reports = [QueueReport(survey.pk, 3, 1, 0), QueueReport(survey.pk, 2, 1, 0)]

    raised = at_once(lambda: note_queues(phone=phone, reports=reports, by=worker))

    assert raised == []
    assert PhoneQueue.objects.get().waiting_count == 2


@pytest.mark.django_db
def test_taking_a_survey_along_again_leaves_what_waits_as_it_is():
    survey, _doors, worker = make_survey()
    phone, now = uuid4(), timezone.now()
    note_taken(phone=phone, survey=survey, by=worker, at=now - timedelta(days=1))
    note_queues(phone=phone, reports=[QueueReport(survey.pk, 3, 0, 1, now)], by=worker)

    note_taken(phone=phone, survey=survey, by=worker, at=now)

    queue = PhoneQueue.objects.get()
    assert (queue.taken_at, queue.waiting_count, queue.photo_count, queue.oldest_at) == (now, 3, 1, now)
