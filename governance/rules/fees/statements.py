"""Reading statements of money received: the files of banks, WeChat Pay and Alipay, under the names their columns have.

Only receipts are read: what went out, was refunded or was closed is passed over. A row that cannot be read is told, and
nothing of its file is taken: half a statement would look like a whole one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal
from itertools import islice
from pathlib import Path

from renovation.rules.roster.files import UnreadableFile, open_sheets
from renovation.rules.roster.places import number_in_one_form, read_unit
from renovation.rules.roster.words import clean, without_identity_numbers

MAX_BYTES = 20 * 1024 * 1024
MAX_LINES = 5_000
LONGEST_REFERENCE = 80

# In order of preference: what a provider notifies us of comes before what only its ledger calls it.
COLUMNS: dict[str, tuple[str, ...]] = {
    "time": (
        "交易时间",
        "完成时间",
        "发生时间",
        "入账时间",
        "支付时间",
        "付款时间",
        "记账时间",
        "交易日期",
        "入账日期",
        "记账日期",
        "创建时间",
        "日期",
        "时间",
    ),
    "reference": (
        "微信订单号",
        "微信支付单号",
        "微信支付业务单号",
        "支付宝交易号",
        "业务流水号",
        "交易单号",
        "交易流水号",
        "银行流水号",
        "核心流水号",
        "流水号",
        "账务流水号",
        "交易号",
        "回单编号",
    ),
    "amount": (
        "收入金额",
        "贷方发生额",
        "贷方金额",
        "收入",
        "订单金额",
        "商家实收",
        "应结订单金额",
        "收支金额",
        "交易金额",
        "发生额",
        "金额",
    ),
    "payer": ("对方户名", "付款人", "付款人名称", "付款方", "付款方户名", "对方名称", "对方账户名称", "交易对方"),
    "order": ("商户订单号", "商户单号", "商家订单号"),
    "direction": ("收/支", "借/贷", "收支", "借贷", "借贷标志", "借贷方向", "收支方向", "收支类型", "交易方向"),
    "state": ("交易状态", "当前状态", "状态"),
}
REMARKS = ("摘要", "备注", "附言", "用途", "商品名称", "商品说明", "商品", "商户数据包")
NEEDED = {"time": "交易时间", "reference": "交易流水号", "amount": "收入金额"}
"""What a statement cannot do without, by the name that people know."""

_HEADER_WITHIN = 60
_BRACKETS = re.compile(r"\([^)]*\)")
_TIME_ALONE = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
_SEPARATED = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]*(\d{1,2})[::](\d{2})(?:[::](\d{2})(?:\.\d+)?)?)?"
)
_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
_AMOUNT = re.compile(r"[+-]?\d{1,8}(?:\.\d{1,2}0*)?")
_NOTHING = frozenset({"", "-", "--", "/"})
_INCOMING = re.compile(r"^收|贷|入|^C|^\+", re.IGNORECASE)  # and not 不计收支, which is neither
_OUTGOING = re.compile(r"^REFUND|全额退款|^退款|关闭|失败|冲正|CLOSED|REVOKED|FAIL", re.IGNORECASE)
_END = re.compile(r"^(?:合计|总计|总交易|总笔数|共\d|#|-{4,})")
_CUT_NUMBER = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")

_DASHES = re.compile("[—–―‐‑−~]")
_PLACE = re.compile(
    r"(?<![0-9A-Z-])(?:[0-9A-Z]{1,4}-[0-9]{1,2}-[0-9]{2,5}[A-Z]?"
    r"|(?:[东西南北中新老0-9A-Z](?:区|苑|期|院))?[0-9A-Z一二三四五六七八九十]{1,4}(?:号楼|号栋|栋|幢|座|#)-?"
    r"(?:第?[0-9一二三四五六七八九十]{1,2}(?:单元|门洞|门|梯|-)-?)?[0-9]{2,5}[A-Z]?)(?!-?[0-9A-Z])",
    re.IGNORECASE,
)
_ORDER_NUMBER = re.compile(r"(?<![0-9A-Z])20\d{18}(?![0-9A-Z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that came in, in yuan; `row` as a spreadsheet counts. `remark` begins with our order number, if any."""

    row: int
    reference: str
    received_at: datetime
    amount: Decimal
    payer: str
    remark: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row."""

    row: int
    code: str


@dataclass(slots=True)
class Reading:
    receipts: list[Receipt] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Door:
    """A household as a remark names it; `stairwell` is empty where none is said."""

    building: str
    stairwell: str
    unit: str


def read_statement(path: Path, zone: tzinfo) -> Reading:
    """The receipts of the first sheet that has a statement's columns, times by the clock of `zone`.

    Raises UnreadableFile: one of the roster reader's codes, `columns_missing` with their names, or `too_many_rows`.
    """
    missing: Sequence[str] = tuple(NEEDED.values())
    for sheet in open_sheets(path, times=True):
        rows = enumerate(sheet.rows, start=1)
        columns, lacks = _find_header(rows) if not sheet.hidden else ({}, missing)
        if not lacks:
            return _read(rows, columns, zone)
        missing = min(missing, lacks, key=len)
    raise UnreadableFile("columns_missing", columns="、".join(missing))


def _find_header(rows: Iterator[tuple[int, list[str]]]) -> tuple[dict[str, list[int]], Sequence[str]]:
    """The columns by what they are, and the names of those that are needed and were not found. Walks past them."""
    missing: Sequence[str] = tuple(NEEDED.values())
    for _number, row in islice(rows, _HEADER_WITHIN):
        names = [_BRACKETS.sub("", clean(cell)).replace(" ", "").strip(":`*") for cell in row]
        columns = {what: [names.index(name) for name in known if name in names] for what, known in COLUMNS.items()}
        lacks = [name for what, name in NEEDED.items() if not columns[what]]
        if not lacks:
            columns["remark"] = [position for position, name in enumerate(names) if name in REMARKS]
            return columns, ()
        missing = min(missing, lacks, key=len)
    return {}, missing


def _read(rows: Iterator[tuple[int, list[str]]], columns: Mapping[str, list[int]], zone: tzinfo) -> Reading:
    reading = Reading()
    for number, row in rows:
        # WeChat writes a backtick before each value, so that spreadsheets leave numbers alone.
        cells = [clean(cell).lstrip("`").strip() for cell in row]
        if _END.match(next(filter(None, cells), "")):
            break
        if not any(cells) or not _came_in(cells, columns):
            continue
        found = _receipt(number, cells, columns, zone)
        if isinstance(found, Fault):
            reading.faults.append(found)
        elif found is not None:
            reading.receipts.append(found)
        if len(reading.receipts) > MAX_LINES:
            raise UnreadableFile("too_many_rows", rows=MAX_LINES)
    return reading


def _came_in(cells: Sequence[str], columns: Mapping[str, list[int]]) -> bool:
    direction, state = _first(cells, columns["direction"]), _first(cells, columns["state"])
    if columns["direction"] and not _INCOMING.search(direction):
        return False
    return not _OUTGOING.search(state)


def _receipt(
    number: int, cells: Sequence[str], columns: Mapping[str, list[int]], zone: tzinfo
) -> Receipt | Fault | None:
    """None for a row of no money: a debit in a table of credits, a heading in between."""
    amount = _amount(_first(cells, columns["amount"]))
    if amount is None:
        return Fault(number, "amount_unreadable")
    if amount <= 0:
        return None
    moment = _moment([cells[position] for position in columns["time"] if position < len(cells)], zone)
    if moment is None:
        return Fault(number, "time_unreadable")
    reference = _first(cells, columns["reference"])
    if _CUT_NUMBER.fullmatch(reference):
        return Fault(number, "reference_cut")
    if len(reference) > LONGEST_REFERENCE:
        return Fault(number, "reference_too_long")
    words = (without_identity_numbers(_first(cells, [position]))[0] for position in columns["remark"])
    remark = " ".join(dict.fromkeys(filter(None, (_first(cells, columns["order"]), *words))))
    return Receipt(number, reference, moment, amount, _first(cells, columns["payer"])[:120], remark[:300])


def _first(cells: Sequence[str], positions: Sequence[int]) -> str:
    """The first of some cells that says something."""
    return next((cells[at] for at in positions if at < len(cells) and cells[at] not in _NOTHING), "")


def _amount(text: str) -> Decimal | None:
    """Yuan; 0 where nothing is said, None where it is no amount to the fen."""
    text = text.replace(",", "").replace(" ", "").removeprefix("¥").removesuffix("元")
    if text in _NOTHING:
        return Decimal(0)
    return Decimal(text).quantize(Decimal("0.01")) if _AMOUNT.fullmatch(text) else None


def _moment(cells: Sequence[str], zone: tzinfo) -> datetime | None:
    """The first cell with a day; its time of day may stand in a column of its own."""
    clock = next((cell for cell in cells if _TIME_ALONE.fullmatch(cell)), "")
    for cell in cells:
        found = _DIGITS.fullmatch(cell) or _SEPARATED.fullmatch(cell)
        if found is None:
            continue
        parts = [int(part) for part in found.groups(default="0")]
        if found[4] is None and clock:
            parts[3:] = [int(part) for part in (clock + ":0").split(":")[:3]]
        try:
            return datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=zone)
        except ValueError:
            continue
    return None


def orders_in(remark: str) -> list[str]:
    """The numbers of payment orders that a remark names."""
    return list(dict.fromkeys(_ORDER_NUMBER.findall(clean(remark))))


def doors_in(remark: str) -> list[Door]:
    """The households that a remark names: "3-2-501", "3栋2单元501室", "物业费 03-02-0501"."""
    doors = []
    for text in _PLACE.findall(_DASHES.sub("-", clean(remark))):
        unit = read_unit(text)
        building = unit.building or unit.lead
        if not unit.code and building and unit.number:
            doors.append(Door(building, unit.stairwell, unit.number.lstrip("0")))
    return list(dict.fromkeys(doors))


def door_key(building: str, stairwell: str, unit: str) -> Door:
    """A household's own numbers, in the form in which remarks are read."""
    found = read_unit(unit)
    number = (found.number or unit.upper()).lstrip("0")
    return Door(number_in_one_form(clean(building)), number_in_one_form(clean(stairwell)), number)
