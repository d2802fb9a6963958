"""纪律检查建议、监察建议 (规则34): to a unit of whose people many reports were confirmed, and its rectification."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .items import ItemJwe
from .message import ActorCode, Article, DocumentRef, ItemNumber, Message


class RecommendationKind(StrEnum):
    """纪律检查建议、监察建议."""

    DISCIPLINE = "discipline"
    SUPERVISION = "supervision"


class DropReason(StrEnum):
    """Why a proposal goes no further."""

    ALREADY_RECTIFIED = "already_rectified"
    UNRELATED_PROBLEMS = "unrelated_problems"
    OTHER_MEASURE = "other_measure"
    OTHER = "other"


class RecommendationProposed(Message):
    """So many petitions on people of a unit were confirmed; none of them is named, and the unit is not told."""

    item: ItemNumber
    unit: ActorCode
    confirmed: Annotated[int, Field(ge=1, description="how many, none of which was counted for an earlier proposal")]
    since: Annotated[date, Field(description="when the first of them was concluded")]
    basis: Article


class IssueRecommendation(Message):
    """An office sends it to the unit; what it says is in ``content``."""

    item: ItemNumber
    kind: RecommendationKind
    due_on: Annotated[date, Field(description="the last day on which the unit may answer")]
    content: ItemJwe


class RecommendationIssued(Message):
    """It is the unit's to rectify; the unit may read it, and nothing of any petition."""

    item: ItemNumber
    unit: ActorCode
    kind: RecommendationKind
    due_on: date
    document: DocumentRef


class DropRecommendation(Message):
    """An office decides that none is needed."""

    item: ItemNumber
    reason: DropReason


class RecommendationDropped(Message):
    """None is made; the petitions that it was proposed for are not counted again."""

    item: ItemNumber
    unit: ActorCode
    reason: DropReason


class AnswerRecommendation(Message):
    """The unit says what it has rectified; it may do so more than once."""

    item: ItemNumber
    content: ItemJwe


class RecommendationAnswered(Message):
    """The unit has answered."""

    item: ItemNumber
    unit: ActorCode
    kind: RecommendationKind
    document: DocumentRef


class CloseRecommendation(Message):
    """An office has checked, and ends the supervision."""

    item: ItemNumber
    rectified: bool


class RecommendationClosed(Message):
    """What was recommended is rectified, or is not."""

    item: ItemNumber
    unit: ActorCode
    kind: RecommendationKind
    rectified: bool


class RecommendationOverdue(Message):
    """The unit has not answered in time; said once."""

    item: ItemNumber
    unit: ActorCode
    kind: RecommendationKind
    due_on: date
