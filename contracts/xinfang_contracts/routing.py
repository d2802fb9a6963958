"""What routing says: who handles a case, by when."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .intake import CaseTraits, Counted
from .message import ActorCode, Code, Message, Moment, PetitionNumber


class Mode(StrEnum):
    """How a case is handled: 自办、属地或派驻承办、提级核查、片区协办、交叉办理."""

    OWN = "own"
    UNIT = "unit"
    TAKE_UP = "take_up"
    ZONE_ASSISTED = "zone_assisted"
    CROSSED = "crossed"


class Clock(Message):
    """A running deadline with the article it rests on."""

    name: Code
    started_at: Moment
    due_at: Moment
    basis: str


class CaseAssigned(Message):
    """A case has its one handling unit, and its clock runs."""

    petition: PetitionNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    mode: Mode
    clock: Clock
    rule: Annotated[Code, Field(description="id of the rule that chose the unit")]
    excluded: list[ActorCode] = []
    acceptance: Annotated[int, Field(ge=1, description="which acceptance of the petition made this case")] = 1


class CaseSentUp(Message):
    """Nobody here may handle it: it goes to the common superior."""

    petition: PetitionNumber
    traits: CaseTraits
    superior: ActorCode
    rule: Code
    excluded: Annotated[list[ActorCode], Field(exclude_if=lambda excluded: not excluded)] = []


class CaseWithdrawn(Message):
    """The petition went back to the petition office (规则17): the unit has no more to do with it, its clock stops."""

    petition: PetitionNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    assigned_on: date
    withdrawn_on: date
    acceptance: Annotated[int, Field(ge=1)] = 1


class CaseOverdue(Message):
    """A clock ran out before the case was concluded."""

    petition: PetitionNumber
    unit: ActorCode
    zone: Code | None = None
    clock: Clock
    counted: Counted = True
