"""What the product proposes as the words of a notice about an owners' vote: its result, by totals only."""

from decimal import Decimal

from django.utils.translation import gettext as _

from common.figures import area_text, count_text, full_day_text
from consent.models import OwnersVote
from consent.reports.vote_pages import ShownTest, ShownVote, shown_vote
from consent.rules.votes import Tally
from renovation.models import Neighbourhood


def last_closed_vote(neighbourhood: Neighbourhood) -> OwnersVote | None:
    """The vote whose result is to be posted: nobody posts that of a decision which a court has rescinded."""
    votes = OwnersVote.objects.filter(neighbourhood=neighbourhood, closed_at__isnull=False, rescinded_at=None)
    found: OwnersVote | None = votes.select_related("neighbourhood").order_by("-closed_at", "-pk").first()
    return found


def result_words(vote: OwnersVote) -> tuple[str, str]:
    """Title and text of the notice of a closed vote's result: the four fractions with their exact numbers."""
    if vote.closed_at is None:
        raise ValueError("An open vote has no result.")
    shown = shown_vote(vote, vote.closed_at.date())
    tally = shown.result.tally
    lines = [
        _("The owners of %(neighbourhood)s voted on: %(title)s (matter %(number)s of article 278). Result:")
        % {"neighbourhood": vote.neighbourhood.name, "title": vote.title, "number": vote.matter},
        "",
        _("Roll: %(heads)s owners, %(area)s.") % {"heads": count_text(tally.heads), "area": area_text(tally.area)},
        *(_line_of(test) for test in shown.tests),
        *_silent(shown, tally),
        "",
        _("The matter has passed.") if shown.result.verdict == "passed" else _("The matter has not passed."),
        _("Closed on %(day)s.") % {"day": full_day_text(vote.closed_at)},
        "",
        _(
            "An owner may ask the court to rescind a decision within a year of knowing of it. Only totals are made"
            " public."
        ),
    ]
    title = _("Result of the owners' vote: %(title)s") % {"title": vote.title}
    return title, "\n".join(lines)


def _line_of(shown: ShownTest) -> str:
    test = shown.test
    figures = {
        "name": shown.label,
        "part": _figure(test.numerator),
        "whole": _figure(test.denominator),
        "mark": shown.mark,
    }
    if test.at_least:
        words = _("%(name)s: %(part)s of %(whole)s, %(mark)s or more needed") % figures
    else:
        words = _("%(name)s: %(part)s of %(whole)s, more than %(mark)s needed") % figures
    return (_("%(words)s: met.") if test.met else _("%(words)s: not met.")) % {"words": words}


def _figure(figure: int | Decimal) -> str:
    """Owners, or square metres."""
    return area_text(figure) if isinstance(figure, Decimal) else count_text(figure)


def _silent(shown: ShownVote, tally: Tally) -> list[str]:
    """Silent ballots are told apart from those that came back (policy.md, section a)."""
    if not shown.vote.silent_votes:
        return []
    figures = {"heads": count_text(tally.silent_heads), "area": area_text(tally.silent_area)}
    if side := shown.silent_side_name:
        return [
            _(
                "Among them silent ballots that by the rules of procedure join the majority (%(side)s):"
                " %(heads)s owners, %(area)s."
            )
            % {**figures, "side": side}
        ]
    return [_("Among them silent ballots that join no side: %(heads)s owners, %(area)s.") % figures]
