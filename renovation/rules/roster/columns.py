"""Which column holds what: the many names that rosters give them, and which of them an import keeps."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from renovation.rules.roster.words import compact


class Field(StrEnum):
    """What a column can be mapped to. `ignore` says by hand that it is of no use here."""

    BUILDING = "building"
    STAIRWELL = "stairwell"
    UNIT = "unit_number"
    PLACE = "place"
    FLOOR = "floor"
    AREA = "gross_floor_area"
    USE = "use"
    TENURE = "tenure_type"
    OCCUPANCY = "occupancy"
    HEAD = "head_name"
    PHONE = "phones"
    OWNER = "owner"
    OWNER_PHONE = "owner_phones"
    REMARKS = "remarks"
    NEIGHBOURHOOD = "neighbourhood"
    PARKING = "parking_space"
    SERIAL = "serial"
    BUILDING_CODE = "building_code"
    STAIRWELL_CODE = "stairwell_code"
    ROOM_CODE = "room_code"
    OWNER_CODE = "owner_code"
    SPACE_OWNERSHIP = "space_ownership"
    IGNORE = "ignore"


MAPPABLE: tuple[Field, ...] = tuple(field for field in Field if field not in (Field.SERIAL, Field.SPACE_OWNERSHIP))
"""What a person may map an unknown column to."""

SEVERAL_COLUMNS = frozenset({Field.PHONE, Field.OWNER, Field.OWNER_PHONE, Field.REMARKS})
"""Fields that may stand in more than one column ("手机" and "固话"); their cells are read together."""


class Fate(StrEnum):
    """What becomes of a column."""

    USED = "used"
    IDENTITY = "identity"
    SENSITIVE = "sensitive"
    WILLINGNESS = "willingness"
    NOT_KEPT = "not_kept"
    UNKNOWN = "unknown"


# Names in the order of how surely they mean the field: where two columns are called so, the earlier name wins.
_NAMES: dict[Field, str] = {
    Field.SERIAL: "序号 编号 序 no no. 号 serial",
    Field.NEIGHBOURHOOD: "小区名称 小区 所属小区 小区名 院落 院落名称 楼盘 neighbourhood",
    Field.BUILDING: (
        "楼栋 楼栋号 栋号 幢号 楼号 栋 幢 楼幢 楼栋名称 楼栋幢号 楼座 座号 楼 楼栋单元 栋数 所属楼栋 "
        "building building_number block"
    ),
    Field.BUILDING_CODE: "楼栋编号 楼栋编码 楼宇编号 楼栋id 楼编号 building_code",
    Field.STAIRWELL: "单元 单元号 单元名称 门洞 门栋 单元门 所属单元 stairwell entrance",
    Field.STAIRWELL_CODE: "单元编号 单元编码 单元id stairwell_code",
    Field.UNIT: "房号 房间号 室号 房屋号 房屋门牌 房间 室 户室号 房门号 户号 unit_number unit room flat door",
    Field.ROOM_CODE: "房屋编号 房屋编码 房间编号 房间编码 房屋id room_code",
    Field.PLACE: (
        "门牌号 门牌 门号 单元房号 栋单元房号 楼栋单元房号 楼栋房号 栋房号 住址 房屋地址 房屋坐落 坐落 "
        "详细地址 家庭住址 家庭地址 居住地址 现住址 地址 房屋位置 address place"
    ),
    Field.FLOOR: "楼层 层 所在楼层 所在层 楼层号 层数 房屋楼层 floor",
    Field.AREA: (
        "建筑面积 房屋建筑面积 建面 证载面积 产权证面积 产权面积 房产证面积 登记面积 实测面积 测绘面积 "
        "合同面积 房屋面积 住房面积 面积 gross_floor_area area"
    ),
    Field.TENURE: "产权性质 房屋性质 房屋产权性质 产权类型 房屋类型 住房性质 产权类别 房屋类别 tenure_type tenure",
    Field.USE: "房屋用途 用途 使用性质 规划用途 使用用途 use",
    Field.OCCUPANCY: (
        "居住情况 居住状态 入住情况 入住状态 使用情况 居住状况 房屋状态 房屋使用情况 是否空置 是否自住 "
        "自住出租 occupancy"
    ),
    Field.HEAD: "户主姓名 户主 户主名 住户姓名 住户 居民姓名 户主信息 姓名 name head_name head_of_household head",
    Field.PHONE: (
        "联系电话 联系方式 电话 手机号码 手机号 手机 电话号码 户主电话 住户电话 固定电话 固话 座机 "
        "联系手机 备用电话 phones phone mobile tel telephone"
    ),
    Field.OWNER: (
        "业主姓名 产权人 业主 产权人姓名 业主名称 房屋所有权人 所有权人 房主 房主姓名 产权所有人 权利人 "
        "业主信息 产权单位 共有人 共有产权人 owner owner_name"
    ),
    Field.OWNER_PHONE: (
        "业主电话 产权人电话 业主手机 业主联系方式 业主联系电话 产权人联系方式 房主电话 owner_phone owner_phones"
    ),
    Field.OWNER_CODE: "业主编号 业主编码 业主id owner_code",
    Field.PARKING: "车位号 车位编号 车位编码 车位 停车位 车位号码 parking_space",
    Field.SPACE_OWNERSHIP: "车位类型 车位性质 车位产权 space_ownership",
    Field.REMARKS: "备注 说明 备注信息 其他说明 remarks remark notes note",
}
_RANK: dict[str, tuple[Field, int]] = {
    name: (field, rank) for field, names in _NAMES.items() for rank, name in enumerate(names.split())
}

# What is found anywhere in a name, in this order: what must not be kept is looked for first.
_WITHIN: tuple[tuple[re.Pattern[str], Fate, Field | None], ...] = (
    (re.compile("身份证|证件号|证件类型|证号码|id_?number|id_?card"), Fate.IDENTITY, None),
    (
        re.compile(
            "党员|政治面貌|残疾|低保|低收入|五保|特困|困难|优抚|民族|宗教|健康|疾病|婚姻|失独|常住人口|人口|人数|岁以上|老人|老年|儿童"
            "|年龄|出生|性别|独居|空巢|学历|收入|退役|上访|信访|吸毒|矫正|party_member|disab"
        ),
        Fate.SENSITIVE,
        None,
    ),
    (
        re.compile("意愿|是否同意|同意|支持|签字|签名|手印|改造意见|征求意见|willing|signed|consent"),
        Fate.WILLINGNESS,
        None,
    ),
    (
        re.compile(
            "业主类型|业主类别|业主性质|owner_kind|产权证|不动产|房产证|出资|缴费|集资金额|金额|违建|违章|搭建|车牌|套内|公摊|使用面积|户型|网格|楼栋长|填表|登记日期|日期|时间"
            "|车辆|工作单位|户籍|与户主关系|单元数|楼层数|总层数|总楼层|电梯|费用|停车场|结构|年代|问题|problem|title_?number"
        ),
        Fate.NOT_KEPT,
        None,
    ),
    (re.compile("承租|租户|租客|租住人|tenant"), Fate.NOT_KEPT, None),
    (re.compile("(?:业主|产权人|房主|所有权人).*(?:电话|手机|联系)"), Fate.USED, Field.OWNER_PHONE),
    (re.compile("电话|手机|联系方式|座机|phone|mobile"), Fate.USED, Field.PHONE),
    (re.compile("业主.*(?:姓名|名称)|产权人|所有权人"), Fate.USED, Field.OWNER),
    (re.compile("户主"), Fate.USED, Field.HEAD),
    (re.compile("建筑面积"), Fate.USED, Field.AREA),
    (re.compile("备注"), Fate.USED, Field.REMARKS),
)

_AREA_SOURCES = (("register", "证|登记|产权"), ("survey", "实测|测绘"), ("contract", "合同"))
_BRACKETS = re.compile(r"[(\[【〔<{].*?[)\]】〕>}]")
_DECORATION = re.compile(r"[*:：.。?？!！'\"“”]+")
_PERSON_GROUPS = (
    (re.compile("承租|租户|租客"), None),
    (re.compile("业主|产权人|所有权人|房主"), {"name": Field.OWNER, "phone": Field.OWNER_PHONE}),
    (re.compile("户主|住户|居民"), {"name": Field.HEAD, "phone": Field.PHONE}),
)
_PERSONAL = {
    "姓名": "name",
    "名称": "name",
    "名字": "name",
    "电话": "phone",
    "联系电话": "phone",
    "手机": "phone",
    "手机号": "phone",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: where it stands, what it is called, and what becomes of it."""

    index: int
    header: str
    fate: Fate
    field: Field | None = None
    rank: int = 0

    @property
    def letter(self) -> str:
        return letter_of(self.index)

    @property
    def key(self) -> str:
        """What a mapping calls it: its name, or its letter where it has none."""
        return self.header or f"#{self.letter}"


