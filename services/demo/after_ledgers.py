"""The ledger of what follows a conclusion: views, objections, visits, reopenings. A missing file says nothing."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from xinfang_contracts.after import AnswerObjection, Help, PlanFollowUp, RecordFollowUp, RecordView, ReopenCase
from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.message import Message
from xinfang_contracts.vault import DocumentKind

from .ledgers import Received, Row, rows
from .pressing_ledgers import Act, Acts, Fields

AFTER = "回访台账.csv"
VIEWS = {"满意": "satisfied", "基本满意": "mostly_satisfied", "不满意": "dissatisfied"}
BESIDES: dict[str, Fields] = {"异议": {"objection": True}, "新证据": {"new_evidence": True}}
OUTCOMES = {"已回访": "made", "不需要": "declined", "未见到": "not_reached"}
GROUNDS = {"再访": "returned", "新证据": "new_evidence", "上级要求": "superior_ordered"}
HELP = {
    "释理": Help.EXPLAINED,
    "政策帮扶": Help.POLICY_HELP,
    "困难救助": Help.HARDSHIP_RELIEF,
    "司法救助": Help.JUDICIAL_RELIEF,
    "法律援助": Help.LEGAL_AID,
    "引导诉讼": Help.GUIDED_TO_COURT,
    "引导复查": Help.GUIDED_TO_RECHECK,
    "调解": Help.MEDIATED,
}


def read(folder: Path, district: District, received: Mapping[str, Received]) -> Acts:
    """The ledger, where a folder has it; ``received``: its register. LedgerError for the first thing that is wrong."""
    file = folder / AFTER
    if not file.exists():
        return Acts([], frozenset())
    return Acts([_act(row, district, received) for row in rows(file)], frozenset())


def joined(one: Acts, other: Acts) -> Acts:
    """Both, day by day in this order."""
    return Acts([*one.said, *other.said], one.unmeasured | other.unmeasured)


def _act(row: Row, district: District, received: Mapping[str, Received]) -> Act:
    actors = {code: code for code in district.actors()}
    serial, clerk = row.text("来件编号"), district.office_of_kind(OfficeKind.PETITION)[0].code
    if serial not in received:
        raise row.error("来件编号", f"{serial} 不在登记册 / is not in the register")
    on, by = row.day("日期"), row.optional_of("登记", actors) or clerk
    words = row.optional("内容")
    matter = row.one_of("事项", _MATTERS)
    model, fields = matter(row, district)
    if model is AnswerObjection:
        words = row.text("内容")
    return Act(on, by, model, fields, [serial], words, DocumentKind.VISIT_NOTE)


def _view(row: Row, _district: District) -> tuple[type[Message], Fields]:
    besides = row.one_of("另", BESIDES) if row.optional("另") else {}
    if besides:
        row.text("内容")
    return RecordView, {"view": row.one_of("选项", VIEWS), **besides}


def _answer(_row: Row, _district: District) -> tuple[type[Message], Fields]:
    return AnswerObjection, {}


def _plan(row: Row, _district: District) -> tuple[type[Message], Fields]:
    day = row.parsed("选项", date.fromisoformat, "应为日期 YYYY-MM-DD / not a date YYYY-MM-DD")
    return PlanFollowUp, {"on": day, "asked_by_reporter": row.optional("另") == "本人要求"}


def _visit(row: Row, district: District) -> tuple[type[Message], Fields]:
    given = [one for one in (row.optional("帮扶") or "").split("、") if one]
    if not all(one in HELP for one in given):
        raise row.error("帮扶", f"应为 / must be of: {'、'.join(HELP)}")
    receivers = {one.code: one.code for one in district.receivers}
    return (
        RecordFollowUp,
        {
            "outcome": row.one_of("选项", OUTCOMES),
            "on": row.day("日期"),
            "help": [HELP[one] for one in given],
            "receiver": row.optional_of("对象", receivers),
        },
    )


def _reopen(row: Row, _district: District) -> tuple[type[Message], Fields]:
    return ReopenCase, {"ground": row.one_of("选项", GROUNDS)}


_MATTERS: Mapping[str, Callable[[Row, District], tuple[type[Message], Fields]]] = {
    "意见": _view,
    "异议说明": _answer,
    "计划回访": _plan,
    "回访": _visit,
    "重新办理": _reopen,
}
