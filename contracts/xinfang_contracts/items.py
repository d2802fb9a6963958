"""The work beside petitions, what its items share: sealed words, and their erasure."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from .message import ActorCode, Article, ItemNumber, Jwe, Message, PlaceCode
from .vault import Ground

ItemJwe = Annotated[Jwe, Field(description="JWE of ItemContent under intake's public key")]
Yuan = Annotated[int, Field(ge=0, le=10_000_000_000, description="whole yuan")]
People = Annotated[list[ActorCode], Field(min_length=1, max_length=40)]


class ItemContent(Message):
    """The plaintext of an item's ``content``: what was said, and the village, neither of which any message carries."""

    text: Annotated[str | None, Field(min_length=1, max_length=30_000)] = None
    village: PlaceCode | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.text is None and self.village is None:
            raise ValueError("text or village")
        return self


class ProposeItemErasure(Message):
    """The petition office asks that everything the vault holds on an item be destroyed."""

    item: ItemNumber
    ground: Ground
    basis: Article


class ApproveItemErasure(Message):
    """One of the two who must agree."""

    item: ItemNumber


class ItemErasureProposed(Message):
    """An erasure waits for its two approvers; an earlier proposal, and what was approved of it, is void."""

    item: ItemNumber
    ground: Ground
    basis: Article
    by: ActorCode


class ItemErasureApproved(Message):
    """One has agreed."""

    item: ItemNumber
    by: ActorCode


class ItemErased(Message):
    """The item's data key and documents are destroyed; number, ground and day are left."""

    item: ItemNumber
    ground: Ground
    basis: Article
    erased_on: date
