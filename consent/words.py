"""What is said to people when a visit is not taken: one place for the API and the pages."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from consent.choices import Party
from consent.rules.visits import Refusal


def words_of(refusal: Refusal) -> str:
    """The reason in words, in the language of the request."""
    figures = refusal.figures
    why = figures.get("why")
    return (_WORDS.get((refusal.code, why)) or _WORDS[(refusal.code, None)])(figures)


def _absent(figures: Mapping[str, Any]) -> str:
    names = _(", ").join(str(Party(who).label) for who in figures["absent"])
    return _("Round %(round)s needs at the door: %(names)s. Add who was there, or visit again together.") % {
        "round": figures["round"],
        "names": names,
    }


_WORDS: dict[tuple[str, Any], Callable[[Mapping[str, Any]], str]] = {
    ("household_not_on_roll", None): lambda _f: _("This household is not on the roll of this survey."),
    ("supersedes_unknown", "corrected_already"): lambda _f: _(
        "Another visit has corrected this one already. Correct that one."
    ),
    ("supersedes_unknown", None): lambda _f: _("The visit that this one corrects is not in this survey."),
    ("wrong_round", "none_open"): lambda _f: _("No round is open."),
    ("wrong_round", "not_yet_open"): lambda f: _("Round %(round)s has not been closed before this visit.") % f,
    ("wrong_round", "closed_before_visit"): lambda f: _("Round %(round)s was closed before this visit.") % f,
    ("wrong_round", "door_not_listed"): lambda f: (
        _("Round %(round)s does not visit this door: it supported already when the round opened.") % f
    ),
    ("wrong_party", None): _absent,
    ("survey_closed", "closed"): lambda _f: _(
        "The survey is closed. Community staff can record a change of mind out of round."
    ),
    ("survey_closed", "works_started"): lambda _f: _("The works have started: an answer no longer changes anything."),
    ("not_yours", "round"): lambda f: _("Visits of round %(round)s at this door are not yours to log.") % f,
    ("not_yours", "out_of_round"): lambda _f: _("Only community staff record visits out of round."),
    ("in_the_future", None): lambda _f: _("The visit lies in the future. Check the clock of the phone."),
    ("commitments_missing", None): lambda _f: _("With a yes, each of the five commitments needs a yes or a no."),
    ("given_missing", None): lambda _f: _("Say how the yes was given: signed, by thumbprint or verbally."),
    ("respondent_missing", None): lambda _f: _("Say who answered."),
    ("tenant_cannot_support", None): lambda _f: _(
        "A tenant cannot give an owner's yes. Record no answer and write the tenant's view in the note."
    ),
    ("unknown_menu_item", None): lambda f: (
        _("Not on this survey's menu: %(items)s.") % {"items": ", ".join(f["items"])}
    ),
    ("unknown_plan", None): lambda f: _("Revision %(plan)s of the plan is not there, or not settled yet.") % f,
    ("client_id_reused", None): lambda _f: _("Another visit was recorded under this client id already."),
    ("signature_too_large", None): lambda _f: _("The signature is larger than 64 KB."),
    ("malformed", "out_of_round_needs_an_answer"): lambda _f: _("Out of round only an answer can be recorded."),
    ("malformed", "out_of_round_needs_a_note"): lambda _f: _("Write in the note how this answer came in."),
    ("malformed", "member"): lambda f: _("“%(member)s” is missing or cannot be read.") % f,
    ("malformed", "object"): lambda _f: _("A visit must be an object."),
}
