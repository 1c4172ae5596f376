"""What the lifecycle's guards learn of the bodies: party organisation, committee with its filing, and manager."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from consent.models import OwnersVote
from governance.choices.bodies import BodyKind
from governance.models import Body, Management, Membership
from governance.rules.bodies import COMMITTEES, FULL_MEMBERS, PARTY, is_whole
from renovation.models import Neighbourhood
from renovation.services.evidence import latest_of, push_evidence, withdraw_evidence


def push_bodies(neighbourhood: Neighbourhood, by: User | None, at: datetime) -> None:
    """Tell what stands now; where nothing of a kind does, take back what was told. Under the neighbourhood's lock.

    A branch or a committee counts once it is whole; a branch that is goes before a group. Whom a vote elected that a
    court has rescinded is no committee.
    """
    bodies = list(neighbourhood.bodies.standing().select_related("elected_by").order_by("pk"))
    counts = _full_members(bodies)
    whole = [body for body in bodies if is_whole(body.kind, counts.get(body.pk, 0)) and not _fell(body.elected_by)]
    party = sorted((body for body in whole if body.kind in PARTY), key=lambda body: body.kind != BodyKind.PARTY_BRANCH)
    committee = next((body for body in whole if body.kind in COMMITTEES), None)
    told = {"by": by, "at": at}
    if party:
        form = "branch" if party[0].kind == BodyKind.PARTY_BRANCH else "group"
        facts: dict[str, Any] = {"form": form, "name": party[0].name, "members": counts[party[0].pk]}
        _push(neighbourhood, "party_organisation", facts, party[0], told)
    else:
        _withdraw(neighbourhood, "party_organisation", told)
    if committee is not None and committee.term_ends_on is not None:
        facts = {
            "form": "committee" if committee.kind == BodyKind.OWNERS_COMMITTEE else "stand_in",
            "name": committee.name,
            "members": counts[committee.pk],
            "term_ends_on": committee.term_ends_on.isoformat(),
        }
        _push(neighbourhood, "owners_committee", facts, committee, told)
    else:
        _withdraw(neighbourhood, "owners_committee", told)
    if committee is not None and committee.filed_on is not None:
        _push(neighbourhood, "filing_receipt", {"filed_with": committee.filed_with}, committee, told)
    else:
        _withdraw(neighbourhood, "filing_receipt", told)


def push_manager(neighbourhood: Neighbourhood, by: User | None, at: datetime) -> None:
    """Tell who manages, or is to from a day to come: the first that is not over, and whose vote, if it names one, still
    stands. Under the neighbourhood's lock.
    """
    today: date = timezone.localdate(at)
    rows = neighbourhood.managements.exclude(ends_on__lt=today).select_related("body", "vote")
    found: Management | None = next((one for one in rows.order_by("starts_on", "pk") if not _fell(one.vote)), None)
    told = {"by": by, "at": at}
    if found is None:
        _withdraw(neighbourhood, "manager", told)
        return
    facts = {
        "mode": found.mode,
        "name": found.body.name if found.body else neighbourhood.name,
        "from_on": found.starts_on.isoformat(),
    }
    _push(neighbourhood, "manager", facts, found, told)


@transaction.atomic
def tell_after_vote_fell(*, neighbourhood_id: int, at: datetime | None = None) -> None:
    """Take back what the guards were told of a committee or a manager that owes its place to a vote which a court has
    rescinded since. Run twice, it tells nothing anew.
    """
    at = at or timezone.now()
    neighbourhood = Neighbourhood.objects.select_for_update().get(pk=neighbourhood_id)
    push_bodies(neighbourhood, None, at)
    push_manager(neighbourhood, None, at)


def tell_ended_managements(*, at: datetime | None = None) -> int:
    """Take back, or tell anew, who manages wherever a management is over since the guards were told; returns how many
    neighbourhoods that were. Run twice, it finds none. Each neighbourhood is a transaction of its own.
    """
    at = at or timezone.now()
    over = Management.objects.filter(ends_on__lt=timezone.localdate(at))
    told = 0
    for pk in sorted(set(over.values_list("neighbourhood_id", flat=True))):
        with transaction.atomic():
            neighbourhood = Neighbourhood.objects.select_for_update().get(pk=pk)
            before = latest_of(neighbourhood, "manager")
            push_manager(neighbourhood, None, at)
            told += latest_of(neighbourhood, "manager") != before
    return told


def _fell(vote: OwnersVote | None) -> bool:
    return vote is not None and not vote.stands


def _push(neighbourhood: Neighbourhood, kind: str, facts: dict[str, Any], row: Any, told: dict[str, Any]) -> None:
    push_evidence(neighbourhood=neighbourhood, kind=kind, facts=facts, source=(row.resource, row.pk), **told)


def _withdraw(neighbourhood: Neighbourhood, kind: str, told: dict[str, Any]) -> None:
    withdraw_evidence(neighbourhood=neighbourhood, kind=kind, reason=_("Nothing of this kind stands any more."), **told)


def _full_members(bodies: list[Body]) -> dict[int, int]:
    counts: dict[int, int] = {}
    rows = Membership.objects.current().filter(body__in=bodies, role__in=FULL_MEMBERS)
    for pk in rows.values_list("body_id", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    return counts
