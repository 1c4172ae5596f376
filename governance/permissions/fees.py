"""Who keeps the book of fees of a neighbourhood, and who reads what of it."""

from typing import Any

from accounts.choices import Access, Act
from accounts.permissions import may_write
from accounts.rules.territory import reach_of
from governance.querysets.fees import bill_reach
from renovation.permissions import personal_reach, reaches


def may_write_fees(caller: Any, place: Any) -> bool:
    """Whether the caller prices, bills and takes money where `place` lies: the clerk of the property company."""
    return may_write(caller, Act.FEES, place)


def may_decide_reductions(caller: Any, place: Any) -> bool:
    """Whether the caller proposes and decides reductions there. Nobody decides what was proposed by the same person."""
    return may_write(caller, Act.FEE_REDUCTIONS, place)


def reads_bills(caller: Any, place: Any) -> bool:
    """Whether the caller reads single bills and payments there; who reads totals only (the committee) does not."""
    return bill_reach(caller).covers(place.community_code, place.neighbourhood_code)


def sees_debtors(caller: Any, place: Any) -> bool:
    """Whether the caller reads there who owes, by name: whoever takes the money, and whoever reads personal fields.
    Others read it masked. Who owes lies in no grid, as an owner does: what is read in a grid reaches none of them.
    """
    if may_write_fees(caller, place):
        return True
    return reaches(personal_reach(caller), place.community_code, place.neighbourhood_code, None)


def reads_reasons(caller: Any, place: Any) -> bool:
    """Whether the caller reads there why somebody asks for a reduction, and what was said to it. It may tell of an
    illness or of need: not read by who reads these rows masked.
    """
    reach = reach_of(caller, Act.FEE_REDUCTIONS, Access.READ, Access.WRITE)
    return reach.covers(place.community_code, place.neighbourhood_code)


def debtor_name(account: Any, *, named: bool) -> str:
    """The name of who owes, in full where `named` (`sees_debtors`), else masked."""
    name: str = account.name if named else account.masked_name
    return name
