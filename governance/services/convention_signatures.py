"""Signatures below a convention, one by one as people give them at their door or in the hall."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.conventions import VersionState
from governance.errors.conventions import (
    AdoptedByVote,
    HouseholdOutOfScope,
    SignatureReused,
    SignatureWithdrawn,
    SignedForAlready,
    VersionEnded,
)
from governance.models import ConventionSignature, ConventionVersion
from governance.reports.conventions import households_of
from governance.rules.conventions import SIGNED_KINDS
from renovation.errors import DayOutOfOrder
from renovation.models import Household, Neighbourhood
from renovation.services.checks import require_day
from renovation.services.works_base import lock_neighbourhood


@transaction.atomic
def sign_convention(
    *,
    version: ConventionVersion,
    household: Household,
    signer: str,
    respondent: str,
    form: str,
    signed_on: date,
    client_id: UUID,
    by: User,
    at: datetime | None = None,
) -> tuple[ConventionSignature, bool]:
    """Record that a household signed a draft, or the version in force, which goes on gathering signatures.

    Returns the signature, and whether it is new: the same sent twice by its client id is kept once.

    Raises AdoptedByVote for a covenant, VersionEnded, DayInFuture, HouseholdOutOfScope, SignedForAlready while the
    household's signature stands, or SignatureReused for a client id that stands for something else.
    """
    at = at or timezone.now()
    locked = _lock(version)
    told = {
        "convention_version_id": locked.pk,
        "household_id": household.pk,
        "signer": signer.strip(),
        "respondent": str(respondent),
        "form": str(form),
        "signed_on": signed_on,
        "withdraws_id": None,
    }
    if (earlier := _same(client_id, told)) is not None:
        return earlier, False
    if locked.convention.kind not in SIGNED_KINDS:
        raise AdoptedByVote(_("Owners adopt their management covenant by vote: nobody signs it."))
    _require_standing(locked)
    require_day(signed_on, at)
    if not households_of(locked.convention).filter(pk=household.pk).exists():
        raise HouseholdOutOfScope(_("This is none of the dwellings that the convention is of."))
    signatures = ConventionSignature.objects.filter(convention_version=locked, household=household)
    if signatures.standing().exists():
        raise SignedForAlready(_("This household has signed already."))
    made = ConventionSignature.objects.create(**told, client_id=client_id, at=at, by=by)
    add_history(made, "convention_signed", by=by, action="created", convention_version=locked.pk, form=made.form)
    return made, True


@transaction.atomic
def withdraw_signature(
    *,
    signature: ConventionSignature,
    signed_on: date,
    client_id: UUID,
    by: User,
    at: datetime | None = None,
) -> tuple[ConventionSignature, bool]:
    """Record that a household took its signature back, by a row of its own; what was adopted stays adopted.

    Returns that row, and whether it is new. Raises SignatureWithdrawn, VersionEnded, DayInFuture, DayOutOfOrder (before
    it was given) or SignatureReused.
    """
    at = at or timezone.now()
    locked = _lock(signature.convention_version)
    told = {
        "convention_version_id": locked.pk,
        "household_id": signature.household_id,
        "signer": signature.signer,
        "respondent": signature.respondent,
        "form": "",
        "signed_on": signed_on,
        "withdraws_id": signature.pk,
    }
    if (earlier := _same(client_id, told)) is not None:
        return earlier, False
    _require_standing(locked)
    require_day(signed_on, at)
    if signature.withdraws_id or ConventionSignature.objects.filter(withdraws=signature).exists():
        raise SignatureWithdrawn(_("This signature was taken back already."))
    if signed_on < signature.signed_on:
        raise DayOutOfOrder(_("A signature is taken back after it was given."))
    made = ConventionSignature.objects.create(**told, client_id=client_id, at=at, by=by)
    add_history(
        made, "convention_signature_withdrawn", by=by, action="created", convention_version=locked.pk, of=signature.pk
    )
    return made, True


def _lock(version: ConventionVersion) -> ConventionVersion:
    neighbourhood: Neighbourhood = lock_neighbourhood(version.convention.neighbourhood)
    locked: ConventionVersion = (
        ConventionVersion.objects.select_for_update(of=("self",)).select_related("convention").get(pk=version.pk)
    )
    locked.convention.neighbourhood = neighbourhood
    return locked


def _require_standing(version: ConventionVersion) -> None:
    if version.state not in (VersionState.DRAFT, VersionState.ADOPTED):
        raise VersionEnded(_("This version has ended already."))


def _same(client_id: UUID, told: dict[str, object]) -> ConventionSignature | None:
    """What this client id was sent for before, if it says the same. Raises SignatureReused if it does not."""
    earlier: ConventionSignature | None = ConventionSignature.objects.filter(client_id=client_id).first()
    if earlier is not None and any(getattr(earlier, name) != value for name, value in told.items()):
        raise SignatureReused(_("This client id stands for another signature already."))
    return earlier
