"""Entries behind a figure, as a caller may read them: in the order in which they were recorded, the latest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from renovation.choices import FundingStep
from renovation.models import FundingEntry, Neighbourhood
from renovation.permissions import reads_contributions
from renovation.querysets import FundingEntryQuerySet
from renovation.rules.funding import may_name_payer

NOTHING = Decimal(0)


@dataclass(frozen=True)
class ShownEntry:
    """An entry with what this reader is told of who paid; `payer` is empty for a person who has not agreed."""

    entry: FundingEntry
    payer: str
    reversal: FundingEntry | None


@dataclass(frozen=True)
class StepTotal:
    """What the entries of one step add up to; `unseen` is the part that stands in entries of households, where the
    reader does not keep contributions: totals are shown, single households are not.
    """

    step: FundingStep
    total: Decimal
    unseen: Decimal


@dataclass(frozen=True)
class EntryList:
    """A page of entries, with how many the reader sees in all, and the whole figures that they belong to: one for each
    step, since what is committed, received and spent is the same money three times.
    """

    rows: Sequence[ShownEntry]
    count: int
    totals: Sequence[StepTotal]
    before: int | None

    @property
    def is_whole(self) -> bool:
        return self.before is None

    @property
    def unseen(self) -> Sequence[StepTotal]:
        return [total for total in self.totals if total.unseen]

    @property
    def only_total(self) -> Decimal | None:
        """The figure, where it is one."""
        return self.totals[0].total if len(self.totals) == 1 else None


def entries_of(neighbourhood: Neighbourhood, **which: Any) -> FundingEntryQuerySet:
    """The entries of one figure, whoever may read them. `which` are lookups of entries."""
    found: FundingEntryQuerySet = FundingEntry.objects.filter(source__neighbourhood=neighbourhood, **which)
    return found


def entry_list(
    user: Any, neighbourhood: Neighbourhood, *, size: int, before: int | None = None, **which: Any
) -> EntryList:
    """The latest `size` entries recorded before an id, and what all of them add up to. Two queries.

    What one household gave is no total: there is nothing of it for who does not keep contributions.
    """
    reads = reads_contributions(user, neighbourhood)
    all_of_them = entries_of(neighbourhood, **which)
    if "household" in which and not reads:
        all_of_them = all_of_them.none()
    of_households = Q(household__isnull=False)
    by_step = (
        all_of_them.order_by()
        .values("step")
        .annotate(
            total=Sum("amount"),
            unseen=Sum("amount", filter=of_households),
            entries=Count("pk"),
            others=Count("pk", filter=~of_households),
        )
    )
    sums = {row["step"]: row for row in by_step}
    seen = all_of_them.visible_to(user)
    if before is not None:
        seen = seen.filter(pk__lt=before)
    page = list(
        seen.select_related(
            "source",
            "household__building",
            "household__stairwell",
            "menu_item",
            "package",
            "reversed_by",
            "reverses",
            "recorded_by",
        ).order_by("-pk")[: size + 1]
    )
    rows = page[:size]
    return EntryList(
        rows=[shown_entry(entry, reads=reads) for entry in rows],
        count=sum(row["entries" if reads else "others"] for row in sums.values()),
        totals=[
            StepTotal(step, sums[step]["total"], NOTHING if reads else sums[step]["unseen"] or NOTHING)
            for step in FundingStep
            if step in sums
        ],
        before=rows[-1].pk if len(page) > size else None,
    )


def shown_entry(entry: FundingEntry, *, reads: bool) -> ShownEntry:
    """An entry as told to who keeps contributions (`reads`), or to anybody else."""
    named = may_name_payer(kind=entry.source.kind, agreed=entry.payer_may_be_named, reads_contributions=reads)
    return ShownEntry(entry, entry.payer if named else "", getattr(entry, "reversed_by", None))
