"""Figures that open what they are made of, and charts, for the dashboard: `{% load dashboards %}`."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from common import figures
from overview.charts.lines import LineChart
from overview.reports.dashboard.shape import Figure, Phase

register = template.Library()


@register.simple_tag(takes_context=True)
def dashboard_url(context: Mapping[str, Any], name: str, *args: str, **query: str) -> str:
    """An address of the dashboard in hand: of its place, and of its day where that has gone by."""
    return url_of(name, *args, code=context["code"], on=context["on"], **query)


@register.simple_tag(takes_context=True)
def place_url(context: Mapping[str, Any], code: str) -> str:
    """The dashboard of another place on the same day."""
    return url_of("dashboard", code=code, on=context["on"])


@register.simple_tag(takes_context=True)
def opens(context: Mapping[str, Any], figure: Figure, said: str = "", testid: str = "") -> SafeString:
    """A figure as a link to the rows that make it; as plain text where there is none. `said` stands for it."""
    words = said or figures.count_text(figure.count)
    test = format_html(' data-testid="{}"', testid) if testid else ""
    if not figure.count:
        return format_html('<span class="num"{}>{}</span>', test, words)
    url = url_of("dashboard_rows", figure.key, code=context["code"], on=context["on"])
    return format_html('<a class="fig num" href="{}"{}>{}</a>', url, test, words)


def url_of(name: str, *args: str, code: str = "", on: str = "", **query: str) -> str:
    address = reverse(name, args=[*([code] if code else []), *args])
    asked = {**({"on": on} if on else {}), **{key: value for key, value in query.items() if value}}
    return f"{address}?{urlencode(asked)}" if asked else address


@register.inclusion_tag("overview/_parts_bar.html")
def parts_bar(before: int, added: int, whole: int, mark: Decimal | None = None) -> dict[str, object]:
    """A bar of what was there before and what was added, in a whole, with the mark to reach as a line across it."""
    return {
        "before": _percent(before, whole),
        "both": _percent(before + added, whole),
        "has_both": before > 0 and added > 0,
        "mark": float(mark * 100) if mark is not None else None,
    }


@register.inclusion_tag("overview/_line.html")
def line_chart(chart: LineChart, label: str, kind: str, tone: str = "", unit: int = 1) -> dict[str, object]:
    """A line from week to week. `kind` is `share`, `count` or `money` (in `unit` yuan)."""
    levels = [(level.at, _level(level.value, kind)) for level in chart.levels]
    mark = None if chart.mark is None else _level(chart.mark, kind)
    return {"chart": chart, "label": label, "tone": tone, "levels": levels, "mark": mark}


@register.simple_tag
def in_units(yuan: Decimal, unit: int) -> str:
    """{% in_units line.planned unit %}: an amount in units of so many yuan, as the head of its column says."""
    return figures.in_unit_text(yuan, unit)


@register.simple_tag
def section_of(found: Any, name: str) -> Any:
    """A section of the dashboard, or its rows, by a name that is only known as a value."""
    return found.sections[name] if hasattr(found, "sections") else found[name]


@register.simple_tag
def sum_of(one: int, other: int, sign: int = 1) -> int:
    """Two counts together, or one less the other."""
    return one + sign * other


@register.simple_tag
def most_of(phases: Sequence[Phase]) -> int:
    """The count of the stage with most, which the bars of all are measured by; at least 1."""
    return max((one.figure.count for phase in phases for one in phase.stages), default=0) or 1


@register.simple_tag
def share_figure(part: Decimal, whole: Decimal, mark: Decimal | None = None) -> str:
    """A share in percent without its sign, where it is set in the type of a figure."""
    return figures.cut_share(part, whole, mark)


@register.filter
def cut_rate(rate: Decimal | None) -> str:
    """{{ tile.property_rate|cut_rate }}: 83.4%, cut; "no data" for none."""
    return gettext("no data") if rate is None else f"{figures.cut_share(rate, 1)}%"


@register.filter
def listed(names: Sequence[str]) -> str:
    """{{ places|listed }}: names one after the other."""
    return gettext(", ").join(names)


@register.filter
def words(text: str) -> list[str]:
    """{% for shape in "desk phone"|words %}."""
    return text.split()


def _percent(part: int, whole: int) -> float:
    return round(max(0, min(part, whole)) / whole * 100, 3) if whole else 0


def _level(value: float, kind: str) -> str:
    text = f"{value:,.1f}".removesuffix(".0")
    return f"{text}%" if kind == "share" else text
