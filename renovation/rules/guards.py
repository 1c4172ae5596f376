"""The guards of the lifecycle, one function each: facts in, met or not with its figures out (workflow.md, States)."""

import math
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from renovation.rules.evidence import PRECONDITIONS
from renovation.rules.facts import Guard, Standing

NOTICE_DAYS = 7
"""Calendar days, the day of posting not counted (policy.md h; the city sets it)."""

BRANCH_MEMBERS = 3
"""A party branch has at least three full members (policy.md g); a group has no least number."""

WARRANTY_MINIMA: Mapping[str, int] = {"waterproofing_years": 5, "installation_years": 2, "heating_seasons": 2}
"""The statutory minima (policy.md j). A structure's is its design life; anything else goes by contract."""

APPLICATION_PARTS = ("application_form", "cost_estimate", "cost_shares")
SIGNATORIES = ("committee", "manager", "community")

NOT_A_MATTER = frozenset({"survey_opened", "survey_closed", "menu", "roster", "handover_date"})
"""Guards that no override can lift, since what they wait for is an act, not a paper."""

GuardRule = Callable[[Standing], Guard]


def _recorded(code: str, kind: str, *shown: str) -> GuardRule:
    """A guard that asks for one piece of evidence to be there; `shown` are the values told with it."""

    def rule(standing: Standing) -> Guard:
        facts = standing.facts(kind)
        return Guard(code, facts is not None, {name: facts[name] for name in shown} if facts is not None else {})

    return rule


# --- 1 assessed ------------------------------------------------------------------------------------


def built_year_known(standing: Standing) -> Guard:
    year = standing.registry.built_year
    return Guard("built_year_known", year is not None, {"built_year": year} if year is not None else {})


def buildings(standing: Standing) -> Guard:
    return Guard("buildings", standing.registry.buildings > 0, {"buildings": standing.registry.buildings})


def households(standing: Standing) -> Guard:
    return Guard("households", standing.registry.households > 0, {"households": standing.registry.households})


def floor_area(standing: Standing) -> Guard:
    """Every household's area is known; of none there is none."""
    all_of_them, missing = standing.registry.households, standing.registry.without_area
    return Guard("floor_area", all_of_them > 0 and missing == 0, {"households": all_of_them, "missing": missing})


def tenure_mix(standing: Standing) -> Guard:
    all_of_them, missing = standing.registry.households, standing.registry.without_tenure
    return Guard("tenure_mix", all_of_them > 0 and missing == 0, {"households": all_of_them, "missing": missing})


def must_do_findings(standing: Standing) -> Guard:
    """The assessment says of every must-do item of the menu whether it applies here."""
    facts = standing.facts("assessment") or {}
    wanted = standing.must_do or frozenset()
    told = {*facts.get("must_do_found", ()), *facts.get("must_do_not_found", ())}
    missing = sorted(wanted - told)
    met = standing.must_do is not None and standing.facts("assessment") is not None and not missing
    return Guard("must_do_findings", met, {"items": len(wanted), "missing": missing})


# --- 2 mobilising, 3 organised ---------------------------------------------------------------------


def assessment_confirmed(standing: Standing) -> Guard:
    """The district has confirmed the assessment as it stands: a later assessment wants a new confirmation."""
    confirmed = standing.facts("assessment_confirmed") is not None
    current = standing.is_later("assessment_confirmed", than="assessment")
    return Guard("assessment_confirmed", current, {"outdated": confirmed and not current})


def party_organisation(standing: Standing) -> Guard:
    facts = standing.facts("party_organisation")
    if facts is None:
        return Guard("party_organisation", False, {})
    enough = facts["form"] != "branch" or facts["members"] >= BRANCH_MEMBERS
    needed = BRANCH_MEMBERS if facts["form"] == "branch" else 0
    shown = {"name": facts["name"], "form": facts["form"], "members": facts["members"], "needed": needed}
    return Guard("party_organisation", enough, shown)


