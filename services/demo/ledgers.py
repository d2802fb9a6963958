"""The ledgers that clerks keep: three CSV files with Chinese headings, read with the line of every error."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from xinfang_contracts.district import District
from xinfang_contracts.message import Category
from xinfang_contracts.review import Outcome, ReturnReason
from xinfang_contracts.ties import TieKind

from services.intake.ledgers.register import RANKS

T = TypeVar("T")

REGISTER, SCREENING, HANDLING = "来件登记.csv", "筛查台账.csv", "办理台账.csv"

CATEGORIES = {
    "政治纪律": Category.POLITICAL,
    "组织纪律": Category.ORGANISATIONAL,
    "廉洁纪律": Category.INTEGRITY,
    "群众纪律": Category.MASSES,
    "工作纪律": Category.WORK,
    "生活纪律": Category.LIFE,
    "贪污贿赂": Category.BRIBERY,
    "渎职侵权": Category.DERELICTION,
    "其他职务违法犯罪": Category.OTHER_DUTY,
    "其他": Category.OTHER,
}
TIES = {
    "被反映人": TieKind.ACCUSED,
    "被反映人近亲属": TieKind.RELATIVE_OF_ACCUSED,
    "举报人近亲属": TieKind.RELATIVE_OF_REPORTER,
    "利害关系": TieKind.INTEREST,
    "曾任职": TieKind.FORMER_POST,
    "举报人申请": TieKind.ASKED_BY_REPORTER,
    "其他": TieKind.OTHER,
}
DECISIONS = {"受理": "accept", "转送": "refer", "不予受理": "decline", "留存备查": "keep_on_file"}
GROUNDS = {"诉讼仲裁": "litigation", "其他机关职权": "other_organ", "无实质内容": "no_substance"}
OUTCOMES = {
    "属实": Outcome.PROVED,
    "部分属实": Outcome.PARTLY_PROVED,
    "失实": Outcome.UNFOUNDED,
    "无法查实": Outcome.NOT_PROVABLE,
}
REASONS = {
    "事实不清": ReturnReason.FACTS_UNCLEAR,
    "证据不足": ReturnReason.EVIDENCE_LACKING,
    "定性不准": ReturnReason.CHARACTER_WRONG,
    "程序不当": ReturnReason.PROCEDURE_WRONG,
    "材料不全": ReturnReason.MATERIAL_MISSING,
    "其他": ReturnReason.OTHER,
}


class LedgerError(Exception):
    """A ledger that cannot be used; the text has file, line, column and reason, and no cell's content."""


@dataclass(frozen=True, slots=True)
class Received:
    """A row of the register. ``cells`` are the row as the ledger door takes it."""

    serial: str
    on: date
    channel: str
    transferred_by: str | None
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Screened:
    """A row of the screening ledger; ``decision`` is ScreenPetition's, with clerk's serials for numbers."""

    serial: str
    on: date
    decision: dict[str, object]


@dataclass(frozen=True, slots=True)
class Reported:
    """A version of a report and what became of it."""

    serial: str
    version: int
    on: date
    outcome: Outcome
    recovered_yuan: int
    reviewed_on: date | None
    returned_by: str | None
    reason: ReturnReason | None
    settled_on: date | None


@dataclass(frozen=True, slots=True)
class Ledgers:
    """A folder's ledgers."""

    received: list[Received]
    screened: list[Screened]
    reported: list[Reported]


class Row:
    """One line of a ledger, with errors that say where."""

    def __init__(self, file: Path, line: int, cells: Mapping[str, str]) -> None:
        self.file, self.line, self.cells = file, line, cells

    def error(self, column: str, reason: str) -> LedgerError:
        """An error at this line and column."""
        return LedgerError(f"{self.file}:{self.line}: {column}: {reason}")

    def text(self, column: str) -> str:
        """A cell that must be filled."""
        value = self.optional(column)
        if value is None:
            raise self.error(column, "不能为空 / must not be empty")
        return value

    def optional(self, column: str) -> str | None:
        """A cell, or None when it is empty."""
        if column not in self.cells:
            raise self.error(column, "缺少这一列 / the column is missing")
        return (self.cells[column] or "").strip() or None

    def later(self, column: str) -> str | None:
        """A cell of a column that older ledgers do not have."""
        return self.optional(column) if column in self.cells else None

    def day(self, column: str) -> date:
        """A date, YYYY-MM-DD."""
        return self.parsed(column, date.fromisoformat, "应为日期 YYYY-MM-DD / not a date YYYY-MM-DD")

    def optional_day(self, column: str) -> date | None:
        """A date or None."""
        return self.day(column) if self.optional(column) else None

    def whole(self, column: str) -> int:
        """A whole number, 0 when empty."""
        return self.parsed(column, int, "应为整数 / not a whole number") if self.optional(column) else 0

    def one_of(self, column: str, words: Mapping[str, T]) -> T:
        """A word of a list."""
        return self.parsed(column, words.__getitem__, f"应为 / must be one of: {'、'.join(words)}")

    def optional_of(self, column: str, words: Mapping[str, T]) -> T | None:
        """A word of a list, or None when the cell is empty."""
        return self.one_of(column, words) if self.optional(column) else None

    def parsed(self, column: str, parse: Callable[[str], T], reason: str) -> T:
        """A cell through a parser."""
        try:
            return parse(self.text(column))
        except (ValueError, KeyError):
            raise self.error(column, reason) from None


