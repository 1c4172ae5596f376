"""What lists of a neighbourhood's fees share: who reads them."""

from dataclasses import replace
from typing import Any, Self

from django.db.models import Q, QuerySet

from accounts.choices import Access
from accounts.querysets import within
from accounts.rules.territory import Reach, reach_of
from governance.querysets.base import GovernedQuerySet, NamedQuerySet
from renovation.querysets import neighbourhoods_within


def bill_reach(caller: Any, act: str = "fees") -> Reach:
    """Where the caller reads single bills and payments. A book is of a whole neighbourhood, and who owes lies in no
    grid: who is given a grid reads none.
    """
    return replace(reach_of(caller, act, Access.READ, Access.WRITE, Access.MASKED), grids=())


class FeeQuerySet(GovernedQuerySet):
    """Rows that name nobody: prices, months, what was disclosed. Read by whoever does `fees` there in any way."""

    act = "fees"


class FeeRowQuerySet(NamedQuerySet):
    """Rows of single households. Who reads totals only (the committee) does not read them; an administrator does, with
    names masked.
    """

    act = "fees"
    path = "neighbourhood__"

    def visible_to(self, caller: Any) -> Self:
        return self.filter(neighbourhoods_within(bill_reach(caller, self.act), self.path))

    def in_division(self, code: str) -> Self:
        return self.filter(**{f"{self.path}community_code__startswith": code})


class BillQuerySet(FeeRowQuerySet):
    def live(self) -> Self:
        """Those that stand: not void."""
        return self.exclude(state="void")

    def open(self) -> Self:
        return self.filter(state="open")

    def oldest_first(self) -> Self:
        """The order in which a payment settles them (design.md, Fees)."""
        return self.order_by("starts_on", "due_on", "id")


class OfBillQuerySet(FeeRowQuerySet):
    path = "bill__neighbourhood__"


class OfPaymentQuerySet(FeeRowQuerySet):
    path = "payment__neighbourhood__"


class OfStatementQuerySet(FeeRowQuerySet):
    path = "statement__neighbourhood__"


class ProviderNoticeQuerySet(FeeRowQuerySet):
    path = "channel__neighbourhood__"


class ReductionQuerySet(FeeRowQuerySet):
    """Read by whoever proposes or decides them: not only by who reads bills."""

    act = "fee_reductions"


class RunQuerySet(QuerySet[Any]):
    """Billing runs, by the code that they were asked for: those of a division by whoever reads all of it, and by
    whoever asked for them, since they took in no other places than theirs.
    """

    def visible_to(self, caller: Any) -> Self:
        reach = reach_of(caller, "fees", Access.READ, Access.WRITE, Access.MASKED)
        where = within(reach, neighbourhood="neighbourhood_code")
        return self.filter(where | Q(by=caller, neighbourhood=None) if reach else where)


class DisclosureQuerySet(QuerySet[Any]):
    """Published to everybody (Civil Code 943): whoever asks may read them."""

    def visible_to(self, caller: Any) -> Self:
        return self


class FeeAuditQuerySet(QuerySet[Any]):
    """Read by whoever reads bills somewhere; what it found in other places is left out where it is shown."""

    def visible_to(self, caller: Any) -> Self:
        reach = reach_of(caller, "fees", Access.READ, Access.WRITE, Access.MASKED)
        return self if reach else self.none()
