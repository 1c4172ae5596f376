"""The links of the top bar: to each person the pages where their roles work."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
    if user.reach(Act.REGISTRY):
        sections.append((_("Neighbourhoods"), reverse("neighbourhoods")))
    if user.reach(Act.SURVEYS, Access.READ, Access.MASKED):
        sections.append((_("Surveys"), reverse("surveys")))
    if user.has_role(*LOOKS_OVER_BODIES):
        sections.append((_("Bodies"), reverse("bodies")))
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
