"""What is missing where: neighbourhoods with an empty seat, a committee not filed, or a term that ends."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers

from accounts.choices import Act
from accounts.rest import ListResource
from common.filters import CodeFilter
from governance.reports.seats import WANTS, seats_by_neighbourhood, wants_of
from renovation.models import Neighbourhood


class SeatsOutput(serializers.ModelSerializer):
    neighbourhood = serializers.IntegerField(source="pk")
    wants = serializers.SerializerMethodField(
        help_text="`party`, `committee`, `manager`: the seat is empty; `filing`: the committee is not filed; `ending`: "
        "a term or a contract is over or ends within 90 days, or a management does that nothing follows."
    )

    class Meta:
        model = Neighbourhood
        fields = ["neighbourhood", "code", "name", "wants"]

    def get_wants(self, row: Any) -> list[str]:
        return list(wants_of(row))


class SeatFilters(django_filters.FilterSet):
    division = CodeFilter()
    wants = django_filters.ChoiceFilter(
        method="by_want", choices=[(word, word) for word in WANTS], label="Those where this is wanting."
    )

    def by_want(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(WANTS[value])


class BodySeats(ListResource):
    """Neighbourhoods with what is wanting of their 3+X, as of today."""

    act = Act.BODIES
    queryset = Neighbourhood.objects.all()
    serializer_class = SeatsOutput
    filterset_class = SeatFilters
    ordering_fields = ("id", "code")

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return Neighbourhood.objects.none()
        return seats_by_neighbourhood(self.request.user, timezone.localdate())
