"""信访案件质量评查: a sample of concluded cases that anybody can draw again, a checklist, points off with reasons."""

from datetime import date
from typing import Annotated

from pydantic import Field

from .intake import CaseTraits
from .message import ActorCode, Code, DocumentRef, Message, PetitionNumber
from .signing import Link, Sha256

SamplePeriod = Annotated[
    str, Field(pattern=r"^[0-9]{4}(-Q[1-4]|-H[12])?$", description="2023, 2023-H2 or 2023-Q4, in business months")
]
Score = Annotated[int, Field(ge=0, le=100)]


class PointsOff(Message):
    """Points taken off under one item of the district's checklist. reasons: in words, in the vault."""

    item: Code
    points: Annotated[int, Field(ge=1, le=100)]
    reasons: DocumentRef


Deductions = Annotated[list[PointsOff], Field(max_length=50)]


class DrawSample(Message):
    """The case-management office draws what is reviewed of a period that is over; once."""

    period: SamplePeriod


class SampleDrawn(Message):
    """What is reviewed of a period, and all that is needed to draw it again.

    seed: hash of the first publication of the chains' heads (``review.heads_published``) after the period, publication
    and published_on: which one that was; frame: how many cases stand concluded in the period, frame_digest: over them,
    see ``services/review/quality/sampling.py``; petitions: the sample, in the order in which it was drawn;
    whoever drew it is answered without those cases in which they have no part.
    """

    period: SamplePeriod
    by: ActorCode
    seed: Sha256
    publication: Annotated[int, Field(ge=1)]
    published_on: date
    frame: Annotated[int, Field(ge=1)]
    frame_digest: Sha256
    share_percent: Annotated[int, Field(ge=1, le=100)]
    at_least: Annotated[int, Field(ge=1)]
    petitions: list[PetitionNumber]


class FileSampled(Message):
    """A file waits to be reviewed by this office, which has no part in its case."""

    petition: PetitionNumber
    period: SamplePeriod
    unit: ActorCode
    zone: Code | None = None
    concluded_on: date
    reviewer: ActorCode


class ReviewQuality(Message):
    """A file is reviewed; what is taken off nothing is full marks."""

    petition: PetitionNumber
    period: SamplePeriod
    points_off: Deductions = []


class QualityReviewed(Message):
    """A file has its marks. Counts for the month of its conclusion."""

    petition: PetitionNumber
    period: SamplePeriod
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    concluded_on: date
    by: ActorCode
    points_off: Deductions = []
    score: Score
    excellent: bool
    link: Link | None = None


class ObjectToQuality(Message):
    """The unit does not agree with the marks; once."""

    petition: PetitionNumber
    period: SamplePeriod
    document: DocumentRef


class QualityObjected(Message):
    """An objection waits for its decision."""

    petition: PetitionNumber
    period: SamplePeriod
    unit: ActorCode
    document: DocumentRef
    decides: ActorCode
    link: Link | None = None


class DecideQuality(Message):
    """The objection is decided, with the points that are off now: the same ones, or fewer."""

    petition: PetitionNumber
    period: SamplePeriod
    points_off: Deductions = []
    document: DocumentRef | None = None


class QualityDecided(Message):
    """The marks that stand. before: as the review had them."""

    petition: PetitionNumber
    period: SamplePeriod
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    concluded_on: date
    by: ActorCode
    points_off: Deductions = []
    score_before: Score
    score: Score
    excellent_before: bool
    excellent: bool
    document: DocumentRef | None = None
    decided_on: date
    link: Link | None = None
