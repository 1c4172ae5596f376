"""The 3+X of a neighbourhood: who holds which seat, what wants doing, and who sits in two of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.choices.bodies import BodyKind
from governance.models import Body, Management, Membership
from governance.rules.bodies import (
    COMMITTEES,
    FULL_MEMBERS,
    PARTY,
    BodyFacts,
    Concern,
    concerns_of,
    days_to_renew,
    missing_seats,
)
from renovation.models import Neighbourhood

PARTS: dict[str, str] = {
    **dict.fromkeys(("no_members", "branch_too_small", "committee_too_small", "even_number"), "members"),
    **dict.fromkeys(("committee_too_large", "no_head"), "members"),
    **dict.fromkeys(("not_filed", "filing_late"), "file"),
}
"""The part of a body's page where a concern is met; what is not named is met by renewing it."""

_ROLE_ORDER = ("chair", "secretary", "deputy", "member", "alternate", "staff")


@dataclass(frozen=True)
class ShownMember:
    """A member whom the reader may see by name; `also` are the same person's places in other bodies here."""

    membership: Membership
    also: tuple[Membership, ...] = ()


@dataclass(frozen=True)
class ToldConcern:
    """A concern in words, with the part of the body's page where it is met."""

    words: str
    is_urgent: bool
    part: str


@dataclass(frozen=True)
class ShownBody:
    """A body with the members that the reader sees by name. `unnamed` is how many full members are counted only."""

    body: Body
    members: tuple[ShownMember, ...]
    unnamed: int
    concerns: tuple[Concern, ...]
    days_gone: int = 0
    days_in_term: int = 0

    @property
    def told(self) -> list[ToldConcern]:
        return [ToldConcern(words_of(one), one.is_urgent, PARTS.get(one.code, "renew")) for one in self.concerns]

    @property
    def days_left(self) -> int:
        return self.days_in_term - self.days_gone


@dataclass(frozen=True)
class Structure:
    """The 3+X as it stands. `management` is that of today, `coming` one that is agreed on for later."""

    party: tuple[ShownBody, ...]
    committees: tuple[ShownBody, ...]
    companies: tuple[ShownBody, ...]
    groups: tuple[ShownBody, ...]
    management: Management | None
    coming: Management | None
    missing: tuple[str, ...]

    days_to_renew: int | None = None
    """How many days of today's management are left, once they are few and nothing follows."""

    @property
    def held(self) -> int:
        return 3 - len(self.missing)

    @property
    def concern_count(self) -> int:
        bodies = (*self.party, *self.committees, *self.companies, *self.groups)
        return sum(len(shown.concerns) for shown in bodies)


def body_rows(reader: Any) -> QuerySet[Any]:
    """The bodies that a reader sees, with what `concerns_about` reads of them."""
    rows: QuerySet[Any] = Body.objects.visible_to(reader).with_members().select_related("neighbourhood", "elected_by")
    return rows


def concerns_about(body: Any, today: date) -> tuple[Concern, ...]:
    """What wants doing about a body of `body_rows`; nothing once it has ended. A vote that fell comes first."""
    if body.ended_on is not None:
        return ()
    facts = BodyFacts(
        kind=body.kind,
        members=body.member_count,
        has_head=body.has_head,
        founded_on=body.founded_on,
        term_starts_on=body.term_starts_on,
        term_ends_on=body.term_ends_on,
        filed_on=body.filed_on,
    )
    fell = [Concern("vote_fell", True)] if body.elected_by is not None and not body.elected_by.stands else []
    return (*fell, *concerns_of(facts, today))


def structure_of(neighbourhood: Neighbourhood, reader: Any, today: date) -> Structure:
    """The bodies that stand here. Three queries, however many bodies and members there are."""
    bodies = list(body_rows(reader).filter(neighbourhood=neighbourhood, ended_on=None).order_by("founded_on", "pk"))
    shown = _with_members(bodies, reader, today)
    managements = list(
        Management.objects.visible_to(reader)
        .filter(neighbourhood=neighbourhood)
        .exclude(ends_on__lt=today)
        .select_related("body", "vote")
        .order_by("starts_on", "pk")
    )
    now = next((one for one in managements if one.starts_on <= today), None)
    coming = next((one for one in managements if one.starts_on > today), None)

    def of(*kinds: str) -> tuple[ShownBody, ...]:
        return tuple(one for one in shown if one.body.kind in kinds)

    return Structure(
        party=of(*PARTY),
        committees=of(*COMMITTEES),
        companies=of(BodyKind.PROPERTY_COMPANY),
        groups=of(BodyKind.SELF_GOVERNING_GROUP),
        management=now,
        coming=coming,
        missing=tuple(missing_seats([body.kind for body in bodies], now is not None)),
        days_to_renew=days_to_renew(now.ends_on, today) if now is not None and coming is None else None,
    )


