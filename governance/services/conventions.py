"""Drafting, adopting, filing and withdrawing conventions (policy.md, section g).

Each act locks the neighbourhood first, so that the evidence it pushes is told in the order in which it came about.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from consent.models import OwnersVote
from governance.choices.conventions import ConventionKind, VersionState
from governance.errors.bodies import NothingToFile, VoteDoesNotFit
from governance.errors.conventions import (
    AdoptedByVote,
    ConventionKept,
    DraftThere,
    NotADraft,
    NotInForce,
    SameText,
    StairwellDoesNotFit,
    TextSigned,
    TooFewSignatures,
    VersionEnded,
    VoteNeeded,
)
from governance.models import Convention, ConventionVersion
from governance.reports.conventions import counts_of, share_of, texts_of_other_stairwells
from governance.rules.conventions import (
    COVENANT_MATTER,
    FILED_KINDS,
    SIGNED_KINDS,
    digest_of,
    is_signed_enough,
    says_the_same,
    signatures_needed,
)
from governance.services.bodies import require_vote
from renovation.choices import EvidenceKind
from renovation.errors import DayOutOfOrder, OtherNeighbourhood, ReasonNeeded
from renovation.models import Neighbourhood, Stairwell
from renovation.services.checks import require_day
from renovation.services.evidence import push_evidence, withdraw_evidence
from renovation.services.works_base import lock_neighbourhood


@transaction.atomic
def open_convention(
    *,
    neighbourhood: Neighbourhood,
    kind: str,
    title: str,
    text: str,
    stairwell: Stairwell | None = None,
    needed_share: Decimal | None = None,
    by: User,
) -> Convention:
    """Begin a convention with the draft of its first version.

    Raises StairwellDoesNotFit, OtherNeighbourhood, ConventionKept where there is one, AdoptedByVote for a share of
    signatures below a covenant, or SameText for a stairwell that copies another one here.
    """
    locked = lock_neighbourhood(neighbourhood)
    if (kind == ConventionKind.STAIRWELL) != (stairwell is not None):
        raise StairwellDoesNotFit(_("A stairwell convention names its stairwell, the two others name none."))
    if stairwell is not None and stairwell.building.neighbourhood_id != locked.pk:
        raise OtherNeighbourhood(_("This lies in another neighbourhood."))
    if locked.conventions.filter(kind=kind, stairwell=stairwell).exists():
        raise ConventionKept(_("There is one already. Draft its next version instead."))
    made: Convention = Convention.objects.create(
        neighbourhood=locked, kind=kind, stairwell=stairwell, title=title.strip()
    )
    add_history(made, "convention_opened", by=by, action="created", kind=str(kind))
    _draft(made, text, needed_share, by)
    return made


@transaction.atomic
def rename_convention(*, convention: Convention, title: str, by: User) -> Convention:
    locked = _lock(convention)
    if title.strip() != locked.title:
        was, locked.title = locked.title, title.strip()
        locked.save(update_fields=["title"])
        add_history(locked, "convention_renamed", by=by, fields=["title"], was=was)
    return locked


@transaction.atomic
def draft_version(
    *, convention: Convention, text: str, needed_share: Decimal | None = None, by: User
) -> ConventionVersion:
    """Draft the next version. Raises DraftThere while one is drafted, AdoptedByVote or SameText."""
    locked = _lock(convention)
    if locked.versions.filter(state=VersionState.DRAFT).exists():
        raise DraftThere(_("A version is being drafted already. Adopt or withdraw it first."))
    return _draft(locked, text, needed_share, by)


@transaction.atomic
def amend_version(*, version: ConventionVersion, by: User, **changes: Any) -> ConventionVersion:
    """Change `text` or `needed_share` of a draft that nobody has signed.

    Raises NotADraft, TextSigned once anybody has, also where it was taken back, AdoptedByVote or SameText.
    """
    locked, convention = _lock_version(version)
    _require_draft(locked)
    changed = sorted(name for name, value in changes.items() if value != getattr(locked, name))
    if not changed:
        return locked
    if locked.signatures.exists():
        raise TextSigned(_("People have signed this text. Withdraw it and draft another version."))
    _require_share_fits(convention, changes.get("needed_share"))
    for name in changed:
        setattr(locked, name, changes[name])
    if "text" in changed:
        _require_own_text(convention, locked.text)
        locked.digest = digest_of(locked.text)
        changed.append("digest")
    locked.save(update_fields=changed)
    add_history(convention, "convention_amended", by=by, fields=["versions"], number=locked.number)
    return locked


@transaction.atomic
def adopt_version(
    *,
    version: ConventionVersion,
    adopted_on: date,
    vote: OwnersVote | None = None,
    document: str = "",
    by: User,
    at: datetime | None = None,
) -> ConventionVersion:
    """Adopt a draft; the version in force before it is superseded from that day on.

    A covenant needs the owners' vote on the second matter that passed, the two others the signatures of as many
    households as were agreed on. The residents' convention is told of as the second precondition.

    Raises NotADraft, DayInFuture, DayOutOfOrder (before the version in force was, or before enough had signed or the
    owners decided), VoteNeeded, VoteDoesNotFit (also where signatures adopt it: the texts are not mixed), or
    TooFewSignatures with the figures.
    """
    at = at or timezone.now()
    locked, convention = _lock_version(version)
    _require_draft(locked)
    require_day(adopted_on, at)
    figures = _require_decision(locked, convention, vote, adopted_on)
    before = convention.versions.select_for_update().filter(state=VersionState.ADOPTED).first()
    if before is not None:
        if adopted_on < before.adopted_on:
            raise DayOutOfOrder(_("The version in force was adopted after this day."))
        before.state, before.ended_on = VersionState.SUPERSEDED, adopted_on
        before.save(update_fields=["state", "ended_on"])
    told: dict[str, Any] = {"state": VersionState.ADOPTED, "adopted_on": adopted_on, "vote": vote}
    told["document"] = document.strip()
    for name, value in told.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(told))
    add_history(
        convention,
        "convention_adopted",
        by=by,
        fields=["versions"],
        number=locked.number,
        adopted_on=adopted_on.isoformat(),
        digest=locked.digest,
        **figures,
    )
    if convention.kind == ConventionKind.RESIDENTS:
        _tell(convention, locked, by, at)
    return locked


@transaction.atomic
def file_version(
    *, version: ConventionVersion, filed_on: date, filed_with: str, by: User, at: datetime | None = None
) -> ConventionVersion:
    """Write down with whom the version in force was filed. A second time corrects the first.

    Raises NothingToFile for a stairwell convention, NotInForce, DayInFuture, or DayOutOfOrder (before it was adopted).
    """
    locked, convention = _lock_version(version)
    if convention.kind not in FILED_KINDS:
        raise NothingToFile(_("A stairwell convention binds by its neighbours' word alone: it is filed nowhere."))
    if locked.state != VersionState.ADOPTED or locked.adopted_on is None:
        raise NotInForce(_("Only the version in force is filed."))
    require_day(filed_on, at or timezone.now())
    if filed_on < locked.adopted_on:
        raise DayOutOfOrder(_("A convention is filed once it is adopted."))
    locked.filed_on, locked.filed_with = filed_on, filed_with.strip()
    locked.save(update_fields=["filed_on", "filed_with"])
    add_history(
        convention,
        "convention_filed",
        by=by,
        fields=["versions"],
        number=locked.number,
        filed_on=filed_on.isoformat(),
        filed_with=locked.filed_with,
    )
    return locked


@transaction.atomic
def withdraw_version(
    *, version: ConventionVersion, reason: str, by: User, at: datetime | None = None
) -> ConventionVersion:
    """Give up a draft, or repeal the version in force, from today on. The precondition it met is no longer met.

    Raises ReasonNeeded, or VersionEnded for one that is superseded or withdrawn.
    """
    at = at or timezone.now()
    locked, convention = _lock_version(version)
    if not reason.strip():
        raise ReasonNeeded(_("Write down why it is withdrawn."))
    if locked.state not in (VersionState.DRAFT, VersionState.ADOPTED):
        raise VersionEnded(_("This version has ended already."))
    was, locked.state = locked.state, VersionState.WITHDRAWN
    locked.ended_on, locked.end_reason = timezone.localdate(at), reason.strip()
    locked.save(update_fields=["state", "ended_on", "end_reason"])
    add_history(
        convention,
        "convention_withdrawn",
        by=by,
        fields=["versions"],
        number=locked.number,
        was=str(was),
        reason=locked.end_reason,
    )
    if was == VersionState.ADOPTED and convention.kind == ConventionKind.RESIDENTS:
        withdraw_evidence(
            neighbourhood=convention.neighbourhood,
            kind=EvidenceKind.PRECONDITION_2,
            reason=locked.end_reason,
            by=by,
            at=at,
        )
    return locked


def _lock(convention: Convention) -> Convention:
    neighbourhood = lock_neighbourhood(convention.neighbourhood)
    locked: Convention = Convention.objects.select_for_update().get(pk=convention.pk)
    locked.neighbourhood = neighbourhood
    return locked


def _lock_version(version: ConventionVersion) -> tuple[ConventionVersion, Convention]:
    convention = _lock(version.convention)
    locked: ConventionVersion = ConventionVersion.objects.select_for_update().get(pk=version.pk)
    locked.convention = convention
    return locked, convention


def _draft(convention: Convention, text: str, needed_share: Decimal | None, by: User) -> ConventionVersion:
    _require_share_fits(convention, needed_share)
    _require_own_text(convention, text)
    latest = convention.versions.order_by("-number").values_list("number", flat=True).first() or 0
    made: ConventionVersion = ConventionVersion.objects.create(
        convention=convention, number=latest + 1, text=text, digest=digest_of(text), needed_share=needed_share
    )
    add_history(convention, "convention_drafted", by=by, fields=["versions"], number=made.number)
    return made


def _require_draft(version: ConventionVersion) -> None:
    if version.state != VersionState.DRAFT:
        raise NotADraft(_("This version is no draft any more: what was adopted stays word for word."))


def _require_share_fits(convention: Convention, share: Decimal | None) -> None:
    if share is not None and convention.kind not in SIGNED_KINDS:
        raise AdoptedByVote(_("Owners adopt their management covenant by vote: nobody signs it."))


def _require_own_text(convention: Convention, text: str) -> None:
    if convention.kind != ConventionKind.STAIRWELL:
        return
    for other, said in texts_of_other_stairwells(convention):
        if says_the_same(text, said):
            raise SameText(
                _("This is word for word “%(title)s” of another stairwell. Each stairwell writes its own.")
                % {"title": other.title}
            )


def _require_decision(
    version: ConventionVersion, convention: Convention, vote: OwnersVote | None, adopted_on: date
) -> dict[str, Any]:
    """What adopts a version: the vote, or the signatures, which are returned as they were counted."""
    if convention.kind == ConventionKind.COVENANT:
        if vote is None:
            raise VoteNeeded(_("Owners adopt their management covenant by a vote: name it."))
        require_vote(convention.neighbourhood, vote, COVENANT_MATTER)
        if adopted_on < _decided_on(vote):
            raise DayOutOfOrder(_("The owners had not decided by this day."))
        return {"vote": vote.pk}
    if vote is not None:
        raise VoteDoesNotFit(
            _("Owners vote on their covenant; this text is adopted by signatures."), matter=COVENANT_MATTER
        )
    households, signed = counts_of(version)
    needed = signatures_needed(households, share_of(version))
    if not is_signed_enough(signed, households, share_of(version)):
        raise TooFewSignatures(
            _("%(signed)d of %(households)d households have signed; %(needed)d must have.")
            % {"signed": signed, "households": households, "needed": needed},
            signed=signed,
            households=households,
            needed=needed,
        )
    _households, by_then = counts_of(version, until=adopted_on)
    if by_then < needed:
        raise DayOutOfOrder(_("Too few households had signed by this day."))
    return {"signed": signed, "households": households, "needed": needed}


def _decided_on(vote: OwnersVote) -> date:
    """The last day of a vote that was closed, or the day of closing where every ballot was back before."""
    closed_on = timezone.localdate(vote.closed_at)
    return min(closed_on, vote.ends_on or closed_on)


def _tell(convention: Convention, version: ConventionVersion, by: User, at: datetime) -> None:
    """Tell the guards that the residents' convention is in force; how many signed stands in its own figures."""
    seen = _("%(title)s, version %(number)d, adopted on %(day)s") % {
        "title": convention.title,
        "number": version.number,
        "day": version.adopted_on,
    }
    push_evidence(
        neighbourhood=convention.neighbourhood,
        kind=EvidenceKind.PRECONDITION_2,
        facts={"evidence": seen},
        source=(convention.resource, convention.pk),
        by=by,
        at=at,
    )
