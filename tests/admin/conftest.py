"""A row in every list of the back office, and people who come to read it."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from accounts.choices import Role
from accounts.models import ClientSecret, IdempotencyKey, Job, SavedList, User, WebhookAttempt, WorkerBeat
from accounts.services.history import add_history
from consent.models import HandedVisit, VisitPhoto
from consent.services.contests import contest_receipt
from consent.services.handed import hand_visit, set_aside
from consent.services.phones import QueueReport, note_queues, register_phone
from consent.services.signing import publish_head
from overview.services.days import keep_day
from renovation.choices import EvidenceKind
from renovation.models import (
    Evidence,
    GuardOverride,
    RosterBeforeImage,
    RosterImport,
    RosterMapping,
    RosterProblem,
    RosterTouch,
    StageChange,
)
from tests.api.helpers import token_of
from tests.consent.walked_survey import Walked, open_walked, walk
from tests.factories import (
    make_client,
    make_delivery,
    make_owner,
    make_ownership,
    make_parking_space,
    make_user,
    make_webhook,
)
from tests.governance_rows import keep_governance
from tests.works_rows import keep_works

SECRETS = ("周敏敏", "13812342071", "问每户出多少钱", "李四四", "13900001111", "旧名字")
"""What is personal in `walked`: none of it may be read, and none of it found."""


def browser(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def hang_rows_on(walked: Walked) -> None:
    """What a survey does not make by itself: owners, an import, evidence, records, sign-ins."""
    household, neighbourhood = walked.households[0], walked.neighbourhood
    household.head_name, household.phones, household.remarks = "周敏敏", ["13812342071"], "周敏敏住院"
    household.save()
    owner = make_owner(neighbourhood=neighbourhood, name="李四四", phones=["13900001111"])
    make_ownership(household=household, owner=owner)
    make_parking_space(neighbourhood=neighbourhood, household=household, owner=owner)
    place = {"neighbourhood": neighbourhood, "at": timezone.now(), "by": walked.staff}
    Evidence.objects.create(kind=EvidenceKind.SURVEY_RESULT, facts={"supports": 4}, **place)
    StageChange.objects.create(from_stage="registered", to_stage="assessed", figures={"doors": 5}, **place)
    GuardOverride.objects.create(
        neighbourhood=neighbourhood,
        to_stage="organised",
        guard="filing_receipt",
        reason="备案办理中",
        document="区改办〔2026〕9号",
        requested_by=walked.staff,
        requested_at=timezone.now(),
    )
    add_history(household, "changed", by=walked.staff, fields=["head_name"], changed={})
    roster = RosterImport.objects.create(
        neighbourhood=neighbourhood,
        community_code=neighbourhood.community_code,
        file="rosters/a.xlsx",
        file_name="花名册.xlsx",
        sha256="ab" * 32,
        mode="good_rows",
        by=walked.staff,
    )
    RosterProblem.objects.create(
        roster_import=roster, row=3, code="phone_short", is_error=False, params={"text": "13812342071"}
    )
    RosterTouch.objects.create(roster_import=roster, resource="households", object_ids=[household.pk])
    RosterBeforeImage.objects.create(
        roster_import=roster, resource="households", object_id=household.pk, version=2, before={"head_name": "旧名字"}
    )
    RosterMapping.objects.create(
        community_code=neighbourhood.community_code,
        signature=f"shape {walked.survey.pk}",
        mapping={"0": "unit"},
        by=walked.staff,
    )
    visit = walked.survey.visits.first()
    VisitPhoto.objects.create(
        survey=walked.survey,
        visit=visit,
        file="visit-photos/a.jpg",
        sha256=b"1" * 32,
        recorded_at=timezone.now(),
        recorded_by=walked.staff,
    )
    phone = register_phone(phone=uuid4(), by=walked.staff, name="Android · Chrome")
    note_queues(phone=phone.phone, reports=[QueueReport(walked.survey.pk, 3, 1, 2)], by=walked.staff)
    for note in ("问每户出多少钱", "周敏敏住院"):
        late = walked.visit(1, "opposes", note=note)
        door = walked.survey.doors.get(household=late.household)
        hand_visit(door=door, visit=late, refusals=["wrong_round"], by=walked.staff)
    set_aside(handed=HandedVisit.objects.latest("pk"), by=walked.staff, reason="李四四已另行签字")
    contest_receipt(visit=walked.survey.visits.get(sequence=2), text="问每户出多少钱", phone="13812342071")
    IdempotencyKey.objects.create(user=walked.staff, key=f"key-{walked.survey.pk}", request_hash=b"1", body=b"secret")
    Authenticator.objects.create(user=walked.staff, type=Authenticator.Type.TOTP, data={"secret": "totp-seed"})
    UserSession.objects.create(
        user=walked.staff, ip="10.0.0.1", session_key=f"key{walked.survey.pk}", user_agent="phone"
    )
    SavedList.objects.create(
        user=walked.staff,
        list_of="renovation.household",
        name=f"住宅{walked.survey.pk}",
        query="use__exact=residential",
    )
    DBTaskResult.objects.create(
        args_kwargs={"args": [1], "kwargs": {}},
        task_path="renovation.jobs.run_roster_import",
        backend_name="default",
        run_after=get_date_max(),
    )
    Job.objects.create(
        task="renovation.jobs.run_roster_import", subject="roster-imports", subject_id=roster.pk, by=walked.staff
    )
    WorkerBeat.objects.create(worker_id=f"worker {walked.survey.pk}", process=1, seen_at=timezone.now())
    api_client = make_client("consent:read", name=f"client {walked.survey.pk}")
    ClientSecret.objects.create(client=api_client, hash=api_client.client_secret, hint="a1b2", made_by=walked.staff)
    token_of(api_client, expires=timezone.now() + timedelta(hours=1))
    delivery = make_delivery(webhook=make_webhook(client=api_client), state="delivered", attempt_count=1)
    WebhookAttempt.objects.create(delivery=delivery, at=timezone.now(), status=204, milliseconds=12)


@pytest.fixture
def walked(db: None, settings: Any, tmp_path: Path) -> Walked:
    """A survey under way with visits, a head and all that hangs on it."""
    settings.MEDIA_ROOT = tmp_path
    found = open_walked()
    walk(found)
    publish_head(found.survey)
    hang_rows_on(found)
    keep_works(found.neighbourhood, found.households[0], found.survey, found.staff)
    keep_governance(found.neighbourhood, found.households[0], found.staff)
    keep_day(day=timezone.localdate())
    return found


@pytest.fixture
def keeper(walked: Walked) -> User:
    """An administrator by role."""
    return make_user(Role.ADMIN, "4205", username="keeper")


@pytest.fixture
def root(walked: Walked) -> User:
    """A superuser, whom Django lets do anything."""
    return User.objects.create_superuser(username="root", password="x")


@pytest.fixture
def reader(walked: Walked) -> User:
    """An auditor of the city."""
    return make_user(Role.AUDITOR, "4205", username="reader")


@pytest.fixture
def stranger(walked: Walked) -> User:
    """An auditor of another city."""
    return make_user(Role.AUDITOR, "4206", username="stranger")
