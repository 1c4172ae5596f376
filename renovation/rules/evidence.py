"""What each piece of evidence must state: a small schema for each kind, and reading what was sent against it.

Evidence that an app pushes down has no schema here; nobody records it by hand.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum, auto
from typing import Any

MAX_COUNT = 1_000_000
MAX_MONEY = Decimal("1e10")
FEN = Decimal("0.01")
YEARS = (1840, 2100)


class Kind(Enum):
    """What a value is. Money and shares are decimal strings, dates ISO strings: they are kept as JSON."""

    TEXT = auto()
    COUNT = auto()
    MONEY = auto()
    SHARE = auto()
    DATE = auto()
    YEAR = auto()
    YES = auto()
    CHOICE = auto()
    ITEMS = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a schema. `at_most` names the count that it cannot exceed, `after` the date that it must follow;
    `choices` are those of a CHOICE. What is not `required` may be left out and then is not kept.
    """

    name: str
    kind: Kind
    required: bool = True
    choices: tuple[str, ...] = ()
    at_most: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault at `name` (empty: of the whole)."""

    name: str
    code: str
    figures: Mapping[str, Any]


class FactsUnreadable(Exception):
    """What was sent cannot be read; every fault at its place: among the facts, or beside them."""

    def __init__(self, faults: list[Fault], *, beside_facts: bool = False) -> None:
        super().__init__(", ".join(f"{fault.name}: {fault.code}" for fault in faults))
        self.faults = faults
        self.beside_facts = beside_facts


COMMITTEE_FORMS = ("committee", "stand_in")
PARTY_FORMS = ("branch", "group")
MANAGER_MODES = ("company", "self_management")

NOTICE = (
    Entry("place", Kind.TEXT),
    Entry("posted_on", Kind.DATE),
    Entry("ends_on", Kind.DATE, after="posted_on"),
    Entry("objections", Kind.COUNT),
    Entry("objections_answered", Kind.COUNT, at_most="objections"),
)
WHAT_WAS_SEEN = (Entry("evidence", Kind.TEXT),)

SCHEMAS: Mapping[str, tuple[Entry, ...]] = {
    "assessment": (
        Entry("hazards", Kind.COUNT),
        Entry("must_do_found", Kind.ITEMS),
        Entry("must_do_not_found", Kind.ITEMS),
        Entry("findings", Kind.TEXT),
    ),
    "assessment_confirmed": (),
    "party_organisation": (
        Entry("form", Kind.CHOICE, choices=PARTY_FORMS),
        Entry("name", Kind.TEXT),
        Entry("members", Kind.COUNT),
    ),
    "owners_committee": (
        Entry("form", Kind.CHOICE, choices=COMMITTEE_FORMS),
        Entry("name", Kind.TEXT),
        Entry("members", Kind.COUNT),
        Entry("term_ends_on", Kind.DATE),
    ),
    "filing_receipt": (Entry("filed_with", Kind.TEXT),),
    "precondition_1": WHAT_WAS_SEEN,
    "precondition_2": WHAT_WAS_SEEN,
    "precondition_3": (*WHAT_WAS_SEEN, Entry("urban_management", Kind.TEXT)),
    "precondition_4": WHAT_WAS_SEEN,
    "precondition_4_district": WHAT_WAS_SEEN,
    "precondition_5": WHAT_WAS_SEEN,
    "result_notice": NOTICE,
    "application": (
        Entry("application_form", Kind.YES),
        Entry("cost_estimate", Kind.YES),
        Entry("cost_shares", Kind.YES),
    ),
    "annual_plan": (Entry("year", Kind.YEAR), Entry("built_by", Kind.YEAR)),
    "must_do_waived": (Entry("items", Kind.ITEMS), Entry("finding", Kind.TEXT)),
    "plan_priced": (
        Entry("item_count", Kind.COUNT),
        Entry("priced", Kind.COUNT, at_most="item_count"),
        Entry("must_do", Kind.ITEMS),
        Entry("total", Kind.MONEY),
    ),
    "plan_notice": NOTICE,
    "votes": (Entry("needed", Kind.COUNT), Entry("passed", Kind.COUNT, at_most="needed")),
    "contractor": (Entry("name", Kind.TEXT),),
    "supervisor": (Entry("name", Kind.TEXT),),
    "residents_share": (Entry("due", Kind.MONEY), Entry("committed", Kind.MONEY)),
    "illegal_structures": (Entry("found", Kind.COUNT), Entry("scheduled", Kind.COUNT, at_most="found")),
    "works_done": (
        Entry("item_count", Kind.COUNT),
        Entry("done", Kind.COUNT, at_most="item_count"),
        Entry("changed", Kind.COUNT, at_most="item_count"),
    ),
    "inspections": (Entry("findings", Kind.COUNT), Entry("closed", Kind.COUNT, at_most="findings")),
    "acceptance": (Entry("passed", Kind.YES), Entry("passed_on", Kind.DATE)),
    "completion_file": (Entry("kept_at", Kind.TEXT),),
    "warranties": (
        Entry("waterproofing_years", Kind.COUNT, required=False),
        Entry("installation_years", Kind.COUNT, required=False),
        Entry("heating_seasons", Kind.COUNT, required=False),
        Entry("by_contract_years", Kind.COUNT, required=False),
    ),
    "evaluation": (
        Entry("closed", Kind.YES),
        Entry("household_count", Kind.COUNT),
        Entry("respondents", Kind.COUNT, at_most="household_count"),
        Entry("minimum_share", Kind.SHARE),
    ),
    "manager": (
        Entry("mode", Kind.CHOICE, choices=MANAGER_MODES),
        Entry("name", Kind.TEXT),
        Entry("from_on", Kind.DATE),
    ),
    "asset_list": (Entry("assets", Kind.COUNT), Entry("signed", Kind.YES)),
    "handover": (
        Entry("signed_by_committee", Kind.YES),
        Entry("signed_by_manager", Kind.YES),
        Entry("signed_by_community", Kind.YES),
        Entry("handover_on", Kind.DATE),
    ),
}

PRECONDITIONS: Mapping[int, Mapping[str, str]] = {
    1: {"community": "precondition_1"},
    2: {"community": "precondition_2"},
    3: {"community": "precondition_3"},
    4: {"committee": "precondition_4", "district": "precondition_4_district"},
    5: {"committee": "precondition_5"},
}
"""Each precondition with the evidence of every party that must confirm it (policy.md c). The third has the urban
management's document in the community's row: they have no sign-in here."""

PRECONDITION_KINDS: Mapping[str, tuple[int, str]] = {
    kind: (number, party) for number, parties in PRECONDITIONS.items() for party, kind in parties.items()
}


def read_facts(kind: str, raw: Any, menu_codes: Collection[str]) -> dict[str, Any]:
    """What was sent for a kind of evidence, as it is kept. Raises FactsUnreadable with every fault at its place.

    `menu_codes` are the must-do items that ITEMS may name.
    """
    if not isinstance(raw, Mapping):
        raise FactsUnreadable([Fault("", "not_an_object", {})])
    schema = SCHEMAS[kind]
    faults = [Fault(str(name), "unknown", {}) for name in raw if name not in {entry.name for entry in schema}]
    facts: dict[str, Any] = {}
    for entry in schema:
        value = raw.get(entry.name)
        if value is None or value == "":
            if entry.required:
                faults.append(Fault(entry.name, "required", {}))
            continue
        try:
            facts[entry.name] = _READERS[entry.kind](entry, value, menu_codes)
        except _Unreadable as found:
            faults.append(Fault(entry.name, found.code, found.figures))
    faults += [fault for entry in schema if (fault := _disagrees(entry, facts))]
    if kind == "assessment" and not faults:
        faults += _found_and_not(facts)
    if faults:
        raise FactsUnreadable(faults)
    return facts


def _disagrees(entry: Entry, facts: Mapping[str, Any]) -> Fault | None:
    value = facts.get(entry.name)
    if value is None:
        return None
    if entry.at_most in facts and value > facts[entry.at_most]:
        return Fault(entry.name, "too_many", {"most": facts[entry.at_most]})
    if entry.after in facts and value <= facts[entry.after]:
        return Fault(entry.name, "too_early", {"after": facts[entry.after]})
    return None


def _found_and_not(facts: Mapping[str, Any]) -> list[Fault]:
    both = sorted(set(facts["must_do_found"]) & set(facts["must_do_not_found"]))
    return [Fault("must_do_not_found", "found_too", {"items": both})] if both else []


class _Unreadable(Exception):
    def __init__(self, code: str, **figures: Any) -> None:
        super().__init__(code)
        self.code, self.figures = code, figures


MAX_TEXT = 500


def _text(_entry: Entry, value: Any, _codes: Collection[str]) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise _Unreadable("not_a_text")
    text = value.strip()
    if len(text) > MAX_TEXT:
        raise _Unreadable("too_long", most=MAX_TEXT)
    if not text:
        raise _Unreadable("required")
    return text


def _count(_entry: Entry, value: Any, _codes: Collection[str]) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Unreadable("not_a_count")
    if not 0 <= value <= MAX_COUNT:
        raise _Unreadable("out_of_range", least=0, most=MAX_COUNT)
    return value


def _year(_entry: Entry, value: Any, _codes: Collection[str]) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Unreadable("not_a_count")
    if not YEARS[0] <= value <= YEARS[1]:
        raise _Unreadable("out_of_range", least=YEARS[0], most=YEARS[1])
    return value


def _decimal(value: Any) -> Decimal:
    """Money is never a float (api.md): text, or a whole number."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise _Unreadable("not_a_decimal")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise _Unreadable("not_a_decimal") from None
    if not number.is_finite():
        raise _Unreadable("not_a_decimal")
    return number


