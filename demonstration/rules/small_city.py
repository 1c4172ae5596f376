"""The small city: the named neighbourhoods of Yichang's published account, and invented ones around them.

The account says of 黄龙小区 that it began at 10%, was deferred, and reached 100% after its neighbours were done; of
嘉明花园 that it was built in 1998, has mixed tenure, and that the branch secretary chairs its committee. Its
figures here, all figures of the others, and every name with 示范 in it are invented.
"""

from demonstration.rules.plans import VERBAL, Asking, Block, Place, Walk

XILING, XILING_NEXT = "420502901001", "420502901002"
WUJIAGANG = "420503901001"
DIANJUN, XIAOTING, YILING = "420504901001", "420505901001", "420506901001"
YIDU, DANGYANG, ZHIJIANG = "420581901001", "420582901001", "420583901001"
GRID, NEXT_GRID = f"{XILING}001", f"{XILING}002"

MIXED = ("reformed_public", "commodity", "raised_fund", "reformed_public", "work_unit")
OLD = ("reformed_public", "reformed_public", "work_unit", "reformed_public", "public_rental")
AT_WORK_TODAY = "四合院小区"
AWAY = "部分住户外出务工，本轮未能入户，转入下一轮。"


def blocks(count: int, homes: int, *, shops: int = 0, grid: str = "") -> tuple[Block, ...]:
    return tuple(Block(homes, shops=shops if number == 0 else 0, grid=grid) for number in range(count))


