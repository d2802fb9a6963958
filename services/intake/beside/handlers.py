"""Which rule each message about an item meets, and whose state it needs."""

from xinfang_contracts.guidance import PublishWork, RecordAward, RecordReach, RecordTraining
from xinfang_contracts.items import ApproveItemErasure, ProposeItemErasure
from xinfang_contracts.mediation import FailMediation, LinkMediation, OpenMediation, SettleMediation
from xinfang_contracts.message import Message
from xinfang_contracts.outreach import CollectConcern, ReportOutreach, SolveConcern, StartOutreach
from xinfang_contracts.reception import AgreeSwap, AskSwap, PlanShift, RecordAttendance, RecordReception
from xinfang_contracts.recommendation import (
    AnswerRecommendation,
    CloseRecommendation,
    DropRecommendation,
    IssueRecommendation,
)
from xinfang_contracts.registry import REGISTRY, Kind
from xinfang_contracts.satisfaction import RateContact, RecordSatisfaction
from xinfang_contracts.supervisors import AppointSupervisor, EndSupervisor

from services.runtime.rules import Handler, Rule, Step

from . import erasure, guidance, mediation, outreach, reception, recommendation, satisfaction, supervisors
from .recommendation import RecommendationDue, RecommendationExpires

ITEM = "item"

BEGINS: dict[type[Message], str] = {
    PlanShift: "R",
    StartOutreach: "V",
    CollectConcern: "C",
    OpenMediation: "M",
    AppointSupervisor: "S",
    PublishWork: "W",
    RecordTraining: "T",
    RecommendationDue: "A",
}
"""The messages that use up a number, and its letter."""

_RULES: dict[type[Message], Rule] = {
    PlanShift: reception.plan,
    AskSwap: reception.ask_swap,
    AgreeSwap: reception.agree_swap,
    RecordAttendance: reception.record_attendance,
    RecordReception: reception.record_reception,
    StartOutreach: outreach.start,
    ReportOutreach: outreach.report,
    CollectConcern: outreach.collect,
    SolveConcern: outreach.solve,
    OpenMediation: mediation.open_,
    SettleMediation: mediation.settle,
    FailMediation: mediation.fail,
    LinkMediation: mediation.link,
    AppointSupervisor: supervisors.appoint,
    EndSupervisor: supervisors.end,
    PublishWork: guidance.publish,
    RecordReach: guidance.record_reach,
    RecordAward: guidance.record_award,
    RecordTraining: guidance.record_training,
    RecordSatisfaction: satisfaction.record,
    RateContact: satisfaction.rate,
    RecommendationDue: recommendation.propose,
    IssueRecommendation: recommendation.issue,
    DropRecommendation: recommendation.drop,
    AnswerRecommendation: recommendation.answer,
    CloseRecommendation: recommendation.close,
    RecommendationExpires: recommendation.expire,
    ProposeItemErasure: erasure.propose,
    ApproveItemErasure: erasure.approve,
}
MESSAGES = frozenset(_RULES)
"""What this package answers."""


def on_item(message: Message) -> Step:
    """Something about an item, or the beginning of one."""
    rule = _RULES[type(message)]
    match message:
        case RateContact():
            return Step(message.petition, rule)
        case CollectConcern():
            return Step(message.outreach, rule, of=ITEM)
        case _:
            return Step(getattr(message, ITEM, None), rule, of=ITEM)


HANDLERS: dict[str, Handler] = {
    entry.type: on_item for entry in REGISTRY if entry.kind is Kind.COMMAND and entry.model in MESSAGES
}
OWN_HANDLERS: dict[str, Handler] = {
    "intake.recommendation_due.v1": on_item,
    "intake.recommendation_expires.v1": on_item,
}
