"""The vault: who reported and what anyone wrote, encrypted under a data key of each petition's own.

A data key is wrapped by the master key (RFC 3394); the petition's number is bound in as additional data, so that a
ciphertext moved to another petition does not open.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from services.runtime.inbox import Connection

from .decide import Deposit
from .returning import Added

MASTER = "master"
RECEIPT = "receipt"
_NONCE = 12


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
    """Encrypt one document under its petition's data key (AES-256-GCM, fresh nonce)."""
    nonce, salt = secrets.token_bytes(_NONCE), secrets.token_bytes(16)
    ciphertext = nonce + AESGCM(data_key).encrypt(nonce, plaintext, petition.encode())
    return Document(uuid4(), petition, kind, ciphertext, salt, hashlib.sha256(salt + plaintext).digest())


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


async def deposit(connection: Connection, deposits: Sequence[Deposit], master: bytes) -> None:
    """Write petitions' contents, each under a data key of its own, in the round's transaction."""
    if not deposits:
        return
    keys, documents = [], []
    for one in deposits:
        data_key = secrets.token_bytes(32)
        keys.append(wrap(data_key, master))
        content = one.content.model_dump_json(exclude={"receipt"}, exclude_none=True).encode()
        documents.append(lock(content, one.petition, "petition", data_key))
    await connection.execute(
        "INSERT INTO intake.vault (petition, wrapped_key) SELECT * FROM unnest($1::text[], $2::bytea[])",
        [one.petition for one in deposits],
        keys,
    )
    await _write(connection, documents)


async def add_documents(connection: Connection, added: Sequence[Added], master: bytes) -> None:
    """Write texts under the data keys of petitions that are there already, in the round's transaction."""
    if not added:
        return
    rows = await connection.fetch(
        "SELECT petition, wrapped_key FROM intake.vault WHERE petition = ANY($1::text[])",
        [one.petition for one in added],
    )
    data_keys = {row["petition"]: unwrap(row["wrapped_key"], master) for row in rows}
    await _write(connection, [_document(one, data_keys[one.petition]) for one in added])


def _document(added: Added, data_key: bytes) -> Document:
    """Id, salt and digest are those that the fact tells; the ciphertext is made once, here."""
    text = added.text
    locked = lock(text.content, added.petition, text.kind, data_key)
    return replace(locked, id=UUID(text.id), salt=text.salt, digest=bytes.fromhex(text.digest))


async def _write(connection: Connection, documents: Sequence[Document]) -> None:
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
