from typing import Any

from renovation.models import Neighbourhood
from renovation.reports.owner_merges import merge_proposals
from tests.factories import make_household, make_neighbourhood, make_owner, make_ownership


def own(
    neighbourhood: Neighbourhood, unit: str, name: str, owner_phones: list[str], phones: list[str], head: str
) -> int:
    household = make_household(neighbourhood=neighbourhood, unit_number=unit, head_name=head, phones=phones)
    owner = make_owner(neighbourhood=neighbourhood, name=name, phones=owner_phones)
    make_ownership(household=household, owner=owner)
    return owner.pk


def test_the_same_name_and_telephone_are_proposed_and_the_name_alone_is_not(neighbourhood: Neighbourhood) -> None:
    first = own(neighbourhood, "101", "张三", ["13800138001"], [], "")
    second = own(neighbourhood, "201", "张三", [], ["13800138001", "13800138009"], "张三")
    own(neighbourhood, "301", "张三", ["13800138002"], [], "")
    own(neighbourhood, "401", "李四", ["13800138001"], [], "")
    own(neighbourhood, "501", "张三", [], ["13800138001"], "租户")
    own(make_neighbourhood(), "101", "张三", ["13800138001"], [], "")

    (proposal,) = merge_proposals(neighbourhood)

    assert (proposal.name, proposal.owners) == ("张三", (first, second))
    assert [unit for _building, _stairwell, unit in proposal.doors] == ["101", "201"]


def test_two_queries_for_any_number(neighbourhood: Neighbourhood, django_assert_num_queries: Any) -> None:
    for name in ("张三", "李四", "王五"):
        for unit in ("101", "201"):
            own(neighbourhood, f"{unit}{name}", name, ["13800138001"], [], "")

    with django_assert_num_queries(2):
        assert len(merge_proposals(neighbourhood)) == 3
