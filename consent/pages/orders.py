"""Residents order: what households chose from the menu, by item and building."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.http import SignedInRequest
from consent.models import Survey
from consent.permissions import reads_only_what_is_published, sees_every_door
from consent.reports.orders import ItemOrders, OrderGroup, orders_of, orders_to_show
from renovation.choices import MenuCategory

SMALL = "small"
MOST_WANTED = 3


class OrderFilter(forms.Form):
    """What the orders are narrowed to; a value that is none of the choices narrows nothing."""

    building = forms.ChoiceField(label=gettext_lazy("Building"), required=False)
    at = forms.ChoiceField(required=False, choices=[("now", "now")], widget=forms.HiddenInput)

    def __init__(self, *args: Any, groups: Sequence[OrderGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = {_key(group): group for group in groups if not group.is_hidden}
        choices = [(key, _name(group)) for key, group in self.groups.items()]
        self.fields["building"].choices = [("", _("All buildings")), *choices]  # type: ignore[attr-defined]

    def chosen(self) -> OrderGroup | None:
        self.is_valid()
        return self.groups.get(self.cleaned_data.get("building", ""))


@login_required
def survey_orders(request: SignedInRequest, pk: int) -> HttpResponse:
    """Live while the survey is open, then as it was closed, or with `?at=now` as it stands since."""
    surveys = Survey.objects.visible_to(request.user).select_related("neighbourhood", "menu_edition")
    survey: Survey = get_object_or_404(surveys, pk=pk)
    may_see_now = not survey.is_open and not reads_only_what_is_published(request.user, survey)
    since_closing = not survey.is_open and request.GET.get("at") == "now"
    if since_closing and not may_see_now:
        raise PermissionDenied
    sees_all = sees_every_door(request.user, survey)
    orders = (orders_of if since_closing else orders_to_show)(survey, sees_doors=sees_all)
    form = OrderFilter(request.GET, groups=orders.groups)
    chosen = form.chosen()
    shown = chosen or orders.total
    names = {item.code: item for item in orders.menu}
    return render(
        request,
        "consent/orders.html",
        {
            "survey": survey,
            "neighbourhood": survey.neighbourhood,
            "form": form,
            "chosen": chosen,
            "chosen_name": _name(chosen) if chosen else "",
            "shown": shown,
            "categories": _categories(orders.items_of(shown)),
            "groups": [
                (
                    group,
                    _key(group),
                    [(names[code], number) for code, number in _most_wanted(group) if code in names],
                )
                for group in orders.groups
            ],
            "total": orders.total,
            "as_of": orders.as_of,
            "since_closing": since_closing,
            "may_see_now": may_see_now,
            "now": timezone.now(),
        },
    )


def _categories(items: Sequence[ItemOrders]) -> list[dict[str, Any]]:
    """The menu's categories in their order: first what is in anyway or was ordered, the most wanted first."""
    labels = dict(MenuCategory.choices)
    order = MenuCategory.values
    found = []
    by_category = sorted(items, key=lambda one: order.index(one.item.category))
    for category, group in groupby(by_category, key=lambda one: one.item.category):
        rows = list(group)
        listed = [one for one in rows if one.orders or one.item.mandatory]
        found.append(
            {
                "name": labels[category],
                "rows": sorted(listed, key=lambda one: (-one.orders, one.item.code)),
                "unordered": [one.item for one in rows if not one.orders and not one.item.mandatory],
                "orders": sum(one.orders for one in rows),
            }
        )
    return found


def _most_wanted(group: OrderGroup) -> list[tuple[str, int]]:
    return sorted(group.orders.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_WANTED]


def _key(group: OrderGroup) -> str:
    return str(group.row.building) if group.row.building else SMALL


def _name(group: OrderGroup) -> str:
    if group.row.building:
        return _("Building %(number)s") % {"number": group.row.number}
    return ngettext("%(n)s small building", "%(n)s small buildings together", group.row.buildings) % {
        "n": group.row.buildings
    }
