"""What residents ordered, as JSON."""

from typing import Any

from rest_framework import serializers

from consent.reports.orders import OrderGroup, Orders
from consent.reports.results import text
from renovation.choices import MenuCategory


class ItemOrdersOutput(serializers.Serializer):
    code = serializers.CharField()
    category = serializers.ChoiceField(MenuCategory.choices)
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    mandatory = serializers.BooleanField(help_text="In without being ordered.")
    unit = serializers.CharField()
    orders = serializers.IntegerField(help_text="Households that ordered it: the number of the result.")
    of_roll = serializers.CharField(allow_null=True, help_text="Of the households on the roll.")
    of_answered = serializers.CharField(allow_null=True, help_text="Of those that answered: yes, not yet or no.")


class BuildingOrdersOutput(serializers.Serializer):
    building = serializers.IntegerField(allow_null=True, help_text="Null where several small buildings stand together.")
    number = serializers.CharField(allow_blank=True)
    buildings = serializers.IntegerField(help_text="How many buildings the row stands for.")
    households = serializers.IntegerField(allow_null=True, help_text="Null where too few to be shown to this caller.")
    answered = serializers.IntegerField(allow_null=True)
    ordering = serializers.IntegerField(allow_null=True)
    orders = serializers.DictField(child=serializers.IntegerField(), allow_null=True, help_text="By item code.")


class OrdersOutput(serializers.Serializer):
    """Rates are strings to 4 places, cut and not rounded; null where there is nothing to divide by."""

    menu_edition = serializers.IntegerField()
    as_of = serializers.DateTimeField(allow_null=True, help_text="Null while it is live.")
    households = serializers.IntegerField(help_text="On the roll.")
    answered = serializers.IntegerField(help_text="Whose stance is supports, not_yet or opposes.")
    ordering = serializers.IntegerField(help_text="That ordered anything with a yes.")
    items = ItemOrdersOutput(many=True)
    by_building = BuildingOrdersOutput(many=True)


def orders_json(orders: Orders) -> dict[str, Any]:
    total = orders.total
    return {
        "menu_edition": orders.survey.menu_edition_id,
        "as_of": orders.as_of and serializers.DateTimeField().to_representation(orders.as_of),
        "households": total.households,
        "answered": total.answered,
        "ordering": total.ordering,
        "items": [
            {
                "code": found.item.code,
                "category": found.item.category,
                "name_zh": found.item.name_zh,
                "name_en": found.item.name_en,
                "mandatory": found.item.mandatory,
                "unit": found.item.unit,
                "orders": found.orders,
                "of_roll": text(found.of_roll),
                "of_answered": text(found.of_answered),
            }
            for found in orders.items_of(total)
        ],
        "by_building": [_group_json(group) for group in orders.groups],
    }


def _group_json(group: OrderGroup) -> dict[str, Any]:
    shown = not group.is_hidden
    return {
        "building": group.row.building,
        "number": group.row.number,
        "buildings": group.row.buildings,
        "households": group.households if shown else None,
        "answered": group.answered if shown else None,
        "ordering": group.ordering if shown else None,
        "orders": dict(sorted(group.orders.items())) if shown else None,
    }
