"""访前调解: the "和事佬" mediation hall. What failed may become a petition, to which it is linked by number."""

from datetime import date
from typing import Annotated

from pydantic import Field

from .items import ItemJwe
from .message import Code, DocumentRef, ItemNumber, Message, PetitionNumber, TownCode

Mediators = Annotated[
    list[Code], Field(min_length=1, max_length=20, description="by codes of the district's own; no public list")
]


class OpenMediation(Message):
    """A quarrel is brought to the hall; what it is about, and the village, are in ``content``."""

    town: TownCode
    on: date
    mediators: Mediators
    content: ItemJwe


class MediationOpened(Message):
    """A mediation has its number; its words are in the vault."""

    item: ItemNumber
    town: TownCode
    on: date
    mediators: list[Code]
    document: DocumentRef


class SettleMediation(Message):
    """The two sides agree."""

    item: ItemNumber
    on: date
    content: ItemJwe | None = None


class MediationSettled(Message):
    """The two sides agree."""

    item: ItemNumber
    town: TownCode
    on: date
    document: DocumentRef | None = None


class FailMediation(Message):
    """They do not."""

    item: ItemNumber
    on: date
    content: ItemJwe | None = None


class MediationFailed(Message):
    """They do not agree."""

    item: ItemNumber
    town: TownCode
    on: date
    document: DocumentRef | None = None


class LinkMediation(Message):
    """A failed mediation has been handed in as a petition, through an ordinary door."""

    item: ItemNumber
    petition: PetitionNumber


class MediationHandedOver(Message):
    """A failed mediation goes on as a petition."""

    item: ItemNumber
    town: TownCode
    petition: PetitionNumber
