"""What the vault takes and says: documents, who may read them and why, erasure."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .message import ActorCode, Article, Digest, DocumentRef, ItemNumber, Jwe, Message, PetitionNumber

DocumentId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
DocumentWord = Annotated[str, Field(max_length=40, description="petition, file, or a kind of deposited document")]
Part = Annotated[int, Field(ge=1, le=999, description="a large document is answered in parts, from 1")]
PartJwe = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+$",
        max_length=1_000_000,
        description="JWE, compact: ECDH-ES over X25519, A256GCM",
    ),
]


class DocumentKind(StrEnum):
    """What a text is. Letters, clarifications and mail leave the organ: the redaction gate looks at them first."""

    REMARKS = "remarks"
    REPORT = "report"
    OBJECTION = "objection"
    VISIT_NOTE = "visit_note"
    LETTER = "letter"
    CLARIFICATION = "clarification"
    MAIL = "mail"
    OTHER = "other"


class DocumentContent(Message):
    """The plaintext of ``DepositDocument.content``: never sent, logged or stored as it is."""

    text: Annotated[str, Field(min_length=1, max_length=30_000)]


class DepositDocument(Message):
    """Put a text on a petition into the vault. ``content`` is a JWE of DocumentContent under intake's public key."""

    petition: PetitionNumber
    kind: DocumentKind
    content: Jwe


class DocumentDeposited(Message):
    """A text is in the vault; other messages refer to it by ``document``."""

    petition: PetitionNumber
    document: DocumentRef
    kind: DocumentKind
    by: ActorCode


class ReadReason(StrEnum):
    """Why somebody reads what is in the vault; stands in the audit."""

    SCREENING = "screening"
    HANDLING = "handling"
    REVIEW = "review"
    REPLY = "reply"
    FOLLOW_UP = "follow_up"
    SUPERVISION = "supervision"


class ReadDocument(Message):
    """Ask to read a document; without ``document`` the petition itself. Core request and reply, in no stream.

    Of a petition or of an item of the work beside them, never of both; an item's first text is what it opened with.
    """

    petition: PetitionNumber | None = None
    document: DocumentId | None = None
    reason: ReadReason
    part: Part = 1
    item: ItemNumber | None = None

    @model_validator(mode="after")
    def _of_one(self) -> Self:
        if (self.petition is None) == (self.item is None):
            raise ValueError("petition or item, one of the two")
        return self

    @property
    def number(self) -> str:
        """Of whichever it is."""
        return self.petition or self.item or ""


class KeptDocument(Message):
    """A document that the vault holds, by its id."""

    document: DocumentId
    kind: DocumentWord


class DocumentRead(Message):
    """A part of a document, as ciphertext for the asker's own key. Its plaintext is the bytes as they were kept."""

    petition: PetitionNumber
    document: DocumentId
    kind: DocumentWord
    part: Part
    of: Part
    content: PartJwe
    others: Annotated[
        list[KeptDocument] | None, Field(description="with the petition itself: what else is kept on it")
    ] = None


class ItemDocumentRead(Message):
    """As ``DocumentRead``, of an item of the work beside petitions."""

    item: ItemNumber
    document: DocumentId
    kind: DocumentWord
    part: Part
    of: Part
    content: PartJwe
    others: Annotated[list[KeptDocument] | None, Field(description="with the first text: what else is kept")] = None


class ReadRefusal(StrEnum):
    """Why nothing is shown. New ones may be added; a reader treats an unknown one as ``other``."""

    WRONG_SHAPE = "wrong_shape"
    NOT_ENTITLED = "not_entitled"
    UNKNOWN_DOCUMENT = "unknown_document"
    NO_KEY = "no_key"
    TRY_AGAIN = "try_again"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "ReadRefusal":
        return cls.OTHER


class ReadRefused(Message):
    """Nothing is shown, and why."""

    reason: ReadRefusal


Ground = Literal["retention_over", "court_order", "reporter_request"]


class ProposeErasure(Message):
    """The petition office asks that everything the vault holds on a petition be destroyed."""

    petition: PetitionNumber
    ground: Ground
    basis: Article


class ApproveErasure(Message):
    """One of the two who must agree."""

    petition: PetitionNumber


class ErasureProposed(Message):
    """An erasure waits for its two approvers; an earlier proposal, and what was approved of it, is void."""

    petition: PetitionNumber
    ground: Ground
    basis: Article
    by: ActorCode


class ErasureApproved(Message):
    """One has agreed."""

    petition: PetitionNumber
    by: ActorCode


class PetitionErased(Message):
    """The petition's data key and documents are destroyed; number, ground and day are left."""

    petition: PetitionNumber
    ground: Ground
    basis: Article
    erased_on: date


class ErasureDue(Message):
    """The retention period of a petition is over."""

    petition: PetitionNumber
    due_on: date


class AuditHeadPublished(Message):
    """The audit of readings as it stood: how many rows it had, and the last one's hash, which covers all before it.

    There is one audit for all districts of an installation; each of them is told.
    """

    on: date
    rows: Annotated[int, Field(ge=1)]
    hash: Annotated[Digest, Field(description="SHA-256 of the last row and the hash before it, in hex")]
