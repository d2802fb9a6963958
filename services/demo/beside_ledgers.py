"""The ledgers of the work beside petitions: each row becomes what is said on its days. A missing file says nothing."""

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from xinfang_contracts.district import District, OfficeKind
from xinfang_contracts.guidance import PublishWork, RecordAward, RecordReach, RecordTraining
from xinfang_contracts.items import ItemContent
from xinfang_contracts.mediation import FailMediation, LinkMediation, OpenMediation, SettleMediation
from xinfang_contracts.message import Message
from xinfang_contracts.outreach import CollectConcern, OutreachForm, ReportOutreach, SolveConcern, StartOutreach
from xinfang_contracts.reception import AgreeSwap, AskSwap, PlanShift, RecordAttendance, RecordReception
from xinfang_contracts.satisfaction import RecordSatisfaction
from xinfang_contracts.supervisors import AppointSupervisor, EndSupervisor

from .ledgers import Received, Row, rows

Fields = dict[str, object]

PARTS = {"上午": "morning", "下午": "afternoon", "晚上": "evening", "全天": "day"}
FORMS = {"摆摊": OutreachForm.STAND, "约访": OutreachForm.INTERVIEW, "调研": OutreachForm.SURVEY}
RESULTS = {"调成": SettleMediation, "未成": FailMediation}
LEVELS = {"区": "district", "市": "prefecture", "省": "province", "中央": "centre"}
CONTACTS = {"接访": "reception", "答复": "answer", "办结": "conclusion", "咨询": "consultation"}
RATINGS = {"满意": "satisfied", "基本满意": "mostly_satisfied", "不满意": "dissatisfied"}
YES = {"是": True, "否": False}


@dataclass(frozen=True, slots=True)
class Said:
    """A command of a day. ``turn``: what is said in an earlier turn of the day has been answered by then.

    at_once: said on that very day, as a roster must be; a clerk enters everything else at the end of the month.
    fields: of the message; numbers: fields that hold a ledger's serial, in whose place the number goes that its item or
    petition was given; content: to be sealed; begins: the serial under which the answer's number is remembered.
    """

    on: date
    turn: int
    actor: str
    model: type[Message]
    fields: Fields
    numbers: Mapping[str, str]
    content: ItemContent | None = None
    begins: str | None = None
    at_once: bool = False

    @property
    def entered_on(self) -> date:
        """The day on which it is said."""
        return self.on if self.at_once else end_of_month(self.on)


def end_of_month(day: date) -> date:
    """The last day of the day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


@dataclass(frozen=True, slots=True)
class Rated:
    """A reporter who rates a contact with the receipt."""

    on: date
    serial: str
    contact: str
    level: str


@dataclass(frozen=True, slots=True)
class Beside:
    """All of it. ``unmeasured``: figures that only a ledger could tell which is not there."""

    said: list[Said]
    rated: list[Rated]
    unmeasured: frozenset[str]


NOTHING = Beside([], [], frozenset())


def read(folder: Path, district: District, received: Mapping[str, Received]) -> Beside:
    """The ledgers that a folder has; ``received``: its register. LedgerError for the first thing that is wrong."""
    there = {name: folder / name for name in _READERS if (folder / name).exists()}
    missing = (figures for name, (_, figures) in _READERS.items() if name not in there)
    reader = _Reader(district, received)
    said: list[Said] = []
    rated: list[Rated] = []
    for name, file in there.items():
        for row in rows(file):
            for one in _READERS[name][0](reader, row):
                if isinstance(one, Rated):
                    rated.append(one)
                else:
                    said.append(one)
    return Beside(said, rated, frozenset(figure for figures in missing for figure in figures))


class _Reader:
    """Reads rows against the district and the register."""

    def __init__(self, district: District, received: Mapping[str, Received]) -> None:
        self.received = received
        self.actors = {code: code for code in district.actors()}
        self.towns = {town.code: town.code for town in district.towns}
        self.villages = {village.code: village.code for town in district.towns for village in town.villages}
        self.works = {work.code: work.code for work in district.works}
        self.clerk = district.office_of_kind(OfficeKind.PETITION)[0].code
        self.begun: set[str] = set()

    def begin(self, row: Row) -> str:
        """A ledger's serial, which must be new."""
        serial = row.text("编号")
        if serial in self.begun or serial in self.received:
            raise row.error("编号", "前面已有 / stands above already")
        self.begun.add(serial)
        return serial

    def earlier(self, row: Row, column: str) -> str:
        """The serial of an item of a ledger that was read before."""
        serial = row.text(column)
        if serial not in self.begun:
            raise row.error(column, f"{serial} 前面没有 / does not stand before")
        return serial

    def petition(self, row: Row, column: str, serial: str) -> str:
        """A serial of the register."""
        if serial not in self.received:
            raise row.error(column, f"{serial} 不在登记册 / is not in the register")
        return serial

    def people(self, row: Row, column: str) -> list[str]:
        """Codes of the district file, separated by 、."""
        codes = (row.optional(column) or "").split("、")
        if not all(code in self.actors for code in codes if code):
            raise row.error(column, "有的代码不在区文件中 / not every code is in the district file")
        return [code for code in codes if code]

    def actor(self, row: Row) -> str:
        """Who enters it; the petition office where nobody is named."""
        return row.optional_of("登记", self.actors) or self.clerk

    def content(self, row: Row, column: str) -> ItemContent:
        """The sealed words, with the village where there is one."""
        village = row.optional_of("村社区", self.villages) if "村社区" in row.cells else None
        return ItemContent(text=row.text(column), village=village)


