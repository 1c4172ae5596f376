"""What the product proposes as the words of a notice: of a result or a plan, drawn up from what is fixed.

Only totals are told: never a name, never who has not supported (policy.md, section h). Staff may change every word
before it is posted.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.figures import count_text, full_day_text, mark_text, money_text, rate_text
from consent.choices import NoticeKind
from consent.models import PublicNotice, Survey
from consent.reports.notices import HouseholdsPart, PublicPlan, last_closed_survey, public_plan
from consent.reports.results import result_as_closed
from consent.reports.vote_notices import last_closed_vote, result_words
from consent.rules.notices import CUSTOM, ELSEWHERE, LAW, WORKS
from renovation.models import Neighbourhood, RenovationPlan
from renovation.reports.plans import plan_to_show
from renovation.reports.units import quantity_of

BASIS_WORDS: dict[str, Promise] = {
    LAW: gettext_lazy("required by national law"),
    ELSEWHERE: gettext_lazy("as the rules of other cities ask; the city may set otherwise"),
    CUSTOM: gettext_lazy("customary; the city may set otherwise"),
    WORKS: gettext_lazy("for as long as the works go on"),
}
"""What the least days of a kind rest on, in words."""

LONGEST: int = PublicNotice._meta.get_field("text").max_length or 0
LONGEST_TITLE: int = PublicNotice._meta.get_field("title").max_length or 0


@dataclass(frozen=True)
class ProposedNotice:
    """The words proposed for a notice, and what it is about."""

    title: str
    text: str
    survey: Survey | None = None
    plan: RenovationPlan | None = None


def proposed_notice(neighbourhood: Neighbourhood, kind: str) -> ProposedNotice | None:
    """The words for a kind of notice, in the reader's language; None where there is nothing to be told of.

    Kinds that the product knows nothing of have a title and no text.
    """
    if kind == NoticeKind.SURVEY_RESULT:
        survey = last_closed_survey(neighbourhood)
        return None if survey is None else _of_result(neighbourhood, survey)
    if kind == NoticeKind.PLAN:
        plan = plan_to_show(neighbourhood)
        return None if plan is None else _of_plan(neighbourhood, public_plan(plan))
    if kind == NoticeKind.VOTE_RESULT and (vote := last_closed_vote(neighbourhood)) is not None:
        title, text = result_words(vote)
        return ProposedNotice(title=title[:LONGEST_TITLE], text=text[:LONGEST])
    title = _("%(kind)s, %(neighbourhood)s") % {"kind": NoticeKind(kind).label, "neighbourhood": neighbourhood.name}
    return ProposedNotice(title=title[:LONGEST_TITLE], text="")


def _of_result(neighbourhood: Neighbourhood, survey: Survey) -> ProposedNotice:
    result = result_as_closed(survey)
    total = result.total
    closed_at = survey.closed_at or survey.opened_at
    lines = [
        _(
            "From %(opened)s to %(closed)s every household of %(neighbourhood)s was asked whether it supports the"
            " renovation. The result is made public as follows:"
        )
        % {
            "neighbourhood": neighbourhood.name,
            "opened": full_day_text(survey.opened_at),
            "closed": full_day_text(closed_at),
        },
        "",
        _("Households on the roll: %(n)s.") % {"n": count_text(total.households)},
        _("Households visited: %(n)s, a visit rate of %(rate)s.")
        % {"n": count_text(total.visited), "rate": rate_text(total.visited, total.households)},
    ]
    if total.excluded:
        lines.append(
            _("Vacant homes that are not counted for support: %(n)s; counted: %(counted)s households.")
            % {"n": count_text(total.excluded), "counted": count_text(total.denominator)}
        )
    lines += [
        _("Households that support: %(n)s, a support rate of %(rate)s.")
        % {
            "n": count_text(total.supports),
            "rate": rate_text(total.supports, total.denominator, survey.pass_share),
        },
        _("Pass mark: %(mark)s (%(document)s), which is %(needed)s households.")
        % {
            "mark": mark_text(survey.pass_share),
            "document": survey.policy.document,
            "needed": count_text(result.needed),
        },
        _("The survey has passed.")
        if result.passes
        else _("The survey has not passed: %(n)s more households are needed. The renovation is deferred, not refused.")
        % {"n": count_text(result.missing)},
    ]
    title = _("Result of asking the households of %(neighbourhood)s") % {"neighbourhood": neighbourhood.name}
    return ProposedNotice(title[:LONGEST_TITLE], "\n".join([*lines, "", _objections_to(neighbourhood)]), survey=survey)


def _of_plan(neighbourhood: Neighbourhood, shown: PublicPlan) -> ProposedNotice:
    plan, lines = shown.sheet.plan, shown.sheet.lines
    opening = ngettext(
        "The renovation plan of %(neighbourhood)s, revision %(number)s, has %(n)s item and costs %(total)s. It is made"
        " public as follows:",
        "The renovation plan of %(neighbourhood)s, revision %(number)s, has %(n)s items and costs %(total)s. It is made"
        " public as follows:",
        len(lines),
    ) % {
        "neighbourhood": neighbourhood.name,
        "number": plan.number,
        "n": count_text(len(lines)),
        "total": money_text(plan.total),
    }
    payers = [
        _("%(source)s: %(sum)s, %(share)s of the total.")
        % {"source": payer.label, "sum": money_text(payer.planned), "share": payer.share}
        for payer in shown.payers
    ]
    payers += filter(None, [words_of_part(shown.households)])
    title = _("Renovation plan of %(neighbourhood)s: items, cost and shares") % {"neighbourhood": neighbourhood.name}
    text = ""
    # A plan of the whole menu may be longer than a notice: its categories then stand for its items, listed below it.
    for items in (_items(shown), _categories(shown)):
        parts = [opening, "", _("Items"), *items, "", _("Who pays"), *payers, "", _objections_to(neighbourhood)]
        text = "\n".join(parts)
        if len(text) <= LONGEST:
            break
    return ProposedNotice(title[:LONGEST_TITLE], text[:LONGEST], plan=plan)


def words_of_part(part: HouseholdsPart | None) -> str:
    """What households pay under a plan, in a sentence; nothing where it is not told."""
    if part is None:
        return ""
    said = {
        "n": count_text(part.households),
        "least": money_text(part.least),
        "most": money_text(part.most),
    }
    if part.least == part.most:
        return _("%(n)s households share what residents pay: %(most)s each.") % said
    return _("%(n)s households share what residents pay: from %(least)s to %(most)s each.") % said


def tells_every_item(text: str, shown: PublicPlan) -> bool:
    """Whether the words of a notice name each item with its amount, so that a table would only repeat them."""
    return all(line in text for line in _items(shown))


def _items(shown: PublicPlan) -> list[str]:
    return [
        _("%(code)s %(name)s: %(quantity)s, %(sum)s")
        % {
            "code": item.menu_item.code,
            "name": item.menu_item.name,
            "quantity": quantity_of(item.quantity, item.menu_item.unit),
            "sum": _("not priced yet") if item.amount is None else money_text(item.amount),
        }
        for item in shown.sheet.lines
    ]


def _categories(shown: PublicPlan) -> list[str]:
    return [
        ngettext("%(category)s: %(n)s item, %(sum)s", "%(category)s: %(n)s items, %(sum)s", len(group.lines))
        % {"category": group.name, "n": count_text(len(group.lines)), "sum": money_text(group.total)}
        for group in shown.sheet.categories
    ]


def _objections_to(neighbourhood: Neighbourhood) -> str:
    return _(
        "Whoever objects may say so to the community %(community)s while this notice hangs; each objection is answered."
        " Only totals are made public here, never what a household answered."
    ) % {"community": neighbourhood.community.name}
