"""What screening takes and says: proposals, verification, transfers down, returns, referrals followed up."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from .intake import CaseTraits, DecidedBy, Traits
from .message import ActorCode, Article, Code, DocumentRef, Message, Moment, PetitionNumber, SkipLevel
from .notices import CountedNotice


class PetitionMarked(Message):
    """Screening has found what registration did not know: that it went over the levels, or came with several people."""

    petition: PetitionNumber
    traits: Traits
    skip_level: SkipLevel | None = None
    visitors: Annotated[int | None, Field(ge=1)] = None


class PetitionTransferredDown(Message):
    """转送下级 (规则16): the unit of the lower organ takes it or passes it on by ``due_at``."""

    petition: PetitionNumber
    traits: Traits
    unit: ActorCode
    basis: Article
    due_at: Moment
    decided_by: DecidedBy = "clerk"


class TakeTransfer(Message):
    """The lower organ has accepted what was transferred to it, or passes it on to the unit that is competent."""

    petition: PetitionNumber
    passed_to: ActorCode | None = None


class TransferTaken(Message):
    """An item transferred down was accepted, or passed on; then ``due_at`` is the next unit's."""

    petition: PetitionNumber
    unit: ActorCode
    passed_to: ActorCode | None = None
    due_at: Moment | None = None
    on: date


class VerifyReporter(Message):
    """The petition office has asked who is named whether they reported this (规则25, 30). ``record``: in the vault."""

    petition: PetitionNumber
    how: Literal["phone", "interview"]
    outcome: Literal["confirmed", "denied", "unreachable", "mismatch"]
    record: DocumentRef


class ReporterVerified(Message):
    """Whether the name is real. What is not confirmed is handled as anonymous (规则30)."""

    petition: PetitionNumber
    how: Literal["phone", "interview"]
    outcome: Literal["confirmed", "denied", "unreachable", "mismatch"]
    real_name: bool
    record: DocumentRef
    on: date


class ReturnGround(StrEnum):
    """Why the supervision office gives an item back (规则17). A reader treats an unknown one as ``other``."""

    NO_SUBSTANCE = "no_substance"
    OTHER_ORGAN = "other_organ"
    LITIGATION = "litigation"
    LOWER_LEVEL = "lower_level"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "ReturnGround":
        return cls.OTHER


class ReturnToPetitionOffice(Message):
    """The supervision office asks to give an accepted item back (规则17)."""

    petition: PetitionNumber
    ground: ReturnGround
    remarks: DocumentRef | None = None


class ReturnRequested(Message):
    """A return waits for the leader."""

    petition: PetitionNumber
    office: ActorCode
    ground: ReturnGround
    remarks: DocumentRef | None = None


class ApproveReturn(Message):
    """The leader in charge agrees to a return, or does not."""

    petition: PetitionNumber
    approved: bool = True
    remarks: DocumentRef | None = None


class ReturnRefused(Message):
    """The leader does not agree: the case stays where it is."""

    petition: PetitionNumber
    by: ActorCode
    remarks: DocumentRef | None = None


class PetitionReturned(Message):
    """退回信访室 (规则17): the acceptance no longer holds from this day on, and the item is to be decided anew."""

    petition: PetitionNumber
    traits: CaseTraits
    ground: ReturnGround
    office: ActorCode
    by: ActorCode
    returned_on: date
    acceptance: Annotated[int, Field(ge=1, description="which acceptance of this item it undoes, from 1")] = 1
    remarks: DocumentRef | None = None
    notices: Annotated[list[CountedNotice], Field(description="of its acceptance; they count no longer")] = []


class RecordReferralStep(Message):
    """What the office has done so that a referred item is answered: 引导、联系、协调、督办, or that it was answered."""

    petition: PetitionNumber
    step: Literal["guided", "contacted", "coordinated", "urged", "answered"]
    on: date
    document: DocumentRef | None = None


class ReferralStepTaken(Message):
    """A step was taken on a referral. ``first``: the office's first of this referral; an answer is none."""

    petition: PetitionNumber
    traits: Traits
    receiver: Code
    step: Literal["guided", "contacted", "coordinated", "urged", "answered"]
    first: bool
    referred_on: date
    on: date
    document: DocumentRef | None = None


class ReferralReturned(Message):
    """A referral came back: the item is the petition office's again, to be screened anew, and not counted as referred.

    followed_up: the office had done something about it.
    """

    petition: PetitionNumber
    traits: Traits
    receiver: Code
    referred_on: date
    followed_up: bool
    returned_on: date


class ReferralOverdue(Message):
    """The receiver of a referral, or the unit of a transfer down, has not answered in time. ``times``: how often."""

    petition: PetitionNumber
    receiver: Code
    due_at: Moment
    times: Annotated[int, Field(ge=1)]
    next_at: Annotated[Moment | None, Field(description="when it is looked at again; left out: no more")] = None
    basis: Article


class RepeatsReported(Message):
    """Repeats kept on file in a quarter, reported to the offices (规则14). Counts only."""

    quarter: Annotated[str, Field(pattern=r"^[0-9]{4}-Q[1-4]$")]
    kept_on_file: Annotated[int, Field(ge=0)]
    of_known_cases: Annotated[int, Field(ge=0, description="linked to an earlier petition")]
