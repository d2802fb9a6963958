"""Writing a notice to a reporter, and what all rules on notices share. Functions of values."""

import hashlib
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from xinfang_contracts.district import District
from xinfang_contracts.intake import PetitionContent, RefusalReason
from xinfang_contracts.message import DocumentRef, Message, Moment, PetitionNumber
from xinfang_contracts.notices import (
    NoticeId,
    NoticePrepared,
    RecordDelivery,
    SendNotice,
)

from services.runtime.clock import civil_date
from services.runtime.errors import NotYet
from services.runtime.rules import Keep, Output, Refused, is_ours

from ..decide import petition_offices
from ..state import Erased, Registered, Screened, State, Verifiable
from ..vault.custody import OpenedDocument, Shelve, official_names
from .contact import addressee, mail_address, postal_address
from .standing import NoticeState
from .wording import Letter, Mail, Matter, Wording, prints, unfit

DOCUMENT = "notice"
"""The kind of document as which the vault keeps what was written."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What these rules need to know.

    content: the petition's own, opened; document, salt: for what is written; wording: the district's; has_mail: a mail
    server is set up; printable: characters that the letter's font has; is_proof_kept: the vault has what is named.
    """

    district: District
    actor: str
    content: PetitionContent | None = None
    document: str = ""
    salt: bytes = b""
    wording: Wording | None = None
    has_mail: bool = False
    printable: Container[str] = field(default_factory=frozenset)
    is_proof_kept: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """A mail for the outbox. ``sending``: which of the notice's it is."""

    petition: str
    notice: str
    sending: int
    document: str


@dataclass(frozen=True, slots=True)
class Unpost:
    """Whatever the outbox still has of a notice is to be taken out."""

    petition: str
    notice: str


class MailEnded(Message):
    """A mail was taken by the mail server, or given up: what the outbox makes of it. Never leaves the service."""

    petition: PetitionNumber
    notice: NoticeId
    sending: int
    outcome: Literal["sent", "refused", "unreachable"]


class NoticeClockEnds(Message):
    """The time of a petition's next notice has run out: what a tick makes of it. Never leaves the service."""

    petition: PetitionNumber
    due_at: Moment


Messages = SendNotice | RecordDelivery | MailEnded | NoticeClockEnds
"""What these rules answer."""


def send(state: State, message: SendNotice, facts: Facts, *, now: datetime) -> Sequence[Output]:
    """Write a notice: a mail goes into the outbox, a letter waits to be printed."""
    found = find(state, message, facts)
    if isinstance(found, Refused):
        return [found]
    petition, notice = found
    if not isinstance(petition, Screened):
        # Back with the petition office: what has gone out may still be told of, nothing new goes out.
        return [Refused(RefusalReason.UNKNOWN_NOTICE)]
    if petition.verified not in (None, "confirmed"):
        # 规则30: whoever did not report it under that name is not to be told of it.
        return [Refused(RefusalReason.NOT_VERIFIED)]
    if not notice.is_open or notice.is_mail_under_way:
        return [Refused(RefusalReason.ALREADY_TOLD)]
    if facts.content is None or facts.wording is None:
        # Registered in this very round: what it says is read with the next one.
        raise NotYet
    written = _write(message, notice, facts.content, facts.wording, facts, civil_date(now))
    if isinstance(written, RefusalReason):
        return [Refused(written)]
    if leaks := unfit(written, facts.content, official_names(facts.district)):
        return [Refused(RefusalReason.REVEALS_REPORTER, details=tuple(leaks))]
    if isinstance(written, Letter) and not prints(written, facts.printable):
        return [Refused(RefusalReason.UNPRINTABLE)]
    document = _document(written, facts)
    fact = NoticePrepared(
        petition=message.petition,
        notice=message.notice,
        kind=notice.kind,
        way=written.way,
        document=document.ref,
        by=facts.actor,
    )
    outputs: list[Output] = [fact, Keep(Shelve(message.petition, DOCUMENT, document))]
    if isinstance(written, Mail):
        outputs.append(Keep(Post(message.petition, message.notice, notice.sendings + 1, document.ref.document)))
    return outputs


def find(state: State, message: SendNotice | RecordDelivery, facts: Facts) -> tuple[Verifiable, NoticeState] | Refused:
    """The notice that a command is about, or why its speaker may do nothing with it."""
    if facts.actor not in petition_offices(facts.district):
        return Refused(RefusalReason.NOT_ENTITLED)
    if state is None or not is_ours(message.petition, facts.district):
        return Refused(RefusalReason.UNKNOWN_PETITION)
    if isinstance(state, Erased):
        return Refused(RefusalReason.ERASED)
    if not isinstance(state, Registered | Screened):
        return Refused(RefusalReason.UNKNOWN_NOTICE)
    if facts.actor in (state.excluded if isinstance(state, Screened) else state.tied):
        return Refused(RefusalReason.NOT_ENTITLED)
    notice = state.notices.get(message.notice)
    return Refused(RefusalReason.UNKNOWN_NOTICE) if notice is None else (state, notice)


def _write(
    message: SendNotice, notice: NoticeState, content: PetitionContent, wording: Wording, facts: Facts, today: date
) -> Mail | Letter | RefusalReason:
    """What is sent, by the way that was asked for, else by mail where that is possible and has not failed already."""
    contact = content.reporter.contact if content.reporter else None
    mail, place = mail_address(contact), postal_address(contact)
    has_failed = notice.status == "failed" and notice.way == "mail"
    way = message.way or ("mail" if mail and facts.has_mail and not has_failed else "letter")
    if way == "mail":
        if not facts.has_mail:
            return RefusalReason.NOT_SET_UP
        return wording.mail(notice.kind, mail, today, facts.district) if mail else RefusalReason.NO_ADDRESS
    name = addressee(content.reporter.name if content.reporter else None)
    if place is None or name is None:
        return RefusalReason.NO_ADDRESS
    matter = Matter(message.petition, notice.traits.received_on, today)
    return wording.letter(notice.kind, name, place, matter, facts.district)


def _document(written: Mail | Letter, facts: Facts) -> OpenedDocument:
    plaintext = written.model_dump_json().encode()
    digest = hashlib.sha256(facts.salt + plaintext).hexdigest()
    return OpenedDocument("", plaintext, facts.salt, DocumentRef(document=facts.document, digest=digest))
