"""包案、督办: the leader who owns a case and what is done about it; supervision letters and their answers."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .message import ActorCode, Article, Code, DocumentRef, Message, PetitionNumber
from .routing import Clock

LetterNumber = Annotated[int, Field(ge=1, le=999, description="within its case, from 1")]
Addressee = Annotated[Code, Field(description="a unit of the district, or a receiver of the district file")]


class LeaderReason(StrEnum):
    """Why the principal names a leader (领导包案)."""

    HARD = "hard"
    EXPERIENCE = "experience"
    WORKLOAD = "workload"
    ABSENCE = "absence"
    OTHER = "other"


class NameLeader(Message):
    """The principal gives a case to a member of the leadership, or to another than before (条例18)."""

    petition: PetitionNumber
    leader: ActorCode
    reason: LeaderReason
    document: DocumentRef | None = None


class LeaderNamed(Message):
    """领导包案: a member of the leadership owns the case until it is concluded.

    rule: which rule chose them; reasons: why the case is led at all; former: who owned it before.
    """

    petition: PetitionNumber
    leader: ActorCode
    rule: Code
    reasons: list[Code]
    unit: ActorCode
    zone: Code | None = None
    by: Annotated[ActorCode | None, Field(description="who named them, where no rule did")] = None
    former: ActorCode | None = None
    document: DocumentRef | None = None


class MeasureKind(StrEnum):
    """因案施策: what is done about one case."""

    VISIT = "visit"
    JOINT_MEETING = "joint_meeting"
    COORDINATION = "coordination"
    ON_SITE = "on_site"
    EXPLANATION = "explanation"
    HELP = "help"
    LEGAL_GUIDANCE = "legal_guidance"
    OTHER = "other"


class RecordMeasure(Message):
    """The leader who owns a case says what is to be done; the words are in the document."""

    petition: PetitionNumber
    kind: MeasureKind
    document: DocumentRef


class MeasureRecorded(Message):
    """A measure for one case."""

    petition: PetitionNumber
    leader: ActorCode
    kind: MeasureKind
    document: DocumentRef


class ProgressStage(StrEnum):
    """How far a leader-led case is."""

    LOOKED_INTO = "looked_into"
    REPORTER_MET = "reporter_met"
    UNDER_WAY = "under_way"
    RESOLVED = "resolved"
    STUCK = "stuck"
    OTHER = "other"


class RecordProgress(Message):
    """The leader who owns a case says how far it is."""

    petition: PetitionNumber
    stage: ProgressStage
    document: DocumentRef | None = None


class ProgressRecorded(Message):
    """How far a leader-led case is."""

    petition: PetitionNumber
    leader: ActorCode
    stage: ProgressStage
    document: DocumentRef | None = None


class LetterGround(StrEnum):
    """督办 grounds (规则22): overdue, careless or evasive, to be completed, other."""

    OVERDUE = "overdue"
    EVASIVE = "evasive"
    NEEDS_MORE = "needs_more"
    OTHER = "other"


class IssueSupervisionLetter(Message):
    """督办函 (规则22): a leader presses a unit or a department, in writing."""

    petition: PetitionNumber
    to: Addressee
    ground: LetterGround
    letter: DocumentRef


class SupervisionLetterIssued(Message):
    """A supervision letter. ``clock``: by when its answer is due, where the district file sets a time."""

    petition: PetitionNumber
    number: LetterNumber
    to: Addressee
    ground: LetterGround
    letter: DocumentRef
    by: ActorCode
    unit: ActorCode
    zone: Code | None = None
    issued_on: date
    clock: Clock | None = None
    basis: Article


class AnswerSupervisionLetter(Message):
    """The answer to a supervision letter: by the unit, or entered by an office for a department."""

    petition: PetitionNumber
    number: LetterNumber
    document: DocumentRef


class SupervisionLetterAnswered(Message):
    """A supervision letter is answered; in time, or late."""

    petition: PetitionNumber
    number: LetterNumber
    to: Addressee
    document: DocumentRef
    by: ActorCode
    issued_by: ActorCode
    unit: ActorCode
    zone: Code | None = None
    issued_on: date
    on_time: bool


class SupervisionLetterOverdue(Message):
    """A supervision letter was not answered by its day; said once."""

    petition: PetitionNumber
    number: LetterNumber
    to: Addressee
    issued_by: ActorCode
    unit: ActorCode
    zone: Code | None = None
    issued_on: date
    clock: Clock
