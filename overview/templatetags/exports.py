"""Where a page leads to its own sheet."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from overview.sheets import SHEETS

register = template.Library()


@register.inclusion_tag("components/export_button.html", takes_context=True)
def export_button(context: template.Context, sheet: str, **filters: Any) -> dict[str, str]:
    """The way to a sheet, filled in with what the page shows; nothing for who is not offered it. No query."""
    request = context.get("request")
    if request is None or not request.user.is_authenticated or not SHEETS[sheet].is_open_to(request.user):
        return {}
    given = {name: str(value) for name, value in filters.items() if value not in (None, "")}
    return {"url": f"{reverse('export_new')}?{urlencode({'sheet': sheet, **given})}", "sheet": sheet}
