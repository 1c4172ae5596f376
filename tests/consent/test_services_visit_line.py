import threading

import pytest
from django.db import connection

from consent.models import Visit
from consent.services import visit_line
from consent.services.visit_line import take_visits
from consent.services.visits import record_sendings
from tests.consent.casts import a_visit, make_doors, make_survey

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(work, arguments) -> None:
    def run(argument) -> None:
        try:
            work(argument)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[argument]) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_requests_that_come_meanwhile_are_taken_together_and_answered_each(monkeypatch):
    survey, doors, worker = make_survey(households=make_doors(buildings=4, doors=6))
    sizes, answers = [], {}
    everybody_is_in_line = threading.Event()

    def watched(*, survey, sendings):
        sizes.append(len(sendings))
        everybody_is_in_line.wait(5)
        return record_sendings(survey=survey, sendings=sendings)

    monkeypatch.setattr(visit_line, "record_sendings", watched)

    def send(door) -> None:
        visit = a_visit(door)
        answer = take_visits(survey=survey, visits=[visit], by=worker)
        answers[door.pk] = (visit.client_id, answer.answers[0])

    in_line = threading.Timer(0.5, everybody_is_in_line.set)
    in_line.start()
    in_threads(send, doors)

    assert sizes == [1, len(doors) - 1]
    assert sorted(answer.sequence for _id, answer in answers.values()) == list(range(len(doors)))
    for household, (client_id, answer) in answers.items():
        visit = Visit.objects.select_related("door").get(sequence=answer.sequence)
        assert (visit.client_id, visit.door.household_id) == (client_id, household)


def test_a_fault_is_only_its_own_requests(monkeypatch):
    survey, doors, worker = make_survey()
    broken = doors[3].pk
    outcomes = {}
    everybody_is_in_line = threading.Event()

    def breaking(*, survey, sendings):
        everybody_is_in_line.wait(5)
        if any(visit.household == broken for sent in sendings for visit in sent.visits):
            raise RuntimeError("the disk is full")
        return record_sendings(survey=survey, sendings=sendings)

    monkeypatch.setattr(visit_line, "record_sendings", breaking)

    def send(door) -> None:
        try:
            outcomes[door.pk] = take_visits(survey=survey, visits=[a_visit(door)], by=worker).answers[0].status
        except RuntimeError as fault:
            outcomes[door.pk] = str(fault)

    in_line = threading.Timer(0.5, everybody_is_in_line.set)
    in_line.start()
    in_threads(send, doors)

    assert outcomes == {door.pk: "the disk is full" if door.pk == broken else "recorded" for door in doors}
    assert Visit.objects.count() == len(doors) - 1
