"""Icons, bars, fields and figures for templates: `{% load look %}`."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common import figures

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A sign of the sprite, for the eye only: what it means is written beside it."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("icons.svg"), name)


@register.simple_tag
def brand_mark() -> SafeString:
    """The seal of the house."""
    return format_html('<svg class="mark" aria-hidden="true"><use href="{}#mark"/></svg>', static("icons.svg"))


@register.inclusion_tag("components/bar.html")
def bar(
    part: int | Decimal,
    whole: int | Decimal,
    mark: Fraction | Decimal | None = None,
    tone: str = "",
    size: str = "",
) -> dict[str, object]:
    """A bar of `part` in `whole`, with the mark to reach (a share) as a line across it; empty where whole is 0. Both
    may be yuan; more than the whole fills the bar.
    """
    fen_part, fen_whole = int(part * 100), int(whole * 100)
    fen_part = max(0, min(fen_part, fen_whole))
    return {
        "width": figures.cut_share(fen_part, fen_whole, Fraction(1, 10**6)) if fen_whole > 0 else "0",
        "mark": float(Fraction(mark) * 100) if mark is not None else None,
        "tone": tone,
        "size": size,
    }


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField,
    hint: str = "",
    testid: str = "",
    autocomplete: str = "",
    rows: int | None = None,
    needed: bool = False,
) -> dict[str, object]:
    """A labelled input with its hint and its errors at its place. `needed` where it can be left out only sometimes."""
    attrs: dict[str, str | bool] = {"class": "input"}
    if rows:
        attrs["rows"] = str(rows)
    if testid:
        attrs["data-testid"] = testid
    if autocomplete:
        attrs["autocomplete"] = autocomplete
    if bound.field.widget.attrs.get("placeholder") == bound.label:
        attrs["placeholder"] = ""  # said once, above the field
    return {
        "field": bound,
        "widget": bound.as_widget(attrs=attrs),
        "hint": hint or bound.help_text,
        "is_optional": not (needed or bound.field.required),
    }


@register.simple_tag(name="input")
def bare_input(bound: BoundField) -> SafeString:
    """The bare input of a field, where its label stands elsewhere."""
    return bound.as_widget(attrs={"class": "input"})


@register.filter
def share_of(part: int | Decimal, whole: int | Decimal) -> str:
    """{{ 376|share_of:400 }}: 94.0%."""
    return figures.rate_text(part, whole)


@register.simple_tag
def rate(part: int, whole: int, mark: Fraction | Decimal | None = None) -> str:
    """{% rate 376 400 policy.pass_share %}: as exact as the mark."""
    return figures.rate_text(part, whole, mark)


@register.filter
def out_of(part: int, whole: int) -> str:
    """{{ 376|out_of:400 }}: 376 / 400."""
    return figures.fraction_text(part, whole)


@register.filter
def count(number: int | None) -> str:
    """{{ 2022|count }}: 2,022; nothing for what is not known."""
    return "" if number is None else figures.count_text(number)


@register.filter
def mark(share: Fraction | Decimal) -> str:
    """{{ policy.pass_share|mark }}: 95%."""
    return figures.mark_text(share)


@register.filter
def money(yuan: Decimal | None) -> str:
    """{{ amount|money }}: 435.83 元."""
    return "" if yuan is None else figures.money_text(yuan)


@register.filter
def amount(yuan: Decimal | None) -> str:
    """{{ item.amount|amount }}: 602,640.00, where the head of the column says that it is yuan."""
    return "" if yuan is None else figures.amount_text(yuan)


@register.filter
def change(yuan: Decimal | None) -> str:
    """{{ row.difference|change }}: +120.00, −120.00."""
    return "" if yuan is None else figures.change_text(yuan)


@register.filter
def quantity(value: Decimal | None) -> str:
    """{{ item.quantity|quantity }}: 1,240."""
    return "" if value is None else figures.quantity_text(value)


@register.filter
def area(square_metres: Decimal | None) -> str:
    """{{ household.gross_floor_area|area }}: 86.50 ㎡; nothing for what is not known."""
    return "" if square_metres is None else figures.area_text(square_metres)


@register.filter
def day(value: date | None) -> str:
    """{{ closed_on|day }}: 11月23日."""
    return "" if value is None else figures.day_text(value)


@register.filter
def full_day(value: date | None) -> str:
    """{{ closed_on|full_day }}: 2026年11月23日."""
    return "" if value is None else figures.full_day_text(value)


@register.filter
def moment(value: datetime | None) -> str:
    """{{ visited_at|moment }}: 11月23日 12:10."""
    return "" if value is None else figures.moment_text(value)


@register.filter
def clock(value: datetime | None) -> str:
    """{{ visited_at|clock }}: 12:10."""
    return "" if value is None else figures.clock_text(value)


@register.filter
def grouped(digest: bytes | str) -> str:
    """{{ root_hash|grouped }}: 7c1e 94ab ..."""
    return figures.hash_text(digest)
