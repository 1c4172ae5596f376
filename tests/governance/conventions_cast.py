"""Conventions as tests need them: drafted, signed and adopted through the services."""

from datetime import date
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from governance.models import Convention, ConventionSignature, ConventionVersion
from governance.services.convention_signatures import sign_convention
from governance.services.conventions import adopt_version, open_convention
from renovation.models import Household, Neighbourhood

TEXT = "一、不乱扔垃圾。\n二、楼道不堆杂物。"


def today() -> date:
    """Asked for inside a test: a run may cross midnight."""
    return timezone.localdate()


def a_convention(neighbourhood: Neighbourhood, by: User, kind: str = "residents", **fields: Any) -> Convention:
    told = {"title": "居民公约", "text": TEXT, **fields}
    return open_convention(neighbourhood=neighbourhood, kind=kind, by=by, **told)


def a_draft(neighbourhood: Neighbourhood, by: User, kind: str = "residents", **fields: Any) -> ConventionVersion:
    version: ConventionVersion = a_convention(neighbourhood, by, kind, **fields).versions.get()
    return version


def sign(version: ConventionVersion, household: Household, by: User, **fields: Any) -> ConventionSignature:
    told = {
        "signer": "周敏",
        "respondent": "owner",
        "form": "signed",
        "signed_on": today(),
        "client_id": uuid4(),
        **fields,
    }
    return sign_convention(version=version, household=household, by=by, **told)[0]


def adopted(neighbourhood: Neighbourhood, door: Household, by: User, **fields: Any) -> ConventionVersion:
    """The residents' convention, signed by one door and adopted today."""
    version = a_draft(neighbourhood, by, **fields)
    sign(version, door, by)
    return adopt_version(version=version, adopted_on=today(), by=by)
