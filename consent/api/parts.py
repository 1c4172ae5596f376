"""What the lists below one survey share: doors, visits, photos."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

from accounts.choices import Act
from accounts.rest import ListResource, VisibleField
from accounts.rules.territory import reach_of
from accounts.services.history import add_history
from common.filters import StrictFilterBackend
from consent.errors import DoorsOnReason
from consent.models import Survey
from consent.permissions import sees_doors, sees_doors_on_reason
from renovation.models import Household, Neighbourhood
from renovation.querysets import neighbourhoods_within

LONGEST_REASON = 200


class SurveyedNeighbourhoodField(VisibleField):
    """A neighbourhood whose surveys the caller may read; a client needs no more scopes than that."""

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, Act.SURVEYS)
        return Neighbourhood.objects.filter(neighbourhoods_within(reach))


class SurveyedHouseholdField(VisibleField):
    """A household where the caller may read surveys."""

    def get_queryset(self) -> QuerySet[Any]:
        reach = reach_of(self.context["request"].user, Act.SURVEYS)
        return Household.objects.filter(neighbourhoods_within(reach, "neighbourhood__"))


class PartFilterBackend(StrictFilterBackend):
    """Takes `?reason=` where a list may be read on a stated reason."""

    def known(self, request: Request, view: Any, queryset: QuerySet[Any]) -> set[str]:
        return super().known(request, view, queryset) | ({"reason"} if view.by_reason else set())


class PartOfSurvey(ListResource):
    """Rows of one survey, which the route names; 404 where the caller may not see the survey.

    With `by_reason` rows show doors: who sees them only on a stated reason gives one, and the reading is logged.
    """

    by_reason = False
    filter_backends = [PartFilterBackend]

    @cached_property
    def survey(self) -> Survey:
        surveys = Survey.objects.visible_to(self.request.user).select_related("neighbourhood")
        found = surveys.only("community_code", "has_open_round", "neighbourhood__code").filter(pk=self.kwargs["survey"])
        for survey in found:
            return survey
        raise NotFound

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        if not self.by_reason or sees_doors(self.request.user, self.survey):
            return super().get_queryset().filter(survey=self.survey)
        if not sees_doors_on_reason(self.request.user, self.survey):
            raise PermissionDenied(_("You may not see the doors of this survey."))
        self._log_reason()
        rows: Any = cast(QuerySet[Any], self.queryset).all()  # type: ignore[arg-type] # DRF says it may be a manager
        return rows.visible_to(self.request.user, on_reason=True).filter(survey=self.survey)

    def _log_reason(self) -> None:
        reason = self.request.query_params.get("reason", "").strip()
        if not reason:
            raise DoorsOnReason(_("Doors are shown on a stated reason, which is logged. Give one in `reason`."))
        if len(reason) > LONGEST_REASON or "\x00" in reason:
            raise ValidationError({"reason": [_("Give the reason in at most 200 characters.")]}, code="invalid")
        # Every page: that one belongs to a reading already logged is only what the caller says.
        add_history(self.survey, "doors_read", by=self.request.user, action=None, reason=reason)
