from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers

from accounts.choices import Act
from accounts.rest import ReadOnlyResource
from renovation.api.filters import MenuItemFilters
from renovation.models import MenuItem


class MenuItemOutput(serializers.ModelSerializer):
    created_at = serializers.DateTimeField(source="edition.created_at")
    valid_from = serializers.DateField(source="edition.valid_from", help_text="Of the edition.")

    class Meta:
        model = MenuItem
        fields = [
            "id",
            "code",
            "category",
            "name_zh",
            "name_en",
            "mandatory",
            "unit",
            "funding_hint",
            "valid_from",
            "created_at",
        ]


class MenuItems(ReadOnlyResource):
    """The items of the menu in force today, or on the day of `as_of`."""

    act = Act.MENU
    queryset = MenuItem.objects.select_related("edition")
    serializer_class = MenuItemOutput
    filterset_class = MenuItemFilters
    search_fields = ("name_zh", "name_en")
    ordering_fields = ("id", "code")

    def filter_one(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today: QuerySet[Any] = MenuItem.objects.of_day(timezone.localdate())
        return queryset.filter(pk__in=today.values("pk"))
