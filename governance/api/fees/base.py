"""What the resources of fees share: places and households by the act, months, and who is named to whom."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS

from accounts.choices import Act
from accounts.rest import ResourceViewSet, VisibleField
from accounts.rules.territory import reach_of
from governance.api.base import GovernedNeighbourhoodField
from governance.permissions.fees import sees_debtors
from governance.rules.fees.periods import parse_period
from governance.services.fees.books import hold_books_to_bill
from renovation.models import Household
from renovation.querysets import neighbourhoods_within

MONTH_LENGTH = len("2026-10")


class FeeNeighbourhoodField(GovernedNeighbourhoodField):
    act_asked = Act.FEES


class FeeHouseholdField(VisibleField):
    """A household of the roll where the caller does `act_asked` in any way; a client needs no more scopes than that."""

    act_asked: ClassVar[Act] = Act.FEES

    def get_queryset(self) -> QuerySet[Any]:
        return self.everywhere().filter(retired_at=None)

    def everywhere(self) -> QuerySet[Any]:
        """Those too that are on the roll no more."""
        reach = reach_of(self.context["request"].user, self.act_asked)
        here = Household.objects.filter(neighbourhoods_within(reach, "neighbourhood__"))
        return here.select_related("neighbourhood", "building")


@extend_schema_field({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "example": "2026-10"})
class MonthField(serializers.Field):
    """A month as `2026-10`, its first day in Python."""

    def to_internal_value(self, data: Any) -> date:
        try:
            if not isinstance(data, str) or len(data) != MONTH_LENGTH:
                raise ValueError("no month")
            period = parse_period(data)
        except ValueError:
            raise ValidationError(_("This is no month: write it like 2026-10."), code="invalid") from None
        if len(period.months) != 1:
            raise ValidationError(_("This is no month: write it like 2026-10."), code="invalid")
        return period.first

    def to_representation(self, value: date) -> str:
        return f"{value:%Y-%m}"


class NamesDebtors:
    """For outputs whose rows name who owes: whether to this caller, asked once for each neighbourhood."""

    context: Any

    def names(self, row: Any) -> bool:
        known: dict[str, bool] = self.context.setdefault("names_debtors", {})
        code = row.neighbourhood_code
        if code not in known:
            known[code] = sees_debtors(self.context["request"].user, row)
        return known[code]


def hold_book_of(view: ResourceViewSet) -> None:
    """The book of the row at hand, held first where it is about to be written, as the services do."""
    if view.request.method not in SAFE_METHODS:
        rows = view.get_queryset().filter(pk=view.kwargs["pk"]).order_by()
        hold_books_to_bill(list(rows.values_list("neighbourhood", flat=True)))
