"""The links of the top bar: to each person the pages where their roles work."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.choices import Access, Act, Role
from accounts.permissions import may_open_back_office

register = template.Library()

LOOKS_OVER_BODIES = (Role.CITY_OFFICIAL, Role.DISTRICT_OFFICIAL, Role.COMMUNITY_STAFF)
"""Whoever looks after several neighbourhoods, and so asks what is missing where."""


@dataclass(frozen=True)
class Link:
    name: str
    url: str
    is_current: bool


@register.simple_tag(takes_context=True)
def navigation_links(context: dict[str, Any]) -> list[Link]:
    """The sections open to whoever is signed in; nothing for a visitor, and for a page without a request."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if request is None or user is None or not user.is_authenticated:
        return []
    sections = []
    if user.reach(Act.OVERVIEW):
        sections.append((_("Overview"), reverse("dashboard")))
    if user.reach(Act.REGISTRY):
        sections.append((_("Neighbourhoods"), reverse("neighbourhoods")))
    if user.reach(Act.SURVEYS, Access.READ, Access.MASKED):
        sections.append((_("Surveys"), reverse("surveys")))
    if user.has_role(*LOOKS_OVER_BODIES):
        sections.append((_("Bodies"), reverse("bodies")))
    if user.reach(Act.FEES):
        sections.append((_("Fees"), reverse("fees_home")))
    if user.reach(Act.OVERVIEW):
        sections.append((_("Exports"), reverse("exports")))
    if any(user.reach_for_round(number) for number in (1, 2, 3)):
        sections.append((_("At the doors"), reverse("field")))
    if may_open_back_office(user):
        sections.append((_("Back office"), reverse("admin:index")))
    return [Link(name, url, request.path.startswith(url)) for name, url in sections]


GOVERNANCE_PAGES: tuple[tuple[str, Any, str, Act], ...] = (
    ("bodies", gettext_lazy("Bodies"), "governance", Act.BODIES),
    ("votes", gettext_lazy("Owners' votes"), "votes", Act.VOTES),
    ("conventions", gettext_lazy("Conventions"), "conventions", Act.BODIES),
    ("workshops", gettext_lazy("Workshops"), "workshops", Act.WORKSHOPS),
    ("party", gettext_lazy("Party members"), "party", Act.PARTY_MEMBERS),
    ("handover", gettext_lazy("Handover"), "handover", Act.BODIES),
    ("upkeep", gettext_lazy("Upkeep"), "upkeep", Act.UPKEEP),
    ("contests", gettext_lazy("Contests"), "contests", Act.UPKEEP),
    ("boards", gettext_lazy("Butler boards"), "boards", Act.UPKEEP),
)
"""The pages about who decides and who keeps it up: each with its word, name and address, and the act of its readers."""


@register.simple_tag(takes_context=True)
def governance_links(context: dict[str, Any], neighbourhood: Any, page: str) -> list[Link]:
    """The governance pages of a neighbourhood that the reader has something to read on; `page` is the one in hand."""
    user = context["request"].user
    links = []
    for word, name, address, act in GOVERNANCE_PAGES:
        if user.reach(act):
            try:
                url = reverse(address, args=[neighbourhood.pk])
            except NoReverseMatch:
                continue
            links.append(Link(str(name), url, word == page))
    return links


FEE_PAGES: tuple[tuple[str, Any, str, Act, bool], ...] = (
    ("hub", gettext_lazy("Today"), "fees", Act.FEES, False),
    ("households", pgettext_lazy("the book of fees", "Households"), "fee_households", Act.FEES, False),
    ("runs", gettext_lazy("Billing"), "fee_runs", Act.FEES, False),
    ("payments", gettext_lazy("Payments"), "fee_payments", Act.FEES, False),
    ("arrears", gettext_lazy("Arrears"), "fee_arrears", Act.FEES, False),
    ("statements", gettext_lazy("Statements"), "fee_statements", Act.FEES, False),
    ("parking", gettext_lazy("Parking"), "fee_parking", Act.FEES, False),
    ("schedules", gettext_lazy("Prices"), "fee_schedules", Act.FEES, True),
    ("reductions", gettext_lazy("Reductions"), "fee_reductions", Act.FEE_REDUCTIONS, True),
    ("rates", gettext_lazy("Collection rates"), "fee_rates", Act.FEES, True),
    ("disclosures", gettext_lazy("Disclosure"), "fee_disclosures", Act.FEES, True),
    ("months", pgettext_lazy("the book of fees", "Months"), "fee_months", Act.FEES, False),
    ("channels", gettext_lazy("Payment codes"), "fee_channels", Act.FEES, False),
)
"""The pages about a neighbourhood's fees: each with its word, name and address, the act of its readers, and whether who
reads totals only (the committee) may open it.
"""


@register.simple_tag(takes_context=True)
def fee_links(context: dict[str, Any], neighbourhood: Any, page: str) -> list[Link]:
    """The fee pages of a neighbourhood that the reader may open there; `page` is the one in hand."""
    links = []
    for word, name, address, act, totals in FEE_PAGES:
        if _reads_fees(context, neighbourhood, act, totals):
            try:
                url = reverse(address, args=[neighbourhood.pk])
            except NoReverseMatch:
                continue
            links.append(Link(str(name), url, word == page))
    return links


@register.simple_tag(takes_context=True)
def fees_url(context: dict[str, Any], neighbourhood: Any) -> str:
    """Where a neighbourhood's fees begin for the reader; nothing for who reads none of them."""
    for _word, _name, address, act, totals in FEE_PAGES:
        if _reads_fees(context, neighbourhood, act, totals):
            try:
                return reverse(address, args=[neighbourhood.pk])
            except NoReverseMatch:
                continue
    return ""


def _reads_fees(context: dict[str, Any], neighbourhood: Any, act: Act, totals: bool) -> bool:
    user = context["request"].user
    if not user.is_authenticated:
        return False
    reach = user.reach(act) if totals else user.reach(act, Access.READ, Access.WRITE, Access.MASKED)
    return reach.covers(neighbourhood.community_code, neighbourhood.code)
