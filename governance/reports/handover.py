"""A handover as it stands: its lists, who has signed them, what is still missing; and the services that are to end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.choices.conventions import ConventionKind, VersionState
from governance.choices.handover import HandoverKind, HandoverState, Signatory, WithdrawalState
from governance.models import (
    Asset,
    ConventionVersion,
    Handover,
    HandoverItem,
    HandoverSignature,
    Management,
    ServiceWithdrawal,
)
from governance.rules.handover import (
    COUNTED_KINDS,
    MAY_SIGN_BESIDES,
    SIGNED_AT,
    digest_of,
    in_order,
    is_in_force,
    parties_signed,
    unready,
    unsettled,
)
from renovation.choices import DefectState, EvidenceKind, PackageState
from renovation.models import Defect, Evidence, Neighbourhood, PlanItem, WorkPackage
from renovation.reports.plans import plan_in_force
from renovation.rules.awards import HANDED_OVER
from renovation.rules.guards import SIGNATORIES

READINESS_WORDS: Mapping[str, Promise] = {
    "taken_over_by": _("Who goes on with the service"),
    "fee_covers_it": _("The fee covers it"),
    "residents_told_on": _("Residents were told"),
}


@dataclass(frozen=True)
class ItemLine:
    """One of the eight things: `count` of the assets and of the open defects is that of their list."""

    kind: str
    label: str
    handed: bool
    count: int | None
    note: str
    is_counted: bool

    @property
    def is_settled(self) -> bool:
        return not unsettled([(self.kind, self.handed, self.note)])


@dataclass(frozen=True)
class PartyLine:
    """A party with its last signature; `is_current` where that stands below the lists as they are now."""

    party: str
    label: str
    must_sign: bool
    signature: HandoverSignature | None
    is_current: bool


@dataclass(frozen=True)
class HandoverSheet:
    """A handover with all that stands on it. `reasons` say why it cannot be signed yet; it is ready where none does."""

    handover: Handover
    items: Sequence[ItemLine]
    assets: Sequence[Asset]
    parties: Sequence[PartyLine]
    convention: ConventionVersion | None
    open_defects: Sequence[Defect]
    reasons: Sequence[str]

    @property
    def is_signed(self) -> bool:
        return bool(self.handover.state == HandoverState.SIGNED)

    @property
    def unsettled(self) -> Sequence[ItemLine]:
        return [line for line in self.items if not line.is_settled]

    @property
    def settled_count(self) -> int:
        return len(self.items) - len(self.unsettled)

    @property
    def signed_count(self) -> int:
        return sum(line.is_current for line in self.parties if line.must_sign)

    @property
    def must_sign_count(self) -> int:
        return len(SIGNATORIES)

    @property
    def has_old_signatures(self) -> bool:
        """Whether somebody signed lists that were changed afterwards."""
        return any(line.signature is not None and not line.is_current for line in self.parties)

    @property
    def next_act(self) -> str:
        """What is to be done next: one of `reasons`, or `sign`; empty once it is signed."""
        if self.is_signed:
            return ""
        return self.reasons[0] if self.reasons else "sign"

    @property
    def next_party(self) -> str:
        """The party whose signature is the next thing to get; empty while the lists are not ready, and once signed."""
        if self.is_signed or self.reasons:
            return ""
        return next((line.party for line in self.parties if line.must_sign and not line.is_current), "")


def handovers_to_read(handovers: QuerySet[Any]) -> QuerySet[Any]:
    """Handovers with what their output needs: three queries a page, and one count each in the same statement."""
    assets = Asset.objects.filter(handover=OuterRef("pk")).order_by().values("handover").annotate(n=Count("pk"))
    return (
        handovers.select_related("neighbourhood", "management__body")
        .annotate(asset_count=Coalesce(Subquery(assets.values("n")), 0), open_defect_count=open_defects_here())
        .prefetch_related(
            Prefetch("items", HandoverItem.objects.order_by("pk")),
            Prefetch("signatures", HandoverSignature.objects.order_by("pk")),
        )
    )


def open_defects_here() -> Any:
    """Of the neighbourhood of each row: the defects that are not closed."""
    rows = Defect.objects.filter(neighbourhood=OuterRef("neighbourhood")).exclude(state=DefectState.CLOSED).order_by()
    return Coalesce(Subquery(rows.values("neighbourhood").annotate(n=Count("pk")).values("n")), 0)


def item_lines(handover: Any) -> list[ItemLine]:
    """The eight in their order. Of a signed handover the counts are those that were signed."""
    live = {"asset_list": handover.asset_count, "open_defects": handover.open_defect_count}
    signed = handover.state == HandoverState.SIGNED
    lines = {
        item.kind: ItemLine(
            kind=item.kind,
            label=item.get_kind_display(),
            handed=item.handed,
            count=item.count if signed or item.kind not in COUNTED_KINDS else live[item.kind],
            note=item.note,
            is_counted=item.kind in COUNTED_KINDS,
        )
        for item in handover.items.all()
    }
    return in_order(HandoverKind.values, lines)


def party_lines(handover: Any) -> list[PartyLine]:
    """Those who must sign, then those who may, each with the last signature."""
    rows = list(handover.signatures.all())
    current = parties_signed(((row.party, row.digest) for row in rows), handover.digest)
    last = {row.party: row for row in rows}
    return [
        PartyLine(
            party=party,
            label=str(Signatory(party).label),
            must_sign=party in SIGNATORIES,
            signature=last.get(party),
            is_current=party in current,
        )
        for party in (*SIGNATORIES, *MAY_SIGN_BESIDES)
    ]


def sheet_of(handover: Any) -> HandoverSheet:
    """One of `handovers_to_read`, with its assets, the open defects and the convention. Three further queries."""
    neighbourhood = handover.neighbourhood
    lines = item_lines(handover)
    assets = list(Asset.objects.filter(handover=handover).order_by("pk"))
    return HandoverSheet(
        handover=handover,
        items=lines,
        assets=assets,
        parties=party_lines(handover),
        convention=convention_in_force(neighbourhood),
        open_defects=list(open_defects(neighbourhood)),
        reasons=[] if handover.state == HandoverState.SIGNED else _reasons(handover, lines, assets),
    )


def _reasons(handover: Handover, lines: Sequence[ItemLine], assets: Sequence[Asset]) -> list[str]:
    """Why the lists cannot be signed yet: `assets`, `items`, `management`, `stage`."""
    management = handover.management
    holds = {
        "assets": bool(assets),
        "items": all(line.is_settled for line in lines),
        "management": is_in_force(management.starts_on, management.ends_on, handover.handover_on),
        "stage": handover.neighbourhood.stage in SIGNED_AT,
    }
    return [reason for reason, held in holds.items() if not held]


def open_defects(neighbourhood: Neighbourhood) -> QuerySet[Any]:
    """The defects that are not closed, as the supervision keeps them: what the manager takes over with the place."""
    rows: QuerySet[Any] = Defect.objects.filter(neighbourhood=neighbourhood).exclude(state=DefectState.CLOSED)
    return rows.select_related("building", "menu_item").order_by("found_on", "pk")


def convention_in_force(neighbourhood: Neighbourhood) -> ConventionVersion | None:
    """The residents' convention as adopted last."""
    found: ConventionVersion | None = (
        ConventionVersion.objects.filter(
            convention__neighbourhood=neighbourhood,
            convention__kind=ConventionKind.RESIDENTS,
            state=VersionState.ADOPTED,
        )
        .select_related("convention")
        .order_by("-adopted_on", "-pk")
        .first()
    )
    return found


