"""The things behind figures in words: what is the matter, in a line, and what is to be done next."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from common.figures import (
    count_text,
    cut_share,
    day_text,
    fraction_text,
    mark_text,
    money_text,
    rate_text,
)
from governance.choices.fees import FeeKind
from overview.reports.dashboard.things import Item
from renovation.choices import FundingKind, Stage
from renovation.reports.guard_words import remedy_of, title_of

PHASE_NAMES: dict[str, Promise] = {
    "mobilise": pgettext_lazy("phase", "Finding out and mobilising"),
    "consent": pgettext_lazy("phase", "Asking for consent"),
    "plan": pgettext_lazy("phase", "Approval and design"),
    "build": pgettext_lazy("phase", "Works and acceptance"),
    "run": pgettext_lazy("phase", "Handover and long-term care"),
    "aside": pgettext_lazy("phase", "Suspended or withdrawn"),
}

_TITLES: dict[str, Promise] = {
    "all": gettext_lazy("All neighbourhoods"),
    "located": gettext_lazy("Neighbourhoods whose coordinates are known"),
    "unlocated": gettext_lazy("Neighbourhoods without coordinates"),
    "blocked": gettext_lazy("Blocked or overdue"),
    "blocked-new": gettext_lazy("Blocked since last Friday"),
    "blocked-notice_objections": gettext_lazy("Notices with objections that are not answered"),
    "blocked-notice_overdue": gettext_lazy("Notices that have ended and are not closed"),
    "blocked-support_fell": gettext_lazy("Support has fallen below the pass mark"),
    "blocked-votes_expiring": gettext_lazy("Owners' votes about to end"),
    "blocked-guards_failing": gettext_lazy("Held up before one of the two gates"),
    "blocked-survey_idle": gettext_lazy("Surveys that have come to a stop"),
    "nearest": gettext_lazy("Closest to the pass mark"),
    "works": gettext_lazy("Works behind schedule, and safety hazards"),
    "works-behind": gettext_lazy("Work packages behind schedule"),
    "works-safety": gettext_lazy("Safety hazards not removed"),
    "awards": gettext_lazy("Awards waiting for the handover"),
    "below_target": gettext_lazy("Collection below target"),
    "deferred_due": gettext_lazy("Deferred, and due to be looked at again"),
    "terms_ending": gettext_lazy("Committees whose term ends within 90 days"),
    "changes-moved": gettext_lazy("Moved on since last Friday"),
    "changes-passed": gettext_lazy("Consented since last Friday"),
    "changes-deferred": gettext_lazy("Deferred since last Friday"),
    "changes-works_begun": gettext_lazy("Works begun since last Friday"),
    "changes-handed_over": gettext_lazy("Handed over since last Friday"),
    "asked": gettext_lazy("Surveys in hand"),
    "asked-1": gettext_lazy("Surveys in hand that have reached round 1"),
    "asked-2": gettext_lazy("Surveys in hand that have reached round 2"),
    "asked-3": gettext_lazy("Surveys in hand that have reached round 3"),
    "money": gettext_lazy("Neighbourhoods with money"),
    "fees-property": gettext_lazy("Neighbourhoods billed for property fees"),
    "fees-parking": gettext_lazy("Neighbourhoods billed for parking fees"),
    "fees-property-above": gettext_lazy("Property fees above target"),
    "fees-property-below": gettext_lazy("Property fees not above target"),
    "fees-property-no_data": gettext_lazy("No property fees to collect"),
    "fees-parking-above": gettext_lazy("Parking fees above target"),
    "fees-parking-below": gettext_lazy("Parking fees not above target"),
    "fees-parking-no_data": gettext_lazy("No parking fees to collect"),
    "below_target-property": gettext_lazy("Property fees not above target"),
    "below_target-parking": gettext_lazy("Parking fees not above target"),
}


def title_of_key(key: str, divisions: Mapping[str, str]) -> str:
    """What a figure is, as the heading of its rows. `divisions` are the names of those below, by their codes."""
    name, _dash, rest = key.partition("-")
    if key in _TITLES:
        return str(_TITLES[key])
    if name == "stage":
        return str(Stage(rest).label)
    if name == "phase":
        return str(PHASE_NAMES[rest])
    if name == "money":
        return str(FundingKind(rest).label)
    return divisions.get(rest, rest)


def text_of(item: Item) -> str:
    """What is the matter, in a line."""
    words = _TEXTS.get(item.part)
    return words(item.facts) if words else _since(item)


def act_of(item: Item) -> str:
    """What is to be done next, as a link; empty where nothing is."""
    if item.part == "votes_expiring" and item.facts["is_over"]:
        return _("Close the vote")
    return str(_ACTS.get(item.part, ""))


_ACTS: dict[str, Promise] = {
    "notice_objections": gettext_lazy("Answer the objections"),
    "notice_overdue": gettext_lazy("Close the notice"),
    "support_fell": gettext_lazy("Visit these doors"),
    "votes_expiring": gettext_lazy("Deliver the ballots"),
    "guards_failing": gettext_lazy("See what is missing"),
    "survey_idle": gettext_lazy("Ask the community"),
    "behind": gettext_lazy("See the works"),
    "safety": gettext_lazy("See the defect"),
    "awards": gettext_lazy("See the handover"),
    "deferred_due": gettext_lazy("Look at it again"),
    "terms_ending": gettext_lazy("Prepare the election"),
}


def _since(item: Item) -> str:
    return _("In this stage since %(day)s.") % {"day": day_text(item.since)} if item.since else ""


def _objections(facts: Mapping[str, Any]) -> str:
    text = ngettext(
        "%(number)s objection to “%(title)s” is not answered: the notice ends on %(day)s and cannot be closed.",
        "%(number)s objections to “%(title)s” are not answered: the notice ends on %(day)s and cannot be closed.",
        facts["objections"],
    )
    return text % {
        "number": count_text(facts["objections"]), "title": facts["title"], "day": day_text(facts["ends_on"])
    }  # fmt: skip


def _not_closed(facts: Mapping[str, Any]) -> str:
    return _("“%(title)s” ended on %(day)s and is not closed.") % {
        "title": facts["title"], "day": day_text(facts["ends_on"])
    }  # fmt: skip


def doors_text(missing: int) -> str:
    """4 more doors."""
    return ngettext("%(number)s more door", "%(number)s more doors", missing) % {"number": count_text(missing)}


def _support(facts: Mapping[str, Any]) -> str:
    """Support of the roll, as exact as the mark; nothing where too few are asked."""
    if facts.get("hidden") or "supports" not in facts:
        return _("Fewer than five households: not shown.") if facts.get("hidden") else ""
    values = {
        "rate": rate_text(facts["supports"], facts["denominator"], facts["pass_share"]),
        "part": fraction_text(facts["supports"], facts["denominator"]),
        "mark": mark_text(facts["pass_share"]),
        "doors": doors_text(facts["missing"]),
    }
    if facts["missing"]:
        return _("%(rate)s support (%(part)s), below the pass mark of %(mark)s: %(doors)s.") % values
    return _("%(rate)s support (%(part)s); the pass mark is %(mark)s.") % values


def _asked(facts: Mapping[str, Any]) -> str:
    """Where one round is looked at, what was done in it, before how the survey stands."""
    if "won" not in facts:
        return _support(facts)
    text = _("In this round: %(listed)s listed, %(visited)s visited, %(won)s won.")
    values = {name: count_text(facts[name]) for name in ("listed", "visited", "won")}
    return " ".join(filter(None, (text % values, _support(facts))))


def _vote(facts: Mapping[str, Any]) -> str:
    text = (
        _("“%(title)s” ended on %(day)s and is not counted.") if facts["is_over"] else _("“%(title)s” ends on %(day)s.")
    )
    return text % {"title": facts["title"], "day": day_text(facts["ends_on"])}


def _guards(facts: Mapping[str, Any]) -> str:
    first, *others = facts["guards"]
    values = {
        "days": count_text(facts["days_waited"]),
        "guard": title_of(first.code),
        "remedy": remedy_of(first, {}),
        "others": count_text(len(others)),
    }
    if others:
        return _("Waits for %(days)s days. Not met: %(guard)s. %(remedy)s And %(others)s more.") % values
    return _("Waits for %(days)s days. Not met: %(guard)s. %(remedy)s") % values


def _idle(facts: Mapping[str, Any]) -> str:
    text = ngettext("No visit for %(number)s day.", "No visit for %(number)s days.", facts["days_idle"])
    return " ".join(filter(None, (text % {"number": count_text(facts["days_idle"])}, _support(facts))))


def _behind(facts: Mapping[str, Any]) -> str:
    values = {
        "name": facts["name"],
        "day": day_text(facts["ends_on"]),
        "done": f"{cut_share(facts['done'], 1)}%",
        "expected": f"{cut_share(facts['expected'], 1)}%",
        "days": count_text(facts["days_over"]),
    }
    if facts["days_over"]:
        text = ngettext(
            "%(name)s was to end on %(day)s, %(days)s day ago; %(done)s is done.",
            "%(name)s was to end on %(day)s, %(days)s days ago; %(done)s is done.",
            facts["days_over"],
        )
        return text % values
    return _("%(name)s: %(done)s is done, %(expected)s should be; it is to end on %(day)s.") % values


def _hazard(facts: Mapping[str, Any]) -> str:
    if facts["due_on"]:
        return _("%(text)s (found on %(found)s, to be removed by %(due)s)") % {
            "text": facts["text"], "found": day_text(facts["found_on"]), "due": day_text(facts["due_on"])
        }  # fmt: skip
    return _("%(text)s (found on %(found)s)") % {"text": facts["text"], "found": day_text(facts["found_on"])}


def _award(facts: Mapping[str, Any]) -> str:
    return _("Tranche %(number)s, %(amount)s, is paid once the neighbourhood is handed over.") % {
        "number": facts["number"], "amount": money_text(facts["amount"])
    }  # fmt: skip


def _deferred(facts: Mapping[str, Any]) -> str:
    text = _("To be looked at again on %(day)s.") % {"day": day_text(facts["revisit_on"])}
    return " ".join(filter(None, (text, _support(facts))))


def _term(facts: Mapping[str, Any]) -> str:
    values = {
        "name": facts["name"], "day": day_text(facts["term_ends_on"]), "days": count_text(abs(facts["days_left"]))
    }  # fmt: skip
    if facts["days_left"] < 0:
        return _("%(name)s: the term ended on %(day)s.") % values
    text = ngettext(
        "%(name)s: the term ends on %(day)s, in %(days)s day.",
        "%(name)s: the term ends on %(day)s, in %(days)s days.",
        facts["days_left"],
    )
    return text % values


def _fees(facts: Mapping[str, Any]) -> str:
    if facts["rate"] is None:
        return _("Nothing to collect of this month.")
    receivable = facts["billed"] - facts["reductions"]
    values = {
        "kind": FeeKind(facts["kind"]).label,
        "rate": rate_text(facts["settled"], receivable),
        "settled": money_text(facts["settled"]),
        "receivable": money_text(receivable),
        "short": money_text(facts["short"]),
    }
    if facts["short"]:
        return _("%(kind)s: %(rate)s, %(settled)s of %(receivable)s; %(short)s short of the target.") % values
    return _("%(kind)s: %(rate)s, %(settled)s of %(receivable)s.") % values


def _money(facts: Mapping[str, Any]) -> str:
    return _("Planned %(planned)s, committed %(committed)s, received %(received)s, spent %(spent)s.") % {
        name: money_text(facts[name]) for name in ("planned", "committed", "received", "spent")
    }


_TEXTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "notice_objections": _objections,
    "notice_overdue": _not_closed,
    "support_fell": _support,
    "votes_expiring": _vote,
    "guards_failing": _guards,
    "survey_idle": _idle,
    "nearest": _support,
    "asked": _asked,
    "behind": _behind,
    "safety": _hazard,
    "awards": _award,
    "deferred_due": _deferred,
    "terms_ending": _term,
    "fees": _fees,
    "money": _money,
}
