"""听访: special hearings of what is urgent, and the committee's monthly hearing of the petition office."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from .message import ActorCode, Code, DocumentRef, Message, PetitionNumber

HearingKind = Literal["special", "monthly"]


class HearingReason(StrEnum):
    """Why a leader calls a special hearing."""

    URGENT = "urgent"
    MAJOR = "major"
    STUCK = "stuck"
    COLLECTIVE = "collective"
    OTHER = "other"


class CallHearing(Message):
    """随时听访调度: a leader calls a special hearing on one petition or several."""

    petitions: Annotated[list[PetitionNumber], Field(min_length=1, max_length=50)]
    reason: HearingReason


class HearingCalled(Message):
    """A special hearing is called. ``rule``: ``urgent`` at the acceptance, or ``called_by_leader``."""

    petitions: Annotated[list[PetitionNumber], Field(min_length=1, max_length=50)]
    rule: Code
    reasons: list[Code]
    by: Annotated[ActorCode | None, Field(description="who called it, where no rule did")] = None


class RecordHearing(Message):
    """A hearing was held: on which petitions, who was there, and its minutes in the vault."""

    kind: HearingKind
    held_on: date
    petitions: Annotated[list[PetitionNumber], Field(max_length=200)] = []
    attended: Annotated[list[ActorCode], Field(min_length=1, max_length=100)]
    minutes: DocumentRef | None = None


class HearingHeld(Message):
    """A hearing was held (专题研究调度会、区纪委常委会每月听取汇报)."""

    kind: HearingKind
    held_on: date
    petitions: Annotated[list[PetitionNumber], Field(max_length=200)] = []
    attended: Annotated[list[ActorCode], Field(min_length=1, max_length=100)]
    minutes: DocumentRef | None = None
    by: ActorCode


class MonthlyHearingMissed(Message):
    """A month ended in which the committee did not hear the petition office; said once."""

    month: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$", description="2023-11")]
