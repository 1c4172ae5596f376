from datetime import date
from typing import Any, Self

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Length

from accounts.querysets import NO_ROWS, within
from accounts.rules.territory import divisions_above, reach_of
from renovation.querysets import OfNeighbourhoodQuerySet, neighbourhoods_within


class ConsentPolicyQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """The policies of the caller's places, of what lies above them (they bind there) and below."""
        reach = reach_of(caller, "consent_policies")
        where = NO_ROWS
        for code in (*reach.divisions, *reach.grids, *reach.neighbourhoods):
            where |= Q(division__code__startswith=code) | Q(division__code__in=divisions_above(code))
        return self.filter(where)

    def in_force(self, day: date) -> Self:
        """Of each division, the policy that it has on a day."""
        later = self.model.objects.filter(
            division=OuterRef("division"), valid_from__gt=OuterRef("valid_from"), valid_from__lte=day
        )
        return self.filter(~Exists(later), valid_from__lte=day)

    def for_place(self, community_code: str, day: date) -> Self:
        """The policies that could bind a community on a day; the first one does: longest division, latest date."""
        prefixes = [community_code[:length] for length in (4, 6, 9, 12)]
        return (
            self.filter(division__code__in=prefixes, valid_from__lte=day)
            .annotate(_reach=Length("division__code"))
            .order_by("-_reach", "-valid_from")
        )


class SurveyQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """Surveys inside the caller's reach; who reads only what is published sees the closed ones."""
        reads = neighbourhoods_within(reach_of(caller, "surveys", "read", "masked"), "neighbourhood__")
        published = neighbourhoods_within(reach_of(caller, "surveys", "published"), "neighbourhood__")
        return self.filter(reads | (published & Q(closed_at__isnull=False)))

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def deferring(self) -> Self:
        """The surveys for which neighbourhoods are deferred now: of each, the last one that did not pass."""
        failed = self.model.objects.filter(verdict="failed", neighbourhood=OuterRef("neighbourhood"))
        later = failed.filter(number__gt=OuterRef("number"))
        return self.filter(~Exists(later), verdict="failed", neighbourhood__stage="deferred")


def _doors_of(caller: Any, survey: str, building: str, *, on_reason: bool) -> Q:
    """Doors whose stance the caller may see: always, while a round is open, or on a stated reason."""
    paths = {"neighbourhood": f"{survey}neighbourhood__code", "grid": f"{building}grid"}
    always = within(reach_of(caller, "doors", "read"), survey, **paths)
    while_open = within(reach_of(caller, "doors", "open_round"), survey, **paths)
    where = always | (while_open & Q(**{f"{survey}has_open_round": True}))
    if on_reason:
        where |= within(reach_of(caller, "doors", "reason"), survey, **paths)
    return where


class DoorQuerySet(QuerySet[Any]):
    """Roll entries, each with its stance: the doors of a survey."""

    def visible_to(self, caller: Any, *, on_reason: bool = False) -> Self:
        """`on_reason`: the caller has stated a reason, and the edge has logged it."""
        return self.filter(_doors_of(caller, "survey__", "building__", on_reason=on_reason))

    def on_roll(self) -> Self:
        return self.filter(on_roll=True)

    def not_counted(self) -> Self:
        """Doors that do not support yet, a yes that does not count included."""
        return self.filter(stance__counts=False)

    def listed_in(self, round_number: int) -> Self:
        round_doors = self.model._meta.get_field("round_doors").related_model.objects
        return self.filter(Exists(round_doors.filter(door=OuterRef("pk"), round__number=round_number)))


class VisitQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any, *, on_reason: bool = False) -> Self:
        return self.filter(_doors_of(caller, "survey__", "door__building__", on_reason=on_reason))


class StanceQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any, *, on_reason: bool = False) -> Self:
        """A stance says what a household thinks: it is seen by whoever sees the door."""
        return self.filter(_doors_of(caller, "survey__", "door__building__", on_reason=on_reason))


class OfSurveyQuerySet(QuerySet[Any]):
    """Rounds, tallies, heads and amendments: seen by whoever sees the survey."""

    def visible_to(self, caller: Any) -> Self:
        surveys = self.model._meta.get_field("survey").related_model.objects.visible_to(caller)
        return self.filter(survey__in=surveys)


class HandedVisitQuerySet(QuerySet[Any]):
    """Visits handed to community staff: seen by whoever sees the door, and by who handed them over."""

    def visible_to(self, caller: Any) -> Self:
        return self.filter(_doors_of(caller, "survey__", "door__building__", on_reason=False) | Q(handed_by=caller.pk))

    def waiting(self) -> Self:
        return self.filter(status="waiting")


class PhoneQueueQuerySet(QuerySet[Any]):
    """What phones hold of a survey: seen by who runs the survey, and by whose phone it is."""

    def visible_to(self, caller: Any) -> Self:
        runs = neighbourhoods_within(reach_of(caller, "surveys", "write"), "survey__neighbourhood__")
        return self.filter(runs | Q(phone__user=caller.pk))


class NoticeQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """The notices of the places where the caller reads what is published of consent."""
        return self.filter(
            neighbourhoods_within(reach_of(caller, "surveys", "read", "masked", "published"), "neighbourhood__")
        )

    def posted(self) -> Self:
        return self.filter(state="posted")

    def due(self, today: date) -> Self:
        """Those that still hang though their last day has passed: to be closed, their objections answered first."""
        return self.posted().filter(ends_on__lt=today)

    def with_objections(self) -> Self:
        """Adds `objection_count` and `open_count`: the objections against each notice itself."""
        objections = self.model._meta.get_field("objections").related_model.objects.filter(notice=OuterRef("pk"))

        def number(rows: Any) -> Coalesce:
            counts = rows.order_by().values("notice").annotate(n=Count("pk")).values("n")
            return Coalesce(Subquery(counts), 0, output_field=IntegerField())

        return self.annotate(objection_count=number(objections), open_count=number(objections.open()))


class ObjectionQuerySet(QuerySet[Any]):
    def visible_to(self, caller: Any) -> Self:
        """Objections are read by who reads surveys; of what is merely published they are no part."""
        return self.filter(
            neighbourhoods_within(reach_of(caller, "surveys", "read", "masked"), "notice__neighbourhood__")
        )

    def open(self) -> Self:
        return self.filter(state="open")


class ReceiptContestQuerySet(OfNeighbourhoodQuerySet):
    """Answers that households contest: for community staff, who answer them."""

    act = "receipt_contests"
    path = "survey__neighbourhood__"

    def visible_to(self, caller: Any) -> Self:
        """Each one, for who answers it; others have the totals."""
        return self.filter(neighbourhoods_within(reach_of(caller, self.act, "read", "write"), self.path))

    def open(self) -> Self:
        return self.filter(state="open")


class WorkshopQuerySet(OfNeighbourhoodQuerySet):
    act = "workshops"

    def planned(self) -> Self:
        return self.filter(state="planned")

    def overdue(self, today: date) -> Self:
        """Those still planned though their day has passed: were they held?"""
        return self.planned().filter(held_on__lt=today)

    def with_counts(self) -> Self:
        """Adds how many came, for how many households (`attendance_count`, `household_count`), what was decided, what
        of it is still to be done, and how often residents were told (`decision_count`, `open_task_count`,
        `announcement_count`).
        """

        def number(name: str, what: Any = None, **fields: Any) -> Coalesce:
            rows = self.model._meta.get_field(name).related_model.objects.filter(workshop=OuterRef("pk"), **fields)
            counts = rows.order_by().values("workshop").annotate(n=what or Count("pk")).values("n")
            return Coalesce(Subquery(counts), 0, output_field=IntegerField())

        return self.annotate(
            attendance_count=number("attendances"),
            household_count=number("attendances", Count("household", distinct=True)),
            decision_count=number("decisions"),
            open_task_count=number("tasks", state="open"),
            announcement_count=number("announcements"),
        )


class AnnouncementQuerySet(OfNeighbourhoodQuerySet):
    act = "workshops"


class OfWorkshopQuerySet(OfNeighbourhoodQuerySet):
    """What was decided at a workshop and what follows from it: read like the workshop."""

    act = "workshops"
    path = "workshop__neighbourhood__"


class AttendanceQuerySet(OfWorkshopQuerySet):
    def visible_to(self, caller: Any) -> Self:
        """Who came, by name: for who reads the minutes. Whoever came to a party meeting is a member of the party, so
        these only for who reads party members by name.
        """
        named = neighbourhoods_within(reach_of(caller, self.act, "read", "write"), self.path)
        members = neighbourhoods_within(reach_of(caller, "party_members", "read", "write"), self.path)
        return self.filter(named & (~Q(workshop__kind="party_meeting") | members))


class WorkshopTaskQuerySet(OfWorkshopQuerySet):
    def open(self) -> Self:
        return self.filter(state="open")

    def overdue(self, today: date) -> Self:
        return self.open().filter(due_on__lt=today)


class OwnersVoteQuerySet(OfNeighbourhoodQuerySet):
    """Owners' votes: what was asked and what came of it, by totals."""

    act = "votes"

    def open(self) -> Self:
        return self.filter(closed_at=None, cancelled_at=None)


class RulesOfProcedureQuerySet(OfNeighbourhoodQuerySet):
    act = "votes"

    def in_force_on(self, day: date) -> Self:
        """Those adopted by a day and not rescinded with the vote that adopted them; the first is in force on it."""
        return self.filter(adopted_on__lte=day, vote__rescinded_at=None).order_by("-adopted_on")


class OfVoteQuerySet(QuerySet[Any]):
    """What tells how each owner voted: for who runs votes, and for officials on a stated reason."""

    path = "vote__neighbourhood__"

    def visible_to(self, caller: Any, *, on_reason: bool = False) -> Self:
        """`on_reason`: the caller has stated a reason, and the edge has logged it."""
        access = ("read", "write", "reason") if on_reason else ("read", "write")
        return self.filter(neighbourhoods_within(reach_of(caller, "ballots", *access), self.path))


class VoterQuerySet(OfVoteQuerySet):
    def in_state(self, state: str) -> Self:
        """Owners whose ballot is `undelivered`, `out` (delivered and not returned) or `returned`."""
        match state:
            case "undelivered":
                return self.filter(state__is_delivered=False)
            case "out":
                return self.filter(state__is_delivered=True, state__choice="")
            case "returned":
                return self.exclude(state__choice="")
        raise ValueError(state)


class OfVoterQuerySet(OfVoteQuerySet):
    path = "voter__vote__neighbourhood__"


class PublishedOfVoteQuerySet(QuerySet[Any]):
    """Heads and challenges: read by whoever reads the vote."""

    def visible_to(self, caller: Any) -> Self:
        return self.filter(neighbourhoods_within(reach_of(caller, "votes"), "vote__neighbourhood__"))
