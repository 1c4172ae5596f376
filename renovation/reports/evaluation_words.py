"""What is said to people when an answer to an evaluation is not taken: one place for the API and the page."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from common.figures import full_day_text
from renovation.rules.evaluations import Refusal


def words_of_refusal(refusal: Refusal) -> str:
    """The reason in words, in the language of the request."""
    return _WORDS[refusal.code](refusal.figures)


def _malformed(figures: Mapping[str, Any]) -> str:
    if figures["why"] == "object":
        return _("An answer must be an object.")
    return _("“%(member)s” is missing or cannot be read.") % figures


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "household_not_asked": lambda _f: _("This household was not asked: it is no home here, or came after the opening."),
    "evaluation_closed": lambda _f: _("The evaluation is closed and its result is fixed."),
    "unknown_question": lambda f: (
        _("Not asked in this evaluation: %(questions)s.") % {"questions": ", ".join(f["questions"])}
    ),
    "scores_missing": lambda _f: _("Give a score to at least one question."),
    "score_out_of_range": lambda _f: _("A score is a whole number from 1 to 5."),
    "day_in_future": lambda _f: _("This day has not come yet."),
    "day_before_opening": lambda f: (
        _("The evaluation opened on %(day)s: an earlier answer cannot belong to it.")
        % {"day": full_day_text(f["opened_on"])}
    ),
    "client_id_reused": lambda _f: _("Another answer was recorded under this client id already."),
    "malformed": _malformed,
}
