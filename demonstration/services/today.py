"""The neighbourhood that is at work while the demonstration is looked at: doors done today, and what is stuck."""

import random
from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from consent.models import RollEntry, Survey
from consent.services.handed import hand_visit
from consent.services.phones import QueueReport, note_queues, note_taken, register_phone
from consent.services.visits import record_visits
from demonstration.rules.plans import Place
from demonstration.services.replay import Replay, Team, moment
from renovation.models import Neighbourhood

MET_TODAY = ("no_answer", "not_yet", "declined")
"""Nobody supports: the doors that are missing to pass stay as many as the plan says."""

APART = timedelta(minutes=7)
JUST_NOW = timedelta(minutes=5)
TAKEN_ALONG, LAST_KNOCK, LAST_SEEN, TOO_LATE = time(8, 50), time(17, 52), time(18, 6), time(10, 20)
PHONE = "Android · Chrome 121"


def go_on_today(neighbourhood: Neighbourhood, place: Place, team: Team, grid_worker: User, now: datetime) -> None:
    """An outing of today in the round in hand, a phone of the grid worker with two visits that nobody has seen since
    yesterday, and one of the grid worker's visits that came too late for its round and was handed over.
    """
    replay = Replay(neighbourhood, place.surveys[-1], team, timezone.localdate(now))
    replay.dice = random.Random(f"{neighbourhood.code} {replay.today}")  # noqa: S311 -- chance, not secrecy
    replay.survey = Survey.objects.get(neighbourhood=neighbourhood, closed_at=None)
    number = replay.survey.rounds.get(closed_at=None).number
    left = list(
        replay.survey.doors.on_roll()
        .filter(round_doors__round__number=number, round_doors__visited=False)
        .order_by("pk")
    )
    _outing(replay, number, left, now)
    _phone(replay, grid_worker)
    _handed(replay, left[-1], grid_worker)


def _outing(replay: Replay, number: int, left: list[RollEntry], now: datetime) -> None:
    # In the first half hour of a day the doors stand closer together, but no visit lies in yesterday.
    midnight = moment(replay.today, time())
    pause = min(APART, (now - midnight) / (len(MET_TODAY) + 1))
    visits = [
        replay.visit(number, door.household_id, outcome, now - place * pause)
        for place, (door, outcome) in enumerate(zip(left, MET_TODAY, strict=False), 1)
    ]
    replay.record(visits[::-1], replay.team.community, max(now - JUST_NOW, now - pause))


def _phone(replay: Replay, owner: User) -> None:
    yesterday = replay.today - timedelta(days=1)
    phone = UUID(int=replay.dice.getrandbits(128), version=4)
    taken_at, seen_at = moment(yesterday, TAKEN_ALONG), moment(yesterday, LAST_SEEN)
    register_phone(phone=phone, by=owner, name=PHONE, at=taken_at)
    note_taken(phone=phone, survey=replay.survey, by=owner, at=taken_at)
    waits = QueueReport(replay.survey.pk, waiting=2, refused=0, photos=1, oldest_at=moment(yesterday, LAST_KNOCK))
    note_queues(phone=phone, reports=[waits], by=owner, at=seen_at)


def _handed(replay: Replay, door: RollEntry, by: User) -> None:
    """Visited on the morning after round 2 was closed, sent as a visit of round 2."""
    closed_at = replay.survey.rounds.get(number=2).closed_at
    visited_at = moment(timezone.localdate(closed_at) + timedelta(days=1), TOO_LATE)
    visit = replace(replay.visit(2, door.household_id, "supports", visited_at), round=2)
    handed_at = moment(replay.today - timedelta(days=1), LAST_SEEN)
    (answer,) = record_visits(survey=replay.survey, visits=[visit], by=by, at=handed_at).answers
    hand_visit(door=door, visit=visit, refusals=[refusal.code for refusal in answer.refusals], by=by, at=handed_at)
