"""Papers of the works: the board at the site, the report of the acceptance, the builder's warranty."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from common.figures import amount_text, count_text, full_day_text, money_text
from overview.prints.blocks import Paper, column, facts, paragraphs, signatures, table, ticks
from overview.prints.places import paper_of, place_of
from overview.prints.typesetting import frame, qr_of
from renovation.choices import Attendee, FundingKind, WarrantyKind
from renovation.models import Acceptance, RenovationPlan, Warranty, WorkPackage
from renovation.reports.acceptance import CHECKLIST_WORDS
from renovation.reports.plans import plan_in_force, sheet_of
from renovation.reports.units import quantity_of
from renovation.reports.works import package_sheets, share_text

# --- 开工公示牌 -------------------------------------------------------------------------------------------


def site_board(packages: Sequence[WorkPackage], *, at: datetime, address: str, notice: str = "") -> Paper:
    """The board at the gate of the site, A3, a sheet a package: what is built, by whom, from when to when, who pays,
    and where to complain. Of who pays it tells the kind alone. `notice` is the address of the plan's public notice, for
    a QR code; empty where none was posted.
    """
    day = timezone.localdate(at)
    neighbourhood = packages[0].neighbourhood
    plan = plan_in_force(neighbourhood)
    title = _("Site board")
    around = frame(
        title=f"{title} · {neighbourhood.name}",
        place=place_of(neighbourhood),
        as_of=at,
        checked_at=address,
        paper="a3",
        landscape=True,
    )
    around["pages"] = 1
    boards = [
        {
            "frame": around,
            "head": title,
            "name": _("Renovation of %(neighbourhood)s: %(package)s")
            % {"neighbourhood": neighbourhood.name, "package": sheet.package.name},
            "items_title": _("What is done"),
            "items": [
                f"{one.item.menu_item.name} {quantity_of(one.plan_item.quantity, one.item.menu_item.unit)}"
                for one in sheet.items
                if one.plan_item is not None
            ],
            "parties": _parties(sheet.package),
            "days_title": _("Planned days"),
            "days": _days(sheet.package),
            "money_title": _("Sources of funds"),
            "money": _public_payers(plan),
            "qr": qr_of(notice) if notice else "",
            "qr_words": _("Plan and notice"),
            "phone": _("Complaints and questions"),
            "supervisors": _("Residents' supervisors"),
            "rules": [
                _("No noise from 22:00 to 6:00 (Law on the Prevention of Noise Pollution, article 43)."),
                _("Water, power and gas are cut only after a notice at every stairwell."),
                _("The way to every door stays free and lit."),
            ],
        }
        for sheet in package_sheets(packages, day)
    ]
    return Paper("site_board", {"frame": around, "sheets": boards}, "site-board")


def _parties(package: WorkPackage) -> list[tuple[str, str | None]]:
    return [
        (_("Owner of the project"), None),
        (_("Builder"), package.contractor),
        (_("Supervisor of works"), package.supervisor or None),
        (_("Contract number"), package.contract_document),
    ]


def _days(package: WorkPackage) -> str:
    days = (package.ends_on - package.starts_on).days + 1
    said = ngettext("%(from)s to %(to)s, %(days)s day", "%(from)s to %(to)s, %(days)s days", days)
    first, last = full_day_text(package.starts_on), full_day_text(package.ends_on)
    return said % {"from": first, "to": last, "days": count_text(days)}


def _public_payers(plan: RenovationPlan | None) -> list[tuple[str, str]]:
    if plan is None:
        return []
    sheet = sheet_of(plan)
    sums: dict[str, Decimal] = {}
    for payer in sheet.payers:
        sums[payer.source.kind] = sums.get(payer.source.kind, Decimal(0)) + payer.planned
    rows = [(str(kind.label), money_text(sums[kind])) for kind in FundingKind if kind in sums]
    return [*rows, (_("Total"), money_text(sheet.total))]


# --- 竣工验收报告 and 质量保修书 ---------------------------------------------------------------------------


def acceptance_report(package: WorkPackage, acceptance: Acceptance | None, *, at: datetime, address: str) -> Paper:
    """The report of a formal check as it was recorded; before one, the same with room to write it by hand."""
    title = _("Acceptance report of works")
    neighbourhood = package.neighbourhood
    [sheet] = package_sheets([package], timezone.localdate(at))
    held = full_day_text(acceptance.held_on) if acceptance else None
    rows = [
        [
            one.item.menu_item.code,
            one.item.menu_item.name,
            quantity_of(one.plan_item.quantity, one.item.menu_item.unit) if one.plan_item else "–",
            amount_text(one.amount) if one.amount is not None else "–",
            share_text(Fraction(one.item.done_share)),
        ]
        for one in sheet.items
    ]
    checklist = acceptance.checklist if acceptance else {}
    attended = set(acceptance.attendees) if acceptance else set()
    said = _("%(who)s, took part")
    blocks = [
        facts(
            [
                ((_("Neighbourhood"), neighbourhood.name), (_("Work package"), package.name)),
                ((_("Builder"), package.contractor), (_("Supervisor of works"), package.supervisor or None)),
                (
                    (_("Contract number"), package.contract_document),
                    (_("Contract sum"), money_text(package.contract_sum) if package.contract_sum else None),
                ),
                (
                    (
                        _("Planned days"),
                        _("%(from)s to %(to)s")
                        % {"from": full_day_text(package.starts_on), "to": full_day_text(package.ends_on)},
                    ),
                    (_("Date of acceptance"), held),
                ),
            ],
            title=_("The works"),
        ),
        table(
            [
                column(_("Code")),
                column(_("Item"), wide=1),
                column(_("Quantity"), figure=True),
                column(_("Amount, yuan"), figure=True),
                column(pgettext("of an item of works", "Done"), figure=True),
            ],
            rows,
            room=5,
            title=_("Items"),
        ),
        ticks(
            [(str(words), bool(checklist.get(point)), "") for point, words in CHECKLIST_WORDS.items()],
            title=_("What must hold"),
        ),
        facts(
            [
                [(_("Remarks"), (acceptance.remarks or "–") if acceptance else None)],
                [(_("Verdict"), _verdict(acceptance))],
            ]
        ),
        signatures(
            [
                (said % {"who": Attendee(who).label} if who in attended else str(Attendee(who).label), "")
                for who in Attendee.values
            ],
            across=3,
            title=_("Signatures and seals"),
        ),
    ]
    lead = acceptance.document if acceptance else ""
    return paper_of(neighbourhood, title, blocks, f"acceptance-{package.number}", at=at, address=address, lead=lead)


def _verdict(acceptance: Acceptance | None) -> str | None:
    if acceptance is None:
        return None
    return _("The works have passed.") if acceptance.passed else _("The works have not passed and are mended.")


def warranty_letter(package: WorkPackage, warranties: Sequence[Warranty], *, at: datetime, address: str) -> Paper:
    """What the builder of a package stands for, item by item, and until when; to be sealed by the builder."""
    title = _("Warranty letter")
    neighbourhood = package.neighbourhood
    acceptance = warranties[0].acceptance
    rows = [
        [
            f"{one.menu_item.code} {one.menu_item.name}",
            str(one.get_kind_display()),
            _seasons_or_years(one),
            full_day_text(one.starts_on),
            full_day_text(one.ends_on),
        ]
        for one in warranties
    ]
    blocks = [
        facts(
            [
                ((_("Neighbourhood"), neighbourhood.name), (_("Work package"), package.name)),
                ((_("Builder"), package.contractor), (_("Contract number"), package.contract_document)),
                (
                    (_("Accepted on"), full_day_text(acceptance.held_on)),
                    (_("Acceptance report"), acceptance.document),
                ),
            ]
        ),
        table(
            [
                column(_("Item"), wide=3),
                column(_("Kind of work"), wide=3),
                column(pgettext("of a warranty", "Term")),
                column(pgettext("a warranty", "Begins on")),
                column(_("Under warranty until")),
            ],
            rows,
            title=_("What is under warranty"),
        ),
        paragraphs(
            [
                _(
                    "Within these terms the builder mends at its own cost whatever was built badly, and answers for the"
                    " damage that it does. The terms begin with the day of acceptance and are no shorter than the law"
                    " asks for (Regulation on the Quality of Construction Works, articles 39 to 41)."
                ),
                _(
                    "Damage by wrong use, by others or by forces of nature is not under warranty. Report a defect to"
                    " the community or to the manager of the place: it is recorded with its day, and the builder is"
                    " called."
                ),
            ],
            title=_("What the builder promises"),
        ),
        signatures(
            [(_("Builder: %(name)s") % {"name": package.contractor}, ""), (_("Received for the owners"), "")],
            title=_("Signatures and seals"),
        ),
    ]
    lead = _(", ").join(dict.fromkeys(one.document for one in warranties if one.document))
    return paper_of(neighbourhood, title, blocks, f"warranty-{package.number}", at=at, address=address, lead=lead)


def _seasons_or_years(warranty: Warranty) -> str:
    if warranty.kind == WarrantyKind.HEATING:
        said = ngettext("%(count)s season", "%(count)s seasons", warranty.years)
    else:
        said = ngettext("%(count)s year", "%(count)s years", warranty.years)
    return said % {"count": warranty.years}
