"""The large city around the small one, by statements over sets: 2,022 neighbourhoods, 265,000 households.

A chunk of neighbourhoods at a time, so that memory stays flat. Unlike what is played through the services it leaves no
rows in the history and in the list of changes, which begin when somebody works with it.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from consent.choices import Verdict
from consent.models import ConsentPolicy, RollEntry, Round, SigningKey, Survey, TreeHead
from consent.reports.results import result_of
from consent.rules.merkle import EMPTY_ROOT
from consent.services import projections
from consent.services.signing import head_of, key_id, public_key, sign_head
from demonstration.rules.city import COMMUNITIES, HOMES, NEIGHBOURHOODS, SEED, STREETS, CityPlace, path_to, plan_city
from demonstration.rules.coordinates import degrees_of
from demonstration.rules.divisions import COUNTIES
from demonstration.rules.sign_ins import SignIn
from demonstration.rules.small_city import PLACES
from demonstration.rules.walks import Course, course_of
from demonstration.services import homes
from demonstration.services.city_fees import collect_city
from demonstration.services.city_life import CityLives, homes_of, size_of
from demonstration.services.ledger import Answers, Walked, copy_ledgers
from demonstration.services.life import MEASURED
from demonstration.services.mark import write_mark
from demonstration.services.planner import is_due, tell_planner
from demonstration.services.replay import CLOSES, OPENS, moment
from demonstration.services.sign_ins import make_district_officials, make_users
from demonstration.services.small import BEFORE, make_divisions
from renovation.choices import EvidenceKind, Stage
from renovation.models import Division, MenuEdition, Neighbourhood

CHUNK = 60
AT_WORK = time(10, 30)
CLOSE_REASON = "支持率未达标，另择时间再访。"
TITLE = "改造意愿三轮入户征询"

# Without fresh figures the planner takes full tables for empty ones.
# What the roster left out was measured when the neighbourhood was assessed.
MEASURE = """
UPDATE renovation_household SET gross_floor_area = %s, version = version + 1
WHERE neighbourhood_id = ANY(%s) AND gross_floor_area IS NULL
"""


@transaction.atomic
def grow_city(
    *,
    now: datetime,
    say: Callable[[str], None] = lambda text: None,
    neighbourhoods: int = NEIGHBOURHOODS,
    households: int = HOMES,
) -> None:
    """Grow the small city to so many neighbourhoods and homes, the small city's included; and mark it."""
    with connection.cursor() as cursor:
        # Else half a million rows wait for their foreign keys until the commit.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    make_divisions(STREETS, COMMUNITIES)
    city = _City(now)
    places = plan_city(neighbourhoods, households)
    done, chunks = len(PLACES), 0
    while chunk := list(islice(places, CHUNK)):
        city.build(chunk)
        chunks += 1
        done += len(chunk)
        say(_("%(done)d of %(all)d neighbourhoods") % {"done": done, "all": neighbourhoods})
        if is_due(chunks) or done == neighbourhoods:
            tell_planner()
    collect_city(now=now, say=say)
    write_mark("city")


@dataclass(slots=True)
class _Asked:
    """A survey while it is made. Its days are counted from `first_day`; `figures` are those of its closing."""

    place: CityPlace
    survey: Survey
    course: Course
    first_day: date
    by: User
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(days=self.course.days[-1])

    @property
    def closes_at(self) -> datetime:
        return moment(self.last_day, CLOSES)


@dataclass(slots=True)
class _Site:
    """A place while it is built."""

    place: CityPlace
    row: Neighbourhood
    asked: _Asked | None
    timeline: list[tuple[str, datetime]]


