"""What review takes and says: reports, opinions, sign-off, conclusion."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .intake import CaseTraits, Counted, Yuan
from .message import ActorCode, Code, DocumentRef, Message, Moment, PetitionNumber
from .signing import Link, Signature, Signed

Version = Annotated[int, Field(ge=1, le=999)]


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
    """The handling unit's report (核查报告)."""

    petition: PetitionNumber
    version: Version
    outcome: Outcome
    recovered_yuan: Yuan = 0
    report: DocumentRef | None = None


class GiveOpinion(Message):
    """One office's or leader's word on one version: no ``returned`` means agreed or signed."""

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
    """A version of the report stands to be reviewed."""

    petition: PetitionNumber
    version: Version
    unit: ActorCode
    outcome: Outcome
    recovered_yuan: Yuan = 0
    report: DocumentRef | None = None
    link: Link | None = None


class OpinionGiven(Message):
    """An office or leader has agreed to this version."""

    petition: PetitionNumber
    version: Version
    actor: ActorCode
    step: Annotated[int, Field(ge=1, description="place in the chain, from 1")]
    remarks: DocumentRef | None = None
    signed: Signed | None = None
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
    """办结: every signature that its chain demands is there.

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
    concluded_on: date
    link: Link | None = None
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
    lapsed_on: date | None = None
    proof: DocumentRef | None = None
    reopenings: Annotated[int, Field(ge=0, le=999, exclude_if=lambda times: times == 0)] = 0
