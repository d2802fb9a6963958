"""What a reporter who gave a name is told, and how it is proven: acceptance (规则26) and result (规则27)."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from .intake import CaseTraits, Counted
from .message import ActorCode, Article, DocumentRef, Message, Moment, PetitionNumber

NoticeId = Annotated[
    str,
    Field(pattern=r"^(acceptance|result)_[1-9][0-9]{0,3}$", description="which of a petition's notices it is"),
]
SentBy = Annotated[Literal["mail", "letter"], Field(description="what the organ sends: an e-mail or a printed letter")]
ToldBy = Annotated[
    Literal["mail", "letter", "in_person", "phone"], Field(description="the way in which the reporter was told")
]


class NoticeKind(StrEnum):
    """受理告知、结果反馈."""

    ACCEPTANCE = "acceptance"
    RESULT = "result"


class NoticeFailure(StrEnum):
    """Why a reporter was not reached. New ones may be added; a reader treats an unknown one as ``other``."""

    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    RETURNED = "returned"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "NoticeFailure":
        return cls.OTHER


class SendNotice(Message):
    """Write a notice and send it. Without ``way``: an e-mail where there is an address for one, else a letter."""

    petition: PetitionNumber
    notice: NoticeId
    way: SentBy | None = None


class RecordDelivery(Message):
    """What became of a notice: a letter was posted, the reporter has it, or it came back."""

    petition: PetitionNumber
    notice: NoticeId
    outcome: Literal["sent", "delivered", "failed"]
    way: ToldBy
    on: Annotated[date, Field(description="the day on which it happened")]
    proof: Annotated[
        DocumentRef | None,
        Field(description="return slip, signature or note of the call, deposited before; delivered needs it"),
    ] = None


class NoticeDue(Message):
    """A reporter is to be told by ``due_at``.

    The office whose acceptance leads to it is answered with that alone: it owes ``acceptance_1`` to every reporter
    under a real name whose petition is no repeat.
    """

    petition: PetitionNumber
    notice: NoticeId
    kind: NoticeKind
    traits: CaseTraits
    due_at: Moment
    basis: Article
    carried: Annotated[
        bool,
        Field(
            exclude_if=lambda carried: not carried,
            description="owed before, to an acceptance that was returned, or counted otherwise; nobody is told again",
        ),
    ] = False
    on_time: Annotated[
        bool, Field(exclude_if=lambda on_time: not on_time, description="of a carried one: it was told in time")
    ] = False
    overdue_on: Annotated[date | None, Field(description="of a carried one: when it was said to be late")] = None


class CountedNotice(Message):
    """A notice as figures count it."""

    notice: NoticeId
    kind: NoticeKind
    traits: CaseTraits
    on_time: bool = False
    overdue_on: date | None = None


class NoticePrepared(Message):
    """A notice is written; its words are in the vault. A mail goes out by itself, a letter is printed by a clerk."""

    petition: PetitionNumber
    notice: NoticeId
    kind: NoticeKind
    way: SentBy
    document: DocumentRef
    by: ActorCode


class NoticeSent(Message):
    """A mail was taken by the mail server, or a letter was posted."""

    petition: PetitionNumber
    notice: NoticeId
    kind: NoticeKind
    traits: CaseTraits
    way: SentBy
    sent_on: date
    newly_on_time: Annotated[bool, Field(description="with this, and not before, it counts as told in time")]
    counted: Counted = True


class NoticeDelivered(Message):
    """The reporter has been told, and how that is proven."""

    petition: PetitionNumber
    notice: NoticeId
    kind: NoticeKind
    traits: CaseTraits
    way: ToldBy
    delivered_on: date
    by: Annotated[ActorCode, Field(description="who has recorded it")]
    proof: DocumentRef
    newly_on_time: Annotated[bool, Field(description="with this, and not before, it counts as told in time")]
    counted: Counted = True


class NoticeFailed(Message):
    """The reporter was not reached; another way is to be tried."""

    petition: PetitionNumber
    notice: NoticeId
    kind: NoticeKind
    traits: CaseTraits
    way: SentBy
    reason: NoticeFailure
    no_longer_on_time: Annotated[bool, Field(description="it had counted as told in time")]
    counted: Counted = True


class NoticeOverdue(Message):
    """The day by which a reporter was to be told has passed."""

    petition: PetitionNumber
    notice: NoticeId
    kind: NoticeKind
    traits: CaseTraits
    due_at: Moment


class NoticeDropped(Message):
    """A notice is owed no longer: the petition was found to be a repeat, which is not told again (规则26)."""

    petition: PetitionNumber
    notice: NoticeId
    kind: NoticeKind
    traits: CaseTraits
    dropped_on: date
    basis: Article
    counted: Counted = True
