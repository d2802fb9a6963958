"""What intake takes and says: submission, screening, and their outcomes."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, field_validator

from .message import (
    ActorCode,
    Article,
    Category,
    Code,
    Digest,
    DistrictCode,
    Form,
    ItemNumber,
    Jwe,
    Message,
    Moment,
    PetitionNumber,
    PlaceCode,
    Rank,
    SkipLevel,
    TownCode,
)
from .outside import Transfer
from .proposal import Proposal
from .ties import Tie

DecidedBy = Literal["clerk", "rule"]
Yuan = Annotated[int, Field(ge=0, le=1_000_000_000_000)]
People = Annotated[int, Field(ge=1, le=10_000_000, description="涉及人数: how many people the matter concerns")]
Visitors = Annotated[int, Field(ge=1, le=100_000, description="how many people came; from five on a 集体访")]


class Reporter(Message):
    """Who reports, as they gave it. Exists only inside a JWE or the vault."""

    name: Annotated[str | None, Field(max_length=100)] = None
    contact: Annotated[str | None, Field(max_length=200)] = None


class Accused(Message):
    """Who is reported, as the reporter or the clerk wrote it. Exists only inside a JWE or the vault."""

    name: Annotated[str | None, Field(max_length=100)] = None
    organisation: Annotated[str | None, Field(max_length=200)] = None
    post: Annotated[str | None, Field(max_length=100)] = None
    unit: ActorCode | None = None
    rank: Rank | None = None


class PetitionContent(Message):
    """The plaintext of ``SubmitPetition.content``: never sent, logged or stored as it is."""

    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    accused: Annotated[list[Accused], Field(max_length=20)] = []
    reporter: Reporter | None = None
    village: PlaceCode | None = None
    receipt: Annotated[
        str | None,
        Field(min_length=16, max_length=64, description="a code that the sending door has given the reporter"),
    ] = None


class SubmitPetition(Message):
    """Hand in one petition. ``content`` is a JWE of PetitionContent under intake's public key."""

    channel: Code
    content: Jwe
    received_on: Annotated[
        date | None, Field(description="the day of receipt as a clerk enters it; from others it is ignored")
    ] = None
    transfer: Annotated[Transfer | None, Field(description="how it was handed down; only a superior may say so")] = None
    skip_level: Annotated[
        SkipLevel | None, Field(description="as a clerk or a superior enters it; from others it is ignored")
    ] = None
    visitors: Annotated[Visitors | None, Field(description="as a clerk enters it; from others it is ignored")] = None


class Acceptance(Message):
    """受理: in remit, with substance."""

    kind: Literal["accept"] = "accept"
    category: Category
    sub_class: Annotated[Code | None, Field(description="问题细类, of this category and open to this rank")] = None
    rank: Rank
    responsible_unit: Annotated[
        ActorCode | None, Field(description="归口: the unit that by management authority would handle it")
    ] = None
    accused_unit: Annotated[
        ActorCode | None, Field(description="the unit that the accused works in; it never handles the case")
    ] = None
    real_name: Annotated[bool, Field(description="verified real name (规则24, 30)")]
    first_time: Annotated[bool, Field(description="初次; false for 重复")] = True
    repeat_of: PetitionNumber | None = None
    ties: Annotated[list[Tie], Field(max_length=100, description="回避: who is tied; how is not told on")] = []
    people: People | None = None
    amount_yuan: Annotated[Yuan | None, Field(description="涉案金额")] = None
    urgent: Annotated[bool, Field(description="重大紧急: a special hearing is called at once")] = False


class Referral(Message):
    """转送或告知: another organ's remit; a letter is forwarded, others are told where to go (规则13)."""

    kind: Literal["refer"] = "refer"
    receiver: Annotated[Code, Field(description="the competent organ, by its code in the district file")]
    basis: Article


class Refusal(Message):
    """不予受理 (规则13)."""

    kind: Literal["decline"] = "decline"
    ground: Literal["litigation", "other_organ", "no_substance"]
    basis: Article


class Filing(Message):
    """留存备查: a repeat, or kept for reference (规则14)."""

    kind: Literal["keep_on_file"] = "keep_on_file"
    repeat_of: PetitionNumber | None = None
    basis: Article


class TransferDown(Message):
    """转送下级 (规则16): a lower organ's to handle, by its unit's code."""

    kind: Literal["transfer_down"] = "transfer_down"
    unit: ActorCode
    basis: Article


_KINDS = ("accept", "refer", "decline", "keep_on_file", "transfer_down")


