"""The audit of readings: a row for each question, its hash over the row before. Only added to."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from services.runtime.inbox import Connection

FIRST = bytes(32)
"""What the first row follows."""
_LOCK = int.from_bytes(b"readings")
"""Advisory: two replicas would follow the same row."""
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Reading:
    """One question to read, and whether it was granted."""

    at: datetime
    district: str
    actor: str
    petition: str | None
    document: UUID | None
    reason: str | None
    granted: bool


def hash_of(number: int, reading: Reading, previous: bytes) -> bytes:
    """SHA-256 over the row and the hash before it."""
    row = [
        number,
        reading.at.astimezone(UTC).isoformat(timespec="microseconds"),
        reading.district,
        reading.actor,
        reading.petition,
        None if reading.document is None else str(reading.document),
        reading.reason,
        reading.granted,
        previous.hex(),
    ]
    return hashlib.sha256(json.dumps(row, separators=(",", ":")).encode()).digest()


async def add(connection: Connection, reading: Reading) -> None:
    """Write one row at the chain's end, in the caller's transaction, which holds up every other until it ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    last = await connection.fetchrow("SELECT id, hash FROM intake.readings ORDER BY id DESC LIMIT 1")
    number, previous = (last["id"] + 1, last["hash"]) if last else (1, FIRST)
    await connection.execute(
        "INSERT INTO intake.readings"
        " (id, at, district, actor, petition, document, reason, granted, previous, hash)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        number,
        reading.at,
        reading.district,
        reading.actor,
        reading.petition,
        reading.document,
        reading.reason,
        reading.granted,
        previous,
        hash_of(number, reading, previous),
    )


async def first_broken(connection: Connection) -> int | None:
    """The number of the first row that was changed, taken out or put in; None when the chain holds.

    Rows cut off at its end leave a whole chain: compare :func:`head` with one that was written down elsewhere.
    """
    expected, previous = 1, FIRST
    while rows := await connection.fetch(
        "SELECT * FROM intake.readings WHERE id >= $1 ORDER BY id LIMIT $2", expected, _PAGE
    ):
        for row in rows:
            reading = Reading(*(row[name] for name in Reading.__slots__))
            is_next = row["id"] == expected and row["previous"] == previous
            if not is_next or row["hash"] != hash_of(expected, reading, previous):
                return expected
            expected, previous = expected + 1, row["hash"]
    return None


async def head(connection: Connection) -> tuple[int, str]:
    """How many rows there are, and the last one's hash."""
    row = await connection.fetchrow("SELECT id, hash FROM intake.readings ORDER BY id DESC LIMIT 1")
    return (row["id"], row["hash"].hex()) if row else (0, FIRST.hex())
