"""宣传引导 and 跟班轮训: handbooks and films, whom they reached, awards; training in rotation."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from .message import ActorCode, Code, ItemNumber, Message, TownCode


class WorkForm(StrEnum):
    """What a work is."""

    HANDBOOK = "handbook"
    VIDEO = "video"
    OTHER = "other"


Level = Annotated[Literal["district", "prefecture", "province", "centre"], Field(description="who gave the award")]
Many = Annotated[int, Field(ge=1, le=100_000_000)]


class PublishWork(Message):
    """A work of the district file's list is out."""

    work: Code
    on: date


class WorkPublished(Message):
    """A work is out."""

    item: ItemNumber
    work: Code
    form: WorkForm
    on: date


class RecordReach(Message):
    """So many have been given it, or have seen it."""

    item: ItemNumber
    on: date
    town: TownCode | None = None
    people: Many


class WorkReached(Message):
    """So many more have been given it, or have seen it."""

    item: ItemNumber
    work: Code
    on: date
    town: TownCode | None = None
    people: int


class RecordAward(Message):
    """A work was given an award."""

    item: ItemNumber
    on: date
    level: Level
    prize: Annotated[int | None, Field(ge=1, le=9, description="1 first, 2 second ...")] = None


class WorkAwarded(Message):
    """A work was given an award."""

    item: ItemNumber
    work: Code
    on: date
    level: Level
    prize: int | None = None


class RecordTraining(Message):
    """People of a unit have worked along in the organ: person-times (人次), no names."""

    unit: ActorCode
    starts_on: date
    ends_on: date
    people: Annotated[int, Field(ge=1, le=1_000)]


class TrainingRecorded(Message):
    """People of a unit have worked along in the organ."""

    item: ItemNumber
    unit: ActorCode
    starts_on: date
    ends_on: date
    people: int