def _money(_entry: Entry, value: Any, _codes: Collection[str]) -> str:
    number = _decimal(value)
    if not 0 <= number < MAX_MONEY:
        raise _Unreadable("out_of_range", least=0, most=str(MAX_MONEY.to_integral_value()))
    if number != number.quantize(FEN):
        raise _Unreadable("not_to_the_fen")
    return str(number.quantize(FEN))


def _share(_entry: Entry, value: Any, _codes: Collection[str]) -> str:
    number = _decimal(value)
    if not 0 <= number <= 1 or number != number.quantize(Decimal("0.0001")):
        raise _Unreadable("not_a_share")
    return str(number.quantize(Decimal("0.0001")))


def _date(_entry: Entry, value: Any, _codes: Collection[str]) -> str:
    if isinstance(value, date):
        return str(date(value.year, value.month, value.day))
    try:
        return str(date.fromisoformat(value))
    except (TypeError, ValueError):
        raise _Unreadable("not_a_date") from None


def _yes(_entry: Entry, value: Any, _codes: Collection[str]) -> bool:
    if not isinstance(value, bool):
        raise _Unreadable("not_a_yes_or_no")
    return value


def _choice(entry: Entry, value: Any, _codes: Collection[str]) -> str:
    if not isinstance(value, str) or value not in entry.choices:
        raise _Unreadable("not_a_choice", choices=list(entry.choices))
    return value


def _items(_entry: Entry, value: Any, codes: Collection[str]) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise _Unreadable("not_a_list")
    if unknown := sorted({one for one in value if one not in codes}):
        raise _Unreadable("unknown_items", items=[one[:20] for one in unknown[:20]])
    return sorted(set(value))


_READERS = {
    Kind.TEXT: _text,
    Kind.COUNT: _count,
    Kind.YEAR: _year,
    Kind.MONEY: _money,
    Kind.SHARE: _share,
    Kind.DATE: _date,
    Kind.YES: _yes,
    Kind.CHOICE: _choice,
    Kind.ITEMS: _items,
}
