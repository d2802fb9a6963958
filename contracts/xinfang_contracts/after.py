"""What follows a conclusion: the reporter's view, objections, visits, rest, lapse and reopening. Codes, never words."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from .intake import CaseTraits, Counted, Yuan
from .message import ActorCode, Code, DocumentRef, Message, Moment, PetitionNumber
from .review import Outcome, ReturnReason, Version
from .satisfaction import Level
from .signing import Link, Signature, Signed

Visit = Annotated[int, Field(ge=1, le=999, description="which visit of the case, from 1")]
ReopenGround = Literal["returned", "new_evidence", "superior_ordered"]


def _is_empty(value: Any) -> bool:
    return not value


class Help(StrEnum):
    """What was done for the reporter (条例27, 37).

    释理、政策帮扶、困难救助、司法救助、法律援助、引导诉讼、引导复查、调解.
    """

    EXPLAINED = "explained"
    POLICY_HELP = "policy_help"
    HARDSHIP_RELIEF = "hardship_relief"
    JUDICIAL_RELIEF = "judicial_relief"
    LEGAL_AID = "legal_aid"
    GUIDED_TO_COURT = "guided_to_court"
    GUIDED_TO_RECHECK = "guided_to_recheck"
    MEDIATED = "mediated"


class RecordView(Message):
    """规则27: what the reporter says of the result, as told to the unit or the petition office.

    An objection and new evidence are written down: ``document`` has the words.
    """

    petition: PetitionNumber
    view: Level
    objection: bool = False
    new_evidence: bool = False
    document: DocumentRef | None = None


class AnswerObjection(Message):
    """规则27: an objection is explained; ``document`` has the explanation."""

    petition: PetitionNumber
    document: DocumentRef


class SendResultUp(Message):
    """规则23: the principal approves that the result goes to the superior from whom the case came."""

    petition: PetitionNumber
    signature: Signature | None = None


class PlanFollowUp(Message):
    """回访: visit on that day. Whoever declined is visited only when they ask."""

    petition: PetitionNumber
    on: date
    asked_by_reporter: bool = False


class RecordFollowUp(Message):
    """What came of a visit: help that was given, never what state somebody is in.

    receiver: to whom of the district file the reporter was led, for courts or relief.
    """

    petition: PetitionNumber
    outcome: Literal["made", "declined", "not_reached"]
    on: date
    help: Annotated[list[Help], Field(max_length=8)] = []
    receiver: Code | None = None
    document: DocumentRef | None = None


class ReopenCase(Message):
    """A concluded case is handled again."""

    petition: PetitionNumber
    ground: ReopenGround
    document: DocumentRef | None = None
    signature: Signature | None = None


class CountedConclusion(Message):
    """A conclusion as figures count it."""

    unit: ActorCode
    zone: Code | None = None
    concluded_on: date
    jointly_reviewed: bool = False
    recovered_yuan: Yuan = 0
    returned_for: Annotated[list[ReturnReason], Field(exclude_if=lambda reasons: not reasons)] = []


class CountedReopening(Message):
    """A reopening as figures count it."""

    unit: ActorCode
    zone: Code | None = None
    on: date


class CountedView(Message):
    """A view as figures count it."""

    view: Level
    unit: ActorCode
    zone: Code | None = None
    on: date


class CountedObjection(Message):
    """An objection as figures count it. ``answered_on``: None while it is open."""

    unit: ActorCode
    zone: Code | None = None
    on: date
    answered_on: date | None = None


class ViewRecorded(Message):
    """The reporter's view stands with the case. replaces: the one that it takes the place of."""

    petition: PetitionNumber
    view: Level
    unit: ActorCode
    zone: Code | None = None
    on: date
    objection: Annotated[bool, Field(exclude_if=_is_empty)] = False
    new_evidence: Annotated[bool, Field(exclude_if=_is_empty)] = False
    by: ActorCode
    document: DocumentRef | None = None
    replaces: CountedView | None = None
    counted: Counted = True
    link: Link | None = None


class ObjectionAnswered(Message):
    """An objection is explained. raised: the objections that are open no more."""

    petition: PetitionNumber
    unit: ActorCode
    zone: Code | None = None
    on: date
    raised: list[CountedObjection]
    by: ActorCode
    document: DocumentRef
    counted: Counted = True
    link: Link | None = None


class ResultSentUp(Message):
    """规则23: reviewed together and approved by the principal, the result goes to the superior."""

    petition: PetitionNumber
    superior: ActorCode
    version: Version
    outcome: Outcome
    concluded_on: date
    sent_on: date
    approved_by: ActorCode
    signed: Signed | None = None
    link: Link | None = None


class FollowUpPlanned(Message):
    """A visit is to be made. ``by``: who planned it, where it was not the district file."""

    petition: PetitionNumber
    visit: Visit
    due_at: Moment
    by: ActorCode | None = None
    asked_by_reporter: Annotated[bool, Field(exclude_if=_is_empty)] = False


class FollowUpDue(Message):
    """The day of a visit has come."""

    petition: PetitionNumber
    visit: Visit
    unit: ActorCode
    due_at: Moment


class FollowUpRecorded(Message):
    """What came of a visit. Counted is what was done, never who declined. next_at: when the next is due."""

    petition: PetitionNumber
    visit: Visit
    outcome: Literal["made", "declined", "not_reached"]
    unit: ActorCode
    zone: Code | None = None
    on: date
    help: Annotated[list[Help], Field(exclude_if=_is_empty)] = []
    receiver: Code | None = None
    by: ActorCode
    document: DocumentRef | None = None
    next_at: Moment | None = None
    link: Link | None = None


class CaseLapsed(Message):
    """The district's window has passed without the reporter's return. Never a confirmation, and counted apart."""

    petition: PetitionNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    window_months: Annotated[int, Field(ge=1, le=36)]
    since: Annotated[date, Field(description="from when the window ran: the reply, or the newest sign of the reporter")]
    lapsed_on: date


class CaseReopened(Message):
    """A concluded case is handled again: its unit reports anew, under the next version.

    times: which reopening it is; conclusion: the one that no longer stands; repeat: the petition that led to it;
    settled_on, lapsed_on: the rest that this ends. ``by``: None where a message of another service led to it.
    """

    petition: PetitionNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    ground: ReopenGround
    times: Annotated[int, Field(ge=1, le=999)]
    reopened_on: date
    conclusion: CountedConclusion
    by: ActorCode | None = None
    repeat: PetitionNumber | None = None
    settled_on: date | None = None
    lapsed_on: date | None = None
    acceptance: Annotated[int, Field(ge=1)] = 1
    document: DocumentRef | None = None
    signed: Signed | None = None
    link: Link | None = None


class SettlementEnded(Message):
    """The reporter has come back with what is now a case of its own: this one rests no longer, and is not reopened."""

    petition: PetitionNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    repeat: PetitionNumber
    settled_on: date | None = None
    lapsed_on: date | None = None
    ended_on: date
