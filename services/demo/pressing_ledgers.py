"""The ledgers of the pressing of cases: hearings, and what leaders and units do about single cases.

A missing file says nothing, and its figures are not compared.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.hearings import CallHearing, HearingReason, RecordHearing
from xinfang_contracts.intercession import ByKind, Manner, RecordIntercession
from xinfang_contracts.message import Message
from xinfang_contracts.pressing import (
    AnswerSupervisionLetter,
    IssueSupervisionLetter,
    LeaderReason,
    LetterGround,
    MeasureKind,
    NameLeader,
    ProgressStage,
    RecordMeasure,
    RecordProgress,
)
from xinfang_contracts.tracks import OpenTrack, RecordTrack
from xinfang_contracts.vault import DocumentKind

from .ledgers import Received, Row, rows

Fields = dict[str, object]
HEARINGS, PRESSING = "听访台账.csv", "督办台账.csv"
KINDS = {"专题": "special", "常委会": "monthly"}
CALLED_FOR = {
    "重大紧急": HearingReason.URGENT,
    "重大疑难": HearingReason.MAJOR,
    "久拖不决": HearingReason.STUCK,
    "集体访": HearingReason.COLLECTIVE,
    "其他": HearingReason.OTHER,
}
NAMED_FOR = {
    "疑难": LeaderReason.HARD,
    "熟悉情况": LeaderReason.EXPERIENCE,
    "工作量": LeaderReason.WORKLOAD,
    "外出": LeaderReason.ABSENCE,
    "其他": LeaderReason.OTHER,
}
MEASURES = {
    "上门走访": MeasureKind.VISIT,
    "联席会商": MeasureKind.JOINT_MEETING,
    "部门协调": MeasureKind.COORDINATION,
    "现场办公": MeasureKind.ON_SITE,
    "解释疏导": MeasureKind.EXPLANATION,
    "帮扶救助": MeasureKind.HELP,
    "引导诉讼": MeasureKind.LEGAL_GUIDANCE,
    "其他": MeasureKind.OTHER,
}
STAGES = {
    "已了解": ProgressStage.LOOKED_INTO,
    "已见面": ProgressStage.REPORTER_MET,
    "推进中": ProgressStage.UNDER_WAY,
    "已化解": ProgressStage.RESOLVED,
    "受阻": ProgressStage.STUCK,
    "其他": ProgressStage.OTHER,
}
GROUNDS = {
    "超期": LetterGround.OVERDUE,
    "敷衍推诿": LetterGround.EVASIVE,
    "需要补充": LetterGround.NEEDS_MORE,
    "其他": LetterGround.OTHER,
}
TRACK_STATES = {"办理中": "in_hand", "已解决": "solved", "已引导": "guided", "无依据": "unfounded"}
MANNERS = {"打听案情": Manner.ASKED_ABOUT, "说情": Manner.PLEADED, "过问干预": Manner.INTERFERED}
BY_KINDS = {
    "本机关领导": ByKind.LEADER_OF_ORGAN,
    "党政领导": ByKind.PARTY_OR_GOVERNMENT_LEADER,
    "亲友": ByKind.RELATIVE,
    "同事": ByKind.COLLEAGUE,
    "其他": ByKind.OTHER,
}


@dataclass(frozen=True, slots=True)
class Act:
    """A command of a day, in the ledger's order.

    actor: None is the leader who owns the case; serials: fields that hold a petition's serial or several; words: what
    is put into the vault first, for the field ``document``, under the act's first petition.
    """

    on: date
    actor: str | None
    model: type[Message]
    fields: Fields
    petitions: list[str] = field(default_factory=list)
    words: str | None = None
    kind: DocumentKind = DocumentKind.OTHER
    document: str = "document"

    @property
    def is_of_several(self) -> bool:
        """Whether its message has a list of petitions."""
        return "petitions" in self.model.model_fields


@dataclass(frozen=True, slots=True)
class Acts:
    """All of it. ``unmeasured``: figures that only a ledger could tell which is not there."""

    said: list[Act]
    unmeasured: frozenset[str]


NONE = Acts([], frozenset())


def read(folder: Path, district: District, received: Mapping[str, Received]) -> Acts:
    """The ledgers that a folder has; ``received``: its register. LedgerError for the first thing that is wrong."""
    reader = _Reader(district, received)
    there = {name: folder / name for name in _READERS if (folder / name).exists()}
    said = [act for name, file in there.items() for row in rows(file) for act in _READERS[name][0](reader, row)]
    missing = (figures for name, (_, figures) in _READERS.items() if name not in there)
    return Acts(said, frozenset(figure for figures in missing for figure in figures))


class _Reader:
    """Reads rows against the district and the register."""

    def __init__(self, district: District, received: Mapping[str, Received]) -> None:
        self.received = received
        self.actors = {code: code for code in district.actors()}
        self.leaders = {leader.code: leader.code for leader in district.leaders}
        codes = [*(one.code for one in district.units), *(one.code for one in district.receivers)]
        self.holders = {code: code for code in codes}
        self.clerk = district.office_of_kind(OfficeKind.PETITION)[0].code

    def petitions(self, row: Row, column: str) -> list[str]:
        """Serials of the register, separated by 、."""
        serials = [one for one in (row.optional(column) or "").split("、") if one]
        for serial in serials:
            if serial not in self.received:
                raise row.error(column, f"{serial} 不在登记册 / is not in the register")
        return serials

    def people(self, row: Row, column: str) -> list[str]:
        """Codes of the district file, separated by 、."""
        codes = row.text(column).split("、")
        if not all(code in self.actors for code in codes):
            raise row.error(column, "有的代码不在区文件中 / not every code is in the district file")
        return codes


def _hearing(reader: _Reader, row: Row) -> Iterator[Act]:
    petitions = reader.petitions(row, "来件编号")
    if by := row.optional_of("召集", reader.leaders):
        why: Fields = {"reason": row.one_of("召集原因", CALLED_FOR)}
        yield Act(row.day("召集日期"), by, CallHearing, why, petitions)
    held_on = row.day("日期")
    held: Fields = {
        "kind": row.one_of("种类", KINDS),
        "held_on": held_on,
        "attended": reader.people(row, "参加"),
    }
    words = row.optional("纪要") if petitions else None
    actor = row.optional_of("登记", reader.actors) or reader.clerk
    yield Act(held_on, actor, RecordHearing, held, petitions, words, document="minutes")


def _pressing(reader: _Reader, row: Row) -> Iterator[Act]:
    on, petitions = row.day("日期"), reader.petitions(row, "来件编号")
    if len(petitions) != 1:
        raise row.error("来件编号", "应为一件 / must be one petition")
    by, words = row.optional_of("登记", reader.actors), row.optional("内容")
    clerk = by or reader.clerk
    match row.text("事项"):
        case "指定包案":
            named: Fields = {"leader": row.one_of("对象", reader.leaders), "reason": row.one_of("选项", NAMED_FOR)}
            yield Act(on, row.one_of("登记", reader.leaders), NameLeader, named, petitions, words)
        case "措施":
            yield Act(on, by, RecordMeasure, {"kind": row.one_of("选项", MEASURES)}, petitions, row.text("内容"))
        case "进展":
            yield Act(on, by, RecordProgress, {"stage": row.one_of("选项", STAGES)}, petitions, words)
        case "督办函":
            sent: Fields = {"to": row.one_of("对象", reader.holders), "ground": row.one_of("选项", GROUNDS)}
            letter, text = DocumentKind.LETTER, row.text("内容")
            yield Act(on, by, IssueSupervisionLetter, sent, petitions, text, letter, document="letter")
        case "复函":
            number: Fields = {"number": row.whole("选项")}
            yield Act(on, clerk, AnswerSupervisionLetter, number, petitions, row.text("内容"))
        case "双线":
            opened: Fields = {"track": "substance", "holder": row.one_of("对象", reader.holders)}
            yield Act(on, clerk, OpenTrack, opened, petitions, row.text("内容"))
        case "双线结果":
            stands: Fields = {
                "track": "substance",
                "state": row.one_of("选项", TRACK_STATES),
                "yuan": row.whole("金额") or None,
            }
            yield Act(on, clerk, RecordTrack, stands, petitions, row.text("内容"))
        case "过问登记":
            asked: Fields = {
                "manner": row.one_of("选项", MANNERS),
                "by_kind": row.one_of("对象", BY_KINDS),
                "on": on,
            }
            yield Act(on, clerk, RecordIntercession, asked, petitions, row.text("内容"))
        case _:
            matters = "指定包案、措施、进展、督办函、复函、双线、双线结果、过问登记"
            raise row.error("事项", f"应为 / must be one of: {matters}")


_READERS: dict[str, tuple[Callable[[_Reader, Row], Iterator[Act]], tuple[str, ...]]] = {
    HEARINGS: (_hearing, ("special_hearings", "monthly_hearings")),
    PRESSING: (
        _pressing,
        ("supervision_letters_issued", "supervision_letter_on_time_rate", "intercessions_recorded"),
    ),
}
"""Ledger -> its reader, and the figures that nothing else tells."""
