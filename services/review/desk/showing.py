"""A case as its page shows it: the chain as a picture, what was said and when, what there is to read. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from xinfang_contracts.district import District, LeaderRole, OfficeKind
from xinfang_contracts.handling import CaseReassigned, TieDeclared
from xinfang_contracts.message import DocumentRef, Message
from xinfang_contracts.registry import REGISTRY
from xinfang_contracts.review import (
    CaseConcluded,
    CaseSettled,
    OpinionGiven,
    ReportReturned,
    ReportSubmitted,
)
from xinfang_contracts.routing import CaseAssigned, CaseSentUp, CaseWithdrawn

from services.runtime.clock import ZONE

from ..chain import chain_of
from ..decide import current, steps_of
from ..state import Above, Awaiting, Concluded, State, UnderReview, Withdrawn
from . import words
from .words import Both

Said = Sequence[tuple[datetime, Message]]
_FOLLOWING = (OfficeKind.PETITION, OfficeKind.CASE_MANAGEMENT)
_NAMES = {entry.model: entry.name for entry in REGISTRY}


@dataclass(frozen=True, slots=True)
class Voice:
    """A place of the chain and whoever fills it. ``mark``: agreed, now, later."""

    actor: str
    name: str
    mark: str
    said_at: str = ""
    did: str = "已同意"
    due: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Places that speak side by side."""

    number: int
    mark: str
    voices: Sequence[Voice]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was said."""

    at: str
    text: str
    english: str
    tone: str = ""
    version: int | None = None
    document: str | None = None
    kind: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """The whole page. documents: id and name of what there is to read."""

    petition: str
    status: Both
    mark: str
    version: int | None = None
    outcome: Both | None = None
    unit: str = ""
    facts: Sequence[tuple[Both, str]] = ()
    chain: str = ""
    steps: Sequence[Step] = ()
    entries: Sequence[Entry] = ()
    documents: Sequence[tuple[str, Both]] = ()


def may_see(state: State, district: District, actor: str, is_asked: bool = False) -> bool:
    """Who handles it, reviews it, follows it, or is asked for something in it; nobody who is tied.

    The petition office and 案管室 follow every case, the principal signs every one. is_asked: it stands in their queue,
    as a substitute's does, or of whoever leads it.
    """
    if state is None or actor in state.case.excluded:
        return False
    if is_asked:
        return True
    following = {
        one.code for kind in (OfficeKind.PETITION, OfficeKind.CASE_MANAGEMENT) for one in district.office_of_kind(kind)
    }
    following |= {one.code for one in district.leaders_of(LeaderRole.PRINCIPAL)}
    if actor in following or actor == state.case.unit:
        return True
    return not isinstance(state, Above) and any(actor in step for step in steps_of(district, state.case))


def shown(petition: str, state: State, district: District, said: Said) -> Shown:
    """The page of a case. ``state`` None: review has not heard of it."""
    if state is None:
        return Shown(petition, ("尚未立为办件", "not a case yet"), "none")
    names = words.names_of(district)
    outcome = getattr(state, "outcome", None)
    return Shown(
        petition=petition,
        status=words.STATUSES[state.status] if not _is_settled(state) else ("已息访", "settled"),
        mark=state.status,
        version=state.version,
        outcome=words.OUTCOMES.get(outcome) if outcome else None,
        unit=names.get(state.case.unit, state.case.unit),
        facts=_facts(state, district, names),
        chain=_chain_name(state, district),
        steps=[] if isinstance(state, Above) else _steps(state, district, names, said),
        entries=[entry for at, fact in said for entry in _entry(at, fact, names)],
        documents=_documents(said),
    )


def _chain_name(state: UnderReview | Concluded | Awaiting | Withdrawn | Above, district: District) -> str:
    unit = district.unit(state.case.unit)
    return "" if unit is None else chain_of(district, unit).name


def _is_settled(state: State) -> bool:
    return isinstance(state, Concluded) and state.settled


def _facts(state: State, district: District, names: Mapping[str, str]) -> list[tuple[Both, str]]:
    if state is None:
        return []
    case, traits = state.case, state.case.traits
    channel = district.channel(traits.channel)
    found = [
        (("承办单位", "unit"), names.get(case.unit, case.unit)),
        (("来件渠道", "channel"), channel.name if channel else traits.channel),
        (("问题类别", "category"), words.CATEGORIES.get(traits.category, (traits.category, ""))[0]),
        (("收件日期", "received"), f"{traits.received_on:%Y年%-m月%-d日}"),
        (("受理日期", "accepted"), f"{traits.accepted_on:%Y年%-m月%-d日}"),
        (("署名", "name"), "实名" if traits.real_name else "匿名"),
    ]
    zone = next((one.name for one in district.zones if one.code == case.zone), None)
    return [*found, (("片区", "zone"), zone)] if zone else found


def _steps(
    state: UnderReview | Concluded | Awaiting | Withdrawn, district: District, names: Mapping[str, str], said: Said
) -> list[Step]:
    steps = steps_of(district, state.case)
    is_over = isinstance(state, Concluded)
    opinions = {
        fact.actor: (at, fact)
        for at, fact in said
        if isinstance(fact, OpinionGiven) and fact.version == state.version and fact.actor not in state.case.excluded
    }
    given = [actor for step in steps for actor in step] if is_over else getattr(state, "given", [])
    turn = current(steps, given) if isinstance(state, UnderReview | Concluded) else len(steps) + 1
    found = [_reporting(state, names, said)]
    for i, step in enumerate(steps):
        voices = []
        for actor in step:
            at, fact = opinions.get(actor, (None, None))
            mark = "agreed" if actor in given else "now" if i == turn else "later"
            did = "已签名" if fact is not None and fact.signed is not None else "已同意"
            voices.append(Voice(actor, names.get(actor, actor), mark, short(at) if at else "", did, _due(state, actor)))
        mark = "agreed" if i < turn and turn <= len(steps) else "now" if i == turn else "later"
        found.append(Step(i + 1, mark, voices))
    return found


def _reporting(state: UnderReview | Concluded | Awaiting | Withdrawn, names: Mapping[str, str], said: Said) -> Step:
    """Before the chain: the report that it reviews."""
    unit = state.case.unit
    is_in = isinstance(state, UnderReview | Concluded)
    handed_in = [at for at, fact in said if isinstance(fact, ReportSubmitted) and fact.version == state.version]
    mark = "agreed" if is_in else "now" if isinstance(state, Awaiting) else "later"
    said_at = short(handed_in[-1]) if is_in and handed_in else ""
    return Step(0, mark, [Voice(unit, names.get(unit, unit), mark, said_at, f"第 {state.version} 版")])


def _due(state: State, actor: str) -> str:
    """By when they are to speak, where they are asked now and the district sets a clock."""
    asked = state.asked.get(actor) if isinstance(state, UnderReview) else None
    return until(asked.due_at) if asked is not None and asked.due_at is not None else ""


def _documents(said: Said) -> list[tuple[str, Both]]:
    """What there is to read, the newest first."""
    found: dict[str, Both] = {}
    for _, fact in said:
        version = getattr(fact, "version", None)
        match fact:
            case ReportSubmitted() if fact.report is not None:
                found.setdefault(fact.report.document, (f"核查报告（第 {version} 版）", "report"))
            case OpinionGiven() | ReportReturned() if fact.remarks is not None:
                found.setdefault(fact.remarks.document, (f"审阅意见（第 {version} 版）", "remarks"))
    return list(found.items())[::-1]


def _entry(at: datetime, fact: Message, names: Mapping[str, str]) -> Iterator[Entry]:
    def name(code: str) -> str:
        return names.get(code, code)

    when = moment(at)
    match fact:
        case CaseAssigned() | CaseReassigned():
            yield Entry(when, f"交由{name(fact.unit)}承办", "assigned to its unit")
        case CaseSentUp():
            yield Entry(when, f"报{name(fact.superior)}", "sent up", "warn")
        case CaseWithdrawn():
            yield Entry(when, "撤回信访室", "went back to the petition office", "warn")
        case TieDeclared():
            yield Entry(when, f"{name(fact.actor)}回避", "recused", "warn")
        case ReportSubmitted():
            text = f"{name(fact.unit)}提交第 {fact.version} 版核查报告：{words.OUTCOMES[fact.outcome][0]}"
            yield Entry(when, text, "report handed in", "", fact.version, _id(fact.report), "report")
        case OpinionGiven():
            text = f"{name(fact.actor)}同意第 {fact.version} 版"
            person = fact.signed.person if fact.signed else ""
            yield Entry(when, text, "agreed", "good", fact.version, _id(fact.remarks), "remarks", person)
        case ReportReturned():
            reason = words.RETURN_REASONS[fact.reason][0]
            person = fact.signed.person if fact.signed else ""
            text = f"{name(fact.actor)}退回第 {fact.version} 版：{reason}"
            yield Entry(when, text, "returned", "warn", fact.version, _id(fact.remarks), "remarks", person)
        case CaseConcluded():
            yield Entry(when, f"办结：{words.OUTCOMES[fact.outcome][0]}", "concluded", "good", fact.version)
        case CaseSettled():
            yield Entry(when, "举报人确认息访", "settled, as the reporter has confirmed", "good")
        case _:
            name_of = _NAMES.get(type(fact), "")
            yield Entry(when, words.SAID.get(name_of, name_of), name_of.replace("_", " "))


def _id(ref: DocumentRef | None) -> str | None:
    return ref.document if ref else None


def moment(at: datetime) -> str:
    """As people here write it."""
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def short(at: datetime) -> str:
    """The same where the year is plain."""
    return f"{at.astimezone(ZONE):%m-%d %H:%M}"


def until(due: datetime) -> str:
    """By when: the last day, where it ends with one."""
    local = due.astimezone(ZONE)
    if (local.hour, local.minute) == (0, 0):
        return f"{local - timedelta(days=1):%m-%d} 止"
    return f"{local:%m-%d %H:%M} 前"
