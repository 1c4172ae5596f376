"""Papers for every household: the letter that opens the asking, and the form by which the works are judged."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.figures import full_day_text, mark_text
from consent.models import ConsentPolicy
from governance.choices.bodies import BodyKind
from governance.models import Body
from overview.prints.blocks import Paper, document, facts, forms, lines_to_write, scale, ticks
from overview.prints.places import door_text, place_of
from overview.prints.typesetting import frame, qr_of
from renovation.choices import Rater
from renovation.models import Evaluation, Household, Neighbourhood
from renovation.reports.evaluations import questions_of
from renovation.rules.evaluations import SCORES

# --- 致居民一封信 -----------------------------------------------------------------------------------------


def letter_to_residents(neighbourhood: Neighbourhood, *, at: datetime, address: str, check: str) -> Paper:
    """What residents are told before they are asked: what may be done, who comes three times, what their answer
    decides, that it is kept from the neighbours, and how to make sure that it is counted. `check` is the address where
    a receipt is checked. Who signs it writes the day and a phone by hand.
    """
    title = _("To the residents of %(name)s") % {"name": neighbourhood.name}
    day = timezone.localdate(at)
    policy = ConsentPolicy.objects.for_place(neighbourhood.community_code, day).first()
    committee = (
        Body.objects.filter(
            neighbourhood=neighbourhood, kind__in=(BodyKind.OWNERS_COMMITTEE, BodyKind.STAND_IN), ended_on=None
        )
        .values_list("name", flat=True)
        .first()
    )
    around = frame(title=title, place=place_of(neighbourhood), as_of=at, checked_at=address)
    data = {
        "frame": around,
        "head": _("Letter to residents"),
        "title": title,
        "greeting": _("Dear neighbours,"),
        "paragraphs": [
            _(
                "Our neighbourhood may be renovated: pipes and drains, wiring, roofs and walls, stairwells, paths and"
                " lights, and what you order besides from a menu of works. What is dangerous is mended in any case."
                " Whether the rest begins, and what is done, is decided by those who live here."
            ),
            _policy_words(policy),
        ],
        "rounds_title": _("Somebody comes to your door up to three times"),
        "rounds": [
            (pgettext("round", "First"), _("The owners' committee asks every household.")),
            (
                pgettext("round", "Second"),
                _("The grid worker comes to those who do not support it yet, or were not at home."),
            ),
            (
                pgettext("round", "Third"),
                _("Community, grid worker and committee come together to the few that are left."),
            ),
        ],
        "points_title": _("What you may rely on"),
        "points": [
            _("You may say yes, not yet or no, ask for time, and change your mind until the works begin."),
            _(
                "Your answer is seen by those who ask, for as long as they ask, and never by your neighbours; only"
                " totals are made public."
            ),
            _("You get a receipt with a code. With it you can check that your answer is in the count, as you gave it."),
            _(
                "What the works cost and what each household is to pay is posted before anything is built; what you"
                " object to in that time is answered in writing."
            ),
            _("A yes at the door is no ballot: what the law leaves to an owners' vote is voted on separately."),
        ],
        "qr": qr_of(check),
        "qr_words": _("Check your receipt"),
        "phone": _("Questions and help, also for those who cannot come to the door"),
        "signers": [
            {"name": neighbourhood.community.name, "hint": _("Signature, seal and day")},
            {"name": committee or _("Owners' committee"), "hint": _("Signature, seal and day")},
        ],
    }
    return Paper("letter", data, f"letter-{neighbourhood.code}")


def _policy_words(policy: ConsentPolicy | None) -> str:
    if policy is None:
        return _(
            "The works begin only when enough of all households support them. If too few do, the neighbourhood is put"
            " off, not struck off: it can be asked again."
        )
    return _(
        "The works begin only when at least %(share)s of all households support them (%(document)s). If fewer do, the"
        " neighbourhood is put off, not struck off: it can be asked again."
    ) % {"share": mark_text(policy.pass_share), "document": policy.document}


QUESTIONS_ON_A_PAGE = 8
"""So many questions, and the form is sure to fit on one page."""

# --- 居民满意度评价表 --------------------------------------------------------------------------------------


def evaluation_forms(evaluation: Evaluation, households: Sequence[Household], *, at: datetime, address: str) -> Paper:
    """The form of an evaluation: one for each of `households` with its door on it, or a blank one to be copied."""
    neighbourhood = evaluation.neighbourhood
    title = _("Residents' evaluation of the works")
    around = frame(title=f"{title} · {neighbourhood.name}", place=place_of(neighbourhood), as_of=at, checked_at=address)
    if len(evaluation.questions) <= QUESTIONS_ON_A_PAGE:
        around["pages"] = 1
    doors: list[str | None] = [door_text(household) for household in households]
    documents = [
        document(around, title, _evaluation_blocks(evaluation, door), lead=evaluation.title) for door in doors or [None]
    ]
    return forms(f"evaluation-{neighbourhood.code}", documents)


def _evaluation_blocks(evaluation: Evaluation, door: str | None) -> list[dict[str, Any]]:
    ends = {SCORES[0]: _("1 not at all"), SCORES[-1]: _("5 very much")}
    return [
        facts(
            [
                [
                    (_("Neighbourhood"), evaluation.neighbourhood.name),
                    (_("Opened on"), full_day_text(evaluation.opened_at)),
                ],
                [(_("Household"), door)],
            ]
        ),
        ticks(
            [(str(Rater(who).label), False, "") for who in Rater.values],
            across=len(Rater.values),
            title=pgettext("of an evaluation", "Who answers"),
        ),
        scale(
            [question.text for question in questions_of(evaluation)],
            [ends.get(score, str(score)) for score in SCORES],
            _("Please tick one box in each line; leave out what you cannot judge."),
            title=_("How you judge it"),
        ),
        lines_to_write(4, title=_("What should be done better")),
        facts(
            [[(_("Day"), None), (_("Signature, if you like"), None)]],
            note=_("The community keeps this sheet. Only totals are made public, never who answered what."),
        ),
    ]
