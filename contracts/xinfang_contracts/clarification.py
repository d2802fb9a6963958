"""澄清正名 (规则50, 政务处分法53): what was unfounded is cleared up in five steps; who alone finds 诬告陷害 (规则39).

Codes only: what is said to whom is a vault document that has passed the redaction gate.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from .district import Colour
from .intake import CaseTraits
from .message import ActorCode, Article, Code, DocumentRef, Message, PetitionNumber
from .routing import Clock
from .signing import Link, Signature, Signed

ClarificationNumber = Annotated[int, Field(ge=1, le=99, description="within its petition, from 1")]


class Cleared(StrEnum):
    """Who is cleared: a person, or an organisation."""

    PERSON = "person"
    ORGANISATION = "organisation"


class ClarificationGround(StrEnum):
    """Why it is needed (湖南办法): selection or awards, rights or daily life, a bad effect, the organisation's need."""

    SELECTION = "selection"
    RIGHTS = "rights"
    PUBLIC_EFFECT = "public_effect"
    NECESSARY = "necessary"


class ClarificationWay(StrEnum):
    """书面、会议、当面、通报. Whatever else is done, it is written too."""

    WRITING = "writing"
    MEETING = "meeting"
    FACE_TO_FACE = "face_to_face"
    NOTICE = "notice"


class ClarificationScope(StrEnum):
    """How far it reaches: the accused alone, the party committee they belong to, their unit, the community, all."""

    ACCUSED = "accused"
    PARTY_COMMITTEE = "party_committee"
    UNIT = "unit"
    COMMUNITY = "community"
    PUBLIC = "public"


class Jointly(StrEnum):
    """With whom it is done: the local party committee, the government, the departments concerned."""

    PARTY_COMMITTEE = "party_committee"
    GOVERNMENT = "government"
    DEPARTMENTS = "departments"


Grounds = Annotated[list[ClarificationGround], Field(min_length=1, max_length=4)]
Ways = Annotated[list[ClarificationWay], Field(min_length=1, max_length=4)]
ReporterTold = Literal["told", "unreachable"]


class ProposeClarification(Message):
    """提出, by whoever has handled the case (谁核实谁澄清) and asked the accused. document: the proposal's words."""

    petition: PetitionNumber
    cleared: Cleared
    grounds: Grounds
    accused_agrees: bool
    document: DocumentRef | None = None


class RecordClarificationApplication(Message):
    """提出, by the accused in writing: the petition office takes it in. document: their words."""

    petition: PetitionNumber
    cleared: Cleared
    grounds: Grounds
    applied_on: date
    document: DocumentRef


class AssessClarification(Message):
    """评估. Unfit on a ground of the district file's list, or fit; document: the assessment."""

    petition: PetitionNumber
    number: ClarificationNumber
    refused: Annotated[Code | None, Field(description="a ground of the district file's list; none: fit")] = None
    document: DocumentRef


class CheckClarification(Message):
    """评估: the trial office has checked the facts on which the assessment rests."""

    petition: PetitionNumber
    number: ClarificationNumber
    agrees: bool
    document: DocumentRef | None = None


class ApproveClarification(Message):
    """审批, by the principal (规则50). refused: why not; document: in words."""

    petition: PetitionNumber
    number: ClarificationNumber
    refused: Literal["facts_unclear", "not_needed", "other"] | None = None
    document: DocumentRef | None = None
    signature: Signature | None = None


class CarryOutClarification(Message):
    """实施: done on that day. text: a vault document of kind ``clarification``, which the redaction gate has passed."""

    petition: PetitionNumber
    number: ClarificationNumber
    on: date
    ways: Ways
    scope: ClarificationScope
    jointly: Annotated[list[Jointly], Field(max_length=3)] = []
    text: DocumentRef


class FileClarification(Message):
    """归档. reporter: a reporter under their real name was told the truth, or could not be reached."""

    petition: PetitionNumber
    number: ClarificationNumber
    reporter: ReporterTold | None = None
    document: DocumentRef | None = None


