"""Papers by which a neighbourhood is put forward: the assessment sheet and the application for the plan."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.figures import amount_text, count_text, full_day_text, rate_text
from overview.prints.blocks import (
    Block,
    Paper,
    band,
    column,
    facts,
    lines_to_write,
    opinions,
    paragraphs,
    signatures,
    table,
    ticks,
)
from overview.prints.places import basic_facts, buildings_table, mix_table, paper_of
from overview.reports.neighbourhoods import building_summary
from overview.reports.plans import ShownPlan, plan_shown
from renovation.choices import EvidenceKind
from renovation.models import Evidence, Neighbourhood
from renovation.reports.evidence_words import facts_told
from renovation.reports.lifecycle import must_do_items
from renovation.reports.plans import draft_of, plan_in_force, plan_to_show
from renovation.reports.units import quantity_of

BASIS = (
    EvidenceKind.PARTY_ORGANISATION,
    EvidenceKind.OWNERS_COMMITTEE,
    EvidenceKind.FILING_RECEIPT,
    EvidenceKind.SURVEY_RESULT,
    EvidenceKind.RESULT_NOTICE,
)
"""What an application leans on besides the five preconditions (workflow.md, states 3 to 6)."""

PRECONDITIONS = (
    EvidenceKind.PRECONDITION_1,
    EvidenceKind.PRECONDITION_2,
    EvidenceKind.PRECONDITION_3,
    EvidenceKind.PRECONDITION_4,
    EvidenceKind.PRECONDITION_4_DISTRICT,
    EvidenceKind.PRECONDITION_5,
)


# --- 摸底调查表 -------------------------------------------------------------------------------------------


def assessment_sheet(neighbourhood: Neighbourhood, *, at: datetime, address: str) -> Paper:
    """The facts of a neighbourhood with the findings that are on record; where none are, room to write them in."""
    title = _("Assessment sheet of an old neighbourhood")
    evidence = _standing(neighbourhood)
    told, confirmed = evidence.get(EvidenceKind.ASSESSMENT), evidence.get(EvidenceKind.ASSESSMENT_CONFIRMED)
    buildings = building_summary(neighbourhood)
    findings = told.facts.get("findings", "") if told else ""
    hazards = count_text(told.facts["hazards"]) if told else None
    blocks = [
        basic_facts(neighbourhood, buildings, title=_("About the neighbourhood")),
        buildings_table(buildings, title=_("Buildings")),
        mix_table(neighbourhood, title=_("Use, tenure and occupancy")),
        _must_do(told, timezone.localdate(at)),
        facts([[(_("Safety hazards found"), hazards)]], title=pgettext("of an assessment", "Findings")),
        paragraphs([findings]) if findings else lines_to_write(4),
        signatures(
            [
                (_("Assessed by the community"), _by_document(told)),
                (_("Confirmed by the district"), _by_document(confirmed)),
            ],
            title=_("Signatures"),
        ),
    ]
    return paper_of(neighbourhood, title, blocks, "assessment", at=at, address=address)


def _must_do(told: Evidence | None, day: date) -> Block:
    found, absent = (
        set(told.facts.get(name, ())) if told else set() for name in ("must_do_found", "must_do_not_found")
    )
    items = [
        (f"{code} {name}", code in found, _("does not apply") if code in absent else "")
        for code, name in (must_do_items(day) or {}).items()
    ]
    return ticks(items, across=2, title=_("Must-do items that apply here"), note=_("Ticked: to be done here."))


# --- 改造计划申报表 ---------------------------------------------------------------------------------------


def application_form(neighbourhood: Neighbourhood, *, at: datetime, address: str, tells_support: bool) -> Paper:
    """What a neighbourhood is put forward with: its basis, the five preconditions, what is to be done, what it costs
    and who pays. What is not known yet is left to be written in. `tells_support` is whether the reader reads
    the surveys' results.
    """
    title = _("Application for the renovation plan of old neighbourhoods")
    evidence = _standing(neighbourhood)
    plan = plan_in_force(neighbourhood) or plan_to_show(neighbourhood) or draft_of(neighbourhood)
    shown = plan_shown(plan, None) if plan else None
    basis = [kind for kind in BASIS if tells_support or kind != EvidenceKind.SURVEY_RESULT]
    blocks = [
        basic_facts(neighbourhood, building_summary(neighbourhood), title=_("About the neighbourhood")),
        table(
            [
                column(_("Basis"), wide=3),
                column(_("On record"), wide=6),
                column(_("Document"), wide=3),
                column(_("Day")),
            ],
            [_basis_row(kind, evidence.get(kind)) for kind in basis],
            title=_("What it leans on"),
        ),
        ticks(
            [(str(kind.label), kind in evidence, _by_document(evidence.get(kind))) for kind in PRECONDITIONS],
            title=_("The five preconditions"),
        ),
        _items(shown),
        _payers(shown),
        opinions(
            [_("Opinion of the community"), _("Opinion of the street office"), _("Opinion of the district")],
            title=_("Opinions and seals"),
        ),
    ]
    return paper_of(neighbourhood, title, blocks, "application", at=at, address=address)


def _basis_row(kind: EvidenceKind, piece: Evidence | None) -> list[str | None]:
    if piece is None:
        return [str(kind.label), None, None, None]
    colon = pgettext("before a verdict", ": ")
    said = _("; ").join(f"{name}{colon}{value}" for name, value in facts_told(kind, piece.facts))
    day = full_day_text(piece.dated_on) if piece.dated_on else full_day_text(piece.at)
    return [str(kind.label), said or _("Yes"), piece.document, day]


def _items(shown: ShownPlan | None) -> Block:
    """The items by category with their amounts in yuan."""
    rows: list[Any] = []
    for category in shown.categories if shown else ():
        rows.append(band(category.name))
        for line in category.lines:
            item = line.item
            rows.append(
                [
                    item.menu_item.code,
                    item.menu_item.name,
                    quantity_of(item.quantity, item.menu_item.unit),
                    None if item.unit_price is None else amount_text(item.unit_price),
                    None if item.amount is None else amount_text(item.amount),
                ]
            )
    columns = [
        column(_("Code")),
        column(_("Item"), wide=1),
        column(_("Quantity"), figure=True),
        column(_("Unit price, yuan"), figure=True),
        column(_("Amount, yuan"), figure=True),
    ]
    foot = ["", _("Total"), "", "", amount_text(shown.sheet.total)] if shown else ()
    return table(columns, rows, foot=foot, room=8, title=_("Items and cost estimate"), beside=_revision(shown))


def _payers(shown: ShownPlan | None) -> Block:
    """Who pays how much of it: shares are cut, not rounded."""
    planned = shown.planned if shown else Decimal(0)
    rows = [
        [
            str(payer.payer.source.get_kind_display()),
            payer.payer.source.name,
            amount_text(payer.payer.planned),
            _share(payer.payer.planned, planned),
        ]
        for payer in (shown.payers if shown else ())
    ]
    columns = [
        column(_("Kind of source"), wide=2),
        column(_("Source"), wide=3),
        column(_("Planned, yuan"), figure=True),
        column(_("Share"), figure=True),
    ]
    foot = ["", _("Total"), amount_text(planned), ""] if rows else ()
    return table(
        columns,
        rows,
        foot=foot,
        room=4,
        title=_("Sources of funds"),
        note=_("Shares are cut, not rounded.") if rows else "",
    )


def _share(part: Decimal, whole: Decimal) -> str:
    return rate_text(int(part * 100), int(whole * 100))


def _revision(shown: ShownPlan | None) -> str:
    if shown is None:
        return ""
    if shown.plan.is_draft:
        return _("draft of revision %(number)s") % {"number": shown.plan.number}
    return _("revision %(number)s of the plan") % {"number": shown.plan.number}


def _standing(neighbourhood: Neighbourhood) -> dict[str, Evidence]:
    pieces = Evidence.objects.filter(neighbourhood=neighbourhood).standing()
    return {piece.kind: piece for piece in pieces}


def _by_document(piece: Evidence | None) -> str:
    """The document of a piece of evidence and its day."""
    if piece is None:
        return ""
    day = full_day_text(piece.dated_on or piece.at)
    return f"{piece.document} · {day}" if piece.document else day
