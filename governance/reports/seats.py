"""Which seats of the 3+X are empty in which neighbourhood, over all that a reader sees."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.choices import Act
from accounts.rules.territory import reach_of
from governance.choices.bodies import BodyKind
from governance.models import Body, Management
from governance.rules.bodies import COMMITTEES, PARTY, RENEWAL_DAYS, missing_seats
from renovation.models import Neighbourhood
from renovation.querysets import neighbourhoods_within

WANTS: dict[str, Q] = {
    "party": Q(has_party=False),
    "committee": Q(has_committee=False),
    "manager": Q(is_managed=False),
    "filing": Q(is_unfiled=True),
    "ending": Q(is_ending=True),
}
"""What may be wanting, by its word: an empty seat; a committee not filed; a term or a contract that is over, or ends
within 90 days, or a management that does and that nothing follows."""


@dataclass(frozen=True)
class Ending:
    """Whose time is over, or ends within 90 days, and its last day."""

    name: str
    ends_on: date


@dataclass(frozen=True)
class SeatRow:
    """A neighbourhood, with who holds its seats."""

    neighbourhood: Any
    party: Body | None
    committee: Body | None
    management: Management | None
    group_count: int
    ending: tuple[Ending, ...]


def seats_by_neighbourhood(reader: Any, today: date) -> QuerySet[Any]:
    """The neighbourhoods whose bodies a reader sees, with what is wanting as five booleans."""
    standing = Body.objects.standing().filter(neighbourhood=OuterRef("pk"))
    managing = Management.objects.on(today).filter(neighbourhood=OuterRef("pk"))
    following = Management.objects.filter(neighbourhood=OuterRef("pk"), starts_on__gt=today)
    soon = today + timedelta(days=RENEWAL_DAYS)
    rows: QuerySet[Any] = Neighbourhood.objects.filter(neighbourhoods_within(reach_of(reader, Act.BODIES)))
    return rows.annotate(
        has_party=Exists(standing.filter(kind__in=PARTY)),
        has_committee=Exists(standing.filter(kind__in=COMMITTEES)),
        is_managed=Exists(managing),
        is_unfiled=Exists(standing.filter(kind=BodyKind.OWNERS_COMMITTEE, filed_on=None)),
        is_followed=Exists(following),
        is_ending=Exists(standing.filter(term_ends_on__lte=soon))
        | (Exists(managing.filter(ends_on__lte=soon)) & ~Exists(following)),
    )


def count_wants(rows: QuerySet[Any]) -> dict[str, int]:
    """How many of these neighbourhoods there are (`all`), and in how many each thing is wanting. One query."""
    return dict(rows.aggregate(all=Count("pk"), **{word: Count("pk", filter=where) for word, where in WANTS.items()}))


def with_bodies(rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    """The same with their bodies and managements at hand: two queries for a page of them."""
    standing = Body.objects.standing().order_by("founded_on", "pk")
    managing = Management.objects.on(today).select_related("body")
    return rows.select_related("community__parent").prefetch_related(
        Prefetch("bodies", standing, to_attr="standing_bodies"), Prefetch("managements", managing, to_attr="managing")
    )


def seat_row(neighbourhood: Any, today: date) -> SeatRow:
    """A row of `with_bodies`. A branch goes before a group."""
    bodies = neighbourhood.standing_bodies
    party = sorted((body for body in bodies if body.kind in PARTY), key=lambda body: body.kind != BodyKind.PARTY_BRANCH)
    management = neighbourhood.managing[0] if neighbourhood.managing else None
    return SeatRow(
        neighbourhood=neighbourhood,
        party=party[0] if party else None,
        committee=next((body for body in bodies if body.kind in COMMITTEES), None),
        management=management,
        group_count=sum(body.kind == BodyKind.SELF_GOVERNING_GROUP for body in bodies),
        ending=_ending(bodies, None if neighbourhood.is_followed else management, today + timedelta(days=RENEWAL_DAYS)),
    )


def _ending(bodies: list[Body], management: Management | None, by: date) -> tuple[Ending, ...]:
    """A company whose contract and management both end stands there once."""
    found = {
        body.pk: Ending(body.name, body.term_ends_on)
        for body in bodies
        if body.term_ends_on and body.term_ends_on <= by
    }
    if management is not None and management.ends_on is not None and management.ends_on <= by:
        name = management.body.name if management.body else management.get_mode_display()
        found.setdefault(management.body_id or 0, Ending(name, management.ends_on))
    return tuple(found.values())


def missing_of(row: Any) -> tuple[str, ...]:
    """The empty seats of a row of `seats_by_neighbourhood`."""
    kinds = [kind for kind, held in ((PARTY[0], row.has_party), (COMMITTEES[0], row.has_committee)) if held]
    return tuple(missing_seats(kinds, row.is_managed))


def wants_of(row: Any) -> tuple[str, ...]:
    """All that is wanting in such a row, by the words of `WANTS`."""
    more = (("filing", row.is_unfiled), ("ending", row.is_ending))
    return (*missing_of(row), *(word for word, there in more if there))
