"""From what a reporter, a clerk or the office says about a petition that is there to a message that joins the round."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from joserfc.jwk import OKPKey
from xinfang_contracts.district import District
from xinfang_contracts.envelope import Envelope
from xinfang_contracts.intake import PetitionContent
from xinfang_contracts.message import Message
from xinfang_contracts.registry import BY_TYPE, Entry
from xinfang_contracts.returning import LONGEST_TEXT, AddMaterial, AnswerQuestion, AskReporter, ReplaceReceipt
from xinfang_contracts.satisfaction import Level, RateContact, RatedContact

from services.runtime import keys
from services.runtime.errors import Poison
from services.runtime.incoming import Incoming, inbox_key

from ..decide import Attachment
from ..files import attachments
from ..submission import DOOR, described, hashes_of, keyed, receipt_of, seal_for, sealed_parts
from ..vault.documents import FILE, RECEIPT, new_salt, receipt_digest
from ..vault.documents import digest_of as salted_digest
from . import receipt
from .returning import Brought, Text

Files = Sequence[Attachment]
RETURNS = (AskReporter, AddMaterial, AnswerQuestion, ReplaceReceipt)
_MATERIAL = BY_TYPE["intake.add_material.v1"]
_ANSWER = BY_TYPE["intake.answer_question.v1"]
_RATE = BY_TYPE["intake.rate_contact.v1"]
_REPLACE = BY_TYPE["intake.replace_receipt.v1"]


@dataclass(frozen=True, slots=True)
class Comer:
    """Who comes back to which petition, through which key. ``key``: the Idempotency-Key."""

    district: District
    petition: str
    key: str
    now: datetime


def open_return(incoming: Incoming, private: OKPKey) -> Brought:
    """What the broker brings, opened: a question. The other messages come opened from our own doors, or not at all."""
    if not isinstance(incoming.message, AskReporter):
        raise Poison("ForDoorsOnly")
    plaintext = keys.unseal(incoming.message.content, private)
    try:
        words = plaintext.decode()
    except UnicodeDecodeError:
        raise Poison("TextIsNotUtf8") from None
    if not words.strip() or len(words) > LONGEST_TEXT or "\x00" in words:
        raise Poison("TextHasWrongLength")
    return Brought(text=_text("question", words, incoming.key))


def material(comer: Comer, reader: str | None, words: str, files: Files, key_folder: Path) -> Incoming:
    """More for a petition. ``reader``: who alone may read it, if it is sealed; then it is sealed here, in memory."""
    message = AddMaterial.model_construct(petition=comer.petition, content="")
    made = _incoming(comer, DOOR, _MATERIAL, message, [words, *described(files)], key_folder)
    if reader is None:
        made.opened = _for_the_vault("material", words, files, made.key)
    else:
        sealed = seal_for(reader, PetitionContent(text=words), comer.district, key_folder)
        parts = sealed_parts(files, keys.public_key(key_folder, f"{comer.district.code}.{reader}"))
        made.opened = Brought(reader=reader, sealed=sealed, sealed_files=tuple(parts))
    return made


def answer(comer: Comer, question: str, words: str, files: Files, key_folder: Path) -> Incoming:
    """An answer to a question."""
    message = AnswerQuestion.model_construct(petition=comer.petition, question=question, content="")
    made = _incoming(comer, DOOR, _ANSWER, message, [question, words, *described(files)], key_folder)
    made.opened = _for_the_vault("answer", words, files, made.key)
    return made


def rating(comer: Comer, contact: RatedContact, level: Level, key_folder: Path) -> Incoming:
    """How a contact went, in the reporter's eyes."""
    message = RateContact(petition=comer.petition, contact=contact, level=level)
    return _incoming(comer, DOOR, _RATE, message, [contact, level], key_folder)


def replacement(comer: Comer, clerk: str, key_folder: Path) -> tuple[Incoming, str]:
    """A new receipt by a clerk's hand, and its code: derived, so that a repeat shows the same one."""
    made = _incoming(comer, clerk, _REPLACE, ReplaceReceipt(petition=comer.petition), [], key_folder)
    code = receipt_of(comer.district, clerk, made.envelope.id, key_folder)
    made.opened = Brought(receipt=digest_of(code, key_folder))
    return made, code


def digest_of(code: str, key_folder: Path) -> bytes:
    """Under what a receipt is kept, however it was typed."""
    return receipt_digest(receipt.known_as(code), keys.secret(key_folder, RECEIPT))


def _incoming(
    comer: Comer, actor: str, entry: Entry, message: Message, said: list[object], key_folder: Path
) -> Incoming:
    """The petition is part of the id: who mistypes a number and sends the same key again says another thing."""
    code = comer.district.code
    id_ = f"{entry.name}/{keyed(key_folder, 'id', code, actor, comer.petition, comer.key)[:16].hex()}"
    speaker = f"{code}.{actor}"
    body_hash, earlier_hash = hashes_of(json.dumps(said), key_folder)
    return Incoming(
        key=inbox_key(speaker, id_),
        body_hash=body_hash,
        earlier_hash=earlier_hash,
        speaker=speaker,
        district=code,
        actor=actor,
        entry=entry,
        envelope=Envelope(id=id_, type=entry.type, source=DOOR),
        message=message,
        now=comer.now,
    )


def _for_the_vault(kind: str, words: str, files: Files, key: bytes) -> Brought:
    kept = (_file(place, one, key) for place, one in enumerate(files))
    return Brought(text=_text(kind, words, key), files=tuple(kept))


def _file(place: int, file: Attachment, key: bytes) -> Text:
    """As :func:`_text`, for one of several files: each has a salt of its own."""
    content, salt = attachments.pack(file, file=place), new_salt()
    id_ = uuid5(NAMESPACE_OID, f"{FILE}/{place}/{key.hex()}")
    return Text(str(id_), FILE, content, salt, salted_digest(salt, content).hex())


def _text(kind: str, words: str, key: bytes) -> Text:
    """Its id follows from the message's key, its salt from nothing."""
    content, salt = words.encode(), new_salt()
    return Text(
        str(uuid5(NAMESPACE_OID, f"{kind}/{key.hex()}")), kind, content, salt, salted_digest(salt, content).hex()
    )