def letter_of(index: int) -> str:
    """The spreadsheet's name of a column, counted from 0: A, Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def name_in_one_form(header: str) -> str:
    """A header as it is looked up: no blanks, no brackets and what is in them, lower case."""
    text = _DECORATION.sub("", _BRACKETS.sub("", compact(header).lower()))
    return text.replace("/", "").replace("、", "").replace("-", "_")


def recognise(header: str, group: str = "") -> tuple[Fate, Field | None, int]:
    """What a header means. `group` is the heading above it in a table with two header rows, if there is one."""
    name, above = name_in_one_form(header), name_in_one_form(group)
    if above and (kind := _PERSONAL.get(name)):
        for words, fields in _PERSON_GROUPS:
            if words.search(above):
                return (Fate.USED, fields[kind], 0) if fields else (Fate.NOT_KEPT, None, 0)
    if not name:
        return (Fate.UNKNOWN, None, 0) if not above else recognise(group)
    if found := _RANK.get(name):
        return Fate.USED, found[0], found[1]
    for words, fate, field in _WITHIN:
        if words.search(name):
            return fate, field, 50
    return Fate.UNKNOWN, None, 0


def is_recognised(header: str) -> bool:
    return recognise(header)[0] is not Fate.UNKNOWN


def area_source(header: str) -> str:
    """Where an area comes from, by its column's name: a value of `AreaSource`, or nothing (policy.md, section a)."""
    return next((source for source, words in _AREA_SOURCES if re.search(words, header)), "")


