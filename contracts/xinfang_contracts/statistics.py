"""The discipline of figures: dated corrections by whoever said what is corrected; quarterly feedback; analysis."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from .after import CountedConclusion, CountedObjection, CountedReopening, CountedView
from .clarification import ClarificationWay, Cleared
from .intake import CaseTraits, Traits, Yuan
from .message import ActorCode, Category, Code, DocumentRef, Message, PetitionNumber, Rank, TownCode
from .notices import CountedNotice
from .review import Outcome as Finding
from .review import ReturnReason

CorrectionReason = Literal["entry_error", "entered_twice", "test_entry", "reclassified", "other"]
Outcome = Literal["registered", "accepted", "referred", "transferred_down", "declined", "kept_on_file"]
"""What a petition is counted as."""
Quarter = Annotated[str, Field(pattern=r"^[0-9]{4}-Q[1-4]$", description="2023-Q4")]


class TraitChanges(Message):
    """What shall be otherwise; None: as it is. The last four stand with an accepted petition only."""

    channel: Code | None = None
    received_on: date | None = None
    town: TownCode | None = None
    counted: Annotated[bool | None, Field(description="计入统计: whether it counts in figures at all")] = None
    category: Category | None = None
    rank: Rank | None = None
    real_name: bool | None = None
    first_time: bool | None = None


class CorrectTraits(Message):
    """更正: the petition office corrects what figures are counted by. The old figure stays provable."""

    petition: PetitionNumber
    changes: TraitChanges
    reason: CorrectionReason
    basis: DocumentRef | None = None


class CountedReferral(Message):
    """What was done about a referral, as far as figures count it, for the month in which it was referred."""

    referred_on: date
    followed_up: bool
    answered: bool


class CorrectedNotice(Message):
    """A notice as it was counted, and by what it counts now; without ``after`` it is owed to nobody, and does not."""

    before: CountedNotice
    after: CaseTraits | None = None


class CorrectedReturn(Message):
    """An acceptance that was returned on that day."""

    before: CaseTraits
    after: CaseTraits
    returned_on: date


class TraitsCorrected(Message):
    """Intake corrects what it has said of a petition. ``screened_on``: the day under which its outcome was counted.

    referral, repeat, multi_head, notices, returns: what else of it figures count.
    """

    petition: PetitionNumber
    before: CaseTraits | Traits
    after: CaseTraits | Traits
    status: Outcome
    screened_on: date | None = None
    ground: Annotated[Code | None, Field(description="why it was declined, if it was")] = None
    corrected_on: date
    by: ActorCode
    reason: CorrectionReason
    basis: DocumentRef | None = None
    referral: CountedReferral | None = None
    repeat: bool = False
    multi_head: bool = False
    notices: list[CorrectedNotice] = []
    returns: list[CorrectedReturn] = []


class AssignmentCorrected(Message):
    """Routing corrects what it has said of a case: who has it (a unit, or the superior) since when, and was it late."""

    petition: PetitionNumber
    before: CaseTraits
    after: CaseTraits
    unit: ActorCode | None = None
    zone: Code | None = None
    since: date
    overdue_on: date | None = None
    overdue_unit: Annotated[ActorCode | None, Field(description="who let it lapse, where that is another unit")] = None
    overdue_zone: Code | None = None
    corrected_on: date


class ReturnedReport(Message):
    """A report that went back to a unit which has the case no more."""

    unit: ActorCode
    on: date


class CountedClarification(Message):
    """A clarification as figures count it: made and filed, or overdue, or both."""

    unit: ActorCode
    zone: Code | None = None
    cleared: Cleared
    ways: list[ClarificationWay] = []
    made_on: date | None = None
    overdue_on: date | None = None


class CountedFile(Message):
    """A file's quality review as figures count it, for the month of the conclusion."""

    unit: ActorCode
    zone: Code | None = None
    concluded_on: date
    excellent: bool


class ConclusionCorrected(Message):
    """Review corrects what it has said of a case: returns, conclusion, settlement, what followed, what was cleared.

    conclusions: of a case that was reopened, all of them, the first one first; then ``concluded_on`` is empty. view:
    the one that stands.
    """

    petition: PetitionNumber
    before: CaseTraits
    after: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    returned_on: list[date] = []
    returned_before: Annotated[list[ReturnedReport], Field(exclude_if=lambda before: not before)] = []
    concluded_on: date | None = None
    jointly_reviewed: bool = False
    recovered_yuan: Yuan = 0
    settled: bool = False
    settled_on: date | None = None
    returned_for: Annotated[list[ReturnReason], Field(exclude_if=lambda reasons: not reasons)] = []
    clarified: Annotated[list[CountedClarification], Field(exclude_if=lambda clarified: not clarified)] = []
    files: Annotated[list[CountedFile], Field(exclude_if=lambda files: not files)] = []
    corrected_on: date
    lapsed_on: date | None = None
    conclusions: Annotated[list[CountedConclusion], Field(exclude_if=lambda some: not some)] = []
    reopenings: Annotated[list[CountedReopening], Field(exclude_if=lambda some: not some)] = []
    view: CountedView | None = None
    objections: Annotated[list[CountedObjection], Field(exclude_if=lambda some: not some)] = []


class ResultFedBack(Message):
    """规则18: once a quarter the petition office is told what came of each case that was concluded in it."""

    petition: PetitionNumber
    quarter: Quarter
    unit: ActorCode
    zone: Code | None = None
    outcome: Finding
    recovered_yuan: Yuan = 0
    jointly_reviewed: bool
    concluded_on: date
    settled: bool


class AnalysedFigure(Message):
    """One figure of one scope, beside the same of the year before. A rate has a denominator."""

    indicator: Code
    scope: str
    numerator: int
    denominator: int | None = None
    numerator_before: int
    denominator_before: int | None = None


class AnalysisPrepared(Message):
    """规则31: the year's figures for the petition office and the superior; figures only, no petition, no person."""

    year: Annotated[int, Field(ge=2000, le=9999)]
    as_of: date
    figures: list[AnalysedFigure]