def owners_committee(standing: Standing) -> Guard:
    """A committee in its term, or a recorded stand-in; the last day of a term still counts."""
    facts = standing.facts("owners_committee")
    if facts is None:
        return Guard("owners_committee", False, {})
    in_term = date.fromisoformat(facts["term_ends_on"]) >= standing.today
    shown = {name: facts[name] for name in ("name", "form", "members", "term_ends_on")}
    return Guard("owners_committee", in_term, shown)


def filing_receipt(standing: Standing) -> Guard:
    """A committee is filed with the street office; who stands in for one need not be."""
    committee = standing.facts("owners_committee")
    stand_in = committee is not None and committee["form"] == "stand_in"
    receipt = standing.facts("filing_receipt")
    return Guard(
        "filing_receipt",
        stand_in or receipt is not None,
        {"stand_in": stand_in} | ({"filed_with": receipt["filed_with"]} if receipt else {}),
    )


# --- 4 consenting, 5 consented or deferred: by a survey --------------------------------------------


def roster(standing: Standing) -> Guard:
    return Guard("roster", standing.registry.residential > 0, {"households": standing.registry.residential})


def menu(standing: Standing) -> Guard:
    return Guard("menu", standing.must_do is not None, {})


def survey_opened(_standing: Standing) -> Guard:
    """Never met here: opening a survey makes the step."""
    return Guard("survey_opened", False, {})


def survey_closed(_standing: Standing) -> Guard:
    """Never met while consent is asked for: closing the survey makes the step."""
    return Guard("survey_closed", False, {})


def no_open_survey(standing: Standing) -> Guard:
    """A neighbourhood is not withdrawn from under a survey."""
    return Guard("survey_closed", standing.stage != "consenting", {})


# --- 6 ready, 7 applied, 8 planned -----------------------------------------------------------------


def preconditions(standing: Standing) -> Guard:
    """The first gate: each of the five confirmed by every party that must (policy.md c)."""
    waiting = [
        (number, party)
        for number, parties in PRECONDITIONS.items()
        for party, kind in parties.items()
        if standing.facts(kind) is None
    ]
    open_numbers = {number for number, _party in waiting}
    shown = {
        "confirmed": len(PRECONDITIONS) - len(open_numbers),
        "needed": len(PRECONDITIONS),
        "waiting": [*map(list, waiting)],
    }
    return Guard("preconditions", not waiting, shown)


def _notice(code: str, kind: str, about: str) -> GuardRule:
    """A notice of what stands now, up for its least days and over, with no objection left open.

    One that is kept here must have been closed too. It tells the revision of the plan that it showed; a later revision
    that needed no notice of its own does not outdate it.
    """

    def rule(standing: Standing) -> Guard:
        facts = standing.facts(kind)
        if facts is None:
            return Guard(code, False, {})
        posted, ends = date.fromisoformat(facts["posted_on"]), date.fromisoformat(facts["ends_on"])
        days, left = (ends - posted).days, facts["objections"] - facts["objections_answered"]
        noticed = (standing.facts(about) or {}).get("notice_revision")
        if noticed is not None and "revision" in facts:
            outdated = facts["revision"] < noticed
        else:
            outdated = not standing.is_later(kind, than=about)
        closed = facts.get("closed", True)
        shown = {
            "posted_on": facts["posted_on"],
            "ends_on": facts["ends_on"],
            "days": days,
            "least_days": NOTICE_DAYS,
            "open_objections": left,
            "outdated": outdated,
            "over": ends < standing.today,
            "closed": closed,
        }
        met = days >= NOTICE_DAYS and ends < standing.today and left == 0 and not outdated and closed
        return Guard(code, met, shown)

    return rule


result_notice = _notice("result_notice", "result_notice", about="survey_result")
plan_notice = _notice("plan_notice", "plan_notice", about="plan_priced")


def application(standing: Standing) -> Guard:
    facts = standing.facts("application") or {}
    missing = [part for part in APPLICATION_PARTS if not facts.get(part)]
    return Guard("application", not missing, {"missing": missing, "parts": len(APPLICATION_PARTS)})


annual_plan = _recorded("annual_plan", "annual_plan", "year")


