"""Guards in words that a community worker understands: what each is, its figures, and what would meet it."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.figures import count_text, fraction_text, full_day_text, mark_text, money_text, rate_text
from renovation.choices import PreconditionParty
from renovation.rules.facts import Guard

Names = Mapping[str, str]
Words = Callable[[Mapping[str, Any], Names], str]

TITLES: dict[str, Promise] = {
    "built_year_known": gettext_lazy("Year built is known"),
    "buildings": gettext_lazy("Buildings are known"),
    "households": gettext_lazy("Households are known"),
    "floor_area": gettext_lazy("Floor areas are known"),
    "tenure_mix": gettext_lazy("Tenure of every household is known"),
    "must_do_findings": gettext_lazy("Every must-do item has its finding"),
    "assessment_confirmed": gettext_lazy("The district has confirmed the assessment"),
    "party_organisation": gettext_lazy("A party organisation is in being"),
    "owners_committee": gettext_lazy("An owners' committee is in being"),
    "filing_receipt": gettext_lazy("The committee is filed"),
    "survey_opened": gettext_lazy("A survey is opened"),
    "roster": gettext_lazy("There is a roster to freeze"),
    "menu": gettext_lazy("A menu of works is in force"),
    "survey_closed": gettext_lazy("The survey is closed"),
    "preconditions": gettext_lazy("The five preconditions are confirmed"),
    "result_notice": gettext_lazy("The notice of the survey's result has ended"),
    "application": gettext_lazy("The application package is complete"),
    "annual_plan": gettext_lazy("The annual plan is approved"),
    "built_year": gettext_lazy("Built by the year of the annual plan"),
    "must_do": gettext_lazy("Every must-do item is in the plan"),
    "items_priced": gettext_lazy("Every item is priced"),
    "plan_notice": gettext_lazy("The notice of the plan has ended"),
    "votes": gettext_lazy("The owners' votes have passed"),
    "support_rate": gettext_lazy("Support is still at or above the pass mark"),
    "contractor": gettext_lazy("The contractor is chosen"),
    "supervisor": gettext_lazy("The supervisor is chosen"),
    "residents_share": gettext_lazy("The residents' share is committed"),
    "illegal_structures": gettext_lazy("Removal of illegal structures is scheduled"),
    "items_done": gettext_lazy("Every item is done or formally changed"),
    "inspections": gettext_lazy("Findings of inspections are closed"),
    "acceptance": gettext_lazy("The works have passed acceptance"),
    "completion_file": gettext_lazy("The completion file is made"),
    "warranties": gettext_lazy("The warranties are written down"),
    "evaluation_closed": gettext_lazy("The residents' evaluation is closed"),
    "evaluation_responses": gettext_lazy("Enough households have answered"),
    "manager": gettext_lazy("A manager is in place"),
    "asset_list": gettext_lazy("The asset list is signed"),
    "handover_signed": gettext_lazy("Committee, manager and community have signed"),
    "handover_date": gettext_lazy("The day of handover has come"),
}

PARTIES: dict[str, Promise] = {
    **{party.value: party.label for party in PreconditionParty},
    "manager": gettext_lazy("the manager"),
}

PARTS: dict[str, Promise] = {
    "application_form": gettext_lazy("application form"),
    "cost_estimate": gettext_lazy("cost estimate"),
    "cost_shares": gettext_lazy("cost shares"),
}

WARRANTIES: dict[str, Promise] = {
    "waterproofing_years": gettext_lazy("waterproofing, in years"),
    "installation_years": gettext_lazy("pipes, wiring and equipment, in years"),
    "heating_seasons": gettext_lazy("heating, in seasons"),
    "by_contract_years": gettext_lazy("other works by contract, in years"),
}


def title_of(code: str) -> str:
    return str(TITLES[code])


def detail_of(guard: Guard, names: Names) -> str:
    """The figures of a guard as a sentence; what is not on record yet says so."""
    if not guard.figures and not guard.met:
        return _("Not on record yet.") if guard.code not in ("survey_opened", "survey_closed", "menu") else ""
    words = _DETAILS.get(guard.code)
    return words(guard.figures, names) if words else ""


def remedy_of(guard: Guard, names: Names) -> str:
    """What would meet an unmet guard."""
    return _REMEDIES[guard.code](guard.figures, names)


def _listed(words: Any) -> str:
    return _(", ").join(str(word) for word in words)


def _items(codes: Any, names: Names) -> str:
    return _listed(f"{code} {names[code]}" if code in names else code for code in codes)


def _day(text: str) -> str:
    return full_day_text(date.fromisoformat(text))


def _known(figures: Mapping[str, Any], _names: Names) -> str:
    return _("Known for %(part)s households.") % {
        "part": fraction_text(figures["households"] - figures["missing"], figures["households"])
    }


def _committee(figures: Mapping[str, Any], _names: Names) -> str:
    text = (
        _("%(name)s stands in, until %(day)s.")
        if figures["form"] == "stand_in"
        else _("%(name)s, %(members)s members, in office until %(day)s.")
    )
    return text % {"name": figures["name"], "members": figures["members"], "day": _day(figures["term_ends_on"])}


def _preconditions(figures: Mapping[str, Any], _names: Names) -> str:
    return _("%(part)s confirmed.") % {"part": fraction_text(figures["confirmed"], figures["needed"])}


def _waiting(figures: Mapping[str, Any], _names: Names) -> str:
    wanted = [
        _("number %(number)s by %(party)s") % {"number": number, "party": PARTIES[party]}
        for number, party in figures["waiting"]
    ]
    return _("To be confirmed: %(wanted)s.") % {"wanted": _listed(wanted)}


def _notice(figures: Mapping[str, Any], _names: Names) -> str:
    return _("Posted on %(posted)s, until %(ends)s: %(days)s days; %(open)s objections open.") % {
        "posted": _day(figures["posted_on"]),
        "ends": _day(figures["ends_on"]),
        "days": figures["days"],
        "open": count_text(figures["open_objections"]),
    }


def _end_notice(post: Promise, post_again: Promise) -> Words:
    def words(figures: Mapping[str, Any], _names: Names) -> str:
        if not figures:
            return str(post)
        if figures["outdated"]:
            return str(post_again)
        if figures["days"] < figures["least_days"]:
            return _("Post it anew for at least %(days)s days, the day of posting not counted.") % {
                "days": figures["least_days"]
            }
        if number := figures["open_objections"]:
            return ngettext("Answer %(n)s objection.", "Answer %(n)s objections.", number) % {"n": count_text(number)}
        if figures["over"] and not figures["closed"]:
            return _("Close the notice: photograph it once more and take it down.")
        return _("Wait until %(day)s is over.") % {"day": _day(figures["ends_on"])}

    return words


def _support(figures: Mapping[str, Any], _names: Names) -> str:
    share = Decimal(figures["pass_share"])
    return _("%(part)s = %(rate)s; pass mark %(mark)s, which is %(needed)s households.") % {
        "part": fraction_text(figures["supports"], figures["households"]),
        "rate": rate_text(figures["supports"], figures["households"], share),
        "mark": mark_text(share),
        "needed": count_text(figures["needed"]),
    }


def _more_doors(figures: Mapping[str, Any], _names: Names) -> str:
    if not figures:
        return _("Close a survey first.")
    return ngettext("%(n)s more door.", "%(n)s more doors.", figures["missing"]) % {"n": count_text(figures["missing"])}


def _must_do(figures: Mapping[str, Any], _names: Names) -> str:
    return _("%(part)s in the plan; %(waived)s approved as not applicable.") % {
        "part": fraction_text(figures["needed"] - len(figures["missing"]), figures["needed"]),
        "waived": figures["waived"],
    }


def _add_must_do(figures: Mapping[str, Any], names: Names) -> str:
    if not figures["confirmed"]:
        return _("The assessment has changed: let the district confirm it.")
    if figures["missing"]:
        return _("Put into the plan: %(items)s.") % {"items": _items(figures["missing"], names)}
    return _("Record the plan with its must-do items.")


def _money(figures: Mapping[str, Any], _names: Names) -> str:
    return _("%(committed)s committed of %(due)s.") % {
        "committed": money_text(Decimal(figures["committed"])),
        "due": money_text(Decimal(figures["due"])),
    }


def _more_money(figures: Mapping[str, Any], _names: Names) -> str:
    if not figures:
        return _("Record what the residents have committed.")
    return _("Commit %(money)s more.") % {"money": money_text(Decimal(figures["missing"]))}


def _short_warranties(figures: Mapping[str, Any], _names: Names) -> str:
    if not figures.get("short"):
        return _("Write down the warranties of the works.")
    short = [
        _("%(what)s: at least %(least)s, not %(given)s") % {"what": WARRANTIES[name], "least": least, "given": given}
        for name, given, least in figures["short"]
    ]
    return _("Lengthen: %(short)s.") % {"short": _listed(short)}


def _built(figures: Mapping[str, Any], _names: Names) -> str:
    if figures["limit"] is None or figures["built_year"] is None:
        return _("Year built or limit not known yet.")
    return _("Built in %(year)s; the plan takes those built by the end of %(limit)s.") % {
        "year": figures["built_year"],
        "limit": figures["limit"],
    }


def _text(text: Promise) -> Words:
    """Words with the figures in them as they are."""
    return lambda figures, _names: str(text) % figures


def _part(text: Promise, whole: str) -> Words:
    """Words with %(part)s: the figure `whole` less what is missing, of it."""
    return lambda figures, _names: (
        str(text) % {"part": fraction_text(figures[whole] - figures["missing"], figures[whole])}
    )


def _first_or_more(first: Promise, more: Callable[[int], str]) -> Words:
    """What to do while nothing is on record, then how many more there must be."""
    return lambda figures, _names: more(figures["missing"]) if figures.get("missing") else str(first)


_DETAILS: dict[str, Words] = {
    "built_year_known": _text(gettext_lazy("Built in %(built_year)s.")),
    "buildings": lambda figures, _names: (
        ngettext("%(n)s building.", "%(n)s buildings.", figures["buildings"]) % {"n": count_text(figures["buildings"])}
    ),
    "households": lambda figures, _names: _households(figures),
    "roster": lambda figures, _names: _households(figures),
    "floor_area": _known,
    "tenure_mix": _known,
    "must_do_findings": lambda figures, _names: (
        _("Findings for %(part)s must-do items.")
        % {"part": fraction_text(figures["items"] - len(figures["missing"]), figures["items"])}
    ),
    "assessment_confirmed": lambda figures, _names: (
        _("The assessment has changed since it was confirmed.") if figures["outdated"] else ""
    ),
    "party_organisation": _text(gettext_lazy("%(name)s, %(members)s members.")),
    "owners_committee": _committee,
    "filing_receipt": lambda figures, _names: (
        _("A stand-in need not be filed.")
        if figures["stand_in"]
        else _("Filed with %(with)s.") % {"with": figures["filed_with"]}
        if "filed_with" in figures
        else _("Not on record yet.")
    ),
    "preconditions": _preconditions,
    "result_notice": _notice,
    "plan_notice": _notice,
    "application": lambda figures, _names: (
        _("%(part)s parts.") % {"part": fraction_text(figures["parts"] - len(figures["missing"]), figures["parts"])}
    ),
    "annual_plan": _text(gettext_lazy("Annual plan of %(year)s.")),
    "built_year": _built,
    "must_do": _must_do,
    "items_priced": lambda figures, _names: (
        _("%(part)s items priced, %(total)s in all.")
        % {
            "part": fraction_text(figures["items"] - figures["missing"], figures["items"]),
            "total": money_text(Decimal(figures["total"])),
        }
        if "total" in figures
        else _("Not on record yet.")
    ),
    "votes": lambda figures, _names: (
        _("%(part)s needed votes passed.") % {"part": fraction_text(figures["passed"], figures["needed"])}
        if figures["needed"]
        else _("No vote is needed.")
    ),
    "support_rate": _support,
    "contractor": _text(gettext_lazy("%(name)s.")),
    "supervisor": _text(gettext_lazy("%(name)s.")),
    "residents_share": _money,
    "illegal_structures": lambda figures, _names: (
        _("%(part)s scheduled.") % {"part": fraction_text(figures["found"] - figures["missing"], figures["found"])}
        if figures["found"]
        else _("None was found.")
    ),
    "items_done": lambda figures, _names: (
        _("%(done)s done and %(changed)s formally changed, of %(items)s items.") % figures
        if "done" in figures
        else _("Not on record yet.")
    ),
    "inspections": lambda figures, _names: (
        _("%(part)s closed.") % {"part": fraction_text(figures["findings"] - figures["missing"], figures["findings"])}
        if figures["findings"]
        else _("Nothing was found.")
    ),
    "acceptance": lambda figures, _names: _("Passed on %(day)s.") % {"day": _day(figures["passed_on"])},
    "completion_file": _text(gettext_lazy("Kept at %(kept_at)s.")),
    "warranties": lambda figures, _names: (
        ngettext("%(n)s kind of work under warranty.", "%(n)s kinds of work under warranty.", figures["kinds"])
        % {"n": figures["kinds"]}
    ),
    "evaluation_responses": lambda figures, _names: (
        _("%(part)s households answered; %(needed)s are needed.")
        % {
            "part": fraction_text(figures["respondents"], figures["households"]),
            "needed": count_text(figures["needed"]),
        }
    ),
    "manager": lambda figures, _names: (
        _("%(name)s, by contract.") % figures
        if figures["mode"] == "company"
        else _("%(name)s, the residents themselves.") % figures
    ),
    "asset_list": lambda figures, _names: (
        ngettext("%(n)s asset.", "%(n)s assets.", figures["assets"]) % {"n": count_text(figures["assets"])}
    ),
    "handover_signed": lambda figures, _names: (
        _("Signed by %(part)s.") % {"part": fraction_text(3 - len(figures["missing"]), 3)}
    ),
    "handover_date": lambda figures, _names: (
        _("Handover on %(day)s.") % {"day": _day(figures["handover_on"])}
        if figures["handover_on"]
        else _("Not on record yet.")
    ),
}


def _households(figures: Mapping[str, Any]) -> str:
    number = figures["households"]
    return ngettext("%(n)s household.", "%(n)s households.", number) % {"n": count_text(number)}


def _fill_in_areas(number: int) -> str:
    return ngettext(
        "Fill in the area of %(n)s more household.", "Fill in the area of %(n)s more households.", number
    ) % {"n": count_text(number)}


def _fill_in_tenures(number: int) -> str:
    return ngettext(
        "Fill in the tenure of %(n)s more household.", "Fill in the tenure of %(n)s more households.", number
    ) % {"n": count_text(number)}


def _price(number: int) -> str:
    return ngettext("Price %(n)s more item.", "Price %(n)s more items.", number) % {"n": count_text(number)}


def _pass_votes(number: int) -> str:
    return ngettext("%(n)s more vote must pass.", "%(n)s more votes must pass.", number) % {"n": count_text(number)}


def _schedule(number: int) -> str:
    return ngettext(
        "Schedule the removal of %(n)s more structure.", "Schedule the removal of %(n)s more structures.", number
    ) % {"n": count_text(number)}


def _finish(number: int) -> str:
    return ngettext(
        "Finish %(n)s more item, or change it formally.", "Finish %(n)s more items, or change them formally.", number
    ) % {"n": count_text(number)}


def _end_works(figures: Mapping[str, Any], names: Names) -> str:
    if "revision_waiting" in figures and not figures["missing"]:
        return _("Revision %(number)s of the plan waits for its notice: close that first.") % {
            "number": figures["revision_waiting"]
        }
    return _first_or_more(gettext_lazy("Record the contractor's report."), _finish)(figures, names)


def _close_findings(number: int) -> str:
    return ngettext("Close %(n)s more finding.", "Close %(n)s more findings.", number) % {"n": count_text(number)}


def _answers(number: int) -> str:
    return ngettext("%(n)s more household must answer.", "%(n)s more households must answer.", number) % {
        "n": count_text(number)
    }


_REMEDIES: dict[str, Words] = {
    "built_year_known": _text(gettext_lazy("Fill in the year built.")),
    "buildings": _text(gettext_lazy("It comes with the roster.")),
    "households": _text(gettext_lazy("It comes with the roster.")),
    "floor_area": _first_or_more(gettext_lazy("It comes with the roster."), _fill_in_areas),
    "tenure_mix": _first_or_more(gettext_lazy("It comes with the roster."), _fill_in_tenures),
    "must_do_findings": lambda figures, names: (
        _("Assess and record: %(items)s.") % {"items": _items(figures["missing"], names)}
        if figures["missing"]
        else _("The city must load a menu of works first; then record the assessment sheet.")
    ),
    "assessment_confirmed": lambda figures, _names: (
        _("Let the district confirm the assessment as it is now.")
        if figures["outdated"]
        else _("Let the district confirm the assessment.")
    ),
    "party_organisation": lambda figures, _names: (
        ngettext(
            "A branch needs %(n)s more full member; with fewer, record a group.",
            "A branch needs %(n)s more full members; with fewer, record a group.",
            figures["needed"] - figures["members"],
        )
        % {"n": figures["needed"] - figures["members"]}
        if figures
        else _("Record the party branch or group with its approval.")
    ),
    "owners_committee": lambda figures, _names: (
        _("The term is over: elect anew, and record the committee or who stands in.")
        if figures
        else _("Record the elected committee, or who stands in for it.")
    ),
    "filing_receipt": _text(gettext_lazy("Record the filing receipt.")),
    "survey_opened": _text(gettext_lazy("Open a survey: that makes this step.")),
    "roster": _text(gettext_lazy("It comes with the roster.")),
    "menu": _text(gettext_lazy("The city must load a menu of works first.")),
    "survey_closed": _text(gettext_lazy("Close the survey: its result makes this step.")),
    "preconditions": _waiting,
    "result_notice": _end_notice(
        gettext_lazy("Post the result of the survey."),
        gettext_lazy("There is a newer survey: post its result."),
    ),
    "application": lambda figures, _names: (
        _("Still missing: %(parts)s.") % {"parts": _listed(PARTS[part] for part in figures["missing"])}
    ),
    "annual_plan": _text(gettext_lazy("Record the city's annual plan with its document number.")),
    "built_year": lambda figures, _names: (
        _("Fill in the year built.")
        if figures["built_year"] is None
        else _("Record the annual plan, which names the year.")
        if figures["limit"] is None
        else _("Built too late for this annual plan.")
    ),
    "must_do": _add_must_do,
    "items_priced": _first_or_more(gettext_lazy("Record the plan with its prices."), _price),
    "plan_notice": _end_notice(
        gettext_lazy("Post the plan."), gettext_lazy("The plan has changed since: post it anew.")
    ),
    "votes": _first_or_more(gettext_lazy("Record which votes the plan needs, or that it needs none."), _pass_votes),
    "support_rate": _more_doors,
    "contractor": _text(gettext_lazy("Record the contractor.")),
    "supervisor": _text(gettext_lazy("Record the supervisor.")),
    "residents_share": _more_money,
    "illegal_structures": _first_or_more(
        gettext_lazy("Record the illegal structures found, or that there are none."), _schedule
    ),
    "items_done": _end_works,
    "inspections": _first_or_more(gettext_lazy("Record the findings of inspections."), _close_findings),
    "acceptance": _text(gettext_lazy("Record the acceptance once it has passed.")),
    "completion_file": _text(gettext_lazy("Record where the completion file is kept.")),
    "warranties": _short_warranties,
    "evaluation_closed": _text(gettext_lazy("Close the residents' evaluation and record it.")),
    "evaluation_responses": _first_or_more(gettext_lazy("Record the residents' evaluation."), _answers),
    "manager": _text(gettext_lazy("Record the company's contract or the decision for self-management.")),
    "asset_list": _text(gettext_lazy("Have the asset list signed and record it.")),
    "handover_signed": lambda figures, _names: (
        _("Still to sign: %(who)s.") % {"who": _listed(PARTIES[who] for who in figures["missing"])}
    ),
    "handover_date": lambda figures, _names: (
        _("It comes by itself on that day.") if figures["handover_on"] else _("Record the handover.")
    ),
}