def columns_of(headers: Sequence[str], groups: Sequence[str], used: Iterable[int]) -> list[Column]:
    """The columns of a table. Of two that mean one field, the surer name wins and the other is unknown.

    `used` are the columns in which any row has something: one without a name and without content is none.
    """
    filled = set(used)
    columns: list[Column] = []
    for index, header in enumerate(headers):
        group = groups[index] if index < len(groups) else ""
        shown = compact(header) or compact(group)
        if not shown and index not in filled:
            continue
        columns.append(Column(index, shown[:60], *recognise(header, group)))
    return _settled(columns)


def _settled(columns: list[Column]) -> list[Column]:
    best: dict[Field, Column] = {}
    for column in columns:
        if column.field and (column.field not in best or column.rank < best[column.field].rank):
            best[column.field] = column
    if Field.UNIT in best and Field.PLACE in best:
        del best[Field.PLACE]
    settled = []
    for column in columns:
        if column.field and column.field not in SEVERAL_COLUMNS and best.get(column.field) is not column:
            spare = column.field in (Field.SERIAL, Field.PLACE)
            column = replace(column, fate=Fate.NOT_KEPT if spare else Fate.UNKNOWN, field=None)
        settled.append(column)
    return settled


def mapped(columns: Sequence[Column], mapping: Mapping[str, str]) -> list[Column]:
    """The columns with a person's mapping on top. A mapped column takes a field away from the one that had it.

    Columns with identity numbers or sensitive facts cannot be mapped to anything.
    """
    wanted = {column.index: mapping[column.key] for column in columns if column.key in mapping}
    closed = (Fate.IDENTITY, Fate.SENSITIVE)
    taken = {field for field in wanted.values() if field not in (*SEVERAL_COLUMNS, Field.IGNORE)}
    result = []
    for column in columns:
        field = wanted.get(column.index)
        if field is None or column.fate in closed:
            if column.field in taken and column.index not in wanted:
                column = replace(column, fate=Fate.NOT_KEPT, field=None)
        elif field == Field.IGNORE:
            column = replace(column, fate=Fate.NOT_KEPT, field=None)
        else:
            column = replace(column, fate=Fate.USED, field=Field(field), rank=0)
        result.append(column)
    return result


def signature(columns: Iterable[Column]) -> str:
    """The shape of a table's head, to find the mapping that was made for the last file of that shape.

    Columns that are dropped do not count, so that a workbook of rejected rows, which has none, is of the same shape.
    """
    names = [column.key for column in columns if column.fate in (Fate.USED, Fate.UNKNOWN)]
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
