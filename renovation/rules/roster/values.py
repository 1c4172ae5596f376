"""What a unit is: its area, tenure, use and occupancy, as rosters write them (workflow.md, roster columns)."""

import re
from decimal import ROUND_HALF_UP, Decimal

from renovation.rules.roster.words import compact, says_nothing

LARGEST_AREA = Decimal(1_000_000)
"""Square metres; areas are stored below it."""

USUAL_SPREAD = 3
"""An area more than three times, or less than a third of, the file's median home is suspicious."""

FEWEST_AREAS = 5
"""With fewer known areas of homes there is no usual area to compare with."""

_AREA = re.compile(
    r"^(?:约|建筑面积|建面|:)*((?:\d{1,3}(?:,\d{3})+|\d+))(?:[.。](\d+))?(?:平方米|平方|平米|平|m2|m\^2|m|sqm)?$",
    re.IGNORECASE,
)
_FEN = Decimal("0.01")

# The first pattern that is found in the cell decides.
_TENURE = (
    (re.compile("房改|已购公|reformed"), "reformed_public"),
    (re.compile("集资|raised"), "raised_fund"),
    (re.compile("单位|宿舍|work.?unit"), "work_unit"),
    (re.compile("公租|廉租|直管|公房|公有|public.?rent"), "public_rental"),
    (re.compile("自建|私房|宅基|self.?built"), "self_built"),
    (re.compile("商品|二手|commodity"), "commodity"),
    (re.compile("其他|其它|小产权|经济适用|经适|回迁|还建|安置|拆迁|other"), "other"),
    (re.compile("unknown"), "unknown"),
)
_USE = (
    (re.compile("商住"), "residential"),
    (re.compile("商|铺|店|门面|营业|shop|retail"), "shop"),
    (re.compile("车库|车位|停车|garage"), "garage"),
    (re.compile("储|杂物|杂屋|柴|地下室|storage"), "storage"),
    (re.compile("住|民用|居|宿舍|residential|home|flat"), "residential"),
    (re.compile("其他|其它|办公|仓库|学校|厂|物业|活动|配电|公共|other|office"), "other"),
)
_OCCUPANCY = (
    (re.compile("空|闲置|无人|未住|没住|未入住|vacant|empty"), "vacant"),
    (re.compile("租|let|rent"), "let"),
    (re.compile("自住|自用|在住|常住|有人|居住|入住|本人|owner"), "owner"),
    (re.compile("unknown"), "unknown"),
)


def read_area(text: str) -> tuple[str, str]:
    """An area in square metres to two places as text ("86.5平" is "86.50"), and what is wrong with it.

    Nothing said is nothing known, never zero; a zero is said to be one.
    """
    text = compact(text)
    if says_nothing(text):
        return "", "area_empty"
    found = _AREA.match(text)
    if not found or len(found[1]) > 12:
        return "", "area_unreadable"
    whole, part = found.groups()
    area = Decimal(f"{whole.replace(',', '')}.{part or 0}").quantize(_FEN, ROUND_HALF_UP)
    if area == 0:
        return "", "area_zero"
    return (str(area), "") if area < LARGEST_AREA else ("", "area_unreadable")


def _read_word(text: str, patterns: tuple[tuple[re.Pattern[str], str], ...], code: str) -> tuple[str, str]:
    text = compact(text).lower()
    value = next((value for words, value in patterns if words.search(text)), "")
    return value, "" if value or says_nothing(text) else code


def read_tenure(text: str) -> tuple[str, str]:
    return _read_word(text, _TENURE, "tenure_unreadable")


def read_use(text: str) -> tuple[str, str]:
    return _read_word(text, _USE, "use_unreadable")


def read_occupancy(text: str) -> tuple[str, str]:
    return _read_word(text, _OCCUPANCY, "occupancy_unreadable")


def is_suspicious(area: float, median: float) -> bool:
    """Whether a home's area is too far from the file's median to be believed without a look."""
    return area > USUAL_SPREAD * median or area * USUAL_SPREAD < median


def meant_area(area: float, median: float) -> float | None:
    """The area with the decimal point moved by one place, if that makes it usual: 1,086 among 100s was 108.6."""
    for factor in (0.1, 10.0):
        if not is_suspicious(area * factor, median):
            return round(area * factor, 2)
    return None