def built_year(standing: Standing) -> Guard:
    """Built by the end of the year that the annual plan names; that year itself counts."""
    year, plan = standing.registry.built_year, standing.facts("annual_plan")
    limit = plan["built_by"] if plan else None
    met = year is not None and limit is not None and year <= limit
    return Guard("built_year", met, {"built_year": year, "limit": limit})


# --- 9 designed, 10 under works --------------------------------------------------------------------


def must_do(standing: Standing) -> Guard:
    """Every must-do item that the confirmed assessment found is in the plan, or was approved as not applicable."""
    assessment, plan = standing.facts("assessment"), standing.facts("plan_priced")
    waived = frozenset((standing.facts("must_do_waived") or {}).get("items", ()))
    found = frozenset((assessment or {}).get("must_do_found", ()))
    wanted = found - waived
    missing = sorted(wanted - frozenset((plan or {}).get("must_do", ())))
    confirmed = standing.is_later("assessment_confirmed", than="assessment")
    shown = {"needed": len(wanted), "missing": missing, "waived": len(found & waived), "confirmed": confirmed}
    return Guard("must_do", confirmed and plan is not None and not missing, shown)


def items_priced(standing: Standing) -> Guard:
    facts = standing.facts("plan_priced")
    if facts is None:
        return Guard("items_priced", False, {"items": 0, "missing": 0})
    missing = facts["item_count"] - facts["priced"]
    shown = {"items": facts["item_count"], "missing": missing, "total": facts["total"]}
    return Guard("items_priced", facts["item_count"] > 0 and missing == 0, shown)


def votes(standing: Standing) -> Guard:
    """The owners' votes that the plan needs have passed. That none is needed is recorded too."""
    facts = standing.facts("votes")
    if facts is None:
        return Guard("votes", False, {})
    missing = facts["needed"] - facts["passed"]
    return Guard("votes", missing == 0, {"needed": facts["needed"], "passed": facts["passed"], "missing": missing})


def support_rate(standing: Standing) -> Guard:
    """The second gate: the rate as it stands now, against the share that the survey froze. Exactly it passes."""
    facts = standing.facts("support_rate")
    if facts is None:
        return Guard("support_rate", False, {})
    denominator, supports = facts["households"] - facts["excluded"], facts["supports"]
    share = Fraction(Decimal(facts["pass_share"]))
    needed = max(1, math.ceil(share * denominator))
    shown: dict[str, Any] = {
        "supports": supports,
        "households": denominator,
        "pass_share": facts["pass_share"],
        "needed": needed,
        "missing": max(0, needed - supports),
    }
    return Guard("support_rate", denominator > 0 and supports >= needed, shown)


contractor = _recorded("contractor", "contractor", "name")
supervisor = _recorded("supervisor", "supervisor", "name")


def residents_share(standing: Standing) -> Guard:
    facts = standing.facts("residents_share")
    if facts is None:
        return Guard("residents_share", False, {})
    missing = max(Decimal(0), Decimal(facts["due"]) - Decimal(facts["committed"]))
    shown = {"due": facts["due"], "committed": facts["committed"], "missing": str(missing)}
    return Guard("residents_share", missing == 0, shown)


def illegal_structures(standing: Standing) -> Guard:
    """Each has its day of removal. That none was found is recorded too."""
    facts = standing.facts("illegal_structures")
    if facts is None:
        return Guard("illegal_structures", False, {})
    missing = facts["found"] - facts["scheduled"]
    return Guard("illegal_structures", missing == 0, {"found": facts["found"], "missing": missing})


# --- 11 works done, 12 accepted --------------------------------------------------------------------


def items_done(standing: Standing) -> Guard:
    """All items done, or formally changed; and no revision of the plan still waits for its notice to end."""
    facts = standing.facts("works_done")
    if facts is None:
        return Guard("items_done", False, {"items": 0, "missing": 0})
    missing = max(0, facts["item_count"] - facts["done"] - facts["changed"])
    shown = {"items": facts["item_count"], "done": facts["done"], "changed": facts["changed"], "missing": missing}
    waiting = facts.get("revision_waiting")
    if waiting is not None:
        shown["revision_waiting"] = waiting
    return Guard("items_done", facts["item_count"] > 0 and missing == 0 and waiting is None, shown)


