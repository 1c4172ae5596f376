"""The line before a survey's lock, within one process.

Appends to one survey queue on its row's lock, and whoever holds it waits for the disk at the end. So requests that
come meanwhile are taken together by whoever is served next: one transaction, one wait for the disk, an answer for
each. It is what a database does when it commits in groups; nothing is answered before it is durable.
"""

import threading
from collections.abc import Sequence
from weakref import WeakValueDictionary

from django.db import connection

from accounts.models import User
from consent.models import Survey
from consent.rules.visits import VisitInput
from consent.services.visits import BatchAnswer, Sending, record_sendings

MOST_TOGETHER = 500
"""Visits in one transaction: as many as one request may bring."""


class _Waiting:
    """A request in line, until `answer` or `fault` is there."""

    def __init__(self, sending: Sending) -> None:
        self.sending = sending
        self.answer: BatchAnswer | None = None
        self.fault: BaseException | None = None

    def is_served(self) -> bool:
        return self.answer is not None or self.fault is not None

    def result(self) -> BatchAnswer:
        if self.fault is not None:
            raise self.fault
        if self.answer is None:
            raise RuntimeError("A visit left the line without an answer.")
        return self.answer


class _Line:
    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.waiting: list[_Waiting] = []

    def next_group(self) -> list[_Waiting]:
        """Those in front, as many as go together; they leave the line."""
        group: list[_Waiting] = []
        size = 0
        with _door:
            while self.waiting and (not group or size + len(self.waiting[0].sending.visits) <= MOST_TOGETHER):
                group.append(self.waiting.pop(0))
                size += len(group[-1].sending.visits)
        return group


_door = threading.Lock()
_lines: "WeakValueDictionary[tuple[str, int], _Line]" = WeakValueDictionary()


def take_visits(*, survey: Survey, visits: Sequence[VisitInput], by: User) -> BatchAnswer:
    """`record_visits`, together with whatever else this process is asked to record for the survey just now.

    Inside a transaction of the caller's it goes alone: what is not committed yet cannot wait for others.
    """
    sending = Sending(visits, by)
    if connection.in_atomic_block:
        return record_sendings(survey=survey, sendings=[sending])[0]
    mine = _Waiting(sending)
    with _door:
        key = (str(connection.settings_dict["NAME"]), survey.pk)
        line = _lines.get(key) or _lines.setdefault(key, _Line())
        line.waiting.append(mine)
    while not mine.is_served():
        with line.turn:
            if not mine.is_served():
                _serve(survey, line.next_group())
    return mine.result()


def _serve(survey: Survey, group: list[_Waiting]) -> None:
    try:
        answers = record_sendings(survey=survey, sendings=[one.sending for one in group])
        for one, answer in zip(group, answers, strict=True):
            one.answer = answer
    except BaseException as fault:
        if len(group) == 1 or not isinstance(fault, Exception):
            for one in group:
                one.fault = fault
            return
        # Nothing was recorded. One by one, so that a fault is only its own request's.
        for one in group:
            _serve(survey, [one])
