"""From what a door of this process takes in to a message that joins the round."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from joserfc.jwk import OKPKey
from xinfang_contracts.district import District
from xinfang_contracts.envelope import Envelope
from xinfang_contracts.intake import PetitionContent, SubmitPetition
from xinfang_contracts.message import SkipLevel
from xinfang_contracts.registry import BY_TYPE

from services.runtime import keys
from services.runtime.incoming import Incoming, inbox_key

from .decide import Attachment, Opened
from .files import attachments
from .returns import receipt
from .sealed.sealing import SealedPart, sealed_reader
from .vault.documents import RECEIPT, receipt_digest

SUBMIT = BY_TYPE["intake.submit_petition.v1"]
DOOR = "door_http"
INBOX = "inbox"
"""The secret under which the inbox hashes what comes by a door."""
PART_BYTES = 90_000
"""What of a file goes into one JWE, which a contract bounds to 131,072 characters."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One petition as a door has it. ``id``: unique for ``actor``; the same one again is the same petition."""

    actor: str
    id: str
    channel: str
    content: PetitionContent
    received_on: date | None = None
    files: tuple[Attachment, ...] = ()
    skip_level: SkipLevel | None = None
    visitors: int | None = None


def open_content(
    content: PetitionContent, district: District, key_folder: Path, files: tuple[Attachment, ...] = ()
) -> Opened:
    """A content with the answer to "about the leadership?"; if so, sealed at once for its one reader, files and all."""
    code = content.receipt
    digest = None if code is None else receipt_digest(receipt.known_as(code), keys.secret(key_folder, RECEIPT))
    reader = sealed_reader(content, district)
    if reader is None:
        return Opened(content, files=files, receipt=digest)
    parts = sealed_parts(files, keys.public_key(key_folder, f"{district.code}.{reader}"))
    sealed = seal_for(reader, content, district, key_folder)
    return Opened(content, reader, sealed, sealed_files=tuple(parts), receipt=digest)


def seal_for(reader: str, content: PetitionContent, district: District, key_folder: Path) -> str:
    """A content as ciphertext for its one reader, who need not know with which receipt its reporter comes back."""
    plaintext = content.model_dump_json(exclude={"receipt"}, exclude_none=True).encode()
    return keys.seal(plaintext, keys.public_key(key_folder, f"{district.code}.{reader}"))


def sealed_parts(files: Sequence[Attachment], key: OKPKey) -> Iterator[SealedPart]:
    """Each file in parts. A part's head says how many files there are, so that a reader misses none."""
    for file, one in enumerate(files):
        starts = range(0, len(one.content), PART_BYTES)
        for part, start in enumerate(starts):
            place = {"file": file, "files": len(files), "part": part, "of": len(starts)}
            packed = attachments.pack(one, one.content[start : start + PART_BYTES], **place)
            yield SealedPart(file, part, len(starts), keys.seal(packed, key))


def door_id(door: str, district: District, actor: str, key: str, key_folder: Path) -> str:
    """The message id for what a sender says once. That may be somebody's telephone number, and ids are published."""
    return f"{door}/{keyed(key_folder, 'id', district.code, actor, key)[:16].hex()}"


def receipt_of(district: District, actor: str, id_: str, key_folder: Path) -> str:
    """The receipt of a submission: derived, so that a repeat is given the same one and nothing must be kept."""
    return receipt.write(keyed(key_folder, "receipt", district.code, actor, id_)[: receipt.BYTES])


def incoming_of(submission: Submission, district: District, key_folder: Path, now: datetime) -> Incoming:
    """The message for the round, opened, with its receipt in the content."""
    speaker = f"{district.code}.{submission.actor}"
    code = receipt_of(district, submission.actor, submission.id, key_folder)
    content = submission.content.model_copy(update={"receipt": code})
    body_hash, earlier_hash = _body_hashes(submission, key_folder)
    return Incoming(
        key=inbox_key(speaker, submission.id),
        body_hash=body_hash,
        earlier_hash=earlier_hash,
        speaker=speaker,
        district=district.code,
        actor=submission.actor,
        entry=SUBMIT,
        envelope=Envelope(id=submission.id, type=SUBMIT.type, source=DOOR),
        # Already open: it never becomes a JWE, so there is none to validate.
        message=SubmitPetition.model_construct(
            channel=submission.channel,
            content="",
            received_on=submission.received_on,
            skip_level=submission.skip_level,
            visitors=submission.visitors,
        ),
        now=now,
        opened=open_content(content, district, key_folder, submission.files),
    )


def _body_hashes(submission: Submission, key_folder: Path) -> tuple[bytes, bytes]:
    """As :func:`hashes_of`. Defaults are left out: a field that the contract gains must not change them."""
    day = submission.received_on
    body: list[object] = [
        submission.channel,
        None if day is None else day.isoformat(),
        submission.content.model_dump(mode="json", exclude={"receipt"}, exclude_defaults=True),
    ]
    body += described(submission.files)
    if submission.skip_level is not None or submission.visitors is not None:
        body.append({"skip_level": submission.skip_level, "visitors": submission.visitors})
    return hashes_of(json.dumps(body, sort_keys=True, separators=(",", ":")), key_folder)


def hashes_of(said: str, key_folder: Path) -> tuple[bytes, bytes]:
    """By which the inbox knows what was said, and by which it did before there was a key for that alone.

    Keyed: a plain hash would let whoever reads the inbox confirm a guess at the text. The second is only compared,
    never written: what was handed in before is known when it is sent again.
    """
    return keyed(key_folder, "body", said, secret=INBOX)[:16], keyed(key_folder, "body", said)[:16]


def described(files: Sequence[Attachment]) -> list[object]:
    """Files as one part of what is hashed of a message; none, and the hash is what it was without any."""
    return [[[one.name, one.media_type, hashlib.sha256(one.content).hexdigest()] for one in files]] if files else []


def keyed(key_folder: Path, *parts: str, secret: str = RECEIPT) -> bytes:
    """HMAC-SHA-256 under a secret. As a JSON list, so that no two lists of parts read alike."""
    return hmac.digest(keys.secret(key_folder, secret), json.dumps(parts).encode(), "sha256")