def inspections(standing: Standing) -> Guard:
    facts = standing.facts("inspections")
    if facts is None:
        return Guard("inspections", False, {})
    missing = facts["findings"] - facts["closed"]
    return Guard("inspections", missing == 0, {"findings": facts["findings"], "missing": missing})


def acceptance(standing: Standing) -> Guard:
    facts = standing.facts("acceptance")
    passed = facts is not None and facts["passed"]
    return Guard("acceptance", passed, {"passed_on": facts["passed_on"]} if facts and passed else {})


completion_file = _recorded("completion_file", "completion_file", "kept_at")


def warranties(standing: Standing) -> Guard:
    """At least one kind of work is under warranty, and none for less than the statute says; exactly that is enough."""
    facts = standing.facts("warranties")
    if facts is None:
        return Guard("warranties", False, {})
    short = [[name, facts[name], least] for name, least in WARRANTY_MINIMA.items() if facts.get(name, least) < least]
    kinds = len(facts.keys() - {"source"})
    return Guard("warranties", kinds > 0 and not short, {"kinds": kinds, "short": short})


# --- 13 evaluated, 14 handed over, 15 long-term ----------------------------------------------------


def evaluation_closed(standing: Standing) -> Guard:
    facts = standing.facts("evaluation")
    return Guard("evaluation_closed", facts is not None and facts["closed"], {})


def evaluation_responses(standing: Standing) -> Guard:
    """Enough households have answered. Exactly the minimum is enough; where none was asked it never is."""
    facts = standing.facts("evaluation")
    if facts is None:
        return Guard("evaluation_responses", False, {})
    asked, answered = facts["household_count"], facts["respondents"]
    needed = max(1, math.ceil(Fraction(Decimal(facts["minimum_share"])) * asked))
    shown = {"households": asked, "respondents": answered, "needed": needed, "missing": max(0, needed - answered)}
    return Guard("evaluation_responses", asked > 0 and answered >= needed, shown)


manager = _recorded("manager", "manager", "mode", "name")


def asset_list(standing: Standing) -> Guard:
    facts = standing.facts("asset_list")
    return Guard("asset_list", facts is not None and facts["signed"], {"assets": facts["assets"]} if facts else {})


def handover_signed(standing: Standing) -> Guard:
    facts = standing.facts("handover") or {}
    missing = [who for who in SIGNATORIES if not facts.get(f"signed_by_{who}")]
    return Guard("handover_signed", not missing, {"missing": missing})


def handover_date(standing: Standing) -> Guard:
    """The day of handover has come; that day itself counts."""
    facts = standing.facts("handover")
    day = facts["handover_on"] if facts else None
    met = day is not None and date.fromisoformat(day) <= standing.today
    return Guard("handover_date", met, {"handover_on": day})


GUARDS: Mapping[str, tuple[GuardRule, ...]] = {
    "assessed": (built_year_known, buildings, households, floor_area, tenure_mix, must_do_findings),
    "mobilising": (assessment_confirmed,),
    "organised": (party_organisation, owners_committee, filing_receipt),
    "consenting": (survey_opened, roster, menu),
    "consented": (survey_closed,),
    "deferred": (survey_closed,),
    "ready": (preconditions, result_notice),
    "applied": (preconditions, application),
    "planned": (annual_plan, built_year),
    "designed": (must_do, items_priced, plan_notice, votes),
    "under_works": (support_rate, contractor, supervisor, residents_share, illegal_structures),
    "works_done": (items_done, inspections),
    "accepted": (acceptance, completion_file, warranties),
    "evaluated": (evaluation_closed, evaluation_responses),
    "handed_over": (manager, asset_list, handover_signed),
    "long_term": (handover_date,),
    "withdrawn": (no_open_survey,),
}
"""The guards of each step, in the order of workflow.md."""
