"""What routing says: who handles a case, by when."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from .district import ClockUnit, Colour
from .intake import CaseTraits, Counted
from .message import ActorCode, Code, Message, Moment, PetitionNumber


class Mode(StrEnum):
    """How a case is handled: 自办、属地或派驻承办、提级核查、片区协办、交叉办理."""

    OWN = "own"
    UNIT = "unit"
    TAKE_UP = "take_up"
    ZONE_ASSISTED = "zone_assisted"
    CROSSED = "crossed"


class WarnedAt(Message):
    """When a colour is due."""

    colour: Colour
    at: Moment


class Clock(Message):
    """A running deadline with the article it rests on.

    length, unit: what the district file said when it started, or ``fixed_on``: the last day that a superior has set;
    calendar: which calendar its days were counted by, when it took one; warnings: when each colour is due;
    provisional: its last day was counted in a year of which no official arrangement of holidays was known.
    """

    name: Code
    started_at: Moment
    due_at: Moment
    basis: str
    length: int | None = None
    unit: ClockUnit | None = None
    fixed_on: date | None = None
    calendar: Code | None = None
    warnings: Annotated[list[WarnedAt], Field(exclude_if=lambda warnings: not warnings)] = []
    provisional: Annotated[bool, Field(exclude_if=lambda provisional: not provisional)] = False


def _is_empty(value: Any) -> bool:
    return not value


class CaseAssigned(Message):
    """A case has its one handling unit, and its clock runs.

    reasons, difficulty: which rules of the district file made the case difficult, and what they came to; assisting,
    lead: the zone's units that help, and the leader who leads.
    """

    petition: PetitionNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    mode: Mode
    clock: Clock
    rule: Annotated[Code, Field(description="id of the rule that chose the unit")]
    excluded: list[ActorCode] = []
    acceptance: Annotated[int, Field(ge=1, description="which acceptance of the petition made this case")] = 1
    reasons: Annotated[list[Code], Field(exclude_if=_is_empty, description="why it is difficult, in codes")] = []
    difficulty: int | None = None
    assisting: Annotated[list[ActorCode], Field(exclude_if=_is_empty)] = []
    lead: ActorCode | None = None


class CaseResumed(Message):
    """A reopened case is in its unit's hands again, and a new clock runs. ``times``: which reopening of it this is."""

    petition: PetitionNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    clock: Clock
    times: Annotated[int, Field(ge=1, le=999)]
    acceptance: Annotated[int, Field(ge=1)] = 1


class CaseSentUp(Message):
    """Nobody here may handle it, or the superior takes it up: it goes to the common superior.

    before, before_zone, before_on: who had it until now, if anybody had, and on which day that was counted; move: which
    move of this case it is; clock: by when the superior is to decide who handles it.
    """

    petition: PetitionNumber
    traits: CaseTraits
    superior: ActorCode
    rule: Code
    before: ActorCode | None = None
    before_zone: Code | None = None
    before_on: date | None = None
    bounces: Annotated[int, Field(ge=0, exclude_if=_is_empty)] = 0
    clock: Clock | None = None
    excluded: Annotated[list[ActorCode], Field(exclude_if=_is_empty)] = []
    acceptance: Annotated[int, Field(ge=1)] = 1
    move: Annotated[int, Field(ge=0, exclude_if=_is_empty)] = 0


class CaseWithdrawn(Message):
    """The petition went back to the petition office (规则17): the unit has no more to do with it, its clock stops.

    ``unit`` is the superior where the case had been sent up; then ``assigned_on`` is the day on which it was.
    """

    petition: PetitionNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    assigned_on: date
    withdrawn_on: date
    overdue_unit: Annotated[ActorCode | None, Field(description="who had it when its clock ran out, if another")] = None
    overdue_zone: Code | None = None
    acceptance: Annotated[int, Field(ge=1)] = 1
    overdue_on: Annotated[date | None, Field(description="the day on which it was said to be overdue")] = None


class CaseOverdue(Message):
    """A clock ran out before the case was concluded."""

    petition: PetitionNumber
    unit: ActorCode
    zone: Code | None = None
    clock: Clock
    counted: Counted = True
