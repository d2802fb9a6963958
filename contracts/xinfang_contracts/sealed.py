"""The sealed path (规则15): handed in sealed, found later, handed over, reported up. No word of a petition is here."""

from typing import Annotated, Literal

from pydantic import Field

from .message import ActorCode, Code, Digest, Jwe, Message, Moment, PetitionNumber


class SubmitSealed(Message):
    """Hand in a petition sealed for its reader. ``content``: a JWE of PetitionContent under the reader's key.

    Intake cannot open it: whoever is not sure that it is not about the organ's principal chooses the superior.
    """

    channel: Code
    reader: Annotated[ActorCode, Field(description="one who may find something sealed: a superior or the principal")]
    content: Jwe
    digest: Annotated[Digest | None, Field(description="of ``content``, as the sender has sealed it")] = None


class SealPetition(Message):
    """Seal, however late, a petition that was registered and not accepted; what opens it here is destroyed."""

    petition: PetitionNumber
    ground: Literal["higher_rank", "own_leadership"]


class ConfirmHandOver(Message):
    """The reader has what was sealed for it. ``digest`` proves which: SHA-256 of the JWE as it was taken."""

    petition: PetitionNumber
    digest: Digest


class ReportUp(Message):
    """The principal reports a sealed petition up. ``content``: PetitionContent under the superior's key."""

    petition: PetitionNumber
    content: Jwe


class SealedHandedOver(Message):
    """A reader has confirmed that it has what was sealed for it."""

    petition: PetitionNumber
    reader: ActorCode
    handed_over_at: Moment


class SealedReportedUp(Message):
    """The principal has reported a sealed petition up; it waits, sealed, for the superior."""

    petition: PetitionNumber
    superior: ActorCode
    reported_at: Moment
    digest: Digest
    hand_over_due_at: Annotated[Moment | None, Field(description="by when the superior is to say that it has it")] = (
        None
    )


class UpReportOverdue(Message):
    """What was sealed for the principal was not reported up in time. Nothing but number and time is told."""

    petition: PetitionNumber
    due_at: Moment


class HandOverOverdue(Message):
    """A reader has not said in time that it has what was sealed for it. Nobody else is told."""

    petition: PetitionNumber
    reader: ActorCode
    due_at: Moment
