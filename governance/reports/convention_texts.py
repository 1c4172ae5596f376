"""The texts of a neighbourhood side by side: what binds whom, and which stairwells have none yet."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q

from consent.rules.numbers import natural
from governance.choices.conventions import ConventionKind
from governance.models import Convention, ConventionSignature
from governance.permissions.conventions import sees_every_signature, sees_totals
from governance.reports.conventions import conventions_to_read, draft_of, share_of, version_in_force
from governance.rules.conventions import SIGNED_KINDS, SMALL_GROUP, signatures_needed
from renovation.models import Building, Household, Neighbourhood, Stairwell


@dataclass(frozen=True)
class TextCard:
    """A convention with the version that is in force and the one that is drafted; `shown` is that in force, else the
    draft. The figures are of the signing at hand: of the draft where there is one.

    `signed` is None where it may not be told, or where nobody signs such a text.
    """

    convention: Any
    in_force: Any
    draft: Any
    households: int
    signed: int | None
    needed: int

    @property
    def shown(self) -> Any:
        return self.in_force or self.draft

    @property
    def lacking(self) -> int | None:
        """How many more must sign before the draft can be adopted; None where there is none or it may not be told."""
        return None if self.draft is None or self.signed is None else max(0, self.needed - self.signed)

    @property
    def state(self) -> str:
        if self.in_force:
            return "adopted"
        return "draft" if self.draft else "none"


@dataclass(frozen=True)
class StairwellTile:
    """A stairwell that people live in, with its convention where it has one."""

    stairwell: Stairwell
    households: int
    card: TextCard | None

    @property
    def state(self) -> str:
        return self.card.state if self.card else "none"


@dataclass(frozen=True)
class Texts:
    """`stairwells` are those of each building, in the order of numbers."""

    covenant: TextCard | None
    residents: TextCard | None
    stairwells: tuple[tuple[Building, tuple[StairwellTile, ...]], ...]

    @property
    def tiles(self) -> list[StairwellTile]:
        return [tile for _building, tiles in self.stairwells for tile in tiles]

    @property
    def stairwell_count(self) -> int:
        return len(self.tiles)

    @property
    def adopted_count(self) -> int:
        return sum(tile.state == "adopted" for tile in self.tiles)


def texts_of(neighbourhood: Neighbourhood, reader: Any) -> Texts:
    """Five queries, however many stairwells there are; three for who reads no signatures."""
    dwellings = Household.objects.current().residential().filter(neighbourhood=neighbourhood).order_by()
    lived_in: dict[int, int] = dict(dwellings.values_list("stairwell").annotate(n=Count("pk")))
    signed = _signed(neighbourhood) if sees_totals(reader, neighbourhood) else None
    sees = sees_every_signature(reader, neighbourhood)
    conventions = list(conventions_to_read(Convention.objects.visible_to(reader).filter(neighbourhood=neighbourhood)))

    def card(convention: Any) -> TextCard:
        in_force, draft = version_in_force(convention), draft_of(convention)
        of_stairwell = convention.kind == ConventionKind.STAIRWELL
        households = lived_in.get(convention.stairwell_id, 0) if of_stairwell else sum(lived_in.values())
        at_hand = draft or in_force
        told = signed is not None and convention.kind in SIGNED_KINDS and (sees or households >= SMALL_GROUP)
        return TextCard(
            convention=convention,
            in_force=in_force,
            draft=draft,
            households=households,
            signed=signed.get(at_hand.pk, 0) if signed is not None and told and at_hand else None,
            needed=signatures_needed(households, share_of(at_hand)) if at_hand else 0,
        )

    by_kind = {one.kind: card(one) for one in conventions if one.kind != ConventionKind.STAIRWELL}
    by_stairwell = {one.stairwell_id: card(one) for one in conventions if one.kind == ConventionKind.STAIRWELL}
    return Texts(
        covenant=by_kind.get(ConventionKind.COVENANT),
        residents=by_kind.get(ConventionKind.RESIDENTS),
        stairwells=_wall(neighbourhood, lived_in, by_stairwell),
    )


def _signed(neighbourhood: Neighbourhood) -> dict[int, int]:
    """How many households of today have signed each version here. One query."""
    rows = (
        ConventionSignature.objects.standing()
        .filter(
            Q(convention_version__convention__stairwell=None)
            | Q(convention_version__convention__stairwell=F("household__stairwell")),
            convention_version__convention__neighbourhood=neighbourhood,
            household__neighbourhood=neighbourhood,
            household__in=Household.objects.current().residential(),
        )
        .order_by()
    )
    return dict(rows.values_list("convention_version").annotate(n=Count("household", distinct=True)))


def _wall(
    neighbourhood: Neighbourhood, lived_in: dict[int, int], cards: dict[int, TextCard]
) -> tuple[tuple[Building, tuple[StairwellTile, ...]], ...]:
    found: dict[Building, list[StairwellTile]] = defaultdict(list)
    for stairwell in Stairwell.objects.filter(building__neighbourhood=neighbourhood).select_related("building"):
        if stairwell.pk in lived_in or stairwell.pk in cards:
            tile = StairwellTile(stairwell, lived_in.get(stairwell.pk, 0), cards.get(stairwell.pk))
            found[stairwell.building].append(tile)
    return tuple(
        (building, tuple(sorted(tiles, key=lambda tile: natural(tile.stairwell.number))))
        for building, tiles in sorted(found.items(), key=lambda pair: natural(pair[0].number))
    )
