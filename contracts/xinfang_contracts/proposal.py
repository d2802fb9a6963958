"""What rules propose of a petition that has just been registered. A clerk decides."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .message import Article, Code, Message


class Matter(StrEnum):
    """What a proposal is about. New ones may be added; a reader treats an unknown one as ``other``."""

    REMIT = "remit"
    RECEIVER = "receiver"
    SUBSTANCE = "substance"
    REAL_NAME = "real_name"
    CATEGORY = "category"
    SUB_CLASS = "sub_class"
    RANK = "rank"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "Matter":
        return cls.OTHER


class Proposal(Message):
    """One thing that a rule proposes, and why: in codes, never a word of the petition."""

    matter: Matter
    value: Annotated[Code, Field(description="own, higher, lower, other_organ or courts; a category; a unit ...")]
    rule: Annotated[Code, Field(description="id of the rule")]
    article: Article
    reasons: Annotated[list[Code], Field(description="what the rule found, or missed")]
