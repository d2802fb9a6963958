"""The clerk's ledger as a workbook: read like the CSV, and no workbook harms who reads it."""

import contextlib
import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.ledgers.from_xlsx import MAX_COLUMNS, MAX_ROWS, MAX_UNPACKED
from services.intake.ledgers.register import COLUMNS, LedgerError, Row, parse

from .given import CANARY, YANFENG
from .workbook import SHEET, STRINGS, bomb, changed, part, sheet, understated, workbook

TODAY = date(2023, 12, 31)
ROW: dict[str, Any] = {
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
GOOD = workbook([ROW])
ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&b;</t></si></sst>"""
OUTSIDE = ENTITIES.replace(b'<!ENTITY a "aaaaaaaaaa">', b'<!ENTITY a SYSTEM "file:///etc/hostname">')


def read(ledger: bytes) -> list[Row]:
    return parse(ledger, YANFENG, TODAY, is_workbook=True)


def row(**cells: Any) -> Row:
    """The only row, which is right but for these cells."""
    (only,) = read(workbook([ROW | cells]))
    assert not any(CANARY in fault.where + fault.what for fault in only.faults)
    return only


def refused(ledger: bytes) -> tuple[str, list[str]]:
    with pytest.raises(LedgerError) as raised:
        read(ledger)
    assert raised.value.__cause__ is None
    assert all(" / " in fault.what and CANARY not in fault.what for fault in raised.value.faults)
    return raised.value.reason, [fault.where for fault in raised.value.faults]


def test_a_row_means_what_it_means_in_a_csv() -> None:
    csv = ",".join(COLUMNS) + "\r\n" + ",".join(f'"{ROW.get(column, "")}"' for column in COLUMNS)
    assert read(GOOD) == parse(csv.encode(), YANFENG, TODAY)
    assert read(GOOD)[0].entry is not None


@pytest.mark.parametrize("day", [date(2023, 3, 1), datetime(2023, 3, 1), "2023-03-01", "2023/3/1", " 2023-3-1 "])
def test_a_day_may_be_a_date_or_text(day: object) -> None:
    found = row(收件日期=day).entry
    assert found is not None and found.received_on == date(2023, 3, 1)


def test_numbers_are_the_text_that_a_clerk_sees() -> None:
    only = row(编号=17, 所涉村社区=430406003004, 联系方式=10012345678, 反映内容=12.5, 被反映人=True)
    assert only.entry is not None and only.entry.content.reporter is not None
    content = only.entry.content
    assert (only.serial, content.village, content.text) == ("17", "430406003004", "12.5")
    assert (only.entry.content.reporter.contact, content.accused[0].name) == ("10012345678", "TRUE")


@pytest.mark.parametrize("day", [datetime(2023, 3, 1, 9, 30), 44986, date(2024, 1, 1), True])
def test_what_is_no_day_up_to_today_is_refused(day: object) -> None:
    assert [fault.where for fault in row(收件日期=day).faults] == ["收件日期"]


@pytest.mark.parametrize("column", ["编号", "收件日期", "渠道", "联系方式", "所涉村社区", "反映内容"])
def test_a_formula_is_refused_by_row_and_column(column: str) -> None:
    only = row(**{column: f'=CONCATENATE("{CANARY}","x")'})
    assert (only.number, only.entry, [fault.where for fault in only.faults]) == (2, None, [column])


def test_an_array_formula_is_one_too() -> None:
    cell = b'<c r="K2" t="str"><f t="array" ref="K2">SUM(A1:A2)</f><v>x</v></c>'
    old = part(GOOD, SHEET)
    start = old.index(b'<c r="K2"')
    ledger = changed(GOOD, {SHEET: old[:start] + cell + old[old.index(b"</c>", start) + 4 :]})
    assert [fault.where for fault in read(ledger)[0].faults] == ["反映内容"]


def test_rows_are_counted_as_the_spreadsheet_counts_and_blank_ones_left_out() -> None:
    cells = [ROW.get(column, "") for column in COLUMNS]
    ledger = sheet([list(COLUMNS), [], [" "], cells, [], [cells[0] + "x", *cells[1:]]])
    assert [one.number for one in read(ledger)] == [4, 6]


def test_a_cell_beyond_the_headings_is_the_fault_of_its_row_alone() -> None:
    cells = [ROW.get(column, "") for column in COLUMNS]
    bad, good = read(sheet([list(COLUMNS), [*cells, CANARY], ["2023-002", *cells[1:]]]))
    assert ([fault.where for fault in bad.faults], bad.serial) == (["row"], None)
    assert good.entry is not None


def test_control_marks_of_direction_are_kept_in_a_text_and_refused_in_a_code() -> None:
    marked = "\u202e虚构\u2069"
    entry = row(反映内容=marked, 被反映人=marked).entry
    assert entry is not None
    assert (entry.content.text, entry.content.accused[0].name) == (marked, marked)
    faults = row(编号="1\u202e", 渠道="来信\u202e", 所涉村社区="430406003004\u200f", 收件日期="2023-03-01\u200e").faults
    assert {fault.where for fault in faults} == {"编号", "渠道", "所涉村社区", "收件日期"}


@pytest.mark.parametrize(
    "ledger",
    [
        b"",
        b"PK\x03\x04",
        CANARY.encode(),
        GOOD[:-30],
        GOOD[: len(GOOD) // 2],
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512,
        changed(GOOD, {SHEET: b"<worksheet"}),
        changed(GOOD, {SHEET: CANARY.encode()}),
        changed(GOOD, {"xl/workbook.xml": b"<x/>"}),
        changed(GOOD, {STRINGS: ENTITIES}),
        changed(GOOD, {STRINGS: OUTSIDE}),
        changed(GOOD, {SHEET: ENTITIES}),
        understated(GOOD, STRINGS, 100),
        bomb(MAX_UNPACKED + 1_048_576),
        changed(GOOD, {f"xl/media/{number}": b"" for number in range(300)}),
    ],
)
def test_what_is_no_harmless_workbook_is_refused_whole(ledger: bytes) -> None:
    assert refused(ledger) == ("wrong_workbook", ["file"])


def test_a_package_that_has_no_sheets_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("../../etc/passwd", CANARY)
    assert refused(out.getvalue()) == ("wrong_workbook", ["file"])


def test_rows_and_columns_are_bounded_wherever_the_cell_stands() -> None:
    old = part(GOOD, SHEET)
    for far in (MAX_ROWS + 1, 1_048_576):
        distant = old.replace(b'<row r="2"', f'<row r="{far}"'.encode()).replace(b'2"', f'{far}"'.encode())
        assert refused(changed(GOOD, {SHEET: distant})) == ("too_large", ["file"])
    assert refused(sheet([[*COLUMNS], [*[""] * MAX_COLUMNS, "x"]])) == ("too_large", ["row 2"])
    assert refused(changed(GOOD, {SHEET: old.replace(b'"K2"', b'"XFD2"')})) == ("too_large", ["row 2"])


def test_the_size_that_a_sheet_claims_is_not_believed() -> None:
    old = part(GOOD, SHEET)
    for claimed in (b"A1:XFD1048576", b"A1", b"x"):
        ledger = changed(GOOD, {SHEET: old.replace(b"A1:K2", claimed).replace(b"A1:M2", claimed)})
        assert [one.number for one in read(ledger)] == [2]


def test_headings_are_asked_for_as_in_a_csv() -> None:
    assert refused(sheet([])) == ("wrong_headings", list(COLUMNS))
    assert refused(workbook([], COLUMNS[:-1])) == ("wrong_headings", ["越级"])
    assert refused(workbook([], (*COLUMNS, CANARY))) == ("wrong_headings", ["row 1"])


def test_a_day_that_no_calendar_has_is_a_fault_and_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    ledger = workbook([ROW | {"收件日期": date(2023, 3, 1)}])
    impossible = part(ledger, SHEET).replace(b"<v>44986</v>", b"<v>99999999999</v>")
    (only,) = read(changed(ledger, {SHEET: impossible}))
    assert [fault.where for fault in only.faults] == ["收件日期"]


@given(st.binary(max_size=300), st.integers(0, len(GOOD) - 1))
def test_whatever_comes_is_rows_or_a_ledger_error(rubbish: bytes, place: int) -> None:
    for ledger in (rubbish, GOOD[:place] + rubbish, GOOD[:place] + rubbish + GOOD[place + len(rubbish) :]):
        with contextlib.suppress(LedgerError):
            read(ledger)
