"""Statements as they come: what is read of them, and what is refused whole."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.rules.fees.statements import Door, Fault, Receipt, door_key, doors_in, orders_in, read_statement
from renovation.rules.roster.files import UnreadableFile

ZONE = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 11, 24, 9, 30, tzinfo=ZONE)


def read(tmp_path, text: str, encoding: str = "utf-8"):
    path = tmp_path / "statement"
    path.write_bytes(text.encode(encoding))
    return read_statement(path, ZONE)


def test_a_banks_credits_are_read_and_its_debits_are_not(tmp_path):
    text = (
        "账号：42050001,,,,,,\n"
        "交易日期,交易时间,流水号,借方发生额,贷方发生额,对方户名,摘要,附言\n"
        '20261124,09:30:00,9001,,"1,155.70",王五,转账,物业费3-2-501\n'
        "20261124,09:31:00,9002,30.00,,供电公司,电费,\n"
        "\n"
        "合计,,,30.00,1155.70,,,\n"
        "20261125,09:31:00,9003,,9.00,不再读,,\n"
    )

    reading = read(tmp_path, text, "gb18030")

    assert reading.faults == []
    assert reading.receipts == [Receipt(3, "9001", MORNING, Decimal("1155.70"), "王五", "转账 物业费3-2-501")]


def test_wechats_bill_is_read_past_its_backticks_refunds_and_totals(tmp_path):
    text = (
        "交易时间,公众账号ID,微信订单号,商户订单号,交易状态,应结订单金额,商品名称,订单金额\n"
        "`2026-11-24 09:30:00,`wx1,`4200000001,`20261124123456789012,`SUCCESS,`155.70,`嘉明花园物业费,`155.70\n"
        "`2026-11-24 10:30:00,`wx1,`4200000001,`20261124123456789012,`REFUND,`0.00,`退款,`155.70\n"
        "总交易单数,应结订单总金额\n"
        "`2,`155.70\n"
    )

    reading = read(tmp_path, text)

    assert reading.receipts == [
        Receipt(2, "4200000001", MORNING, Decimal("155.70"), "", "20261124123456789012 嘉明花园物业费")
    ]


def test_alipays_ledger_is_read_past_its_preamble(tmp_path):
    text = (
        "#支付宝账务明细查询\n#账号：[20881011]\n"
        "账务流水号,业务流水号,商户订单号,发生时间,收入金额（+元）,支出金额（-元）,备注\n"
        "7001\t,2026112422001\t,N1\t,2026-11-24 09:30:00,+155.70,,3栋2单元501\n"
        "7002\t,2026112422002\t,,2026-11-24 09:40:00,,-0.93,手续费\n"
        "#-----------------------------------------\n"
    )

    reading = read(tmp_path, text)

    assert reading.receipts == [Receipt(4, "2026112422001", MORNING, Decimal("155.70"), "", "N1 3栋2单元501")]


def test_a_workbook_tells_its_time_of_day_and_its_direction(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["交易时间", "交易单号", "收/支", "金额(元)", "交易对方", "当前状态"],
        [datetime(2026, 11, 24, 9, 30), "9001", "收入", 155.7, "王五", "支付成功"],  # noqa: DTZ001 # a cell has no zone
        [datetime(2026, 11, 24, 9, 31), "9002", "支出", 20, "超市", "支付成功"],  # noqa: DTZ001
        [datetime(2026, 11, 24, 9, 32), "9003", "收入", 20, "李四", "已全额退款"],  # noqa: DTZ001
        [datetime(2026, 11, 24, 9, 33), "9004", "不计收支", 20, "余额宝", "交易成功"],  # noqa: DTZ001
    ):
        sheet.append(row)
    path = tmp_path / "statement.xlsx"
    book.save(path)

    reading = read_statement(path, ZONE)

    assert reading.receipts == [Receipt(2, "9001", MORNING, Decimal("155.70"), "王五", "")]


def test_each_row_that_cannot_be_read_is_told(tmp_path):
    text = "交易时间,流水号,金额\n2026-11-24,1,12.345\n下周,2,1\n2026-11-24,4.2E+18,1\n2026-11-24," + "9" * 81 + ",1\n"

    reading = read(tmp_path, text)

    assert reading.faults == [
        Fault(2, "amount_unreadable"),
        Fault(3, "time_unreadable"),
        Fault(4, "reference_cut"),
        Fault(5, "reference_too_long"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "file_empty"), ("交易时间,金额\n2026-11-24,1\n", "columns_missing"), ("a,b\n1,2\n", "columns_missing")],
)
def test_a_file_without_a_statement_is_refused(tmp_path, text, code):
    with pytest.raises(UnreadableFile) as refusal:
        read(tmp_path, text)

    assert refusal.value.code == code


def test_an_identity_number_in_a_remark_is_not_kept(tmp_path):
    text = "交易时间,流水号,金额,附言\n2026-11-24,1,1,王五420500199001011234物业费\n"

    assert read(tmp_path, text).receipts[0].remark == "王五***物业费"


@pytest.mark.parametrize(
    ("remark", "doors"),
    [
        ("物业费3-2-501", [Door("3", "2", "501")]),
        ("３栋２单元５０１室十月", [Door("3", "2", "501")]),
        ("03-02-0501 王五", [Door("3", "2", "501")]),
        ("三栋501", [Door("3", "", "501")]),
        ("3—2—501、3-2-502", [Door("3", "2", "501"), Door("3", "2", "502")]),
        ("3-2-501-1", []),
        ("2026-11-24物业费", []),
        ("13812342071", []),
    ],
)
def test_a_remark_names_doors(remark, doors):
    assert doors_in(remark) == doors


@given(
    building=st.integers(1, 99),
    stairwell=st.integers(1, 9),
    unit=st.integers(101, 3399),
    form=st.sampled_from(["{}-{}-{}", "{}栋{}单元{}", "物业费{}号楼{}单元{}室", "{}#{}-{} 张三"]),
)
def test_a_door_is_found_however_it_is_written(building, stairwell, unit, form):
    remark = form.format(building, stairwell, unit)

    assert doors_in(remark) == [door_key(str(building), str(stairwell), str(unit))]


def test_only_our_own_order_numbers_are_read_in_a_remark():
    assert orders_in("单号20261124123456789012物业") == ["20261124123456789012"]
    assert orders_in("120261124123456789012 4200000001") == []