def digest_now(handover: Handover) -> str:
    """The digest of a handover's lists as they stand in the tables. What is only counted is not among it."""
    assets = Asset.objects.filter(handover=handover).order_by("pk")
    items = HandoverItem.objects.filter(handover=handover).order_by("kind")
    content = {
        "management": handover.management_id,
        "handover_on": handover.handover_on.isoformat(),
        "document": handover.document,
        "items": [[one.kind, one.handed, None if one.kind in COUNTED_KINDS else one.count, one.note] for one in items],
        "assets": [
            [one.name, one.kind, f"{one.quantity:.2f}", one.unit, one.place, one.state, one.taken_by] for one in assets
        ],
    }
    return digest_of(content)


def built_not_listed(handover: Handover) -> list[PlanItem]:
    """What accepted packages have built of the plan in force, and no asset is named after yet. Three queries."""
    plan = plan_in_force(handover.neighbourhood)
    if plan is None:
        return []
    listed = set(Asset.objects.filter(handover=handover).values_list("name", flat=True))
    accepted = WorkPackage.objects.filter(
        neighbourhood=handover.neighbourhood_id, items__menu_item=OuterRef("menu_item"), state=PackageState.ACCEPTED
    )
    rows = PlanItem.objects.filter(Exists(accepted), plan=plan).select_related("menu_item").order_by("menu_item__code")
    return [one for one in rows if not {one.menu_item.name_zh, one.menu_item.name_en} & listed]


