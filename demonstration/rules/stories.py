"""How works go in the small city: who builds, what lags, what was objected to, what broke later."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from renovation.rules.evaluations import Question


@dataclass(frozen=True, slots=True)
class Story:
    """One neighbourhood's works. Builders come in the order of `costs.TRADES`.

    `without` are items that residents did not order; `pledged` the share of the homes whose pledges are in; `award` the
    step that each tranche has reached; `waits` that the last notice still hangs with an open objection; `pairs` so many
    buildings are shown before and after; `broke` that there is early damage. So many self-governing `groups` were
    founded; `self_managed` where residents manage the place themselves; `receipts` where each home has its own for what
    it pledges and pays, not a building one sheet.
    """

    without: tuple[str, ...] = ()
    pledged: Decimal = Decimal(1)
    builders: tuple[str, str, str] = ("示范峡江建设公司", "示范长堤建设公司", "示范清溪建设公司")
    supervisor: str = "示范三江监理公司"
    award: tuple[str, str] = ("planned", "planned")
    waits: bool = False
    pairs: int = 0
    broke: bool = False
    groups: int = 1
    term_ends_soon: bool = False
    self_managed: bool = False
    receipts: bool = False


STORIES: Mapping[str, Story] = {
    "嘉明花园": Story(groups=2),
    "四合院小区": Story(groups=2),
    "白龙岗小区": Story(),
    "黄龙小区": Story(waits=True),
    "示范清江小区": Story(without=("I04",), pledged=Decimal("0.6"), waits=True),
    "示范玉阳小区": Story(without=("I05", "B27"), pledged=Decimal("0.8"), supervisor=""),
    "宜港小区": Story(
        builders=("示范滨江建设公司", "示范磨基建设公司", "示范东湖建设公司"), pairs=2, groups=3, receipts=True
    ),
    "示范东山小区": Story(without=("I04",), award=("paid", "approved"), pairs=2, broke=True, term_ends_soon=True),
    "示范柏临小区": Story(builders=("示范葛洲建设公司",) * 3, award=("paid", "eligible"), pairs=2),
    "示范沿江小区": Story(without=("I05",), award=("eligible", "planned"), pairs=1, self_managed=True),
}

AWARD_PARTS = ("0.6", "0.4")

OBJECTION = ("停车位占用绿地，一楼住户反对。", "现场复核：新增车位均在硬化地上，绿地面积不减，图纸已补充张贴。")
OPEN_OBJECTION = "公示的分户出资表中，本户建筑面积与房产证不符，请核对。"
RESULT_OBJECTION = ("公示户数与花名册不一致。", "两户合并登记为一户，已在公示旁附说明。")

CHANGE = "外墙保温面积因三栋另有危墙需加固而增加，庭院路灯改由供电公司另行实施，取消本项。"
REMOVED, RAISED, RAISED_BY = "I03", "I10", Decimal("1.12")
"""The change that a site under works has asked for: an item leaves, another grows, so shares move."""

BOARD = "施工时段八时至十二时、十四时至十八时。投诉电话见现场公示牌。"
SUSPENDED = "连续降雨，绿化与铺装无法施工。"

QUESTIONS = (
    Question("result", "您对改造效果满意吗？"),
    Question("quality", "施工质量如何？"),
    Question("workmen", "施工人员的表现如何？"),
    Question("dust_and_noise", "扬尘和噪声控制得如何？"),
    Question("again", "如果重来一次，您还会支持改造吗？"),
)
MINIMUM_SHARE = Decimal("0.6000")
RATERS = ("owner", "owner", "owner", "family", "tenant")
SCORES = (5, 5, 5, 4, 4, 4, 3, 2)
REMARKS = ("路面比以前平整，晚上也亮了。", "楼道干净多了，希望长期保持。", "屋顶不漏了。", "停车还是有点紧张。")
