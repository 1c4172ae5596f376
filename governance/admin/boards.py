"""Butler boards, to read. They hang in public; here a building head's name is masked all the same."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from accounts.choices import Act
from governance.admin.base import GovernanceAdmin
from governance.models import NoticeBoard
from renovation.back_office import PlaceDistrictFilter
from renovation.rules.masking import mask_name


@admin.register(NoticeBoard)
class NoticeBoardAdmin(GovernanceAdmin):
    act = Act.UPKEEP
    list_display = [
        "neighbourhood",
        "building",
        "stairwell",
        "masked_butler",
        "masked_head",
        "put_up_on",
        "taken_down_on",
    ]
    list_select_related = ["neighbourhood", "stairwell__building"]
    list_filter = [PlaceDistrictFilter, ("put_up_on", RangeDateFilter)]
    fields = [*list_display, "head_consents_on", "created_at", "updated_at"]
    readonly_fields = ["building", "masked_butler", "masked_head"]

    @admin.display(description=_("building"))
    def building(self, board: NoticeBoard) -> str:
        return str(board.stairwell.building)

    @admin.display(description=_("property butler"))
    def masked_butler(self, board: NoticeBoard) -> str:
        return mask_name(board.butler_name)

    @admin.display(description=_("building head"))
    def masked_head(self, board: NoticeBoard) -> str:
        return mask_name(board.building_head_name)
