"""Who stands at the doors, chosen once for the outing and kept in the session."""

from collections.abc import Collection, Iterable

from accounts.choices import Role
from accounts.http import SignedInRequest
from consent.choices import Party
from consent.models import Survey

OWN_PARTY = {
    Role.COMMUNITY_STAFF: Party.COMMUNITY,
    Role.GRID_WORKER: Party.GRID,
    Role.COMMITTEE_MEMBER: Party.OWNERS_COMMITTEE,
}


def party_of(request: SignedInRequest, survey: Survey) -> Collection[str]:
    """The party of this outing; before it is chosen, those whom the caller stands for."""
    kept = request.session.get(_key(survey))
    if kept is not None:
        return [who for who in kept if who in Party.values]
    return [party for role, party in OWN_PARTY.items() if request.user.has_role(role)]


def remember_party(request: SignedInRequest, survey: Survey, party: Iterable[str]) -> None:
    request.session[_key(survey)] = [who for who in dict.fromkeys(party) if who in Party.values]


def _key(survey: Survey) -> str:
    return f"party-{survey.pk}"