class ClarificationProposed(Message):
    """A clarification waits to be assessed; applied_on: the accused has asked for it. unit: who handled the case."""

    petition: PetitionNumber
    number: ClarificationNumber
    unit: ActorCode
    zone: Code | None = None
    cleared: Cleared
    grounds: Grounds
    by: ActorCode
    accused_agrees: bool | None = None
    applied_on: date | None = None
    document: DocumentRef | None = None
    link: Link | None = None


class ClarificationAssessed(Message):
    """It is fit to be made. document: the assessment, over which the approval is signed."""

    petition: PetitionNumber
    number: ClarificationNumber
    by: ActorCode
    document: DocumentRef
    link: Link | None = None


class ClarificationChecked(Message):
    """The facts are checked; where the checker does not agree, it is assessed anew. assessment: what was checked."""

    petition: PetitionNumber
    number: ClarificationNumber
    by: ActorCode
    agrees: bool
    assessment: DocumentRef
    document: DocumentRef | None = None
    link: Link | None = None


class ClarificationRefused(Message):
    """It is not made. step: at the assessment, on a ground of the district's list; or by the principal."""

    petition: PetitionNumber
    number: ClarificationNumber
    step: Literal["assessment", "approval"]
    by: ActorCode
    ground: Code
    document: DocumentRef | None = None
    signed: Signed | None = None
    link: Link | None = None


class ClarificationApproved(Message):
    """It is to be made within the clock. assessment: what was approved."""

    petition: PetitionNumber
    number: ClarificationNumber
    by: ActorCode
    assessment: DocumentRef
    document: DocumentRef | None = None
    clock: Clock
    basis: Article
    signed: Signed | None = None
    link: Link | None = None


class ClarificationReminded(Message):
    """So little is left of its clock."""

    petition: PetitionNumber
    number: ClarificationNumber
    colour: Colour
    clock: Clock


class ClarificationOverdue(Message):
    """It was not made within its clock; said once."""

    petition: PetitionNumber
    number: ClarificationNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    cleared: Cleared
    clock: Clock


class ClarificationRecounted(Message):
    """A corrected calendar has moved its clock."""

    petition: PetitionNumber
    number: ClarificationNumber
    before: Clock
    after: Clock


class ClarificationMade(Message):
    """实施: it is cleared up. tell_reporter: the report was under a real name; its reporter is to know the truth."""

    petition: PetitionNumber
    number: ClarificationNumber
    by: ActorCode
    on: date
    ways: Ways
    scope: ClarificationScope
    jointly: list[Jointly] = []
    text: DocumentRef
    on_time: bool
    tell_reporter: bool
    link: Link | None = None


class ClarificationFiled(Message):
    """归档: only now it counts as made, for the day on which it was."""

    petition: PetitionNumber
    number: ClarificationNumber
    traits: CaseTraits
    unit: ActorCode
    zone: Code | None = None
    cleared: Cleared
    by: ActorCode
    made_on: date
    ways: Ways
    reporter: ReporterTold | None = None
    document: DocumentRef | None = None
    filed_on: date
    link: Link | None = None


class ProposeFalseAccusation(Message):
    """规则39: the district may only put it to the superior, which decides by ``intake.decide_above``."""

    petition: PetitionNumber
    document: DocumentRef


class FalseAccusationProposed(Message):
    """The superior is asked whether it was 诬告陷害. Stands on the case, and nowhere beside it."""

    petition: PetitionNumber
    by: ActorCode
    superior: ActorCode
    document: DocumentRef
    basis: Article
    link: Link | None = None


class FalseAccusationJudged(Message):
    """A superior of a prefecture or above has decided: 诬告陷害, or not."""

    petition: PetitionNumber
    superior: ActorCode
    found: bool
    on: date
    basis: Article
    link: Link | None = None


class RecordMistakenAccusation(Message):
    """规则45: 错告, and never 诬告. explained: the reporter was shown what is wrong with what they had thought."""

    petition: PetitionNumber
    explained: bool
    document: DocumentRef | None = None


class MistakenAccusationRecorded(Message):
    """错告: mistaken, in good faith. Nothing follows from it for whoever reported."""

    petition: PetitionNumber
    by: ActorCode
    explained: bool
    document: DocumentRef | None = None
    basis: Article
    link: Link | None = None
