"""Whose hands a case is in: ties, objections, changes, and moves from one unit to another."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from .intake import CaseTraits, Counted
from .message import ActorCode, Code, DocumentRef, Message, PetitionNumber
from .routing import Clock, Mode
from .ties import TieKind


def _is_empty(value: Any) -> bool:
    return not value


class DeclareTie(Message):
    """回避: somebody is tied to a case. Oneself volunteers; the petition office or a leader says it of another."""

    petition: PetitionNumber
    actor: ActorCode
    kind: TieKind


class TieDeclared(Message):
    """Somebody has no part in this case from now on; how they are tied is not told. ``assigned``: a unit has it."""

    petition: PetitionNumber
    actor: ActorCode
    assigned: Annotated[bool, Field(description="whether a unit handles the case, and review knows of it")]


class ObjectionReason(StrEnum):
    """Why a unit objects to having been given a case (条例23). A reader treats an unknown one as ``other``."""

    NOT_COMPETENT = "not_competent"
    OTHER_PLACE = "other_place"
    CONFLICT = "conflict"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "ObjectionReason":
        return cls.OTHER


class ObjectToAssignment(Message):
    """异议 (条例23): the handling unit finds that the case is not its own. The reasons stand in the document."""

    petition: PetitionNumber
    reason: ObjectionReason
    document: DocumentRef


class AssignmentObjected(Message):
    """A unit has objected in time. ``bounces``: how often this case was objected to, with this time."""

    petition: PetitionNumber
    unit: ActorCode
    zone: Code | None = None
    reason: ObjectionReason
    document: DocumentRef
    bounces: Annotated[int, Field(ge=1)]


class ChangeReason(StrEnum):
    """Why a leader changes how a case is handled. A reader treats an unknown one as ``other``."""

    COMPLEX = "complex"
    URGENT = "urgent"
    FAIRNESS = "fairness"
    WORKLOAD = "workload"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "ChangeReason":
        return cls.OTHER


class ChangeHandling(Message):
    """A leader decides otherwise: the principal always, a deputy secretary in the zone. Without unit: by the rules."""

    petition: PetitionNumber
    mode: Mode
    unit: ActorCode | None = None
    reason: ChangeReason
    document: DocumentRef | None = None


class CaseReassigned(Message):
    """A case has another handling unit, or the same one with other hands beside it.

    before, before_zone, before_on: who had it (a unit, or the superior), and on which day that was counted; the new
    assignment counts on counted_on, or where that is left out on the day on which its clock began. move: which move
    of this case it is.
    """

    petition: PetitionNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    mode: Mode
    rule: Annotated[Code, Field(description="id of the rule that chose the unit")]
    reasons: Annotated[list[Code], Field(exclude_if=_is_empty, description="why, in codes")] = []
    difficulty: int | None = None
    assisting: Annotated[list[ActorCode], Field(exclude_if=_is_empty)] = []
    lead: ActorCode | None = None
    before: ActorCode
    before_zone: Code | None = None
    before_on: date
    counted_on: date | None = None
    bounces: Annotated[int, Field(ge=0)] = 0
    clock: Clock
    excluded: list[ActorCode] = []
    acceptance: Annotated[int, Field(ge=1)] = 1
    move: Annotated[int, Field(ge=1)]
    by: Annotated[ActorCode | None, Field(description="who decided so, where no rule did")] = None
    document: DocumentRef | None = None


class SuperiorOverdue(Message):
    """The common superior has not decided who is to handle a case within its clock."""

    petition: PetitionNumber
    superior: ActorCode
    clock: Clock
    counted: Counted = True
