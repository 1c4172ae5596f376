from typing import Any, Self

from django.apps import apps
from django.db.models import Count, DecimalField, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.querysets import NO_ROWS, within
from accounts.rules.territory import Reach, divisions_above, reach_of


def neighbourhoods_within(reach: Reach, prefix: str = "") -> Q:
    """Neighbourhoods inside `reach`; a grid worker's are those with a building of the grid, or of no grid.

    `prefix` leads from the row to its neighbourhood, as in `survey__neighbourhood__`.
    """
    outside_grids = Reach(divisions=reach.divisions, neighbourhoods=reach.neighbourhoods)
    where = within(outside_grids, prefix, neighbourhood=f"{prefix}code")
    if reach.grids:
        here = apps.get_model("renovation", "Building").objects.filter(
            within(Reach(grids=reach.grids), grid="grid"), neighbourhood=OuterRef(f"{prefix}pk")
        )
        where |= Q(Exists(here))
    return where


class DivisionQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """The divisions that a caller works in, those above them and those below. No secret, but no clutter."""
        reach = reach_of(caller, "registry")
        places = [*reach.divisions, *reach.grids, *reach.neighbourhoods]
        where = NO_ROWS
        for code in places:
            where |= Q(code__startswith=code) | Q(code__in=divisions_above(code))
        return self.filter(where)


class NeighbourhoodQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        return self.filter(neighbourhoods_within(reach_of(caller, "registry")))

    def in_division(self, code: str) -> Self:
        return self.filter(community_code__startswith=code)

    def with_size(self) -> Self:
        """Adds `building_count`, `household_count` and `floor_area` (m2, of the areas that are known)."""
        building, household = (apps.get_model("renovation", name) for name in ("Building", "Household"))
        here = {"neighbourhood": OuterRef("pk")}
        buildings = building.objects.filter(**here).order_by().values("neighbourhood").annotate(n=Count("pk"))
        households = household.objects.current().filter(**here).order_by().values("neighbourhood")
        return self.annotate(
            building_count=Coalesce(Subquery(buildings.values("n")), 0, output_field=IntegerField()),
            household_count=Coalesce(
                Subquery(households.annotate(n=Count("pk")).values("n")), 0, output_field=IntegerField()
            ),
            floor_area=Coalesce(
                Subquery(households.annotate(n=Sum("gross_floor_area")).values("n")),
                0,
                output_field=DecimalField(max_digits=12, decimal_places=2),
            ),
        )


class BuildingQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        return self.filter(within(reach_of(caller, "registry"), grid="grid"))


class StairwellQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        reach = reach_of(caller, "registry")
        return self.filter(within(reach, neighbourhood="building__neighbourhood__code", grid="building__grid"))


class HouseholdQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        return self.filter(within(reach_of(caller, "registry"), grid="building__grid"))

    def current(self) -> Self:
        return self.filter(retired_at=None)

    def residential(self) -> Self:
        return self.filter(use="residential")


class InNeighbourhoodQuerySet(QuerySet[Any]):
    """Owners, parking spaces and other rows of one neighbourhood that belong to no building."""

    def visible_to(self, caller: Any) -> Self:
        return self.filter(within(reach_of(caller, "registry")))


class OwnershipQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        reach = reach_of(caller, "registry")
        return self.filter(
            within(reach, neighbourhood="household__neighbourhood__code", grid="household__building__grid")
        )

    def on(self, day: Any) -> Self:
        """Ownerships in force on a day, both ends included."""
        return self.filter(Q(starts_on=None) | Q(starts_on__lte=day), Q(ends_on=None) | Q(ends_on__gte=day))


class MenuItemQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """The menu is published: whoever has a role, or a client that may read plans, reads all of it."""
        return self if reach_of(caller, "menu") else self.none()

    def of_day(self, day: Any) -> Self:
        """The items of the edition that is in force on a day."""
        editions = apps.get_model("renovation", "MenuEdition").objects.filter(valid_from__lte=day)
        return self.filter(edition__in=editions.order_by("-valid_from").values("pk")[:1])


class StageRecordQuerySet(QuerySet[Any]):
    """Stage changes: read by whoever may read the neighbourhood's plan."""

    def visible_to(self, caller: Any) -> Self:
        return self.filter(neighbourhoods_within(reach_of(caller, "plans"), "neighbourhood__"))


class EvidenceQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """Evidence is read like the plan; the rate that moves on after a survey was published, only by whoever may read
        surveys.
        """
        plans = neighbourhoods_within(reach_of(caller, "plans"), "neighbourhood__")
        surveys = neighbourhoods_within(reach_of(caller, "surveys", "read", "masked"), "neighbourhood__")
        return self.filter(plans & (~Q(kind="support_rate") | surveys))

    def standing(self) -> Self:
        """The latest row of each kind, where it does not revoke: of one neighbourhood."""
        latest = self.order_by("kind", "-id").distinct("kind").values("pk")
        return self.model.objects.filter(pk__in=latest, revoked=False)


class GuardOverrideQuerySet(StageRecordQuerySet):
    def in_force(self, neighbourhood: Any) -> Self:
        """Those asked for at the stage at which the neighbourhood still is, confirmed or not."""
        return self.filter(neighbourhood=neighbourhood, requested_at__gte=neighbourhood.stage_since)


class RosterImportQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """Imports show the file's personal data: they are for whoever may import."""
        return self.filter(within(reach_of(caller, "registry", "write")))


class OfNeighbourhoodQuerySet(QuerySet[Any]):
    """Rows that lie in a neighbourhood without a building of their own: read by whoever does `act` there."""

    act = "plans"
    path = "neighbourhood__"

    def visible_to(self, caller: Any) -> Self:
        return self.filter(neighbourhoods_within(reach_of(caller, self.act), self.path))

    def in_division(self, code: str) -> Self:
        return self.filter(**{f"{self.path}community_code__startswith": code})


class PlanQuerySet(OfNeighbourhoodQuerySet):
    def frozen(self) -> Self:
        return self.filter(state="frozen")

    def in_force(self) -> Self:
        """The revision in force of each neighbourhood: the last that came into force."""
        latest = self.exclude(in_force_at=None).order_by("neighbourhood_id", "-number").distinct("neighbourhood_id")
        return self.model.objects.filter(pk__in=latest.values("pk"))


class PlanItemQuerySet(OfNeighbourhoodQuerySet):
    path = "plan__neighbourhood__"


class FundingShareQuerySet(OfNeighbourhoodQuerySet):
    path = "plan_item__plan__neighbourhood__"


class HouseholdShareQuerySet(OfNeighbourhoodQuerySet):
    path = "plan__neighbourhood__"

    def visible_to(self, caller: Any) -> Self:
        """What each household is to pay: for whoever keeps contributions, and whoever writes the plan."""
        contributions = neighbourhoods_within(reach_of(caller, "contributions", "read", "write"), self.path)
        plans = neighbourhoods_within(reach_of(caller, "plans", "write"), self.path)
        return self.filter(contributions | plans)


class FundingEntryQuerySet(OfNeighbourhoodQuerySet):
    path = "source__neighbourhood__"

    def visible_to(self, caller: Any) -> Self:
        """Entries are read like the plan; one that names a household, only by whoever keeps contributions."""
        plans = neighbourhoods_within(reach_of(caller, "plans"), self.path)
        contributions = neighbourhoods_within(reach_of(caller, "contributions", "read", "write"), self.path)
        return self.filter(plans & (Q(household=None) | contributions))


class OfSourceQuerySet(OfNeighbourhoodQuerySet):
    path = "source__neighbourhood__"


class AwardStepQuerySet(OfNeighbourhoodQuerySet):
    path = "tranche__source__neighbourhood__"


class OfPackageQuerySet(OfNeighbourhoodQuerySet):
    path = "package__neighbourhood__"


class ProgressQuerySet(OfNeighbourhoodQuerySet):
    path = "package_item__package__neighbourhood__"


class SiteReportQuerySet(OfNeighbourhoodQuerySet):
    act = "site_reports"


class SitePhotoQuerySet(OfNeighbourhoodQuerySet):
    act = "site_reports"

    def visible_to(self, caller: Any) -> Self:
        """Those of the places where the caller reads site reports; a published one is for all who work here."""
        here = neighbourhoods_within(reach_of(caller, self.act), self.path)
        published = Q(is_published=True) if reach_of(caller, self.act) else Q(pk__in=[])
        return self.filter(here | published)


class DefectEventQuerySet(OfNeighbourhoodQuerySet):
    act = "site_reports"
    path = "defect__neighbourhood__"


class EvaluationQuerySet(OfNeighbourhoodQuerySet):
    act = "evaluations"


class EvaluationAnswerQuerySet(OfNeighbourhoodQuerySet):
    act = "evaluations"
    path = "evaluation__neighbourhood__"

    def visible_to(self, caller: Any) -> Self:
        """A household's own answers are for whoever records them; all others read the totals."""
        return self.filter(neighbourhoods_within(reach_of(caller, self.act, "write"), self.path))