class _City:
    """What all chunks share."""

    def __init__(self, now: datetime) -> None:
        self.today = timezone.localdate(now)
        self.communities = {division.code: division for division in Division.objects.filter(level="community")}
        self.heads: dict[int, int] = {}
        self.numbers: dict[str, int] = defaultdict(int)
        for code in Neighbourhood.objects.values_list("code", flat=True):
            community, number = code.split("-")
            self.numbers[community] = max(self.numbers[community], int(number))
        sign_ins = [
            SignIn(f"staff-{code}", "示范社区工作人员", name, (("community_staff", code),)) for code, name in COUNTIES
        ]
        staff = make_users(sign_ins, self.today)
        self.staff = {code: staff[f"staff-{code}"] for code, _name in COUNTIES}
        districts = make_district_officials(self.today)
        city = User.objects.get(username="city")
        people = {
            code: {"community": self.staff[code], "district": districts[code], "city": city} for code in self.staff
        }
        self.policies = {code: self._policy(code) for code, _name in COUNTIES}
        self.edition = MenuEdition.objects.latest("valid_from")
        self.lives = CityLives(self.edition, people, self.today)
        menu = self.edition.items.filter(mandatory=False).values_list("code", flat=True)
        self.answers = Answers(random.Random(SEED), list(menu))  # noqa: S311 -- chance, not secrecy
        SigningKey.objects.get_or_create(key_id=key_id(), defaults={"public_key": public_key()})

    def _policy(self, county: str) -> ConsentPolicy:
        return ConsentPolicy.objects.for_place(county.ljust(12, "0"), self.today)[0]

    def build(self, places: Sequence[CityPlace]) -> None:
        """Registry, surveys and stages of some new neighbourhoods."""
        sites = [self._site(place) for place in places]
        Neighbourhood.objects.bulk_create(site.row for site in sites)
        homes.build((site.row, site.place.blocks, site.place.tenures) for site in sites)
        assessed = [site.row.pk for site in sites if site.place.stage != Stage.REGISTERED]
        with connection.cursor() as cursor:
            cursor.execute(MEASURE, [MEASURED, assessed])
        self._ask([site.asked for site in sites if site.asked])
        self._live(sites)

    def _site(self, place: CityPlace) -> _Site:
        self.numbers[place.community] += 1
        row = Neighbourhood(
            code=f"{place.community}-{self.numbers[place.community]:03}",
            name=place.name,
            community=self.communities[place.community],
            community_code=place.community,
            built_year=place.built_year,
            **degrees_of(place.community, place.name, place.stage),
            stage=place.stage,
            round_is_open=place.is_open,
        )
        asked = self._asked(place, row) if place.rounds else None
        timeline = _timeline(place, asked, self.today)
        row.stage_since = timeline[-1][1]
        return _Site(place, row, asked, timeline)

    def _asked(self, place: CityPlace, row: Neighbourhood) -> _Asked:
        policy, by = self.policies[place.community[:6]], self.staff[place.community[:6]]
        course = course_of(
            random.Random(f"{row.code} {SEED}"),  # noqa: S311 -- chance, not secrecy
            place.homes,
            rounds=place.rounds,
            passes=place.passes,
            progress=place.progress if place.is_open else 1,
            pass_share=policy.pass_share,
        )
        first_day = self.today - timedelta(days=place.ended_days_ago + max(visit.day for visit in course.visits))
        survey = Survey(
            neighbourhood=row,
            community_code=row.community_code,
            number=1,
            title=f"{row.name}{TITLE}",
            opened_at=moment(first_day, OPENS),
            opened_by=by,
            closes_on=first_day + timedelta(days=45),
            policy=policy,
            pass_share=policy.pass_share,
            count_vacant=policy.count_vacant,
            count_verbal=policy.count_verbal,
            menu_edition=self.edition,
            roll_size=0,
            root_hash=EMPTY_ROOT,
            has_open_round=place.is_open,
        )
        return _Asked(place, survey, course, first_day, by)

    # --- Surveys ---------------------------------------------------------------------------------------

    def _ask(self, asked: Sequence[_Asked]) -> None:
        """Open the surveys, walk them, and close those that are over."""
        surveys = Survey.objects.bulk_create(found.survey for found in asked)
        pks = [survey.pk for survey in surveys]
        projections.run(projections.FREEZE_ROLL, projections.COUNT_ROLL, surveys=pks)
        doors: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
        roll = RollEntry.objects.filter(survey__in=pks).order_by("pk")
        for survey_id, pk, door_hash in roll.values_list("survey_id", "pk", "door_hash"):
            doors[survey_id].append((pk, bytes(door_hash)))
        rounds: dict[int, list[int]] = defaultdict(list)
        for made in Round.objects.bulk_create(made for found in asked for made in _rounds(found)):
            rounds[made.survey_id].append(made.pk)
        walked = [
            Walked(
                survey=found.survey,
                doors=doors[found.survey.pk],
                rounds=rounds[found.survey.pk],
                course=found.course,
                recorded_by=found.by.pk,
                first_day=found.first_day,
            )
            for found in asked
        ]
        copy_ledgers(walked, self.answers)
        for survey in surveys:
            Survey.objects.filter(pk=survey.pk).update(
                tree_size=survey.tree_size,
                tree_edge=survey.tree_edge,
                root_hash=survey.root_hash,
                last_recorded_at=survey.last_recorded_at,
            )
        projections.run(projections.COUNT_ROUNDS, projections.COUNT_TALLIES, surveys=pks)
        for head in TreeHead.objects.bulk_create(_close(found) for found in asked if not found.place.is_open):
            self.heads[head.survey_id] = head.pk

    # --- What came before and after them ---------------------------------------------------------------

    def _live(self, sites: Sequence[_Site]) -> None:
        found = homes_of([site.row.pk for site in sites])
        for site in sites:
            doors, stairwells, has_unit = found[site.row.pk]
            asked = site.asked
            life = self.lives.life_of(
                row=site.row,
                place=site.place,
                steps=dict(site.timeline),
                size=size_of(doors, stairwells),
                doors=doors,
                has_unit=has_unit,
                survey=asked.survey.pk if asked else None,
                tree_head=self.heads.get(asked.survey.pk) if asked else None,
            )
            if asked and not asked.place.is_open:
                for kind in (EvidenceKind.SURVEY_RESULT, EvidenceKind.SUPPORT_RATE):
                    life.tell(asked.closes_at, kind, asked.figures, asked.by)
            self.lives.add(life, site.timeline, _figures(site))
        self.lives.flush()


