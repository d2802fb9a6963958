"""打听案情、过问案件、说情干预的登记 (监察法66): recorded, and never changed or withdrawn."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .message import ActorCode, Article, DocumentRef, Message, PetitionNumber


class Manner(StrEnum):
    """打听案情、说情、过问干预."""

    ASKED_ABOUT = "asked_about"
    PLEADED = "pleaded"
    INTERFERED = "interfered"


class ByKind(StrEnum):
    """Who did it, as a kind: no name stands in a message."""

    LEADER_OF_ORGAN = "leader_of_organ"
    PARTY_OR_GOVERNMENT_LEADER = "party_or_government_leader"
    RELATIVE = "relative"
    COLLEAGUE = "colleague"
    OTHER = "other"


class RecordIntercession(Message):
    """Somebody asked about a case, pleaded or interfered. There is no command that takes this back."""

    petition: PetitionNumber
    manner: Manner
    by_kind: ByKind
    by: Annotated[ActorCode | None, Field(description="where the person is an actor of this district")] = None
    on: date
    document: DocumentRef


class IntercessionRecorded(Message):
    """An intercession is on record."""

    petition: PetitionNumber
    manner: Manner
    by_kind: ByKind
    by: ActorCode | None = None
    on: date
    document: DocumentRef
    recorded_by: ActorCode
    basis: Article
