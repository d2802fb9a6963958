"""What other systems say of a petition: transfers from above, answers to referrals, results, superiors' decisions."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from .message import ActorCode, Article, Code, DocumentRef, Message, Moment, PetitionNumber


class Transfer(Message):
    """转送 or 交办: how a superior hands an item down. ``number``: the superior's own reference."""

    kind: Literal["forwarded", "assigned"]
    number: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]*$", max_length=40)]
    due_on: Annotated[date | None, Field(description="by when it is to be finished")] = None
    report_due_on: Annotated[date | None, Field(description="by when its result is to be reported")] = None
    article: Article


class TransferOverdue(Message):
    """An item from above was neither accepted nor passed on within the receiving clock (规则16)."""

    petition: PetitionNumber
    due_at: Moment


class AnswerReferral(Message):
    """The organ to which a petition was referred answers. ``returned``: it is not within its remit either."""

    petition: PetitionNumber
    outcome: Literal["taken", "returned", "answered"]
    on: date
    document: DocumentRef | None = None


class ReferralAnswered(Message):
    """A referral was answered."""

    petition: PetitionNumber
    partner: ActorCode
    receiver: Code
    outcome: Literal["taken", "returned", "answered"]
    on: date
    document: DocumentRef | None = None


class RecordOutsideResult(Message):
    """A court, the police or the procuratorate tell what has come of a petition on their side."""

    petition: PetitionNumber
    kind: Literal["judgment", "ruling", "administrative_penalty", "criminal_filing", "no_filing"]
    on: date
    document: DocumentRef | None = None


class OutsideResultRecorded(Message):
    """A result from a court, the police or the procuratorate."""

    petition: PetitionNumber
    partner: ActorCode
    kind: Literal["judgment", "ruling", "administrative_penalty", "criminal_filing", "no_filing"]
    on: date
    document: DocumentRef | None = None


class DecideAbove(Message):
    """A superior's decision or approval: 认定诬告陷害 (规则39), 指定管辖, 延长, 提级 (监察法17).

    ``unit``: whom it designates; demanded by ``designate_unit`` when approved, and by nothing else.
    ``until``: the last day to which it extends, where it names one.
    """

    petition: PetitionNumber
    matter: Literal["false_accusation_finding", "designate_unit", "extend", "take_up"]
    approved: bool
    unit: ActorCode | None = None
    on: date
    until: date | None = None


class SuperiorDecided(Message):
    """A superior has decided. ``acceptance``: of a case, which acceptance of the petition made it."""

    petition: PetitionNumber
    superior: ActorCode
    matter: Literal["false_accusation_finding", "designate_unit", "extend", "take_up"]
    approved: bool
    unit: ActorCode | None = None
    on: date
    acceptance: Annotated[int | None, Field(ge=1)] = None
    until: date | None = None
