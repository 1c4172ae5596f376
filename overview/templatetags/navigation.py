"""The links of the top bar: to each person the pages where their roles work."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.choices import Access, Act
from accounts.permissions import may_open_back_office

register = template.Library()


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
    if any(user.reach_for_round(number) for number in (1, 2, 3)):
        sections.append((_("At the doors"), reverse("field")))
    if may_open_back_office(user):
        sections.append((_("Back office"), reverse("admin:index")))
    return [Link(name, url, request.path.startswith(url)) for name, url in sections]
