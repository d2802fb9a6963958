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
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.routing import CaseAssigned, CaseSentUp
from xinfang_contracts.vault import ErasureApproved, ErasureDue, ErasureProposed, Ground, PetitionErased


class Registered(BaseModel):
    """Has its number, waits to be screened. ``tied``: codes that its content excludes, without the reason."""

    model_config = ConfigDict(frozen=True)
    status: Literal["registered"] = "registered"
    traits: Traits
    tied: list[str] = []


class Erasure(BaseModel):
    """An erasure that was proposed, and who has agreed."""

    model_config = ConfigDict(frozen=True)
    ground: Ground
    basis: str
    by: str
    approved: list[str] = []


class Screened(BaseModel):
    """Decided: accepted, referred, declined or kept on file.

    unit: who handles it (or the superior it was sent up to), once routing has said so; excluded: may not handle,
    review or read; ended_at: decided without a case, or its case concluded; expired: the retention's end was said.
    """

    model_config = ConfigDict(frozen=True)
    status: Literal["accepted", "referred", "declined", "kept_on_file"]
    traits: Traits
    screened_at: datetime
    unit: str | None = None
    excluded: list[str] = []
    ended_at: datetime | None = None
    erasure: Erasure | None = None
    expired: bool = False


class Sealed(BaseModel):
    """Went to its one reader; here only the envelope is left."""

    model_config = ConfigDict(frozen=True)
    status: Literal["sealed"] = "sealed"
    reader: str
    received_at: datetime


class Erased(BaseModel):
    """Destroyed: the number and the day are left."""

    model_config = ConfigDict(frozen=True)
    status: Literal["erased"] = "erased"
    erased_on: date


Petition = Annotated[Registered | Screened | Sealed | Erased, Field(discriminator="status")]
State = Registered | Screened | Sealed | Erased | None


def evolve(state: State, fact: Message, now: datetime) -> State:
    """The petition after one of intake's own facts, or after what routing and review have said of its case."""
    match fact:
        case PetitionRegistered():
            return Registered(traits=fact.traits, tied=fact.excluded)
        case PetitionSealed():
            return Sealed(reader=fact.reader, received_at=fact.received_at)
        case PetitionAccepted():
            tied = {*fact.excluded, *([fact.accused_unit] if fact.accused_unit else [])}
            return Screened(status="accepted", traits=fact.traits, screened_at=now, excluded=sorted(tied))
        case PetitionReferred():
            return _ended("referred", state, fact.traits, now)
        case PetitionDeclined():
            return _ended("declined", state, fact.traits, now)
        case PetitionKeptOnFile():
            return _ended("kept_on_file", state, fact.traits, now)
        case PetitionErased():
            return Erased(erased_on=fact.erased_on)
        case _:
            return _learned(state, fact, now) if isinstance(state, Screened) else state


def _ended(
    status: Literal["referred", "declined", "kept_on_file"], state: State, traits: Traits, now: datetime
) -> Screened:
    tied = state.tied if isinstance(state, Registered) else []
    return Screened(status=status, traits=traits, screened_at=now, excluded=tied, ended_at=now)


def _learned(state: Screened, fact: Message, now: datetime) -> Screened:
    """What a decided petition becomes."""
    match fact:
        case CaseAssigned():
            excluded = sorted({*state.excluded, *fact.excluded})
            return state.model_copy(update={"unit": fact.unit, "excluded": excluded})
        case CaseSentUp():
            return state.model_copy(update={"unit": fact.superior})
        case CaseConcluded():
            return state.model_copy(update={"ended_at": now})
        case ErasureProposed():
            erasure = Erasure(ground=fact.ground, basis=fact.basis, by=fact.by)
            return state.model_copy(update={"erasure": erasure})
        case ErasureApproved() if state.erasure is not None:
            approved = [*state.erasure.approved, fact.by]
            return state.model_copy(update={"erasure": state.erasure.model_copy(update={"approved": approved})})
        case ErasureDue():
            return state.model_copy(update={"expired": True})
        case _:
            return state


def retained_since(state: State) -> datetime | None:
    """Since when the retention period runs; None while it does not, and once its end was said."""
    return state.ended_at if isinstance(state, Screened) and not state.expired else None
