"""What review takes and says: reports, opinions, sign-off, conclusion."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from .intake import CaseTraits, Counted, Yuan
from .message import ActorCode, Code, DocumentRef, Message, Moment, PetitionNumber
from .reporting import Asking, DisciplineForm, Disposal, Measure, SubstanceState
from .signing import Link, Signature, Signed

Version = Annotated[int, Field(ge=1, le=999)]
OfAcceptance = Annotated[
    int | None,
    Field(
        ge=1,
        description="which acceptance of the petition made the case; what does not say it is of whichever there is",
    ),
]


def _is_empty(value: Any) -> bool:
    return not value


Measures = Annotated[list[Measure], Field(max_length=9, exclude_if=_is_empty, description="what was done, in kind")]
Attachments = Annotated[
    list[DocumentRef], Field(max_length=20, exclude_if=_is_empty, description="evidence and annexes, in the vault")
]


class Outcome(StrEnum):
    """What the handling unit found: 属实、部分属实、失实、无法查实."""

    PROVED = "proved"
    PARTLY_PROVED = "partly_proved"
    UNFOUNDED = "unfounded"
    NOT_PROVABLE = "not_provable"


class ReturnReason(StrEnum):
    """Why a report goes back, in codes; words go to the vault."""

    FACTS_UNCLEAR = "facts_unclear"
    EVIDENCE_LACKING = "evidence_lacking"
    CHARACTER_WRONG = "character_wrong"
    PROCEDURE_WRONG = "procedure_wrong"
    MATERIAL_MISSING = "material_missing"
    OTHER = "other"


class SubmitReport(Message):
    """The handling unit's report (核查报告). ``substance``: how the reporter's own claim stands, where one is open."""

    petition: PetitionNumber
    version: Version
    outcome: Outcome
    recovered_yuan: Yuan = 0
    report: DocumentRef | None = None
    disposal: Disposal | None = None
    measures: Measures = []
    form: DisciplineForm | None = None
    substance: SubstanceState | None = None
    attachments: Attachments = []


class GiveOpinion(Message):
    """One office's or leader's word on one version: no ``returned`` means agreed or signed.

    remarks: words in the vault, of whoever agrees with remarks, or of why a report goes back; ``other`` needs them.
    """

    petition: PetitionNumber
    version: Version
    returned: ReturnReason | None = None
    remarks: DocumentRef | None = None
    signature: Signature | None = None


class RecordSettlement(Message):
    """The reporter has confirmed that the matter rests (息访). ``proof``: a signed paper, where there is one."""

    petition: PetitionNumber
    proof: DocumentRef | None = None


class ReportSubmitted(Message):
    """A version of the report stands to be reviewed. ``asking``: the first step of its chain."""

    petition: PetitionNumber
    version: Version
    unit: ActorCode
    outcome: Outcome
    recovered_yuan: Yuan = 0
    report: DocumentRef | None = None
    disposal: Disposal | None = None
    measures: Measures = []
    form: DisciplineForm | None = None
    substance: SubstanceState | None = None
    attachments: Attachments = []
    asking: Asking | None = None
    link: Link | None = None


class OpinionGiven(Message):
    """An office or leader has agreed to this version.

    report: what the next step decides on; asking: the next step, where nobody else was missing.
    """

    petition: PetitionNumber
    version: Version
    actor: ActorCode
    step: Annotated[int, Field(ge=1, description="place in the chain, from 1")]
    remarks: DocumentRef | None = None
    report: DocumentRef | None = None
    asking: Asking | None = None
    signed: Signed | None = None
    link: Link | None = None


class OpinionsAsked(Message):
    """Whose turn it is has changed in the middle of a step: somebody steps in, or the calendar was corrected."""

    petition: PetitionNumber
    version: Version
    asking: Asking
    reason: Literal["stepped_in", "calendar"]
    link: Link | None = None


class OpinionOverdue(Message):
    """Somebody whose turn it is has not spoken in time; nobody is ever passed over for it.

    due_at: the moment that has passed; times: how often that has been said; next_at: when it will be said again.
    """

    petition: PetitionNumber
    version: Version
    actor: ActorCode
    due_at: Moment
    times: Annotated[int, Field(ge=1)]
    next_at: Moment | None = None
    link: Link | None = None


class ReportReturned(Message):
    """This version goes back to the unit; the next one passes the whole chain again."""

    petition: PetitionNumber
    version: Version
    actor: ActorCode
    unit: ActorCode
    reason: ReturnReason
    remarks: DocumentRef | None = None
    counted: Counted = True
    signed: Signed | None = None
    link: Link | None = None


class ReturnsWithdrawn(Message):
    """A case was given up (规则17): what was returned of its reports counts for its unit no longer."""

    petition: PetitionNumber
    unit: ActorCode
    returned_on: list[date]
    withdrawn_on: date
    acceptance: Annotated[int, Field(ge=1)] = 1


class CaseConcluded(Message):
    """办结: every signature that its chain demands is there. demanded: whose, step by step.

    reopenings: more than 0 where it is concluded again; then ``recovered_yuan`` is what came back since. For what
    follows: settlement_window, the months after which it lapses without a return; visit_at, when the first of so many
    ``visits`` is due; waits_to_go_up: it came from above, and the principal is still to approve that its result goes.
    """

    petition: PetitionNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    chain: Code
    jointly_reviewed: bool
    version: Version
    outcome: Outcome
    recovered_yuan: Yuan = 0
    disposal: Disposal | None = None
    measures: Measures = []
    form: DisciplineForm | None = None
    substance: SubstanceState | None = None
    concluded_on: date
    returned_for: Annotated[
        list[ReturnReason], Field(exclude_if=lambda reasons: not reasons, description="why its reports had gone back")
    ] = []
    demanded: list[list[ActorCode]] | None = None
    link: Link | None = None
    acceptance: OfAcceptance = None
    reopenings: Annotated[int, Field(ge=0, le=999, exclude_if=lambda times: times == 0)] = 0
    settlement_window: Annotated[int | None, Field(ge=1, le=36)] = None
    visit_at: Moment | None = None
    visits: Annotated[int, Field(ge=0, le=24, exclude_if=lambda visits: visits == 0)] = 0
    waits_to_go_up: Annotated[bool, Field(exclude_if=lambda waits: not waits)] = False


class CaseSettled(Message):
    """息访: confirmed by the reporter. ``lapsed_on``: it had lapsed before, and counts as that no longer."""

    petition: PetitionNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    settled_on: date
    acceptance: OfAcceptance = None
    lapsed_on: date | None = None
    proof: DocumentRef | None = None
    reopenings: Annotated[int, Field(ge=0, le=999, exclude_if=lambda times: times == 0)] = 0
