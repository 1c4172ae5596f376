"""业主大会表决统计: the record of an owners' vote, with the four fractions, for those who counted to sign."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.addresses import site_address
from common.figures import area_text, count_text, full_day_text, hash_text, rate_text
from consent.models import OwnersVote
from consent.reports.vote_pages import ShownTest, ShownVote, deliveries_of, shown_vote
from overview.prints.blocks import Paper
from overview.prints.places import place_of
from overview.prints.typesetting import frame


def vote_record(vote: OwnersVote, *, at: datetime) -> Paper:
    """Totals only: live while the vote is open, then as it was fixed."""
    shown = shown_vote(vote, timezone.localdate(at))
    tally = shown.result.tally
    title = _("Record of the owners' vote")
    return Paper(
        "vote",
        {
            "frame": frame(
                title=f"{title} · {vote.title}",
                place=place_of(vote.neighbourhood),
                as_of=vote.closed_at or at,
                checked_at=site_address("vote_sheet", vote.pk),
            ),
            "title": title,
            "lead": vote.title,
            "verdict": _verdict(shown),
            "is_met": shown.result.is_reached,
            "facts": _facts(shown),
            "text": [line for line in vote.text.splitlines() if line.strip()],
            "text_title": _("what is proposed"),
            "tests": {
                "title": _("Four fractions, all of which must be met"),
                "head": [
                    pgettext("of a vote", "Test"), _("Needs"), _("Part"), pgettext("denominator", "Of"), _("Share"),
                    pgettext("test", "Met"),
                ],
                "rows": [_test(test) for test in shown.tests],
                "yes": _("yes"),
            },
            "choices": {
                "title": _("What the ballots say"),
                "head": [_("Ballot"), _("Owners"), _("Of the roll"), _("Area"), _("Of the area")],
                "rows": [
                    [
                        str(row.label),
                        count_text(row.heads),
                        rate_text(row.heads, tally.heads),
                        area_text(row.area),
                        rate_text(row.area, tally.area),
                    ]
                    for row in shown.choices
                ],
                "total": [_("Roll"), count_text(tally.heads), "", area_text(tally.area), ""],
                "note": _silent(shown),
            },
            "deliveries": [(name, count_text(heads)) for name, heads in deliveries_of(vote)],
            "deliveries_title": _("How ballots were delivered"),
            "root": (_("Root hash"), hash_text(vote.root_hash)),
            "note": _("Totals only. An owner who keeps a receipt can prove that the own ballot is in the count."),
            "signers": [
                pgettext("who signs", "Called the vote"),
                pgettext("who signs", "Counted"),
                pgettext("who signs", "Watched the count"),
                _("Community (seal)"),
            ],
            "date": pgettext("to be written by hand", "Day:"),
        },
        f"vote-{vote.pk}",
    )  # fmt: skip


def _verdict(shown: ShownVote) -> str:
    if shown.phase == "cancelled":
        return pgettext("vote", "called off")
    if shown.phase == "closed":
        if shown.vote.rescinded_at:
            return pgettext("vote", "passed, and rescinded since")
        return pgettext("vote", "passed") if shown.result.verdict == "passed" else pgettext("vote", "not passed")
    return _("all four fractions reached") if shown.result.is_reached else pgettext("vote", "not decided yet")


def _facts(shown: ShownVote) -> list[tuple[str, str]]:
    vote = shown.vote
    matter = _("Matter %(number)s: %(name)s") % {"number": vote.matter, "name": vote.get_matter_display()}
    majority = (
        _("special majority, 3/4 must agree") if vote.is_special else _("ordinary majority, more than 1/2 must agree")
    )
    scope = _("all owners of the neighbourhood")
    if vote.stairwell:
        scope = _("Building %(building)s · Stairwell %(stairwell)s only") % {
            "building": vote.stairwell.building.number,
            "stairwell": vote.stairwell.number,
        }
    dates = _("since %(from)s") % {"from": full_day_text(vote.starts_on)}
    if vote.ends_on:
        dates = _("%(from)s to %(to)s") % {"from": full_day_text(vote.starts_on), "to": full_day_text(vote.ends_on)}
    found = [(_("Matter"), f"{matter} · {majority}"), (_("Who votes"), scope), (_("Ballots taken"), dates)]
    if vote.announced_on:
        found.append((_("Announced on"), full_day_text(vote.announced_on)))
    if vote.closed_at:
        found.append((_("Closed"), full_day_text(vote.closed_at)))
    if vote.counted_by:
        found.append((_("Counted by"), vote.counted_by))
    rules = vote.rules.document if vote.rules else _("none adopted; what the law says")
    return [*found, (_("Rules of procedure"), rules)]


def _test(shown: ShownTest) -> list[Any]:
    test = shown.test
    needs = _("%(mark)s or more") if test.at_least else _("more than %(mark)s")
    return [
        str(shown.label),
        needs % {"mark": shown.mark},
        _figure(test.numerator),
        _figure(test.denominator),
        rate_text(test.numerator, test.denominator),
        _("yes") if test.met else _("no"),
    ]


def _figure(figure: int | Decimal) -> str:
    return area_text(figure) if isinstance(figure, Decimal) else count_text(figure)


def _silent(shown: ShownVote) -> str:
    if not shown.vote.silent_votes:
        return _("Silent ballots do not count in this vote: who sent none back did not take part.")
    if side := shown.silent_side_name:
        said = _(
            "By the rules of procedure, delivered ballots that did not come back join the majority of those that did:"
            " %(side)s. They are shown apart from what owners said themselves."
        )
        return said % {"side": side}
    return _(
        "By the rules of procedure, delivered ballots that did not come back take part. They join no side, since none"
        " has more than half of the returned ones by owners and by area."
    )
