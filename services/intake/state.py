"""What intake knows of a petition outside the vault, as a union of shapes: what cannot be cannot be written."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.intake import (
    PetitionAccepted,
    PetitionDeclined,
    PetitionKeptOnFile,
    PetitionReferred,
    PetitionRegistered,
    PetitionSealed,
    Traits,
)
from xinfang_contracts.message import Message


class Question(BaseModel):
    """A question to the reporter; its words are in the vault."""

    model_config = ConfigDict(frozen=True)
    asked_at: datetime
    answered: bool = False


class Exchange(BaseModel):
    """What has passed between the reporter and the organ since. ``questions``: by the document that holds each."""

    model_config = ConfigDict(frozen=True)
    questions: dict[str, Question] = {}
    materials: int = 0


class Returnable(BaseModel):
    """A petition to which its reporter can come back. Stored only when there was an exchange at all."""

    model_config = ConfigDict(frozen=True)
    exchange: Exchange | None = Field(default=None, exclude_if=lambda exchange: exchange is None)


class Registered(Returnable):
    """Has its number, waits to be screened. ``tied``: codes that its content excludes, without the reason."""

    status: Literal["registered"] = "registered"
    traits: Traits
    tied: list[str] = []


class Screened(Returnable):
    """Decided: accepted, referred (``receiver``), declined (``ground``) or kept on file; then perhaps concluded."""

    status: Literal["accepted", "referred", "declined", "kept_on_file"]
    traits: Traits
    screened_at: datetime
    receiver: str | None = Field(default=None, exclude_if=lambda receiver: receiver is None)
    ground: str | None = Field(default=None, exclude_if=lambda ground: ground is None)
    concluded_on: date | None = Field(default=None, exclude_if=lambda day: day is None)


class Sealed(Returnable):
    """Went to its one reader; here only the envelope is left."""

    status: Literal["sealed"] = "sealed"
    reader: str
    received_at: datetime


Petition = Annotated[Registered | Screened | Sealed, Field(discriminator="status")]
State = Registered | Screened | Sealed | None


def evolve(state: State, fact: Message, now: datetime) -> State:
    """The petition after one of intake's own facts."""
    match fact:
        case PetitionRegistered():
            return Registered(traits=fact.traits, tied=fact.excluded)
        case PetitionSealed():
            return Sealed(reader=fact.reader, received_at=fact.received_at)
        case PetitionAccepted():
            return Screened(status="accepted", traits=fact.traits, screened_at=now)
        case PetitionReferred():
            return Screened(status="referred", traits=fact.traits, screened_at=now, receiver=fact.receiver)
        case PetitionDeclined():
            return Screened(status="declined", traits=fact.traits, screened_at=now, ground=fact.ground)
        case PetitionKeptOnFile():
            return Screened(status="kept_on_file", traits=fact.traits, screened_at=now)
        case _:
            return state
