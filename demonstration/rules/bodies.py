"""Who decides in the small city and who keeps it up: names of bodies, texts, assets, all invented but for the groups.

红管家, 老伙计帮帮团 and 诸葛军团 are names of self-governing groups in Yichang's published account.
"""

COMMITTEE_ROLES = ("chair", "deputy", "member", "member", "member")
BRANCH_ROLES = ("secretary", "member", "member", "member")
GROUPS = (
    ("红管家", "邻里纠纷调解、楼道卫生督促"),
    ("老伙计帮帮团", "帮高龄独居老人买菜、取药、换灯泡"),
    ("诸葛军团", "为院落改造和停车秩序出主意"),
)
TERM_YEARS = 5
ENDING_SOON_DAYS = 62
"""Of the one committee whose term ends soon, from the day on which it is looked at."""

RESIDENTS_CONVENTION = (
    "一、共谋：院落大事先开会，听取每户意见。\n"
    "二、共建：按议定的办法出资出力，支持施工。\n"
    "三、共管：不占公共通道，不乱搭乱建，垃圾分类投放。\n"
    "四、共评：每半年评议一次物业服务和楼道卫生。\n"
    "五、共享：爱护改造成果，邻里互助，照看老人和孩子。"
)
COVENANT = (
    "一、业主按专有部分面积承担物业服务费。\n"
    "二、公共收益扣除合理成本后主要补充维修资金。\n"
    "三、停车位先满足业主，收费标准由业主共同决定。\n"
    "四、违反本规约的，业主委员会可以书面劝阻并公示。"
)
STAIRWELL_RULES = (
    "不在楼道堆放杂物，鞋柜不出门槛。",
    "每周六轮流清扫，先扫扶手，再扫台阶。",
    "晚上十点以后轻声上下楼。",
    "电动车不进楼道，不飞线充电。",
    "帮三楼以上的老人带菜上楼。",
    "感应灯坏了当天报给楼道管家。",
)
VOTE_TEXT = "使用维修资金，支付屋面防水工程中由业主承担的部分。"

ASSETS = (
    ("雨水管网", "pipes", "620", "米", "院内道路下"),
    ("污水管网", "pipes", "540", "米", "院内道路下"),
    ("庭院灯", "equipment", "32", "盏", "院内"),
    ("监控摄像机", "equipment", "18", "台", "出入口与车行道"),
    ("充电桩", "equipment", "6", "个", "东侧停车场"),
    ("屋面防水层", "building_part", "2860", "平方米", "各栋屋面"),
    ("绿地", "outdoors", "1150", "平方米", "院内"),
    ("党群活动室", "room", "1", "间", "1栋底层"),
)
COUNTS = {"drawings": 46, "warranties": 5, "keys": 38, "meters": 24}

FEE_STANDARD = "物业服务费每平方米每月0.50元；停车费每车位每月80元"
SELF_MANAGED_FEE = "卫生费每户每月15元，由业主委员会代管"

FINDINGS = (
    ("clean", "minor", "单元门口有建筑垃圾未清运。"),
    ("clear", "major", "消防通道被机动车占用。"),
    ("bright", "minor", "二楼感应灯不亮。"),
    ("safe", "safety", "楼道内有飞线充电。"),
    ("beautiful", "minor", "花坛缺苗，需要补种。"),
)
REPAIRS = ("一楼防盗门闭门器损坏。", "雨水篦子松动，车辆经过有响声。")
WORKSHOP_AGENDA = "停车位怎么划、院里的树留不留、活动室放在哪里。"
WORKSHOP_DECISIONS = (
    ("保留院内三棵香樟，停车位绕开树池。", "agreed", 31, 4),
    ("活动室设在1栋底层原车棚。", "agreed", 28, 6),
    ("取消东侧围墙。", "postponed", None, None),
)
POINT_RULES = (
    ("P01", "入户走访一户", 2),
    ("P02", "参加一次院落清洁", 3),
    ("P03", "调解一起邻里纠纷", 5),
)
