"""What renovating a demonstration neighbourhood takes: how much of each item, at what price, paid by whom, and how long
it is under warranty.

**All of it is invented.** The orders of size follow policy.md, section e: 325 neighbourhoods and 63,600 households were
planned at 2.007 billion yuan in 2023, which is about 31,600 yuan a household; a water meter of one's own is 800 yuan,
as Chengdu asked in 2022. Quantities follow from what a six-storey stairwell of twelve homes has (about 75 m2 each).
Warranties are the statutory minima of policy.md, section j, or a contract's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

WHOLE, HUNDREDTH = Decimal(1), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Size:
    """What quantities follow from. `area` is the gross floor area of the homes in m2."""

    homes: int
    buildings: int
    stairwells: int
    area: Decimal

    def of(self, what: str) -> Decimal:
        return Decimal(getattr(self, what))


@dataclass(frozen=True, slots=True)
class Cost:
    """An item: `each` of its units for every one of `per`, its price in yuan, its payers (`MIXES`), its trade
    (`TRADES`), and its warranty. `whole` units are counted, the others measured.
    """

    code: str
    per: str
    each: Decimal
    price: Decimal
    payers: str
    trade: str
    warranty: tuple[str, int]
    whole: bool = False

    def quantity(self, size: Size) -> Decimal:
        amount = size.of(self.per) * self.each
        return max(amount.quantize(WHOLE if self.whole else HUNDREDTH, ROUND_HALF_UP), WHOLE)


@dataclass(frozen=True, slots=True)
class Source:
    """A payer: its kind, its name, and how residents raise their part (`ResidentsRoute`)."""

    kind: str
    name: str
    route: str = ""


@dataclass(frozen=True, slots=True)
class Trade:
    """What one contractor takes on, and the share of the planned days after which it begins."""

    name: str
    begins: Decimal


SOURCES: Mapping[str, Source] = {
    "central": Source("central", "中央补助资金"),
    "provincial": Source("provincial", "省级补助资金"),
    "city": Source("municipal", "市级财政资金"),
    "district": Source("district", "区级财政资金"),
    "award": Source("award", "以奖代补资金"),
    "residents": Source("residents", "居民自筹资金", "by_area"),
    "meters": Source("residents", "水表改造居民出资", "by_household"),
    "fund": Source("maintenance_fund", "住宅专项维修资金"),
    "water": Source("operator", "示范水务公司"),
    "power": Source("operator", "示范供电公司"),
    "gas": Source("operator", "示范燃气公司"),
    "unit": Source("property_rights_unit", "示范产权单位"),
    "company": Source("social_capital", "示范充电服务公司"),
    "labour": Source("in_kind", "居民投工投料"),
}
"""Who pays. The former property-right unit only where homes were never sold."""

HOUSEHOLD_SOURCES = ("residents", "meters")

ONE_ITEM: Mapping[str, str] = {
    "meters": "B08",
    "fund": "B19",
    "water": "B06",
    "power": "B10",
    "gas": "B11",
    "company": "I05",
    "labour": "I02",
}
"""Who pays for one item alone: its money is told with it."""

UNIT = "unit"

MIXES: Mapping[str, Mapping[str, int]] = {
    "government": {"central": 45, "provincial": 10, "city": 15, "district": 18, "award": 12},
    "shared": {"central": 40, "provincial": 8, "city": 12, "district": 15, "award": 10, "residents": 10, "unit": 5},
    "roof": {"central": 40, "city": 12, "district": 13, "award": 10, "residents": 8, "fund": 12, "unit": 5},
    "energy": {"central": 52, "provincial": 12, "city": 16, "district": 17, "residents": 3},
    "water": {"water": 70, "district": 30},
    "power": {"power": 65, "district": 35},
    "gas": {"gas": 70, "district": 30},
    "meters": {"meters": 1},
    "company": {"company": 60, "district": 40},
    "planting": {"central": 40, "city": 20, "district": 30, "labour": 10},
}
"""Weights, not per cent: what nobody here pays is shared among the others."""

TRADES: Mapping[str, Trade] = {
    "pipes": Trade("管网与水电改造工程", Decimal(0)),
    "buildings": Trade("楼栋修缮工程", Decimal("0.1")),
    "outdoors": Trade("室外环境工程", Decimal("0.35")),
}

WATERPROOF, INSTALLED, BY_CONTRACT = ("waterproofing", 5), ("installation", 2), ("by_contract", 1)


def _cost(
    code: str,
    per: str,
    each: str,
    price: str,
    payers: str,
    trade: str,
    warranty: tuple[str, int],
    *,
    whole: bool = False,
) -> Cost:
    return Cost(code, per, Decimal(each), Decimal(price), payers, trade, warranty, whole)


COSTS: Sequence[Cost] = (
    _cost("B01", "homes", "1.6", "1150.00", "government", "pipes", INSTALLED),
    _cost("B02", "stairwells", "40", "165.00", "government", "pipes", INSTALLED),
    _cost("B04", "buildings", "0.5", "36000.00", "government", "pipes", BY_CONTRACT, whole=True),
    _cost("B06", "homes", "1.4", "520.00", "water", "pipes", INSTALLED),
    _cost("B08", "homes", "1", "800.00", "meters", "pipes", INSTALLED, whole=True),
    _cost("B10", "buildings", "1", "46000.00", "power", "pipes", INSTALLED, whole=True),
    _cost("B11", "homes", "1.2", "280.00", "gas", "pipes", INSTALLED),
    _cost("B15", "homes", "9", "165.00", "government", "outdoors", BY_CONTRACT),
    _cost("B16", "homes", "0.9", "120.00", "government", "outdoors", BY_CONTRACT),
    _cost("B17", "stairwells", "2", "1150.00", "government", "outdoors", INSTALLED, whole=True),
    _cost("B18", "stairwells", "1", "3800.00", "government", "buildings", BY_CONTRACT, whole=True),
    _cost("B19", "area", "0.19", "145.00", "roof", "buildings", WATERPROOF),
    _cost("B20", "area", "0.30", "168.00", "government", "buildings", WATERPROOF),
    _cost("B21", "buildings", "1", "32000.00", "government", "buildings", ("structure", 50), whole=True),
    _cost("B22", "buildings", "12", "1900.00", "government", "outdoors", BY_CONTRACT),
    _cost("B23", "stairwells", "1", "19500.00", "shared", "buildings", INSTALLED, whole=True),
    _cost("B24", "stairwells", "7", "260.00", "shared", "buildings", INSTALLED, whole=True),
    _cost("B25", "stairwells", "1", "9800.00", "shared", "buildings", INSTALLED, whole=True),
    _cost("B26", "homes", "0.1", "3200.00", "government", "outdoors", INSTALLED, whole=True),
    _cost("B27", "homes", "0.0125", "46000.00", "government", "outdoors", BY_CONTRACT, whole=True),
    _cost("I02", "homes", "6", "185.00", "planting", "outdoors", BY_CONTRACT),
    _cost("I03", "homes", "0.125", "3900.00", "government", "outdoors", INSTALLED, whole=True),
    _cost("I04", "homes", "0.25", "5600.00", "shared", "outdoors", BY_CONTRACT, whole=True),
    _cost("I05", "homes", "0.3", "2100.00", "company", "outdoors", INSTALLED, whole=True),
    _cost("I08", "stairwells", "1", "2600.00", "government", "buildings", BY_CONTRACT, whole=True),
    _cost("I10", "area", "0.50", "245.00", "energy", "buildings", WATERPROOF),
)
"""In the order of the menu. B21 and B22 are priced for who finds that it needs them."""

BY_CODE: Mapping[str, Cost] = {cost.code: cost for cost in COSTS}

CONTRACTORS = tuple(f"示范{name}建设公司" for name in ("峡江", "长堤", "清溪", "磨基", "滨江", "葛洲", "东湖", "白马"))
SUPERVISORS = tuple(f"示范{name}监理公司" for name in ("三江", "夷陵", "西坝"))


def basket(found: Sequence[str], without: Sequence[str] = ()) -> list[Cost]:
    """The must-do items that were found, and what residents order most, but what they leave out here."""
    return [cost for cost in COSTS if cost.code in found or (cost.code not in (*MUST_DO, *without))]


MUST_DO = ("B01", "B02", "B04", "B10", "B11", "B16", "B17", "B18", "B20", "B21", "B22")


def payers_of(cost: Cost, *, has_unit: bool) -> dict[str, Decimal]:
    """Who pays for an item, by weight."""
    return {key: Decimal(weight) for key, weight in MIXES[cost.payers].items() if has_unit or key != UNIT}