def shown_body(body: Any, reader: Any, today: date) -> ShownBody:
    """One body of `body_rows` with its present members, who may sit elsewhere here, too. One query."""
    others = Body(pk=body.pk, neighbourhood_id=body.neighbourhood_id)
    return _with_members([body], reader, today, around=others)[0]


def former_members(body: Body, reader: Any) -> QuerySet[Any]:
    """Those who left, the latest first."""
    rows: QuerySet[Any] = (
        Membership.objects.visible_to(reader).filter(body=body, ends_on__isnull=False).select_related("body")
    )
    return rows.order_by("-ends_on", "-pk")


def _with_members(bodies: list[Any], reader: Any, today: date, around: Body | None = None) -> list[ShownBody]:
    rows: QuerySet[Any] = Membership.objects.visible_to(reader).current().select_related("body__neighbourhood")
    if around is None:
        members = list(rows.filter(body__in=bodies).order_by("starts_on", "pk"))
    else:
        here = {"body__neighbourhood_id": around.neighbourhood_id, "body__ended_on": None}
        members = list(rows.filter(**here).order_by("starts_on", "pk"))
    seats = _seats_of(members)
    by_body: dict[int, list[Membership]] = defaultdict(list)
    for member in sorted(members, key=lambda member: _ROLE_ORDER.index(member.role)):
        by_body[member.body_id].append(member)
    return [_shown(body, by_body[body.pk], seats, today) for body in bodies]


def _shown(body: Any, members: list[Membership], seats: dict[int, tuple[Membership, ...]], today: date) -> ShownBody:
    named = sum(member.role in FULL_MEMBERS for member in members)
    whole = gone = 0
    if body.term_starts_on is not None and body.term_ends_on is not None:
        whole = max((body.term_ends_on - body.term_starts_on).days, 1)
        gone = min(max((today - body.term_starts_on).days, 0), whole)
    return ShownBody(
        body=body,
        members=tuple(ShownMember(member, seats.get(member.pk, ())) for member in members),
        unnamed=body.member_count - named,
        concerns=concerns_about(body, today),
        days_gone=gone,
        days_in_term=whole,
    )


def _seats_of(members: Iterable[Membership]) -> dict[int, tuple[Membership, ...]]:
    """The other places of the same person, by the membership. Somebody is the same as an owner, as a user, or by the
    name and the phone together; a name alone tells nothing.
    """
    people: dict[tuple[str, Any], list[Membership]] = defaultdict(list)
    for member in members:
        for key in _who(member):
            people[key].append(member)
    return {
        member.pk: tuple(
            {
                other.pk: other
                for key in _who(member)
                for other in people[key]
                if other.pk != member.pk and other.body_id != member.body_id
            }.values()
        )
        for member in members
    }


def _who(member: Membership) -> list[tuple[str, Any]]:
    keys: list[tuple[str, Any]] = []
    if member.owner_id:
        keys.append(("owner", member.owner_id))
    if member.user_id:
        keys.append(("user", member.user_id))
    if member.phone:
        keys.append(("phone", (member.name, member.phone)))
    return keys


def words_of(concern: Concern) -> str:
    """A concern for people, with its figures."""
    days, number, needed = concern.days, concern.number, concern.needed
    match concern.code:
        case "vote_fell":
            return _("The owners' vote that elected it no longer stands.")
        case "no_members":
            return _("Nobody is written down as a member.")
        case "branch_too_small" | "committee_too_small":
            said = ngettext(
                "It has %(n)d member; %(needed)d are needed.", "It has %(n)d members; %(needed)d are needed.", number
            )
            return said % {"n": number, "needed": needed}
        case "even_number":
            return _("It has %(n)d members: their number must be odd.") % {"n": number}
        case "committee_too_large":
            return _("It has %(n)d members; more than %(most)d are unusual.") % {"n": number, "most": needed}
        case "no_head":
            return _("Nobody leads it.")
        case "not_filed" if days == 0:
            return _("It is not filed yet; today is the last day for that.")
        case "not_filed":
            said = ngettext(
                "It is not filed yet; %(n)d day is left.", "It is not filed yet; %(n)d days are left.", days
            )
            return said % {"n": days}
        case "filing_late":
            said = ngettext("It was to be filed %(n)d day ago.", "It was to be filed %(n)d days ago.", days)
            return said % {"n": days}
        case "term_ends_soon" if days == 0:
            return _("Its term ends today.")
        case "term_ends_soon":
            return ngettext("Its term ends in %(n)d day.", "Its term ends in %(n)d days.", days) % {"n": days}
        case "term_over":
            return ngettext("Its term ended %(n)d day ago.", "Its term ended %(n)d days ago.", days) % {"n": days}
        case "contract_ends_soon" if days == 0:
            return _("Its contract ends today.")
        case "contract_ends_soon":
            return ngettext("Its contract ends in %(n)d day.", "Its contract ends in %(n)d days.", days) % {"n": days}
        case _:
            said = ngettext("Its contract ended %(n)d day ago.", "Its contract ended %(n)d days ago.", days)
            return said % {"n": days}
