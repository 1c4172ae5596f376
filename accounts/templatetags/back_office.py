"""Where in the back office a page is: the list, the row, and what is done to it."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.contrib import admin
from django.db.models import Model
from django.template import Context
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

register = template.Library()


@dataclass(frozen=True)
class Step:
    """A step of the way to a page. The last one is the page itself, without an address."""

    title: str
    url: str = ""


@register.simple_tag(takes_context=True)
def page_path(context: Context) -> list[Step]:
    """{% page_path as steps %}: the theme's own says neither what a page does nor, beside it, to which row."""
    opts = context.get("opts")
    if opts is None:
        return [Step(str(context.get("content_title") or context.get("title") or _("Back office")))]
    steps = [Step(capfirst(str(opts.verbose_name_plural)), _url(opts, "changelist"))]
    row = context.get("original") or context.get("object")
    if isinstance(row, Model):
        steps.append(Step(_title(row), _url(row._meta, "change", row.pk)))
    is_form = context.get("adminform") is not None
    # A list and the form of a row are what the step before says; any other page has a title.
    if not context.get("cl") and not (is_form and len(steps) > 1):
        steps.append(Step(str(context.get("title", ""))))
    return [*steps[:-1], Step(steps[-1].title)]


def _title(row: Model) -> str:
    """As the search calls it: in words, and never by the name of a resident."""
    shown = admin.site._registry.get(type(row))
    found_as = getattr(shown, "found_as", None)
    return str(found_as(row) if found_as else row)


def _url(opts: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=args)
