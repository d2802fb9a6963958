"""The index of signatures: a row for each petition, its entries under GIN, its signature sealed.

Neither tells anything by itself: an entry is a keyed hash, and a body opens only with intake's secret.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from services.runtime import keys
from services.runtime.inbox import Connection

from .codec import Sealer
from .entries import asked, district_salt, stored
from .signature import Signature, Signer
from .verdict import compare

SECRET = "repeats"
# Its dictionary of phrases, which nobody needs here, takes half a second of a service's start.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
CANDIDATES = 200
"""So many are compared at most: more would share an entry that tells nothing."""
Row = tuple[str, list[int], bytes]
Candidate = tuple[str, bytes]
"""A petition and its sealed signature."""


class UnsignedRow(SQLModel, table=True):
    """A petition that is still to be looked up. ``at``: when it was registered, by its district's clock."""

    __tablename__ = "unsigned"
    __table_args__ = (
        Index("unsigned_by_district", text("left(petition, 6)"), "petition"),
        {"schema": "intake"},
    )
    petition: str = Field(sa_type=Text, primary_key=True)
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=func.now()))


class SignatureRow(SQLModel, table=True):
    """What a petition is found by as a repeat of another."""

    __tablename__ = "signatures"
    __table_args__ = (Index("signatures_entries", "entries", postgresql_using="gin"), {"schema": "intake"})
    petition: str = Field(sa_type=Text, primary_key=True)
    entries: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


@dataclass(frozen=True, slots=True)
class Likely:
    """An earlier petition that a new one seems to repeat. score: rounded to one hundredth."""

    petition: str
    score: float
    reasons: tuple[str, ...]


class Repeats:
    """Signs petitions, writes their rows and looks them up. One for a process: it remembers what it has hashed."""

    def __init__(self, secret: bytes) -> None:
        self._signer, self._sealer, self._secret = Signer(secret), Sealer(secret), secret

    @classmethod
    def of(cls, key_folder: Path) -> "Repeats":
        """With the secret of this folder; StartError where it is missing."""
        return cls(keys.secret(key_folder, SECRET))

    def sign(self, text: str, accused: Iterable[tuple[str | None, str | None]] = ()) -> Signature:
        """``accused``: name and organisation of each, as far as they were given apart from the text."""
        return self._signer.sign(text, list(accused))

    def row(self, petition: str, signature: Signature) -> Row:
        """What is stored of it."""
        return petition, sorted(stored(signature, self._salt(petition))), self._sealer.seal(signature, petition)

    async def look_up(
        self, connection: Connection, petition: str, signature: Signature, limit: int = 10
    ) -> list[Likely]:
        """Earlier petitions of the same district, the most alike first."""
        likely = self.alike(await self.candidates(connection, petition, signature), signature)
        return sorted(likely, key=lambda one: (-one.score, one.petition))[:limit]

    async def candidates(self, connection: Connection, petition: str, signature: Signature) -> list[Candidate]:
        """Petitions of the same district that share an entry with this one."""
        rows = await connection.fetch(
            "SELECT petition, body FROM intake.signatures"
            " WHERE entries && $1::int[] AND left(petition, 6) = $2 AND petition <> $3 LIMIT $4",
            list(asked(signature, self._salt(petition))),
            petition[:6],
            petition,
            CANDIDATES,
        )
        return [(row["petition"], row["body"]) for row in rows]

    def alike(self, candidates: Iterable[Candidate], signature: Signature) -> list[Likely]:
        """Those of them that it seems to repeat."""
        found = (self._compared(signature, petition, body) for petition, body in candidates)
        return [one for one in found if one is not None]

    def among(self, others: Iterable[tuple[str, Signature]], petition: str, signature: Signature) -> list[Likely]:
        """As ``alike``, among signatures that are not in the index yet."""
        salt = self._salt(petition)
        wanted = asked(signature, salt)
        found = [(other, compare(theirs, signature)) for other, theirs in others if stored(theirs, salt) & wanted]
        return [Likely(other, round(one.score, 2), one.reasons) for other, one in found if one.is_likely]

    def _compared(self, signature: Signature, petition: str, body: bytes) -> Likely | None:
        try:
            verdict = compare(self._sealer.open(body, petition), signature)
        except InvalidTag:
            return None  # made under a secret that is no longer there
        return Likely(petition, round(verdict.score, 2), verdict.reasons) if verdict.is_likely else None

    def _salt(self, petition: str) -> int:
        return district_salt(self._secret, petition[:6])


async def write(connection: Connection, rows: Sequence[Row]) -> None:
    """Rows that are there already stay: a petition's words do not change."""
    await connection.execute(
        "INSERT INTO intake.signatures (petition, entries, body)"
        " SELECT p, string_to_array(e, ',')::int[], b FROM unnest($1::text[], $2::text[], $3::bytea[]) AS u (p, e, b)"
        " ON CONFLICT DO NOTHING",
        [petition for petition, _, _ in rows],
        [",".join(map(str, entries)) for _, entries, _ in rows],
        [body for _, _, body in rows],
    )


async def settle(connection: Connection, looked_up: Sequence[tuple[str, Row | None]]) -> None:
    """Petitions that were looked up, with the rows of those that stay in the index."""
    await write(connection, [row for _, row in looked_up if row is not None])
    await connection.execute(
        "DELETE FROM intake.unsigned WHERE petition = ANY($1::text[])", [petition for petition, _ in looked_up]
    )


async def later(connection: Connection, registered: Sequence[tuple[str, datetime]]) -> None:
    """Petitions to be looked up, and when each was registered."""
    await connection.execute(
        "INSERT INTO intake.unsigned (petition, at) SELECT * FROM unnest($1::text[], $2::timestamptz[])"
        " ON CONFLICT DO NOTHING",
        [petition for petition, _ in registered],
        [at for _, at in registered],
    )


async def next_waiting(connection: Connection, after: str) -> str | None:
    """The first district after this one that has petitions to be looked up."""
    found: str | None = await connection.fetchval(
        "SELECT left(petition, 6) FROM intake.unsigned WHERE left(petition, 6) > $1 ORDER BY left(petition, 6) LIMIT 1",
        after,
    )
    return found


async def waiting(connection: Connection, district: str, limit: int) -> list[tuple[str, datetime]]:
    """A district's petitions to be looked up and when each was registered, the first number first."""
    rows = await connection.fetch(
        "SELECT petition, at FROM intake.unsigned WHERE left(petition, 6) = $1"
        " ORDER BY left(petition, 6), petition LIMIT $2",
        district,
        limit,
    )
    return [(row["petition"], row["at"]) for row in rows]


async def known(connection: Connection, petitions: Sequence[str]) -> list[str]:
    """Which of them the index has."""
    rows = await connection.fetch("SELECT petition FROM intake.signatures WHERE petition = ANY($1::text[])", petitions)
    return [row["petition"] for row in rows]


async def copy(connection: Connection, rows: Iterable[Row]) -> None:
    """In bulk; a petition that is there already fails the whole."""
    await connection.copy_records_to_table(
        "signatures", schema_name="intake", columns=["petition", "entries", "body"], records=rows
    )
