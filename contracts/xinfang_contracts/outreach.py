"""下访、约访、摆摊: stands, interview visits, survey teams, and the concerns that they bring back."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .items import ItemJwe, People, Yuan
from .message import ActorCode, Code, DocumentRef, ItemNumber, Message, TownCode


class OutreachForm(StrEnum):
    """摆摊设点、下访约访、走访调研."""

    STAND = "stand"
    INTERVIEW = "interview"
    SURVEY = "survey"


class StartOutreach(Message):
    """Leaders and offices go out. ``content`` may name the village, which stays in intake."""

    form: OutreachForm
    campaign: Annotated[Code | None, Field(description="走找想促, 入村亲农 ... by a code of the organ's own")] = None
    town: TownCode
    starts_on: date
    ends_on: date
    members: People
    content: ItemJwe | None = None


class OutreachStarted(Message):
    """An activity has begun."""

    item: ItemNumber
    form: OutreachForm
    campaign: Code | None = None
    town: TownCode
    starts_on: date
    ends_on: date
    members: list[ActorCode]
    document: DocumentRef | None = None


class ReportOutreach(Message):
    """How many were met on one day of an activity: groups received, people who asked for advice."""

    item: ItemNumber
    on: date
    groups: Annotated[int, Field(ge=0, le=10_000)] = 0
    people: Annotated[int, Field(ge=0, le=100_000)] = 0
    content: ItemJwe | None = None


class OutreachReported(Message):
    """So many were met."""

    item: ItemNumber
    form: OutreachForm
    town: TownCode
    on: date
    groups: int
    people: int
    document: DocumentRef | None = None


class CollectConcern(Message):
    """Somebody out there has told of a concern. ``urgent``: 急难愁盼."""

    outreach: ItemNumber
    on: date
    urgent: bool = False
    content: ItemJwe


class ConcernCollected(Message):
    """A concern has its number; its words are in the vault."""

    item: ItemNumber
    outreach: ItemNumber
    form: OutreachForm
    town: TownCode
    on: date
    urgent: bool
    document: DocumentRef


class SolveConcern(Message):
    """A concern is solved: by whom, and what money came back to people."""

    item: ItemNumber
    on: date
    by: ActorCode
    recovered_yuan: Yuan = 0
    content: ItemJwe | None = None


class ConcernSolved(Message):
    """A concern is solved."""

    item: ItemNumber
    form: OutreachForm
    town: TownCode
    on: date
    urgent: bool
    by: ActorCode
    recovered_yuan: int
    document: DocumentRef | None = None
