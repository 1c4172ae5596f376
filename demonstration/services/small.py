"""The small city: a few neighbourhoods, each brought to where it stands by the services that users use."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from consent.services.policies import set_policy
from demonstration.rules import divisions
from demonstration.rules.coordinates import degrees_of
from demonstration.rules.plans import Place
from demonstration.rules.sign_ins import ALL, SignIn
from demonstration.rules.small_city import AT_WORK_TODAY, GRID, PLACES, XILING, YILING
from demonstration.rules.stories import STORIES, Story
from demonstration.services import homes
from demonstration.services.fee_stories import collect_all
from demonstration.services.life import AT_WORK, Life, make_office_holders
from demonstration.services.mark import write_mark
from demonstration.services.planner import is_due, tell_planner
from demonstration.services.replay import Replay, Team, moment
from demonstration.services.sign_ins import make_users
from demonstration.services.today import go_on_today
from renovation.choices import DivisionLevel, SpaceOwnership, Stage
from renovation.models import Division, Neighbourhood, ParkingSpace
from renovation.services.menu import load_menu
from renovation.services.neighbourhoods import register_neighbourhood

IN_FORCE_FROM = date(2024, 1, 1)
OLDEST = timedelta(days=1000)
"""Before the first of them was assessed."""

MENU = Path(settings.BASE_DIR) / "renovation" / "data" / "menu.csv"
LEVELS = (
    (0, 4, DivisionLevel.CITY),
    (4, 6, DivisionLevel.DISTRICT),
    (6, 9, DivisionLevel.STREET),
    (9, 12, DivisionLevel.COMMUNITY),
)
"""Each level with the lengths of its parent's codes and its own."""

STREETS, COMMUNITIES = 2, 3

SHOWN_SINCE = timedelta(days=5)
"""How long before the first door the plan that is shown there was frozen."""

BEFORE = (Stage.ASSESSED, Stage.MOBILISING, Stage.ORGANISED)
AFTER = (
    Stage.READY,
    Stage.APPLIED,
    Stage.PLANNED,
    Stage.DESIGNED,
    Stage.UNDER_WORKS,
    Stage.WORKS_DONE,
    Stage.ACCEPTED,
    Stage.EVALUATED,
    Stage.HANDED_OVER,
    Stage.LONG_TERM,
)


@transaction.atomic
def fill_small(*, now: datetime, say: Callable[[str], None] = lambda text: None) -> None:
    """Fill an empty, migrated database with the small city as it looks on the day of `now`, and mark it."""
    today = timezone.localdate(now)
    make_divisions(STREETS, COMMUNITIES)
    in_force_from = min(IN_FORCE_FROM, today - OLDEST)
    load_menu(path=MENU, valid_from=in_force_from, document="示范清单（3类57项，按公开文件重建）")
    neighbourhoods = _registry(today)
    users = make_users(ALL, today, neighbourhoods)
    staff = _staff(today, users)
    holders = make_office_holders(PLACES, neighbourhoods, users, today)
    _policies(users["city"], users["district"], in_force_from)
    tell_planner()
    for number, place in enumerate(PLACES, 1):
        say(place.name)
        team = Team(staff[place.community], users.get(place.committee), {GRID: users["grid"]})
        people = {**holders[place.name], "community": team.community}
        story = STORIES.get(place.name, Story())
        _live(Life(neighbourhoods[place.name], people, story, today), place, team, today)
        if place.name == AT_WORK_TODAY:
            go_on_today(neighbourhoods[place.name], place, team, users["grid"], now)
        if is_due(number):
            tell_planner()
    tell_planner()
    say(_("Fees"))
    collect_all(neighbourhoods, users, staff, now)
    tell_planner()
    write_mark("small")