def _figures(site: _Site) -> dict[str, dict[str, Any]]:
    """What the survey's own steps are told with."""
    if site.asked is None:
        return {}
    opened = {"survey": site.asked.survey.pk, "households": site.place.homes}
    closed = site.asked.figures
    return {Stage.CONSENTING: opened, Stage.CONSENTED: closed, Stage.DEFERRED: closed}


def _rounds(found: _Asked) -> Iterator[Round]:
    opened_at, last = moment(found.first_day, OPENS), len(found.course.lists)
    for number, day in enumerate(found.course.days, 1):
        closed_at = moment(found.first_day + timedelta(days=day), CLOSES)
        is_open = found.place.is_open and number == last
        yield Round(
            survey=found.survey,
            number=number,
            opened_at=opened_at,
            closed_at=None if is_open else closed_at,
            closed_by=None if is_open else found.by,
        )
        opened_at = closed_at


def _close(found: _Asked) -> TreeHead:
    """Fix the result of a survey that was walked to its end; the head that is published with it."""
    survey = found.survey
    survey.verdict = Verdict.PASSED if found.place.passes else Verdict.FAILED
    result = result_of(survey)
    if result.passes != found.place.passes:
        raise RuntimeError(f"{survey} was planned to end otherwise")  # the plan itself is wrong
    Survey.objects.filter(pk=survey.pk).update(
        closed_at=found.closes_at,
        closed_by=found.by,
        verdict=survey.verdict,
        result=result.as_json(),
        close_reason="" if result.passes else CLOSE_REASON,
        revisit_on=None if result.passes else found.last_day + timedelta(days=365),
    )
    signed = sign_head(head_of(survey))
    root_hash = signed.head.root_hash
    found.figures = {
        **result.headline(),
        "survey": survey.pk,
        "tree_size": survey.tree_size,
        "root_hash": root_hash.hex(),
    }
    return TreeHead(
        survey=survey,
        size=signed.head.size,
        root_hash=root_hash,
        timestamp=signed.head.timestamp,
        key_id=signed.key_id,
        signature=signed.signature,
    )


def _timeline(place: CityPlace, asked: _Asked | None, today: date) -> list[tuple[str, datetime]]:
    """The states that a place went through, each with its moment."""
    steps: list[Stage] = [Stage.REGISTERED, *BEFORE]
    if asked is None:
        steps = steps[: steps.index(Stage(place.stage)) + 1]
    prepared = asked.first_day if asked else today
    found = [
        (step.value, moment(prepared - timedelta(days=30 * (len(steps) - number)), AT_WORK))
        for number, step in enumerate(steps)
    ]
    if asked is None:
        return found
    found.append((Stage.CONSENTING.value, moment(asked.first_day, OPENS)))
    if not place.is_open:
        found.append(((Stage.CONSENTED if place.passes else Stage.DEFERRED).value, asked.closes_at))
    after = path_to(place.stage)
    for number, stage in enumerate(after, 1):
        days = (place.ended_days_ago - place.since_days_ago) * number // len(after)
        found.append((stage, moment(asked.last_day + timedelta(days=days), AT_WORK)))
    return found
