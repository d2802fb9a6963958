"""From what a reporter, a clerk or the office says about a petition that is there to a message that joins the round."""

import hashlib
import json
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

from services.runtime import keys
from services.runtime.errors import Poison
from services.runtime.incoming import Incoming, inbox_key

from ..submission import DOOR, keyed, receipt_of, seal_for
from ..vault.documents import RECEIPT, receipt_digest
from . import receipt
from .returning import Brought, Text

RETURNS = (AskReporter, AddMaterial, AnswerQuestion, ReplaceReceipt)
_MATERIAL = BY_TYPE["intake.add_material.v1"]
_ANSWER = BY_TYPE["intake.answer_question.v1"]
_REPLACE = BY_TYPE["intake.replace_receipt.v1"]


@dataclass(frozen=True, slots=True)
class Comer:
    """Who comes back to which petition, through which key. ``key``: the Idempotency-Key."""

    district: District
    petition: str
    key: str
    now: datetime


def open_return(incoming: Incoming, private: OKPKey, key_folder: Path) -> Brought:
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
    return Brought(text=_text("question", words, incoming.key, key_folder))


def material(comer: Comer, reader: str | None, words: str, key_folder: Path) -> Incoming:
    """More for a petition. ``reader``: who alone may read it, if it is sealed; then it is sealed here, in memory."""
    message = AddMaterial.model_construct(petition=comer.petition, content="")
    made = _incoming(comer, DOOR, _MATERIAL, message, [words], key_folder)
    if reader is None:
        made.opened = Brought(text=_text("material", words, made.key, key_folder))
    else:
        sealed = seal_for(reader, PetitionContent(text=words), comer.district, key_folder)
        made.opened = Brought(reader=reader, sealed=sealed)
    return made


def answer(comer: Comer, question: str, words: str, key_folder: Path) -> Incoming:
    """An answer to a question."""
    message = AnswerQuestion.model_construct(petition=comer.petition, question=question, content="")
    made = _incoming(comer, DOOR, _ANSWER, message, [question, words], key_folder)
    made.opened = Brought(text=_text("answer", words, made.key, key_folder))
    return made


def replacement(comer: Comer, clerk: str, key_folder: Path) -> tuple[Incoming, str]:
    """A new receipt by a clerk's hand, and its code: derived, so that a repeat shows the same one."""
    made = _incoming(comer, clerk, _REPLACE, ReplaceReceipt(petition=comer.petition), [], key_folder)
    code = receipt_of(comer.district, clerk, made.envelope.id, key_folder)
    made.opened = Brought(receipt=digest_of(code, key_folder))
    return made, code


def digest_of(code: str, key_folder: Path) -> bytes:
    """Under what a receipt is kept, however it was typed."""
    return receipt_digest(receipt.known_as(code), keys.secret(key_folder, RECEIPT))


def _incoming(comer: Comer, actor: str, entry: Entry, message: Message, said: list[str], key_folder: Path) -> Incoming:
    """The petition is part of the id: who mistypes a number and sends the same key again says another thing."""
    code = comer.district.code
    id_ = f"{entry.name}/{keyed(key_folder, 'id', code, actor, comer.petition, comer.key)[:16].hex()}"
    speaker = f"{code}.{actor}"
    return Incoming(
        key=inbox_key(speaker, id_),
        # Keyed: a plain hash would let whoever reads the inbox confirm a guess at the words.
        body_hash=keyed(key_folder, "body", json.dumps(said))[:16],
        speaker=speaker,
        district=code,
        actor=actor,
        entry=entry,
        envelope=Envelope(id=id_, type=entry.type, source=DOOR),
        message=message,
        now=comer.now,
    )


def _text(kind: str, words: str, key: bytes, key_folder: Path) -> Text:
    """Id and salt follow from the message's key: told again, it is the same document."""
    content = words.encode()
    salt = keyed(key_folder, "salt", key.hex())[:16]
    digest = hashlib.sha256(salt + content).hexdigest()
    return Text(str(uuid5(NAMESPACE_OID, f"{kind}/{key.hex()}")), kind, content, salt, digest)
