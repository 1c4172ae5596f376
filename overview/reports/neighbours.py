"""What a neighbourhood's neighbours got: those that have just finished near it, with their published photos."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from accounts.models import User
from overview.rules.deferred import FINISHED, JUST_FINISHED, STREET_LENGTH, Deferred, Finished, neighbours_of
from renovation.choices import Stage
from renovation.models import Neighbourhood
from renovation.reports.before_after import Pair, published_pairs, with_costs


@dataclass(frozen=True)
class ShownNeighbour:
    """A finished neighbour with its pairs; `may_open` says whether the reader sees its own pages, too."""

    neighbourhood: int
    name: str
    stage: str
    since: date
    pairs: Sequence[Pair]
    may_open: bool


@dataclass(frozen=True)
class ShownNeighbours:
    """Those to be shown, in the community, else in the street; `without_photos` are the names of the others."""

    shown: Sequence[ShownNeighbour]
    without_photos: Sequence[ShownNeighbour]
    in_community: bool


def neighbours_to_show(reader: User, neighbourhood: Neighbourhood, *, today: date | None = None) -> ShownNeighbours:
    """The neighbours that have just finished, the latest first; of those outside the reader's territory only what they
    have published. Five queries at most, besides the reader's roles.
    """
    today = today or timezone.localdate()
    since = timezone.make_aware(datetime.combine(today - JUST_FINISHED, datetime.min.time()))
    street = neighbourhood.community_code[:STREET_LENGTH]
    near = Neighbourhood.objects.in_division(street).filter(stage__in=FINISHED, stage_since__gte=since)
    finished = [
        Finished(pk, code, name, community_code, stage, timezone.localdate(at))
        for pk, code, name, community_code, stage, at in near.exclude(pk=neighbourhood.pk).values_list(
            "pk", "code", "name", "community_code", "stage", "stage_since"
        )
    ]
    pairs = with_costs(published_pairs([found.pk for found in finished]))
    mine = set(
        Neighbourhood.objects.visible_to(reader).filter(pk__in=[f.pk for f in finished]).values_list("pk", flat=True)
    )
    seen = [found for found in finished if found.pk in mine or found.pk in pairs]
    neighbours = neighbours_of(Deferred(neighbourhood.code, neighbourhood.community_code, None), seen, today)
    rows = [
        ShownNeighbour(
            found.pk,
            found.name,
            str(Stage(found.stage).label),
            found.since,
            pairs.get(found.pk, ()),
            found.pk in mine,
        )
        for found in neighbours.finished
    ]
    return ShownNeighbours(
        shown=[row for row in rows if row.pairs],
        without_photos=[row for row in rows if not row.pairs],
        in_community=neighbours.in_community,
    )
