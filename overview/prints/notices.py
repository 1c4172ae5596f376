"""公示: a notice as it is posted, with its totals, and the signed head of the ledger that they stand on."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.addresses import site_address
from common.figures import amount_text, count_text, full_day_text, hash_text, mark_text, rate_text
from consent.models import PublicNotice, Survey, TreeHead
from consent.reports.heads import public_key_of
from consent.reports.notice_texts import tells_every_item, words_of_part
from consent.reports.notices import PublicPlan, public_plan
from consent.reports.results import result_as_closed
from consent.rules.notices import days_of
from overview.prints.blocks import Paper
from overview.prints.places import place_of
from overview.prints.tallies import rate_of, verdict_words
from overview.prints.typesetting import frame, qr_of
from renovation.reports.units import quantity_of


def notice_sheet(notice: PublicNotice, *, at: datetime) -> Paper:
    """What anybody reads on the public page of the notice, for the board: of a result its totals, of a plan its items,
    sums and sources. Nothing in it is of one household.
    """
    neighbourhood = notice.neighbourhood
    address = site_address("notice_public", notice.pk)
    days = days_of(notice.posted_on, notice.ends_on)
    first, last = full_day_text(notice.posted_on), full_day_text(notice.ends_on)
    hangs = _("%(from)s to %(to)s") % {"from": first, "to": last}
    counted = ngettext("%(days)s day, that of posting not counted", "%(days)s days, that of posting not counted", days)
    return Paper(
        "notice",
        {
            "frame": frame(title=notice.title, place=place_of(neighbourhood), as_of=at, checked_at=address),
            "kind": notice.get_kind_display(),
            "title": notice.title,
            "text": [line for line in notice.text.splitlines() if line.strip()],
            "result": _result(notice.survey) if notice.survey else None,
            "plan": _plan(public_plan(notice.plan), notice) if notice.plan else None,
            "head": _head(notice.tree_head) if notice.tree_head else None,
            "digest": (_("Digest of the plan"), hash_text(notice.plan.digest)) if notice.plan else None,
            "about": [(_("Where it hangs"), notice.place), (_("From, until"), f"{hangs} · {counted % {'days': days}}")],
            "objections": _(
                "Whoever objects may say so to the community by the last day, in writing or in person; each objection"
                " is answered before the notice ends."
            ),
            "qr": qr_of(address),
            "qr_words": _("Read this notice and check it"),
            "by": neighbourhood.community.name,
            "day": full_day_text(notice.posted_on),
            "seal": _("(seal)"),
        },
        f"notice-{notice.pk}",
    )


def _result(survey: Survey) -> dict[str, Any]:
    result = result_as_closed(survey)
    total, mark = result.total, survey.pass_share
    return {
        "title": _("Result"),
        "verdict": verdict_words(result),
        "is_met": not result.missing,
        "support": rate_of(
            _("Support rate (of the roll)"),
            total.supports,
            total.denominator,
            _("Pass mark %(mark)s, %(needed)s needed") % {"mark": mark_text(mark), "needed": count_text(result.needed)},
            mark,
        ),
        "visit": rate_of(_("Visit rate"), total.visited, total.households, _("households that were met, of the roll")),
        "note": _("Only totals are made public: nobody is told how a household answered."),
    }


def _head(head: TreeHead) -> dict[str, Any]:
    return {
        "title": _("Signed head of the ledger"),
        "rows": [
            (_("Visits in the ledger"), count_text(head.size)),
            (_("Root hash"), hash_text(head.root_hash)),
            (_("Signature"), hash_text(head.signature)),
            (_("Public key"), hash_text(public_key_of(head))),
            (_("Key"), head.key_id),
        ],
        "note": _(
            "The root hash is a fingerprint of every recorded visit. It is signed and made public here, so that nobody"
            " can add, change or take away an answer later without it being seen. Whoever has a receipt can prove with"
            " it that the own answer is in the count."
        ),
        "check": _("With a receipt: %(address)s") % {"address": site_address("check")},
    }


def _plan(shown: PublicPlan, notice: PublicNotice) -> dict[str, Any]:
    """The table of items only where the words of the notice do not name each of them already; who pays always."""
    plan = shown.sheet.plan
    lines = [] if tells_every_item(notice.text, shown) else shown.sheet.lines
    fixed = _("revision %(number)s, fixed on %(day)s")
    return {
        "title": _("Items and cost"),
        "aside": fixed % {"number": plan.number, "day": full_day_text(plan.frozen_at or notice.posted_on)},
        "head": [_("Item"), _("Quantity"), _("Unit price, yuan"), _("Amount, yuan")],
        "rows": [
            [
                f"{line.menu_item.code} {line.menu_item.name}",
                quantity_of(line.quantity, line.menu_item.unit),
                "–" if line.unit_price is None else amount_text(line.unit_price),
                "–" if line.amount is None else amount_text(line.amount),
            ]
            for line in lines
        ],
        "total": [_("Total"), "", "", amount_text(plan.total)],
        "payers_title": _("Who pays"),
        "payers_head": [_("Source"), _("Of the total"), _("Amount, yuan")],
        "payers": [[payer.label, payer.share, amount_text(payer.planned)] for payer in shown.payers],
        "payers_total": [_("Total"), rate_text(1, 1), amount_text(plan.total)],
        "part": words_of_part(shown.households),
    }
