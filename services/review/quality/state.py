"""What review knows of a case's quality: why its reports went back, and the marks of its file. Hangs on the case."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from xinfang_contracts.message import Message
from xinfang_contracts.quality import FileSampled, PointsOff, QualityDecided, QualityObjected, QualityReviewed
from xinfang_contracts.review import ReportReturned, ReturnReason
from xinfang_contracts.statistics import CountedFile


class File(BaseModel):
    """A sampled file. by: who has reviewed it."""

    model_config = ConfigDict(frozen=True)
    period: str
    stage: Literal["sampled", "reviewed", "objected", "decided"] = "sampled"
    unit: str
    zone: str | None = None
    concluded_on: date
    by: str | None = None
    points_off: tuple[PointsOff, ...] = ()
    score: int | None = None
    excellent: bool = False


class Quality(BaseModel):
    """returned_for: why reports of this acceptance of the petition went back, each once."""

    model_config = ConfigDict(frozen=True)
    returned_for: tuple[ReturnReason, ...] = Field(default=(), exclude_if=lambda reasons: not reasons)
    files: tuple[File, ...] = Field(default=(), exclude_if=lambda files: not files)

    def of(self, period: str) -> File | None:
        """The file as it was sampled for a period."""
        return next((one for one in self.files if one.period == period), None)


NOTHING = Quality()


def quality_after(part: Quality | None, fact: Message) -> Quality | None:
    """What is known after a fact; the same value where the fact says nothing of it."""
    match fact:
        case ReportReturned() if fact.reason not in (part or NOTHING).returned_for:
            known = part or NOTHING
            return known.model_copy(update={"returned_for": (*known.returned_for, fact.reason)})
        case FileSampled() if (part or NOTHING).of(fact.period) is None:
            known = part or NOTHING
            file = File(period=fact.period, unit=fact.unit, zone=fact.zone, concluded_on=fact.concluded_on)
            return known.model_copy(update={"files": (*known.files, file)})
        case QualityReviewed() | QualityObjected() | QualityDecided() if part is not None:
            files = tuple(_after(one, fact) if one.period == fact.period else one for one in part.files)
            return part.model_copy(update={"files": files})
        case _:
            return part


def begun_anew(part: Quality | None) -> Quality | None:
    """Accepted anew: what was returned before was another case's."""
    return part if part is None or not part.returned_for else part.model_copy(update={"returned_for": ()})


def without_files(part: Quality | None) -> Quality | None:
    """The concluded case that they were of is given up (规则17): nothing to review, and none counts."""
    return part.model_copy(update={"files": ()}) if part is not None and part.files else part


def counted_files(part: Quality | None) -> list[CountedFile]:
    """As figures count them: those that have their marks."""
    return [
        CountedFile(unit=one.unit, zone=one.zone, concluded_on=one.concluded_on, excellent=one.excellent)
        for one in (part or NOTHING).files
        if one.stage != "sampled"
    ]


def _after(one: File, fact: QualityReviewed | QualityObjected | QualityDecided) -> File:
    if isinstance(fact, QualityObjected):
        return one.model_copy(update={"stage": "objected"})
    changes: dict[str, object] = {
        "stage": "reviewed" if isinstance(fact, QualityReviewed) else "decided",
        "points_off": tuple(fact.points_off),
        "score": fact.score,
        "excellent": fact.excellent,
    }
    return one.model_copy(update=changes | ({"by": fact.by} if isinstance(fact, QualityReviewed) else {}))