def _shift(reader: _Reader, row: Row) -> Iterator[Said]:
    serial, on = reader.begin(row), row.day("日期")
    people, numbers, clerk = reader.people(row, "值班"), {"item": serial}, reader.clerk
    plan: Fields = {"on": on, "part": row.one_of("时段", PARTS), "town": row.optional_of("镇街", reader.towns)}
    yield Said(row.day("排班日期"), 0, clerk, PlanShift, plan | {"people": people}, {}, begins=serial, at_once=True)
    if row.optional("换班"):
        by, _, other = row.text("换班").partition(">")
        if by not in people or other not in reader.actors:
            raise row.error("换班", "应为 值班者>接班者 / must be ONE_ON_IT>ANOTHER")
        asked_on = row.day("换班日期")
        yield Said(asked_on, 1, by, AskSwap, {"other": other}, numbers, at_once=True)
        yield Said(asked_on, 2, other, AgreeSwap, {}, numbers, at_once=True)
    present = reader.people(row, "到班")
    yield Said(on, 3, clerk, RecordAttendance, {"present": present}, numbers)
    if (row.optional("接待来件") or row.whole("接待咨询")) and not present:
        raise row.error("到班", "有接待而无人到班 / somebody was received, and nobody was there")
    for petition in (row.optional("接待来件") or "").split("、"):
        if petition:
            linked = numbers | {"petition": reader.petition(row, "接待来件", petition)}
            yield Said(on, 3, clerk, RecordReception, {"by": present[0]}, linked)
    for _ in range(row.whole("接待咨询")):
        yield Said(on, 3, clerk, RecordReception, {"by": present[0]}, numbers)


def _outreach(reader: _Reader, row: Row) -> Iterator[Said]:
    serial, actor, starts_on = reader.begin(row), reader.actor(row), row.day("开始日期")
    fields: Fields = {
        "form": row.one_of("形式", FORMS),
        "campaign": row.optional("活动"),
        "town": row.one_of("镇街", reader.towns),
        "starts_on": starts_on,
        "ends_on": row.day("结束日期"),
        "members": reader.people(row, "参加"),
    }
    yield Said(starts_on, 0, actor, StartOutreach, fields, {}, reader.content(row, "记录"), serial)
    met: Fields = {"on": starts_on, "groups": row.whole("接访批次"), "people": row.whole("咨询人数")}
    if met["groups"] or met["people"]:
        yield Said(starts_on, 1, actor, ReportOutreach, met, {"item": serial})


def _concern(reader: _Reader, row: Row) -> Iterator[Said]:
    serial, actor, on = reader.begin(row), reader.actor(row), row.day("收集日期")
    numbers = {"outreach": reader.earlier(row, "下访编号")}
    told: Fields = {"on": on, "urgent": row.one_of("急难愁盼", YES)}
    yield Said(on, 1, actor, CollectConcern, told, numbers, reader.content(row, "反映"), serial)
    if solved_on := row.optional_day("解决日期"):
        by, yuan = row.one_of("解决单位", reader.actors), row.whole("追回资金")
        solved: Fields = {"on": solved_on, "by": by, "recovered_yuan": yuan}
        yield Said(solved_on, 2, actor, SolveConcern, solved, {"item": serial})


