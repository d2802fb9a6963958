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
from xinfang_contracts.outside import ReferralAnswered, Transfer, TransferOverdue
from xinfang_contracts.sealed import SealedHandedOver, SealedReportedUp, UpReportOverdue


class Registered(BaseModel):
    """Has its number, waits to be screened. ``tied``: codes that its content excludes, without the reason.

    due_at: by when what a superior handed down is to be screened; overdue: it was not, and that was said.
    """

    model_config = ConfigDict(frozen=True)
    status: Literal["registered"] = "registered"
    traits: Traits
    tied: list[str] = []
    transfer: Transfer | None = None
    due_at: datetime | None = None
    overdue: bool = False


class Screened(BaseModel):
    """Decided: accepted, referred, declined or kept on file. ``answer``: what the receiver of a referral said last."""

    model_config = ConfigDict(frozen=True)
    status: Literal["accepted", "referred", "declined", "kept_on_file"]
    traits: Traits
    screened_at: datetime
    transfer: Transfer | None = None
    receiver: str | None = None
    answer: Literal["taken", "returned", "answered"] | None = None


class ReportedUp(BaseModel):
    """What the principal has reported up, as far as it may be known here."""

    model_config = ConfigDict(frozen=True)
    superior: str
    digest: str
    reported_at: datetime
    handed_over_at: datetime | None = None


class Sealed(BaseModel):
    """Went to its one reader; here only the envelope is left.

    digest: of what was sealed; handed_over_at: when the reader said that it has it; due_at: by when the principal is
    to report it up; overdue: it was not, and that was said.
    """

    model_config = ConfigDict(frozen=True)
    status: Literal["sealed"] = "sealed"
    reader: str
    received_at: datetime
    digest: str | None = None
    handed_over_at: datetime | None = None
    due_at: datetime | None = None
    overdue: bool = False
    up: ReportedUp | None = None


Petition = Annotated[Registered | Screened | Sealed, Field(discriminator="status")]
State = Registered | Screened | Sealed | None


def evolve(state: State, fact: Message, now: datetime) -> State:
    """The petition after one of intake's own facts."""
    match fact:
        case PetitionRegistered():
            return Registered(traits=fact.traits, tied=fact.excluded, transfer=fact.transfer, due_at=fact.due_at)
        case PetitionSealed():
            return Sealed(reader=fact.reader, received_at=fact.received_at, digest=fact.digest, due_at=fact.due_at)
        case PetitionAccepted():
            return Screened(status="accepted", traits=fact.traits, screened_at=now, transfer=fact.transfer)
        case PetitionReferred():
            screened = _screened("referred", state, fact.traits, now)
            return screened.model_copy(update={"receiver": fact.receiver})
        case PetitionDeclined():
            return _screened("declined", state, fact.traits, now)
        case PetitionKeptOnFile():
            return _screened("kept_on_file", state, fact.traits, now)
        case ReferralAnswered() if isinstance(state, Screened):
            return state.model_copy(update={"answer": fact.outcome})
        case TransferOverdue() if isinstance(state, Registered):
            return state.model_copy(update={"overdue": True})
        case SealedHandedOver() | SealedReportedUp() | UpReportOverdue() if isinstance(state, Sealed):
            return _moved(state, fact)
        case _:
            return state


def due_at(state: State) -> datetime | None:
    """When something will fall due; None when nothing will."""
    match state:
        case Registered(overdue=False):
            return state.due_at
        case Sealed(overdue=False, up=None):
            return state.due_at
        case _:
            return None


def _screened(
    status: Literal["referred", "declined", "kept_on_file"], state: State, traits: Traits, now: datetime
) -> Screened:
    transfer = state.transfer if isinstance(state, Registered) else None
    return Screened(status=status, traits=traits, screened_at=now, transfer=transfer)


def _moved(state: Sealed, fact: SealedHandedOver | SealedReportedUp | UpReportOverdue) -> Sealed:
    match fact:
        case SealedHandedOver() if fact.reader == state.reader:
            return state.model_copy(update={"handed_over_at": fact.handed_over_at})
        case SealedHandedOver():
            up = state.up and state.up.model_copy(update={"handed_over_at": fact.handed_over_at})
            return state.model_copy(update={"up": up})
        case SealedReportedUp():
            up = ReportedUp(superior=fact.superior, digest=fact.digest, reported_at=fact.reported_at)
            return state.model_copy(update={"up": up})
        case UpReportOverdue():
            return state.model_copy(update={"overdue": True})
