"""The plan of the large city: how many neighbourhoods stand where, how big they are, and how their surveys went.

2,022 neighbourhoods and 265,000 households are the size to build for (design.md, Limits to hold), the small city's
included. Everything follows from one seed.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from demonstration.rules.divisions import COUNTIES, invented
from demonstration.rules.plans import Block
from demonstration.rules.small_city import MIXED, OLD, PLACES

NEIGHBOURHOODS, HOMES = 2022, 265_000
STREETS, COMMUNITIES = 6, 8
SMALLEST = 16
STEP_DAYS = 33
SEED = "4205 城市规模"

STAGES = {
    "registered": 20,
    "assessed": 30,
    "mobilising": 40,
    "organised": 50,
    "consenting": 390,
    "consented": 190,
    "deferred": 190,
    "ready": 105,
    "applied": 95,
    "planned": 135,
    "designed": 115,
    "under_works": 190,
    "works_done": 60,
    "accepted": 70,
    "evaluated": 50,
    "handed_over": 80,
    "long_term": 170,
    "suspended": 15,
    "withdrawn": 10,
}
"""Of the neighbourhoods beside the small city's; every state of workflow.md has some."""

WEIGHTS = (22, 15, 6, 5, 13, 5, 4, 6, 7, 4, 9, 9, 9)
"""How the neighbourhoods are spread over the counties, in their order."""

FIRST = "东南西北春夏秋冬梅兰竹菊松柏桃李星月云霞金玉福安"
SECOND = "江河湖泉山岭坡岗桥港塘湾园林田圃城关门台亭苑居里"
LAST = ("小区", "花园", "新村", "宿舍", "苑")


@dataclass(frozen=True, slots=True)
class CityPlace:
    """A neighbourhood of the large city. `rounds` were walked, or begun where the survey is open; 0 is no survey.

    `progress` is the share of the last round's doors that an open survey has walked. The survey ended `ended_days_ago`,
    and the stage was reached `since_days_ago`.
    """

    name: str
    community: str
    built_year: int
    blocks: tuple[Block, ...]
    tenures: tuple[str, ...]
    stage: str
    rounds: int
    passes: bool
    progress: float
    ended_days_ago: int
    since_days_ago: int

    @property
    def homes(self) -> int:
        return sum(block.homes for block in self.blocks)

    @property
    def is_open(self) -> bool:
        return self.stage == "consenting"


def plan_city(neighbourhoods: int = NEIGHBOURHOODS, homes: int = HOMES) -> Iterator[CityPlace]:
    """All places beside the small city's, so that both together have these numbers."""
    dice = random.Random(SEED)  # noqa: S311 -- chance, not secrecy
    count = neighbourhoods - len(PLACES)
    sizes = _sizes(dice, count, homes - sum(place.homes for place in PLACES))
    stages = _stages(dice, count)
    counties = dice.choices([code for code, _name in COUNTIES], WEIGHTS, k=count)
    # Who signs in to the small city finds the same there at both scales.
    taken = {place.community for place in PLACES}
    communities = {
        county: [
            code for code, _name in invented(county, STREETS, COMMUNITIES) if len(code) == 12 and code not in taken
        ]
        for county, _name in COUNTIES
    }
    names = _names()
    seen = dict.fromkeys(communities, 0)
    for county, size, stage in zip(counties, sizes, stages, strict=True):
        there = communities[county]
        seen[county] += 1
        rounds = 0 if stage in BEFORE_SURVEY else dice.randint(1, 3) if stage == "consenting" else 3
        ended = 1 if stage == "consenting" else _ended(dice, stage)
        yield CityPlace(
            name=next(names),
            community=there[seen[county] % len(there)],
            built_year=dice.randint(1976, 2004),
            blocks=_blocks(size),
            tenures=dice.choice((MIXED, OLD, ("commodity",))),
            stage=stage,
            rounds=rounds,
            passes=stage != "deferred",
            progress=dice.uniform(0.1, 0.9),
            ended_days_ago=ended,
            since_days_ago=_since(dice, stage, ended),
        )


BEFORE_SURVEY = ("registered", "assessed", "mobilising", "organised")
AFTER_CONSENT = tuple(STAGES)[tuple(STAGES).index("ready") : tuple(STAGES).index("suspended")]


def path_to(stage: str) -> tuple[str, ...]:
    """The states after the survey's own (consented or deferred) that lead to a stage."""
    if stage == "suspended":
        return (*path_to("under_works"), stage)
    if stage in AFTER_CONSENT:
        return AFTER_CONSENT[: AFTER_CONSENT.index(stage) + 1]
    return ("withdrawn",) if stage == "withdrawn" else ()


def _ended(dice: random.Random, stage: str) -> int:
    """Days ago; the more steps came after the survey, the longer."""
    return 40 + 45 * len(path_to(stage)) + dice.randint(0, 150)


def _since(dice: random.Random, stage: str, ended: int) -> int:
    """Days ago, so that each step before it took a month at least."""
    steps = len(path_to(stage))
    return dice.randint(4, ended - STEP_DAYS * steps) if steps else ended


def _sizes(dice: random.Random, count: int, total: int) -> list[int]:
    """So many sizes with exactly this sum, most of them around its share."""
    shares = [dice.triangular(0.25, 2.6, 0.6) for _ in range(count)]
    whole = sum(shares)
    sizes = [max(SMALLEST, int(total * share / whole)) for share in shares]
    step = 1 if sum(sizes) < total else -1
    while missing := abs(total - sum(sizes)):
        for at in range(min(missing, count)):
            if sizes[at] + step >= SMALLEST:
                sizes[at] += step
    return sizes


def _stages(dice: random.Random, count: int) -> list[str]:
    """Stages in their shares, in an order of chance; what rounding leaves is consenting."""
    whole = sum(STAGES.values())
    stages = [stage for stage, number in STAGES.items() for _ in range(number * count // whole)]
    stages += ["consenting"] * (count - len(stages))
    dice.shuffle(stages)
    return stages


def _names() -> Iterator[str]:
    """Names that nobody in the small city has."""
    taken = {place.name for place in PLACES}
    for last in LAST:
        for turn in range(len(FIRST) * len(SECOND)):
            name = f"示范{FIRST[turn % len(FIRST)]}{SECOND[(turn + turn // len(FIRST)) % len(SECOND)]}{last}"
            if name not in taken:
                yield name


def _blocks(homes: int) -> tuple[Block, ...]:
    """Buildings of at most 48 homes, as equal as can be."""
    count = -(-homes // 48)
    return tuple(Block(homes // count + (number < homes % count)) for number in range(count))