class ScreenPetition(Message):
    """A clerk's decision on one registered petition.

    remit: whose it is, as the clerk finds it; it must agree with the decision. skip_level, visitors: as found now.
    """

    petition: PetitionNumber
    decision: Annotated[Acceptance | Referral | Refusal | Filing | TransferDown, Field(discriminator="kind")]
    remit: Literal["own", "higher", "lower", "other_organ", "courts"] | None = None
    skip_level: SkipLevel | None = None
    visitors: Visitors | None = None

    @field_validator("decision", mode="before")
    @classmethod
    def _kind_is_known(cls, decision: object) -> object:
        """pydantic's own error for an unknown tag would repeat it, whatever ``hide_input_in_errors`` says."""
        if isinstance(decision, dict) and decision.get("kind") not in _KINDS:
            raise ValueError("kind is unknown")
        return decision


class DeclareDistrict(Message):
    """Announce that this district file is in force; refused when intake has loaded another revision."""

    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the canonical district")]


class DistrictDeclared(Message):
    """The shape of a district, in codes."""

    revision: str
    towns: list[TownCode]
    zones: list[Code]
    units: list[ActorCode]
    villages: Annotated[int | None, Field(ge=0, description="how many there are")] = None
    zone_leads: Annotated[int | None, Field(ge=0, description="how many deputy secretaries lead a zone")] = None


Counted = Annotated[
    bool,
    Field(exclude_if=lambda counted: counted, description="计入统计: false once a correction has taken it out"),
]


class Traits(Message):
    """What may be told of a petition outside the vault: the axes along which figures are counted."""

    channel: Code
    form: Form
    received_on: date
    town: TownCode | None = None
    transferred: bool = False
    counted: Counted = True
    skip_level: SkipLevel | None = None
    visitors: Visitors | None = None


class CaseTraits(Traits):
    """Traits of an accepted petition."""

    accepted_on: date
    category: Category
    rank: Rank
    real_name: bool
    first_time: bool
    sub_class: Code | None = None


class PetitionRegistered(Message):
    """登记: an item has its number and is in the vault."""

    petition: PetitionNumber
    traits: Traits
    excluded: Annotated[
        list[ActorCode], Field(description="named as tied by the sender; may not handle or review; no reason is given")
    ] = []
    transfer: Transfer | None = None
    due_at: Annotated[Moment | None, Field(description="by when what a superior handed down is to be screened")] = None
    proposals: Annotated[
        list[Proposal] | None, Field(description="what rules propose; told to the petition office alone")
    ] = None


class PetitionSealed(Message):
    """An item on the leadership or on a higher level's cadre: only its envelope stays here (规则15)."""

    petition: PetitionNumber
    reader: ActorCode
    received_at: Moment
    digest: Annotated[Digest | None, Field(description="of the ciphertext; its reader proves by it to have it")] = None
    due_at: Annotated[Moment | None, Field(description="by when the principal is to report it up")] = None
    hand_over_due_at: Annotated[Moment | None, Field(description="by when its reader is to say that it has it")] = None


class PetitionAccepted(Message):
    """受理."""

    petition: PetitionNumber
    traits: CaseTraits
    responsible_unit: ActorCode | None = None
    accused_unit: ActorCode | None = None
    excluded: Annotated[list[ActorCode], Field(description="may not handle or review; no reason is given")] = []
    repeat_of: PetitionNumber | None = None
    transfer: Transfer | None = None
    acceptance: Annotated[int, Field(ge=1, description="which acceptance of this item; more after a return")] = 1
    people: People | None = None
    amount_yuan: Yuan | None = None
    urgent: Annotated[bool, Field(exclude_if=lambda urgent: not urgent, description="重大紧急")] = False


class PetitionReferred(Message):
    """转送 (forwarded) or 告知 (told)."""

    petition: PetitionNumber
    traits: Traits
    receiver: Code
    manner: Literal["forwarded", "told"]
    basis: Article
    due_at: Annotated[Moment | None, Field(description="by when its answer is looked for; it is followed up")] = None
    decided_by: DecidedBy = "clerk"


class PetitionDeclined(Message):
    """不予受理."""

    petition: PetitionNumber
    traits: Traits
    ground: Literal["litigation", "other_organ", "no_substance"]
    basis: Article


class PetitionKeptOnFile(Message):
    """留存备查."""

    petition: PetitionNumber
    traits: Traits
    repeat_of: PetitionNumber | None = None
    basis: Article


