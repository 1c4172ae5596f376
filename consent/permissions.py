"""Who may do what with a survey or an owners' vote; the answers come off the roles table."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import Count

from accounts.choices import Access, Act
from accounts.models import User
from accounts.permissions import may_write
from consent.choices import WorkshopKind
from consent.models import RollEntry, Survey
from renovation.permissions import personal_reach


def may_run_survey(user: User, thing: Any) -> bool:
    """Open, amend and close a survey, close a round: in the neighbourhood `thing`, or where the survey `thing` is."""
    return may_write(user, Act.SURVEYS, thing)


def may_log_visits(user: User, survey: Survey, number: int | None) -> bool:
    """Log visits of a round, or out of round (None), at some door of the survey. Grids are asked at each door."""
    reach = user.reach_for_round(number)
    return reach.covers(survey.community_code, survey.neighbourhood.code) or any(
        grid.startswith(survey.community_code) for grid in reach.grids
    )


def may_log_any_visit(user: User, survey: Survey) -> bool:
    return any(may_log_visits(user, survey, number) for number in (1, 2, 3, None))


def sees_doors(user: User, survey: Survey) -> bool:
    """See each door's stance without giving a reason: always, or while a round is open (the committee)."""
    place = (survey.community_code, survey.neighbourhood.code)
    reach = user.reach(Act.DOORS, Access.READ)
    if reach.covers(*place) or any(grid.startswith(survey.community_code) for grid in reach.grids):
        return True
    return survey.has_open_round and user.reach(Act.DOORS, Access.OPEN_ROUND).covers(*place)


def sees_every_door(user: User, survey: Survey) -> bool:
    """Whether every door of the roll is one that the user sees unasked, so that small groups may be broken down."""
    return sees_doors(user, survey) and survey.doors.visible_to(user).count() == survey.doors.count()


def surveys_seen_whole(user: User, surveys: Iterable[Survey]) -> frozenset[int]:
    """The ids of those surveys whose every door the user sees unasked, as `sees_every_door` says of one. At most two
    queries, however many there are.
    """
    asked = [survey for survey in surveys if sees_doors(user, survey)]
    if not asked:
        return frozenset()
    doors: Any = RollEntry.objects.filter(survey__in=asked)
    every, seen = (
        dict(rows.order_by().values_list("survey").annotate(n=Count("pk"))) for rows in (doors, doors.visible_to(user))
    )
    return frozenset(survey for survey, number in seen.items() if every[survey] == number)


def reads_only_what_is_published(user: User, survey: Survey) -> bool:
    """Whether the survey is open to the user only as it was published: its fixed result, and nobody's words."""
    reach = user.reach(Act.SURVEYS, Access.READ, Access.MASKED)
    return not (
        reach.covers(survey.community_code, survey.neighbourhood.code)
        or any(grid.startswith(survey.community_code) for grid in reach.grids)
    )


def sees_doors_on_reason(user: User, survey: Survey) -> bool:
    """See each door's stance once a reason is given, which is logged."""
    return user.reach(Act.DOORS, Access.REASON).covers(survey.community_code, survey.neighbourhood.code)


def reads_whole_ledger(user: User, survey: Survey, access: Access) -> bool:
    """Whether a role reaches every door of the survey: one for a grid does not, whatever its buildings."""
    reach = replace(user.reach(Act.DOORS, access), grids=())
    return reach.covers(survey.community_code, survey.neighbourhood.code)


def may_answer_contests(user: User, thing: Any) -> bool:
    """Read and answer what households say against recorded answers: where `thing` lies."""
    return may_write(user, Act.RECEIPT_CONTESTS, thing)


def may_run_vote(user: User, thing: Any) -> bool:
    """Open, amend, close and cancel an owners' vote, adopt rules of procedure: where `thing` lies."""
    return may_write(user, Act.VOTES, thing)


def may_enter_ballots(user: User, thing: Any) -> bool:
    """Enter deliveries and returned ballots of an owners' vote."""
    return may_write(user, Act.BALLOTS, thing)


def sees_ballots(user: User, vote: Any) -> bool:
    """See how each owner voted without giving a reason. Of everybody else's ballots only totals are seen."""
    return _reaches_ballots(user, vote, Access.READ)


def sees_ballots_on_reason(user: User, vote: Any) -> bool:
    """See how each owner voted once a reason is given, which is logged."""
    return _reaches_ballots(user, vote, Access.REASON)


def _reaches_ballots(user: User, vote: Any, access: Access) -> bool:
    """A vote is of a whole neighbourhood: a role for a grid reaches none."""
    reach = replace(user.reach(Act.BALLOTS, access), grids=())
    return reach.covers(vote.community_code, vote.neighbourhood_code)


def may_keep_workshop(user: User, thing: Any, kind: str) -> bool:
    """Plan and keep a workshop or a meeting where `thing` lies. That of the party branch is kept by who keeps the
    party's members: its list says who is one.
    """
    keeps = may_write(user, Act.WORKSHOPS, thing)
    return keeps and (kind != WorkshopKind.PARTY_MEETING or may_write(user, Act.PARTY_MEMBERS, thing))


def reads_attendance(user: User, workshop: Any) -> bool:
    """Whether the list of those who came is open to the user; else only how many came."""
    reach = user.reach(Act.WORKSHOPS, Access.READ, Access.WRITE)
    if workshop.kind == WorkshopKind.PARTY_MEETING:
        reach = user.reach(Act.PARTY_MEMBERS, Access.READ, Access.WRITE)
    grids = any(grid.startswith(workshop.community_code) for grid in reach.grids)
    return grids or reach.covers(workshop.community_code, workshop.neighbourhood_code)


def sees_names_at_workshops(user: User, thing: Any) -> bool:
    """Whether the user reads by name who came: whoever writes the minutes here, and whoever reads personal fields.
    Others read it masked.
    """
    reach = personal_reach(user)
    in_grid = any(grid.startswith(thing.community_code) for grid in reach.grids)
    reads = in_grid or reach.covers(thing.community_code, thing.neighbourhood_code)
    return reads or may_write(user, Act.WORKSHOPS, thing)


def may_announce(user: User, thing: Any) -> bool:
    """Record that residents were told of a workshop, a notice or a vote: by whoever keeps workshops where it lies."""
    return may_keep_workshop(user, thing, getattr(thing, "kind", ""))
