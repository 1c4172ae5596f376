"""Residents' evaluations, to read; an answer without the door that it came from."""

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from accounts.back_office.history import as_json
from accounts.choices import Act
from renovation.admin.base import WorksAdmin
from renovation.back_office import PlaceDistrictFilter, by_place
from renovation.models import Evaluation, EvaluationAnswer
from renovation.rules.evaluations import EvaluationResult, without_small_groups


@admin.register(Evaluation)
class EvaluationAdmin(WorksAdmin):
    act = Act.EVALUATIONS
    list_display = ["neighbourhood", "number", "title", "household_count", "opened_at", "closed_at"]
    list_filter = [PlaceDistrictFilter]
    fields = [*list_display, "minimum_share", "asked", "result_told", "opened_by", "closed_by"]
    readonly_fields = ["asked", "result_told"]

    @admin.display(description=Evaluation._meta.get_field("questions").verbose_name)
    def asked(self, obj: Evaluation) -> str:
        return as_json(obj.questions)

    @admin.display(description=Evaluation._meta.get_field("result").verbose_name)
    def result_told(self, obj: Evaluation) -> str:
        """As who may not see the doors reads it: the back office shows no door either."""
        if obj.result is None:
            return as_json(None)
        return as_json(without_small_groups(EvaluationResult.from_json(obj.result)).as_json())


@admin.register(EvaluationAnswer)
class EvaluationAnswerAdmin(WorksAdmin):
    """For administrators alone: an auditor reads the totals of an evaluation."""

    act = None
    place = "evaluation__neighbourhood"
    list_display = ["evaluation", "respondent", "answered_on", "recorded_by"]
    list_select_related = ["evaluation", "recorded_by"]
    list_filter = [("respondent", ChoicesDropdownFilter), PlaceDistrictFilter, ("answered_on", RangeDateFilter)]
    search_fields = by_place("evaluation__neighbourhood")
    fields = [*list_display, "recorded_at"]
