"""Contests, what competes, and the points, to read."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from governance.admin.upkeep import UpkeepAdmin
from governance.models import Contest, ContestEntry, ContestScore
from renovation.back_office import PlaceDistrictFilter, by_place
from renovation.rules.masking import mask_name


@admin.register(Contest)
class ContestAdmin(UpkeepAdmin):
    list_display = ["neighbourhood", "title", "scope", "starts_on", "ends_on", "state"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("scope", ChoicesDropdownFilter),
        PlaceDistrictFilter,
        ("starts_on", RangeDateFilter),
    ]
    fields = [*list_display, "most_points", "prize", "created_at", "updated_at"]


@admin.register(ContestEntry)
class ContestEntryAdmin(UpkeepAdmin):
    place = "contest__neighbourhood"
    list_display = ["contest", "building", "stairwell"]
    list_select_related = ["contest", "building", "stairwell"]
    list_filter = [PlaceDistrictFilter]
    search_fields = by_place("contest__neighbourhood")
    fields = [*list_display, "created_at"]


@admin.register(ContestScore)
class ContestScoreAdmin(UpkeepAdmin):
    place = "entry__contest__neighbourhood"
    list_display = ["entry", "criterion", "points", "masked_judge", "at"]
    list_select_related = ["entry__stairwell", "entry__building"]
    list_filter = [("criterion", ChoicesDropdownFilter), PlaceDistrictFilter]
    search_fields = by_place("entry__contest__neighbourhood")
    fields = [*list_display, "by"]

    @admin.display(description=_("judge"))
    def masked_judge(self, score: ContestScore) -> str:
        return mask_name(score.judge)
