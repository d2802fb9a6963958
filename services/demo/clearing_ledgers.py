"""The ledger of clarifications (澄清台账): one row each, with the day of every step.

A missing file says nothing, and its figure is not compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from xinfang_contracts.clarification import (
    ClarificationGround,
    ClarificationScope,
    ClarificationWay,
    Cleared,
    Jointly,
    ReporterTold,
)

from .ledgers import Received, Row, rows

T = TypeVar("T")
CLEARING = "澄清台账.csv"
FIGURES = frozenset({"clarifications_made"})
HOW = {"承办单位提出": False, "本人书面申请": True}
CLEARED = {"个人": Cleared.PERSON, "组织": Cleared.ORGANISATION}
GROUNDS = {
    "影响选举任用或评先评优": ClarificationGround.SELECTION,
    "损害权益或正常工作生活": ClarificationGround.RIGHTS,
    "造成不良影响": ClarificationGround.PUBLIC_EFFECT,
    "组织认为有必要": ClarificationGround.NECESSARY,
}
AGREES = {"同意": True, "不同意": False}
WAYS = {
    "书面": ClarificationWay.WRITING,
    "会议": ClarificationWay.MEETING,
    "当面": ClarificationWay.FACE_TO_FACE,
    "通报": ClarificationWay.NOTICE,
}
SCOPES = {
    "本人": ClarificationScope.ACCUSED,
    "党委(党组)": ClarificationScope.PARTY_COMMITTEE,
    "所在单位": ClarificationScope.UNIT,
    "村(社区)": ClarificationScope.COMMUNITY,
    "社会": ClarificationScope.PUBLIC,
}
JOINTLY = {"党委": Jointly.PARTY_COMMITTEE, "政府": Jointly.GOVERNMENT, "职能部门": Jointly.DEPARTMENTS}
REPORTER: dict[str, ReporterTold] = {"已告知": "told", "联系不上": "unreachable"}


@dataclass(frozen=True, slots=True)
class Clearing:
    """One clarification. applied: the accused has asked for it; assessment, text: words that go to the vault."""

    serial: str
    proposed_on: date
    applied: bool
    cleared: Cleared
    grounds: list[ClarificationGround]
    agrees: bool
    assessment: str
    checked_on: date
    approved_on: date
    made_on: date
    ways: list[ClarificationWay]
    scope: ClarificationScope
    jointly: list[Jointly]
    text: str
    filed_on: date
    reporter: ReporterTold | None

    @property
    def days(self) -> set[date]:
        """The days on which something is done."""
        return {self.proposed_on, self.checked_on, self.approved_on, self.made_on, self.filed_on}


@dataclass(frozen=True, slots=True)
class Clearings:
    """All of them. ``unmeasured``: figures that only the ledger could tell, where it is not there."""

    rows: list[Clearing]
    unmeasured: frozenset[str] = FIGURES


NONE = Clearings([])


def read(folder: Path, received: Mapping[str, Received]) -> Clearings:
    """The ledger that a folder has; ``received``: its register. LedgerError for the first thing that is wrong."""
    file = folder / CLEARING
    return Clearings([_clearing(row, received) for row in rows(file)], frozenset()) if file.exists() else NONE


def _clearing(row: Row, received: Mapping[str, Received]) -> Clearing:
    serial = row.text("来件编号")
    if serial not in received:
        raise row.error("来件编号", f"{serial} 不在登记册 / is not in the register")
    columns = ("提出日期", "核对日期", "审批日期", "实施日期", "归档日期")
    steps = [row.day(column) for column in columns]
    for column, before, after in zip(columns[1:], steps, steps[1:], strict=False):
        if after < before or (column == "实施日期" and after == before):
            raise row.error(column, "早于上一步, 或与审批同日 / is before the step before it, or on the approval's day")
    return Clearing(
        serial=serial,
        proposed_on=steps[0],
        applied=row.one_of("提出方式", HOW),
        cleared=row.one_of("对象", CLEARED),
        grounds=_several(row, "事由", GROUNDS),
        agrees=row.one_of("本人意见", AGREES),
        assessment=row.text("评估"),
        checked_on=steps[1],
        approved_on=steps[2],
        made_on=steps[3],
        ways=_several(row, "方式", WAYS),
        scope=row.one_of("范围", SCOPES),
        jointly=_several(row, "会同", JOINTLY),
        text=row.text("文书"),
        filed_on=steps[4],
        reporter=row.optional_of("举报人", REPORTER),
    )


def _several(row: Row, column: str, words: Mapping[str, T]) -> list[T]:
    """Words of a list, separated by 、."""
    given = [one for one in (row.optional(column) or "").split("、") if one]
    if not all(one in words for one in given):
        raise row.error(column, f"应为 / must be of: {'、'.join(words)}")
    return [words[one] for one in given]
