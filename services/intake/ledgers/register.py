"""The ledger that clerks keep of what comes in (来件登记): a file to rows, or what is wrong with them. No I/O."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError
from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionContent
from xinfang_contracts.message import Rank

from services.runtime.faults import WHAT, Fault, faults_of

from . import from_csv, from_xlsx
from .file import LedgerError as LedgerError
from .file import is_formula

COLUMNS = (
    "编号",
    "收件日期",
    "渠道",
    "举报人",
    "联系方式",
    "被反映人",
    "被反映人单位",
    "被反映人职务",
    "被反映人职级",
    "所涉村社区",
    "反映内容",
    "上级转办",
    "越级",
)
RANKS = {
    "省部级": Rank.PROVINCE,
    "厅局级": Rank.PREFECTURE,
    "县处级": Rank.COUNTY,
    "乡科级": Rank.TOWNSHIP,
    "一般干部": Rank.STAFF,
    "农村企业等其他人员": Rank.VILLAGE_OR_OTHER,
}
OVER_LEVELS = ("赴省", "赴京")
FORMULA = "是公式,不接收;请改为文字 / is a formula, which is not taken; write it as text"
_COLUMN_OF = {
    "text": "反映内容",
    "village": "所涉村社区",
    "reporter.name": "举报人",
    "reporter.contact": "联系方式",
    "accused.0.name": "被反映人",
    "accused.0.organisation": "被反映人单位",
    "accused.0.post": "被反映人职务",
}
# It becomes a message id, which is published: ASCII, and short.
_SERIAL = re.compile(r"[0-9A-Za-z][0-9A-Za-z_./-]{0,59}")
# A spreadsheet that saves a CSV writes 2023/1/5.
_DAY = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row, understood."""

    channel: str
    received_on: date
    content: PetitionContent


@dataclass(frozen=True, slots=True)
class Row:
    """One row: ``number`` as a spreadsheet counts (the headings are 1); ``entry`` is None where there are faults.

    serial: None when it is not written as a serial; it could be anything then, a person's name too.
    """

    number: int
    serial: str | None
    entry: Entry | None
    faults: tuple[Fault, ...] = ()


def parse(ledger: bytes, district: District, today: date, *, is_workbook: bool = False) -> list[Row]:
    """The rows of a ledger, each with its entry or its faults. LedgerError when the file cannot be read as one.

    is_workbook: an XLSX; else a CSV. What a cell means does not depend on it.
    """
    cells = _cells(from_xlsx.records(ledger) if is_workbook else from_csv.records(ledger))
    times = Counter(row["编号"] for _, row in cells if row is not None)
    return [_row(number, row, times, district, today) for number, row in cells]


def _row(
    number: int, cells: Mapping[str, str] | None, times: Mapping[str, int], district: District, today: date
) -> Row:
    if cells is None:
        what = "列数与表头不同 / has more or fewer cells than there are headings"
        return Row(number, None, None, (Fault(where="row", what=what),))
    serial = cells["编号"] if _SERIAL.fullmatch(cells["编号"]) else None
    faults = _faults(cells, district, today)
    if serial is not None and times[serial] > 1:
        faults.append(Fault(where="编号", what="在本文件中重复 / stands more than once in this file"))
    if faults:
        return Row(number, serial, None, tuple(faults))
    entry = _entry(cells, district)
    return Row(number, serial, entry) if isinstance(entry, Entry) else Row(number, serial, None, tuple(entry))


def _cells(records: Sequence[Sequence[str]]) -> list[tuple[int, dict[str, str] | None]]:
    """Row numbers and cells by column; no cells where their number is wrong; empty rows left out."""
    headings = records[0] if records else []
    _check_headings(headings)
    rows: list[tuple[int, dict[str, str] | None]] = []
    for number, record in enumerate(records[1:], 2):
        if any(record):
            fits = len(record) == len(headings)
            rows.append((number, dict(zip(headings, record, strict=True)) if fits else None))
    return rows


