"""What is said to people when an entry about a ballot is not taken: one place for the API and the pages."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from common.figures import full_day_text
from consent.rules.visits import Refusal


def words_of_ballot(refusal: Refusal) -> str:
    """The reason in words, in the language of the request."""
    figures = refusal.figures
    return (_WORDS.get((refusal.code, figures.get("why"))) or _WORDS[(refusal.code, None)])(figures)


def _day(figures: Mapping[str, Any]) -> dict[str, str]:
    return {"day": full_day_text(date.fromisoformat(figures["day"]))}


_WORDS: dict[tuple[str, Any], Callable[[Mapping[str, Any]], str]] = {
    ("owner_not_on_roll", None): lambda _f: _("This owner is not on the roll of this vote."),
    ("vote_closed", None): lambda _f: _("The vote is closed or was called off: no ballot is taken any more."),
    ("voting_not_open", None): lambda f: _("Ballots come back from %(day)s on.") % _day(f),
    ("voting_not_open", "over"): lambda f: (
        _("The last day was %(day)s: a ballot that came back later does not count.") % _day(f)
    ),
    ("voting_not_open", "delivered_late"): lambda f: (
        _("The last day was %(day)s: a ballot that is delivered later reaches nobody in time.") % _day(f)
    ),
    ("not_delivered", None): lambda _f: _("It is not on record when this ballot was delivered. Say when it was."),
    ("not_delivered", "proof"): lambda _f: _(
        "Silent ballots count in this vote: say by what it is proved that this ballot was delivered."
    ),
    ("not_delivered", "returned_before"): lambda _f: _(
        "The ballot came back before it was delivered. See the two times."
    ),
    ("choice_missing", None): lambda _f: _("Say what the ballot says: agrees, disagrees or abstains."),
    ("form_missing", None): lambda _f: _("Say how the ballot was given: on paper, electronically or by a proxy."),
    ("proxy_holder_missing", None): lambda _f: _("Name who holds the owner's written proxy."),
    ("proxy_limit_reached", None): lambda f: (
        _("The rules of procedure allow a holder %(limit)s proxies, and this one has as many already.") % f
    ),
    ("already_returned", None): lambda _f: _(
        "A ballot of this owner has come back already. Correct that one instead of entering another."
    ),
    ("supersedes_unknown", "corrected_already"): lambda _f: _(
        "Another entry has corrected this one already. Correct that one."
    ),
    ("supersedes_unknown", None): lambda _f: _("The entry that this one corrects is not one of this owner's."),
    ("in_the_future", None): lambda _f: _("The time lies in the future. Check the day and the clock."),
    ("client_id_reused", None): lambda _f: _("Another entry was recorded under this client id already."),
    ("malformed", "member"): lambda f: _("“%(member)s” is missing or cannot be read.") % f,
    ("malformed", "ballot"): lambda _f: _("A ballot must be an object."),
}
