"""What review takes and says: reports, opinions, sign-off, conclusion."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .intake import CaseTraits, Counted, Yuan
from .message import ActorCode, Code, DocumentRef, Message, PetitionNumber
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
    """The reporter has confirmed that the matter rests (息访)."""

    petition: PetitionNumber


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
    """An office or leader has agreed to this version. report: what the next step decides on."""

    petition: PetitionNumber
    version: Version
    actor: ActorCode
    step: Annotated[int, Field(ge=1, description="place in the chain, from 1")]
    remarks: DocumentRef | None = None
    report: DocumentRef | None = None
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
    """办结: every signature that its chain demands is there. demanded: whose, step by step."""

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
    returned_for: Annotated[
        list[ReturnReason], Field(exclude_if=lambda reasons: not reasons, description="why its reports had gone back")
    ] = []
    demanded: list[list[ActorCode]] | None = None
    link: Link | None = None


class CaseSettled(Message):
    """息访: confirmed by the reporter."""

    petition: PetitionNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    settled_on: date