def went_well(homes: int, *, ended_days_ago: int, left: int = 0) -> Asking:
    """A survey of three rounds that ends with all but `left` in support."""
    first = homes * 7 // 10
    return Asking(
        "改造意愿三轮入户征询",
        (
            Walk(
                12,
                {"supports": first, VERBAL: 3, "not_yet": homes // 8, "vacant": 2},
                rest="no_answer",
                turns=("form_follows",),
            ),
            Walk(10, {"not_yet": 4 + left, "no_answer": 2}, rest="supports"),
            Walk(6, {"not_yet": left}, rest="supports"),
        ),
        ended_days_ago=ended_days_ago,
    )


NAMED = (
    Place(
        "嘉明花园",
        XILING,
        1998,
        "consenting",
        210,
        (*blocks(4, 60, grid=GRID), *blocks(3, 48, shops=6, grid=NEXT_GRID), Block(16, doors=1)),
        MIXED,
        address="示范大道18号",
        committee="jiaming",
        parking_spaces=96,
        surveys=(
            # 312 of 400 on the roll is 78%; of the 367 who were met, 85%: two rates that must not be mixed.
            Asking(
                "嘉明花园改造意愿三轮入户征询",
                (
                    Walk(
                        14,
                        {"supports": 236, VERBAL: 21, "not_yet": 58, "opposes": 12, "declined": 6, "vacant": 9},
                        rest="no_answer",
                        turns=("correction", "form_follows"),
                    ),
                    Walk(9, {"supports": 75, "not_yet": 46, "opposes": 6, "declined": 3, "no_answer": 1}),
                ),
            ),
        ),
    ),
    Place(
        "四合院小区",
        XILING,
        1986,
        "consenting",
        260,
        blocks(4, 20, grid=GRID),
        OLD,
        address="示范巷7号",
        committee="committee",
        parking_spaces=18,
        surveys=(
            # 72 of 80 support and 76 are needed: four doors to go.
            Asking(
                "四合院小区改造意愿三轮入户征询",
                (
                    Walk(9, {"supports": 48, VERBAL: 5, "not_yet": 12, "opposes": 3, "vacant": 2}, rest="no_answer"),
                    Walk(
                        8,
                        {"supports": 19, "not_yet": 7, "opposes": 2, "declined": 1},
                        rest="no_answer",
                        turns=("two_at_a_door", "withdrawal"),
                    ),
                    Walk(3, {"supports": 6, "not_yet": 2}, turns=("two_at_a_door",)),
                ),
            ),
        ),
    ),
    Place(
        "白龙岗小区",
        XILING,
        1992,
        "consented",
        320,
        blocks(5, 30, shops=4, grid=NEXT_GRID),
        MIXED,
        address="示范岗路3号",
        parking_spaces=40,
        surveys=(
            Asking(
                "白龙岗小区改造意愿三轮入户征询",
                (
                    Walk(12, {"supports": 104, VERBAL: 8, "not_yet": 18, "opposes": 4, "vacant": 3}, rest="no_answer"),
                    Walk(10, {"supports": 32, "not_yet": 8}, rest="no_answer", turns=("correction",)),
                    Walk(6, {"not_yet": 2}, rest="supports"),
                ),
                ended_days_ago=55,
                later=("withdrawal",),
            ),
        ),
    ),
    Place(
        "宜港小区",
        XILING_NEXT,
        1989,
        "under_works",
        560,
        blocks(5, 32),
        OLD,
        address="示范港路21号",
        parking_spaces=36,
        surveys=(went_well(160, ended_days_ago=400, left=2),),
        stage_days_ago=48,
    ),
    Place(
        "黄龙小区",
        WUJIAGANG,
        1994,
        "consented",
        860,
        blocks(5, 24),
        MIXED,
        address="示范龙路9号",
        parking_spaces=30,
        surveys=(
            Asking(
                "黄龙小区第一次改造意愿征询",
                (
                    Walk(
                        10,
                        {"supports": 7, VERBAL: 4, "not_yet": 46, "opposes": 24, "declined": 7, "vacant": 3},
                        rest="no_answer",
                    ),
                    Walk(8, {"supports": 5, "not_yet": 58, "opposes": 22}),
                ),
                ended_days_ago=610,
                close_reason="多数居民暂不支持：担心出资和施工影响，希望先看邻近小区的效果。",
                revisit_after_days=365,
            ),
            Asking(
                "黄龙小区第二次改造意愿征询",
                (
                    Walk(10, {"supports": 98, VERBAL: 4, "not_yet": 10, "vacant": 1}, rest="no_answer"),
                    Walk(7, {"supports": 16, "not_yet": 3}, rest="no_answer"),
                    Walk(4, {}, rest="supports"),
                ),
                ended_days_ago=36,
            ),
        ),
    ),
)

INVENTED = (
    Place(
        "示范桥边小区",
        XILING,
        1997,
        "consenting",
        150,
        blocks(4, 24),
        ("commodity",),
        surveys=(
            Asking(
                "示范桥边小区改造意愿三轮入户征询",
                (Walk(2, {"supports": 17, VERBAL: 2, "not_yet": 5, "opposes": 1, "no_answer": 6}),),
            ),
        ),
    ),
    Place("示范厂前小区", XILING, 1983, "organised", 120, blocks(4, 21, grid=GRID), OLD, parking_spaces=12),
    Place(
        "示范临江小区",
        XILING_NEXT,
        1988,
        "deferred",
        520,
        blocks(5, 22),
        OLD,
        surveys=(
            Asking(
                "示范临江小区改造意愿三轮入户征询",
                (
                    Walk(12, {"supports": 38, VERBAL: 3, "not_yet": 30, "opposes": 12, "vacant": 5}, rest="no_answer"),
                    Walk(9, {"supports": 12, "not_yet": 30, "opposes": 9, "declined": 4}, reason=AWAY),
                    Walk(5, {"supports": 4, "not_yet": 28}),
                ),
                ended_days_ago=380,
                close_reason="支持率未达标：出资方案争议较大，停车位划分未谈拢。",
                revisit_after_days=360,
            ),
        ),
    ),
    Place(
        "示范东山小区",
        XILING_NEXT,
        1991,
        "long_term",
        1000,
        blocks(4, 27, shops=5),
        ("commodity", "reformed_public"),
        surveys=(went_well(108, ended_days_ago=820),),
        parking_spaces=44,
        stage_days_ago=130,
    ),
    Place(
        "示范柏临小区",
        WUJIAGANG,
        1993,
        "long_term",
        980,
        blocks(3, 30),
        MIXED,
        surveys=(went_well(90, ended_days_ago=760),),
        parking_spaces=22,
        stage_days_ago=170,
    ),
    Place(
        "示范沿江小区",
        WUJIAGANG,
        1990,
        "handed_over",
        900,
        blocks(3, 24),
        OLD,
        surveys=(went_well(72, ended_days_ago=700),),
        stage_days_ago=95,
    ),
    Place(
        "示范营盘小区",
        YILING,
        1995,
        "consenting",
        190,
        blocks(4, 25),
        MIXED,
        surveys=(
            # The district's own policy: 90%, and homes shown to be vacant leave the denominator.
            Asking(
                "示范营盘小区改造意愿三轮入户征询",
                (
                    Walk(10, {"supports": 66, VERBAL: 3, "not_yet": 12, "opposes": 2, "vacant": 7}, rest="no_answer"),
                    Walk(6, {"supports": 11, "not_yet": 5, "no_answer": 3}, turns=("withdrawal",)),
                ),
            ),
        ),
    ),
    Place("示范江南小区", DIANJUN, 1999, "registered", 12),
    Place("示范古港小区", XIAOTING, 1996, "mobilising", 60, blocks(3, 18), MIXED),
    Place(
        "示范清江小区",
        YIDU,
        1994,
        "planned",
        480,
        blocks(4, 20),
        MIXED,
        surveys=(went_well(80, ended_days_ago=260),),
        stage_days_ago=40,
    ),
    Place(
        "示范玉阳小区",
        DANGYANG,
        1987,
        "designed",
        500,
        blocks(3, 22),
        OLD,
        surveys=(went_well(66, ended_days_ago=300, left=1),),
        stage_days_ago=25,
    ),
    Place("示范马家店小区", ZHIJIANG, 1992, "assessed", 45, blocks(4, 15), MIXED),
)

PLACES = (*NAMED, *INVENTED)
