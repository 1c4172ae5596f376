"""The handover to whoever manages the place: its lists, their signatures, and what they open (workflow.md, State 14).

Each act locks the neighbourhood first, so that the evidence it pushes is told in the order in which it came about.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.history import add_history
from governance.choices.handover import HandoverKind, HandoverState, Signatory
from governance.errors.handover import (
    CountedHere,
    HandoverIncomplete,
    HandoverInPreparation,
    HandoverSigned,
    ListsChanged,
    ManagementNotInForce,
    SignedAlready,
)
from governance.models import Asset, Handover, HandoverItem, HandoverSignature, Management
from governance.reports.handover import digest_now, open_defects
from governance.rules.handover import (
    COUNTED_KINDS,
    MAY_SIGN_BESIDES,
    SIGNED_AT,
    is_in_force,
    parties_signed,
    still_to_sign,
    unsettled,
)
from renovation.choices import EvidenceKind
from renovation.models import Neighbourhood
from renovation.rules.awards import HANDED_OVER
from renovation.rules.guards import SIGNATORIES
from renovation.services.checks import require_day, require_here
from renovation.services.evidence import push_evidence
from renovation.services.works_base import lock_neighbourhood, require_stage


@transaction.atomic
def open_handover(
    *,
    neighbourhood: Neighbourhood,
    management: Management,
    handover_on: date,
    document: str = "",
    by: User,
    at: datetime | None = None,
) -> Handover:
    """Begin the lists of a handover to whoever manages the place on its day, which may be still to come.

    Raises OtherNeighbourhood, ManagementNotInForce, or HandoverInPreparation while another one is not signed.
    """
    locked = lock_neighbourhood(neighbourhood)
    require_here(locked, management)
    _require_management(Management.objects.get(pk=management.pk), handover_on)
    if Handover.objects.filter(neighbourhood=locked, state=HandoverState.DRAFT).exists():
        raise HandoverInPreparation(_("A handover is in preparation here already."))
    made = Handover.objects.create(
        neighbourhood=locked, management=management, handover_on=handover_on, document=document.strip()
    )
    HandoverItem.objects.bulk_create(HandoverItem(handover=made, kind=kind) for kind in HandoverKind.values)
    made.digest = digest_now(made)
    Handover.objects.filter(pk=made.pk).update(digest=made.digest)
    add_history(made, "handover_opened", by=by, action="created", handover_on=handover_on.isoformat())
    _push(locked, made, by, at)
    return made


@transaction.atomic
def amend_handover(
    *,
    handover: Handover,
    by: User,
    at: datetime | None = None,
    management: Management | None = None,
    handover_on: date | None = None,
    document: str | None = None,
    items: Mapping[str, Mapping[str, Any]] | None = None,
) -> Handover:
    """Change what is given: `items` by their kind, with `handed`, `count` or `note`. Whoever had signed signs again.

    Raises HandoverSigned, OtherNeighbourhood, ManagementNotInForce, or CountedHere for a count that is that of a list.
    """
    locked, neighbourhood = _lock(handover)
    _require_open(locked)
    told = {"management": management, "handover_on": handover_on, "document": document}
    changed = [name for name, value in told.items() if value is not None and value != getattr(locked, name)]
    for name in changed:
        setattr(locked, name, told[name])
    require_here(neighbourhood, locked.management)
    if "management" in changed or "handover_on" in changed:
        # As it is now: it may have ended since the caller read it.
        _require_management(Management.objects.get(pk=locked.management_id), locked.handover_on)
    if items and _change_items(locked, items):
        changed.append("items")
    if changed:
        _keep(locked, neighbourhood, changed, by, at)
        add_history(locked, "handover_changed", by=by, fields=changed)
    return locked


@transaction.atomic
def add_asset(*, handover: Handover, by: User, at: datetime | None = None, **values: Any) -> Asset:
    """Put a thing on the asset list. Raises HandoverSigned."""
    locked, neighbourhood = _lock(handover)
    _require_open(locked)
    asset = Asset.objects.create(handover=locked, **values)
    _keep(locked, neighbourhood, ["assets"], by, at)
    add_history(locked, "asset_added", by=by, fields=["assets"], asset=asset.pk, name=asset.name)
    return asset


@transaction.atomic
def change_asset(*, asset: Asset, by: User, at: datetime | None = None, **values: Any) -> Asset:
    """Change a thing on the asset list. Raises HandoverSigned."""
    locked, neighbourhood = _lock(asset.handover)
    _require_open(locked)
    found = Asset.objects.select_for_update().get(pk=asset.pk)
    changed = [name for name, value in values.items() if value != getattr(found, name)]
    for name in changed:
        setattr(found, name, values[name])
    if changed:
        found.save(update_fields=changed)
        _keep(locked, neighbourhood, ["assets"], by, at)
        add_history(locked, "asset_changed", by=by, fields=["assets"], asset=found.pk, changed=changed)
    return found


@transaction.atomic
def remove_asset(*, asset: Asset, by: User, at: datetime | None = None) -> None:
    """Take a thing off the asset list. Raises HandoverSigned."""
    locked, neighbourhood = _lock(asset.handover)
    _require_open(locked)
    number = asset.pk
    asset.delete()
    _keep(locked, neighbourhood, ["assets"], by, at)
    add_history(locked, "asset_removed", by=by, fields=["assets"], asset=number, name=asset.name)


@transaction.atomic
def sign_handover(
    *,
    handover: Handover,
    party: str,
    name: str,
    signed_on: date,
    document: str = "",
    seen: str = "",
    by: User,
    at: datetime | None = None,
) -> HandoverSignature:
    """Record a party's signature below the lists as they are now. With the last of those who must sign, the handover
    is signed: its lists are frozen, with the assets and the open defects as they are counted at that moment.

    `seen` is the digest of the lists that whoever records it had before their eyes, where that is known.

    Raises ListsChanged where they are others by now; WrongStage before the works have passed their acceptance;
    DayInFuture; HandoverIncomplete for lists that nobody can sign yet; ManagementNotInForce; SignedAlready; and
    HandoverSigned once it is signed, save for who built: they may sign afterwards.
    """
    at = at or timezone.now()
    locked, neighbourhood = _lock(handover)
    if locked.state == HandoverState.SIGNED and party not in MAY_SIGN_BESIDES:
        raise HandoverSigned(_("The handover is signed: nothing of it changes."))
    if seen and seen != locked.digest:
        raise ListsChanged(_("The lists were changed meanwhile: look at them again before they are signed."))
    require_stage(neighbourhood, SIGNED_AT)
    require_day(signed_on, at)
    rows = list(locked.signatures.values_list("party", "digest"))
    if party in parties_signed(rows, locked.digest):
        raise SignedAlready(_("%(who)s: has signed these lists already.") % {"who": Signatory(party).label})
    if locked.state == HandoverState.DRAFT:
        _require_complete(locked)
        _require_management(locked.management, locked.handover_on)
    made = HandoverSignature.objects.create(
        handover=locked,
        party=party,
        name=name.strip(),
        signed_on=signed_on,
        document=document.strip(),
        digest=locked.digest,
        at=at,
        by=by,
    )
    add_history(
        locked, "handover_signature", by=by, fields=["signatures"], party=party, signed_on=signed_on.isoformat()
    )
    signed = parties_signed([*rows, (made.party, made.digest)], locked.digest)
    if locked.state == HandoverState.DRAFT:
        if still_to_sign(signed):
            locked.save(update_fields=["state"])
        else:
            _freeze(locked, neighbourhood, by, at)
        _push(neighbourhood, locked, by, at)
    return made


def _lock(handover: Handover) -> tuple[Handover, Neighbourhood]:
    neighbourhood = lock_neighbourhood(handover.neighbourhood)
    locked: Handover = Handover.objects.select_for_update(of=("self",)).select_related("management").get(pk=handover.pk)
    locked.neighbourhood = neighbourhood
    return locked, neighbourhood


def _require_open(handover: Handover) -> None:
    if handover.state == HandoverState.SIGNED:
        raise HandoverSigned(_("The handover is signed: nothing of it changes."))


def _require_management(management: Management, day: date) -> None:
    if not is_in_force(management.starts_on, management.ends_on, day):
        raise ManagementNotInForce(_("Nobody takes over: this management does not run on the day of handover."))


def _require_complete(handover: Handover) -> None:
    if not handover.assets.exists():
        raise HandoverIncomplete(_("There is nothing on the asset list yet."), missing=[HandoverKind.ASSET_LIST.value])
    if missing := unsettled(handover.items.order_by("pk").values_list("kind", "handed", "note")):
        raise HandoverIncomplete(
            _("These are neither handed over nor explained: %(what)s.")
            % {"what": _(", ").join(str(HandoverKind(kind).label) for kind in missing)},
            missing=list(missing),
        )


def _change_items(handover: Handover, items: Mapping[str, Mapping[str, Any]]) -> bool:
    rows = {row.kind: row for row in HandoverItem.objects.filter(handover=handover, kind__in=items)}
    any_changed = False
    for kind, values in items.items():
        row = rows[kind]
        if kind in COUNTED_KINDS and values.get("count") is not None:
            raise CountedHere(_("%(what)s: counted here, not typed.") % {"what": row.get_kind_display()})
        changed = [name for name, value in values.items() if value != getattr(row, name)]
        for name in changed:
            setattr(row, name, values[name])
        if changed:
            row.save(update_fields=changed)
            any_changed = True
    return any_changed


def _keep(handover: Handover, neighbourhood: Neighbourhood, changed: list[str], by: User, at: datetime | None) -> None:
    """Save what was changed, with the digest of the lists as they are now, and tell of it."""
    handover.digest = digest_now(handover)
    fields = [name for name in changed if name not in ("items", "assets")]
    handover.save(update_fields=[*fields, "digest"])
    _push(neighbourhood, handover, by, at)


def _freeze(handover: Handover, neighbourhood: Neighbourhood, by: User, at: datetime) -> None:
    assets, defects = handover.assets.count(), open_defects(neighbourhood).count()
    counts: dict[str, Any] = {HandoverKind.ASSET_LIST.value: assets, HandoverKind.OPEN_DEFECTS.value: defects}
    for kind, count in counts.items():
        HandoverItem.objects.filter(handover=handover, kind=kind).update(count=count)
    handover.state, handover.signed_at = HandoverState.SIGNED, at
    handover.save(update_fields=["state", "signed_at"])
    add_history(handover, "handover_signed", by=by, fields=["state", "signed_at"], **counts)


def _push(neighbourhood: Neighbourhood, handover: Handover, by: User, at: datetime | None) -> None:
    """Tell what is on the asset list and who has signed. Where the place is handed over already, a further handover is
    told of once it is signed: until then the one before stands.
    """
    is_signed = handover.state == HandoverState.SIGNED
    if not is_signed and neighbourhood.stage in HANDED_OVER:
        return
    signed = parties_signed(handover.signatures.values_list("party", "digest"), handover.digest)
    source = ("handovers", handover.pk)
    told: dict[str, Any] = {"neighbourhood": neighbourhood, "source": source, "by": by, "at": at}
    push_evidence(kind=EvidenceKind.ASSET_LIST, facts={"assets": handover.assets.count(), "signed": is_signed}, **told)
    facts = {f"signed_by_{party}": party in signed for party in SIGNATORIES}
    push_evidence(kind=EvidenceKind.HANDOVER, facts={**facts, "handover_on": handover.handover_on.isoformat()}, **told)
