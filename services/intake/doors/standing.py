"""How a petition stands, in words for its reporter: Chinese first and English beside."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, assert_never

from xinfang_contracts.district import District, Work

from services.runtime.clock import civil_date

from ..beside.guidance import works_for
from ..queries import Found
from ..state import Registered, ReportedUp, Screened, Sealed

Status = Literal["registered", "accepted", "concluded", "referred", "declined", "kept_on_file", "passed_on"]


@dataclass(frozen=True, slots=True)
class Words:
    """The same in two languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} / {self.en}"


@dataclass(frozen=True, slots=True)
class Standing:
    """A code for machines, since when, and what that means for whoever reported."""

    status: Status
    since: date
    text: Words
    next_step: Words


_IN_HAND = (
    # Of a sealed petition (规则15) every word must be as true, until its reader has it.
    Words("已登记,正在按规定处理", "registered, being dealt with under the rules"),
    Words(
        "目前不需要您做什么。您可以补充材料,也可以过些天再来查询",
        "you need not do anything now; you may add material, or come back in some days",
    ),
)
_NOTHING_TO_DO = _IN_HAND[1]
# Of sealed petitions. Whoever looks over the reporter's shoulder is told that it went on, and neither to whom nor why.
_HANDED_OVER = (
    Words("已按规定转交,正在处理", "passed on under the rules, being dealt with"),
    _NOTHING_TO_DO,
)
_REPORTED_UP = (
    Words("已按规定报送,正在处理", "sent on under the rules, being dealt with"),
    _NOTHING_TO_DO,
)
_ACCEPTED = (
    Words("已受理,办理中", "accepted, being handled"),
    Words(
        "承办单位正在办理。您可以补充材料,如有问题会在这里问您",
        "the responsible unit is handling it; you may add material, and questions to you would appear here",
    ),
)
_CONCLUDED = (
    Words("已办结", "concluded"),
    Words(
        "实名举报的办理结果由机关当面或用您留下的联系方式告知,不在这里显示;如有新的情况可以补充材料",
        "who gave a name is told the result by the organ itself, not here; what is new may be added as material",
    ),
)
_KEPT_ON_FILE = (
    Words("已留存备查", "kept on file"),
    Words("如有新的线索或材料,请补充", "if there is anything new, please add it"),
)
_DECLINED = {
    "litigation": Words(
        "不予受理:属于诉讼、仲裁、行政复议等法定途径解决的事项",
        "not accepted: a matter for the courts, arbitration or another way laid down by law",
    ),
    "other_organ": Words("不予受理:属于其他机关职责范围", "not accepted: within the remit of another organ"),
    "no_substance": Words("不予受理:没有实质内容", "not accepted: without substance that could be looked into"),
}
_DECLINED_ANYHOW = Words("不予受理", "not accepted")
_AFTER_DECLINED = {
    "litigation": Words("请通过法定途径解决", "please take the way laid down by law"),
    "other_organ": Words("请向有权处理的机关反映", "please turn to the organ that may deal with it"),
}
_ADD_SUBSTANCE = Words(
    "如有具体的人、事、时间、地点或证据,请补充材料",
    "if you know who, what, when or where, or have evidence, please add it",
)


def standing_of(found: Found, district: District) -> Standing:
    """What its reporter may know. Registered and sealed are told in the same words, until the sealed one is taken."""
    state = found.state
    match state:
        case Registered():
            return Standing("registered", state.traits.received_on, *_IN_HAND)
        case Sealed(up=ReportedUp(reported_at=at)):
            return Standing("passed_on", civil_date(at), *_REPORTED_UP)
        case Sealed(handed_over_at=datetime() as at):
            return Standing("passed_on", civil_date(at), *_HANDED_OVER)
        case Sealed():
            return Standing("registered", civil_date(state.received_at), *_IN_HAND)
        case Screened():
            return _screened(state, district)
        case _:
            assert_never(state)


def _screened(state: Screened, district: District) -> Standing:
    since = civil_date(state.screened_at)
    match state.status:
        case "accepted" if state.concluded_on is not None and state.ended_at is not None:
            return Standing("concluded", state.concluded_on, *_CONCLUDED)
        case "accepted":
            return Standing("accepted", since, *_ACCEPTED)
        case "referred":
            text, after = _referred(state.receiver, district)
            return Standing("referred", since, text, _naming(after, works_for(district, receiver=state.receiver)))
        case "declined":
            ground = state.ground or ""
            text, after = _DECLINED.get(ground, _DECLINED_ANYHOW), _AFTER_DECLINED.get(ground, _ADD_SUBSTANCE)
            return Standing("declined", since, text, _naming(after, works_for(district, ground=state.ground)))
        case "kept_on_file":
            return Standing("kept_on_file", since, *_KEPT_ON_FILE)
        case _:
            assert_never(state.status)


def _naming(words: Words, works: list[Work]) -> Words:
    """With the guidance works that explain it."""
    if not works:
        return words
    names = "、".join(work.name for work in works)
    return Words(f"{words.zh};可参阅{names}", f"{words.en}; see also {names}")


def _referred(code: str | None, district: District) -> tuple[Words, Words]:
    """规则13: a letter is forwarded, others are told where to go; of either the reporter must know to whom."""
    names = [receiver.name for receiver in district.receivers if receiver.code == code]
    names += [unit.name for unit in district.units if unit.code == code]
    name = names[0] if names else "有权处理的机关"
    return (
        Words(f"不属于本机关受理范围,已转送或请向{name}反映", f"another organ's remit: sent on to, or for, {name}"),
        Words(f"后续情况请向{name}查询", f"please ask {name} about what follows"),
    )
