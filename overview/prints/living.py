"""Papers of a neighbourhood that is lived in: handover list, butler boards, and what is disclosed of the fees."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from common.figures import count_text, full_day_text, hash_text, quantity_text
from governance.models import Disclosure, Management
from governance.reports.boards import StairwellBoard
from governance.reports.fees.sheets import Table, sheet_of
from governance.reports.fees.words import period_text
from governance.reports.handover import HandoverSheet, ItemLine, PartyLine
from overview.prints.blocks import Block, Paper, column, document, facts, forms, paragraphs, signatures, table
from overview.prints.places import place_of
from overview.prints.typesetting import frame, qr_of
from renovation.models import Neighbourhood

# --- 移交清单 ---------------------------------------------------------------------------------------------


def handover_list(
    neighbourhood: Neighbourhood, sheet: HandoverSheet, *, named: bool, at: datetime, address: str
) -> Paper:
    """What passes over, thing by thing and asset by asset, with lines to sign on until it is signed. `named` is whether
    the reader reads who signed.
    """
    title = _("Handover list of %(name)s") % {"name": neighbourhood.name}
    handover = sheet.handover
    management = handover.management
    blocks = [
        facts(
            [
                (
                    (_("Who takes over"), _manager(management)),
                    (_("Day of handover"), full_day_text(handover.handover_on)),
                ),
                ((_("Contract or decision"), management.document), (_("Document"), handover.document or None)),
                ((_("Fee standard"), management.fee_standard),),
            ]
        ),
        table(
            [
                column(_("What passes over"), wide=3),
                column(_("State"), wide=2),
                column(_("How many"), figure=True),
                column(_("Note"), wide=4),
            ],
            [_thing(line, sheet) for line in sheet.items],
            title=_("What passes over"),
        ),
        _assets(sheet),
        table(
            [column(_("Found on")), column(_("What is wrong"), wide=1), column(_("State"))],
            [
                [full_day_text(defect.found_on), _where(defect), str(defect.get_state_display())]
                for defect in sheet.open_defects
            ],
            title=_("Defects not closed today"),
        )
        if sheet.open_defects
        else paragraphs([pgettext("defects", "None.")], title=_("Defects not closed today")),
        signatures(
            [(line.label, _signed(line, named)) for line in sheet.parties],
            across=4,
            title=_("Signatures"),
            note=_("Digest of the lists: %(digest)s") % {"digest": hash_text(handover.digest)},
        ),
    ]
    around = frame(title=title, place=place_of(neighbourhood), as_of=at, checked_at=address)
    lead = str(handover.get_state_display())
    return forms(f"handover-{neighbourhood.code}", [document(around, title, blocks, lead=lead)])


def _manager(management: Management) -> str:
    mode = str(management.get_mode_display())
    return f"{management.body.name} · {mode}" if management.body else mode


def _thing(line: ItemLine, sheet: HandoverSheet) -> list[str | None]:
    if line.handed:
        state = pgettext("handover", "Handed over")
    else:
        state = _("Not handed over, see the note") if line.is_settled else pgettext("handover", "Still open")
    said = []
    if line.kind == "convention" and sheet.convention:
        adopted = full_day_text(sheet.convention.adopted_on) if sheet.convention.adopted_on else ""
        said.append(_("version %(number)s, adopted on %(day)s") % {"number": sheet.convention.number, "day": adopted})
    if line.kind == "fee_standard":
        said.append(sheet.handover.management.fee_standard)
    if line.note:
        said.append(line.note)
    return [line.label, state, "" if line.count is None else count_text(line.count), " · ".join(said)]


def _assets(sheet: HandoverSheet) -> Block:
    rows = [
        [
            str(place),
            asset.name,
            str(asset.get_kind_display()),
            f"{quantity_text(asset.quantity)} {asset.unit}",
            asset.place or "–",
            str(asset.get_state_display()),
            asset.taken_by or _manager_name(sheet.handover.management),
        ]
        for place, asset in enumerate(sheet.assets, 1)
    ]
    columns = [
        column(pgettext("in a list", "No."), figure=True),
        column(_("Asset"), wide=3),
        column(_("Kind of asset"), wide=2),
        column(_("Quantity"), figure=True),
        column(_("Where it is"), wide=3),
        column(_("State")),
        column(_("Taken over by"), wide=3),
    ]
    beside = ngettext("%(shown)s asset", "%(shown)s assets", len(rows)) % {"shown": count_text(len(rows))}
    return table(columns, rows, room=8, title=_("Asset list"), beside=beside)


def _manager_name(management: Management) -> str:
    return management.body.name if management.body else str(management.get_mode_display())


def _where(defect: Any) -> str:
    if defect.building is None:
        return str(defect.text)
    building = _("Building %(number)s") % {"number": defect.building.number}
    return f"{building} · {defect.text}"


def _signed(line: PartyLine, named: bool) -> str:
    """What is said of a signature below the lists as they are; nothing where one is still to sign."""
    if not line.is_current or line.signature is None:
        return ""
    parts = [line.signature.name if named else "", full_day_text(line.signature.signed_on), line.signature.document]
    return " · ".join(part for part in parts if part)


# --- 楼道管家公示牌 ---------------------------------------------------------------------------------------


def butler_boards(neighbourhood: Neighbourhood, rows: Sequence[StairwellBoard], *, at: datetime, address: str) -> Paper:
    """The boards as they hang at the doors, one sheet of A3 each: who the butler and the building head are, with their
    phones, and the party members who answer for the stairwell, of whom only those are in `rows` who consent.
    """
    title = pgettext("head of the board", "Stairwell butler")
    around = frame(
        title=f"{title} · {neighbourhood.name}",
        place=place_of(neighbourhood),
        as_of=at,
        checked_at=address,
        paper="a3",
        landscape=True,
    )
    around["pages"] = 1
    boards = []
    for row in rows:
        board = row.board
        if board is None:
            continue
        people = [{"role": _("Property butler"), "name": board.butler_name, "phone": board.butler_phone}]
        if board.building_head_name:
            people.append(
                {"role": _("Building head"), "name": board.building_head_name, "phone": board.building_head_phone}
            )
        boards.append(
            {
                "frame": around,
                "head": title,
                "where": [
                    neighbourhood.name,
                    _("Building %(number)s") % {"number": row.stairwell.building.number},
                    _("Stairwell %(number)s") % {"number": row.stairwell.number},
                ],
                "people": people,
                "phone": _("Phone"),
                "members_title": _("Party members who answer for this stairwell"),
                "members": [{"name": one.member.name, "duty": one.duty} for one in row.responsible],
                "goals": _("Clean, clear, bright, safe, beautiful"),
                "since": f"{neighbourhood.community.name} · {full_day_text(board.put_up_on)}",
            }
        )
    return Paper("board", {"frame": around, "sheets": boards}, f"boards-{neighbourhood.code}")


# --- 收支公示 ---------------------------------------------------------------------------------------------


def income_notice(disclosure: Disclosure, *, is_intact: bool, paper: str, at: datetime, address: str) -> Paper:
    """What was published of fees, fund and public income, as it was published; to hang up on A4 or A3."""
    neighbourhood = disclosure.neighbourhood
    sheet = sheet_of(disclosure.figures)
    title = _("Fees, fund and public income, %(period)s") % {"period": period_text(disclosure.period)}
    around = frame(title=title, place=place_of(neighbourhood), as_of=at, checked_at=address, paper=paper)
    published = [_("published on %(at)s") % {"at": full_day_text(disclosure.published_at)}]
    if sheet.cut_off:
        published.append(_("cut-off date %(day)s") % {"day": full_day_text(sheet.cut_off)})
    if disclosure.posted_at_place:
        published.append(disclosure.posted_at_place)
    warning = "" if is_intact else _("These figures do not have this digest: they are not what was published.")
    data = {
        "frame": around,
        "title": title,
        "lead": " · ".join(published),
        "qr": qr_of(address),
        "facts": [list(pair) for pair in sheet.facts],
        "tables": [_published_table(one) for one in sheet.tables],
        "digest_name": _("Digest of the figures"),
        "digest": hash_text(disclosure.digest),
        "warning": warning,
        "law": _(
            "Published by Article 943 of the Civil Code; what shared land and common parts earn belongs to the owners"
            " (282). Whoever doubts a figure may ask the manager or the owners' committee for the papers."
        ),
    }
    return Paper("income_notice", data, f"disclosure-{neighbourhood.code}-{disclosure.period}")


def _published_table(one: Table) -> dict[str, Any]:
    return {
        "title": one.title,
        "columns": [{"name": column.name, "figure": column.is_figure} for column in one.columns],
        "rows": [[cell.text for cell in row] for row in one.shown],
        "foot": [cell.text for cell in one.shown_foot],
        "note": one.note,
    }
