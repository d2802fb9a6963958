"""The vault: who reported and what anyone wrote, encrypted under a data key of each petition's own.

A data key is wrapped by the master key (RFC 3394); the petition's number is bound in as additional data, so that a
ciphertext moved to another petition does not open.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from services.runtime.inbox import Connection

from ..decide import Deposit
from ..files import attachments
from .masters import Masters

RECEIPT = "receipt"
PETITION, FILE = "petition", "file"
"""Kinds of document that come with a petition; all others are what somebody has written since."""
_NONCE = 12
OVERHEAD = _NONCE + 16
"""Bytes that a ciphertext is longer than its plaintext: nonce and tag."""


@dataclass(frozen=True, slots=True)
class Document:
    """One sealed document as it is stored. ``digest`` is SHA-256 over salt and plaintext."""

    id: UUID
    petition: str
    kind: str
    ciphertext: bytes
    salt: bytes
    digest: bytes


def lock(plaintext: bytes, petition: str, kind: str, data_key: bytes) -> Document:
    """Encrypt one document under its petition's data key, with an id and a salt of chance."""
    return lock_as(uuid4(), secrets.token_bytes(16), plaintext, petition, kind, data_key)


def lock_as(id_: UUID, salt: bytes, plaintext: bytes, petition: str, kind: str, data_key: bytes) -> Document:
    """Encrypt one document under its petition's data key (AES-256-GCM, fresh nonce)."""
    nonce = secrets.token_bytes(_NONCE)
    ciphertext = nonce + AESGCM(data_key).encrypt(nonce, plaintext, petition.encode())
    return Document(id_, petition, kind, ciphertext, salt, digest_of(salt, plaintext))


def digest_of(salt: bytes, plaintext: bytes) -> bytes:
    """What a reference says of a text."""
    return hashlib.sha256(salt + plaintext).digest()


def unlock(ciphertext: bytes, petition: str, data_key: bytes) -> bytes:
    """The plaintext; cryptography's InvalidTag when key, number or bytes are not the ones it was made with."""
    return AESGCM(data_key).decrypt(ciphertext[:_NONCE], ciphertext[_NONCE:], petition.encode())


def wrap(data_key: bytes, master: bytes) -> bytes:
    """A data key under the master key."""
    return aes_key_wrap(master, data_key)


def unwrap(wrapped: bytes, master: bytes) -> bytes:
    """The reverse of :func:`wrap`."""
    return aes_key_unwrap(master, wrapped)


def receipt_digest(receipt: str, key: bytes) -> bytes:
    """HMAC-SHA-256 of a reporter's receipt code; the code itself is stored nowhere."""
    return hmac.digest(key, receipt.encode(), "sha256")


async def deposit(connection: Connection, deposits: Sequence[Deposit], masters: Masters) -> None:
    """Write petitions' contents, each under a data key of its own, in the round's transaction."""
    if not deposits:
        return
    version, master = masters.newest()
    keys, documents, files = [], [], []
    for one in deposits:
        data_key = secrets.token_bytes(32)
        keys.append(wrap(data_key, master))
        content = one.content.model_dump_json(exclude={"receipt"}, exclude_none=True).encode()
        documents.append(lock(content, one.petition, PETITION, data_key))
        for place, file in enumerate(one.files):
            files.append(lock(attachments.pack(file, file=place), one.petition, FILE, data_key))
    await connection.execute(
        "INSERT INTO intake.vault (petition, wrapped_key, key_version)"
        " SELECT p, k, $3 FROM unnest($1::text[], $2::bytea[]) AS u (p, k)",
        [one.petition for one in deposits],
        keys,
        version,
    )
    await insert(connection, documents)
    if files:
        # Row by row: those of a whole round in one statement could be more than a statement may hold.
        await connection.executemany(
            "INSERT INTO intake.documents (id, petition, kind, ciphertext, salt, digest)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            [(one.id, one.petition, one.kind, one.ciphertext, one.salt, one.digest) for one in files],
        )


async def insert(connection: Connection, documents: Sequence[Document]) -> None:
    """Write documents that are locked."""
    await connection.execute(
        "INSERT INTO intake.documents (id, petition, kind, ciphertext, salt, digest)"
        " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[])",
        [one.id for one in documents],
        [one.petition for one in documents],
        [one.kind for one in documents],
        [one.ciphertext for one in documents],
        [one.salt for one in documents],
        [one.digest for one in documents],
    )
