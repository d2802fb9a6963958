"""What intake knows of a petition outside the vault, as a union of shapes: what cannot be cannot be written."""

from datetime import datetime
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


class Registered(BaseModel):
    """Has its number, waits to be screened. ``tied``: codes that its content excludes, without the reason."""

    model_config = ConfigDict(frozen=True)
    status: Literal["registered"] = "registered"
    traits: Traits
    tied: list[str] = []


class Screened(BaseModel):
    """Decided: accepted, referred, declined or kept on file."""

    model_config = ConfigDict(frozen=True)
    status: Literal["accepted", "referred", "declined", "kept_on_file"]
    traits: Traits
    screened_at: datetime


class Sealed(BaseModel):
    """Went to its one reader; here only the envelope is left."""

    model_config = ConfigDict(frozen=True)
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
            return Screened(status="referred", traits=fact.traits, screened_at=now)
        case PetitionDeclined():
            return Screened(status="declined", traits=fact.traits, screened_at=now)
        case PetitionKeptOnFile():
            return Screened(status="kept_on_file", traits=fact.traits, screened_at=now)
        case _:
            return state
