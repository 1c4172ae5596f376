"""Evidence in words: the name of each value, and what a piece of evidence says."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from common.figures import count_text, fraction_text, full_day_text, mark_text, money_text, rate_text
from renovation.rules.evidence import SCHEMAS, Entry, Kind

LABELS: dict[str, Promise] = {
    "hazards": gettext_lazy("Safety hazards found"),
    "must_do_found": gettext_lazy("Must-do items that apply here"),
    "must_do_not_found": gettext_lazy("Must-do items that do not apply"),
    "findings": gettext_lazy("What was found"),
    "form": gettext_lazy("Kind"),
    "name": gettext_lazy("Name"),
    "members": gettext_lazy("Members"),
    "term_ends_on": gettext_lazy("In office until"),
    "filed_with": gettext_lazy("Filed with"),
    "evidence": gettext_lazy("What was seen"),
    "urban_management": gettext_lazy("Document of the urban management"),
    "place": gettext_lazy("Where it was posted"),
    "posted_on": gettext_lazy("Posted on"),
    "ends_on": gettext_lazy("Posted until"),
    "objections": gettext_lazy("Objections"),
    "objections_answered": gettext_lazy("Objections answered"),
    "application_form": gettext_lazy("The application form is in"),
    "cost_estimate": gettext_lazy("The cost estimate is in"),
    "cost_shares": gettext_lazy("The cost shares are in"),
    "year": gettext_lazy("Year of the plan"),
    "built_by": gettext_lazy("Takes those built by the end of"),
    "items": gettext_lazy("Items that do not apply"),
    "finding": gettext_lazy("Finding, and who made it"),
    "item_count": gettext_lazy("Items of the plan"),
    "priced": gettext_lazy("Items priced"),
    "must_do": gettext_lazy("Must-do items in the plan"),
    "total": gettext_lazy("Sum of the plan, in yuan"),
    "needed": gettext_lazy("Votes needed"),
    "passed": gettext_lazy("Votes passed"),
    "due": gettext_lazy("Residents' share of the plan, in yuan"),
    "committed": gettext_lazy("Committed, in yuan"),
    "found": gettext_lazy("Illegal structures found"),
    "scheduled": gettext_lazy("Removals scheduled"),
    "done": gettext_lazy("Items done"),
    "changed": gettext_lazy("Items formally changed"),
    "closed": gettext_lazy("Findings closed"),
    "passed_on": gettext_lazy("Date of acceptance"),
    "kept_at": gettext_lazy("Kept at"),
    "waterproofing_years": gettext_lazy("Waterproofing, years"),
    "installation_years": gettext_lazy("Pipes, wiring and equipment, years"),
    "heating_seasons": gettext_lazy("Heating, seasons"),
    "by_contract_years": gettext_lazy("Other works by contract, years"),
    "household_count": gettext_lazy("Households asked"),
    "respondents": gettext_lazy("Households that answered"),
    "minimum_share": gettext_lazy("Least share that must answer"),
    "mode": gettext_lazy("Kind of management"),
    "from_on": gettext_lazy("In place from"),
    "assets": gettext_lazy("Assets on the list"),
    "signed": gettext_lazy("The list is signed"),
    "signed_by_committee": gettext_lazy("The owners' committee has signed"),
    "signed_by_manager": gettext_lazy("The manager has signed"),
    "signed_by_community": gettext_lazy("The community has signed"),
    "handover_on": gettext_lazy("Day of handover"),
}

OF_ONE_KIND: dict[tuple[str, str], Promise] = {
    ("acceptance", "passed"): gettext_lazy("The works have passed"),
    ("inspections", "findings"): gettext_lazy("Findings of inspections"),
    ("evaluation", "closed"): gettext_lazy("The evaluation is closed"),
}
"""Where one name means another thing in one kind."""

CHOICES: dict[str, Promise] = {
    "branch": pgettext_lazy("party organisation", "Party branch"),
    "group": pgettext_lazy("party organisation", "Party group"),
    "committee": gettext_lazy("Elected owners' committee"),
    "stand_in": gettext_lazy("Stand-in"),
    "company": gettext_lazy("Property company, by contract"),
    "self_management": gettext_lazy("The residents themselves, by decision"),
}


def label_of(kind: str, name: str) -> str:
    return str(OF_ONE_KIND.get((kind, name)) or LABELS[name])


def facts_told(kind: str, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a piece of evidence says, name by name; the rate that a survey pushed, as the fraction that it is."""
    if kind not in SCHEMAS:
        return _rate_told(facts)
    return [
        (label_of(kind, entry.name), _said(entry, facts[entry.name])) for entry in SCHEMAS[kind] if entry.name in facts
    ]


def _rate_told(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not {"supports", "households", "excluded", "pass_share"} <= set(facts):
        return []
    denominator, share = facts["households"] - facts["excluded"], Decimal(facts["pass_share"])
    return [
        (_("Support"), fraction_text(facts["supports"], denominator)),
        (_("Support rate"), rate_text(facts["supports"], denominator, share)),
        (_("Pass mark"), mark_text(share)),
    ]


def _said(entry: Entry, value: Any) -> str:
    match entry.kind:
        case Kind.COUNT:
            return count_text(value)
        case Kind.MONEY:
            return money_text(Decimal(value))
        case Kind.SHARE:
            return mark_text(Decimal(value))
        case Kind.DATE:
            return full_day_text(date.fromisoformat(value))
        case Kind.YES:
            return _("Yes") if value else _("No")
        case Kind.CHOICE:
            return str(CHOICES[value])
        case Kind.ITEMS:
            return _(", ").join(value) or _("None")
        case _:
            return str(value)
