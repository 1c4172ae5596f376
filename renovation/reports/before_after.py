"""Published photos of one item before and after the works, as they are shown at the doors of other neighbourhoods."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from renovation.choices import PhotoPhase
from renovation.models import MenuItem, PlanItem, RenovationPlan, SitePhoto


@dataclass(frozen=True)
class Pair:
    """The latest published photos of an item (None: of the whole place) before and after, and what the item cost."""

    item: MenuItem | None
    before: SitePhoto
    after: SitePhoto
    cost: Decimal | None = None


def published_pairs(neighbourhoods: Collection[int]) -> Mapping[int, Sequence[Pair]]:
    """The pairs of each neighbourhood that has some, the whole place first, then by the code of the item. One query.

    A photo is published to be shown to all, so nobody's territory is asked for.
    """
    latest: dict[tuple[int, str, str], SitePhoto] = {}
    photos = SitePhoto.objects.filter(neighbourhood__in=neighbourhoods, is_published=True)
    photos = photos.filter(phase__in=[PhotoPhase.BEFORE, PhotoPhase.AFTER]).select_related("menu_item")
    for photo in photos.order_by("taken_on", "pk"):
        latest[photo.neighbourhood_id, photo.menu_item.code if photo.menu_item else "", photo.phase] = photo
    pairs: dict[int, list[Pair]] = {}
    for neighbourhood, code, phase in sorted(latest):
        after = latest.get((neighbourhood, code, PhotoPhase.AFTER))
        if phase == PhotoPhase.BEFORE and after is not None:
            before = latest[neighbourhood, code, phase]
            pairs.setdefault(neighbourhood, []).append(Pair(after.menu_item, before, after))
    return pairs


def with_costs(pairs: Mapping[int, Sequence[Pair]]) -> Mapping[int, Sequence[Pair]]:
    """The same with what each item costs by the plan in force, which was posted in the neighbourhood. Two queries."""
    plans = dict(
        RenovationPlan.objects.filter(neighbourhood__in=pairs)
        .exclude(in_force_at=None)
        .order_by("neighbourhood_id", "number")
        .values_list("neighbourhood_id", "pk")
    )
    amounts = {
        (plan, code): amount
        for plan, code, amount in PlanItem.objects.filter(plan__in=plans.values()).values_list(
            "plan", "menu_item__code", "amount"
        )
    }
    return {
        neighbourhood: [
            Pair(pair.item, pair.before, pair.after, amounts.get((plans.get(neighbourhood), pair.item.code)))
            if pair.item
            else pair
            for pair in mine
        ]
        for neighbourhood, mine in pairs.items()
    }
