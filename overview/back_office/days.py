"""The kept days, to read: they are made by `keep_days` and by nobody's hand. What the dashboard does not tell of fewer
than five households is not told here either.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, RangeDateFilter

from accounts.back_office.admins import BackOfficeAdmin
from accounts.back_office.history import as_json
from accounts.choices import Act
from overview.models import CommunityDay, KeptDay, NeighbourhoodDay
from overview.rules.dashboard import is_small
from renovation.back_office import DistrictFilter, by_place

FEES = tuple(
    f"{kind}_{part}"
    for kind in ("property", "parking", "property_year", "parking_year")
    for part in ("billed", "reduced", "settled")
)


def of_roll(name: str) -> Any:
    """A field of the survey, left out where its roll is small. Not one to order the list by, which would tell it."""

    @admin.display(description=NeighbourhoodDay._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    def told(model_admin: Any, obj: NeighbourhoodDay) -> Any:
        return _("fewer than 5 households") if is_small(obj.roll) else getattr(obj, name)

    return told


@admin.register(NeighbourhoodDay)
class NeighbourhoodDayAdmin(BackOfficeAdmin):
    act = Act.OVERVIEW
    place = "neighbourhood"
    list_display = ["neighbourhood", "day", "stage", "households", "roll", "of_roll_supports", "received"]
    list_filter = [("day", RangeDateFilter), ("stage", ChoicesDropdownFilter), DistrictFilter]
    list_select_related = ["neighbourhood"]
    search_fields = by_place("neighbourhood")
    search_help_text = _("By neighbourhood.")
    ordering = ["-id"]
    fields = [
        *("neighbourhood", "day", "stage", "stage_since", "households", "longitude", "latitude"),
        *("survey", "survey_verdict", "pass_share", "revisit_on", "round", "last_visit_on"),
        *("roll", "of_roll_excluded", "of_roll_visited", "of_roll_supports", "of_roll_verbal", "by_round"),
        *("by_source", "received", "works", "fee_month", *FEES),
    ]
    of_roll_excluded = of_roll("excluded")
    of_roll_visited = of_roll("visited")
    of_roll_supports = of_roll("supports")
    of_roll_verbal = of_roll("verbal")
    readonly_fields = [
        *("of_roll_excluded", "of_roll_visited", "of_roll_supports", "of_roll_verbal"),
        *("by_round", "by_source", "works"),
    ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Without the fees where too few live."""
        is_few = obj is not None and is_small(obj.households)
        return [name for name in self.fields if not (is_few and name in FEES)]

    @admin.display(description=NeighbourhoodDay._meta.get_field("rounds").verbose_name)
    def by_round(self, obj: NeighbourhoodDay) -> Any:
        return _("fewer than 5 households") if is_small(obj.roll) else as_json(obj.rounds)

    @admin.display(description=NeighbourhoodDay._meta.get_field("money").verbose_name)
    def by_source(self, obj: NeighbourhoodDay) -> str:
        return as_json(obj.money)

    @admin.display(description=NeighbourhoodDay._meta.get_field("packages").verbose_name)
    def works(self, obj: NeighbourhoodDay) -> str:
        return as_json(obj.packages)


@admin.register(CommunityDay)
class CommunityDayAdmin(BackOfficeAdmin):
    act = Act.OVERVIEW
    list_display = ["community_code", "day", "supports", "denominator", "consented", "received"]
    list_filter = [("day", RangeDateFilter), DistrictFilter]
    search_fields = ["community_code__startswith"]
    search_help_text = _("By the code of the community.")
    ordering = ["-id"]
    fields: Any = [
        *("community_code", "day", "supports", "denominator", "consented", "under_works", "in_long_term", "received"),
        *("property_due", "property_paid", "parking_due", "parking_paid"),
    ]


@admin.register(KeptDay)
class KeptDayAdmin(BackOfficeAdmin):
    act = Act.OVERVIEW
    list_display = ["day", "final", "made_at", "cursor"]
    list_filter = [("day", RangeDateFilter), ("final", BooleanRadioFilter)]
    search_fields = ["day"]
    search_help_text = _("By day, as 2026-11-23.")
    ordering = ["-day"]
    fields: Any = [*list_display]
