"""开门接访: the roster of who receives, swaps, attendance, and who received whom."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from .items import ItemJwe, People
from .message import ActorCode, DocumentRef, ItemNumber, Message, PetitionNumber, TownCode

Part = Annotated[Literal["morning", "afternoon", "evening", "day"], Field(description="which part of the day")]


class PlanShift(Message):
    """Put a shift of leaders and offices or units on the roster. Without a town: in the organ's own reception room."""

    on: date
    part: Part
    town: TownCode | None = None
    people: People


class ShiftPlanned(Message):
    """A shift is on the roster."""

    item: ItemNumber
    on: date
    part: Part
    town: TownCode | None = None
    people: list[ActorCode]


class AskSwap(Message):
    """Somebody on a shift asks another to take their place; a later ask takes the place of an earlier one."""

    item: ItemNumber
    other: ActorCode


class SwapAsked(Message):
    """A swap waits for the other's word."""

    item: ItemNumber
    by: ActorCode
    other: ActorCode


class AgreeSwap(Message):
    """The other agrees, and stands on the shift from now on."""

    item: ItemNumber


class SwapAgreed(Message):
    """``other`` stands on the shift in the place of ``by``."""

    item: ItemNumber
    by: ActorCode
    other: ActorCode


class RecordAttendance(Message):
    """Who of a shift was there."""

    item: ItemNumber
    present: Annotated[list[ActorCode], Field(max_length=40)]


class AttendanceRecorded(Message):
    """Who of a shift was there, and who was not."""

    item: ItemNumber
    present: list[ActorCode]
    absent: list[ActorCode]


class RecordReception(Message):
    """Somebody was received on a shift: about a petition, or for a consultation only. ``by``: who received."""

    item: ItemNumber
    by: ActorCode
    petition: Annotated[PetitionNumber | None, Field(description="left out: consultation only")] = None
    content: ItemJwe | None = None


class ReceptionRecorded(Message):
    """Somebody was received."""

    item: ItemNumber
    by: ActorCode
    town: TownCode | None = None
    on: date
    petition: PetitionNumber | None = None
    document: DocumentRef | None = None
