"""Invented people. Their given names are pairs of the sexagenary cycle, which nobody mistakes for a neighbour's."""

SURNAMES = tuple("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹")

_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
GIVEN_NAMES = tuple(_STEMS[turn % 10] + _BRANCHES[turn % 12] for turn in range(60))

PHONE_PREFIX = "1540"
"""No operator was ever given 154, so none of these numbers rings anywhere."""

NOTES = {
    "parking": ("担心改造后车位变少。", "希望先划定车位再开工。"),
    "cost": ("担心出资金额，想看分摊明细。", "退休金不高，希望减免一部分。"),
    "dust": ("家有老人，担心施工灰尘和噪声。",),
    "illegal_structure": ("楼顶雨棚暂不愿拆。", "一楼小院围墙想保留。"),
    "distrust": ("想先看看邻近小区的效果。", "担心改后没人管。"),
    "other": ("要和子女商量。", "近期准备卖房。"),
    "vacant": ("水表停走，邻居证实长期无人居住。",),
    "no_answer": ("租户在家，不能代业主表态，已留业主电话。", "晚上再来。"),
}
