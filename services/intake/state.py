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
from xinfang_contracts.outside import ReferralAnswered, Transfer, TransferOverdue
from xinfang_contracts.review import CaseConcluded
from xinfang_contracts.routing import CaseAssigned, CaseSentUp
from xinfang_contracts.sealed import SealedHandedOver, SealedReportedUp, UpReportOverdue
from xinfang_contracts.vault import ErasureApproved, ErasureDue, ErasureProposed, Ground, PetitionErased


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


class Repeatable(Returnable):
    """A petition that may repeat another. ``repeats``: what a person decided, by the earlier petition; if at all."""

    repeats: dict[str, Literal["confirmed", "rejected"]] = Field(default={}, exclude_if=lambda repeats: not repeats)


class Registered(Repeatable):
    """Has its number, waits to be screened. ``tied``: codes that its content excludes, without the reason.

    due_at: by when what a superior handed down is to be screened; overdue: it was not, and that was said.
    """

    status: Literal["registered"] = "registered"
    traits: Traits
    tied: list[str] = []
    transfer: Transfer | None = None
    due_at: datetime | None = None
    overdue: bool = False


class Erasure(BaseModel):
    """An erasure that was proposed, and who has agreed."""

    model_config = ConfigDict(frozen=True)
    ground: Ground
    basis: str
    by: str
    approved: list[str] = []


class Screened(Repeatable):
    """Decided: accepted, referred, declined or kept on file.

    receiver, answer: whom it was referred to, and what that organ said last; ground: why it was declined; unit: who
    handles it (or the superior it was sent up to), once routing has said so; excluded: may not handle, review or read;
    ended_at: decided without a case, or its case concluded; expired: the retention's end was said.
    """

    status: Literal["accepted", "referred", "declined", "kept_on_file"]
    traits: Traits
    screened_at: datetime
    transfer: Transfer | None = None
    receiver: str | None = None
    answer: Literal["taken", "returned", "answered"] | None = None
    ground: str | None = None
    unit: str | None = None
    excluded: list[str] = []
    ended_at: datetime | None = None
    concluded_on: date | None = None
    erasure: Erasure | None = None
    expired: bool = False


class ReportedUp(BaseModel):
    """What the principal has reported up, as far as it may be known here."""

    model_config = ConfigDict(frozen=True)
    superior: str
    digest: str
    reported_at: datetime
    handed_over_at: datetime | None = None


class Sealed(Returnable):
    """Went to its one reader; here only the envelope is left.

    digest: of what was sealed; handed_over_at: when the reader said that it has it; due_at: by when the principal is
    to report it up; overdue: it was not, and that was said.
    """

    status: Literal["sealed"] = "sealed"
    reader: str
    received_at: datetime
    digest: str | None = None
    handed_over_at: datetime | None = None
    due_at: datetime | None = None
    overdue: bool = False
    up: ReportedUp | None = None


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
            return Registered(traits=fact.traits, tied=fact.excluded, transfer=fact.transfer, due_at=fact.due_at)
        case PetitionSealed():
            return Sealed(reader=fact.reader, received_at=fact.received_at, digest=fact.digest, due_at=fact.due_at)
        case PetitionAccepted():
            tied = {*fact.excluded, *([fact.accused_unit] if fact.accused_unit else [])}
            return Screened(
                status="accepted",
                traits=fact.traits,
                screened_at=now,
                transfer=fact.transfer,
                excluded=sorted(tied),
            )
        case PetitionReferred():
            ended = _ended("referred", state, fact.traits, now)
            return ended.model_copy(update={"receiver": fact.receiver})
        case PetitionDeclined():
            ended = _ended("declined", state, fact.traits, now)
            return ended.model_copy(update={"ground": fact.ground})
        case PetitionKeptOnFile():
            return _ended("kept_on_file", state, fact.traits, now)
        case PetitionErased():
            return Erased(erased_on=fact.erased_on)
        case TransferOverdue() if isinstance(state, Registered):
            return state.model_copy(update={"overdue": True})
        case SealedHandedOver() | SealedReportedUp() | UpReportOverdue() if isinstance(state, Sealed):
            return _moved(state, fact)
        case _:
            return _learned(state, fact, now) if isinstance(state, Screened) else state


def due_at(state: State) -> datetime | None:
    """When something will fall due; None when nothing will."""
    match state:
        case Registered(overdue=False):
            return state.due_at
        case Sealed(overdue=False, up=None):
            return state.due_at
        case _:
            return None


def retained_since(state: State) -> datetime | None:
    """Since when the retention period runs; None while it does not, and once its end was said."""
    return state.ended_at if isinstance(state, Screened) and not state.expired else None


def _ended(
    status: Literal["referred", "declined", "kept_on_file"], state: State, traits: Traits, now: datetime
) -> Screened:
    tied, transfer = (state.tied, state.transfer) if isinstance(state, Registered) else ([], None)
    return Screened(status=status, traits=traits, screened_at=now, transfer=transfer, excluded=tied, ended_at=now)


def _learned(state: Screened, fact: Message, now: datetime) -> Screened:
    """What a decided petition becomes."""
    match fact:
        case ReferralAnswered():
            return state.model_copy(update={"answer": fact.outcome})
        case CaseAssigned():
            excluded = sorted({*state.excluded, *fact.excluded})
            return state.model_copy(update={"unit": fact.unit, "excluded": excluded})
        case CaseSentUp():
            return state.model_copy(update={"unit": fact.superior})
        case CaseConcluded():
            return state.model_copy(update={"ended_at": now, "concluded_on": fact.concluded_on})
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