def make_divisions(streets: int, communities: int) -> None:
    """Yichang with its real counties, and so many invented streets in each and communities in each street.

    What is there already stays.
    """
    rows = [divisions.CITY, *divisions.COUNTIES]
    for county, _name in divisions.COUNTIES:
        rows += divisions.invented(county, streets, communities)
    known = dict(Division.objects.values_list("code", "pk"))
    for above, length, level in LEVELS:
        made = Division.objects.bulk_create(
            Division(code=code, name=name, level=level, parent_id=known.get(code[:above]))
            for code, name in rows
            if len(code) == length and code not in known
        )
        known |= {division.code: division.pk for division in made}


def _registry(today: date) -> dict[str, Neighbourhood]:
    communities = {community.code: community for community in Division.objects.filter(level=DivisionLevel.COMMUNITY)}
    found = {
        place.name: register_neighbourhood(
            community=communities[place.community],
            name=place.name,
            by=None,
            at=moment(today - timedelta(days=place.registered_days_ago), AT_WORK),
            built_year=place.built_year,
            address=place.address,
            **degrees_of(place.community, place.name, place.stage),
        )
        for place in PLACES
    }
    homes.build((found[place.name], place.blocks, place.tenures) for place in PLACES)
    ParkingSpace.objects.bulk_create(
        ParkingSpace(
            neighbourhood=found[place.name],
            community_code=place.community,
            number=f"P{number:03}",
            ownership=SpaceOwnership.SHARED_LAND,
        )
        for place in PLACES
        for number in range(1, place.parking_spaces + 1)
    )
    return found


def _staff(today: date, users: dict[str, User]) -> dict[str, User]:
    """Who works for each community: the sign-in for one, and somebody who never signs in for the others."""
    codes = sorted({place.community for place in PLACES} - {XILING})
    others = make_users(
        [SignIn(f"staff-{code}", "示范社区工作人员", code, (("community_staff", code),)) for code in codes], today
    )
    return {XILING: users["community"]} | {code: others[f"staff-{code}"] for code in codes}


def _policies(city: User, district: User, valid_from: date) -> None:
    """The city's policy, and one of 夷陵区 that asks for less and does not count vacant homes."""
    for code, share, count_vacant, document, by in (
        (divisions.CITY[0], "0.95", True, "示范文件〔2024〕1号（虚构）", city),
        (YILING[:6], "0.90", False, "示范文件〔2024〕7号（虚构）", district),
    ):
        set_policy(
            division=Division.objects.get(code=code),
            pass_share=Decimal(share),
            count_vacant=count_vacant,
            count_verbal=False,
            valid_from=valid_from,
            document=document,
            by=by,
        )


def _live(life: Life, place: Place, team: Team, today: date) -> None:
    """Bring a neighbourhood from its registration to where it stands, with its surveys on the way."""
    steps = BEFORE if place.surveys else BEFORE[: (*BEFORE, place.stage).index(Stage(place.stage)) + 1]
    if place.stage == Stage.REGISTERED:
        return
    registered = place.registered_days_ago
    for number, stage in enumerate(steps, 1):
        life.step_to(stage, today - timedelta(days=registered - registered // 20 * number))
    ended = 0
    if place.name == AT_WORK_TODAY:
        life.show_plan(Replay(life.neighbourhood, place.surveys[0], team, today).day - SHOWN_SINCE)
    for plan in place.surveys:
        Replay(life.neighbourhood, plan, team, today).play()
        ended = plan.ended_days_ago or 0
    life.neighbourhood.refresh_from_db()
    since = ended
    if place.stage in AFTER:
        path = AFTER[: AFTER.index(Stage(place.stage)) + 1]
        pause = (ended - place.stage_days_ago) // len(path)
        handover_on = today - timedelta(days=place.stage_days_ago) if place.stage == Stage.LONG_TERM else None
        for number, stage in enumerate(path, 1):
            days_ago = place.stage_days_ago + pause * (len(path) - number)
            life.step_to(stage, today - timedelta(days=days_ago), handover_on)
        since = place.stage_days_ago
    life.begin(today - timedelta(days=since * 3 // 4))
    if life.neighbourhood.stage != place.stage:
        raise RuntimeError(f"{place.name} is at {life.neighbourhood.stage}, not {place.stage}")  # the plan is wrong
