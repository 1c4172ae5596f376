"""How works go in the large city: their days, how much of them is done, what is found on site."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

BUILT = ("works_done", "accepted", "evaluated", "handed_over", "long_term")
"""The stages at which all packages are done."""

LATE_SHARE, STUCK_SHARE, BROKEN_SHARE = 0.18, 0.07, 0.45
"""Of those under works, behind their planned days, and with a suspended package; of those long accepted, with early
damage."""

WHOLE, NOTHING = Decimal(1), Decimal(0)
PLACES = Decimal("0.0001")

FOUND_ON_SITE = (
    ("major", "外墙空鼓修补后局部仍有空响。", "已铲除重做，敲击检查无空响。"),
    ("minor", "单元门闭门器松动，关门有异响。", "已更换闭门器。"),
    ("safety", "沟槽开挖处夜间无警示灯。", "已增设围挡与警示灯。"),
    ("minor", "楼道粉刷有色差。", "已整面重刷。"),
    ("major", "屋面卷材搭接处翘边。", "已热熔压实并做闭水试验。"),
    ("minor", "新铺路面局部积水。", "已找坡修补。"),
)
"""Severity, what is wrong, and what was done."""

BROKEN_LATER = (
    ("B19", "major", "顶层住户反映雨后屋面渗水。"),
    ("B15", "minor", "路面出现网状裂缝。"),
    ("B02", "major", "立管接口渗漏，底层墙面返潮。"),
    ("I03", "minor", "路灯不亮。"),
    ("B20", "safety", "外墙涂层脱落一处。"),
)
"""Early damage: item, severity and what it is."""

SEEN_ON_SITE = (
    "管沟回填已分层夯实，未见沉降。",
    "外墙脚手架防护网齐全，通道口已设防护棚。",
    "进场防水卷材有合格证，抽检两卷厚度合格。",
    "施工时段遵守约定，午休停工。",
    "楼道粉刷两遍，照明线管已入槽。",
)


@dataclass(frozen=True, slots=True)
class Days:
    """The planned days of a package."""

    begins: date
    ends: date


def planned_days(begun: date, length: int, begins: Decimal) -> Days:
    """Of a package that begins after such a share of the works' planned length."""
    first = begun + timedelta(days=int(length * begins) + 2)
    return Days(first, begun + timedelta(days=max(length, int(length * begins) + 10)))


def length_of(dice: random.Random, *, elapsed: int, late: bool) -> int:
    """The planned length of works that have gone on for so many days; only those that are late are over it."""
    length = dice.randint(75, 170)
    return min(length, max(30, elapsed * 4 // 5)) if late else max(length, elapsed * 10 // 9 + 6)


def done_shares(days: Days, today: date, count: int, *, late: bool) -> list[Decimal]:
    """How much of each of `count` items is done: one after the other, a little ahead of the plan, or well behind it."""
    length = (days.ends - days.begins).days + 1
    gone = Decimal(max(0, (today - days.begins).days)) / length
    return levels(min(gone * (Decimal("0.6") if late else Decimal("1.06")), Decimal("0.97")), count)


def levels(part: Decimal, count: int) -> list[Decimal]:
    """How much of each of `count` items is done where such a part of all of them is: one after the other."""
    level = part * count
    return [min(max(level - place, NOTHING), WHOLE).quantize(PLACES) for place in range(count)]


def portions(total: Decimal, shares: Sequence[str]) -> list[Decimal]:
    """Parts of a sum, to the fen; the last share takes what is left where all of them make a whole."""
    found = [(total * Decimal(share)).quantize(Decimal("0.01")) for share in shares]
    if sum(map(Decimal, shares)) == 1:
        found[-1] = total - sum(found[:-1], NOTHING)
    return found