def _check_headings(headings: Sequence[str]) -> None:
    """An unknown heading is not named: where the headings are missing, it is a citizen's words."""
    faults = [
        Fault(where=column, what="缺少这一列 / this column is missing") for column in COLUMNS if column not in headings
    ]
    if not faults and len(headings) != len(COLUMNS):
        faults = [Fault(where="row 1", what="有多余或重复的列 / there are columns too many")]
    if faults:
        raise LedgerError("wrong_headings", faults)


def _faults(row: Mapping[str, str], district: District, today: date) -> list[Fault]:
    """What is wrong with the cells that are codes, names or dates."""
    found = {
        "编号": None if _SERIAL.fullmatch(row["编号"]) else WHAT["string_pattern_mismatch"],
        "收件日期": _wrong_day(row["收件日期"], today),
        "渠道": _wrong_channel(row["渠道"], district),
        "被反映人职级": None if row["被反映人职级"] in {"", *RANKS} else WHAT["enum"],
        # Taken in from a clerk it would be counted as the district's own.
        "上级转办": "由上级系统自行报送 / only the superior's own system may hand it in" if row["上级转办"] else None,
        "越级": None if row["越级"] in {"", *OVER_LEVELS} else WHAT["enum"],
        "所涉村社区": None
        if not row["所涉村社区"] or district.town_of(row["所涉村社区"])
        else "不是本区的村社区或镇街代码 / is no village or town code of this district",
    }
    faults = [Fault(where=column, what=what) for column, what in found.items() if what is not None]
    nul = [Fault(where=column, what=WHAT["nul"]) for column, cell in row.items() if "\x00" in cell]
    formulas = [
        Fault(where=column, what=FORMULA)
        for column, cell in row.items()
        if found.get(column) is None and is_formula(cell)
    ]
    return [*faults, *nul, *formulas]


def _wrong_day(cell: str, today: date) -> str | None:
    day = _day(cell)
    if day is None:
        return "应写作 2023-01-31 / must be written 2023-01-31"
    return "晚于今天 / is later than today" if day > today else None


def _day(cell: str) -> date | None:
    match = _DAY.fullmatch(cell)
    try:
        return None if match is None else date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def _wrong_channel(cell: str, district: District) -> str | None:
    code = _channel(cell, district)
    channel = None if code is None else district.channel(code)
    if channel is None:
        return "不是本区的渠道 / is no channel of this district"
    if channel.partner is not None:
        return "由合作系统自行报送 / only the partner system itself may use it"
    return None


def _channel(cell: str, district: District) -> str | None:
    return next((one.code for one in district.channels if cell in {one.code, one.name}), None)


def _entry(row: Mapping[str, str], district: District) -> Entry | list[Fault]:
    """The petition of a row whose codes and dates are right, or what is wrong with its texts."""
    cell = {column: value or None for column, value in row.items()}
    rank = cell["被反映人职级"]
    accused = {
        "name": cell["被反映人"],
        "organisation": cell["被反映人单位"],
        "post": cell["被反映人职务"],
        "rank": None if rank is None else RANKS[rank],
    }
    reporter = {"name": cell["举报人"], "contact": cell["联系方式"]}
    try:
        content = PetitionContent.model_validate(
            {
                "text": row["反映内容"],
                "accused": [accused] if any(accused.values()) else [],
                "reporter": reporter if any(reporter.values()) else None,
                "village": cell["所涉村社区"],
            }
        )
    except ValidationError as error:
        faults = faults_of(error.errors(include_input=False, include_context=False))
        return [Fault(where=_COLUMN_OF.get(one.where, "反映内容"), what=one.what) for one in faults]
    day, channel = _day(row["收件日期"]), _channel(row["渠道"], district)
    if day is None or channel is None:
        raise ValueError("the cells were not checked")
    return Entry(channel, day, content)
