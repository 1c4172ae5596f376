"""A row of each kind that a neighbourhood keeps of its conventions."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import User
from governance.models import Convention, ConventionSignature, ConventionVersion
from governance.rules.conventions import digest_of
from renovation.models import Household, Neighbourhood

DAY = date(2026, 1, 1)


def keep_conventions(neighbourhood: Neighbourhood, household: Household, staff: User) -> dict[str, Any]:
    """Makes the rows, each with words that stand nowhere else, and returns their ids by what routes call them."""
    residents = Convention.objects.create(neighbourhood=neighbourhood, kind="residents", title="本小区居民公约")
    version = _version(residents, "本小区居民公约正文", needed_share=Decimal("0.5000"))
    signature = ConventionSignature.objects.create(
        convention_version=version,
        household=household,
        signer="本小区签字人",
        respondent="owner",
        form="signed",
        signed_on=DAY,
        client_id=uuid4(),
        at=timezone.now(),
        by=staff,
    )
    stairwell = Convention.objects.create(
        neighbourhood=neighbourhood, kind="stairwell", stairwell=household.stairwell, title="本小区楼道公约"
    )
    _version(stairwell, "本小区楼道公约正文", state="adopted", adopted_on=DAY)
    covenant = Convention.objects.create(neighbourhood=neighbourhood, kind="covenant", title="本小区管理规约")
    _version(covenant, "本小区管理规约正文", state="adopted", adopted_on=DAY, filed_on=DAY, filed_with="本小区街道办")
    return {
        "convention": residents.pk,
        "convention-version": version.pk,
        "convention-signature": signature.pk,
        "convention_kind": "residents",
        "version_number": version.number,
    }


def _version(convention: Convention, text: str, **fields: Any) -> ConventionVersion:
    made: ConventionVersion = ConventionVersion.objects.create(
        convention=convention, number=1, text=text, digest=digest_of(text), **fields
    )
    return made
