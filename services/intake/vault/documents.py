"""The vault: who reported and what anyone wrote, encrypted under a data key of each petition's own.

A data key is wrapped by the master key (RFC 3394); the petition's number is bound in as additional data, so that a
ciphertext moved to another petition does not open.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from services.runtime.inbox import Connection

from ..decide import Attachment, Deposit
from ..files import attachments
from .masters import Masters

T = TypeVar("T")
RECEIPT = "receipt"
PETITION, FILE = "petition", "file"
"""Kinds of document that come with a petition; all others are what somebody has written since."""
_NONCE = 12
LARGE = 65_536
"""Bytes from which on a thread is worth its while: fewer are done in a tenth of a millisecond."""
OVERHEAD = _NONCE + 16
"""Bytes that a ciphertext is longer than its plaintext: nonce and tag."""


@dataclass(frozen=True, slots=True)
class Document:
    """One sealed document as it is stored. ``digest`` is SHA-256 over salt and plaintext.

    ``salt`` is a ciphertext too (older rows have 16 bytes in the open): who has a copy of the row and not the data key
    can test no guess against a digest, which facts have published.
    """

    id: UUID
    petition: str
    kind: str
    ciphertext: bytes
    salt: bytes
    digest: bytes


def lock(plaintext: bytes, petition: str, kind: str, data_key: bytes) -> Document:
    """Encrypt one document under its petition's data key, with an id and a salt of chance."""
    return lock_as(uuid4(), new_salt(), plaintext, petition, kind, data_key)


def lock_as(id_: UUID, salt: bytes, plaintext: bytes, petition: str, kind: str, data_key: bytes) -> Document:
    """Encrypt one document under its petition's data key (AES-256-GCM, fresh nonce)."""
    cipher, bound = AESGCM(data_key), petition.encode()
    nonce, other = secrets.token_bytes(_NONCE), secrets.token_bytes(_NONCE)
    ciphertext = nonce + cipher.encrypt(nonce, plaintext, bound)
    locked_salt = other + cipher.encrypt(other, salt, bound)
    return Document(id_, petition, kind, ciphertext, locked_salt, digest_of(salt, plaintext))


def new_salt() -> bytes:
    """Of chance, and stored only under the data key: derived from anything that is kept, it would outlive an erasure.

    What repeats a message is not opened into a fact again: the inbox holds what was said, with the digest in it.
    """
    return secrets.token_bytes(16)


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
            make = partial(_lock_file, file, place, one.petition, data_key)
            files.append(await beside_the_loop(len(file.content), make))
    await connection.execute(
        "INSERT INTO intake.vault (petition, wrapped_key, key_version)"
        " SELECT p, k, $3 FROM unnest($1::text[], $2::bytea[]) AS u (p, k)",
        [one.petition for one in deposits],
        keys,
        version,
    )
    await insert(connection, [*documents, *files])


def _lock_file(file: Attachment, place: int, petition: str, data_key: bytes) -> Document:
    return lock(attachments.pack(file, file=place), petition, FILE, data_key)


async def beside_the_loop(size: int, work: Callable[[], T]) -> T:
    """What so many bytes are encrypted or opened by; much of it in a thread, or all else would wait for it."""
    return await asyncio.to_thread(work) if size > LARGE else work()


async def insert(connection: Connection, documents: Sequence[Document]) -> None:
    """Write documents that are locked."""
    await _insert_texts(connection, [one for one in documents if one.kind != FILE])
    if files := [one for one in documents if one.kind == FILE]:
        # Row by row: those of a whole round in one statement could be more than a statement may hold.
        await connection.executemany(
            "INSERT INTO intake.documents (id, petition, kind, ciphertext, salt, digest)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            [(one.id, one.petition, one.kind, one.ciphertext, one.salt, one.digest) for one in files],
        )


async def _insert_texts(connection: Connection, documents: Sequence[Document]) -> None:
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