class RefusalReason(StrEnum):
    """Why a command was refused. New reasons may be added; a reader treats an unknown one as ``other``."""

    UNKNOWN_CHANNEL = "unknown_channel"
    UNKNOWN_PETITION = "unknown_petition"
    UNKNOWN_RECEIVER = "unknown_receiver"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_TOWN = "unknown_town"
    UNKNOWN_READER = "unknown_reader"
    UNKNOWN_QUESTION = "unknown_question"
    NOT_ENTITLED = "not_entitled"
    ALREADY_DECIDED = "already_decided"
    ALREADY_ANSWERED = "already_answered"
    NOT_YOUR_TURN = "not_your_turn"
    WRONG_VERSION = "wrong_version"
    ID_REUSED = "id_reused"
    ERASED = "erased"
    REVEALS_REPORTER = "reveals_reporter"
    CASE_OPEN = "case_open"
    TOO_EARLY = "too_early"
    REVISION_DIFFERS = "revision_differs"
    MUST_BE_SEALED = "must_be_sealed"
    NOTHING_TO_CORRECT = "nothing_to_correct"
    WRONG_KEY = "wrong_key"
    WRONG_DIGEST = "wrong_digest"
    UNKNOWN_SUB_CLASS = "unknown_sub_class"
    CONTRADICTORY = "contradictory"
    NOT_VERIFIED = "not_verified"
    UNKNOWN_ITEM = "unknown_item"
    UNKNOWN_PLACE = "unknown_place"
    UNKNOWN_ACTOR = "unknown_actor"
    UNKNOWN_WORK = "unknown_work"
    UNKNOWN_CONTACT = "unknown_contact"
    UNKNOWN_NOTICE = "unknown_notice"
    ALREADY_TOLD = "already_told"
    NO_ADDRESS = "no_address"
    NO_PROOF = "no_proof"
    NOT_SET_UP = "not_set_up"
    UNPRINTABLE = "unprintable"
    WRONG_DATE = "wrong_date"
    TIED = "tied"
    TOO_LATE = "too_late"
    TOO_OLD = "too_old"
    UNKNOWN_CLOCK = "unknown_clock"
    CLOCK_RUNS = "clock_runs"
    CLOCK_STANDS = "clock_stands"
    CAP_REACHED = "cap_reached"
    TRACK_OPEN = "track_open"
    NOT_SIGNED = "not_signed"
    WRONG_SIGNATURE = "wrong_signature"
    UNKNOWN_KEY = "unknown_key"
    OTHER_VERSION_SIGNED = "other_version_signed"
    SPOKEN_ALREADY = "spoken_already"
    UNUSABLE_KEY = "unusable_key"
    KEY_TAKEN = "key_taken"
    NO_REMARKS = "no_remarks"
    OBJECTION_OPEN = "objection_open"
    VISITS_DECLINED = "visits_declined"
    NOT_UNFOUNDED = "not_unfounded"
    NOT_WRITTEN = "not_written"
    NOT_DEPOSITED = "not_deposited"
    UNKNOWN_GROUND = "unknown_ground"
    REPORTER_NOT_TOLD = "reporter_not_told"
    EMPTY_PERIOD = "empty_period"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "RefusalReason":
        return cls.OTHER


class CommandRefused(Message):
    """A command had no effect, and why."""

    command: Annotated[str, Field(max_length=80, description="the refused command's type")]
    command_id: Annotated[str, Field(max_length=200)]
    actor: ActorCode
    reason: RefusalReason
    petition: PetitionNumber | None = None
    details: Annotated[
        list[Code] | None,
        Field(description="what was wrong, in codes: of reveals_reporter, what kind of thing reveals"),
    ] = None
    item: ItemNumber | None = None


class SealedPetition(Message):
    """A whole petition as ciphertext for one reader's key; the district keeps nothing that opens it."""

    petition: PetitionNumber
    district: DistrictCode
    received_at: Moment
    content: Jwe


class SealedFile(Message):
    """A part of a file that came with a sealed petition. ``content``: a JSON head, a line feed, the part's bytes."""

    petition: PetitionNumber
    district: DistrictCode
    file: Annotated[int, Field(ge=0, le=99, description="which file, from 0")]
    part: Annotated[int, Field(ge=0, lt=1_000, description="which part of the file, from 0")]
    of: Annotated[int, Field(ge=1, le=1_000, description="how many parts the file has")]
    content: Jwe
    beside: Annotated[
        Digest | None,
        Field(description="of the content of the sealed petition with which it came; files are counted anew for each"),
    ] = None
