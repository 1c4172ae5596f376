"""Two officials at one plan at once, with real commits: one does it, the other is told."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from renovation.models import FundingShare, RenovationPlan
from renovation.reports.plans import is_as_frozen
from tests.plan_rows import Planning

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """How each ended: nothing, or the code of its refusal."""
    ends: list[str] = []

    def run(act: Callable[[], Any]) -> None:
        try:
            act()
            ends.append("")
        except Exception as refusal:
            ends.append(getattr(refusal, "code", repr(refusal)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def test_of_two_who_open_a_draft_one_is_told(planning: Planning) -> None:
    assert at_once(*[planning.draft] * 3) == ["", "draft_open", "draft_open"]
    assert RenovationPlan.objects.count() == 1


def test_of_two_who_freeze_one_is_told(planning: Planning) -> None:
    draft = planning.draft()
    planning.put(draft, "B01", payers=planning.shared("1", "2"))

    assert at_once(*[lambda: planning.freeze(draft)] * 2) == ["", "plan_frozen"]


def test_an_item_set_while_it_is_frozen_is_in_it_whole_or_not_at_all(planning: Planning) -> None:
    draft = planning.draft()
    planning.put(draft, "B01", payers=planning.shared("1", "2"))

    ends = at_once(
        lambda: planning.freeze(draft),
        *[lambda number=number: planning.put(draft, "I03", f"{number}.00") for number in (100, 200, 300)],
    )

    assert set(ends) <= {"", "plan_frozen"}
    plan = RenovationPlan.objects.get()
    assert is_as_frozen(plan)
    assert plan.total == sum((item.amount or Decimal(0) for item in plan.items.all()), Decimal(0))
    assert plan.total == sum(FundingShare.objects.filter(plan_item__plan=plan).values_list("planned", flat=True))
