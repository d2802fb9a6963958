"""What a handling unit's report says beside its outcome, and whose turn it then is to review it."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from .message import ActorCode, Code, Message, Moment


class Disposal(StrEnum):
    """The four disposals of a clue: 谈话函询、初步核实、暂存待查、予以了结 (监督执纪工作规则)."""

    TALK_OR_LETTER = "talk_or_letter"
    PRELIMINARY_CHECK = "preliminary_check"
    SHELVED = "shelved"
    CLOSED = "closed"


class Measure(StrEnum):
    """What was done to those concerned, in kind and never by name. A reader treats an unknown one as ``other``."""

    NONE = "none"
    CRITICISED_EDUCATED = "criticised_educated"
    ADMONISHED = "admonished"
    ORGANISATIONAL = "organisational"
    PARTY_DISCIPLINE = "party_discipline"
    GOVERNMENT_DISCIPLINE = "government_discipline"
    TRANSFERRED_TO_JUSTICE = "transferred_to_justice"
    RECTIFIED = "rectified"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "Measure":
        return cls.OTHER


DisciplineForm = Annotated[int, Field(ge=1, le=4, description="四种形态, the gravest that was applied")]
SubstanceState = Literal["in_hand", "solved", "guided", "unfounded"]
"""How the substance track stands (事心双解), as the unit reports it."""


class Asked(Message):
    """Somebody whose turn it is. ``due_at``: by when they are to speak, where the district sets a clock."""

    actor: ActorCode
    due_at: Moment | None = None


class Asking(Message):
    """Whose turn it is with this, and by which calendar their days were counted."""

    by: list[Asked]
    calendar: Code