def _mediation(reader: _Reader, row: Row) -> Iterator[Said]:
    serial, actor, on = reader.begin(row), reader.actor(row), row.day("受理日期")
    mediators = [one for one in row.text("和事佬").split("、") if one]
    opened: Fields = {"town": row.one_of("镇街", reader.towns), "on": on, "mediators": mediators}
    yield Said(on, 0, actor, OpenMediation, opened, {}, reader.content(row, "事由"), serial)
    result = row.optional_of("结果", RESULTS)
    if result is None:
        return
    done_on = row.day("结果日期")
    yield Said(done_on, 1, actor, result, {"on": done_on}, {"item": serial})
    if row.optional("转为来件"):
        petition = reader.petition(row, "转为来件", row.text("转为来件"))
        linked_on = max(done_on, reader.received[petition].on)
        yield Said(linked_on, 2, reader.clerk, LinkMediation, {}, {"item": serial, "petition": petition})


def _supervisor(reader: _Reader, row: Row) -> Iterator[Said]:
    serial, actor, since = reader.begin(row), reader.actor(row), row.day("任期起")
    row.one_of("村社区", reader.villages)
    fields: Fields = {"supervisor": row.text("监督员"), "since": since}
    yield Said(since, 0, actor, AppointSupervisor, fields, {}, reader.content(row, "姓名"), serial)
    if until := row.optional_day("任期止"):
        yield Said(until, 1, actor, EndSupervisor, {"until": until}, {"item": serial})


def _work(reader: _Reader, row: Row) -> Iterator[Said]:
    serial, clerk, on = reader.begin(row), reader.clerk, row.day("发布日期")
    numbers = {"item": serial}
    yield Said(on, 0, clerk, PublishWork, {"work": row.one_of("作品", reader.works), "on": on}, {}, begins=serial)
    if given_on := row.optional_day("发放日期"):
        yield Said(given_on, 1, clerk, RecordReach, {"on": given_on, "people": row.whole("发放")}, numbers)
    if won_on := row.optional_day("获奖日期"):
        award: Fields = {"on": won_on, "level": row.one_of("获奖级别", LEVELS), "prize": row.whole("获奖等次") or None}
        yield Said(won_on, 1, clerk, RecordAward, award, numbers)


def _training(reader: _Reader, row: Row) -> Iterator[Said]:
    ends_on = row.day("结束日期")
    fields: Fields = {
        "unit": row.one_of("单位", reader.actors),
        "starts_on": row.day("开始日期"),
        "ends_on": ends_on,
        "people": row.whole("人次"),
    }
    yield Said(ends_on, 0, reader.clerk, RecordTraining, fields, {}, begins=reader.begin(row))


def _satisfaction(reader: _Reader, row: Row) -> Iterator[Said | Rated]:
    on, contact = row.day("日期"), row.one_of("接触", CONTACTS)
    counts = {field: row.whole(column) for column, field in RATINGS.items()}
    if row.optional("来件编号"):
        levels = [level for level, count in counts.items() if count]
        if sum(counts.values()) != 1:
            raise row.error("满意", "凭回执的一行是一个人 / a row with a receipt is one person's")
        yield Rated(on, reader.petition(row, "来件编号", row.text("来件编号")), contact, levels[0])
        return
    town = row.optional_of("镇街", reader.towns)
    fields: Fields = {"contact": contact, "on": on, "town": town} | counts
    yield Said(on, 0, reader.actor(row), RecordSatisfaction, fields, {})


_READERS: dict[str, tuple[Callable[[_Reader, Row], Iterator[Said | Rated]], tuple[str, ...]]] = {
    "接访排班.csv": (_shift, ("receptions",)),
    "下访台账.csv": (_outreach, ("outreach_stands", "outreach_visit_groups", "outreach_consultations")),
    "诉求台账.csv": (
        _concern,
        (
            "outreach_urgent_problems_solved",
            "outreach_funds_recovered",
            "survey_concerns_collected",
            "survey_concerns_solved",
            "survey_solution_rate",
            "survey_funds_recovered",
        ),
    ),
    "调解台账.csv": (
        _mediation,
        ("mediations_opened", "mediations_settled", "mediations_failed", "mediations_handed_over"),
    ),
    "廉情监督员.csv": (_supervisor, ("supervisor_coverage",)),
    "宣传作品.csv": (_work, ("guidance_handbooks", "guidance_reach", "guidance_awards")),
    "轮训台账.csv": (_training, ("trainees_rotated",)),
    "满意度.csv": (_satisfaction, ("satisfaction_rate",)),
}
"""Ledger -> its reader, and the figures that nothing else tells. In this order: some name items of earlier ones."""