def handover_day(neighbourhood: Neighbourhood) -> date | None:
    """The day of handover by the evidence that stands; None where it is not known."""
    told = Evidence.objects.filter(neighbourhood=neighbourhood, kind=EvidenceKind.HANDOVER).order_by("-pk").first()
    return None if told is None or told.revoked else date.fromisoformat(told.facts["handover_on"])


@dataclass(frozen=True)
class WithdrawalLine:
    """A service that is to end, with the points of the check that do not hold, and the days that are left."""

    withdrawal: ServiceWithdrawal
    unmet: Sequence[str]
    days_left: int

    @property
    def is_over(self) -> bool:
        return bool(self.withdrawal.state == WithdrawalState.WITHDRAWN)

    @property
    def may_end(self) -> bool:
        return not self.is_over and not self.unmet and self.days_left <= 0

    @property
    def unmet_words(self) -> list[Promise]:
        return [READINESS_WORDS[point] for point in self.unmet]

    @property
    def told_on(self) -> date | None:
        day = self.withdrawal.readiness.get("residents_told_on")
        return date.fromisoformat(day) if day else None

    @property
    def points(self) -> list[tuple[str, Promise, bool, str]]:
        """Each point of the check: its name, words, whether it holds, and what was answered."""
        answers = self.withdrawal.readiness
        return [
            (point, words, point not in self.unmet, "" if point == "fee_covers_it" else answers.get(point, ""))
            for point, words in READINESS_WORDS.items()
        ]


def withdrawal_line(withdrawal: ServiceWithdrawal, today: date) -> WithdrawalLine:
    over = withdrawal.state == WithdrawalState.WITHDRAWN
    return WithdrawalLine(
        withdrawal=withdrawal,
        unmet=() if over else unready(withdrawal.readiness, withdrawal.ends_on),
        days_left=(withdrawal.ends_on - today).days,
    )


def withdrawals_of(neighbourhood: Neighbourhood, today: date) -> list[WithdrawalLine]:
    """The services, those that still run first, by their day. One query."""
    rows: Iterable[ServiceWithdrawal] = ServiceWithdrawal.objects.filter(neighbourhood=neighbourhood).order_by(
        "ends_on", "pk"
    )
    lines = [withdrawal_line(row, today) for row in rows]
    return sorted(lines, key=lambda line: line.is_over)


def is_handed_over(neighbourhood: Neighbourhood) -> bool:
    """Whether handover was accepted here: only then may a service end."""
    return neighbourhood.stage in HANDED_OVER


def managements_to_choose(neighbourhood: Neighbourhood) -> QuerySet[Any]:
    """The managements of the place, the latest first."""
    rows: QuerySet[Any] = Management.objects.filter(neighbourhood=neighbourhood).select_related("body")
    return rows.order_by("-starts_on", "-pk")


def management_on(neighbourhood: Neighbourhood, day: date) -> Management | None:
    """Who manages the place on a day, with the fee standard that is to cover its services. One query."""
    rows: Any = managements_to_choose(neighbourhood)
    found: Management | None = rows.on(day).first()
    return found