@dataclass(frozen=True, slots=True)
class Codes:
    """What the district file has: the words that a cell may hold, and what each stands for."""

    channels: Mapping[str, str]
    superiors: Mapping[str, str]
    units: Mapping[str, str]
    receivers: Mapping[str, str]
    reviewers: Mapping[str, str]
    tieable: frozenset[str]
    town_of: Callable[[str], str | None]

    @classmethod
    def of(cls, district: District) -> "Codes":
        """The codes of a district; a channel may also be called by its name."""
        superiors = {one.code: one.code for one in district.superiors}
        return cls(
            channels={one.name: one.code for one in district.channels}
            | {one.code: one.code for one in district.channels},
            superiors=superiors,
            units={one.code: one.code for one in district.units},
            receivers={one.code: one.code for one in district.receivers},
            reviewers={code: code for code in district.actors()},
            tieable=frozenset(
                one.code for group in (district.units, district.offices, district.leaders) for one in group
            ),
            town_of=district.town_of,
        )


def read(folder: Path, district: District) -> Ledgers:
    """All three ledgers of a folder. LedgerError for the first thing that is wrong, or is not in the district file."""
    codes = Codes.of(district)
    received: dict[str, Received] = {}
    for row in rows(folder / REGISTER):
        one = _received(row, codes)
        if one.serial in received:
            raise row.error("编号", "前面已有 / stands above already")
        received[one.serial] = one
    screened = [_screened(row, codes, received) for row in rows(folder / SCREENING)]
    reported = [_reported(row, codes, received) for row in rows(folder / HANDLING)]
    return Ledgers(list(received.values()), screened, reported)


def rows(file: Path) -> Iterator[Row]:
    """The lines of a ledger. LedgerError when it cannot be read."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            for cells in reader:
                yield Row(file, reader.line_num, {str(key): value or "" for key, value in cells.items() if key})
    except OSError as error:
        raise LedgerError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise LedgerError(f"{file}: 不是 UTF-8 / is not UTF-8") from None
    except csv.Error:
        raise LedgerError(f"{file}: CSV 写法错误 / is not valid CSV") from None


def _received(row: Row, codes: Codes) -> Received:
    row.text("反映内容")
    row.optional_of("被反映人职级", RANKS)
    place = row.optional("所涉村社区")
    if place is not None and codes.town_of(place) is None:
        raise row.error("所涉村社区", "不是本区的村社区或镇街代码 / is no village or town code of this district")
    return Received(
        row.text("编号"),
        row.day("收件日期"),
        row.one_of("渠道", codes.channels),
        row.optional_of("上级转办", codes.superiors),
        dict(row.cells),
    )


def _known(row: Row, column: str, received: Mapping[str, Received]) -> str:
    """A clerk's serial that is in the register."""
    serial = row.text(column)
    if serial not in received:
        raise row.error(column, f"{serial} 不在登记册 / is not in the register")
    return serial


def _screened(row: Row, codes: Codes, received: Mapping[str, Received]) -> Screened:
    kind = row.one_of("处理", DECISIONS)
    decision: dict[str, object] = {"kind": kind}
    repeat_of = _known(row, "重复自", received) if row.optional("重复自") else None
    match kind:
        case "accept":
            decision |= {
                "category": row.one_of("问题类别", CATEGORIES),
                "rank": row.one_of("职级", RANKS),
                "responsible_unit": row.optional_of("承办归口", codes.units),
                "accused_unit": row.optional_of("被反映人所在单位", codes.units),
                "real_name": row.one_of("实名", {"是": True, "否": False}),
                "first_time": row.one_of("初重", {"初次": True, "重复": False}),
                "repeat_of": repeat_of,
                "people": row.whole("涉及人数") if row.later("涉及人数") else None,
                "amount_yuan": row.whole("涉案金额") if row.later("涉案金额") else None,
                "urgent": row.one_of("紧急", {"是": True, "否": False}) if row.later("紧急") else False,
                "ties": _ties(row, codes),
            }
        case "refer":
            decision |= {"receiver": row.one_of("接收机关", codes.receivers), "basis": row.text("依据")}
        case "decline":
            decision |= {"ground": row.one_of("不受理理由", GROUNDS), "basis": row.text("依据")}
        case _:
            decision |= {"repeat_of": repeat_of, "basis": row.text("依据")}
    return Screened(_known(row, "编号", received), row.day("筛查日期"), decision)


def _ties(row: Row, codes: Codes) -> list[dict[str, str]]:
    """``leader_deputy_2 曾任职;unit_stationed_1 利害关系``: who is tied, and how."""
    found = []
    for one in (row.later("回避") or "").split(";"):
        actor, _, kind = one.strip().partition(" ")
        if not actor:
            continue
        if actor not in codes.tieable or kind.strip() not in TIES:
            raise row.error("回避", f"应为 / must be: 代码 {'、'.join(TIES)}")
        found.append({"actor": actor, "kind": str(TIES[kind.strip()])})
    return found


def _reported(row: Row, codes: Codes, received: Mapping[str, Received]) -> Reported:
    returned_by = row.optional_of("退回者", codes.reviewers)
    return Reported(
        serial=_known(row, "编号", received),
        version=row.whole("版本"),
        on=row.day("报告日期"),
        outcome=row.one_of("核查结论", OUTCOMES),
        recovered_yuan=row.whole("追回资金"),
        reviewed_on=row.optional_day("审阅日期"),
        returned_by=returned_by,
        reason=row.one_of("退回原因", REASONS) if returned_by else None,
        settled_on=row.optional_day("息访日期"),
    )
